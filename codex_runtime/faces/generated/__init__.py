"""The public classes of the two faces, generated: a module for each.

Owns nothing by hand: ``python -m codex_runtime.faces.generator`` writes every file here. Names are
taken from ``codex_runtime.aio`` and ``codex_runtime.blocking``.
"""

"""The Codex vocabulary, generated: one module per domain, loaded on first use.

Owns nothing by hand: ``python -m codex_runtime.protocol.generator`` writes every file here. Names
are taken from ``codex_runtime.protocol``, which loads the module that has them.
"""

"""The generator: writes the public classes of both faces from the source of the core.

Owns ``codex_runtime/faces/generated``: what a handle of the core can do, said for asyncio and for
plain threads. Nothing of it is imported when a face is used. Enter by
``python -m codex_runtime.faces.generator``.
"""

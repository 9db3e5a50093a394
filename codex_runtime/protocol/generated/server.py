"""Types of the domain ``server``.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar

from codex_runtime.protocol.base import Wire

__all__ = [
    "DeprecationNotice",
]


class DeprecationNotice(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``deprecationNotice``."""

    METHOD: ClassVar[str] = "deprecationNotice"

    summary: str
    """Concise summary of what is deprecated."""
    details: str | None = None
    """Optional extra guidance, such as migration steps or rationale."""

"""What subscribers are told of the app-server's process itself: that it was lost, and is back.

Owns the two events, which are ours and never on the wire. Does not know when they are told (see
`generations`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias, final

import attrs

if TYPE_CHECKING:
    from codex_runtime.engine.handshake import ServerInfo

__all__ = ["ServerEvent", "ServerLost", "ServerRestarted"]


@final
@attrs.frozen(kw_only=True)
class ServerLost:
    """The app-server ended and nobody asked for it; events may be missing from here on.

    Turns that ran have ended as ``lost``.
    """

    METHOD: ClassVar[str] = "codex_runtime/serverLost"
    """Ours, never on the wire: what to name in ``subscribe(methods=...)``."""

    generation: int
    """Which process it was."""
    returncode: int | None
    """Negative for a signal, None while unknown."""
    stderr_tail: str
    """The end of its stderr, at most 64 KiB."""
    reason: str
    """What ended the connection."""
    restart_in_s: float | None
    """When the next process is started; None if none will be."""


@final
@attrs.frozen(kw_only=True)
class ServerRestarted:
    """Another app-server process has taken over; threads are resumed as they are asked."""

    METHOD: ClassVar[str] = "codex_runtime/serverRestarted"
    """Ours, never on the wire: what to name in ``subscribe(methods=...)``."""

    generation: int
    server: ServerInfo
    """What it says of itself; it may be of another version."""


ServerEvent: TypeAlias = ServerLost | ServerRestarted

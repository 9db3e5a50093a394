# ruff: noqa: PYI051
"""Types of the domain ``mcp``.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from codex_runtime.protocol.base import Wire

__all__ = [
    "McpServerStartupFailureReason",
    "McpServerStartupState",
    "McpServerStatusUpdated",
]


McpServerStartupFailureReason: TypeAlias = Literal["reauthenticationRequired"] | str


McpServerStartupState: TypeAlias = Literal["starting", "ready", "failed", "cancelled"] | str


class McpServerStatusUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``mcpServer/startupStatus/updated``."""

    METHOD: ClassVar[str] = "mcpServer/startupStatus/updated"

    name: str
    status: McpServerStartupState
    error: str | None = None
    failure_reason: McpServerStartupFailureReason | None = None
    thread_id: str | None = None

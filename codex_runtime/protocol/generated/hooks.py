# ruff: noqa: PYI051, TC001
"""Types of the domain ``hooks``.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf

__all__ = [
    "HookCompleted",
    "HookEventName",
    "HookExecutionMode",
    "HookHandlerType",
    "HookOutputEntry",
    "HookOutputEntryKind",
    "HookRunStatus",
    "HookRunSummary",
    "HookScope",
    "HookSource",
    "HookStarted",
]


HookEventName: TypeAlias = (
    Literal[
        "preToolUse",
        "permissionRequest",
        "postToolUse",
        "preCompact",
        "postCompact",
        "sessionStart",
        "sessionEnd",
        "userPromptSubmit",
        "subagentStart",
        "subagentStop",
        "stop",
        "interrupt",
    ]
    | str
)


HookExecutionMode: TypeAlias = Literal["sync", "async"] | str


HookHandlerType: TypeAlias = Literal["command", "mcpTool", "prompt", "agent"] | str


HookOutputEntryKind: TypeAlias = Literal["warning", "stop", "feedback", "context", "error"] | str


class HookOutputEntry(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `HookRunSummary`."""

    kind: HookOutputEntryKind
    text: str


HookRunStatus: TypeAlias = Literal["running", "completed", "failed", "blocked", "stopped"] | str


HookScope: TypeAlias = Literal["thread", "turn"] | str


HookSource: TypeAlias = (
    Literal[
        "system",
        "user",
        "project",
        "mdm",
        "sessionFlags",
        "plugin",
        "cloudRequirements",
        "cloudManagedConfig",
        "legacyManagedConfigFile",
        "legacyManagedConfigMdm",
        "unknown",
    ]
    | str
)


class HookRunSummary(Wire, frozen=True, kw_only=True):
    """Part of `HookCompleted` and 1 others."""

    display_order: int
    entries: list[HookOutputEntry]
    event_name: HookEventName
    execution_mode: HookExecutionMode
    handler_type: HookHandlerType
    id: str
    scope: HookScope
    source_path: AbsolutePathBuf
    started_at: int
    """Unix timestamp, in seconds."""
    status: HookRunStatus
    completed_at: int | None = None
    """Unix timestamp, in seconds."""
    duration_ms: int | None = None
    """In milliseconds."""
    source: HookSource = "unknown"
    status_message: str | None = None


class HookCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``hook/completed``."""

    METHOD: ClassVar[str] = "hook/completed"

    run: HookRunSummary
    thread_id: str
    turn_id: str | None = None


class HookStarted(Wire, frozen=True, kw_only=True):
    """Notification ``hook/started``."""

    METHOD: ClassVar[str] = "hook/started"

    run: HookRunSummary
    thread_id: str
    turn_id: str | None = None

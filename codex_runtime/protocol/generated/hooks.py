# ruff: noqa: PYI051, TC001
"""Hooks that the server runs.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf
from codex_runtime.protocol.unknown import UnknownHandlerType

__all__ = [
    "AgentHookMetadata",
    "CommandHookMetadata",
    "HookCompleted",
    "HookErrorInfo",
    "HookEventName",
    "HookExecutionMode",
    "HookHandlerType",
    "HookMetadata",
    "HookOutputEntry",
    "HookOutputEntryKind",
    "HookRunStatus",
    "HookRunSummary",
    "HookScope",
    "HookSource",
    "HookStarted",
    "HookTrustStatus",
    "HooksListEntry",
    "HooksListParams",
    "HooksListResponse",
    "McpToolHookMetadata",
    "PromptHookMetadata",
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
    """One thing that a hook said."""

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
    """One run of one hook."""

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


class HookErrorInfo(Wire, frozen=True, kw_only=True, gc=False):
    """A hook that could not be loaded, and why."""

    message: str
    path: str


HookTrustStatus: TypeAlias = Literal["managed", "untrusted", "trusted", "modified"] | str


class CommandHookMetadata(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="handlerType", tag="command"
):
    """`HookMetadata` with handlerType ``command``."""

    command: str
    current_hash: str
    display_order: int
    enabled: bool
    event_name: HookEventName
    is_managed: bool
    key: str
    source: HookSource
    source_path: AbsolutePathBuf
    timeout_sec: int
    """In seconds."""
    trust_status: HookTrustStatus
    additional_context_limit: int | None = None
    """Configured `additionalContext` spill threshold. `null` uses 2,500 tokens; `0` disables
    spilling.
    """
    async_: bool = False
    matcher: str | None = None
    plugin_id: str | None = None
    status_message: str | None = None


class McpToolHookMetadata(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="handlerType", tag="mcpTool"
):
    """`HookMetadata` with handlerType ``mcpTool``."""

    current_hash: str
    display_order: int
    enabled: bool
    event_name: HookEventName
    is_managed: bool
    key: str
    server: str
    source: HookSource
    source_path: AbsolutePathBuf
    timeout_sec: int
    """In seconds."""
    tool: str
    trust_status: HookTrustStatus
    additional_context_limit: int | None = None
    """Configured `additionalContext` spill threshold. `null` uses 2,500 tokens; `0` disables
    spilling.
    """
    matcher: str | None = None
    plugin_id: str | None = None
    status_message: str | None = None


class PromptHookMetadata(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="handlerType", tag="prompt"
):
    """`HookMetadata` with handlerType ``prompt``."""

    current_hash: str
    display_order: int
    enabled: bool
    event_name: HookEventName
    is_managed: bool
    key: str
    source: HookSource
    source_path: AbsolutePathBuf
    timeout_sec: int
    """In seconds."""
    trust_status: HookTrustStatus
    additional_context_limit: int | None = None
    """Configured `additionalContext` spill threshold. `null` uses 2,500 tokens; `0` disables
    spilling.
    """
    matcher: str | None = None
    plugin_id: str | None = None
    status_message: str | None = None


class AgentHookMetadata(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="handlerType", tag="agent"
):
    """`HookMetadata` with handlerType ``agent``."""

    current_hash: str
    display_order: int
    enabled: bool
    event_name: HookEventName
    is_managed: bool
    key: str
    source: HookSource
    source_path: AbsolutePathBuf
    timeout_sec: int
    """In seconds."""
    trust_status: HookTrustStatus
    additional_context_limit: int | None = None
    """Configured `additionalContext` spill threshold. `null` uses 2,500 tokens; `0` disables
    spilling.
    """
    matcher: str | None = None
    plugin_id: str | None = None
    status_message: str | None = None


HookMetadata: TypeAlias = (
    CommandHookMetadata
    | McpToolHookMetadata
    | PromptHookMetadata
    | AgentHookMetadata
    | UnknownHandlerType
)
"""Told apart by ``handlerType``."""


class HookStarted(Wire, frozen=True, kw_only=True):
    """Notification ``hook/started``."""

    METHOD: ClassVar[str] = "hook/started"

    run: HookRunSummary
    thread_id: str
    turn_id: str | None = None


class HooksListEntry(Wire, frozen=True, kw_only=True):
    """The hooks that hold in one folder."""

    cwd: str
    errors: list[HookErrorInfo]
    hooks: list[HookMetadata]
    warnings: list[str]


class HooksListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``hooks/list``."""

    cwds: list[str] | UnsetType = UNSET
    """When empty, defaults to the current session working directory."""


class HooksListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``hooks/list``."""

    data: list[HooksListEntry]

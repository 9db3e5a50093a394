# ruff: noqa: TC001 - msgspec reads the annotations of a struct at run time.
"""What happened in a thread: the payloads of ``event_msg`` lines.

Owns one struct per kind, by its ``type``. Newer servers tell most of a turn in `ItemCompletedEvent`
alone, older ones in an event per message and tool. A kind that is not here becomes an
`UnknownEntry`. Enter at `Event`.
"""

from __future__ import annotations

from typing import TypeAlias

from codex_runtime.history.rollouts.parts import Duration, JsonValue, Part, TokenCounts
from codex_runtime.history.rollouts.turn_items import FileChange, TurnItem

__all__ = [
    "AgentMessageEvent",
    "AgentReasoningEvent",
    "AgentReasoningRawContentEvent",
    "ContextCompactedEvent",
    "Event",
    "ItemCompletedEvent",
    "McpInvocation",
    "McpToolCallEndEvent",
    "PatchApplyEndEvent",
    "RateLimitWindow",
    "RateLimits",
    "TaskCompleteEvent",
    "TaskStartedEvent",
    "ThreadRolledBackEvent",
    "ThreadSettings",
    "ThreadSettingsAppliedEvent",
    "TokenCountEvent",
    "TokenCountInfo",
    "TurnAbortedEvent",
    "TurnError",
    "UserMessageEvent",
    "WebSearchEndEvent",
]


class TaskStartedEvent(Part, frozen=True, kw_only=True, tag="task_started"):
    """A turn began."""

    turn_id: str | None = None
    started_at: float | None = None
    """Seconds since the epoch."""
    model_context_window: int | None = None
    collaboration_mode_kind: str | None = None


class TurnError(Part, frozen=True, kw_only=True):
    """Why a turn failed."""

    message: str = ""
    codex_error_info: JsonValue = None


class TaskCompleteEvent(Part, frozen=True, kw_only=True, tag="task_complete"):
    """A turn ended by itself; with ``error`` it failed."""

    turn_id: str | None = None
    last_agent_message: str | None = None
    error: TurnError | None = None
    started_at: float | None = None
    """Seconds since the epoch; so is ``completed_at``."""
    completed_at: float | None = None
    duration_ms: int | None = None
    time_to_first_token_ms: int | None = None


class TurnAbortedEvent(Part, frozen=True, kw_only=True, tag="turn_aborted"):
    """A turn was ended: ``reason`` is ``interrupted`` where somebody stopped it."""

    turn_id: str | None = None
    reason: str | None = None
    started_at: float | None = None
    """Seconds since the epoch; so is ``completed_at``."""
    completed_at: float | None = None
    duration_ms: int | None = None


class ItemCompletedEvent(Part, frozen=True, kw_only=True, tag="item_completed"):
    """One item of a turn, complete. The same message or call may stand in a `ResponseEntry` too."""

    thread_id: str | None = None
    turn_id: str | None = None
    item: TurnItem
    started_at_ms: int | None = None
    """Milliseconds since the epoch; so is ``completed_at_ms``."""
    completed_at_ms: int | None = None


class UserMessageEvent(Part, frozen=True, kw_only=True, tag="user_message"):
    """What somebody asked, as servers wrote it before `ItemCompletedEvent`."""

    message: str = ""
    kind: str | None = None
    images: list[str] | None = None
    """Addresses, ``data:`` URLs as a rule."""
    local_images: list[str] | None = None


class AgentMessageEvent(Part, frozen=True, kw_only=True, tag="agent_message"):
    """What the model answered, as servers wrote it before `ItemCompletedEvent`."""

    message: str = ""
    phase: str | None = None


class AgentReasoningEvent(Part, frozen=True, kw_only=True, tag="agent_reasoning"):
    """A paragraph of a reasoning's summary, as servers wrote it before `ItemCompletedEvent`."""

    text: str = ""


class AgentReasoningRawContentEvent(
    Part, frozen=True, kw_only=True, tag="agent_reasoning_raw_content"
):
    """The reasoning itself, of models that show it."""

    text: str = ""


class TokenCountInfo(Part, frozen=True, kw_only=True):
    """Usage after a call of the model."""

    total_token_usage: TokenCounts | None = None
    """Of the thread so far."""
    last_token_usage: TokenCounts | None = None
    """Of the last call."""
    model_context_window: int | None = None


class RateLimitWindow(Part, frozen=True, kw_only=True):
    """How much of one limit is used up."""

    used_percent: float | None = None
    window_minutes: int | None = None
    resets_at: float | None = None
    """Seconds since the epoch."""


class RateLimits(Part, frozen=True, kw_only=True):
    """The account's limits; all None for model servers that tell none."""

    limit_id: str | None = None
    primary: RateLimitWindow | None = None
    secondary: RateLimitWindow | None = None
    plan_type: str | None = None


class TokenCountEvent(Part, frozen=True, kw_only=True, tag="token_count"):
    """Usage so far; written again whenever rate limits are told, so not once per call."""

    info: TokenCountInfo | None = None
    rate_limits: RateLimits | None = None


class ThreadSettings(Part, frozen=True, kw_only=True):
    """What holds for the turns that follow; approvals and permissions as the server writes them."""

    model: str | None = None
    model_provider_id: str | None = None
    cwd: str | None = None
    approval_policy: JsonValue = None
    permission_profile: JsonValue = None
    effort: str | None = None


class ThreadSettingsAppliedEvent(Part, frozen=True, kw_only=True, tag="thread_settings_applied"):
    """Settings changed, or were stated for the first time."""

    thread_id: str | None = None
    thread_settings: ThreadSettings | None = None


class PatchApplyEndEvent(Part, frozen=True, kw_only=True, tag="patch_apply_end"):
    """A patch was tried, as servers wrote it before `ItemCompletedEvent`."""

    call_id: str | None = None
    turn_id: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    success: bool | None = None
    changes: dict[str, FileChange] | None = None
    """By absolute path."""
    status: str | None = None


class McpInvocation(Part, frozen=True, kw_only=True):
    """Which tool was called with what."""

    server: str = ""
    tool: str = ""
    arguments: JsonValue = None


class McpToolCallEndEvent(Part, frozen=True, kw_only=True, tag="mcp_tool_call_end"):
    """A call of an MCP server's tool, as servers wrote it before `ItemCompletedEvent`."""

    call_id: str | None = None
    invocation: McpInvocation | None = None
    duration: Duration | str | None = None
    result: JsonValue = None
    """``{"Ok": …}`` or ``{"Err": …}``."""


class WebSearchEndEvent(Part, frozen=True, kw_only=True, tag="web_search_end"):
    """A search beside the model, as servers wrote it before `ItemCompletedEvent`."""

    call_id: str | None = None
    query: str = ""
    action: JsonValue = None


class ContextCompactedEvent(Part, frozen=True, kw_only=True, tag="context_compacted"):
    """What went before was summed up; the summary is in the `CompactedEntry`."""


class ThreadRolledBackEvent(Part, frozen=True, kw_only=True, tag="thread_rolled_back"):
    """The last ``num_turns`` turns no longer count, though their lines stay."""

    num_turns: int = 0


Event: TypeAlias = (
    TaskStartedEvent
    | TaskCompleteEvent
    | TurnAbortedEvent
    | ItemCompletedEvent
    | UserMessageEvent
    | AgentMessageEvent
    | AgentReasoningEvent
    | AgentReasoningRawContentEvent
    | TokenCountEvent
    | ThreadSettingsAppliedEvent
    | PatchApplyEndEvent
    | McpToolCallEndEvent
    | WebSearchEndEvent
    | ContextCompactedEvent
    | ThreadRolledBackEvent
)

# ruff: noqa: PYI051, TC001
"""What happens on a thread and in its turns, as the server tells it.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import FileUpdateChange, ThreadItem
from codex_runtime.protocol.generated.turns import ThreadStatus, Turn, TurnError

__all__ = [
    "AgentMessageDelta",
    "AuthRecoveryCompleted",
    "AuthRecoveryStarted",
    "CommandExecutionOutputDelta",
    "ContextCompacted",
    "ErrorNotification",
    "FileChangeOutputDelta",
    "FileChangePatchUpdated",
    "ItemCompleted",
    "ItemStarted",
    "McpToolCallProgress",
    "ModelRerouteReason",
    "ModelRerouted",
    "ModelSafetyBufferingUpdated",
    "ModelVerification",
    "ModelVerificationUpdated",
    "PlanDelta",
    "ReasoningSummaryPartAdded",
    "ReasoningSummaryTextDelta",
    "ReasoningTextDelta",
    "RequestId",
    "ServerRequestResolved",
    "TerminalInteraction",
    "ThreadArchived",
    "ThreadClosed",
    "ThreadDeleted",
    "ThreadNameUpdated",
    "ThreadStatusChanged",
    "ThreadTokenUsage",
    "ThreadTokenUsageUpdated",
    "ThreadUnarchived",
    "TokenUsageBreakdown",
    "TurnCompleted",
    "TurnDiffUpdated",
    "TurnModerationMetadata",
    "TurnPlanStep",
    "TurnPlanStepStatus",
    "TurnPlanUpdated",
    "TurnStarted",
    "WarningNotification",
]


class AgentMessageDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/agentMessage/delta``."""

    METHOD: ClassVar[str] = "item/agentMessage/delta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


class AuthRecoveryCompleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``modelProvider/authRecoveryCompleted``."""

    METHOD: ClassVar[str] = "modelProvider/authRecoveryCompleted"

    message: str
    provider: str
    thread_id: str
    turn_id: str


class AuthRecoveryStarted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``modelProvider/authRecoveryStarted``."""

    METHOD: ClassVar[str] = "modelProvider/authRecoveryStarted"

    message: str
    provider: str
    thread_id: str
    turn_id: str


class CommandExecutionOutputDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/commandExecution/outputDelta``."""

    METHOD: ClassVar[str] = "item/commandExecution/outputDelta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


class ContextCompacted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/compacted``.

    Deprecated: Use `ContextCompaction` item type instead.
    """

    METHOD: ClassVar[str] = "thread/compacted"

    thread_id: str
    turn_id: str


class ErrorNotification(Wire, frozen=True, kw_only=True):
    """Notification ``error``."""

    METHOD: ClassVar[str] = "error"

    error: TurnError
    thread_id: str
    turn_id: str
    will_retry: bool


class FileChangeOutputDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/fileChange/outputDelta``.

    Deprecated legacy notification for `apply_patch` textual output. The server no longer emits this
    notification.
    """

    METHOD: ClassVar[str] = "item/fileChange/outputDelta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


class FileChangePatchUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``item/fileChange/patchUpdated``."""

    METHOD: ClassVar[str] = "item/fileChange/patchUpdated"

    changes: list[FileUpdateChange]
    item_id: str
    thread_id: str
    turn_id: str


class ItemCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``item/completed``."""

    METHOD: ClassVar[str] = "item/completed"

    completed_at_ms: int
    """Unix timestamp (in milliseconds) when this item lifecycle completed."""
    item: ThreadItem
    thread_id: str
    turn_id: str


class ItemStarted(Wire, frozen=True, kw_only=True):
    """Notification ``item/started``."""

    METHOD: ClassVar[str] = "item/started"

    item: ThreadItem
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this item lifecycle started."""
    thread_id: str
    turn_id: str


class McpToolCallProgress(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``item/mcpToolCall/progress``."""

    METHOD: ClassVar[str] = "item/mcpToolCall/progress"

    item_id: str
    message: str
    thread_id: str
    turn_id: str


ModelRerouteReason: TypeAlias = Literal["highRiskCyberActivity"] | str


class ModelRerouted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``model/rerouted``."""

    METHOD: ClassVar[str] = "model/rerouted"

    from_model: str
    reason: ModelRerouteReason
    thread_id: str
    to_model: str
    turn_id: str


class ModelSafetyBufferingUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``model/safetyBuffering/updated``."""

    METHOD: ClassVar[str] = "model/safetyBuffering/updated"

    model: str
    reasons: list[str]
    show_buffering_ui: bool
    thread_id: str
    turn_id: str
    use_cases: list[str]
    faster_model: str | None = None


ModelVerification: TypeAlias = Literal["trustedAccessForCyber"] | str


class ModelVerificationUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``model/verification``."""

    METHOD: ClassVar[str] = "model/verification"

    thread_id: str
    turn_id: str
    verifications: list[ModelVerification]


class PlanDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/plan/delta``.

    Experimental: proposed plan streaming deltas for plan items. Clients should not assume
    concatenated deltas match the completed plan item content.
    """

    METHOD: ClassVar[str] = "item/plan/delta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


class ReasoningSummaryPartAdded(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``item/reasoning/summaryPartAdded``."""

    METHOD: ClassVar[str] = "item/reasoning/summaryPartAdded"

    item_id: str
    summary_index: int
    thread_id: str
    turn_id: str


class ReasoningSummaryTextDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/reasoning/summaryTextDelta``."""

    METHOD: ClassVar[str] = "item/reasoning/summaryTextDelta"

    delta: str
    item_id: str
    summary_index: int
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


class ReasoningTextDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/reasoning/textDelta``."""

    METHOD: ClassVar[str] = "item/reasoning/textDelta"

    content_index: int
    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = msgspec.field(default=1, name="?merged")
    """Ours, never on the wire: of how many deltas this one is made."""


RequestId: TypeAlias = str | int


class ServerRequestResolved(Wire, frozen=True, kw_only=True):
    """Notification ``serverRequest/resolved``."""

    METHOD: ClassVar[str] = "serverRequest/resolved"

    request_id: RequestId
    thread_id: str


class TerminalInteraction(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``item/commandExecution/terminalInteraction``."""

    METHOD: ClassVar[str] = "item/commandExecution/terminalInteraction"

    item_id: str
    process_id: str
    stdin: str
    thread_id: str
    turn_id: str


class ThreadArchived(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/archived``."""

    METHOD: ClassVar[str] = "thread/archived"

    thread_id: str


class ThreadClosed(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/closed``."""

    METHOD: ClassVar[str] = "thread/closed"

    thread_id: str


class ThreadDeleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/deleted``."""

    METHOD: ClassVar[str] = "thread/deleted"

    thread_id: str


class ThreadNameUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/name/updated``."""

    METHOD: ClassVar[str] = "thread/name/updated"

    thread_id: str
    thread_name: str | None = None


class ThreadStatusChanged(Wire, frozen=True, kw_only=True):
    """Notification ``thread/status/changed``."""

    METHOD: ClassVar[str] = "thread/status/changed"

    status: ThreadStatus
    thread_id: str


class TokenUsageBreakdown(Wire, frozen=True, kw_only=True, gc=False):
    """Tokens by what they were spent on."""

    cached_input_tokens: int
    input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    total_tokens: int
    cache_write_input_tokens: int = 0


class ThreadTokenUsage(Wire, frozen=True, kw_only=True):
    """The tokens of the last call of the model, and of the whole thread."""

    last: TokenUsageBreakdown
    total: TokenUsageBreakdown
    model_context_window: int | None = None
    """In tokens."""


class ThreadTokenUsageUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``thread/tokenUsage/updated``."""

    METHOD: ClassVar[str] = "thread/tokenUsage/updated"

    thread_id: str
    token_usage: ThreadTokenUsage
    turn_id: str


class ThreadUnarchived(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/unarchived``."""

    METHOD: ClassVar[str] = "thread/unarchived"

    thread_id: str


class TurnCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``turn/completed``."""

    METHOD: ClassVar[str] = "turn/completed"

    thread_id: str
    turn: Turn


class TurnDiffUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``turn/diff/updated``.

    Notification that the turn-level unified diff has changed. Contains the latest aggregated diff
    across all file changes in the turn.
    """

    METHOD: ClassVar[str] = "turn/diff/updated"

    diff: str
    thread_id: str
    turn_id: str


class TurnModerationMetadata(Wire, frozen=True, kw_only=True):
    """Notification ``turn/moderationMetadata``."""

    METHOD: ClassVar[str] = "turn/moderationMetadata"

    metadata: JsonValue
    thread_id: str
    turn_id: str


TurnPlanStepStatus: TypeAlias = Literal["pending", "inProgress", "completed"] | str


class TurnPlanStep(Wire, frozen=True, kw_only=True, gc=False):
    """A step of the plan, and how far it has come."""

    status: TurnPlanStepStatus
    step: str


class TurnPlanUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``turn/plan/updated``."""

    METHOD: ClassVar[str] = "turn/plan/updated"

    plan: list[TurnPlanStep]
    thread_id: str
    turn_id: str
    explanation: str | None = None


class TurnStarted(Wire, frozen=True, kw_only=True):
    """Notification ``turn/started``."""

    METHOD: ClassVar[str] = "turn/started"

    thread_id: str
    turn: Turn


class WarningNotification(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``warning``."""

    METHOD: ClassVar[str] = "warning"

    message: str
    """Concise warning message for the user."""
    thread_id: str | None = None
    """Optional thread target when the warning applies to a specific thread."""

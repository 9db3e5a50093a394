# ruff: noqa: PYI051, TC001
"""Types of the domain ``events``.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import (
    AbsolutePathBuf,
    FileUpdateChange,
    LegacyAppPathString,
    ThreadItem,
)
from codex_runtime.protocol.generated.turns import ThreadStatus, Turn, TurnError
from codex_runtime.protocol.unknown import UnknownKind, UnknownVariant

__all__ = [
    "AdditionalFileSystemPermissions",
    "AdditionalNetworkPermissions",
    "AgentMessageDelta",
    "ApplyPatchGuardianApprovalReviewAction",
    "AutoReviewDecisionSource",
    "CommandExecutionOutputDelta",
    "CommandGuardianApprovalReviewAction",
    "ContextCompacted",
    "ErrorNotification",
    "ExecveGuardianApprovalReviewAction",
    "FileChangeOutputDelta",
    "FileChangePatchUpdated",
    "FileSystemAccessMode",
    "FileSystemPath",
    "FileSystemSandboxEntry",
    "FileSystemSpecialPath",
    "GlobPatternFileSystemPath",
    "GuardianApprovalReview",
    "GuardianApprovalReviewAction",
    "GuardianApprovalReviewStatus",
    "GuardianCommandSource",
    "GuardianRiskLevel",
    "GuardianUserAuthorization",
    "GuardianWarning",
    "ItemCompleted",
    "ItemGuardianApprovalReviewCompleted",
    "ItemGuardianApprovalReviewStarted",
    "ItemStarted",
    "McpToolCallGuardianApprovalReviewAction",
    "McpToolCallProgress",
    "MinimalFileSystemSpecialPath",
    "ModelRerouteReason",
    "ModelRerouted",
    "NetworkAccessGuardianApprovalReviewAction",
    "NetworkApprovalProtocol",
    "PathFileSystemPath",
    "PlanDelta",
    "ProjectRootsFileSystemSpecialPath",
    "ReasoningSummaryPartAdded",
    "ReasoningSummaryTextDelta",
    "ReasoningTextDelta",
    "RequestId",
    "RequestPermissionProfile",
    "RequestPermissionsGuardianApprovalReviewAction",
    "RootFileSystemSpecialPath",
    "ServerRequestResolved",
    "SlashTmpFileSystemSpecialPath",
    "SpecialFileSystemPath",
    "TerminalInteraction",
    "ThreadArchived",
    "ThreadClosed",
    "ThreadDeleted",
    "ThreadNameUpdated",
    "ThreadStatusChanged",
    "ThreadTokenUsage",
    "ThreadTokenUsageUpdated",
    "ThreadUnarchived",
    "TmpdirFileSystemSpecialPath",
    "TokenUsageBreakdown",
    "TurnCompleted",
    "TurnDiffUpdated",
    "TurnModerationMetadata",
    "TurnPlanStep",
    "TurnPlanStepStatus",
    "TurnPlanUpdated",
    "TurnStarted",
    "UnknownFileSystemSpecialPath",
    "WarningNotification",
    "WriteStdinGuardianApprovalReviewAction",
]


FileSystemAccessMode: TypeAlias = Literal["read", "write", "deny"] | str


class RootFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="root"
):
    """`FileSystemSpecialPath` with kind ``root``."""


class MinimalFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="minimal"
):
    """`FileSystemSpecialPath` with kind ``minimal``."""


class ProjectRootsFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="project_roots"
):
    """`FileSystemSpecialPath` with kind ``project_roots``."""

    subpath: LegacyAppPathString | UnsetType | None = UNSET


class TmpdirFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="tmpdir"
):
    """`FileSystemSpecialPath` with kind ``tmpdir``."""


class SlashTmpFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="slash_tmp"
):
    """`FileSystemSpecialPath` with kind ``slash_tmp``."""


class UnknownFileSystemSpecialPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="unknown"
):
    """`FileSystemSpecialPath` with kind ``unknown``."""

    path: str
    subpath: LegacyAppPathString | UnsetType | None = UNSET


FileSystemSpecialPath: TypeAlias = (
    RootFileSystemSpecialPath
    | MinimalFileSystemSpecialPath
    | ProjectRootsFileSystemSpecialPath
    | TmpdirFileSystemSpecialPath
    | SlashTmpFileSystemSpecialPath
    | UnknownFileSystemSpecialPath
    | UnknownKind
)
"""Told apart by ``kind``."""


class PathFileSystemPath(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="path"):
    """`FileSystemPath` with type ``path``."""

    path: LegacyAppPathString


class GlobPatternFileSystemPath(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="glob_pattern"
):
    """`FileSystemPath` with type ``glob_pattern``."""

    pattern: str


class SpecialFileSystemPath(Wire, frozen=True, kw_only=True, tag_field="type", tag="special"):
    """`FileSystemPath` with type ``special``."""

    value: FileSystemSpecialPath


FileSystemPath: TypeAlias = (
    PathFileSystemPath | GlobPatternFileSystemPath | SpecialFileSystemPath | UnknownVariant
)
"""Told apart by ``type``."""


class FileSystemSandboxEntry(Wire, frozen=True, kw_only=True):
    """Part of `AdditionalFileSystemPermissions`."""

    access: FileSystemAccessMode
    path: FileSystemPath


class AdditionalFileSystemPermissions(Wire, frozen=True, kw_only=True):
    """Part of `AdditionalPermissionProfile` and 2 others."""

    entries: list[FileSystemSandboxEntry] | UnsetType | None = UNSET
    glob_scan_max_depth: int | UnsetType | None = UNSET
    read: list[LegacyAppPathString] | UnsetType | None = UNSET
    """This will be removed in favor of `entries`."""
    write: list[LegacyAppPathString] | UnsetType | None = UNSET
    """This will be removed in favor of `entries`."""


class AdditionalNetworkPermissions(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `AdditionalPermissionProfile` and 2 others."""

    enabled: bool | UnsetType | None = UNSET


class AgentMessageDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/agentMessage/delta``."""

    METHOD: ClassVar[str] = "item/agentMessage/delta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = 1
    """Ours, never on the wire: of how many deltas this one is made."""


AutoReviewDecisionSource: TypeAlias = Literal["agent"] | str
"""[UNSTABLE] Source that produced a terminal approval auto-review decision."""


class CommandExecutionOutputDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/commandExecution/outputDelta``."""

    METHOD: ClassVar[str] = "item/commandExecution/outputDelta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = 1
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
    merged: int = 1
    """Ours, never on the wire: of how many deltas this one is made."""


class FileChangePatchUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``item/fileChange/patchUpdated``."""

    METHOD: ClassVar[str] = "item/fileChange/patchUpdated"

    changes: list[FileUpdateChange]
    item_id: str
    thread_id: str
    turn_id: str


GuardianApprovalReviewStatus: TypeAlias = (
    Literal[
        "inProgress",
        "approved",
        "denied",
        "timedOut",
        "aborted",
    ]
    | str
)
"""[UNSTABLE] Lifecycle state for an approval auto-review."""


GuardianRiskLevel: TypeAlias = Literal["low", "medium", "high", "critical"] | str
"""[UNSTABLE] Risk level assigned by approval auto-review."""


GuardianUserAuthorization: TypeAlias = Literal["unknown", "low", "medium", "high"] | str
"""[UNSTABLE] Authorization level assigned by approval auto-review."""


class GuardianApprovalReview(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ItemGuardianApprovalReviewCompleted` and 1 others.

    [UNSTABLE] Temporary approval auto-review payload used by `item/autoApprovalReview/*`
    notifications. This shape is expected to change soon.
    """

    status: GuardianApprovalReviewStatus
    rationale: str | None = None
    risk_level: GuardianRiskLevel | None = None
    user_authorization: GuardianUserAuthorization | None = None


GuardianCommandSource: TypeAlias = Literal["shell", "unifiedExec"] | str


NetworkApprovalProtocol: TypeAlias = Literal["http", "https", "socks5Tcp", "socks5Udp"] | str


class RequestPermissionProfile(Wire, frozen=True, kw_only=True):
    """Part of `GuardianApprovalReviewAction` and 1 others."""

    file_system: AdditionalFileSystemPermissions | None = None
    network: AdditionalNetworkPermissions | None = None


class CommandGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="command"
):
    """`GuardianApprovalReviewAction` with type ``command``."""

    command: str
    cwd: LegacyAppPathString
    source: GuardianCommandSource


class ExecveGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="execve"
):
    """`GuardianApprovalReviewAction` with type ``execve``."""

    argv: list[str]
    cwd: AbsolutePathBuf
    program: str
    source: GuardianCommandSource


class WriteStdinGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="writeStdin"
):
    """`GuardianApprovalReviewAction` with type ``writeStdin``.

    A child approval for input to an existing command execution item.
    """

    approval_id: str
    cwd: LegacyAppPathString
    process_id: str
    stdin: str


class ApplyPatchGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="applyPatch"
):
    """`GuardianApprovalReviewAction` with type ``applyPatch``."""

    cwd: LegacyAppPathString
    files: list[LegacyAppPathString]


class NetworkAccessGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="networkAccess"
):
    """`GuardianApprovalReviewAction` with type ``networkAccess``."""

    host: str
    port: int
    protocol: NetworkApprovalProtocol
    target: str


class McpToolCallGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="mcpToolCall"
):
    """`GuardianApprovalReviewAction` with type ``mcpToolCall``."""

    server: str
    tool_name: str
    connector_id: str | None = None
    connector_name: str | None = None
    tool_title: str | None = None


class RequestPermissionsGuardianApprovalReviewAction(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="requestPermissions"
):
    """`GuardianApprovalReviewAction` with type ``requestPermissions``."""

    permissions: RequestPermissionProfile
    reason: str | None = None


GuardianApprovalReviewAction: TypeAlias = (
    CommandGuardianApprovalReviewAction
    | ExecveGuardianApprovalReviewAction
    | WriteStdinGuardianApprovalReviewAction
    | ApplyPatchGuardianApprovalReviewAction
    | NetworkAccessGuardianApprovalReviewAction
    | McpToolCallGuardianApprovalReviewAction
    | RequestPermissionsGuardianApprovalReviewAction
    | UnknownVariant
)
"""Told apart by ``type``."""


class GuardianWarning(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``guardianWarning``."""

    METHOD: ClassVar[str] = "guardianWarning"

    message: str
    """Concise guardian warning message for the user."""
    thread_id: str
    """Thread target for the guardian warning."""


class ItemCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``item/completed``."""

    METHOD: ClassVar[str] = "item/completed"

    completed_at_ms: int
    """Unix timestamp (in milliseconds) when this item lifecycle completed."""
    item: ThreadItem
    thread_id: str
    turn_id: str


class ItemGuardianApprovalReviewCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``item/autoApprovalReview/completed``.

    [UNSTABLE] Temporary notification payload for approval auto-review. This shape is expected to
    change soon.
    """

    METHOD: ClassVar[str] = "item/autoApprovalReview/completed"

    action: GuardianApprovalReviewAction
    completed_at_ms: int
    """Unix timestamp (in milliseconds) when this review completed."""
    decision_source: AutoReviewDecisionSource
    review: GuardianApprovalReview
    review_id: str
    """Stable identifier for this review."""
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this review started."""
    thread_id: str
    turn_id: str
    target_item_id: str | None = None
    """Identifier for the reviewed item or tool call when one exists. In most cases, one review maps
    to one target item. The exceptions are - execve reviews, where a single command may contain
    multiple execve calls to review (only possible when using the shell_zsh_fork feature) - stdin
    reviews, which refer to the existing parent command item and have a separate approval ID in the
    action payload - network policy reviews, where there is no target item A network call is
    triggered by a CommandExecution item, so having a target_item_id set to the CommandExecution
    item would be misleading because the review is about the network call, not the command
    execution. Therefore, target_item_id is set to None for network policy reviews.
    """


class ItemGuardianApprovalReviewStarted(Wire, frozen=True, kw_only=True):
    """Notification ``item/autoApprovalReview/started``.

    [UNSTABLE] Temporary notification payload for approval auto-review. This shape is expected to
    change soon.
    """

    METHOD: ClassVar[str] = "item/autoApprovalReview/started"

    action: GuardianApprovalReviewAction
    review: GuardianApprovalReview
    review_id: str
    """Stable identifier for this review."""
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this review started."""
    thread_id: str
    turn_id: str
    target_item_id: str | None = None
    """Identifier for the reviewed item or tool call when one exists. In most cases, one review maps
    to one target item. The exceptions are - execve reviews, where a single command may contain
    multiple execve calls to review (only possible when using the shell_zsh_fork feature) - stdin
    reviews, which refer to the existing parent command item and have a separate approval ID in the
    action payload - network policy reviews, where there is no target item A network call is
    triggered by a CommandExecution item, so having a target_item_id set to the CommandExecution
    item would be misleading because the review is about the network call, not the command
    execution. Therefore, target_item_id is set to None for network policy reviews.
    """


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


class PlanDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/plan/delta``.

    EXPERIMENTAL - proposed plan streaming deltas for plan items. Clients should not assume
    concatenated deltas match the completed plan item content.
    """

    METHOD: ClassVar[str] = "item/plan/delta"

    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = 1
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
    merged: int = 1
    """Ours, never on the wire: of how many deltas this one is made."""


class ReasoningTextDelta(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Notification ``item/reasoning/textDelta``."""

    METHOD: ClassVar[str] = "item/reasoning/textDelta"

    content_index: int
    delta: str
    item_id: str
    thread_id: str
    turn_id: str
    merged: int = 1
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
    """Part of `ThreadTokenUsage`."""

    cached_input_tokens: int
    input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    total_tokens: int
    cache_write_input_tokens: int = 0


class ThreadTokenUsage(Wire, frozen=True, kw_only=True):
    """Part of `ThreadTokenUsageUpdated`."""

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
    """Part of `TurnPlanUpdated`."""

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

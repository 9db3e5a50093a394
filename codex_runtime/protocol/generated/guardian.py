# ruff: noqa: PYI051, TC001
"""Approvals that the server reviews by itself.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.approvals import NetworkApprovalProtocol
from codex_runtime.protocol.generated.items import AbsolutePathBuf, LegacyAppPathString
from codex_runtime.protocol.generated.permissions import RequestPermissionProfile
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "ApplyPatchGuardianAction",
    "AutoReviewDecisionSource",
    "CommandGuardianAction",
    "ExecveGuardianAction",
    "GuardianApprovalReview",
    "GuardianApprovalReviewAction",
    "GuardianApprovalReviewStatus",
    "GuardianCommandSource",
    "GuardianRiskLevel",
    "GuardianUserAuthorization",
    "GuardianWarning",
    "ItemGuardianApprovalReviewCompleted",
    "ItemGuardianApprovalReviewStarted",
    "McpToolCallGuardianAction",
    "NetworkAccessGuardianAction",
    "RequestPermissionsGuardianAction",
    "StrictReviewRequired",
    "ThreadApproveGuardianDeniedActionParams",
    "ThreadApproveGuardianDeniedActionResponse",
    "WriteStdinGuardianAction",
]


AutoReviewDecisionSource: TypeAlias = Literal["agent"] | str
"""Unstable: Source that produced a terminal approval auto-review decision."""


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
"""Unstable: Lifecycle state for an approval auto-review."""


GuardianRiskLevel: TypeAlias = Literal["low", "medium", "high", "critical"] | str
"""Unstable: Risk level assigned by approval auto-review."""


GuardianUserAuthorization: TypeAlias = Literal["unknown", "low", "medium", "high"] | str
"""Unstable: Authorization level assigned by approval auto-review."""


class GuardianApprovalReview(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ItemGuardianApprovalReviewCompleted` and `ItemGuardianApprovalReviewStarted`.

    Unstable: Temporary approval auto-review payload used by `item/autoApprovalReview/*`
    notifications. This shape is expected to change soon.
    """

    status: GuardianApprovalReviewStatus
    rationale: str | None = None
    risk_level: GuardianRiskLevel | None = None
    user_authorization: GuardianUserAuthorization | None = None


GuardianCommandSource: TypeAlias = Literal["shell", "unifiedExec"] | str


class CommandGuardianAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="command"
):
    """`GuardianApprovalReviewAction` with type ``command``."""

    command: str
    cwd: LegacyAppPathString
    source: GuardianCommandSource


class ExecveGuardianAction(Wire, frozen=True, kw_only=True, tag_field="type", tag="execve"):
    """`GuardianApprovalReviewAction` with type ``execve``."""

    argv: list[str]
    cwd: AbsolutePathBuf
    program: str
    source: GuardianCommandSource


class WriteStdinGuardianAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="writeStdin"
):
    """`GuardianApprovalReviewAction` with type ``writeStdin``.

    A child approval for input to an existing command execution item.
    """

    approval_id: str
    cwd: LegacyAppPathString
    process_id: str
    stdin: str


class ApplyPatchGuardianAction(Wire, frozen=True, kw_only=True, tag_field="type", tag="applyPatch"):
    """`GuardianApprovalReviewAction` with type ``applyPatch``."""

    cwd: LegacyAppPathString
    files: list[LegacyAppPathString]


class NetworkAccessGuardianAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="networkAccess"
):
    """`GuardianApprovalReviewAction` with type ``networkAccess``."""

    host: str
    port: int
    protocol: NetworkApprovalProtocol
    target: str


class McpToolCallGuardianAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="mcpToolCall"
):
    """`GuardianApprovalReviewAction` with type ``mcpToolCall``."""

    server: str
    tool_name: str
    connector_id: str | None = None
    connector_name: str | None = None
    tool_title: str | None = None


class RequestPermissionsGuardianAction(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="requestPermissions"
):
    """`GuardianApprovalReviewAction` with type ``requestPermissions``."""

    permissions: RequestPermissionProfile
    reason: str | None = None


GuardianApprovalReviewAction: TypeAlias = (
    CommandGuardianAction
    | ExecveGuardianAction
    | WriteStdinGuardianAction
    | ApplyPatchGuardianAction
    | NetworkAccessGuardianAction
    | McpToolCallGuardianAction
    | RequestPermissionsGuardianAction
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


class ItemGuardianApprovalReviewCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``item/autoApprovalReview/completed``.

    Unstable: Temporary notification payload for approval auto-review. This shape is expected to
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

    Unstable: Temporary notification payload for approval auto-review. This shape is expected to
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


class StrictReviewRequired(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``autoApprovalReview/strictReviewRequired``."""

    METHOD: ClassVar[str] = "autoApprovalReview/strictReviewRequired"

    started_at_ms: int
    """Unix timestamp (in milliseconds) when this review started."""
    thread_id: str
    turn_id: str


class ThreadApproveGuardianDeniedActionParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/approveGuardianDeniedAction``."""

    event: JsonValue
    """Serialized `codex_protocol::protocol::GuardianAssessmentEvent`."""
    thread_id: str


class ThreadApproveGuardianDeniedActionResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/approveGuardianDeniedAction``."""

# ruff: noqa: PYI051
"""Turns: starting, steering and interrupting them, their status and their errors.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import (
    AbsolutePathBuf,
    FunctionCallOutputBody,
    LegacyAppPathString,
    ReasoningEffort,
    ThreadItem,
    UserInput,
)
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "ActiveThreadStatus",
    "ActiveTurnNotSteerable",
    "AdditionalContextEntry",
    "AdditionalContextKind",
    "ApprovalsReviewer",
    "AskForApproval",
    "AskForApprovalDetail",
    "CodexErrorInfo",
    "CodexErrorInfoDetail",
    "CollaborationMode",
    "CollaborationModeSettings",
    "CyberAccessProgram",
    "DangerFullAccessSandboxPolicy",
    "ExternalSandboxPolicy",
    "GranularApproval",
    "HttpFailure",
    "IdleThreadStatus",
    "MisalignmentErrorDetails",
    "MisalignmentSteer",
    "ModeKind",
    "MultiAgentMode",
    "MultiAgentModeDetail",
    "NetworkAccess",
    "NonSteerableTurnKind",
    "NotLoadedThreadStatus",
    "Personality",
    "ReadOnlySandboxPolicy",
    "ReasoningSummary",
    "SandboxPolicy",
    "SystemErrorThreadStatus",
    "ThreadActiveFlag",
    "ThreadStatus",
    "Turn",
    "TurnEnvironmentParams",
    "TurnError",
    "TurnInterruptParams",
    "TurnInterruptResponse",
    "TurnItemsView",
    "TurnSettingsUpdateParams",
    "TurnSettingsUpdateResponse",
    "TurnSettingsUpdateStatus",
    "TurnStartParams",
    "TurnStartResponse",
    "TurnStatus",
    "TurnSteerParams",
    "TurnSteerResponse",
    "TurnToolOutput",
    "WorkspaceWriteSandboxPolicy",
]


AdditionalContextKind: TypeAlias = Literal["untrusted", "application"] | str


class AdditionalContextEntry(Wire, frozen=True, kw_only=True, gc=False):
    """One piece of context that a client adds to a turn."""

    kind: AdditionalContextKind
    value: str


ApprovalsReviewer: TypeAlias = Literal["user", "auto_review", "guardian_subagent"] | str
"""Configures who approval requests are routed to for review. Examples include sandbox escapes,
blocked network access, MCP approval prompts, and ARC escalations. Defaults to `user`. `auto_review`
uses a carefully prompted subagent to gather relevant context and apply a risk-based decision
framework before approving or denying the request. The legacy value `guardian_subagent` is accepted
for compatibility.
"""


class GranularApproval(Wire, frozen=True, kw_only=True, gc=False):
    """Which kinds of approval may be asked for."""

    mcp_elicitations: bool = msgspec.field(name="mcp_elicitations")
    rules: bool
    sandbox_approval: bool = msgspec.field(name="sandbox_approval")
    request_permissions: bool = msgspec.field(default=False, name="request_permissions")
    skill_approval: bool = msgspec.field(default=False, name="skill_approval")


class AskForApprovalDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `AskForApproval`: one field is set, none for a newer one."""

    granular: GranularApproval | None = None


AskForApproval: TypeAlias = Literal["untrusted", "on-request", "never"] | str | AskForApprovalDetail


NonSteerableTurnKind: TypeAlias = Literal["review", "compact"] | str


class HttpFailure(Wire, frozen=True, kw_only=True, gc=False):
    """A request to the model failed with a status of HTTP, when there was one."""

    http_status_code: int | None = None


class ActiveTurnNotSteerable(Wire, frozen=True, kw_only=True, gc=False):
    """The running turn is of a kind that takes no further input."""

    turn_kind: NonSteerableTurnKind


class CodexErrorInfoDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `CodexErrorInfo`: one field is set, none for a newer one."""

    http_connection_failed: HttpFailure | None = None
    response_stream_connection_failed: HttpFailure | None = None
    """Failed to connect to the response SSE stream."""
    response_stream_disconnected: HttpFailure | None = None
    """The response SSE stream disconnected in the middle of a turn before completion."""
    response_too_many_failed_attempts: HttpFailure | None = None
    """Reached the retry limit for responses."""
    active_turn_not_steerable: ActiveTurnNotSteerable | None = None
    """Returned when `turn/start` or `turn/steer` is submitted while the current active turn cannot
    accept same-turn steering, for example `/review` or manual `/compact`.
    """


CodexErrorInfo: TypeAlias = (
    Literal[
        "contextWindowExceeded",
        "sessionBudgetExceeded",
        "usageLimitExceeded",
        "rateLimitExceeded",
        "flexUnavailable",
        "serverOverloaded",
        "cyberPolicy",
        "misalignmentPolicyViolation",
        "tooManyDenials",
        "internalServerError",
        "unauthorized",
        "badRequest",
        "threadRollbackFailed",
        "sandboxError",
        "other",
    ]
    | str
    | CodexErrorInfoDetail
)
"""This translation layer make sure that we expose codex error code in camel case. When an upstream
HTTP status is available (for example, from the Responses API or a provider), it is forwarded in
`httpStatusCode` on the relevant `codexErrorInfo` variant.
"""


ModeKind: TypeAlias = Literal["plan", "default"] | str
"""Initial collaboration mode to use when the TUI starts."""


class CollaborationModeSettings(Wire, frozen=True, kw_only=True, gc=False):
    """Settings for a collaboration mode."""

    model: str
    developer_instructions: str | UnsetType | None = msgspec.field(
        default=UNSET, name="developer_instructions"
    )
    reasoning_effort: ReasoningEffort | UnsetType | None = msgspec.field(
        default=UNSET, name="reasoning_effort"
    )


class CollaborationMode(Wire, frozen=True, kw_only=True):
    """Collaboration mode for a Codex session."""

    mode: ModeKind
    settings: CollaborationModeSettings


CyberAccessProgram: TypeAlias = Literal["standard", "daybreakBlue", "daybreakRed"] | str
"""Requested cyber treatment for an OpenAI model turn. Authorization and model-tier restrictions
remain server-owned.
"""


class MisalignmentSteer(Wire, frozen=True, kw_only=True, gc=False):
    """What to submit as the next turn's input, if continuing is confirmed."""

    message: str


class MisalignmentErrorDetails(Wire, frozen=True, kw_only=True):
    """What is known of a turn that was stopped for misalignment."""

    detailed_explanation: str | None = None
    """A substantive localized explanation is required before offering continuation."""
    error_type: str | None = None
    """Open-ended classification; clients must accept categories added by Responses."""
    review_target: str | None = None
    """Opaque server-issued block target. Presence alone does not enable target-based continuation.
    """
    steer: MisalignmentSteer | None = None
    """Instruction to submit as the next turn's user input if continuation is confirmed."""


class MultiAgentModeDetail(Wire, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Object form of `MultiAgentMode`: one field is set, none for a newer one."""

    custom: str | None = None


MultiAgentMode: TypeAlias = Literal["explicitRequestOnly", "proactive"] | str | MultiAgentModeDetail
"""Controls the effective multi-agent delegation instructions for a turn. `custom` means the
configured mode hint defines the policy instead of a built-in policy.
"""


NetworkAccess: TypeAlias = Literal["restricted", "enabled"] | str


Personality: TypeAlias = Literal["none", "friendly", "pragmatic"] | str
"""Deprecated: `friendly` and `pragmatic` no longer select a style."""


ReasoningSummary: TypeAlias = Literal["auto", "concise", "detailed", "none"] | str
"""A summary of the reasoning performed by the model. This can be useful for debugging and
understanding the model's reasoning process. See
https://platform.openai.com/docs/guides/reasoning?api-mode=responses#reasoning-summaries. ``none``:
Option to disable reasoning summaries.
"""


class DangerFullAccessSandboxPolicy(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="dangerFullAccess"
):
    """`SandboxPolicy` with type ``dangerFullAccess``."""


class ReadOnlySandboxPolicy(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="readOnly"
):
    """`SandboxPolicy` with type ``readOnly``."""

    network_access: bool = False


class ExternalSandboxPolicy(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="externalSandbox"
):
    """`SandboxPolicy` with type ``externalSandbox``."""

    network_access: NetworkAccess = "restricted"


class WorkspaceWriteSandboxPolicy(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="workspaceWrite"
):
    """`SandboxPolicy` with type ``workspaceWrite``."""

    exclude_slash_tmp: bool = False
    exclude_tmpdir_env_var: bool = False
    network_access: bool = False
    writable_roots: list[AbsolutePathBuf] = msgspec.field(default_factory=list[AbsolutePathBuf])


SandboxPolicy: TypeAlias = (
    DangerFullAccessSandboxPolicy
    | ReadOnlySandboxPolicy
    | ExternalSandboxPolicy
    | WorkspaceWriteSandboxPolicy
    | UnknownVariant
)
"""Told apart by ``type``."""


ThreadActiveFlag: TypeAlias = Literal["waitingOnApproval", "waitingOnUserInput"] | str


class NotLoadedThreadStatus(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="notLoaded"
):
    """`ThreadStatus` with type ``notLoaded``."""


class IdleThreadStatus(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="idle"):
    """`ThreadStatus` with type ``idle``."""


class SystemErrorThreadStatus(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="systemError"
):
    """`ThreadStatus` with type ``systemError``."""


class ActiveThreadStatus(Wire, frozen=True, kw_only=True, tag_field="type", tag="active"):
    """`ThreadStatus` with type ``active``."""

    active_flags: list[ThreadActiveFlag]


ThreadStatus: TypeAlias = (
    NotLoadedThreadStatus
    | IdleThreadStatus
    | SystemErrorThreadStatus
    | ActiveThreadStatus
    | UnknownVariant
)
"""Told apart by ``type``."""


class TurnError(Wire, frozen=True, kw_only=True):
    """Why a turn failed."""

    message: str
    additional_details: str | None = None
    codex_error_info: CodexErrorInfo | None = None
    misalignment: MisalignmentErrorDetails | None = None
    """Optional public explanation and continuation instruction for a misalignment block."""


TurnItemsView: TypeAlias = Literal["notLoaded", "summary", "full"] | str
"""``notLoaded``: `items` was not loaded for this turn. The field is intentionally empty.
``summary``: `items` contains only a display summary for this turn. ``full``: `items` contains every
ThreadItem available from persisted app-server history for this turn.
"""


TurnStatus: TypeAlias = Literal["completed", "interrupted", "failed", "inProgress"] | str


class Turn(Wire, frozen=True, kw_only=True):
    """One turn of a thread: from a user's input to the end of the work on it."""

    id: str
    """Identifier for this turn. Codex-generated turn IDs are UUIDv7."""
    items: list[ThreadItem]
    """Thread items currently included in this turn payload."""
    status: TurnStatus
    completed_at: int | None = None
    """Unix timestamp (in seconds) when the turn completed."""
    duration_ms: int | None = None
    """Duration between turn start and completion in milliseconds, if known."""
    error: TurnError | None = None
    """Error associated with a failed or interrupted turn."""
    items_view: TurnItemsView = "full"
    """Describes how much of `items` has been loaded for this turn."""
    root_turn_id: str | None = None
    """ID of the first turn in the chain of work that led to this turn. Pass this as `rootTurnId`
    when starting work on behalf of this turn. May be null in older history or a `review/start`
    response.
    """
    started_at: int | None = None
    """Unix timestamp (in seconds) when the turn started."""


class TurnEnvironmentParams(Wire, frozen=True, kw_only=True):
    """An environment that a turn works in."""

    cwd: LegacyAppPathString
    environment_id: str
    runtime_workspace_roots: list[LegacyAppPathString] | UnsetType | None = UNSET
    """Environment-native runtime workspace roots. Omitted defaults to `cwd`."""


class TurnInterruptParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``turn/interrupt``."""

    thread_id: str
    turn_id: str


class TurnInterruptResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``turn/interrupt``."""


class TurnSettingsUpdateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``turn/settings/update``.

    Experimental settings changes for one running turn, not future turns. Unsupported fields are
    rejected rather than silently ignored. Any live task kind may accept publication. Child sessions
    and consumers of frozen initial settings are unchanged.
    """

    thread_id: str
    turn_id: str
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Changes the active turn's reviewer without changing future thread settings. Already captured
    steps and pending approvals retain their original reviewer.
    """
    effort: ReasoningEffort | UnsetType | None = UNSET
    """Omission or `null` leaves the effort unchanged."""
    model: str | UnsetType | None = UNSET
    """Omission or `null` leaves the model unchanged."""
    service_tier: str | UnsetType | None = UNSET
    """`null` clears the requested tier; omission leaves it unchanged."""
    summary: ReasoningSummary | UnsetType | None = UNSET
    """Omission or `null` leaves the summary preference unchanged."""


TurnSettingsUpdateStatus: TypeAlias = Literal["applied", "targetUnavailable"] | str
"""``applied``: Published for subsequent captures, even if the values were unchanged. Already
captured steps are unchanged; a later inference is not guaranteed. ``targetUnavailable``: No
matching live task remained available for publication.
"""


class TurnSettingsUpdateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``turn/settings/update``."""

    status: TurnSettingsUpdateStatus


class TurnToolOutput(Wire, frozen=True, kw_only=True):
    """The output of a tool that is handed to the model with the input."""

    name: str
    output: FunctionCallOutputBody
    namespace: str | UnsetType | None = UNSET
    retain: bool | UnsetType = UNSET
    """Requests retention of this output in the thread's model history."""


class TurnStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``turn/start``."""

    input: list[UserInput]
    thread_id: str
    additional_context: dict[str, AdditionalContextEntry] | UnsetType | None = UNSET
    """Optional client-provided context fragments keyed by an opaque source identifier.
    Experimental: needs ``experimental_api=True``.
    """
    approval_policy: AskForApproval | UnsetType | None = UNSET
    """Override the approval policy for this turn and subsequent turns."""
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Override where approval requests are routed for review on this turn and subsequent turns."""
    client_user_message_id: str | UnsetType | None = UNSET
    collaboration_mode: CollaborationMode | UnsetType | None = UNSET
    """Experimental: Set a pre-set collaboration mode. Takes precedence over model,
    reasoning_effort, and developer instructions if set. For
    `collaboration_mode.settings.developer_instructions`, `null` means 'use the built-in
    instructions for the selected mode'. Experimental: needs ``experimental_api=True``.
    """
    cwd: str | UnsetType | None = UNSET
    """Override the working directory for this turn and subsequent turns."""
    cyber_access_program: CyberAccessProgram | UnsetType | None = UNSET
    """Experimental: Request an authorized cyber program for this turn. Omission preserves automatic
    behavior. This does not grant access. Experimental: needs ``experimental_api=True``.
    """
    disabled_plugin_ids: list[str] | UnsetType | None = UNSET
    """Replace this thread's disabled plugin IDs. Omitted/null preserves the list; [] clears it."""
    effort: ReasoningEffort | UnsetType | None = UNSET
    """Override the reasoning effort for this turn and subsequent turns."""
    environments: list[TurnEnvironmentParams] | UnsetType | None = UNSET
    """Optional environments for this turn and subsequent turns. Omitted uses the thread sticky
    environments. Empty disables environment access for this turn. Non-empty selects the first
    environment as the current turn environment for this turn. Experimental: needs
    ``experimental_api=True``.
    """
    model: str | UnsetType | None = UNSET
    """Override the model for this turn and subsequent turns."""
    multi_agent_mode: MultiAgentMode | UnsetType | None = UNSET
    """Deprecated: Ignored. Use `effort: 'ultra'` for proactive multi-agent behavior. Experimental:
    needs ``experimental_api=True``.
    """
    output_schema: JsonValue | UnsetType = UNSET
    """Optional JSON Schema used to constrain the final assistant message for this turn."""
    parent_turn_id: str | UnsetType | None = UNSET
    """ID of the turn that caused this new turn to start. Set this when starting work on behalf of
    another turn, such as delegated work in a different thread. Leave unset for work started
    directly by the user. Ignored when this request adds input to an active turn.
    """
    permissions: str | UnsetType | None = UNSET
    """Select a named permissions profile id for this turn and subsequent turns. Cannot be combined
    with `sandboxPolicy`. Experimental: needs ``experimental_api=True``.
    """
    personality: Personality | UnsetType | None = UNSET
    """Deprecated: `friendly` and `pragmatic` no longer select a style. Changing this does not
    rewrite the thread's existing instructions.
    """
    responsesapi_client_metadata: dict[str, str] | UnsetType | None = UNSET
    """Optional metadata to enrich Codex's ResponsesAPI turn metadata. Entries are flattened into
    the JSON string sent as `client_metadata['x-codex-turn-metadata']` on ResponsesAPI HTTP and
    websocket requests. They are not sent as top-level ResponsesAPI `client_metadata` keys, and
    reserved keys such as `session_id`, `thread_id`, `turn_id`, and `window_id` cannot be
    overridden. Experimental: needs ``experimental_api=True``.
    """
    root_turn_id: str | UnsetType | None = UNSET
    """ID of the first turn in the chain of work that led to this new turn. When setting
    `parentTurnId`, set this to the parent turn's `rootTurnId` when known. This keeps descendant
    work attributed to the original turn. If omitted, the new turn becomes its own root. Ignored
    when this request adds input to an active turn.
    """
    runtime_workspace_roots: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Replace the thread's runtime workspace roots for this turn and subsequent turns. Paths must
    be absolute. Experimental: needs ``experimental_api=True``.
    """
    sandbox_policy: SandboxPolicy | UnsetType | None = UNSET
    """Override the sandbox policy for this turn and subsequent turns."""
    service_tier: str | UnsetType | None = UNSET
    """Override the service tier for this turn and subsequent turns."""
    service_tier_for_turn: str | UnsetType | None = UNSET
    """Override the service tier only when this request starts a new turn. Use 'default' for
    standard speed. Omitted or null inherits the thread's tier. Does not change the thread's tier or
    a turn being steered.
    """
    summary: ReasoningSummary | UnsetType | None = UNSET
    """Override the reasoning summary for this turn and subsequent turns."""
    tool_output: TurnToolOutput | UnsetType | None = UNSET
    turn_trigger: str | UnsetType | None = UNSET
    """Optional source classification for the caller that starts this turn. Ignored when this
    request steers an already-active turn.
    """


class TurnStartResponse(Wire, frozen=True, kw_only=True):
    """Result of ``turn/start``."""

    turn: Turn


class TurnSteerParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``turn/steer``."""

    expected_turn_id: str
    """Required active turn id precondition. The request fails when it does not match the currently
    active turn.
    """
    input: list[UserInput]
    thread_id: str
    additional_context: dict[str, AdditionalContextEntry] | UnsetType | None = UNSET
    """Optional client-provided context fragments keyed by an opaque source identifier.
    Experimental: needs ``experimental_api=True``.
    """
    client_user_message_id: str | UnsetType | None = UNSET
    responsesapi_client_metadata: dict[str, str] | UnsetType | None = UNSET
    """Optional metadata to enrich Codex's ResponsesAPI turn metadata. Entries are flattened into
    the JSON string sent as `client_metadata['x-codex-turn-metadata']` on ResponsesAPI HTTP and
    websocket requests. They are not sent as top-level ResponsesAPI `client_metadata` keys, and
    reserved keys such as `session_id`, `thread_id`, `turn_id`, and `window_id` cannot be
    overridden. Experimental: needs ``experimental_api=True``.
    """


class TurnSteerResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``turn/steer``."""

    turn_id: str

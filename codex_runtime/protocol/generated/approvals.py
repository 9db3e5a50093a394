# ruff: noqa: PYI051, TC001
"""Types of the domain ``approvals``.

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
from codex_runtime.protocol.generated.events import (
    AdditionalFileSystemPermissions,
    AdditionalNetworkPermissions,
    NetworkApprovalProtocol,
    RequestPermissionProfile,
)
from codex_runtime.protocol.generated.items import (
    CommandAction,
    DynamicToolCallOutputContentItem,
    LegacyAppPathString,
)
from codex_runtime.protocol.generated.threads import ThreadId
from codex_runtime.protocol.unknown import UnknownMode, UnknownVariant

__all__ = [
    "AcceptWithExecpolicyAmendment",
    "AdditionalPermissionProfile",
    "ApplyNetworkPolicyAmendment",
    "ApplyPatchApprovalParams",
    "ApplyPatchApprovalResponse",
    "ApprovedExecpolicyAmendment",
    "CommandExecutionApprovalDecision",
    "CommandExecutionApprovalDecisionDetail",
    "CommandExecutionApprovalKind",
    "CommandExecutionRequestApprovalParams",
    "CommandExecutionRequestApprovalResponse",
    "DynamicToolCallParams",
    "DynamicToolCallResponse",
    "ExecCommandApprovalParams",
    "ExecCommandApprovalResponse",
    "FileChangeApprovalDecision",
    "FileChangeRequestApprovalParams",
    "FileChangeRequestApprovalResponse",
    "FormElicitation",
    "GrantedPermissionProfile",
    "ListFilesParsedCommand",
    "McpElicitationSchema",
    "McpServerElicitationAction",
    "McpServerElicitationRequestParams",
    "McpServerElicitationRequestResponse",
    "NetworkApprovalContext",
    "NetworkPolicyAmendment",
    "NetworkPolicyRuleAction",
    "OpenaiFormAliasElicitation",
    "OpenaiFormElicitation",
    "ParsedCommand",
    "PatchAddFile",
    "PatchDeleteFile",
    "PatchFileChange",
    "PatchUpdateFile",
    "PermissionGrantScope",
    "PermissionsRequestApprovalParams",
    "PermissionsRequestApprovalResponse",
    "ReadParsedCommand",
    "ReviewDecision",
    "ReviewDecisionDetail",
    "ReviewDenied",
    "ReviewNetworkPolicyAmendment",
    "SearchParsedCommand",
    "ToolRequestUserInputAnswer",
    "ToolRequestUserInputOption",
    "ToolRequestUserInputParams",
    "ToolRequestUserInputQuestion",
    "ToolRequestUserInputResponse",
    "UnknownParsedCommand",
    "UrlElicitation",
    "UserVerificationElicitation",
]


class AdditionalPermissionProfile(Wire, frozen=True, kw_only=True):
    """Part of `CommandExecutionRequestApprovalParams`."""

    file_system: AdditionalFileSystemPermissions | None = None
    network: AdditionalNetworkPermissions | None = None
    """Partial overlay used for per-command permission requests."""


class PatchAddFile(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="add"):
    """`PatchFileChange` with type ``add``."""

    content: str


class PatchDeleteFile(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="delete"):
    """`PatchFileChange` with type ``delete``."""

    content: str


class PatchUpdateFile(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="update"):
    """`PatchFileChange` with type ``update``."""

    unified_diff: str = msgspec.field(name="unified_diff")
    move_path: str | None = msgspec.field(default=None, name="move_path")


PatchFileChange: TypeAlias = PatchAddFile | PatchDeleteFile | PatchUpdateFile | UnknownVariant
"""Told apart by ``type``."""


class ApplyPatchApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``applyPatchApproval``."""

    call_id: str
    """Use to correlate this with [codex_protocol::protocol::PatchApplyBeginEvent] and
    [codex_protocol::protocol::PatchApplyEndEvent].
    """
    conversation_id: ThreadId
    file_changes: dict[str, PatchFileChange]
    grant_root: str | None = None
    """When set, the agent is asking the user to allow writes under this root for the remainder of
    the session (unclear if this is honored today).
    """
    reason: str | None = None
    """Optional explanatory reason (e.g. request for extra write access)."""


NetworkPolicyRuleAction: TypeAlias = Literal["allow", "deny"] | str


class NetworkPolicyAmendment(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `CommandExecutionApprovalDecision` and 2 others."""

    action: NetworkPolicyRuleAction
    host: str


class ApprovedExecpolicyAmendment(Wire, frozen=True, kw_only=True):
    """Part of `ReviewDecision`."""

    proposed_execpolicy_amendment: list[str] = msgspec.field(name="proposed_execpolicy_amendment")


class ReviewNetworkPolicyAmendment(Wire, frozen=True, kw_only=True):
    """Part of `ReviewDecision`."""

    network_policy_amendment: NetworkPolicyAmendment = msgspec.field(
        name="network_policy_amendment"
    )


class ReviewDenied(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ReviewDecision`."""

    rejection: str


class ReviewDecisionDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The object form of `ReviewDecision`: exactly one field is set, none for a newer one."""

    approved_execpolicy_amendment: ApprovedExecpolicyAmendment | None = msgspec.field(
        default=None, name="approved_execpolicy_amendment"
    )
    """User has approved this command and wants to apply the proposed execpolicy amendment so future
    matching commands are permitted.
    """
    network_policy_amendment: ReviewNetworkPolicyAmendment | None = msgspec.field(
        default=None, name="network_policy_amendment"
    )
    """User chose to persist a network policy rule (allow/deny) for future requests to the same
    host.
    """
    denied: ReviewDenied | None = None
    """User has denied this command and the agent should not execute it, but it should continue the
    session and try something else.
    """


ReviewDecision: TypeAlias = (
    Literal[
        "approved",
        "approved_for_session",
        "approved_mcp_policy_amendment",
        "timed_out",
        "abort",
    ]
    | str
    | ReviewDecisionDetail
)
"""User's decision in response to an ExecApprovalRequest. ``approved``: User has approved this
command and the agent should execute it. ``approved_for_session``: User has approved this request
and wants future prompts in the same session-scoped approval cache to be automatically approved for
the remainder of the session. ``approved_mcp_policy_amendment``: User has approved this MCP tool
call and wants to amend its policy so matching future calls are automatically approved across
sessions. ``timed_out``: Automatic approval review timed out before reaching a decision. ``abort``:
User has denied this command and the agent should not do anything until the user's next command.
"""


class ApplyPatchApprovalResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``applyPatchApproval``."""

    decision: ReviewDecision


class AcceptWithExecpolicyAmendment(Wire, frozen=True, kw_only=True):
    """Part of `CommandExecutionApprovalDecision`."""

    execpolicy_amendment: list[str] = msgspec.field(name="execpolicy_amendment")


class ApplyNetworkPolicyAmendment(Wire, frozen=True, kw_only=True):
    """Part of `CommandExecutionApprovalDecision`."""

    network_policy_amendment: NetworkPolicyAmendment = msgspec.field(
        name="network_policy_amendment"
    )


class CommandExecutionApprovalDecisionDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Part of `CommandExecutionRequestApprovalParams` and 1 others.

    The object form of `CommandExecutionApprovalDecision`: exactly one field is set, none for a
    newer one.
    """

    accept_with_execpolicy_amendment: AcceptWithExecpolicyAmendment | None = None
    """User approved the command, and wants to apply the proposed execpolicy amendment so future
    matching commands can run without prompting.
    """
    apply_network_policy_amendment: ApplyNetworkPolicyAmendment | None = None
    """User chose a persistent network policy rule (allow/deny) for this host."""


CommandExecutionApprovalDecision: TypeAlias = (
    Literal[
        "accept",
        "acceptForSession",
        "decline",
        "cancel",
    ]
    | str
    | CommandExecutionApprovalDecisionDetail
)
"""``accept``: User approved the command. ``acceptForSession``: User approved the command and future
prompts in the same session-scoped approval cache should run without prompting. ``decline``: User
denied the command. The agent will continue the turn. ``cancel``: User denied the command. The turn
will also be immediately interrupted.
"""


CommandExecutionApprovalKind: TypeAlias = Literal["command", "writeStdin"] | str
"""Distinguishes a command approval from input sent to an existing terminal."""


class NetworkApprovalContext(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `CommandExecutionRequestApprovalParams`."""

    host: str
    protocol: NetworkApprovalProtocol


class CommandExecutionRequestApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/commandExecution/requestApproval``."""

    item_id: str
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this approval request started."""
    thread_id: str
    turn_id: str
    additional_permissions: AdditionalPermissionProfile | None = None
    """Optional additional permissions requested for this command. Experimental: needs
    ``experimental_api=True``.
    """
    approval_id: str | None = None
    """Unique identifier for this specific approval callback. For regular shell/unified_exec
    approvals, this is null. For zsh-exec-bridge subcommand approvals, multiple callbacks can belong
    to one parent `itemId`, so `approvalId` is a distinct opaque callback id (a UUID) used to
    disambiguate routing. Stdin approvals also use a distinct callback id; inspect `kind` to
    distinguish them.
    """
    available_decisions: list[CommandExecutionApprovalDecision] | None = None
    """Ordered list of decisions the client may present for this prompt. Experimental: needs
    ``experimental_api=True``.
    """
    command: str | None = None
    """The command to be executed."""
    command_actions: list[CommandAction] | None = None
    """Best-effort parsed command actions for friendly display."""
    cwd: LegacyAppPathString | None = None
    """The command's working directory."""
    environment_id: str | None = None
    """Environment in which the command will run."""
    kind: CommandExecutionApprovalKind = "command"
    """Kind of action under review. Defaults to `command` for older servers."""
    network_approval_context: NetworkApprovalContext | None = None
    """Optional context for a managed-network approval prompt."""
    proposed_execpolicy_amendment: list[str] | None = None
    """Optional proposed execpolicy amendment to allow similar commands without prompting."""
    proposed_network_policy_amendments: list[NetworkPolicyAmendment] | None = None
    """Optional proposed network policy amendments (allow/deny host) for future requests."""
    reason: str | None = None
    """Optional explanatory reason (e.g. request for network access)."""


class CommandExecutionRequestApprovalResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/commandExecution/requestApproval``."""

    decision: CommandExecutionApprovalDecision


class DynamicToolCallParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/tool/call``."""

    arguments: JsonValue
    call_id: str
    thread_id: str
    tool: str
    turn_id: str
    namespace: str | None = None


class DynamicToolCallResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/tool/call``."""

    content_items: list[DynamicToolCallOutputContentItem]
    success: bool


class ReadParsedCommand(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="read"):
    """`ParsedCommand` with type ``read``."""

    cmd: str
    name: str
    path: str
    """(Best effort) Path to the file being read by the command. When possible, this is an absolute
    path, though when relative, it should be resolved against the `cwd`` that will be used to run
    the command to derive the absolute path.
    """


class ListFilesParsedCommand(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="list_files"
):
    """`ParsedCommand` with type ``list_files``."""

    cmd: str
    path: str | None = None


class SearchParsedCommand(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="search"
):
    """`ParsedCommand` with type ``search``."""

    cmd: str
    path: str | None = None
    query: str | None = None


class UnknownParsedCommand(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="unknown"
):
    """`ParsedCommand` with type ``unknown``."""

    cmd: str


ParsedCommand: TypeAlias = (
    ReadParsedCommand
    | ListFilesParsedCommand
    | SearchParsedCommand
    | UnknownParsedCommand
    | UnknownVariant
)
"""Told apart by ``type``."""


class ExecCommandApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``execCommandApproval``."""

    call_id: str
    """Use to correlate this with [codex_protocol::protocol::ExecCommandBeginEvent] and
    [codex_protocol::protocol::ExecCommandEndEvent].
    """
    command: list[str]
    conversation_id: ThreadId
    cwd: str
    parsed_cmd: list[ParsedCommand]
    approval_id: str | None = None
    """Identifier for this specific approval callback."""
    reason: str | None = None


class ExecCommandApprovalResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``execCommandApproval``."""

    decision: ReviewDecision


FileChangeApprovalDecision: TypeAlias = (
    Literal[
        "accept",
        "acceptForSession",
        "decline",
        "cancel",
    ]
    | str
)
"""``accept``: User approved the file changes. ``acceptForSession``: User approved the file changes
and future changes to the same files should run without prompting. ``decline``: User denied the file
changes. The agent will continue the turn. ``cancel``: User denied the file changes. The turn will
also be immediately interrupted.
"""


class FileChangeRequestApprovalParams(Wire, frozen=True, kw_only=True, gc=False):
    """Server request ``item/fileChange/requestApproval``."""

    item_id: str
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this approval request started."""
    thread_id: str
    turn_id: str
    grant_root: str | None = None
    """[UNSTABLE] When set, the agent is asking the user to allow writes under this root for the
    remainder of the session (unclear if this is honored today).
    """
    reason: str | None = None
    """Optional explanatory reason (e.g. request for extra write access)."""


class FileChangeRequestApprovalResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Answer to the server request ``item/fileChange/requestApproval``."""

    decision: FileChangeApprovalDecision


class GrantedPermissionProfile(Wire, frozen=True, kw_only=True):
    """Part of `PermissionsRequestApprovalResponse`."""

    file_system: AdditionalFileSystemPermissions | UnsetType | None = UNSET
    network: AdditionalNetworkPermissions | UnsetType | None = UNSET


McpElicitationSchema: TypeAlias = dict[str, JsonValue]
"""Typed form schema for MCP `elicitation/create` requests. This matches the `requestedSchema` shape
from the MCP 2025-11-25 `ElicitRequestFormParams` schema.
"""


McpServerElicitationAction: TypeAlias = Literal["accept", "decline", "cancel"] | str


class UserVerificationElicitation(
    Wire, frozen=True, kw_only=True, tag_field="mode", tag="openai/userVerification"
):
    """`McpServerElicitationRequestParams` with mode ``openai/userVerification``.

    A device-authenticated approval; accepted responses contain the proof in `content`.
    """

    challenge: str
    description: str
    server_name: str
    thread_id: str
    title: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class FormElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="form"):
    """`McpServerElicitationRequestParams` with mode ``form``."""

    message: str
    requested_schema: McpElicitationSchema
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class OpenaiFormElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="openai/form"):
    """`McpServerElicitationRequestParams` with mode ``openai/form``."""

    message: str
    requested_schema: JsonValue
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class OpenaiFormAliasElicitation(
    Wire, frozen=True, kw_only=True, tag_field="mode", tag="openaiForm"
):
    """`McpServerElicitationRequestParams` with mode ``openaiForm``."""

    message: str
    requested_schema: JsonValue
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class UrlElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="url"):
    """`McpServerElicitationRequestParams` with mode ``url``."""

    elicitation_id: str
    message: str
    server_name: str
    thread_id: str
    url: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


McpServerElicitationRequestParams: TypeAlias = (
    UserVerificationElicitation
    | FormElicitation
    | OpenaiFormElicitation
    | OpenaiFormAliasElicitation
    | UrlElicitation
    | UnknownMode
)
"""Told apart by ``mode``."""


class McpServerElicitationRequestResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``mcpServer/elicitation/request``."""

    action: McpServerElicitationAction
    meta: JsonValue | UnsetType = msgspec.field(default=UNSET, name="_meta")
    """Optional client metadata for form-mode action handling."""
    content: JsonValue | UnsetType = UNSET
    """Structured user input for accepted elicitations, mirroring RMCP `CreateElicitationResult`.
    This is nullable because decline/cancel responses have no content.
    """


PermissionGrantScope: TypeAlias = Literal["turn", "session"] | str


class PermissionsRequestApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/permissions/requestApproval``."""

    cwd: LegacyAppPathString
    item_id: str
    permissions: RequestPermissionProfile
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this approval request started."""
    thread_id: str
    turn_id: str
    environment_id: str | None = None
    reason: str | None = None


class PermissionsRequestApprovalResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/permissions/requestApproval``."""

    permissions: GrantedPermissionProfile
    scope: PermissionGrantScope | UnsetType = UNSET
    strict_auto_review: bool | UnsetType | None = UNSET
    """Review every subsequent command in this turn before normal sandboxed execution."""


class ToolRequestUserInputAnswer(Wire, frozen=True, kw_only=True):
    """EXPERIMENTAL.

    Captures a user's answer to a request_user_input question.
    """

    answers: list[str]


class ToolRequestUserInputOption(Wire, frozen=True, kw_only=True, gc=False):
    """EXPERIMENTAL.

    Defines a single selectable option for request_user_input.
    """

    description: str
    label: str


class ToolRequestUserInputQuestion(Wire, frozen=True, kw_only=True):
    """EXPERIMENTAL.

    Represents one request_user_input question and its required options.
    """

    header: str
    id: str
    question: str
    is_other: bool = False
    is_secret: bool = False
    options: list[ToolRequestUserInputOption] | None = None


class ToolRequestUserInputParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/tool/requestUserInput``.

    EXPERIMENTAL. Params sent with a request_user_input event.
    """

    is_blocking: bool
    item_id: str
    questions: list[ToolRequestUserInputQuestion]
    thread_id: str
    turn_id: str
    auto_resolution_ms: int | None = None
    """@deprecated Use `isBlocking` to decide whether the request should block."""


class ToolRequestUserInputResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/tool/requestUserInput``.

    EXPERIMENTAL. Response payload mapping question ids to answers.
    """

    answers: dict[str, ToolRequestUserInputAnswer]

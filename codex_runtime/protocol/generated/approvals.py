# ruff: noqa: PYI051, TC001
"""Requests of the server to approve a command, a change or more permissions.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import CommandAction, LegacyAppPathString
from codex_runtime.protocol.generated.permissions import (
    AdditionalPermissionProfile,
    GrantedPermissionProfile,
    RequestPermissionProfile,
)
from codex_runtime.protocol.generated.threads import ThreadId
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "AcceptWithExecpolicyAmendment",
    "ApplyNetworkPolicyAmendment",
    "ApplyPatchApprovalParams",
    "ApplyPatchApprovalResponse",
    "ApprovedExecpolicyAmendment",
    "CommandExecutionApprovalDecision",
    "CommandExecutionApprovalDecisionDetail",
    "CommandExecutionApprovalKind",
    "CommandExecutionRequestApprovalParams",
    "CommandExecutionRequestApprovalResponse",
    "ExecCommandApprovalParams",
    "ExecCommandApprovalResponse",
    "FileChangeApprovalDecision",
    "FileChangeRequestApprovalParams",
    "FileChangeRequestApprovalResponse",
    "ListFilesParsedCommand",
    "NetworkApprovalContext",
    "NetworkApprovalProtocol",
    "NetworkPolicyAmendment",
    "NetworkPolicyRuleAction",
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
    "UnknownParsedCommand",
]


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
    """Server request ``applyPatchApproval``.

    Request to approve a patch. This request is used for Turns started via the legacy APIs (i.e.
    SendUserTurn, SendUserMessage).
    """

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
    """A host, and whether it may be reached from now on."""

    action: NetworkPolicyRuleAction
    host: str


class ApprovedExecpolicyAmendment(Wire, frozen=True, kw_only=True):
    """Approve the command, and allow its like from now on."""

    proposed_execpolicy_amendment: list[str] = msgspec.field(name="proposed_execpolicy_amendment")


class ReviewNetworkPolicyAmendment(Wire, frozen=True, kw_only=True):
    """Approve or refuse a host, from now on."""

    network_policy_amendment: NetworkPolicyAmendment = msgspec.field(
        name="network_policy_amendment"
    )


class ReviewDenied(Wire, frozen=True, kw_only=True, gc=False):
    """Refuse, with a reason."""

    rejection: str


class ReviewDecisionDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `ReviewDecision`: one field is set, none for a newer one."""

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
    """Accept the command, and allow its like from now on."""

    execpolicy_amendment: list[str] = msgspec.field(name="execpolicy_amendment")


class ApplyNetworkPolicyAmendment(Wire, frozen=True, kw_only=True):
    """Accept or refuse a host, from now on."""

    network_policy_amendment: NetworkPolicyAmendment = msgspec.field(
        name="network_policy_amendment"
    )


class CommandExecutionApprovalDecisionDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `CommandExecutionApprovalDecision`: one field is set, none for a newer one."""

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


NetworkApprovalProtocol: TypeAlias = Literal["http", "https", "socks5Tcp", "socks5Udp"] | str


class NetworkApprovalContext(Wire, frozen=True, kw_only=True, gc=False):
    """The host that a command wants to reach."""

    host: str
    protocol: NetworkApprovalProtocol


class CommandExecutionRequestApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/commandExecution/requestApproval``.

    Sent when approval is requested for a specific command execution. This request is used for Turns
    started via turn/start.
    """

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
    """Server request ``execCommandApproval``.

    Request to exec a command. This request is used for Turns started via the legacy APIs (i.e.
    SendUserTurn, SendUserMessage).
    """

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
    """Server request ``item/fileChange/requestApproval``.

    Sent when approval is requested for a specific file change. This request is used for Turns
    started via turn/start.
    """

    item_id: str
    started_at_ms: int
    """Unix timestamp (in milliseconds) when this approval request started."""
    thread_id: str
    turn_id: str
    grant_root: str | None = None
    """Unstable: When set, the agent is asking the user to allow writes under this root for the
    remainder of the session (unclear if this is honored today).
    """
    reason: str | None = None
    """Optional explanatory reason (e.g. request for extra write access)."""


class FileChangeRequestApprovalResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Answer to the server request ``item/fileChange/requestApproval``."""

    decision: FileChangeApprovalDecision


PermissionGrantScope: TypeAlias = Literal["turn", "session"] | str


class PermissionsRequestApprovalParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/permissions/requestApproval``.

    Request approval for additional permissions from the user.
    """

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
    """Left out it is ``turn``."""
    strict_auto_review: bool | UnsetType | None = UNSET
    """Review every subsequent command in this turn before normal sandboxed execution."""

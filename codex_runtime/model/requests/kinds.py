"""Every request that the server can send, typed: how it is read and what answers it by default.

Owns the unions, the reading of a request and the stand-in for one that cannot be read. Does not
know who decides, deadlines or how an answer travels. The kinds themselves are in
`approvals`, `legacy` and `others`. Enter at `read_server_request`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from codex_runtime.errors import AnswerRefused
from codex_runtime.model.requests.approvals import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    FileChangeApproval,
    PermissionsApproval,
)
from codex_runtime.model.requests.legacy import (
    REJECTION,
    LegacyCommandApproval,
    LegacyPatchApproval,
)
from codex_runtime.model.requests.others import (
    NO_SUCH_TOOL,
    AttestationRequest,
    CurrentTimeRequest,
    ElicitationRequest,
    TokenRefreshRequest,
    ToolCallRequest,
    UserInputRequest,
)
from codex_runtime.protocol import (
    ApplyPatchApprovalParams,
    ApplyPatchApprovalResponse,
    AttestationGenerateParams,
    AttestationGenerateResponse,
    ChatgptAuthTokensRefreshParams,
    ChatgptAuthTokensRefreshResponse,
    CommandExecution,
    CommandExecutionRequestApprovalParams,
    CommandExecutionRequestApprovalResponse,
    CurrentTimeReadParams,
    CurrentTimeReadResponse,
    DynamicToolCallParams,
    DynamicToolCallResponse,
    ExecCommandApprovalParams,
    ExecCommandApprovalResponse,
    FileChange,
    FileChangeRequestApprovalParams,
    FileChangeRequestApprovalResponse,
    FormElicitation,
    GrantedPermissionProfile,
    InputTextDynamicToolContent,
    McpServerElicitationRequestResponse,
    OpenaiFormAliasElicitation,
    OpenaiFormElicitation,
    PermissionsRequestApprovalParams,
    PermissionsRequestApprovalResponse,
    ReviewDecisionDetail,
    ReviewDenied,
    ToolRequestUserInputParams,
    ToolRequestUserInputResponse,
    UrlElicitation,
    UserVerificationElicitation,
)
from codex_runtime.protocol.codec import decode_server_request, peek_ids

if TYPE_CHECKING:
    from codex_runtime.protocol import ThreadItem
    from codex_runtime.protocol.base import Wire
    from codex_runtime.protocol.drift import Drift
    from codex_runtime.protocol.unknown import (
        MalformedServerRequest,
        UnknownServerRequest,
        UnknownTagged,
    )

__all__ = [
    "METHOD_NOT_FOUND",
    "ApprovalHandler",
    "OtherAnswer",
    "OtherRequest",
    "ServerAnswer",
    "ServerRequest",
    "ServerRequestHandler",
    "UnrecognisedRequest",
    "read_server_request",
    "with_item",
]

METHOD_NOT_FOUND: Final = -32601
"""The JSON-RPC code of the error that answers what has no default answer."""

OtherAnswer: TypeAlias = (
    ToolRequestUserInputResponse
    | McpServerElicitationRequestResponse
    | DynamicToolCallResponse
    | ChatgptAuthTokensRefreshResponse
    | AttestationGenerateResponse
    | CurrentTimeReadResponse
)
"""What the requests that are no approvals are answered with."""

ServerAnswer: TypeAlias = ApprovalAnswer | OtherAnswer
"""Any answer to a request of the server."""

_DEFAULTS: Final = MappingProxyType[str, ServerAnswer](
    {
        CommandApproval.method: CommandExecutionRequestApprovalResponse(decision="decline"),
        FileChangeApproval.method: FileChangeRequestApprovalResponse(decision="decline"),
        PermissionsApproval.method: PermissionsRequestApprovalResponse(
            permissions=GrantedPermissionProfile()
        ),
        LegacyCommandApproval.method: ExecCommandApprovalResponse(
            decision=ReviewDecisionDetail(denied=ReviewDenied(rejection=REJECTION))
        ),
        LegacyPatchApproval.method: ApplyPatchApprovalResponse(
            decision=ReviewDecisionDetail(denied=ReviewDenied(rejection=REJECTION))
        ),
        ElicitationRequest.method: McpServerElicitationRequestResponse(action="decline"),
        UserInputRequest.method: ToolRequestUserInputResponse(answers={}),
        ToolCallRequest.method: DynamicToolCallResponse(
            success=False,
            content_items=[InputTextDynamicToolContent(text=NO_SUCH_TOOL)],
        ),
    }
)
_CAN_REFUSE: Final = frozenset(_DEFAULTS) - {UserInputRequest.method, ToolCallRequest.method}


@attrs.frozen(kw_only=True, eq=False)
class UnrecognisedRequest:
    """A request of a kind not known here, or one of a known kind that cannot be read.

    No handler can answer it: the server gets the no of its kind, or an error.
    """

    request_id: int | str
    method: str
    params: UnknownServerRequest | MalformedServerRequest | UnknownTagged | Wire
    """What was read of it, mostly the raw JSON."""
    thread_id: str | None
    turn_id: str | None

    @property
    def item_id(self) -> None:
        """It could not be read."""

    @property
    def default_answer(self) -> ServerAnswer | None:
        """The no of its kind where that is known, else None: an error."""
        return _DEFAULTS.get(self.method)

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return self.method in _CAN_REFUSE and answer == self.default_answer

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for everything but the default answer."""
        if answer is None or answer != self.default_answer:
            raise AnswerRefused(
                "answer", answer, f"{self.method} could not be read", "Leave it to the default"
            )


OtherRequest: TypeAlias = (
    UserInputRequest
    | ElicitationRequest
    | ToolCallRequest
    | TokenRefreshRequest
    | AttestationRequest
    | CurrentTimeRequest
)
"""What is asked besides approvals; told apart by ``isinstance`` or ``match``."""

ServerRequest: TypeAlias = ApprovalRequest | OtherRequest | UnrecognisedRequest
"""Any request of the server. Each has ``request_id``, ``method``, ``params``, ``thread_id``,
``turn_id`` and ``item_id`` (None where it has none), ``default_answer``, ``check`` and
``refuses``."""

ApprovalHandler: TypeAlias = Callable[
    [ApprovalRequest], Awaitable[ApprovalAnswer | None] | ApprovalAnswer | None
]
"""Decides about approvals; None leaves it to the default, which is no. A plain function runs in a
thread, an async one where it was given."""

ServerRequestHandler: TypeAlias = Callable[
    [OtherRequest], Awaitable[OtherAnswer | None] | OtherAnswer | None
]
"""Answers the other kinds, async or plain; None leaves it to the default."""


_KINDS: Final = MappingProxyType[type, Callable[..., ServerRequest]](
    {
        CommandExecutionRequestApprovalParams: CommandApproval,
        FileChangeRequestApprovalParams: FileChangeApproval,
        PermissionsRequestApprovalParams: PermissionsApproval,
        ExecCommandApprovalParams: LegacyCommandApproval,
        ApplyPatchApprovalParams: LegacyPatchApproval,
        ToolRequestUserInputParams: UserInputRequest,
        FormElicitation: ElicitationRequest,
        OpenaiFormElicitation: ElicitationRequest,
        OpenaiFormAliasElicitation: ElicitationRequest,
        UrlElicitation: ElicitationRequest,
        UserVerificationElicitation: ElicitationRequest,
        DynamicToolCallParams: ToolCallRequest,
        ChatgptAuthTokensRefreshParams: TokenRefreshRequest,
        AttestationGenerateParams: AttestationRequest,
        CurrentTimeReadParams: CurrentTimeRequest,
    }
)
"""By the type of the params; what is missing here cannot be answered by a handler."""


def read_server_request(
    request_id: int | str,
    method: str,
    params: bytes,
    drift: Drift | None = None,
    item: ThreadItem | None = None,
) -> ServerRequest:
    """The typed request of raw ``params``; never raises.

    Unknown parts are counted in ``drift``. ``item`` is what `with_item` takes.
    """
    value = decode_server_request(method, params, drift)
    kind = _KINDS.get(type(value))
    if kind is not None:
        return with_item(kind(request_id=request_id, params=value), item)
    ids = peek_ids(params)
    return UnrecognisedRequest(
        request_id=request_id,
        method=method,
        params=value,
        thread_id=ids.thread_id,
        turn_id=ids.turn_id,
    )


def with_item(request: ServerRequest, item: ThreadItem | None) -> ServerRequest:
    """The same request with the item that waits, if ``item`` is that one."""
    match request, item:
        case CommandApproval(), CommandExecution() if item.id == request.item_id:
            return attrs.evolve(request, item=item)
        case FileChangeApproval(), FileChange() if item.id == request.item_id:
            return attrs.evolve(request, item=item)
        case _:
            return request

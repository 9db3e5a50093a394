"""Requests of the server that are no approvals: questions, tool calls, and what only we can know.

Owns six kinds, the builders of their answers and the check of an answer. Does not know who answers,
nor how an answer travels. Of these only an elicitation knows a no. Enter at
`kinds.OtherRequest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

import attrs

from codex_runtime.errors import AnswerRefused
from codex_runtime.model.checks import check_int, check_text
from codex_runtime.model.requests.base import ItemRequest, NamelessRequest
from codex_runtime.model.requests.checks import check_secret, checked_answer
from codex_runtime.protocol import (
    AttestationGenerateParams,
    AttestationGenerateResponse,
    ChatgptAuthTokensRefreshParams,
    ChatgptAuthTokensRefreshResponse,
    CurrentTimeReadParams,
    CurrentTimeReadResponse,
    DynamicToolCallParams,
    DynamicToolCallResponse,
    FormElicitation,
    InputAudioDynamicToolContent,
    InputImageDynamicToolContent,
    InputTextDynamicToolContent,
    McpServerElicitationRequestResponse,
    OpenaiFormAliasElicitation,
    OpenaiFormElicitation,
    ToolRequestUserInputAnswer,
    ToolRequestUserInputParams,
    ToolRequestUserInputResponse,
    UrlElicitation,
    UserVerificationElicitation,
)
from codex_runtime.protocol.unset import UNSET, UnsetType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.protocol.base import JsonValue

__all__ = [
    "NO_SUCH_TOOL",
    "AttestationRequest",
    "CurrentTimeRequest",
    "ElicitationParams",
    "ElicitationRequest",
    "TokenRefreshRequest",
    "ToolCallRequest",
    "ToolContent",
    "UserInputRequest",
]

NO_SUCH_TOOL: Final = "this client offers no such tool"
"""What the model is told when nobody runs its call."""

_MAX_TIME_S: Final = 2**63 - 1

ElicitationParams: TypeAlias = (
    FormElicitation
    | OpenaiFormElicitation
    | OpenaiFormAliasElicitation
    | UrlElicitation
    | UserVerificationElicitation
)
"""What an elicitation asks for, told apart by ``mode``."""

ToolContent: TypeAlias = (
    InputTextDynamicToolContent | InputImageDynamicToolContent | InputAudioDynamicToolContent
)
"""A part of a tool's output."""


@attrs.frozen(kw_only=True, eq=False)
class UserInputRequest(ItemRequest[ToolRequestUserInputParams]):
    """Questions of the model to the user (``item/tool/requestUserInput``)."""

    method: ClassVar[str] = "item/tool/requestUserInput"

    @property
    def default_answer(self) -> ToolRequestUserInputResponse:
        """What is answered when nobody decides: no answer to any question."""
        return ToolRequestUserInputResponse(answers={})

    def answer(self, answers: Mapping[str, str | list[str]]) -> ToolRequestUserInputResponse:
        """Answers by the ids of ``params.questions``; one left out is unanswered.

        Each is the label of an option, or free text where the question has no options or takes
        others too (``is_other``); a list for several.

        Raises:
            AnswerRefused: an id that was not asked, or an option that was not offered.
        """
        given: dict[str, ToolRequestUserInputAnswer] = {}
        for question_id, value in answers.items():
            several = value if isinstance(value, list) else [value]
            given[question_id] = ToolRequestUserInputAnswer(answers=several)
        response = ToolRequestUserInputResponse(answers=given)
        self.check(response)
        return response

    def refuses(self, answer: object) -> bool:  # noqa: ARG002 - every request has this method
        """No answer is a no here."""
        return False

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or as `answer` does."""
        given = checked_answer(answer, ToolRequestUserInputResponse)
        questions = {question.id: question for question in self.params.questions}
        for question_id, chosen in given.answers.items():
            question = questions.get(question_id)
            if question is None:
                known = ", ".join(map(repr, questions))
                raise AnswerRefused(
                    "answers", question_id, "is not the id of a question", f"Ids are {known}"
                )
            labels = [option.label for option in question.options or ()]
            for value in chosen.answers:
                if labels and not question.is_other and value not in labels:
                    raise AnswerRefused(
                        f"answers[{question_id!r}]",
                        value,
                        "is not an option of the question",
                        f"Give one of {', '.join(map(repr, labels))}",
                    )


@attrs.frozen(kw_only=True, eq=False)
class ElicitationRequest:
    """A question of an MCP server to the user (``mcpServer/elicitation/request``).

    ``params`` is the form to fill in, the address to visit or the challenge to sign.
    """

    method: ClassVar[str] = "mcpServer/elicitation/request"

    request_id: int | str
    params: ElicitationParams

    @property
    def thread_id(self) -> str:
        """The thread that the MCP server works for."""
        return self.params.thread_id

    @property
    def turn_id(self) -> str | None:
        """The turn that ran when it asked, as far as the server can tell."""
        return self.params.turn_id

    @property
    def item_id(self) -> None:
        """This kind names no item."""

    @property
    def default_answer(self) -> McpServerElicitationRequestResponse:
        """What is answered when nobody decides: decline."""
        return self.decline()

    def accept(
        self,
        content: JsonValue | UnsetType = UNSET,
        *,
        meta: JsonValue | UnsetType = UNSET,
    ) -> McpServerElicitationRequestResponse:
        """The user's answer: ``content`` as the form's schema asks.

        An address needs none, nor does a form without required fields.
        """
        return McpServerElicitationRequestResponse(action="accept", content=content, meta=meta)

    def decline(self) -> McpServerElicitationRequestResponse:
        """The user says no."""
        return McpServerElicitationRequestResponse(action="decline")

    def cancel(self) -> McpServerElicitationRequestResponse:
        """The user gave no answer."""
        return McpServerElicitationRequestResponse(action="cancel")

    def refuses(self, answer: object) -> bool:
        """The answer is a no."""
        return isinstance(answer, McpServerElicitationRequestResponse) and answer.action in (
            "decline",
            "cancel",
        )

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type, an unknown action, or content that is missing."""
        given = checked_answer(answer, McpServerElicitationRequestResponse)
        if self.refuses(given):
            return
        if given.action != "accept":
            raise AnswerRefused(
                "action",
                given.action,
                "is not known",
                "Give one of 'accept', 'decline', 'cancel'",
            )
        if given.content in (UNSET, None) and self._needs_content():
            raise AnswerRefused(
                "content", None, "is asked for", "Give accept({...}), or answer with decline()"
            )

    def _needs_content(self) -> bool:
        match self.params:
            case FormElicitation():
                return bool(self.params.requested_schema.get("required"))
            case UserVerificationElicitation():
                return True
            case _:
                return False


@attrs.frozen(kw_only=True, eq=False)
class ToolCallRequest:
    """A call of one of this client's dynamic tools (``item/tool/call``)."""

    method: ClassVar[str] = "item/tool/call"

    request_id: int | str
    params: DynamicToolCallParams

    @property
    def thread_id(self) -> str:
        """The thread that waits."""
        return self.params.thread_id

    @property
    def turn_id(self) -> str:
        """The turn that waits."""
        return self.params.turn_id

    @property
    def item_id(self) -> str:
        """The call that waits, which is the id of its item too."""
        return self.params.call_id

    @property
    def default_answer(self) -> DynamicToolCallResponse:
        """What is answered when nobody runs it: a failure that says so."""
        return self.fail(NO_SUCH_TOOL)

    def succeed(self, *content: str | ToolContent) -> DynamicToolCallResponse:
        """The tool's output for the model: texts, images, audio; none at all is allowed."""
        items = [
            InputTextDynamicToolContent(text=part) if isinstance(part, str) else part
            for part in content
        ]
        return DynamicToolCallResponse(success=True, content_items=[*items])

    def fail(self, text: str) -> DynamicToolCallResponse:
        """It failed; ``text`` tells the model how."""
        return DynamicToolCallResponse(
            success=False, content_items=[InputTextDynamicToolContent(text=text)]
        )

    def refuses(self, answer: object) -> bool:  # noqa: ARG002 - every request has this method
        """No answer is a no here: a tool fails."""
        return False

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or content that is none."""
        given = checked_answer(answer, DynamicToolCallResponse)
        for item in given.content_items:
            if not isinstance(item, ToolContent):
                raise AnswerRefused(
                    "content_items", item, "is no content of a tool", "Give texts: succeed('...')"
                )


@attrs.frozen(kw_only=True, eq=False)
class TokenRefreshRequest(NamelessRequest[ChatgptAuthTokensRefreshParams]):
    """New tokens of the ChatGPT account, please (``account/chatgptAuthTokens/refresh``)."""

    method: ClassVar[str] = "account/chatgptAuthTokens/refresh"

    @property
    def default_answer(self) -> None:
        """Nobody can make them up: the server gets an error."""

    def answer(
        self, access_token: str, account_id: str, plan_type: str | UnsetType = UNSET
    ) -> ChatgptAuthTokensRefreshResponse:
        """The tokens."""
        return ChatgptAuthTokensRefreshResponse(
            access_token=access_token, chatgpt_account_id=account_id, chatgpt_plan_type=plan_type
        )

    def refuses(self, answer: object) -> bool:  # noqa: ARG002 - every request has this method
        """No answer is a no here."""
        return False

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or an empty text.

        The error never shows the token.
        """
        given = checked_answer(answer, ChatgptAuthTokensRefreshResponse, hide=True)
        check_secret("access_token", given.access_token)
        check_text("account_id", given.chatgpt_account_id, AnswerRefused)


@attrs.frozen(kw_only=True, eq=False)
class AttestationRequest(NamelessRequest[AttestationGenerateParams]):
    """An attestation of this client, please (``attestation/generate``)."""

    method: ClassVar[str] = "attestation/generate"

    @property
    def default_answer(self) -> None:
        """Nobody can make one up: the server gets an error."""

    def answer(self, token: str) -> AttestationGenerateResponse:
        """The attestation, opaque to the server."""
        return AttestationGenerateResponse(token=token)

    def refuses(self, answer: object) -> bool:  # noqa: ARG002 - every request has this method
        """No answer is a no here."""
        return False

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or an empty token.

        The error never shows the token.
        """
        given = checked_answer(answer, AttestationGenerateResponse, hide=True)
        check_secret("token", given.token)


@attrs.frozen(kw_only=True, eq=False)
class CurrentTimeRequest:
    """What time is it, by the client's clock (``currentTime/read``)?"""

    method: ClassVar[str] = "currentTime/read"

    request_id: int | str
    params: CurrentTimeReadParams

    @property
    def thread_id(self) -> str:
        """The thread that wants to know."""
        return self.params.thread_id

    @property
    def turn_id(self) -> None:
        """This kind names no turn."""

    @property
    def item_id(self) -> None:
        """This kind names no item."""

    @property
    def default_answer(self) -> None:
        """The server gets an error: it has no clock of ours."""

    def answer(self, unix_time_s: int) -> CurrentTimeReadResponse:
        """Whole seconds since 1970, UTC."""
        return CurrentTimeReadResponse(current_time_at=unix_time_s)

    def refuses(self, answer: object) -> bool:  # noqa: ARG002 - every request has this method
        """No answer is a no here."""
        return False

    def check(self, answer: object) -> None:
        """Raise `AnswerRefused` for another type of answer, or a time that is no int."""
        given = checked_answer(answer, CurrentTimeReadResponse)
        check_int(
            "unix_time_s", given.current_time_at, AnswerRefused, at_least=0, at_most=_MAX_TIME_S
        )

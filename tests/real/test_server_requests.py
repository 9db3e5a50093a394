"""What the real app-server asks besides approvals: questions, forms, the time, a token.

Owns the kinds that it can be made to send. An attestation is asked for only where the handshake
offers one, and ours does not; that kind, and the older two of approvals, are shown on the fake
server.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import trio

from codex_runtime import (
    AnswerRefused,
    CurrentTimeRequest,
    ElicitationRequest,
    OtherAnswer,
    OtherRequest,
    Runtime,
    RuntimeConfig,
    Session,
    SessionConfig,
    StdioMcpServer,
    TokenRefreshRequest,
    TurnFailed,
    UserInputRequest,
    mcp_servers_config,
)
from codex_runtime.protocol import (
    FormElicitation,
    McpServerElicitationRequestResponse,
    McpToolCall,
    ToolRequestUserInputAnswer,
    ToolRequestUserInputResponse,
    UrlElicitation,
)
from codex_runtime.testing import ScriptedModel, shell, text, tool_call, unauthorized
from tests.real.faces import EVERY_FACE, needs_cancelling, open_runtime
from tests.real.waiting import until
from tests.support import eliciting_mcp_server

pytestmark = EVERY_FACE

AsyncHandler: TypeAlias = Callable[[OtherRequest], Awaitable[OtherAnswer | None]]

QUESTION = {
    "id": "colour",
    "header": "Colour",
    "question": "Which one?",
    "options": [
        {"label": "Red", "description": "Warm"},
        {"label": "Blue", "description": "Cold"},
    ],
}
ASK_THE_USER = tool_call("request_user_input", {"questions": [QUESTION]})
FORM = {
    "message": "Who are you?",
    "requestedSchema": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
}
VISIT = {
    "mode": "url",
    "message": "Please sign in.",
    "url": "https://example.com/sign-in",
    "elicitationId": "e-1",
}
CLOCK = {"enabled": True, "clock_source": "external"}
FEATURES = {
    "features": {"default_mode_request_user_input": True},
    **mcp_servers_config(
        {"people": StdioMcpServer(command=sys.executable, args=(eliciting_mcp_server.__file__,))}
    ),
}


def elicit(params: dict[str, Any], tool: str = "ask") -> Any:  # Any: JSON, and a reply
    """The model calls the tool of the MCP server that asks the user this."""
    return tool_call(tool, {"params": params}, namespace="mcp__people")


class Desk:
    """Answers by ``answer``, which a test sets, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[OtherRequest] = []
        self.answer: AsyncHandler = leave_it

    async def __call__(self, request: OtherRequest) -> OtherAnswer | None:
        self.asked.append(request)
        return await self.answer(request)


async def leave_it(request: OtherRequest) -> None:
    _ = request


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path, desk: Desk) -> AsyncGenerator[Runtime]:
    async with open_runtime(asking_runtime(model, home, on_server_request=desk)) as runtime:
        yield runtime


def asking_runtime(model: ScriptedModel, home: Path, **options: Any) -> RuntimeConfig:
    """Whose model may ask the user; ``options`` are fields of it, hence Any."""
    return model.runtime_config(home, config_overrides=FEATURES, **options)


def told_to_model(model: ScriptedModel) -> Any:  # Any: JSON
    """The last output of a tool that the model was shown."""
    output = model.requests[-1].tool_outputs[-1].text
    return json.loads(output.rpartition("Output:")[2])


# -- the user ----------------------------------------------------------------------------------


async def test_the_users_answer_reaches_the_model(
    session: Session, model: ScriptedModel, desk: Desk
) -> None:
    async def choose(request: OtherRequest) -> OtherAnswer:
        assert isinstance(request, UserInputRequest)
        return request.answer({"colour": "Blue"})

    desk.answer = choose
    model.enqueue(ASK_THE_USER, text("Blue, then."))
    result = await session.ask("paint")
    [request] = desk.asked
    assert isinstance(request, UserInputRequest)
    assert (request.thread_id, request.turn_id) == (session.thread_id, result.turn_id)
    [question] = request.params.questions
    assert [option.label for option in question.options or ()] == ["Red", "Blue"]
    assert question.is_other
    assert told_to_model(model) == {"answers": {"colour": {"answers": ["Blue"]}}}


async def fail(request: OtherRequest) -> None:
    raise ValueError(f"no idea what to say to {request!r}")


async def answer_what_was_not_asked(request: OtherRequest) -> OtherAnswer:
    _ = request
    answer = ToolRequestUserInputAnswer(answers=["Tuesday"])
    return ToolRequestUserInputResponse(answers={"day": answer})


async def answer_for_another_kind(request: OtherRequest) -> OtherAnswer:
    if isinstance(request, ElicitationRequest):
        return ToolRequestUserInputResponse(answers={})
    return McpServerElicitationRequestResponse(action="accept", content={})


async def accept_without_content(request: OtherRequest) -> OtherAnswer:
    _ = request
    return McpServerElicitationRequestResponse(action="accept")


@pytest.mark.parametrize(
    "answer", [leave_it, fail, answer_what_was_not_asked, answer_for_another_kind]
)
async def test_a_question_without_a_good_answer_is_answered_empty(
    answer: AsyncHandler,
    session: Session,
    runtime: Runtime,
    model: ScriptedModel,
    desk: Desk,
) -> None:
    desk.answer = answer
    model.enqueue(ASK_THE_USER, text("As you like."))
    assert (await session.ask("paint")).text == "As you like."
    assert told_to_model(model) == {"answers": {}}
    assert len(desk.asked) == 1
    assert runtime.statistics().server_request_failures == (0 if answer is leave_it else 1)


async def test_a_question_that_nobody_is_there_to_hear_is_answered_empty(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(asking_runtime(model, home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(ASK_THE_USER, text("As you like."))
        assert (await session.ask("paint")).text == "As you like."
    assert told_to_model(model) == {"answers": {}}


async def hang(request: OtherRequest) -> None:
    _ = request
    await trio.sleep_forever()


async def test_late_answers_are_not_waited_for(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    options = {"server_request_timeout_s": 0.1, "on_server_request": hang}
    async with open_runtime(asking_runtime(model, home, **options)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(ASK_THE_USER, elicit(FORM), text("As you like."))
        assert (await session.ask("paint")).text == "As you like."
    assert json.loads(model.requests[1].tool_outputs[0].text) == {"answers": {}}
    assert told_to_model(model) == {"action": "decline"}


@needs_cancelling
@pytest.mark.parametrize("reply", [ASK_THE_USER, elicit(FORM)], ids=["question", "form"])
async def test_an_interrupt_takes_the_question_back(
    reply: Any, session: Session, runtime: Runtime, model: ScriptedModel, desk: Desk
) -> None:
    ended = trio.Event()

    async def think(request: OtherRequest) -> None:
        try:
            await hang(request)
        finally:
            ended.set()

    desk.answer = think
    model.enqueue(reply)
    async with session.ask_stream("paint") as turn:
        await until(lambda: desk.asked != [])
        await turn.interrupt()
    await ended.wait()
    assert turn.result.status == "interrupted"
    assert runtime.statistics().server_request_failures == 0
    desk.answer = leave_it
    model.enqueue(text("still here"))
    assert (await session.ask("and now?")).text == "still here"


async def test_approvals_and_other_requests_go_to_their_own_handler(
    model: ScriptedModel, home: Path, workspace: Path, desk: Desk
) -> None:
    approvals: list[str] = []

    async def note(request: Any) -> None:  # Any: whatever comes
        approvals.append(request.method)

    config = asking_runtime(model, home, on_server_request=desk, approvals=note)
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(
            SessionConfig(cwd=workspace, approval_policy="untrusted")
        )
        model.enqueue(shell("touch x"), ASK_THE_USER, elicit(FORM), text("done"))
        await session.ask("go")
    assert approvals == ["item/commandExecution/requestApproval"]
    assert [type(request) for request in desk.asked] == [UserInputRequest, ElicitationRequest]


# -- MCP servers -------------------------------------------------------------------------------


async def test_an_mcp_server_gets_what_the_user_filled_in(
    session: Session, model: ScriptedModel, desk: Desk
) -> None:
    async def fill_in(request: OtherRequest) -> OtherAnswer:
        assert isinstance(request, ElicitationRequest)
        if isinstance(request.params, UrlElicitation):
            return request.accept()
        with pytest.raises(AnswerRefused):
            request.check(request.accept())
        return request.accept({"name": "Ada"})

    desk.answer = fill_in
    model.enqueue(elicit(FORM), elicit(VISIT), text("done"))
    result = await session.ask("go")
    form, visit = desk.asked
    assert isinstance(form, ElicitationRequest)
    assert isinstance(form.params, FormElicitation)
    assert (form.thread_id, form.turn_id) == (session.thread_id, result.turn_id)
    assert form.params.server_name == "people"
    assert form.params.requested_schema == FORM["requestedSchema"]
    assert isinstance(visit, ElicitationRequest)
    assert isinstance(visit.params, UrlElicitation)
    assert visit.params.url == VISIT["url"]
    outputs = [output.text.rpartition("Output:")[2] for output in model.requests[-1].tool_outputs]
    assert [json.loads(output) for output in outputs] == [
        {"action": "accept", "content": {"name": "Ada"}},
        {"action": "accept", "content": {}},
    ]


async def cancel(request: OtherRequest) -> OtherAnswer:
    assert isinstance(request, ElicitationRequest)
    return request.cancel()


@pytest.mark.parametrize(
    ("answer", "action", "failures"),
    [
        (leave_it, "decline", 0),
        (fail, "decline", 1),
        (answer_for_another_kind, "decline", 1),
        (accept_without_content, "decline", 1),
        (cancel, "cancel", 0),
    ],
    ids=["nothing", "fails", "another-kind", "no-content", "cancel"],
)
async def test_without_a_good_answer_the_user_declined(
    answer: AsyncHandler,
    action: str,
    failures: int,
    session: Session,
    runtime: Runtime,
    model: ScriptedModel,
    desk: Desk,
) -> None:
    desk.answer = answer
    model.enqueue(elicit(FORM), text("Never mind."))
    assert (await session.ask("go")).text == "Never mind."
    assert told_to_model(model) == {"action": action}
    assert runtime.statistics().server_request_failures == failures


async def test_leave_to_call_a_tool_of_an_mcp_server_is_asked_for_like_a_form(
    session: Session, model: ScriptedModel, desk: Desk
) -> None:
    """The server's: it asks so where the tool says that it destroys; a no fails the call."""

    async def accept(request: OtherRequest) -> OtherAnswer:
        assert isinstance(request, ElicitationRequest)
        return request.accept()

    model.enqueue(elicit(VISIT, "write"), text("Then not."))
    result = await session.ask("go")
    [call] = [item for item in result.items if isinstance(item, McpToolCall)]
    assert call.status == "failed"
    [request] = desk.asked
    assert isinstance(request, ElicitationRequest)
    assert isinstance(request.params, FormElicitation)
    assert isinstance(request.params.meta, dict)
    assert request.params.meta["codex_approval_kind"] == "mcp_tool_call"
    desk.answer = accept
    model.enqueue(elicit(VISIT, "write"), text("done"))
    result = await session.ask("again")
    [call] = [item for item in result.items if isinstance(item, McpToolCall)]
    assert call.status == "completed"
    assert len(desk.asked) == 3


# -- what only the client knows ----------------------------------------------------------------


def with_clock(model: ScriptedModel, home: Path, **options: Any) -> RuntimeConfig:
    """Whose threads take the time from the client; ``options`` as for `asking_runtime`."""
    features = {"features": {"current_time_reminder": CLOCK}}
    # The server asks a client without the experimental API too; its stable schema lacks that.
    return model.runtime_config(home, config_overrides=features, experimental_api=True, **options)


async def test_the_model_is_told_the_time_of_this_client(
    model: ScriptedModel, home: Path, workspace: Path, desk: Desk
) -> None:
    async def look_at_the_clock(request: OtherRequest) -> OtherAnswer:
        assert isinstance(request, CurrentTimeRequest)
        return request.answer(981_173_106)

    desk.answer = look_at_the_clock
    async with open_runtime(with_clock(model, home, on_server_request=desk)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("What time is it?")
    assert {request.thread_id for request in desk.asked} == {session.thread_id}
    assert any("2001-02-03 04:05:06" in told for told in model.requests[0].developer_texts)


async def test_without_a_clock_the_server_is_refused_and_the_turn_fails(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(with_clock(model, home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        with pytest.raises(TurnFailed, match="current-time request failed"):
            await session.ask("What time is it?")


def token(number: int) -> str:
    """An access token of an account that does not exist, unsigned."""
    account = {
        "chatgpt_account_id": "account",
        "chatgpt_plan_type": "pro",
        "chatgpt_user_id": "user",
    }
    claims = {"n": number, "exp": 4_102_444_800, "https://api.openai.com/auth": account}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({}, claims)]
    return ".".join([*(part.rstrip(b"=").decode() for part in parts), "unsigned"])


def with_account(model: ScriptedModel, home: Path, **options: Any) -> RuntimeConfig:
    """Whose model wants an account; ``options`` as for `asking_runtime`."""
    config = {
        "chatgpt_base_url": model.base_url,
        "model_providers": {"scripted": {"requires_openai_auth": True}},
    }
    return model.runtime_config(home, config_overrides=config, experimental_api=True, **options)


async def log_in(runtime: Runtime) -> None:
    """With tokens that the client keeps; the server only uses them."""
    params = {
        "type": "chatgptAuthTokens",
        "accessToken": token(1),
        "chatgptAccountId": "account",
    }
    await runtime.request("account/login/start", params)


async def test_the_server_goes_on_with_the_token_that_it_is_given(
    model: ScriptedModel, home: Path, workspace: Path, desk: Desk
) -> None:
    async def renew(request: OtherRequest) -> OtherAnswer:
        assert isinstance(request, TokenRefreshRequest)
        assert request.params.reason == "unauthorized"
        assert request.params.previous_account_id == "account"
        return request.answer(token(2), "account")

    desk.answer = renew
    async with open_runtime(with_account(model, home, on_server_request=desk)) as runtime:
        await log_in(runtime)
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(unauthorized(), text("hello"))
        assert (await session.ask("hi")).text == "hello"
    assert len(desk.asked) == 1


async def test_without_a_new_token_the_turn_fails(
    model: ScriptedModel, home: Path, workspace: Path, desk: Desk
) -> None:
    async with open_runtime(with_account(model, home, on_server_request=desk)) as runtime:
        await log_in(runtime)
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(unauthorized())
        with pytest.raises(TurnFailed):
            await session.ask("hi")
        assert [type(request) for request in desk.asked] == [TokenRefreshRequest]
        assert (await session.ask("again")).text == "re: again"

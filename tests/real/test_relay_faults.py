"""The real app-server through the relay, on a model's server that fails: what the turn comes to.

A failure that no repetition mends costs one request, whatever retries the app-server has; one that
may pass is tried again; none ends as an answer, and none takes longer than the relay's bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import SessionConfig, TurnFailed
from codex_runtime.testing import (
    Reply,
    cut,
    finish,
    http_answer,
    http_error,
    overloaded,
    quota_exceeded,
    rate_limited,
    raw,
    response_failed,
    shell,
    silence,
    text,
    tool_call,
)
from tests.real.relayed import Relayed, open_relayed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime.protocol import TurnError
    from codex_runtime.testing import ChatRequest

RETRIES = 2
PAGE = {"content-type": "text/html"}


async def failure_of(relayed: Relayed, workspace: Path, prompt: str = "hi") -> TurnError:
    """What the one turn failed of."""
    session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
    with pytest.raises(TurnFailed) as caught:
        await session.ask(prompt)
    error = caught.value.result.error
    assert error is not None
    return error


@pytest.fixture
async def relayed(home: Path) -> AsyncGenerator[Relayed]:
    """With retries of the app-server."""
    async with open_relayed(home, retries=RETRIES) as relayed:
        yield relayed


# -- no repetition helps -----------------------------------------------------------------------


FULL = "This model's maximum context length is 8192 tokens. However, you requested 9000."


@pytest.mark.parametrize(
    ("reply", "info"),
    [
        pytest.param(
            http_error(400, {"error": {"message": FULL, "code": "context_length_exceeded"}}),
            "contextWindowExceeded",
            id="context",
        ),
        pytest.param(
            http_error(400, {"object": "error", "message": FULL, "code": 400}),
            "contextWindowExceeded",
            id="context-by-its-words",
        ),
        pytest.param(
            http_error(413, "<html><h1>413 Request Entity Too Large</h1></html>", headers=PAGE),
            "contextWindowExceeded",
            id="413-page",
        ),
        pytest.param(
            response_failed("context_length_exceeded", FULL),
            "contextWindowExceeded",
            id="context-in-the-stream",
        ),
        pytest.param(quota_exceeded(), "usageLimitExceeded", id="quota"),
        pytest.param(http_error(402, "Payment required"), "usageLimitExceeded", id="402"),
        pytest.param(overloaded(), "serverOverloaded", id="503"),
    ],
)
async def test_a_failure_of_a_kind_that_the_app_server_knows_costs_one_request(
    relayed: Relayed, workspace: Path, reply: Reply, info: str
) -> None:
    relayed.chat.enqueue(reply)
    error = await failure_of(relayed, workspace)
    assert error.codex_error_info == info
    assert len(relayed.chat.requests) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(
            http_error(401, {"error": {"message": "No such key here", "code": "invalid_api_key"}}),
            "No such key here",
            id="401",
        ),
        pytest.param(
            http_error(404, {"error": {"message": "The model m does not exist"}}),
            "The model m does not exist",
            id="404",
        ),
        pytest.param(
            http_error(400, {"error": {"message": "temperature is not taken"}}),
            "temperature is not taken",
            id="400",
        ),
        pytest.param(http_answer(307, headers={"location": "/elsewhere"}), "307", id="redirect"),
    ],
)
async def test_a_hopeless_request_is_made_once_and_the_turn_says_why(
    relayed: Relayed, workspace: Path, reply: Reply, words: str
) -> None:
    relayed.chat.enqueue(reply)
    error = await failure_of(relayed, workspace)
    assert words in error.message
    assert len(relayed.chat.requests) == 1


async def test_after_a_full_context_the_next_turn_has_it_summed_up_and_goes_on(
    relayed: Relayed, workspace: Path
) -> None:
    """The server's, which has to be told that the context is what was wrong."""
    session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
    await session.ask("a long story")
    relayed.chat.enqueue(http_error(400, FULL), text("THE SUMMARY"))
    with pytest.raises(TurnFailed):
        await session.ask("more of it")
    assert (await session.ask("and now")).text == "re: and now"
    assert len(relayed.chat.requests) == 4
    last = relayed.chat.requests[-1]
    assert any("THE SUMMARY" in said for said in last.texts("user", "assistant", "system"))


async def test_an_answer_that_was_too_long_is_no_answer(relayed: Relayed, workspace: Path) -> None:
    relayed.chat.enqueue(text("a cut ans") + finish("length"))
    error = await failure_of(relayed, workspace)
    assert "max_output_tokens" in error.message
    assert len(relayed.chat.requests) == 1


async def test_a_call_that_was_cut_by_the_limit_is_not_run(
    relayed: Relayed, workspace: Path
) -> None:
    relayed.chat.enqueue(
        tool_call("exec_command", '{"cmd": "touch was-run') + finish("length"), text("never")
    )
    await failure_of(relayed, workspace)
    assert not (workspace / "was-run").exists()
    assert len(relayed.chat.requests) == 1


# -- a repetition may help ---------------------------------------------------------------------


async def test_a_limited_rate_is_waited_for_and_asked_again(home: Path, workspace: Path) -> None:
    times: list[float] = []

    def respond(_: ChatRequest) -> Reply:
        times.append(trio.current_time())
        return rate_limited(retry_after_s=1) if len(times) == 1 else text("at last")

    async with open_relayed(home, respond, retries=RETRIES) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("hi")).text == "at last"
    first, second = times
    assert second - first >= 1


async def test_a_rate_limited_in_the_stream_is_waited_for_too(home: Path, workspace: Path) -> None:
    times: list[float] = []

    def respond(_: ChatRequest) -> Reply:
        times.append(trio.current_time())
        if len(times) == 1:
            return response_failed("rate_limit_exceeded", "Slow down, try again in 1s")
        return text("at last")

    async with open_relayed(home, respond, retries=RETRIES) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("hi")).text == "at last"
    first, second = times
    assert second - first >= 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(cut(text("half an ans")), id="mid-text"),
        pytest.param(cut(text("half an ans"), abrupt=False), id="ended-early"),
        pytest.param(cut(shell("echo run")), id="mid-call"),
        pytest.param(cut(), id="at-once"),
        pytest.param(raw(b'data: {"choices":[{"del') + cut(), id="mid-line"),
        pytest.param(http_error(500, "boom"), id="500"),
        pytest.param(http_error(502, "<html>Bad Gateway</html>", headers=PAGE), id="502-page"),
        pytest.param(raw(b"data: {broken}\n\n") + cut(abrupt=False), id="no-json"),
    ],
)
async def test_what_may_pass_is_asked_again_and_nothing_of_it_is_kept(
    relayed: Relayed, workspace: Path, reply: Reply
) -> None:
    relayed.chat.enqueue(reply)
    session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
    result = await session.ask("hi")
    assert result.text == "re: hi"
    assert len(relayed.chat.requests) == 2
    assert relayed.chat.requests[1].texts("assistant") == ()
    assert relayed.chat.requests[1].tool_calls == ()


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(cut(text("half an ans")), id="cut"),
        pytest.param(http_answer(200, "<html>A proxy</html>", headers=PAGE), id="page"),
        pytest.param(http_answer(200, {"hello": "there"}), id="other-json"),
        pytest.param(http_answer(200), id="empty"),
        pytest.param(http_error(500, "boom"), id="500"),
    ],
)
async def test_what_does_not_pass_fails_the_turn(home: Path, workspace: Path, reply: Reply) -> None:
    async with open_relayed(home, lambda _: reply, retries=1) as relayed:
        error = await failure_of(relayed, workspace)
    assert error.message
    assert len(relayed.chat.requests) == 2


# -- silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(silence(opened=False), id="before-the-status"),
        pytest.param(silence(), id="before-the-first-byte"),
        pytest.param(text("begun") + silence(), id="mid-text"),
    ],
)
async def test_a_server_that_falls_silent_fails_the_turn_in_time(
    home: Path, workspace: Path, reply: Reply
) -> None:
    """And the request to it is given up."""
    async with open_relayed(
        home, lambda _: reply, first_byte_timeout_s=0.5, idle_timeout_s=0.5
    ) as relayed:
        error = await failure_of(relayed, workspace)
        await relayed.chat.wait_disconnected(0)
    assert error.message


async def test_a_pause_of_the_model_is_no_silence_to_the_app_server(
    home: Path, workspace: Path
) -> None:
    """Its own bound is shorter than the pause, and longer than that between signs of life."""
    paced = text("ab", deltas=2, delay_s=1.5)
    async with open_relayed(
        home, lambda _: paced, idle_timeout_ms=700, keep_alive_s=0.2
    ) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("hi")).text == "ab"
    assert len(relayed.chat.requests) == 1

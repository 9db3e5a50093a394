"""Requests of the server without a handler here: no, in the valid shape of each kind, once."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from codex_runtime.model.requests.kinds import METHOD_NOT_FOUND
from codex_runtime.protocol import SERVER_REQUESTS
from tests.engine.fake_server import FakeServer, FakeTurn, captured_request, silence
from tests.engine.running import method_of, new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.protocol.rows import ServerRequestRow

ANSWERED = {
    "item/commandExecution/requestApproval": {"decision": "decline"},
    "item/fileChange/requestApproval": {"decision": "decline"},
    "item/permissions/requestApproval": {"permissions": {}},
    "applyPatchApproval": {"decision": {"denied": {"rejection": "declined by the client"}}},
    "execCommandApproval": {"decision": {"denied": {"rejection": "declined by the client"}}},
    "mcpServer/elicitation/request": {"action": "decline"},
    "item/tool/requestUserInput": {"answers": {}},
    "item/tool/call": {
        "success": False,
        "contentItems": [{"type": "inputText", "text": "this client offers no such tool"}],
    },
}


@pytest.mark.parametrize("row", SERVER_REQUESTS.values(), ids=lambda row: row.method)
async def test_every_kind_gets_one_answer_that_the_protocol_allows(
    row: ServerRequestRow, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        server.request(row.method, {"threadId": "t", "anything": [1]}, 7)
        await settle()
        [answer] = server.answers()
        assert answer["id"] == 7
        if row.method in ANSWERED:
            assert answer == {"id": 7, "result": ANSWERED[row.method]}
            msgspec.convert(answer["result"], row.response_type)
        else:
            assert answer["error"]["code"] == METHOD_NOT_FOUND
        assert engine.counters.server_requests == 1


def test_every_kind_that_can_be_declined_is_answered() -> None:
    cannot_be = {
        "account/chatgptAuthTokens/refresh",
        "attestation/generate",
        "currentTime/read",
    }
    assert set(SERVER_REQUESTS) - set(ANSWERED) <= cannot_be


def test_no_default_answer_says_yes() -> None:
    for told in map(repr, ANSWERED.values()):
        assert not {"accept", "approved", "allow"} & set(told.replace("'", " ").split())


@pytest.mark.parametrize("request_id", [0, 12, "0", "twelve"])
async def test_an_unknown_request_is_refused_once_under_the_id_it_came_with(
    request_id: int | str, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server):
        server.send({"method": "future/thing", "id": request_id})
        await settle()
        [answer] = server.answers()
        assert answer["id"] == request_id
        assert type(answer["id"]) is type(request_id)
        assert answer["error"]["code"] == METHOD_NOT_FOUND
        assert "future/thing" in answer["error"]["message"]


async def test_two_requests_of_one_id_as_number_and_text_are_two(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server):
        server.request("item/tool/call", {}, 1)
        server.request("item/tool/call", {}, "1")
        await settle()
        assert [answer["id"] for answer in server.answers()] == [1, "1"]


@pytest.mark.parametrize(("first", "answered"), [("request", [5]), ("resolved", [])])
async def test_a_resolution_around_the_request_harms_nothing(
    first: str, answered: list[int], autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            await settle()
            asked = {**captured_request("item/fileChange/requestApproval")}
            asked.update(threadId=session.thread_id, turnId=turn.turn_id)
            resolved = {"threadId": session.thread_id, "requestId": 5}
            if first == "resolved":
                server.notify("serverRequest/resolved", resolved)
            server.request("item/fileChange/requestApproval", asked, 5)
            if first == "request":
                server.notify("serverRequest/resolved", resolved)
            await settle()
            assert [answer["id"] for answer in server.answers()] == answered
            await turn.interrupt()
            methods = [method_of(event) async for event in turn]
        assert "serverRequest/resolved" in methods
        assert (await new_session(engine)).thread_id


async def test_a_declined_approval_is_logged_and_counted_and_the_turn_goes_on(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def play(turn: FakeTurn) -> None:
        asked = captured_request("item/commandExecution/requestApproval")
        asked.update(threadId=turn.thread.thread_id, turnId=turn.turn_id)
        turn.server.request("item/commandExecution/requestApproval", asked)
        turn.say("without it")

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        assert (await session.ask("do it")).text == "without it"
        await settle()
        assert engine.counters.server_requests_declined == 1
        assert server.answers() == [{"id": 0, "result": {"decision": "decline"}}]
    assert "declined item/commandExecution/requestApproval" in caplog.text


async def test_requests_are_answered_while_a_consumer_does_not_read(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long"):
            for _ in range(20):
                server.request("item/tool/call", {})
            await settle()
            assert len(server.answers()) == 20

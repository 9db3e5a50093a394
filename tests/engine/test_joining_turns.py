"""A turn that was under way when its thread was resumed: it can be stopped, and is waited for."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime.session.joining import join_running_turn
from tests.engine.fake_server import FakeServer, FakeTurn, captured_result
from tests.engine.running import new_session, running

if TYPE_CHECKING:
    from trio.testing import MockClock

    from tests.engine.fake_server import FakeThread, Json


def unheard_turn(server: FakeServer, thread: FakeThread) -> FakeTurn:
    """A turn that has begun before anybody listened."""
    turn = FakeTurn(server, thread, server.new_id(), {})
    turn.started = True
    thread.active = turn
    server.turns.append(turn)
    return turn


class ListingServer(FakeServer):
    """Tells a thread's turns as they are at the moment."""

    lists = 0
    ends_while_listing = False

    def _do(self, message: Json) -> None:
        if message["method"] != "thread/turns/list":
            super()._do(message)
            return
        self.lists += 1
        thread = self.threads[message["params"]["threadId"]]
        turn = thread.active
        told = captured_result("turn/start")["turn"]
        data = [{**told, "id": turn.turn_id, "status": "inProgress"}] if turn is not None else []
        if turn is not None and self.ends_while_listing:
            turn.complete()
        self.send({"id": message["id"], "result": {"data": data, "nextCursor": None}})


async def test_a_turn_that_ran_when_its_thread_was_resumed_is_interrupted(
    autojump_clock: MockClock,
) -> None:
    server = ListingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        foreign = unheard_turn(server, server.threads[session.thread_id])
        assert (await session.interrupt_turn()).state == "not_active"
        [line] = engine.router.lines
        await join_running_turn(engine, line)
        assert session.active_turn_id == foreign.turn_id
        outcome = await session.interrupt_turn()
        assert (outcome.state, outcome.turn_id) == ("interrupted", foreign.turn_id)
        assert server.merged == []
        assert (await session.ask("next")).text == "echo: next"


@pytest.mark.parametrize("ends_while_listing", [True, False])
async def test_a_turn_that_has_ended_meanwhile_holds_nobody_up(
    ends_while_listing: bool, autojump_clock: MockClock
) -> None:
    server = ListingServer()
    server.ends_while_listing = ends_while_listing
    async with running(server) as engine:
        session = await new_session(engine)
        if ends_while_listing:
            unheard_turn(server, server.threads[session.thread_id])
        [line] = engine.router.lines
        await join_running_turn(engine, line)
        assert session.active_turn_id is None
        assert (await session.ask("next")).text == "echo: next"


async def test_a_server_that_does_not_tell_its_turns_is_taken_as_it_is(
    autojump_clock: MockClock,
) -> None:
    async with running(FakeServer()) as engine:
        session = await new_session(engine)
        [line] = engine.router.lines
        await join_running_turn(engine, line)
        assert (await session.ask("next")).text == "echo: next"

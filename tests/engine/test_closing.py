"""Closing a session: one archive, one outcome, whoever asks."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    RequestError,
    RequestTimeout,
    SessionClosed,
    TurnInterrupted,
)
from tests.engine.fake_server import FakeServer, FakeTurn, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

REFUSAL = {"code": -32600, "message": "the disk is full"}


async def test_a_hundred_closes_are_one_archive_and_one_outcome(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(outcomes.run, session.close)
        outcomes.values.append(await session.close())
        assert len(outcomes.values) == 101
        assert {id(outcome) for outcome in outcomes.values} == {id(outcomes.values[0])}
        assert outcomes.values[0].action == "archived"
        assert len(server.asked("thread/archive")) == 1
        assert engine.router.lines == ()
        await assert_nothing_pending(engine)


async def test_a_closed_session_refuses_work_and_sends_nothing(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        await session.close()
        assert session.is_closed
        sent = len(server.received)
        with pytest.raises(SessionClosed):
            await session.ask("too late")
        with pytest.raises(SessionClosed):
            async with session.ask_stream("too late"):
                raise AssertionError("entered")
        with pytest.raises(SessionClosed):
            await session.interrupt_turn()
        await settle()
        assert len(server.received) == sent


async def test_an_ephemeral_thread_is_unsubscribed_and_not_archived(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, ephemeral=True)
        assert (await session.close()).action == "unsubscribed"
        assert server.asked("thread/archive") == []


@pytest.mark.parametrize(
    "message", ["no rollout found for thread id {}", "session {} is archived."]
)
async def test_a_thread_that_is_archived_already_counts_as_closed(
    message: str, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        server.fail["thread/archive"] = [
            {"code": -32600, "message": message.format(session.thread_id)}
        ]
        assert (await session.close()).action == "already_archived"


async def test_the_servers_no_is_cached_and_each_caller_gets_an_error_of_its_own(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["thread/archive"] = [REFUSAL]
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(outcomes.run, session.close)
        await outcomes.run(session.close)
        assert [str(error) for error in outcomes.errors] == [
            "thread/archive: the disk is full (code -32600)"
        ] * 11
        assert len({id(error) for error in outcomes.errors}) == 11
        assert len(server.asked("thread/archive")) == 1
        assert (await session.close(retry=True)).action == "archived"
        assert len(server.asked("thread/archive")) == 2
        assert (await session.close(retry=True)).action == "archived"
        assert len(server.asked("thread/archive")) == 2


async def test_closing_during_a_turn_interrupts_it_first_and_says_so(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "long")
            await settle()
            outcome = await session.close()
        assert outcome.interrupted is not None
        assert outcome.interrupted.state == "interrupted"
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        order = [m["method"] for m in server.received if m.get("method") != "turn/start"]
        assert order[-2:] == ["turn/interrupt", "thread/archive"]


async def test_closing_refuses_the_asks_that_stand_in_line(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(1)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(outcomes.run, session.ask, f"p{number}")
                await settle()
            await session.close()
        kinds = [type(error) for error in outcomes.errors]
        assert sorted(kinds, key=repr) == [SessionClosed] * 3 + [TurnInterrupted]
        assert len(server.asked("turn/start")) == 1


async def test_cancelling_a_close_ends_the_wait_and_not_the_work(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.delay_s["thread/archive"] = 2.0
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1) as scope:
            await session.close()
        assert scope.cancelled_caught
        assert session.is_closed
        assert (await session.close()).action == "archived"
        assert len(server.asked("thread/archive")) == 1
        assert engine.router.lines == ()


async def test_a_close_that_everybody_gave_up_still_lets_the_thread_go(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.delay_s["thread/archive"] = 2.0
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1):
            await session.close()
        await trio.sleep(2)
        assert engine.router.lines == ()


async def test_an_archive_without_an_answer_is_not_final_and_the_next_close_asks_again(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/archive")
    async with running(server, close_timeout_s=10.0) as engine:
        session = await new_session(engine)
        begun_s = trio.current_time()
        with pytest.raises(RequestTimeout) as raised:
            await session.close()
        assert trio.current_time() - begun_s == pytest.approx(10, abs=0.1)
        assert not raised.value.outcome_certain
        server.drop.clear()
        assert (await session.close()).action == "archived"


async def test_a_connection_lost_during_a_close_is_raised_and_the_next_close_says_so_too(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/archive")
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(outcomes.run, session.close)
            await settle()
            server.crash()
        assert [type(error) for error in outcomes.errors] == [AppServerExited] * 3
        assert len({id(error) for error in outcomes.errors}) == 3
        with pytest.raises(AppServerExited):
            await session.close()


async def test_a_stuck_turn_does_not_keep_the_thread_from_being_archived(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, close_timeout_s=10.0, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "stuck")
            await settle()
            begun_s = trio.current_time()
            outcome = await session.close()
            assert trio.current_time() - begun_s <= 10
        assert outcome.action == "archived"
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]


async def test_leaving_the_block_archives_or_detaches_as_configured(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        async with await new_session(engine) as first:
            await first.ask("hello")
        assert len(server.asked("thread/archive")) == 1
        async with await new_session(engine, on_exit="detach") as second:
            await second.ask("hello")
        assert len(server.asked("thread/archive")) == 1
        assert second.is_closed
        assert engine.router.lines == ()


async def test_a_session_detached_in_its_block_is_not_archived_on_leaving(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        async with await new_session(engine) as session:
            await session.detach()
        assert server.asked("thread/archive") == []


async def test_detaching_ends_the_active_turn_and_leaves_the_thread(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "long")
            await settle()
            await session.detach()
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        assert server.asked("thread/archive") == []
        await session.detach()


async def test_an_error_of_closing_never_hides_the_error_of_the_body(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["thread/archive"] = [REFUSAL, REFUSAL]
    async with running(server) as engine:
        with pytest.raises(KeyError, match="mine"):
            async with await new_session(engine):
                raise KeyError("mine")
        with pytest.raises(RequestError, match="disk is full"):
            async with await new_session(engine):
                pass


async def test_a_close_under_way_is_waited_for_by_the_shutdown(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.delay_s["thread/archive"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(0.1):
            await session.close()
    assert server.threads[session.thread_id].archived


async def test_a_late_session_opened_for_nobody_is_unsubscribed(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.delay_s["thread/start"] = 2.0
    async with running(server) as engine:
        with trio.move_on_after(1):
            await new_session(engine)
        await trio.sleep(2)
        [thread_id] = server.threads
        assert server.asked("thread/unsubscribe") == [{"threadId": thread_id}]
        assert engine.router.lines == ()
        await assert_nothing_pending(engine)


async def test_a_late_thread_with_an_unreadable_answer_harms_nobody(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/start")
    async with running(server) as engine:
        with trio.move_on_after(1):
            await new_session(engine)
        [request] = [m for m in server.received if m.get("method") == "thread/start"]
        server.drop.clear()
        server.send({"id": request["id"], "result": {"thread": 5}})
        await settle()
        assert (await (await new_session(engine)).ask("still here")).text == "echo: still here"


async def test_errors_of_a_close_are_of_this_library(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
    with pytest.raises(CodexRuntimeError):
        await session.close()

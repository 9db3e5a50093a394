"""Closing at every moment: one archive per attempt, and each caller told what became of it."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
import trio

from codex_runtime.engine.inside import inside
from codex_runtime.errors import (
    AppServerExited,
    RequestError,
    RequestTimeout,
    RuntimeClosed,
    SessionBusy,
    SessionClosed,
    TurnInterrupted,
    TurnNotCompleted,
)
from codex_runtime.model.hooks.hooks import Hook, HookConfig
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.session.closing import CloseWork
from tests.engine.fake_server import FakeServer, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trio.testing import MockClock

REFUSAL: Final = {"code": -32600, "message": "the disk is full"}
OVERLOADED: Final = {"code": -32001, "message": "Server overloaded; retry later."}


async def test_a_hundred_closes_during_a_turn_end_it_once_and_archive_once(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        asks, closes = Outcomes(), Outcomes()
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(asks.run, session.ask, f"p{number}")
                await settle()
            for _ in range(100):
                nursery.start_soon(closes.run, session.close)
        assert {id(outcome) for outcome in closes.values} == {id(closes.values[0])}
        assert len(closes.values) == 100
        assert len(server.asked("thread/archive")) == 1
        assert len(server.asked("turn/interrupt")) == 1
        kinds = [type(error) for error in asks.errors]
        assert sorted(kinds, key=repr) == [SessionClosed, SessionClosed, TurnInterrupted]
        await assert_nothing_pending(engine)


async def test_a_hundred_closes_of_which_all_but_one_are_cancelled_are_one_archive(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["thread/archive"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        closes, asks = Outcomes(), Outcomes()
        async with trio.open_nursery() as asking:
            asking.start_soon(asks.run, session.ask, "long")
            await settle()
            async with trio.open_nursery() as nursery:
                for _ in range(99):
                    nursery.start_soon(session.close)
                await settle()
                asking.start_soon(closes.run, session.close)
                nursery.cancel_scope.cancel()
        assert [outcome.action for outcome in closes.values] == ["archived"]
        assert len(server.asked("thread/archive")) == 1


async def test_a_close_whose_callers_are_all_cancelled_is_done_and_told_to_the_next(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["thread/archive"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(0.5):
            async with trio.open_nursery() as nursery:
                for _ in range(100):
                    nursery.start_soon(session.close)
        await trio.sleep(1)
        assert server.threads[session.thread_id].archived
        assert (await session.close()).action == "archived"
        assert len(server.asked("thread/archive")) == 1
        assert engine.router.lines == ()


async def test_retries_at_once_after_a_refusal_are_one_more_attempt(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["thread/archive"] = [REFUSAL] * 2
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestError):
            await session.close()
        closes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(closes.run, partial(session.close, retry=True))
                nursery.start_soon(closes.run, session.close)
        assert len(server.asked("thread/archive")) == 2
        assert len({id(error) for error in closes.errors}) == 20
        assert (await session.close(retry=True)).action == "archived"
        assert len(server.asked("thread/archive")) == 3


async def test_an_attempt_after_the_bound_is_asked_by_all_who_come_and_archives_once(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/archive")
    async with running(server, close_timeout_s=10.0) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestTimeout):
            await session.close()
        server.drop.clear()
        closes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(closes.run, session.close)
        assert [outcome.action for outcome in closes.values] == ["archived"] * 10
        assert len(server.asked("thread/archive")) == 2


async def test_a_close_while_the_turn_has_not_been_sent_sends_none(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["turn/start"] = [OVERLOADED] * 1000
    async with running(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "first")
            await trio.sleep(1)
            assert engine.counters.requests_retried
            server.fail.clear()
            outcome = await session.close()
        assert (outcome.action, outcome.interrupted) == ("archived", None)
        assert [type(error) for error in asks.errors] == [SessionClosed]
        assert server.turns == []
        await assert_nothing_pending(engine)


async def test_a_close_while_the_hooks_of_a_turn_are_at_work_stops_them(
    autojump_clock: MockClock,
) -> None:
    began = trio.Event()

    async def slow(context: object) -> None:
        began.set()
        await trio.sleep_forever()

    hooks = HookConfig([Hook(name="slow", phases=["pre_turn"], run=slow, timeout_s=1000)])
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, hooks=hooks)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "first")
            await began.wait()
            assert (await session.close()).action == "archived"
        assert [type(error) for error in asks.errors] == [SessionClosed]
        assert server.turns == []


async def test_two_handles_that_close_at_once_archive_one_after_the_other(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["thread/archive"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        closes, asks = Outcomes(), Outcomes()
        line = engine.router.hold(session.thread_id)
        other = CloseWork(engine, line, lambda: engine.router.release(line), ephemeral=False)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "long")
            await settle()
            nursery.start_soon(closes.run, session.close)
            await trio.sleep(0.5)
            other.start()
            nursery.start_soon(closes.run, other.outcome)
        assert [outcome.action for outcome in closes.values] == ["archived", "already_archived"]
        first, second = (outcome.interrupted for outcome in closes.values)
        assert first is not None
        assert first.state == "interrupted"
        assert second is None
        assert engine.router.lines == ()


async def test_a_server_that_dies_under_a_hundred_closes_is_told_to_each(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server) as engine:
        session = await new_session(engine)
        closes, asks = Outcomes(), Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "long")
            await settle()
            for _ in range(100):
                nursery.start_soon(closes.run, session.close)
            await settle()
            server.crash()
        assert {type(error) for error in closes.errors} == {AppServerExited}
        assert len({id(error) for error in closes.errors}) == 100
        assert all(isinstance(error, TurnNotCompleted) for error in asks.errors)
        assert session.is_closed
        with pytest.raises(SessionClosed):
            await session.ask("too late")


async def test_a_close_that_its_server_took_along_is_tried_again_on_the_next_one(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/archive")
    async with running(server, restart=RestartPolicy()) as engine:
        session = await new_session(engine)
        await session.ask("to be on record")
        closes = Outcomes()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(closes.run, session.close)
            await settle()
            server.crash()
        assert [type(error) for error in closes.errors] == [AppServerExited] * 10
        assert session.is_closed
        server.drop.clear()
        assert (await session.close()).action == "archived"
        assert engine.generation == 2
        assert len(server.asked("thread/archive")) == 2


async def test_a_close_between_two_servers_waits_for_the_next(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server, restart=RestartPolicy()) as engine:
        session = await new_session(engine)
        await session.ask("to be on record")
        server.crash()
        await settle()
        assert (await session.close()).action == "archived"
        assert engine.generation == 2


async def test_a_close_and_a_detach_at_once_leave_one_archive_and_no_line(
    autojump_clock: MockClock,
) -> None:
    for first_closes in (True, False):
        server = FakeServer(silence)
        async with running(server) as engine:
            session = await new_session(engine)
            ends, asks = Outcomes(), Outcomes()
            # Any: what they return, at which nobody looks.
            order: list[Callable[[], Awaitable[Any]]] = [session.close, session.detach]
            async with trio.open_nursery() as nursery:
                nursery.start_soon(asks.run, session.ask, "long")
                await settle()
                for end in order if first_closes else reversed(order):
                    nursery.start_soon(ends.run, end)
                    await trio.lowlevel.checkpoint()
            assert ends.errors == []
            assert [type(error) for error in asks.errors] == [TurnInterrupted]
            assert len(server.asked("thread/archive")) == 1
            assert len(server.asked("turn/interrupt")) == 1
            assert engine.router.lines == ()
            await assert_nothing_pending(engine)


async def test_a_detach_that_is_cancelled_lets_the_thread_go_all_the_same(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["turn/interrupt"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "long")
            await settle()
            with trio.move_on_after(0.1):
                await session.detach()
            begun_s = trio.current_time()
            await session.detach()  # waits for the first
            assert trio.current_time() - begun_s == pytest.approx(0.9, abs=0.1)
        assert server.asked("thread/unsubscribe") == [{"threadId": session.thread_id}]
        assert engine.router.lines == ()


async def test_a_detach_refuses_the_turn_that_was_not_sent_yet(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.fail["turn/start"] = [OVERLOADED] * 1000
    async with running(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "first")
            await trio.sleep(1)
            assert engine.counters.requests_retried
            server.fail.clear()
            await session.detach()
        assert [type(error) for error in asks.errors] == [SessionClosed]
        assert server.turns == []


async def test_code_at_work_for_the_thread_may_neither_close_nor_detach_it(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        with inside(session.thread_id):
            with pytest.raises(SessionBusy):
                await session.close()
            with pytest.raises(SessionBusy):
                await session.detach()
        assert not session.is_closed
        assert (await session.ask("still open")).text == "echo: still open"


async def test_a_cancelled_block_is_left_at_once_and_its_thread_is_archived(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.delay_s["thread/archive"] = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        begun_s = trio.current_time()
        with trio.move_on_after(0.1) as scope:
            async with session:
                await trio.sleep_forever()
        assert scope.cancelled_caught
        assert trio.current_time() - begun_s == pytest.approx(0.1, abs=0.05)
        await trio.sleep(1)
        await settle()
        assert server.threads[session.thread_id].archived
        assert engine.router.lines == ()


async def test_an_ephemeral_thread_that_is_gone_counts_as_unsubscribed(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, ephemeral=True)
        gone = {"code": -32600, "message": f"thread not found: {session.thread_id}"}
        server.fail["thread/unsubscribe"] = [gone]
        assert (await session.close()).action == "unsubscribed"


async def test_after_the_end_of_the_runtime_a_close_and_a_detach_return_at_once(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        closed, detached = await new_session(engine), await new_session(engine)
    with pytest.raises(RuntimeClosed):
        await closed.close()
    await detached.detach()
    assert closed.is_closed
    assert detached.is_closed
    assert engine.router.lines == ()

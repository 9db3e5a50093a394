"""What comes at the wrong moment: each of these once held up, lost or stopped the wrong thing."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import random
import signal
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import trio
import trio.testing

from codex_runtime.engine.engine import Engine
from codex_runtime.errors import (
    RemoteProtocolError,
    RequestError,
    RequestTimeout,
    RuntimeClosed,
    SessionClosed,
    ThreadArchived,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol import CustomReviewTarget, TurnStarted
from codex_runtime.protocol.codec import decode_notification
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, FakeTurn, captured_notification, echo, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from trio.testing import MockClock

    from codex_runtime.session.session import Session

A_DAY_S = 86_400
BUSY = {"code": -32001, "message": "Server overloaded; retry later."}


# Any: the fields of RuntimeConfig, which checks them.
@asynccontextmanager
async def running_a_day(server: FakeServer, **config: Any) -> AsyncGenerator[Engine, None]:
    """`running`, for a day of virtual time at most, so that what never ends fails."""
    with trio.fail_after(A_DAY_S):
        async with running(server, **config) as engine:
            yield engine


async def quiet_unless_next(turn: FakeTurn) -> None:
    """Echo the prompt ``next``; say nothing to any other."""
    await (echo(turn) if turn.prompt == "next" else silence(turn))


def end_at_once(engine: Engine, turn: FakeTurn) -> None:
    """The turn ends on the server and the reader has just taken that; no other task ran since."""
    params = captured_notification("turn/completed")
    params["threadId"] = turn.thread.thread_id
    params["turn"] |= {"id": turn.turn_id, "status": "completed"}
    turn.complete()
    (line,) = engine.router.lines
    line.take(decode_notification("turn/completed", msgspec.json.encode(params)), turn.turn_id)


@contextmanager
def once(condition: Callable[[], bool], act: Callable[[], None]) -> Generator[None, None, None]:
    """Call ``act`` after the first step of any task that makes the condition true."""

    class Watch(trio.abc.Instrument):
        acted = False

        def after_task_step(self, task: trio.lowlevel.Task) -> None:  # noqa: ARG002 - its shape
            if not self.acted and condition():
                self.acted = True
                act()

    watch = Watch()
    trio.lowlevel.add_instrument(watch)
    try:
        yield
    finally:
        trio.lowlevel.remove_instrument(watch)
    assert watch.acted


async def ask_stuck(session: Session) -> None:
    """Ask, and give it up a second later."""
    with trio.move_on_after(1):
        await session.ask("stuck")


# -- interrupts ----------------------------------------------------------------------------------


async def test_an_interrupt_that_begins_as_the_turn_ends_never_reaches_the_next_in_line(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        asks, interrupts = Outcomes(), Outcomes()
        async with trio.open_nursery() as nursery:
            for prompt in ("one", "two"):
                nursery.start_soon(asks.run, session.ask, prompt)
                await settle()
            (line,) = engine.router.lines
            one = line.holder
            assert one is not None
            with once(
                lambda: one.interrupt_work is not None,
                lambda: end_at_once(engine, server.turns[0]),
            ):
                await interrupts.run(session.interrupt_turn)
            await trio.sleep(1)
            assert [turn.prompt for turn in server.running] == ["two"]
            server.turns[1].complete()
        assert [outcome.state for outcome in interrupts.values] == ["already_ended"]
        assert [result.status for result in asks.values] == ["completed", "completed"]
        assert server.asked("turn/interrupt") == []


async def test_a_turn_that_nobody_saw_start_can_be_interrupted_and_an_ask_waits_for_its_end(
    autojump_clock: MockClock,
) -> None:
    async def talk(turn: FakeTurn) -> None:
        turn.begin_message()
        while True:
            await trio.sleep(1)
            turn.delta(".")

    server = FakeServer(talk)
    async with running_a_day(server) as engine:
        first = await new_session(engine)
        thread = server.threads[first.thread_id]
        await first.detach()
        foreign = server.begin_turn(thread, {"input": [{"text": "somebody else's"}]})
        await settle()
        session = await resume_session(engine, first.thread_id, SessionConfig(cwd="."))
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "own")
            await settle()
            assert [turn.prompt for turn in server.running] == ["somebody else's"]
            outcome = await session.interrupt_turn()
            assert (outcome.state, outcome.turn_id) == ("interrupted", foreign.turn_id)
            await settle()
            assert [turn.prompt for turn in server.running] == ["own"]
            await session.interrupt_turn()
        assert server.merged == []
        assert [type(error) for error in asks.errors] == [TurnInterrupted]


async def test_a_foreign_turn_that_was_over_before_our_answer_is_no_other_name_of_ours(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/start")
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "ours")
            await settle()
            for method in ("turn/started", "turn/completed"):
                told = captured_notification(method)
                told["threadId"] = session.thread_id
                told["turn"]["id"] = "foreign"
                server.notify(method, told)
            await settle()
            server.release()
            await settle()
            ours = session.active_turn_id
            outcome = await session.interrupt_turn(ours)
        assert outcome.state == "interrupted"
        assert [params["turnId"] for params in server.asked("turn/interrupt")] == [ours]
        assert [type(error) for error in asks.errors] == [TurnInterrupted]


async def test_an_interrupt_that_was_not_answered_is_not_repeated_while_it_keeps_its_place(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running_a_day(server, request_timeout_s=30.0, interrupt_timeout_s=10.0) as engine:
        stuck = [await new_session(engine) for _ in range(12)]
        healthy = await new_session(engine)
        server.drop.add("turn/interrupt")
        begun_s = trio.current_time()
        async with trio.open_nursery() as nursery:
            for session in stuck:
                nursery.start_soon(ask_stuck, session)
        await trio.sleep_until(begun_s + 39)
        assert len(server.asked("turn/interrupt")) == len(stuck)
        assert engine.gate.taken <= len(stuck)
        before_s = trio.current_time()
        assert (await healthy.close()).action == "archived"
        assert trio.current_time() - before_s < 0.1
        server.drop.clear()
        await trio.sleep(120)
        assert [turn.status for turn in server.turns] == ["interrupted"] * len(stuck)


# -- the end of a turn ---------------------------------------------------------------------------


async def test_a_turn_whose_end_cannot_be_read_is_lost_and_says_why(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(quiet_unless_next)
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "long")
            await settle()
            (turn,) = server.turns
            ended = {"id": turn.turn_id, "status": 5}
            server.notify("turn/completed", {"threadId": session.thread_id, "turn": ended})
        [error] = asks.errors
        assert isinstance(error, TurnLost)
        assert isinstance(error.__cause__, RemoteProtocolError)
        assert "turn/completed" in str(error)
        turn.complete()
        assert (await session.ask("next")).text == "echo: next"


@pytest.mark.parametrize("answer", ["late", "never"])
async def test_a_review_without_an_answer_frees_the_thread_as_it_ends_under_its_other_id(
    answer: str, autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    server.phantom_start = True
    server.interrupts = "only_answer"
    server.hold.add("review/start")
    async with running_a_day(server, request_timeout_s=5.0) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestTimeout):
            await session.review(CustomReviewTarget(instructions="look"))
        if answer == "late":
            await trio.sleep(1)
            server.release()
        await trio.sleep(60)
        assert engine.router.lines[0].holder is not None
        server.phantom_start = False
        server.play = echo
        server.turns[0].complete()
        with trio.fail_after(1):
            assert (await session.ask("next")).text == "echo: next"
        assert server.merged == []


# -- the start of a turn -------------------------------------------------------------------------


async def test_a_start_the_server_was_too_busy_for_is_not_sent_again_once_cancelled(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def longest(low: float, high: float) -> float:
        return high

    monkeypatch.setattr(random, "uniform", longest)
    server = FakeServer()
    server.fail["turn/start"] = [BUSY] * 3
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "given up")
            await settle()
            assert engine.counters.requests_retried == 1
            cancelled_at_s = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() == cancelled_at_s
        await trio.sleep(60)
        assert len(server.asked("turn/start")) == 1
        server.fail.clear()
        assert (await session.ask("next")).text == "echo: next"


@pytest.mark.parametrize("shows", [True, False])
async def test_an_answer_that_is_none_keeps_the_place_until_the_turn_shows_or_the_time_is_over(
    shows: bool, autojump_clock: MockClock
) -> None:
    server = FakeServer(quiet_unless_next)
    (server.hold if shows else server.drop).add("turn/start")
    async with running_a_day(server, request_timeout_s=5.0) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "long")
            await settle()
            begun_s = trio.current_time()
            server.send({"id": server.received[-1]["id"]})
            server.hold.clear()
            server.drop.clear()
            nursery.start_soon(asks.run, session.ask, "next")
        [error] = asks.errors
        assert isinstance(error, RemoteProtocolError)
        assert not error.outcome_certain
        assert [result.text for result in asks.values] == ["echo: next"]
        assert server.merged == []
        stopped = ["interrupted"] if shows else []
        assert [turn.status for turn in server.turns] == [*stopped, "completed"]
        waited_s = trio.current_time() - begun_s
        assert waited_s == pytest.approx(0 if shows else 5, abs=0.2)


async def test_a_foreign_turn_that_began_while_ours_was_refused_holds_the_thread(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(quiet_unless_next)
    server.delay_s["turn/start"] = 1.0
    server.fail["turn/start"] = [{"code": -32600, "message": "no"}]
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "refused")
            await settle()
            thread = server.threads[session.thread_id]
            foreign = server.begin_turn(thread, {"input": [{"text": "somebody else's"}]})
            await trio.sleep(2)
            assert [type(error) for error in asks.errors] == [RequestError]
            assert session.active_turn_id == foreign.turn_id
            nursery.start_soon(asks.run, session.ask, "next")
            await trio.sleep(60)
            assert len(server.asked("turn/start")) == 1
            foreign.complete()
        assert [result.text for result in asks.values] == ["echo: next"]
        assert server.merged == []


async def test_the_end_of_a_foreign_turn_that_came_before_those_in_line_is_found_on_record(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(quiet_unless_next)
    server.delay_s["turn/start"] = 1.0
    server.fail["turn/start"] = [{"code": -32600, "message": "no"}]
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "refused")
            await settle()
            nursery.start_soon(asks.run, session.ask, "next")
            await settle()
            thread = server.threads[session.thread_id]
            foreign = server.begin_turn(thread, {"input": [{"text": "somebody else's"}]})
            await trio.sleep(2)
            assert session.active_turn_id == foreign.turn_id
            foreign.complete(told=False)
            ended_at_s = trio.current_time()
        assert [result.text for result in asks.values] == ["echo: next"]
        assert trio.current_time() - ended_at_s < 60


# -- leaving -------------------------------------------------------------------------------------


async def test_leaving_a_stream_has_its_grace_although_that_of_another_session_ran_out(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running_a_day(server, cancel_grace_s=2.0) as engine:
        stuck, healthy = await new_session(engine), await new_session(engine)
        server.interrupts = "only_answer"
        await ask_stuck(stuck)
        server.interrupts = "obey"
        async with healthy.ask_stream("long") as turn:
            async for event in turn:
                if isinstance(event, TurnStarted):
                    break
        assert turn.result.status == "interrupted"


async def test_ten_nested_streams_of_stuck_turns_that_are_cancelled_share_one_grace(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running_a_day(server, cancel_grace_s=2.0) as engine:
        sessions = [await new_session(engine) for _ in range(10)]
        cancelled_at_s = 0.0
        with trio.CancelScope() as scope:
            async with AsyncExitStack() as stack:
                for session in sessions:
                    await stack.enter_async_context(session.ask_stream("long"))
                cancelled_at_s = trio.current_time()
                scope.cancel()
                await trio.sleep_forever()
        assert trio.current_time() - cancelled_at_s == pytest.approx(2, abs=0.1)


async def test_the_error_of_a_block_comes_out_although_the_wait_for_the_close_is_cancelled(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/archive")
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        with pytest.raises(KeyError, match="mine"), trio.move_on_after(1):
            async with session:
                raise KeyError("mine")
        assert trio.current_time() < 2


# -- closing -------------------------------------------------------------------------------------


async def test_closing_an_ephemeral_session_over_a_stuck_turn_ends_the_ask_that_waits(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running_a_day(server) as engine:
        session = await new_session(engine, ephemeral=True)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "stuck")
            await settle()
            outcome = await session.close()
        assert outcome.action == "unsubscribed"
        assert outcome.interrupted is not None
        assert outcome.interrupted.state == "still_running"
        [error] = asks.errors
        assert isinstance(error, TurnLost)
        assert isinstance(error.__cause__, SessionClosed)
        assert engine.router.lines == ()


async def test_no_ask_in_line_starts_between_the_interrupt_and_the_archive_of_a_close(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running_a_day(server) as engine:
        closing = await new_session(engine)
        other = await resume_session(engine, closing.thread_id, SessionConfig(cwd="."))
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            for session in (closing, other):
                nursery.start_soon(asks.run, session.ask, "long")
                await settle()
            await closing.close()
        assert [type(error) for error in asks.errors] == [TurnInterrupted, ThreadArchived]
        order = [m["method"] for m in server.received if "turn/" in m.get("method", "")]
        archived_at = [m.get("method") for m in server.received].index("thread/archive")
        before = [m["method"] for m in server.received[:archived_at]]
        assert before[-2:] == ["turn/start", "turn/interrupt"]
        assert order == ["turn/start", "turn/interrupt", "turn/start"]
        assert len(server.turns) == 1


async def test_a_close_that_was_refused_lets_the_line_go_and_a_retry_archives(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["thread/archive"] = [{"code": -32603, "message": "the disk is full"}]
    async with running_a_day(server) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestError, match="the disk is full"):
            await session.close()
        assert engine.router.lines == ()
        assert (await session.close(retry=True)).action == "archived"
        assert engine.router.lines == ()
        assert len(server.asked("thread/archive")) == 2


# -- the shutdown --------------------------------------------------------------------------------


async def test_an_ask_refused_as_its_turn_comes_does_not_hold_up_the_shutdown(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    asks = Outcomes()
    async with trio.open_nursery() as nursery:
        async with running_a_day(server, cancel_grace_s=2.0) as engine:
            session = await new_session(engine)
            for prompt in ("one", "two"):
                nursery.start_soon(asks.run, session.ask, prompt)
                await settle()
            left_at_s = trio.current_time()
            end_at_once(engine, server.turns[0])
        assert trio.current_time() - left_at_s < 0.1
    assert [result.status for result in asks.values] == ["completed"]
    assert [type(error) for error in asks.errors] == [RuntimeClosed]


@pytest.mark.parametrize("times", [1, 3])
def test_a_keyboard_interrupt_during_the_shutdown_still_ends_the_server(times: int) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    engine = Engine(RuntimeConfig(cancel_grace_s=2.0), server.connect)
    hung = False

    async def press_ctrl_c() -> None:
        for _ in range(times):
            await trio.sleep(1)
            signal.raise_signal(signal.SIGINT)

    async def give_up() -> None:
        nonlocal hung
        await trio.sleep(A_DAY_S)
        hung = True
        engine.generations.stop()

    async def main() -> None:
        trio.lowlevel.spawn_system_task(give_up)
        async with trio.open_nursery() as nursery:
            await engine.start(nursery)
            session = await new_session(engine)
            await ask_stuck(session)
            await trio.sleep(10)
            trio.lowlevel.spawn_system_task(press_ctrl_c)
            await engine.shutdown()

    clock = trio.testing.MockClock(autojump_threshold=0)
    # A run in the background of a shell ignores SIGINT from the start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(BaseExceptionGroup) as raised:  # noqa: ASYNC401
            trio.run(main, clock=clock)
    finally:
        signal.signal(signal.SIGINT, before)
    assert raised.value.subgroup(KeyboardInterrupt) is not None
    assert not hung
    assert engine.connection is not None
    assert engine.connection.ended.is_set()

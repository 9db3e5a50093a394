"""Cancelling, and leaving the runtime: bounded, and nothing is left behind."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    RuntimeClosed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.config import RuntimeConfig
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import assert_nothing_pending, method_of, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_a_cancelled_ask_interrupts_its_turn_and_waits_for_the_end(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1):
            await session.ask("long")
        assert server.turns[0].status == "interrupted"
        assert trio.current_time() < 2
        await assert_nothing_pending(engine)


async def test_an_ask_cancelled_before_the_answer_has_its_turn_stopped_when_it_starts(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        await (echo(turn) if turn.prompt == "next" else silence(turn))

    server = FakeServer(play)
    server.delay_s["turn/start"] = 5.0
    async with running(server, cancel_grace_s=2.0) as engine:
        session = await new_session(engine)
        with trio.move_on_after(0.1):
            await session.ask("long")
        assert trio.current_time() == pytest.approx(2.1, abs=0.1)
        assert (await session.ask("next")).text == "echo: next"
        assert [turn.status for turn in server.turns] == ["interrupted", "completed"]
        assert server.merged == []


async def test_an_ask_cancelled_between_the_answer_and_the_start_is_interrupted(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.start_delay_s = 1.0
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(0.5):
            await session.ask("long")
        assert server.turns[0].status == "interrupted"


async def test_an_ask_cancelled_while_it_waits_for_a_place_at_the_gate_sends_nothing(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("thread/name/set")
    async with running(server, max_in_flight=1) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.rename, "a name")
            await settle()
            with trio.move_on_after(1):
                await session.ask("never sent")
            await settle()
            assert server.asked("turn/start") == []
            assert engine.gate.waiting == 0
            nursery.cancel_scope.cancel()


async def test_leaving_a_stream_early_interrupts_the_turn_and_the_error_comes_out(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(KeyError):
            async with session.ask_stream("long"):
                raise KeyError("mine")
        assert server.turns[0].status == "interrupted"


async def test_a_cancelled_ask_of_a_stuck_turn_returns_after_the_grace_and_the_reaper_goes_on(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.drop.add("turn/interrupt")
    async with running(server, cancel_grace_s=2.0, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1):
            await session.ask("stuck")
        assert trio.current_time() == pytest.approx(3, abs=0.1)
        server.drop.clear()
        server.play = echo
        assert (await session.ask("next")).text == "echo: next"
        assert server.turns[0].status == "interrupted"
        assert server.merged == []


@pytest.mark.parametrize("stuck", ["turn/interrupt", "everything"])
async def test_leaving_ten_streams_of_a_stuck_server_takes_one_grace_and_one_shutdown(
    stuck: str, autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    cancelled_at_s = 0.0
    with trio.CancelScope() as scope:
        async with (
            running(server, cancel_grace_s=2.0, shutdown_grace_s=5.0) as engine,
            AsyncExitStack() as stack,
        ):
            for _ in range(10):
                session = await new_session(engine)
                await stack.enter_async_context(session.ask_stream("long"))
            if stuck == "everything":
                server.reading = trio.Event()
            server.drop.add("turn/interrupt")
            cancelled_at_s = trio.current_time()
            scope.cancel()
            await trio.sleep_forever()
    assert trio.current_time() - cancelled_at_s <= 2.0 + 5.0


async def test_ten_asks_cancelled_at_once_share_one_grace(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    server.drop.add("turn/interrupt")
    async with running(server, cancel_grace_s=2.0) as engine:
        sessions = [await new_session(engine) for _ in range(10)]
        begun_s = trio.current_time()
        with trio.move_on_after(1):
            async with trio.open_nursery() as nursery:
                for session in sessions:
                    nursery.start_soon(session.ask, "stuck")
        assert trio.current_time() - begun_s == pytest.approx(3, abs=0.1)


async def test_the_shutdown_interrupts_running_turns_and_every_ask_hears_of_it(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        async with running(server) as engine:
            for _ in range(5):
                session = await new_session(engine)
                nursery.start_soon(outcomes.run, session.ask, "long")
                nursery.start_soon(outcomes.run, session.ask, "queued")
            await settle()
        left_at_s = trio.current_time()
    assert outcomes.values == []
    assert sorted(type(error).__name__ for error in outcomes.errors) == (
        ["RuntimeClosed"] * 5 + ["TurnInterrupted"] * 5
    )
    assert trio.current_time() == left_at_s


@pytest.mark.parametrize("stuck", ["turn/interrupt", "turn/start", "everything"])
async def test_no_ask_outlives_the_shutdown_of_a_stuck_server(
    stuck: str, autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        async with running(server, max_in_flight=1, cancel_grace_s=2.0) as engine:
            sessions = [await new_session(engine) for _ in range(30)]
            server.drop.add(stuck)
            if stuck == "everything":
                server.reading = trio.Event()
            for session in sessions:
                nursery.start_soon(outcomes.run, session.ask, "long")
            await settle()
            begun_s = trio.current_time()
        assert trio.current_time() - begun_s <= 2.0 + 5.0
        await settle()
        assert len(outcomes.errors) == 30
    assert all(isinstance(error, CodexRuntimeError) for error in outcomes.errors)


async def test_after_the_shutdown_nothing_can_be_asked(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
    with pytest.raises(RuntimeClosed):
        await session.ask("too late")
    with pytest.raises((RuntimeClosed, AppServerExited)):
        await session.close()
    with pytest.raises(RuntimeClosed):
        await new_session(engine)


async def test_the_shutdown_may_be_asked_for_twice(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    engine = Engine(RuntimeConfig(), server.connect)
    async with trio.open_nursery() as nursery:
        await engine.start(nursery)
        session = await new_session(engine)
        outcomes = Outcomes()
        nursery.start_soon(outcomes.run, session.ask, "long")
        await settle()
        nursery.start_soon(engine.shutdown)
        nursery.start_soon(engine.shutdown)
        await engine.shutdown()
    assert [type(error) for error in outcomes.errors] == [TurnInterrupted]


async def test_the_end_of_the_server_wakes_every_waiter_at_once(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("so far")
        await trio.sleep_forever()

    server = FakeServer(play)
    outcomes = Outcomes()
    async with running(server) as engine:
        sessions = [await new_session(engine) for _ in range(10)]
        async with trio.open_nursery() as nursery:
            for session in sessions:
                nursery.start_soon(outcomes.run, session.ask, "running")
                await settle()
                nursery.start_soon(outcomes.run, session.ask, "queued")
            server.drop.add("thread/name/set")
            nursery.start_soon(outcomes.run, sessions[0].rename, "a name")
            nursery.start_soon(outcomes.run, sessions[1].interrupt_turn, "unknown")
            await settle()
            crashed_at_s = trio.current_time()
            server.crash()
        assert set(outcomes.ended_at_s[1:]) == {crashed_at_s}
        lost = [error for error in outcomes.errors if isinstance(error, TurnLost)]
        assert len(lost) == 10
        assert {error.text for error in lost} == {"so far"}
        assert {type(error.__cause__) for error in lost} == {AppServerExited}
        gone = [error for error in outcomes.errors if isinstance(error, AppServerExited)]
        assert sorted(error.outcome_certain for error in gone) == [False] + [True] * 10
        with pytest.raises(AppServerExited):
            await sessions[0].ask("afterwards")
        await assert_nothing_pending(engine)


async def test_a_stream_ends_without_an_error_when_the_server_is_gone(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("long") as turn:
            await settle()
            server.crash()
            assert [method_of(event) async for event in turn][:2] == [
                "thread/status/changed",
                "turn/started",
            ]
            with pytest.raises(TurnLost):
                await turn.finish()
        assert turn.result.status == "lost"


async def test_entering_a_stream_whose_server_dies_before_the_answer_raises_turn_lost(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.drop.add("turn/start")
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:

            async def crash_soon() -> None:
                await trio.sleep(1)
                server.crash()

            nursery.start_soon(crash_soon)
            with pytest.raises(TurnLost) as raised:
                async with session.ask_stream("long"):
                    raise AssertionError("entered")
        assert not raised.value.outcome_certain


async def test_a_failure_in_the_engines_own_task_is_a_state_that_waiters_see(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer(silence)

    async def broken() -> None:
        raise ZeroDivisionError

    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "long")
            await settle()
            engine.spawn(broken)
        assert [type(error) for error in outcomes.errors] == [TurnLost]
        with pytest.raises(AppServerExited, match="ZeroDivisionError"):
            await session.ask("afterwards")
    assert "a task of the runtime failed" in caplog.text


async def test_a_closed_session_takes_no_room_once_its_stuck_turn_has_ended(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=1.0) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1):
            await session.ask("stuck")
        await session.detach()
        assert len(engine.router.lines) == 1
        server.turns[0].complete("interrupted")
        await settle()
        assert not engine.router.lines

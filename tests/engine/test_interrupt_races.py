"""Interrupts at every moment of a turn: none is lost, none hits another turn, all return."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
import trio

from codex_runtime.engine.interrupts import interrupt
from codex_runtime.errors import TurnInterrupted, TurnLost
from codex_runtime.protocol import TurnCompleted
from tests.engine.fake_server import FakeServer, FakeTurn, captured_result, echo, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.model.results import InterruptOutcome
    from tests.engine.fake_server import FakeThread, Json

OVERLOADED: Final = {"code": -32001, "message": "Server overloaded; retry later."}
NO_ACTIVE_TURN: Final = "no active turn to interrupt"
ELSEWHERE: Final = "01a1fc3e-0000-7000-8000-00000000beef"


def refusal(message: str) -> Json:
    """What the server answers where it refuses."""
    return {"code": -32600, "message": message}


# -- before the turn has a name --------------------------------------------------------------------


async def test_a_turn_that_the_server_was_too_busy_to_take_is_interrupted_unsent(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["turn/start"] = [OVERLOADED] * 1000
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await trio.sleep(1)
            assert engine.counters.requests_retried
            server.fail.clear()
            outcome = await session.interrupt_turn()
        assert (outcome.state, outcome.turn_id, outcome.requests_sent) == ("interrupted", None, 0)
        assert outcome.status == "interrupted"
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        assert server.turns == []
        assert server.asked("turn/interrupt") == []
        await assert_nothing_pending(engine)
        assert (await session.ask("next")).text == "echo: next"


@pytest.mark.parametrize("cancels", [True, False])
async def test_a_turn_whose_answer_is_late_is_interrupted_as_soon_as_it_has_started(
    cancels: bool, autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/start")
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            if cancels:
                with trio.move_on_after(0.1):
                    await session.ask("first")
            else:
                nursery.start_soon(outcomes.run, session.ask, "first")
                await trio.sleep(0.1)
                outcome = await session.interrupt_turn()
                assert outcome.state == "interrupted"
                assert outcome.elapsed_s < 0.1
        assert [turn.status for turn in server.turns] == ["interrupted"]
        assert len(server.asked("turn/interrupt")) == 1
        await trio.sleep(5)
        server.release()
        server.play = echo
        assert (await session.ask("next")).text == "echo: next"
        await assert_nothing_pending(engine)


async def test_a_turn_that_is_answered_and_starts_late_is_interrupted_then(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["turn/start"] = 5.0
    async with running(server) as engine:
        session = await new_session(engine)
        begun_s = trio.current_time()
        with trio.move_on_after(0.1):
            await session.ask("first")
        assert trio.current_time() - begun_s <= 0.1 + engine.config.cancel_grace_s + 0.1
        await trio.sleep(5)
        assert [turn.status for turn in server.turns] == ["interrupted"]
        await assert_nothing_pending(engine)


async def test_a_turn_before_its_answer_that_never_comes_does_not_outlive_its_interrupt(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/start")
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await settle()
            assert (await session.interrupt_turn()).state == "interrupted"
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        await trio.sleep(70)
        assert engine.router.lines[0].holder is None


async def test_an_interrupt_at_any_step_of_the_request_leaves_no_turn_behind(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        for steps in [*range(16)] * 4:
            outcomes = Outcomes()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes.run, session.ask, "first")
                for _ in range(steps):
                    await trio.lowlevel.checkpoint()
                while (await session.interrupt_turn()).state == "not_active":
                    await settle()
            assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
            server.play = echo
            with trio.fail_after(100):
                assert (await session.ask("next")).text == "echo: next"
            server.play = silence
        assert server.merged == []
        assert server.running == []


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("quotes", ["{}", "`{}`"])
@pytest.mark.parametrize("any_turn", [True, False])
async def test_an_unknown_turn_that_the_server_names_is_stopped_for_who_named_none(
    any_turn: bool, quotes: str, autojump_clock: MockClock
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            message = f"expected active turn id {quotes} but found {quotes}".format(
                turn.turn_id, quotes.format(ELSEWHERE).strip("`")
            )
            server.fail["turn/interrupt"] = [refusal(message)]
            outcome = await session.interrupt_turn(None if any_turn else turn.turn_id)
        targets = [params["turnId"] for params in server.asked("turn/interrupt")]
        assert targets == [turn.turn_id, *([ELSEWHERE] if any_turn else []), turn.turn_id]
        assert outcome.state == "interrupted"
        assert outcome.requests_sent == len(targets)


async def test_a_turn_that_runs_under_another_id_than_was_answered_is_stopped_and_ends(
    autojump_clock: MockClock,
) -> None:
    """The server answers with an id that never starts and merges the input into what it runs."""
    server = FakeServer(silence)
    server.drop.add("turn/start")
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        thread = server.threads[session.thread_id]
        foreign = _unheard_turn(server, thread)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "merged")
            await settle()
            [request] = [m for m in server.received if m.get("method") == "turn/start"]
            answer = captured_result("turn/start")
            answer["turn"]["id"] = ELSEWHERE
            server.answer(request, answer)
            await settle()
            outcome = await session.interrupt_turn()
        assert foreign.status == "interrupted"
        assert (outcome.state, outcome.turn_id) == ("interrupted", foreign.turn_id)
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]


def _unheard_turn(server: FakeServer, thread: FakeThread) -> FakeTurn:
    """A turn that has begun before anybody listened."""
    turn = FakeTurn(server, thread, server.new_id(), {})
    turn.started = True
    thread.active = turn
    server.turns.append(turn)
    return turn


async def test_a_refused_interrupt_that_is_then_never_answered_returns_at_the_bound(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with session.ask_stream("first") as turn:
            begun_s = trio.current_time()
            server.fail["turn/interrupt"] = [refusal(NO_ACTIVE_TURN)]
            server.hold.add("turn/interrupt")
            server.interrupts = "only_answer"
            async with trio.open_nursery() as nursery:
                for _ in range(2):
                    nursery.start_soon(outcomes.run, turn.interrupt)
            assert trio.current_time() - begun_s == pytest.approx(10, abs=0.1)
            assert [outcome.state for outcome in outcomes.values] == ["still_running"] * 2
            assert {outcome.requests_sent for outcome in outcomes.values} == {2}
            assert engine.connection is not None
            assert engine.connection.pending == 0
            server.turns[0].complete("interrupted")


# -- several ---------------------------------------------------------------------------------------


async def test_each_of_many_callers_keeps_its_own_bound_and_shares_the_request(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes: list[InterruptOutcome] = []
        async with session.ask_stream("first") as turn:

            async def ask_after(delay_s: float) -> None:
                await trio.sleep(delay_s)
                outcomes.append(await turn.interrupt())

            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(ask_after, number * 0.5)
            server.turns[0].complete("interrupted")
        assert [outcome.state for outcome in outcomes] == ["still_running"] * 10
        assert [outcome.elapsed_s for outcome in outcomes] == pytest.approx([10.0] * 10, abs=0.1)
        assert [outcome.joined for outcome in outcomes] == [False] + [True] * 9
        assert len(server.asked("turn/interrupt")) == 1


async def test_an_interrupt_all_whose_callers_went_away_is_made_all_the_same(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.start_delay_s = 3.0
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            async with trio.open_nursery() as nursery:
                for _ in range(10):
                    nursery.start_soon(turn.interrupt)
                await settle()
                nursery.cancel_scope.cancel()
            await trio.sleep(3)
            assert turn.result.status == "interrupted"
        assert len(server.asked("turn/interrupt")) == 1


# -- what else goes on -----------------------------------------------------------------------------


async def test_a_turn_that_waits_for_an_approval_is_interrupted_and_the_question_withdrawn(
    autojump_clock: MockClock,
) -> None:
    asked = trio.Event()

    async def never(request: object) -> None:
        asked.set()
        await trio.sleep_forever()

    async def play(turn: FakeTurn) -> None:
        server.request(
            "item/commandExecution/requestApproval",
            {
                "threadId": turn.thread.thread_id,
                "turnId": turn.turn_id,
                "itemId": "call_1",
                "startedAtMs": 1,
                "command": "true",
                "cwd": "/",
            },
            request_id=7,
        )
        await trio.sleep(5)
        told = {"threadId": turn.thread.thread_id, "requestId": 7}
        server.notify("serverRequest/resolved", told)
        turn.complete("interrupted")

    server = FakeServer(play)
    server.interrupts = "only_answer"
    async with running(server, approvals=never) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            await asked.wait()
            assert (await turn.interrupt()).state == "interrupted"
            await settle()
            assert session.pending_approvals == ()
        await settle()
        assert server.answers() == []


async def test_a_stream_that_nobody_reads_is_interrupted_with_all_its_events(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for _ in range(20_000):
            turn.delta("x")
        await trio.sleep_forever()

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            await settle()
            assert (await turn.interrupt()).state == "interrupted"
            events = [event async for event in turn]
        assert isinstance(events[-1], TurnCompleted)
        assert turn.text == "x" * 20_000


async def test_the_interrupt_of_a_turn_whose_server_died_says_that_it_was_lost(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.drop.add("turn/interrupt")
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes, asks = Outcomes(), Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, session.ask, "first")
            await settle()
            nursery.start_soon(outcomes.run, session.interrupt_turn)
            await settle()
            server.crash()
        [outcome] = outcomes.values
        assert (outcome.state, outcome.status, outcome.ended) == ("already_ended", "lost", True)
        assert outcome.elapsed_s < 1
        assert [type(error) for error in asks.errors] == [TurnLost]


async def test_another_handle_of_the_thread_interrupts_the_turn(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        line = engine.router.hold(session.thread_id)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await settle()
            assert line.active is not None
            outcome = await interrupt(engine, line, line.active, bound_s=10)
        assert outcome.state == "interrupted"
        engine.router.release(line)


async def test_a_place_that_a_close_has_taken_is_no_turn(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.delay_s["thread/archive"] = 3.0
    async with running(server) as engine:
        session = await new_session(engine)
        line = engine.router.hold(session.thread_id)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.close)
            await settle()
            assert line.holder is not None
            outcome = await interrupt(engine, line, line.holder, bound_s=10, any_turn=True)
            assert outcome.state == "not_active"
        engine.router.release(line)
        assert server.threads[session.thread_id].archived

"""Interrupts: idempotent, bounded and truthful, whatever the server makes of them."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import TurnInterrupted
from codex_runtime.protocol import CustomReviewTarget, TurnCompleted
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_an_interrupt_ends_the_turn_and_the_ask_raises_with_the_partial_text(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("so f")
        turn.delta("ar")
        await trio.sleep_forever()

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "long")
            await settle()
            outcome = await session.interrupt_turn()
        assert (outcome.state, outcome.ended) == ("interrupted", True)
        [error] = outcomes.errors
        assert isinstance(error, TurnInterrupted)
        assert error.text == "so far"
        await assert_nothing_pending(engine)


async def test_an_interrupt_before_the_start_is_sent_once_the_turn_has_started(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.start_delay_s = 3.0
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            outcome = await turn.interrupt()
        assert outcome.state == "interrupted"
        assert outcome.elapsed_s == pytest.approx(3, abs=0.1)
        assert server.asked("turn/interrupt") == [
            {"threadId": session.thread_id, "turnId": turn.turn_id}
        ]


@pytest.mark.parametrize(
    "refusal",
    ["no active turn to interrupt", "expected active turn id `OURS` but found `THE-PREVIOUS`"],
)
@pytest.mark.parametrize("named", [True, False])
async def test_a_refused_interrupt_of_a_turn_not_seen_to_end_is_sent_again_with_the_same_id(
    refusal: str, named: bool, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        previous = await session.ask("earlier")
        message = refusal.replace("THE-PREVIOUS", previous.turn_id or "")
        server.fail["turn/interrupt"] = [{"code": -32600, "message": message}] * 3
        server.play = silence
        async with session.ask_stream("first") as turn:
            outcome = await session.interrupt_turn(turn.turn_id if named else None)
        assert outcome.state == "interrupted"
        assert [params["turnId"] for params in server.asked("turn/interrupt")] == [turn.turn_id] * 4


async def test_the_turn_the_server_names_is_interrupted_when_the_caller_named_none(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            message = f"expected active turn id `{turn.turn_id}` but found `other`"
            server.fail["turn/interrupt"] = [{"code": -32600, "message": message}] * 2
            with trio.move_on_after(0.5):
                await session.interrupt_turn()
            targets = [params["turnId"] for params in server.asked("turn/interrupt")]
        assert targets[:2] == [turn.turn_id, "other"]


async def test_a_turn_that_was_named_is_never_confused_with_the_one_the_server_found(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            message = f"expected active turn id `{turn.turn_id}` but found `other`"
            server.fail["turn/interrupt"] = [{"code": -32600, "message": message}] * 2
            await session.interrupt_turn(turn.turn_id)
        assert {params["turnId"] for params in server.asked("turn/interrupt")} == {turn.turn_id}


async def test_interrupts_at_once_share_one_request_and_all_return(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with session.ask_stream("first") as turn, trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(outcomes.run, turn.interrupt)
                nursery.start_soon(outcomes.run, session.interrupt_turn)
        assert [outcome.state for outcome in outcomes.values] == ["interrupted"] * 20
        assert len(server.asked("turn/interrupt")) == 1


async def test_an_interrupt_the_server_never_answers_returns_when_the_turn_ends(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/interrupt")
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            assert (await turn.interrupt()).state == "interrupted"
            assert (await turn.interrupt()).state == "already_ended"
        assert len(server.asked("turn/interrupt")) == 1
        assert engine.connection is not None
        assert engine.connection.pending == 0


async def test_a_second_interrupt_that_is_never_answered_keeps_nobody(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await settle()
            nursery.start_soon(outcomes.run, session.interrupt_turn)
            await trio.sleep(5)
            nursery.start_soon(outcomes.run, session.interrupt_turn)
            await trio.sleep(16)
            assert [outcome.state for outcome in outcomes.values] == ["still_running"] * 2
            assert len(server.asked("turn/interrupt")) == 1
            assert engine.connection is not None
            assert engine.connection.pending == 0
            server.turns[0].complete("interrupted")


async def test_a_turn_that_does_not_stop_is_reported_as_running_and_the_next_ask_waits_for_it(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with session.ask_stream("stubborn") as turn:
            begun_s = trio.current_time()
            outcome = await turn.interrupt()
            assert (outcome.state, outcome.ended) == ("still_running", False)
            assert outcome.elapsed_s == pytest.approx(10, abs=0.1)
            assert trio.current_time() - begun_s == pytest.approx(10, abs=0.1)
            server.play = echo
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes.run, session.ask, "next")
                await trio.sleep(50)
                assert len(server.asked("turn/start")) == 1
                server.turns[0].complete("interrupted")
        assert [result.text for result in outcomes.values] == ["echo: next"]
        await assert_nothing_pending(engine)


async def test_the_id_of_an_ended_or_unknown_turn_stops_nothing_and_sends_nothing(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        ended = await session.ask("first")
        server.play = silence
        async with session.ask_stream("second"):
            known = await session.interrupt_turn(ended.turn_id)
            unknown = await session.interrupt_turn("01a1fc3e-0000-0000-0000-000000000000")
            assert (known.state, unknown.state) == ("already_ended", "not_active")
            assert server.asked("turn/interrupt") == []
            assert len(server.running) == 1
        nothing = await session.interrupt_turn()
        assert (nothing.state, nothing.turn_id) == ("not_active", None)


async def test_a_review_is_interrupted_by_the_phantom_id_it_started_under(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.phantom_start = True
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            outcomes = Outcomes()
            nursery.start_soon(
                outcomes.run, session.review, CustomReviewTarget(instructions="look")
            )
            await settle()
            outcome = await session.interrupt_turn()
        assert outcome.state == "interrupted"
        assert [p["turnId"] for p in server.asked("turn/interrupt")] == [
            f"phantom-{server.turns[0].turn_id}"
        ]
        assert isinstance(outcomes.errors[0], TurnInterrupted)


async def test_queued_asks_stay_queued_when_the_running_turn_is_interrupted(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await settle()
            nursery.start_soon(outcomes.run, session.ask, "second")
            await settle()
            server.play = echo
            await session.interrupt_turn()
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        assert [result.text for result in outcomes.values] == ["echo: second"]


async def test_cancelling_an_interrupt_ends_the_wait_and_not_the_attempt(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.delay_s["turn/interrupt"] = 2.0
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            with trio.move_on_after(1) as scope:
                await turn.interrupt()
            assert scope.cancelled_caught
            await trio.sleep(2)
            assert turn.result.status == "interrupted"
        assert len(server.asked("turn/interrupt")) == 1


async def test_a_turn_that_ends_by_itself_meanwhile_had_already_ended(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(1)
        turn.say("done")

    server = FakeServer(play)
    server.drop.add("turn/interrupt")
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            outcome = await turn.interrupt()
        assert outcome.state == "already_ended"
        assert turn.result.status == "completed"


async def test_the_late_end_of_an_interrupted_turn_is_not_an_event_of_the_next(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        first = await session.ask("first")
        old = server.turns[0]

        async def play(turn: FakeTurn) -> None:
            old.status = None
            old.complete("interrupted")
            turn.thread.active = turn
            turn.say("second")

        server.play = play
        async with session.ask_stream("second") as turn:
            events = [event async for event in turn]
        completed = [e.turn.id for e in events if isinstance(e, TurnCompleted)]
        assert completed == [turn.turn_id]
        assert turn.turn_id != first.turn_id
        assert turn.result.status == "completed"


async def test_a_review_ends_as_one_turn(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.phantom_start = True
    async with running(server) as engine:
        session = await new_session(engine)
        result = await session.review(CustomReviewTarget(instructions="look"))
        assert result.status == "completed"
        assert session.total_turns == 1
        await assert_nothing_pending(engine)

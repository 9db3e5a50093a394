"""Turns on one thread: their events, their order, and the line in front of them."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors import (
    PromptError,
    RemoteProtocolError,
    RequestError,
    RequestTimeout,
    SessionBusy,
    TurnFailed,
    TurnInterrupted,
    TurnNotEnded,
)
from codex_runtime.model.profile import RunProfile, SessionConfig
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import assert_nothing_pending, method_of, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.protocol import Notification
    from codex_runtime.session.session import Session

REAL_ORDER = [
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "item/agentMessage/delta",
    "item/agentMessage/delta",
    "item/completed",
    "thread/tokenUsage/updated",
    "thread/status/changed",
    "turn/completed",
]


def methods(events: list[Notification]) -> list[str]:
    return [method_of(event) for event in events]


async def streamed(session: Session, prompt: str) -> list[Notification]:
    async with session.ask_stream(prompt) as turn:
        return [event async for event in turn]


async def test_an_ask_returns_the_answer_and_what_it_cost(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        result = await session.ask("hello")
        assert (result.status, result.text) == ("completed", "echo: hello")
        assert result.usage is not None
        assert result.usage.total_tokens == 10
        await session.ask("again")
        assert session.usage is not None
        assert session.usage.total_tokens == 20
        assert session.total_turns == 2
        assert [kept.text for kept in session.history] == ["echo: hello", "echo: again"]
        assert session.active_turn_id is None
        await assert_nothing_pending(engine)


async def test_a_stream_gives_every_event_of_its_turn_in_wire_order(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        assert methods(await streamed(session, "hello")) == REAL_ORDER


@pytest.mark.parametrize("in_one_write", [False, True])
async def test_events_that_come_before_the_answer_of_turn_start_are_streamed_in_order(
    autojump_clock: MockClock,
    in_one_write: bool,
) -> None:
    server = FakeServer()
    server.hold.add("turn/start")

    async def whole_turn_then_the_answer(turn: FakeTurn) -> None:
        turn.say("a", "b", "c")
        turn.usage()
        turn.complete()
        if not in_one_write:
            await trio.sleep(1)
        server.release()

    async def play(turn: FakeTurn) -> None:
        # The end of a turn ends its play, so the answer is sent from elsewhere.
        nursery.start_soon(whole_turn_then_the_answer, turn)
        await trio.sleep_forever()

    server.play = play
    async with trio.open_nursery() as nursery, running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("hello") as turn:
            events = [event async for event in turn]
        assert methods(events) == REAL_ORDER
        assert turn.result.text == turn.text == "abc"
        server.play, server.hold = silence, set()
        await assert_nothing_pending(engine)


@settings(max_examples=25)
@given(before=st.integers(0, 1000), lines_per_write=st.sampled_from([1, 7, 1000]))
def test_a_thousand_deltas_around_the_answer_arrive_once_each_and_in_order(
    before: int, lines_per_write: int
) -> None:
    server = FakeServer()
    server.hold.add("turn/start")

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for number in range(1000):
            if number == before:
                server.release()
            turn.delta(f"{number} ")
            if number % lines_per_write == 0:
                await trio.lowlevel.checkpoint()
        server.release()
        turn.end_message(turn.said)

    async def scenario() -> None:
        server.play = play
        async with running(server) as engine:
            session = await new_session(engine)
            async with session.ask_stream("count") as turn:
                deltas = [e.delta async for e in turn if isinstance(e, AgentMessageDelta)]
            assert "".join(deltas) == turn.result.text
            assert turn.result.text.split() == [str(number) for number in range(1000)]

    trio.run(scenario, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_failed_turn_raises_with_the_servers_reason_and_the_partial_text(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("so f")
        reason = {"message": "quota", "codexErrorInfo": "usageLimitExceeded"}
        turn.complete("failed", reason)

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        with pytest.raises(TurnFailed, match="quota") as raised:
            await session.ask("hello")
        assert raised.value.text == "so f"
        assert raised.value.result.error is not None
        assert raised.value.result.error.codex_error_info == "usageLimitExceeded"
        assert session.total_turns == 0


async def test_two_asks_of_one_session_are_two_turns_in_the_order_they_were_asked(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(1)
        turn.say(turn.prompt)

    server.play = play
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(outcomes.run, session.ask, f"p{number}")
                await settle()
        assert [result.text for result in outcomes.values] == ["p0", "p1", "p2", "p3", "p4"]
        assert len({result.turn_id for result in outcomes.values}) == 5
        assert server.merged == []


async def test_two_handles_of_one_thread_share_its_line(autojump_clock: MockClock) -> None:
    server = FakeServer()

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(1)
        turn.say(turn.prompt)

    server.play = play
    async with running(server) as engine:
        first = await new_session(engine)
        second = await resume_session(engine, first.thread_id, SessionConfig(cwd="."))
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, first.ask, "a")
            await settle()
            nursery.start_soon(outcomes.run, second.ask, "b")
        assert [result.text for result in outcomes.values] == ["a", "b"]
        assert server.merged == []


async def test_overlap_reject_raises_at_once_and_names_the_running_turn(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, overlap="reject")
        async with session.ask_stream("first") as turn:
            with pytest.raises(SessionBusy) as raised:
                await session.ask("second")
            assert raised.value.turn_id == turn.turn_id
        assert len(server.asked("turn/start")) == 1


async def test_an_ask_cancelled_in_line_sends_nothing(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            with trio.move_on_after(1) as scope:
                await session.ask("second")
            assert scope.cancelled_caught
            assert turn.turn_id == session.active_turn_id
        assert [p["input"][0]["text"] for p in server.asked("turn/start")] == ["first"]


async def test_a_nested_ask_waits_for_the_open_stream_and_gets_a_turn_of_its_own(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(1)
        turn.say(turn.prompt)

    server.play = play
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("outer") as turn:
            inner = await session.ask("inner")
            events = [event async for event in turn]
        assert (turn.result.text, inner.text) == ("outer", "inner")
        assert methods(events)[-1] == "turn/completed"
        assert server.merged == []


async def test_no_answer_to_turn_start_is_a_timeout_and_the_late_turn_is_interrupted(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/start")
    server.start_delay_s = 12.0
    async with running(server, request_timeout_s=10.0) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "slow")
            await trio.sleep(11)
            assert [type(error) for error in outcomes.errors] == [RequestTimeout]
            assert not outcomes.errors[0].outcome_certain  # type: ignore[attr-defined]
            server.release()
            server.play = echo
            nursery.start_soon(outcomes.run, session.ask, "next")
            await trio.sleep(0.5)
            # The place is kept: nothing else was asked while the late turn may run.
            assert len(server.asked("turn/start")) == 1
            await trio.sleep(1)
            assert server.turns[0].status == "interrupted"
        assert [result.text for result in outcomes.values] == ["echo: next"]
        assert server.merged == []
        await assert_nothing_pending(engine)


async def test_a_turn_that_never_comes_gives_the_place_on_after_another_timeout(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("turn/start")
    async with running(server, request_timeout_s=10.0) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestTimeout):
            await session.ask("lost")
        server.drop.clear()
        begun_s = trio.current_time()
        assert (await session.ask("next")).text == "echo: next"
        assert trio.current_time() - begun_s == pytest.approx(10, abs=0.1)


async def test_a_turn_behind_an_unreadable_answer_is_stopped_and_its_place_kept_till_then(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.hold.add("turn/start")
    server.start_delay_s = 3.0
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "first")
            await settle()
            [answer] = server.held
            answer["result"] = {"turn": 5}
            server.release()
            await settle()
            assert [type(error) for error in outcomes.errors] == [RemoteProtocolError]
            server.play = echo
            nursery.start_soon(outcomes.run, session.ask, "next")
        assert server.turns[0].status in {"interrupted", "completed"}
        assert [result.text for result in outcomes.values] == ["echo: next"]
        assert server.merged == []


async def test_a_turn_the_server_refuses_to_start_raises_its_error_and_frees_the_place(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["turn/start"] = [{"code": -32600, "message": "no"}]
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestError, match="no"):
            await session.ask("refused")
        assert (await session.ask("next")).text == "echo: next"


async def test_a_stream_whose_start_is_refused_raises_on_entering(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["turn/start"] = [{"code": -32600, "message": "no"}]
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(RequestError, match="no"):
            async with session.ask_stream("refused"):
                raise AssertionError("entered")


async def test_a_bad_prompt_is_refused_before_anything_is_sent(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        with pytest.raises(PromptError):
            await session.ask("\ud800")
        assert server.asked("turn/start") == []


async def test_a_profile_holds_for_one_turn_and_the_next_sends_the_baseline_back(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("plain")
        await session.ask_with_profile("other", RunProfile(model="scripted-2"))
        await session.ask("plain again")
        asked = [params.get("model") for params in server.asked("turn/start")]
        assert asked == [None, "scripted-2", "scripted-1"]


async def test_the_result_of_a_running_turn_cannot_be_read(autojump_clock: MockClock) -> None:
    async with running(FakeServer(silence)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            with pytest.raises(TurnNotEnded):
                _ = turn.result
        assert turn.result.status == "interrupted"


async def test_finish_passes_over_what_was_not_read_and_returns_the_result(
    autojump_clock: MockClock,
) -> None:
    async with running(FakeServer()) as engine:
        session = await new_session(engine)
        async with session.ask_stream("hello") as turn:
            assert (await turn.finish()).text == "echo: hello"
            assert [event async for event in turn] == []


async def test_finish_raises_for_a_turn_that_did_not_complete(autojump_clock: MockClock) -> None:
    async with running(FakeServer(silence)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("hello") as turn:
            await turn.interrupt()
            with pytest.raises(TurnInterrupted):
                await turn.finish()


async def test_a_second_reader_of_a_stream_is_refused(autojump_clock: MockClock) -> None:
    async with running(FakeServer(silence)) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with session.ask_stream("hello") as turn:

            async def read() -> None:
                async for _ in turn:
                    pass

            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes.run, read)
                await settle()
                nursery.start_soon(outcomes.run, read)
                await settle()
                await turn.interrupt()
        assert [type(error) for error in outcomes.errors] == [trio.BusyResourceError]


async def test_cancelling_the_iteration_loses_no_event(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for number in range(50):
            turn.delta(f"{number} ")
            await trio.sleep(1)
        turn.end_message(turn.said)

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("count") as turn:
            events: list[Notification] = []
            while not events or method_of(events[-1]) != "turn/completed":
                with trio.move_on_after(0.7):
                    events.append(await anext(turn))
        texts = [event.delta for event in events if isinstance(event, AgentMessageDelta)]
        assert texts == [f"{number} " for number in range(50)]


async def test_a_steer_waits_for_the_start_and_reaches_the_running_turn(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.start_delay_s = 2.0
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            await turn.steer("and this")
            assert server.turns[0].prompts == ["first", "and this"]


async def test_events_of_another_thread_and_of_an_ended_turn_are_not_in_a_stream(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    async def play(turn: FakeTurn) -> None:
        turn.emit("item/agentMessage/delta", threadId="elsewhere", itemId="x", delta="no")
        turn.emit("item/agentMessage/delta", turnId=first.turn_id, itemId="x", delta="no")
        turn.say("yes")

    async with running(server) as engine:
        session = await new_session(engine)
        first = await session.ask("first")
        server.play = play
        async with session.ask_stream("second") as turn:
            deltas = [e.delta async for e in turn if isinstance(e, AgentMessageDelta)]
        assert deltas == ["yes"]


async def test_a_turn_somebody_else_started_holds_the_thread_until_it_ends(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    async def foreign(turn: FakeTurn) -> None:
        await trio.sleep(5)
        turn.say("theirs")

    async with running(server) as engine:
        session = await new_session(engine)
        server.play = foreign
        begun = server.begin_turn(server.threads[session.thread_id], {"input": [{"text": "x"}]})
        await settle()
        assert session.active_turn_id == begun.turn_id
        server.play = echo
        assert (await session.ask("ours")).text == "echo: ours"
        assert begun.status == "completed"
        assert server.merged == []


async def test_a_start_that_is_told_again_after_the_end_holds_nobody(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("first")
        server.turns[0].start()
        await settle()
        assert session.active_turn_id is None
        assert (await session.ask("second")).text == "echo: second"
        assert (await session.interrupt_turn(server.turns[0].turn_id)).state == "already_ended"


async def test_a_compaction_is_known_by_its_start_because_its_answer_names_no_turn(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.usage()

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        result = await session.compact()
        assert (result.status, result.turn_id) == ("completed", server.turns[0].turn_id)
        await assert_nothing_pending(engine)


async def test_a_compaction_whose_answer_never_comes_still_ends_with_its_turn(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(60)
        turn.usage()

    server = FakeServer(play)
    server.hold.add("thread/compact/start")
    async with running(server, request_timeout_s=10.0) as engine:
        session = await new_session(engine)
        assert (await session.compact()).status == "completed"

"""Deadlines of a turn: acknowledgement, first progress, idle and total (P2)."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import (
    RequestTimeout,
    TurnLost,
    TurnTimedOut,
)
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.hooks.hooks import Hook, HookConfig
from codex_runtime.model.profile import RunProfile
from codex_runtime.protocol import TurnCompleted
from tests.engine.fake_server import captured_request, echo, silence
from tests.engine.losing_server import LosingServer, ask_under, forever
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Engine
    from tests.engine.fake_server import FakeTurn


@pytest.fixture
async def server() -> LosingServer:
    return LosingServer()


@pytest.fixture
async def engine(server: LosingServer) -> AsyncIterator[Engine]:
    async with running(server) as engine:
        yield engine


# -- idle ----------------------------------------------------------------------------------------


async def test_a_silent_turn_that_runs_on_record_has_as_long_again(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    """However often: nothing but its total ends a turn that runs."""

    async def play(turn: FakeTurn) -> None:
        await trio.sleep(86_400)
        turn.say("at last")

    server.play = play
    session = await new_session(engine)
    result = await session.ask("hello")
    assert (result.text, result.reconciled) == ("at last", False)
    assert 86_400 / 630 - 1 < server.looks <= 86_400 / 600


async def test_a_turn_that_is_silent_for_less_is_not_looked_at(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        for _ in range(50):
            await trio.sleep(590)
            turn.delta(".")

    server.play = play
    session = await new_session(engine)
    assert (await session.ask("hello")).text == "." * 50
    assert server.looks == 0


async def test_a_turn_that_ended_on_record_while_nothing_was_told_ends(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose |= {"turn/completed", "thread/status/changed"}
    session = await new_session(engine)
    begun_s = trio.current_time()
    result = await ask_under(session, "hello", idle_s=10)
    assert (result.status, result.reconciled) == ("completed", True)
    assert 10 <= trio.current_time() - begun_s <= 10.6


async def test_a_server_that_does_not_answer_loses_no_turn(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        server.drop |= {"thread/turns/list", "thread/read"}
        await trio.sleep(1000)
        server.drop.clear()
        await trio.sleep(5)
        turn.say("awake")

    server.play = play
    session = await new_session(engine)
    result = await ask_under(session, "hello", idle_s=2)
    assert (result.text, result.reconciled) == ("awake", False)


async def test_idle_pauses_while_the_server_waits_for_an_answer(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    """Of the user, who may take long."""
    asked_s: list[float] = []

    async def play(turn: FakeTurn) -> None:
        method = "item/commandExecution/requestApproval"
        ids = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id}
        server.request(method, {**captured_request(method), **ids}, 7)
        await trio.sleep(250)
        assert (len(server.answers()), server.looks) == (1, 0)
        turn.say("approved")

    async def decide(_request: object) -> str:
        asked_s.append(trio.current_time())
        await trio.sleep(245)
        return "accept"

    server.play = play
    session = await new_session(engine, approvals=decide)
    assert (await ask_under(session, "hello", idle_s=10)).text == "approved"
    assert len(asked_s) == 1


async def test_without_an_idle_deadline_nothing_is_looked_at(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(86_400)
        turn.say("at last")

    server.play = play
    session = await new_session(engine)
    assert (await ask_under(session, "hello", idle_s=None)).text == "at last"
    assert server.looks == 0


async def test_a_silent_turn_of_which_the_resting_server_knows_nothing_is_lost(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.ephemeral = True
    server.lose |= {"turn/started", "item/started", "item/completed", "turn/completed"}
    server.lose |= {"thread/status/changed"}

    async def play(turn: FakeTurn) -> None:
        await trio.lowlevel.checkpoint()

    server.play = play
    session = await new_session(engine, ephemeral=True)
    begun_s = trio.current_time()
    with pytest.raises(TurnLost):
        await ask_under(session, "hello", idle_s=30, first_progress_s=5)
    assert trio.current_time() - begun_s >= 30


# -- first progress ------------------------------------------------------------------------------


async def test_a_model_that_says_nothing_is_looked_at_after_the_first_progress(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose |= {"turn/completed", "thread/status/changed"}

    async def play(turn: FakeTurn) -> None:
        server.lose |= {"item/started", "item/completed", "item/agentMessage/delta"}
        server.lose.add("thread/tokenUsage/updated")
        await echo(turn)

    server.play = play
    session = await new_session(engine)
    begun_s = trio.current_time()
    result = await ask_under(session, "hello", first_progress_s=5)
    assert (result.text, result.reconciled) == ("echo: hello", True)
    assert trio.current_time() - begun_s == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("sign", ["item", "delta"])
async def test_a_model_that_has_begun_has_no_first_progress_to_make(
    engine: Engine, server: LosingServer, autojump_clock: MockClock, sign: str
) -> None:
    async def play(turn: FakeTurn) -> None:
        if sign == "item":
            turn.begin_message()
        else:
            turn.delta("a")
        await trio.sleep(300)
        turn.end_message("a")

    server.play = play
    session = await new_session(engine)
    assert (await ask_under(session, "hello", first_progress_s=5)).text == "a"
    assert server.looks == 0


# -- total ---------------------------------------------------------------------------------------


async def test_the_total_interrupts_the_turn_and_keeps_what_there_was(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    session = await new_session(engine)
    begun_s = trio.current_time()
    with pytest.raises(TurnTimedOut, match="total of 5 s") as caught:
        await ask_under(session, "hello", total_s=5)
    assert trio.current_time() - begun_s == pytest.approx(5, abs=0.1)
    error = caught.value
    assert (error.result.status, error.text) == ("timed_out", "one thing")
    assert not error.outcome_certain
    assert [turn.status for turn in server.turns] == ["interrupted"]
    server.play = echo
    assert (await session.ask("next")).text == "echo: next"


async def test_a_stream_ends_with_its_total(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    session = await new_session(engine, deadlines=Deadlines(total_s=5))
    async with session.ask_stream("hello") as turn:
        events = [event async for event in turn]
        assert isinstance(events[-1], TurnCompleted)
        with pytest.raises(TurnTimedOut):
            await turn.finish()
    assert turn.result.status == "timed_out"


async def test_a_server_that_does_not_obey_holds_the_thread_but_not_the_ask(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    server.interrupts = "only_answer"
    session = await new_session(engine)
    begun_s = trio.current_time()
    with pytest.raises(TurnTimedOut) as caught:
        await ask_under(session, "hello", total_s=5)
    assert trio.current_time() - begun_s == pytest.approx(7, abs=0.1)
    assert caught.value.text == "one thing"
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask, "next")
        await trio.sleep(30)
        assert len(server.asked("turn/start")) == 1
        server.play = echo
        server.turns[0].delta("and more")
        server.turns[0].complete("interrupted")
    assert [result.text for result in outcomes.values] == ["echo: next"]
    assert server.merged == []


async def test_a_turn_that_outlives_its_total_and_ends_untold_frees_the_thread(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.say("something")
        await trio.sleep(20)

    server.play = play
    server.interrupts = "only_answer"
    server.lose.add("turn/completed")
    session = await new_session(engine)
    with pytest.raises(TurnTimedOut):
        await ask_under(session, "hello", total_s=5)
    server.play = echo
    assert (await session.ask("next")).text == "echo: next"
    assert server.merged == []


async def test_a_turn_that_completes_in_time_is_completed(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(4.9)
        turn.say("just in time")

    server.play = play
    session = await new_session(engine)
    assert (await ask_under(session, "hello", total_s=5)).text == "just in time"
    await trio.sleep(60)
    assert server.asked("turn/interrupt") == []


async def test_a_turn_that_completes_as_it_is_interrupted_is_completed(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        await trio.sleep(6)
        turn.say("done")

    server.play = play
    server.drop.add("turn/interrupt")
    session = await new_session(engine)
    assert (await ask_under(session, "hello", total_s=5)).text == "done"


async def test_the_total_counts_the_wait_in_line_and_sends_nothing_then(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    session = await new_session(engine)
    async with session.ask_stream("first"):
        begun_s = trio.current_time()
        with pytest.raises(TurnTimedOut) as caught:
            await ask_under(session, "second", total_s=5)
        assert trio.current_time() - begun_s == pytest.approx(5, abs=0.1)
    assert caught.value.outcome_certain
    assert caught.value.result.turn_id is None
    assert len(server.asked("turn/start")) == 1
    server.play = echo
    assert (await session.ask("third")).text == "echo: third"


async def test_the_total_counts_what_hooks_take(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def slow(_context: object) -> None:
        await trio.sleep(20)

    for phase in ("pre_run", "pre_turn"):
        hook = Hook(name="slow", phases=[phase], run=slow, timeout_s=30)
        session = await new_session(engine, hooks=HookConfig([hook]))
        with pytest.raises(TurnTimedOut) as caught:
            await ask_under(session, "hello", total_s=5)
        assert caught.value.outcome_certain
    assert server.asked("turn/start") == []


async def test_the_total_of_an_unanswered_request_ends_the_turn_that_comes_of_it(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    server.delay_s["turn/start"] = 10.0
    session = await new_session(engine)
    begun_s = trio.current_time()
    with pytest.raises(TurnTimedOut) as caught:
        await ask_under(session, "hello", total_s=5)
    assert trio.current_time() - begun_s == pytest.approx(5, abs=0.1)
    assert not caught.value.outcome_certain
    await trio.sleep(6)
    server.delay_s.clear()
    server.play = echo
    assert (await session.ask("next")).text == "echo: next"
    assert [turn.status for turn in server.turns] == ["interrupted", "completed"]


async def test_the_total_of_a_turn_without_a_prompt_holds_too(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = silence
    session = await new_session(engine, deadlines=Deadlines(total_s=5))
    with pytest.raises(TurnTimedOut):
        await session.compact()
    async with session.ask_stream("first"):
        with pytest.raises(TurnTimedOut) as caught:
            await session.compact()
    assert caught.value.outcome_certain


async def test_deadlines_merge_field_by_field(
    server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    defaults = RunProfile(deadlines=Deadlines(total_s=3, idle_s=1))
    async with running(server, defaults=defaults) as engine:
        session = await new_session(engine, deadlines=Deadlines(idle_s=None))
        begun_s = trio.current_time()
        with pytest.raises(TurnTimedOut):
            await session.ask("hello")
        assert trio.current_time() - begun_s == pytest.approx(3, abs=0.1)
        assert server.looks == 0
        with pytest.raises(TurnTimedOut):
            await ask_under(session, "hello", idle_s=1)
        assert server.looks == 2


# -- acknowledgement -----------------------------------------------------------------------------


async def test_a_turn_whose_acknowledgement_is_lost_is_followed_and_sent_once(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("first, ")
        await trio.sleep(100)
        turn.delta("then")
        turn.end_message("first, then")

    server.play = play
    server.hold.add("turn/start")
    session = await new_session(engine)
    result = await session.ask("hello")
    assert (result.status, result.text) == ("completed", "first, then")
    assert result.turn_id == server.turns[0].turn_id
    assert len(server.asked("turn/start")) == 1
    server.release()
    await settle()
    server.play = echo
    assert (await session.ask("next")).text == "echo: next"


async def test_a_turn_that_ended_before_its_acknowledgement_was_missed_is_completed(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.hold.add("turn/start")
    session = await new_session(engine)
    begun_s = trio.current_time()
    async with session.ask_stream("hello") as turn:
        assert trio.current_time() - begun_s == pytest.approx(30, abs=0.1)
        events = [event async for event in turn]
    assert isinstance(events[-1], TurnCompleted)
    assert turn.result.text == "echo: hello"


async def test_another_clients_turn_is_not_taken_for_the_unanswered_one(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.drop.add("turn/start")
    session = await new_session(engine)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask, "hello")
        await settle()
        server.play = silence
        foreign = server.begin_turn(
            server.threads[session.thread_id], {"input": [{"text": "theirs"}]}
        )
        await trio.sleep(31)
        (error,) = outcomes.errors
        assert isinstance(error, RequestTimeout)
        foreign.complete()


async def test_the_acknowledgement_has_a_deadline_of_its_own(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.drop.add("turn/start")
    session = await new_session(engine)
    begun_s = trio.current_time()
    with pytest.raises(RequestTimeout, match="within 4 s"):
        await ask_under(session, "hello", acknowledgement_s=4)
    assert trio.current_time() - begun_s == pytest.approx(4, abs=0.1)


async def test_a_late_turn_whose_end_is_never_told_frees_the_thread(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.delay_s["turn/start"] = 10.0
    server.lose.add("turn/completed")
    session = await new_session(engine)
    with pytest.raises(RequestTimeout):
        await ask_under(session, "hello", acknowledgement_s=4)
    server.delay_s.clear()
    with trio.fail_after(60):
        assert (await session.ask("next")).text == "echo: next"
    assert server.merged == []

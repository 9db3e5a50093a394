"""A turn ends as the server's record says where its events fail to come (P2)."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import (
    TurnFailed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.profile import RunProfile
from codex_runtime.protocol import AgentMessage, CommandExecution, TurnCompleted, UserMessage
from tests.engine.fake_server import echo, silence
from tests.engine.losing_server import LosingServer, ask_under, forever
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Engine
    from tests.engine.fake_server import FakeTurn

GRACE_S = 2.0
NEVER_IDLE = RunProfile(deadlines=Deadlines(idle_s=None))
RETRIES_S = 10.0
"""As long as a record that makes no sense is looked at again."""

COMMAND = {
    "type": "commandExecution",
    "id": "call_1",
    "command": "ls",
    "cwd": "/",
    "commandActions": [],
    "status": "completed",
}


@pytest.fixture
async def server() -> LosingServer:
    return LosingServer()


@pytest.fixture
async def engine(server: LosingServer) -> AsyncIterator[Engine]:
    async with running(server) as engine:
        yield engine


# -- the end that is never told ------------------------------------------------------------------


async def test_a_turn_whose_end_is_never_told_ends_as_the_record_says(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    session = await new_session(engine)
    begun_s = trio.current_time()
    result = await session.ask("hello")
    assert (result.status, result.text, result.reconciled) == ("completed", "echo: hello", True)
    assert trio.current_time() - begun_s == pytest.approx(GRACE_S, abs=0.1)
    assert [type(item) for item in result.items] == [UserMessage, AgentMessage]
    assert result.usage is not None
    assert result.duration_ms == 79


async def test_a_turn_whose_end_is_told_asks_for_no_record(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    session = await new_session(engine)
    assert not (await session.ask("hello")).reconciled
    await trio.sleep(3600)
    assert server.looks == 0


async def test_a_stream_whose_end_is_never_told_ends_too(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    session = await new_session(engine)
    async with session.ask_stream("hello") as turn:
        events = [event async for event in turn]
        result = await turn.finish()
    assert (result.text, result.reconciled) == ("echo: hello", True)
    assert not any(isinstance(event, TurnCompleted) for event in events)


async def test_items_that_were_never_told_are_taken_from_the_record_once(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message("msg_0")
        turn.delta("half of", "msg_0")
        server.lose |= {"item/completed", "turn/completed"}
        turn.end_message("half of it", "msg_0")
        turn.emit("item/completed", item=COMMAND, completedAtMs=1)
        turn.end_message("the answer", "msg_1")

    server.play = play
    session = await new_session(engine)
    result = await session.ask("hello")
    assert [message.text for message in result.messages] == ["half of it", "the answer"]
    assert result.text == "the answer"
    assert len(result.items) == 4
    assert isinstance(result.items[2], CommandExecution)


async def test_a_record_that_lags_behind_is_looked_at_again(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    server.lag = 4
    session = await new_session(engine)
    result = await session.ask("hello")
    assert (result.status, result.text, server.looks) == ("completed", "echo: hello", 5)


async def test_an_end_without_a_time_is_not_believed_at_first(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    """The real server says of a turn that just begins, for a moment, that it was interrupted."""
    server.lose.add("turn/completed")
    server.lag, server.lag_status = 3, "interrupted"
    session = await new_session(engine)
    assert (await session.ask("hello")).status == "completed"


async def test_a_failure_that_is_never_told_is_a_failure(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.complete("failed", {"message": "no more tokens", "codexErrorInfo": "other"})

    server.play = play
    server.lose.add("turn/completed")
    session = await new_session(engine)
    with pytest.raises(TurnFailed, match="no more tokens") as caught:
        await session.ask("hello")
    assert caught.value.result.reconciled


async def test_an_end_that_is_told_late_changes_nothing_of_the_next_turn(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    session = await new_session(engine)
    first = await session.ask("first")
    server.lose.clear()
    server.play = silence
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask, "second")
        await settle()
        ended, runs = server.turns
        assert ended.turn_id == first.turn_id
        ended.emit("item/completed", item=COMMAND, completedAtMs=1)
        ended.status = None
        ended.complete("interrupted")
        runs.thread.active = runs
        await trio.sleep(60)
        assert outcomes.values == outcomes.errors == []
        runs.say("the answer")
        runs.complete()
    (result,) = outcomes.values
    assert (result.text, len(result.items)) == ("the answer", 2)


async def test_a_server_that_does_not_list_turns_is_asked_for_the_thread(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lists_turns = False
    server.lose.add("turn/completed")
    session = await new_session(engine)
    assert (await session.ask("hello")).reconciled


async def test_a_turn_behind_others_is_found_in_the_record(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    session = await new_session(engine)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask, "hello")
        await settle()
        for _ in range(3):
            server.begin_turn(server.threads[session.thread_id], {"input": [{"text": "other"}]})
            await settle()
    assert [result.text for result in outcomes.values] == ["echo: hello"]


async def test_events_after_the_thread_was_said_to_rest_keep_the_turn_alive(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        told = {"threadId": turn.thread.thread_id, "status": {"type": "idle"}}
        server.notify("thread/status/changed", told)
        await trio.sleep(60)
        turn.say("after all")

    server.play = play
    session = await new_session(engine)
    result = await session.ask("hello")
    assert (result.text, result.reconciled, server.looks) == ("after all", False, 1)


async def test_a_turn_that_speaks_while_its_record_is_looked_at_runs_on(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lag = 100

    async def play(turn: FakeTurn) -> None:
        turn.thread.active = None  # so it looks as if the thread were at rest
        await trio.sleep(10.2)
        turn.delta("I am ")
        await trio.sleep(5)
        turn.end_message("I am here")

    server.play = play
    session = await new_session(engine)
    result = await ask_under(session, "hello", idle_s=10)
    assert (result.text, result.reconciled) == ("I am here", False)


async def test_an_interrupt_whose_effect_is_never_told_is_known_from_the_record(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    server.lose.add("turn/completed")
    session = await new_session(engine)
    async with session.ask_stream("hello") as turn:
        outcome = await turn.interrupt()
    assert (outcome.state, turn.result.reconciled) == ("interrupted", True)
    assert outcome.elapsed_s < 3


async def test_a_record_that_never_says_more_than_that_the_turn_was_cut_is_taken_at_its_word(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    server.lose.add("turn/completed")
    server.lag, server.lag_status = 100, "interrupted"
    session = await new_session(engine)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask, "hello")
        await settle()
        server.turns[0].complete("interrupted")
    (error,) = outcomes.errors
    assert isinstance(error, TurnInterrupted)
    assert error.text == "one thing"
    assert trio.current_time() == pytest.approx(GRACE_S + RETRIES_S, abs=1)


async def test_a_thread_that_the_server_does_not_know_has_no_turn_that_runs(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    session = await new_session(engine)

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.thread.loaded = False
        await trio.sleep_forever()

    server.play = play
    with pytest.raises(TurnLost):
        await ask_under(session, "hello", idle_s=10)
    server.threads[session.thread_id].loaded = True


async def test_a_server_that_does_not_answer_about_a_resting_thread_is_asked_again(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.lose.add("turn/completed")
    server.drop.add("thread/turns/list")
    session = await new_session(engine)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, session.ask_with_profile, "hello", NEVER_IDLE)
        await trio.sleep(100)
        server.drop.clear()
    assert [result.text for result in outcomes.values] == ["echo: hello"]


# -- threads without a record --------------------------------------------------------------------


async def test_an_ephemeral_turn_ends_as_its_events_told(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.ephemeral = True
    server.lose.add("turn/completed")
    session = await new_session(engine, ephemeral=True)
    result = await session.ask("hello")
    assert (result.status, result.text, result.reconciled) == ("completed", "echo: hello", True)


async def test_an_ephemeral_turn_that_stopped_in_the_middle_is_lost(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        turn.delta("and so")

    server.play = play
    server.ephemeral = True
    server.lose.add("turn/completed")
    session = await new_session(engine, ephemeral=True)
    with pytest.raises(TurnLost, match="no record of how the turn ended") as caught:
        await session.ask("hello")
    assert caught.value.text == "and so"
    server.play = echo
    server.lose.clear()
    assert (await session.ask("next")).text == "echo: next"


async def test_a_thread_in_error_means_that_its_turn_failed(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.ephemeral = True
    server.lose |= {"turn/completed", "thread/status/changed"}
    session = await new_session(engine, ephemeral=True)

    async def play(turn: FakeTurn) -> None:
        error = {"message": "high demand", "codexErrorInfo": "internalServerError"}
        turn.emit("error", error=error, willRetry=False)
        server.lose.remove("thread/status/changed")
        told = {"threadId": turn.thread.thread_id, "status": {"type": "systemError"}}
        server.notify("thread/status/changed", told)
        server.lose.add("thread/status/changed")
        server.status = {"type": "systemError"}

    server.play = play
    with pytest.raises(TurnFailed, match="high demand"):
        await session.ask("hello")


async def test_a_cancelled_ephemeral_turn_whose_end_is_never_told_frees_the_thread(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.ephemeral = True
    server.play = forever
    server.lose.add("turn/completed")
    session = await new_session(engine, ephemeral=True)
    with trio.move_on_after(5):
        await session.ask("hello")
    server.lose.clear()
    server.play = echo
    assert (await session.ask("next")).text == "echo: next"
    assert trio.current_time() < 10


# -- turns that nobody waits for -----------------------------------------------------------------


async def test_a_cancelled_ask_whose_end_is_never_told_frees_the_thread(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    server.play = forever
    server.lose.add("turn/completed")
    session = await new_session(engine)
    with trio.move_on_after(5):
        await session.ask("hello")
    server.lose.clear()
    server.play = echo
    with trio.fail_after(60):
        assert (await session.ask("next")).text == "echo: next"


async def test_another_clients_turn_whose_end_is_never_told_does_not_hold_an_ask(
    engine: Engine, server: LosingServer, autojump_clock: MockClock
) -> None:
    session = await new_session(engine)
    server.lose.add("turn/completed")
    server.begin_turn(server.threads[session.thread_id], {"input": [{"text": "theirs"}]})
    await trio.sleep(60)
    assert session.active_turn_id is not None
    server.lose.clear()
    with trio.fail_after(60):
        assert (await session.ask("ours")).text == "echo: ours"

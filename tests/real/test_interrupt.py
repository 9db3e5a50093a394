"""P4 on the real app-server: an interrupt is idempotent, bounded and truthful, at any moment."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import (
    InterruptOutcome,
    Runtime,
    Session,
    SessionConfig,
    TurnInterrupted,
    TurnResult,
)
from codex_runtime.protocol import (
    AgentMessageDelta,
    CommandExecution,
    CustomReviewTarget,
    ItemStarted,
)
from codex_runtime.testing import Reply, shell, silence, text
from tests.real.faces import EVERY_FACE, in_one_step, needs_cancelling, open_runtime
from tests.real.processes import is_running, server_pid, until_gone, until_running
from tests.real.waiting import prompts, until_settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def interrupted(ask: Callable[[], Awaitable[TurnResult]]) -> TurnResult:
    """The result of an ask that must end as interrupted."""
    with pytest.raises(TurnInterrupted) as caught:
        await ask()
    return caught.value.result


async def test_an_interrupt_right_after_the_answer_stops_the_turn(
    session: Session, runtime: Runtime, replies: dict[str, Reply]
) -> None:
    """Ours: the server refuses it before ``turn/started`` and would run the turn to its end."""
    replies["wait"] = silence()
    for _ in range(4):
        async with session.ask_stream("wait") as turn:
            outcome = await turn.interrupt()
            assert (outcome.state, outcome.turn_id) == ("interrupted", turn.turn_id)
            assert outcome.ended
            assert turn.result.status == "interrupted"
    await until_settled(runtime)


async def test_an_interrupt_before_the_turn_has_a_name_stops_it(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: the request is on its way, and the one who asks for the end names no turn."""
    replies["wait"] = silence()
    results: list[TurnResult] = []

    async def ask() -> None:
        results.append(await interrupted(lambda: session.ask("wait")))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked(0)
        outcome = await session.interrupt_turn()
    assert outcome.state == "interrupted"
    assert results[0].turn_id == outcome.turn_id


@in_one_step
@pytest.mark.parametrize("callers", [2, 20])
async def test_several_interrupts_at_once_are_one(
    session: Session,
    runtime: Runtime,
    replies: dict[str, Reply],
    model: ScriptedModel,
    callers: int,
) -> None:
    """Ours: the server never answers a second one; nothing is pending afterwards."""
    replies["wait"] = silence()
    outcomes: list[InterruptOutcome] = []

    async def interrupt() -> None:
        outcomes.append(await session.interrupt_turn(turn.turn_id))

    async with session.ask_stream("wait") as turn:
        await model.wait_for_requests(1)
        before = runtime.statistics().requests
        async with trio.open_nursery() as nursery:
            for _ in range(callers):
                nursery.start_soon(interrupt)
    assert [outcome.state for outcome in outcomes] == ["interrupted"] * callers
    now = runtime.statistics()
    assert now.requests == before + 1
    assert (now.pending_calls, now.abandoned_calls, now.active_turns) == (0, 0, 0)
    assert (await session.ask("next")).text == "re: next"


@needs_cancelling
async def test_a_cancelled_interrupt_goes_on_for_the_others(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: cancelling ends the wait alone."""
    replies["wait"] = silence()
    async with session.ask_stream("wait") as turn:
        with trio.CancelScope() as scope:
            scope.cancel()
            await turn.interrupt()
        assert (await turn.interrupt()).state in {"interrupted", "already_ended"}
    assert turn.result.status == "interrupted"


async def test_the_id_of_an_ended_turn_stops_nothing(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: nor does it send anything, while another turn runs."""
    ended = await session.ask("first")
    replies["wait"] = silence() + text("done")
    async with session.ask_stream("wait") as turn:
        await model.wait_for_requests(2)
        sent = runtime.statistics().bytes_sent
        outcome = await session.interrupt_turn(ended.turn_id)
        unknown = await session.interrupt_turn("019a9f00-0000-7000-8000-000000000000")
        assert (outcome.state, outcome.turn_id) == ("already_ended", ended.turn_id)
        assert unknown.state == "not_active"
        assert runtime.statistics().bytes_sent == sent
        model.release()
        assert (await turn.finish()).text == "done"
        assert (await turn.interrupt()).state == "already_ended"


async def test_without_a_turn_there_is_nothing_to_interrupt(
    session: Session, runtime: Runtime
) -> None:
    """Ours."""
    sent = runtime.statistics().bytes_sent
    outcome = await session.interrupt_turn()
    assert (outcome.state, outcome.turn_id) == ("not_active", None)
    await session.ask("first")
    assert (await session.interrupt_turn()).state == "not_active"
    assert runtime.statistics().bytes_sent > sent


async def test_an_interrupt_that_races_with_the_end_tells_which_came_first(
    session: Session, runtime: Runtime
) -> None:
    """Ours: whatever the server made of it, the outcome and the result agree."""
    for number in range(5):
        async with session.ask_stream(f"quick {number}") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    break
            outcome = await turn.interrupt()
            states = {"interrupted": "interrupted", "completed": "already_ended"}
            assert outcome.state == states[turn.result.status]
    await until_settled(runtime)


async def test_queued_asks_stay_queued_and_run_after_the_interrupt(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence()
    answers: list[str] = []

    async def ask(prompt: str) -> None:
        answers.append((await session.ask(prompt)).text)

    async with trio.open_nursery() as nursery, session.ask_stream("wait") as turn:
        for prompt in ("one", "two"):
            nursery.start_soon(ask, prompt)
            await trio.testing.wait_all_tasks_blocked()
        assert (await session.interrupt_turn()).turn_id == turn.turn_id
    assert answers == ["re: one", "re: two"]
    # The turn may end before its model was asked.
    assert [prompt for prompt in prompts(model) if prompt != "wait"] == ["one", "two"]


async def test_an_interrupt_works_while_64_other_turns_are_silent(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: turns under way take no place at the gate, and interrupts have places of their own."""
    replies["wait"] = silence()
    async with open_runtime(model.runtime_config(home)) as runtime:
        config = SessionConfig(cwd=workspace)
        sessions = [await runtime.start_session(config) for _ in range(65)]

        async with trio.open_nursery() as nursery:
            for session in sessions:
                nursery.start_soon(interrupted, lambda session=session: session.ask("wait"))
            await model.wait_for_requests(65)
            outcome = await sessions[40].interrupt_turn()
            assert outcome.state == "interrupted"
            assert runtime.statistics().active_turns == 64
            outcomes: list[InterruptOutcome] = []

            async def interrupt(session: Session) -> None:
                outcomes.append(await session.interrupt_turn())

            for session in sessions[:40] + sessions[41:]:
                nursery.start_soon(interrupt, session)
        assert [outcome.state for outcome in outcomes] == ["interrupted"] * 64


async def test_a_review_is_interrupted(
    session: Session, runtime: Runtime, model: ScriptedModel
) -> None:
    """The server's: it starts a review under an id that it names nowhere else. Ours: it ends."""
    model.enqueue(silence())
    results: list[TurnResult] = []

    async def review() -> None:
        target = CustomReviewTarget(instructions="check it")
        results.append(await interrupted(lambda: session.review(target)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(review)
        await model.wait_for_requests(1)
        outcome = await session.interrupt_turn()
    assert outcome.state == "interrupted"
    assert results[0].turn_id == outcome.turn_id
    await until_settled(runtime)
    assert (await session.ask("next")).text == "re: next"


@needs_cancelling
async def test_a_review_that_is_cancelled_is_interrupted(
    session: Session, runtime: Runtime, model: ScriptedModel
) -> None:
    """Ours."""
    model.enqueue(silence())
    scope = trio.CancelScope()

    async def review() -> None:
        with scope:
            await session.review(CustomReviewTarget(instructions="check it"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(review)
        await model.wait_for_requests(1)
        scope.cancel()
    assert scope.cancelled_caught
    assert session.history[-1].status == "interrupted"
    await until_settled(runtime)
    assert (await session.ask("next")).text == "re: next"


async def test_a_compaction_is_interrupted(
    session: Session, runtime: Runtime, model: ScriptedModel
) -> None:
    """Ours: its answer names no turn, so it is known by its start."""
    await session.ask("first")
    model.enqueue(silence())
    results: list[TurnResult] = []

    async def compact() -> None:
        results.append(await interrupted(session.compact))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(compact)
        await model.wait_for_requests(2)
        outcome = await session.interrupt_turn()
    assert outcome.state == "interrupted"
    assert results[0].turn_id == outcome.turn_id
    await until_settled(runtime)
    assert (await session.ask("next")).text == "re: next"


async def test_an_interrupt_ends_the_turn_of_a_running_command_and_the_archive_the_command(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: an interrupted turn leaves its command running until the thread is archived."""
    model.enqueue(shell("sleep 1717"))
    async with session.ask_stream("run") as turn:
        async for event in turn:
            if isinstance(event, ItemStarted) and isinstance(event.item, CommandExecution):
                break
        pids = await until_running("sleep 1717")
        assert (await turn.interrupt()).state == "interrupted"
    assert turn.result.text == ""
    assert (await session.ask("next")).text == "re: next"
    assert all(map(is_running, pids))
    await session.close()
    await until_gone(*pids)


async def test_the_bound_of_an_interrupt_holds_when_the_server_is_stuck(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: it says that the turn still runs."""
    replies["wait"] = silence()
    config = model.runtime_config(
        home, interrupt_timeout_s=0.2, cancel_grace_s=0.2, shutdown_grace_s=0.5
    )
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        async with session.ask_stream("wait") as turn:
            await model.wait_for_requests(1)
            os.kill(server_pid(), signal.SIGSTOP)
            outcome = await turn.interrupt()
            assert (outcome.state, outcome.ended) == ("still_running", False)
            os.kill(server_pid(), signal.SIGCONT)
            await interrupted(turn.finish)

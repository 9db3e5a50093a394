"""P4 on the real app-server where the turn was begun by somebody else, or is hard to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import Runtime, Session, SessionConfig, TurnInterrupted
from codex_runtime.protocol import (
    THREAD_START,
    TURN_START,
    TextUserInput,
    ThreadStartParams,
    TurnStartParams,
)
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, in_one_step, needs_cancelling
from tests.real.waiting import prompts, until_active, until_settled
from tests.support.tasks import Outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_a_thread_resumed_by_another_handle_has_its_turn_interrupted_there(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: all handles of a thread know of its turn."""
    replies["wait"] = silence()
    asks = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(asks.run, session.ask, "wait")
        await model.wait_for_requests(1)
        again = await runtime.resume_session(session.thread_id, session.config)
        outcome = await again.interrupt_turn()
    assert (outcome.state, outcome.status) == ("interrupted", "interrupted")
    assert [type(error) for error in asks.errors] == [TurnInterrupted]
    await until_settled(runtime)


async def test_a_turn_that_was_running_when_its_thread_was_resumed_is_interrupted(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: nobody here asked for it, and nobody listened when it began."""
    replies["wait"] = silence()
    thread_id, turn_id = await raw_turn(runtime, workspace)
    await model.wait_for_requests(1)
    session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace))
    assert session.active_turn_id == turn_id
    outcome = await session.interrupt_turn()
    assert (outcome.state, outcome.turn_id) == ("interrupted", turn_id)
    assert (await session.ask("next")).text == "re: next"


async def test_an_ask_on_a_resumed_thread_waits_for_the_turn_that_it_runs(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: the server would add the prompt to that turn."""
    replies["wait"] = silence() + text("done")
    thread_id, _ = await raw_turn(runtime, workspace)
    await model.wait_for_requests(1)
    session = await runtime.resume_session(thread_id, SessionConfig(cwd=workspace))
    asks = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(asks.run, session.ask, "next")
        await trio.testing.wait_all_tasks_blocked()
        model.release()
    assert [result.text for result in asks.values] == ["re: next"]
    assert prompts(model) == ["wait", "next"]


async def raw_turn(runtime: Runtime, workspace: Path) -> tuple[str, str]:
    """A turn on a thread without a handle; the ids of both."""
    params = ThreadStartParams(cwd=str(workspace))
    thread_id = (await runtime.call(THREAD_START, params)).thread.id
    asked = TurnStartParams(thread_id=thread_id, input=[TextUserInput(text="wait")])
    return thread_id, (await runtime.call(TURN_START, asked)).turn.id


@needs_cancelling
async def test_a_turn_cancelled_right_after_it_was_asked_for_does_not_run_on(
    session: Session, runtime: Runtime, replies: dict[str, Reply]
) -> None:
    """Ours: at any moment between the request and the start."""
    replies["wait"] = silence()
    for pauses in range(12):
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.ask, "wait")
                for _ in range(pauses):
                    await trio.testing.wait_all_tasks_blocked(0.001)
                scope.cancel()
        await until_settled(runtime)
        assert session.active_turn_id is None
    assert (await session.ask("next")).text == "re: next"


@in_one_step
async def test_an_interrupt_by_name_and_one_by_none_are_one(
    session: Session, runtime: Runtime, replies: dict[str, Reply]
) -> None:
    """Ours."""
    replies["wait"] = silence()
    asks, outcomes = Outcomes(), Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(asks.run, session.ask, "wait")
        turn_id = await until_active(session)
        before = runtime.statistics().requests
        for name in (turn_id, None, turn_id, None):
            nursery.start_soon(outcomes.run, session.interrupt_turn, name)
    assert {outcome.state for outcome in outcomes.values} == {"interrupted"}
    assert {outcome.turn_id for outcome in outcomes.values} == {turn_id}
    assert runtime.statistics().requests == before + 1
    with pytest.raises(TurnInterrupted):
        raise asks.errors[0]

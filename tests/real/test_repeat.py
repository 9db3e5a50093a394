"""One prompt on a fixed cadence, on the real app-server; its arithmetic is in ``tests/session``."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import (
    AppServerExited,
    AttachmentError,
    BudgetExceeded,
    ConfigError,
    LocalImage,
    PromptError,
    PromptParams,
    RestartPolicy,
    Runtime,
    RuntimeClosed,
    Session,
    SessionClosed,
    SessionConfig,
    TokenBudget,
    TurnFailed,
    TurnResult,
)
from codex_runtime.testing import Gate, Reply, bad_request, silence, text, usage
from tests.real.faces import EVERY_FACE, current_time_s, needs_cancelling, open_runtime
from tests.real.processes import server_pid
from tests.real.waiting import prompts, until, until_active, until_settled

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

SHORT_S = 0.05
LONG_S = 3600
"""Its second run never comes within a test."""


async def test_each_run_is_a_turn_of_the_session_with_the_options_it_was_given(
    session: Session, model: ScriptedModel
) -> None:
    results: list[TurnResult] = []
    params = PromptParams(prompt="status?", effort="low")
    repeat = session.repeat(params, every=SHORT_S, max_runs=3, on_result=results.append)
    await repeat.run()
    assert [result.text for result in results] == ["re: status?"] * 3
    assert [request.effort for request in model.requests] == ["low"] * 3
    assert results[-1] is repeat.status.last_result
    assert session.total_turns == 3
    status = repeat.status
    assert (status.runs, status.ticks - status.missed, status.is_running) == (3, 3, False)


async def test_the_next_run_is_due_on_the_cadence(session: Session) -> None:
    """Counted from the first run, whenever that ends."""
    ended_s: list[float] = []
    repeat = session.repeat(
        "status?", every=LONG_S, on_result=lambda _: ended_s.append(current_time_s())
    )
    begun_s = current_time_s()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await until(lambda: bool(ended_s) and repeat.status.next_at_s is not None)
        assert repeat.status.next_at_s is not None
        assert begun_s <= repeat.status.next_at_s - LONG_S <= ended_s[0]
        repeat.stop()
    status = repeat.status
    assert (status.runs, status.missed, status.next_at_s) == (1, 0, None)


async def test_ticks_that_come_during_a_run_collapse(
    session: Session, model: ScriptedModel
) -> None:
    """One run at a time, and no bunch of them afterwards."""
    gate = Gate()
    model.enqueue(silence(gate) + text("late"))
    repeat = session.repeat("status?", every=SHORT_S, max_runs=2)
    begun_s = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(1)
        await until(lambda: trio.current_time() > begun_s + 5 * SHORT_S)
        assert (repeat.status.runs, repeat.status.is_asking, len(model.requests)) == (1, True, 1)
        gate.release()
    status = repeat.status
    assert (status.runs, len(model.requests), session.total_turns) == (2, 2, 2)
    assert status.missed >= 4
    assert status.ticks == status.runs + status.missed


async def test_its_runs_stand_in_line_with_other_asks(
    session: Session, model: ScriptedModel
) -> None:
    gate = Gate()
    model.enqueue(silence(gate) + text("done"))
    repeat = session.repeat("status?", every=SHORT_S, max_runs=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "first")
        await until_active(session)
        nursery.start_soon(repeat.run)
        await until(lambda: repeat.status.is_asking)
        gate.release()
    assert prompts(model) == ["first", "status?"]


async def test_a_stop_interrupts_the_turn_under_way(
    runtime: Runtime, session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["status?"] = silence()
    repeat = session.repeat("status?", every=LONG_S)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(1)
        await until_active(session)
        repeat.stop()
    await model.wait_disconnected(0)
    assert [result.status for result in session.history] == ["interrupted"]
    assert not repeat.status.is_running
    assert repeat.status.last_error is None
    assert (await session.ask("go on")).text == "re: go on"
    await until_settled(runtime)


@needs_cancelling
async def test_cancelling_it_interrupts_the_turn_under_way(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["status?"] = silence()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.repeat("status?", every=LONG_S).run)
        await model.wait_for_requests(1)
        nursery.cancel_scope.cancel()
    await model.wait_disconnected(0)
    assert (await session.ask("go on")).text == "re: go on"
    assert session.history[0].status == "interrupted"


async def test_a_turn_that_fails_is_kept_and_the_cadence_goes_on(
    session: Session, model: ScriptedModel
) -> None:
    gate = Gate()
    model.enqueue(text("one"), bad_request(), silence(gate) + text("three"))
    repeat = session.repeat("status?", every=SHORT_S, max_runs=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(3)
        assert isinstance(repeat.status.last_error, TurnFailed)
        assert repeat.status.last_result is not None
        assert repeat.status.last_result.text == "one"
        gate.release()
    status = repeat.status
    assert (status.runs, status.last_error) == (3, None)
    assert status.last_result is not None
    assert status.last_result.text == "three"


async def test_a_turn_that_fails_may_end_it(session: Session, model: ScriptedModel) -> None:
    model.enqueue(bad_request())
    repeat = session.repeat("status?", every=SHORT_S, on_error="raise")
    with pytest.raises(TurnFailed):
        await repeat.run()
    assert (repeat.status.runs, repeat.status.is_running) == (1, False)


async def test_a_used_up_budget_refuses_its_runs_until_there_is_more(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """For a service that is given tokens by the hour: no run is asked for meanwhile."""
    budget = TokenBudget(100)
    session = await runtime.start_session(SessionConfig(cwd=workspace, budget=budget))
    model.enqueue(text("one") + usage(input_tokens=90, output_tokens=10))
    repeat = session.repeat("status?", every=SHORT_S)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await until(lambda: isinstance(repeat.status.last_error, BudgetExceeded))
        assert len(model.requests) == 1
        budget.reset()
        await model.wait_for_requests(2)
        repeat.stop()
    assert repeat.status.runs > 2


@pytest.mark.parametrize("end", ["close", "detach"])
async def test_it_returns_when_its_session_ends(
    session: Session, replies: dict[str, Reply], model: ScriptedModel, end: str
) -> None:
    replies["status?"] = silence()
    repeat = session.repeat("status?", every=SHORT_S)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(1)
        await getattr(session, end)()
    assert isinstance(repeat.status.last_error, SessionClosed)
    assert not repeat.status.is_running


async def test_it_returns_when_its_runtime_is_closed(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with (
        trio.open_nursery() as nursery,
        open_runtime(model.runtime_config(home)) as runtime,
    ):
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        repeat = session.repeat("status?", every=SHORT_S)
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(1)
    assert isinstance(repeat.status.last_error, RuntimeClosed)
    assert not repeat.status.is_running


async def test_the_death_of_a_server_that_is_not_restarted_comes_out(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Nothing that is asked afterwards could work."""
    replies["status?"] = silence()
    never = RestartPolicy(on="never")
    async with open_runtime(model.runtime_config(home, restart=never)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        repeat = session.repeat("status?", every=SHORT_S)

        async def run() -> None:
            with pytest.raises(AppServerExited):
                await repeat.run()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            await model.wait_for_requests(1)
            os.kill(server_pid(), signal.SIGKILL)
        assert isinstance(repeat.status.last_error, AppServerExited)


async def test_it_goes_on_with_the_next_server(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """A run that was lost with its server is one that failed."""
    replies["status?"] = silence()
    repeat = session.repeat("status?", every=SHORT_S, max_runs=2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await model.wait_for_requests(1)
        replies["status?"] = text("fine")
        os.kill(server_pid(), signal.SIGKILL)
    assert [result.status for result in session.history] == ["lost", "completed"]
    assert session.history[-1].text == "fine"


async def test_what_can_never_work_is_refused_at_once(session: Session) -> None:
    with pytest.raises(PromptError):
        session.repeat("", every=SHORT_S)
    with pytest.raises(ConfigError, match="every"):
        session.repeat("status?", every=0)
    with pytest.raises(AttachmentError):
        await session.repeat(
            PromptParams(prompt="status?", attachments=(LocalImage("no such file.png"),)),
            every=SHORT_S,
        ).run()

"""P12, B33, B34, B50, R10: a session outlives its server, wherever that is killed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from codex_runtime import (
    AppServerExited,
    ServerLost,
    ServerRestarted,
    SessionClosed,
    SessionConfig,
    ThreadNotFound,
    TurnLost,
)
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.killing import AT_ONCE, kill, open_descriptors
from tests.real.processes import server_pid
from tests.real.waiting import prompts, until, until_active, until_settled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime import Runtime, Session, TurnResult
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(model.runtime_config(home, restart=AT_ONCE)) as runtime:
        yield runtime


async def lose_turn(session: Session, model: ScriptedModel) -> TurnLost:
    """Kill the server under a turn of which a part has arrived; ``wait`` is its prompt."""
    raised: list[TurnLost] = []

    async def ask() -> None:
        with pytest.raises(TurnLost) as lost:
            await session.ask("wait")
        raised.append(lost.value)

    asked = len(model.requests)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await model.wait_for_requests(asked + 1)
        await until_active(session)
        os.kill(server_pid(), signal.SIGKILL)
    return raised[0]


# -- the next ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
async def test_after_a_death_between_turns_the_next_ask_goes_on_with_the_conversation(
    runtime: Runtime, session: Session, model: ScriptedModel, signal_number: int
) -> None:
    """Ours: any exit that was not asked for is a crash, code 0 too."""
    thread_id = session.thread_id
    await session.ask("first")
    await kill(runtime, signal_number)
    assert (await session.ask("second")).text == "re: second"
    assert session.thread_id == thread_id
    said = str(model.requests[-1].input_items)
    assert "first" in said
    assert "re: first" in said
    assert runtime.server.generation == 2
    assert runtime.statistics().restarts == 1
    assert session.total_turns == 2


async def test_a_death_in_a_turn_loses_that_turn_at_once_and_no_other(
    session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """R10. Ours: with the exit code and what had arrived."""
    await session.ask("first")
    replies["wait"] = text("half of it", finished=False) + silence()
    lost = await lose_turn(session, model)
    assert lost.result.status == "lost"
    assert not lost.outcome_certain
    assert isinstance(lost.__cause__, AppServerExited)
    assert lost.__cause__.returncode == -signal.SIGKILL
    assert (await session.ask("next")).text == "re: next"
    said = str(model.requests[-1].input_items)
    assert "re: first" in said
    assert "wait" in said


async def test_a_stream_ends_as_lost_and_the_next_one_works(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: iterating raises nothing."""
    replies["wait"] = text("half of it", finished=False) + silence()
    async with session.ask_stream("wait") as turn:
        async for _ in turn:
            if turn.text:
                os.kill(server_pid(), signal.SIGKILL)
                break
        async for _ in turn:
            pass
        assert turn.result.status == "lost"
        assert "half of it".startswith(turn.result.text)
    async with session.ask_stream("next") as turn:
        assert (await turn.finish()).text == "re: next"


async def test_an_ask_that_stood_in_line_runs_on_the_next_server(
    session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    """Ours: nothing was sent for it yet."""
    replies["wait"] = silence()
    results: list[TurnResult] = []

    async def ask() -> None:
        results.append(await session.ask("queued"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lose_turn, session, model)
        await until_active(session)
        nursery.start_soon(ask)
    assert [result.text for result in results] == ["re: queued"]


async def test_calls_wait_for_the_next_server(runtime: Runtime, session: Session) -> None:
    """Ours, within their deadline."""
    await session.ask("first")
    await kill(runtime)
    assert await runtime.request("thread/loaded/list") == {"data": [], "nextCursor": None}
    assert [turn.status for turn in (await session.read(include_turns=True)).turns] == ["completed"]


async def test_a_session_that_is_started_after_a_death_works(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    await session.ask("first")
    await kill(runtime)
    other = await runtime.start_session(SessionConfig(cwd=workspace))
    assert (await other.ask("hello")).text == "re: hello"
    again = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    assert (await again.ask("again")).text == "re: again"


# -- threads ---------------------------------------------------------------------------------------


async def test_a_thread_that_never_ran_is_started_afresh(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    """B34. The server's: it has no record of one."""
    thread_id = session.thread_id
    await kill(runtime)
    result = await session.ask("first")
    assert result.text == "re: first"
    assert result.thread_id == session.thread_id != thread_id
    assert (await session.ask("second")).thread_id == result.thread_id
    assert "re: first" in str(model.requests[-1].input_items)


async def test_a_first_turn_that_was_lost_leaves_a_session_that_works(
    session: Session, model: ScriptedModel, replies: dict[str, Reply]
) -> None:
    replies["wait"] = silence()
    await lose_turn(session, model)
    assert (await session.ask("next")).text == "re: next"


async def test_two_handles_of_a_thread_both_go_on(
    runtime: Runtime, session: Session, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the thread is resumed for both, and their turns stay one after the other."""
    await session.ask("first")
    other = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    await kill(runtime)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "one")
        nursery.start_soon(other.ask, "two")
    assert sorted(prompts(model)) == ["first", "one", "two"]
    said = str(model.requests[-1].input_items)
    assert "re: one" in said or "re: two" in said
    assert session.thread_id == other.thread_id


async def test_an_ephemeral_thread_that_ran_is_gone_and_its_session_says_so(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: a conversation is never forgotten in silence."""
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await session.ask("first")
    await kill(runtime)
    with pytest.raises(ThreadNotFound):
        await session.ask("second")
    assert prompts(model) == ["first"]


async def test_many_sessions_go_on_at_once(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """B50: few threads are resumed at once; ours."""
    policy = attrs.evolve(AT_ONCE, max_concurrent_resumes=2)
    async with open_runtime(model.runtime_config(home, restart=policy)) as runtime:
        config = SessionConfig(cwd=workspace)
        sessions = [await runtime.start_session(config) for _ in range(12)]
        for again in range(3):
            async with trio.open_nursery() as nursery:
                for number, session in enumerate(sessions):
                    nursery.start_soon(session.ask, f"{again} {number}")
            assert {session.total_turns for session in sessions} == {again + 1}
            await kill(runtime)
        assert sorted(prompts(model)) == sorted(f"{a} {n}" for a in range(3) for n in range(12))


# -- what subscribers and counters tell ------------------------------------------------------------


async def test_subscribers_are_told_of_the_loss_and_of_the_next_server(
    runtime: Runtime, session: Session
) -> None:
    await session.ask("first")
    async with runtime.subscribe() as events:
        await kill(runtime)
        await session.ask("second")
        seen: list[ServerLost | ServerRestarted] = []
        while len(seen) < 2:
            event = await anext(events)
            if isinstance(event, (ServerLost, ServerRestarted)):
                seen.append(event)
    lost, restarted = seen
    assert isinstance(lost, ServerLost)
    assert (lost.generation, lost.returncode) == (1, -signal.SIGKILL)
    assert lost.restart_in_s is not None
    assert isinstance(restarted, ServerRestarted)
    assert restarted.generation == restarted.server.generation == 2
    assert runtime.server == restarted.server


async def test_twenty_deaths_in_a_row_leave_the_session_and_nothing_else(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    """No descriptor, call or process is left of a server that died."""
    await session.ask("0")
    open_before = open_descriptors()
    for number in range(1, 21):
        await kill(runtime)
        assert (await session.ask(str(number))).text == f"re: {number}"
    assert prompts(model) == [str(number) for number in range(21)]
    assert "re: 0" in str(model.requests[-1].input_items)
    await until_settled(runtime)
    await until(lambda: open_descriptors() <= open_before)
    now = runtime.statistics()
    assert (now.restarts, now.threads, now.gate_waiting) == (20, 1, 0)


# -- the end of a handle after a death -------------------------------------------------------------


async def test_a_session_is_archived_on_the_next_server(runtime: Runtime, session: Session) -> None:
    """P6."""
    await session.ask("first")
    await kill(runtime)
    assert (await session.close()).action == "archived"
    listed = await runtime.request("thread/list", {"archived": True})
    assert [thread["id"] for thread in listed["data"]] == [session.thread_id]
    with pytest.raises(SessionClosed):
        await session.ask("second")


async def test_closing_a_session_that_never_ran_succeeds_after_a_death(
    runtime: Runtime, session: Session
) -> None:
    """P6: nothing is on disk to archive."""
    await kill(runtime)
    assert (await session.close()).action == "already_archived"


async def test_a_session_is_detached_after_a_death_and_its_thread_is_kept(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    await session.ask("first")
    await kill(runtime)
    await session.detach()
    again = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    assert (await again.ask("again")).text == "re: again"


async def test_nothing_runs_on_a_thread_whose_server_died(
    runtime: Runtime, session: Session
) -> None:
    await session.ask("first")
    await kill(runtime)
    assert (await session.interrupt_turn()).state == "not_active"

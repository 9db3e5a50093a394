"""P7 and P8 on the real app-server: much at once, and nobody slowed by the slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
import trio.testing

from codex_runtime import Runtime, Session, SessionConfig
from codex_runtime.protocol import THREAD_LOADED_LIST, AgentMessageDelta, ThreadLoadedListParams
from codex_runtime.testing import Reply, silence, text
from tests.real.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.protocol import ThreadLoadedListResponse
    from codex_runtime.testing import ScriptedModel


async def test_three_thousand_calls_at_once_are_all_answered(
    runtime: Runtime, session: Session
) -> None:
    """Ours: the gate; the server's queue would refuse many and lose some."""
    answers: list[ThreadLoadedListResponse] = []

    async def call() -> None:
        answers.append(await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams()))

    async with trio.open_nursery() as nursery:
        for _ in range(3000):
            nursery.start_soon(call)
    assert len(answers) == 3000
    assert all(answer.data == [session.thread_id] for answer in answers)
    now = runtime.statistics()
    assert (now.pending_calls, now.gate_waiting, now.requests_timed_out) == (0, 0, 0)


async def test_slow_calls_at_once_are_all_answered_and_do_not_hold_up_a_quick_one(
    runtime: Runtime,
) -> None:
    """Ours: slow methods have their own cap, and quick ones pass them."""
    answered = 0
    quick_after: list[int] = []

    async def slow() -> None:
        nonlocal answered
        await runtime.request("command/exec", {"command": ["true"]})
        answered += 1

    async def quick() -> None:
        await runtime.request("thread/loaded/list")
        quick_after.append(answered)

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(slow)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(quick)
    assert answered == 100
    assert quick_after[0] < 100


async def test_two_hundred_sessions_start_at_once(runtime: Runtime, workspace: Path) -> None:
    """Ours: each has a thread of its own. (The server is then busy with them for 20 s.)"""
    sessions: list[Session] = []

    async def start() -> None:
        sessions.append(await runtime.start_session(SessionConfig(cwd=workspace)))

    async with trio.open_nursery() as nursery:
        for _ in range(200):
            nursery.start_soon(start)
    assert len({session.thread_id for session in sessions}) == 200
    loaded = await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams(limit=500))
    assert set(loaded.data) == {session.thread_id for session in sessions}


async def test_a_consumer_that_stopped_reading_holds_up_nobody(
    runtime: Runtime, session: Session, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: its events wait for it, another session streams to its end, calls are answered."""
    said = "0123456789" * 2_000
    replies["stalled"] = text(said, deltas=5_000)
    replies["flows"] = text(said, deltas=2_000)
    other = await runtime.start_session(SessionConfig(cwd=workspace))
    async with session.ask_stream("stalled") as stalled:
        await anext(stalled)
        async with other.ask_stream("flows") as flowing:
            pieces = [e.delta async for e in flowing if isinstance(e, AgentMessageDelta)]
        assert "".join(pieces) == said
        await runtime.request("thread/loaded/list")
        await until(lambda: session.active_turn_id is None)
        assert stalled.result.text == said
        assert stalled.text == ""
        kept = [e.delta async for e in stalled if isinstance(e, AgentMessageDelta)]
    assert "".join(kept) == said


async def test_many_sessions_stream_side_by_side_and_none_gets_what_is_anothers(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: routing by turn."""
    texts: dict[int, str] = {}

    async def stream(number: int) -> None:
        replies[f"go {number}"] = silence() + text(f"{number:03d}" * 100, deltas=50)
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        async with session.ask_stream(f"go {number}") as turn:
            ids = {getattr(event, "thread_id", None) async for event in turn}
            texts[number] = turn.text
        assert ids == {session.thread_id}

    async with trio.open_nursery() as nursery:
        for number in range(24):
            nursery.start_soon(stream, number)
        await model.wait_for_requests(24)
        model.release()
    assert texts == {number: f"{number:03d}" * 100 for number in range(24)}

"""P7 on the real app-server: many streams at once, and nobody slowed by the slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime import Runtime, Session, SessionConfig
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import BLOCKING_TOO
from tests.real.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = BLOCKING_TOO


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

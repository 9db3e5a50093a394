"""Two hundred streams at once on one real app-server, each with a text of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime import SessionConfig
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import silence, text
from tests.engine.running import method_of

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Runtime
    from codex_runtime.testing import Reply, ScriptedModel

STREAMS = 200
DELTAS = 100


def pieces_of(number: int) -> list[str]:
    """What stream ``number`` is told: each delta names its stream and itself."""
    return [f"{number:03d}.{piece:03d} " for piece in range(DELTAS)]


async def test_200_streams_at_once_get_each_its_own_text_whole_and_in_order(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: nothing lost, nothing twice, nothing moved, nothing of another stream."""
    done: set[int] = set()

    async def stream(number: int) -> None:
        pieces = pieces_of(number)
        replies[f"go {number}"] = silence() + text("".join(pieces), deltas=DELTAS)
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        async with session.ask_stream(f"go {number}") as turn:
            events = [event async for event in turn]
            assert turn.text == turn.result.text == "".join(pieces)
        deltas = [event for event in events if isinstance(event, AgentMessageDelta)]
        assert [delta.delta for delta in deltas] == pieces
        assert {delta.turn_id for delta in deltas} == {turn.turn_id}
        assert {getattr(event, "thread_id", None) for event in events} == {session.thread_id}
        methods = [method_of(event) for event in events]
        assert methods.count("turn/started") == methods.count("turn/completed") == 1
        assert methods.count("item/started") == methods.count("item/completed") == 2
        assert methods[-1] == "turn/completed"
        done.add(number)

    async with trio.open_nursery() as nursery:
        for number in range(STREAMS):
            nursery.start_soon(stream, number)
        await model.wait_for_requests(STREAMS)
        assert model.active_streams == STREAMS
        model.release()
    assert done == set(range(STREAMS))
    now = runtime.statistics()
    assert (now.active_turns, now.pending_calls, now.requests_timed_out) == (0, 0, 0)
    assert now.events_dropped == now.garbage_frames == now.malformed_events == 0

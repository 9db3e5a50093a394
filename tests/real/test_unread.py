"""What becomes of events of the real app-server that are not read in time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import Lagged, Runtime, Session, SlowConsumer
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted
from codex_runtime.testing import Reply, silence, text
from tests.real import unread_client
from tests.real.faces import EVERY_FACE, without_a_runtime

if TYPE_CHECKING:
    from codex_runtime import DeliveryPolicy
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

PIECES = 5_000
SAID = "".join(f"{n:06d} " for n in range(PIECES))


async def test_a_stream_read_late_has_merged_deltas_and_the_same_text(
    session: Session, runtime: Runtime, replies: dict[str, Reply]
) -> None:
    """Ours: nothing is lost, and memory is bounded by the text."""
    replies["much"] = text(SAID, deltas=PIECES)
    async with session.ask_stream("much") as turn, runtime.subscribe() as watcher:
        async for event in watcher:
            if isinstance(event, TurnCompleted):
                break
        events = [event async for event in turn]
    deltas = [event for event in events if isinstance(event, AgentMessageDelta)]
    assert "".join(event.delta for event in deltas) == SAID
    assert sum(event.merged for event in deltas) == PIECES
    assert len(deltas) < 1_100
    assert turn.text == turn.result.text == SAID
    assert runtime.statistics().events_coalesced >= PIECES - len(deltas)


@pytest.mark.parametrize("policy", ["coalesce", "latest", "drop_oldest", "fail"])
async def test_a_subscriber_that_reads_late_gets_what_its_policy_says(
    session: Session, runtime: Runtime, replies: dict[str, Reply], policy: DeliveryPolicy
) -> None:
    """Ours: four policies, and what they have cost is in the statistics."""
    replies["much"] = text(SAID, deltas=PIECES)
    bound = 100 if policy in {"drop_oldest", "fail"} else None
    async with runtime.subscribe(policy=policy, max_backlog_events=bound) as events:
        assert (await session.ask("much")).text == SAID
        now = runtime.statistics()
        if policy == "fail":
            with pytest.raises(SlowConsumer):
                await anext(events)
            assert now.slow_consumers == 1
            return
        said, gaps = [], 0
        async for event in events:
            if isinstance(event, AgentMessageDelta):
                said.append(event.delta)
            gaps += event.count if isinstance(event, Lagged) else 0
            if isinstance(event, TurnCompleted):
                break
    assert SAID.endswith("".join(said))
    if policy == "drop_oldest":
        assert len(said) + gaps >= PIECES
        assert now.events_dropped == gaps > 0
    else:
        assert "".join(said) == SAID
        assert now.events_coalesced == PIECES - len(said) > 0


@without_a_runtime
async def test_a_stream_that_nobody_reads_costs_its_text_once_and_once_more_at_its_end(
    model: ScriptedModel, replies: dict[str, Reply], home: Path, workspace: Path
) -> None:
    """In a process of its own; P7 allows twice, and three times."""
    deltas = unread_client.DELTAS
    text_bytes = deltas * unread_client.DELTA_BYTES
    replies["open"] = text(unread_client.said(), deltas=deltas, finished=False) + silence()
    replies["complete"] = text(unread_client.said(), deltas=deltas)
    told = {
        "home": str(home),
        "cwd": str(workspace),
        "overrides": model.config_overrides(),
    }
    client = await trio.run_process(
        [sys.executable, unread_client.__file__, json.dumps(told)],
        env={**os.environ, **model.environment()},
        capture_stdout=True,
    )
    cost = json.loads(client.stdout)
    # The events up to the mark, half a KiB each, and the newest deltas of the item.
    fixed_bytes = 1024 * 1024
    assert text_bytes < cost["open_bytes"] <= text_bytes + fixed_bytes
    assert text_bytes < cost["complete_bytes"] <= 2 * text_bytes + fixed_bytes
    assert cost["is_whole"]
    assert cost["deltas"] == deltas

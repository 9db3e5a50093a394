"""What comes of threads that nobody here asked for is as if it had not come, a million times."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import trio
import trio.testing

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.protocol import TurnCompleted
from tests.bench.replay_script import Plan, Script, thread_id
from tests.bench.replay_server import write_starter
from tests.support.process_facts import (
    ProcessFacts,
    difference,
    earlier_objects_set_aside,
    objects_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Runtime, Subscription

BOUND_S = 300
"""A test that takes so long is stuck; nothing is measured by it. Beside all other tests on a busy
machine it takes one minute."""

GROWTH_BYTES = 8 * 1024 * 1024

PLAN = Plan(turns=4_000, deltas=250)
SCRIPT = Script()
SENT = PLAN.turns * (len(SCRIPT.opening) + PLAN.deltas + len(SCRIPT.closing))


async def read_one_turn(events: Subscription) -> set[str | None]:
    """Of which threads events come until a turn is completed."""
    seen: set[str | None] = set()
    async for event in events:
        seen.add(getattr(event, "thread_id", None))
        if isinstance(event, TurnCompleted):
            break
    return seen


async def all_read(runtime: Runtime, events: int) -> None:
    """Return once the runtime has taken so many notifications."""
    while runtime.statistics().events < events:
        await trio.testing.wait_all_tasks_blocked(0.002)


async def test_a_million_notifications_of_4000_foreign_turns_keep_no_memory(tmp_path: Path) -> None:
    """One of the turns is on a thread of ours, whose subscriber gets that and nothing else."""
    assert SENT > 1_000_000
    starter, go_path = write_starter(tmp_path, PLAN)
    config = RuntimeConfig(codex_bin=starter, codex_home=tmp_path)
    go_pipe = os.open(go_path, os.O_RDWR)
    try:
        with trio.fail_after(BOUND_S), earlier_objects_set_aside():
            async with open_runtime(config) as runtime:
                session = await runtime.start_session(SessionConfig(cwd=tmp_path))
                assert session.thread_id == thread_id(0)
                async with runtime.subscribe(thread_id=session.thread_id) as events:
                    objects, before = objects_of("codex_runtime"), ProcessFacts.now()
                    told = runtime.statistics().events
                    os.write(go_pipe, b"g")
                    assert await read_one_turn(events) == {session.thread_id}
                    await all_read(runtime, told + SENT)
                    after = ProcessFacts.now()
                    # What the thread of ours has used, and how full its context is.
                    kept = difference(objects, objects_of("codex_runtime"))
                    assert kept == {"ContextUsage": 1, "TokenUsage": 1}
                assert after.tasks == before.tasks
                assert after.rss_bytes - before.rss_bytes < GROWTH_BYTES
                assert session.active_turn_id is None
                assert runtime.statistics().active_turns == 0
    finally:
        os.close(go_pipe)

"""A client that reads nothing of two turns until it has measured what that costs.

A program of its own, so that neither the model nor the test is in the figures. Told as JSON how the
app-server is started, it asks for an answer that stays open, then for one that ends, and prints
what Python held for each. The bound on its time is its caller's.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.protocol import AgentMessageDelta
from tests.real.waiting import until

if TYPE_CHECKING:
    from codex_runtime import Runtime, Session

__all__ = ["DELTAS", "DELTA_BYTES", "said"]

DELTAS = 50_000
DELTA_BYTES = 64


def said() -> str:
    """The answer; each of its deltas has a number."""
    return "".join(f"{number:06d} ".ljust(DELTA_BYTES, ".") for number in range(DELTAS))


def held_bytes() -> int:
    """What Python holds of all that it allocated since the tracing began."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def open_item(runtime: Runtime, session: Session) -> dict[str, int]:
    """Of an item that has all its text and goes on."""
    before, events = held_bytes(), runtime.statistics().events
    async with session.ask_stream("open"):
        await until(lambda: runtime.statistics().events - events >= DELTAS)
        return {"open_bytes": held_bytes() - before}


async def complete_item(session: Session) -> dict[str, int | bool]:
    """Of a turn that has ended; then what a late reader gets of it."""
    before = held_bytes()
    async with session.ask_stream("complete") as turn:
        await until(lambda: session.active_turn_id is None)
        cost = held_bytes() - before
        deltas = [event async for event in turn if isinstance(event, AgentMessageDelta)]
        return {
            "complete_bytes": cost,
            "deltas": sum(delta.merged for delta in deltas),
            "is_whole": "".join(delta.delta for delta in deltas) == turn.result.text == said(),
        }


async def main(told: dict[str, Any]) -> None:
    config = RuntimeConfig(codex_home=told["home"], config_overrides=told["overrides"])
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=told["cwd"]))
        await session.ask("what is loaded on first use")
        tracemalloc.start()
        found = {**await open_item(runtime, session), **await complete_item(session)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    trio.run(main, json.loads(sys.argv[1]))

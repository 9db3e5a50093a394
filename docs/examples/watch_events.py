"""Watch what happens on every thread of a runtime, beside those who ask."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, Subscription, open_runtime
from codex_runtime.protocol import ThreadTokenUsageUpdated, TurnCompleted, TurnStarted
from codex_runtime.testing import open_scripted_model

METHODS = ("turn/started", "thread/tokenUsage/updated", "turn/completed")


async def watch(events: Subscription) -> None:
    async for event in events:
        match event:
            case TurnStarted():
                print("a turn started")
            case ThreadTokenUsageUpdated(token_usage=usage):
                print("the thread has cost", usage.total.total_tokens, "tokens")
            case TurnCompleted(turn=turn):
                print("a turn ended as", turn.status)
            case _:
                pass


async def ask_watched(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        runtime.subscribe(methods=METHODS) as events,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(watch, events)
        async with await runtime.start_session(SessionConfig(cwd=".")) as session:
            await session.ask("One")
            await session.ask("Two")
        nursery.cancel_scope.cancel()


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        with tempfile.TemporaryDirectory() as home:
            await ask_watched(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

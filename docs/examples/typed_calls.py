"""Any method of the app-server, typed both ways, and what a newer server would add."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import ExperimentalRequired, RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.protocol import (
    MEMORY_STATUS,
    THREAD_LIST,
    THREAD_READ,
    MemoryStatusParams,
    ThreadListParams,
    ThreadReadParams,
    UnknownItem,
    to_builtins,
)
from codex_runtime.testing import open_scripted_model


async def typed_calls(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
    ):
        await session.ask("Say something")

        listed = await runtime.call(THREAD_LIST, ThreadListParams(limit=20))
        print("threads on the server:", len(listed.data))

        params = ThreadReadParams(thread_id=session.thread_id, include_turns=True)
        thread = (await runtime.call(THREAD_READ, params)).thread
        for item in thread.turns[0].items:
            if isinstance(item, UnknownItem):  # a kind from the future
                print("an item of an unknown kind:", item.name, item.raw)
            else:
                print("an item as plain JSON:", sorted(to_builtins(item)))

        try:
            await runtime.call(MEMORY_STATUS, MemoryStatusParams())
        except ExperimentalRequired as refused:
            print("refused before it was sent:", refused.method)

        statistics = runtime.statistics()
        print("not known here:", statistics.unknown_events + statistics.unknown_parts)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        with tempfile.TemporaryDirectory() as home:
            await typed_calls(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

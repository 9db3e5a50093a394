"""Keep a journal of a session, read it, and live through it again without the server."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    JournalConfig,
    Runtime,
    RuntimeConfig,
    SessionConfig,
    TurnResult,
    open_runtime,
)
from codex_runtime.history import read_journal
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted
from codex_runtime.testing import FakeAppServer, open_fake_runtime, open_scripted_model, text


async def ask_twice(runtime: Runtime) -> list[TurnResult]:
    async with await runtime.start_session(SessionConfig(cwd=".")) as session:
        return [await session.ask("Say hello"), await session.ask("And again")]


async def record(config: RuntimeConfig) -> list[TurnResult]:
    async with open_runtime(config) as runtime:
        results = await ask_twice(runtime)
        print("not recorded:", runtime.statistics().journal_missed)
    return results


def read_a_turn(path: Path, after: int) -> int:
    with read_journal(path, after) as journal:
        for entry in journal:
            match entry.event:
                case AgentMessageDelta(delta=delta):
                    print(f"  {delta!r}")
                case TurnCompleted(turn=turn):
                    print(f"  {turn.status}")
                    break
                case _:
                    pass
        return journal.last_seq  # where to read on


async def live_through_it_again(path: Path) -> list[TurnResult]:
    server = FakeAppServer.from_journal(path)  # no binary, no model
    async with open_fake_runtime(server) as runtime:
        return await ask_twice(runtime)


async def on_a_scripted_model() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "journal.jsonl")
        async with open_scripted_model() as model:
            model.enqueue(text("Hello."), text("Hello again."))
            keep = JournalConfig(path=path, sync="flush", max_file_bytes=64 * 1024 * 1024)
            results = await record(model.runtime_config(Path(name, "home"), journal=keep))
        seen = 0
        for number in range(2):
            print(f"turn {number}:")
            seen = read_a_turn(path, after=seen)
        print("the same results:", await live_through_it_again(path) == results)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""A first turn: one question, its answer, and what it cost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.testing import open_scripted_model, text


async def first_turn(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
    ):
        print("talking to", runtime.server.user_agent)
        result = await session.ask("What is this folder about?")
        print(result.text)
        print(result.usage)


async def on_a_scripted_model() -> None:
    """The real app-server in a home of its own, and a model that says what it is told to."""
    async with open_scripted_model(lambda _request: text("It holds small programs.")) as model:
        with tempfile.TemporaryDirectory() as home:
            await first_turn(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""Leave a thread on the server and go on with it later, in another process of the app-server."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.testing import open_scripted_model, text


async def first_day(config: RuntimeConfig) -> str:
    # The default of on_exit is "archive": an archived thread cannot be resumed.
    stays = SessionConfig(cwd=".", on_exit="detach")
    async with open_runtime(config) as runtime, await runtime.start_session(stays) as session:
        await session.ask("My favourite number is 17. Remember it")
        return session.thread_id


async def second_day(config: RuntimeConfig, thread_id: str) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.resume_session(thread_id, SessionConfig(cwd=".")) as session,
    ):
        result = await session.ask("What is my favourite number?")
        print(result.text)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(text("I will."), text("It is 17."))
        with tempfile.TemporaryDirectory() as home:
            config = model.runtime_config(Path(home))
            await second_day(config, await first_day(config))
        print("the model was told of the first day:", "17" in str(model.requests[1].input_texts))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""The threads that the app-server has stored: list them, go on with the last one, put them away."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.errors.history import NoThreadFound
from codex_runtime.testing import open_scripted_model, shell, text


async def first_day(config: RuntimeConfig) -> None:
    here = SessionConfig(cwd=".", on_exit="detach", auto_title=True)
    async with open_runtime(config) as runtime:
        for prompt in ("Which tests fail,\nand why?", "Write the changelog for 1.2"):
            async with await runtime.start_session(here) as session:
                await session.ask(prompt)


async def second_day(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        async for thread in runtime.threads.list(cwd=".", limit=10):
            print(thread.thread_id[:8], thread.title)

        async with await runtime.threads.resume_latest(".") as session:
            print((await session.ask("Add what was done today")).text)

        try:
            await runtime.threads.latest("/somewhere/else")
        except NoThreadFound as nothing:
            print(type(nothing).__name__)


async def look_back(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        (failing,) = await runtime.threads.list(search_term="tests").next_page()

        tail = await runtime.threads.tail(failing.thread_id, messages=2, tool_uses=1)
        for message in tail.messages:
            print(f"{message.role}: {message.text!r}")
        for use in tail.tool_uses:
            print(f"{use.kind}: {use.output!r}")
        print("before:", tail.messages_before, "messages,", tail.tool_uses_before, "tool uses")

        async for turn in runtime.threads.turns(failing.thread_id, items="none"):
            print("turn", turn.status)

        await runtime.threads.rename(failing.thread_id, "The flaky one")
        await runtime.threads.archive(failing.thread_id)
        print("archived:", (await runtime.threads.find(failing.thread_id)).archived)
        await runtime.threads.delete(failing.thread_id)
        print(
            "there to be deleted:", await runtime.threads.delete(failing.thread_id, missing_ok=True)
        )


async def before_the_first_turn(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        flight = await runtime.preflight()
        print(flight.version, flight.judgement, flight.auth.kind)
        for problem in flight.problems:
            print(problem)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(
            text("Let me look.") + shell("echo one failed"),
            text("One: it waits for the clock."),
            text("Written."),
            text("Added."),
        )
        with tempfile.TemporaryDirectory() as home:
            config = model.runtime_config(Path(home))
            for program in (before_the_first_turn, first_day, second_day, look_back):
                await program(config)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""Jobs that run once, although the program that works on them may die at any moment."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, Session, SessionConfig, TurnLost, open_runtime
from codex_runtime.testing import open_scripted_model, text

JOBS = {"invoice-1": "Check invoice 1", "invoice-2": "Check invoice 2"}


async def work(session: Session) -> None:
    """Safe to be run again from the start, as often as it takes."""
    for key, prompt in JOBS.items():
        try:
            result = await session.ask(prompt, key=key)
        except TurnLost as lost:
            # It was begun, and its server died. A person decides; another key runs it again.
            print(f"{key}: unfinished: {lost.text}")
        else:
            print(f"{key}: {result.text}", "(from the record)" if result.reconciled else "")


async def first_process(config: RuntimeConfig) -> str:
    stays = SessionConfig(cwd=".", on_exit="detach")
    async with open_runtime(config) as runtime, await runtime.start_session(stays) as session:
        await session.ask(JOBS["invoice-1"], key="invoice-1")
        return session.thread_id  # and here it is killed, before it could note that


async def second_process(config: RuntimeConfig, thread_id: str) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.resume_session(thread_id, SessionConfig(cwd=".")) as session,
    ):
        await work(session)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(text("It is correct."), text("The sum is wrong."))
        with tempfile.TemporaryDirectory() as home:
            config = model.runtime_config(Path(home))
            await second_process(config, await first_process(config))
        print("the model was asked", len(model.requests), "times")


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""Talk to `codex exec`: a process for each turn, one conversation over them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import attrs
import trio

from codex_runtime.exec import (
    ExecCommand,
    ExecCommandExecution,
    ExecConfig,
    ExecFailure,
    ExecItemCompleted,
    ExecSession,
)
from codex_runtime.testing import open_scripted_model, server_error, shell, text, usage


async def a_conversation(config: ExecConfig) -> str | None:
    session = ExecSession(config)
    first = await session.send("My favourite number is 17")  # codex exec
    print(first.text)

    async with session.stream("Look around") as run:  # codex exec resume <thread>
        async for event in run:
            match event:
                case ExecItemCompleted(item=ExecCommandExecution() as ran):
                    print("exit code", ran.exit_code, "of", ran.command)
                case _:
                    pass
        print((await run.finish()).text)

    if session.usage is not None:  # None: nobody told
        print(session.total_turns, "turns,", session.usage.total_tokens, "tokens")
    return session.id


async def a_failure_and_after(config: ExecConfig, thread_id: str) -> None:
    session = ExecSession.resume(thread_id, config)
    try:
        await session.send("What is my favourite number?")
    except ExecFailure as failure:
        # By kind; the thread is known whatever happened.
        print(failure.kind, "- the same thread:", failure.thread_id == session.id)
    print((await session.send("Once more, please")).text)
    print([turn.status for turn in session.history])


async def a_command_with_options(config: ExecConfig) -> None:
    command = ExecCommand("Write a haiku", model="gpt-5.5", ephemeral=True, color="never")
    turn = await ExecSession(config).execute(command)
    print(turn.text)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(
            text("I will remember it.") + usage(input_tokens=900, output_tokens=8),
            shell("true") + usage(input_tokens=950, output_tokens=12),
            text("Nothing here.") + usage(input_tokens=1000, output_tokens=5),
            server_error(),
            text("It is 17."),
            text("Old silent pond."),
        )
        with tempfile.TemporaryDirectory() as folder:
            runtime = model.runtime_config(Path(folder) / "home", cwd=folder)
            config = attrs.evolve(ExecConfig.from_runtime(runtime), skip_git_repo_check=True)
            thread_id = await a_conversation(config)
            if thread_id is not None:
                await a_failure_and_after(config, thread_id)
            await a_command_with_options(config)


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

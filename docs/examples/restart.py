"""Kill the app-server under a session: the next one goes on with the conversation."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from codex_runtime import (
    RestartPolicy,
    RuntimeConfig,
    ServerLost,
    ServerRestarted,
    SessionConfig,
    Subscription,
    TurnLost,
    open_runtime,
)
from codex_runtime.launch import find_codex
from codex_runtime.testing import open_scripted_model, silence, text

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = RestartPolicy(first_pause_s=0.05, max_restarts=10, window_s=60)


async def watch(events: Subscription) -> None:
    async for event in events:
        match event:
            case ServerLost(generation=number, returncode=returncode):
                print(f"  lost: server {number}, exit code {returncode}")
            case ServerRestarted(generation=number):
                print(f"  back: server {number}")
            case _:
                pass


async def outlive_the_server(config: RuntimeConfig, kill_server: Callable[[], None]) -> None:
    methods = [ServerLost.METHOD, ServerRestarted.METHOD]
    async with (
        open_runtime(config) as runtime,
        runtime.subscribe(methods=methods) as events,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(watch, events)
        async with await runtime.start_session(SessionConfig(cwd=".")) as session:
            print((await session.ask("My favourite number is 17")).text)

            async with session.ask_stream("Take your time") as turn:
                async for _ in turn:
                    if turn.text:
                        kill_server()  # in the middle of the answer
                        break
                try:
                    await turn.finish()
                except TurnLost as lost:
                    # With what had arrived; __cause__ has the exit code and the end of stderr.
                    print(f"{lost.result.status} after {lost.text!r}")

            # The same session: it waits for the next server, which resumes the thread.
            print((await session.ask("What is my favourite number?")).text)
            print("restarts:", runtime.statistics().restarts)
        nursery.cancel_scope.cancel()


def codex_that_tells_its_pid(folder: Path) -> Path:
    """The binary behind a script that notes under which process id it runs."""
    program = folder / "codex"
    codex = find_codex(None, os.environ).path
    program.write_text(f'#!/bin/sh\necho $$ > "{folder}/pid"\nexec "{codex}" "$@"\n')
    program.chmod(0o755)
    return program


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        model.enqueue(
            text("I will remember it."),
            text("Let me", finished=False) + silence(),
            text("It is 17."),
        )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            config = model.runtime_config(folder / "home", restart=POLICY)
            config = attrs.evolve(config, codex_bin=codex_that_tells_its_pid(folder))

            def kill_server() -> None:
                os.kill(int((folder / "pid").read_text()), signal.SIGKILL)

            await outlive_the_server(config, kill_server)
        print("the model was told of the first turn:", "17" in str(model.requests[-1].input_texts))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

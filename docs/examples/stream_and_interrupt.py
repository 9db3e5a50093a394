"""Stream a turn as it happens, and stop it when there is enough of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.protocol import AgentMessageDelta, CommandExecution, ItemCompleted
from codex_runtime.testing import open_scripted_model, shell, text

ENOUGH_CHARS = 40


async def stream_and_interrupt(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".")) as session,
    ):
        async with session.ask_stream("List the folder, then count to a thousand") as turn:
            async for event in turn:
                match event:
                    case ItemCompleted(item=CommandExecution() as command):
                        print("ran", command.command, "->", command.status)
                    case AgentMessageDelta(delta=delta):
                        print(delta, end="", flush=True)
                        if len(turn.text) > ENOUGH_CHARS:
                            await turn.interrupt()
                    case _:
                        pass
        print()
        print(turn.result.status, "after", len(turn.result.text), "characters")

        # The thread goes on: it knows what was said until then.
        result = await session.ask("Thank you. Only the last number, please")
        print(result.status, result.text)


async def on_a_scripted_model() -> None:
    numbers = " ".join(map(str, range(1, 1001)))
    async with open_scripted_model() as model:
        model.enqueue(shell("ls"), text(numbers, delta_chars=8, delay_s=0.02), text("1000"))
        with tempfile.TemporaryDirectory() as home:
            await stream_and_interrupt(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""A turn always ends: by itself, by a deadline, or by an interrupt that says what it did."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    Deadlines,
    PromptParams,
    RuntimeConfig,
    SessionConfig,
    TurnTimedOut,
    open_runtime,
)
from codex_runtime.protocol import CommandExecution, ItemStarted
from codex_runtime.testing import ModelRequest, Reply, open_scripted_model, shell, silence, text

PATIENT = Deadlines(idle_s=120)  # for each turn of the session
BRIEF = Deadlines(total_s=0.5)  # for one call; idle_s stays what the session says


async def end_turns(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".", deadlines=PATIENT)) as session,
    ):
        # A deadline. The result has what there was of the answer.
        try:
            await session.ask_with(PromptParams(prompt="Count to a million", deadlines=BRIEF))
        except TurnTimedOut as late:
            print(late.result.status, repr(late.text))

        # An interrupt, of a turn that has left a command running in the background.
        async with session.ask_stream("Watch the log") as turn:
            async for event in turn:
                if isinstance(event, ItemStarted) and isinstance(event.item, CommandExecution):
                    break
            outcome = await turn.interrupt(terminals=True)
        print(outcome.state, outcome.status, [ended.command for ended in outcome.terminals])

        # Once more: it has ended, and nothing is sent.
        again = await session.interrupt_turn(outcome.turn_id)
        print(again.state, "after", again.requests_sent, "requests")

        # The thread goes on.
        print((await session.ask("Thank you")).text)


def respond(request: ModelRequest) -> Reply:
    if request.last_user_text.startswith("Count"):
        return text("1, 2, 3, ", finished=False) + silence()
    if request.last_user_text.startswith("Watch"):
        return silence() if request.tool_outputs else shell("sleep 600", yield_time_ms=250)
    return text("You are welcome.")


async def on_a_scripted_model() -> None:
    async with open_scripted_model(respond) as model:
        with tempfile.TemporaryDirectory() as home:
            # Background terminals are an experimental part of the protocol.
            await end_turns(model.runtime_config(Path(home), experimental_api=True))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""Options for one turn: what a call sets holds for that call alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    ProfileError,
    PromptParams,
    RunProfile,
    RuntimeConfig,
    SessionConfig,
    open_runtime,
)
from codex_runtime.testing import open_scripted_model

CAREFUL = RunProfile(effort="high", approval_policy="untrusted")


async def profiles(config: RuntimeConfig) -> None:
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=".", effort="low")) as session,
    ):
        await session.ask("A small thing")
        await session.ask_with_profile("A hard thing", CAREFUL)
        await session.ask_with(PromptParams(prompt="A thing in between", effort="medium"))
        await session.ask("A small thing again")

        # Where each option of such a turn comes from, layer by layer.
        print(session.explain(CAREFUL))

        # Nothing says what `summary` should go back to after the call: so it is refused.
        try:
            await session.ask_with(PromptParams(prompt="Think aloud", summary="detailed"))
        except ProfileError as problem:
            print("refused:", problem)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        with tempfile.TemporaryDirectory() as home:
            await profiles(model.runtime_config(Path(home)))
        for request in model.requests:
            print(f"{request.last_user_text:20} was asked with effort {request.effort}")


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

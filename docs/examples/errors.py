"""What can go wrong, and what to catch."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    CodexRuntimeError,
    PromptError,
    RuntimeConfig,
    Session,
    SessionClosed,
    SessionConfig,
    StartError,
    TurnFailed,
    TurnInterrupted,
    open_runtime,
)
from codex_runtime.testing import open_scripted_model, quota_exceeded, silence, text


async def ask_carefully(session: Session, prompt: str) -> str:
    """The answer, or what there is of it."""
    try:
        return (await session.ask(prompt)).text
    except TurnInterrupted as stopped:  # by us, or by somebody else on this thread
        return f"stopped after: {stopped.text}"
    except TurnFailed as failed:  # the model or the server gave up
        error = failed.result.error
        return f"failed: {error.codex_error_info if error else 'no reason was given'}"
    except PromptError as refused:  # nothing was sent
        return f"refused: {refused.problem}"
    except CodexRuntimeError as problem:  # everything else that this library raises on purpose
        if problem.retryable and problem.outcome_certain:
            return f"safe to ask again: {problem}"
        raise


async def without_a_server() -> None:
    try:
        async with open_runtime(RuntimeConfig(codex_bin=sys.executable)):
            pass
    except StartError as problem:
        print("no server:", problem.problem, "- exit code", problem.returncode)


async def with_one(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd="."))
        print(await ask_carefully(session, "Hello"))
        print(await ask_carefully(session, "Once more"))
        print(await ask_carefully(session, "half a character: \ud83d"))

        async with session.ask_stream("Take your time") as turn:
            await turn.interrupt()
        print(turn.result.status)

        await session.close()
        try:
            await session.ask("Are you there?")
        except SessionClosed as problem:
            print(problem)


async def on_a_scripted_model() -> None:
    await without_a_server()
    async with open_scripted_model() as model:
        model.enqueue(text("Hello."), quota_exceeded(), silence())
        with tempfile.TemporaryDirectory() as home:
            await with_one(model.runtime_config(Path(home)))


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

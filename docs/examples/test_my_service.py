"""How to test a service of your own: everything is real but the model.

pytest-trio runs the tests below (``trio_mode = true``); they need no fixture but ``tmp_path``.
"""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from codex_runtime import Session, SessionConfig, TurnFailed, open_runtime
from codex_runtime.testing import (
    Gate,
    ScriptedModel,
    open_scripted_model,
    rate_limited,
    shell,
    silence,
    text,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


# -- the service -----------------------------------------------------------------------------------


async def summarise(session: Session, path: str) -> str:
    """One sentence about a file; asks again once when the model is busy."""
    prompt = f"Summarise {path} in one sentence"
    try:
        return (await session.ask(prompt)).text
    except TurnFailed:
        return (await session.ask(prompt)).text


# -- its tests -------------------------------------------------------------------------------------


@asynccontextmanager
async def scripted_session(folder: Path) -> AsyncGenerator[tuple[ScriptedModel, Session]]:
    """A session on the real app-server, in a home of its own, and the model behind it."""
    async with (
        open_scripted_model() as model,
        open_runtime(model.runtime_config(folder / "home")) as runtime,
        await runtime.start_session(SessionConfig(cwd=folder)) as session,
    ):
        yield model, session


async def test_the_model_is_asked_about_the_file(tmp_path: Path) -> None:
    async with scripted_session(tmp_path) as (model, session):
        model.enqueue(text("It is a poem."))
        assert await summarise(session, "poem.txt") == "It is a poem."
        assert model.requests[0].last_user_text == "Summarise poem.txt in one sentence"


async def test_a_busy_model_is_asked_again(tmp_path: Path) -> None:
    async with scripted_session(tmp_path) as (model, session):
        model.enqueue(rate_limited(), text("It is a poem."))
        assert await summarise(session, "poem.txt") == "It is a poem."
        first, second = model.requests
        assert first.last_user_text == second.last_user_text


async def test_a_command_of_the_agent_sees_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("Roses are red")
    async with scripted_session(tmp_path) as (model, session):
        model.enqueue(shell("cat poem.txt"), text("It is about roses."))
        await summarise(session, "poem.txt")
        (output,) = model.requests[1].tool_outputs
        assert "Roses are red" in output.text


async def test_a_caller_who_gives_up_stops_the_model(tmp_path: Path) -> None:
    async with scripted_session(tmp_path) as (model, session):
        model.enqueue(silence(Gate()))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(summarise, session, "poem.txt")
            await model.wait_for_requests(1)
            nursery.cancel_scope.cancel()
        await model.wait_disconnected(0)


# -- without pytest, it is a program ---------------------------------------------------------------


async def every_test() -> None:
    for test in (
        test_the_model_is_asked_about_the_file,
        test_a_busy_model_is_asked_again,
        test_a_command_of_the_agent_sees_the_working_directory,
        test_a_caller_who_gives_up_stops_the_model,
    ):
        with tempfile.TemporaryDirectory() as folder:
            await test(Path(folder))
        print("passed:", test.__name__)


if __name__ == "__main__":
    trio.run(every_test)

"""What many tests of this folder look at or wait for.

Owns waits for a state that no event tells: it is looked at while all tasks are blocked, and the
bound is the test's. Knows no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio.testing

from codex_runtime import SessionConfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import ScriptedModel


async def until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; it is looked at when nothing else can run."""
    while not condition():
        await trio.testing.wait_all_tasks_blocked(0.002)


async def until_settled(runtime: Runtime) -> None:
    """No call, no turn and nobody in line."""

    def settled() -> bool:
        now = runtime.statistics()
        return not (now.pending_calls or now.abandoned_calls or now.active_turns)

    await until(settled)


async def until_active(session: Session) -> str:
    """The id of the session's turn, once the server named it."""
    await until(lambda: session.active_turn_id is not None)
    assert session.active_turn_id is not None
    return session.active_turn_id


def prompts(model: ScriptedModel) -> list[str]:
    """The newest text of the user in each request to the model, in order."""
    return [request.last_user_text for request in model.requests]


async def stored(runtime: Runtime, cwd: Path, *prompts: str, name: str | None = None) -> str:
    """The id of a thread that ran these prompts, and that nobody holds any more."""
    async with await runtime.start_session(SessionConfig(cwd=cwd, on_exit="detach")) as session:
        for prompt in prompts:
            await session.ask(prompt)
        if name is not None:
            await session.rename(name)
        return session.thread_id


def sent(runtime: Runtime) -> int:
    """How many requests the runtime has sent."""
    return runtime.statistics().requests

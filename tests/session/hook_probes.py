"""Hooks that tests look through: one that notes what it is shown, one that waits to be let go.

Owns the phases of an ask and the two ways to run one; knows no server but what a session asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pytest
import trio

from codex_runtime import Hook, HookContext
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.protocol.unset import UNSET
from tests.engine.fake_server import echo

if TYPE_CHECKING:
    from codex_runtime import HookConfig, Session, TurnResult
    from codex_runtime.protocol.unset import UnsetType
    from tests.engine.fake_server import FakeServer

__all__ = [
    "AFTER",
    "ASK_PHASES",
    "BEFORE",
    "Hold",
    "Watch",
    "Way",
    "both_ways",
    "quiet_and_usable",
    "run_turn",
]

Way: TypeAlias = Literal["ask", "stream"]

ASK_PHASES: Final[tuple[HookPhase, ...]] = ("pre_run", "pre_turn", "post_turn", "post_run")
BEFORE: Final[tuple[HookPhase, ...]] = ("pre_run", "pre_turn")
AFTER: Final[tuple[HookPhase, ...]] = ("post_turn", "post_run")
_LONG_S: Final = 1000.0

both_ways = pytest.mark.parametrize("way", ["ask", "stream"])


class Watch:
    """A hook that notes what it is shown."""

    def __init__(self) -> None:
        self.seen: list[HookContext] = []

    async def run(self, context: HookContext) -> None:
        self.seen.append(context)
        await trio.lowlevel.checkpoint()

    def hooks(self, *phases: HookPhase) -> tuple[Hook, ...]:
        """One hook for each phase, so that none is one half of a pair."""
        return tuple(Hook(f"watch {phase}", phase, self.run) for phase in phases or ASK_PHASES)

    @property
    def told(self) -> list[tuple[str, str | None]]:
        return [(context.phase, context.status) for context in self.seen]


class Hold:
    """A hook that begins, and goes on when it may."""

    def __init__(self) -> None:
        self.begun = trio.Event()
        self.may_go_on = trio.Event()
        self.ended = False

    async def run(self, _context: HookContext) -> None:
        self.begun.set()
        await self.may_go_on.wait()
        self.ended = True

    def hook(self, phase: HookPhase) -> Hook:
        return Hook("hold", phase, self.run, timeout_s=_LONG_S)


async def run_turn(
    session: Session, way: Way, prompt: str = "go", hooks: HookConfig | UnsetType = UNSET
) -> TurnResult:
    """One turn to its end, in either way."""
    if way == "ask":
        return await session.ask(prompt, hooks=hooks)
    async with session.ask_stream(prompt, hooks=hooks) as turn:
        return await turn.finish()


async def quiet_and_usable(server: FakeServer, session: Session) -> None:
    """No turn runs, nothing was merged, and the next ask is answered with its own turn."""
    play, server.play = server.play, echo
    assert (await session.ask("next")).text == "echo: next"
    server.play = play
    assert (server.merged, server.running) == ([], [])

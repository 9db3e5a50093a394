"""Hooks and handlers that tests of this folder use: a watch, fixed answers, a yes to everything.

Owns no fixture and knows no server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import trio

from codex_runtime import (
    Block,
    Hook,
    HookConfig,
    HookContext,
    Mutate,
)
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.testing import (
    shell,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.testing import Reply


TURN_PHASES: Final[tuple[HookPhase, ...]] = ("pre_run", "pre_turn", "post_turn", "post_run")
START_PHASES: Final[tuple[HookPhase, ...]] = ("pre_session_start", "post_session_start")
OTHER_MODEL: Final = "gpt-5.4"


class Watch:
    """A hook that notes what it is shown."""

    def __init__(self, name: str = "watch") -> None:
        self.name = name
        self.seen: list[HookContext] = []

    async def run(self, context: HookContext) -> None:
        self.seen.append(context)
        await trio.lowlevel.checkpoint()

    def hook(self, *phases: HookPhase) -> Hook:
        return Hook(self.name, phases or TURN_PHASES, self.run)

    @property
    def phases(self) -> list[HookPhase]:
        return [context.phase for context in self.seen]

    def only(self, phase: HookPhase) -> HookContext:
        (context,) = (context for context in self.seen if context.phase == phase)
        return context


def answering(answer: Mutate | Block | None) -> Callable[[HookContext], Awaitable[Any]]:
    """A hook's function; Any: `HookAnswer`, as that of each of them."""

    async def run(_context: HookContext) -> Mutate | Block | None:
        await trio.lowlevel.checkpoint()
        return answer

    return run


def one(name: str, phase: HookPhase, answer: Mutate | Block | None, **more: Any) -> HookConfig:
    """A config of one hook with a fixed answer; Any: fields of `Hook`."""
    return HookConfig([Hook(name, phase, answering(answer), **more)])


def escalated(command: str) -> Reply:
    """A command that the server wants approved."""
    return shell(command, sandbox_permissions="require_escalated", justification="May I?")


async def accept(request: Any) -> Any:  # Any: one handler for all kinds
    await trio.lowlevel.checkpoint()
    return request.accept()

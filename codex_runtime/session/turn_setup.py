"""Who answers for a turn and what bounds it, set once its thread is ours.

Owns the responder and the guard of a turn's route. Does not know what they decide: see
`SessionResponder` and `TurnGuard`. Enter at `set_up_turn`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from codex_runtime.engine.interrupts import interrupt
from codex_runtime.errors import CodexRuntimeError
from codex_runtime.model.hooks.hooks import HookContext
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.responding import SessionResponder
from codex_runtime.session.spending import TurnGuard, announced
from codex_runtime.session.turn import steer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.profile import RunProfile
    from codex_runtime.session.handle import Handle
    from codex_runtime.session.hooks.running import HookRunner

__all__ = ["context_of", "responder_of_session", "set_up_turn"]


async def set_up_turn(
    handle: Handle,
    route: TurnRoute,
    profile: RunProfile,
    hooks: HookRunner,
    context: Callable[[], HookContext],
) -> None:
    """Fix for one turn who decides and what it may spend; raises `BudgetExceeded`."""
    route.responder = SessionResponder(handle, profile, hooks, context)
    guard = TurnGuard(
        handle.config.budget,
        None if profile.max_tool_items is UNSET else profile.max_tool_items,
        usage=lambda: route.fold.usage,
        interrupt=partial(_stop, handle, route),
        steer=lambda text: _run(handle, partial(_tell, handle, route, text)),
        spawn=partial(_run, handle),
        here=handle.engine.here,
    )
    if handle.config.budget is not None:
        await announced(handle.engine, handle.config.budget)
    if guard.is_needed:
        route.on_end.append(guard.end)
        guard.begin()
        route.watchers.append(guard.watch)


def responder_of_session(handle: Handle) -> SessionResponder:
    """Who decides for turns of the thread that no handle asked for."""
    return SessionResponder(handle, handle.profile, None, lambda: context_of(handle))


def context_of(handle: Handle) -> HookContext:
    """What hooks are told of a turn that has no prompt of ours."""
    return HookContext(phase="pre_tool_use", thread_id=handle.thread_id, cwd=handle.cwd)


def _run(handle: Handle, task: Callable[[], Awaitable[None]]) -> None:
    handle.engine.spawn(task)


def _stop(handle: Handle, route: TurnRoute, reason: str) -> None:
    if route.stop_reason is None:
        route.stop_reason = reason
    bound_s = handle.engine.config.interrupt_timeout_s
    handle.engine.spawn(partial(interrupt, handle.engine, handle.line, route, bound_s=bound_s))


async def _tell(handle: Handle, route: TurnRoute, text: str) -> None:
    try:
        await steer(handle.engine, handle.line, route, text)
    except CodexRuntimeError as problem:
        handle.engine.log.warning("turn %s was not told to wrap up: %s", route.turn_id, problem)

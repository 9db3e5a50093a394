"""Interrupts: asking the server to stop a turn until it stops, ends by itself, or the bound passes.

Owns the retries and the joining of several callers. Trap of the real server: an interrupt before
``turn/started`` is refused as "no active turn" or names the previous turn, and the turn then runs
to its end; a second interrupt of a stopped turn may never be answered. So it is sent once the start
was seen, repeated only while refused, and shared by all who ask. Source: ``turn/interrupt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.engine.turn_route import InterruptWork
from codex_runtime.errors import (
    ActiveTurnMismatch,
    AppServerExited,
    CodexRuntimeError,
    NoActiveTurn,
    RequestTimeout,
    RuntimeClosed,
)
from codex_runtime.model.results import InterruptOutcome
from codex_runtime.protocol import TURN_INTERRUPT, TurnInterruptParams

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import InterruptState

__all__ = ["abandon", "interrupt", "reap"]

_FIRST_PAUSE_S: Final = 0.01
_LAST_PAUSE_S: Final = 0.5
_REAPER_FIRST_PAUSE_S: Final = 1.0
_REAPER_LAST_PAUSE_S: Final = 60.0


async def interrupt(
    engine: Engine, line: ThreadLine, route: TurnRoute, *, bound_s: float, any_turn: bool = False
) -> InterruptOutcome:
    """End the turn; returns when it has ended or the bound passed.

    Joins an attempt under way. Cancelling ends this wait alone: the attempt goes on.
    """
    begun_s = trio.current_time()
    if route.ended.is_set():
        await trio.lowlevel.checkpoint()
        return InterruptOutcome(state="already_ended", turn_id=route.turn_id, elapsed_s=0.0)
    if route.is_preparing:
        route.end_unsent()
        await trio.lowlevel.checkpoint()
        return InterruptOutcome(state="interrupted", turn_id=None, elapsed_s=0.0)
    if route.interrupt_work is None:
        route.interrupt_work = InterruptWork(any_turn)
        engine.spawn(_work, engine, line, route, route.interrupt_work)
    elif any_turn:
        route.interrupt_work.any_turn = True
    with trio.move_on_after(bound_s):
        await route.interrupt_work.done.wait()
    return InterruptOutcome(
        state=_state_of(route),
        turn_id=route.turn_id,
        elapsed_s=trio.current_time() - begun_s,
    )


def _state_of(route: TurnRoute) -> InterruptState:
    if not route.ended.is_set():
        return "still_running"
    if route.result is not None and route.result.status == "interrupted":
        return "interrupted"
    return "already_ended"


async def _work(engine: Engine, line: ThreadLine, route: TurnRoute, work: InterruptWork) -> None:
    """Runtime-owned: one attempt, from the start of the turn to its end or the bound."""
    scope = trio.CancelScope()
    scope.deadline = trio.current_time() + engine.config.interrupt_timeout_s
    try:
        with scope:
            route.on_end.append(scope.cancel)
            await route.started.wait()
            if not (route.interrupt_accepted or route.ended.is_set()):
                await _ask_until_accepted(engine, line, route, work, scope.deadline)
                route.interrupt_accepted = True
            await route.ended.wait()
    except (AppServerExited, RuntimeClosed, RequestTimeout):
        pass  # the end of the connection ends the turn; a lost interrupt is the reaper's to repeat
    finally:
        if scope.cancel in route.on_end:
            route.on_end.remove(scope.cancel)
        route.interrupt_work = None
        work.done.set()


async def _ask_until_accepted(
    engine: Engine, line: ThreadLine, route: TurnRoute, work: InterruptWork, deadline_s: float
) -> None:
    found: str | None = None
    pause_s = _FIRST_PAUSE_S
    # One that was never answered keeps its place at the gate for as long again.
    await trio.sleep_until(route.interrupt_quiet_until_s)
    while not route.ended.is_set():
        left_s = max(_FIRST_PAUSE_S, deadline_s - trio.current_time())
        target = found or route.alias or route.turn_id or ""
        params = TurnInterruptParams(thread_id=line.thread_id, turn_id=target)
        owed_s = left_s + engine.config.request_timeout_s
        route.interrupt_quiet_until_s = trio.current_time() + owed_s
        try:
            await engine.call(TURN_INTERRUPT, params, timeout_s=left_s)
        except (AppServerExited, RuntimeClosed, RequestTimeout):
            raise
        except ActiveTurnMismatch as refusal:
            ours = refusal.found in (route.turn_id, route.alias)
            if ours or (work.any_turn and refusal.found and not line.has_ended(refusal.found)):
                found = refusal.found
        except NoActiveTurn:
            pass
        except CodexRuntimeError as refusal:
            engine.log.warning("turn/interrupt of %s: %s", target, refusal)
        else:
            return
        route.interrupt_quiet_until_s = float("-inf")
        await trio.sleep(pause_s)
        pause_s = min(_LAST_PAUSE_S, pause_s * 2)


def abandon(engine: Engine, line: ThreadLine, route: TurnRoute) -> float:
    """The one who asked goes away: see to it that the turn ends, whoever waits for that.

    Returns how many seconds the caller may wait, shielded, for ``route.ended``. What still runs
    then is left to the reaper, which keeps the thread's place.
    """
    if route.ended.is_set():
        return 0.0
    if not route.request_written:
        route.prepare_scope.cancel()
        route.request_scope.cancel()
        return 0.0
    if not route.abandoned:
        route.abandoned = True
        engine.spawn(reap, engine, line, route)
    cancelled = trio.current_effective_deadline() == float("-inf")
    return engine.grace.grant(route.ended, hurried=cancelled)


async def reap(engine: Engine, line: ThreadLine, route: TurnRoute) -> None:
    """Runtime-owned: keep ending a turn that nobody waits for, until it ends."""
    pause_s = _REAPER_FIRST_PAUSE_S
    while not route.ended.is_set():
        await interrupt(engine, line, route, bound_s=engine.config.interrupt_timeout_s)
        with trio.move_on_after(pause_s):
            await route.ended.wait()
        pause_s = min(_REAPER_LAST_PAUSE_S, pause_s * 2)

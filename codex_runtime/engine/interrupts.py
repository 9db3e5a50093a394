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

__all__ = ["abandon", "interrupt", "reap", "withdraw"]

_FIRST_PAUSE_S: Final = 0.01
_LAST_PAUSE_S: Final = 0.5
_REAPER_FIRST_PAUSE_S: Final = 1.0
_REAPER_LAST_PAUSE_S: Final = 60.0

_QUIET_AFTER_YES_S: Final = 60.0
"""The server leaves a second interrupt of a turn unanswered; so late it may have forgotten one."""


async def interrupt(
    engine: Engine, line: ThreadLine, route: TurnRoute, *, bound_s: float, any_turn: bool = False
) -> InterruptOutcome:
    """End the turn; returns when it has ended or the bound passed.

    Joins an attempt under way. A turn whose request is not written yet ends at once, unsent.
    Cancelling ends this wait alone: the attempt goes on.
    """
    begun_s = trio.current_time()
    if route.ended.is_set() or not (route.request_written and route.is_turn):
        state: InterruptState = "already_ended" if route.is_turn else "not_active"
        if route.is_turn and not route.ended.is_set():
            route.end_unsent()
            state = "interrupted"
        await trio.lowlevel.checkpoint()
        return _outcome(route, state, begun_s)
    joined = route.interrupt_work is not None
    sent = 0
    with trio.move_on_after(bound_s) as scope:
        # The attempt that was joined may be at its bound before this caller is.
        while not route.ended.is_set() and trio.current_time() < scope.deadline:
            work = _join(engine, line, route, any_turn=any_turn)
            if work is None:
                break
            try:
                await work.done.wait()
            finally:
                sent += work.requests_sent
    return _outcome(route, _state_of(route), begun_s, requests_sent=sent, joined=joined)


def _outcome(
    route: TurnRoute,
    state: InterruptState,
    begun_s: float,
    *,
    requests_sent: int = 0,
    joined: bool = False,
) -> InterruptOutcome:
    return InterruptOutcome(
        state=state,
        turn_id=route.turn_id,
        elapsed_s=trio.current_time() - begun_s,
        status=None if route.result is None else route.result.status,
        requests_sent=requests_sent,
        joined=joined,
    )


def _state_of(route: TurnRoute) -> InterruptState:
    if not route.ended.is_set():
        return "still_running"
    if route.result is not None and route.result.status == "interrupted":
        return "interrupted"
    return "already_ended"


def _join(
    engine: Engine, line: ThreadLine, route: TurnRoute, *, any_turn: bool
) -> InterruptWork | None:
    """The attempt under way, or a new one; None at the end of the runtime."""
    work = route.interrupt_work
    if work is None:
        work = InterruptWork(any_turn)
        if not engine.spawn(_work, engine, line, route, work):
            return None
        route.interrupt_work = work
    elif any_turn:
        work.any_turn = True
    return work


async def _work(engine: Engine, line: ThreadLine, route: TurnRoute, work: InterruptWork) -> None:
    """Runtime-owned: one attempt, from the start of the turn to its end or the bound."""
    limit_s = engine.config.interrupt_timeout_s
    deadline_s = trio.current_time() + limit_s
    scope = trio.CancelScope(deadline=deadline_s)
    try:
        with scope:
            if not route.ended.is_set():
                route.on_end.append(scope.cancel)
            await _await_start(line, route, work, limit_s / 2)
            await _ask_until_accepted(engine, line, route, work, deadline_s)
            await route.ended.wait()
    finally:
        if scope.cancel in route.on_end:
            route.on_end.remove(scope.cancel)
        route.interrupt_work = None
        work.done.set()
    if not route.ended.is_set():
        await trio.lowlevel.checkpoint()  # whoever's bound this was is to see that it still runs
    if not (route.ended.is_set() or engine.closing):
        _give_up(engine, line, route, limit_s)


async def _await_start(
    line: ThreadLine, route: TurnRoute, work: InterruptWork, patience_s: float
) -> None:
    """Wait until the turn is seen to run.

    One whose request is not answered may well run: it is known by its start then. And where the
    caller named no turn, a server that starts another than it said is asked which one runs.
    """
    if route.turn_id is None and line.holder is route:
        route.claims_by_start = True
        line.replace_holder(route, route)
    with trio.move_on_after(patience_s):
        await route.started.wait()
    if route.turn_id is None or not work.any_turn:
        await route.started.wait()


async def _ask_until_accepted(
    engine: Engine, line: ThreadLine, route: TurnRoute, work: InterruptWork, deadline_s: float
) -> None:
    found: str | None = None
    stopped: set[str] = set()
    pause_s = _FIRST_PAUSE_S
    while not route.ended.is_set():
        await trio.sleep_until(route.interrupt_quiet_until_s)
        own = route.alias or route.turn_id
        if found is not None and line.has_ended(found):
            found = None
        target = found or own
        if target is None:  # it ended unsent
            return
        left_s = max(_FIRST_PAUSE_S, deadline_s - trio.current_time())
        try:
            await _ask(engine, line, route, work, target, left_s)
        except (AppServerExited, RuntimeClosed, RequestTimeout):
            return  # the end of the connection ends the turn; a lost one is the reaper's to repeat
        except ActiveTurnMismatch as refusal:
            known = refusal.found in stopped
            found = None if known else _found(line, route, work, refusal.found)
        except NoActiveTurn:
            found = None
            route.note_denial()
        except CodexRuntimeError as refusal:
            engine.log.warning("turn/interrupt of %s: %s", target, refusal)
        else:
            if target in (route.turn_id, route.alias):
                route.interrupt_quiet_until_s = trio.current_time() + _QUIET_AFTER_YES_S
                return
            stopped.add(target)
            found = None
        route.interrupt_quiet_until_s = float("-inf")
        await trio.sleep(pause_s)
        pause_s = min(_LAST_PAUSE_S, pause_s * 2)


async def _ask(
    engine: Engine,
    line: ThreadLine,
    route: TurnRoute,
    work: InterruptWork,
    target: str,
    left_s: float,
) -> None:
    """One ``turn/interrupt``; one that is not answered keeps its place at the gate for longer."""

    def sent(written: bool) -> None:  # noqa: FBT001 - see Connection.request
        work.requests_sent += written

    owed_s = left_s + engine.config.request_timeout_s
    route.interrupt_quiet_until_s = trio.current_time() + owed_s
    params = TurnInterruptParams(thread_id=line.thread_id, turn_id=target)
    await engine.call_raw(TURN_INTERRUPT, params, timeout_s=left_s, on_sent=sent)


def _found(line: ThreadLine, route: TurnRoute, work: InterruptWork, found: str) -> str | None:
    """Which turn to name next, after the server said that it runs ``found``."""
    if found in (route.turn_id, route.alias):
        return found
    if not (work.any_turn and found) or line.has_ended(found):
        return None
    if not route.started.is_set():
        line.claim(route, found)  # what was asked runs as part of that turn
    return found


def _give_up(engine: Engine, line: ThreadLine, route: TurnRoute, limit_s: float) -> None:
    """The bound passed, and the turn goes on."""
    if engine.config.on_stuck_turn == "restart" and route.started.is_set():
        engine.restart_server(
            f"turn {route.turn_id} of thread {line.thread_id} did not end within {limit_s:g} s "
            "of its interrupt"
        )


def withdraw(route: TurnRoute, error: CodexRuntimeError) -> bool:
    """Take back a turn that the server was not asked for yet: who asked gets ``error``.

    False if it was asked for, and nothing is done.
    """
    if route.request_written:
        return False
    route.refuse(error)
    route.take_back()
    return True


def abandon(engine: Engine, line: ThreadLine, route: TurnRoute) -> float:
    """The one who asked goes away: see to it that the turn ends, whoever waits for that.

    Returns how many seconds the caller may wait, shielded, for ``route.ended``. What still runs
    then is left to the reaper, which keeps the thread's place.
    """
    if route.ended.is_set():
        return 0.0
    if not route.request_written:
        route.take_back()
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

"""Background terminals of a turn: the commands that it leaves running, ended with it on request.

Owns which terminal belongs to which turn: the server lists those of a whole thread, each with the
item that began it, and the turn knows its own items. Experimental on the server. Source:
``thread/backgroundTerminals/list`` and ``/terminate``. Enter at `interrupt_with`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.engine.interrupts import interrupt
from codex_runtime.engine.turn_route import TerminalWork
from codex_runtime.errors import (
    CodexRuntimeError,
    ConfigError,
    ExperimentalRequired,
    RequestTimeout,
    RuntimeClosed,
)
from codex_runtime.model.results import EndedTerminal
from codex_runtime.protocol import (
    THREAD_BACKGROUND_TERMINALS_LIST,
    THREAD_BACKGROUND_TERMINALS_TERMINATE,
    CommandExecution,
    ItemStarted,
    ThreadBackgroundTerminalsListParams,
    ThreadBackgroundTerminalsTerminateParams,
)

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.results import InterruptOutcome
    from codex_runtime.protocol import ThreadBackgroundTerminal

__all__ = ["check_terminals", "interrupt_with"]

_INVALID_REQUEST: Final = -32600
_MAX_PAGES: Final = 64


def check_terminals(config: RuntimeConfig) -> None:
    """Refuse, before anything is sent, where a turn's terminals cannot be known or ended."""
    method = THREAD_BACKGROUND_TERMINALS_TERMINATE.name
    if not config.experimental_api:
        raise ExperimentalRequired(
            method,
            _INVALID_REQUEST,
            "is experimental; open the runtime with RuntimeConfig(experimental_api=True)",
        )
    if ItemStarted.METHOD in config.opt_out:
        raise ConfigError(
            "opt_out",
            config.opt_out,
            "switches item/started off, which tells what a turn began",
            "Leave item/started out of opt_out to end the terminals of a turn",
        )


async def interrupt_with(
    engine: Engine,
    line: ThreadLine,
    route: TurnRoute,
    *,
    any_turn: bool = False,
    terminals: bool = False,
) -> InterruptOutcome:
    """`interrupt`, and with ``terminals`` the end of the turn's background terminals after it.

    Each may take ``interrupt_timeout_s``. Cancelling ends this wait alone.
    """
    bound_s = engine.config.interrupt_timeout_s
    if not terminals:
        return await interrupt(engine, line, route, bound_s=bound_s, any_turn=any_turn)
    check_terminals(engine.config)
    begun_s = trio.current_time()
    work = _join(engine, line, route)
    outcome = await interrupt(engine, line, route, bound_s=bound_s, any_turn=any_turn)
    await work.done.wait()
    return attrs.evolve(
        outcome,
        elapsed_s=trio.current_time() - begun_s,
        terminals=tuple(work.ended),
        terminals_problem=work.problem,
    )


def _join(engine: Engine, line: ThreadLine, route: TurnRoute) -> TerminalWork:
    work = route.terminal_work
    if work is None:
        work = TerminalWork()
        if engine.spawn(_work, engine, line, route, work):
            route.terminal_work = work
        else:
            work.problem = RuntimeClosed()
            work.done.set()
    return work


async def _work(engine: Engine, line: ThreadLine, route: TurnRoute, work: TerminalWork) -> None:
    """Runtime-owned: wait for the end of the turn, or the bound, then end what it left."""
    limit_s = engine.config.interrupt_timeout_s
    try:
        # A command may begin until then.
        with trio.move_on_after(limit_s):
            await route.ended.wait()
        with trio.move_on_after(limit_s) as scope:
            await _end_terminals(engine, line.thread_id, route, work)
        if scope.cancelled_caught:
            work.problem = RequestTimeout(THREAD_BACKGROUND_TERMINALS_TERMINATE.name, limit_s)
    except CodexRuntimeError as problem:
        work.problem = problem
    finally:
        route.terminal_work = None
        work.done.set()


async def _end_terminals(
    engine: Engine, thread_id: str, route: TurnRoute, work: TerminalWork
) -> None:
    for terminal in await _terminals_of(engine, thread_id, route):
        params = ThreadBackgroundTerminalsTerminateParams(
            thread_id=thread_id, process_id=terminal.process_id
        )
        answer = await engine.call(THREAD_BACKGROUND_TERMINALS_TERMINATE, params)
        if answer.terminated:
            work.ended.append(
                EndedTerminal(
                    process_id=terminal.process_id,
                    item_id=terminal.item_id,
                    command=terminal.command,
                )
            )


async def _terminals_of(
    engine: Engine, thread_id: str, route: TurnRoute
) -> list[ThreadBackgroundTerminal]:
    """Those of the thread that an item of the turn began; without such an item nothing is asked."""
    so_far = route.result or route.result_so_far("interrupted")
    if so_far.status == "lost":  # they ended with their server
        return []
    begun = {
        item.id: item.process_id for item in so_far.items if isinstance(item, CommandExecution)
    }
    found: list[ThreadBackgroundTerminal] = []
    cursor: str | None = None
    for _ in range(_MAX_PAGES if begun else 0):
        page = await engine.call(
            THREAD_BACKGROUND_TERMINALS_LIST,
            ThreadBackgroundTerminalsListParams(thread_id=thread_id, cursor=cursor),
        )
        # The model makes up the ids of items; the process tells two of the same name apart.
        found += [
            terminal
            for terminal in page.data
            if terminal.item_id in begun and begun[terminal.item_id] in (None, terminal.process_id)
        ]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found

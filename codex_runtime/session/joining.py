"""A turn that was running when its thread was resumed, and that nobody here asked for.

Owns finding it and giving it the thread's place: so it can be interrupted, and an ask waits for its
end instead of being merged into it. Does not listen (see `ThreadLine`). Source:
``thread/turns/list``. Enter at `join_running_turn`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.errors import CodexRuntimeError, NoActiveTurn
from codex_runtime.protocol import TURN_INTERRUPT
from codex_runtime.session.records import turns_page

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine

__all__ = ["join_running_turn"]

_INVALID_REQUEST: Final = -32600


async def join_running_turn(engine: Engine, line: ThreadLine) -> None:
    """Let the turn that runs on the thread, if one does, hold it until its end.

    For a thread that this runtime listens to from now on, and that the server calls active. A turn
    that is known here stays as it is; one that cannot be read is left alone, with a warning.
    """
    try:
        turn_id = await _running(engine, line.thread_id)
        if turn_id is None or line.has_ended(turn_id) or line.holder is not None:
            return
        route = TurnRoute(line.thread_id, None)
        route.request_written = True
        line.take_next_place(route)
        line.claim(route, turn_id)
        route.started.set()
        still_running = None
        try:
            # Its end may have come before anybody here listened for it.
            still_running = await _running(engine, line.thread_id)
        finally:
            if still_running != turn_id and not route.ended.is_set():
                gone = NoActiveTurn(TURN_INTERRUPT.name, _INVALID_REQUEST, "the turn has ended")
                route.refuse(gone)
                line.forget(route)
    except CodexRuntimeError as problem:
        engine.log.warning("the turn that thread %s runs: %s", line.thread_id, problem)


async def _running(engine: Engine, thread_id: str) -> str | None:
    page = await turns_page(engine, thread_id, limit=1, cursor=None)
    return next((turn.id for turn in page.data if turn.status == "inProgress"), None)

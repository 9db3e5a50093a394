"""`TurnWatch`: sees to it that a turn which was acknowledged ends, whatever the server tells of it.

Owns the deadlines of a running turn, the look at the server's record where events fail to come, and
the end of a turn whose total is used up. Costs no event anything: it compares counts, some twenty
times per deadline. Does not send the turn (see `turns`), nor read what a record says (see
`recorded`). Enter at `TurnWatch.run`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.engine.interrupts import interrupt, reap
from codex_runtime.engine.turn_record import find_record
from codex_runtime.engine.turn_route import THREAD_EVENTS
from codex_runtime.errors import RemoteProtocolError
from codex_runtime.model.recorded import completed_by, is_settled
from codex_runtime.protocol import (
    ActiveThreadStatus,
    ItemCompleted,
    ItemStarted,
    SystemErrorThreadStatus,
    ThreadStatusChanged,
    TurnStarted,
    UserMessage,
)

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_record import Record
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import TurnResult, TurnStatus
    from codex_runtime.protocol import Notification, Turn

__all__ = ["TurnWatch", "watch_holder"]

_LOOKS_PER_DEADLINE: Final = 20
_LEAST_PAUSE_S: Final = 0.01

_GRACE_S: Final = 2.0
"""The server says that a thread rests, then that its turn is complete: so far apart at most."""

_NO_ANSWER_PAUSE_S: Final = 30.0
"""Until a server that does not answer is asked again about a thread that it said rests."""

_RETRY_PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2)
"""Between looks at a record that does not go with the thread's status: it may lag behind."""


class TurnWatch:
    """The watch over one turn; made before its request is written, run once it is named."""

    def __init__(
        self, engine: Engine, line: ThreadLine, route: TurnRoute, *, may_rest: bool = False
    ) -> None:
        self._engine = engine
        self._line = line
        self._route = route
        self._scope: trio.CancelScope = trio.CancelScope()
        self._heard: int = 0
        self._quiet_since_s = math.inf
        """On trio's clock, as all times here: since when no event of the turn has come."""
        self._progress_since_s = math.inf
        """From when the first progress is waited for."""
        self._told = 0
        """Events but text deltas; any other is one, and the model's."""
        self._has_progressed = False
        self._rests_since_s = trio.current_time() if may_rest else math.inf
        """Since when the thread does nothing, as the server says or may have said."""
        self._attend(route)

    def _attend(self, route: TurnRoute) -> None:
        route.is_watched = True
        route.watchers.append(self._take)
        route.on_doubt = self._note_rest

    def _note_rest(self) -> None:
        """The thread does nothing, by what the server says: the turn's end should come at once."""
        self._rests_since_s = min(self._rests_since_s, trio.current_time())
        self._scope.deadline = min(self._scope.deadline, self._rests_since_s + _GRACE_S)

    def _take(self, event: Notification) -> None:
        """Called by the reader with each event but text deltas."""
        self._told += 1
        if type(event) is ThreadStatusChanged:
            if isinstance(event.status, ActiveThreadStatus):
                self._rests_since_s = math.inf
            else:
                self._note_rest()
        elif not self._has_progressed:
            self._has_progressed = not _is_preliminary(event)

    async def run(self) -> None:
        """Runtime-owned: wait for the end of the turn, and find it out where it fails to come."""
        self._quiet_since_s = self._progress_since_s = trio.current_time()
        while not self._route.ended.is_set():
            self._scope.deadline = self._next_look_s()
            with self._scope:
                await self._route.ended.wait()
            if not self._route.ended.is_set():
                self._scope = trio.CancelScope()
                await self._look()

    def _next_look_s(self) -> float:
        limits, now_s = self._route.limits, trio.current_time()
        tick_s = max(limits.idle_s / _LOOKS_PER_DEADLINE, _LEAST_PAUSE_S)
        return min(now_s + tick_s, self._record_at_s, self._route.total_at_s)

    @property
    def _record_at_s(self) -> float:
        """When the record is to be asked, if nothing comes by then."""
        limits = self._route.limits
        progress_s = math.inf if self._has_progressed else limits.first_progress_s
        return min(
            self._quiet_since_s + limits.idle_s,
            self._progress_since_s + progress_s,
            self._rests_since_s + _GRACE_S,
        )

    async def _look(self) -> None:
        route, now_s = self._route, trio.current_time()
        if now_s >= route.total_at_s:
            await self._time_out()
            return
        waits = self._engine.server_requests.waits_for(route)
        if waits or route.heard != self._heard:
            self._heard, self._quiet_since_s = route.heard, now_s
            self._has_progressed |= waits or route.heard != self._told
        if now_s >= self._record_at_s:
            with trio.move_on_at(route.total_at_s):
                await self._ask_record()

    # -- the server's record ---------------------------------------------------------------------

    async def _ask_record(self) -> None:
        """End the turn as the record says, or give it as long again."""
        route, heard = self._route, self._route.heard
        rests, self._rests_since_s = self._rests_since_s < math.inf, math.inf
        pauses_s = iter(_RETRY_PAUSES_S)
        while True:
            record = await find_record(self._engine, route.thread_id, self._is_ours)
            if record is None and rests:
                self._rests_since_s = trio.current_time() + _NO_ANSWER_PAUSE_S
            if record is None or self._is_decided(record, heard):
                self._quiet_since_s = trio.current_time()
                break
            pause_s = next(pauses_s, None) if record.is_kept else None
            if pause_s is None:
                self._conclude(record)
                break
            with trio.move_on_after(pause_s):
                await route.ended.wait()
        self._progress_since_s = trio.current_time()

    def _is_decided(self, record: Record, heard: int) -> bool:
        """Whether to look no more: the turn has ended, or it runs."""
        route = self._route
        if route.ended.is_set() or route.heard != heard:
            return True
        if record.turn is not None and is_settled(record.turn):
            self._settle(self._result(record.turn.status, record.turn))
            return True
        return record.thread_is_active

    def _is_ours(self, turn: Turn) -> bool:
        return turn.id == self._route.turn_id  # a review's other one is recorded as interrupted

    def _result(self, status: TurnStatus, turn: Turn | None) -> TurnResult:
        live = self._route.result_so_far(status)
        whole = live if turn is None else completed_by(live, turn)
        error = None if status == "completed" else whole.error
        return attrs.evolve(whole, status=status, error=error, reconciled=True)

    def _settle(self, result: TurnResult) -> None:
        self._route.settle(result)
        self._line.has_record = True
        self._line.forget(self._route)

    def _conclude(self, record: Record) -> None:
        """The thread rests, and its record does not say how the turn ended."""
        route = self._route
        quiet_s = trio.current_time() - self._quiet_since_s
        if not route.started.is_set() and quiet_s < route.limits.idle_s:
            return  # it may be about to start
        status = self._likely_status(record)
        if status is not None:
            self._settle(self._result(status, record.turn))
        else:
            problem = "the server rests, and has no record of how the turn ended"
            route.lose(RemoteProtocolError(problem))
            self._line.forget(route)

    def _likely_status(self, record: Record) -> TurnStatus | None:
        """How a turn ended whose end is neither told nor written down, from what it had said."""
        route = self._route
        if isinstance(record.status, SystemErrorThreadStatus):
            return "failed"
        if route.timed_out or route.abandoned:
            return "interrupted"
        if route.fold.is_whole:
            return "completed"
        recorded = record.turn is not None and record.turn.status == "interrupted"
        return "interrupted" if recorded else None

    # -- the total -------------------------------------------------------------------------------

    async def _time_out(self) -> None:
        """Interrupt the turn; one that runs on is ended for us alone, and keeps its place."""
        engine, line, route = self._engine, self._line, self._route
        route.timed_out = True
        await interrupt(engine, line, route, bound_s=engine.config.cancel_grace_s)
        if route.ended.is_set():
            return
        self._route = successor = route.successor()
        self._attend(successor)
        line.hand_over(route, successor)
        route.time_out()
        engine.spawn(reap, engine, line, successor)


def _is_preliminary(event: Notification) -> bool:
    """It comes with the start of every turn, or with its thread: the model need not be at work."""
    if isinstance(event, (ItemStarted, ItemCompleted)):
        return isinstance(event.item, UserMessage)
    return isinstance(event, (TurnStarted, *THREAD_EVENTS))


def watch_holder(engine: Engine, line: ThreadLine) -> None:
    """Somebody is to wait for the thread's turn: watch one that nobody here asked for, too."""
    route = line.holder
    if route is not None and route.is_turn and route.request_written and not route.is_watched:
        engine.spawn(TurnWatch(engine, line, route, may_rest=True).run)

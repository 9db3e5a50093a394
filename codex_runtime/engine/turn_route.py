"""`TurnRoute`: one turn as the engine sees it, from its request to its end.

Owns the states a turn goes through and where its events go. Does not send anything: `turns` starts
it, `interrupts` stops it, the router feeds it. A turn ends once: by ``turn/completed``, by the end
of the connection, or because it never started.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.errors import RemoteProtocolError
from codex_runtime.model.deadlines import TurnLimits
from codex_runtime.model.fold import TurnFold
from codex_runtime.protocol import (
    MalformedNotification,
    ServerRequestResolved,
    ThreadStatusChanged,
    TurnCompleted,
    WarningNotification,
)
from codex_runtime.protocol.delta_lines import DELTA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.engine.mailbox import TurnMailbox
    from codex_runtime.engine.server_requests import Responder
    from codex_runtime.errors import CodexRuntimeError
    from codex_runtime.model.results import EndedTerminal, TurnResult, TurnStatus
    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["THREAD_EVENTS", "InterruptWork", "TerminalWork", "TurnRoute"]

THREAD_EVENTS: Final = (WarningNotification, ThreadStatusChanged, ServerRequestResolved)
"""Events without a turn id that belong to the turn that runs while they come."""


@attrs.define(eq=False)
class InterruptWork:
    """One attempt to end a turn, shared by everybody who wants it ended."""

    any_turn: bool
    """The caller named no turn: the one the server names as active will do."""
    requests_sent: int = 0
    done: trio.Event = attrs.field(factory=trio.Event)


@attrs.define(eq=False)
class TerminalWork:
    """One attempt to end what a turn left running, shared by everybody who wants it ended."""

    ended: list[EndedTerminal] = attrs.field(factory=list["EndedTerminal"])
    problem: CodexRuntimeError | None = None
    done: trio.Event = attrs.field(factory=trio.Event)


class TurnRoute:
    """One turn of one thread, or with ``is_turn=False`` something else that takes its place there.

    ``owner`` is the session that asked, None for a turn that something else started. ``mailbox`` is
    for the consumer of a stream and told of the fold; an ask has none, only the fold.
    """

    request_written: bool = False
    claims_by_start: bool = False
    """Take the next ``turn/started`` of the thread: the answer does not name the turn."""
    is_preparing: bool = False
    named_by_start: bool = False
    """Its id is that of a ``turn/started``; its other events may carry another one."""
    abandoned: bool = False
    """Nobody waits for it: a reaper is at work."""
    timed_out: bool = False
    """Its total is used up: it is interrupted for that."""
    is_watched: bool = False
    """Its watch sees to it that it ends; see `TurnWatch`."""
    is_keyed: bool = False
    """Whoever asked finds it on record, however late it shows up: it is not ended for that."""
    heard: int = 0
    """Grows with what comes of it: by one for a run of text deltas."""

    def __init__(
        self,
        thread_id: str,
        owner: object | None,
        mailbox: Callable[[Callable[[Sequence[TextDelta]], None]], TurnMailbox] | None = None,
        *,
        is_turn: bool = True,
    ) -> None:
        self.thread_id: str = thread_id
        self.is_turn: Final = is_turn
        self.owner = owner
        self.turn_id: str | None = None
        self.alias: str | None = None
        """Another id under which the server started it, and the one it takes for an interrupt."""
        self.fold: Final = TurnFold(thread_id)
        self.mailbox: TurnMailbox | None = None if mailbox is None else mailbox(self.fold.extend)
        self.prepare_scope: Final = trio.CancelScope()
        """Around what is done with the thread's place before the request: hooks."""
        self.request_scope: Final = trio.CancelScope()
        self.acknowledged: Final = trio.Event()
        self.started: Final = trio.Event()
        self.ended: Final = trio.Event()
        self.result: TurnResult | None = None
        """Set with ``ended``, unless the turn never started: then ``failure`` says why."""
        self.failure: CodexRuntimeError | None = None
        self.interrupt_work: InterruptWork | None = None
        self.interrupt_quiet_until_s: float = float("-inf")
        """On trio's clock: until then no other interrupt of it is sent, for one was accepted, or
        its answer is still owed."""
        self.terminal_work: TerminalWork | None = None
        self.limits: TurnLimits = TurnLimits()
        """How long each of its stages may take."""
        self.total_at_s: float = math.inf
        """On trio's clock: when its total is used up, counted from the ask."""
        self.on_end: list[Callable[[], None]] = []
        self.on_late_end: Callable[[], None] | None = None
        """Called when a turn ends that showed up after its request was given up."""
        self.responder: Responder | None = None
        """Who decides what the server asks for this turn; None leaves it to the runtime."""
        self.on_doubt: Callable[[], None] | None = None
        """Called when the server denies that it runs, though its end was not told."""
        self.watchers: list[Callable[[Notification], None]] = []
        """Told of each event but text deltas, by the reader: they must not raise or block."""
        self.stop_reason: str | None = None
        """Why we ended it ourselves, if we did."""
        self.arrived: Final[list[TextDelta]] = []
        """Where the router puts deltas before `deliver_arrived`, in a run of nothing else."""

    def move_to(self, thread_id: str) -> None:
        """Its thread has another id than when it was made."""
        self.thread_id = self.fold.thread_id = thread_id

    def acknowledge(self, turn_id: str) -> None:
        """The server named the turn."""
        self.turn_id = self.fold.turn_id = turn_id
        self.acknowledged.set()

    def deliver(self, event: Notification) -> None:
        """Take the next event of the turn; the reader wakes the consumer after the chunk."""
        if self.ended.is_set():
            return
        self.heard += 1
        if isinstance(event, DELTA_TYPES):
            self._deliver_deltas((event,))
            return
        if isinstance(event, TurnCompleted):
            event = self.fold.sharing(event)
        if self.mailbox is not None:
            self.mailbox.settle()
            self.mailbox.put(event)
        self.fold.apply(event)
        if not isinstance(event, THREAD_EVENTS):
            self.started.set()  # whatever it says, the turn runs
        for watcher in self.watchers:
            watcher(event)
        if isinstance(event, TurnCompleted):
            self._end(event.turn.status)
        elif isinstance(event, MalformedNotification) and event.method == TurnCompleted.METHOD:
            self.lose(RemoteProtocolError(f"its turn/completed cannot be read: {event.problem}"))

    def deliver_arrived(self) -> None:
        """Take all of `arrived`, nearly all events of a long turn."""
        if not self.ended.is_set():
            self.heard += 1
            self._deliver_deltas(self.arrived)
        self.arrived.clear()

    def _deliver_deltas(self, deltas: Sequence[TextDelta]) -> None:
        if self.mailbox is None:
            self.fold.extend(deltas)
        else:
            self.mailbox.extend(deltas)
        self.started.set()

    def result_so_far(self, status: TurnStatus) -> TurnResult:
        """What the turn said up to now."""
        if self.mailbox is not None:
            self.mailbox.settle()
        return self.fold.result(status)

    def lose(self, error: CodexRuntimeError) -> None:
        """The connection ended under the turn."""
        if not self.ended.is_set():
            self.failure = error
            self._end("lost")

    def refuse(self, error: CodexRuntimeError) -> None:
        """The turn never started."""
        if not self.ended.is_set():
            self.failure = error
            self._end(None)

    def time_out(self) -> None:
        """Its total is used up, and nobody waits longer, whatever the server does."""
        if not self.ended.is_set():
            self._end("timed_out")

    def give_up(self, error: CodexRuntimeError) -> None:
        """Nothing more is waited for: by its total if that is used up, else for ``error``."""
        if self.is_overdue:
            self.time_out()
        else:
            self.refuse(error)

    @property
    def is_overdue(self) -> bool:
        """Its total is used up."""
        return trio.current_time() >= self.total_at_s

    def settle(self, result: TurnResult) -> None:
        """The server's record says how it ended; nothing told it."""
        if not self.ended.is_set():
            self._end(result.status, result)

    def successor(self) -> TurnRoute:
        """Who keeps the turn's place when this route ends for all who wait, but not the turn."""
        route = TurnRoute(self.thread_id, None)
        if self.turn_id is not None:
            route.acknowledge(self.turn_id)
        if self.started.is_set():
            route.started.set()
        route.alias, route.named_by_start = self.alias, self.named_by_start
        route.request_written = True
        route.interrupt_quiet_until_s = self.interrupt_quiet_until_s
        route.responder = self.responder
        route.limits, route.heard = self.limits, self.heard
        route.abandoned = route.is_watched = True
        if self.on_late_end is not None:
            route.on_end.append(self.on_late_end)
        return route

    def note_denial(self) -> None:
        """The server says that it does not run: after its start, its end may have been lost."""
        if self.started.is_set() and self.on_doubt is not None:
            self.on_doubt()

    def take_back(self) -> None:
        """Do not send it: what prepares or sends it is cancelled."""
        self.prepare_scope.cancel()
        self.request_scope.cancel()

    def end_unsent(self) -> None:
        """It is interrupted before the server was asked for it, and never will be."""
        self.take_back()
        self._end("interrupted")

    def _end(self, status: TurnStatus | None, result: TurnResult | None = None) -> None:
        if status is not None:
            late = self.timed_out and status == "interrupted"
            result = self.result_so_far(status) if result is None else result
            self.result = attrs.evolve(result, status="timed_out") if late else result
        self.acknowledged.set()
        self.started.set()
        self.ended.set()
        if self.mailbox is not None:
            self.mailbox.close()
        for callback in tuple(self.on_end):
            callback()
        self.on_end.clear()
        self.watchers.clear()

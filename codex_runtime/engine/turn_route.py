"""`TurnRoute`: one turn as the engine sees it, from its request to its end.

Owns the states a turn goes through and where its events go. Does not send anything: `turns` starts
it, `interrupts` stops it, the router feeds it. A turn ends once: by ``turn/completed``, by the end
of the connection, or because it never started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.errors import RemoteProtocolError
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
    from codex_runtime.model.results import TurnResult, TurnStatus
    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["THREAD_EVENTS", "InterruptWork", "TurnRoute"]

THREAD_EVENTS: Final = (WarningNotification, ThreadStatusChanged, ServerRequestResolved)
"""Events without a turn id that belong to the turn that runs while they come."""


@attrs.define(eq=False)
class InterruptWork:
    """One attempt to end a turn, shared by everybody who wants it ended."""

    any_turn: bool
    """The caller named no turn: the one the server names as active will do."""
    done: trio.Event = attrs.field(factory=trio.Event)


class TurnRoute:
    """One turn of one thread.

    ``owner`` is the session that asked, None for a turn that something else started. ``mailbox`` is
    for the consumer of a stream and told of the fold; an ask has none, only the fold.
    """

    def __init__(
        self,
        thread_id: str,
        owner: object | None,
        mailbox: Callable[[Callable[[Sequence[TextDelta]], None]], TurnMailbox] | None = None,
    ) -> None:
        self.thread_id = thread_id
        self.owner = owner
        self.turn_id: str | None = None
        self.alias: str | None = None
        """Another id under which the server started it, and the one it takes for an interrupt."""
        self.fold: Final = TurnFold(thread_id)
        self.mailbox: Final = None if mailbox is None else mailbox(self.fold.extend)
        self.request_written = False
        self.claims_by_start = False
        """Take the next ``turn/started`` of the thread: the answer does not name the turn."""
        self.prepare_scope: Final = trio.CancelScope()
        """Around what is done with the thread's place before the request: hooks."""
        self.is_preparing = False
        self.request_scope: Final = trio.CancelScope()
        self.acknowledged: Final = trio.Event()
        self.started: Final = trio.Event()
        self.ended: Final = trio.Event()
        self.result: TurnResult | None = None
        """Set with ``ended``, unless the turn never started: then ``failure`` says why."""
        self.failure: CodexRuntimeError | None = None
        self.named_by_start = False
        """Its id is that of a ``turn/started``; its other events may carry another one."""
        self.interrupt_work: InterruptWork | None = None
        self.interrupt_accepted = False
        """The server said yes to an interrupt; a second one might never be answered."""
        self.interrupt_quiet_until_s: float = float("-inf")
        """On trio's clock: until then an interrupt of it that was not answered is still owed."""
        self.abandoned = False
        """Nobody waits for it: a reaper is at work."""
        self.on_end: list[Callable[[], None]] = []
        self.on_late_end: Callable[[], None] | None = None
        """Called when a turn ends that showed up after its request was given up."""
        self.responder: Responder | None = None
        """Who decides what the server asks for this turn; None leaves it to the runtime."""
        self.watchers: list[Callable[[Notification], None]] = []
        """Told of each event but text deltas, by the reader: they must not raise or block."""
        self.stop_reason: str | None = None
        """Why we ended it ourselves, if we did."""
        self.arrived: Final[list[TextDelta]] = []
        """Where the router puts deltas before `deliver_arrived`, in a run of nothing else."""

    def acknowledge(self, turn_id: str) -> None:
        """The server named the turn."""
        self.turn_id = self.fold.turn_id = turn_id
        self.acknowledged.set()

    def deliver(self, event: Notification) -> None:
        """Take the next event of the turn; the reader wakes the consumer after the chunk."""
        if self.ended.is_set():
            return
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

    def end_unsent(self) -> None:
        """It is interrupted before the server was asked for it, and never will be."""
        self.prepare_scope.cancel()
        self._end("interrupted")

    def _end(self, status: TurnStatus | None) -> None:
        if status is not None:
            self.result = self.result_so_far(status)
        self.acknowledged.set()
        self.started.set()
        self.ended.set()
        if self.mailbox is not None:
            self.mailbox.close()
        for callback in tuple(self.on_end):
            callback()
        self.on_end.clear()
        self.watchers.clear()

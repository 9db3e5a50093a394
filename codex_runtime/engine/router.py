"""`Router`: from what the connection hands over to the turns and subscribers it concerns.

The connection's `Sink`. Owns decoding at the right moment and the wake-ups after each chunk. Does
not know processes or sessions, and waits for nobody: every step is a few dictionary look-ups.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import trio
from msgspec.structs import replace

from codex_runtime.engine.child_threads import TELLING, ChildThreads
from codex_runtime.engine.inside import rename_marks
from codex_runtime.engine.thread_line import ThreadLine
from codex_runtime.engine.turn_route import THREAD_EVENTS
from codex_runtime.protocol import ServerRequestResolved, TurnStarted
from codex_runtime.protocol.codec import decode_notification, peek_thread_id
from codex_runtime.protocol.methods import NOTIFICATIONS
from codex_runtime.protocol.routing import route_ids
from codex_runtime.protocol.unknown import MalformedNotification, UnknownNotification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from codex_runtime.connection.connection import Connection
    from codex_runtime.connection.counters import Counters
    from codex_runtime.engine.child_thread import NewMailbox
    from codex_runtime.engine.server_requests import ServerRequests
    from codex_runtime.engine.subscriptions import Subscriptions
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.errors import CodexRuntimeError
    from codex_runtime.protocol.delta_lines import DeltaLine
    from codex_runtime.protocol.drift import Drift
    from codex_runtime.protocol.unknown import Notification
    from codex_runtime.wire.events import IncomingRequest
    from codex_runtime.wire.messages import Envelope

__all__ = ["Router"]

_log: Final = logging.getLogger("codex_runtime")

_OUR_OWN: Final = frozenset({ServerRequestResolved.METHOD})
_FOR_TURNS: Final = frozenset(
    {name for name, row in NOTIFICATIONS.items() if row.route in {"turn_id", "turn"}}
    | {kind.METHOD for kind in THREAD_EVENTS}
)
"""What a thread's line looks at; anything else is for subscribers alone."""

_NOTED: Final = frozenset({UnknownNotification, MalformedNotification, ServerRequestResolved})
"""What concerns the router itself; one look-up keeps the check off the path of all others."""


# Where many turns stream at once nearly every event of a chunk is another turn's, and waking a
# consumer costs several times an event. So they are woken less often: after about the time that
# waking them takes, unless there is much for one of them, or for each, by then.
_PATIENCE_S: Final = 0.002
_PATIENCE_EACH_S: Final = 0.000_01
_PATIENCE_MAX_S: Final = 0.01
_MUCH: Final = 256
_MUCH_FOR_EACH: Final = 64

_PARKED_LINES: Final = 1024
"""How many threads without a handle are remembered for the options their turns were given."""


class Router:
    """The lines of all threads with a handle here, and what feeds them."""

    def __init__(
        self,
        counters: Counters,
        drift: Drift,
        subscriptions: Subscriptions,
        server_requests: ServerRequests,
        new_mailbox: NewMailbox,
    ) -> None:
        self._counters = counters
        self._drift = drift
        self._subscriptions = subscriptions
        self._server_requests = server_requests
        self._lines: dict[str, ThreadLine] = {}
        self._routes: dict[str, TurnRoute] = {}
        """By turn id, over all threads; each line keeps its own in here."""
        self._parked: dict[str, ThreadLine] = {}
        self._locks: WeakValueDictionary[str, trio.Lock] = WeakValueDictionary()
        self._filled: list[TurnRoute] = []
        """Whose deltas are not delivered yet."""
        self._woken: set[TurnRoute] = set()
        self._gathered_events = 0
        self._connection: Connection | None = None
        self._children = ChildThreads(
            self._lines, self._routes, self.hold, self.release, new_mailbox
        )

    def attach(self, connection: Connection) -> None:
        """Serve this generation from now on."""
        self._connection = connection

    # -- threads ---------------------------------------------------------------------------------

    def hold(self, thread_id: str) -> ThreadLine:
        """The line of a thread, for one more handle; `release` it when the handle is done."""
        line = self._lines.get(thread_id) or self._parked.pop(thread_id, None)
        line = self._lines[thread_id] = line or ThreadLine(thread_id, self._routes, self.tidy)
        line.handles += 1
        return line

    def release(self, line: ThreadLine) -> None:
        """One handle less; the last one takes the line along once no turn needs it."""
        line.handles -= 1
        if line.handles == 0:
            self._children.end(line)
        self.tidy(line)

    def rename(self, line: ThreadLine, thread_id: str) -> None:
        """The line's thread was started afresh under another id; subscribers go along."""
        old_id = line.thread_id
        if self._lines.get(old_id) is line:
            del self._lines[old_id]
            self._lines[thread_id] = line
        line.rename(thread_id)
        rename_marks(old_id, thread_id)
        self._subscriptions.rename(old_id, thread_id)
        self._server_requests.rename(old_id, thread_id)

    def tidy(self, line: ThreadLine) -> None:
        """Drop a line that neither a handle nor a turn needs."""
        if line.handles > 0 or line.holder is not None or line.waiting:
            return
        if self._lines.pop(line.thread_id, None) is not None and line.touched_fields:
            # The server keeps what its turns were told: the next handle has to know of it.
            self._parked[line.thread_id] = line
            if len(self._parked) > _PARKED_LINES:
                del self._parked[next(iter(self._parked))]

    def is_held(self, thread_id: str) -> bool:
        """Whether a handle or a running turn needs the thread's events."""
        return thread_id in self._lines

    def subscription_lock(self, thread_id: str) -> trio.Lock:
        """Taken around each request that changes whether the server sends a thread's events."""
        return self._locks.setdefault(thread_id, trio.Lock())

    @property
    def lines(self) -> tuple[ThreadLine, ...]:
        """Every thread that a handle or a running turn holds."""
        return tuple(self._lines.copy().values())  # it may be read from any thread

    # -- Sink ------------------------------------------------------------------------------------

    @property
    def takes_deltas(self) -> bool:
        """See `Sink.takes_deltas`: a subscriber's bound is one of bytes."""
        return not self._subscriptions.want_deltas

    @property
    def patience_s(self) -> float:
        """See `Sink.patience_s`."""
        consumers = len(self._woken) + len(self._filled)
        if self._gathered_events >= max(_MUCH, _MUCH_FOR_EACH * consumers):
            return 0
        return min(_PATIENCE_S + _PATIENCE_EACH_S * consumers, _PATIENCE_MAX_S)

    def deltas(self, lines: Sequence[DeltaLine]) -> None:
        """Sort them by turn, to be taken at once in `deltas_done`."""
        self._counters.events += len(lines)
        self._gathered_events += len(lines)
        routes, filled = self._routes, self._filled
        for line in lines:
            event = line.params
            route = routes.get(event.turn_id)
            if route is None or route.thread_id != event.thread_id:
                if event.thread_id in self._lines:
                    self.deltas_done()  # it may be of a turn that is known by another id
                    self._route(event, event.thread_id, event.turn_id)
                continue
            arrived = route.arrived
            if not arrived:
                filled.append(route)
            arrived.append(event)

    def deltas_done(self) -> None:
        """See `Sink.deltas_done`: each turn takes what arrived for it."""
        for route in self._filled:
            route.deliver_arrived()
            if route.mailbox is not None:
                self._woken.add(route)
        self._filled.clear()

    def notification(self, envelope: Envelope) -> None:
        """Decode it once, if anybody wants it, and put it where it belongs."""
        self.deltas_done()
        method = str(envelope.method)
        params = envelope.params
        self._counters.events += 1
        self._gathered_events += 1
        if not self._is_wanted(method, params):
            return
        event = decode_notification(method, params, self._drift)
        if type(event) in _NOTED:
            event = self._noted(event)
        if type(event) in TELLING:
            self._children.look(event)
        thread_id, turn_id = route_ids(event)
        self._route(event, thread_id, turn_id)
        if self._subscriptions:
            self._subscriptions.offer(event, method, thread_id, memoryview(params).nbytes)

    def _is_wanted(self, method: str, params: Raw) -> bool:
        """Whether anybody is there for it; a method that is not known is worth a look always."""
        if self._subscriptions.want(method) or method not in NOTIFICATIONS or method in _OUR_OWN:
            return True
        if method not in _FOR_TURNS or not self._lines:
            return False
        thread_id = peek_thread_id(params)
        # A thread that is not known yet may be a child: its first turn says whose.
        return thread_id is None or thread_id in self._lines or method == TurnStarted.METHOD

    def _route(self, event: Notification, thread_id: str | None, turn_id: str | None) -> None:
        line = self._lines.get(thread_id) if thread_id is not None else None
        if line is not None:
            route = line.take(event, turn_id)
            if route is not None and route.mailbox is not None:
                self._woken.add(route)

    def _noted(self, event: Notification) -> Notification:
        """The event, as it is handed on."""
        match event:
            case UnknownNotification():
                self._counters.unknown_events += 1
            case MalformedNotification():
                self._counters.malformed_events += 1
                _log.warning("malformed %s from the app-server: %s", event.method, event.problem)
            case ServerRequestResolved() if self._connection is not None:
                self._connection.withdraw(event.request_id)
                event = replace(event, request_id=self._server_requests.own_id(event.request_id))
                self._server_requests.resolved(event.request_id)
            case _:
                pass
        return event

    def server_request(self, request: IncomingRequest) -> None:
        """Hand it to whoever decides; what was told before it is where it belongs by then."""
        self.deltas_done()
        connection = self._connection
        if connection is not None and connection.awaits_answer(request.request_id):
            self._server_requests.take(connection, request, self._lines)

    def chunk_done(self) -> None:
        """Wake each consumer once."""
        self.deltas_done()
        for route in self._woken:
            if route.mailbox is not None:
                route.mailbox.wake()
        self._woken.clear()
        self._gathered_events = 0
        self._subscriptions.wake()

    def closed(self) -> None:
        """The connection ended: every turn is lost, every open server request withdrawn."""
        self.deltas_done()
        connection = self._connection
        if connection is None:
            return
        for line in self.lines:
            line.lose(connection.end_error)
            self.tidy(line)
        self._children.closed()
        self._server_requests.closed()

    def refuse_waiters(self, error: type[CodexRuntimeError]) -> None:
        """Send away every ask that stands in a line."""
        for line in self.lines:
            line.refuse_waiters(None, error)

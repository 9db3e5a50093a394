"""`ServerRequests`: what the server asked of us, from its arrival to the one answer.

Owns which requests are open, their deadline, who may answer (a responder, or whoever calls
`answer` first), and that exactly one answer goes out: the default of its kind, which never says
yes, when nobody gives a better one. Does not know hooks, tools or policies: responders do. Enter
at `take`.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import attrs
import trio

from codex_runtime.engine.inside import inside
from codex_runtime.engine.user_code import call_user_code, run_user_function
from codex_runtime.errors import AnswerRefused, RequestNotPending
from codex_runtime.model.requests.approvals import ApprovalRequest
from codex_runtime.model.requests.kinds import (
    METHOD_NOT_FOUND,
    UnrecognisedRequest,
    read_server_request,
    with_item,
)
from codex_runtime.model.requests.others import ToolCallRequest
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence

    from codex_runtime.connection.connection import Connection
    from codex_runtime.connection.counters import Counters
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.access import AccessGate
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.requests.kinds import ServerRequest
    from codex_runtime.protocol.drift import Drift
    from codex_runtime.wire.events import IncomingRequest, RequestId

__all__ = ["Responder", "ServerRequests", "Work"]

_log: Final = logging.getLogger("codex_runtime")

_NO_HANDLER: Final = "no handler is set"

_MARGIN_S: Final = 1.0
"""What ends by a bound of its own gets this much more before it counts as hanging."""


@attrs.frozen
class Work:
    """The work of answering a request, in a task of its own."""

    run: Callable[[], Awaitable[object]]
    """Returns an answer of the request's kind, or None for the default; it is cancelled once the
    answer is no longer wanted."""
    run_s: float | None = None
    """How long ``run`` takes by a bound of its own: a tool. None leaves it to the runtime's."""
    before: Callable[[], Awaitable[object]] | None = None
    """What may say no before anybody else is asked: hooks. Returns the answer, or None to go on;
    until then nobody else can answer."""
    before_s: float = 0.0
    """How long ``before`` takes by a bound of its own."""


class Responder(Protocol):
    """Who answers for a turn, a thread or the runtime."""

    def finds(self, request: ServerRequest) -> Work | None:
        """The work of answering it, or None: then nobody here decides. Must not raise or block."""
        ...


@attrs.define(eq=False)
class _Open:
    """A request that has no answer yet."""

    request: ServerRequest
    wire_id: RequestId
    connection: Connection
    route: TurnRoute | None
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    timer: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    answerable: trio.Event = attrs.field(factory=trio.Event)
    """Nothing stands before it any more: whoever comes first may answer."""
    at_turn_end: Callable[[], None] | None = None
    waiting_thread_id: str | None = None
    """For a child's request the thread at the head, whose turn may wait for the child."""


class ServerRequests:
    """The open requests of one runtime; ``spawn`` runs a task of it."""

    def __init__(
        self,
        config: RuntimeConfig,
        counters: Counters,
        drift: Drift,
        access: AccessGate,
        spawn: Callable[..., bool],
    ) -> None:
        self._timeout_s = config.server_request_timeout_s
        self._counters = counters
        self._drift = drift
        self._access = access
        self._spawn = spawn
        self._fallback: Responder = _OfRuntime(config)
        self._open: dict[RequestId, _Open] = {}
        # Every server counts its requests from 0. What is handed out goes on counting, so that a
        # late answer to a request of one server never is one to a request of the next.
        self._ids_before = 0
        self._next_id = 0
        self._watchers: dict[str, list[Callable[[], None]]] = {}

    def pending_approvals(self, thread_id: str) -> tuple[ApprovalRequest, ...]:
        """The approvals of that thread that anybody may decide, oldest first."""
        return tuple(
            entry.request
            for entry in self._open.copy().values()  # it may be read from any thread
            if entry.answerable.is_set()
            and isinstance(entry.request, ApprovalRequest)
            and entry.request.thread_id == thread_id
        )

    def waits_for(self, route: TurnRoute) -> bool:
        """Whether the server waits for an answer to a request of that turn."""
        return any(entry.route is route for entry in self._open.values())

    @contextmanager
    def watched(self, thread_id: str, changed: Callable[[], None]) -> Generator[None]:
        """In the block ``changed`` is called whenever `pending_approvals` of the thread changes.

        It must not raise or block.
        """
        watchers = self._watchers.setdefault(thread_id, [])
        watchers.append(changed)
        try:
            yield
        finally:
            watchers.remove(changed)
            for name in [name for name, held in self._watchers.items() if held is watchers]:
                if not watchers:
                    del self._watchers[name]

    def rename(self, old_id: str, thread_id: str) -> None:
        """A thread has another id: who watches it watches that one."""
        if watchers := self._watchers.pop(old_id, None):
            self._watchers[thread_id] = watchers

    def _tell(self, entry: _Open) -> None:
        thread_id = entry.request.thread_id
        if thread_id is not None and entry.answerable.is_set():
            for changed in self._watchers.get(thread_id, ()):
                changed()

    def _close(self, entry: _Open) -> None:
        """It has its answer, or is not to have one."""
        del self._open[entry.request.request_id]
        on_end = [] if entry.route is None else entry.route.on_end
        if entry.at_turn_end is not None and entry.at_turn_end in on_end:
            on_end.remove(entry.at_turn_end)
        self._tell(entry)

    def take(
        self, connection: Connection, incoming: IncomingRequest, lines: Mapping[str, ThreadLine]
    ) -> None:
        """Answer it at once where nobody decides, else begin to; called by the reader."""
        own_id = self.own_id(incoming.request_id)
        if isinstance(own_id, int):
            self._next_id = max(self._next_id, own_id + 1)
        request = read_server_request(own_id, incoming.method, incoming.params, self._drift)
        line = lines.get(request.thread_id) if request.thread_id is not None else None
        route = _route_of(request, line)
        if route is not None and request.item_id is not None:
            request = with_item(request, route.fold.item(request.item_id))
        entry = _Open(
            request,
            incoming.request_id,
            connection,
            route,
            waiting_thread_id=_waiting_above(line),
        )
        responders = (
            () if _is_over(request, line) else (*_responders_of(route, line), self._fallback)
        )
        work = next(filter(None, (responder.finds(request) for responder in responders)), None)
        self._open[request.request_id] = entry
        if work is None:
            self._give_default(entry, _NO_HANDLER)
            return
        if route is not None:
            entry.at_turn_end = partial(self._give_up, entry, None)
            route.on_end.append(entry.at_turn_end)
        self._spawn(self._respond, entry, work)

    def own_id(self, wire_id: RequestId) -> RequestId:
        """The id, over all servers, of a request that the present one calls ``wire_id``."""
        if isinstance(wire_id, int):
            return self._ids_before + wire_id
        return f"{self._ids_before}:{wire_id}" if self._ids_before else wire_id

    def resolved(self, request_id: RequestId) -> None:
        """The server waits no more; ``request_id`` is our own."""
        entry = self._open.get(request_id)
        if entry is not None:
            self._close(entry)
            entry.scope.cancel()

    def closed(self) -> None:
        """The connection ended: nobody is to be told anything."""
        for request_id in tuple(self._open):
            self.resolved(request_id)
        self._next_id = self._ids_before = self._next_id + 1

    def answer(self, thread_id: str, request_id: RequestId, answer: object) -> None:
        """Answer in the place of the responder, which is cancelled.

        Raises `RequestNotPending` if it is not open on that thread, and `AnswerRefused` or
        `FullAccessDenied` for an answer it cannot have; then it stays open.
        """
        entry = self._open.get(request_id)
        if entry is None or not entry.answerable.is_set() or entry.request.thread_id != thread_id:
            raise RequestNotPending(request_id)
        self._give(entry, answer)
        entry.scope.cancel()

    async def _respond(self, entry: _Open, work: Work) -> None:
        """Runtime-owned: one request's responder, within its deadline."""
        why: str | None = None
        self._spawn(self._time_out, entry, work)
        try:
            with (
                entry.scope,
                inside(entry.request.thread_id),
                inside(entry.waiting_thread_id),
            ):
                answer = None if work.before is None else await call_user_code(work.before)
                if answer is None and self._is_open(entry):
                    entry.answerable.set()
                    self._tell(entry)
                    answer = await call_user_code(work.run)
                if self._is_open(entry):
                    why = "its handler left it to the default"
                    if answer is not None:
                        self._give(entry, answer)
        except AnswerRefused as problem:
            why = str(problem)
            self._counters.server_request_failures += 1
        except Exception as problem:  # noqa: BLE001 - costs this request alone: it is logged
            why = f"its handler failed with {problem!r}"
            self._counters.server_request_failures += 1
            _log.warning("the handler of %s failed", entry.request.method, exc_info=problem)
        finally:
            entry.timer.cancel()
            if self._is_open(entry):
                self._give_default(entry, why)

    async def _time_out(self, entry: _Open, work: Work) -> None:
        """Runtime-owned: the deadlines hold whatever user code does with its cancellation."""
        run_s = self._timeout_s if work.run_s is None else work.run_s + _MARGIN_S
        with entry.timer:
            with trio.move_on_after(work.before_s + _MARGIN_S):
                await entry.answerable.wait()
            if entry.answerable.is_set():
                await trio.sleep(run_s)
                self._give_up(entry, f"its handler gave no answer within {run_s:g} s")
            else:
                self._give_up(entry, "its hooks gave no answer in time")

    def _give_up(self, entry: _Open, why: str | None) -> None:
        """Answer for the handler, which is too late from now on, and cancel it."""
        if self._is_open(entry):
            self._give_default(entry, why)
        entry.scope.cancel()

    def _is_open(self, entry: _Open) -> bool:
        return self._open.get(entry.request.request_id) is entry

    def _give(self, entry: _Open, answer: object) -> None:
        request = entry.request
        request.check(answer)
        self._access.check_answer(request.method, answer)
        self._close(entry)
        if entry.connection.awaits_answer(entry.wire_id):
            entry.connection.answer(entry.wire_id, answer)

    def _give_default(self, entry: _Open, why: str | None) -> None:
        """The answer of nobody; ``why`` is None where nobody waits for it any more."""
        request = entry.request
        self._close(entry)
        if not entry.connection.awaits_answer(entry.wire_id):
            return
        answer: object = request.default_answer
        if isinstance(request, ToolCallRequest) and why != _NO_HANDLER:
            answer = request.fail("This client gave no answer to the call.")
        if answer is None:
            message = f"this client does not answer {request.method}"
            entry.connection.refuse(entry.wire_id, METHOD_NOT_FOUND, message)
            _log.warning("refused the app-server's request %s: %s", request.method, why)
            return
        entry.connection.answer(entry.wire_id, answer)
        if why is not None and request.refuses(answer):
            self._counters.server_requests_declined += 1
            _log.warning("declined %s: %s", request.method, why)


def _route_of(request: ServerRequest, line: ThreadLine | None) -> TurnRoute | None:
    """The turn it belongs to; one that names no turn, or another name of it, is of the active."""
    if line is None:
        return None
    named = line.route_of(request.turn_id) if request.turn_id is not None else None
    return named or line.active or line.holder


def _is_over(request: ServerRequest, line: ThreadLine | None) -> bool:
    """The turn that it names was seen to end: there is nobody to decide for."""
    return line is not None and request.turn_id is not None and line.has_ended(request.turn_id)


def _responders_of(route: TurnRoute | None, line: ThreadLine | None) -> Sequence[Responder]:
    """Whoever asked for the turn decides alone; for a turn of somebody else the thread's handles.

    So the handler of one handle never says yes to what another one's turn wants. A child's turn is
    of whoever asked for the turn that it works for, or of the handles at the head of its tree.
    """
    if route is not None and (route.owner is not None or route.responder is not None):
        return () if route.responder is None else (route.responder,)
    if line is None:
        return ()
    above = () if line.root is None else reversed(line.root.responders)
    return (*reversed(line.responders), *above)


def _waiting_above(line: ThreadLine | None) -> str | None:
    root = None if line is None else line.root
    return root.thread_id if root is not None and root.active is not None else None


class _OfRuntime:
    """The handlers of `RuntimeConfig`: the last to be asked."""

    def __init__(self, config: RuntimeConfig) -> None:
        self._config = config

    def finds(self, request: ServerRequest) -> Work | None:
        """The handler of its kind, if one is set."""
        config = self._config
        if isinstance(request, UnrecognisedRequest):
            return None
        if isinstance(request, ApprovalRequest):
            approvals = config.profile().approvals
            return None if approvals is UNSET else _work(approvals, request)
        handler = config.on_server_request
        return None if handler is None else _work(handler, request)


def _work(handler: Callable[..., object], request: ServerRequest) -> Work:
    return Work(partial(run_user_function, handler, request))

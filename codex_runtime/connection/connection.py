"""`Connection`: calls, notifications and answers over one transport, until it ends.

Owns deadlines, retries of an overloaded server, abandoned requests and the fan-out of the end. Does
not read (see `reading`) or write (`outbox`) itself, nor know what a method means. Enter at
`Connection.run` and `Connection.request`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.connection.outbox import Outbox
from codex_runtime.connection.pending import Pending
from codex_runtime.connection.reading import Reader
from codex_runtime.errors import (
    AppServerExited,
    RemoteProtocolError,
    RequestTimeout,
    ServerOverloaded,
)
from codex_runtime.protocol.codec import decode_json, encode_params
from codex_runtime.protocol.errors_table import classify
from codex_runtime.wire.events import MALFORMED_ANSWER_CODE, Failure, Result
from codex_runtime.wire.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from codex_runtime.connection.counters import Counters
    from codex_runtime.connection.gate import IngressGate, Slot
    from codex_runtime.connection.reading import Sink
    from codex_runtime.protocol.rows import Gate
    from codex_runtime.transport.base import Transport
    from codex_runtime.wire.messages import RequestId

__all__ = ["Connection"]

_RETRY_BASE_S: Final = 0.05
_RETRY_CAP_S: Final = 2.0
_RETRY_DOUBLINGS: Final = 10
_OVERLOADED: Final = -32001

# A broken input pipe nearly always means that the process is about to be seen to have exited; its
# exit code is worth this wait.
_EXIT_CODE_GRACE_S: Final = 1.0


def _backoff_s(attempt: int) -> float:
    """Full jitter: anything up to a bound that doubles with each attempt."""
    bound_s = min(_RETRY_CAP_S, _RETRY_BASE_S * 2 ** min(attempt, _RETRY_DOUBLINGS))
    return random.uniform(0, bound_s)  # noqa: S311 - no secret


class Connection:
    """Calls, notifications and answers over one transport, until it ends."""

    def __init__(
        self,
        transport: Transport,
        sink: Sink,
        *,
        gate: IngressGate,
        counters: Counters,
        max_frame_bytes: int,
        request_timeout_s: float,
    ) -> None:
        self._transport = transport
        self._sink = sink
        self._gate = gate
        self._counters = counters
        self._request_timeout_s = request_timeout_s
        self._peer = Peer(max_frame_bytes=max_frame_bytes)
        self._pending: dict[RequestId, Pending] = {}
        self._lingering: dict[RequestId, tuple[Pending, Slot, trio.CancelScope]] = {}
        self._outbox = Outbox(counters)
        self._nursery: trio.Nursery | None = None
        self._reader = Reader(transport, self._peer, sink, self, counters)
        self._end_reason: str | None = None
        self._end_cause: BaseException | None = None
        self.ended: Final = trio.Event()

    # -- the two tasks ---------------------------------------------------------------------------

    @trio.lowlevel.enable_ki_protection
    async def run(self) -> None:
        """Read and write until the transport ends; returns then, and never raises for it."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._write)
            try:
                await self._reader.run()
            except Exception as problem:  # noqa: BLE001 - a state that every waiter sees, not swallowed
                self.end(f"this client failed while reading: {problem!r}", problem)
            finally:
                self.end("the app-server exited")
            nursery.cancel_scope.cancel()

    @trio.lowlevel.enable_ki_protection
    async def _write(self) -> None:
        try:
            await self._outbox.run(self._transport)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as problem:
            with trio.move_on_after(_EXIT_CODE_GRACE_S):
                await self.ended.wait()
            self.end("the app-server closed its input", problem)

    # -- requests --------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        params: object,
        *,
        gate: Gate,
        timeout_s: float | None = None,
        on_answer: Callable[[bytes], None] | None = None,
        on_sent: Callable[[bool], None] | None = None,
    ) -> bytes:
        """Send a request and wait for its result (raw JSON).

        ``on_answer`` is called by the reader, before anything that follows the answer on the wire,
        and also for an answer that comes after this call was cancelled or timed out. ``on_sent``
        is called with True by the writer as it takes the request, which from there on cannot be
        taken back, and with False when the server was too busy to take it and it will be retried.

        Cancelling leaves nothing pending; a request not yet written is never sent. Raises
        `RequestError` and its kin, `RequestTimeout`, `QueueTimeout`, `AppServerExited`.
        """
        self.require_open()
        encoded = encode_params(params)
        slot = await self._gate.enter(method, gate)
        limit_s = self._request_timeout_s if timeout_s is None else timeout_s
        deadline_s: float | None = None
        attempt = 0
        try:
            while True:
                pending = Pending(method, on_answer, on_sent)
                try:
                    deadline_s = await self._exchange(pending, encoded, slot, limit_s, deadline_s)
                    return self._result_of(pending)
                except ServerOverloaded:
                    pause_s = _backoff_s(attempt)
                    if deadline_s is None or trio.current_time() + pause_s >= deadline_s:
                        raise
                attempt += 1
                self._counters.requests_retried += 1
                await trio.sleep(pause_s)
        finally:
            if not slot.kept:
                slot.release()

    async def _exchange(
        self,
        pending: Pending,
        params: msgspec.Raw,
        slot: Slot,
        limit_s: float,
        deadline_s: float | None,
    ) -> float:
        """Write once and wait for the answer; returns the deadline that holds for retries."""
        self.require_open()
        request_id, frame = self._peer.request(pending.method, params)
        self._pending[request_id] = pending
        self._reader.hurry()
        self._counters.requests += 1
        self._outbox.put(frame, pending)
        try:
            with trio.move_on_at(deadline_s or trio.current_time() + limit_s):
                await pending.written.wait()
            if deadline_s is None:
                deadline_s = trio.current_time() + limit_s
            if pending.written.is_set():
                with trio.move_on_at(deadline_s):
                    await pending.answered.wait()
        finally:
            if not pending.answered.is_set():
                self._abandon(request_id, pending, slot)
        if not pending.answered.is_set():
            self._counters.requests_timed_out += 1
            raise RequestTimeout(
                pending.method, limit_s, written=pending.writing, stderr_tail=self.stderr_tail
            )
        return deadline_s

    def _result_of(self, pending: Pending) -> bytes:
        match pending.outcome:
            case Result(result=result):
                return result
            case Failure(code=code) as failure if code == MALFORMED_ANSWER_CODE:
                raise RemoteProtocolError(f"{failure.method}: {failure.message}")
            case Failure() as failure:
                data = None if failure.data is None else decode_json(failure.data)
                raise classify(failure.method, failure.code, failure.message, data)
            case None:
                raise self.end_error(written=pending.writing)

    def settle(self, event: Result | Failure) -> None:
        """See `Answers.settle`."""
        pending = self._pending.pop(event.request_id, None)
        if pending is None:  # the end was declared first
            return
        pending.outcome = event
        if pending.writing_since_s is not None:
            waited_s = trio.current_time() - pending.writing_since_s
            self._counters.call_latency.add(waited_s * 1000)
        if isinstance(event, Failure) and event.code == _OVERLOADED and pending.on_sent:
            pending.on_sent(False)  # noqa: FBT003 - the state is what it tells
        if isinstance(event, Result) and pending.on_answer is not None:
            pending.on_answer(event.result)
        pending.written.set()
        pending.answered.set()

    def _abandon(self, request_id: int, pending: Pending, slot: Slot) -> None:
        """Take back what was not written; what was keeps its place until the server answers.

        The server works on it all the same, and its queue is what the gate protects.
        """
        self._pending.pop(request_id, None)
        self._peer.forget(request_id)
        if not pending.writing:
            self._outbox.take_back(pending)
        elif self._nursery is not None and not self.ended.is_set():
            slot.kept = True
            timer = trio.CancelScope()
            self._lingering[request_id] = (pending, slot, timer)
            self._nursery.start_soon(self._let_go_later, request_id, timer)

    async def _let_go_later(self, request_id: RequestId, timer: trio.CancelScope) -> None:
        with timer:
            await trio.sleep(self._request_timeout_s)
        self.let_go(request_id, None)

    def let_go(self, request_id: RequestId, late_result: bytes | None) -> None:
        """See `Answers.let_go`; also called when the server has owed it for long enough."""
        lingering = self._lingering.pop(request_id, None)
        if lingering is None:
            return
        pending, slot, timer = lingering
        timer.cancel()
        slot.release()
        if pending.on_answer is not None and late_result is not None:
            pending.on_answer(late_result)

    # -- the rest of what we send ----------------------------------------------------------------

    async def notify(self, method: str, params: object) -> None:
        """Send a notification and wait until it is written, ``request_timeout_s`` at most.

        ``params`` of None are left out.
        """
        self.require_open()
        encoded = None if params is None else encode_params(params)
        pending = Pending(method)
        self._outbox.put(self._peer.notification(method, encoded), pending)
        try:
            with trio.move_on_after(self._request_timeout_s):
                await pending.written.wait()
        finally:
            if not pending.writing:
                self._outbox.take_back(pending)
        if not pending.written.is_set():
            raise RequestTimeout(method, self._request_timeout_s, written=pending.writing)
        if self.ended.is_set() and not pending.writing:
            raise self.end_error(written=False)

    def answer(self, request_id: RequestId, result: object) -> None:
        """Answer a request of the server, once; raises `LocalProtocolError` for a second time."""
        self._outbox.put(self._peer.result(request_id, encode_params(result)), None)

    def refuse(self, request_id: RequestId, code: int, message: str) -> None:
        """Answer a request of the server with a JSON-RPC error, once."""
        self._outbox.put(self._peer.error(request_id, code, message), None)

    def awaits_answer(self, request_id: RequestId) -> bool:
        """Whether that request of the server is still to be answered."""
        return request_id in self._peer.open_requests

    def withdraw(self, request_id: RequestId) -> None:
        """The server no longer waits for this answer: one given later is refused here."""
        self._peer.withdraw(request_id)

    # -- the end ---------------------------------------------------------------------------------

    def end(self, reason: str, cause: BaseException | None = None) -> None:
        """Wake every waiter; only the first call counts."""
        if self.ended.is_set():
            return
        self._end_reason, self._end_cause = reason, cause
        self.ended.set()
        waiting = [*self._pending.values(), *self._outbox.clear()]
        self._pending.clear()
        for pending in waiting:
            pending.written.set()
            pending.answered.set()
        for _, slot, _ in self._lingering.values():
            slot.release()
        self._lingering.clear()
        self._sink.closed()

    def end_error(self, *, written: bool = True) -> AppServerExited:
        """A fresh error for one waiter: how the connection ended."""
        error = AppServerExited(
            self._transport.returncode,
            self._transport.stderr_tail,
            reason=self._end_reason or "the app-server exited",
            written=written,
        )
        error.__cause__ = self._end_cause
        return error

    def require_open(self) -> None:
        """Raise what ended the connection, if anything did."""
        if self.ended.is_set():
            raise self.end_error(written=False)

    @property
    def stderr_tail(self) -> str:
        """The end of the server's stderr so far."""
        return self._transport.stderr_tail

    @property
    def pending(self) -> int:
        """How many calls await their answer."""
        return len(self._pending)

    @property
    def lingering(self) -> int:
        """How many abandoned requests the server has still to answer."""
        return len(self._lingering)

"""`Connection`: one reader and one writer over one transport, and the calls that wait on them.

The reader awaits bytes and its own pacing, nothing else: everything it hands on is taken by
synchronous code. Owns deadlines, abandoned requests and the fan-out of the end. Does not know what
a method means; the `Sink` above it does. Enter at `Connection.run` and `Connection.request`.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, Protocol

import trio

from codex_runtime.connection.outbox import Outbox
from codex_runtime.connection.pending import Pending
from codex_runtime.errors import (
    AppServerExited,
    RemoteProtocolError,
    RequestTimeout,
    ServerOverloaded,
)
from codex_runtime.protocol.codec import decode_json, encode_params
from codex_runtime.protocol.delta_lines import decode_delta_lines
from codex_runtime.protocol.errors_table import classify
from codex_runtime.wire.events import (
    MALFORMED_ANSWER_CODE,
    Failure,
    FrameTooLong,
    GarbageFrame,
    IncomingRequest,
    Result,
    StrayAnswer,
    Taken,
)
from codex_runtime.wire.messages import Envelope
from codex_runtime.wire.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import msgspec

    from codex_runtime.connection.counters import Counters
    from codex_runtime.connection.gate import IngressGate, Slot
    from codex_runtime.protocol.delta_lines import DeltaLine
    from codex_runtime.protocol.rows import Gate
    from codex_runtime.transport.base import Transport
    from codex_runtime.wire.messages import RequestId
    from codex_runtime.wire.peer import WireEvent

__all__ = ["Connection", "Sink"]

# A live server writes one line at a time and each wake-up costs more than the line. After a small
# chunk in a hot stream the reader lets the next lines gather, unless a call awaits its answer.
_NAP_S: Final = 0.002
_NAP_CHUNK_BYTES: Final = 32 * 1024

# JSON has ints of any length, and floats have not.
_NO_TIME_MS: Final = 1 << 53

_RETRY_BASE_S: Final = 0.05
_RETRY_CAP_S: Final = 2.0
_RETRY_DOUBLINGS: Final = 10
_OVERLOADED: Final = -32001

# A broken input pipe nearly always means that the process is about to be seen to have exited; its
# exit code is worth this wait.
_EXIT_CODE_GRACE_S: Final = 1.0


class Sink(Protocol):
    """Who takes what arrives. Every method is called by the reader and must not raise or block."""

    @property
    def takes_deltas(self) -> bool:
        """Whether text deltas come by `deltas`; else by `notification`, each with its size."""
        ...

    @property
    def patience_s(self) -> float:
        """How long those whom the events since `chunk_done` concern can wait for more of them."""
        ...

    def deltas(self, lines: Sequence[DeltaLine]) -> None:
        """Take a run of notifications that are text deltas, already decoded."""

    def deltas_done(self) -> None:
        """What follows is no delta: all that came in a run has to be where it belongs."""

    def notification(self, envelope: Envelope) -> None:
        """Take one notification; ``envelope.params`` is gone once the chunk is done."""

    def server_request(self, request: IncomingRequest) -> None:
        """Take a request of the server; it is answered later by `Connection.answer`."""

    def chunk_done(self) -> None:
        """All that one read brought was handed over: wake whom it concerns."""

    def closed(self) -> None:
        """The connection ended; nothing more will come."""


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
        self._lingering: dict[RequestId, tuple[Pending, Slot]] = {}
        self._outbox = Outbox(counters)
        self._nursery: trio.Nursery | None = None
        self._nap = trio.CancelScope()
        """The reader's last one; a call that is written cuts it short."""
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
                await self._read()
            except Exception as problem:  # noqa: BLE001 - a state that every waiter sees, not swallowed
                self.end(f"this client failed while reading: {problem!r}", problem)
            finally:
                self.end("the app-server exited")
            nursery.cancel_scope.cancel()

    async def _read(self) -> None:
        last_read_s = float("-inf")
        while data := await self._transport.receive_some():
            now_s = trio.current_time()
            self._take(data)
            if len(data) >= _NAP_CHUNK_BYTES:
                self._gather(now_s)
            self._sink.chunk_done()
            hot = now_s - last_read_s < _NAP_S and len(data) < _NAP_CHUNK_BYTES
            if hot and not self._pending:
                with trio.move_on_after(_NAP_S) as self._nap:
                    await trio.sleep_forever()
            last_read_s = trio.current_time()
        for event in self._peer.receive_end():
            self._hand_over(event)
        self._sink.chunk_done()

    def _gather(self, since_s: float) -> None:
        """Take what else is here already: behind a big chunk the next one waits.

        The clock alone ends it for sure: what is no notification does not count as an event.
        """
        while trio.current_time() < since_s + self._sink.patience_s:
            try:
                data = self._transport.receive_nowait()
            except trio.WouldBlock:
                return
            self._take(data)

    def _take(self, data: bytes) -> None:
        self._counters.bytes_received += len(data)
        take = decode_delta_lines if self._sink.takes_deltas else None
        events = self._peer.receive(data, take)
        for event in events:
            self._hand_over(event)
        if events:
            self._note_lateness(events[-1])

    def _note_lateness(self, event: WireEvent) -> None:
        """Once per read, of its last event if that is a notification: clocks cost more than it."""
        newest = event.messages[-1] if isinstance(event, Taken) and event.messages else event
        sent_ms: int | None = getattr(newest, "emitted_at_ms", None)
        if sent_ms is not None and 0 < sent_ms < _NO_TIME_MS:
            self._counters.event_lateness.add(1000 * time.time() - sent_ms)

    def _hand_over(self, event: WireEvent) -> None:
        if type(event) is Envelope:
            self._sink.notification(event)
            return
        match event:
            case Taken():
                self._sink.deltas(event.messages)
            case Result() | Failure():
                self._sink.deltas_done()
                self._settle(event)
            case IncomingRequest():
                self._counters.server_requests += 1
                self._sink.server_request(event)
            case StrayAnswer():
                self._counters.stray_answers += 1
                self._sink.deltas_done()
                self._let_go(event.request_id, event.result)
            case FrameTooLong():
                self._counters.frames_too_long += 1
            case GarbageFrame():
                self._counters.garbage_frames += 1
            case _:
                self._counters.stray_answers += 1

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
        self._nap.cancel()
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
            raise RequestTimeout(pending.method, limit_s, written=pending.writing)
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

    def _settle(self, event: Result | Failure) -> None:
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
            self._lingering[request_id] = (pending, slot)
            self._nursery.start_soon(self._let_go_later, request_id)

    async def _let_go_later(self, request_id: RequestId) -> None:
        await trio.sleep(self._request_timeout_s)
        self._let_go(request_id, None)

    def _let_go(self, request_id: RequestId, late_result: bytes | None) -> None:
        pending, slot = self._lingering.pop(request_id, (None, None))
        if slot is not None:
            slot.release()
        if pending is not None and pending.on_answer is not None and late_result is not None:
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
        for _, slot in self._lingering.values():
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

"""`Reader`: from the bytes of one transport to whoever takes what they say.

Awaits bytes and its own pacing, nothing else: everything it hands on is taken by synchronous code.
Owns the pacing and the order in which things are handed over. Does not know what a method means
(the `Sink` does), nor who awaits an answer (`Answers` does). Enter at `Reader.run`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

import trio

from codex_runtime.protocol.delta_lines import decode_delta_lines
from codex_runtime.wire.events import (
    Failure,
    FrameTooLong,
    GarbageFrame,
    IncomingRequest,
    Result,
    StrayAnswer,
    Taken,
)
from codex_runtime.wire.messages import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.connection.counters import Counters
    from codex_runtime.protocol.delta_lines import DeltaLine
    from codex_runtime.transport.base import Transport
    from codex_runtime.wire.messages import RequestId
    from codex_runtime.wire.peer import Peer, WireEvent

__all__ = ["Answers", "Reader", "Sink"]

# A live server writes one line at a time and each wake-up costs more than the line. After a small
# chunk in a hot stream the reader lets the next lines gather, unless a call awaits its answer.
_NAP_S: Final = 0.002
_NAP_CHUNK_BYTES: Final = 32 * 1024

# JSON has ints of any length, and floats have not.
_NO_TIME_MS: Final = 1 << 53


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


class Answers(Protocol):
    """Who takes answers to our requests. Called by the reader: must not raise or block."""

    @property
    def pending(self) -> int:
        """How many calls await their answer."""
        ...

    def settle(self, event: Result | Failure) -> None:
        """The answer that a call awaits."""

    def let_go(self, request_id: RequestId, late_result: bytes | None) -> None:
        """An answer that no call awaits any more."""


class Reader:
    """Reads one transport to its end."""

    def __init__(
        self, transport: Transport, peer: Peer, sink: Sink, answers: Answers, counters: Counters
    ) -> None:
        self._transport = transport
        self._peer = peer
        self._sink = sink
        self._answers = answers
        self._counters = counters
        self._nap = trio.CancelScope()
        """The last one."""

    def hurry(self) -> None:
        """A call is on its way: its answer shall not wait for other lines."""
        self._nap.cancel()

    async def run(self) -> None:
        """Read and hand over until the transport ends."""
        last_read_s = float("-inf")
        while data := await self._transport.receive_some():
            now_s = trio.current_time()
            self._take(data)
            if len(data) >= _NAP_CHUNK_BYTES:
                self._gather(now_s)
            self._sink.chunk_done()
            hot = now_s - last_read_s < _NAP_S and len(data) < _NAP_CHUNK_BYTES
            if hot and not self._answers.pending:
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
                self._answers.settle(event)
            case IncomingRequest():
                self._counters.server_requests += 1
                self._sink.server_request(event)
            case StrayAnswer():
                self._counters.stray_answers += 1
                self._sink.deltas_done()
                self._answers.let_go(event.request_id, event.result)
            case FrameTooLong():
                self._counters.frames_too_long += 1
            case GarbageFrame():
                self._counters.garbage_frames += 1
            case _:
                self._counters.stray_answers += 1

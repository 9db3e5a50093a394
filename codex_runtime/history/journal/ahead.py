"""`AheadTransport`: a transport whose reader gets nothing before the journals have it.

Owns the bytes between the real transport and whoever reads this one: cut into lines, given to the
journals as records, and handed on once those are written. While nobody keeps a journal it hands
everything through. Does not know who records what (`Journals` does). Enter at `AheadTransport.run`.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.history.journal.recording import Recording
from codex_runtime.wire.frames import FrameDecoder

if TYPE_CHECKING:
    from codex_runtime.errors.journal import JournalError
    from codex_runtime.history.journal.entries import Record
    from codex_runtime.history.journal.journals import Journals
    from codex_runtime.transport.base import ExitReport, Transport
    from codex_runtime.wire.events import FrameTooLong

__all__ = ["AheadTransport"]

_READ_BYTES: Final = 64 * 1024
_READ_AHEAD_BYTES: Final = 1024 * 1024
"""So much may be written and not yet taken by the reader."""

# As in the reader of a connection, each wake-up costs more than a line: where nobody awaits an
# answer, lines gather. Longer than there, for a write costs more wake-ups.
_NAP_S: Final = 0.005
_NAP_CHUNK_BYTES: Final = 32 * 1024


class _Chunk:
    """What one read brought; it may go on once nobody writes its records any more."""

    __slots__ = ("_transport", "data", "writers")

    def __init__(self, transport: AheadTransport, data: bytes) -> None:
        self._transport = transport
        self.data = data
        self.writers = 1  # whoever distributes its records

    def begin(self) -> None:
        """See `Ticket.begin`."""
        self.writers += 1

    def done(self) -> None:
        """See `Ticket.done`."""
        self.writers -= 1
        if not self.writers:
            self._transport.hand_on()


class AheadTransport:
    """The `Transport` of one generation with the journals of its runtime around it."""

    def __init__(self, inner: Transport, journals: Journals, generation: int) -> None:
        self._inner = inner
        self._journals = journals
        self._recording = Recording(generation)
        self._frames = FrameDecoder(max_frame_bytes=journals.max_frame_bytes)
        self._is_ahead = False
        self._wanted: Final = trio.Event()
        self._starts_inside_line = False
        self._is_reading_through = False
        self._read_through = trio.Event()
        self._receiving = False
        self._chunks: deque[_Chunk] = deque()
        self._written: deque[bytes] = deque()
        self._written_bytes = 0
        self._saw_end = False
        self._has_ended = False
        self._is_closing = False
        self._failure: JournalError | None = None
        self._changed = trio.Event()
        self._taken = trio.Event()
        self._nap = trio.CancelScope()
        self._end_is_recorded = False

    # -- the transport ---------------------------------------------------------------------------

    @property
    def exit_report(self) -> ExitReport | None:
        """See `Transport.exit_report`."""
        return self._inner.exit_report

    @property
    def returncode(self) -> int | None:
        """See `Transport.returncode`."""
        return self._inner.returncode

    @property
    def stderr_tail(self) -> str:
        """See `Transport.stderr_tail`."""
        return self._inner.stderr_tail

    async def receive_some(self) -> bytes:
        """See `Transport.receive_some`; raises the `JournalError` that ended the recording."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        self._receiving = True
        try:
            if not self._is_ahead:
                data = await self._receive_through()
                if data is not None:
                    return data
            await trio.lowlevel.checkpoint()
            while not (self._written or self._has_ended or self._is_closing):
                if self._failure is not None:
                    raise self._failure
                await self._changed.wait()
            return b"" if self._is_closing else self._take_written()
        finally:
            self._receiving = False

    def receive_nowait(self) -> bytes:
        """See `Transport.receive_nowait`."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        if not self._is_ahead:
            data = self._inner.receive_nowait()
            self._starts_inside_line = not data.endswith(b"\n")
            return data
        if not self._written or self._is_closing:
            raise trio.WouldBlock
        return self._take_written()

    async def send_all(self, data: bytes) -> None:
        """See `Transport.send_all`; what is sent is recorded in its place, and not waited for."""
        if self._is_ahead:
            self._journals.record(self._recording.sent(data, _now_ms()))
            self._nap.cancel()
        await self._inner.send_all(data)

    async def aclose(self) -> ExitReport:
        """See `Transport.aclose`."""
        self._is_closing = True
        self._tell_changed()
        report = await self._inner.aclose()
        self._record_end(report.how, report.returncode)
        return report

    # -- handing through -------------------------------------------------------------------------

    async def _receive_through(self) -> bytes | None:
        """What the real transport has; None if a journal was opened meanwhile, which is first."""
        self._is_reading_through = True
        try:
            data = await self._inner.receive_some()
        finally:
            self._is_reading_through = False
            if self._is_ahead:
                self._read_through.set()
        if not self._is_ahead:
            self._starts_inside_line = not data.endswith(b"\n")
            return data
        self._take(data)
        return None

    # -- ahead -----------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """It is being closed, or was."""
        return self._is_closing

    def go_ahead(self) -> None:
        """A journal is there: from the next line on, what comes is recorded first."""
        self._is_ahead = True
        self._wanted.set()

    def begun(self, thread_id: str | None = None) -> Record:
        """What a journal begins this generation with."""
        return self._recording.begun(_now_ms(), self._journals.name, thread_id)

    def fail(self, problem: JournalError) -> None:
        """Nothing that comes may be handed on any more."""
        self._failure = problem
        self._chunks.clear()
        self._written.clear()
        self._tell_changed()

    async def run(self) -> None:
        """Read ahead, once that is wanted, to the end of the real transport."""
        await self._wanted.wait()
        while self._is_reading_through:
            await self._read_through.wait()
        last_read_s = float("-inf")
        while not (self._saw_end or self._is_closing or self._failure is not None):
            await self._wait_for_room()
            data = await self._inner.receive_some()
            now_s = trio.current_time()
            self._take(data)
            hot = now_s - last_read_s < _NAP_S and len(data) < _NAP_CHUNK_BYTES
            if hot and not self._recording.awaits:
                with trio.move_on_after(_NAP_S) as self._nap:
                    await trio.sleep_forever()
            last_read_s = trio.current_time()

    async def _wait_for_room(self) -> None:
        await self._journals.wait_for_room()
        while self._written_bytes >= _READ_AHEAD_BYTES and not self._is_closing:
            self._taken = trio.Event()
            await self._taken.wait()

    def _take(self, data: bytes) -> None:
        """Give what ``data`` completes to the journals, then to the reader."""
        now_ms = _now_ms()
        chunk = _Chunk(self, data)
        self._chunks.append(chunk)
        self._saw_end = not data
        for frame in self._lines_of(data):
            records = (
                self._recording.received(frame, now_ms)
                if isinstance(frame, bytes)
                else [self._recording.too_long(frame, now_ms)]
            )
            self._journals.record(records, chunk)
        if self._saw_end and not self._is_closing:
            self._record_end("crash", self._inner.returncode, chunk)
        chunk.done()

    def _lines_of(self, data: bytes) -> list[bytes | FrameTooLong]:
        if not data:
            return self._frames.finish()
        if self._starts_inside_line:  # its beginning was handed through
            begin = data.find(b"\n") + 1
            self._starts_inside_line = not begin
            data = data[begin:] if begin else b""
        return self._frames.feed(data)

    def _record_end(self, how: str, returncode: int | None, chunk: _Chunk | None = None) -> None:
        if not self._end_is_recorded and self._is_ahead:
            self._end_is_recorded = True
            self._journals.record([self._recording.ended(_now_ms(), how, returncode)], chunk)

    def hand_on(self) -> None:
        """Whatever is written, up to the first that is not, is the reader's."""
        chunks = self._chunks
        while chunks and not chunks[0].writers:
            data = chunks.popleft().data
            if data:
                self._written.append(data)
                self._written_bytes += len(data)
            else:
                self._has_ended = True
        if self._written or self._has_ended:
            self._tell_changed()

    def _take_written(self) -> bytes:
        """As much as one read may give: small chunks have gathered."""
        written = self._written
        parts: list[bytes] = []
        size_bytes = 0
        while written and size_bytes + len(written[0]) <= _READ_BYTES:
            parts.append(written.popleft())
            size_bytes += len(parts[-1])
        self._written_bytes -= size_bytes
        self._taken.set()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _tell_changed(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()
        self._taken.set()


def _now_ms() -> int:
    return int(1000 * time.time())

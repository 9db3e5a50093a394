"""`Outbox`: what waits to be written, in order, and the loop that writes it.

Synchronous code puts frames in; one task takes them out, several at once when they are small. Owns
the moment at which a request can no longer be taken back, and counts what is not written yet. Does
not know ids or answers.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NoReturn

import trio

if TYPE_CHECKING:
    from codex_runtime.connection.counters import Counters
    from codex_runtime.connection.pending import Pending
    from codex_runtime.transport.base import Transport

__all__ = ["Outbox"]

_BATCH_BYTES: Final = 64 * 1024  # what a pipe takes at once


class Outbox:
    """Frames on their way to the server; what the gate lets through bounds how many."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._frames: deque[tuple[bytes, Pending | None]] = deque()
        self._filled = trio.Event()
        self._unwritten_frames = 0
        self._unwritten_bytes = 0

    def put(self, frame: bytes, pending: Pending | None = None) -> None:
        """Append a whole line; ``pending`` is told when it is taken and when it is written."""
        self._frames.append((frame, pending))
        self._unwritten_frames += 1
        self._unwritten_bytes += len(frame)
        marks = self._counters
        marks.peak_unwritten_frames = max(marks.peak_unwritten_frames, self._unwritten_frames)
        marks.peak_unwritten_bytes = max(marks.peak_unwritten_bytes, self._unwritten_bytes)
        self._filled.set()

    def take_back(self, pending: Pending) -> None:
        """Drop a frame that was not taken yet."""
        for place, (frame, owner) in enumerate(self._frames):
            if owner is pending:
                del self._frames[place]
                self._gone(1, len(frame))
                return

    def clear(self) -> list[Pending]:
        """Drop everything; returns who waited for it."""
        waiting = [pending for _, pending in self._frames if pending is not None]
        self._gone(len(self._frames), sum(len(frame) for frame, _ in self._frames))
        self._frames.clear()
        return waiting

    def _gone(self, frames: int, size_bytes: int) -> None:
        self._unwritten_frames -= frames
        self._unwritten_bytes -= size_bytes

    async def run(self, transport: Transport) -> NoReturn:
        """Write what comes, until cancelled or the transport breaks."""
        while True:
            while self._frames:
                await self._write_batch(transport)
            self._filled = trio.Event()
            await self._filled.wait()

    async def _write_batch(self, transport: Transport) -> None:
        now_s = trio.current_time()
        frames: list[bytes] = []
        told: list[Pending] = []
        size_bytes = 0
        while self._frames and size_bytes < _BATCH_BYTES:
            frame, pending = self._frames.popleft()
            frames.append(frame)
            size_bytes += len(frame)
            if pending is not None:
                pending.writing_since_s = now_s
                told.append(pending)
                if pending.on_sent is not None:
                    pending.on_sent(True)  # noqa: FBT003 - the state is what it tells
        await transport.send_all(b"".join(frames) if len(frames) > 1 else frames[0])
        self._counters.bytes_sent += size_bytes
        self._gone(len(frames), size_bytes)
        for pending in told:
            pending.written.set()

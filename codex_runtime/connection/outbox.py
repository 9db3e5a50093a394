"""`Outbox`: what waits to be written, in order, and the loop that writes it.

Synchronous code puts frames in; one task takes them out, several at once when they are small. Owns
the moment at which a request can no longer be taken back. Does not know ids or answers.
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

    def put(self, frame: bytes, pending: Pending | None = None) -> None:
        """Append a whole line; ``pending`` is told when it is taken and when it is written."""
        self._frames.append((frame, pending))
        self._filled.set()

    def take_back(self, pending: Pending) -> None:
        """Drop a frame that was not taken yet."""
        self._frames = deque(entry for entry in self._frames if entry[1] is not pending)

    def clear(self) -> list[Pending]:
        """Drop everything; returns who waited for it."""
        waiting = [pending for _, pending in self._frames if pending is not None]
        self._frames.clear()
        return waiting

    async def run(self, transport: Transport) -> NoReturn:
        """Write what comes, until cancelled or the transport breaks."""
        while True:
            while self._frames:
                await self._write_batch(transport)
            self._filled = trio.Event()
            await self._filled.wait()

    async def _write_batch(self, transport: Transport) -> None:
        frames: list[bytes] = []
        told: list[Pending] = []
        size_bytes = 0
        while self._frames and size_bytes < _BATCH_BYTES:
            frame, pending = self._frames.popleft()
            frames.append(frame)
            size_bytes += len(frame)
            if pending is not None:
                pending.writing = True
                told.append(pending)
                if pending.on_sent is not None:
                    pending.on_sent(True)  # noqa: FBT003 - the state is what it tells
        await transport.send_all(b"".join(frames) if len(frames) > 1 else frames[0])
        self._counters.bytes_sent += size_bytes
        for pending in told:
            pending.written.set()

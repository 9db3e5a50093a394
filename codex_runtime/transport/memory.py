"""Two transports joined inside one process.

Owns bounded byte pipes between two ends. Knows no process: exit code and stderr are what the other
end says of itself. Enter at `memory_transport_pair`.
"""

from __future__ import annotations

import trio

from codex_runtime.transport.base import ExitReport

__all__ = ["MemoryTransport", "memory_transport_pair"]

_READ_BYTES = 64 * 1024
_STDERR_TAIL_CHARS = 64 * 1024


class _Pipe:
    """One direction: at most ``max_bytes`` wait in it."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.waiting: bytearray = bytearray()
        self.writer_gone = False
        self.reader_gone = False
        self.changed: trio.Event = trio.Event()

    def notify(self) -> None:
        self.changed.set()
        self.changed = trio.Event()


class _Told:
    """What one end said of itself, as a process would."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.stderr_tail: str = ""


class MemoryTransport:
    """One end of a pair; see `memory_transport_pair`."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe, told: _Told, tells: _Told) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._receiving = False
        self._sending = False
        self._exit_report: ExitReport | None = None
        self._told = told
        self._tells = tells

    @property
    def exit_report(self) -> ExitReport | None:
        """See `Transport.exit_report`; its ``how`` is ``in_memory``."""
        return self._exit_report

    @property
    def returncode(self) -> int | None:
        """What the other end told; None unless it did."""
        return self._told.returncode

    @property
    def stderr_tail(self) -> str:
        """What the other end told, at most 64 KiB."""
        return self._told.stderr_tail

    def tell_stderr(self, text: str) -> None:
        """Add to what the other end sees as the stderr of this one."""
        self._tells.stderr_tail = (self._tells.stderr_tail + text)[-_STDERR_TAIL_CHARS:]

    def tell_exit(self, returncode: int) -> None:
        """Let the other end see an exit code, as of a process; this end is to be closed then."""
        self._tells.returncode = returncode

    async def receive_some(self) -> bytes:
        """See `Transport.receive_some`."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        self._receiving = True
        try:
            await trio.lowlevel.checkpoint()
            pipe = self._incoming
            while not (pipe.waiting or pipe.writer_gone or pipe.reader_gone):
                await pipe.changed.wait()
            return b"" if pipe.reader_gone else self._take()
        finally:
            self._receiving = False

    def receive_nowait(self) -> bytes:
        """See `Transport.receive_nowait`."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        if not self._incoming.waiting:
            raise trio.WouldBlock
        return self._take()

    def _take(self) -> bytes:
        pipe = self._incoming
        data = bytes(pipe.waiting[:_READ_BYTES])
        del pipe.waiting[: len(data)]
        pipe.notify()
        return data

    async def send_all(self, data: bytes) -> None:
        """See `Transport.send_all`; waits while the pipe is full."""
        if self._sending:
            raise trio.BusyResourceError("another task is sending on this transport")
        self._sending = True
        try:
            await trio.lowlevel.checkpoint()
            pipe = self._outgoing
            rest = memoryview(data)
            while True:
                if pipe.writer_gone:
                    raise trio.ClosedResourceError("this transport was closed")
                if pipe.reader_gone:
                    raise trio.BrokenResourceError("the other end was closed")
                room = pipe.max_bytes - len(pipe.waiting)
                if room:
                    pipe.waiting += rest[:room]
                    rest = rest[room:]
                    pipe.notify()
                if not rest:
                    return
                await pipe.changed.wait()
        finally:
            self._sending = False

    async def aclose(self) -> ExitReport:
        """See `Transport.aclose`. The other end still reads what was sent before."""
        if self._exit_report is None:
            self._exit_report = ExitReport(
                how="in_memory", returncode=self.returncode, stderr_tail=self.stderr_tail
            )
            self._incoming.reader_gone = self._outgoing.writer_gone = True
            self._incoming.waiting.clear()
            self._incoming.notify()
            self._outgoing.notify()
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        return self._exit_report


def memory_transport_pair(
    *, max_buffer_bytes: int = _READ_BYTES
) -> tuple[MemoryTransport, MemoryTransport]:
    """Two ends: what one sends the other receives; each direction holds ``max_buffer_bytes``."""
    if max_buffer_bytes < 1:
        raise ValueError(f"max_buffer_bytes={max_buffer_bytes}: must be 1 or more")
    there, back = _Pipe(max_buffer_bytes), _Pipe(max_buffer_bytes)
    one, other = _Told(), _Told()
    return MemoryTransport(back, there, one, other), MemoryTransport(there, back, other, one)

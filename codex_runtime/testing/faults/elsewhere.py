"""A server of this run of trio for a client in another thread's.

Owns the socket between the two runs, with a transport at its far end. Knows no messages. Enter at
`reachable_elsewhere`.
"""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.faults.relay import join
from codex_runtime.transport import ExitReport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.transport import Transport

    Connect = Callable[[], AbstractAsyncContextManager[Transport]]

__all__ = ["reachable_elsewhere"]

_READ_BYTES: Final = 64 * 1024


class _Process:
    """What both sides know of one connection; each of its events is of one run alone."""

    def __init__(self) -> None:
        self.here, self.there = socket.socketpair()
        self.token: trio.lowlevel.TrioToken = trio.lowlevel.current_trio_token()
        self.is_up: trio.Event = trio.Event()
        self.is_over: trio.Event = trio.Event()
        self.transport: Transport | None = None

    def tell(self, *events: trio.Event) -> None:
        """From the server's side."""
        for event in events:
            with suppress(trio.RunFinishedError):
                self.token.run_sync_soon(event.set)


class _Far:
    """The client's transport: bytes through the socket, the rest read where it is."""

    def __init__(self, process: _Process, transport: Transport) -> None:
        process.here.settimeout(0)
        self._socket = process.here
        self._transport = transport
        self._is_closed = False
        self._exit_report: ExitReport | None = None

    @property
    def exit_report(self) -> ExitReport | None:
        """See `Transport`."""
        return self._exit_report

    @property
    def returncode(self) -> int | None:
        """See `Transport`."""
        return self._transport.returncode

    @property
    def stderr_tail(self) -> str:
        """See `Transport`."""
        return self._transport.stderr_tail

    def receive_nowait(self) -> bytes:
        """See `Transport`."""
        if self._is_closed:
            raise trio.WouldBlock
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            raise trio.WouldBlock from None
        except OSError:
            data = b""
        if not data:
            raise trio.WouldBlock
        return data

    async def receive_some(self) -> bytes:
        """See `Transport`."""
        await trio.lowlevel.checkpoint()
        while not self._is_closed:
            try:
                return self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                with suppress(trio.ClosedResourceError):
                    await trio.lowlevel.wait_readable(self._socket)
            except OSError:
                break
        return b""

    async def send_all(self, data: bytes) -> None:
        """See `Transport`."""
        await trio.lowlevel.checkpoint()
        rest = memoryview(data)
        while rest:
            if self._is_closed:
                raise trio.ClosedResourceError("this transport was closed")
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._socket)
            except OSError as problem:
                raise trio.BrokenResourceError("the other end was closed") from problem

    async def aclose(self) -> ExitReport:
        """See `Transport`."""
        if self._exit_report is None:
            self._exit_report = ExitReport(
                how="in_memory", returncode=self.returncode, stderr_tail=self.stderr_tail
            )
            self._is_closed = True
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        return self._exit_report


@asynccontextmanager
async def reachable_elsewhere(connect: Connect, nursery: trio.Nursery) -> AsyncGenerator[Connect]:
    """``connect`` for other runs of trio, until the block is left.

    What serves them runs in ``nursery``, of this run.
    """
    token, is_open = trio.lowlevel.current_trio_token(), True

    def begin(process: _Process) -> None:
        if is_open:
            nursery.start_soon(_serve, connect, process)
        else:
            process.there.close()
            process.tell(process.is_up, process.is_over)

    @asynccontextmanager
    async def connect_from_there() -> AsyncGenerator[Transport]:
        process = _Process()
        token.run_sync_soon(partial(begin, process))
        with trio.CancelScope(shield=True):  # at once, but for what is broken
            await process.is_up.wait()
        if process.transport is None:
            process.here.close()
            raise trio.BrokenResourceError("the server's side was left")
        far = _Far(process, process.transport)
        try:
            yield far
        finally:
            await far.aclose()
            with trio.CancelScope(shield=True):
                await process.is_over.wait()

    try:
        yield connect_from_there
    finally:
        is_open = False


async def _serve(connect: Connect, process: _Process) -> None:
    try:
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(process.there))
        async with stream, connect() as transport:
            process.transport = transport
            process.tell(process.is_up)
            await join(stream, transport)
    finally:
        process.tell(process.is_up, process.is_over)

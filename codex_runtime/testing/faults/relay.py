"""A server in memory as a program: for clients that start their own process.

Owns a small script that joins its standard streams to a socket, and what waits at the other end.
Knows no messages. Enter at `as_program`.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.faults.client import Place

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.transport.base import Transport

__all__ = ["as_program", "join"]

_SCRIPT: Final = """\
#!{python} -IS
import os, socket, threading
there = socket.socket(socket.AF_UNIX)
there.connect({path!r})
def send():
    while data := os.read(0, 65536):
        there.sendall(data)
    there.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := there.recv(65536):
    while data:
        data = data[os.write(1, data):]
"""


@asynccontextmanager
async def as_program(
    connect: Callable[[], AbstractAsyncContextManager[Transport]],
) -> AsyncGenerator[Place, None]:
    """A program in front of ``connect``; one process of it may run at a time."""
    with tempfile.TemporaryDirectory(prefix="codex-runtime-relay-") as folder:
        path, program = f"{folder}/s", trio.Path(folder, "codex")
        await program.write_text(_SCRIPT.format(python=sys.executable, path=path))
        await program.chmod(0o700)
        listener = trio.socket.socket(trio.socket.AF_UNIX)
        with listener:
            await listener.bind(path)
            listener.listen()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_serve, listener, connect)
                yield Place(codex_bin=str(program))
                nursery.cancel_scope.cancel()


async def _serve(
    listener: trio.socket.SocketType, connect: Callable[[], AbstractAsyncContextManager[Transport]]
) -> None:
    while True:
        connection, _ = await listener.accept()
        async with trio.SocketStream(connection) as stream, connect() as transport:
            await join(stream, transport)


async def join(stream: trio.SocketStream, transport: Transport) -> None:
    """Carry bytes both ways until the far end of ``stream`` sends no more."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_send, stream, transport)
        with suppress(trio.BrokenResourceError):  # of either: the other is told by its end
            async for data in stream:
                await transport.send_all(bytes(data))
        nursery.cancel_scope.cancel()


async def _send(stream: trio.SocketStream, transport: Transport) -> None:
    try:
        while data := await transport.receive_some():
            await stream.send_all(data)
        await stream.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return

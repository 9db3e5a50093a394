"""A server of raw bytes: each test plays one fault on it, as no well-behaved server would.

Owns the listening, the reading of requests and what a play can do to a connection. A play is called
once for each connection.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias, final

import trio

Play: TypeAlias = "Callable[[Connection], Awaitable[None]]"

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
CHUNKED = SSE + b"transfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@final
class Request:
    def __init__(self, head: bytes, body: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.line = first
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        self.body = body


@final
class Connection:
    def __init__(
        self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream], seen: list[Request]
    ) -> None:
        self.stream = stream
        self._seen = seen
        self._unread = b""

    async def request(self) -> Request | None:
        """The next request; None once the other side has closed."""
        while b"\r\n\r\n" not in self._unread:
            came = await self.stream.receive_some()
            if not came:
                return None
            self._unread += came
        head, _, rest = self._unread.partition(b"\r\n\r\n")
        length = int(Request(head, b"").headers.get("content-length", "0"))
        while len(rest) < length:
            rest += await self.stream.receive_some()
        self._unread = rest[length:]
        self._seen.append(Request(head, rest[:length]))
        return self._seen[-1]

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def until_closed(self) -> None:
        while await self.stream.receive_some():
            pass

    async def reset(self) -> None:
        """Close with RST in place of FIN."""
        assert isinstance(self.stream, trio.SocketStream)
        linger = struct.pack("ii", 1, 0)
        self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        await self.stream.aclose()


@final
class RawUpstream:
    def __init__(self, port: int, scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/v1"
        self.requests: list[Request] = []
        """All that were read, in order."""
        self.connections = 0
        self.left = trio.Event()
        """A connection has ended, by whichever side."""


@asynccontextmanager
async def open_raw_upstream(
    play: Play, *, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[RawUpstream]:
    """Serve ``play`` on a free port of loopback until the block is left."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port: int = listener.socket.getsockname()[1]
    upstream = RawUpstream(port, "http" if tls is None else "https")

    async def serve(plain: trio.SocketStream) -> None:
        upstream.connections += 1
        stream = plain if tls is None else trio.SSLStream(plain, tls, server_side=True)
        try:
            await play(Connection(stream, upstream.requests))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            # What a client that leaves does to a server.
            pass
        finally:
            upstream.left.set()
            await trio.aclose_forcefully(plain)

    async with trio.open_nursery() as nursery:
        await nursery.start(partial(trio.serve_listeners, serve, [listener]))
        yield upstream
        nursery.cancel_scope.cancel()


def says(*parts: bytes, ends: bool = False) -> Play:
    """Answer every request with these bytes, part by part, then wait, or close if it ``ends``."""

    async def play(connection: Connection) -> None:
        while await connection.request() is not None:
            for part in parts:
                await connection.send(part)
            if ends:
                return

    return play

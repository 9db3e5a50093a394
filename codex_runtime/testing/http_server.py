"""A small HTTP/1.1 server: keep-alive, chunked streams, bounded bodies, dropped clients noticed.

Owns sockets and h11; knows no model. One task serves one connection, and a handler answers each
request through its `Responder`. When the client goes away while the handler runs, the handler is
cancelled. Enter at `serve`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import attrs
import h11
import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Handler = Callable[["HttpRequest", "Responder"], Awaitable[None]]

__all__ = ["MAX_BODY_BYTES", "MAX_HEADER_BYTES", "HttpRequest", "Responder", "serve"]

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024

_READ_BYTES: Final = 64 * 1024
_MAX_AHEAD_BYTES: Final = 64 * 1024
"""How much of a next request is read while one is being answered."""
_LINGER_S: Final = 1.0
"""How long a refused client may go on sending before the connection is closed on it."""

_DROPPED = (trio.BrokenResourceError, trio.ClosedResourceError)


@attrs.frozen
class HttpRequest:
    """A request with its whole body."""

    method: str
    path: str
    """Without the query."""
    headers: Mapping[str, str]
    """Names in lower case; of a repeated name the last value."""
    body: bytes


class Responder:
    """Answers one request: either `send_whole`, or `start` … `send` … `finish`."""

    def __init__(self, stream: trio.SocketStream, connection: h11.Connection) -> None:
        self._stream = stream
        self._connection = connection
        self.is_finished: bool = False
        """Whether the whole answer has been handed to the system."""
        self.client_gone: bool = False
        """Whether the client dropped the connection before `is_finished`."""

    async def send_whole(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send status, headers and body; Content-Length is added."""
        await self.start(status, {**headers, "content-length": str(len(body))})
        await self.send(body)
        await self.finish()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers; without Content-Length the body is chunked."""
        fields = [(name.encode("ascii"), value.encode()) for name, value in headers.items()]
        await self._write(h11.Response(status_code=status, headers=fields))

    async def send(self, data: bytes) -> None:
        """Send a part of the body; waits while the client does not read."""
        await self._write(h11.Data(data=data))

    async def finish(self) -> None:
        """End the body in good order."""
        self.is_finished = True  # before: a client may leave as soon as it has the last byte
        try:
            await self._write(h11.EndOfMessage())
        except BaseException:  # it was not sent
            self.is_finished = False
            raise

    async def abort(self) -> None:
        """Break the connection in the middle of the answer."""
        self._connection.send_failed()
        self.is_finished = True
        await trio.aclose_forcefully(self._stream)

    async def _write(self, event: h11.Event) -> None:
        data = self._connection.send(event) or b""
        try:
            await self._stream.send_all(data)
        except _DROPPED:
            self.client_gone = True
            raise


async def serve(listeners: list[trio.SocketListener], handler: Handler) -> None:
    """Serve every connection until cancelled; cancelling cuts what is open and closes all."""

    async def serve_connection(stream: trio.SocketStream) -> None:
        async with stream:
            try:
                await _Connection(stream, handler).run()
            except _DROPPED:
                return

    await trio.serve_listeners(serve_connection, listeners)


class _Refusal(Exception):
    """The request is answered with `status` and the connection closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Connection:
    """One client connection, request after request."""

    def __init__(self, stream: trio.SocketStream, handler: Handler) -> None:
        self._stream = stream
        self._handler = handler
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEADER_BYTES)

    async def run(self) -> None:
        """Answer requests until the client leaves or the connection cannot be used again."""
        while True:
            try:
                request = await self._read_request()
            except _Refusal as refusal:
                await self._refuse(refusal)
                return
            if request is None:
                return
            await self._answer(request)
            if {self._connection.our_state, self._connection.their_state} != {h11.DONE}:
                return
            self._connection.start_next_cycle()

    async def _read_request(self) -> HttpRequest | None:
        head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        if int(headers.get("content-length", "0")) > MAX_BODY_BYTES:
            raise _Refusal(413, f"the body is limited to {MAX_BODY_BYTES} bytes")
        if self._connection.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            await self._stream.send_all(self._connection.send(go_on))
        parts: list[bytes] = []
        size = 0
        while isinstance(event := await self._next_event(), h11.Data):  # else EndOfMessage
            size += len(event.data)
            if size > MAX_BODY_BYTES:
                raise _Refusal(413, f"the body is limited to {MAX_BODY_BYTES} bytes")
            parts.append(bytes(event.data))
        path = head.target.decode("latin-1").partition("?")[0]
        return HttpRequest(head.method.decode("ascii"), path, headers, b"".join(parts))

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        """Read until there is an event; a client that leaves amid a request has broken HTTP."""
        try:
            while (event := self._connection.next_event()) is h11.NEED_DATA:
                self._connection.receive_data(await self._stream.receive_some(_READ_BYTES))
        except h11.RemoteProtocolError as error:
            raise _Refusal(error.error_status_hint, str(error)) from error
        return event

    async def _answer(self, request: HttpRequest) -> None:
        responder = Responder(self._stream, self._connection)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, responder, nursery.cancel_scope)
            with suppress(*_DROPPED):
                await self._handler(request, responder)
            nursery.cancel_scope.cancel()

    async def _watch(self, responder: Responder, scope: trio.CancelScope) -> None:
        """Notice a client that leaves; what it sends meanwhile belongs to its next request."""
        ahead = 0
        while ahead <= _MAX_AHEAD_BYTES:
            try:
                data = await self._stream.receive_some(_READ_BYTES)
            except _DROPPED:
                data = b""
            if not data:
                responder.client_gone = not responder.is_finished
                scope.cancel()
                return
            ahead += len(data)
            self._connection.receive_data(data)

    async def _refuse(self, refusal: _Refusal) -> None:
        """Answer, then read on for a moment: closing at once could reset the answer away."""
        responder = Responder(self._stream, self._connection)
        body = f"{refusal.reason}\n".encode()
        with trio.move_on_after(_LINGER_S):
            await responder.send_whole(
                refusal.status, body, {"content-type": "text/plain", "connection": "close"}
            )
            await self._stream.send_eof()
            while await self._stream.receive_some(_READ_BYTES):
                pass

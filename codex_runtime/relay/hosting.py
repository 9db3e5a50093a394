"""An ASGI app on sockets of our own: Hypercorn's HTTP/1.1 on connections that always end.

Owns the connections: their number, their idle time, their writes and their end. Knows no relay.
Enter at `serve_app`. Of Hypercorn come the protocol and the ASGI messages (``H11Protocol``). Not
its ``serve()``, nor its connection: that one shields every write, so a client that stops reading
would keep a shutdown waiting for ever, and it waits for a queue that an app which has answered no
longer reads. Both are parts that a minor version may move, hence ``hypercorn>=0.18,<0.19``.
HTTP/2 and WebSocket are not served: an upgrade is answered as the plain request that it also is.
"""

from __future__ import annotations

import logging
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from hypercorn.events import Event

    Message = MutableMapping[str, Any]  # ASGI leaves the values to each message
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["MAX_CONNECTIONS", "MAX_HEADER_BYTES", "serve_app"]

MAX_CONNECTIONS: Final = 1024
"""One more is closed as it comes."""
MAX_HEADER_BYTES: Final = 64 * 1024
"""A longer head of a request is answered with HTTP 431."""
IDLE_S: Final = 30.0
"""How long a connection may wait for a request, its whole head included."""

_READ_BYTES: Final = 256 * 1024
_WRITE_BYTES: Final = 64 * 1024
_KERNEL_BYTES: Final = 256 * 1024
"""Kept for a client in the kernel. Of a buffer that grows to megabytes a third must be read before
the writer hears of it, so that a slow client would look like one that stalls."""
_QUEUED_PARTS: Final = 4
"""Parts of a body, each of one read, that wait for the app; then the socket is not read on."""
_GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)

_LOG: Final = logging.getLogger("codex_runtime.relay")


async def serve_app(
    app: AsgiApp,
    listeners: list[trio.SocketListener],
    *,
    client_stall_s: float,
    stopping: trio.Event,
    error_body: Callable[[int], bytes],
) -> None:
    """Serve until cancelled, which cuts every connection at once; or until told to stop.

    Once `stopping` is set, nothing new is accepted and idle connections are closed; this returns
    when the last request is answered. A bound for that is the caller's.

    Args:
        app: Called once per request, with no lifespan.
        listeners: Closed at the end.
        client_stall_s: A client that takes nothing for so long is cut off; of up to 256 KiB that it
            did take nothing may be known.
        stopping: Set by the caller.
        error_body: The JSON body for a request that is no HTTP, whose status is given; the app
            never hears of it.
    """
    for listener in listeners:
        listener.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, _KERNEL_BYTES)
    host = _Host(app, client_stall_s, error_body)
    async with trio.open_nursery() as connections:
        async with trio.open_nursery() as accepting:
            accepting.start_soon(host.accept, listeners, connections)
            await stopping.wait()
            accepting.cancel_scope.cancel()
        host.stop()


class _Host:
    """What the connections share."""

    def __init__(
        self, app: AsgiApp, client_stall_s: float, error_body: Callable[[int], bytes]
    ) -> None:
        self.app = app
        self.client_stall_s = client_stall_s
        self.error_body = error_body
        self.context = WorkerContext(None)
        self.stopping = False
        self.config = Config()
        self.config.errorlog = None
        self.config.accesslog = None
        self.config.include_server_header = False
        self.config.h11_max_incomplete_size = MAX_HEADER_BYTES
        self.config.keep_alive_max_requests = 1 << 62
        self._open: set[_Connection] = set()

    async def accept(self, listeners: list[trio.SocketListener], connections: trio.Nursery) -> None:
        await trio.serve_listeners(self._handle, listeners, handler_nursery=connections)

    def stop(self) -> None:
        self.stopping = True
        for connection in tuple(self._open):
            connection.stop()

    async def _handle(self, stream: trio.SocketStream) -> None:
        # Whoever called this closes the stream when it returns.
        if self.stopping or len(self._open) >= MAX_CONNECTIONS:
            return
        connection = _Connection(self, stream)
        self._open.add(connection)
        try:
            await connection.run()
        except* _GONE:
            pass
        except* Exception:  # noqa: BLE001 - of the protocol; one connection must not end the others
            _LOG.exception("a connection ended with an error")
        finally:
            self._open.discard(connection)


class _Connection:
    """One client; its requests come one after the other."""

    def __init__(self, host: _Host, stream: trio.SocketStream) -> None:
        self.app = host.app
        self._host = host
        self._stream = stream
        self._reading = trio.CancelScope(deadline=trio.current_time() + IDLE_S)
        self._writing = trio.Lock()
        self._unsent: list[bytes] = []
        self._gathering = False
        self._is_idle = True
        self._is_broken = False

    async def run(self) -> None:
        """Serve until the client leaves, idles for too long or is cut off."""
        peer, own = self._stream.socket.getpeername(), self._stream.socket.getsockname()
        async with trio.open_nursery() as apps:
            apps_of_this = _Apps(apps, self)
            self._protocol = _Protocol(
                cast("Any", self._host.app),  # spawned by `_Apps`, never called by Hypercorn
                self._host.config,
                self._host.context,
                cast("Any", apps_of_this),
                ConnectionState({}),
                False,  # noqa: FBT003 - its signature
                peer[:2],
                own[:2],
                self._from_protocol,
            )
            self._protocol.can_read = cast("Any", _Turn(self._wait_for_turn))
            self._protocol.error_body = self._host.error_body
            with self._reading:
                await self._read()
            # Ends the app as well, if it listens: to us, who does not send on has gone.
            await self._protocol.handle(Closed())

    def stop(self) -> None:
        """Close it now if it is idle, else after the answer under way."""
        if self._is_idle:
            self._reading.cancel()

    async def _read(self) -> None:
        while not self._is_broken:
            try:
                data = await self._stream.receive_some(_READ_BYTES)
            except _GONE:
                return
            await self._protocol.handle(RawData(bytes(data)))
            if not data:
                return

    async def _wait_for_turn(self, turn: trio.Event) -> None:
        """Wait with a request that came before the last one was answered, or until it is moot."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read_ahead)
            await turn.wait()
            nursery.cancel_scope.cancel()

    async def _read_ahead(self) -> None:
        """Notice that the client has left, behind a bounded part of what it has still sent."""
        room = MAX_HEADER_BYTES
        while room > 0:
            try:
                data = await self._stream.receive_some(room)
            except _GONE:
                data = b""
            if not data:
                self._reading.cancel()
                return
            room -= len(data)
            self._protocol.connection.receive_data(bytes(data))

    async def send(
        self, message: Message | None, to_protocol: Callable[[Message | None], Awaitable[None]]
    ) -> None:
        """Put a message of the app through the protocol; what it makes of one is one write.

        Raises `OSError` when the client is gone, as ASGI has it.
        """
        if self._is_broken and message is not None:
            raise OSError("the client is gone")
        self._gathering = True
        try:
            await to_protocol(message)
        finally:
            self._gathering = False
        # A head is followed by its body at once, so it waits for it.
        if message is None or message["type"] != "http.response.start":
            await self._flush()

    async def _from_protocol(self, event: Event) -> None:
        if isinstance(event, RawData):
            self._unsent.append(event.data)
            if not self._gathering:
                await self._flush()
        elif isinstance(event, Updated):
            self._set_idle(event.idle)
        else:
            await self._close()

    def _set_idle(self, is_idle: bool) -> None:  # noqa: FBT001
        self._is_idle = is_idle
        if is_idle and self._host.stopping:
            self._reading.cancel()
        self._reading.deadline = trio.current_time() + IDLE_S if is_idle else math.inf

    async def _flush(self) -> None:
        """Send what waits; that the client is gone, or takes no more, ends the reading too."""
        data = b"".join(self._unsent)
        self._unsent.clear()
        if data and not self._is_broken and not await self._write(data):
            await self._break_off()

    async def _write(self, data: bytes) -> bool:
        """Send all of it, however long that takes, as long as each part is taken in time."""
        stall_s = self._host.client_stall_s
        with suppress(*_GONE), trio.move_on_after(stall_s) as waiting:
            try:
                self._writing.acquire_nowait()
            except trio.WouldBlock:
                await self._writing.acquire()
            try:
                for begin in range(0, len(data), _WRITE_BYTES):
                    waiting.deadline = trio.current_time() + stall_s
                    await self._stream.send_all(data[begin : begin + _WRITE_BYTES])
            finally:
                self._writing.release()
            return True
        return False

    async def _break_off(self) -> None:
        self._is_broken = True
        self._reading.cancel()
        with trio.CancelScope(shield=True):  # forcefully: it never waits
            await trio.aclose_forcefully(self._stream)

    async def _close(self) -> None:
        """Close after an answer, in good order: what was sent still arrives."""
        await self._flush()
        with suppress(*_GONE), trio.move_on_after(self._host.client_stall_s):
            async with self._writing:
                await self._stream.send_eof()
        self._is_broken = True
        self._reading.cancel()


class _Turn:
    """Hypercorn's event for that: set once the request before is answered."""

    def __init__(self, wait: Callable[[trio.Event], Awaitable[None]]) -> None:
        self._wait = wait
        self._event = trio.Event()

    async def clear(self) -> None:
        self._event = trio.Event()

    async def set(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._wait(self._event)


class _Protocol(H11Protocol):
    """Hypercorn's HTTP/1.1 that stays HTTP/1.1, and says what was wrong with a request."""

    error_body: Callable[[int], bytes]

    async def _check_protocol(self, event: h11.Request) -> None:
        """Ask for no other protocol, whatever the client offers."""

    async def _create_stream(self, request: h11.Request) -> None:
        headers = [(name, value) for name, value in request.headers if name != b"upgrade"]
        if len(headers) < len(request.headers):
            request = h11.Request(
                method=request.method,
                target=request.target,
                headers=headers,
                http_version=request.http_version,
            )
        await super()._create_stream(request)

    async def _send_error_response(self, status_code: int) -> None:
        body = self.error_body(status_code)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await self._send_h11_event(h11.Response(status_code=status_code, headers=headers))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())


class _Apps:
    """Runs the app for each request of one connection; Hypercorn calls it its task group."""

    def __init__(self, nursery: trio.Nursery, connection: _Connection) -> None:
        self._nursery = nursery
        self._connection = connection

    async def spawn_app(
        self,
        _app: object,
        _config: Config,
        scope: Scope,
        send: Callable[[Message | None], Awaitable[None]],
    ) -> Callable[[Message], Awaitable[None]]:
        """Start the app; returns where its messages are put."""
        inbox = _Inbox()
        self._nursery.start_soon(self._run, scope, inbox, send)
        return inbox.put

    async def _run(
        self, scope: Scope, inbox: _Inbox, send: Callable[[Message | None], Awaitable[None]]
    ) -> None:
        async def send_message(message: Message) -> None:
            await self._connection.send(message, send)

        try:
            await self._connection.app(scope, inbox.receive, send_message)
        except OSError:
            pass  # the client left while it was written to
        except Exception:  # noqa: BLE001 - one request must not end the others
            _LOG.exception("the app ended with an error")
        finally:
            inbox.close()
        await self._connection.send(None, send)


class _Inbox:
    """Messages of one request, for the app; putting never waits for an app that has ended."""

    def __init__(self) -> None:
        self._in, self._out = trio.open_memory_channel["Message"](_QUEUED_PARTS)

    async def put(self, message: Message) -> None:
        """Hand over a message; that the client is gone is told past all that waits."""
        if message["type"] == "http.disconnect":
            self._in.close()
            return
        with suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            try:
                self._in.send_nowait(message)  # without the turn of others that a wait would be
            except trio.WouldBlock:
                await self._in.send(message)

    async def receive(self) -> Message:
        """The next message; again and again that the client is gone, once it is."""
        try:
            try:
                return self._out.receive_nowait()
            except trio.WouldBlock:
                return await self._out.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            return {"type": "http.disconnect"}

    def close(self) -> None:
        """Drop what comes from now on."""
        self._in.close()
        self._out.close()

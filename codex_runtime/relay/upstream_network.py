"""The sockets of the upstream's connections: trio's streams, in the shape that httpcore2 asks for.

Owns the deadline of each wait for bytes, where it is one: on the socket. What waits there already
costs no scope, and most chunks of a stream do. Does not know HTTP. Enter at `Network` and `WAIT`.
"""

from __future__ import annotations

import math
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

import httpcore2
import trio

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

__all__ = ["WAIT", "Network", "Wait"]


class Wait:
    """What one exchange waits for: ``deadline()`` is asked as a read begins."""

    def __init__(self) -> None:
        self.has_connected = False
        """It opened a connection of its own."""

    def deadline(self) -> float:
        """On trio's clock; what is read before an answer is bounded around it."""
        return math.inf


WAIT: Final[ContextVar[Wait]] = ContextVar("WAIT")
"""Of the task that asks: httpcore2 reads in the same one."""


class Network(httpcore2.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # Any: httpcore2's own alias is private
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers."""
        del local_address, socket_options  # neither is ever asked for
        WAIT.get().has_connected = True
        try:
            with trio.fail_after(math.inf if timeout is None else timeout):
                return _Stream(await trio.open_tcp_stream(host, port))
        except trio.TooSlowError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error


class _Stream(httpcore2.AsyncNetworkStream):
    """One connection; what was written goes out when it is read: head and body in one piece."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._unsent: list[bytes] = []

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the deadline is that of the Wait
    ) -> bytes:
        if self._unsent:
            await self._send()
        with trio.CancelScope(deadline=WAIT.get().deadline()):
            try:
                return bytes(await self._stream.receive_some(max_bytes))
            except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                raise httpcore2.ReadError(str(error)) from error
        raise httpcore2.ReadTimeout

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - it does not wait
    ) -> None:
        if buffer:
            self._unsent.append(buffer)

    async def _send(self) -> None:
        data = b"".join(self._unsent)
        self._unsent.clear()
        # Whoever takes no more may have answered already; if not, the read that follows fails.
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stream.send_all(data)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
    ) -> httpcore2.AsyncNetworkStream:
        secure = trio.SSLStream(
            self._stream, ssl_context, server_hostname=server_hostname, https_compatible=True
        )
        try:
            await _shake_hands(secure, math.inf if timeout is None else timeout)
        except BaseException:
            await trio.aclose_forcefully(self._stream)
            raise
        return _Stream(secure)

    def get_extra_info(self, info: str) -> object:
        """Whether something waits to be read: of an idle connection that is its end."""
        if info != "is_readable":
            return None
        stream = self._stream
        while isinstance(stream, trio.SSLStream):
            stream = cast("trio.SSLStream[trio.abc.Stream]", stream).transport_stream
        return cast("trio.SocketStream", stream).socket.is_readable()


async def _shake_hands(secure: trio.SSLStream[trio.abc.Stream], within_s: float) -> None:
    try:
        with trio.fail_after(within_s):
            await secure.do_handshake()
    except trio.TooSlowError as error:
        raise httpcore2.ConnectTimeout(str(error)) from error
    except trio.BrokenResourceError as error:
        raise httpcore2.ConnectError(str(error)) from error

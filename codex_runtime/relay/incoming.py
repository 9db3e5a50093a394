"""The client's side of one request: its headers, its body within bounds, who may ask, refusals.

Owns how a request comes in and how it is refused. Does not know what a body says. Enter at
`Incoming`, and at `Guard`, which tells a stranger from a client.
"""

from __future__ import annotations

import hmac
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.relay.addresses import is_loopback
from codex_runtime.relay.failures import Refused, bad_request, busy, error_body, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from codex_runtime.relay.failures import Failure

__all__ = ["Bodies", "ClientGone", "Guard", "Incoming", "send_failure", "send_json"]

_FULL_RETRY_S: Final = 1.0
_LINGER_S: Final = 1.0
_LINGER_BYTES: Final = 256 * 1024 * 1024
_JSON: Final = (b"content-type", b"application/json")
_HOST: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]*)?")
"""A ``Host`` header: an address in brackets or a name, and maybe a port."""


class ClientGone(Exception):
    """The client left before its request was whole."""


class Bodies:
    """What the bodies of all requests that are read, wait or are answered take together."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0

    @contextmanager
    def counted(self) -> Generator[Callable[[int], None]]:
        """Count one body, part by part, until the block ends.

        The function that is given takes the size of a part, and raises `Refused` if there is no
        room for it.
        """
        own_bytes = 0

        def count(size_bytes: int) -> None:
            nonlocal own_bytes
            if self._held_bytes + size_bytes > self._limit_bytes:
                why = f"the bodies of its requests would have more than {self._limit_bytes:,} bytes"
                raise Refused(busy(_FULL_RETRY_S, why))
            self._held_bytes += size_bytes
            own_bytes += size_bytes

        try:
            yield count
        finally:
            self._held_bytes -= own_bytes


class Incoming:
    """One request as it comes."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self.method: str = scope["method"]
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        """Names in lower case; of a repeated name the last value."""
        self.is_whole: bool = not (
            "transfer-encoding" in self.headers
            or self.headers.get("content-length", "0").strip("0 ")
        )
        """Whether the whole body was read, or there is none."""

    async def read(
        self, count: Callable[[int], None], *, limit_bytes: int, timeout_s: float
    ) -> bytes:
        """Read the body; ``count`` is told the size of each part.

        Raises:
            Refused: It is too long, too slow, or encoded.
            ClientGone: The client left.
        """
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity"):
            message = f"Content-Encoding {coding!r} is not taken. Send the body as it is"
            raise Refused(bad_request(message, status=415, code="unsupported_encoding"))
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit_bytes:
            raise Refused(too_large(limit_bytes))
        with trio.move_on_after(timeout_s):
            return await self._read_parts(count, limit_bytes)
        message = f"The request body did not arrive within {timeout_s:g} s"
        raise Refused(bad_request(message, status=408, code="request_timeout"))

    async def _read_parts(self, count: Callable[[int], None], limit_bytes: int) -> bytes:
        parts: list[bytes] = []
        room = limit_bytes
        while not self.is_whole:
            part = await self._next_part()
            room -= len(part)
            if room < 0:
                raise Refused(too_large(limit_bytes))
            count(len(part))
            parts.append(part)
        return b"".join(parts)

    async def _next_part(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.is_whole = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part

    async def refuse(
        self, send: Send, failure: Failure, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        """Answer with a failure, and let a client that still sends get to read it."""
        if self.is_whole:
            await send_failure(send, failure, headers)
            return
        await send_failure(send, failure, headers, more_body=True)
        # To close on unread bytes resets the connection, and the answer may be lost with it.
        room = _LINGER_BYTES
        with trio.move_on_after(_LINGER_S):
            while not self.is_whole and room > 0:
                try:
                    room -= len(await self._next_part())
                except ClientGone:
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def wait_gone(self) -> None:
        """Return when the client has left; after the whole body was read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Guard:
    """Who may ask: whoever knows the token, if there is one; and never a web page.

    A page that is open in a browser on this machine can send requests to loopback. It cannot leave
    out ``Origin`` where it posts or would read the answer, and after a rebinding of its host name
    it cannot hide that name either.
    """

    def __init__(self, *, host: str, token: str | None) -> None:
        self._host = host.lower()
        self._checks_host = is_loopback(self._host)
        self._token = None if token is None else token.encode()

    def check(self, headers: Mapping[str, str], *, needs_token: bool = True) -> None:
        """Refuse what does not come from a client of the relay.

        Raises:
            Refused: HTTP 401 without the token, 403 for a browser or a strange host name.
        """
        if "origin" in headers:
            message = "Requests of web pages are not served: the request has an Origin header"
            raise Refused(bad_request(message, status=403, code="origin_refused"))
        if self._checks_host and not self._is_own(headers.get("host", "")):
            message = (
                "The Host header names another host. Ask this relay by its loopback address, "
                "or by the host that it was opened with"
            )
            raise Refused(bad_request(message, status=403, code="host_refused"))
        if self._token is None or not needs_token:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        if scheme.lower() != "bearer" or not is_right:
            message = "The relay's token is missing or wrong. Send it as Authorization: Bearer"
            raise Refused(bad_request(message, status=401, code="invalid_api_key"))

    def _is_own(self, header: str) -> bool:
        found = _HOST.fullmatch(header.strip().lower())
        if found is None:
            return False
        name = found[1] or found[2] or ""
        return name in ("", self._host) or is_loopback(name)


async def send_failure(
    send: Send,
    failure: Failure,
    more_headers: Sequence[tuple[bytes, bytes]] = (),
    *,
    more_body: bool = False,
) -> None:
    """Answer with a failure's status and typed body."""
    headers = [*more_headers]
    if failure.retry_after_s is not None:
        headers.append((b"retry-after", str(max(1, -int(-failure.retry_after_s // 1))).encode()))
    if failure.status == 401:  # noqa: PLR2004 - HTTP
        headers.append((b"www-authenticate", b"Bearer"))
    if more_body:
        headers.append((b"connection", b"close"))
    await send_json(send, failure.status, error_body(failure), headers, more_body=more_body)


async def send_json(
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    more_body: bool = False,
) -> None:
    """Answer with a whole JSON body."""
    length = (b"content-length", str(len(body)).encode())
    fields = [_JSON, length, *(headers or ())]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": more_body})

"""`UpstreamAnswer`: what the upstream answers, read as it comes and within its bounds.

Owns the deadlines of reading, and the undoing of a compression that was not asked for. Does not
know what the bytes say. Made by `upstream`. Enter at `UpstreamAnswer.read`.
"""

from __future__ import annotations

import zlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Protocol, cast, final

import attrs
import httpcore2
import trio

from codex_runtime.relay.failures import (
    Failure,
    UpstreamFailed,
    upstream_cut,
    upstream_malformed,
    upstream_timeout,
)
from codex_runtime.relay.upstream_network import WAIT, Wait
from codex_runtime.relay.upstream_pool import HTTP_ERRORS, failure_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

__all__ = ["Bounds", "UpstreamAnswer"]

_CLOSE_S: Final = 1.0
_MAX_INFLATED_BYTES: Final = 1 << 18
"""Of one read; the rest comes with the next ones."""
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_DEFLATED: Final = ("gzip", "x-gzip", "deflate")
_OK: Final = range(200, 300)


class _Closable(Protocol):
    def __aiter__(self) -> AsyncGenerator[bytes]: ...

    async def aclose(self) -> None: ...


@attrs.frozen(kw_only=True)
class Bounds:
    """When one exchange must have come how far; ``by`` is on trio's clock, ``s`` a length."""

    first_byte_by: float
    first_byte_s: float
    done_by: float
    total_s: float
    idle_s: float


@final
class UpstreamAnswer(Wait):
    """One answer of the upstream. For one task at a time; see `Upstream.ask`."""

    def __init__(self, response: httpcore2.Response, bounds: Bounds, host: str) -> None:
        super().__init__()
        self.status: int = response.status
        self.headers: Mapping[str, str] = _headers(response.headers)
        """By their names in small letters."""
        self.content_type: str = _media_type(self.headers.get("content-type", ""))
        """In small letters, without parameters; empty if there is none."""
        self._stream = cast("_Closable", response.stream)
        self._parts = aiter(self._stream)
        self._bounds = bounds
        self._host = host
        self._inflating: _Inflating | None = None
        self._is_plain = True
        self._begun = False
        self._ended = False
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            self._is_plain = False
            self._inflating = _Inflating() if encoding in _DEFLATED else None

    @property
    def is_ok(self) -> bool:
        """Whether its status is one of success."""
        return self.status in _OK

    @property
    def is_stream(self) -> bool:
        """Whether it says of itself that it is a stream of events."""
        return self.content_type == "text/event-stream"

    async def read(self) -> bytes:
        """The next bytes as they come, without any compression; ``b""`` at a clean end.

        Raises:
            UpstreamFailed: It was cut, was silent too long, or took too long altogether.
        """
        if self._is_plain:
            return await self._next()
        inflating = self._inflating
        if inflating is None:
            raise UpstreamFailed(
                upstream_malformed("it is compressed in a way that was not asked for")
            )
        data = inflating.more(b"")
        if data:
            # A little of it may become much, which is not to hold up all others.
            await trio.lowlevel.checkpoint()
        while not data and not inflating.has_ended:
            came = await self._next()
            if not came:
                inflating.check_end()
                return b""
            data = inflating.more(came)
        return data

    async def read_up_to(self, limit_bytes: int) -> bytes:
        """All of it, or its first ``limit_bytes`` if it is longer; raises as `read` does."""
        parts: list[bytes] = []
        room = limit_bytes
        while room > 0 and (data := await self.read()):
            parts.append(data[:room])
            room -= len(data)
        return b"".join(parts)

    async def aclose(self) -> None:
        """Keep the connection if the answer was read to its end, else close it at once."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S):
            async with aclosing(self._parts):
                await self._stream.aclose()

    def deadline(self) -> float:
        """Of the wait for more bytes that begins now."""
        bounds = self._bounds
        by = trio.current_time() + bounds.idle_s if self._begun else bounds.first_byte_by
        return min(by, bounds.done_by)

    async def _next(self) -> bytes:
        if self._ended:
            return b""
        WAIT.set(self)
        try:
            data = await anext(self._parts)
        except StopAsyncIteration:
            self._ended = True
            return b""
        except httpcore2.ReadTimeout as error:
            raise UpstreamFailed(self._too_slow()) from error
        except HTTP_ERRORS as error:
            raise UpstreamFailed(failure_of(error, self._host, in_body=True)) from error
        self._begun = True
        return data

    def _too_slow(self) -> Failure:
        if trio.current_time() >= self._bounds.done_by:
            return upstream_timeout("did not end its answer", self._bounds.total_s)
        if self._begun:
            return upstream_timeout("sent nothing more", self._bounds.idle_s)
        return upstream_timeout("sent no byte of its answer", self._bounds.first_byte_s)


class _Inflating:
    """Undoes gzip and deflate (with the header of zlib or without), a bounded part at a time."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_new = True

    def more(self, came: bytes) -> bytes:
        data = self._zlib.unconsumed_tail + came
        if not data:
            return b""
        try:
            inflated = self._zlib.decompress(data, _MAX_INFLATED_BYTES)
        except zlib.error as error:
            if not self._is_new:
                raise UpstreamFailed(upstream_malformed(f"its compression: {error}")) from None
            self._is_new = False
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
            return self.more(data)
        self._is_new = False
        return inflated

    @property
    def has_ended(self) -> bool:
        """Whether what comes after this belongs to nothing."""
        return self._zlib.eof

    def check_end(self) -> None:
        if not self._zlib.eof:
            raise UpstreamFailed(upstream_cut("its compressed body is not complete"))


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    # The first of a name counts: so the earliest is put in last.
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw[::-1]}


def _media_type(value: str) -> str:
    return value.partition(";")[0].strip().lower()

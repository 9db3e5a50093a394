"""`Upstream`: the Chat Completions server behind a relay, asked one HTTP exchange at a time.

Owns the requests, their headers and secrets, the bounds until the first byte, and the one retry of
a request that its connection never carried. Does not know what a body says, nor how a failure is
told to the client. What is read of an answer is in `upstream_answer`. Enter at `open_upstream`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast, final
from urllib.parse import quote, urlsplit

import httpcore2
import trio

from codex_runtime.errors import ConfigError
from codex_runtime.relay.config import read_secret
from codex_runtime.relay.failures import (
    Failure,
    UpstreamFailed,
    failure_of_status,
    upstream_malformed,
    upstream_timeout,
)
from codex_runtime.relay.upstream_answer import Bounds, UpstreamAnswer
from codex_runtime.relay.upstream_network import WAIT, Wait
from codex_runtime.relay.upstream_pool import HTTP_ERRORS, failure_of, make_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from codex_runtime.relay.config import RelayConfig

__all__ = ["Upstream", "UpstreamAnswer", "UpstreamFailed", "open_upstream"]

_MAX_ERROR_BYTES: Final = 65_536
_MAX_MODELS_BYTES: Final = 4 * 1024 * 1024
_ERROR_BODY_S: Final = 5.0
_MODELS_S: Final = 5.0
_CLOSE_S: Final = 1.0
_MAX_AGAIN: Final = 2
"""Each time is spent on a dead connection, and takes that one out of the pool."""
_HIDDEN: Final = "***"
_LEAST_SECRET: Final = 4
"""Of characters: shorter values would be found in words that are none."""
_USER_AGENT: Final = b"codex-runtime-relay"
_UNRESERVED: Final = "/%:@!$&'()*+,;=~"

_Header = tuple[bytes, bytes]


@asynccontextmanager
async def open_upstream(
    config: RelayConfig, environ: Mapping[str, str]
) -> AsyncGenerator[Upstream]:
    """The upstream of ``config``, with the secrets and the proxy that ``environ`` names.

    Nothing is asked yet. Leaving the block closes every connection, also those in use.

    Raises:
        RelayError: A variable is missing, or the proxy or the certificates cannot be used.
        ConfigError: The upstream's host is no host name.
    """
    pool = make_pool(config.upstream, environ)
    try:
        yield Upstream(config, environ, pool)
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S):
            await pool.aclose()


@final
class Upstream:
    """Asks the upstream; for any number of tasks at once. Made by `open_upstream`."""

    def __init__(
        self,
        config: RelayConfig,
        environ: Mapping[str, str],
        pool: httpcore2.AsyncConnectionPool,
    ) -> None:
        self.host: str = config.upstream_host
        """All that messages and the log say of where it is."""
        self._config = config
        self._pool = pool
        self._timeouts = {"connect": config.connect_timeout_s}
        self._chat_url = _url(config.upstream, "/chat/completions")
        self._models_url = _url(config.upstream, "/models")
        headers, self._secrets = _headers_and_secrets(config, environ)
        self._get_headers = headers
        self._post_headers = [*headers, (b"content-type", b"application/json")]

    @asynccontextmanager
    async def ask(self, body: bytes) -> AsyncGenerator[UpstreamAnswer]:
        """``POST {upstream}/chat/completions``; its answer, once that has a status of success.

        Leaving the block before the answer was read to its end closes the connection at once,
        which is what stops the model; cancelling does so at any point.

        Raises:
            UpstreamFailed: No answer, no status within ``first_byte_timeout_s``, or one that is no
                success (then up to 64 KiB of what it says are read, for at most 5 s).
        """
        headers = [*self._post_headers, (b"content-length", b"%d" % len(body))]
        config = self._config
        bounds = self._bounds(config.first_byte_timeout_s, config.total_timeout_s)
        answer = await self._send(b"POST", self._chat_url, headers, body, bounds)
        try:
            if not answer.is_ok:
                raise UpstreamFailed(await self._failure(answer))
            yield answer
        finally:
            await answer.aclose()

    async def models(self) -> list[str]:
        """The names of ``GET {upstream}/models``, each once; bounded by 5 s in all.

        Raises:
            UpstreamFailed: As `ask` does, or the answer is no list of models.
        """
        bounds = self._bounds(_MODELS_S, _MODELS_S)
        answer = await self._send(b"GET", self._models_url, self._get_headers, b"", bounds)
        try:
            if not answer.is_ok:
                raise UpstreamFailed(await self._failure(answer))
            return _model_names(await answer.read_up_to(_MAX_MODELS_BYTES))
        finally:
            await answer.aclose()

    def redact(self, text: str) -> str:
        """``text`` without any of the secrets that this upstream is sent."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def _bounds(self, first_byte_s: float, total_s: float) -> Bounds:
        now = trio.current_time()
        first_byte_s = min(first_byte_s, self._config.first_byte_timeout_s)
        total_s = min(total_s, self._config.total_timeout_s)
        return Bounds(
            first_byte_by=now + first_byte_s,
            first_byte_s=first_byte_s,
            done_by=now + total_s,
            total_s=total_s,
            idle_s=self._config.idle_timeout_s,
        )

    async def _send(
        self, method: bytes, url: httpcore2.URL, headers: list[_Header], body: bytes, bounds: Bounds
    ) -> UpstreamAnswer:
        again = _MAX_AGAIN
        while True:
            wait = Wait()
            WAIT.set(wait)
            request = httpcore2.Request(
                method,
                url,
                headers=headers,
                content=body,
                extensions={"timeout": self._timeouts},
            )
            with trio.CancelScope(deadline=min(bounds.first_byte_by, bounds.done_by)):
                try:
                    response = await self._pool.handle_async_request(request)
                except HTTP_ERRORS as error:
                    if again and not wait.has_connected and _is_dead_connection(error):
                        again -= 1
                        continue
                    raise UpstreamFailed(failure_of(error, self.host)) from error
                return UpstreamAnswer(response, bounds, self.host)
            waited_s = min(bounds.first_byte_s, bounds.total_s)
            raise UpstreamFailed(upstream_timeout("sent no status", waited_s))

    async def _failure(self, answer: UpstreamAnswer) -> Failure:
        said = bytearray()
        with trio.move_on_after(min(_ERROR_BODY_S, self._config.idle_timeout_s)):
            try:
                while len(said) < _MAX_ERROR_BYTES and (data := await answer.read()):
                    said += data
            except UpstreamFailed:
                # What came before it, and the status, say enough.
                pass
        return failure_of_status(answer.status, answer.headers, bytes(said), redact=self.redact)


def _is_dead_connection(error: Exception) -> bool:
    """Whether a kept connection had been closed by the server, so that it never saw the request.

    A server that read the request on a kept connection and then died without one byte looks the
    same: it is asked twice.
    """
    if isinstance(error, httpcore2.ReadError | httpcore2.WriteError):
        return True
    return isinstance(error, httpcore2.RemoteProtocolError) and "disconnected" in str(error)


def _url(base: str, path: str) -> httpcore2.URL:
    parts = urlsplit(base)
    try:
        host = (parts.hostname or "").encode("idna")
    except UnicodeError:
        raise ConfigError("upstream", base, "has no valid host name", "Check the URL") from None
    target = quote(parts.path + path, safe=_UNRESERVED).encode("ascii")
    return httpcore2.URL(scheme=parts.scheme, host=host, port=parts.port, target=target)


def _headers_and_secrets(
    config: RelayConfig, environ: Mapping[str, str]
) -> tuple[list[_Header], list[str]]:
    parts = urlsplit(config.upstream)
    headers: list[_Header] = [
        (b"host", parts.netloc.encode("idna")),
        (b"user-agent", _USER_AGENT),
        (b"accept", b"text/event-stream, application/json"),
        # What is compressed comes in blocks, and a delta is due at once.
        (b"accept-encoding", b"identity"),
    ]
    secrets: list[str] = []
    if config.api_key_env is not None:
        secrets.append(read_secret(config.api_key_env, environ))
        headers.append((b"authorization", b"Bearer " + secrets[0].encode("ascii")))
    for name, variable in config.header_env.items():
        secrets.append(read_secret(variable, environ))
        ours = [header for header in headers if header[0] != name.lower().encode("ascii")]
        headers = [*ours, (name.lower().encode("ascii"), secrets[-1].encode("ascii"))]
    # The longest first: one may be a part of another.
    found = {part for secret in secrets for part in (secret, secret.rpartition(" ")[2])}
    return headers, sorted((one for one in found if len(one) >= _LEAST_SECRET), key=len)[::-1]


def _model_names(body: bytes) -> list[str]:
    try:
        given: object = json.loads(body)
    except (ValueError, RecursionError):
        raise UpstreamFailed(upstream_malformed("its list of models is not JSON")) from None
    if isinstance(given, dict):
        table = cast("dict[str, object]", given)
        given = table.get("data", table.get("models"))
    if not isinstance(given, list):
        raise UpstreamFailed(upstream_malformed("it has no list of models"))
    names = [_model_name(entry) for entry in cast("list[object]", given)]
    return list(dict.fromkeys(name for name in names if name))


def _model_name(entry: object) -> str | None:
    if isinstance(entry, dict):
        table = cast("dict[str, object]", entry)
        entry = next(
            (table[key] for key in ("id", "slug", "name", "model") if table.get(key)), None
        )
    return entry if isinstance(entry, str) else None

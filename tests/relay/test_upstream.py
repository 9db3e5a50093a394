"""The upstream as it should be, and every fault of it, played by a server of raw bytes."""

from __future__ import annotations

import gzip
import json
import ssl
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore2
import pytest
import trio
import trio.testing

from codex_runtime.errors import ConfigError
from codex_runtime.errors.relay import RelayError, RelayVariableMissing
from codex_runtime.relay.config import RelayConfig
from codex_runtime.relay.failures import Failure
from codex_runtime.relay.models import list_models
from codex_runtime.relay.upstream import Upstream, UpstreamFailed, open_upstream
from codex_runtime.relay.upstream_pool import failure_of, proxy_of
from tests.relay.raw_upstream import (
    CHUNKED,
    END,
    SSE,
    Connection,
    Play,
    RawUpstream,
    answer,
    chunk,
    open_raw_upstream,
    says,
)

CERTIFICATE = Path(__file__).with_name("localhost.pem")
BOUND_S = 4.0
"""On a clock that jumps; the drips come four times as often."""
HUNG_S = 30
NOWHERE = "http://127.0.0.1:1/v1"
BRIEF = says(CHUNKED + END)


@pytest.fixture
def clock() -> trio.testing.MockClock:
    """Jumps when nothing has happened for a moment: what is on its way arrives first."""
    return trio.testing.MockClock(autojump_threshold=0.05)


@asynccontextmanager
async def opened(
    play: Play, *, environ: Mapping[str, str] | None = None, **fields: Any
) -> AsyncGenerator[tuple[RawUpstream, Upstream]]:
    async with open_raw_upstream(play) as raw:
        config = RelayConfig(upstream=raw.url, **fields)
        with trio.fail_after(HUNG_S):
            async with open_upstream(config, environ or {}) as upstream:
                yield raw, upstream


async def whole(upstream: Upstream, body: bytes = b"{}") -> bytes:
    """Everything of one answer."""
    parts: list[bytes] = []
    async with upstream.ask(body) as given:
        while data := await given.read():
            parts.append(data)
    return b"".join(parts)


async def failure(upstream: Upstream) -> Failure:
    """How one exchange failed."""
    with pytest.raises(UpstreamFailed) as failed:
        await whole(upstream)
    return failed.value.failure


async def failure_at(url: str, environ: Mapping[str, str], **fields: Any) -> Failure:
    with trio.fail_after(HUNG_S):
        async with open_upstream(RelayConfig(upstream=url, **fields), environ) as upstream:
            return await failure(upstream)


# ---------------------------------------------------------------------------- as it should be


async def test_a_request_is_posted_with_the_key_and_the_headers_of_the_settings_alone() -> None:
    environ = {"KEY": "sk-1", "ORG": "acme", "HTTP_PROXY": NOWHERE}
    async with opened(BRIEF, environ=environ, api_key_env="KEY", header_env={"X-Org": "ORG"}) as (
        raw,
        upstream,
    ):
        assert await whole(upstream, b'{"a": 1}') == b""
        (request,) = raw.requests
        assert request.line == "POST /v1/chat/completions HTTP/1.1"
        assert request.body == b'{"a": 1}'
        assert request.headers == {
            "host": f"127.0.0.1:{raw.port}",
            "user-agent": "codex-runtime-relay",
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",
            "authorization": "Bearer sk-1",
            "x-org": "acme",
            "content-type": "application/json",
            "content-length": "8",
        }


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with opened(BRIEF) as (raw, upstream):
        await whole(upstream)
        assert "authorization" not in raw.requests[0].headers


async def test_a_header_of_the_settings_takes_the_place_of_ours() -> None:
    async with opened(BRIEF, environ={"UA": "mine"}, header_env={"User-Agent": "UA"}) as (
        raw,
        upstream,
    ):
        await whole(upstream)
        assert raw.requests[0].headers["user-agent"] == "mine"


async def test_bytes_are_given_as_they_come() -> None:
    read = trio.Event()

    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED + chunk(b"data: 1\n\n"))
        await read.wait()
        await connection.send(chunk(b"data: 2\n\n") + END)

    async with opened(play) as (_, upstream), upstream.ask(b"{}") as given:
        assert (given.status, given.is_stream) == (200, True)
        assert given.content_type == "text/event-stream"
        assert await given.read() == b"data: 1\n\n"
        read.set()
        assert await given.read() == b"data: 2\n\n"
        assert await given.read() == b""
        assert await given.read() == b""


@pytest.mark.parametrize(
    ("header", "content_type"),
    [("Content-Type: Text/HTML ; charset=utf-8", "text/html"), ("x-nothing: here", "")],
)
async def test_what_is_no_stream_of_events_is_told_by_its_type(
    header: str, content_type: str
) -> None:
    play = says(answer("200 OK", b"{}", header))
    async with opened(play) as (_, upstream), upstream.ask(b"{}") as given:
        assert (given.content_type, given.is_stream) == (content_type, False)


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    play = says(SSE + b"connection: close\r\n\r\ndata: 1\n\n", ends=True)
    async with opened(play) as (_, upstream):
        assert await whole(upstream) == b"data: 1\n\n"


async def test_the_path_of_the_upstream_may_have_any_letters() -> None:
    async with open_raw_upstream(BRIEF) as raw:
        config = RelayConfig(upstream=f"http://127.0.0.1:{raw.port}/a%20b/ü;c=1")
        async with open_upstream(config, {}) as upstream:
            await whole(upstream)
    assert raw.requests[0].line == "POST /a%20b/%C3%BC;c=1/chat/completions HTTP/1.1"


# ---------------------------------------------------------------------------- compression

PLAIN = b"data: " + b"x" * 300_000 + b"\n\n"


def raw_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(data) + squeezer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PLAIN)),
        ("x-GZIP", gzip.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", raw_deflate(PLAIN)),
        ("identity", PLAIN),
    ],
)
async def test_a_compression_that_was_not_asked_for_is_undone(encoding: str, body: bytes) -> None:
    head = CHUNKED[:-2] + f"content-encoding: {encoding}\r\n\r\n".encode()
    parts = [chunk(body[at : at + 7]) for at in range(0, len(body), 7)][:200]
    rest = body[7 * 200 :]
    play = says(head, *parts, *([chunk(rest)] if rest else []), END)
    async with opened(play) as (_, upstream):
        assert await whole(upstream) == PLAIN


async def test_what_inflates_without_end_is_read_in_bounded_parts() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    play = says(answer("200 OK", bomb, "content-encoding: gzip"))
    async with opened(play) as (_, upstream), upstream.ask(b"{}") as given:
        assert len(await given.read()) <= 1 << 18


async def test_what_follows_a_compressed_answer_is_not_read() -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        head = SSE + b"content-encoding: gzip\r\n\r\n"
        await connection.stream.send_all(head + gzip.compress(PLAIN))
        while True:
            await connection.stream.send_all(b"x" * 1000)

    async with opened(play) as (_, upstream), upstream.ask(b"{}") as given:
        assert await given.read_up_to(1 << 20) == PLAIN
        assert await given.read() == b""


@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("br", b"xx", "upstream_malformed"),
        ("gzip", b"not gzip at all", "upstream_malformed"),
        ("gzip", gzip.compress(PLAIN)[:20] + b"\xff" * 40, "upstream_malformed"),
        ("gzip", gzip.compress(PLAIN)[:-12], "upstream_cut"),
        ("gzip", b"", "upstream_cut"),
    ],
)
async def test_a_compression_that_cannot_be_undone_is_a_failure(
    encoding: str, body: bytes, code: str
) -> None:
    play = says(answer("200 OK", body, f"content-encoding: {encoding}"))
    async with opened(play) as (_, upstream):
        assert (await failure(upstream)).code == code


# ---------------------------------------------------------------------------- no answer at all


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    failed = await failure_at(NOWHERE, {"KEY": "sk-hunter2"}, api_key_env="KEY")
    assert (failed.code, failed.status, failed.retryable) == ("upstream_unreachable", 502, True)
    assert "127.0.0.1: connection refused" in failed.message
    assert "hunter2" not in failed.message


async def test_a_host_that_does_not_exist_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lookup(*_: object, **__: object) -> object:
        raise trio.socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(trio.socket, "getaddrinfo", lookup)
    failed = await failure_at("http://nowhere.invalid/v1", {})
    assert failed.code == "upstream_unreachable"
    assert "nowhere.invalid: no such host (Name or service not known)" in failed.message


async def test_a_host_that_takes_no_connection_is_unreachable_in_time(
    clock: trio.testing.MockClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def connect(*_: object, **__: object) -> object:
        await trio.sleep_forever()

    monkeypatch.setattr(trio, "open_tcp_stream", connect)
    failed = await failure_at(NOWHERE, {}, connect_timeout_s=BOUND_S)
    assert failed.code == "upstream_unreachable"
    assert "no connection in time" in failed.message
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_silence_after_the_request_is_a_timeout(clock: trio.testing.MockClock) -> None:
    async with opened(says(), first_byte_timeout_s=BOUND_S) as (_, upstream):
        failed = await failure(upstream)
    assert (failed.code, failed.status, failed.retryable) == ("upstream_timeout", 504, True)
    assert failed.message == "The upstream sent no status within 4 s"
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_headers_that_drip_in_are_bounded_as_a_whole(clock: trio.testing.MockClock) -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(SSE)
        while True:
            await connection.send(b"x-drip: 1\r\n")
            await trio.sleep(BOUND_S / 4)

    async with opened(play, first_byte_timeout_s=BOUND_S) as (_, upstream):
        assert (await failure(upstream)).code == "upstream_timeout"
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_headers_without_end_are_refused() -> None:
    async with opened(says(SSE, b"x-long: " + b"a" * 200_000)) as (_, upstream):
        assert (await failure(upstream)).code == "upstream_malformed"


async def test_a_request_that_is_not_taken_is_a_timeout(clock: trio.testing.MockClock) -> None:
    async def play(_connection: Connection) -> None:
        await trio.sleep_forever()

    async with opened(play, first_byte_timeout_s=BOUND_S) as (_, upstream):
        with pytest.raises(UpstreamFailed, match="sent no status"):
            await whole(upstream, b"x" * 30_000_000)
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_a_connection_that_is_closed_without_an_answer_is_a_cut_and_asked_once() -> None:
    async with opened(says(ends=True)) as (raw, upstream):
        assert (await failure(upstream)).code == "upstream_cut"
        assert raw.connections == 1


async def test_a_reset_in_place_of_an_answer_is_a_cut() -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.reset()

    async with opened(play) as (raw, upstream):
        assert (await failure(upstream)).code == "upstream_cut"
        assert raw.connections == 1


async def test_a_reset_while_the_request_is_sent_is_a_cut() -> None:
    async with opened(Connection.reset) as (_, upstream):
        with pytest.raises(UpstreamFailed) as failed:
            await whole(upstream, b"x" * 30_000_000)
        assert failed.value.failure.code == "upstream_cut"


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46" * 9 + b"\r\n\r\n"]
)
async def test_what_is_not_http_is_malformed(said: bytes) -> None:
    async with opened(says(said, ends=True)) as (_, upstream):
        assert (await failure(upstream)).code == "upstream_malformed"


# ---------------------------------------------------------------------------- in the middle


async def test_silence_after_the_headers_is_a_timeout(clock: trio.testing.MockClock) -> None:
    async with opened(says(CHUNKED), first_byte_timeout_s=BOUND_S) as (_, upstream):
        failed = await failure(upstream)
    assert failed.code == "upstream_timeout"
    assert failed.message == "The upstream sent no byte of its answer within 4 s"
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_silence_in_the_middle_is_a_timeout(clock: trio.testing.MockClock) -> None:
    play = says(CHUNKED, chunk(b"data: 1\n\n"))
    async with opened(play, idle_timeout_s=BOUND_S) as (_, upstream), upstream.ask(b"{}") as given:
        assert await given.read() == b"data: 1\n\n"
        with pytest.raises(UpstreamFailed, match=r"sent nothing more within 4 s"):
            await given.read()
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_an_answer_that_never_ends_is_ended(clock: trio.testing.MockClock) -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED)
        while True:
            await connection.send(chunk(b": ping\n\n"))
            await trio.sleep(BOUND_S / 4)

    async with opened(play, total_timeout_s=BOUND_S) as (_, upstream):
        failed = await failure(upstream)
    assert failed.code == "upstream_timeout"
    assert failed.message == "The upstream did not end its answer within 4 s"
    assert clock.current_time() == pytest.approx(BOUND_S)


@pytest.mark.parametrize(
    "parts",
    [
        (CHUNKED, chunk(b"data: 1\n\n")),
        (CHUNKED, b"ff\r\ndata: 1"),
        (CHUNKED, chunk(b"data: 1\n\n"), b"0\r\n"),
        (SSE + b"content-length: 100\r\n\r\ndata: 1\n\n",),
    ],
)
async def test_an_answer_that_ends_too_soon_is_a_cut(parts: tuple[bytes, ...]) -> None:
    async with opened(says(*parts, ends=True)) as (_, upstream):
        failed = await failure(upstream)
    assert (failed.code, failed.status) == ("upstream_cut", 502)


async def test_a_reset_in_the_middle_is_a_cut() -> None:
    read = trio.Event()

    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED + chunk(b"data: 1\n\n"))
        await read.wait()
        await connection.reset()

    async with opened(play) as (_, upstream), upstream.ask(b"{}") as given:
        assert await given.read() == b"data: 1\n\n"
        read.set()
        with pytest.raises(UpstreamFailed) as failed:
            await given.read()
        assert failed.value.failure.code == "upstream_cut"


async def test_chunks_that_cannot_be_read_are_a_cut() -> None:
    async with opened(says(CHUNKED, b"zz\r\nwhat?\r\n")) as (_, upstream):
        assert (await failure(upstream)).code == "upstream_cut"


# ---------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (
            answer("401 Unauthorized", b'{"error": {"message": "Incorrect API key: sk-hunter2"}}'),
            "invalid_prompt",
            "Incorrect API key: ***. Check the key",
        ),
        (
            answer("413 Too Large", b"<html><title>413 Request Entity Too Large</title></html>"),
            "context_length_exceeded",
            "413 Request Entity Too Large",
        ),
        (
            answer("429 Slow Down", b'{"error": "later"}', "Retry-After: 7"),
            "rate_limit_exceeded",
            "Try again in 7s. ",
        ),
        (answer("500 Oh", b"out of memory", "content-type: text/plain"), "server_error", "out of"),
        (answer("503 Busy"), "server_is_overloaded", "HTTP 503"),
        (
            answer("307 Moved", b"", "location: https://user:sk-hunter2@eu.example.com/v1?k=1"),
            "invalid_prompt",
            "to the host eu.example.com, which is not followed. Give the URL",
        ),
        (
            answer("400 Bad", gzip.compress(b"odd"), "content-encoding: gzip"),
            "invalid_prompt",
            "odd",
        ),
        (answer("400 Bad", b"xx", "content-encoding: br"), "invalid_prompt", "HTTP 400"),
    ],
)
async def test_a_status_that_is_no_success_is_a_failure(said: bytes, code: str, words: str) -> None:
    async with opened(says(said), environ={"KEY": "sk-hunter2"}, api_key_env="KEY") as (
        raw,
        upstream,
    ):
        failed = await failure(upstream)
        assert failed.code == code
        assert words in failed.message
        assert "hunter2" not in failed.message
        assert raw.connections == 1


async def test_a_giant_error_is_not_read_to_its_end() -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await connection.send(chunk(b"giant " * 10_000))

    async with opened(play) as (raw, upstream):
        failed = await failure(upstream)
        assert failed.code == "server_error"
        assert len(failed.message) <= 500
        await raw.left.wait()


async def test_an_error_that_stops_in_its_words_is_told_by_what_there_was(
    clock: trio.testing.MockClock,
) -> None:
    play = says(b"HTTP/1.1 400 Bad\r\ncontent-length: 99\r\n\r\nno such")
    async with opened(play, idle_timeout_s=BOUND_S) as (_, upstream):
        assert "HTTP 400: no such" in (await failure(upstream)).message
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_an_error_that_drips_its_words_is_told_by_what_there_was(
    clock: trio.testing.MockClock,
) -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 400 Bad\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            await connection.send(chunk(b"drip "))
            await trio.sleep(BOUND_S / 4)

    async with opened(play, idle_timeout_s=BOUND_S) as (_, upstream):
        assert "HTTP 400: drip" in (await failure(upstream)).message
    assert clock.current_time() == pytest.approx(BOUND_S)


# ---------------------------------------------------------------------------- leaving, cancelling


@pytest.mark.parametrize(
    "parts", [(), (SSE,), (CHUNKED,), (CHUNKED, chunk(b"data: 1\n\n"))], ids=len
)
async def test_cancelling_closes_the_connection_at_once(parts: tuple[bytes, ...]) -> None:
    begun = trio.Event()

    async def play(connection: Connection) -> None:
        await connection.request()
        for part in parts:
            await connection.send(part)
        begun.set()
        await connection.until_closed()

    async with opened(play) as (raw, upstream), trio.open_nursery() as nursery:
        nursery.start_soon(whole, upstream)
        await begun.wait()
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await raw.left.wait()


async def test_leaving_the_block_closes_an_answer_that_was_not_read_to_its_end() -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED + chunk(b"data: 1\n\n"))
        await connection.until_closed()

    async with opened(play) as (raw, upstream):
        async with upstream.ask(b"{}") as given:
            await given.read()
        await raw.left.wait()


async def test_closing_the_upstream_closes_its_kept_connections() -> None:
    async with open_raw_upstream(BRIEF) as raw:
        async with open_upstream(RelayConfig(upstream=raw.url), {}) as upstream:
            await whole(upstream)
            assert not raw.left.is_set()
        with trio.fail_after(HUNG_S):
            await raw.left.wait()


# ---------------------------------------------------------------------------- kept connections


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with opened(says(CHUNKED + chunk(b"data: 1\n\n") + END)) as (raw, upstream):
        for _ in range(3):
            await whole(upstream)
        assert raw.connections == 1


async def test_answers_at_the_same_time_have_connections_of_their_own() -> None:
    async with (
        opened(says(CHUNKED, END)) as (raw, upstream),
        upstream.ask(b"{}"),
        upstream.ask(b"{}"),
        upstream.ask(b"{}"),
    ):
        assert raw.connections == 3


async def test_a_kept_connection_that_the_server_has_closed_is_not_used() -> None:
    async with opened(says(CHUNKED + END, ends=True)) as (raw, upstream):
        for _ in range(3):
            assert await whole(upstream) == b""
            await raw.left.wait()
        assert raw.connections == 3


@pytest.mark.parametrize("resets", [False, True])
async def test_a_request_that_a_dying_connection_swallowed_is_sent_on_another(
    *, resets: bool
) -> None:
    async def play(connection: Connection) -> None:
        await connection.request()
        await connection.send(CHUNKED + END)
        await connection.request()
        if resets:
            await connection.reset()

    async with opened(play) as (raw, upstream):
        assert await whole(upstream) == b""
        assert await whole(upstream) == b""
        assert raw.connections == 2


async def test_connections_that_all_die_are_given_up() -> None:
    all_there = trio.Event()

    async def play(connection: Connection) -> None:
        await connection.request()
        if len(raw.requests) == 5:
            all_there.set()
        await all_there.wait()
        await connection.send(CHUNKED + END)
        await connection.request()

    async with opened(play) as (raw, upstream):
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(whole, upstream)
        assert (await failure(upstream)).code == "upstream_cut"
        assert len(raw.requests) == 5 + 3


# ---------------------------------------------------------------------------- TLS and proxies


@asynccontextmanager
async def opened_tls(play: Play) -> AsyncGenerator[RawUpstream]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    async with open_raw_upstream(play, tls=context) as raw:
        yield raw


async def test_a_certificate_that_nobody_vouches_for_is_unreachable_with_advice() -> None:
    async with opened_tls(BRIEF) as raw:
        failed = await failure_at(raw.url, {})
    assert failed.code == "upstream_unreachable"
    assert "its certificate is not trusted (self-signed certificate)" in failed.message
    assert "SSL_CERT_FILE" in failed.message


async def test_a_certificate_that_the_environment_vouches_for_is_trusted() -> None:
    async with opened_tls(says(CHUNKED + chunk(b"data: 1\n\n") + END)) as raw:
        config = RelayConfig(upstream=raw.url)
        async with open_upstream(config, {"SSL_CERT_FILE": str(CERTIFICATE)}) as upstream:
            assert await whole(upstream) == b"data: 1\n\n"


async def test_a_server_without_tls_is_unreachable_by_https() -> None:
    async def play(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 Bad\r\n\r\n")

    async with open_raw_upstream(play) as raw:
        failed = await failure_at(raw.url.replace("http:", "https:"), {})
    assert failed.code == "upstream_unreachable"
    assert "Is it an http URL?" in failed.message


async def test_a_handshake_that_stands_still_is_unreachable_in_time(
    clock: trio.testing.MockClock,
) -> None:
    async with open_raw_upstream(Connection.until_closed) as raw:
        url = raw.url.replace("http:", "https:")
        failed = await failure_at(url, {}, connect_timeout_s=BOUND_S)
    assert failed.code == "upstream_unreachable"
    assert "no connection in time" in failed.message
    assert clock.current_time() == pytest.approx(BOUND_S)


async def test_cancelling_a_handshake_closes_the_connection() -> None:
    begun = trio.Event()

    async def play(connection: Connection) -> None:
        await connection.stream.receive_some()
        begun.set()
        await connection.until_closed()

    async with open_raw_upstream(play) as raw, trio.open_nursery() as nursery:
        nursery.start_soon(failure_at, raw.url.replace("http:", "https:"), {})
        await begun.wait()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await raw.left.wait()


@pytest.mark.parametrize("name", ["missing.pem", "empty.pem"])
async def test_certificates_that_cannot_be_read_are_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    path = str(tmp_path / name)
    with pytest.raises(RelayError, match="cannot be read") as refused:
        await failure_at("https://127.0.0.1:1/v1", {"SSL_CERT_FILE": path})
    assert path in str(refused.value)


async def test_a_remote_upstream_is_asked_by_way_of_the_proxy() -> None:
    async with open_raw_upstream(says(CHUNKED + chunk(b"data: 1\n\n") + END)) as raw:
        config = RelayConfig(upstream="http://models.example.com/v1")
        environ = {"http_proxy": f"http://me:hunter2@127.0.0.1:{raw.port}"}
        async with open_upstream(config, environ) as upstream:
            assert await whole(upstream) == b"data: 1\n\n"
    (request,) = raw.requests
    assert request.line == "POST http://models.example.com/v1/chat/completions HTTP/1.1"
    assert request.headers["host"] == "models.example.com"
    assert request.headers["proxy-authorization"].startswith("Basic ")


async def test_a_proxy_that_refuses_is_said_to_have() -> None:
    async with open_raw_upstream(says(answer("403 Forbidden"))) as raw:
        proxy = f"http://me:hunter2@127.0.0.1:{raw.port}"
        failed = await failure_at("https://models.example.com/v1", {"HTTPS_PROXY": proxy})
    assert failed.code == "upstream_unreachable"
    assert "models.example.com: the proxy said 403" in failed.message
    assert "hunter2" not in failed.message


@pytest.mark.parametrize(
    ("url", "environ", "variable"),
    [
        ("http://a.example/v1", {"http_proxy": "http://p:1"}, "http_proxy"),
        ("http://a.example/v1", {"HTTP_PROXY": "p:1"}, "HTTP_PROXY"),
        ("https://a.example/v1", {"http_proxy": "http://p:1"}, ""),
        ("https://a.example/v1", {"ALL_PROXY": "http://p:1"}, "ALL_PROXY"),
        ("https://a.example/v1", {"https_proxy": " ", "all_proxy": "http://p:1"}, "all_proxy"),
        ("http://127.0.0.1/v1", {"http_proxy": "http://p:1"}, ""),
        ("http://localhost:8000/v1", {"all_proxy": "http://p:1"}, ""),
        ("http://[::1]:8000/v1", {"all_proxy": "http://p:1"}, ""),
        ("http://a.example/v1", {"http_proxy": "http://p:1", "no_proxy": "a.example"}, ""),
        ("http://x.a.example/v1", {"http_proxy": "http://p:1", "NO_PROXY": "b, .A.example"}, ""),
        ("http://x.a.example/v1", {"http_proxy": "http://p:1", "NO_PROXY": "*.a.example"}, ""),
        (
            "http://xa.example/v1",
            {"http_proxy": "http://p:1", "no_proxy": "a.example"},
            "http_proxy",
        ),
        ("http://a.example:80/v1", {"http_proxy": "http://p:1", "no_proxy": "a.example:80"}, ""),
        (
            "http://a.example/v1",
            {"http_proxy": "http://p:1", "no_proxy": "a.example:81"},
            "http_proxy",
        ),
        ("http://a.example/v1", {"http_proxy": "http://p:1", "no_proxy": "*"}, ""),
        ("http://a.example/v1", {"http_proxy": "http://p:1", "no_proxy": ","}, "http_proxy"),
        ("http://10.1.2.3/v1", {"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"}, ""),
        (
            "http://11.1.2.3/v1",
            {"http_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"},
            "http_proxy",
        ),
    ],
)
def test_the_environment_names_the_proxy(url: str, environ: dict[str, str], variable: str) -> None:
    proxy = "http://p:1" if variable else ""
    assert proxy_of(url, environ) == (variable, proxy)


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://hunter2@p:1",
        "http://",
        "http://p:port",
        "http://ü.example",
        "http://[::1",
    ],
)
async def test_a_proxy_that_cannot_be_used_is_refused_and_not_shown(proxy: str) -> None:
    with pytest.raises(RelayError, match="all_proxy") as refused:
        await failure_at("http://a.example/v1", {"all_proxy": proxy})
    assert "hunter2" not in str(refused.value)
    assert "NO_PROXY" in refused.value.hint


async def test_socks_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_runtime.relay.upstream_pool.find_spec", lambda _name: None)
    with pytest.raises(RelayError, match="socksio"):
        await failure_at("http://a.example/v1", {"all_proxy": "socks5://p"})


async def test_a_secret_that_is_missing_is_found_when_the_upstream_is_opened() -> None:
    with pytest.raises(RelayVariableMissing, match="KEY is not set"):
        await failure_at(NOWHERE, {}, api_key_env="KEY")


async def test_a_host_that_no_name_can_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="no valid host name"):
        await failure_at(f"http://{'a' * 64}.example/v1", {})


def test_an_error_of_our_own_making_is_not_the_upstreams() -> None:
    assert failure_of(httpcore2.LocalProtocolError("odd"), "h").code == "server_error"


def test_a_failure_that_says_nothing_says_so() -> None:
    assert "h: no connection" in failure_of(httpcore2.ConnectError(), "h").message


# ---------------------------------------------------------------------------- secrets


async def test_every_form_of_a_secret_is_taken_out_of_a_text() -> None:
    environ = {"KEY": "sk-hunter2", "MORE": "Basic dXNlcjpwdw==", "FLAG": "on"}
    headers = {"x-auth": "MORE", "x-flag": "FLAG"}
    config = RelayConfig(upstream=NOWHERE, api_key_env="KEY", header_env=headers)
    async with open_upstream(config, environ) as upstream:
        shown = upstream.redact("sk-hunter2 Basic dXNlcjpwdw== dXNlcjpwdw== on")
    assert shown == "*** *** *** on"


# ---------------------------------------------------------------------------- the list of models


def listed(body: object) -> Play:
    return says(answer("200 OK", json.dumps(body).encode(), "content-type: application/json"))


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}, ["a", "b"]),
        ({"models": [{"name": "a"}, {"slug": "b"}, {"model": "c"}, {"x": 1}]}, ["a", "b", "c"]),
        (["a", {"id": 5}, {"id": ""}, None], ["a"]),
        ({"data": []}, []),
    ],
)
async def test_the_names_of_models_are_found_in_every_shape(body: object, names: list[str]) -> None:
    async with opened(listed(body)) as (_, upstream):
        assert await upstream.models() == names


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"a": 1}', b"5", b'{"data": {}}', b"[" * 9999])
async def test_what_is_no_list_of_models_is_malformed(body: bytes) -> None:
    async with opened(says(answer("200 OK", body))) as (_, upstream):
        with pytest.raises(UpstreamFailed) as failed:
            await upstream.models()
    assert failed.value.failure.code == "upstream_malformed"


async def test_the_models_of_the_settings_come_first() -> None:
    names = {"gpt": "llama", "b": "c"}
    async with opened(listed({"data": [{"id": "a"}, {"id": "b"}]})) as (raw, upstream):
        config = RelayConfig(upstream=raw.url, model_map=names, default_model="d")
        body = json.loads(await list_models(config, upstream))
    assert [model["id"] for model in body["data"]] == ["gpt", "b", "d", "a"]
    assert (body["object"], body["models"]) == ("list", [])
    assert body["data"][0]["object"] == "model"


@pytest.mark.parametrize("said", [answer("404 Not Found"), b"", b"HTTP/1.1 200 OK\r\n\r\n{"])
async def test_an_upstream_that_lists_no_models_is_no_failure(said: bytes) -> None:
    play = says(said, ends=True)
    async with opened(play, model_map={"gpt": "llama"}) as (raw, upstream):
        config = RelayConfig(upstream=raw.url, model_map={"gpt": "llama"})
        body = json.loads(await list_models(config, upstream))
    assert [model["id"] for model in body["data"]] == ["gpt"]

"""Any ASGI app on connections that end: what `serve_app` makes of clients and of apps."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime.relay import hosting
from tests.relay.server.wire import push

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def say_hello(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"hi"})


@asynccontextmanager
async def hosted(
    app: hosting.AsgiApp = say_hello, *, stall_s: float = 5.0
) -> AsyncGenerator[tuple[int, trio.Event]]:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    stopping = trio.Event()
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:

            async def serve(*, task_status: trio.TaskStatus[None]) -> None:
                task_status.started()
                await hosting.serve_app(
                    app,
                    listeners,
                    client_stall_s=stall_s,
                    stopping=stopping,
                    error_body=b"status %d".__mod__,
                )

            await nursery.start(serve)
            yield listeners[0].socket.getsockname()[1], stopping
            nursery.cancel_scope.cancel()


async def ask(port: int, data: bytes) -> bytes:
    """All that comes until the connection ends."""
    heard = b""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(data)
        while part := await stream.receive_some():
            heard += part
    return heard


async def test_a_connection_that_asks_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "IDLE_S", 0.05)
    async with hosted() as (port, _):
        assert await ask(port, b"") == b""
        assert await ask(port, b"GET / HTTP/1.1\r\nHo") == b""
        assert (await ask(port, GET)).endswith(b"hi")


async def test_one_connection_too_many_is_closed_as_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosting, "MAX_CONNECTIONS", 1)
    async with hosted() as (port, _), await trio.open_tcp_stream("127.0.0.1", port) as first:
        await first.send_all(GET)
        await first.receive_some()
        # What is sent may meet a socket that is closed already.
        with suppress(trio.BrokenResourceError):
            assert await ask(port, GET) == b""
        await first.send_all(GET)
        assert (await first.receive_some()).endswith(b"hi")


@pytest.mark.parametrize(
    "offer",
    [
        b"Connection: upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        b"Connection: upgrade, http2-settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n",
    ],
)
async def test_an_upgrade_is_answered_as_the_plain_request_that_it_is(offer: bytes) -> None:
    async with hosted() as (port, _):
        answer = await ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"hi")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_closed(nonsense: bytes) -> None:
    async with hosted() as (port, _):
        answer = await ask(port, nonsense)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.endswith(b"\r\n\r\nstatus 400")
        assert (
            await ask(port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        ).endswith(b"hi")


async def test_http_2_is_not_begun() -> None:
    async with hosted() as (port, _):
        answer = await ask(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert b"HTTP/1.1 400 " in answer


async def test_an_app_that_fails_costs_its_own_request_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("a bug")

    async with hosted(fail) as (port, _):
        for _ in range(2):
            answer = await ask(port, GET)
            assert answer.startswith(b"HTTP/1.1 500 ")
    assert len(caplog.records) == 2


async def test_a_stalled_client_ends_its_app() -> None:
    told: list[str] = []
    ended = trio.Event()

    async def flood(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        part = {"type": "http.response.body", "body": b"x" * 100_000, "more_body": True}
        with suppress(OSError):
            while True:
                await send(part)
        told.append((await receive())["type"])
        ended.set()

    async with (
        hosted(flood, stall_s=0.05) as (port, _),
        await trio.open_tcp_stream("127.0.0.1", port) as stream,
    ):
        await stream.send_all(GET)
        await ended.wait()
    assert told == ["http.disconnect"]


async def test_a_client_that_reads_slowly_gets_all_of_a_long_answer(
    mock_clock: trio.testing.MockClock,
) -> None:
    mock_clock.autojump_threshold = 0.02  # the kernel's own time for what was just sent
    size_bytes = 16 * 1024 * 1024  # more than the kernel holds

    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = [(b"content-length", b"%d" % size_bytes)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * size_bytes})

    async with (
        hosted(answer, stall_s=2) as (port, _),
        await trio.open_tcp_stream("127.0.0.1", port) as stream,
    ):
        await stream.send_all(GET)
        heard, began = 0, trio.current_time()
        while heard < size_bytes and (part := await stream.receive_some(256 * 1024)):
            heard += len(part)
            if trio.current_time() < began + 8:  # four times as long as a client may stall
                await trio.sleep(0.2)
        assert trio.current_time() > began + 7
    assert heard >= size_bytes


async def test_an_app_that_has_answered_reads_no_more_and_holds_nobody() -> None:
    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"no"})

    async with (
        hosted(refuse) as (port, _),
        await trio.open_tcp_stream("127.0.0.1", port) as stream,
    ):
        await stream.send_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n")
        with pytest.raises(trio.BrokenResourceError):
            await push(stream, b"x" * 65536)


async def test_stopping_lets_answers_end_and_closes_who_asks_nothing() -> None:
    going, gate = trio.Event(), trio.Event()

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        going.set()
        await gate.wait()
        await say_hello(scope, receive, send)

    async with (
        hosted(wait) as (port, stopping),
        await trio.open_tcp_stream("127.0.0.1", port) as idle,
        await trio.open_tcp_stream("127.0.0.1", port) as busy,
    ):
        await busy.send_all(GET)
        await going.wait()
        stopping.set()
        assert await idle.receive_some() == b""
        with pytest.raises(OSError, match="connect"):
            await trio.open_tcp_stream("127.0.0.1", port)
        gate.set()
        heard = b""
        while part := await busy.receive_some():
            heard += part
    assert heard.endswith(b"hi")


async def test_a_head_and_its_body_are_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    send_all = trio.SocketStream.send_all

    async def noting(self: trio.SocketStream, data: bytes) -> None:
        sent.append(bytes(data))
        await send_all(self, data)

    async with hosted() as (port, _):
        monkeypatch.setattr(trio.SocketStream, "send_all", noting)
        await ask(port, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert [data for data in sent if data.startswith(b"HTTP/1.1")] == [sent[1]]
    assert sent[1].endswith(b"hi")
    assert len(sent) == 2

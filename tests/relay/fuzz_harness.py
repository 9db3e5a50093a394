"""A relay between a raw client and a raw upstream, and what must be true of every answer.

Owns both ends of the wire, byte by byte, and the check that nothing is left. Does not know what
is mutated (the tests). Enter at `open_bench`.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import h11
import trio
import trio.testing

from codex_runtime.relay.config import RelayConfig
from codex_runtime.relay.server import open_relay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from codex_runtime.relay.server import Relay

__all__ = [
    "DONE",
    "GOOD_REQUEST",
    "SILENCE",
    "Answer",
    "Bench",
    "chunk",
    "open_bench",
    "request_bytes",
    "stream_answer",
]

PATIENCE_S: Final = 20.0
"""Far more than any deadline of the relay that is tested: who needs it hangs."""
DONE: Final = b"data: [DONE]\n\n"
SILENCE: Final = b"(says nothing more until the relay hangs up)"
GOOD_REQUEST: Final = b'{"model":"m","stream":true,"input":"hello"}'
_TERMINAL: Final = {"response.completed", "response.incomplete", "response.failed"}


def chunk(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
    """One chunk of a Chat Completions stream, as an SSE event."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body | more).encode() + b"\n\n"


def stream_answer(body: bytes, *, content_type: str = "text/event-stream") -> bytes:
    """A 200 whose body ends with the connection."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n"
    return head.encode() + body


GOOD_ANSWER: Final = stream_answer(chunk({"content": "hello"}) + chunk({}, "stop") + DONE)


@attrs.frozen
class Answer:
    """What the client got: a typed error body, a whole response, or the events of a stream."""

    status: int
    body: bytes
    is_stream: bool

    @property
    def events(self) -> list[tuple[str, dict[str, object]]]:
        events: list[tuple[str, dict[str, object]]] = []
        for block in self.body.split(b"\n\n"):
            if block:
                name, _, data = block.decode().partition("\n")
                events.append((name.removeprefix("event: "), json.loads(data[6:])))
        return events

    @property
    def outcome(self) -> str:
        """How the response ended: its status, or ``HTTP 400`` and the like."""
        if self.status != 200:
            return f"HTTP {self.status}"
        if not self.is_stream:
            return str(json.loads(self.body)["status"])
        return self.events[-1][0].removeprefix("response.")

    def check(self) -> None:
        """Whatever was asked, and whatever the upstream did: this much holds."""
        assert self.status != 500, self.body
        if self.status != 200:
            error = json.loads(self.body)["error"]
            assert isinstance(error["message"], str)
            assert error["message"]
            assert isinstance(error["type"], str)
            assert error["code"] is None or isinstance(error["code"], str)
            assert error["code"] != "internal_error"
        elif self.is_stream:
            names = [name for name, _ in self.events]
            assert [event["sequence_number"] for _, event in self.events] == [*range(len(names))]
            assert [event["type"] for _, event in self.events] == names
            assert names[:2] == ["response.created", "response.in_progress"]
            assert [name for name in names if name in _TERMINAL] == names[-1:], self.body
            added = names.count("response.output_item.added")
            assert names.count("response.output_item.done") <= added
        else:
            assert json.loads(self.body)["object"] == "response"


def request_bytes(body: bytes) -> bytes:
    """A whole HTTP request."""
    head = (
        "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Bench:
    """The relay, and the next thing its upstream says."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.answers: list[Sequence[bytes]] = []
        self.asked = 0
        self.silences = 0

    async def ask(self, body: bytes) -> Answer:
        """One request on a connection of its own, read to its end within bounded time."""
        with trio.fail_after(PATIENCE_S):
            stream = await trio.open_tcp_stream("127.0.0.1", self.relay.port)
            async with stream:
                await stream.send_all(request_bytes(body))
                return await _read_answer(stream)

    async def say(self, data: bytes) -> bytes:
        """Send these very bytes and no more; gives all that comes until the relay hangs up."""
        received = b""
        with trio.fail_after(PATIENCE_S):
            stream = await trio.open_tcp_stream("127.0.0.1", self.relay.port)
            async with stream:
                try:
                    await stream.send_all(data)
                    await stream.send_eof()
                    while part := await stream.receive_some():
                        received += part
                except trio.BrokenResourceError:
                    """It was refused before it was all said."""
        return received

    async def leave(self, body: bytes, after_bytes: int) -> None:
        """Ask, and hang up after so many bytes of the answer."""
        with trio.fail_after(PATIENCE_S):
            stream = await trio.open_tcp_stream("127.0.0.1", self.relay.port)
            async with stream:
                await stream.send_all(request_bytes(body))
                while after_bytes > 0:
                    part = await stream.receive_some(after_bytes)
                    after_bytes -= len(part) or after_bytes

    async def serve(self, stream: trio.SocketStream) -> None:
        """The upstream: reads one request, says its piece in these very portions, hangs up."""
        try:
            if await _read_request(stream):
                self.asked += 1
                for part in self.answers.pop(0) if self.answers else [GOOD_ANSWER]:
                    if part == SILENCE:
                        await self._wait_for_the_relay(stream)
                    else:
                        await stream.send_all(part)
            await stream.aclose()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            """The relay has heard enough."""

    async def _wait_for_the_relay(self, stream: trio.SocketStream) -> None:
        self.silences += 1
        try:
            await stream.receive_some()
        finally:
            self.silences -= 1


@asynccontextmanager
async def open_bench(**settings: object) -> AsyncGenerator[Bench]:
    """A relay with short deadlines; at the end it still works, and leaves nothing behind."""
    bugs = _Bugs()
    logger = logging.getLogger("codex_runtime.relay")
    logger.addHandler(bugs)
    tasks, files = trio.lowlevel.current_statistics().tasks_living, _open_files()
    try:
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            port = listeners[0].socket.getsockname()[1]
            given: dict[str, object] = {
                "upstream": f"http://127.0.0.1:{port}/v1",
                "connect_timeout_s": 2.0,
                "first_byte_timeout_s": 3.0,
                "idle_timeout_s": 2.0,
                "total_timeout_s": 6.0,
                "body_timeout_s": 3.0,
                "drain_s": 0.5,
            }
            # Any: the names are those of the fields.
            config = RelayConfig(**(given | settings))  # type: ignore[arg-type]
            async with open_relay(config, environ={}) as relay:
                bench = Bench(relay)
                await nursery.start(trio.serve_listeners, bench.serve, listeners)
                yield bench
                bench.answers.clear()
                good = await bench.ask(GOOD_REQUEST)
                good.check()
                assert good.outcome == "completed"
                with trio.fail_after(PATIENCE_S):
                    while relay.statistics().streams or bench.silences:
                        await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == tasks
        assert _open_files() == files
        assert not bugs.found, bugs.found
    finally:
        logger.removeHandler(bugs)


class _Bugs(logging.Handler):
    """What the relay logs with a traceback is a bug of ours, whatever the client was told."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(logging.Formatter().format(record))


def _open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


async def _read_request(stream: trio.SocketStream) -> bool:
    received = b""
    while part := await stream.receive_some():
        received += part
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if found and length is not None and len(body) >= int(length[1]):
            return True
    return False


async def _read_answer(stream: trio.SocketStream) -> Answer:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "relay")]))
    connection.send(h11.EndOfMessage())
    status, content_type, body = 0, b"", b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some())
        elif isinstance(event, h11.Response):
            status = event.status_code
            content_type = dict(event.headers.raw_items()).get(b"content-type", b"")
            content_type = dict(event.headers).get(b"content-type", content_type)
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, body, content_type.startswith(b"text/event-stream"))

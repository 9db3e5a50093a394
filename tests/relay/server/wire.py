"""A relay before a scripted upstream, and a raw HTTP client of it.

Owns the client's bytes. Knows nothing of what a test asks. Enter at `opened`, then `post`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs
import h11
import trio
import trio.testing

from codex_runtime.relay import RelayConfig, open_relay
from codex_runtime.testing.scripted_chat import open_scripted_chat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from codex_runtime.relay import Relay
    from codex_runtime.testing.chat_requests import ChatRequest
    from codex_runtime.testing.scripted_chat import ScriptedChat
    from codex_runtime.testing.steps import Reply

__all__ = [
    "Answer",
    "begin",
    "connect",
    "events",
    "opened",
    "post",
    "push",
    "read",
    "request_bytes",
    "until",
]

PATIENCE_S: Final = 20.0
"""No test takes it; who does hangs."""


@attrs.frozen
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, to be looked into key by key (hence Any)."""
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The typed error of the body."""
        return self.json["error"]

    @property
    def events(self) -> list[Any]:
        """The events of the body."""
        return events(self.body)

    @property
    def text(self) -> str:
        """The text that was streamed."""
        deltas = [e["delta"] for e in self.events if e["type"] == "response.output_text.delta"]
        return "".join(deltas)

    @property
    def last(self) -> Any:
        """The response of the last event."""
        return self.events[-1]["response"]


def events(body: bytes) -> list[Any]:
    """The data of each whole event; its name is checked on the way."""
    found = []
    for event in body.split(b"\n\n")[:-1]:
        name, data = event.split(b"\n")
        decoded = json.loads(data.removeprefix(b"data: "))
        assert name == b"event: " + decoded["type"].encode()
        found.append(decoded)
    return found


async def until(holds: Callable[[], bool]) -> None:
    """Return once that holds; the bound is that of the test."""
    while not holds():
        await trio.testing.wait_all_tasks_blocked(0.001)


async def push(stream: trio.SocketStream, data: bytes) -> None:
    """Send the same without end; raises once the other side has closed."""
    while True:
        await stream.send_all(data)
        await trio.lowlevel.checkpoint()


@asynccontextmanager
async def opened(
    respond: Callable[[ChatRequest], Reply] | None = None,
    *,
    patience_s: float = PATIENCE_S,
    **config: Any,
) -> AsyncGenerator[tuple[Relay, ScriptedChat]]:
    """A relay before a scripted Chat Completions server; `config` are fields of `RelayConfig`."""
    with trio.fail_after(patience_s):
        async with open_scripted_chat(respond) as chat:
            environ = config.pop("environ", {})
            config.setdefault("upstream", chat.base_url)
            settings = RelayConfig(**config)
            async with open_relay(settings, environ=environ) as relay:
                yield relay, chat


async def connect(relay: Relay) -> trio.SocketStream:
    """A connection of a client."""
    return await trio.open_tcp_stream("127.0.0.1", relay.port)


def request_bytes(
    body: bytes | Mapping[str, object] | None = None,
    *,
    method: str = "POST",
    path: str = "/v1/responses",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """One request; of a mapping the JSON, over a body that streams."""
    if not isinstance(body, bytes):
        body = json.dumps({"model": "m", "input": "hi", "stream": True, **(body or {})}).encode()
    body = b"" if method == "GET" else body
    fields = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items() if v), "", ""]
    return "\r\n".join(lines).encode() + body


async def begin(relay: Relay, body: Mapping[str, object] | None = None) -> trio.SocketStream:
    """A connection on which a request was sent."""
    stream = await connect(relay)
    await stream.send_all(request_bytes(body))
    return stream


async def read(stream: trio.SocketStream) -> Answer:
    """The answer that comes on a connection, to its end."""
    connection = h11.Connection(h11.CLIENT)
    # The request itself was sent past it.
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    status = 0
    headers: dict[str, str] = {}
    parts: list[bytes] = []
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(65536)))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = {name.decode(): value.decode() for name, value in event.headers}
        elif isinstance(event, h11.Data):
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return Answer(status, headers, b"".join(parts))


async def post(
    relay: Relay, body: bytes | Mapping[str, object] | None = None, **kwargs: Any
) -> Answer:
    """The answer to one request on a connection of its own."""
    async with await connect(relay) as stream:
        await stream.send_all(request_bytes(body, **kwargs))
        return await read(stream)

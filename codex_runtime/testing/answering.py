"""What the endpoints of both APIs share: reading a body, sending a reply part by part, refusing.

Owns the order in which a reply reaches the client, from the silence before its status to its last
byte. Knows no API: the parts and headers are handed in. Enter at `send_reply`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, assert_never

import msgspec
import trio

from codex_runtime.testing.steps import Cut, Gate, HttpFailure, Pause, Reply, Wait

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_runtime.testing.http_server import HttpRequest, Responder
    from codex_runtime.testing.record import Exchange
    from codex_runtime.testing.sse import StreamPart

__all__ = ["EVENTS", "JSON", "read_object", "refuse", "send_reply"]

JSON: Final = MappingProxyType({"content-type": "application/json"})
EVENTS: Final = MappingProxyType({"content-type": "text/event-stream", "cache-control": "no-cache"})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


async def read_object(request: HttpRequest, responder: Responder) -> dict[str, Any] | None:
    """Decode the body (any JSON, hence `Any`); None once what is no object has been refused."""
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        await refuse(responder, 400, f"the body is not a JSON object: {error}")
        return None


async def send_reply(
    reply: Reply,
    parts: Iterator[StreamPart],
    headers: Mapping[str, str],
    exchange: Exchange[Any],
    responder: Responder,
) -> None:
    """Send `reply`: its HTTP answer where it is one, else `parts` under status 200.

    `exchange` holds a request of whichever API (hence `Any`).
    """
    for wait in reply.before_status:
        await _hold(wait.gate, exchange)
    steps = reply.after_status
    if steps and isinstance(answer := steps[0], HttpFailure):
        await responder.send_whole(answer.status, answer.body, answer.headers)
        return
    await responder.start(200, headers)
    for part in parts:
        await _send_part(part, exchange, responder)
    if not responder.is_finished:
        await responder.finish()


async def refuse(
    responder: Responder, status: int, message: str, headers: Mapping[str, str] = _NO_HEADERS
) -> None:
    """Answer with an `error` object."""
    body = msgspec.json.encode({"error": {"message": message}})
    await responder.send_whole(status, body, {**JSON, **headers})


async def _send_part(part: StreamPart, exchange: Exchange[Any], responder: Responder) -> None:
    match part:
        case bytes():
            await responder.send(part)
        case Pause():
            await trio.sleep(part.delay_s)
        case Wait():
            await _hold(part.gate, exchange)
        case Cut(abrupt=True):
            await responder.abort()
        case Cut():
            await responder.finish()
        case _:
            assert_never(part)


async def _hold(gate: Gate | None, exchange: Exchange[Any]) -> None:
    await (exchange.wait_held() if gate is None else gate.wait())

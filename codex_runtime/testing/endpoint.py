"""The paths of the Responses API that an app-server may ask for.

Owns the routing, and the sending of a reply part by part; who answers what is `script.py`, what an
answer looks like `sse.py`, how it travels `http_server.py`. Enter at `Endpoint.handle`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, assert_never

import msgspec
import trio

from codex_runtime.testing.requests import ModelRequest, public_headers
from codex_runtime.testing.sse import StreamPart, render
from codex_runtime.testing.steps import Cut, HttpFailure, Pause, Reply, Wait

if TYPE_CHECKING:
    from codex_runtime.testing.http_server import HttpRequest, Responder
    from codex_runtime.testing.record import Exchange, Record
    from codex_runtime.testing.script import Script

__all__ = ["Endpoint"]

_JSON: Final = MappingProxyType({"content-type": "application/json"})
_EVENTS: Final = MappingProxyType(
    {"content-type": "text/event-stream", "cache-control": "no-cache"}
)


class Endpoint:
    """Answers requests as the script says and keeps them in the record."""

    def __init__(self, script: Script, record: Record) -> None:
        self._script = script
        self._record = record

    async def handle(self, request: HttpRequest, responder: Responder) -> None:
        """Answer one request; cancelled when the client goes away."""
        match request.method, request.path.removesuffix("/"):
            case "POST", "/v1/responses" | "/v1/responses/compact":
                await self._answer(request, responder)
            case "GET", "/v1/models":
                await responder.send_whole(200, b'{"models":[]}', _JSON)
            case _, "/v1/responses" | "/v1/responses/compact":
                await _refuse(responder, 405, "only POST is answered here", {"allow": "POST"})
            case _, "/v1/models":
                await _refuse(responder, 405, "only GET is answered here", {"allow": "GET"})
            case _:
                await _refuse(responder, 404, f"no such path: {request.path}", {})

    async def _answer(self, request: HttpRequest, responder: Responder) -> None:
        try:
            body = msgspec.json.decode(request.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            await _refuse(responder, 400, f"the body is not a JSON object: {error}", {})
            return

        def recorded(index: int) -> ModelRequest:
            headers = public_headers(request.headers)
            return ModelRequest(index=index, path=request.path, headers=headers, body=body)

        exchange = self._record.add(recorded)
        try:
            reply = self._script.reply_to(exchange.request)
            await _send(reply, exchange, len(request.body), responder)
        finally:
            exchange.end(dropped=responder.client_gone)


async def _send(reply: Reply, exchange: Exchange, input_bytes: int, responder: Responder) -> None:
    if reply.steps and isinstance(failure := reply.steps[0], HttpFailure):
        await responder.send_whole(failure.status, failure.body, failure.headers)
        return
    await responder.start(200, _EVENTS)
    request = exchange.request
    parts = render(
        reply, index=request.index, model=request.model or "unnamed", input_chars=input_bytes
    )
    for part in parts:
        await _send_part(part, exchange, responder)
    if not responder.is_finished:
        await responder.finish()


async def _send_part(part: StreamPart, exchange: Exchange, responder: Responder) -> None:
    match part:
        case bytes():
            await responder.send(part)
        case Pause():
            await trio.sleep(part.delay_s)
        case Wait():
            await (exchange.wait_held() if part.gate is None else part.gate.wait())
        case Cut(abrupt=True):
            await responder.abort()
        case Cut():
            await responder.finish()
        case _:
            assert_never(part)


async def _refuse(responder: Responder, status: int, message: str, headers: dict[str, str]) -> None:
    body = msgspec.json.encode({"error": {"message": message}})
    await responder.send_whole(status, body, {**_JSON, **headers})

"""The paths of the Responses API that an app-server may ask for.

Owns the routing and the record of what was asked; who answers what is `script.py`, what an answer
looks like `sse.py`, how it is sent `answering.py`. Enter at `Endpoint.handle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.testing.answering import EVENTS, JSON, read_object, refuse, send_reply
from codex_runtime.testing.requests import ModelRequest, public_headers
from codex_runtime.testing.sse import render

if TYPE_CHECKING:
    from codex_runtime.testing.http_server import HttpRequest, Responder
    from codex_runtime.testing.record import Record
    from codex_runtime.testing.script import Script

__all__ = ["Endpoint"]


class Endpoint:
    """Answers requests as the script says and keeps them in the record."""

    def __init__(self, script: Script[ModelRequest], record: Record[ModelRequest]) -> None:
        self._script = script
        self._record = record

    async def handle(self, request: HttpRequest, responder: Responder) -> None:
        """Answer one request; cancelled when the client goes away."""
        match request.method, request.path.removesuffix("/"):
            case "POST", "/v1/responses" | "/v1/responses/compact":
                await self._answer(request, responder)
            case "GET", "/v1/models":
                await responder.send_whole(200, b'{"models":[]}', JSON)
            case _, "/v1/responses" | "/v1/responses/compact":
                await refuse(responder, 405, "only POST is answered here", {"allow": "POST"})
            case _, "/v1/models":
                await refuse(responder, 405, "only GET is answered here", {"allow": "GET"})
            case _:
                await refuse(responder, 404, f"no such path: {request.path}")

    async def _answer(self, request: HttpRequest, responder: Responder) -> None:
        body = await read_object(request, responder)
        if body is None:
            return

        def recorded(index: int) -> ModelRequest:
            headers = public_headers(request.headers)
            return ModelRequest(index=index, path=request.path, headers=headers, body=body)

        exchange = self._record.add(recorded)
        asked = exchange.request
        try:
            reply = self._script.reply_to(asked)
            parts = render(
                reply,
                index=asked.index,
                model=asked.model or "unnamed",
                input_chars=len(request.body),
            )
            await send_reply(reply, parts, EVENTS, exchange, responder)
        finally:
            exchange.end(dropped=responder.client_gone)

"""The paths of a Chat Completions server.

Owns the routing and the record of what was asked; who answers what is `script.py`, what an answer
looks like `chat_sse.py`, how it is sent `answering.py`. Enter at `ChatEndpoint.handle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codex_runtime.testing.answering import EVENTS, JSON, read_object, refuse, send_reply
from codex_runtime.testing.chat_requests import ChatRequest
from codex_runtime.testing.chat_sse import render_stream, render_whole
from codex_runtime.testing.requests import SECRET_HEADERS, public_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.testing.http_server import HttpRequest, Responder
    from codex_runtime.testing.record import Record
    from codex_runtime.testing.script import Script
    from codex_runtime.testing.sse import StreamPart
    from codex_runtime.testing.steps import Reply

__all__ = ["ChatEndpoint"]


class ChatEndpoint:
    """Answers requests as the script says and keeps them in the record."""

    def __init__(
        self, script: Script[ChatRequest], record: Record[ChatRequest], model_name: str
    ) -> None:
        self._script = script
        self._record = record
        entry = {"id": model_name, "object": "model", "created": 0, "owned_by": "codex_runtime"}
        self._models = msgspec.json.encode({"object": "list", "data": [entry]})

    async def handle(self, request: HttpRequest, responder: Responder) -> None:
        """Answer one request; cancelled when the client goes away."""
        match request.method, request.path.removesuffix("/"):
            case "POST", "/v1/chat/completions":
                await self._answer(request, responder)
            case "GET", "/v1/models":
                await responder.send_whole(200, self._models, JSON)
            case _, "/v1/chat/completions":
                await refuse(responder, 405, "only POST is answered here", {"allow": "POST"})
            case _, "/v1/models":
                await refuse(responder, 405, "only GET is answered here", {"allow": "GET"})
            case _:
                await refuse(responder, 404, f"no such path: {request.path}")

    async def _answer(self, request: HttpRequest, responder: Responder) -> None:
        body = await read_object(request, responder)
        if body is None:
            return

        def recorded(index: int) -> ChatRequest:
            sent = request.headers
            return ChatRequest(
                index=index,
                path=request.path,
                headers=public_headers(sent),
                credentials={name: sent[name] for name in sent if name in SECRET_HEADERS},
                body=body,
            )

        exchange = self._record.add(recorded)
        try:
            reply = self._script.reply_to(exchange.request)
            headers = EVENTS if exchange.request.stream else JSON
            parts = _parts(reply, exchange.request, len(request.body))
            await send_reply(reply, parts, headers, exchange, responder)
        finally:
            exchange.end(dropped=responder.client_gone)


def _parts(reply: Reply, request: ChatRequest, input_chars: int) -> Iterator[StreamPart]:
    index, model = request.index, request.model or "unnamed"
    if not request.stream:
        return render_whole(reply, index=index, model=model, input_chars=input_chars)
    return render_stream(
        reply,
        index=index,
        model=model,
        input_chars=input_chars,
        include_usage=request.include_usage,
    )

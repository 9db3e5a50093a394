"""A Chat Completions server on bare sockets that answers by plan, in a process of its own.

Owns the timing of the chunks; each is a write of its own, on connections that are kept. What a plan
says stands in `relay_plan`. It checks nothing, so that it costs little beside what it is upstream
of. Prints its port and serves until its input ends: ``python relay_upstream.py``.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.relay_plan import PLANS

HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
MODEL: Final = re.compile(rb'"model"\s*:\s*"([^"]+)"')
LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
LAST: Final = b"0\r\n\r\n"


def framed(data: bytes) -> bytes:
    """A chunk of the chunked coding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


RENDERED: Final = {plan.model: (plan, [framed(chunk) for chunk in plan.chunks()]) for plan in PLANS}


class Connection(asyncio.Protocol):
    """One client; one request after another."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._taken = bytearray()
        self._missing = 0
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._taken += data
        if len(self._taken) < self._missing:
            return
        head, end, _ = self._taken.partition(b"\r\n\r\n")
        if not end:
            return
        length = LENGTH.search(head)
        self._missing = len(head) + len(end) + (int(length[1]) if length else 0)
        if len(self._taken) < self._missing:
            return
        asked = bytes(self._taken)
        self._taken.clear()
        self._missing = 0
        if asked.startswith(b"GET"):
            self._send_models()
        else:
            at = len(head) + len(end)
            self._begin(model_of(asked, at), prompt_bytes=len(asked) - at)

    def _send_models(self) -> None:
        data = [{"id": plan.model, "object": "model"} for plan in PLANS]
        body = json.dumps({"object": "list", "data": data}).encode()
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
        self._transport.write(head.format(len(body)).encode() + body)

    def _begin(self, model: str, prompt_bytes: int) -> None:
        plan, rendered = RENDERED[model]
        chunks = [*rendered, *map(framed, plan.ending(prompt_bytes))]
        pace_s = plan.pace_ms / 1000
        self._transport.write(HEAD)
        if pace_s:
            self._go_on(chunks, 0, pace_s, self._loop.time())
            return
        for chunk in chunks:
            self._transport.write(chunk)
        self._transport.write(LAST)

    def _go_on(self, chunks: list[bytes], number: int, pace_s: float, begin_s: float) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(chunks[number])
        if number + 1 == len(chunks):
            self._transport.write(LAST)
            return
        due_s = begin_s + (number + 1) * pace_s
        self._loop.call_at(due_s, self._go_on, chunks, number + 1, pace_s, begin_s)


def model_of(asked: bytes, at: int) -> str:
    """The model of a request, wherever it stands in the body; a schema may have the same word."""
    while (at := asked.find(b'"model"', at)) >= 0:
        found = MODEL.match(asked, at)
        if found:
            return found[1].decode()
        at += 1
    raise ValueError("a request names no model")


async def serve() -> None:
    """Until nobody holds the other end of the input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())

"""A connection over memory with a scripted peer at the other end.

Owns the peer (JSON lines in and out), a sink that records, and the block around both. Does not know
what the messages mean. Enter at `connected`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio

from codex_runtime.connection.connection import Connection
from codex_runtime.connection.counters import Counters
from codex_runtime.connection.gate import IngressGate
from codex_runtime.transport import memory_transport_pair

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from codex_runtime.protocol.delta_lines import DeltaLine
    from codex_runtime.transport import MemoryTransport
    from codex_runtime.wire import Envelope, IncomingRequest

__all__ = ["Json", "Line", "RecordingSink", "ScriptedPeer", "connected"]

# Plain JSON, looked into key by key.
Json: TypeAlias = Any


class RecordingSink:
    """Keeps what it is given, and when; raises instead while ``failure`` is set."""

    def __init__(self) -> None:
        self.notifications: list[tuple[float, str]] = []
        self.deltas_taken: list[list[str]] = []
        self.requests: list[IncomingRequest] = []
        self.chunks = 0
        self.closed_times = 0
        self.failure: Exception | None = None
        self.takes_deltas = True
        self.patience_s = 0.0
        self.runs_done = 0

    def deltas_done(self) -> None:
        self.runs_done += 1

    def deltas(self, lines: Sequence[DeltaLine]) -> None:
        self.deltas_taken.append([line.params.delta for line in lines])

    def notification(self, envelope: Envelope) -> None:
        if self.failure is not None:
            raise self.failure
        self.notifications.append((trio.current_time(), str(envelope.method)))

    def server_request(self, request: IncomingRequest) -> None:
        self.requests.append(request)

    def chunk_done(self) -> None:
        self.chunks += 1

    def closed(self) -> None:
        self.closed_times += 1


class ScriptedPeer:
    """The server's end: what it reads and sends is for the test to say."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport
        self._lines: list[Json] = []
        self._rest = b""

    async def read(self) -> Json:
        """The next message of the client."""
        while not self._lines:
            data = await self.transport.receive_some()
            assert data, "the client closed its end"
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._lines += [json.loads(line) for line in lines]
        return self._lines.pop(0)

    async def unread(self) -> list[Json]:
        """What the client has sent by now and nobody read."""
        found: list[Json] = []
        while True:
            with trio.move_on_after(0.01) as scope:
                found.append(await self.read())
            if scope.cancelled_caught:
                return found

    async def send(self, *messages: Json) -> None:
        """Send messages as lines of one write."""
        await self.transport.send_all(
            b"".join(json.dumps(message).encode() + b"\n" for message in messages)
        )

    async def answer(self, request: Json, result: Json) -> None:
        """Answer a request."""
        await self.send({"id": request["id"], "result": result})

    async def overloaded(self, request: Json) -> None:
        """Refuse a request as the real server does when its queue is full."""
        error = {"code": -32001, "message": "Server overloaded; retry later."}
        await self.send({"id": request["id"], "error": error})


@attrs.frozen
class Line:
    """Both ends and what is between them."""

    connection: Connection
    peer: ScriptedPeer
    sink: RecordingSink
    gate: IngressGate
    counters: Counters
    nursery: trio.Nursery
    """For the calls of the test; cancelled as the block is left."""


@asynccontextmanager
async def connected(
    *,
    quick_places: int = 64,
    queue_timeout_s: float | None = None,
    request_timeout_s: float = 30.0,
    max_frame_bytes: int = 1 << 20,
    max_buffer_bytes: int = 1 << 20,
) -> AsyncGenerator[Line, None]:
    """A running connection; after the block it has ended and holds nothing."""
    ours, theirs = memory_transport_pair(max_buffer_bytes=max_buffer_bytes)
    gate = IngressGate(quick_places=quick_places, queue_timeout_s=queue_timeout_s)
    counters, sink = Counters(), RecordingSink()
    connection = Connection(
        ours,
        sink,
        gate=gate,
        counters=counters,
        max_frame_bytes=max_frame_bytes,
        request_timeout_s=request_timeout_s,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.run)
        yield Line(connection, ScriptedPeer(theirs), sink, gate, counters, nursery)
        nursery.cancel_scope.cancel()
    assert connection.ended.is_set()
    assert (connection.pending, connection.lingering) == (0, 0)
    assert (gate.taken, gate.waiting) == (0, 0)
    assert sink.closed_times == 1

"""A client of the fake app-server that only sends and listens.

Owns the lines of one connection, both ways. Knows no method. Enter at `connected`.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing import FakeAppServer
    from codex_runtime.transport import MemoryTransport

__all__ = ["Json", "RawClient", "connected"]

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any


class RawClient:
    """What one process of the fake said, and the way to speak to it."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport
        self.heard: list[Json] = []
        self.at_end = trio.Event()
        self._ids = 0
        self._changed = trio.Event()

    async def listen(self) -> None:
        """Keep what it says, to its end."""
        rest = b""
        while data := await self.transport.receive_some():
            *lines, rest = (rest + data).split(b"\n")
            self.heard += [json.loads(line) for line in lines]
            self._changed.set()
            self._changed = trio.Event()
        self.at_end.set()

    async def send(self, message: Json) -> None:
        """Say something."""
        await self.transport.send_all(json.dumps(message).encode() + b"\n")

    async def call(self, method: str, **params: Json) -> Json:
        """The result; of a refusal the error."""
        self._ids += 1
        number = self._ids
        await self.send({"id": number, "method": method, "params": params})
        answer = await self.until(lambda m: m.get("id") == number and "method" not in m)
        return answer.get("result", answer.get("error"))

    async def until(self, holds: Callable[[Json], bool]) -> Json:
        """The first message, heard before or to come, of which that holds."""
        at = 0
        while True:
            for message in self.heard[at:]:
                if holds(message):
                    return message
            at = len(self.heard)
            await self._changed.wait()

    async def notified(self, method: str, **found: Json) -> Json:
        """The params of the first notification of that method with these params."""

        def holds(message: Json) -> bool:
            params = message.get("params") or {}
            named = message.get("method") == method
            return named and all(params.get(key) == value for key, value in found.items())

        return (await self.until(holds))["params"]

    async def hello(self) -> None:
        """Shake hands."""
        client = {"name": "probe", "title": None, "version": "1"}
        await self.call("initialize", clientInfo=client, capabilities={"experimentalApi": True})
        await self.send({"method": "initialized"})

    async def open_thread(self, **params: Json) -> str:
        """The id of a new thread."""
        return str((await self.call("thread/start", **params))["thread"]["id"])

    async def begin(self, thread_id: str, prompt: str, **params: Json) -> str:
        """The id of a turn of that prompt."""
        told = [{"type": "text", "text": prompt}]
        answer = await self.call("turn/start", threadId=thread_id, input=told, **params)
        return str(answer["turn"]["id"])

    async def ended(self, turn_id: str) -> Json:
        """The turn as ``turn/completed`` tells it."""
        told = await self.until(
            lambda m: m.get("method") == "turn/completed" and m["params"]["turn"]["id"] == turn_id
        )
        return told["params"]["turn"]


@asynccontextmanager
async def connected(server: FakeAppServer, *, greet: bool = True) -> AsyncGenerator[RawClient]:
    """A client of the next process of that server."""
    async with server.connect() as transport, trio.open_nursery() as nursery:
        client = RawClient(transport)
        nursery.start_soon(client.listen)
        if greet:
            await client.hello()
        yield client
        nursery.cancel_scope.cancel()

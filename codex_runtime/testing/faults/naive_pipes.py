"""What a naive client reads and writes: a server in memory, or a child it looks after badly.

Owns the start of the child and its end, as beginners write them. Knows no messages. Enter at
`open_pipes`.
"""

from __future__ import annotations

import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, cast

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.testing.faults.client import Place

__all__ = ["NaiveChild", "Pipes", "open_pipes"]


class Pipes(Protocol):
    """Bytes both ways."""

    async def receive_some(self) -> bytes:
        """Some bytes, ``b""`` at the end."""
        ...

    async def send_all(self, data: bytes) -> None:
        """Send all."""


class NaiveChild:
    """A child whose stderr is a pipe that nobody reads."""

    def __init__(self, process: trio.Process) -> None:
        self.process: trio.Process = process
        # Both were asked for.
        self.stdin: trio.abc.SendStream = cast("trio.abc.SendStream", process.stdin)
        self.stdout: trio.abc.ReceiveStream = cast("trio.abc.ReceiveStream", process.stdout)

    async def receive_some(self) -> bytes:
        """See `Pipes`."""
        return bytes(await self.stdout.receive_some(64 * 1024))

    async def send_all(self, data: bytes) -> None:
        """See `Pipes`."""
        await self.stdin.send_all(data)


@asynccontextmanager
async def open_pipes(place: Place) -> AsyncGenerator[Pipes, None]:
    """Connect in memory, or start a child; its end is SIGTERM and a wait without a bound."""
    if place.connect is not None:
        async with place.connect() as transport:
            yield transport
        return
    argv, env = place.launch()
    process = await trio.lowlevel.open_process(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
    )
    place.children.append(process)
    yield NaiveChild(process)
    process.terminate()
    await process.wait()

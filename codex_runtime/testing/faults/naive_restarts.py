"""`Reconnecting`: the naive client in its second version, which starts its server again.

Owns the three stages that such clients go through: reconnect, resume before the first turn, and
try again until it works. Not for use. Enter at `Reconnecting.open`, as for `NaiveClient`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self

import trio

from codex_runtime.testing.faults.client import Answer
from codex_runtime.testing.faults.naive import NaiveClient, NaiveTurn
from codex_runtime.testing.faults.naive_pipes import open_pipes
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing.faults.client import ClientOptions, Json, Place
    from codex_runtime.testing.faults.naive_pipes import Pipes

__all__ = ["Persistent", "Reconnecting", "Resuming"]


class LatestPipes:
    """The pipes of the process that runs; what is sent to none is lost."""

    def __init__(self) -> None:
        self.current: Pipes | None = None

    async def receive_some(self) -> bytes:
        """See `Pipes`."""
        return b"" if self.current is None else await self.current.receive_some()

    async def send_all(self, data: bytes) -> None:
        """See `Pipes`."""
        with suppress(trio.BrokenResourceError):
            if self.current is not None:
                await self.current.send_all(data)


class Reconnecting(NaiveClient):
    """Starts the server again when it ends, at once and for ever; whoever waits is told."""

    def __init__(self, pipes: LatestPipes, options: ClientOptions) -> None:
        super().__init__(pipes, options)
        self.latest: LatestPipes = pipes
        self.up: trio.Event = trio.Event()
        self.loaded: set[str] = set()
        """The threads that this process has."""

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """A task of its own keeps a server running."""
        async with trio.open_nursery() as nursery:
            client = cls(LatestPipes(), options)
            client.nursery = nursery
            nursery.start_soon(client.keep_up, place)
            await client.up.wait()
            yield client
            nursery.cancel_scope.cancel()

    async def keep_up(self, place: Place) -> None:
        """Habit: no pause, no count."""
        while True:
            async with open_pipes(place) as pipes, trio.open_nursery() as nursery:
                self.latest.current = pipes
                nursery.start_soon(self.greet)
                await self.read()
                nursery.cancel_scope.cancel()
            self.lose()

    async def greet(self) -> None:
        """Shake hands; those who waited go on."""
        hello = {"clientInfo": {"name": "naive", "version": "0"}}
        await super().request("initialize", hello)
        await self.send({"method": "initialized"})
        self.up.set()

    def lose(self) -> None:
        """The process has ended: so have its calls and turns."""
        self.up = trio.Event()
        self.latest.current = None
        self.loaded.clear()
        for call in self.calls.values():
            call.error = {"message": "the server has exited"}
            call.answered.set()
        self.calls.clear()
        for turn in list(self.turns.values()):
            self.end(turn, {"status": "lost", "error": None})

    def answer_of(self, turn: NaiveTurn) -> Answer:
        """Tells of a lost turn."""
        if turn.status == "lost":
            return Answer(status="lost", text=turn.text, turn_id=turn.turn_id)
        return super().answer_of(turn)

    async def request(
        self, method: str, params: Json, then: Callable[[Json], None] | None = None
    ) -> Json:
        """Waits for a server."""
        await self.up.wait()
        up = self.up
        try:
            result = await super().request(method, params, then)
        except ClientError as problem:
            if self.up is not up:
                raise ClientError("exited", str(problem)) from problem
            raise
        if method in ("thread/start", "thread/resume"):
            self.loaded.add(result["thread"]["id"])
        return result


class Resuming(Reconnecting):
    """Knows that the next process has no thread."""

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """Habit: resumes by the id alone; what the server refuses then is final."""
        await self.up.wait()
        if thread_id not in self.loaded:
            await self.resume_thread(thread_id)
        return await super().begin(thread_id, prompt, key)


class Persistent(Resuming):
    """Does not give up."""

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,
        key: str | None = None,
    ) -> Answer:
        """Habit: what its server did not survive is asked again, at once and for ever."""
        while True:
            try:
                return await super().ask(thread_id, prompt, deadline_s=deadline_s, key=key)
            except ClientError as problem:
                if problem.kind != "exited":
                    raise

"""`NaiveClient`: the client that a beginner writes in an afternoon, for controls.

Owns honest, short code that works while nothing goes wrong, and fails as such code does; a row that
needs another habit overrides one small method. Not for use. Enter at `NaiveClient.open`.
"""

from __future__ import annotations

import json
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Self, cast

import trio

from codex_runtime.testing.faults.client import (
    Answer,
    Approval,
    ClientOptions,
    Event,
    Json,
    Place,
)
from codex_runtime.testing.faults.naive_pipes import open_pipes
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from codex_runtime.testing.faults.naive_pipes import Pipes

__all__ = ["NaiveCall", "NaiveClient", "NaiveTurn"]

LINE_LIMIT_BYTES: Final = 64 * 1024
"""That of ``asyncio.StreamReader``, which beginners meet first."""


class NaiveCall:
    """A request that waits for its answer, for as long as that takes."""

    def __init__(self, method: str, then: Callable[[Json], None] | None) -> None:
        self.method: str = method
        self.then: Callable[[Json], None] | None = then
        self.answered: trio.Event = trio.Event()
        self.result: Json = None
        self.error: Json = None


class NaiveTurn:
    """What the client knows of a turn; also what `NaiveClient.stream` hands out."""

    def __init__(self, client: NaiveClient, thread_id: str, turn_id: str) -> None:
        self.client: NaiveClient = client
        self.thread_id: str = thread_id
        self.turn_id: str = turn_id
        self.text: str = ""
        self.usage: int = 0
        self.ended: trio.Event = trio.Event()
        self.status: str = ""
        self.error: Json = None
        # Unbounded: nobody thought of a consumer that stops reading.
        feed, events = trio.open_memory_channel[Event](cast("int", float("inf")))
        self.feed: trio.MemorySendChannel[Event] = feed
        self.events: trio.MemoryReceiveChannel[Event] = events

    def __aiter__(self) -> AsyncIterator[Event]:
        return self.events.__aiter__()

    async def interrupt(self) -> str:
        """Ask the server to stop it, and wait for its end."""
        return await self.client.interrupt(self.thread_id, self.turn_id)

    async def answer(self) -> Answer:
        """Wait for ``turn/completed``."""
        await self.ended.wait()
        return self.client.answer_of(self)


class NaiveClient:
    """Its habits: see the comments; each is what some public client does.

    Subclass and override one method for another habit.
    """

    name: str = "naive"

    def __init__(self, pipes: Pipes, options: ClientOptions) -> None:
        self.pipes: Pipes = pipes
        self.options: ClientOptions = options
        self.calls: dict[int, NaiveCall] = {}
        self.turns: dict[str, NaiveTurn] = {}
        """The running turn of each thread."""
        self.writing: trio.Lock = trio.Lock()
        self.last_id: int = 0
        self.nursery: trio.Nursery | None = None
        """Its tasks, while it is open."""

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place, options: ClientOptions) -> AsyncGenerator[Self, None]:
        """Connect, shake hands, read in a nursery; what ends the reader ends the caller too."""
        async with open_pipes(place) as pipes, trio.open_nursery() as nursery:
            client = cls(pipes, options)
            client.nursery = nursery
            nursery.start_soon(client.read)
            await client.request("initialize", {"clientInfo": {"name": "naive", "version": "0"}})
            await client.send({"method": "initialized"})
            yield client
            nursery.cancel_scope.cancel()

    def spawn(self, function: Callable[..., Awaitable[object]], *args: object) -> None:
        """Run a task of the client; what it raises ends the client."""
        if self.nursery is None:
            raise ClientError("closed", "the client is not open")
        self.nursery.start_soon(function, *args)

    @property
    def pending(self) -> int:
        """See `Client.pending`."""
        return len(self.calls)

    # -- the wire --------------------------------------------------------------------------------

    async def read(self) -> None:
        """Read lines until the end; any trouble with one of them is the end as well."""
        try:
            async with aclosing(self.lines()) as lines:
                async for line in lines:
                    await self.take(self.parse(line))
        except Exception as problem:
            raise ClientError("died", f"its reader raised {type(problem).__name__}") from problem

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Habit: a line has at most 64 KiB."""
        rest = b""
        while data := await self.pipes.receive_some():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.check_line(line)
                yield line
            self.check_line(rest)

    def check_line(self, line: bytes) -> None:
        """Raise for a line that the reader does not take."""
        if len(line) > LINE_LIMIT_BYTES:
            raise ValueError("Separator is found, but chunk is longer than limit")

    def parse(self, line: bytes) -> Json:
        """Habit: whatever comes is JSON, in UTF-8."""
        return json.loads(line)

    async def take(self, message: Json) -> None:
        """Do what a message asks for, in the reader."""
        if "method" in message and "id" in message:
            await self.on_request(message)  # habit: the reader waits for the handler
        elif "id" in message:
            self.on_answer(message)
        else:
            self.on_notification(message["method"], message["params"])

    async def send(self, message: Json) -> None:
        """Write a message as one line."""
        async with self.writing:
            await self.pipes.send_all(json.dumps(message).encode() + b"\n")

    async def request(
        self, method: str, params: Json, then: Callable[[Json], None] | None = None
    ) -> Json:
        """Habit: wait for the answer without a deadline; cancelled, the entry stays."""
        self.last_id += 1
        call = self.calls[self.last_id] = NaiveCall(method, then)
        await self.send({"id": self.last_id, "method": method, "params": params})
        await call.answered.wait()
        if call.error is not None:
            raise ClientError("refused", call.error["message"])
        return call.result

    def on_answer(self, message: Json) -> None:
        """Habit: every answer is to a call that waits."""
        call = self.calls.pop(message["id"])
        call.result, call.error = message.get("result"), message.get("error")
        if call.then is not None and call.error is None:
            call.then(call.result)
        call.answered.set()

    # -- what the server says --------------------------------------------------------------------

    async def on_request(self, message: Json) -> None:
        """Habit: yes by default, and ``{}`` to what is not known."""
        params = message["params"]
        result: Json = {}
        if message["method"].endswith("requestApproval"):
            decision: object = "accept"
            if self.options.approve is not None:
                asked = Approval(
                    method=message["method"],
                    request_id=message["id"],
                    params=params,
                    thread_id=params["threadId"],
                )
                decision = await self.options.approve(asked)
            result = {"decision": decision}
        await self.send({"id": message["id"], "result": result})

    def turn_of(self, params: Json) -> NaiveTurn | None:
        """Habit: an event belongs to the turn that runs on its thread, whatever turn it names."""
        return self.turns.get(params.get("threadId"))

    def on_notification(self, method: str, params: Json) -> None:
        """Habit: what belongs to no turn known yet is dropped."""
        turn = self.turn_of(params)
        if turn is None:
            return
        turn.feed.send_nowait(Event(method, params))
        if method == "item/agentMessage/delta":
            turn.text += params["delta"]
        elif method == "thread/tokenUsage/updated":
            turn.usage += params["tokenUsage"]["last"]["totalTokens"]
        elif method == "turn/completed":
            self.end(turn, params["turn"])

    def end(self, turn: NaiveTurn, told: Json) -> None:
        """The turn is over."""
        turn.status, turn.error = told["status"], told["error"]
        self.turns.pop(turn.thread_id, None)
        turn.feed.close()
        turn.ended.set()

    def answer_of(self, turn: NaiveTurn) -> Answer:
        """Habit: what was not interrupted has worked."""
        return Answer(
            status="interrupted" if turn.status == "interrupted" else "completed",
            text=turn.text,
            turn_id=turn.turn_id,
            tokens=turn.usage,
        )

    # -- what the user asks for ------------------------------------------------------------------

    async def start_thread(self) -> str:
        """``thread/start``."""
        started = await self.request("thread/start", {"cwd": "."})
        return str(started["thread"]["id"])

    async def resume_thread(self, thread_id: str) -> None:
        """``thread/resume``."""
        await self.request("thread/resume", {"threadId": thread_id})

    async def begin(self, thread_id: str, prompt: str, key: str | None = None) -> NaiveTurn:
        """``turn/start``; habit: the turn is known from its answer on."""
        begun: list[NaiveTurn] = []

        def register(result: Json) -> None:
            turn = NaiveTurn(self, thread_id, result["turn"]["id"])
            self.turns[thread_id] = turn
            begun.append(turn)

        await self.request("turn/start", self.turn_params(thread_id, prompt, key), register)
        return begun[0]

    def turn_params(self, thread_id: str, prompt: str, key: str | None) -> Json:
        """The params of ``turn/start``."""
        params: dict[str, Any] = {
            "threadId": thread_id,
            "input": [{"type": "text", "text": prompt}],
        }
        if key is not None:
            params["clientUserMessageId"] = key
        return params

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,  # noqa: ARG002 - habit: there are no deadlines
        key: str | None = None,
    ) -> Answer:
        """Habit: wait for ``turn/completed``; cancelled, the turn runs on."""
        turn = await self.begin(thread_id, prompt, key)
        return await turn.answer()

    @asynccontextmanager
    async def stream(self, thread_id: str, prompt: str) -> AsyncGenerator[NaiveTurn, None]:
        """Habit: leaving early leaves the turn running."""
        yield await self.begin(thread_id, prompt)

    async def interrupt(self, thread_id: str, turn_id: str | None = None) -> str:
        """Habit: ask once, believe any answer, wait for the end for ever."""
        turn = self.turns.get(thread_id)
        named = turn_id or (turn.turn_id if turn is not None else "")
        await self.request("turn/interrupt", {"threadId": thread_id, "turnId": named})
        if turn is not None:
            await turn.ended.wait()
        return "interrupted"

    async def steer(self, thread_id: str, text: str) -> None:
        """``turn/steer``."""
        params = self.turn_params(thread_id, text, None)
        await self.request(
            "turn/steer", {**params, "expectedTurnId": self.turns[thread_id].turn_id}
        )

    async def close_thread(self, thread_id: str) -> None:
        """``thread/archive``."""
        await self.request("thread/archive", {"threadId": thread_id})

    async def call(
        self,
        method: str,
        params: Json,
        *,
        timeout_s: float | None = None,  # noqa: ARG002 - habit: there are no deadlines
    ) -> Json:
        """Any method."""
        return await self.request(method, params)

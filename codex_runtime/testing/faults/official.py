"""``openai_codex``, the official library, as a client on trial, where it is installed.

Owns the translation between `Client` and its blocking classes, whose calls run in worker threads
that are given up when they hang. Needs the package ``openai-codex``. Enter at `open_official`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import trio

from codex_runtime.testing.faults.client import (
    Answer,
    Approval,
    Approve,
    ClientOptions,
    Event,
    Json,
    Place,
)
from codex_runtime.testing.faults.relay import as_program
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

__all__ = ["OfficialClient", "OfficialStream", "open_official"]

_CLOSE_S = 30.0


class OfficialStream:
    """A ``TurnHandle``."""

    # Any here and below: classes of a library that may not be installed.
    def __init__(self, client: OfficialClient, handle: Any) -> None:
        self.client: OfficialClient = client
        self.handle: Any = handle
        self.events: Any = handle.stream()
        self.text: str = ""
        self.last: Any = None

    @property
    def turn_id(self) -> str:
        """See `Stream.turn_id`."""
        return str(self.handle.id)

    def __aiter__(self) -> OfficialStream:
        return self

    async def __anext__(self) -> Event:
        event = await self.client.run(next, self.events, None)
        if event is None:
            raise StopAsyncIteration
        payload = event.payload
        params: Json = (
            payload.model_dump(by_alias=True, mode="json", exclude_unset=True)
            if hasattr(payload, "model_dump")
            else payload.params
        )
        if event.method == "item/agentMessage/delta":
            self.text += params["delta"]
        elif event.method == "turn/completed":
            self.last = payload.turn
        return Event(event.method, params)

    async def interrupt(self) -> str:
        """See `Client.interrupt`."""
        await self.client.run(self.handle.interrupt)
        return "interrupted"

    async def answer(self) -> Answer:
        """See `Stream.answer`."""
        if self.last is None:
            async for _event in self:
                pass
        ended: Any = self.last
        return Answer(status=ended.status.value, text=self.text, turn_id=self.turn_id)


class OfficialClient:
    """A ``CodexClient`` and its threads."""

    name: str = "openai-codex"

    def __init__(self, client: Any) -> None:
        self.client: Any = client
        self.turns: dict[str, Any] = {}
        self.limiter: trio.CapacityLimiter = trio.CapacityLimiter(1000)

    @property
    def pending(self) -> int:
        """See `Client.pending`; it does not tell."""
        return 0

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call it in a worker thread; its errors as `ClientError`."""
        errors = import_module("openai_codex.errors")
        try:
            return await trio.to_thread.run_sync(
                partial(function, *args), abandon_on_cancel=True, limiter=self.limiter
            )
        except errors.TransportClosedError as problem:
            raise ClientError("exited", str(problem)) from problem
        except errors.CodexError as problem:
            raise ClientError("refused", str(problem)) from problem

    async def start_thread(self) -> str:
        """See `Client.start_thread`."""
        return str((await self.run(self.client.thread_start, {"cwd": "."})).thread.id)

    async def resume_thread(self, thread_id: str) -> None:
        """See `Client.resume_thread`."""
        await self.run(self.client.thread_resume, thread_id, {})

    async def begin(self, thread_id: str, prompt: str) -> Any:
        """``Thread.turn``."""
        thread = import_module("openai_codex.api").Thread(self.client, thread_id)
        self.turns[thread_id] = handle = await self.run(thread.turn, prompt)
        return handle

    async def ask(
        self,
        thread_id: str,
        prompt: str,
        *,
        deadline_s: float | None = None,  # noqa: ARG002 - it has none
        key: str | None = None,  # noqa: ARG002 - it has none
    ) -> Answer:
        """See `Client.ask`."""
        handle = await self.begin(thread_id, prompt)
        try:
            result = await self.run(handle.run)
        except RuntimeError as problem:  # how it tells of a turn that failed
            return Answer(status="failed", turn_id=handle.id, error=str(problem))
        usage = result.usage
        return Answer(
            status=result.status.value,
            text=result.final_response or "",
            turn_id=result.id,
            tokens=usage.last.total_tokens if usage is not None else None,
        )

    @asynccontextmanager
    async def stream(self, thread_id: str, prompt: str) -> AsyncGenerator[OfficialStream, None]:
        """See `Client.stream`."""
        yield OfficialStream(self, await self.begin(thread_id, prompt))

    async def interrupt(self, thread_id: str, turn_id: str | None = None) -> str:
        """See `Client.interrupt`; it takes any answer for a yes."""
        named = turn_id or self.turns[thread_id].id
        await self.run(self.client.turn_interrupt, thread_id, named)
        return "interrupted"

    async def steer(self, thread_id: str, text: str) -> None:
        """See `Client.steer`."""
        await self.run(self.turns[thread_id].steer, text)

    async def close_thread(self, thread_id: str) -> None:
        """See `Client.close_thread`."""
        await self.run(self.client.thread_archive, thread_id)

    async def call(self, method: str, params: Json, *, timeout_s: float | None = None) -> Json:  # noqa: ARG002 - it has none
        """See `Client.call`."""
        return await self.run(self.client._request_raw, method, params)  # noqa: SLF001 - untyped calls


def _handler(approve: Approve) -> Callable[[str, Json], Json]:
    """For its reader thread: asks in the event loop, and waits."""
    token = trio.lowlevel.current_trio_token()

    def handle(method: str, params: Json) -> Json:
        asked = Approval(
            method=method,
            request_id=None,
            params=params,
            thread_id=params.get("threadId") if params else None,
        )
        decision: object = trio.from_thread.run(approve, asked, trio_token=token)
        return {"decision": decision}

    return handle


@asynccontextmanager
async def open_official(
    place: Place, options: ClientOptions
) -> AsyncGenerator[OfficialClient, None]:
    """Its client on the server of ``place``; a server in memory becomes a program."""
    library = import_module("openai_codex.client")
    async with AsyncExitStack() as stack:
        if place.connect is not None:
            place = await stack.enter_async_context(as_program(place.connect))
        argv, env = place.launch()
        config = library.CodexConfig(launch_args_override=argv, env=env)
        handler = None if options.approve is None else _handler(options.approve)
        inner = library.CodexClient(config, handler)
        client = OfficialClient(inner)
        try:
            await client.run(inner.start)
            await client.run(inner.initialize)
            yield client
        finally:
            with trio.move_on_after(_CLOSE_S, shield=True):
                await client.run(inner.close)

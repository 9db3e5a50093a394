"""The official asynchronous client in the benchmark: `openai_codex.AsyncCodex` on asyncio."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.bench.consume_sdk import AgentMessageDelta, real_config, sdk
from tests.bench.consumer import (
    SETTLE_S,
    Clock,
    Delivered,
    Job,
    Replay,
    check,
    first_event,
    lateness,
    methods_of_a_turn,
    per_event,
    replay,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

GIVEN_UP_S = 5.0
"""An interrupt that has not come back by then counts as this long."""


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios: dict[str, Callable[[Job], Coroutine[Any, Any, dict[str, Any]]]] = {
        "stream": stream,
        "lateness": late,
        "first_event": first,
        "interrupts": interrupts,
        "real": real,
    }
    return asyncio.new_event_loop().run_until_complete(scenarios[job.scenario](job))


@asynccontextmanager
async def opened(job: Job) -> AsyncGenerator[tuple[Any, Replay]]:
    """A client on the replay; it is left open: closing it may wait for its stuck threads."""
    with replay(job.plan) as (other_side, folder):
        codex = sdk.AsyncCodex(sdk.CodexConfig(codex_bin=other_side.starter, cwd=folder))
        await codex.__aenter__()
        yield codex, other_side


async def read(handle: Any, got: Delivered) -> None:
    texts = got.texts
    async for event in handle.stream():
        payload = event.payload
        if type(payload) is AgentMessageDelta:
            texts.append(payload.delta)
        else:
            got.others.append(event.method)


async def read_with_times(handle: Any, got: Delivered) -> None:
    async for event in handle.stream():
        payload = event.payload
        if type(payload) is AgentMessageDelta:
            got.times_ns.append(time.monotonic_ns())
            got.texts.append(payload.delta)
        else:
            got.others.append(event.method)


async def pass_over(handle: Any) -> None:
    async for _ in handle.stream():
        pass


async def run_stream(job: Job, reader: Any) -> tuple[dict[str, float], list[Delivered]]:
    """Turns under way, then the go."""
    plan = job.plan
    async with opened(job) as (codex, other_side):
        count = plan.turns + job.silent_sessions
        threads = [await codex.thread_start() for _ in range(count)]
        handles = [await thread.turn("go") for thread in threads[: plan.turns]]
        delivered = [Delivered() for _ in range(plan.turns)]
        readers = [
            asyncio.create_task(reader(handle, got))
            for handle, got in zip(handles, delivered, strict=True)
        ]
        await asyncio.sleep(SETTLE_S)
        clock = Clock()
        other_side.go()
        await asyncio.gather(*readers)
        times = clock.stop()
    check(plan, delivered, methods_of_a_turn())
    return times, delivered


async def stream(job: Job) -> dict[str, Any]:
    """CPU per event."""
    times, delivered = await run_stream(job, read)
    return per_event(times, delivered)


async def late(job: Job) -> dict[str, Any]:
    """From the server's write to the user's code."""
    times, delivered = await run_stream(job, read_with_times)
    return {**per_event(times, delivered), **lateness(delivered)}


async def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    async with opened(job) as (codex, other_side):
        handle = await (await codex.thread_start()).turn("go")
        other_side.go()
        await anext(handle.stream())
        return first_event(job, start_s)


async def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    async with opened(job) as (codex, _):
        threads = [await codex.thread_start() for _ in range(job.silent_turns + 1)]
        handles = [await thread.turn("go") for thread in threads[1:]]
        silent = [asyncio.create_task(pass_over(handle)) for handle in handles]
        for _ in range(job.interrupts):
            start_s = time.monotonic()
            try:
                async with asyncio.timeout(GIVEN_UP_S):
                    handle = await threads[0].turn("go")
                    reader = asyncio.create_task(pass_over(handle))
                    await asyncio.sleep(SETTLE_S)
                    start_s = time.monotonic()
                    await handle.interrupt()
                    await reader
            except TimeoutError:
                return {"interrupt_ms": 1000 * GIVEN_UP_S, "worst_ms": 1000 * GIVEN_UP_S}
            taken.append(1000 * (time.monotonic() - start_s))
        for task in silent:
            task.cancel()
    taken.sort()
    return {"interrupt_ms": taken[len(taken) // 2], "worst_ms": taken[-1]}


async def real(job: Job) -> dict[str, Any]:
    """CPU per event of a turn of the real server at full speed; its model is another process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        async with sdk.AsyncCodex(real_config(job, home)) as codex:
            thread = await codex.thread_start(cwd=home)
            await thread.run("warm up")
            got = Delivered()
            clock = Clock()
            await read(await thread.turn("go"), got)
            times = clock.stop()
    check(job.plan, [got])
    return per_event(times, [got])

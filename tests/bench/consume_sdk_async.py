"""The official asynchronous client in the benchmark: `openai_codex.AsyncCodex` on asyncio."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.bench.consume_sdk import AgentMessageDelta, config_of, sdk
from tests.bench.consumer import (
    Clock,
    Delivered,
    check_job,
    first_event,
    lateness,
    per_event,
    quickness,
)
from tests.bench.in_asyncio import under_way
from tests.bench.sides import OtherSide, other_side

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from tests.bench.job import Job

GIVEN_UP_S = 5.0
"""An interrupt that has not come back by then counts as this long."""


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios: dict[str, Callable[[Job], Coroutine[Any, Any, dict[str, Any]]]] = {
        "stream": stream,
        "lateness": stream,
        "first_event": first,
        "interrupts": interrupts,
    }
    return asyncio.new_event_loop().run_until_complete(scenarios[job.scenario](job))


@asynccontextmanager
async def opened(job: Job) -> AsyncGenerator[tuple[Any, OtherSide]]:
    """A client on the job's server; left open: closing it may wait for its stuck threads."""
    with other_side(job) as side:
        codex = sdk.AsyncCodex(config_of(side))
        await codex.__aenter__()
        yield codex, side


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


async def stream(job: Job) -> dict[str, Any]:
    """Turns under way, then the go: CPU per event, or how late each is."""
    plan, timed = job.plan, job.scenario == "lateness"
    reader = read_with_times if timed else read
    async with opened(job) as (codex, side):
        count = plan.turns + job.silent_sessions
        threads = [await codex.thread_start(cwd=side.folder) for _ in range(count)]
        handles = [
            await thread.turn(str(number)) for number, thread in enumerate(threads[: plan.turns])
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        readers = [
            asyncio.create_task(reader(handle, got))
            for handle, got in zip(handles, delivered, strict=True)
        ]
        await under_way(side, plan.turns)
        clock = Clock()
        side.go()
        await asyncio.gather(*readers)
        times = clock.stop()
        emitted_ns = side.emitted_ns()
    check_job(job, delivered)
    return {**per_event(times, delivered), **(lateness(delivered, emitted_ns) if timed else {})}


async def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    async with opened(job) as (codex, side):
        handle = await (await codex.thread_start(cwd=side.folder)).turn("0")
        side.go()
        await anext(handle.stream())
        return first_event(job, start_s)


async def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    async with opened(job) as (codex, side):
        count = job.silent_turns + 1
        threads = [await codex.thread_start(cwd=side.folder) for _ in range(count)]
        handles = [await thread.turn("0") for thread in threads[1:]]
        silent = [asyncio.create_task(pass_over(handle)) for handle in handles]
        for number in range(job.interrupts):
            start_s = time.monotonic()
            try:
                async with asyncio.timeout(GIVEN_UP_S):
                    handle = await threads[0].turn("0")
                    reader = asyncio.create_task(pass_over(handle))
                    await under_way(side, count + number)
                    start_s = time.monotonic()
                    await handle.interrupt()
                    await reader
            except TimeoutError:
                return {"interrupt_ms": 1000 * GIVEN_UP_S, "worst_ms": 1000 * GIVEN_UP_S}
            taken.append(1000 * (time.monotonic() - start_s))
        for task in silent:
            task.cancel()
    return quickness(taken)

"""Our asyncio face in the benchmark: the same work as `consume_ours`, by its own readers."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from codex_runtime import CodexRuntimeError, SessionConfig
from codex_runtime.aio import Runtime, Session, open_runtime
from codex_runtime.protocol import THREAD_LOADED_LIST, ThreadLoadedListParams
from tests.bench import consumer
from tests.bench.consume_ours import (
    OF_THREAD,
    config_of,
    method_of,
    pass_over,
    read,
    read_and_block,
    read_with_times,
)
from tests.bench.consumer import (
    Clock,
    Delivered,
    beside_silence,
    check_job,
    first_event,
    lateness,
    per_event,
    quickness,
    resident_mib,
)
from tests.bench.in_asyncio import settle, under_way, written
from tests.bench.sides import TURN_ENDED, OtherSide, other_side

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from tests.bench.job import Job


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios: dict[str, Callable[[Job], Coroutine[Any, Any, dict[str, Any]]]] = {
        "stream": stream,
        "lateness": stream,
        "blocked": blocked,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
        "calls": calls,
    }
    return asyncio.run(scenarios[job.scenario](job))


@asynccontextmanager
async def opened(job: Job) -> AsyncGenerator[tuple[Runtime, OtherSide, SessionConfig]]:
    """A runtime on the job's server."""
    with other_side(job) as side:
        async with open_runtime(config_of(job, side)) as runtime:
            yield runtime, side, SessionConfig(cwd=side.folder)


async def stream(job: Job) -> dict[str, Any]:
    """Turns under way, silent ones beside them, then the go: CPU per event, or how late each is."""
    plan, timed = job.plan, job.scenario == "lateness"
    reader = read_with_times if timed else read
    async with opened(job) as (runtime, side, config), AsyncExitStack() as stack:
        count = plan.turns + job.silent_turns + job.silent_sessions
        sessions = [await runtime.start_session(config) for _ in range(count)]
        turns = [
            await stack.enter_async_context(session.ask_stream(str(number)))
            for number, session in enumerate(sessions[: plan.turns + job.silent_turns])
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        silent = [asyncio.create_task(pass_over(turn)) for turn in turns[plan.turns :]]
        async with asyncio.TaskGroup() as readers:
            for turn, got in zip(turns, delivered, strict=False):
                readers.create_task(reader(turn, got))
            await under_way(side, len(turns))
            clock = Clock()
            side.go()
        times = clock.stop()
        for task in silent:
            task.cancel()
        emitted_ns = side.emitted_ns()
    check_job(job, delivered, of_thread=OF_THREAD)
    return {**per_event(times, delivered), **(lateness(delivered, emitted_ns) if timed else {})}


async def blocked(job: Job) -> dict[str, Any]:
    """How late the events of one turn are while the loop of another one is held up.

    The loop that is held up opened the runtime; the other one is that of a second thread.
    """
    delivered = [Delivered(), Delivered()]
    is_entered = threading.Event()

    async def beside(session: Session) -> None:
        async with session.ask_stream("1") as turn:
            is_entered.set()
            await read_with_times(turn, delivered[1])

    async with opened(job) as (runtime, side, config):
        sessions = [await runtime.start_session(config) for _ in range(2)]
        async with sessions[0].ask_stream("0") as turn, asyncio.TaskGroup() as readers:
            readers.create_task(asyncio.to_thread(asyncio.run, beside(sessions[1])))
            await asyncio.to_thread(is_entered.wait)
            readers.create_task(read_and_block(turn, delivered[0], job))
            await under_way(side, 2)
            side.go()
    check_job(job, delivered, of_thread=OF_THREAD)
    return lateness(delivered[1:])


async def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    async with opened(job) as (runtime, side, config):
        session = await runtime.start_session(config)
        async with session.ask_stream("0") as turn:
            side.go()
            await anext(turn)
            figures = first_event(job, start_s)
            await pass_over(turn)
            return figures


async def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    async with opened(job) as (runtime, side, config), AsyncExitStack() as stack:
        before_mib = resident_mib()
        sessions = [await runtime.start_session(config) for _ in range(job.silent_turns + 1)]
        silent = [
            asyncio.create_task(pass_over(await stack.enter_async_context(session.ask_stream("0"))))
            for session in sessions[1:]
        ]
        await settle()
        await asyncio.sleep(job.idle_s)
        beside = beside_silence(job.silent_turns, before_mib)
        for number in range(job.interrupts):
            async with sessions[0].ask_stream("0") as turn:
                await under_way(side, job.silent_turns + 1 + number)
                start_s = time.monotonic()
                await turn.interrupt()
                taken.append(1000 * (time.monotonic() - start_s))
        for task in silent:
            task.cancel()
    return {**quickness(taken), **beside}


async def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that is read no further, while its item is open and after its end."""
    async with opened(job) as (runtime, side, config):
        session = await runtime.start_session(config)
        async with session.ask_stream("0") as turn:
            await under_way(side, 1)
            await settle()
            before_mib = resident_mib()
            side.go()
            got = Delivered()
            got.others.append(method_of(await anext(turn)))
            await written(side, job.plan.last_text)
            open_mib = resident_mib()
            side.go()
            await written(side, TURN_ENDED)
            ended_mib = resident_mib()
            await read(turn, got)
    check_job(job, [got], of_thread=OF_THREAD)
    figures = consumer.unread(job.plan, before_mib, open_mib, ended_mib)
    return {**figures, "objects": len(got.texts)}


async def calls(job: Job) -> dict[str, Any]:
    """Many calls at once, each with the deadline of a single one."""
    answered = 0

    async def call(runtime: Runtime) -> None:
        nonlocal answered
        with suppress(CodexRuntimeError):
            await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams())
            answered += 1

    async with opened(job) as (runtime, _, _):
        start_s = time.monotonic()
        async with asyncio.TaskGroup() as callers:
            for _ in range(job.calls):
                callers.create_task(call(runtime))
    return {"answered": answered, "wall_s": time.monotonic() - start_s}

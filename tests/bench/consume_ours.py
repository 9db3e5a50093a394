"""Our client in the benchmark: `Runtime`, `Session.ask_stream` and ``async for``.

What the faces have in common with it, its configuration and its readers, they take from here.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import trio

from codex_runtime import (
    CodexRuntimeError,
    Runtime,
    RuntimeConfig,
    SessionConfig,
    open_runtime,
)
from codex_runtime.protocol import (
    THREAD_LOADED_LIST,
    AgentMessageDelta,
    ThreadLoadedListParams,
)
from tests.bench import consumer
from tests.bench.consumer import (
    QUIET_S,
    Clock,
    Delivered,
    Quiet,
    beside_silence,
    block,
    check_job,
    first_event,
    lateness,
    per_event,
    quickness,
    resident_mib,
)
from tests.bench.sides import SETTLE_S, TURN_ENDED, OtherSide, other_side

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable

    from codex_runtime.protocol import Notification
    from tests.bench.job import Job

OF_THREAD = ("thread/status/changed",)
EXACT: dict[str, Any] = {"coalesce_after_events": 10**9}
"""What switches merging off, for a figure of exactly as many events as were sent."""


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios = {
        "stream": stream,
        "lateness": stream,
        "blocked": blocked,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
        "idle": idle,
        "calls": calls,
    }
    return trio.run(scenarios[job.scenario], job)


def config_of(job: Job, side: OtherSide) -> RuntimeConfig:
    """The configuration for the job's server."""
    return RuntimeConfig(
        codex_bin=side.starter,
        codex_home=side.folder,
        config_overrides=side.overrides,
        env=side.env,
        **({} if job.merging else EXACT),
    )


@asynccontextmanager
async def opened(job: Job) -> AsyncGenerator[tuple[Runtime, OtherSide, SessionConfig]]:
    """A runtime on the job's server."""
    with other_side(job) as side:
        async with open_runtime(config_of(job, side)) as runtime:
            yield runtime, side, SessionConfig(cwd=side.folder)


async def read(turn: AsyncIterable[Notification], got: Delivered) -> None:
    texts = got.texts
    async for event in turn:
        if type(event) is AgentMessageDelta:
            texts.append(event.delta)
            if event.merged != 1:
                got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


async def read_with_times(turn: AsyncIterable[Notification], got: Delivered) -> None:
    async for event in turn:
        if type(event) is AgentMessageDelta:
            got.times_ns.append(time.monotonic_ns())
            got.texts.append(event.delta)
            got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


async def read_and_block(turn: AsyncIterable[Notification], got: Delivered, job: Job) -> None:
    """Hold up the thread, and the loop in it, after a third of the deltas."""
    async for event in turn:
        if type(event) is AgentMessageDelta:
            got.texts.append(event.delta)
            if len(got.texts) == job.plan.deltas // 3:
                block(busy=job.busy)
        else:
            got.others.append(method_of(event))


def method_of(event: Any) -> str:
    return str(event.METHOD)


async def pass_over(turn: AsyncIterable[Notification]) -> None:
    async for _ in turn:
        pass


async def until(condition: Callable[[], bool], every_s: float) -> None:
    """Return once it holds: it is another process's, which tells nobody."""
    while True:
        if condition():
            return
        await trio.sleep(every_s)


async def under_way(side: OtherSide, turns: int) -> None:
    """Return when the server waits for the go, and we for the server."""
    await until(lambda: side.is_under_way(turns), SETTLE_S)
    await trio.sleep(SETTLE_S)


async def stream(job: Job) -> dict[str, Any]:
    """Turns under way, silent ones beside them, then the go: CPU per event, or how late each is."""
    plan, timed = job.plan, job.scenario == "lateness"
    reader = read_with_times if timed else read
    async with (
        opened(job) as (runtime, side, config),
        AsyncExitStack() as stack,
        trio.open_nursery() as silent,
    ):
        count = plan.turns + job.silent_turns + job.silent_sessions
        sessions = [await runtime.start_session(config) for _ in range(count)]
        turns = [
            await stack.enter_async_context(session.ask_stream(str(number)))
            for number, session in enumerate(sessions[: plan.turns + job.silent_turns])
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        for turn in turns[plan.turns :]:
            silent.start_soon(pass_over, turn)
        async with trio.open_nursery() as readers:
            for turn, got in zip(turns, delivered, strict=False):
                readers.start_soon(reader, turn, got)
            await under_way(side, len(turns))
            clock = Clock()
            side.go()
        times = clock.stop()
        silent.cancel_scope.cancel()
        emitted_ns = side.emitted_ns()
    check_job(job, delivered, of_thread=OF_THREAD)
    return {**per_event(times, delivered), **(lateness(delivered, emitted_ns) if timed else {})}


async def blocked(job: Job) -> dict[str, Any]:
    """How late the events of one turn are while the consumer of another holds up its thread."""
    async with opened(job) as (runtime, side, config), AsyncExitStack() as stack:
        turns = [
            await stack.enter_async_context((await runtime.start_session(config)).ask_stream("0"))
            for _ in range(2)
        ]
        delivered = [Delivered(), Delivered()]
        async with trio.open_nursery() as readers:
            readers.start_soon(read_and_block, turns[0], delivered[0], job)
            readers.start_soon(read_with_times, turns[1], delivered[1])
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
    async with (
        opened(job) as (runtime, side, config),
        AsyncExitStack() as stack,
        trio.open_nursery() as silent,
    ):
        before_mib = resident_mib()
        sessions = [await runtime.start_session(config) for _ in range(job.silent_turns + 1)]
        for session in sessions[1:]:
            turn = await stack.enter_async_context(session.ask_stream("0"))
            silent.start_soon(pass_over, turn)
        await settle()
        await trio.sleep(job.idle_s)
        beside = beside_silence(job.silent_turns, before_mib)
        for number in range(job.interrupts):
            async with sessions[0].ask_stream("0") as turn:
                await under_way(side, job.silent_turns + 1 + number)
                start_s = time.monotonic()
                await turn.interrupt()
                taken.append(1000 * (time.monotonic() - start_s))
        silent.cancel_scope.cancel()
    return {**quickness(taken), **beside}


async def settle() -> None:
    """Return when all that was sent has been taken in."""
    quiet = Quiet()
    await until(quiet.is_reached, QUIET_S)


async def written(side: OtherSide, text: str) -> None:
    """Return when a line with that text has been taken in."""
    await until(lambda: side.has_written(text), QUIET_S)
    await settle()


async def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that nobody reads, while its item is open and after its end."""
    async with opened(job) as (runtime, side, config):
        session = await runtime.start_session(config)
        async with session.ask_stream("0") as turn:
            await under_way(side, 1)
            await settle()
            before_mib = resident_mib()
            side.go()
            await written(side, job.plan.last_text)
            open_mib = resident_mib()
            side.go()
            await written(side, TURN_ENDED)
            ended_mib = resident_mib()
            got = Delivered()
            await read(turn, got)
    check_job(job, [got], of_thread=OF_THREAD)
    figures = consumer.unread(job.plan, before_mib, open_mib, ended_mib)
    return {**figures, "objects": len(got.texts)}


async def idle(job: Job) -> dict[str, Any]:
    """Memory of a session that does nothing."""
    async with opened(job) as (runtime, _, config):
        sessions = [await runtime.start_session(config)]
        await settle()
        before_mib = resident_mib()
        sessions += [await runtime.start_session(config) for _ in range(job.silent_sessions)]
        await settle()
        added_mib = resident_mib() - before_mib
    return {"kib_per_session": 1024 * added_mib / (len(sessions) - 1)}


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
        async with trio.open_nursery() as nursery:
            for _ in range(job.calls):
                nursery.start_soon(call, runtime)
    return {"answered": answered, "wall_s": time.monotonic() - start_s}

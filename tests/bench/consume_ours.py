"""Our client in the benchmark: `Runtime`, `Session.ask_stream` and ``async for``."""

from __future__ import annotations

import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import trio

from codex_runtime import (
    CodexRuntimeError,
    Runtime,
    RuntimeConfig,
    SessionConfig,
    Turn,
    open_runtime,
)
from codex_runtime.protocol import (
    THREAD_LOADED_LIST,
    AgentMessageDelta,
    ThreadLoadedListParams,
)
from tests.bench.consumer import (
    SETTLE_S,
    Clock,
    Delivered,
    Job,
    Replay,
    check,
    first_event,
    is_quiet,
    lateness,
    methods_of_a_turn,
    per_event,
    replay,
    resident_mib,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

OF_THREAD = ("thread/status/changed",)
EXACT: dict[str, Any] = {"coalesce_after_events": 10**9}
"""What switches merging off, for a figure of exactly as many events as were sent."""


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios = {
        "stream": stream,
        "lateness": late,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
        "idle": idle,
        "real": real,
        "calls": calls,
    }
    return trio.run(scenarios[job.scenario], job)


@asynccontextmanager
async def opened(job: Job) -> AsyncGenerator[tuple[Runtime, Replay, SessionConfig]]:
    """A runtime on the replay."""
    with replay(job.plan) as (other_side, folder):
        policy = {} if job.merging else EXACT
        config = RuntimeConfig(codex_bin=other_side.starter, codex_home=folder, **policy)
        async with open_runtime(config) as runtime:
            yield runtime, other_side, SessionConfig(cwd=folder)


async def read(turn: Turn, got: Delivered) -> None:
    texts = got.texts
    async for event in turn:
        if type(event) is AgentMessageDelta:
            texts.append(event.delta)
            if event.merged != 1:
                got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


async def read_with_times(turn: Turn, got: Delivered) -> None:
    async for event in turn:
        if type(event) is AgentMessageDelta:
            got.times_ns.append(time.monotonic_ns())
            got.texts.append(event.delta)
            got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


def method_of(event: Any) -> str:
    return str(event.METHOD)


async def pass_over(turn: Turn) -> None:
    async for _ in turn:
        pass


async def run_stream(job: Job, reader: Any) -> tuple[dict[str, float], list[Delivered]]:
    """Turns under way, silent ones beside them, then the go."""
    plan = job.plan
    async with (
        opened(job) as (runtime, other_side, config),
        AsyncExitStack() as stack,
        trio.open_nursery() as silent,
    ):
        count = plan.turns + job.silent_turns + job.silent_sessions
        sessions = [await runtime.start_session(config) for _ in range(count)]
        turns = [
            await stack.enter_async_context(session.ask_stream("go"))
            for session in sessions[: plan.turns + job.silent_turns]
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        for turn in turns[plan.turns :]:
            silent.start_soon(pass_over, turn)
        async with trio.open_nursery() as readers:
            for turn, got in zip(turns, delivered, strict=False):
                readers.start_soon(reader, turn, got)
            await trio.sleep(SETTLE_S)
            clock = Clock()
            other_side.go()
        times = clock.stop()
        silent.cancel_scope.cancel()
    check(plan, delivered, methods_of_a_turn(of_thread=OF_THREAD))
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
    async with opened(job) as (runtime, other_side, config):
        session = await runtime.start_session(config)
        async with session.ask_stream("go") as turn:
            other_side.go()
            await anext(turn)
            figures = first_event(job, start_s)
            await pass_over(turn)
            return figures


async def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    async with (
        opened(job) as (runtime, _, config),
        AsyncExitStack() as stack,
        trio.open_nursery() as silent,
    ):
        sessions = [await runtime.start_session(config) for _ in range(job.silent_turns + 1)]
        for session in sessions[1:]:
            turn = await stack.enter_async_context(session.ask_stream("go"))
            silent.start_soon(pass_over, turn)
        for _ in range(job.interrupts):
            async with sessions[0].ask_stream("go") as turn:
                await trio.sleep(SETTLE_S)
                start_s = time.monotonic()
                await turn.interrupt()
                taken.append(1000 * (time.monotonic() - start_s))
        silent.cancel_scope.cancel()
    taken.sort()
    return {"interrupt_ms": taken[len(taken) // 2], "worst_ms": taken[-1]}


async def settle() -> None:
    """Return when all that was sent has been taken in."""
    while True:
        before_s = time.process_time()
        await trio.sleep(0.2)
        if is_quiet(before_s, time.process_time()):
            return


async def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that nobody reads, while its item is open and after its end."""
    async with opened(job) as (runtime, other_side, config):
        session = await runtime.start_session(config)
        async with session.ask_stream("go") as turn:
            await settle()
            before_mib = resident_mib()
            other_side.go()
            await settle()
            open_mib = resident_mib() - before_mib
            other_side.go()
            await settle()
            ended_mib = resident_mib() - before_mib
            got = Delivered()
            await read(turn, got)
    check(job.plan, [got], methods_of_a_turn(of_thread=OF_THREAD))
    return {"open_mib": open_mib, "ended_mib": ended_mib, "objects": len(got.texts)}


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


@asynccontextmanager
async def opened_for_real(job: Job) -> AsyncGenerator[tuple[Runtime, SessionConfig]]:
    """A runtime on the real server."""
    assert job.model is not None
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        config = RuntimeConfig(
            codex_home=home,
            config_overrides=job.model["overrides"],
            env=job.model["env"],
            **({} if job.merging else EXACT),
        )
        async with open_runtime(config) as runtime:
            yield runtime, SessionConfig(cwd=home)


async def real(job: Job) -> dict[str, Any]:
    """CPU per event of a turn of the real server at full speed; its model is another process."""
    async with opened_for_real(job) as (runtime, config):
        session = await runtime.start_session(config)
        await session.ask("warm up")
        got = Delivered()
        clock = Clock()
        async with session.ask_stream("go") as turn:
            await read(turn, got)
            times = clock.stop()
    check(job.plan, [got])
    return per_event(times, [got])


async def calls(job: Job) -> dict[str, Any]:
    """Many calls at once, each with the deadline of a single one."""
    answered = 0

    async def call(runtime: Runtime) -> None:
        nonlocal answered
        with suppress(CodexRuntimeError):
            await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams())
            answered += 1

    async with opened_for_real(job) as (runtime, _):
        start_s = time.monotonic()
        async with trio.open_nursery() as nursery:
            for _ in range(job.calls):
                nursery.start_soon(call, runtime)
    return {"answered": answered, "wall_s": time.monotonic() - start_s}

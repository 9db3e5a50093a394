"""The official client in the benchmark: `openai_codex.Codex`, one thread for each consumer."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.bench import consumer
from tests.bench.consumer import (
    Clock,
    Delivered,
    check_job,
    first_event,
    lateness,
    per_event,
    quickness,
    resident_mib,
)
from tests.bench.in_threads import in_thread, settle, under_way, written
from tests.bench.sides import TURN_ENDED, OtherSide, other_side

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.bench.job import Job

# Any: the official client is installed for the benchmark alone.
sdk: Any = import_module("openai_codex")
AgentMessageDelta: Any = import_module(
    "openai_codex.generated.v2_all"
).AgentMessageDeltaNotification


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios = {
        "stream": stream,
        "lateness": stream,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
    }
    return scenarios[job.scenario](job)


def config_of(side: OtherSide) -> Any:
    """The client's configuration for a server."""
    return sdk.CodexConfig(
        codex_bin=side.starter,
        cwd=side.folder,
        config_overrides=tuple(side.rendered_overrides),
        env={**side.env, "CODEX_HOME": side.folder},
    )


@contextmanager
def opened(job: Job) -> Generator[tuple[Any, OtherSide]]:
    """A client on the job's server."""
    with other_side(job) as side, sdk.Codex(config_of(side)) as codex:
        yield codex, side


def read(handle: Any, got: Delivered) -> None:
    texts = got.texts
    for event in handle.stream():
        payload = event.payload
        if type(payload) is AgentMessageDelta:
            texts.append(payload.delta)
        else:
            got.others.append(event.method)


def read_with_times(handle: Any, got: Delivered) -> None:
    for event in handle.stream():
        payload = event.payload
        if type(payload) is AgentMessageDelta:
            got.times_ns.append(time.monotonic_ns())
            got.texts.append(payload.delta)
        else:
            got.others.append(event.method)


def pass_over(handle: Any) -> None:
    with suppress(sdk.CodexError):  # the end of the client
        for _ in handle.stream():
            pass


def stream(job: Job) -> dict[str, Any]:
    """Turns under way, silent ones beside them, then the go: CPU per event, or how late each is."""
    plan, timed = job.plan, job.scenario == "lateness"
    reader = read_with_times if timed else read
    with opened(job) as (codex, side):
        count = plan.turns + job.silent_turns + job.silent_sessions
        threads = [codex.thread_start(cwd=side.folder) for _ in range(count)]
        handles = [
            thread.turn(str(number))
            for number, thread in enumerate(threads[: plan.turns + job.silent_turns])
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        for handle in handles[plan.turns :]:
            in_thread(pass_over, handle)
        readers = [
            in_thread(reader, handle, got) for handle, got in zip(handles, delivered, strict=False)
        ]
        under_way(side, len(handles))
        clock = Clock()
        side.go()
        for thread in readers:
            thread.join()
        times = clock.stop()
        emitted_ns = side.emitted_ns()
    check_job(job, delivered)
    return {**per_event(times, delivered), **(lateness(delivered, emitted_ns) if timed else {})}


def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    with opened(job) as (codex, side):
        handle = codex.thread_start(cwd=side.folder).turn("0")
        side.go()
        next(handle.stream())
        return first_event(job, start_s)


def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    with opened(job) as (codex, side):
        count = job.silent_turns + 1
        threads = [codex.thread_start(cwd=side.folder) for _ in range(count)]
        for thread in threads[1:]:
            in_thread(pass_over, thread.turn("0"))
        for number in range(job.interrupts):
            handle = threads[0].turn("0")
            reader = in_thread(pass_over, handle)
            under_way(side, count + number)
            start_s = time.monotonic()
            handle.interrupt()
            reader.join()
            taken.append(1000 * (time.monotonic() - start_s))
    return quickness(taken)


def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that nobody reads, while its item is open and after its end."""
    with opened(job) as (codex, side):
        handle = codex.thread_start(cwd=side.folder).turn("0")
        under_way(side, 1)
        settle()
        before_mib = resident_mib()
        side.go()
        written(side, job.plan.last_text)
        open_mib = resident_mib()
        side.go()
        written(side, TURN_ENDED)
        ended_mib = resident_mib()
        got = Delivered()
        read(handle, got)
    check_job(job, [got])
    figures = consumer.unread(job.plan, before_mib, open_mib, ended_mib)
    return {**figures, "objects": len(got.texts)}

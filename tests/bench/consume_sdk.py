"""The official client in the benchmark: `openai_codex.Codex`, one thread for each consumer."""

from __future__ import annotations

import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Callable, Generator

# Any: the official client is installed for the benchmark alone.
sdk: Any = import_module("openai_codex")
AgentMessageDelta: Any = import_module(
    "openai_codex.generated.v2_all"
).AgentMessageDeltaNotification


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios = {
        "stream": stream,
        "lateness": late,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
        "real": real,
    }
    return scenarios[job.scenario](job)


@contextmanager
def opened(job: Job) -> Generator[tuple[Any, Replay]]:
    """A client on the replay."""
    with (
        replay(job.plan) as (other_side, folder),
        sdk.Codex(sdk.CodexConfig(codex_bin=other_side.starter, cwd=folder)) as codex,
    ):
        yield codex, other_side


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


def in_thread(work: Callable[..., None], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def run_stream(
    job: Job, reader: Callable[[Any, Delivered], None]
) -> tuple[dict[str, float], list[Delivered]]:
    """Turns under way, silent ones beside them, then the go."""
    plan = job.plan
    with opened(job) as (codex, other_side):
        count = plan.turns + job.silent_turns + job.silent_sessions
        threads = [codex.thread_start() for _ in range(count)]
        handles = [thread.turn("go") for thread in threads[: plan.turns + job.silent_turns]]
        delivered = [Delivered() for _ in range(plan.turns)]
        for handle in handles[plan.turns :]:
            in_thread(pass_over, handle)
        readers = [
            in_thread(reader, handle, got) for handle, got in zip(handles, delivered, strict=False)
        ]
        time.sleep(SETTLE_S)
        clock = Clock()
        other_side.go()
        for thread in readers:
            thread.join()
        times = clock.stop()
    check(plan, delivered, methods_of_a_turn())
    return times, delivered


def stream(job: Job) -> dict[str, Any]:
    """CPU per event."""
    times, delivered = run_stream(job, read)
    return per_event(times, delivered)


def late(job: Job) -> dict[str, Any]:
    """From the server's write to the user's code."""
    times, delivered = run_stream(job, read_with_times)
    return {**per_event(times, delivered), **lateness(delivered)}


def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    with opened(job) as (codex, other_side):
        handle = codex.thread_start().turn("go")
        other_side.go()
        next(handle.stream())
        return first_event(job, start_s)


def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    with opened(job) as (codex, _):
        threads = [codex.thread_start() for _ in range(job.silent_turns + 1)]
        for thread in threads[1:]:
            in_thread(pass_over, thread.turn("go"))
        for _ in range(job.interrupts):
            handle = threads[0].turn("go")
            reader = in_thread(pass_over, handle)
            time.sleep(SETTLE_S)
            start_s = time.monotonic()
            handle.interrupt()
            reader.join()
            taken.append(1000 * (time.monotonic() - start_s))
    taken.sort()
    return {"interrupt_ms": taken[len(taken) // 2], "worst_ms": taken[-1]}


def settle() -> None:
    """Return when all that was sent has been taken in."""
    while True:
        before_s = time.process_time()
        time.sleep(0.2)
        if is_quiet(before_s, time.process_time()):
            return


def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that nobody reads, while its item is open and after its end."""
    with opened(job) as (codex, other_side):
        handle = codex.thread_start().turn("go")
        settle()
        before_mib = resident_mib()
        other_side.go()
        settle()
        open_mib = resident_mib() - before_mib
        other_side.go()
        settle()
        ended_mib = resident_mib() - before_mib
        got = Delivered()
        read(handle, got)
    check(job.plan, [got], methods_of_a_turn())
    return {"open_mib": open_mib, "ended_mib": ended_mib, "objects": len(got.texts)}


def real_config(job: Job, home: str) -> Any:
    """The real server, pointed at the scripted model."""
    assert job.model is not None
    return sdk.CodexConfig(
        config_overrides=tuple(job.model["rendered"]),
        cwd=home,
        env={**job.model["env"], "CODEX_HOME": home},
    )


def real(job: Job) -> dict[str, Any]:
    """CPU per event of a turn of the real server at full speed; its model is another process."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        sdk.Codex(real_config(job, home)) as codex,
    ):
        thread = codex.thread_start(cwd=home)
        thread.run("warm up")
        got = Delivered()
        clock = Clock()
        read(thread.turn("go"), got)
        times = clock.stop()
    check(job.plan, [got])
    return per_event(times, [got])

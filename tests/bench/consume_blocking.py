"""Our blocking face in the benchmark: the work of `consume_ours`, a thread for each consumer."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from codex_runtime import SessionConfig
from codex_runtime.blocking import Runtime, open_runtime
from codex_runtime.protocol import AgentMessageDelta
from tests.bench import consumer
from tests.bench.consume_ours import OF_THREAD, config_of, method_of
from tests.bench.consumer import (
    Clock,
    Delivered,
    beside_silence,
    block,
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
    from collections.abc import Generator, Iterable

    from codex_runtime.protocol import Notification
    from tests.bench.job import Job


def measure(job: Job) -> dict[str, Any]:
    """Run the job's scenario."""
    scenarios = {
        "stream": stream,
        "lateness": stream,
        "blocked": blocked,
        "first_event": first,
        "interrupts": interrupts,
        "unread": unread,
    }
    return scenarios[job.scenario](job)


@contextmanager
def opened(job: Job) -> Generator[tuple[Runtime, OtherSide, SessionConfig]]:
    """A runtime on the job's server."""
    with other_side(job) as side, open_runtime(config_of(job, side)) as runtime:
        yield runtime, side, SessionConfig(cwd=side.folder)


def read(turn: Iterable[Notification], got: Delivered) -> None:
    texts = got.texts
    for event in turn:
        if type(event) is AgentMessageDelta:
            texts.append(event.delta)
            if event.merged != 1:
                got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


def read_with_times(turn: Iterable[Notification], got: Delivered) -> None:
    for event in turn:
        if type(event) is AgentMessageDelta:
            got.times_ns.append(time.monotonic_ns())
            got.texts.append(event.delta)
            got.merged_away += event.merged - 1
        else:
            got.others.append(method_of(event))


def read_and_block(turn: Iterable[Notification], got: Delivered, job: Job) -> None:
    """Hold up the thread after a third of the deltas."""
    for event in turn:
        if type(event) is AgentMessageDelta:
            got.texts.append(event.delta)
            if len(got.texts) == job.plan.deltas // 3:
                block(busy=job.busy)
        else:
            got.others.append(method_of(event))


def pass_over(turn: Iterable[Notification]) -> None:
    for _ in turn:
        pass


def stream(job: Job) -> dict[str, Any]:
    """Turns under way, silent ones beside them, then the go: CPU per event, or how late each is."""
    plan, timed = job.plan, job.scenario == "lateness"
    reader = read_with_times if timed else read
    with opened(job) as (runtime, side, config), ExitStack() as stack:
        count = plan.turns + job.silent_turns + job.silent_sessions
        sessions = [runtime.start_session(config) for _ in range(count)]
        turns = [
            stack.enter_context(session.ask_stream(str(number)))
            for number, session in enumerate(sessions[: plan.turns + job.silent_turns])
        ]
        delivered = [Delivered() for _ in range(plan.turns)]
        for turn in turns[plan.turns :]:
            in_thread(pass_over, turn)
        readers = [
            in_thread(reader, turn, got) for turn, got in zip(turns, delivered, strict=False)
        ]
        under_way(side, len(turns))
        clock = Clock()
        side.go()
        for thread in readers:
            thread.join()
        times = clock.stop()
        emitted_ns = side.emitted_ns()
    check_job(job, delivered, of_thread=OF_THREAD)
    return {**per_event(times, delivered), **(lateness(delivered, emitted_ns) if timed else {})}


def blocked(job: Job) -> dict[str, Any]:
    """How late the events of one turn are while the thread of another one is held up."""
    with opened(job) as (runtime, side, config), ExitStack() as stack:
        turns = [
            stack.enter_context(runtime.start_session(config).ask_stream(str(number)))
            for number in range(2)
        ]
        delivered = [Delivered(), Delivered()]
        readers = [
            in_thread(read_and_block, turns[0], delivered[0], job),
            in_thread(read_with_times, turns[1], delivered[1]),
        ]
        under_way(side, 2)
        side.go()
        for thread in readers:
            thread.join()
    check_job(job, delivered, of_thread=OF_THREAD)
    return lateness(delivered[1:])


def first(job: Job) -> dict[str, Any]:
    """From nothing to the first event in the user's code."""
    start_s = time.monotonic()
    with opened(job) as (runtime, side, config):
        session = runtime.start_session(config)
        with session.ask_stream("0") as turn:
            side.go()
            next(turn)
            figures = first_event(job, start_s)
            pass_over(turn)
            return figures


def interrupts(job: Job) -> dict[str, Any]:
    """From the call to the turn's end as the user sees it."""
    taken: list[float] = []
    with opened(job) as (runtime, side, config), ExitStack() as stack:
        before_mib = resident_mib()
        sessions = [runtime.start_session(config) for _ in range(job.silent_turns + 1)]
        for session in sessions[1:]:
            in_thread(pass_over, stack.enter_context(session.ask_stream("0")))
        settle()
        time.sleep(job.idle_s)
        beside = beside_silence(job.silent_turns, before_mib, callers=job.silent_turns)
        for number in range(job.interrupts):
            with sessions[0].ask_stream("0") as turn:
                under_way(side, job.silent_turns + 1 + number)
                start_s = time.monotonic()
                turn.interrupt()
                taken.append(1000 * (time.monotonic() - start_s))
    return {**quickness(taken), **beside}


def unread(job: Job) -> dict[str, Any]:
    """Memory of a stream that is read no further, while its item is open and after its end."""
    with opened(job) as (runtime, side, config):
        session = runtime.start_session(config)
        with session.ask_stream("0") as turn:
            under_way(side, 1)
            settle()
            before_mib = resident_mib()
            side.go()
            got = Delivered()
            got.others.append(method_of(next(turn)))
            written(side, job.plan.last_text)
            open_mib = resident_mib()
            side.go()
            written(side, TURN_ENDED)
            ended_mib = resident_mib()
            read(turn, got)
    check_job(job, [got], of_thread=OF_THREAD)
    figures = consumer.unread(job.plan, before_mib, open_mib, ended_mib)
    return {**figures, "objects": len(got.texts)}

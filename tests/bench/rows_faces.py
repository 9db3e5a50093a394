"""What the benchmark measures of the asyncio and the blocking face, beside the core they stand on.

Owns the workloads and their targets, on the replay and on the real server. Enter at `experiments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.experiment import Experiment, Row
from tests.bench.job import Job
from tests.bench.replay_script import Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.experiment import Medians

__all__ = ["experiments"]

OURS: tuple[str, ...] = ("ours", "aio", "blocking")
FACES = ("aio", "blocking")
SILENT = 64
MANY_SILENT = 1_000
LOOP_THREADS = 1
"""What a runtime of a face owns, however many wait."""
THREADS_KEPT_S = 11.0
"""Trio keeps a worker thread for ten seconds, in case there is more work for it."""
TIMES_LESS_THAN_ASYNC = 15
MOST_LATE_MS = 50.0
REAL_INTERRUPTS = 10
UNREAD = Plan(deltas=200_000, delta_bytes=64, holds=True)
UNREAD_MIB = UNREAD.deltas * UNREAD.delta_bytes / 2**20


def at_most(work: str, figure: str, aio: float, blocking: float) -> Callable[[Medians], bool]:
    """Whether both faces stay within their limit."""
    return lambda m: m(work, "aio", figure) <= aio and m(work, "blocking", figure) <= blocking


def within(times: float, figure: str, work: str, base: str) -> Callable[[Medians], bool]:
    """Whether the figure of each face is at most so many times that of another workload."""
    return lambda m: all(m(work, face, figure) <= times * m(base, face, figure) for face in FACES)


def one_turn(events: int) -> Experiment:
    """The headline, and what the default policy makes of it."""
    whole, part = Plan(deltas=events), Plan(deltas=max(1, events // 5))
    exact = dict.fromkeys((*OURS, "sync"), Job(scenario="stream", plan=whole))
    exact["async"] = Job(scenario="stream", plan=part)
    merging = Job(scenario="stream", plan=whole, merging=True)
    return Experiment(
        name="Faces, replay, one turn",
        works={"exact": exact, "default": dict.fromkeys(OURS, merging)},
        rows=(
            Row(
                title=f"{events:,} deltas, each delivered",
                work="exact",
                figure="us_per_event",
                unit="us/event",
                target="aio at most 2.0 us, blocking 2.5",
                is_met=at_most("exact", "us_per_event", 2.0, 2.5),
            ),
            Row(
                title="the same, default policy",
                work="default",
                figure="us_per_event",
                unit="us/event",
            ),
            Row(
                title="merged by the default policy",
                work="default",
                figure="merged_percent",
                unit="% of events",
            ),
        ),
    )


def many_turns(events: int) -> Experiment:
    """Interleaved at random: a task, or a thread, for each."""
    works: dict[str, dict[str, Job]] = {}
    for turns in (10, 200, 1_000):
        job = Job(scenario="stream", plan=Plan(turns=turns, deltas=max(1, events // turns)))
        works[str(turns)] = dict.fromkeys(OURS, job)
    return Experiment(
        name="Faces, replay, turns interleaved",
        works=works,
        rows=(
            Row(title="10 turns", work="10", figure="us_per_event", unit="us/event"),
            Row(
                title="200 turns",
                work="200",
                figure="us_per_event",
                unit="us/event",
                target="aio at most 3.0 us, blocking 8.0",
                is_met=at_most("200", "us_per_event", 3.0, 8.0),
            ),
            Row(title="1,000 turns", work="1000", figure="us_per_event", unit="us/event"),
        ),
    )


def lateness(events: int) -> Experiment:
    """From the server's write to the user's code, and what such an event costs."""
    slow = Plan(deltas=max(100, events // 50), rate_per_s=1_000)
    streams = Plan(turns=32, deltas=max(10, events // 3_200), rate_per_s=320)
    rows = [
        Row(title=f"1,000 events/s, {words}", work="slow", figure=f"{words}_ms", unit="ms added")
        for words in ("p50", "p99")
    ]
    return Experiment(
        name="Faces, replay, lateness",
        works={
            "slow": dict.fromkeys(OURS, Job(scenario="lateness", plan=slow)),
            "streams": dict.fromkeys(OURS, Job(scenario="lateness", plan=streams)),
        },
        rows=(
            *rows,
            Row(title="the same, CPU", work="slow", figure="us_per_event", unit="us/event"),
            Row(
                title="32 streams of 10 events/s, worst",
                work="streams",
                figure="worst_ms",
                unit="ms added",
                target=f"at most {MOST_LATE_MS:g} ms",
                is_met=at_most("streams", "worst_ms", MOST_LATE_MS, MOST_LATE_MS),
            ),
        ),
    )


def blocked_loop() -> Experiment:
    """One consumer holds up its loop, or its thread, for a second; another one goes on."""
    plan = Plan(turns=2, deltas=1_500, rate_per_s=1_000)
    works = {
        words: dict.fromkeys(OURS, Job(scenario="blocked", plan=plan, busy=busy))
        for words, busy in (("asleep", False), ("busy in Python", True))
    }
    return Experiment(
        name="Faces, replay, a loop held up for a second",
        works=works,
        rows=tuple(
            Row(
                title=f"{words}: worst of another consumer",
                work=words,
                figure="worst_ms",
                unit="ms added",
                target=f"at most {MOST_LATE_MS:g} ms",
                is_met=at_most(words, "worst_ms", MOST_LATE_MS, MOST_LATE_MS),
            )
            for words in works
        ),
    )


def interrupts() -> Experiment:
    """From the call to the end of the turn, and what those who wait beside it take."""
    works = {
        str(silent): dict.fromkeys(
            OURS,
            Job(
                scenario="interrupts",
                plan=Plan(turns=0),
                interrupts=20,
                silent_turns=silent,
                idle_s=THREADS_KEPT_S if silent == MANY_SILENT else 0.0,
            ),
        )
        for silent in (0, SILENT, MANY_SILENT)
    }
    many = str(MANY_SILENT)
    return Experiment(
        name="Faces, replay, interrupt",
        works=works,
        rows=(
            Row(title="alone", work="0", figure="interrupt_ms", unit="ms"),
            Row(
                title=f"beside {SILENT} silent turns",
                work=str(SILENT),
                figure="interrupt_ms",
                unit="ms",
                target="within 2x of alone",
                is_met=within(2, "interrupt_ms", str(SILENT), "0"),
            ),
            Row(
                title=f"beside {MANY_SILENT:,} silent turns",
                work=many,
                figure="interrupt_ms",
                unit="ms",
                target="within 2x of alone",
                is_met=within(2, "interrupt_ms", many, "0"),
            ),
            Row(
                title="threads there, but those that call",
                work=many,
                figure="threads",
                unit="threads",
                target=f"{LOOP_THREADS}",
                is_met=lambda m: all(m(many, face, "threads") == LOOP_THREADS for face in FACES),
            ),
            Row(
                title="memory there, all told",
                work=many,
                figure="kib_per_turn",
                unit="KiB per turn",
            ),
        ),
    )


def memory() -> Experiment:
    """What is kept of a stream that was read to its first event and no further."""
    job = Job(scenario="unread", plan=UNREAD, merging=True)
    return Experiment(
        name="Faces, replay, memory",
        works={"unread": dict.fromkeys(OURS, job)},
        rows=(
            Row(
                title=f"{UNREAD.deltas:,} unread deltas of 64 B, item open",
                work="unread",
                figure="open_mib",
                unit="MiB",
                target=f"twice the text: {2 * UNREAD_MIB:.1f}",
                is_met=at_most("unread", "open_mib", 2 * UNREAD_MIB, 2 * UNREAD_MIB),
            ),
            Row(
                title="the same, turn complete",
                work="unread",
                figure="ended_mib",
                unit="MiB",
                target=f"one copy more: {3 * UNREAD_MIB:.1f}",
                is_met=at_most("unread", "ended_mib", 3 * UNREAD_MIB, 3 * UNREAD_MIB),
            ),
        ),
    )


def first_event() -> Experiment:
    """How soon something is seen."""
    job = Job(scenario="first_event", plan=Plan(deltas=10))
    return Experiment(
        name="Faces, replay, until the first event",
        works={"first": dict.fromkeys(OURS, job)},
        rows=(
            Row(title="from the spawn", work="first", figure="first_event_ms", unit="ms"),
            Row(
                title="from a fresh interpreter, imports included",
                work="first",
                figure="from_nothing_ms",
                unit="ms",
            ),
        ),
    )


def real_full_speed(events: int) -> Experiment:
    """The model sends as fast as it is read."""
    one = Plan(deltas=max(1, events // 5), delta_bytes=8)
    many = Plan(turns=32, deltas=max(1, events // 5 // 32), delta_bytes=8)
    exact, default, turns = (
        Job(scenario="stream", is_real=True, plan=plan, merging=merging)
        for plan, merging in ((one, False), (one, True), (many, False))
    )

    def is_met(m: Medians) -> bool:
        aio, theirs = m("one", "aio", "us_per_event"), m("one", "async", "us_per_event")
        return TIMES_LESS_THAN_ASYNC * aio <= theirs

    return Experiment(
        name="Faces, real server, full speed",
        works={
            "one": dict.fromkeys((*OURS, "sync", "async"), exact),
            "default": dict.fromkeys(OURS, default),
            "many": dict.fromkeys((*OURS, "sync", "async"), turns),
        },
        rows=(
            Row(
                title=f"1 turn, {one.deltas:,} deltas",
                work="one",
                figure="us_per_event",
                unit="us/event",
                target=f"aio {TIMES_LESS_THAN_ASYNC} times less than async",
                is_met=is_met,
            ),
            Row(title="the same, throughput", work="one", figure="events_per_s", unit="events/s"),
            Row(
                title="merged by the default policy",
                work="default",
                figure="merged_percent",
                unit="% of events",
            ),
            Row(
                title=f"{many.turns} turns of {many.deltas:,} deltas",
                work="many",
                figure="us_per_event",
                unit="us/event",
            ),
        ),
    )


def real_interrupts() -> Experiment:
    """From the call to the end of the turn."""
    works = {
        str(silent): dict.fromkeys(
            OURS,
            Job(
                scenario="interrupts",
                is_real=True,
                plan=Plan(turns=0),
                interrupts=REAL_INTERRUPTS,
                silent_turns=silent,
            ),
        )
        for silent in (0, SILENT)
    }
    return Experiment(
        name="Faces, real server, interrupt",
        works=works,
        rows=(
            Row(title="alone", work="0", figure="interrupt_ms", unit="ms"),
            Row(
                title=f"beside {SILENT} silent turns",
                work=str(SILENT),
                figure="interrupt_ms",
                unit="ms",
                target="within 2x of alone",
                is_met=within(2, "interrupt_ms", str(SILENT), "0"),
            ),
        ),
    )


def experiments(events: int) -> tuple[Experiment, ...]:
    """All of them, for streams of about so many events."""
    return (
        one_turn(events),
        many_turns(events),
        first_event(),
        lateness(events),
        blocked_loop(),
        interrupts(),
        memory(),
        real_full_speed(events),
        real_interrupts(),
    )

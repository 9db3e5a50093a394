"""What the benchmark measures on the real app-server, row by row, and when a row meets its target.

A scripted model answers it; the server's own limit is some 20,000 events a second. Owns the
workloads and their targets. Enter at `experiments`.
"""

from __future__ import annotations

from tests.bench.experiment import Experiment, Row
from tests.bench.job import Job
from tests.bench.replay_script import Plan

__all__ = ["experiments"]

CALLS = 3_000
TURNS = 32
MOST_TURNS = 200
SILENT_TURNS = 64
INTERRUPTS = 10
RATE_PER_TURN = 10.0
PACED = Plan(turns=TURNS, deltas=50, rate_per_s=TURNS * RATE_PER_TURN)
MOST_LATE_MS = 50.0
UNREAD = 200_000
UNREAD_BYTES = 64
UNREAD_MIB = UNREAD * UNREAD_BYTES / 2**20


def full_speed(events: int) -> Experiment:
    """The model sends as fast as it is read."""
    one = Plan(deltas=max(1, events // 5), delta_bytes=8)
    many = Plan(turns=TURNS, deltas=max(1, events // 5 // TURNS), delta_bytes=8)
    most = Plan(turns=MOST_TURNS, deltas=max(1, events // 5 // MOST_TURNS), delta_bytes=8)
    works: dict[str, dict[str, Job]] = {}
    for name, plan in (("one", one), ("many", many), ("most", most)):
        job = Job(scenario="stream", is_real=True, plan=plan)
        works[name] = {"ours": job}
        if plan is not most:
            works[name] |= {"sync": job, "async": job}
    return Experiment(
        name="Real server, full speed",
        works=works,
        rows=(
            Row(
                title=f"1 turn, {one.deltas:,} deltas",
                work="one",
                figure="us_per_event",
                unit="us/event",
                target="3 times less than sync, 15 than async (5 us)",
                is_met=lambda m: (
                    3 * m("one", "ours", "us_per_event") <= m("one", "sync", "us_per_event")
                    and 15 * m("one", "ours", "us_per_event") <= m("one", "async", "us_per_event")
                ),
            ),
            Row(title="the same, throughput", work="one", figure="events_per_s", unit="events/s"),
            Row(
                title=f"{TURNS} turns of {many.deltas:,} deltas",
                work="many",
                figure="us_per_event",
                unit="us/event",
            ),
            Row(title="the same, throughput", work="many", figure="events_per_s", unit="events/s"),
            Row(
                title=f"{MOST_TURNS} turns of {most.deltas:,} deltas",
                work="most",
                figure="us_per_event",
                unit="us/event",
            ),
        ),
    )


def waits() -> Experiment:
    """How soon something is seen, how late, and what a burst of calls comes to."""
    first = Job(scenario="first_event", is_real=True, plan=Plan(deltas=10))
    paced = Job(scenario="lateness", is_real=True, plan=PACED)
    calls = Job(scenario="calls", is_real=True, calls=CALLS)
    streams = f"{TURNS} streams of {RATE_PER_TURN:g} events/s"
    return Experiment(
        name="Real server, waiting",
        works={
            "first": {"ours": first, "sync": first, "async": first},
            "paced": {"ours": paced, "sync": paced, "async": paced},
            "calls": {"ours": calls},
        },
        rows=(
            Row(
                title="from the spawn to the first event",
                work="first",
                figure="first_event_ms",
                unit="ms",
            ),
            Row(title=f"{streams}, p50", work="paced", figure="p50_ms", unit="ms late"),
            Row(
                title=f"{streams}, worst",
                work="paced",
                figure="worst_ms",
                unit="ms late",
                target=f"at most {MOST_LATE_MS:g} ms",
                is_met=lambda m: m("paced", "ours", "worst_ms") <= MOST_LATE_MS,
            ),
            Row(
                title=f"{CALLS:,} calls at once, answered",
                work="calls",
                figure="answered",
                unit="calls",
                target="all",
                is_met=lambda m: m("calls", "ours", "answered") == CALLS,
            ),
        ),
    )


def interrupts() -> Experiment:
    """From the call to the end of the turn."""
    alone, beside = (
        Job(
            scenario="interrupts",
            is_real=True,
            plan=Plan(turns=0),
            interrupts=INTERRUPTS,
            silent_turns=silent,
        )
        for silent in (0, SILENT_TURNS)
    )
    return Experiment(
        name="Real server, interrupt",
        works={
            "alone": {"ours": alone, "sync": alone, "async": alone},
            "beside": {"ours": beside, "sync": beside, "async": beside},
        },
        rows=(
            Row(title="alone", work="alone", figure="interrupt_ms", unit="ms"),
            Row(
                title=f"beside {SILENT_TURNS} silent turns",
                work="beside",
                figure="interrupt_ms",
                unit="ms",
                target="within 2x of alone",
                is_met=lambda m: (
                    m("beside", "ours", "interrupt_ms") <= 2 * m("alone", "ours", "interrupt_ms")
                ),
            ),
        ),
    )


def memory() -> Experiment:
    """What is kept of a stream that nobody reads. An item cannot be held and then completed."""
    opened, complete = (
        Job(
            scenario="unread",
            is_real=True,
            merging=True,
            plan=Plan(deltas=UNREAD, delta_bytes=UNREAD_BYTES, holds=holds),
        )
        for holds in (True, False)
    )
    return Experiment(
        name="Real server, memory",
        works={
            "open": {"ours": opened, "sync": opened},
            "complete": {"ours": complete, "sync": complete},
        },
        rows=(
            Row(
                title=f"{UNREAD:,} unread deltas of {UNREAD_BYTES} B, item open",
                work="open",
                figure="open_mib",
                unit="MiB",
                target=f"twice the text: {2 * UNREAD_MIB:.1f}",
                is_met=lambda m: m("open", "ours", "open_mib") <= 2 * UNREAD_MIB,
            ),
            Row(
                title="the same, turn complete",
                work="complete",
                figure="ended_mib",
                unit="MiB",
                target=f"one copy more: {3 * UNREAD_MIB:.1f}",
                is_met=lambda m: m("complete", "ours", "ended_mib") <= 3 * UNREAD_MIB,
            ),
        ),
    )


def experiments(events: int) -> tuple[Experiment, ...]:
    """All of them, for streams of about so many events."""
    return (full_speed(events), waits(), interrupts(), memory())

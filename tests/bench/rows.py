"""What the benchmark measures on the replay, row by row, and when a row meets its target.

Owns the workloads and their targets; neither runs nor prints them. Those of the real server are in
`rows_real`, those of the faces in `rows_faces`. Enter at `experiments`, which has them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import rows_faces, rows_real
from tests.bench.consume_ours import OF_THREAD
from tests.bench.consumer import methods_of_a_turn
from tests.bench.experiment import Experiment, Row
from tests.bench.importing import MAX_IMPORT_RATIO
from tests.bench.job import Job
from tests.bench.replay_script import Plan

if TYPE_CHECKING:
    from tests.bench.experiment import Medians

__all__ = ["experiments"]

MIB = 2**20
SILENT = (1, 10, 100, 1_000)
DELTA_SIZES = (8, 64, 512, 4_096, 65_536)
UNREAD = Plan(deltas=200_000, delta_bytes=64, holds=True)
UNREAD_MIB = UNREAD.deltas * UNREAD.delta_bytes / MIB
SESSIONS = 1_000


def stream(plan: Plan, *, silent_sessions: int = 0, silent_turns: int = 0) -> Job:
    return Job(
        scenario="stream", plan=plan, silent_sessions=silent_sessions, silent_turns=silent_turns
    )


def one_turn(events: int) -> Experiment:
    """The headline."""
    sent = events + len(methods_of_a_turn(of_thread=OF_THREAD))
    whole, part = Plan(deltas=events), Plan(deltas=max(1, events // 5))
    return Experiment(
        name="Replay, one turn",
        works={
            "exact": {
                "ours": stream(whole),
                "sync": stream(whole),
                "async": stream(part),
                "floor": stream(whole),
            },
            "default": {"ours": Job(scenario="stream", plan=whole, merging=True)},
        },
        rows=(
            Row(
                title=f"{events:,} deltas, each delivered",
                work="exact",
                figure="us_per_event",
                unit="us/event",
                target="9 times less than sync (2.0 us)",
                is_met=lambda m: (
                    9 * m("exact", "ours", "us_per_event") <= m("exact", "sync", "us_per_event")
                ),
            ),
            Row(
                title=f"objects handed over, of {sent:,} events sent",
                work="exact",
                figure="objects",
                unit="objects",
                target="all",
                is_met=lambda m: m("exact", "ours", "objects") == sent,
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
    """Interleaved at random; the official client gets fewer, or it would not end."""

    crowded = stream(Plan(turns=200, deltas=max(1, events // 200)), silent_sessions=SESSIONS - 200)

    def jobs(turns: int, theirs: int) -> dict[str, Job]:
        found = {"ours": stream(Plan(turns=turns, deltas=max(1, events // turns)))}
        if theirs:
            job = stream(Plan(turns=turns, deltas=max(1, events // theirs // turns)))
            found |= {"sync": job, "async": job}
        return found

    def row(turns: int, limit_us: float | None) -> Row:
        work = str(turns)
        if limit_us is None:
            return Row(title=f"{turns:,} turns", work=work, figure="us_per_event", unit="us/event")
        return Row(
            title=f"{turns:,} turns",
            work=work,
            figure="us_per_event",
            unit="us/event",
            target=f"at most {limit_us} us",
            is_met=lambda m: m(work, "ours", "us_per_event") <= limit_us,
        )

    return Experiment(
        name="Replay, turns interleaved at random",
        works={
            "10": jobs(10, 5),
            "200": jobs(200, 20),
            "crowded": {"ours": crowded},
            "1000": jobs(1_000, 0),
        },
        rows=(
            row(10, None),
            row(200, 3.0),
            Row(
                title=f"200 turns of {SESSIONS:,} sessions",
                work="crowded",
                figure="us_per_event",
                unit="us/event",
                target="within 1.2x of 200 turns",
                is_met=lambda m: (
                    m("crowded", "ours", "us_per_event") <= 1.2 * m("200", "ours", "us_per_event")
                ),
            ),
            row(1_000, 6.0),
        ),
    )


def silence(events: int) -> Experiment:
    """One turn streams beside sessions, and beside turns with a consumer, that say nothing."""
    ours, part, few = (Plan(deltas=max(1, events // share)) for share in (1, 5, 50))
    works: dict[str, dict[str, Job]] = {}
    rows: list[Row] = []
    for count in SILENT:
        works[f"sessions {count}"] = {
            "ours": stream(ours, silent_sessions=count),
            "sync": stream(part, silent_sessions=count),
        }
        works[f"turns {count}"] = {"ours": stream(ours, silent_turns=count)}
        if count < SILENT[-1]:
            works[f"turns {count}"]["sync"] = stream(few, silent_turns=count)
    for kind in ("sessions", "turns"):
        for count in SILENT:
            is_bound = kind == "sessions" and count == SILENT[-1]
            rows.append(
                Row(
                    title=f"silent {kind}: {count:,}",
                    work=f"{kind} {count}",
                    figure="us_per_event",
                    unit="us/event",
                    target="within 1.2x of one" if is_bound else "",
                    is_met=_is_flat if is_bound else None,
                )
            )
    return Experiment(name="Replay, one turn beside silence", works=works, rows=tuple(rows))


def _is_flat(m: Medians) -> bool:
    many = m(f"sessions {SILENT[-1]}", "ours", "us_per_event")
    return many <= 1.2 * m(f"sessions {SILENT[0]}", "ours", "us_per_event")


def delta_sizes(events: int) -> Experiment:
    """By size of delta; the two lines that repeat the whole text are part of it."""
    works: dict[str, dict[str, Job]] = {}
    for size in DELTA_SIZES:
        job = stream(Plan(deltas=max(1, min(events // 5, 8 * MIB // size)), delta_bytes=size))
        works[str(size)] = {"ours": job, "sync": job, "floor": job}
    return Experiment(
        name="Replay, by size of delta",
        works=works,
        rows=tuple(
            Row(title=f"{size:,} B", work=str(size), figure="us_per_event", unit="us/event")
            for size in DELTA_SIZES
        ),
    )


def first_event() -> Experiment:
    """How soon something is seen."""
    job = Job(scenario="first_event", plan=Plan(deltas=10))
    return Experiment(
        name="Replay, until the first event",
        works={"first": {"ours": job, "sync": job, "async": job}},
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


def lateness(events: int) -> Experiment:
    """From the server's write to the user's code, one write for each line."""
    slow = Plan(deltas=max(100, events // 50), rate_per_s=1_000)
    fast = Plan(deltas=max(100, events // 5), rate_per_s=20_000)
    streams = Plan(turns=32, deltas=max(10, events // 3_200), rate_per_s=320)
    works: dict[str, dict[str, Job]] = {}
    for name, plan in (("1,000", slow), ("20,000", fast), ("streams", streams)):
        job = Job(scenario="lateness", plan=plan)
        works[name] = {"ours": job, "sync": job, "async": job}
    rows = tuple(
        Row(title=f"{rate} events/s, {words}", work=rate, figure=f"{words}_ms", unit="ms added")
        for rate in ("1,000", "20,000")
        for words in ("p50", "p99")
    )
    worst = Row(
        title="32 streams of 10 events/s, worst",
        work="streams",
        figure="worst_ms",
        unit="ms added",
        target="at most 50 ms",
        is_met=lambda m: m("streams", "ours", "worst_ms") <= 50,
    )
    return Experiment(name="Replay, lateness", works=works, rows=(*rows, worst))


def interrupts() -> Experiment:
    """From the call to the end of the turn."""
    works: dict[str, dict[str, Job]] = {}
    for silent in (0, 64):
        job = Job(scenario="interrupts", plan=Plan(turns=0), interrupts=20, silent_turns=silent)
        works[str(silent)] = {"ours": job, "sync": job, "async": job}
    return Experiment(
        name="Replay, interrupt",
        works=works,
        rows=(
            Row(title="alone", work="0", figure="interrupt_ms", unit="ms"),
            Row(
                title="beside 64 silent turns",
                work="64",
                figure="interrupt_ms",
                unit="ms",
                target="within 2x of alone",
                is_met=lambda m: (
                    m("64", "ours", "interrupt_ms") <= 2 * m("0", "ours", "interrupt_ms")
                ),
            ),
        ),
    )


def memory() -> Experiment:
    """What is kept of a stream that nobody reads, and of a session that does nothing."""
    job = Job(scenario="unread", plan=UNREAD, merging=True)
    idle = Job(scenario="idle", plan=Plan(turns=0), silent_sessions=SESSIONS)
    return Experiment(
        name="Replay, memory",
        works={"unread": {"ours": job, "sync": job}, "idle": {"ours": idle}},
        rows=(
            Row(
                title=f"{UNREAD.deltas:,} unread deltas of 64 B, item open",
                work="unread",
                figure="open_mib",
                unit="MiB",
                target=f"twice the text: {2 * UNREAD_MIB:.1f}",
                is_met=lambda m: m("unread", "ours", "open_mib") <= 2 * UNREAD_MIB,
            ),
            Row(
                title="the same, turn complete",
                work="unread",
                figure="ended_mib",
                unit="MiB",
                target=f"one copy more: {3 * UNREAD_MIB:.1f}",
                is_met=lambda m: m("unread", "ours", "ended_mib") <= 3 * UNREAD_MIB,
            ),
            Row(
                title=f"one of {SESSIONS:,} idle sessions",
                work="idle",
                figure="kib_per_session",
                unit="KiB",
                target="at most 20 KiB",
                is_met=lambda m: m("idle", "ours", "kib_per_session") <= 20,
            ),
        ),
    )


def imports() -> Experiment:
    """Of a package in fresh interpreters; ours loads most of itself when it is used."""
    plain, whole = Job(scenario="import"), Job(scenario="import_all")

    def is_met(m: Medians) -> bool:
        ours, theirs = (m("import", client, "import_cpu_ms") for client in ("ours", "sync"))
        return ours <= MAX_IMPORT_RATIO * theirs

    return Experiment(
        name="Import",
        works={
            "import": {"ours": plain, "sync": plain, "floor": plain},
            "import_all": {"ours": whole, "sync": whole},
        },
        rows=(
            Row(
                title="the package",
                work="import",
                figure="import_cpu_ms",
                unit="ms of CPU",
                target="a quarter of sync",
                is_met=is_met,
            ),
            Row(title="the same, time", work="import", figure="import_wall_ms", unit="ms"),
            Row(
                title="and every public name",
                work="import_all",
                figure="import_cpu_ms",
                unit="ms of CPU",
            ),
        ),
    )


def experiments(events: int) -> tuple[Experiment, ...]:
    """All of them, for streams of about so many events."""
    return (
        one_turn(events),
        many_turns(events),
        silence(events),
        delta_sizes(events),
        first_event(),
        lateness(events),
        interrupts(),
        memory(),
        imports(),
        *rows_real.experiments(events),
        *rows_faces.experiments(events),
    )

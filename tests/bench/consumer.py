"""One measurement in a process of its own: a client, a job, and what it cost as JSON.

Started by the runner as ``consumer.py CLIENT JOB``. Owns what every client has in common: the
record of what was delivered, the check that nothing was lost, moved or sent to another turn, and
the clocks. Each client is a module of its own with a function for each scenario.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import importing
from tests.bench.job import Job
from tests.bench.replay_script import STAMP_BYTES, Plan, Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLIENTS = {
    "ours": "consume_ours",
    "aio": "consume_aio",
    "blocking": "consume_blocking",
    "sync": "consume_sdk",
    "async": "consume_sdk_async",
    "floor": "consume_floor",
}
WARMED = ("stream", "lateness", "blocked", "unread")
WARMING_DELTAS = 200
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
NEARLY = 0.9
QUIET_S = 0.3
QUIET_CPU_S = 0.001
BLOCKED_S = 1.0
SPINS = 1_000


class Delivered:
    """What one consumer got; texts alone are kept, so that no client pays for our bookkeeping."""

    __slots__ = ("merged_away", "others", "texts", "times_ns")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.others: list[str] = []
        """The methods of all events but deltas."""
        self.merged_away = 0
        """Deltas that came as a part of another one."""
        self.times_ns: list[int] = []
        """When each delta came, if that was asked for."""

    @property
    def events(self) -> int:
        """How many of the server's events this was."""
        return len(self.texts) + self.merged_away + len(self.others)


def check(
    plan: Plan,
    delivered: Sequence[Delivered],
    expected: Sequence[str] | None = None,
    *,
    merging: bool = False,
) -> None:
    """Exit unless each consumer got every event of its turn once, in order, and by itself.

    ``expected`` are the methods that this client hands to a turn, deltas left out; without them
    the last has to be the turn's end. With ``merging`` a delta may be several, if it says so.
    """
    for turn, got in enumerate(delivered):
        text = "".join(got.texts)
        heads = [text[at : at + 8] for at in range(0, len(text), plan.delta_bytes)]
        wanted = [plan.text(turn, number)[:8] for number in range(plan.deltas)]
        if heads != wanted or len(got.texts) + got.merged_away != plan.deltas:
            sys.exit(f"turn {turn}: {len(heads)} deltas of {plan.deltas}, or not in order")
        if len(text) != plan.deltas * plan.delta_bytes:
            sys.exit(f"turn {turn}: {len(text)} characters")
        if got.merged_away and not merging:
            sys.exit(f"turn {turn}: {got.merged_away} deltas came as a part of another one")
        wanted = ["turn/completed"] if expected is None else list(expected)
        if (got.others[-1:] if expected is None else got.others) != wanted:
            sys.exit(f"turn {turn}: {got.others} is not {wanted}")


def check_job(job: Job, delivered: Sequence[Delivered], *, of_thread: Sequence[str] = ()) -> None:
    """`check` what a job brought; the real server may send other methods from run to run."""
    expected = None if job.is_real else methods_of_a_turn(of_thread=of_thread)
    check(job.plan, delivered, expected, merging=job.merging)


def methods_of_a_turn(*, of_thread: Sequence[str] = ()) -> list[str]:
    """What a consumer of a turn gets but deltas: what names the turn, and what is named here."""
    script = Script()
    return [
        message["method"]
        for message in (*script.opening, *script.closing)
        if message["method"] in of_thread
        or message["params"].get("turnId")
        or message["params"].get("turn")
    ]


class Clock:
    """CPU of this process, all its threads and no child, and wall time."""

    def __init__(self) -> None:
        self._cpu_s, self._wall_s = time.process_time(), time.monotonic()

    def stop(self) -> dict[str, float]:
        """Seconds since the start."""
        return {
            "cpu_s": time.process_time() - self._cpu_s,
            "wall_s": time.monotonic() - self._wall_s,
        }


def per_event(times: dict[str, float], delivered: Sequence[Delivered]) -> dict[str, Any]:
    """The figures of a stream."""
    events = sum(got.events for got in delivered)
    objects = sum(len(got.texts) + len(got.others) for got in delivered)
    return {
        "events": events,
        "objects": objects,
        "merged_percent": 100 * (1 - objects / events),
        "us_per_event": 1e6 * times["cpu_s"] / events,
        "events_per_s": events / times["wall_s"],
    }


def lateness(
    delivered: Sequence[Delivered], emitted_ns: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """How long after the server's write each delta came, in ms.

    The write's time is in the text, or else in ``emitted_ns`` by the head of the text.
    """

    def written_ns(text: str) -> int:
        return int(text[8:STAMP_BYTES], 16) if emitted_ns is None else emitted_ns[text[:8]]

    writes = [written_ns(text) for got in delivered for text in got.texts]
    came = [time_ns for got in delivered for time_ns in got.times_ns]
    late = sorted((at - from_ns) / 1e6 for from_ns, at in zip(writes, came, strict=True))
    return {
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[len(late) * 99 // 100],
        "worst_ms": late[-1],
        "sent_per_s": 1e9 * (len(writes) - 1) / (max(writes) - min(writes)),
    }


def first_event(job: Job, start_s: float) -> dict[str, Any]:
    """It came now: how long after the spawn, and after the start of this interpreter."""
    now_s = time.monotonic()
    return {
        "first_event_ms": 1000 * (now_s - start_s),
        "from_nothing_ms": 1000 * now_s - job.born_ns / 1e6,
    }


def resident_mib() -> float:
    """Memory of this process, less what the allocator can give back."""
    gc.collect()
    with contextlib.suppress(AttributeError):  # of the GNU library alone
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * PAGE_BYTES / 2**20


def os_threads() -> int:
    """Threads of this process, whoever started them; without the one that it began with."""
    return sum(1 for _ in Path("/proc/self/task").iterdir()) - 1


def beside_silence(silent_turns: int, before_mib: float, *, callers: int = 0) -> dict[str, float]:
    """What turns that say nothing and are waited for take now: threads but the callers', memory."""
    added_mib = resident_mib() - before_mib
    return {
        "threads": os_threads() - callers,
        "kib_per_turn": 1024 * added_mib / max(1, silent_turns),
    }


def quickness(taken_ms: Sequence[float]) -> dict[str, float]:
    """The figures of several interrupts."""
    ranked = sorted(taken_ms)
    return {"interrupt_ms": ranked[len(ranked) // 2], "worst_ms": ranked[-1]}


def block(*, busy: bool) -> None:
    """Hold up this thread, and whatever loop runs in it: asleep, or in Python code."""
    if not busy:
        time.sleep(BLOCKED_S)
        return
    end_s = time.monotonic() + BLOCKED_S
    while time.monotonic() < end_s:
        for _ in range(SPINS):
            pass


def unread(plan: Plan, before_mib: float, open_mib: float, ended_mib: float) -> dict[str, float]:
    """What a stream that nobody reads took; exit if its text cannot have been there by then."""
    figures = {"open_mib": open_mib - before_mib, "ended_mib": ended_mib - before_mib}
    text_mib = plan.deltas * plan.delta_bytes / 2**20
    if min(figures.values()) < NEARLY * text_mib:
        sys.exit(f"{figures} for {text_mib:.1f} MiB of text: measured before all of it had come")
    return figures


class Quiet:
    """Tells when a process that is asked for nothing has taken in all that was sent."""

    def __init__(self) -> None:
        self._cpu_s, self._times = time.process_time(), 0

    def is_reached(self) -> bool:
        """Whether it did nothing since the last two calls; to be called every `QUIET_S`."""
        before_s, self._cpu_s = self._cpu_s, time.process_time()
        self._times = self._times + 1 if self._cpu_s - before_s < QUIET_CPU_S else 0
        return self._times > 1


def main() -> None:
    """Measure, print, and leave without waiting for threads that a client may have left stuck."""
    name, job = sys.argv[1], Job.parse(sys.argv[2])
    if job.scenario in importing.PROGRAMS:
        print(json.dumps(importing.measure(job.scenario, name)))
        return
    client = importlib.import_module(f"tests.bench.{CLIENTS[name]}")
    if job.scenario in WARMED:
        # What is loaded or built on first use is no part of what an event costs.
        client.measure(Job(scenario="stream", plan=Plan(deltas=WARMING_DELTAS)))
    gc.collect()
    figures: dict[str, Any] = client.measure(job)
    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()

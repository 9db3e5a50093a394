"""One measurement in a process of its own: a client, a plan, and what it cost as JSON.

Started by the runner as ``consumer.py CLIENT JOB``. Owns what every client has in common: the job,
the record of what was delivered, the check that nothing was lost, moved or sent to another turn,
and the clocks. Each client is a module of its own with a function for each scenario.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.replay_script import STAMP_BYTES, Plan, Script
from tests.bench.replay_server import write_starter

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

CLIENTS = {
    "ours": "consume_ours",
    "sync": "consume_sdk",
    "async": "consume_sdk_async",
    "floor": "consume_floor",
}
SETTLE_S = 0.05
WARMED = ("stream", "lateness", "unread")
WARMING_DELTAS = 200
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@attrs.frozen(kw_only=True)
class Job:
    """What to measure."""

    scenario: str
    """``stream``, ``lateness``, ``first_event``, ``interrupts``, ``unread``, ``idle``, or of the
    real server ``real`` or ``calls``."""
    plan: Plan = attrs.field(factory=Plan)
    merging: bool = False
    """Ours alone: leave the default policy on, which may merge deltas of a slow consumer."""
    silent_sessions: int = 0
    silent_turns: int = 0
    """Turns under way that say nothing, each with a consumer that waits."""
    interrupts: int = 0
    calls: int = 0
    model: dict[str, Any] | None = None
    """How the real server is pointed at the scripted model."""
    born_ns: int = 0
    """When the runner started this process, on ``CLOCK_MONOTONIC``."""

    @classmethod
    def parse(cls, text: str) -> Job:
        """Read what the runner wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["plan"] = Plan(**fields["plan"])
        return cls(**fields)

    def dump(self) -> str:
        """What `parse` reads."""
        return json.dumps({**attrs.asdict(self), "plan": dataclasses.asdict(self.plan)})


class Replay:
    """The other side of the named pipe."""

    def __init__(self, starter: Path, go_pipe: Path) -> None:
        self.starter = str(starter)
        self._go = os.open(go_pipe, os.O_RDWR)

    def go(self) -> None:
        """Let the stream begin, or go on after it held."""
        os.write(self._go, b"g")


@contextlib.contextmanager
def replay(plan: Plan) -> Generator[tuple[Replay, str]]:
    """What to start in place of ``codex``, and an empty directory."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Replay(*write_starter(Path(folder), plan)), folder


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
    plan: Plan, delivered: Sequence[Delivered], expected: Sequence[str] | None = None
) -> None:
    """Exit unless each consumer got every event of its turn once, in order.

    ``expected`` are the methods that this client hands to a turn, deltas left out; the real server
    may send others from run to run.
    """
    for turn, got in enumerate(delivered):
        text = "".join(got.texts)
        heads = [text[at : at + 8] for at in range(0, len(text), plan.delta_bytes)]
        wanted = [plan.text(turn, number)[:8] for number in range(plan.deltas)]
        if heads != wanted or len(got.texts) + got.merged_away != plan.deltas:
            sys.exit(f"turn {turn}: {len(heads)} deltas of {plan.deltas}, or not in order")
        if len(text) != plan.deltas * plan.delta_bytes:
            sys.exit(f"turn {turn}: {len(text)} characters")
        if expected is None:
            expected = (got.others[0], *got.others[1:-1], "turn/completed")
        if got.others != list(expected):
            sys.exit(f"turn {turn}: {got.others} is not {expected}")


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
        "merged_percent": 100 * (1 - objects / events),
        "us_per_event": 1e6 * times["cpu_s"] / events,
        "events_per_s": events / times["wall_s"],
    }


def lateness(delivered: Sequence[Delivered]) -> dict[str, Any]:
    """How long after the server's write each delta came, in ms."""
    late = sorted(
        (came - int(text[8:STAMP_BYTES], 16)) / 1e6
        for got in delivered
        for came, text in zip(got.times_ns, got.texts, strict=True)
    )
    stamps = [int(text[8:STAMP_BYTES], 16) for got in delivered for text in got.texts]
    return {
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[len(late) * 99 // 100],
        "worst_ms": late[-1],
        "sent_per_s": 1e9 * (len(stamps) - 1) / (max(stamps) - min(stamps)),
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


def is_quiet(last_cpu_s: float, now_cpu_s: float) -> bool:
    """Whether a process that was asked for nothing in 0.2 s has taken in all that was sent."""
    return now_cpu_s - last_cpu_s < 0.01


def main() -> None:
    """Measure, print, and leave without waiting for threads that a client may have left stuck."""
    client = importlib.import_module(f"tests.bench.{CLIENTS[sys.argv[1]]}")
    job = Job.parse(sys.argv[2])
    if job.scenario in WARMED:
        # What is loaded or built on first use is no part of what an event costs.
        client.measure(Job(scenario="stream", plan=Plan(deltas=WARMING_DELTAS)))
    gc.collect()
    figures: dict[str, Any] = client.measure(job)
    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()

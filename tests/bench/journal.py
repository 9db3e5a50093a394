"""What a journal costs per event, beside the same stream without one. Run by hand or by nox.

Prints CPU of this process, all threads, per event: of a replay as fast as the pipe takes it, and of
one that writes line by line at a rate; for each policy, rounds alternating, medians. It exits with
1 when ``flush`` costs more than `MAX_RATIO` times what no journal costs. ``--quick`` shows
that it works.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import SessionConfig, open_runtime
from codex_runtime.history.journal import read_journal
from codex_runtime.model.journal import JournalConfig
from tests.bench.consume_ours import config_of, read
from tests.bench.consumer import Delivered
from tests.bench.job import Job
from tests.bench.replay_script import Plan
from tests.bench.sides import SETTLE_S, other_side

MAX_RATIO = 4.0
ROUNDS = 3
POLICIES: dict[str, dict[str, Any]] = {
    "no journal": {},
    "none": {"sync": "none"},
    "flush": {"sync": "flush"},
    "flush every 100 ms": {"sync": "flush", "every_ms": 100},
    "fsync": {"sync": "fsync"},
    "fsync every 100 ms": {"sync": "fsync", "every_ms": 100},
    "of one session": {"sync": "flush"},
}


def plans(*, quick: bool) -> dict[str, Plan]:
    deltas = 2_000 if quick else 30_000
    return {
        "as fast as the pipe": Plan(deltas=deltas),
        "line by line, 5,000 a second": Plan(deltas=deltas // 5, rate_per_s=5_000.0),
    }


@attrs.frozen
class Figures:
    us_per_event: float
    bytes_per_event: float


async def measure(plan: Plan, policy: str) -> Figures:
    """One stream, each delta delivered and, with a journal, looked for in it."""
    job = Job(scenario="stream", plan=plan)
    with other_side(job) as side, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "journal")
        journal = JournalConfig(path=path, **POLICIES[policy]) if POLICIES[policy] else None
        of_session = policy == "of one session"
        config = attrs.evolve(config_of(job, side), journal=None if of_session else journal)
        kept = SessionConfig(cwd=folder, journal=journal if of_session else None)
        got = Delivered()
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(kept)
            async with session.ask_stream("0") as turn:
                await trio.sleep(SETTLE_S)
                before_s = time.process_time()
                side.go()
                await read(turn, got)
                took_s = time.process_time() - before_s
        if len(got.texts) != plan.deltas or (journal and recorded(path) != plan.deltas):
            sys.exit("an event was lost")
        return Figures(
            1e6 * took_s / got.events, path.stat().st_size / got.events if journal else 0.0
        )


def recorded(path: Path) -> int:
    """How many deltas are in the journal."""
    with read_journal(path) as entries:
        return sum(entry.method == "item/agentMessage/delta" for entry in entries)


def main() -> int:
    """Measure, print, and hold ``flush`` against its bound."""
    quick = "--quick" in sys.argv[1:]
    ratios: list[float] = []
    for title, plan in plans(quick=quick).items():
        rounds: dict[str, list[Figures]] = {policy: [] for policy in POLICIES}
        for number in range(1 if quick else 1 + ROUNDS):
            for policy, figures in rounds.items():
                found = trio.run(measure, plan, policy)
                if number or quick:  # the first one warms up
                    figures.append(found)
        print(f"{title}: {plan.deltas:,} deltas of {plan.delta_bytes} bytes")
        net = {
            policy: statistics.median(found.us_per_event for found in figures)
            for policy, figures in rounds.items()
        }
        for policy, figures in rounds.items():
            least, most = min(f.us_per_event for f in figures), max(f.us_per_event for f in figures)
            print(
                f"  {policy:20} {net[policy]:7.2f} us/event ({least:.2f} to {most:.2f}), "
                f"{net[policy] / net['no journal']:5.2f} times, "
                f"{figures[-1].bytes_per_event:.0f} bytes/event"
            )
        ratios.append(net["flush"] / net["no journal"])
    print(f"flush: {', '.join(f'{ratio:.2f}' for ratio in ratios)} times; bound {MAX_RATIO:g}")
    return int(not quick and max(ratios) > MAX_RATIO)


if __name__ == "__main__":
    sys.exit(main())

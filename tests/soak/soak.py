"""The real server killed at random under fifty sessions, then leaks in full. ``nox -s soak``.

Prints its seed, a table of figures and what was wrong, and exits with 1 if anything was. Minutes,
and bounded. Enter at `main`; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import RestartPolicy, SessionConfig, open_runtime
from tests.real.processes import TEST_RUN, marked_processes
from tests.soak.leaking import Leaks
from tests.soak.looking import until
from tests.soak.model_process import model_in_its_own_process
from tests.soak.settling import Holdings
from tests.soak.storm import Storm

if TYPE_CHECKING:
    from codex_runtime import RuntimeConfig
    from tests.soak.leaking import Growth

POLICY: Final = RestartPolicy(
    first_pause_s=0.05, longest_pause_s=0.5, max_restarts=1000, window_s=1.0
)
"""Killing is what this is about: the budget never ends it."""

_BOUND_S: Final = 45 * 60.0
"""For all but the minutes of the storm; on two idle cores it takes a sixth of it."""

_GONE_BOUND_S: Final = 10.0
_NAME_CHARS: Final = 50
_MIB: Final = 1024 * 1024
_GROWTH_MIB: Final = 16.0
"""More memory after the same work than before is a leak; the allocator keeps some of it."""


@attrs.define
class Report:
    """A table, printed row by row as the figures come, and what was wrong."""

    wrong: list[str] = attrs.field(factory=list[str])

    def row(self, name: str, value: object) -> None:
        """One more figure."""
        shown = f"{value:.2f}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{name:{_NAME_CHARS}}  {shown}\n")
        sys.stdout.flush()

    def storm(self, storm: Storm, restarts: int) -> None:
        """The figures of a storm."""
        tally, signals = storm.tally, storm.killer.signals
        self.row("sessions at once", storm.sessions)
        self.row("asks", tally.asks)
        for end, count in tally.ends.most_common():
            self.row(f"  {end}", count)
        self.row("signals", ", ".join(f"{way} {count}" for way, count in signals.items()))
        self.row("restarts", restarts)
        self.row("longest from a death to the next completed ask, s", tally.longest_recovery_s)
        self.row("longest ask, s", tally.longest_ask_s)
        self.wrong += tally.wrong
        self.wrong += [f"left after the storm: {storm.left}"] if storm.left else []
        if not tally.longest_recovery_s:
            self.wrong.append("no ask completed after any death")
        # A server that dies before its handshake was never there.
        if not storm.lost == storm.restarted == restarts <= storm.killer.deaths:
            told = f"a subscriber was told of {storm.lost} lost, {storm.restarted} restarted"
            self.wrong.append(f"{storm.killer.deaths} deaths, {restarts} restarts; {told}")

    def growth(self, growth: Growth) -> None:
        """The figures of one kind of work."""
        before, after = growth.rss_before_bytes / _MIB, growth.rss_after_bytes / _MIB
        self.row(f"{growth.name}", f"{growth.count} in {growth.took_s:.0f} s")
        self.row("  RSS before, after, MiB", f"{before:.1f}, {after:.1f}")
        self.row("  left", growth.more or "nothing")
        self.wrong += growth.wrong
        self.wrong += [f"left after {growth.name}: {growth.more}"] if growth.more else []
        if after - before > _GROWTH_MIB:
            self.wrong.append(f"{growth.name}: RSS grew from {before:.1f} to {after:.1f} MiB")

    def process(self, before: Holdings, after: Holdings, left: dict[int, str]) -> None:
        """What this process and its children came to."""
        for name, now, then in (
            ("RSS, MiB", before.facts.rss_bytes / _MIB, after.facts.rss_bytes / _MIB),
            ("descriptors", before.facts.descriptor_count, after.facts.descriptor_count),
            ("threads", before.facts.threads, after.facts.threads),
            ("children", before.facts.children, after.facts.children),
        ):
            self.row(f"{name}, before and after", f"{now:.4g}, {then:.4g}")
        self.row("processes left", len(left))
        self.wrong += [f"left running: {pid} {command}" for pid, command in left.items()]
        if more := after.more_than(before):
            self.wrong.append(f"left in this process: {more}")


async def soak(options: argparse.Namespace, report: Report) -> None:
    """All of it, on a home and a model of its own."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ["HOME"] = made  # the server's login shells run nobody's start-up files
        async with model_in_its_own_process() as model:
            config = model.runtime_config(folder / "home", restart=POLICY)
            await _warm_up(config, folder)
            before = Holdings.now()
            with trio.move_on_after(60 * options.minutes + _BOUND_S) as bound:
                if options.only != "leaks":
                    await _storm(config, folder, options, report)
                if options.only != "storm":
                    await _leaks(config, folder, options, report)
            if bound.cancelled_caught:
                report.wrong.append(f"not done {_BOUND_S:.0f} s after the minutes of the storm")
            left = await _left_running()
            report.process(before, Holdings.now(), left)


async def _storm(
    config: RuntimeConfig, folder: Path, options: argparse.Namespace, report: Report
) -> None:
    length_s = 60 * options.minutes
    storm = Storm(seed=options.seed, sessions=options.sessions, length_s=length_s)
    async with open_runtime(config) as runtime:
        await storm.run(runtime, folder)
        report.storm(storm, runtime.statistics().restarts)


async def _leaks(
    config: RuntimeConfig, folder: Path, options: argparse.Namespace, report: Report
) -> None:
    async with open_runtime(config) as runtime:
        leaks = Leaks(runtime, folder, options.seed)
        report.growth(await leaks.asks(options.asks))
        report.growth(await leaks.cancelled(options.cancelled))
        report.growth(await leaks.restarts(options.restarts))


async def _warm_up(config: RuntimeConfig, folder: Path) -> None:
    """What is made once is made: modules are loaded, the home is initialised."""
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=folder)) as session,
        session.ask_stream("stream 0") as turn,
    ):
        await turn.finish()


async def _left_running() -> dict[int, str]:
    """The processes of ours that still run once they have had time to end."""
    with trio.move_on_after(_GONE_BOUND_S):
        await until(lambda: not marked_processes())
    return marked_processes()


def main() -> int:
    """Parse, run, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="of the storm")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--sessions", type=int, default=50, help="of the storm")
    parser.add_argument("--asks", type=int, default=10_000)
    parser.add_argument("--cancelled", type=int, default=1_000)
    parser.add_argument("--restarts", type=int, default=50)
    parser.add_argument("--only", choices=("storm", "leaks"))
    options = parser.parse_args()
    name, _, value = TEST_RUN.partition("=")
    os.environ[name] = value
    report = Report()
    report.row("seed", options.seed)
    trio.run(soak, options, report)
    sys.stdout.writelines(f"WRONG: {problem}\n" for problem in report.wrong)
    return int(bool(report.wrong))


if __name__ == "__main__":
    sys.exit(main())

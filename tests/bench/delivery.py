"""What delivering an event costs, beside the official SDK on the same work. By ``nox -s bench``.

Every measurement runs in a process of its own (`consumer`) against a child that replays recorded
shapes (`replay_server`) or the real app-server; clients alternate, round by round. Prints medians
with the least and the most, as a table, or everything with ``--json``; exits with 1 when a target
is missed or an event is lost. ``--quick`` shows that it works, not what things cost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import codex_runtime
from tests.bench.rows import experiments

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from tests.bench.experiment import Experiment, Row
    from tests.bench.job import Job

HERE = Path(__file__).parent
COLUMNS = ("ours", "aio", "blocking", "sync", "async", "floor")
OURS = ("ours", "aio", "blocking", "floor")
RATIOS = (("sync", "ours"), ("async", "aio"), ("sync", "blocking"))
"""Of two columns of a row, where both have a figure."""
LIMIT_S = 120.0
"""A measurement of another client that takes longer counts as endless."""
ENVIRONMENTS = {"unread": {"MALLOC_ARENA_MAX": "1"}}
"""By scenario. What a thread has freed in an arena of its own is not given back when asked for."""

Values = dict[tuple[str, str], list[dict[str, float]]]
"""By workload and client, the figures of each round."""


@attrs.frozen
class Figure:
    """Several rounds of one figure."""

    samples: Sequence[float]
    """One of each round, in order; infinite where it did not end."""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def least(self) -> float:
        return min(self.samples)

    @property
    def most(self) -> float:
        return max(self.samples)

    def plain(self) -> dict[str, Any]:
        """For JSON, which has no infinity."""

        def finite(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "median": finite(self.median),
            "least": finite(self.least),
            "most": finite(self.most),
            "samples": [finite(sample) for sample in self.samples],
        }

    def __str__(self) -> str:
        if math.isinf(self.median):
            return "failed"
        return f"{short(self.median)} ({short(self.least)}-{short(self.most)})"


def short(value: float) -> str:
    """Three digits that count."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def measure(client: str, job: Job) -> dict[str, float]:
    """One measurement; what loses an event ends the run if it is ours."""
    born = attrs.evolve(job, born_ns=time.monotonic_ns())
    command = [sys.executable, str(HERE / "consumer.py"), client, born.dump()]
    try:
        # A consumer leaves without waiting for its server, which may still write to its folder.
        with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=True,
                env={**os.environ, "TMPDIR": folder, **ENVIRONMENTS.get(job.scenario, {})},
            )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as problem:
        errors = problem.stderr or b""
        text = errors if isinstance(errors, str) else errors.decode()
        print(f"{client} {job}: {problem}\n{text}", file=sys.stderr)
        if client in OURS:
            sys.exit(1)
        return {}
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


@contextlib.contextmanager
def pointed(job: Job) -> Generator[Job]:
    """The job with its scripted model, if it is one of the real server."""
    if not job.is_real:
        yield job
        return
    command = [sys.executable, str(HERE / "model.py"), job.plan.dump()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as model:
        assert model.stdin is not None
        assert model.stdout is not None
        try:
            yield attrs.evolve(job, model=json.loads(model.stdout.readline()))
        finally:
            model.stdin.close()


def run(experiment: Experiment, rounds: int) -> Values:
    """Every workload and client in turn, then all of them again."""
    values: Values = {}
    for number in range(rounds):
        todo = [
            (work, client, job)
            for work, jobs in experiment.works.items()
            for client, job in jobs.items()
        ]
        # Whoever runs first finds another machine than whoever runs last.
        for work, client, job in reversed(todo) if number % 2 else todo:
            with pointed(job) as ready:
                values.setdefault((work, client), []).append(measure(client, ready))
    return values


def figure_of(values: Values, work: str, client: str, name: str) -> Figure:
    """The figure over all rounds."""
    return Figure([figures.get(name, math.inf) for figures in values[work, client]])


def judge(row: Row, values: Values) -> dict[str, Any]:
    """The row with its figures, and whether its target is met."""
    found = {
        client: figure_of(values, row.work, client, row.figure)
        for client in COLUMNS
        if any(
            row.figure in figures or not figures for figures in values.get((row.work, client), ())
        )
    }
    is_met = None
    if row.is_met is not None:
        is_met = row.is_met(lambda work, client, name: figure_of(values, work, client, name).median)
    return {
        "title": row.title,
        "unit": row.unit,
        "figures": found,
        "target": row.target,
        "is_met": is_met,
        "events": {
            client: [round(figures["events"]) for figures in rounds if "events" in figures]
            for client in found
            if "events" in (rounds := values[row.work, client])[0]
        },
    }


def machine() -> dict[str, str]:
    """What the figures were measured on, and with."""
    packages = ("openai-codex", "openai-codex-cli-bin", "trio", "msgspec")
    return {
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "processor": processor(),
        "Python": platform.python_version(),
        "codex_runtime": codex_runtime.__version__,
        **{package: version_of(package) for package in packages},
    }


def version_of(package: str) -> str:
    """Of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """Its name, where the system tells it."""
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def load() -> float:
    """How many processes wanted a core in the last minute; our own count too."""
    return round(os.getloadavg()[0], 2)


def ratio(figures: Mapping[str, Figure], more: str, less: str) -> str:
    """Of the medians of two clients; nothing where there is none."""
    if more not in figures or less not in figures or math.isinf(figures[more].median):
        return ""
    return f"{figures[more].median / figures[less].median:.1f}"


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Lines for people; Markdown as well. A column that has nothing to say is left out."""
    lines = [["", "unit", *COLUMNS, *map(" / ".join, RATIOS), "target", "met"]]
    for row in rows:
        figures: dict[str, Figure] = row["figures"]
        cells = [str(figures.get(client, "")) for client in COLUMNS]
        met = {None: "", True: "yes", False: "**no**"}[row["is_met"]]
        ratios = (ratio(figures, *pair) for pair in RATIOS)
        lines.append([row["title"], row["unit"], *cells, *ratios, row["target"], met])
    columns = [column for column in zip(*lines, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    heads, *body = zip(*columns, strict=True)
    for line in (heads, ["-" * width for width in widths], *body):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield f"| {' | '.join(cells)} |"


def as_json(found: dict[str, dict[str, Any]], command: dict[str, Any]) -> str:
    """The same for machines, with the sample of each round; what did not end is null."""

    def plain(value: object) -> Any:
        if isinstance(value, Figure):
            return value.plain()
        raise TypeError(type(value))

    whole = {"machine": machine(), **command, "experiments": found}
    return json.dumps(whole, default=plain, indent=1)


def selected(events: int, wanted: Sequence[str]) -> list[Experiment]:
    """Those whose name holds one of the words, in any case, or is that word; all without words."""
    everything = experiments(events)
    names = {experiment.name.lower() for experiment in everything}

    def is_wanted(name: str) -> bool:
        words = [word.lower() for word in wanted]
        return any(name == word if word in names else word in name for word in words)

    found = [each for each in everything if not wanted or is_wanted(each.name.lower())]
    if not found:
        listed = "\n  ".join(experiment.name for experiment in everything)
        sys.exit(f"no table is called {' or '.join(map(repr, wanted))}; there are\n  {listed}")
    return found


def exit_code(found: dict[str, dict[str, Any]]) -> int:
    """Say what missed its target; 1 if anything did."""
    missed = [
        f"{name}: {row['title']}"
        for name, table_of in found.items()
        for row in table_of["rows"]
        if row["is_met"] is False
    ]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return int(bool(missed))


def main() -> int:
    """Measure, print, and say whether every target is met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=100_000, help="of the longest streams")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of a tenth of the events")
    parser.add_argument(
        "--only", action="append", default=[], help="tables whose name holds this; may be repeated"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    events, rounds = (
        (options.events // 10, 1) if options.quick else (options.events, options.rounds)
    )
    command = {"events": events, "rounds": rounds, "load_before": load()}
    todo = selected(events, options.only)
    if not options.json:
        print(", ".join(f"{name} {value}" for name, value in machine().items()))
        print(f"{rounds} rounds, medians (least-most), streams of up to {events:,} events")
        print(f"load before: {command['load_before']}")
    found: dict[str, dict[str, Any]] = {}
    for experiment in todo:
        start_s = time.monotonic()
        values = run(experiment, rounds)
        rows = [judge(row, values) for row in experiment.rows]
        took_s = round(time.monotonic() - start_s)
        found[experiment.name] = {"took_s": took_s, "rows": rows}
        print(f"{experiment.name}: {took_s} s", file=sys.stderr)
        if not options.json:
            print("", f"### {experiment.name}", "", *table(rows), sep="\n", flush=True)
    if options.json:
        print(as_json(found, command))
    return exit_code(found)


if __name__ == "__main__":
    sys.exit(main())

"""What the relay adds and costs, beside codex-relay and LiteLLM on the same upstream in one run.

Every side is a process of its own, on the same core; the client and the scripted upstream share
another one. Sides alternate, within a round or request by request. Without ``CODEX_RELAY_BIN`` and
``LITELLM_BIN`` only ours is measured. Prints medians, and what no relay at all takes where times
are compared; exits with 1 when a target is missed. ``--quick`` shows that it works, not what things
cost. Run by ``python tests/bench/relay.py``; it reads ``/proc``, so Linux alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.delivery import load as system_load
from tests.bench.delivery import machine, short
from tests.bench.relay_plan import codex_turn
from tests.bench.relay_rows import STREAMS, Row, Samples, Sizes, Table, tables
from tests.bench.relay_sides import DIRECT, LOAD_CPU, PEERS, Side, Stage, opened, pin, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

QUICK: Final = Sizes(requests=20, long_requests=8, seconds=0.5, conversations=100)
PUBLISHED_MS: Final = 0.42
"""CPU of codex-relay for a stream of 20 deltas, on the machine of its published figures."""


@attrs.frozen
class Found:
    """One row, measured."""

    row: Row
    samples: Mapping[str, Sequence[float]]
    """By side."""

    @property
    def figures(self) -> Mapping[str, float]:
        """By side, over all rounds."""
        return {name: self.row.read(samples) for name, samples in self.samples.items()}

    @property
    def is_met(self) -> bool | None:
        """Whether ours is within its target; nothing when there is none."""
        return self.row.is_met(self.figures)

    def plain(self) -> Mapping[str, Any]:
        """For JSON."""
        return {
            "title": self.row.title,
            "unit": self.row.unit,
            "figures": self.figures,
            "count": {name: len(samples) for name, samples in self.samples.items()},
            "target": self.row.target,
            "is_met": self.is_met,
        }


def judged(table: Table, samples: Samples) -> list[Found]:
    """Each row with the sides that have it."""
    return [
        Found(row, {name: found for (key, name), found in samples.items() if key == row.key})
        for row in table.rows
    ]


def lines(found: Sequence[Found], names: Sequence[str]) -> Iterator[str]:
    """For people, and Markdown as well; a side that has no figure has no column."""
    shown = [name for name in names if any(name in each.samples for each in found)]
    cells = [["", "unit", *shown, "target", "met"]]
    for each in found:
        figures = each.figures
        met = {None: "", True: "yes", False: "**no**"}[each.is_met]
        said = [short(figures[name]) if name in figures else "" for name in shown]
        cells.append([each.row.title, each.row.unit, *said, each.row.target, met])
    columns = [column for column in zip(*cells, strict=True) if any(column)]
    widths = [max(map(len, column)) for column in columns]
    heads, *body = zip(*columns, strict=True)
    for line in (heads, ["-" * width for width in widths], *body):
        yield f"| {' | '.join(c.ljust(w) for c, w in zip(line, widths, strict=True))} |"


def speed(samples: Samples) -> str:
    """How fast this machine is, told by the one side whose figures are published."""
    found = samples.get(("cpu", "codex-relay"))
    if not found:
        return "how fast this machine is was not measured"
    ratio = statistics.median(found) / PUBLISHED_MS
    return (
        f"codex-relay takes {ratio:.2f} times the CPU of its published figure ({PUBLISHED_MS} ms)"
    )


def exit_code(found: Mapping[str, Sequence[Found]]) -> int:
    """Say what missed its target; 1 if anything did."""
    missed = [
        f"{name}: {each.row.title}"
        for name, rows in found.items()
        for each in rows
        if each.is_met is False
    ]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return int(bool(missed))


def selected(every: Sequence[Table], wanted: Sequence[str]) -> list[Table]:
    """Those whose name holds one of the words, in any case; all without words."""
    found = [
        table
        for table in every
        if not wanted or any(word.lower() in table.name.lower() for word in wanted)
    ]
    if not found:
        listed = "\n  ".join(table.name for table in every)
        sys.exit(f"no table is called {' or '.join(map(repr, wanted))}; there are\n  {listed}")
    return found


def measured(
    stage: Stage, todo: Sequence[Table], sides: Sequence[Side], rounds: int
) -> Mapping[str, Samples]:
    """All tables in turn, then all of them again; sides go forwards and backwards."""
    found: dict[str, Samples] = {table.name: {} for table in todo}
    for number in range(rounds):
        direct, *relays = sides
        ordered = [direct, *(reversed(relays) if number % 2 else relays)]
        for table in todo:
            begin_s = time.monotonic()
            table.measure(stage, ordered, found[table.name])
            took_s = time.monotonic() - begin_s
            print(f"round {number + 1}, {table.name}: {took_s:.0f} s", file=sys.stderr)
    return found


def run(options: argparse.Namespace) -> int:
    """Measure, print, judge."""
    first = trio.run(codex_turn)
    sizes, rounds = (QUICK, 1) if options.quick else (Sizes(), options.rounds)
    todo = selected(tables(first, sizes), options.only)
    before = system_load()
    pin(LOAD_CPU)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder,
        upstream(Path(folder)) as stage,
        opened(stage, stage.names) as relays,
    ):
        direct = Side(name=DIRECT, port=stage.upstream_port)
        samples = measured(stage, todo, [direct, *relays], rounds)
        names = [DIRECT, *stage.names]
    found = {table.name: judged(table, samples[table.name]) for table in todo}
    told = {**machine(), "rounds": str(rounds), "load before": str(before)}
    told |= {name: "not measured" for name in PEERS if name not in names}
    if options.json:
        plain = {name: [each.plain() for each in rows] for name, rows in found.items()}
        print(json.dumps({"machine": told, "tables": plain}, indent=1))
        return exit_code(found)
    print(", ".join(f"{name} {value}" for name, value in told.items()))
    print("new connection per request unless a row says that each is kept")
    print(speed(samples.get(STREAMS, {})))
    for name, rows in found.items():
        print("", f"### {name}", "", *lines(rows, names), sep="\n")
    return exit_code(found)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument(
        "--only", action="append", default=[], help="tables whose name holds this; may be repeated"
    )
    parser.add_argument("--json", action="store_true")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())

"""The tables of the relay's benchmark: what each measures, round by round, and its targets.

Owns the workloads and which figures are read from them. A `Table` measures all sides within each
round, so that what is compared ran side by side; `relay` runs, judges and prints. Enter at
`tables`.
"""

from __future__ import annotations

import contextlib
import re
import statistics
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from tests.bench.relay_client import Asker, Broken, load
from tests.bench.relay_plan import Asked, Plan, long_thread
from tests.bench.relay_sides import DIRECT, OURS, Side, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.bench.relay_sides import Stage

__all__ = ["STREAMS", "Row", "Samples", "Sizes", "Table", "p99", "tables"]

Samples = dict[tuple[str, str], list[float]]
"""By key of a row and name of a side, one or more figures of each round."""
IDENTITY: Final = re.compile(rb'"id": ?"(resp_[^"]+)"')
INPUT_TOKENS: Final = re.compile(rb'"input_tokens": ?(\d+)')
STREAMS: Final = "Streams of 20 deltas on one core"
KEPT: Final = "keeps its connection"


@attrs.frozen(kw_only=True)
class Sizes:
    """How much is measured in each round."""

    requests: int = 200
    long_requests: int = 40
    seconds: float = 4.0
    conversations: int = 1_000


@attrs.frozen(kw_only=True)
class Row:
    """One figure, for every side that has it."""

    title: str
    key: str
    unit: str
    read: Callable[[Sequence[float]], float] = statistics.median
    """Of all samples of all rounds."""
    at_most: float | None = None
    at_least: float | None = None
    """The target of ours, with either store."""

    @property
    def target(self) -> str:
        """In words; empty when the row only informs."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return "" if self.at_least is None else f"at least {self.at_least:g}"

    def is_met(self, figures: Mapping[str, float]) -> bool | None:
        """By every one of ours; nothing when the row only informs."""
        ours = [figure for name, figure in figures.items() if name in OURS]
        if self.at_most is not None:
            return max(ours) <= self.at_most
        return None if self.at_least is None else min(ours) >= self.at_least


class Table(Protocol):
    """Rows that are measured together."""

    @property
    def name(self) -> str:
        """Unique."""
        ...

    @property
    def rows(self) -> Sequence[Row]:
        """In the order of the table."""
        ...

    def measure(self, stage: Stage, sides: Sequence[Side], samples: Samples) -> None:
        """One round of all sides; the first of them has no relay."""


def p99(samples: Sequence[float]) -> float:
    """The smallest figure that 99 of 100 do not exceed."""
    return sorted(samples)[max(0, -(-99 * len(samples) // 100) - 1)]


@attrs.frozen(kw_only=True)
class FirstDelta:
    """Added time to the first text delta, request by request beside the direct connection."""

    name: str = "Added time to the first text delta"
    rows: Sequence[Row]
    works: Mapping[str, tuple[Asked, Plan, int]]
    """By title, what is asked and how often."""

    def measure(self, stage: Stage, sides: Sequence[Side], samples: Samples) -> None:  # noqa: ARG002
        """Sides alternate within each request."""
        for title, (asked, plan, count) in self.works.items():
            for keeps in (False, True):
                key = f"{title}, {KEPT}" if keeps else title
                took = self._took(sides, asked, plan, count // 4 if keeps else count, keeps=keeps)
                direct_s = statistics.median(took[DIRECT])
                for name, found in took.items():
                    found_ms = [1000 * (each_s - direct_s) for each_s in found]
                    samples.setdefault((key, name), []).extend(found_ms)
                direct_ms = [1000 * each_s for each_s in took[DIRECT]]
                samples.setdefault((key, DIRECT), [])[-len(direct_ms) :] = direct_ms

    def _took(
        self, sides: Sequence[Side], asked: Asked, plan: Plan, count: int, *, keeps: bool
    ) -> Mapping[str, list[float]]:
        took: dict[str, list[float]] = {side.name: [] for side in sides}
        with contextlib.ExitStack() as stack:
            askers = {
                side: stack.enter_context(
                    contextlib.closing(Asker(side.question(asked, plan), keeps=keeps))
                )
                for side in sides
            }
            for number in range(count):
                for side, asker in askers.items():
                    if number % side.every == 0:
                        took[side.name].append(asker.first_delta_s())
        return took


def first_delta(first: Asked, sizes: Sizes) -> FirstDelta:
    """A small request, a first turn of Codex, a long thread; the last also with reasoning."""
    thread, few = long_thread(), sizes.long_requests
    works = {
        "small request": (Asked.small(), Plan(20), sizes.requests),
        f"first turn of Codex, {first.kilobytes} kB": (first, Plan(20), sizes.requests),
        f"long thread, {thread.kilobytes} kB": (thread, Plan(20), few),
        "the same, the model reasons": (thread, Plan(20, reasons=True), few),
    }
    rows = list[Row]()
    for (title, _), at_most in zip(works.items(), (3.0, 3.0, 8.0, None), strict=True):
        rows += [
            Row(title=f"{title}, p50", key=title, unit="ms", at_most=at_most),
            Row(title="p99", key=title, unit="ms", read=p99),
            Row(title=f"p50, {KEPT}", key=f"{title}, {KEPT}", unit="ms"),
        ]
    return FirstDelta(rows=rows, works=works)


@attrs.frozen(kw_only=True)
class Streams:
    """Many clients at once: streams per second, and what they cost."""

    name: str
    rows: Sequence[Row]
    plan: Plan
    clients: int
    slow_clients: int
    """Of a side that is asked less often."""
    seconds: float
    both_modes: bool = False
    """Also on connections that are kept."""

    def measure(self, stage: Stage, sides: Sequence[Side], samples: Samples) -> None:  # noqa: ARG002
        """One side after the other."""
        for side in sides:
            if side.name == DIRECT:
                continue
            for keeps in (False, True)[: 1 + self.both_modes]:
                for figure, value in self._figures(side, keeps=keeps):
                    key = f"{figure}, {KEPT}" if keeps else figure
                    samples.setdefault((key, side.name), []).append(value)

    def _figures(self, side: Side, *, keeps: bool) -> Iterator[tuple[str, float]]:
        clients = self.slow_clients if side.every > 1 else self.clients
        before_s = side.cpu_s()
        got = load(
            side.question(Asked.small(), self.plan),
            clients=clients,
            seconds=self.seconds,
            keeps=keeps,
        )
        used_s = side.cpu_s() - before_s
        yield "streams", got.streams_per_s
        yield "cpu", 1000 * used_s / got.streams
        yield "delta", 1e6 * used_s / (got.streams * self.plan.deltas)


def streams(sizes: Sizes) -> Streams:
    """Short streams, as fast as one core gives them."""
    rows = (
        Row(title="16 clients", key="streams", unit="streams/s", at_least=200.0),
        Row(title="CPU of one", key="cpu", unit="ms"),
        Row(title=f"each {KEPT}", key=f"streams, {KEPT}", unit="streams/s"),
        Row(title="CPU of one", key=f"cpu, {KEPT}", unit="ms"),
    )
    return Streams(
        name=STREAMS,
        rows=rows,
        plan=Plan(20),
        clients=16,
        slow_clients=16,
        seconds=sizes.seconds,
        both_modes=True,
    )


def cost(sizes: Sizes) -> Iterator[Streams]:
    """A streamed delta, in bulk and paced."""
    for name, plan, clients, slow in (
        ("CPU of a delta, 1,000 at once", Plan(1_000), 4, 1),
        ("CPU of a delta, one each 5 ms", Plan(100, pace_ms=5), 8, 1),
    ):
        title = f"{clients} streams side by side, LiteLLM {slow}"
        rows = (Row(title=title, key="delta", unit="us"),)
        yield Streams(
            name=name,
            rows=rows,
            plan=plan,
            clients=clients,
            slow_clients=slow,
            seconds=sizes.seconds,
        )


@attrs.frozen(kw_only=True)
class Memory:
    """What stored conversations take; each side is started afresh for it."""

    name: str
    rows: Sequence[Row]
    conversations: int
    payload_bytes: int

    def measure(self, stage: Stage, sides: Sequence[Side], samples: Samples) -> None:
        """Each conversation has one turn; the first, the middle and the last are gone on with."""
        for running in sides:
            if running.name in (DIRECT, "LiteLLM"):
                continue
            with opened(stage, [running.name]) as (side,):
                before_mib = side.rss_mib()
                ids = [self._begin(side, number) for number in range(self.conversations)]
                after_mib = side.rss_mib()
                for identity in (ids[0], ids[len(ids) // 2], ids[-1]):
                    self._go_on(side, identity)
            each_kb = (after_mib - before_mib) * 1024 * 1.024 / self.conversations
            found = {"before": before_mib, "after": after_mib, "each": each_kb}
            for key, value in found.items():
                samples.setdefault((key, side.name), []).append(value)

    def _begin(self, side: Side, number: int) -> str:
        text = f"Conversation {number}. ".ljust(self.payload_bytes, "x")
        found = IDENTITY.search(ask(side, Asked.small(text, store=True)))
        if found is None:
            raise Broken(f"{side.name}: a response has no id")
        return found[1].decode()

    def _go_on(self, side: Side, identity: str) -> None:
        said = ask(side, Asked.small("Go on.", previous_response_id=identity))
        found = INPUT_TOKENS.search(said)
        if found is None or int(found[1]) < self.payload_bytes:
            raise Broken(f"{side.name} has not kept {identity}")


def ask(side: Side, asked: Asked) -> bytes:
    """One short answer."""
    _, answer = Asker(side.question(asked, Plan(1)), keeps=False).ask()
    return answer


def memory(sizes: Sizes) -> Iterator[Memory]:
    """Conversations of 3 kB and of 30 kB."""
    for payload_bytes in (3_000, 30_000):
        rows = (
            Row(title="before", key="before", unit="MiB"),
            Row(title="afterwards", key="after", unit="MiB"),
            Row(title="each", key="each", unit="kB"),
        )
        yield Memory(
            name=f"Memory of {sizes.conversations:,} conversations of {payload_bytes // 1000} kB",
            rows=rows,
            conversations=sizes.conversations,
            payload_bytes=payload_bytes,
        )


def tables(first: Asked, sizes: Sizes) -> list[Table]:
    """All of them; ``first`` is what Codex sends first."""
    return [first_delta(first, sizes), streams(sizes), *cost(sizes), *memory(sizes)]

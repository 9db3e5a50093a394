"""Runs rows: ours with the fault, the control without it, the control with it.

Owns what a trial's outcome is and what a row's three outcomes say. Knows no fault. Every trial has
an event loop of its own, so call it where none runs. Enter at `run_catalogue` and `run_row`.
"""

from __future__ import annotations

import logging
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs
import trio
from trio.testing import MockClock

from codex_runtime.errors import CodexRuntimeError
from codex_runtime.testing.fake_server import FakeAppServer
from codex_runtime.testing.faults.catalogue import scenarios
from codex_runtime.testing.faults.client import Contender, Place
from codex_runtime.testing.faults.official import open_official
from codex_runtime.testing.faults.ours import open_ours
from codex_runtime.testing.faults.places import sweep
from codex_runtime.testing.faults.trial import Trial
from codex_runtime.testing.faults.verdicts import ClientError, NotApplicable, NotSurvived, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from codex_runtime.testing.faults.catalogue import Scenario

__all__ = ["OFFICIAL", "OURS", "RowReport", "run_catalogue", "run_row", "run_trial"]

_RATE: Final = 10.0
"""Seconds of a trial in memory per second, for a client that has no virtual time."""

OURS: Final = Contender("codex_runtime", open_ours)
OFFICIAL: Final = Contender("openai-codex", open_official, real_time=True)

_REAL_SETTLE_S: Final = 3.0
"""On that clock."""
_SWEEP_S: Final = 5.0

_SURVIVED: Final = Verdict("survived")


@attrs.frozen(kw_only=True)
class RowReport:
    """What one row came to."""

    scenario: Scenario
    client: Verdict
    """The client on trial, with the fault."""
    control_without: Verdict
    """The control, the same without the fault: it has to survive."""
    control_with: Verdict
    """The control, with the fault: it has to fail."""
    control_name: str = "naive"
    """Which control that is."""
    elapsed_s: float = attrs.field(eq=False)
    """Wall clock, for all of them."""

    @property
    def id(self) -> str:
        """``B1`` to ``B54``, ``R1`` to ``R11``."""
        return self.scenario.id

    @property
    def shows_something(self) -> bool:
        """The control passes without the fault and fails with it, or the row cannot apply."""
        if self.client.kind == "not applicable":
            return True
        return (self.control_without.kind, self.control_with.kind) == ("survived", "not survived")

    @property
    def ok(self) -> bool:
        """The client survived (or the row says why not), and the row shows something."""
        return self.client.kind in ("survived", "not applicable") and self.shows_something


def run_catalogue(
    ids: Iterable[str] | None = None,
    client: Contender = OURS,
    *,
    memory_only: bool = False,
    official: bool = False,
    on_report: Callable[[RowReport], None] | None = None,
) -> tuple[RowReport, ...]:
    """Put ``client`` through the rows of ``ids`` (default: all), each with its control.

    ``official`` is as of `run_row`. ``on_report`` is called after each. Raises `ValueError` for an
    id that is no row.
    """
    rows = scenarios()
    known = {row.id for row in rows}
    wanted = known if ids is None else set(ids)
    if unknown := sorted(wanted - known):
        raise ValueError(f"no such row: {', '.join(unknown)}")
    reports: list[RowReport] = []
    for row in rows:
        if row.id in wanted and not (memory_only and row.is_process):
            reports.append(run_row(row, client, official=official))
            if on_report is not None:
                on_report(reports[-1])
    return tuple(reports)


def run_row(
    row: Scenario,
    client: Contender = OURS,
    *,
    official: bool = False,
) -> RowReport:
    """One row: ``client`` with the fault, then its control without and with it.

    With ``official`` the control is ``openai-codex`` where that passes without the fault and fails
    with it, else the naive one; it takes real time.
    """
    began = time.perf_counter()
    on_trial = run_trial(row, client, fault=True)
    without = with_fault = Verdict("not applicable")
    control = Contender("naive", row.control.open)
    controls = [control] if on_trial.kind != "not applicable" else []
    if controls and official and row.official and client.name != OFFICIAL.name:
        controls.insert(0, OFFICIAL)
    for control in controls:
        without = run_trial(row, control, fault=False)
        if without.kind == "survived":
            with_fault = run_trial(row, control, fault=True)
            if with_fault.kind == "not survived":
                break
    return RowReport(
        scenario=row,
        client=on_trial,
        control_without=without,
        control_with=with_fault,
        control_name=control.name,
        elapsed_s=time.perf_counter() - began,
    )


def run_trial(row: Scenario, client: Contender, *, fault: bool) -> Verdict:
    """One client through one scenario, in an event loop of its own."""
    if row.not_applicable is not None:
        return Verdict("not applicable", row.not_applicable)
    # What the client logs is part of the play; without any handler it would go to stderr.
    silent = logging.NullHandler()
    logger = logging.getLogger("codex_runtime")
    logger.addHandler(silent)
    clock = None if row.is_process else _virtual(client)
    try:
        with tempfile.TemporaryDirectory(prefix="codex-runtime-fault-") as scratch:
            return trio.run(_trial, row, client, fault, Path(scratch), clock=clock)
    finally:
        logger.removeHandler(silent)


def _virtual(client: Contender) -> trio.abc.Clock:
    if client.clock is not None:
        return client.clock()
    return MockClock(rate=_RATE) if client.real_time else MockClock(autojump_threshold=0)


async def _trial(row: Scenario, client: Contender, fault: bool, scratch: Path) -> Verdict:  # noqa: FBT001 - trio.run passes no keywords
    server = FakeAppServer()
    place = Place(connect=server.connect) if row.where == "memory" else Place()
    trial = Trial(
        fault=fault,
        scratch=scratch,
        factory=client.open,
        place=place,
        server=server,
        cancels=client.cancels,
        settle_s=_REAL_SETTLE_S if client.real_time else 0.01,
    )
    try:
        with Trial.within(row.limit_s, "the whole trial"):
            await row.run(trial)
    except Exception as problem:  # noqa: BLE001 - what it was is the verdict
        return _verdict(ExceptionGroup("a trial", [problem, *trial.play_errors]))
    finally:
        if row.is_process:
            with trio.move_on_after(_SWEEP_S, shield=True):
                await sweep(trial.marker, trial.children)
    if server.wrong:
        return Verdict("not survived", f"sent {server.wrong[0]}")
    if trial.play_errors:
        return _verdict(ExceptionGroup("a trial", trial.play_errors))
    return _SURVIVED


def _leaves(problem: BaseException) -> Iterator[BaseException]:
    if isinstance(problem, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", problem)
        for part in group.exceptions:
            yield from _leaves(part)
    else:
        yield problem


def _verdict(problem: Exception) -> Verdict:
    leaves = list(_leaves(problem))
    trace = "".join(traceback.format_exception(problem))
    for leaf in leaves:
        if isinstance(leaf, NotApplicable):
            return Verdict("not applicable", str(leaf), trace)
    for leaf in leaves:
        if not isinstance(leaf, NotSurvived | ClientError | CodexRuntimeError):
            return Verdict("broken", f"{type(leaf).__name__}: {leaf}", trace)
    for leaf in leaves:
        if isinstance(leaf, NotSurvived):
            return Verdict("not survived", str(leaf), trace)
    return Verdict("not survived", _said(leaves[0]), trace)


def _said(leaf: BaseException) -> str:
    if isinstance(leaf, ClientError):
        return f"the client died: {leaf}" if leaf.kind == "died" else f"raised: {leaf.kind}"
    return f"raised {type(leaf).__name__}"

"""Cancels a scenario at every checkpoint it has, one run after the other.

Owns the counting and the cancelling; knows nothing of what the scenario does. What must hold after
each run is the caller's `check`. Enter at `cancel_at_every_checkpoint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["cancel_at_every_checkpoint"]


class _CancelAtStep(trio.abc.Instrument):
    """Cancels ``scope`` as the counted step begins; its next checkpoint then raises."""

    def __init__(self, at_step: int, scope: trio.CancelScope) -> None:
        self.scope = scope
        self.only: trio.lowlevel.Task | None = None
        self.fired = False
        self._at_step = at_step
        self._steps = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.only is None or task is self.only:
            self.count()

    def count(self) -> None:
        if self._steps == self._at_step:
            self.fired = True
            self.scope.cancel()
        self._steps += 1


async def cancel_at_every_checkpoint(
    make: Callable[[], Awaitable[object]],
    check: Callable[[], Awaitable[object]],
    *,
    steps_of: Literal["scenario", "all"] = "scenario",
    stride: int = 1,
    max_runs: int = 5000,
) -> int:
    """Run ``make()`` again and again, cancelled before its first checkpoint, before its second, ...

    It runs in the calling task until it once completes without being cancelled. With
    ``steps_of="all"`` the steps of every task of the run count: the scenario is then also cancelled
    in the middle of its waits, in each state that the others reach meanwhile. ``stride`` leaves
    steps out. ``check`` runs, uncancelled, after each run, the complete one included. What either
    raises comes out as it is, with a note that names the step. Returns how many runs there were.
    """
    for run in range(max_runs):
        step = run * stride
        instrument = _CancelAtStep(step, trio.CancelScope())
        if steps_of == "scenario":
            instrument.only = trio.lowlevel.current_task()
        try:
            await _run_once(make, instrument)
            await check()
        except Exception as problem:
            problem.add_note(f"cancelled at step {step} of {steps_of}")
            raise
        if not instrument.fired:
            return run + 1
    raise AssertionError(f"the scenario still had steps left after {max_runs} runs")


async def _run_once(make: Callable[[], Awaitable[object]], instrument: _CancelAtStep) -> None:
    trio.lowlevel.add_instrument(instrument)
    try:
        with instrument.scope:
            instrument.count()
            await make()
    finally:
        trio.lowlevel.remove_instrument(instrument)

"""`Repeat`: one prompt asked again and again, on a fixed cadence.

Owns the cadence, what becomes of ticks that pass while a run is under way, and how it stops. Does
not know what a run is but that it is awaited; it starts no task: the user runs `Repeat.run`.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final

import attrs
import trio

from codex_runtime.engine.user_code import run_user_callback
from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    ConfigError,
    InvalidInput,
    RuntimeClosed,
    SessionClosed,
)
from codex_runtime.model.checks import check_choice, check_int, check_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.model.results import TurnResult

__all__ = ["OnRepeatError", "Repeat", "RepeatStatus"]

OnRepeatError: TypeAlias = Literal["continue", "raise"]

_MOST_RUNS: Final = 2**31 - 1


@attrs.frozen(kw_only=True)
class RepeatStatus:
    """How far a `Repeat` is."""

    is_running: bool = False
    """`Repeat.run` has begun and not returned."""

    is_asking: bool = False
    """A run is under way."""

    ticks: int = 0
    """Moments of the cadence that have come."""

    runs: int = 0
    """Of them, those that asked."""

    missed: int = 0
    """Of them, those that came while a run was under way, and were left out."""

    last_result: TurnResult | None = None
    """Of the last turn that completed."""

    last_error: CodexRuntimeError | None = None
    """What the last run that failed raised; None again after one that did not."""

    next_at_s: float | None = None
    """When the next run is due, on trio's clock; None while one is under way, and before and after
    `Repeat.run`."""


@final
class Repeat:
    """A prompt on a fixed cadence; made by ``session.repeat``, run by the user.

    ``nursery.start_soon(repeat.run)``. The first run is at once, the others at whole multiples of
    ``every`` after it, never two at a time: the ticks that come while a run is under way are left
    out and counted, and the next run is at the next tick. The cadence does not drift.

    Args:
        ask: Runs one turn to its end; cancelling it interrupts the turn.
        every: Seconds, or a `timedelta`; above 0.
        max_runs: After so many runs it ends; None: never.
        on_error: What an error of one run does: ``continue`` keeps it in the status and goes on;
            ``raise`` ends it. See `run` for those that always end it.
        on_result: Called with each result before the cadence goes on; plain or async. What it
            raises comes out of `run`.

    Raises `ConfigError`.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[TurnResult]],
        every: float | timedelta,
        *,
        max_runs: int | None = None,
        on_error: OnRepeatError = "continue",
        on_result: Callable[[TurnResult], Awaitable[None] | None] | None = None,
    ) -> None:
        every_s = every.total_seconds() if isinstance(every, timedelta) else every
        check_seconds("every", every_s, ConfigError)
        check_choice("on_error", on_error, ("continue", "raise"), ConfigError)
        if max_runs is not None:
            check_int("max_runs", max_runs, ConfigError, at_least=1, at_most=_MOST_RUNS)
        if on_result is not None and not callable(on_result):
            raise ConfigError("on_result", on_result, "is not callable", "Give a function")
        self.every_s: Final[float] = float(every_s)
        self._ask = ask
        self._max_runs = max_runs
        self._on_error: OnRepeatError = on_error
        self._on_result = on_result
        self._status = RepeatStatus()
        self._scope = trio.CancelScope()
        self._has_begun = False

    def __repr__(self) -> str:
        status = self._status
        state = "running" if status.is_running else "not running"
        return f"<Repeat every {self.every_s} s, {status.runs} runs, {state}>"

    @property
    def status(self) -> RepeatStatus:
        """How far it is; a frozen value."""
        return self._status

    def stop(self) -> None:
        """Ask for the end: nothing new begins, a turn under way is interrupted, `run` returns.

        Returns at once, may be called at any time and again. An ``on_result`` that is at work ends
        first.
        """
        self._scope.cancel()

    async def run(self) -> None:
        """Run until `stop`, ``max_runs``, the end of the session, or an error that ends it.

        Returns when the session or the runtime was closed. Raises `AppServerExited` when no server
        will be started any more, and `InvalidInput`, which the next run would meet too; with
        ``on_error="raise"`` whatever a run raised; in any case what is no `CodexRuntimeError`.
        Cancelling interrupts a turn under way. It runs once: make another `Repeat` to begin again.
        """
        if self._has_begun:
            raise RuntimeError("a Repeat runs once; make another one")
        self._has_begun = True
        self._set(is_running=True)
        try:
            await self._run()
        except (SessionClosed, RuntimeClosed) as end:
            self._set(last_error=end)
        finally:
            self._set(is_running=False, is_asking=False, next_at_s=None)

    async def _run(self) -> None:
        start_s, tick = trio.current_time(), 0
        while True:
            due_s = start_s + tick * self.every_s
            self._set(next_at_s=due_s)
            result = None
            with self._scope:
                await trio.sleep_until(due_s)
                result = await self._run_once()
            if result is not None and self._on_result is not None:
                await run_user_callback(self._on_result, result)
            if self._scope.cancel_called or self._status.runs == self._max_runs:
                return
            self._scope = trio.CancelScope()
            next_tick = self._next_tick(start_s, tick)
            missed = next_tick - tick - 1
            self._set(
                ticks=self._status.ticks + missed,
                missed=self._status.missed + missed,
            )
            tick = next_tick

    def _next_tick(self, start_s: float, tick: int) -> int:
        """The first tick after ``tick`` that has not passed yet."""
        now_s = trio.current_time()
        following = math.floor((now_s - start_s) / self.every_s)
        if start_s + following * self.every_s < now_s:
            following += 1
        return max(tick + 1, following)

    async def _run_once(self) -> TurnResult | None:
        status = self._status
        self._set(is_asking=True, ticks=status.ticks + 1, runs=status.runs + 1, next_at_s=None)
        try:
            result = await self._ask()
        except CodexRuntimeError as problem:
            self._set(last_error=problem)
            ends = isinstance(problem, (SessionClosed, RuntimeClosed, InvalidInput))
            ends |= isinstance(problem, AppServerExited) and not problem.retryable
            if (ends or self._on_error == "raise") and not self._scope.cancel_called:
                raise
            return None
        finally:
            self._set(is_asking=False)
        self._set(last_result=result, last_error=None)
        return result

    def _set(self, **changes: Any) -> None:  # Any: each field has its own type
        self._status = attrs.evolve(self._status, **changes)

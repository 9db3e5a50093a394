"""A repeat keeps its cadence, runs one turn at a time, and stops when it is told to."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    ConfigError,
    PromptError,
    RuntimeClosed,
    SessionClosed,
    TurnFailed,
)
from codex_runtime.model.results import TurnResult
from codex_runtime.session.repeating import Repeat, RepeatStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trio.testing import MockClock


def result_of(number: int, status: str = "completed") -> TurnResult:
    return TurnResult(thread_id="t", turn_id=str(number), status=status, text=f"answer {number}")


class Asks:
    """Stands for a session: each run takes its time, or fails; the last one is repeated."""

    def __init__(self, *runs: float | Exception) -> None:
        self.start_s = trio.current_time()
        self.begun_s: list[float] = []
        self.interrupted = 0
        self._runs: Sequence[float | Exception] = runs or (0,)
        self._under_way = False

    async def __call__(self) -> TurnResult:
        assert not self._under_way
        number = len(self.begun_s)
        run = self._runs[min(number, len(self._runs) - 1)]
        self.begun_s.append(round(trio.current_time() - self.start_s, 6))
        self._under_way = True
        try:
            if isinstance(run, Exception):
                raise run
            await trio.sleep(run)
        except trio.Cancelled:
            self.interrupted += 1
            raise
        finally:
            self._under_way = False
        return result_of(number)


def failed() -> TurnFailed:
    return TurnFailed("it failed", result_of(0, "failed"))


async def test_the_first_run_is_at_once_and_the_others_on_the_cadence(
    autojump_clock: MockClock,
) -> None:
    asks = Asks(1, 3, 0)
    repeat = Repeat(asks, 10, max_runs=4)
    await repeat.run()
    assert asks.begun_s == [0, 10, 20, 30]
    assert repeat.status == RepeatStatus(ticks=4, runs=4, last_result=result_of(3))


async def test_ticks_that_come_during_a_run_are_left_out_and_the_cadence_stays(
    autojump_clock: MockClock,
) -> None:
    asks = Asks(25, 0)
    repeat = Repeat(asks, timedelta(seconds=10), max_runs=3)
    await repeat.run()
    assert asks.begun_s == [0, 30, 40]
    assert (repeat.status.ticks, repeat.status.runs, repeat.status.missed) == (5, 3, 2)


async def test_a_run_that_ends_with_a_tick_does_not_miss_it(autojump_clock: MockClock) -> None:
    asks = Asks(10, 0)
    repeat = Repeat(asks, 10, max_runs=2)
    await repeat.run()
    assert asks.begun_s == [0, 10]
    assert repeat.status.missed == 0


@given(
    st.lists(st.floats(0, 50, allow_nan=False), min_size=1, max_size=8),
    st.sampled_from((0.1, 1.0, 3.0, 7.5)),
)
@settings(max_examples=50)
def test_every_run_is_on_the_cadence_and_every_tick_is_counted(
    durations_s: list[float], every_s: float
) -> None:
    async def run() -> tuple[list[float], RepeatStatus]:
        asks = Asks(*durations_s)
        repeat = Repeat(asks, every_s, max_runs=len(durations_s))
        await repeat.run()
        return asks.begun_s, repeat.status

    begun_s, status = trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))
    ticks = [round(moment / every_s) for moment in begun_s]
    assert begun_s == pytest.approx([tick * every_s for tick in ticks], abs=1e-5)
    assert ticks == sorted(set(ticks))
    assert status.runs == len(durations_s)
    assert status.ticks == ticks[-1] + 1 == status.runs + status.missed


async def test_the_status_says_when_the_next_run_is_due(autojump_clock: MockClock) -> None:
    asks = Asks(2)
    repeat = Repeat(asks, 10)
    assert repeat.status == RepeatStatus()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await trio.sleep(1)
        assert repeat.status == RepeatStatus(is_running=True, is_asking=True, ticks=1, runs=1)
        assert repr(repeat) == "<Repeat every 10.0 s, 1 runs, running>"
        await trio.sleep(2)
        status = repeat.status
        assert (status.is_asking, status.next_at_s) == (False, asks.start_s + 10)
        repeat.stop()
    assert (repeat.status.is_running, repeat.status.next_at_s) == (False, None)
    assert repr(repeat) == "<Repeat every 10.0 s, 1 runs, not running>"


async def test_a_stop_interrupts_the_turn_under_way(autojump_clock: MockClock) -> None:
    asks = Asks(100)
    repeat = Repeat(asks, 10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await trio.sleep(5)
        repeat.stop()
        repeat.stop()
    assert (asks.interrupted, trio.current_time() - asks.start_s) == (1, 5)
    assert repeat.status.last_result is None


async def test_a_stop_between_two_runs_ends_the_wait(autojump_clock: MockClock) -> None:
    asks = Asks(0)
    repeat = Repeat(asks, 10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await trio.sleep(5)
        repeat.stop()
    assert (len(asks.begun_s), trio.current_time() - asks.start_s) == (1, 5)


async def test_stopped_before_it_ran_it_asks_nothing(autojump_clock: MockClock) -> None:
    asks = Asks()
    repeat = Repeat(asks, 10)
    repeat.stop()
    await repeat.run()
    assert asks.begun_s == []
    assert repeat.status == RepeatStatus()


async def test_an_error_of_the_interrupted_turn_is_no_error_of_a_stop(
    autojump_clock: MockClock,
) -> None:
    async def ask() -> TurnResult:
        try:
            await trio.sleep(100)
        finally:
            raise failed()

    repeat = Repeat(ask, 10, on_error="raise")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await trio.sleep(5)
        repeat.stop()
    assert isinstance(repeat.status.last_error, TurnFailed)


async def test_cancelling_it_interrupts_the_turn_under_way(autojump_clock: MockClock) -> None:
    asks = Asks(100)
    repeat = Repeat(asks, 10)
    with trio.move_on_after(5) as scope:
        await repeat.run()
    assert scope.cancelled_caught
    assert asks.interrupted == 1
    assert not repeat.status.is_running


async def test_a_failed_turn_is_kept_and_the_cadence_goes_on(autojump_clock: MockClock) -> None:
    problem = failed()
    asks = Asks(problem, problem, 0)
    repeat = Repeat(asks, 10)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(repeat.run)
        await trio.sleep(15)
        status = repeat.status
        assert (status.last_error, status.runs, status.is_running) == (problem, 2, True)
        await trio.sleep(10)
        status = repeat.status
        assert (status.last_error, status.last_result) == (None, result_of(2))
        repeat.stop()


async def test_a_failed_turn_may_be_raised_instead(autojump_clock: MockClock) -> None:
    problem = failed()
    repeat = Repeat(Asks(problem), 10, on_error="raise")
    with pytest.raises(TurnFailed) as raised:
        await repeat.run()
    assert raised.value is repeat.status.last_error is problem


@pytest.mark.parametrize("end", [SessionClosed("t"), RuntimeClosed()], ids=repr)
async def test_it_ends_with_its_session(end: CodexRuntimeError, autojump_clock: MockClock) -> None:
    asks = Asks(0, end)
    repeat = Repeat(asks, 10)
    await repeat.run()
    assert asks.begun_s == [0, 10]
    assert repeat.status.last_error is end


def gone_for_good() -> AppServerExited:
    """What is raised when no server will be started any more."""
    error = AppServerExited(1, "")
    error.retryable = False
    return error


@pytest.mark.parametrize(
    "end",
    [gone_for_good(), PromptError("prompt", "", "is empty", "Give text"), OSError("no")],
    ids=lambda end: type(end).__name__,
)
async def test_what_the_next_run_would_meet_too_is_raised(
    end: Exception, autojump_clock: MockClock
) -> None:
    repeat = Repeat(Asks(0, end), 10)
    with pytest.raises(type(end)) as raised:
        await repeat.run()
    assert raised.value is end
    assert not repeat.status.is_running


async def test_each_result_is_handed_over_before_the_cadence_goes_on(
    autojump_clock: MockClock,
) -> None:
    taken: list[str] = []

    async def take(result: TurnResult) -> None:
        await trio.sleep(12)
        taken.append(result.text)

    asks = Asks(0)
    await Repeat(asks, 10, on_result=take, max_runs=2).run()
    assert taken == ["answer 0", "answer 1"]
    assert asks.begun_s == [0, 20]
    await Repeat(asks, 10, on_result=lambda _: taken.append("plain"), max_runs=1).run()
    assert taken[2:] == ["plain"]


async def test_it_may_be_stopped_by_a_result_which_is_handled_to_its_end(
    autojump_clock: MockClock,
) -> None:
    handled: list[str] = []

    async def take(result: TurnResult) -> None:
        repeat.stop()
        await trio.sleep(1)
        handled.append(result.text)

    asks = Asks(0)
    repeat = Repeat(asks, 10, on_result=take)
    await repeat.run()
    assert (len(asks.begun_s), handled) == (1, ["answer 0"])


async def test_what_the_callback_raises_comes_out(autojump_clock: MockClock) -> None:
    def fail(_result: TurnResult) -> None:
        raise ZeroDivisionError

    repeat = Repeat(Asks(0), 10, on_result=fail)
    with pytest.raises(ZeroDivisionError):
        await repeat.run()
    assert not repeat.status.is_running


async def test_it_runs_once(autojump_clock: MockClock) -> None:
    repeat = Repeat(Asks(0), 10, max_runs=1)
    await repeat.run()
    with pytest.raises(RuntimeError, match="runs once"):
        await repeat.run()


BAD = [
    ("every", 0, {}),
    ("every", float("inf"), {}),
    ("every", "10", {}),
    ("every", timedelta(0), {}),
    ("max_runs", 1, {"max_runs": 0}),
    ("on_error", 1, {"on_error": "stop"}),
    ("on_result", 1, {"on_result": "print"}),
]


@pytest.mark.parametrize(("name", "every", "options"), BAD)
async def test_an_option_that_cannot_work_is_refused_by_its_name(
    name: str,
    every: Any,  # Any: bad values
    options: dict[str, Any],  # Any: bad values
) -> None:
    with pytest.raises(ConfigError) as refusal:
        Repeat(Asks(), every, **options)
    assert refusal.value.name == name

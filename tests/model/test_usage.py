"""Usage by model, how full the context is, and the golden cases of the one counting rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.usage import ContextUsage, SessionUsage, TokenUsage, UsageMeter
from codex_runtime.protocol import ThreadTokenUsage, TokenUsageBreakdown

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW_TOKENS = 258_400


def tokens(total: int, *, cached: int = 0, output: int = 0) -> TokenUsage:
    return TokenUsage(
        input_tokens=total - output,
        cached_input_tokens=cached,
        output_tokens=output,
        reasoning_output_tokens=0,
        total_tokens=total,
    )


def breakdown(total: int, *, output: int = 0) -> TokenUsageBreakdown:
    return TokenUsageBreakdown(
        cached_input_tokens=0,
        input_tokens=total - output,
        output_tokens=output,
        reasoning_output_tokens=0,
        total_tokens=total,
    )


def told(total: int, last: int, window: int | None = WINDOW_TOKENS) -> ThreadTokenUsage:
    """An update: the thread's total, and what its newest call cost."""
    return ThreadTokenUsage(
        total=breakdown(total), last=breakdown(last), model_context_window=window
    )


def meter_of(
    updates: Iterable[tuple[int, int]], *, before: int | None = None, model: str | None = "m"
) -> UsageMeter:
    meter = UsageMeter()
    meter.model = model
    meter.thread_total = None if before is None else tokens(before)
    for total, last in updates:
        meter.apply(told(total, last))
    return meter


# What the real server sends, case by case: updates of one turn, and what the thread had used.
GOLDEN = {
    "three calls in a turn": ([(101, 101), (303, 202), (606, 303)], None, 606),
    "the first turn after a resume": ([(4545, 909)], 3636, 909),
    "a resume whose replay was not seen": ([(4545, 909)], None, 909),
    "the replay of a resume, inside the turn": ([(3636, 808), (4545, 909)], 3636, 909),
    "a turn without a model call": ([(3636, 808)], 3636, None),
    "a compaction": ([(2121, 606), (2828, 707), (2828, 7684)], 2121, 707),
    "a compaction inside a turn": ([(505, 505), (505, 505), (1212, 707), (1212, 7684)], None, 1212),
    "a sub-agent beside it, whose calls are in its own thread": ([(101, 101), (303, 202)], 0, 303),
    "a lost update": ([(101, 101), (606, 303)], None, 606),
    "a lost first update": ([(303, 202), (606, 303)], 0, 505),
}


@pytest.mark.parametrize(("updates", "before", "cost"), GOLDEN.values(), ids=GOLDEN.keys())
def test_a_turn_costs_what_its_calls_cost(
    updates: list[tuple[int, int]], before: int | None, cost: int | None
) -> None:
    meter = meter_of(updates, before=before)
    assert (None if meter.turn is None else meter.turn.total_tokens) == cost
    assert meter.by_model == ({} if meter.turn is None else {"m": meter.turn})


def test_nothing_reported_is_none_and_never_zero() -> None:
    meter = UsageMeter()
    assert (meter.turn, meter.context, meter.context_window_tokens) == (None, None, None)
    assert meter.by_model == {}
    assert SessionUsage().total is None


def test_a_call_is_charged_to_the_model_that_was_asked() -> None:
    meter = meter_of([(101, 101)], model="first")
    meter.model = "second"
    for update in ((303, 202), (606, 303)):
        meter.apply(told(*update))
    assert meter.by_model == {"first": tokens(101), "second": tokens(505)}


def test_calls_of_a_model_nobody_knows_are_in_the_turn_and_in_no_model() -> None:
    meter = meter_of([(101, 101)], model=None)
    meter.model = "m"
    meter.apply(told(303, 202))
    assert meter.turn == tokens(303)
    assert meter.by_model == {"m": tokens(202)}


def test_what_was_given_out_does_not_change_with_the_meter() -> None:
    meter = meter_of([(101, 101)])
    given_out = meter.by_model
    meter.apply(told(303, 202))
    assert given_out == {"m": tokens(101)}


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 10**6)), min_size=1, max_size=9),
)
@example(before=0, calls=[("a", 1), ("b", 2), ("a", 4)])
def test_the_models_of_a_turn_add_up_to_the_turn(before: int, calls: list[tuple[str, int]]) -> None:
    meter, total = UsageMeter(), before
    for model, cost in calls:
        total += cost
        meter.model = model
        meter.apply(told(total, cost))
    assert meter.turn is not None
    assert meter.turn.total_tokens == sum(cost for _, cost in calls)
    for model in "ab":
        spent = sum(cost for name, cost in calls if name == model)
        assert meter.by_model.get(model) == (tokens(spent) if spent else None)


def test_a_session_adds_up_its_turns_by_model() -> None:
    usage = SessionUsage()
    assert usage.plus(None, {}) is usage
    usage = usage.plus(tokens(100), {"a": tokens(100)})
    usage = usage.plus(tokens(30), {"a": tokens(10), "b": tokens(20)})
    usage = usage.plus(tokens(7), {})
    assert usage == SessionUsage(total=tokens(137), by_model={"a": tokens(110), "b": tokens(20)})


def test_the_context_is_as_full_as_the_newest_call_was_long() -> None:
    context = meter_of([(101, 101), (303, 202)]).context
    assert context is not None
    assert context == ContextUsage(used_tokens=202, window_tokens=WINDOW_TOKENS)
    assert context.remaining_tokens == WINDOW_TOKENS - 202
    assert context.fraction == 202 / WINDOW_TOKENS


def test_after_a_compaction_the_context_is_what_the_server_estimates() -> None:
    context = meter_of([(2121, 606), (2828, 707), (2828, 7684)], before=2121).context
    assert context is not None
    assert context.used_tokens == 7684


def test_a_window_stays_known_when_an_update_leaves_it_out() -> None:
    meter = UsageMeter()
    meter.apply(told(1, 1, None))
    assert meter.context == ContextUsage(used_tokens=1, window_tokens=None)
    meter.apply(told(2, 1, 1000))
    meter.apply(told(5, 3, None))
    assert meter.context == ContextUsage(used_tokens=3, window_tokens=1000)
    assert meter.context_window_tokens == 1000


def test_a_context_without_a_window_has_no_fraction() -> None:
    context = ContextUsage(used_tokens=5, window_tokens=None)
    assert (context.fraction, context.remaining_tokens) == (None, None)
    assert attrs.evolve(context, window_tokens=0).fraction is None


def test_an_overfull_context_has_nothing_left() -> None:
    context = ContextUsage(used_tokens=30, window_tokens=20)
    assert (context.fraction, context.remaining_tokens) == (1.5, 0)


def test_usages_add_and_subtract_field_by_field_and_not_below_zero() -> None:
    one, two = tokens(5, cached=2, output=1), tokens(7, cached=1, output=3)
    assert one + two == tokens(12, cached=3, output=4)
    assert one + two - two == one
    assert one - two == tokens(0, cached=1, output=0)

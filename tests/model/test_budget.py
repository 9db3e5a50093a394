"""A token budget sums what its turns use, passes each mark once, and is harmed by no callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import BudgetExceeded, ConfigError
from codex_runtime.model.budget import TokenBudget
from codex_runtime.model.usage import TokenUsage

if TYPE_CHECKING:
    from codex_runtime.model.budget import BudgetMark


def tokens(total: int, *, cached: int = 0, output: int = 0) -> TokenUsage:
    return TokenUsage(
        input_tokens=total - output,
        cached_input_tokens=cached,
        output_tokens=output,
        reasoning_output_tokens=0,
        total_tokens=total,
    )


class Told:
    """What a budget said: callbacks by their names, marks of a listener."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warn(self, budget: TokenBudget) -> None:
        self.said.append(f"warn at {budget.used_tokens}")

    def exceed(self, budget: TokenBudget) -> None:
        self.said.append(f"exceed at {budget.used_tokens}")

    def listener(self, mark: BudgetMark) -> None:
        self.said.append(mark)

    def budget(self, limit_tokens: int, **options: Any) -> TokenBudget:  # Any: as the budget's own
        budget = TokenBudget(limit_tokens, on_warn=self.warn, on_exceed=self.exceed, **options)
        budget.add_listener(self.listener)
        return budget


def test_the_newest_figure_of_each_turn_counts() -> None:
    budget = TokenBudget(1000)
    budget.note("t", "1", tokens(100))
    budget.note("t", "1", tokens(250))
    budget.note("t", "2", tokens(50))
    budget.note("other", "1", tokens(1))
    assert (budget.used_tokens, budget.remaining_tokens) == (301, 699)
    assert repr(budget) == "<TokenBudget 301 of 1000 tokens, refuse>"


def test_a_repeat_and_a_smaller_figure_add_nothing() -> None:
    budget = TokenBudget(1000)
    for figure in (250, 250, 100, 250):
        budget.note("t", "1", tokens(figure))
    budget.end("t", "1")
    budget.end("t", "1")
    budget.note("t", "1", tokens(250))
    assert budget.used_tokens == 250


def test_what_was_not_reported_is_not_counted() -> None:
    budget = TokenBudget(1)
    assert budget.note("t", "1", None) is None
    assert budget.used_tokens == 0


def test_turns_that_ended_long_ago_are_forgotten_and_their_tokens_are_not() -> None:
    budget = TokenBudget(10**9)
    for number in range(4097):
        budget.note("t", str(number), tokens(1))
        budget.end("t", str(number))
    assert budget.used_tokens == 4097
    budget.note("t", "4096", tokens(1))
    assert budget.used_tokens == 4097
    budget.note("t", "0", tokens(1))
    assert budget.used_tokens == 4098


@pytest.mark.parametrize(("counts", "used"), [("total", 100), ("uncached", 70), ("output", 20)])
def test_what_counts_may_be_chosen(counts: Any, used: int) -> None:  # Any: one of the literals
    budget = TokenBudget(1000, counts=counts)
    budget.note("t", "1", tokens(100, cached=30, output=20))
    assert budget.used_tokens == used


def test_a_mark_is_passed_once() -> None:
    told = Told()
    budget = told.budget(100, hard_limit_tokens=150)
    figures = (79, 80, 99, 100, 140, 150, 900)
    marks = [budget.note("t", "1", tokens(figure)) for figure in figures]
    assert marks == [None, "warned", None, "exceeded", None, "overrun", None]
    budget.announce()
    budget.announce()
    assert told.said == ["warn at 900", "exceed at 900", "exceeded", "overrun"]


def test_one_figure_may_pass_every_mark() -> None:
    told = Told()
    budget = told.budget(100)
    assert budget.note("t", "1", tokens(500)) == "exceeded"
    assert told.said == []  # noting calls nobody
    budget.announce()
    assert told.said == ["warn at 500", "exceed at 500", "exceeded"]


def test_a_used_up_budget_is_announced_and_refuses() -> None:
    told = Told()
    budget = told.budget(100)
    budget.check()
    budget.note("t", "1", tokens(100))
    with pytest.raises(BudgetExceeded) as refusal:
        budget.check()
    assert (refusal.value.used_tokens, refusal.value.limit_tokens) == (100, 100)
    assert told.said == ["warn at 100", "exceed at 100", "exceeded"]
    assert budget.is_exceeded
    assert not budget.is_overrun


def test_a_callback_that_raises_harms_nothing_and_is_recorded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = Told()
    problem = ZeroDivisionError("in the callback")

    def fail(_budget: TokenBudget) -> None:
        raise problem

    budget = TokenBudget(100, on_warn=fail, on_exceed=told.exceed)
    budget.add_listener(told.listener)
    budget.note("t", "1", tokens(100))
    budget.announce()
    assert told.said == ["exceed at 100", "exceeded"]
    assert budget.callback_errors == (problem,)
    assert "a callback of <TokenBudget 100 of 100 tokens, refuse> raised" in caplog.text


def test_a_callback_may_raise_the_limit_and_then_nobody_is_stopped() -> None:
    told = Told()
    budget = TokenBudget(100, on_exceed=lambda budget: budget.set_limit(1000))
    budget.add_listener(told.listener)
    budget.note("t", "1", tokens(100))
    budget.check()
    assert told.said == []
    assert not budget.is_exceeded


def test_raising_the_limit_lets_the_marks_be_passed_again() -> None:
    told = Told()
    budget = told.budget(100)
    budget.note("t", "1", tokens(100))
    budget.announce()
    budget.set_limit(200, hard_limit_tokens=300)
    assert (budget.limit_tokens, budget.hard_limit_tokens) == (200, 300)
    budget.check()
    told.said.clear()
    for figure in (159, 160, 200, 300):
        budget.note("t", "1", tokens(figure))
        budget.announce()
    assert told.said == ["warn at 160", "exceed at 200", "exceeded", "overrun"]


def test_a_limit_lowered_below_the_sum_is_passed_at_once() -> None:
    told = Told()
    budget = told.budget(1000)
    budget.note("t", "1", tokens(100))
    budget.set_limit(50)
    with pytest.raises(BudgetExceeded):
        budget.check()
    assert told.said == ["warn at 100", "exceed at 100", "exceeded"]


def test_what_is_no_longer_so_is_not_announced() -> None:
    told = Told()
    budget = told.budget(100)
    budget.note("t", "1", tokens(100))
    budget.set_limit(1000)
    budget.announce()
    assert told.said == []


def test_a_reset_begins_at_zero_and_counts_what_running_turns_use_from_then_on() -> None:
    told = Told()
    budget = told.budget(100)
    budget.note("t", "1", tokens(100))
    budget.announce()
    budget.reset()
    budget.check()
    budget.note("t", "1", tokens(130))
    assert budget.used_tokens == 30
    told.said.clear()
    budget.note("t", "1", tokens(200))
    budget.announce()
    assert told.said == ["warn at 100", "exceed at 100", "exceeded"]


def test_a_listener_that_left_is_not_told() -> None:
    told = Told()
    budget = TokenBudget(100)
    budget.add_listener(told.listener)
    budget.remove_listener(told.listener)
    budget.remove_listener(told.listener)
    budget.note("t", "1", tokens(100))
    budget.announce()
    assert told.said == []


def test_who_waits_for_what_is_announced_is_told_when_that_is_over() -> None:
    said: list[str] = []

    def exceed(budget: TokenBudget) -> None:
        budget.when_announced(lambda: said.append("announced"))
        said.append("called")

    budget = TokenBudget(10, on_exceed=exceed)
    budget.note("t", "u", tokens(10))
    budget.announce()
    assert said == ["called", "announced"]


def test_who_waits_while_nothing_is_announced_is_told_at_once() -> None:
    said: list[str] = []
    TokenBudget(10).when_announced(lambda: said.append("announced"))
    assert said == ["announced"]


def test_what_a_callback_announces_itself_is_not_the_end_of_it() -> None:
    said: list[str] = []

    def warn(budget: TokenBudget) -> None:
        budget.when_announced(lambda: said.append("announced"))
        budget.set_limit(5)
        said.append("warned")

    budget = TokenBudget(10, on_warn=warn, on_exceed=lambda _: said.append("exceeded"))
    budget.note("t", "u", tokens(9))
    budget.announce()
    assert said == ["exceeded", "warned", "announced"]


def test_a_listener_may_leave_while_all_are_told() -> None:
    told = Told()
    budget = TokenBudget(100)

    def leave(_mark: BudgetMark) -> None:
        budget.remove_listener(leave)

    budget.add_listener(leave)
    budget.add_listener(told.listener)
    budget.note("t", "1", tokens(100))
    budget.announce()
    assert told.said == ["exceeded"]


class AsyncCallable:
    async def __call__(self, budget: TokenBudget) -> None:
        """Never awaited by a budget."""


async def async_function(_budget: TokenBudget) -> None:
    """Never awaited by a budget."""


BAD = [
    ("limit_tokens", {"limit_tokens": 0}),
    ("limit_tokens", {"limit_tokens": 1.5}),
    ("limit_tokens", {"limit_tokens": True}),
    ("warn_at_fraction", {"warn_at_fraction": 0}),
    ("warn_at_fraction", {"warn_at_fraction": 80}),
    ("warn_at_fraction", {"warn_at_fraction": True}),
    ("warn_at_fraction", {"warn_at_fraction": "0.8"}),
    ("warn_at_fraction", {"warn_at_fraction": float("nan")}),
    ("action", {"action": "stop"}),
    ("counts", {"counts": "input"}),
    ("wrap_up", {"wrap_up": ""}),
    ("on_warn", {"on_warn": "print"}),
    ("on_warn", {"on_warn": async_function}),
    ("on_exceed", {"on_exceed": AsyncCallable()}),
    ("hard_limit_tokens", {"hard_limit_tokens": 100}),
    ("hard_limit_tokens", {"hard_limit_tokens": "200"}),
    ("hard_limit_tokens", {"hard_limit_tokens": 200, "action": "interrupt"}),
]


@pytest.mark.parametrize(("name", "options"), BAD, ids=lambda value: str(value)[:60])
def test_an_option_that_cannot_work_is_refused_by_its_name(
    name: str,
    options: dict[str, Any],  # Any: bad values
) -> None:
    without_limit = {key: value for key, value in options.items() if key != "limit_tokens"}
    with pytest.raises(ConfigError) as refusal:
        TokenBudget(options.get("limit_tokens", 100), **without_limit)
    assert refusal.value.name == name


def test_a_bad_limit_leaves_the_old_one() -> None:
    budget = TokenBudget(100, hard_limit_tokens=200)
    with pytest.raises(ConfigError):
        budget.set_limit(300, hard_limit_tokens=300)
    assert (budget.limit_tokens, budget.hard_limit_tokens) == (100, 200)


NOTES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("123"), st.integers(0, 300)), max_size=20
)


@given(NOTES, st.randoms(use_true_random=False))
@example(notes=[("a", "1", 90), ("b", "1", 20), ("a", "1", 80)], random=None)
def test_the_sum_is_that_of_the_largest_figures_in_any_order_however_often_told(
    notes: list[tuple[str, str, int]],
    random: Any,  # Any: hypothesis' own Random, or None
) -> None:
    told = Told()
    budget = told.budget(400)
    again = notes + notes
    if random is not None:
        random.shuffle(again)
    for thread_id, turn_id, figure in again:
        budget.note(thread_id, turn_id, tokens(figure))
        budget.announce()
    largest: dict[tuple[str, str], int] = {}
    for thread_id, turn_id, figure in notes:
        key = (thread_id, turn_id)
        largest[key] = max(figure, largest.get(key, 0))
    used = sum(largest.values())
    assert budget.used_tokens == used
    assert [one.split()[0] for one in told.said] == (
        ["warn"] * (used >= 320) + ["exceed", "exceeded"] * (used >= 400)
    )

"""Restarts keep to their backoff and budget through any history, and the breaker heals by itself.

Owns the laws of `Restarts`: times and chances are drawn here, so a run of this file waits for
nothing. How a runtime lives by them is seen on the real server.
"""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError
from codex_runtime.model.restart import RestartPlan, RestartPolicy, Restarts

NO_JITTER = 1.0


def refused(**fields: Any) -> ConfigError:  # Any: values of the wrong kind
    with pytest.raises(ConfigError) as raised:
        RestartPolicy(**fields)
    assert raised.value.hint
    return raised.value


def planned(plan: RestartPlan | None) -> RestartPlan:
    assert plan is not None
    return plan


# -- the policy ------------------------------------------------------------------------------------


def test_without_a_word_a_crash_restarts_within_a_budget() -> None:
    assert attrs.asdict(RestartPolicy()) == {
        "on": "crash",
        "first_pause_s": 0.2,
        "longest_pause_s": 10.0,
        "max_restarts": 5,
        "window_s": 60.0,
        "max_concurrent_resumes": 4,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on", "always"),
        ("on", None),
        ("first_pause_s", 0),
        ("first_pause_s", "1"),
        ("longest_pause_s", math.inf),
        ("longest_pause_s", -1),
        ("window_s", math.nan),
        ("window_s", True),
        ("max_restarts", 0),
        ("max_restarts", 1001),
        ("max_restarts", 1.5),
        ("max_concurrent_resumes", 0),
        ("max_concurrent_resumes", 65),
    ],
)
def test_what_cannot_work_is_refused_by_its_name(name: str, value: object) -> None:
    assert refused(**{name: value}).name == f"restart.{name}"


def test_a_first_pause_over_the_longest_is_refused_with_both_values() -> None:
    problem = str(refused(first_pause_s=11, longest_pause_s=10))
    assert "11" in problem
    assert "longest_pause_s=10" in problem


@pytest.mark.parametrize(
    ("failures", "bound_s"),
    [(1, 0.2), (2, 0.4), (3, 0.8), (6, 6.4), (7, 10.0), (5000, 10.0)],
)
@pytest.mark.parametrize("draw", [0.0, 0.25, 1.0])
def test_a_pause_is_drawn_up_to_a_bound_that_doubles(
    failures: int, bound_s: float, draw: float
) -> None:
    assert RestartPolicy().pause_s(failures, draw) == pytest.approx(draw * bound_s)


# -- the backoff -----------------------------------------------------------------------------------


def crash_in_a_row(restarts: Restarts, times: int, lived_s: float = 0.0) -> list[float]:
    """The pauses after so many crashes, each of a server that lived so long."""
    now_s, pauses_s = 0.0, list[float]()
    for _ in range(times):
        now_s += lived_s
        plan = planned(restarts.crashed(now_s, lived_s, NO_JITTER))
        assert plan.at_s == pytest.approx(now_s + plan.pause_s)
        now_s = plan.at_s
        restarts.attempted(now_s)
        pauses_s.append(plan.pause_s)
    return pauses_s


def test_each_failure_in_a_row_doubles_the_pause() -> None:
    restarts = Restarts(RestartPolicy(max_restarts=100))
    assert crash_in_a_row(restarts, 8) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert restarts.failures == 8


def test_a_server_that_came_up_and_died_at_once_is_a_failure_in_a_row() -> None:
    restarts = Restarts(RestartPolicy(max_restarts=100))
    for pause_s in (0.2, 0.4, 0.8):
        plan = planned(restarts.crashed(0.0, 0.01, NO_JITTER))
        assert plan == RestartPlan(at_s=pause_s, pause_s=pause_s, breaker_is_open=False)
        restarts.attempted(plan.at_s)
        restarts.started()
    assert restarts.count == 3


def test_a_server_that_lived_long_ends_the_failures_in_a_row() -> None:
    restarts = Restarts(RestartPolicy(max_restarts=100))
    crash_in_a_row(restarts, 5)
    assert planned(restarts.crashed(100.0, 9.99, NO_JITTER)).pause_s == 6.4
    assert planned(restarts.crashed(200.0, 10.0, NO_JITTER)).pause_s == 0.2
    assert restarts.failures == 1


def test_never_means_never() -> None:
    restarts = Restarts(RestartPolicy(on="never"))
    assert restarts.crashed(0.0, 1e9, 0.5) is None


# -- the budget ------------------------------------------------------------------------------------


def test_used_up_the_budget_opens_the_breaker_until_the_oldest_attempt_is_out_of_the_window() -> (
    None
):
    restarts = Restarts(RestartPolicy(max_restarts=2, window_s=60.0))
    restarts.attempted(100.0)
    restarts.attempted(110.0)
    plan = restarts.crashed(115.0, 0.0, NO_JITTER)
    assert plan == RestartPlan(at_s=160.0, pause_s=45.0, breaker_is_open=True)


def test_the_breaker_lets_one_attempt_through_for_each_that_left_the_window() -> None:
    restarts = Restarts(RestartPolicy(max_restarts=2, window_s=60.0))
    restarts.attempted(100.0)
    restarts.attempted(110.0)
    restarts.attempted(160.0)
    assert planned(restarts.crashed(160.5, 0.0, NO_JITTER)).at_s == 170.0
    restarts.attempted(170.0)
    restarts.started()
    assert not planned(restarts.crashed(225.0, 55.0, NO_JITTER)).breaker_is_open


def test_a_long_life_gives_no_budget_back_before_its_time() -> None:
    restarts = Restarts(RestartPolicy(max_restarts=2, longest_pause_s=10.0, window_s=60.0))
    restarts.attempted(100.0)
    restarts.attempted(120.0)
    assert restarts.crashed(140.0, 20.0, NO_JITTER) == RestartPlan(
        at_s=160.0, pause_s=20.0, breaker_is_open=True
    )


# Enough bits for what tests of time look at, and no sum of them is rounded.
seconds = st.integers(0, 200 * 64).map(lambda ticks: ticks / 64)
draws = st.integers(0, 64).map(lambda part: part / 64)
policies = st.builds(
    RestartPolicy,
    first_pause_s=st.sampled_from([0.125, 1.0, 8.0]),
    longest_pause_s=st.sampled_from([8.0, 64.0]),
    max_restarts=st.integers(1, 6),
    window_s=st.sampled_from([0.5, 60.0, 600.0]),
)
histories = st.lists(st.tuples(seconds, draws, seconds), min_size=1, max_size=40)
"""How long each server lived, the chance drawn then, and how late the attempt was made."""


@given(policies, histories)
@example(RestartPolicy(first_pause_s=0.125), [(0.0, 0.0, 0.0)] * 12)
@example(RestartPolicy(first_pause_s=1.0, max_restarts=1, window_s=0.5), [(0.0, 0.25, 0.0)] * 4)
def test_no_history_breaks_the_budget_or_the_bounds_of_a_pause(
    policy: RestartPolicy, history: list[tuple[float, float, float]]
) -> None:
    restarts, now_s, attempts_s = Restarts(policy), 0.0, list[float]()
    for lived_s, draw, late_s in history:
        now_s += lived_s
        plan = planned(restarts.crashed(now_s, lived_s, draw))
        assert plan.at_s == now_s + plan.pause_s
        in_window = [at_s for at_s in attempts_s if plan.at_s < at_s + policy.window_s]
        assert len(in_window) < policy.max_restarts
        bound_s = policy.pause_s(restarts.failures, 1.0)
        assert plan.breaker_is_open or 0 <= plan.pause_s <= bound_s <= policy.longest_pause_s
        assert plan.pause_s <= max(policy.window_s, policy.longest_pause_s)
        now_s = plan.at_s + late_s
        restarts.attempted(now_s)
        attempts_s.append(now_s)


@given(policies, st.lists(draws, min_size=1, max_size=40))
def test_after_any_row_of_failures_a_quiet_window_heals_the_breaker(
    policy: RestartPolicy, chances: list[float]
) -> None:
    restarts, now_s = Restarts(policy), 0.0
    for draw in chances:
        now_s = planned(restarts.crashed(now_s, 0.0, draw)).at_s
        restarts.attempted(now_s)
    quiet_s = policy.window_s + policy.longest_pause_s
    plan = planned(restarts.crashed(now_s + quiet_s, quiet_s, NO_JITTER))
    assert not plan.breaker_is_open
    assert plan.pause_s == policy.first_pause_s


@given(policies, histories)
def test_one_history_has_one_answer(
    policy: RestartPolicy, history: list[tuple[float, float, float]]
) -> None:
    def plans() -> list[RestartPlan | None]:
        restarts, now_s, told = Restarts(policy), 0.0, list[RestartPlan | None]()
        for lived_s, draw, late_s in history:
            plan = restarts.crashed(now_s + lived_s, lived_s, draw)
            now_s = planned(plan).at_s + late_s
            restarts.attempted(now_s)
            told.append(plan)
        return told

    assert plans() == plans()

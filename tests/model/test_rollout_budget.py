"""The budget that the app-server holds is checked before the server would refuse to start."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.model.builders.rollout_budget import RolloutBudget, rollout_budget_config


def test_a_budget_says_all_that_the_server_asks_for() -> None:
    assert rollout_budget_config(RolloutBudget(limit_tokens=1000)) == {
        "features.rollout_budget": {
            "enabled": True,
            "limit_tokens": 1000,
            "reminder_at_remaining_tokens": [],
            "sampling_token_weight": 1.0,
            "prefill_token_weight": 1.0,
        }
    }


def test_reminders_and_weights_are_rendered() -> None:
    budget = RolloutBudget(
        limit_tokens=10, reminders_at=[9, 1], sampling_weight=2, prefill_weight=0
    )
    table = budget.to_table()
    assert table["reminder_at_remaining_tokens"] == [9, 1]
    assert (table["sampling_token_weight"], table["prefill_token_weight"]) == (2.0, 0.0)


# Any: values that the types forbid are what is tested.
@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"limit_tokens": 0}, "is out of range"),
        ({"limit_tokens": 2**63}, "is out of range"),
        ({"limit_tokens": True}, "is not an int"),
        ({"reminders_at": 5}, "reminders_at=5: is not a tuple"),
        ({"reminders_at": [10]}, "Give an int from 1 to 9"),
        ({"reminders_at": [5, 0]}, "reminders_at[1]=0"),
        ({"sampling_weight": -0.5}, "is not a finite number of 0 or more"),
        ({"prefill_weight": float("inf")}, "is not a finite number of 0 or more"),
        ({"prefill_weight": "1"}, "is not a number"),
        ({"prefill_weight": True}, "is not a number"),
    ],
)
def test_a_budget_that_the_server_would_refuse_is_refused_here(
    fields: dict[str, Any], problem: str
) -> None:
    given: dict[str, Any] = {"limit_tokens": 10, **fields}
    with pytest.raises(ConfigError) as refused:
        RolloutBudget(**given)
    assert problem in str(refused.value)


def test_only_a_budget_is_rendered() -> None:
    nothing: Any = None
    with pytest.raises(ConfigError, match="is not a RolloutBudget"):
        rollout_budget_config(nothing)

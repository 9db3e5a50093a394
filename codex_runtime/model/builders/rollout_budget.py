"""The app-server's own token budget, rendered into its configuration.

Owns the fields and checks of ``features.rollout_budget``. Counts nothing: the server does, for a
thread and its sub-agents. Enter at `rollout_budget_config`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_int, check_kind

__all__ = ["RolloutBudget", "rollout_budget_config"]

_MAX: Final = 2**63 - 1


# A value of the wrong kind passes the converter as it is, for the checks to name it.
def _as_tuple(value: Iterable[int]) -> tuple[int, ...]:
    odd = not isinstance(cast("object", value), Iterable)
    return cast("tuple[int, ...]", value) if odd else tuple(value)


@attrs.frozen(kw_only=True)
class RolloutBudget:
    """So many tokens for a thread and its sub-agents, counted and held by the app-server.

    What counts is input that was not cached, times ``prefill_weight``, plus output, times
    ``sampling_weight``. The turn that uses up the budget fails when the model has answered, and so
    does every later one (`TurnFailed`, "shared rollout token budget exhausted"), each at the cost
    of a model call. The model is told what is left. Raises `ConfigError` at construction.
    """

    limit_tokens: int
    """At least 1."""

    reminders_at: tuple[int, ...] = attrs.field(default=(), converter=_as_tuple)
    """Remaining tokens at which the model is told again, each below the limit."""

    sampling_weight: float = 1.0
    """What a token of output counts."""

    prefill_weight: float = 1.0
    """What a token of input counts."""

    def __attrs_post_init__(self) -> None:
        check_int("limit_tokens", self.limit_tokens, ConfigError, at_least=1, at_most=_MAX)
        check_kind("reminders_at", self.reminders_at, tuple, ConfigError)
        for index, tokens in enumerate(self.reminders_at):
            name = f"reminders_at[{index}]"
            check_int(name, tokens, ConfigError, at_least=1, at_most=self.limit_tokens - 1)
        for name in ("sampling_weight", "prefill_weight"):
            _check_weight(name, getattr(self, name))

    def to_table(self) -> dict[str, object]:
        """Its table in the server's configuration."""
        return {
            "enabled": True,
            "limit_tokens": self.limit_tokens,
            "reminder_at_remaining_tokens": list(self.reminders_at),
            "sampling_token_weight": float(self.sampling_weight),
            "prefill_token_weight": float(self.prefill_weight),
        }


def rollout_budget_config(budget: RolloutBudget) -> dict[str, object]:
    """Configuration with this budget.

    For ``RuntimeConfig(config_overrides=...)``, where each thread has one of its own, or for
    ``SessionConfig(config=...)``. `merge_config` puts it together with other configuration. It is
    not kept with the thread: give it again on resume.
    """
    check_kind("budget", budget, RolloutBudget, ConfigError)
    return {"features.rollout_budget": budget.to_table()}


def _check_weight(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(name, value, "is not a number", "Give 0 or more")
    if not math.isfinite(value) or value < 0:
        raise ConfigError(name, value, "is not a finite number of 0 or more", "Give 0 or more")

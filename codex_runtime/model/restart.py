"""When a crashed app-server is started again: `RestartPolicy`, and `Restarts` which applies it.

Owns the backoff, the budget and the breaker. Keeps no clock and draws nothing: times and chances
are arguments, so that one history has one answer. Does not know processes or threads. Pure.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Literal, TypeAlias, final

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_choice, check_int, check_seconds

__all__ = ["RestartOn", "RestartPlan", "RestartPolicy", "Restarts"]

RestartOn: TypeAlias = Literal["crash", "never"]

_ON: Final = ("crash", "never")
_MOST_RESTARTS: Final = 1000
_MOST_RESUMES: Final = 64
_MOST_DOUBLINGS: Final = 1000
"""A float has no room for 1024."""


@attrs.frozen(kw_only=True)
class RestartPolicy:
    """Whether, how soon and how often a crashed app-server is started again.

    Every exit that this runtime did not ask for is a crash, exit code 0 too. All times are seconds.
    Raises `ConfigError`.
    """

    on: RestartOn = "crash"
    """``never``: the runtime stays without a server, and every call raises `AppServerExited`."""

    first_pause_s: float = 0.2
    """Longest pause before the first attempt; it doubles with each failure in a row. The pause is
    drawn between 0 and that (full jitter)."""

    longest_pause_s: float = 10.0
    """What the pause is never longer than. A server that lived as long ends the failures in a
    row."""

    max_restarts: int = 5
    """So many attempts within any ``window_s`` (1 to 1000). When they are used up calls raise
    `AppServerExited` at once, until the oldest attempt has left the window."""

    window_s: float = 60.0
    """See ``max_restarts``."""

    max_concurrent_resumes: int = 4
    """So many threads are resumed on the new server at once (1 to 64); the others wait."""

    def __attrs_post_init__(self) -> None:
        check_choice("restart.on", self.on, _ON, ConfigError)
        for name in ("first_pause_s", "longest_pause_s", "window_s"):
            check_seconds(f"restart.{name}", getattr(self, name), ConfigError)
        for name, most in (
            ("max_restarts", _MOST_RESTARTS),
            ("max_concurrent_resumes", _MOST_RESUMES),
        ):
            value = getattr(self, name)
            check_int(f"restart.{name}", value, ConfigError, at_least=1, at_most=most)
        if self.first_pause_s > self.longest_pause_s:
            raise ConfigError(
                "restart.first_pause_s",
                self.first_pause_s,
                f"is more than longest_pause_s={self.longest_pause_s:g}",
                "Give at most that, or raise longest_pause_s",
            )

    def pause_s(self, failures: int, draw: float) -> float:
        """The pause after so many failures in a row (from 1) for a ``draw`` between 0 and 1."""
        bound_s = self.first_pause_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        return draw * min(bound_s, self.longest_pause_s)


@attrs.frozen(kw_only=True)
class RestartPlan:
    """When the next attempt is due, by the clock that `Restarts.crashed` was told."""

    at_s: float
    pause_s: float
    """From the crash to ``at_s``."""

    breaker_is_open: bool
    """The budget is used up: nobody should wait, and the attempt at ``at_s`` tries whether the
    server has healed."""


@final
class Restarts:
    """What the crashes and attempts so far allow next.

    For each crash: `crashed`, then at the time it says `attempted`, then `started` or, if the
    attempt did not come up, `crashed` again. Times are of one clock that never goes back.
    """

    def __init__(self, policy: RestartPolicy) -> None:
        self.policy: Final = policy
        self.failures: int = 0
        """Crashes in a row, none of them of a server that lived long."""
        self.count: int = 0
        """Attempts that came up."""
        self._attempts: Final[deque[float]] = deque(maxlen=policy.max_restarts)

    def crashed(self, now_s: float, lived_s: float, draw: float) -> RestartPlan | None:
        """The server is gone, or did not come up: what next. None: nothing, by the policy.

        Args:
            now_s: When.
            lived_s: How long it had been up since its handshake; 0 if it never was.
            draw: By chance between 0 and 1, such as ``random.random()``.
        """
        policy = self.policy
        if policy.on == "never":
            return None
        self.failures = 1 if lived_s >= policy.longest_pause_s else self.failures + 1
        pause_s = policy.pause_s(self.failures, draw)
        free_at_s = self._free_at_s()
        return RestartPlan(
            at_s=max(now_s + pause_s, free_at_s),
            pause_s=max(pause_s, free_at_s - now_s),
            breaker_is_open=now_s + pause_s < free_at_s,
        )

    def attempted(self, now_s: float) -> None:
        """An attempt begins; it counts for ``window_s``, whatever becomes of it."""
        self._attempts.append(now_s)

    def started(self) -> None:
        """The last attempt came up. It ends no backoff: only a long life does."""
        self.count += 1

    def _free_at_s(self) -> float:
        """From when on an attempt is within the budget."""
        if len(self._attempts) < self.policy.max_restarts:
            return -math.inf
        return self._attempts[0] + self.policy.window_s

"""How long a turn may take at each of its stages: `Deadlines`, its merge, and what is in force.

Owns the four numbers, their defaults and the rule that layers merge field by field. Keeps no clock
and ends nothing: the engine does (see `turn_watch`). Enter at `Deadlines`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import attrs

from codex_runtime.errors import ProfileError
from codex_runtime.model.checks import check_seconds
from codex_runtime.protocol.unset import UNSET, UnsetType

__all__ = ["DEFAULT_DEADLINES", "Deadlines", "TurnLimits", "limits_of", "merge_deadlines"]


@attrs.frozen(kw_only=True)
class Deadlines:
    """How long a turn may take, in seconds; layers merge field by field.

    UNSET means not given here, None that there is no such deadline. Only ``total_s`` ends a turn
    that runs; at the end of ``first_progress_s`` and ``idle_s`` the server's record is asked, and
    a turn that it shows running, or a server that does not answer, has as long again. Raises
    `ProfileError`.
    """

    acknowledgement_s: float | UnsetType | None = UNSET
    """From the write of ``turn/start`` to its answer. A turn that the server began without
    answering is followed all the same, else the ask raises `RequestTimeout`. By default
    ``RuntimeConfig.request_timeout_s``, which is 30."""

    first_progress_s: float | UnsetType | None = UNSET
    """From the answer to the first event beyond the turn's start and the user's own message. None
    by default."""

    idle_s: float | UnsetType | None = UNSET
    """Since the turn's last event, not counted while a request of the server waits for its answer;
    it is noticed up to a twentieth later. 600 by default."""

    total_s: float | UnsetType | None = UNSET
    """From the ask to the end, the wait in line included. The turn is interrupted then, and ends
    as ``timed_out`` within ``cancel_grace_s``. None by default."""

    def __attrs_post_init__(self) -> None:
        for name in _NAMES:
            value = getattr(self, name)
            if value is not UNSET and value is not None:
                check_seconds(f"deadlines.{name}", value, ProfileError)


_NAMES: Final = tuple(field.name for field in attrs.fields(Deadlines))

DEFAULT_DEADLINES: Final = Deadlines(
    acknowledgement_s=30.0, first_progress_s=None, idle_s=600.0, total_s=None
)
"""What holds where no layer says otherwise."""


def merge_deadlines(base: Deadlines, overlay: Deadlines) -> Deadlines:
    """``base`` with every field that ``overlay`` sets, None included."""
    given = {name: value for name in _NAMES if (value := getattr(overlay, name)) is not UNSET}
    return attrs.evolve(base, **given) if given else base


@attrs.frozen(kw_only=True)
class TurnLimits:
    """The deadlines in force for one turn, in seconds; infinite where there is none."""

    acknowledgement_s: float = 30.0
    first_progress_s: float = math.inf
    idle_s: float = 600.0
    total_s: float = math.inf


@lru_cache(maxsize=64)  # the same few are asked for with every turn
def limits_of(
    deadlines: Deadlines | UnsetType, *, acknowledgement_s: float | None = None
) -> TurnLimits:
    """What ``deadlines`` come to over the defaults.

    ``acknowledgement_s`` is the default of that one, where it is not the library's.
    """
    base = DEFAULT_DEADLINES
    if acknowledgement_s is not None:
        base = attrs.evolve(base, acknowledgement_s=acknowledgement_s)
    merged = base if deadlines is UNSET else merge_deadlines(base, deadlines)
    return TurnLimits(**{name: _limit(getattr(merged, name)) for name in _NAMES})


def _limit(value: float | None) -> float:
    return math.inf if value is None else float(value)

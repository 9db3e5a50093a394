"""Deadlines: what may be given, how layers merge, and what is in force."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import ProfileError
from codex_runtime.model.deadlines import (
    DEFAULT_DEADLINES,
    Deadlines,
    TurnLimits,
    limits_of,
    merge_deadlines,
)
from codex_runtime.protocol.unset import UNSET

NAMES = [field.name for field in attrs.fields(Deadlines)]
SOME = Deadlines(acknowledgement_s=1, idle_s=None)
SECONDS = st.sampled_from([UNSET, UNSET, None, 1, 2.5])
DEADLINES = st.builds(Deadlines, **dict.fromkeys(NAMES, SECONDS))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "10", True])
def test_what_is_no_time_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ProfileError, match=f"deadlines.{name}="):
        Deadlines(**{name: value})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [UNSET, None, 1, 0.5])
def test_a_time_none_and_nothing_are_three_things(name: str, value: Any) -> None:
    assert getattr(Deadlines(**{name: value}), name) is value


@given(DEADLINES, DEADLINES)
@example(SOME, Deadlines())
@example(SOME, Deadlines(idle_s=3))
def test_an_overlay_wins_in_the_fields_that_it_sets(base: Deadlines, overlay: Deadlines) -> None:
    merged = merge_deadlines(base, overlay)
    for name in NAMES:
        given_here = getattr(overlay, name)
        expected = getattr(base, name) if given_here is UNSET else given_here
        assert getattr(merged, name) is expected


@given(DEADLINES, DEADLINES, DEADLINES)
def test_it_does_not_matter_which_layers_are_merged_first(
    one: Deadlines, two: Deadlines, three: Deadlines
) -> None:
    left = merge_deadlines(merge_deadlines(one, two), three)
    assert left == merge_deadlines(one, merge_deadlines(two, three))


def test_nothing_is_neutral() -> None:
    assert merge_deadlines(SOME, Deadlines()) == SOME == merge_deadlines(Deadlines(), SOME)


def test_the_defaults_are_an_acknowledgement_in_half_a_minute_and_ten_idle_minutes() -> None:
    assert (
        Deadlines(acknowledgement_s=30, first_progress_s=None, idle_s=600, total_s=None)
        == DEFAULT_DEADLINES
    )
    assert limits_of(UNSET) == limits_of(Deadlines()) == TurnLimits()


def test_what_is_not_limited_is_infinite() -> None:
    assert limits_of(Deadlines(idle_s=None, total_s=5)) == TurnLimits(idle_s=math.inf, total_s=5.0)


def test_the_acknowledgement_has_a_default_of_the_callers() -> None:
    assert limits_of(UNSET, acknowledgement_s=7).acknowledgement_s == 7
    given_s = limits_of(Deadlines(acknowledgement_s=3), acknowledgement_s=7)
    assert given_s.acknowledgement_s == 3

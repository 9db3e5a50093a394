"""Explanations: what they say is what the merge does, field by field."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.deadlines import merge_deadlines
from codex_runtime.model.explanation import FieldExplanation, LayerValue, explain
from codex_runtime.model.hooks.hooks import merge_hook_configs
from codex_runtime.model.overrides import KEPT_BY_NULL, LIBRARY_DEFAULTS
from codex_runtime.model.profile import PROFILE_FIELDS, RunProfile, merge_profiles
from codex_runtime.protocol.unset import UNSET
from tests.model.test_overrides import profiles

# Any, throughout: values of all fields of a profile.
NAMES = ("library", "runtime", "session", "hook", "profile")
MERGES: dict[str, Any] = {"hooks": merge_hook_configs, "deadlines": merge_deadlines}
REPORTED: dict[str, Any] = {"model": "server-model", "effort": None, "sandbox": "unused"}


def without_nulls(profile: RunProfile) -> RunProfile:
    nulls = {name: UNSET for name in KEPT_BY_NULL if getattr(profile, name) is None}
    return attrs.evolve(profile, **nulls)


@given(st.lists(profiles(), min_size=4, max_size=4))
def test_the_value_of_every_field_is_that_of_the_merged_profile(given_: list[RunProfile]) -> None:
    layers = [LIBRARY_DEFAULTS, *map(without_nulls, given_)]
    merged = LIBRARY_DEFAULTS
    for profile in layers:
        merged = merge_profiles(merged, profile)
    explained = explain(list(zip(NAMES, layers, strict=True)), merges=MERGES)
    assert {name: field.value for name, field in explained.items()} == {
        name: getattr(merged, name) for name in PROFILE_FIELDS
    }


@given(st.lists(profiles(), min_size=5, max_size=5))
@example([RunProfile(model=f"m{n}") for n in range(5)])
def test_what_a_field_says_was_given_is_what_its_layers_gave(given_: list[RunProfile]) -> None:
    layers = list(zip(NAMES, map(without_nulls, given_), strict=True))
    for name, field in explain(layers).items():
        told = {layer: getattr(profile, name) for layer, profile in layers}
        assert all(told[below.layer] == below.value is not UNSET for below in field.overrode)
        order = [NAMES.index(below.layer) for below in field.overrode]
        assert order == sorted(order, reverse=True)
        if field.value is not UNSET:
            assert field.layer is not None
            assert told[field.layer] == field.value
            assert set(order) == {
                n for n in range(NAMES.index(field.layer)) if told[NAMES[n]] is not UNSET
            }


def test_what_the_server_reported_stands_in_where_no_layer_gives_a_field() -> None:
    explained = explain([("library", LIBRARY_DEFAULTS)], reported=REPORTED)
    assert explained["model"] == FieldExplanation("model", "server-model", "server")
    assert explained["effort"] == FieldExplanation("effort", UNSET, None)
    assert explained["sandbox"] == FieldExplanation("sandbox", "read-only", "library")


def test_a_null_of_a_call_asks_for_the_sessions_value_and_one_of_the_session_for_the_servers() -> (
    None
):
    layers = [
        ("runtime", RunProfile(model="r", effort="low")),
        ("session", RunProfile(model=None, effort="medium", service_tier="fast")),
        ("profile", RunProfile(model=None, effort=None, service_tier=None)),
    ]
    explained = explain(layers, reported=REPORTED)
    assert (explained["model"].value, explained["model"].layer) == ("server-model", "server")
    assert (explained["effort"].value, explained["effort"].layer) == ("medium", "session")
    assert explained["effort"].overrode == (LayerValue("runtime", "low"),)
    # Of the tier a null is a value: the default one.
    assert (explained["service_tier"].value, explained["service_tier"].layer) == (None, "profile")


def test_a_permission_profile_gives_the_sandbox_up_and_says_which_layer_did() -> None:
    session = RunProfile(permissions="mine")
    explained = explain([("library", LIBRARY_DEFAULTS), ("session", session)])
    assert explained["sandbox"] == FieldExplanation(
        "sandbox", UNSET, "session", (LayerValue("library", "read-only"),)
    )
    assert explained["permissions"] == FieldExplanation("permissions", "mine", "session")


def test_layers_of_a_field_that_add_up_are_merged_and_all_named() -> None:
    layers = [
        ("runtime", RunProfile(output_schema={"a": 1, "b": 1})),
        ("session", RunProfile()),
        ("profile", RunProfile(output_schema={"b": 2})),
    ]

    def both(less: Any, more: Any) -> dict[str, int]:
        return {**less, **more}

    field = explain(layers, merges={"output_schema": both})["output_schema"]
    assert (field.value, field.layer, field.is_merged) == ({"a": 1, "b": 2}, "profile", True)
    assert field.overrode == (LayerValue("runtime", {"a": 1, "b": 1}),)
    assert str(field) == "output_schema  {'a': 1, 'b': 2}  profile  with runtime {'a': 1, 'b': 1}"
    alone = explain(layers[:1], merges={"output_schema": both})["output_schema"]
    assert (alone.value, alone.is_merged) == ({"a": 1, "b": 1}, False)


def test_the_table_says_what_holds_where_it_is_from_and_what_it_is_over() -> None:
    layers = [
        ("library", RunProfile(sandbox="read-only")),
        ("runtime", RunProfile(effort="low")),
        ("session", RunProfile(effort="medium")),
        ("profile", RunProfile(effort="high", output_schema={"x": "y" * 80})),
    ]
    explained = explain(layers, reported={"model": "gpt-5.5"})
    lines = str(explained).splitlines()
    assert lines[0].split() == ["field", "value", "from"]
    rows = {line.split()[0]: line for line in lines[1:]}
    assert list(rows) == list(PROFILE_FIELDS)
    assert rows["effort"].endswith("profile  over session 'medium', runtime 'low'")
    assert rows["model"].split() == ["model", "'gpt-5.5'", "server"]
    assert rows["summary"].split() == ["summary", "-", "-"]
    assert len(rows["output_schema"]) < 100
    assert repr(explained) == (
        "<Explanation {'model': 'server', 'effort': 'profile', 'sandbox': 'library', "
        "'output_schema': 'profile'}>"
    )


def test_a_function_is_shown_by_its_name() -> None:
    assert str(FieldExplanation("approvals", both_names, "session")).split() == [
        "approvals",
        "both_names",
        "session",
    ]


def both_names() -> None: ...


def test_an_explanation_is_a_mapping_that_nobody_changes() -> None:
    explained = explain([("library", LIBRARY_DEFAULTS)])
    assert len(explained) == len(PROFILE_FIELDS)
    assert list(explained) == list(PROFILE_FIELDS)
    with pytest.raises(KeyError):
        explained["no_such_field"]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        explained["model"].value = "x"  # type: ignore[misc]

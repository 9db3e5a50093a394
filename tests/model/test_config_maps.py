"""Configuration maps are put together without loss, or the key they disagree on is named."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError
from codex_runtime.launch import render_overrides
from codex_runtime.model.builders.config_maps import merge_config

KEYS = st.sampled_from(["a", "b", "c"])
# Any: configuration is any JSON.
TREES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([1, 2, True, "x", [1]]),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2),
    max_leaves=6,
)
CONFIGS = st.dictionaries(
    st.one_of(KEYS, st.sampled_from(["a.a", "a.b", "a.b.c", "b.c"])), TREES, max_size=3
)


@pytest.mark.parametrize(
    ("maps", "merged"),
    [
        ([], {}),
        ([{"model": "m"}, {"model": "m"}], {"model": "m"}),
        ([{"a": {"b": 1}}, {"a": {"c": 2}}], {"a.b": 1, "a.c": 2}),
        ([{"a.b": {"c": 1}}, {"a": {"b": {"d": 2}}}], {"a.b": {"c": 1, "d": 2}}),
        ([{"a.b.c": 1}, {"a.b": {"d": 2}}], {"a.b": {"c": 1, "d": 2}}),
        ([{"a.b": {"d": 2}}, {"a.b.c": 1}], {"a.b": {"c": 1, "d": 2}}),
        ([{"a.b.c": 1}], {"a.b.c": 1}),
        ([{"a": {}}, {"a.b": 1}], {"a": {"b": 1}}),
        ([{"a": {}}, {"a": {}}], {"a": {}}),
        (
            [{"projects": {"/x/y": {"trust": 1}}}, {"projects": {"z": 2}}],
            {"projects": {"/x/y": {"trust": 1}, "z": 2}},
        ),
        ([{'a."b"': 1}, {'a."b"': 1}], {'a."b"': 1}),
    ],
)
def test_tables_are_merged_and_keys_stay_as_deep_as_they_were(
    maps: list[dict[str, object]], merged: dict[str, object]
) -> None:
    assert merge_config(*maps) == merged
    assert merge_config(*map(MappingProxyType, maps)) == merged


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": 1}, {"a": True}, "a"),
        ({"a": {"b": {"c": 1}}}, {"a.b.c": 2}, "a.b.c"),
        ({"a": {"b": 1}}, {"a.b": {"c": 1}}, "a.b"),
        ({"a.b": {"c": 1}}, {"a": {"b": {}, "d": 1}, "a.b.c": 2}, "a.b.c"),
        ({"a": 1}, {"a.b": 2}, "a"),
        ({"a.b": 2}, {"a": 1}, "a"),
    ],
)
def test_two_values_for_one_key_are_refused_by_its_name(
    first: dict[str, object], second: dict[str, object], key: str
) -> None:
    with pytest.raises(ConfigError, match="is set to two different values") as refused:
        merge_config(first, second)
    assert refused.value.name == key
    assert "values not shown" in str(refused.value)


def test_the_maps_are_left_alone() -> None:
    first: dict[str, object] = {"a.b": {"c": {"d": 1}}}
    merged: Any = merge_config(first, {"a.b": {"c": {"e": 1}}})
    merged["a.b"]["c"]["f"] = 1
    assert first == {"a.b": {"c": {"d": 1}}}


@pytest.mark.parametrize("value", [None, [("a", 1)], {1: 2}, {"": 1}])
def test_what_is_no_map_with_texts_as_keys_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"maps\[1\]"):
        merge_config({}, value)


def rendered(*maps: dict[str, object]) -> set[str]:
    return {line for config in maps for line in render_overrides(config)}


@given(CONFIGS, CONFIGS)
@example({"a": {"b": 1}, "a.b": 2}, {})
@example({"a.b.c": 1}, {"a": {"b": {"a": 2}}})
def test_the_merged_map_says_what_both_say_in_either_order(
    first: dict[str, object], second: dict[str, object]
) -> None:
    try:
        merged = merge_config(first, second)
    except ConfigError:
        with pytest.raises(ConfigError):
            merge_config(second, first)
        return
    assert set(render_overrides(merged)) == rendered(merge_config(first), merge_config(second))
    assert rendered(merge_config(second, first)) == set(render_overrides(merged))
    assert merge_config(merged) == merged

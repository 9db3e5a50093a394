"""What a user hands in is copied: changing it later changes no value that was checked."""

from __future__ import annotations

import collections
import copy
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError, ProfileError
from codex_runtime.model.attachments import FileMention
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.given_values import copied
from codex_runtime.model.profile import RunProfile, SessionConfig
from codex_runtime.model.prompt import PromptParams

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def holders(value: dict[str, Any]) -> list[Any]:
    """What each class made of the mapping that it was given."""
    return [
        PromptParams(prompt="p", metadata=value).metadata,
        PromptParams(prompt="p", output_schema=value).output_schema,
        RunProfile(output_schema=value).output_schema,
        SessionConfig(output_schema=value).output_schema,
        SessionConfig(config=value).config,
        RuntimeConfig(config_overrides=value).config_overrides,
    ]


def test_a_mapping_is_copied_as_deep_as_it_goes() -> None:
    inner: dict[str, Any] = {"list": [{"x": 1}]}
    value: dict[str, Any] = {"a": inner}
    kept = holders(value)
    value["new"] = inner["new"] = inner["list"][0]["x"] = "changed"
    inner["list"].append("changed")
    for one in kept:
        assert one == {"a": {"list": [{"x": 1}]}}


@given(st.dictionaries(st.text(min_size=1, alphabet="ab"), json_values))
def test_a_copy_is_equal_and_plain(value: dict[str, Any]) -> None:
    assert copied(value) == copied(MappingProxyType(value)) == copy.deepcopy(value)
    plain: object = copied(MappingProxyType(value))
    assert isinstance(plain, dict)


def test_a_copy_keeps_what_is_no_json_and_tuples_and_loops() -> None:
    odd = object()
    loop: dict[str, Any] = {"odd": odd, "pair": (1, [2])}
    loop["self"] = loop
    made: Any = copied(loop)
    assert made is not loop
    assert made["self"] is made
    assert made["odd"] is odd
    assert made["pair"] == (1, [2])
    assert made["pair"][1] is not loop["pair"][1]


def test_attachments_become_a_tuple_whatever_they_came_in() -> None:
    one = FileMention("a.py")
    more = collections.deque([one])
    for given_ in (more, [one], (one,), iter([one])):
        assert RunProfile(attachments=given_).attachments == (one,)  # type: ignore[arg-type]
    kept = SessionConfig(attachments=more).attachments
    more.append(one)
    assert kept == (one,)
    assert PromptParams(prompt="p", attachments=more).attachments == (one, one)


def test_tools_become_a_tuple_whatever_they_came_in() -> None:
    assert SessionConfig(tools=collections.deque()).tools == ()


@pytest.mark.parametrize("name", ["attachments", "output_schema"])
@pytest.mark.parametrize("value", [5, "text", b"bytes"])
def test_what_is_neither_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ProfileError) as raised:
        RunProfile(**{name: value})
    assert raised.value.name.startswith(name)


@pytest.mark.parametrize(("name", "value"), [("tools", "text"), ("tools", 5), ("config", [1])])
def test_a_session_refuses_the_wrong_kind_too(name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as raised:
        SessionConfig(**{name: value})
    assert raised.value.name == name


def test_changing_one_field_keeps_the_copies() -> None:
    params = PromptParams(prompt="p", metadata={"a": [1]}, output_schema=None)
    assert attrs.evolve(params, prompt="q").metadata == {"a": [1]}
    assert params.output_schema is None

from __future__ import annotations

import datetime as dt
import enum
import tomllib
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError
from codex_runtime.launch import render_overrides
from codex_runtime.launch.toml import collect_overrides

# Also the texts that a raw command line would spoil: quotes, control characters, dots, '='.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
bare_keys = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
scalars = (
    texts
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | bare_keys, inner, max_size=3)
    ),
    max_leaves=8,
)


def as_the_binary_reads(arguments: list[str]) -> dict[str, object]:
    """Split at the first '=', the key at each dot, and take the rest as one TOML value."""
    config: dict[str, object] = {}
    for argument in arguments:
        key, _, value = argument.partition("=")
        *parents, leaf = key.split(".")
        table = config
        for parent in parents:
            inner = table.setdefault(parent, {})
            assert isinstance(inner, dict)
            table = inner
        table[leaf] = tomllib.loads(f"value = {value}")["value"]
    return config


@given(st.dictionaries(bare_keys, values, max_size=4))
def test_what_is_rendered_reads_back_as_the_same_value_of_the_same_type(
    overrides: dict[str, object],
) -> None:
    assert repr(as_the_binary_reads(render_overrides(overrides))) == repr(overrides)


@given(st.dictionaries(bare_keys, values, max_size=4))
def test_a_dotted_key_at_the_top_is_a_path(overrides: dict[str, object]) -> None:
    flat = {f"top.{key}": value for key, value in overrides.items()}
    assert render_overrides(flat) == (render_overrides({"top": overrides}) if overrides else [])


def test_nested_mappings_become_one_argument_for_each_leaf_in_their_order() -> None:
    assert render_overrides(
        {
            "model": "gpt",
            "model_providers": {
                "local": {"base_url": "http://127.0.0.1:1/v1", "request_max_retries": 0}
            },
            "features.plugins": False,
            "a": MappingProxyType({"ratio": 0.5, "names": ["x", {"y": 1}], "none": {}}),
        }
    ) == [
        'model="gpt"',
        'model_providers.local.base_url="http://127.0.0.1:1/v1"',
        "model_providers.local.request_max_retries=0",
        "features.plugins=false",
        "a.ratio=0.5",
        'a.names=["x", {y = 1}]',
        "a.none={}",
    ]


def test_a_table_with_a_key_that_is_not_bare_is_written_inline_at_its_own_path() -> None:
    servers = {"plain": {"command": "x"}, "my.server": {"command": "y"}}
    assert render_overrides({"mcp_servers": servers}) == [
        'mcp_servers={plain = {command = "x"}, "my.server" = {command = "y"}}'
    ]


def test_subclasses_of_the_plain_types_are_written_as_their_value() -> None:
    class Effort(enum.StrEnum):
        HIGH = "high"

    class Level(enum.IntEnum):
        TWO = 2

    assert render_overrides({"e": Effort.HIGH, "l": Level.TWO, "t": ("a",)}) == [
        'e="high"',
        "l=2",
        't=["a"]',
    ]


class Strange:
    def __repr__(self) -> str:
        return "<strange>"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None: is of type NoneType"),
        (float("nan"), "nan: is not a finite number"),
        (float("-inf"), "-inf: is not a finite number"),
        (b"raw", "b'raw': is of type bytes"),
        ({1}, "{1}: is of type set"),
        (Strange(), "<strange>: is of type Strange"),
        (dt.date(1979, 5, 27), "is of type date"),
        (2**63, "does not fit into 64 bits"),
        (-(2**63) - 1, "does not fit into 64 bits"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_what_cannot_be_said_is_refused_naming_the_dotted_key_and_the_value(
    value: object, said: str
) -> None:
    with pytest.raises(ConfigError, match="Give a str") as caught:
        render_overrides({"top": {"my.own": [0, {"x": value}]}})
    assert said in str(caught.value)
    assert caught.value.name == "config_overrides.top.'my.own'.1.x"
    assert caught.value.value is value


@pytest.mark.parametrize("key", [1, None, "\udfff"])
def test_an_inner_key_that_cannot_be_said_is_refused(key: object) -> None:
    with pytest.raises(ConfigError, match=r"config_overrides\.top"):
        render_overrides({"top": {key: 1}})


@pytest.mark.parametrize("key", ["", "a..b", ".a", 'a."b"', "a b", "a=b", "\u00e9", 3])
def test_a_top_level_key_that_is_no_bare_path_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="not a key of bare segments") as caught:
        render_overrides({key: 1})
    assert caught.value.value == key


@pytest.mark.parametrize(
    "overrides",
    [
        {"a.b": 1, "a": {"b": 2}},
        {"a": {"b.c": 1}, "a.d": 2},
        {"a.b": 1, "a": 2},
        {"a": {}, "a.b.c": 2},
    ],
)
def test_a_key_given_by_path_and_by_nesting_is_refused(overrides: Mapping[str, object]) -> None:
    with pytest.raises(ConfigError, match="given twice"):
        render_overrides(overrides)


@pytest.mark.parametrize("inner", ["bare", "not bare", "list"])
def test_endless_nesting_is_refused(inner: str) -> None:
    endless: dict[str, object] = {}
    endless[inner] = [endless] if inner == "list" else endless
    with pytest.raises(ConfigError, match="nests too deeply"):
        render_overrides({"top": endless})


@pytest.mark.parametrize(
    "overrides",
    [
        {"experimental_bearer_token": "hush"},
        {"mcp_servers": {"x": {"env": {"HOME": "hush"}}}},
        {"shell_environment_policy": {"set": {"A B": "hush"}}},
        {"model_providers": {"x.y": {"http_headers": {"X-Api": "hush"}}}},
        {"mcp_servers": {"x": {"passwords": ["hush"]}}},
        {"list": [{"API_KEY": "hush"}]},
    ],
)
def test_texts_under_names_or_in_tables_that_carry_secrets_are_marked(
    overrides: Mapping[str, object],
) -> None:
    (override,) = collect_overrides(overrides)
    assert override.secret
    assert "hush" not in repr(override)


@pytest.mark.parametrize(
    "overrides",
    [
        {"model": "gpt"},
        {"tool_output_token_limit": 100},
        {"model_providers": {"x.y": {"base_url": "http://127.0.0.1"}}},
        {"requires_openai_auth": True},
        {"notify": ["notify-send"]},
        {"set": "up"},
    ],
)
def test_other_values_are_not(overrides: Mapping[str, object]) -> None:
    assert not any(override.secret for override in collect_overrides(overrides))


def test_a_refusal_does_not_show_what_looks_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        render_overrides({"model_providers": {"x": {"api_key": b"hush"}}})
    assert "hush" not in str(caught.value)
    assert "bytes" in str(caught.value)

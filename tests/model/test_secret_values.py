"""What is shown of a configuration: names and plain values, and no secret."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError
from codex_runtime.launch.toml import collect_overrides
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.model.secret_values import hide_user_info, is_secret, shown_config

SECRET = "sk-very-secret"
WITH_SECRETS: list[dict[str, Any]] = [
    {"mcp_servers.x.env": {"PLAIN": SECRET}},
    {"mcp_servers": {"x": {"env": {"PLAIN": SECRET}}}},
    {"mcp_servers.x.env.PLAIN": SECRET},
    {"model_providers.x.http_headers": {"X-Plain": SECRET}},
    {"model_providers": {"x": {"query_params": {"v": [SECRET, {"deep": SECRET}]}}}},
    {"model_providers.x.experimental_bearer_token": SECRET},
    {"api_key": (SECRET,)},
    {"password": SECRET.encode()},
    {"base_url": f"http://user:{SECRET}@localhost/v1"},
]


def test_the_repr_of_a_runtime_config_names_the_variables_alone() -> None:
    config = RuntimeConfig(env={"OPENAI_API_KEY": SECRET, "PLAIN": "pl-41n"})
    assert "env={'OPENAI_API_KEY': ***, 'PLAIN': ***}" in repr(config)
    assert config.env["PLAIN"] == "pl-41n"


@pytest.mark.parametrize("config", WITH_SECRETS)
def test_no_repr_of_a_configuration_shows_a_secret(config: dict[str, Any]) -> None:
    for shown in (
        repr(RuntimeConfig(config_overrides=config)),
        repr(SessionConfig(config=config)),
    ):
        assert SECRET not in shown
        assert "***" in shown
        assert next(iter(config)) in shown


def test_what_is_no_secret_is_shown() -> None:
    config = {"model": "m", "a.b": [1, {"x": None}], "token_limit": 5, "names": ("x",)}
    shown = "{'model': 'm', 'a.b': [1, {'x': None}], 'token_limit': 5, 'names': ['x']}"
    assert f"config_overrides={shown}," in repr(RuntimeConfig(config_overrides=config))
    assert f"config={shown}," in repr(SessionConfig(config=config))
    assert "config=UNSET," in repr(SessionConfig())


def test_a_table_within_itself_is_shown_once() -> None:
    config: dict[str, Any] = {"a": 1}
    config["b"] = config["c"] = config
    assert shown_config(config) == "{'a': 1, 'b': '...', 'c': '...'}"


@given(
    st.lists(st.sampled_from(["a", "env", "token", "http_headers", "x"]), min_size=1, max_size=4),
    st.booleans(),
)
def test_the_repr_hides_just_what_the_command_line_hides(path: list[str], nested: bool) -> None:
    config: Any = SECRET
    for part in reversed(path):
        config = {part: config}
    if not nested:
        config = {".".join(path): SECRET}
    (override,) = collect_overrides(config)
    assert (SECRET not in shown_config(config)) == override.secret


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("x", False),
        (5, False),
        ([{"x": "y"}], False),
        ({"token": 5}, False),
        ({"token": "x"}, True),
        ([{"token": "x"}], True),
        ({"env": {"A": ["x"]}}, True),
    ],
)
def test_a_value_is_secret_if_any_text_in_it_is(value: object, *, secret: bool) -> None:
    assert is_secret(("a",), value) is secret


def test_a_url_is_shown_without_who_asks() -> None:
    assert hide_user_info('a="http://me:pw@host/x@y"') == 'a="http://***@host/x@y"'


@pytest.mark.parametrize("env", [{"A": SECRET.encode()}, {"A": [SECRET]}, f"A={SECRET}", [SECRET]])
def test_a_refused_environment_is_not_shown_either(env: Any) -> None:
    with pytest.raises(ConfigError, match="not shown") as raised:
        RuntimeConfig(env=env)
    assert SECRET not in str(raised.value)

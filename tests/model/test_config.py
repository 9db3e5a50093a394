"""`RuntimeConfig`: each field says at once what is wrong with it."""

from __future__ import annotations

import math
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from codex_runtime.errors import ConfigError, FullAccessDenied
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.model.hooks.hooks import HookConfig
from codex_runtime.model.profile import RunProfile, SessionConfig

SECONDS = (
    "start_timeout_s",
    "request_timeout_s",
    "queue_timeout_s",
    "cancel_grace_s",
    "interrupt_timeout_s",
    "close_timeout_s",
    "shutdown_grace_s",
)


def refused(**fields: Any) -> ConfigError:  # Any: values of the wrong kind
    with pytest.raises(ConfigError) as raised:
        RuntimeConfig(**fields)
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [0, -1, -0.5, math.inf, math.nan, "5", True, b"1", [1]])
def test_seconds_are_positive_finite_numbers(name: str, value: object) -> None:
    assert refused(**{name: value}).name == name


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [1, 0.001, 1e6])
def test_any_positive_number_of_seconds_will_do(name: str, value: float) -> None:
    assert getattr(RuntimeConfig(**{name: value}), name) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codex_bin", ""),
        ("codex_bin", 5),
        ("codex_bin", b"codex"),
        ("codex_home", "a\0b"),
        ("codex_home", "\ud800"),
        ("cwd", []),
        ("env", "A=1"),
        ("env", {"": "x"}),
        ("env", {5: "x"}),
        ("env", {"A": 5}),
        ("config_overrides", [("a", 1)]),
        ("config_overrides", {"": 1}),
        ("client_info", {"name": "x"}),
        ("client_info", None),
        ("experimental_api", 1),
        ("allow_full_access", "yes"),
        ("opt_out", [5]),
        ("opt_out", [""]),
        ("opt_out", None),
        ("defaults", None),
        ("defaults", SessionConfig()),
        ("max_in_flight", 0),
        ("max_in_flight", 65),
        ("max_in_flight", True),
        ("max_in_flight", 1.0),
        ("coalesce_after_events", 0),
        ("coalesce_after_events", True),
        ("coalesce_after_events", None),
        ("max_frame_bytes", 4095),
        ("max_frame_bytes", (1 << 40) + 1),
        ("max_frame_bytes", None),
        ("queue_timeout_s", 0),
    ],
)
def test_a_value_that_can_never_work_is_refused_and_named(name: str, value: object) -> None:
    assert refused(**{name: value}).name.startswith(name)


def test_the_bounds_themselves_are_allowed() -> None:
    for places in (1, 64):
        assert RuntimeConfig(max_in_flight=places).max_in_flight == places
    for size_bytes in (4096, 1 << 40):
        assert RuntimeConfig(max_frame_bytes=size_bytes).max_frame_bytes == size_bytes


def test_mappings_and_lists_given_are_copied_and_frozen() -> None:
    env, overrides, silent = {"A": "1"}, {"model": "m"}, ["warning"]
    config = RuntimeConfig(
        env=env, config_overrides=overrides, opt_out=silent, cwd=Path("x"), codex_bin="codex"
    )
    env["A"] = overrides["model"] = silent[0] = "changed"
    assert config.env == {"A": "1"}
    assert config.config_overrides == {"model": "m"}
    assert config.opt_out == ("warning",)
    assert isinstance(config.env, MappingProxyType)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.max_in_flight = 1  # type: ignore[misc]
    assert attrs.evolve(config, max_in_flight=2).env == {"A": "1"}


@pytest.mark.parametrize(
    "fields",
    [
        {"defaults": RunProfile(sandbox="danger-full-access")},
        {"config_overrides": {"sandbox_mode": "danger-full-access"}},
        {"config_overrides": {"profiles": {"x": {"sandbox_mode": "danger-full-access"}}}},
        {"config_overrides": {"profiles.x.sandbox_mode": "danger-full-access"}},
    ],
)
def test_full_access_needs_the_switch(fields: dict[str, Any]) -> None:
    with pytest.raises(FullAccessDenied):
        RuntimeConfig(**fields)
    RuntimeConfig(**fields, allow_full_access=True)


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": 5}, {"version": ""}, {"title": ""}, {"title": "\ud800"}]
)
def test_who_we_are_is_text(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"client_info\."):
        ClientInfo(**fields)


def test_a_title_may_be_given_or_left_out() -> None:
    assert ClientInfo(title="Mine").title == "Mine"
    assert ClientInfo().title is None


def test_one_method_to_opt_out_of_may_be_given_alone() -> None:
    assert RuntimeConfig(opt_out="warning").opt_out == ("warning",)


@pytest.mark.parametrize("method", ["turn/started", "turn/completed"])
def test_what_turns_are_known_by_cannot_be_opted_out_of(method: str) -> None:
    assert refused(opt_out=[method]).value == method


async def nobody(_: object) -> None:
    """A handler that gives no answer."""


def test_hooks_and_handlers_are_checked_and_are_the_floor_of_the_defaults() -> None:
    assert refused(hooks=5).name == "hooks"
    assert refused(approvals=5).name == "approvals"
    assert refused(on_server_request="no").name == "on_server_request"
    hooks = HookConfig()
    config = RuntimeConfig(
        hooks=hooks, approvals=nobody, on_server_request=nobody, defaults=RunProfile(model="m")
    )
    assert config.profile() == RunProfile(model="m", hooks=hooks, approvals=nobody)
    assert RuntimeConfig().profile() == RunProfile()

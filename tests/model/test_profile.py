"""Profiles: how layers merge, and what is refused at construction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError, InvalidInput, ProfileError
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.deadlines import merge_deadlines
from codex_runtime.model.hooks.hooks import merge_hook_configs
from codex_runtime.model.profile import (
    PROFILE_FIELDS,
    RunProfile,
    SessionConfig,
    merge_profiles,
)
from codex_runtime.model.prompt import PromptParams
from codex_runtime.protocol import ReadOnlySandboxPolicy
from codex_runtime.protocol.unset import UNSET
from tests.model.test_overrides import profiles

ACCESS = {"sandbox", "permissions"}


@given(profiles(), profiles(), profiles())
def test_merging_is_associative(a: RunProfile, b: RunProfile, c: RunProfile) -> None:
    assert merge_profiles(merge_profiles(a, b), c) == merge_profiles(a, merge_profiles(b, c))


@given(profiles())
def test_an_empty_profile_is_neutral_on_both_sides(profile: RunProfile) -> None:
    assert merge_profiles(profile, RunProfile()) == profile
    assert merge_profiles(RunProfile(), profile) == profile


@given(profiles(), profiles())
def test_what_the_overlay_sets_wins_and_the_rest_stays(base: RunProfile, over: RunProfile) -> None:
    merged = merge_profiles(base, over)
    sets_access = any(getattr(over, name) is not UNSET for name in ACCESS)
    for name in PROFILE_FIELDS:
        value = getattr(over, name)
        below = getattr(base, name)
        if name == "hooks" and UNSET not in (value, below):
            assert merged.hooks == merge_hook_configs(below, value)
        elif name == "deadlines" and UNSET not in (value, below):
            assert merged.deadlines == merge_deadlines(below, value)
        elif value is not UNSET or (name in ACCESS and sets_access):
            assert getattr(merged, name) == value
        else:
            assert getattr(merged, name) == getattr(base, name)


@given(profiles(), profiles())
def test_a_session_config_keeps_its_own_fields_through_a_merge(
    base: RunProfile, over: RunProfile
) -> None:
    config = attrs.evolve(
        SessionConfig.from_profile("/some/where", base), ephemeral=True, on_exit="detach"
    )
    merged = merge_profiles(config, over)
    assert isinstance(merged, SessionConfig)
    assert (merged.cwd, merged.ephemeral, merged.on_exit) == ("/some/where", True, "detach")
    assert merged.profile() == merge_profiles(base, over)


@given(profiles())
def test_a_profile_goes_into_a_session_config_and_a_prompt_and_comes_back(
    profile: RunProfile,
) -> None:
    assert SessionConfig.from_profile("/x", profile).profile() == profile
    fields = attrs.asdict(profile, recurse=False)
    assert PromptParams(prompt="hello", **fields).profile() == profile


def test_unset_and_none_and_empty_are_three_things() -> None:
    assert RunProfile().model is UNSET
    assert merge_profiles(RunProfile(model="m"), RunProfile(model=None)).model is None
    with pytest.raises(ProfileError):
        RunProfile(model="")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""),
        ("model", 5),
        ("model", "\ud800"),
        ("effort", b"low"),
        ("summary", []),
        ("personality", 1.0),
        ("service_tier", ""),
        ("approval_policy", "sometimes"),
        ("approval_policy", None),
        ("approval_policy", 5),
        ("approvals_reviewer", None),
        ("approvals_reviewer", ""),
        ("sandbox", "open"),
        ("sandbox", None),
        ("sandbox", {"type": "readOnly"}),
        ("permissions", None),
        ("permissions", ""),
        ("output_schema", "{}"),
        ("output_schema", {5: 1}),
        ("overlap", "parallel"),
        ("overlap", None),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_once_and_named(field: str, value: object) -> None:
    kinds: list[tuple[type[InvalidInput], Any]] = [
        (ProfileError, RunProfile),
        (ConfigError, SessionConfig),
        (ProfileError, lambda **fields: PromptParams(prompt="p", **fields)),
    ]
    for error, make in kinds:
        with pytest.raises(error) as raised:
            make(**{field: value})
        assert raised.value.name.startswith(field)
        assert raised.value.hint


def test_sandbox_and_permissions_cannot_both_be_given() -> None:
    with pytest.raises(ProfileError, match="cannot be combined"):
        RunProfile(sandbox="read-only", permissions="mine")


def test_the_structs_of_the_protocol_are_values_too() -> None:
    assert RunProfile(sandbox=ReadOnlySandboxPolicy()).sandbox == ReadOnlySandboxPolicy()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cwd", 5),
        ("cwd", ""),
        ("cwd", b"/bytes"),
        ("cwd", "a\0b"),
        ("base_instructions", ""),
        ("developer_instructions", 5),
        ("model_provider", "\ud800"),
        ("config", "a=1"),
        ("config", {"": 1}),
        ("ephemeral", 1),
        ("on_exit", "delete"),
    ],
)
def test_a_session_config_refuses_what_can_never_work(field: str, value: object) -> None:
    with pytest.raises(ConfigError) as raised:
        SessionConfig(**{field: value})  # type: ignore[arg-type]
    assert raised.value.name.startswith(field)


def test_a_session_config_takes_paths_nulls_and_maps() -> None:
    config = SessionConfig(
        cwd=Path("there"),
        base_instructions=None,
        developer_instructions="be brief",
        model_provider=None,
        config={"a": {"b": 1}},
    )
    assert isinstance(config.config, Mapping)
    assert config.profile() == RunProfile()


@given(st.text(min_size=1))
def test_any_text_that_utf8_carries_is_a_model_name(text: str) -> None:
    assert RunProfile(model=text).model == text


def plain(_request: object) -> None:
    """Leaves it to the default."""


def yields(_request: object) -> Iterator[None]:
    """No handler: what it gives is no answer."""
    yield None


async def yields_later(_request: object) -> AsyncIterator[None]:
    """No handler either."""
    yield None


def test_who_decides_can_be_called_and_a_budget_is_one() -> None:
    with pytest.raises(ProfileError, match="cannot be called"):
        RunProfile(approvals=5)  # type: ignore[arg-type]
    with pytest.raises(ProfileError, match="is a generator"):
        RunProfile(approvals=yields)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="is a generator"):
        RuntimeConfig(on_server_request=yields_later)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="TokenBudget"):
        SessionConfig(budget=5)  # type: ignore[arg-type]


def test_who_decides_may_be_a_plain_function() -> None:
    assert RunProfile(approvals=plain).approvals is plain
    assert RuntimeConfig(on_server_request=plain).on_server_request is plain

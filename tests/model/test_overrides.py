"""Options of one turn never stick: seen against a server that keeps every one it is sent."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ProfileError
from codex_runtime.model.overrides import LIBRARY_DEFAULTS, Baseline, turn_fields
from codex_runtime.model.profile import RunProfile, merge_profiles
from codex_runtime.protocol import (
    DangerFullAccessSandboxPolicy,
    ReadOnlySandboxPolicy,
    WorkspaceWriteSandboxPolicy,
)
from codex_runtime.protocol.unset import UNSET

# Any, throughout: values of all fields of a profile, as the server holds them.
NULLABLE = ("model", "effort", "summary", "personality")
POLICIES = {
    "read-only": ReadOnlySandboxPolicy(),
    "workspace-write": WorkspaceWriteSandboxPolicy(),
    "danger-full-access": DangerFullAccessSandboxPolicy(),
}
NETWORK = WorkspaceWriteSandboxPolicy(network_access=True)


def _optional(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from([UNSET, UNSET, *values])


@st.composite
def profiles(draw: st.DrawFn) -> RunProfile:
    fields: dict[str, Any] = {
        "model": draw(_optional(None, "m1", "m2")),
        "effort": draw(_optional(None, "low", "high")),
        "summary": draw(_optional(None, "concise", "none")),
        "personality": draw(_optional(None, "friendly", "none")),
        "service_tier": draw(_optional(None, "fast", "flex")),
        "approval_policy": draw(_optional("untrusted", "on-request", "never")),
        "approvals_reviewer": draw(_optional("user", "auto_review")),
        "output_schema": draw(_optional(None, {"type": "object"})),
        "overlap": draw(_optional("queue", "reject")),
    }
    access = draw(_optional("sandbox", "permissions"))
    if access == "sandbox":
        fields["sandbox"] = draw(st.sampled_from([*POLICIES, NETWORK]))
    elif access == "permissions":
        fields["permissions"] = draw(st.sampled_from([":workspace", "mine"]))
    return RunProfile(**fields)


class StickyServer:
    """One thread of a server that keeps what it is sent, and takes null for the tier alone."""

    def __init__(self, session: RunProfile, effort: str | None) -> None:
        """``thread/start`` with the session's fields; ``effort`` is the server's own."""
        self.state: dict[str, Any] = {
            "model": "server-model",
            "effort": effort,
            "summary": "server-summary",
            "personality": "server-personality",
            "service_tier": None,
            "approval_policy": "never",
            "approvals_reviewer": "nobody",
            "access": DangerFullAccessSandboxPolicy(),
            "cwd": "/start",
        }
        for name in ("model", "personality", "service_tier", "approval_policy"):
            self._set(name, getattr(session, name))
        self._set("approvals_reviewer", session.approvals_reviewer)
        self._set("access", session.permissions)
        if isinstance(session.sandbox, str):
            self._set("access", POLICIES[session.sandbox])
        elif session.sandbox is not UNSET:
            self._set("access", POLICIES["read-only"])
        self.at_start = dict(self.state)

    def reported(self) -> dict[str, Any]:
        """The answer of ``thread/start``, which leaves out two fields."""
        access = self.state["access"]
        told = {name: self.state[name] for name in self.state if name not in {"summary", "access"}}
        del told["personality"]
        # The server says which sandbox a permission profile comes to.
        told["sandbox"] = POLICIES["workspace-write"] if isinstance(access, str) else access
        return told

    def turn(self, fields: dict[str, Any]) -> dict[str, Any]:
        """``turn/start``: what that turn runs under."""
        assert not {"permissions", "sandbox_policy"} <= fields.keys()
        for name, value in fields.items():
            if name in {"permissions", "sandbox_policy"}:
                self._set("access", value)
            elif name != "output_schema":
                self._set(name, value)
        return {**self.state, "output_schema": fields.get("output_schema", UNSET)}

    def _set(self, name: str, value: object) -> None:
        if value is not UNSET and (value is not None or name == "service_tier"):
            self.state[name] = value


def expected(server: StickyServer, effective: RunProfile, cwd: object) -> dict[str, Any]:
    """What a turn under that profile must run under."""
    want = dict(server.at_start)
    for name in (*NULLABLE, "service_tier", "approval_policy", "approvals_reviewer"):
        value = getattr(effective, name)
        if value is not UNSET and (value is not None or name == "service_tier"):
            want[name] = value
    if effective.permissions is not UNSET:
        want["access"] = effective.permissions
    elif isinstance(effective.sandbox, str):
        want["access"] = POLICIES[effective.sandbox]
    elif effective.sandbox is not UNSET:
        want["access"] = effective.sandbox
    if cwd is not UNSET:
        want["cwd"] = cwd
    return {**want, "output_schema": effective.output_schema}


def without_nulls(profile: RunProfile) -> RunProfile:
    """Null asks for what the session has, except for the service tier."""
    nulls = {name: UNSET for name in NULLABLE if getattr(profile, name) is None}
    return attrs.evolve(profile, **nulls)


@given(
    own=profiles(),
    effort=st.sampled_from([None, "server-effort"]),
    calls=st.lists(st.tuples(profiles(), _optional("/there", "/elsewhere")), max_size=6),
)
def test_every_turn_runs_under_its_own_profile_and_plain_ones_under_the_sessions(
    own: RunProfile, effort: str | None, calls: list[tuple[RunProfile, Any]]
) -> None:
    session = merge_profiles(LIBRARY_DEFAULTS, own)
    server = StickyServer(session, effort)
    baseline = Baseline.of(session, server.reported())
    touched: frozenset[str] = frozenset()
    plain = (RunProfile(), UNSET)
    for call, cwd in [call for asked in calls for call in (plain, asked)] + [plain]:
        if any(name not in baseline.values for name in set_by(call)):
            with pytest.raises(ProfileError) as raised:
                turn_fields(session, call, baseline, touched, cwd=cwd)
            assert raised.value.name in set_by(call)
            continue
        fields, now_touched = turn_fields(session, call, baseline, touched, cwd=cwd)
        assert touched <= now_touched
        touched = now_touched
        effective = merge_profiles(session, without_nulls(call))
        assert server.turn(dict(fields)) == expected(server, effective, cwd)


def set_by(call: RunProfile) -> set[str]:
    """The fields a call sets that are told to the server and may lack a baseline."""
    told = {*NULLABLE, "service_tier"}
    return {name for name in told if getattr(without_nulls(call), name) is not UNSET}


@pytest.mark.parametrize("name", ["summary", "personality", "effort"])
def test_a_field_nobody_knows_how_to_put_back_is_refused_and_named(name: str) -> None:
    server = StickyServer(LIBRARY_DEFAULTS, None)
    baseline = Baseline.of(LIBRARY_DEFAULTS, server.reported())
    call = RunProfile(**{name: "low"})  # type: ignore[arg-type]
    with pytest.raises(ProfileError, match="no baseline") as raised:
        turn_fields(LIBRARY_DEFAULTS, call, baseline, frozenset())
    assert (raised.value.name, raised.value.value) == (name, "low")
    session = merge_profiles(LIBRARY_DEFAULTS, RunProfile(**{name: "high"}))  # type: ignore[arg-type]
    baseline = Baseline.of(session, StickyServer(session, None).reported())
    fields, _ = turn_fields(session, call, baseline, frozenset())
    assert dict(fields)[name] == "low"


def test_a_cwd_without_a_baseline_is_refused() -> None:
    with pytest.raises(ProfileError):
        turn_fields(LIBRARY_DEFAULTS, RunProfile(), Baseline({}), frozenset(), cwd="/x")


def test_a_plain_turn_of_an_untouched_thread_carries_nothing() -> None:
    server = StickyServer(LIBRARY_DEFAULTS, None)
    baseline = Baseline.of(LIBRARY_DEFAULTS, server.reported())
    assert turn_fields(LIBRARY_DEFAULTS, RunProfile(), baseline, frozenset()) == ({}, frozenset())


def test_a_permission_profile_of_the_call_stands_in_for_the_sessions_sandbox() -> None:
    session = RunProfile(sandbox=NETWORK)
    baseline = Baseline.of(session, {"permissions": ":workspace"})
    call = RunProfile(permissions="mine")
    fields, _ = turn_fields(session, call, baseline, frozenset({"sandbox"}))
    assert (fields.get("permissions"), "sandbox" in fields) == ("mine", False)

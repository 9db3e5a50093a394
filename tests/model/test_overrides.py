"""Options of one turn never stick: seen against a server that keeps every one it is sent."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ProfileError
from codex_runtime.model.attachments import ImageUrl, Mention
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.hooks.hooks import Hook, HookConfig
from codex_runtime.model.overrides import (
    KEPT_BY_NULL,
    LIBRARY_DEFAULTS,
    STICKY,
    Baseline,
    configured_fields,
    put_back_fields,
    sticky_fields,
    turn_fields,
)
from codex_runtime.model.profile import PROFILE_FIELDS, RunProfile, merge_profiles
from codex_runtime.protocol import (
    DangerFullAccessSandboxPolicy,
    ReadOnlySandboxPolicy,
    WorkspaceWriteSandboxPolicy,
)
from codex_runtime.protocol.unset import UNSET

# Any, throughout: values of all fields of a profile, as the server holds them.
NULLABLE = KEPT_BY_NULL
DEFAULT_EFFORTS = {"server-model": "server-default", "m1": "m1-default"}
POLICIES = {
    "read-only": ReadOnlySandboxPolicy(),
    "workspace-write": WorkspaceWriteSandboxPolicy(),
    "danger-full-access": DangerFullAccessSandboxPolicy(),
}
NETWORK = WorkspaceWriteSandboxPolicy(network_access=True)


async def decide(_request: object) -> None: ...


async def decide_later(_request: object) -> None: ...


async def note(_context: object) -> None: ...


NOTES = Hook("notes", "post_turn", note)
OTHER_NOTES = Hook("notes", "post_run", note)
MORE = Hook("more", "pre_run", note)

VALUES: dict[str, tuple[Any, ...]] = {
    "model": (None, "m1", "m2"),
    "effort": (None, "low", "high"),
    "summary": (None, "concise", "none"),
    "personality": (None, "friendly", "none"),
    "service_tier": (None, "fast", "flex"),
    "approval_policy": ("untrusted", "on-request", "never"),
    "approvals_reviewer": ("user", "auto_review"),
    "sandbox": (*POLICIES, NETWORK),
    "permissions": (":workspace", "mine"),
    "output_schema": (None, {"type": "object"}),
    "overlap": ("queue", "reject"),
    "attachments": ((), (ImageUrl("https://example.org/a.png"),), (Mention("n", "app://n"),)),
    "hooks": (HookConfig(), HookConfig([NOTES]), HookConfig([OTHER_NOTES, MORE], skip=["x"])),
    "approvals": (decide, decide_later),
    "max_tool_items": (0, 5),
    "deadlines": (Deadlines(idle_s=5), Deadlines(total_s=None)),
}
"""Some values of every field of a profile; whoever adds a field adds its values here."""


def test_the_profiles_of_these_tests_have_every_field() -> None:
    assert sorted(VALUES) == sorted(PROFILE_FIELDS)


def _optional(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from([UNSET, UNSET, *values])


@st.composite
def profiles(draw: st.DrawFn) -> RunProfile:
    fields = {name: draw(_optional(*values)) for name, values in VALUES.items()}
    if fields["sandbox"] is not UNSET and fields["permissions"] is not UNSET:
        fields[draw(st.sampled_from(["sandbox", "permissions"]))] = UNSET
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
        return {**self.state, "output_schema": fields.get("output_schema", UNSET)} | self.asked()

    def asked(self) -> dict[str, Any]:
        """The effort that the model is asked for: the thread's own, or the model's default."""
        state = self.state
        return {"effort": state["effort"] or DEFAULT_EFFORTS.get(state["model"])}

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
    want["effort"] = want["effort"] or DEFAULT_EFFORTS.get(want["model"])
    return {**want, "output_schema": effective.output_schema}


def without_nulls(profile: RunProfile) -> RunProfile:
    """Null asks for what the session has, except for the service tier."""
    nulls = {name: UNSET for name in NULLABLE if getattr(profile, name) is None}
    return attrs.evolve(profile, **nulls)


@given(
    own=profiles(),
    effort=st.sampled_from([None, "server-effort"]),
    looked_up=st.booleans(),
    calls=st.lists(st.tuples(profiles(), _optional("/there", "/elsewhere")), max_size=6),
)
def test_every_turn_runs_under_its_own_profile_and_plain_ones_under_the_sessions(
    own: RunProfile, effort: str | None, looked_up: bool, calls: list[tuple[RunProfile, Any]]
) -> None:
    session = merge_profiles(LIBRARY_DEFAULTS, own)
    server = StickyServer(session, effort)
    baseline = Baseline.of(session, server.reported())
    if looked_up:
        configured = {"summary": "server-summary", "personality": "server-personality"}
        baseline = baseline.or_else(Baseline(configured, DEFAULT_EFFORTS))
    touched: frozenset[str] = frozenset()
    plain = (RunProfile(), UNSET)
    for call, cwd in [call for asked in calls for call in (plain, asked)] + [plain]:
        asked = sticky_fields(call, cwd)
        unknown = baseline.lacking(asked)
        if not unknown and "effort" in touched - asked and "model" in asked:
            unknown |= {"effort"} if baseline.value("effort", call.model) is UNSET else set()
        if unknown:
            with pytest.raises(ProfileError) as raised:
                turn_fields(session, call, baseline, touched, cwd=cwd)
            assert raised.value.name in unknown
            continue
        fields, now_touched = turn_fields(session, call, baseline, touched, cwd=cwd)
        assert touched <= now_touched
        touched = now_touched
        effective = merge_profiles(session, without_nulls(call))
        assert server.turn(dict(fields)) == expected(server, effective, cwd)
    before = expected(server, session, UNSET)
    server.turn(dict(turn_fields(session, RunProfile(model="m1"), baseline, touched)[0]))
    touched |= {"model"}
    undone = server.turn(dict(put_back_fields(session, baseline, touched)))
    assert undone == {**before, "output_schema": UNSET}


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


def test_a_call_on_another_model_needs_its_effort_once_the_threads_own_was_touched() -> None:
    """The default of a model that no list names is not known, and the other one would stay."""
    server = StickyServer(LIBRARY_DEFAULTS, None)
    known = Baseline.of(LIBRARY_DEFAULTS, server.reported()).or_else(Baseline({}, DEFAULT_EFFORTS))
    for model, effort in (("m1", "m1-default"), (UNSET, "server-default")):
        call = RunProfile(model=model)
        fields, _ = turn_fields(LIBRARY_DEFAULTS, call, known, frozenset({"effort"}))
        assert fields.get("effort") == effort
        fields, _ = turn_fields(LIBRARY_DEFAULTS, call, known, frozenset())
        assert "effort" not in fields
    with pytest.raises(ProfileError, match="not known for the model 'm2'") as raised:
        turn_fields(LIBRARY_DEFAULTS, RunProfile(model="m2"), known, frozenset({"effort"}))
    assert raised.value.name == "effort"


def test_what_another_handle_knows_stands_in_for_what_the_start_did_not_tell_alone() -> None:
    own = Baseline({"sandbox": "read-only", "summary": "auto"})
    other = Baseline({"permissions": "mine", "summary": "none", "effort": "low"}, {"m": "high"})
    both = own.or_else(other)
    assert dict(both.values) == {"sandbox": "read-only", "summary": "auto", "effort": "low"}
    assert dict(both.default_efforts) == {"m": "high"}


def test_what_is_lacking_is_told_of_sticky_fields_alone() -> None:
    known = Baseline({"sandbox": "read-only", "model": "m"}, {"m": "low"})
    assert known.lacking([*STICKY, "overlap"]) == {
        "summary",
        "personality",
        "service_tier",
        "approval_policy",
        "approvals_reviewer",
        "cwd",
    }
    assert Baseline({}).lacking(["permissions", "effort"]) == {"permissions", "effort"}


def test_a_configuration_map_tells_what_thread_start_does_not_report() -> None:
    config = {"model_reasoning_summary": "concise", "personality": None, "model": "m"}
    assert configured_fields(config) == {"summary": "concise"}


def test_the_schema_of_a_session_is_not_put_back() -> None:
    session = RunProfile(output_schema={"type": "object"}, effort="low")
    fields = put_back_fields(session, Baseline.of(session, {}), frozenset())
    assert fields == {"effort": "low"}


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

"""Full access: every typed way to it is refused, and nothing else is."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import FullAccessDenied
from codex_runtime.model import access
from codex_runtime.model.access import (
    AccessGate,
    refuse_full_access_call,
    refuse_full_access_override,
    refuse_full_access_profile,
    refuse_full_access_thread,
)
from codex_runtime.model.profile import RunProfile
from codex_runtime.protocol import (
    CommandExecParams,
    ConfigBatchWriteParams,
    ConfigEdit,
    ConfigValueWriteParams,
    DangerFullAccessSandboxPolicy,
    ExternalSandboxPolicy,
    ReadOnlySandboxPolicy,
    ThreadArchiveParams,
    ThreadShellCommandParams,
    ThreadStartParams,
    TurnStartParams,
    WorkspaceWriteSandboxPolicy,
)

KEYS = ("sandbox", "sandbox_mode", "sandbox_policy", "default_permissions", "permissions")
FULL: list[Any] = [
    "danger-full-access",
    "dangerFullAccess",
    ":danger-full-access",
    {"type": "dangerFullAccess"},
    {"type": "danger-full-access"},
]
HARMLESS: list[Any] = ["read-only", "workspace-write", {"type": "readOnly"}, None, 5, True]
names = st.text("abc_-", min_size=1, max_size=6)


@st.composite
def configs(draw: st.DrawFn, value: st.SearchStrategy[Any]) -> dict[str, Any]:
    """One access key with a value, anywhere in a configuration, nested or dotted or quoted."""
    path = [*draw(st.lists(names, max_size=4)), draw(st.sampled_from(KEYS))]
    inner: Any = draw(value)
    if draw(st.booleans()):
        path.append("type" if draw(st.booleans()) else draw(names))
    if draw(st.booleans()):
        path = [f'"{part}"' for part in path]
    while path:
        taken = draw(st.integers(1, len(path)))
        beside = draw(st.dictionaries(names, st.integers(), max_size=2))
        inner = {**beside, ".".join(path[-taken:]): inner}
        del path[-taken:]
    return dict(inner)


@given(configs(st.sampled_from(FULL)))
def test_full_access_is_found_under_any_nesting_of_a_known_key(config: dict[str, Any]) -> None:
    with pytest.raises(FullAccessDenied, match="allow_full_access") as raised:
        refuse_full_access_override(config, "config")
    assert raised.value.name.startswith("config.")


@given(configs(st.sampled_from(HARMLESS)))
def test_a_configuration_without_full_access_passes(config: dict[str, Any]) -> None:
    refuse_full_access_override(config, "config")


@given(st.dictionaries(names, st.sampled_from(["danger-full-access", 1, None])))
def test_the_words_alone_are_no_crime_under_other_keys(config: dict[str, Any]) -> None:
    refuse_full_access_override(config, "config")


@pytest.mark.parametrize(
    "profile",
    [
        RunProfile(sandbox="danger-full-access"),
        RunProfile(sandbox=DangerFullAccessSandboxPolicy()),
        RunProfile(sandbox=ExternalSandboxPolicy()),
        RunProfile(permissions=":danger-full-access"),
    ],
)
def test_a_profile_with_full_access_is_refused(profile: RunProfile) -> None:
    with pytest.raises(FullAccessDenied) as raised:
        refuse_full_access_profile(profile, "defaults")
    assert raised.value.name in {"defaults.sandbox", "defaults.permissions"}


@pytest.mark.parametrize(
    "profile",
    [
        RunProfile(),
        RunProfile(sandbox="workspace-write"),
        RunProfile(sandbox=WorkspaceWriteSandboxPolicy(network_access=True)),
        RunProfile(permissions=":workspace"),
    ],
)
def test_a_profile_without_it_passes(profile: RunProfile) -> None:
    refuse_full_access_profile(profile, "defaults")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("thread/shellCommand", ThreadShellCommandParams(thread_id="t", command="id")),
        ("process/spawn", None),
        ("command/exec", CommandExecParams(command=["id"])),
        (
            "command/exec",
            CommandExecParams(command=["id"], sandbox_policy=DangerFullAccessSandboxPolicy()),
        ),
        ("turn/start", TurnStartParams(thread_id="t", input=[], permissions=":danger-full-access")),
        (
            "turn/start",
            TurnStartParams(
                thread_id="t", input=[], sandbox_policy=DangerFullAccessSandboxPolicy()
            ),
        ),
        ("thread/start", ThreadStartParams(sandbox="danger-full-access")),
        ("thread/start", ThreadStartParams(config={"sandbox_mode": "danger-full-access"})),
        ("thread/start", ThreadStartParams(config={"a.b.sandbox_mode": "danger-full-access"})),
    ],
)
def test_a_call_with_full_access_is_refused(method: str, params: object) -> None:
    with pytest.raises(FullAccessDenied):
        refuse_full_access_call(method, params)


@pytest.mark.parametrize(
    "key_path", ["sandbox_mode", '"sandbox\\\\_mode"', "profiles.mine.sandbox_mode", "permissions"]
)
def test_writing_full_access_into_the_configuration_is_refused(key_path: str) -> None:
    one = ConfigValueWriteParams(
        key_path=key_path, value="danger-full-access", merge_strategy="replace"
    )
    with pytest.raises(FullAccessDenied, match=re.escape(key_path)):
        refuse_full_access_call("config/value/write", one)
    harmless = ConfigEdit(key_path="model", value="m", merge_strategy="replace")
    edit = ConfigEdit(key_path=key_path, value="danger-full-access", merge_strategy="upsert")
    with pytest.raises(FullAccessDenied):
        refuse_full_access_call("config/batchWrite", ConfigBatchWriteParams(edits=[harmless, edit]))


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (
            "config/value/write",
            ConfigValueWriteParams(
                key_path="sandbox_mode", value="read-only", merge_strategy="replace"
            ),
        ),
        ("config/batchWrite", ConfigBatchWriteParams(edits=[])),
        ("command/exec", CommandExecParams(command=["id"], sandbox_policy=ReadOnlySandboxPolicy())),
        ("turn/start", TurnStartParams(thread_id="t", input=[])),
        ("thread/start", ThreadStartParams(sandbox="read-only", config={"model": "m"})),
        ("thread/list", None),
    ],
)
def test_any_other_call_passes(method: str, params: object) -> None:
    refuse_full_access_call(method, params)


def test_an_object_with_a_plain_mapping_as_policy_is_looked_into() -> None:
    @attrs.frozen
    class Loose:
        sandbox_policy: dict[str, str]

    with pytest.raises(FullAccessDenied):
        refuse_full_access_call("turn/start", Loose({"type": "dangerFullAccess"}))


@attrs.frozen
class Opened:
    """An answer to ``thread/start``, as far as it matters here."""

    sandbox: object


@attrs.frozen
class OnlyAnId:
    """A thread, as far as it matters here."""

    id: str


@attrs.frozen
class OpenedThread:
    """An answer with its thread."""

    sandbox: object
    thread: OnlyAnId


@pytest.mark.parametrize("root", ["/", "//", "/.", "/../"])
def test_a_sandbox_that_may_write_everywhere_is_full_access(root: str) -> None:
    policy = WorkspaceWriteSandboxPolicy(writable_roots=["/home/user/work", root])
    for params in (
        TurnStartParams(thread_id="t", input=[], sandbox_policy=policy),
        ThreadStartParams(config={"sandbox_workspace_write": {"writable_roots": [root]}}),
    ):
        with pytest.raises(FullAccessDenied, match=r"ritable"):
            refuse_full_access_call("turn/start", params)
    with pytest.raises(FullAccessDenied):
        refuse_full_access_profile(RunProfile(sandbox=policy), "profile")
    elsewhere = WorkspaceWriteSandboxPolicy(writable_roots=["/home/user"])
    refuse_full_access_profile(RunProfile(sandbox=elsewhere), "profile")


@pytest.mark.parametrize("key_path", ["permissions", "permissions.mine", "permissions.mine.x"])
def test_a_permission_profile_that_may_write_everywhere_is_full_access(key_path: str) -> None:
    value = {"mine": {"filesystem": {":root": "write"}}}
    params = ConfigValueWriteParams(key_path=key_path, value=value, merge_strategy="replace")
    with pytest.raises(FullAccessDenied, match=":root"):
        refuse_full_access_call("config/value/write", params)
    value = {"mine": {"filesystem": {":root": "read", "/home/user": "write"}}}
    params = ConfigValueWriteParams(key_path=key_path, value=value, merge_strategy="replace")
    refuse_full_access_call("config/value/write", params)


def test_roots_that_are_no_list_are_the_servers_to_refuse() -> None:
    refuse_full_access_override({"sandbox_workspace_write": {"writable_roots": "/"}}, "config")


def test_a_turn_on_a_thread_that_was_refused_is_refused_too() -> None:
    gate = AccessGate(allowed=False)
    opened = OpenedThread(DangerFullAccessSandboxPolicy(), OnlyAnId("t"))
    with pytest.raises(FullAccessDenied):
        gate.check_opened("thread/start", opened)
    with pytest.raises(FullAccessDenied, match="without a sandbox"):
        gate.check_call("turn/start", TurnStartParams(thread_id="t", input=[]))
    gate.check_call("turn/start", TurnStartParams(thread_id="u", input=[]))
    gate.check_call("thread/archive", ThreadArchiveParams(thread_id="t"))


def test_refused_threads_are_remembered_up_to_a_bound() -> None:
    gate = AccessGate(allowed=False)
    for number in range(access._THREADS_KEPT + 1):
        with pytest.raises(FullAccessDenied):
            gate.check_opened(
                "thread/start", OpenedThread(ExternalSandboxPolicy(), OnlyAnId(str(number)))
            )
    gate.check_call("turn/start", TurnStartParams(thread_id="0", input=[]))
    with pytest.raises(FullAccessDenied):
        gate.check_call("turn/start", TurnStartParams(thread_id="1", input=[]))
    with pytest.raises(FullAccessDenied):
        gate.check_opened("thread/start", Opened(ExternalSandboxPolicy()))


def test_where_full_access_is_allowed_everything_passes() -> None:
    gate = AccessGate(allowed=True)
    policy = DangerFullAccessSandboxPolicy()
    gate.check_opened("thread/start", OpenedThread(policy, OnlyAnId("t")))
    params = TurnStartParams(thread_id="t", input=[], sandbox_policy=policy)
    gate.check_call("turn/start", params)


@pytest.mark.parametrize("policy", [DangerFullAccessSandboxPolicy(), ExternalSandboxPolicy()])
def test_a_thread_that_the_servers_configuration_opened_without_a_sandbox_is_refused(
    policy: object,
) -> None:
    with pytest.raises(FullAccessDenied, match="configuration") as raised:
        refuse_full_access_thread("thread/start", Opened(policy))
    assert raised.value.name == "thread/start.sandbox"


@pytest.mark.parametrize("policy", [ReadOnlySandboxPolicy(), WorkspaceWriteSandboxPolicy()])
def test_a_thread_with_a_sandbox_passes(policy: object) -> None:
    refuse_full_access_thread("thread/start", Opened(policy))

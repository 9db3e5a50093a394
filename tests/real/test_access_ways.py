"""P10 on the real app-server: each way to say full access, on each typed path that takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import (
    FullAccessDenied,
    PromptParams,
    RunProfile,
    RuntimeConfig,
    SessionConfig,
    open_runtime,
)
from codex_runtime.protocol import (
    CONFIG_VALUE_WRITE,
    THREAD_FORK,
    THREAD_RESUME,
    THREAD_SETTINGS_UPDATE,
    THREAD_START,
    TURN_START,
    ConfigValueWriteParams,
    DangerFullAccessSandboxPolicy,
    ExternalSandboxPolicy,
    ThreadForkParams,
    ThreadResumeParams,
    ThreadSettingsUpdateParams,
    ThreadStartParams,
    TurnStartParams,
    WorkspaceWriteSandboxPolicy,
)

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import ScriptedModel

# Any: the fields of a profile.
WAYS: dict[str, dict[str, Any]] = {
    "mode": {"sandbox": "danger-full-access"},
    "policy": {"sandbox": DangerFullAccessSandboxPolicy()},
    "external": {"sandbox": ExternalSandboxPolicy()},
    "everywhere": {"sandbox": WorkspaceWriteSandboxPolicy(writable_roots=["/"])},
    "permissions": {"permissions": ":danger-full-access"},
}


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_to_full_access_is_refused_on_each_layer_of_a_profile(
    model: ScriptedModel, home: Path, workspace: Path, way: str
) -> None:
    """Ours: nothing is sent, and the runtime that allows it is the way out."""
    fields = WAYS[way]
    with pytest.raises(FullAccessDenied):
        RuntimeConfig(defaults=RunProfile(**fields))
    full = SessionConfig(cwd=workspace, **fields)
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        sent = runtime.statistics().bytes_sent
        for refused in (
            lambda: runtime.start_session(full),
            lambda: runtime.resume_session(session.thread_id, full),
            lambda: runtime.fork_session(session.thread_id, full),
            lambda: runtime.run("x", full),
            lambda: session.fork(full),
            lambda: session.ask_with(PromptParams(prompt="x", **fields)),
            lambda: session.ask_with_profile("x", RunProfile(**fields)),
        ):
            with pytest.raises(FullAccessDenied, match="allow_full_access=True"):
                await refused()
        with pytest.raises(FullAccessDenied):
            async with session.ask_stream(PromptParams(prompt="x", **fields)):
                pass
        assert runtime.statistics().bytes_sent == sent


@pytest.mark.parametrize("way", ["policy", "external", "everywhere", "permissions"])
async def test_each_typed_call_that_would_leave_full_access_on_a_thread_is_refused(
    model: ScriptedModel, home: Path, workspace: Path, way: str
) -> None:
    """Ours: also what holds for later turns alone, and what writes it into the configuration."""
    sandbox = WAYS[way].get("sandbox")
    access: dict[str, Any] = WAYS[way] if sandbox is None else {"sandbox_policy": sandbox}
    opening: dict[str, Any] = WAYS[way] if sandbox is None else {"sandbox": "danger-full-access"}
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        thread_id = session.thread_id
        sent = runtime.statistics().bytes_sent
        write = ConfigValueWriteParams(
            key_path="default_permissions", value=":danger-full-access", merge_strategy="replace"
        )
        turn = TurnStartParams(thread_id=thread_id, input=[], **access)
        settings = ThreadSettingsUpdateParams(thread_id=thread_id, **access)
        for refused in (
            lambda: runtime.call(THREAD_START, ThreadStartParams(**opening)),
            lambda: runtime.call(THREAD_RESUME, ThreadResumeParams(thread_id=thread_id, **opening)),
            lambda: runtime.call(THREAD_FORK, ThreadForkParams(thread_id=thread_id, **opening)),
            lambda: runtime.call(TURN_START, turn),
            lambda: runtime.call(THREAD_SETTINGS_UPDATE, settings),
            lambda: runtime.call(CONFIG_VALUE_WRITE, write),
        ):
            with pytest.raises(FullAccessDenied):
                await refused()
        assert runtime.statistics().bytes_sent == sent
        assert (await session.ask("plain")).status == "completed"


async def test_a_writable_sandbox_in_the_root_directory_is_full_access(
    runtime: Runtime, session: Session
) -> None:
    writable = SessionConfig(cwd="/", sandbox="workspace-write")
    with pytest.raises(FullAccessDenied, match="is the root directory"):
        await runtime.start_session(writable)
    with pytest.raises(FullAccessDenied, match="is the root directory"):
        await session.ask_with(PromptParams(prompt="x", cwd="/", sandbox="workspace-write"))
    await (await runtime.start_session(SessionConfig(cwd="/"))).close()

"""P10 on the real app-server: the default is no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_runtime import (
    FullAccessDenied,
    PromptParams,
    RunProfile,
    Runtime,
    RuntimeConfig,
    Session,
    SessionConfig,
)
from codex_runtime.protocol import (
    COMMAND_EXEC,
    THREAD_LOADED_LIST,
    THREAD_SHELL_COMMAND,
    THREAD_START,
    TURN_START,
    CommandExecParams,
    CommandExecution,
    DangerFullAccessSandboxPolicy,
    ExternalSandboxPolicy,
    FileChange,
    ReadOnlySandboxPolicy,
    ServerRequestResolved,
    TextUserInput,
    ThreadLoadedListParams,
    ThreadShellCommandParams,
    ThreadStartParams,
    TurnStartParams,
)
from codex_runtime.testing import apply_patch, shell, text, tool_call
from tests.real.faces import AIO_TOO, open_runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = AIO_TOO

FULL = "danger-full-access"


# -- default answers ---------------------------------------------------------------------------


async def test_without_a_handler_a_command_approval_is_declined(
    session: Session, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the answer. The server's: the item ends declined and the turn goes on."""
    escalated = shell(
        "echo x > made.txt",
        sandbox_permissions="require_escalated",
        justification="May I write?",
    )
    model.enqueue(escalated, text("Then not."))
    async with session.ask_stream("write") as turn:
        resolved = [event async for event in turn if isinstance(event, ServerRequestResolved)]
    (command,) = [item for item in turn.result.items if isinstance(item, CommandExecution)]
    assert command.status == "declined"
    assert turn.result.text == "Then not."
    assert len(resolved) == 1
    assert not (workspace / "made.txt").exists()
    now = runtime.statistics()
    assert (now.server_requests, now.server_requests_declined) == (1, 1)


async def test_without_a_handler_a_file_change_is_declined(
    session: Session, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the answer. The server's: it asks, because the sandbox may not be written."""
    model.enqueue(
        apply_patch("*** Begin Patch\n*** Add File: made.txt\n+x\n*** End Patch\n"),
        text("Then not."),
    )
    result = await session.ask("patch")
    (change,) = [item for item in result.items if isinstance(item, FileChange)]
    assert change.status == "declined"
    assert (result.status, result.text) == ("completed", "Then not.")
    assert not (workspace / "made.txt").exists()
    assert runtime.statistics().server_requests_declined == 1


async def test_a_question_to_the_user_is_answered_empty_and_the_turn_goes_on(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: in this mode its tool for questions is refused before anybody is asked."""
    question = {"id": "q", "header": "H", "question": "Which?", "options": []}
    model.enqueue(tool_call("request_user_input", {"questions": [question]}), text("Then so."))
    assert (await session.ask("ask me")).text == "Then so."
    assert len(model.requests[1].tool_outputs) == 1


async def test_by_default_a_thread_asks_this_client_and_may_write_nothing(
    runtime: Runtime, session: Session
) -> None:
    """Ours: sent with every start, resume and fork, whatever the user's config.toml says."""
    assert session.profile() == RunProfile()
    await session.ask("first")
    await session.rename("x")
    answer = await runtime.request(
        "thread/resume", {"threadId": session.thread_id, "excludeTurns": True}
    )
    assert isinstance(answer, dict)
    assert answer["approvalPolicy"] == "on-request"
    assert answer["approvalsReviewer"] == "user"
    assert answer["sandbox"]["type"] == "readOnly"


async def test_the_configuration_of_the_user_does_not_widen_our_defaults(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: a config.toml with full access and no approvals changes nothing."""
    lines = 'sandbox_mode = "danger-full-access"\napproval_policy = "never"\n'
    config_toml = home / "config.toml"
    before = config_toml.read_text() if config_toml.exists() else ""
    config_toml.write_text(lines + before)
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(shell("echo x > made.txt"), text("Then not."))
        await session.ask("write")
    assert not (workspace / "made.txt").exists()


async def test_a_thread_that_was_refused_takes_no_turn(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Ours: the server keeps it loaded; it is told of no sandbox by the user's own file."""
    config_toml = home / "config.toml"
    before = config_toml.read_text() if config_toml.exists() else ""
    config_toml.write_text('sandbox_mode = "danger-full-access"\n' + before)
    async with open_runtime(model.runtime_config(home)) as runtime:
        with pytest.raises(FullAccessDenied):
            await runtime.call(THREAD_START, ThreadStartParams(cwd=str(workspace)))
        (thread_id,) = (await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams())).data
        turn = TurnStartParams(thread_id=thread_id, input=[TextUserInput(text="go")])
        with pytest.raises(FullAccessDenied, match="without a sandbox"):
            await runtime.call(TURN_START, turn)
    assert list(model.requests) == []


# -- the gate ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: RuntimeConfig(defaults=RunProfile(sandbox=FULL)), id="defaults"),
        pytest.param(
            lambda: RuntimeConfig(defaults=RunProfile(sandbox=DangerFullAccessSandboxPolicy())),
            id="policy",
        ),
        pytest.param(
            lambda: RuntimeConfig(defaults=RunProfile(sandbox=ExternalSandboxPolicy())),
            id="external",
        ),
        pytest.param(
            lambda: RuntimeConfig(defaults=RunProfile(permissions=":danger-full-access")),
            id="permissions",
        ),
        pytest.param(lambda: RuntimeConfig(config_overrides={"sandbox_mode": FULL}), id="override"),
        pytest.param(
            lambda: RuntimeConfig(config_overrides={"profiles": {"x": {"sandbox_mode": FULL}}}),
            id="nested-override",
        ),
        pytest.param(
            lambda: RuntimeConfig(config_overrides={"profiles.x.sandbox_mode": FULL}),
            id="dotted-override",
        ),
        pytest.param(
            lambda: RuntimeConfig(config_overrides={"default_permissions": ":danger-full-access"}),
            id="default-permissions",
        ),
    ],
)
def test_a_runtime_config_with_full_access_is_refused_as_it_is_made(
    make: Callable[[], RuntimeConfig],
) -> None:
    """Ours: it names the field and the way out."""
    with pytest.raises(FullAccessDenied, match="allow_full_access=True"):
        make()


async def test_every_typed_way_to_full_access_is_refused_before_anything_is_sent(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours."""
    sent = runtime.statistics().bytes_sent
    thread_id = session.thread_id
    full = DangerFullAccessSandboxPolicy()
    for refused in (
        lambda: runtime.start_session(SessionConfig(cwd=workspace, sandbox=FULL)),
        lambda: runtime.start_session(SessionConfig(cwd=workspace, sandbox=full)),
        lambda: runtime.start_session(SessionConfig(cwd=workspace, config={"sandbox_mode": FULL})),
        lambda: runtime.start_session(
            SessionConfig(cwd=workspace, config={"profiles": {"x": {"sandbox_mode": FULL}}})
        ),
        lambda: runtime.resume_session(thread_id, SessionConfig(cwd=workspace, sandbox=FULL)),
        lambda: runtime.fork_session(thread_id, SessionConfig(cwd=workspace, sandbox=FULL)),
        lambda: runtime.run("x", SessionConfig(cwd=workspace, sandbox=FULL)),
        lambda: session.ask_with_profile("x", RunProfile(sandbox=FULL)),
        lambda: session.ask_with_profile("x", RunProfile(sandbox=ExternalSandboxPolicy())),
        lambda: session.ask_with(PromptParams(prompt="x", sandbox=full)),
        lambda: session.fork(SessionConfig(cwd=workspace, sandbox=FULL)),
        lambda: runtime.call(THREAD_START, ThreadStartParams(sandbox=FULL)),
        lambda: runtime.call(THREAD_START, ThreadStartParams(config={"sandbox_mode": FULL})),
        lambda: runtime.call(
            THREAD_SHELL_COMMAND, ThreadShellCommandParams(thread_id=thread_id, command="true")
        ),
        lambda: runtime.call(COMMAND_EXEC, CommandExecParams(command=["true"])),
        lambda: runtime.call(
            COMMAND_EXEC, CommandExecParams(command=["true"], sandbox_policy=full)
        ),
    ):
        with pytest.raises(FullAccessDenied, match="allow_full_access=True"):
            await refused()
    assert runtime.statistics().bytes_sent == sent
    answer = await runtime.call(
        COMMAND_EXEC,
        CommandExecParams(command=["echo", "fine"], sandbox_policy=ReadOnlySandboxPolicy()),
    )
    assert (answer.exit_code, answer.stdout) == (0, "fine\n")


async def test_full_access_that_was_allowed_really_writes(
    model: ScriptedModel, home: Path, workspace: Path, tmp_path: Path
) -> None:
    """The server's: what the gate is there for."""
    outside = tmp_path / "outside"
    outside.mkdir()
    async with open_runtime(model.runtime_config(home, allow_full_access=True)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace, sandbox=FULL))
        model.enqueue(shell(f"echo x > {outside}/by-session"), text("ok"))
        await session.ask("write")
        careful = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(shell(f"echo x > {outside}/by-profile"), text("ok"))
        await careful.ask_with_profile("write", RunProfile(sandbox=FULL))
        model.enqueue(shell(f"echo x > {outside}/not-after"), text("ok"))
        await careful.ask("write")
        by_exec = CommandExecParams(
            command=["touch", f"{outside}/by-exec"],
            sandbox_policy=DangerFullAccessSandboxPolicy(),
        )
        assert (await runtime.call(COMMAND_EXEC, by_exec)).exit_code == 0
        async with runtime.subscribe(methods=["turn/completed"]) as ended:
            await runtime.call(
                THREAD_SHELL_COMMAND,
                ThreadShellCommandParams(
                    thread_id=careful.thread_id, command=f"echo x > {outside}/by-shell"
                ),
            )
            await anext(ended)
    written = {path.name for path in outside.iterdir()}
    assert written == {"by-session", "by-profile", "by-exec", "by-shell"}

"""`ExecSession` on the real binary: turns, resumes, failures, cancelling, deadlines, budgets."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio

from codex_runtime import (
    BudgetExceeded,
    ConfigError,
    FullAccessDenied,
    RolloutBudget,
    SessionBusy,
    StartError,
    TokenBudget,
    TokenUsage,
    merge_config,
    rollout_budget_config,
)
from codex_runtime.exec import (
    ExecAgentMessage,
    ExecBudgetPassed,
    ExecCommand,
    ExecCommandExecution,
    ExecConfig,
    ExecErrorReport,
    ExecExited,
    ExecFailure,
    ExecFileChange,
    ExecItemCompleted,
    ExecItemStarted,
    ExecItemUpdated,
    ExecLoginRequired,
    ExecMcpToolCall,
    ExecReasoning,
    ExecRefused,
    ExecResumeCommand,
    ExecRetry,
    ExecSession,
    ExecThreadNotFound,
    ExecTimedOut,
    ExecTodoList,
    ExecTurnFailed,
    ExecTurnFailedEvent,
    ExecTurnStarted,
)
from codex_runtime.exec.command import flags_of
from codex_runtime.launch import CodexVersion
from codex_runtime.testing import (
    apply_patch,
    reasoning,
    server_error,
    shell,
    silence,
    text,
    tool_call,
    unauthorized,
    usage,
)
from tests.real import mcp_process
from tests.real.processes import marked_processes
from tests.support.every_checkpoint import cancel_at_every_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.exec import ExecEvent, ExecTurn
    from codex_runtime.testing import Reply, ScriptedModel

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
BROKEN = {"command": "/nowhere/at-all", "required": True}
NOBODY = "01900000-0000-7000-8000-000000000000"
FLAG = re.compile(r"^ {2,6}(?:-\w, )?(--[\w-]+)( <)?", re.MULTILINE)


@pytest.fixture
def config(model: ScriptedModel, home: Path, workspace: Path) -> ExecConfig:
    """A session's, with its turns answered by the scripted model."""
    return attrs.evolve(
        ExecConfig.from_runtime(model.runtime_config(home, cwd=workspace)),
        skip_git_repo_check=True,
    )


def kinds(events: Sequence[ExecEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def completed(events: Sequence[ExecEvent]) -> list[ExecItemCompleted]:
    return [event for event in events if isinstance(event, ExecItemCompleted)]


async def run_command(session: ExecSession, command: ExecCommand | ExecResumeCommand) -> ExecTurn:
    if isinstance(command, ExecCommand):
        return await session.execute(command)
    return await session.execute_resume(command)


async def once_begun(session: ExecSession, act: Callable[[], None]) -> ExecTurn:
    """A turn in which something is done as soon as it has begun."""
    async with session.stream("long") as run:
        async for event in run:
            if isinstance(event, ExecTurnStarted):
                act()
        return await run.finish()


# -- turns ---------------------------------------------------------------------------------------


async def test_a_turn_gives_its_text_its_events_and_its_usage(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["Hi"] = text("Hello.") + usage(input_tokens=100, output_tokens=7)
    session = ExecSession(config)
    turn = await session.send("Hi")
    assert (turn.status, turn.text, turn.returncode) == ("completed", "Hello.", 0)
    assert kinds(turn.events) == [
        "ExecThreadStarted",
        "ExecTurnStarted",
        "ExecItemCompleted",
        "ExecTurnCompleted",
    ]
    assert turn.usage is not None
    assert (turn.usage.input_tokens, turn.usage.output_tokens) == (100, 7)
    assert session.id == turn.thread_id
    assert (session.total_turns, session.history) == (1, (turn,))
    assert session.usage == turn.usage == turn.thread_usage


async def test_the_next_prompt_goes_to_the_same_thread_and_is_charged_what_it_cost(
    config: ExecConfig, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["one"] = text("first") + usage(input_tokens=100, output_tokens=7)
    replies["two"] = text("second") + usage(input_tokens=200, output_tokens=5)
    session = ExecSession(config)
    first = await session.send("one")
    second = await session.send("two")
    assert second.thread_id == first.thread_id == session.id
    assert "first" in str(model.requests[-1].body["input"])
    assert second.usage is not None
    assert second.thread_usage is not None
    assert (second.usage.input_tokens, second.usage.output_tokens) == (200, 5)
    assert second.thread_usage.input_tokens == 300
    assert session.usage == second.thread_usage


async def test_a_thread_of_before_is_resumed_and_its_first_turn_is_charged_alone(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["one"] = text("first") + usage(input_tokens=100, output_tokens=7)
    replies["two"] = text("second") + usage(input_tokens=200, output_tokens=5)
    old = ExecSession(config)
    await old.send("one")
    assert old.id is not None
    session = ExecSession.resume(old.id, config)
    turn = await session.send("two")
    assert turn.usage is not None
    assert (session.id, turn.usage.input_tokens, session.total_turns) == (old.id, 200, 1)


async def test_a_prompt_goes_over_stdin_whole_and_is_nowhere_else(
    config: ExecConfig, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    prompt = "--help\n" + "Grüße, 世界 🙂 \x00\n" * 20_000
    session = ExecSession(config)
    with caplog.at_level(logging.DEBUG):
        await session.send(prompt)
    assert model.requests[0].last_user_text == prompt
    assert "exec" in caplog.text
    assert "世界" not in caplog.text
    assert "世界" not in repr(session) + repr(ExecCommand(prompt))
    assert "世界" not in session.command_line(ExecCommand(prompt))


async def test_events_are_streamed_as_they_come(
    config: ExecConfig, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["go"] = text("half", finished=False) + silence() + text(" done")
    session = ExecSession(config)
    seen: list[ExecEvent] = []
    async with session.stream("go") as run:
        async for event in run:
            if isinstance(event, ExecTurnStarted):
                assert session.id == run.thread_id is not None
                await model.wait_for_requests(1)
                model.release()
            seen.append(event)
        turn = await run.finish()
    assert tuple(seen) == turn.events == run.turn.events
    assert turn.text == run.text


async def test_every_kind_of_item_that_a_scripted_model_can_cause_is_typed(
    config: ExecConfig, model: ScriptedModel, workspace: Path
) -> None:
    server = {"command": "python3", "args": [mcp_process.__file__]}
    overrides = {
        "mcp_servers": {"x": {**server, "default_tools_approval_mode": "approve"}},
        "tools": {"update_plan": {"enabled": True}},
    }
    plan = {"plan": [{"step": "one", "status": "completed"}]}
    model.enqueue(reasoning("I think."))
    session = ExecSession(config)
    thought = await session.send("think")
    assert ExecReasoning in [type(e.item) for e in completed(thought.events)]
    model.enqueue(
        shell("echo hi; exit 3"),
        apply_patch("*** Begin Patch\n*** Add File: a.txt\n+hi\n*** End Patch"),
        tool_call("update_plan", {"plan": [{"step": "one", "status": "pending"}]}),
        tool_call("update_plan", plan),
        tool_call("tell", {}, namespace="mcp__x"),
        text("done"),
    )
    command = ExecCommand("work", sandbox="workspace-write", config=overrides)
    turn = await session.execute(command)
    items = [event.item for event in completed(turn.events)]
    assert [type(item) for item in items] == [
        ExecCommandExecution,
        ExecFileChange,
        ExecMcpToolCall,
        ExecAgentMessage,
        ExecTodoList,
    ]
    ran, changed, called, _, planned = items
    assert isinstance(ran, ExecCommandExecution)
    assert (ran.exit_code, ran.status) == (3, "failed")
    assert ran.aggregated_output.endswith("hi\n")
    assert isinstance(changed, ExecFileChange)
    assert [(change.path, change.kind) for change in changed.changes] == [
        (str(workspace / "a.txt"), "add")
    ]
    assert isinstance(called, ExecMcpToolCall)
    assert (called.server, called.tool, called.status) == ("x", "tell", "completed")
    assert isinstance(planned, ExecTodoList)
    assert [(todo.text, todo.completed) for todo in planned.items] == [("one", True)]
    assert any(isinstance(event, ExecItemStarted) for event in turn.events)
    assert any(isinstance(event, ExecItemUpdated) for event in turn.events)
    assert turn.malformed == ()
    assert not {"ExecUnknown", "ExecUnknownItem"} & set(kinds(turn.events))


async def test_every_turn_has_the_sandbox_of_the_config_unless_its_command_has_another(
    config: ExecConfig, model: ScriptedModel, workspace: Path
) -> None:
    writes = shell("touch made.txt")
    session = ExecSession(config)
    model.enqueue(writes, text("no"), writes, text("no"))
    await session.send("try")
    await session.send("try again")
    assert not (workspace / "made.txt").exists()
    model.enqueue(writes, text("yes"))
    wider = attrs.evolve(config, sandbox="workspace-write")
    await ExecSession.resume(str(session.id), wider).send("now")
    assert (workspace / "made.txt").exists()


async def test_a_command_with_options_starts_a_thread_that_the_session_goes_on_with(
    config: ExecConfig, replies: dict[str, Reply], tmp_path: Path
) -> None:
    schema = tmp_path / "schema.json"
    shape = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    schema.write_text(json.dumps({**shape, "additionalProperties": False}))
    replies["count"] = text('{"n": 3}')
    session = ExecSession(config)
    await session.send("before")
    before = session.id
    command = ExecCommand(
        "count",
        model="gpt-5.5",
        output_schema=schema,
        output_last_message=tmp_path / "last.txt",
        color="never",
        thread_source="user",
    )
    turn = await session.execute(command)
    assert json.loads(turn.text) == {"n": 3}
    assert (tmp_path / "last.txt").read_text() == turn.text
    assert session.id == turn.thread_id != before
    assert (await session.send("after")).thread_id == turn.thread_id


async def test_flags_go_together_and_files_may_be_several(
    config: ExecConfig, model: ScriptedModel, workspace: Path, home: Path, tmp_path: Path
) -> None:
    images = [workspace / "one.png", Path("two.png")]
    for image in images:
        (workspace / image).write_bytes(PIXEL)
    (home / "mine.config.toml").write_text('model_reasoning_effort = "low"\n')
    folders = [tmp_path / "a folder", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    model.enqueue(shell(f"touch '{folders[0]}/made'; touch {folders[1]}/made"), text("done"))
    command = ExecCommand(
        "work",
        image=images,
        add_dir=folders,
        sandbox="workspace-write",
        profile="mine",
        cd=".",
        enable=("multi_agent",),
        disable=["apps", "plugins"],
        strict_config=True,
        ignore_rules=True,
        ephemeral=True,
        color="always",
    )
    await ExecSession(config).execute(command)
    assert str(model.requests[0].body["input"]).count("'input_image'") == 2
    assert model.requests[0].effort == "low"
    assert all((folder / "made").exists() for folder in folders)


async def test_a_resume_with_options_fills_in_the_session_and_last_finds_the_newest(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["three"] = text("3") + usage(input_tokens=30, output_tokens=3)
    session = ExecSession(config)
    await session.send("one")
    turn = await session.execute_resume(ExecResumeCommand("two", model="gpt-5.5"))
    assert turn.thread_id == session.id
    other = ExecSession(config)
    last = await other.execute_resume(ExecResumeCommand("three", last=True))
    assert other.id == session.id
    assert last.usage is not None
    assert (last.usage.input_tokens, last.usage.output_tokens) == (30, 3)


async def test_what_another_client_used_in_between_is_no_cost_of_this_one(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    for prompt in ("one", "two", "three"):
        replies[prompt] = text(prompt) + usage(input_tokens=100, output_tokens=1)
    session = ExecSession(config)
    await session.send("one")
    await ExecSession.resume(str(session.id), config).send("two")
    turn = await session.send("three")
    assert turn.usage is not None
    assert turn.thread_usage is not None
    assert (turn.usage.input_tokens, turn.thread_usage.input_tokens) == (100, 300)


async def test_of_a_turn_that_is_not_recorded_a_failure_tells_no_usage(
    config: ExecConfig, model: ScriptedModel
) -> None:
    model.enqueue(shell("echo hi"), server_error())
    session = ExecSession(config)
    with pytest.raises(ExecTurnFailed):
        await session.execute(ExecCommand("x", ephemeral=True))
    assert (session.usage, session.turns_without_usage) == (None, 1)


# -- the thread's id survives --------------------------------------------------------------------


async def test_the_id_survives_a_failed_turn_which_is_recorded_with_what_it_used(
    config: ExecConfig, model: ScriptedModel
) -> None:
    session = ExecSession(config)
    model.enqueue(shell("echo hi") + usage(input_tokens=50, output_tokens=2), server_error())
    with pytest.raises(ExecTurnFailed, match="high demand") as caught:
        await session.send("one")
    failed = session.history[0]
    assert caught.value.thread_id == session.id == failed.thread_id is not None
    assert (failed.status, failed.returncode, session.total_turns) == ("failed", 1, 0)
    assert isinstance(failed.events[-1], ExecTurnFailedEvent)
    assert failed.usage is not None
    assert failed.usage.input_tokens == 50
    assert (caught.value.kind, caught.value.outcome_certain) == ("turn_failed", False)
    turn = await session.send("two")
    assert (turn.thread_id, session.total_turns) == (failed.thread_id, 1)


async def test_the_id_survives_a_cancelled_turn_and_no_process_does(
    config: ExecConfig, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    replies["long"] = text("so far", finished=False) + silence()
    session = ExecSession(config)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.send, "long")
        await model.wait_for_requests(1)
        nursery.cancel_scope.cancel()
    (turn,) = session.history
    assert (turn.status, session.total_turns) == ("cancelled", 0)
    assert turn.thread_id == session.id is not None
    assert marked_processes() == {}
    assert (await session.send("next")).thread_id == session.id


def remove_rollouts(home: Path) -> None:
    for rollout in home.rglob("rollout-*.jsonl"):
        rollout.unlink()


async def test_a_thread_of_which_nothing_was_written_is_followed_by_another(
    config: ExecConfig, replies: dict[str, Reply], model: ScriptedModel, home: Path
) -> None:
    replies["long"] = silence()
    session = ExecSession(config)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.send, "long")
        await model.wait_for_requests(1)
        nursery.cancel_scope.cancel()
    lost = session.id
    remove_rollouts(home)  # as it is when the process ends earlier still
    turn = await session.send("next")
    assert turn.status == "completed"
    assert turn.thread_id == session.id != lost
    with pytest.raises(ExecThreadNotFound):
        await session.execute_resume(ExecResumeCommand("again", session_id=lost))
    assert (await session.send("and on")).thread_id == turn.thread_id == session.id


async def test_a_turn_cancelled_at_any_step_leaves_no_process_and_a_session_that_works(
    config: ExecConfig,
) -> None:
    session = ExecSession(config)

    async def check() -> None:
        await trio.lowlevel.checkpoint()
        assert marked_processes() == {}
        told = [turn.thread_id for turn in session.history if turn.thread_id is not None]
        # One that was ended before its thread was written is followed by another thread.
        assert session.id is None or told[-1] == session.id

    runs = await cancel_at_every_checkpoint(
        lambda: session.send("x"), check, steps_of="all", stride=9
    )
    assert runs >= 5
    assert session.last_turn is not None
    assert session.last_turn.status == "completed"


async def test_the_id_survives_a_block_that_is_left_early(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["long"] = silence()
    session = ExecSession(config)
    async with session.stream("long") as run:
        async for event in run:
            if isinstance(event, ExecTurnStarted):
                break
    assert (run.turn.status, run.turn.thread_id) == ("cancelled", session.id)
    assert session.id is not None


async def test_the_id_survives_a_deadline(config: ExecConfig, replies: dict[str, Reply]) -> None:
    replies["long"] = silence()
    session = ExecSession(attrs.evolve(config, timeout_s=2))
    with pytest.raises(ExecTimedOut, match="not done within 2 s") as caught:
        await session.send("long")
    assert caught.value.thread_id == session.id is not None
    assert marked_processes() == {}


async def test_silence_has_a_deadline_of_its_own(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["long"] = silence()
    session = ExecSession(attrs.evolve(config, idle_timeout_s=1))
    with pytest.raises(ExecTimedOut, match="no event within 1 s"):
        await session.send("long")
    assert session.id is not None


async def test_the_id_survives_a_kill(config: ExecConfig, replies: dict[str, Reply]) -> None:
    replies["long"] = silence()
    session = ExecSession(config)

    def kill() -> None:
        (pid, *_) = sorted(marked_processes())
        os.kill(pid, signal.SIGKILL)

    with pytest.raises(ExecExited) as caught:
        await once_begun(session, kill)
    assert (caught.value.returncode, caught.value.kind) == (-signal.SIGKILL, "exited")
    assert caught.value.thread_id == session.id is not None


async def test_what_a_command_runs_is_ended_with_the_turn(
    config: ExecConfig, model: ScriptedModel
) -> None:
    session = ExecSession(config)
    model.enqueue(shell("sleep 1000; echo late"))
    async with session.stream("work") as run:
        async for event in run:
            if isinstance(event, ExecItemStarted):
                break
    assert isinstance(run.turn.events[-1], ExecItemStarted)
    assert marked_processes() == {}


# -- failures by kind ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (ExecCommand("x", config={"sandbox_mode": "nonsense"}), "config"),
        (ExecCommand("x", config={"no_such_field": 1}, strict_config=True), "config"),
        (ExecCommand("x", config={"model_provider": "nobody"}), "config"),
        (ExecCommand("x", enable=("no_such_feature",)), "config"),
        (ExecCommand("x", config={"mcp_servers": {"x": BROKEN}}), "setup"),
        (ExecResumeCommand("x", session_id=NOBODY), "thread_not_found"),
    ],
)
async def test_a_refused_command_says_what_kind_of_refusal_it_was(
    config: ExecConfig, command: ExecCommand | ExecResumeCommand, kind: str
) -> None:
    session = ExecSession(config)
    with pytest.raises(ExecFailure) as caught:
        await run_command(session, command)
    assert caught.value.kind == kind
    assert session.id is None
    assert (session.last_turn, session.total_turns) == (caught.value.turn, 0)
    assert (caught.value.outcome_certain, caught.value.retryable) == (True, False)
    assert kind in type(caught.value).kinds


async def test_a_directory_that_is_not_trusted_is_refused(config: ExecConfig) -> None:
    with pytest.raises(ExecRefused, match="skip-git-repo-check") as caught:
        await ExecSession(attrs.evolve(config, skip_git_repo_check=False)).send("x")
    assert caught.value.kind == "directory"


async def test_an_unknown_key_is_a_matter_of_login(
    config: ExecConfig, model: ScriptedModel
) -> None:
    model.enqueue(unauthorized())
    session = ExecSession(config)
    with pytest.raises(ExecLoginRequired, match="401") as caught:
        await session.send("x")
    assert caught.value.thread_id == session.id is not None
    assert any(isinstance(event, ExecErrorReport) for event in caught.value.turn.events)


@pytest.mark.parametrize(
    "command",
    [
        ExecResumeCommand("x", session_id="nobody"),
        ExecResumeCommand("x", last=True),
    ],
)
async def test_what_cannot_be_resumed_is_told_and_not_taken_for_a_new_thread(
    config: ExecConfig, command: ExecResumeCommand
) -> None:
    session = ExecSession(config)
    with pytest.raises(ExecThreadNotFound, match="began a new one") as caught:
        await session.execute_resume(command)
    assert session.id is None
    assert caught.value.turn.thread_id is not None
    assert not caught.value.outcome_certain


async def test_a_thread_is_resumed_by_its_name(config: ExecConfig, home: Path) -> None:
    session = ExecSession(config)
    await session.send("one")
    entry = {"id": session.id, "thread_name": "Kept", "updated_at": "2026-01-01T00:00:00Z"}
    with (home / "session_index.jsonl").open("a") as index:
        index.write(json.dumps(entry) + "\n")
    other = ExecSession(config)
    await other.execute_resume(ExecResumeCommand("two", session_id="Kept"))
    assert other.id == session.id


async def test_a_binary_that_cannot_run_is_a_start_error(
    config: ExecConfig, tmp_path: Path
) -> None:
    program = tmp_path / "codex"
    program.write_text("this is no program")
    program.chmod(0o755)
    session = ExecSession(attrs.evolve(config, codex_bin=program))
    with pytest.raises(StartError, match="cannot be started"):
        await session.send("x")
    assert session.history == ()


# -- bad input, gates ----------------------------------------------------------------------------


async def test_full_access_needs_to_be_allowed(config: ExecConfig) -> None:
    session = ExecSession(config)
    for command in (
        ExecCommand("x", sandbox="danger-full-access"),
        ExecCommand("x", dangerously_bypass_approvals_and_sandbox=True),
        ExecCommand("x", dangerously_bypass_hook_trust=True),
        ExecCommand("x", trust=True),
        ExecCommand("x", add_dir=("/",)),
        ExecCommand("x", config={"sandbox_mode": "danger-full-access"}),
    ):
        with pytest.raises(FullAccessDenied):
            await session.execute(command)
    with pytest.raises(FullAccessDenied):
        ExecConfig(sandbox="danger-full-access")
    assert session.history == ()


@pytest.mark.parametrize(
    "settings",
    [
        'sandbox_mode = "danger-full-access"',
        'default_permissions = ":danger-full-access"',
        'default_permissions = "mine"\n[permissions.mine.filesystem]\n":root" = "write"',
    ],
)
async def test_full_access_in_the_settings_of_the_user_is_overruled(
    config: ExecConfig, model: ScriptedModel, home: Path, workspace: Path, settings: str
) -> None:
    (home / "config.toml").write_text(settings)
    model.enqueue(shell("touch made.txt"), text("no"))
    turn = await ExecSession(config).send("x")
    assert (turn.text, (workspace / "made.txt").exists()) == ("no", False)


async def test_with_full_access_allowed_there_is_no_sandbox(
    config: ExecConfig, model: ScriptedModel, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    model.enqueue(shell(f"touch {outside}"), text("done"))
    free = attrs.evolve(config, allow_full_access=True)
    await ExecSession(free).execute(ExecCommand("x", dangerously_bypass_approvals_and_sandbox=True))
    assert outside.exists()


@pytest.mark.parametrize(
    "command",
    [
        ExecCommand("x", image="nope.png"),
        ExecCommand("x", output_schema="nope.json"),
        ExecCommand("x", profile="nope"),
        ExecCommand("x", cd="nope"),
        ExecResumeCommand("x", session_id=NOBODY, image=("nope.png",)),
    ],
)
async def test_what_is_not_there_is_refused_before_anything_runs(
    config: ExecConfig, command: ExecCommand | ExecResumeCommand
) -> None:
    session = ExecSession(config)
    with pytest.raises(ConfigError, match="Name one that is there"):
        session.command_line(command)
    with pytest.raises(ConfigError, match="Name one that is there"):
        await run_command(session, command)
    assert session.history == ()


async def test_a_second_turn_at_the_same_time_is_refused(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["long"] = silence()
    session = ExecSession(config)
    async with session.stream("long"):
        with pytest.raises(SessionBusy):
            await session.send("x")


# -- attempts ------------------------------------------------------------------------------------


async def test_a_failed_turn_is_not_run_again_by_itself(
    config: ExecConfig, model: ScriptedModel
) -> None:
    model.enqueue(server_error(), text("fine"))
    session = ExecSession(config)
    with pytest.raises(ExecTurnFailed):
        await session.send("x")
    assert (len(model.requests), len(session.history)) == (1, 1)


async def test_a_failed_turn_is_run_again_where_that_is_asked_for(
    config: ExecConfig, model: ScriptedModel
) -> None:
    retry = ExecRetry(max_attempts=3, first_pause_s=0.01, rerun=("turn_failed",))
    model.enqueue(server_error(), server_error(), text("fine"))
    session = ExecSession(attrs.evolve(config, retry=retry))
    turn = await session.send("x")
    assert [one.status for one in session.history] == ["failed", "failed", "completed"]
    assert {one.thread_id for one in session.history} == {turn.thread_id}
    assert (turn.text, session.total_turns) == ("fine", 1)


async def test_the_attempts_come_to_an_end(config: ExecConfig, model: ScriptedModel) -> None:
    retry = ExecRetry(max_attempts=2, first_pause_s=0.01, rerun=("turn_failed",))
    model.enqueue(server_error(), server_error(), text("too late"))
    session = ExecSession(attrs.evolve(config, retry=retry))
    with pytest.raises(ExecTurnFailed):
        await session.send("x")
    assert len(session.history) == 2


# -- budgets -------------------------------------------------------------------------------------


async def test_a_budget_that_is_used_up_starts_nothing(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["one"] = text("first") + usage(input_tokens=100, output_tokens=7)
    told: list[int] = []
    budget = TokenBudget(100, on_exceed=lambda budget: told.append(budget.used_tokens))
    shared = attrs.evolve(config, budget=budget)
    await ExecSession(shared).send("one")
    assert (budget.used_tokens, told) == (107, [107])
    with pytest.raises(BudgetExceeded):
        await ExecSession(shared).send("two")


async def test_the_budget_of_codex_itself_is_given_to_every_turn(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["one"] = text("first") + usage(input_tokens=100, output_tokens=7)
    budget = rollout_budget_config(RolloutBudget(limit_tokens=50))
    merged = merge_config(config.config_overrides, budget)
    session = ExecSession(attrs.evolve(config, config_overrides=merged))
    for _ in range(2):
        with pytest.raises(ExecTurnFailed, match="budget"):
            await session.send("one")


async def test_a_turn_is_ended_when_others_use_up_the_budget(
    config: ExecConfig, replies: dict[str, Reply]
) -> None:
    replies["long"] = silence()
    budget = TokenBudget(100, action="interrupt")
    session = ExecSession(attrs.evolve(config, budget=budget))
    spent = TokenUsage(
        input_tokens=100,
        cached_input_tokens=0,
        output_tokens=1,
        reasoning_output_tokens=0,
        total_tokens=101,
    )

    def spend() -> None:
        budget.note("another thread", "its turn", spent)
        budget.announce()

    with pytest.raises(ExecBudgetPassed, match="101 of 100"):
        await once_begun(session, spend)
    assert session.id is not None


# -- the contract --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [ExecCommand, ExecResumeCommand])
def test_the_builder_has_every_flag_of_the_help_and_no_other(
    codex_path: str, command: type[ExecCommand | ExecResumeCommand]
) -> None:
    called = [codex_path, *command("x").subcommand, "--help"]
    told = subprocess.run(called, capture_output=True, text=True, timeout=30, check=True).stdout
    version = subprocess.run(
        [codex_path, "--version"], capture_output=True, text=True, timeout=30, check=True
    ).stdout.split()[-1]
    has = CodexVersion.parse(version)
    assert has is not None
    ours = {flag for flag, since in flags_of(command).items() if CodexVersion(*since) <= has}
    help_says = dict(FLAG.findall(told))
    assert ours == help_says.keys() - {"--help", "--version"}
    switches = {flag for flag, value in help_says.items() if not value}
    for field in attrs.fields(command):
        flag = field.metadata.get("codex_flag")
        if flag in ours:
            assert isinstance(field.default, bool) == (flag in switches), flag


@pytest.mark.parametrize("field", ["sandbox", "color", "cyber_access_program"])
def test_the_choices_of_a_flag_are_those_of_the_help(codex_path: str, field: str) -> None:
    told = subprocess.run(
        [codex_path, "exec", "--help"], capture_output=True, text=True, timeout=30, check=True
    ).stdout
    flag = "--" + field.replace("_", "-")
    found = re.search(rf"{flag} <.*?\[possible values: (.*?)\]", told, re.DOTALL)
    assert found
    wrong: dict[str, Any] = {field: "nonsense"}
    with pytest.raises(ConfigError) as caught:
        ExecCommand("x", **wrong)
    assert re.findall(r"'([\w-]+)'", caught.value.hint) == found[1].split(", ")

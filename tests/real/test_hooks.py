"""Hooks around a real app-server: what they see, what they change, what they keep from happening.

How they meet cancelling, closing and the line is in ``tests/session/test_asking_under_hooks.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pytest
import trio

from codex_runtime import (
    Block,
    BlockedByHook,
    FileMention,
    Hook,
    HookConfig,
    HookContext,
    HookMatcher,
    Mutate,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    ShellCommand,
    TurnFailed,
    tool,
)
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.protocol import CommandExecution, FileChange
from codex_runtime.testing import (
    apply_patch,
    response_failed,
    shell,
    text,
    tool_call,
)
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.hook_probes import (
    OTHER_MODEL,
    START_PHASES,
    TURN_PHASES,
    Watch,
    accept,
    answering,
    escalated,
    one,
)
from tests.real.waiting import prompts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from codex_runtime import TurnResult
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

Way = Literal["ask", "stream"]

PATCH = "*** Begin Patch\n*** Add File: made.txt\n+x\n*** End Patch\n"

both_ways = pytest.mark.parametrize("way", ["ask", "stream"])


async def run_turn(session: Session, way: Way, params: PromptParams) -> TurnResult:
    if way == "ask":
        return await session.ask_with(params)
    async with session.ask_stream(params) as turn:
        return await turn.finish()


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    """With the experimental protocol, which tools need."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        yield runtime


# -- what they see -------------------------------------------------------------------------------


@both_ways
async def test_each_phase_comes_once_in_order_and_is_shown_what_it_has(
    way: Way, runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    watch = Watch()
    phases: tuple[HookPhase, ...] = (*START_PHASES, *TURN_PHASES, "pre_tool_use", "post_tool_use")
    config = SessionConfig(cwd=workspace, hooks=HookConfig([watch.hook(*phases)]), approvals=accept)
    session = await runtime.start_session(config)
    model.enqueue(escalated("expr 6 '*' 7"), text("It is 42."))
    result = await run_turn(session, way, PromptParams(prompt="compute", metadata={"ticket": 7}))

    assert watch.phases == [
        "pre_session_start",
        "post_session_start",
        "pre_run",
        "pre_turn",
        "pre_tool_use",
        "post_tool_use",
        "post_turn",
        "post_run",
    ]
    before, opened, *of_ask = watch.seen
    assert (before.thread_id, opened.thread_id) == (None, session.thread_id)
    assert {context.cwd for context in watch.seen} == {str(workspace)}
    assert {context.thread_id for context in of_ask} == {session.thread_id}
    assert {context.prompt for context in of_ask} == {"compute"}
    assert [dict(context.metadata) for context in of_ask] == [{"ticket": 7}] * 6
    assert [context.turn_id for context in of_ask] == [None, None, *[result.turn_id] * 4]
    assert [(context.status, context.text) for context in of_ask] == [
        (None, None),
        (None, None),
        (None, None),
        ("completed", None),
        ("completed", "It is 42."),
        ("completed", "It is 42."),
    ]
    assert [(r.hook, r.phase, r.outcome) for r in result.hook_report.records] == [
        ("watch", context.phase, "proceeded") for context in of_ask
    ]


async def test_a_hook_is_told_the_same_of_a_tool_before_and_after_and_the_output_then(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    watch = Watch()
    config = SessionConfig(
        cwd=workspace,
        hooks=HookConfig([watch.hook("pre_tool_use", "post_tool_use")]),
        approvals=accept,
    )
    session = await runtime.start_session(config)
    model.enqueue(escalated("expr 6 '*' 7"), text("done"))
    result = await session.ask("compute")
    (command,) = [item for item in result.items if isinstance(item, CommandExecution)]
    before, after = watch.seen
    assert before.tool_name == after.tool_name == "shell"
    assert before.tool_input == after.tool_input
    assert before.tool_input == {"command": command.command, "cwd": str(workspace)}
    assert (before.tool_output, before.status) == (None, None)
    assert (str(after.tool_output).endswith("42\n"), after.status) == (True, "completed")


async def test_a_command_that_nobody_is_asked_about_is_seen_afterwards_alone(
    session: Session, model: ScriptedModel
) -> None:
    watch = Watch()
    model.enqueue(shell("echo one; exit 3"), shell("echo two"), text("done"))
    hooks = HookConfig([watch.hook("pre_tool_use", "post_tool_use")])
    await session.ask("try", hooks=hooks)
    assert [(c.phase, c.status, str(c.tool_output)[-4:]) for c in watch.seen] == [
        ("post_tool_use", "failed", "one\n"),
        ("post_tool_use", "completed", "two\n"),
    ]


async def test_hooks_after_a_failed_turn_see_how_it_ended(
    session: Session, model: ScriptedModel
) -> None:
    watch = Watch()
    model.enqueue(response_failed("server_error", "out of order"))
    with pytest.raises(TurnFailed) as caught:
        await session.ask("go", hooks=HookConfig([watch.hook("post_turn", "post_run")]))
    assert [(c.phase, c.status) for c in watch.seen] == [
        ("post_turn", "failed"),
        ("post_run", "failed"),
    ]
    assert len(caught.value.result.hook_report.records) == 2


@both_ways
async def test_the_report_of_a_turn_names_what_a_broken_hook_did(
    way: Way, session: Session
) -> None:
    async def breaks(_context: HookContext) -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("out of paper")

    async def hangs(_context: HookContext) -> None:
        await trio.sleep_forever()

    hooks = HookConfig(
        [Hook("printer", "pre_run", breaks), Hook("slow", "post_run", hangs, timeout_s=0.01)]
    )
    result = await run_turn(session, way, PromptParams(prompt="go", hooks=hooks))
    assert result.text == "re: go"
    assert not result.hook_report.is_clean
    assert [(r.hook, r.outcome, r.message) for r in result.hook_report.problems] == [
        ("printer", "failed", "ValueError: out of paper"),
        ("slow", "timed_out", "no answer within 0.01 s"),
    ]


# -- what they change ----------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("phase", ["pre_run", "pre_turn"])
async def test_what_a_hook_changes_reaches_the_model_for_this_turn_alone(
    phase: HookPhase, way: Way, session: Session, model: ScriptedModel, workspace: Path
) -> None:
    (workspace / "a.py").touch()
    watch = Watch()
    change = Mutate(
        prompt="changed",
        model=OTHER_MODEL,
        attachments=(FileMention("a.py"),),
        metadata={"by": "hook"},
    )
    hooks = HookConfig(
        [Hook("change", phase, answering(change)), watch.hook("pre_turn", "post_run")]
    )
    await session.ask("before")
    params = PromptParams(prompt="go", hooks=hooks, metadata={"of": "caller"})
    result = await run_turn(session, way, params)
    await session.ask("after")

    before, changed, after = model.requests
    assert changed.last_user_text == "changed @a.py"
    assert (changed.model, after.model) == (OTHER_MODEL, before.model)
    assert (after.effort, after.last_user_text) == (before.effort, "after")
    assert {(c.prompt, c.model) for c in watch.seen} == {("changed", OTHER_MODEL)}
    assert {c.attachments for c in watch.seen} == {(FileMention("a.py"),)}
    assert [dict(c.metadata) for c in watch.seen] == [{"of": "caller", "by": "hook"}] * 2
    assert result.hook_report.records[0].outcome == "mutated"
    assert list(result.usage_by_model) == [OTHER_MODEL]


async def test_hooks_change_one_after_the_other_and_run_hooks_come_before_turn_hooks(
    session: Session, model: ScriptedModel
) -> None:
    def add(letter: str) -> Callable[[HookContext], Awaitable[Mutate]]:
        async def run(context: HookContext) -> Mutate:
            await trio.lowlevel.checkpoint()
            return Mutate(prompt=f"{context.prompt}{letter}")

        return run

    hooks = HookConfig(
        [
            Hook("c", "pre_turn", add("c")),
            Hook("a", "pre_run", add("a")),
            Hook("d", "pre_turn", add("d")),
            Hook("b", "pre_run", add("b")),
        ]
    )
    await session.ask("-", hooks=hooks)
    assert prompts(model) == ["-abcd"]


# -- what they keep from happening -----------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("phase", ["pre_run", "pre_turn"])
async def test_a_blocked_ask_sends_nothing_and_the_session_goes_on(
    phase: HookPhase, way: Way, session: Session, model: ScriptedModel
) -> None:
    hooks = one("guard", phase, Block("not on Saturdays"))
    with pytest.raises(BlockedByHook) as caught:
        await run_turn(session, way, PromptParams(prompt="go", hooks=hooks))
    blocked = caught.value
    assert (blocked.hook, blocked.phase, blocked.reason) == ("guard", phase, "not on Saturdays")
    assert list(model.requests) == []
    assert (await session.read()).turns == []
    assert (await session.ask("next")).text == "re: next"


async def test_a_tool_hook_blocks_a_command_that_the_handler_would_accept(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    model.enqueue(escalated("touch made.txt"), text("Then not."))
    profile = RunProfile(
        hooks=one("guard", "pre_tool_use", Block("no files"), matcher=HookMatcher(tool="shell")),
        approvals=accept,
        sandbox="workspace-write",
    )
    result = await session.ask_with_profile("write", profile)
    (command,) = [item for item in result.items if isinstance(item, CommandExecution)]
    assert command.status == "declined"
    assert not (workspace / "made.txt").exists()
    (record,) = result.hook_report.records
    assert (record.is_block, record.message) == (True, "no files")
    assert result.text == "Then not."


@pytest.mark.parametrize(("handler", "status"), [(accept, "completed"), (None, "declined")])
async def test_a_tool_hook_that_passes_leaves_the_decision_to_the_handler(
    handler: Any, status: str, session: Session, model: ScriptedModel, workspace: Path
) -> None:
    watch = Watch()
    profile = RunProfile(hooks=HookConfig([watch.hook("pre_tool_use")]))
    if handler is not None:
        profile = attrs.evolve(profile, approvals=handler)
    model.enqueue(escalated("touch made.txt"), text("done"))
    result = await session.ask_with_profile("write", profile)
    (command,) = [item for item in result.items if isinstance(item, CommandExecution)]
    assert (command.status, len(watch.seen)) == (status, 1)
    assert (workspace / "made.txt").exists() is (status == "completed")


async def test_a_broken_tool_hook_blocks_what_the_handler_would_accept(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    async def breaks(_context: HookContext) -> None:
        await trio.lowlevel.checkpoint()
        raise ValueError("broken")

    model.enqueue(escalated("touch made.txt"), text("done"))
    hooks = HookConfig([Hook("guard", "pre_tool_use", breaks)])
    result = await session.ask_with_profile("write", RunProfile(hooks=hooks, approvals=accept))
    (record,) = result.hook_report.records
    assert (record.outcome, record.is_block) == ("failed", True)
    assert not (workspace / "made.txt").exists()


async def test_a_tool_hook_blocks_a_change_of_files_and_is_told_which(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    seen: list[Any] = []

    async def guard(context: HookContext) -> Block:
        await trio.lowlevel.checkpoint()
        seen.append((context.tool_name, context.tool_input))
        return Block("no files")

    model.enqueue(apply_patch(PATCH), text("Then not."))
    hooks = HookConfig([Hook("guard", "pre_tool_use", guard)])
    result = await session.ask_with_profile("write", RunProfile(hooks=hooks, approvals=accept))
    (change,) = [item for item in result.items if isinstance(item, FileChange)]
    assert change.status == "declined"
    ((name, given),) = seen
    assert name == "apply_patch"
    assert [entry["path"] for entry in given["changes"]] == [str(workspace / "made.txt")]
    assert not (workspace / "made.txt").exists()


@pytest.mark.parametrize("blocks", [True, False])
async def test_a_tool_hook_blocks_a_tool_of_ours_and_the_model_reads_why(
    blocks: bool, runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    called: list[int] = []

    @tool
    async def double(number: int) -> str:
        """Double it."""
        await trio.lowlevel.checkpoint()
        called.append(number)
        return str(2 * number)

    watch = Watch()
    guard = Hook("guard", "pre_tool_use", answering(Block("not today") if blocks else None))
    hooks = HookConfig([watch.hook("pre_tool_use", "post_tool_use"), guard])
    session = await runtime.start_session(SessionConfig(cwd=workspace, tools=[double], hooks=hooks))
    model.enqueue(tool_call("double", {"number": 4}), text("done"))
    await session.ask("Double 4")
    (output,) = model.requests[1].tool_outputs
    assert (output.text, called) == (
        ("The call was refused: not today", []) if blocks else ("8", [4])
    )
    assert [(c.phase, c.tool_name, c.tool_input) for c in watch.seen] == [
        ("pre_tool_use", "double", {"number": 4}),
        ("post_tool_use", "double", {"number": 4}),
    ]
    assert watch.seen[1].status == ("failed" if blocks else "completed")


# -- shell commands ------------------------------------------------------------------------------


async def test_a_command_changes_and_watches_a_real_turn(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    change = """echo '{"action": "mutate", "prompt": "from a shell", "metadata": {"n": 1}}'"""
    hooks = HookConfig(
        [
            Hook("change", "pre_run", ShellCommand(change)),
            Hook("log", "post_run", ShellCommand("cat > log.json; echo written >&2")),
        ]
    )
    result = await session.ask("go", hooks=hooks)
    assert prompts(model) == ["from a shell"]
    logged = (workspace / "log.json").read_text()
    for part in ('"phase":"post_run"', '"metadata":{"n":1}', '"status":"completed"'):
        assert part in logged.replace(": ", ":")
    assert [(r.outcome, r.message) for r in result.hook_report.records] == [
        ("mutated", ""),
        ("proceeded", "stderr: written"),
    ]


async def test_a_command_blocks_a_tool_by_its_exit_code(
    session: Session, model: ScriptedModel, workspace: Path
) -> None:
    guard = ShellCommand("if grep -q touch; then echo 'touch nothing'; exit 2; fi")
    model.enqueue(escalated("touch made.txt"), text("Then not."))
    profile = RunProfile(hooks=HookConfig([Hook("guard", "pre_tool_use", guard)]), approvals=accept)
    result = await session.ask_with_profile("write", profile)
    (record,) = result.hook_report.records
    assert (record.outcome, record.message, record.is_block) == ("blocked", "touch nothing", True)
    assert not (workspace / "made.txt").exists()


async def test_a_command_that_hangs_is_killed_and_the_ask_goes_on(
    session: Session, model: ScriptedModel
) -> None:
    """What is left of it would be found as this module ends."""
    hooks = HookConfig(
        [Hook("slow", "pre_turn", ShellCommand("sleep 1000 & sleep 1000"), timeout_s=0.2)]
    )
    result = await session.ask("go", hooks=hooks)
    assert [record.outcome for record in result.hook_report.records] == ["timed_out"]
    assert prompts(model) == ["go"]

"""Hooks of sessions on a real app-server: at their start, in layers, and each for its own alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    Block,
    BlockedByHook,
    Hook,
    HookConfig,
    HookContext,
    HookError,
    Mutate,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
)
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.protocol import CommandExecution, CustomReviewTarget
from codex_runtime.testing import (
    Gate,
    silence,
    text,
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
from tests.real.waiting import prompts, until_active

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime import TurnResult
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

# -- the start of a session ----------------------------------------------------------------------


async def open_in_each_way(
    runtime: Runtime, opens: str, stored: str, config: SessionConfig
) -> Session:
    match opens:
        case "start":
            return await runtime.start_session(config)
        case "resume":
            return await runtime.resume_session(stored, config)
        case _:
            return await runtime.fork_session(stored, config)


each_start = pytest.mark.parametrize("opens", ["start", "resume", "fork"])


@each_start
async def test_a_hook_at_the_start_of_a_session_chooses_its_model(
    opens: str, runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    await session.ask("stored")
    await session.detach()
    watch = Watch()
    change = Mutate(model=OTHER_MODEL, metadata={"team": "b"})
    hooks = HookConfig(
        [Hook("choose", "pre_session_start", answering(change)), watch.hook(*START_PHASES)]
    )
    config = SessionConfig(cwd=session.config.cwd, hooks=hooks)
    opened = await open_in_each_way(runtime, opens, session.thread_id, config)

    assert [(r.hook, r.phase, r.outcome) for r in opened.opening_report.records] == [
        ("choose", "pre_session_start", "mutated"),
        ("watch", "pre_session_start", "proceeded"),
        ("watch", "post_session_start", "proceeded"),
    ]
    known = None if opens == "start" else session.thread_id
    before, after = watch.seen
    assert (before.thread_id, after.thread_id) == (known, opened.thread_id)
    assert {context.model for context in watch.seen} == {OTHER_MODEL}
    assert [dict(context.metadata) for context in watch.seen] == [{"team": "b"}] * 2
    result = await opened.ask("go")
    await opened.ask("again")
    assert [request.model for request in model.requests[1:]] == [OTHER_MODEL] * 2
    assert result.hook_report.records == ()


@each_start
async def test_a_blocked_start_opens_no_thread(
    opens: str, runtime: Runtime, session: Session
) -> None:
    await session.ask("stored")
    await session.detach()
    loaded: Any = await runtime.request("thread/loaded/list")
    config = SessionConfig(
        cwd=session.config.cwd, hooks=one("guard", "pre_session_start", Block("full"))
    )
    with pytest.raises(BlockedByHook, match="full"):
        await open_in_each_way(runtime, opens, session.thread_id, config)
    now: Any = await runtime.request("thread/loaded/list")
    assert set(now["data"]) <= set(loaded["data"])


async def test_a_run_of_its_own_has_the_hooks_of_start_and_turn(
    runtime: Runtime, workspace: Path
) -> None:
    watch = Watch()
    hooks = HookConfig([watch.hook(*START_PHASES, *TURN_PHASES)])
    await runtime.run("go", SessionConfig(cwd=workspace, hooks=hooks))
    assert watch.phases == [*START_PHASES, *TURN_PHASES]


# -- which ones ----------------------------------------------------------------------------------


async def test_the_layers_merge_by_name_the_most_specific_first(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    ran: list[str] = []

    def layer(label: str, *names: str, skip: str = "", required: str = "") -> HookConfig:
        def noting(name: str) -> Callable[[HookContext], Awaitable[None]]:
            async def run(_context: HookContext) -> None:
                ran.append(f"{label}/{name}")
                await trio.lowlevel.checkpoint()

            return run

        return HookConfig(
            [Hook(name, "pre_run", noting(name), required=name == required) for name in names],
            skip.split(),
        )

    config = model.runtime_config(
        home,
        hooks=layer("runtime", "a", "b", "audit", required="audit"),
        defaults=RunProfile(hooks=layer("defaults", "b", "c")),
    )
    async with open_runtime(config) as runtime:
        undo = runtime.register_hooks(layer("registered", "c", "r"))
        session = await runtime.start_session(
            SessionConfig(cwd=workspace, hooks=layer("session", "d", "a"))
        )
        await session.ask("plain")
        expected = ["session/d", "session/a", "defaults/b", "defaults/c"]
        assert ran == [*expected, "runtime/audit", "registered/r"]

        ran.clear()
        await session.ask("call", hooks=layer("call", "c", skip="d r"))
        assert ran == ["call/c", "session/a", "defaults/b", "runtime/audit"]

        ran.clear()
        undo()
        await session.ask_with_profile("profile", RunProfile(hooks=layer("profile", "r", "a")))
        assert ran[:3] == ["profile/r", "profile/a", "session/d"]
        assert "registered/r" not in ran

        for wrong in (layer("call", "audit"), layer("call", skip="audit")):
            with pytest.raises(HookError, match="audit"):
                await session.ask("go", hooks=wrong)
            with pytest.raises(HookError, match="audit"):
                await runtime.start_session(SessionConfig(cwd=workspace, hooks=wrong))
        assert prompts(model) == ["plain", "call", "profile"]


async def test_a_turn_keeps_the_registered_hooks_that_it_started_with(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    early, late, gate = Watch("early"), Watch("late"), Gate()
    undo = runtime.register_hooks(HookConfig([early.hook("post_turn")]))
    model.enqueue(silence(gate) + text("done"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "go")
        await until_active(session)
        undo()
        runtime.register_hooks(HookConfig([late.hook("post_turn")]))
        gate.release()
    assert (len(early.seen), len(late.seen)) == (1, 0)
    await session.ask("next")
    assert (len(early.seen), len(late.seen)) == (1, 1)


async def test_the_hooks_of_one_session_never_see_another_one(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """Side by side, with approvals: those of one decline, those of the other let through."""
    phases: tuple[HookPhase, ...] = (*TURN_PHASES, "pre_tool_use", "post_tool_use")
    watches = [Watch(), Watch()]
    guards = [Hook("guard", "pre_tool_use", answering(answer)) for answer in (Block("no"), None)]
    sessions = [
        await runtime.start_session(
            SessionConfig(
                cwd=workspace,
                approvals=accept,
                hooks=HookConfig([watch.hook(*phases), guard]),
                developer_instructions=f"number {number}",
            )
        )
        for number, (watch, guard) in enumerate(zip(watches, guards, strict=True))
    ]
    results: dict[str, TurnResult] = {}

    async def ask(session: Session) -> None:
        results[session.thread_id] = await session.ask(f"prompt of {session.thread_id}")

    model.enqueue(escalated("echo made"), escalated("echo made"))
    async with trio.open_nursery() as nursery:
        for session in sessions:
            nursery.start_soon(ask, session)
    statuses = []
    for session, watch in zip(sessions, watches, strict=True):
        result = results[session.thread_id]
        assert watch.phases == [
            "pre_run",
            "pre_turn",
            "pre_tool_use",
            "post_tool_use",
            "post_turn",
            "post_run",
        ]
        assert {context.thread_id for context in watch.seen} == {session.thread_id}
        assert {context.prompt for context in watch.seen} == {f"prompt of {session.thread_id}"}
        assert {c.turn_id for c in watch.seen} == {None, result.turn_id}
        statuses += [i.status for i in result.items if isinstance(i, CommandExecution)]
    assert statuses == ["declined", "completed"]


# -- turns without a prompt ------------------------------------------------------------------------


async def test_a_review_has_no_hooks_and_none_is_needed_to_keep_it_from_asking_for_more(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """The server's: it reviews under a policy of its own, which never asks."""
    watch = Watch()
    hooks = HookConfig([watch.hook(*TURN_PHASES, "pre_tool_use")])
    session = await runtime.start_session(
        SessionConfig(cwd=workspace, hooks=hooks, approvals=accept)
    )
    model.enqueue(escalated("touch made.txt"), text("{}"))
    result = await session.review(CustomReviewTarget(instructions="check it"))
    assert result.status == "completed"
    assert "approval policy is Never" in model.requests[1].tool_outputs[0].text
    assert not (workspace / "made.txt").exists()
    assert watch.seen == []


async def test_a_compaction_has_no_hooks(session: Session, runtime: Runtime) -> None:
    watch = Watch()
    await session.ask("go")
    undo = runtime.register_hooks(
        HookConfig([watch.hook(*TURN_PHASES, "pre_tool_use", "post_tool_use")])
    )
    assert (await session.compact()).status == "completed"
    assert watch.seen == []
    undo()

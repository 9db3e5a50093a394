"""Sub-agents of a real app-server: threads beside the one that asked, linked and left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trio

from codex_runtime import (
    CommandApproval,
    Hook,
    HookConfig,
    HookContext,
    SessionConfig,
)
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted, TurnStarted
from codex_runtime.testing import (
    Gate,
    ModelRequest,
    Reply,
    open_scripted_model,
    shell,
    silence,
    text,
    tool_call,
    usage,
)
from tests.real.faces import EVERY_FACE, open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime import ApprovalAnswer, ApprovalRequest, Runtime, Session
    from codex_runtime.protocol import Notification
    from codex_runtime.session.children import ChildThread
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

Step: TypeAlias = Reply | Callable[[ModelRequest], Reply]
Scripts: TypeAlias = dict[str, list[Step]]


def spawn(prompt: str) -> Reply:
    """A call of the agents' tool that starts one more."""
    return tool_call("spawn_agent", {"message": prompt}, namespace="multi_agent_v1")


def spawn_named(name: str, prompt: str) -> Reply:
    """The same in the newer family of tools."""
    arguments = {"task_name": name, "message": prompt, "fork_turns": "none"}
    return tool_call("spawn_agent", arguments, namespace="collaboration")


@pytest.fixture
def scripts() -> Scripts:
    """What is answered under each prompt, in the order of the tool outputs that are there."""
    return {}


@pytest.fixture
async def model(scripts: Scripts) -> AsyncGenerator[ScriptedModel]:
    def respond(request: ModelRequest) -> Reply:
        prompt = next(said for said in reversed(request.input_texts) if said in scripts)
        steps = scripts[prompt]
        step = steps[min(len(request.tool_outputs), len(steps) - 1)]
        return step if isinstance(step, Reply) else step(request)

    async with open_scripted_model(respond) as model:
        yield model
    assert model.errors == ()


async def until_children(session: Session, count: int, *statuses: str) -> tuple[ChildThread, ...]:
    """Wait until there are so many children, all of these statuses."""
    with trio.fail_after(20):
        while True:
            children = session.children
            wanted = not statuses or all(child.status in statuses for child in children)
            if len(children) == count and wanted:
                return children
            await trio.sleep(0.01)


async def read_all(child: ChildThread) -> list[Notification]:
    async with child.events() as events:
        return [event async for event in events]


async def test_children_are_streams_beside_their_parent_and_none_of_its_turn(
    session: Session, scripts: Scripts
) -> None:
    parent_goes_on, second_goes_on = Gate(), Gate()
    cost = usage(input_tokens=100, output_tokens=10)
    scripts["compare"] = [
        spawn("read one") + spawn("read two") + cost,
        cost,
        silence(parent_goes_on) + text("Both were read.") + cost,
    ]
    scripts["read one"] = [text("One has two functions.", deltas=3) + cost]
    scripts["read two"] = [silence(second_goes_on) + text("Two has three.") + cost]
    async with session.ask_stream("compare") as turn:
        await until_children(session, 2)
        first, _ = session.children
        of_first = await read_all(first)
        parent_goes_on.release()
        events = [event async for event in turn]
        first, second = session.children
        assert [first.status, second.status] == ["completed", "running"]
        assert turn.children == (first, second)
        assert first.prompt == "read one"
        assert {getattr(event, "thread_id", None) for event in events} == {session.thread_id}
        assert turn.result.text == "Both were read."
    second_goes_on.release()
    of_second = await read_all(second)
    for child, told in ((first, of_first), (second, of_second)):
        assert isinstance(told[0], TurnStarted)
        assert isinstance(told[-1], TurnCompleted)
        deltas = [event.delta for event in told if isinstance(event, AgentMessageDelta)]
        assert "".join(deltas) == child.text
        assert {getattr(event, "thread_id", None) for event in told} == {child.thread_id}
        assert child.usage is not None
        assert child.usage.total_tokens == 110
        assert child.parent_thread_id == session.thread_id
        thread = await child.read()
        assert child.nickname == thread.agent_nickname
        assert child.nickname
        assert thread.parent_thread_id == session.thread_id
    assert session.usage == turn.result.usage
    assert turn.result.usage is not None
    calls_of_parent = turn.result.usage.total_tokens // 110
    assert turn.result.usage.total_tokens == calls_of_parent * 110
    assert session.total_turns == 1


async def test_an_interrupt_of_the_parent_leaves_its_children_and_one_of_a_child_its_parent(
    session: Session, scripts: Scripts
) -> None:
    scripts["go"] = [spawn("stay"), silence()]
    scripts["stay"] = [silence()]
    async with session.ask_stream("go") as turn:
        (child,) = await until_children(session, 1, "running")
        assert (await turn.interrupt()).state == "interrupted"
        assert child.status == "running"
    turn_id = child.turn_id
    outcome = await child.interrupt()
    assert (outcome.state, outcome.turn_id) == ("interrupted", turn_id)
    assert child.status == "interrupted"
    assert (await child.interrupt()).state == "not_active"


async def test_closing_the_parent_ends_its_children(session: Session, scripts: Scripts) -> None:
    scripts["go"] = [spawn("stay"), text("done")]
    scripts["stay"] = [silence()]
    await session.ask("go")
    (child,) = await until_children(session, 1, "running")
    await session.close()
    assert (child.status, child.is_closed) == ("interrupted", True)
    assert isinstance((await read_all(child))[-1], TurnCompleted)
    assert session.children == (child,)


async def test_hooks_and_the_handler_of_the_session_decide_for_its_children(
    runtime: Runtime, workspace: Path, scripts: Scripts
) -> None:
    asked: list[str | None] = []
    told: list[tuple[str | None, object]] = []

    async def accept(request: ApprovalRequest) -> ApprovalAnswer:
        await trio.lowlevel.checkpoint()
        assert isinstance(request, CommandApproval)
        asked.append(request.thread_id)
        return request.accept()

    async def watch(context: HookContext) -> None:
        await trio.lowlevel.checkpoint()
        told.append((context.thread_id, context.tool_name))

    scripts["go"] = [spawn("make it"), text("done")]
    scripts["make it"] = [shell("touch made.txt"), text("made")]
    hooks = HookConfig(hooks=(Hook(name="watch", phases=("pre_tool_use",), run=watch),))
    config = SessionConfig(
        cwd=workspace,
        approval_policy="untrusted",
        sandbox="workspace-write",
        approvals=accept,
        hooks=hooks,
    )
    session = await runtime.start_session(config)
    await session.ask("go")
    (child,) = await until_children(session, 1, "completed")
    assert asked == [child.thread_id]
    assert told == [(child.thread_id, "shell")]
    assert (workspace / "made.txt").exists()


async def test_a_child_of_a_child_stands_below_it(
    model: ScriptedModel, home: Path, workspace: Path, scripts: Scripts
) -> None:
    scripts["go"] = [spawn("outer"), text("done")]
    scripts["outer"] = [spawn("inner"), text("outer done")]
    scripts["inner"] = [text("inner done")]
    deep = {"agents": {"max_depth": 3}}
    async with open_runtime(model.runtime_config(home, config_overrides=deep)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        async with session.ask_stream("go") as turn:
            await turn.finish()
        outer, inner = await until_children(session, 2, "completed")
        assert [outer.text, inner.text] == ["outer done", "inner done"]
        assert outer.parent_thread_id == session.thread_id
        assert outer.children == (inner,)
        assert turn.children == (outer, inner)


async def test_agents_with_paths_are_children_too(home: Path, workspace: Path) -> None:
    goes_on = Gate()

    def respond(request: ModelRequest) -> Reply:
        if "x-openai-subagent" in request.headers:  # its prompt is not in clear
            return silence(goes_on) + text("reviewed")
        return text("done") if request.tool_outputs else spawn_named("reviewer", "look")

    async with open_scripted_model(respond) as model:
        features = {"features": {"multi_agent_v2": True}}
        config = model.runtime_config(home, config_overrides=features)
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            result = await session.ask("go")
            (child,) = await until_children(session, 1, "running")
            assert child.path == "/root/reviewer"
            goes_on.release()
            told = await read_all(child)
            assert isinstance(told[-1], TurnCompleted)
            assert child.text == "reviewed"
            assert result.text == "done"
            assert session.total_turns == 1
    assert model.errors == ()

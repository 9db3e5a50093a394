"""Approvals on the real app-server: only a yes of whoever decides is a yes.

Owns who decides about commands, changes of files and permissions, and that nothing short of a yes
is one. The prompt names a script here; its replies come one for each answer of a tool that the
model has seen.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from codex_runtime import (
    ApprovalAnswer,
    ApprovalHandler,
    ApprovalRequest,
    Block,
    CommandApproval,
    FileChangeApproval,
    Hook,
    HookConfig,
    HookContext,
    PermissionsApproval,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    TurnResult,
    answer_later,
)
from codex_runtime.protocol import (
    AddPatchChangeKind,
    CommandExecution,
    FileChange,
)
from codex_runtime.testing import (
    ModelRequest,
    Reply,
    ScriptedModel,
    open_scripted_model,
    shell,
    text,
)
from tests.real.approving import (
    ASKING,
    CHANGE,
    COMMAND,
    KINDS,
    NOT_DONE,
    Kind,
    accept_what_is_not_offered,
    asking_runtime,
    files_in,
    say_no,
    say_yes,
)
from tests.real.faces import EVERY_FACE, open_runtime

pytestmark = EVERY_FACE


@pytest.fixture
def scripts() -> dict[str, list[Reply]]:
    """The replies to each prompt, in order."""
    return {}


@pytest.fixture
async def model(scripts: dict[str, list[Reply]]) -> AsyncGenerator[ScriptedModel]:
    def respond(request: ModelRequest) -> Reply:
        return scripts[request.last_user_text][len(request.tool_outputs)]

    async with open_scripted_model(respond) as model:
        yield model
    assert model.errors == ()


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(asking_runtime(model, home)) as runtime:
        yield runtime


async def leave_it(request: ApprovalRequest) -> None:
    _ = request


async def fail(request: object) -> None:
    raise ValueError(f"no idea what to say to {request!r}")


async def fail_in_groups(request: object) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail, request)
        nursery.start_soon(fail, request)


async def say_true(request: object) -> bool:
    return request is not None


async def answer_for_another_kind(request: ApprovalRequest) -> ApprovalAnswer:
    return next(kind.wrong_answer for kind in KINDS if isinstance(request, kind.request))


async def answer_in_words(request: object) -> str:
    return f"accept {request!r}"


async def block(context: HookContext) -> Block:
    return Block(f"{context.tool_name} is not for you")


async def pass_on(context: HookContext) -> None:
    _ = context


async def hang(_: object) -> None:
    await trio.sleep_forever()


def tool_hook(run: Callable[[HookContext], Awaitable[Any]], timeout_s: float = 60) -> HookConfig:
    """One hook before the use of every tool; Any: what hooks of these tests answer."""
    return HookConfig(hooks=(Hook("guard", "pre_tool_use", run, timeout_s=timeout_s),))


async def ask_each_kind(
    runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]], **options: Any
) -> list[TurnResult]:
    """A session for each kind, all at once; each in a folder of its own, named like the kind."""
    results: list[TurnResult] = []

    async def ask(kind: Kind) -> None:
        folder = workspace / kind.prompt
        folder.mkdir()
        scripts[kind.prompt] = [*kind.script(folder), text(NOT_DONE)]
        config = SessionConfig(cwd=folder, **{**kind.options, **options})
        session = await runtime.start_session(config)
        results.append(await session.ask(kind.prompt))

    async with trio.open_nursery() as nursery:
        for kind in KINDS:
            nursery.start_soon(ask, kind)
    return results


def made(workspace: Path) -> list[str]:
    """The kinds whose file was made."""
    return sorted(path.parent.name for path in workspace.rglob("made.txt"))


# -- only a yes is a yes -----------------------------------------------------------------------


def say_yes_plainly(request: ApprovalRequest) -> ApprovalAnswer:
    """Accept whatever it is; not async, so it runs in a thread."""
    return request.grant() if isinstance(request, PermissionsApproval) else request.accept()


@pytest.mark.parametrize("handler", [say_yes, say_yes_plainly])
async def test_what_a_handler_accepts_is_done(
    handler: ApprovalHandler, runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    await ask_each_kind(runtime, workspace, scripts, approvals=handler)
    assert made(workspace) == sorted(kind.prompt for kind in KINDS)
    assert runtime.statistics().server_requests == 3


class SayTrue:
    """It can be called, and only its call tells what it returns."""

    def __call__(self, _request: ApprovalRequest) -> object:
        """Not async."""
        return True


def answer_plainly_in_words(request: object) -> str:
    """Not async: it runs in a thread."""
    return f"accept {request!r}"


NEVER_A_YES: list[ApprovalHandler | Any] = [  # Any: some are no handlers by their type
    say_no,
    leave_it,
    fail,
    fail_in_groups,
    say_true,
    answer_in_words,
    answer_for_another_kind,
    accept_what_is_not_offered,
    SayTrue(),
    answer_plainly_in_words,
]


@pytest.mark.parametrize("handler", NEVER_A_YES)
async def test_no_other_answer_of_a_handler_leads_to_an_accept(
    handler: ApprovalHandler, runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    results = await ask_each_kind(runtime, workspace, scripts, approvals=handler)
    assert [(result.status, result.text) for result in results] == [("completed", NOT_DONE)] * 3
    assert made(workspace) == []
    now = runtime.statistics()
    assert now.server_requests == 3
    assert now.server_request_failures == (0 if handler in (say_no, leave_it) else 3)


async def test_without_a_handler_nothing_is_accepted(
    runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    results = await ask_each_kind(runtime, workspace, scripts)
    assert [(result.status, result.text) for result in results] == [("completed", NOT_DONE)] * 3
    assert made(workspace) == []
    assert runtime.statistics().server_requests_declined == 3


@pytest.mark.parametrize("handler", [hang, answer_later])
async def test_a_handler_that_takes_too_long_accepts_nothing(
    handler: ApprovalHandler,
    model: ScriptedModel,
    home: Path,
    workspace: Path,
    scripts: dict[str, list[Reply]],
) -> None:
    config = asking_runtime(model, home, server_request_timeout_s=0.1, approvals=handler)
    async with open_runtime(config) as runtime:
        results = await ask_each_kind(runtime, workspace, scripts)
        assert [(result.status, result.text) for result in results] == [("completed", NOT_DONE)] * 3
        assert made(workspace) == []
        assert runtime.statistics().server_requests_declined == 3


@pytest.mark.parametrize(
    ("run", "timeout_s", "outcome"),
    [
        (block, 60, "blocked"),
        (fail, 60, "failed"),
        (say_true, 60, "failed"),
        (hang, 0.1, "timed_out"),
    ],
    ids=["blocks", "fails", "answers-nonsense", "is-late"],
)
async def test_a_tool_hook_keeps_a_yes_from_the_server(
    run: Callable[[object], Awaitable[object]],
    timeout_s: float,
    outcome: str,
    runtime: Runtime,
    workspace: Path,
    scripts: dict[str, list[Reply]],
) -> None:
    hooks = tool_hook(run, timeout_s)
    results = await ask_each_kind(runtime, workspace, scripts, approvals=say_yes, hooks=hooks)
    assert [(result.status, result.text) for result in results] == [("completed", NOT_DONE)] * 3
    assert made(workspace) == []
    for result in results:
        assert result.hook_report is not None
        assert [record.outcome for record in result.hook_report.records] == [outcome]


async def test_a_tool_hook_that_passes_says_nothing(
    runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    hooks = tool_hook(pass_on)
    await ask_each_kind(runtime, workspace, scripts, hooks=hooks)
    assert made(workspace) == []
    assert runtime.statistics().server_requests_declined == 3


async def test_a_tool_hook_that_passes_leaves_the_yes_to_the_handler(
    runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    seen: list[str | None] = []

    async def look(context: HookContext) -> None:
        seen.append(context.tool_name)

    hooks = tool_hook(look)
    await ask_each_kind(runtime, workspace, scripts, approvals=say_yes, hooks=hooks)
    assert made(workspace) == sorted(kind.prompt for kind in KINDS)
    assert {"apply_patch", "permissions", "shell"} <= set(seen)


# -- who decides -------------------------------------------------------------------------------


async def test_the_call_decides_before_the_session_and_that_before_the_runtime(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    asked: list[str] = []

    def named(name: str) -> ApprovalHandler:
        async def note(request: ApprovalRequest) -> ApprovalAnswer:
            asked.append(name)
            return request.decline()

        return note

    async with open_runtime(model.runtime_config(home, approvals=named("runtime"))) as runtime:
        plain = await runtime.start_session(SessionConfig(cwd=workspace, **ASKING))
        of_its_own = await runtime.start_session(
            SessionConfig(cwd=workspace, approvals=named("session"), **ASKING)
        )
        model.enqueue(*[shell("touch made.txt"), text(NOT_DONE)] * 5)
        await plain.ask("go")
        await of_its_own.ask("go")
        await of_its_own.ask_with_profile("go", RunProfile(approvals=named("profile")))
        await of_its_own.ask_with(PromptParams(prompt="go", approvals=named("call")))
        await of_its_own.ask("go")
    assert asked == ["runtime", "session", "profile", "call", "session"]
    assert files_in(workspace) == []


async def test_no_wider_handler_says_yes_to_what_a_narrower_one_left_or_could_not_decide(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(model.runtime_config(home, approvals=say_yes)) as runtime:
        session = await runtime.start_session(
            SessionConfig(cwd=workspace, approvals=say_yes, **ASKING)
        )
        for handler in (leave_it, fail, say_no):
            model.enqueue(shell("touch made.txt"), text(NOT_DONE))
            await session.ask_with_profile("go", RunProfile(approvals=handler))
    assert files_in(workspace) == []


async def test_a_handler_is_shown_the_item_and_nothing_of_another_session(
    runtime: Runtime, workspace: Path, scripts: dict[str, list[Reply]]
) -> None:
    all_asked = trio.Event()
    shown: dict[str, list[ApprovalRequest]] = {}
    sessions: dict[str, Session] = {}

    def watching(name: str) -> ApprovalHandler:
        async def watch(request: ApprovalRequest) -> ApprovalAnswer:
            shown.setdefault(name, []).append(request)
            if len(shown) == 4:
                all_asked.set()
            await all_asked.wait()
            [pending] = sessions[name].pending_approvals
            assert pending is request
            return request.decline()

        return watch

    async with trio.open_nursery() as nursery:
        for kind in (COMMAND, CHANGE):
            scripts[kind.prompt] = [*kind.script(workspace), text(NOT_DONE)]
            for number in range(2):
                name = f"{kind.prompt} {number}"
                config = SessionConfig(cwd=workspace, approvals=watching(name), **ASKING)
                sessions[name] = await runtime.start_session(config)
                nursery.start_soon(sessions[name].ask, kind.prompt)
    for name, session in sessions.items():
        [request] = shown[name]
        assert request.thread_id == session.thread_id
        assert request.turn_id == session.history[0].turn_id
        assert isinstance(request, (CommandApproval, FileChangeApproval))
        assert request.item is not None
        assert request.item.id == request.item_id
        if isinstance(request, CommandApproval):
            assert isinstance(request.item, CommandExecution)
            assert request.item.command == request.params.command
            assert request.item.command == "/bin/bash -lc 'touch made.txt'"
            assert request.params.cwd == request.item.cwd == str(workspace)
        else:
            assert isinstance(request.item, FileChange)
            [change] = request.item.changes
            assert (change.path, change.diff) == (str(workspace / "made.txt"), "x\n")
            assert isinstance(change.kind, AddPatchChangeKind)
        assert session.pending_approvals == ()

"""What the real app-server makes of each answer to an approval.

Owns the no, the cancel, the yes that lasts for a session, the rule that lasts for good, and how far
a grant of permissions reaches.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    CommandApproval,
    FileChangeApproval,
    PermissionsApproval,
    Runtime,
    SessionConfig,
    TurnInterrupted,
)
from codex_runtime.testing import ScriptedModel, shell, text
from tests.real.approving import (
    ASKING,
    CHANGE,
    COMMAND,
    NOT_DONE,
    Kind,
    add_file,
    asking_runtime,
    change_file,
    files_in,
    say_no,
    statuses,
    want_to_write,
)
from tests.real.faces import BLOCKING_TOO, open_runtime

pytestmark = BLOCKING_TOO


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    async with open_runtime(asking_runtime(model, home)) as runtime:
        yield runtime


@pytest.mark.parametrize("kind", [COMMAND, CHANGE], ids=["command", "change"])
async def test_a_declined_item_is_told_to_the_model_and_the_turn_goes_on(
    kind: Kind, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    session = await runtime.start_session(
        SessionConfig(cwd=workspace, approvals=say_no, **kind.options)
    )
    model.enqueue(*kind.script(workspace), text(NOT_DONE))
    result = await session.ask("go")
    assert statuses(result) == ["declined"]
    (output,) = model.requests[1].tool_outputs
    assert "rejected" in output.text
    assert result.text == NOT_DONE


@pytest.mark.parametrize("kind", [COMMAND, CHANGE], ids=["command", "change"])
async def test_a_cancel_does_not_do_it_and_interrupts_the_turn(
    kind: Kind, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    async def cancel(request: ApprovalRequest) -> ApprovalAnswer:
        assert isinstance(request, (CommandApproval, FileChangeApproval))
        return request.cancel()

    config = SessionConfig(cwd=workspace, approvals=cancel, **kind.options)
    session = await runtime.start_session(config)
    model.enqueue(*kind.script(workspace))
    with pytest.raises(TurnInterrupted) as caught:
        await session.ask("go")
    # Of a file change that was cancelled the server never says how it ended.
    ended = {"command": "declined", "change": "inProgress"}
    assert statuses(caught.value.result) == [ended[kind.prompt]]
    assert files_in(workspace) == []
    assert len(model.requests) == 1
    model.enqueue(text("fine"))
    assert (await session.ask("and now?")).text == "fine"


async def test_files_accepted_for_the_session_are_not_asked_about_again(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's: by file and by thread."""
    asked: list[str] = []

    async def accept_for_session(request: ApprovalRequest) -> ApprovalAnswer:
        assert isinstance(request, FileChangeApproval)
        assert request.item is not None
        asked.extend(Path(change.path).name for change in request.item.changes)
        return request.accept_for_session()

    config = SessionConfig(cwd=workspace, approvals=accept_for_session, **ASKING)
    session = await runtime.start_session(config)
    model.enqueue(add_file("a"), change_file("a", "x", "y"), add_file("b"), text("done"))
    assert statuses(await session.ask("go")) == ["completed"] * 3
    assert asked == ["a", "b"]
    model.enqueue(change_file("a", "y", "z"), text("done"))
    assert statuses(await session.ask("a later turn")) == ["completed"]
    assert asked == ["a", "b"]
    model.enqueue(change_file("a", "z", "q"), text("done"))
    other = await runtime.start_session(config)
    await other.ask("another session")
    assert asked == ["a", "b", "a"]
    assert (workspace / "a").read_text() == "q\n"


async def test_an_accepted_rule_is_kept_in_the_home_and_its_like_is_never_asked_about_again(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: a prefix of words, for all threads and all later processes."""
    asked: list[str | None] = []

    async def accept_the_rule(request: ApprovalRequest) -> ApprovalAnswer:
        assert isinstance(request, CommandApproval)
        asked.append(request.params.command)
        return request.accept_with_amendment()

    config = SessionConfig(cwd=workspace, approvals=accept_the_rule, **ASKING)
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(config)
        model.enqueue(shell("touch a"), shell("touch a b"), text("done"))
        await session.ask("go")
        assert len(asked) == 1
        (rules,) = (home / "rules").iterdir()
        assert '"touch", "a"' in rules.read_text()
        other = await runtime.start_session(config)
        model.enqueue(shell("touch a c"), shell("touch d"), text("done"))
        await other.ask("go")
        assert len(asked) == 2
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(config)
        model.enqueue(shell("touch a e"), text("done"))
        await session.ask("go")
    assert len(asked) == 2
    assert files_in(workspace) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(("scope", "is_kept"), [("turn", False), ("session", True)])
async def test_granted_permissions_hold_as_long_as_their_scope_says(
    scope: Any, is_kept: bool, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    asked: list[str | None] = []

    async def grant(request: ApprovalRequest) -> ApprovalAnswer:
        assert isinstance(request, PermissionsApproval)
        asked.append(request.params.reason)
        return request.grant(scope=scope)

    session = await runtime.start_session(SessionConfig(cwd=workspace, approvals=grant))
    model.enqueue(
        shell("touch before"), want_to_write(workspace), shell("touch during"), text("done")
    )
    await session.ask("go")
    model.enqueue(shell("touch after"), text("done"))
    await session.ask("a later turn")
    assert asked == ["To make a file"]
    assert files_in(workspace) == (["after", "during"] if is_kept else ["during"])

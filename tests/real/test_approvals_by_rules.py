"""Rules in the place of a person, on what the real app-server asks.

Owns whether each rule understands the server's own words for commands and changes, and whether the
dry run says what then happens. What rules make of hostile requests is tested without a server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codex_runtime import (
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalRule,
    Runtime,
    SessionConfig,
    accept_commands,
    accept_reads,
    accept_within,
    decline_all,
)
from codex_runtime.protocol import CommandExecution, FileChange
from codex_runtime.testing import Reply, ScriptedModel, shell, text
from tests.real.approving import ASKING, add_file, files_in, want_to_write
from tests.real.faces import BLOCKING_TOO

pytestmark = BLOCKING_TOO


async def decided(
    rule: ApprovalRule,
    replies: list[Reply],
    runtime: Runtime,
    workspace: Path,
    model: ScriptedModel,
) -> list[bool]:
    """Which of what the model does was accepted, in order; the dry run has to agree."""
    foreseen: list[bool] = []

    async def foresee(request: ApprovalRequest) -> ApprovalAnswer | None:
        verdict = rule.explain(request)
        foreseen.append(verdict.accepts)
        answer = await rule(request)
        assert verdict.accepts == (answer is not None and not request.refuses(answer)), verdict
        return answer

    config = SessionConfig(cwd=workspace, approvals=foresee, **ASKING)
    session = await runtime.start_session(config)
    model.enqueue(*replies, text("done"))
    result = await session.ask("go")
    assert result.text == "done"
    items = [item for item in result.items if isinstance(item, (CommandExecution, FileChange))]
    accepted = [item.status != "declined" for item in items]
    assert foreseen == accepted
    assert len(foreseen) == len(replies)
    return accepted


async def test_reads_are_accepted_and_nothing_that_also_writes(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    (workspace / "a b.txt").write_text("here")
    commands = {
        "cat 'a b.txt'": True,
        "ls -la": True,
        "rg here .": True,
        "sed -n 1,2p 'a b.txt'": True,
        "cat 'a b.txt' > copy": False,
        "find . -delete": False,
        "ls && touch made": False,
        "ls; touch made": False,
        "cat $(touch made)": False,
        "touch made": False,
    }
    replies = [*map(shell, commands), add_file("made")]
    accepted = await decided(accept_reads(), replies, runtime, workspace, model)
    assert accepted == [*commands.values(), False]
    assert files_in(workspace) == ["a b.txt"]


async def test_commands_are_accepted_by_their_first_words(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    commands = {
        "touch made": True,
        "touch 'made too'": True,
        "touch": False,
        "touch madness": False,
        "touch made && touch more": False,
        "echo touch made": False,
        "X=1 touch made": False,
    }
    rule = accept_commands("touch made", ["touch", "made too"])
    replies = [*map(shell, commands), add_file("more")]
    accepted = await decided(rule, replies, runtime, workspace, model)
    assert accepted == [*commands.values(), False]
    assert files_in(workspace) == ["made", "made too"]


async def test_changes_are_accepted_within_folders(
    runtime: Runtime, workspace: Path, tmp_path: Path, model: ScriptedModel
) -> None:
    (workspace / "src").mkdir()
    (workspace / "link").symlink_to(tmp_path)
    replies = {
        add_file("src/made"): True,
        add_file(workspace / "src" / "deep" / "made"): True,
        add_file("made"): False,
        add_file("src/../made"): False,
        add_file("src/.git/hooks/made"): False,
        add_file(tmp_path / "made"): False,
        shell("touch src/more"): False,
    }
    rule = accept_within(workspace / "src")
    accepted = await decided(rule, [*replies], runtime, workspace, model)
    assert accepted == [*replies.values()]
    assert files_in(workspace / "src") == ["deep", "made"]
    assert files_in(workspace / "src" / "deep") == ["made"]
    assert not (workspace / "made").exists()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        (lambda: accept_reads() | accept_commands("touch"), [True, True]),
        (lambda: accept_commands("touch") & ~accept_commands("touch made"), [False, False]),
        (lambda: (accept_reads() | accept_commands("touch")) & decline_all(), [False, False]),
        (lambda: ~accept_reads(), [False, False]),
    ],
    ids=["or", "and-not", "declined", "not"],
)
async def test_combined_rules_decide_what_they_say(
    combine: Any,  # Any: makes a rule
    expected: list[bool],
    runtime: Runtime,
    workspace: Path,
    model: ScriptedModel,
) -> None:
    replies = [shell("ls"), shell("touch made")]
    assert await decided(combine(), replies, runtime, workspace, model) == expected
    assert (workspace / "made").exists() is expected[1]


async def test_no_rule_grants_permissions(
    model: ScriptedModel, runtime: Runtime, workspace: Path
) -> None:
    rule = accept_reads() | accept_commands("touch") | accept_within(workspace)
    config = SessionConfig(
        cwd=workspace, approvals=rule, config={"features": {"request_permissions_tool": True}}
    )
    session = await runtime.start_session(config)
    model.enqueue(want_to_write(workspace), shell("touch made"), text("no"))
    assert (await session.ask("go")).text == "no"
    assert runtime.statistics().server_requests_declined == 1
    assert files_in(workspace) == []

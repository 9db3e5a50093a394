"""Rollouts of the real app-server as the reader takes them: being written, cut, compressed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from codex_runtime import Runtime, Session, SessionConfig, TurnLost
from codex_runtime.history.rollouts.entries import EventEntry, SessionMetaEntry, UnknownEntry
from codex_runtime.history.rollouts.events import ItemCompletedEvent
from codex_runtime.history.rollouts.reader import open_rollout, read_meta
from codex_runtime.history.rollouts.turn_items import (
    AgentMessageItem,
    CommandExecutionItem,
    UserMessageItem,
)
from codex_runtime.testing import Reply, apply_patch, reasoning, shell, silence, text, tool_call
from tests.real.faces import open_runtime
from tests.real.killing import kill
from tests.real.waiting import until

if TYPE_CHECKING:
    from codex_runtime.history.rollouts.entries import Entry
    from codex_runtime.testing import ScriptedModel

LONG_AGO_S: Final = 60 * 60 * 24 * 60
"""So old a rollout must be for the server to compress it; it looks once, as it starts."""
COMPRESSING: Final = {"features.local_thread_store_compression": True}


def rollout_of(home: Path, session: Session) -> Path:
    """The file of a session, plain or compressed."""
    (path,) = home.rglob(f"rollout-*{session.thread_id}.jsonl*")
    return path


def entries_of(path: Path) -> list[Entry]:
    """All entries of a rollout in which nothing is bad."""
    with open_rollout(path) as reader:
        entries = list(reader)
    assert reader.problems == ()
    return entries


def texts_of(entries: list[Entry]) -> list[str]:
    """What was asked and answered, in order."""
    items = [
        entry.payload.item
        for entry in entries
        if isinstance(entry, EventEntry) and isinstance(entry.payload, ItemCompletedEvent)
    ]
    return [item.text for item in items if isinstance(item, (UserMessageItem, AgentMessageItem))]


@pytest.fixture
async def kept(runtime: Runtime, workspace: Path) -> Session:
    """A session that is not archived as it is left."""
    return await runtime.start_session(SessionConfig(cwd=workspace, on_exit="detach"))


async def test_what_was_said_is_in_the_rollout_while_the_server_runs(
    kept: Session, home: Path, workspace: Path
) -> None:
    asked = "Was ist das? äöü \N{PARTY POPPER}\nZeile"
    answer = (await kept.ask(asked)).text
    entries = entries_of(rollout_of(home, kept))
    assert texts_of(entries) == [asked, answer]
    first = entries[0]
    assert isinstance(first, SessionMetaEntry)
    assert (first.payload.id, first.payload.cwd) == (kept.thread_id, str(workspace))
    assert first.payload == read_meta(rollout_of(home, kept))


async def test_no_line_that_the_server_writes_is_unknown(
    kept: Session, home: Path, model: ScriptedModel
) -> None:
    model.enqueue(
        reasoning("Thinking.") + shell("exit 3"),
        apply_patch("*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch\n"),
        tool_call("update_plan", {"plan": [{"step": "one", "status": "in_progress"}]}),
        tool_call("no_such_tool", {}),
        text("done"),
    )
    await kept.ask("Work")
    await kept.rename("A name")
    await kept.compact()
    await kept.ask("After it")
    entries = entries_of(rollout_of(home, kept))
    assert [entry for entry in entries if isinstance(entry, UnknownEntry)] == []
    commands = [
        entry.payload.item
        for entry in entries
        if isinstance(entry, EventEntry)
        and isinstance(entry.payload, ItemCompletedEvent)
        and isinstance(entry.payload.item, CommandExecutionItem)
    ]
    assert [command.exit_code for command in commands] == [3]


async def test_a_rollout_of_a_killed_server_is_read_up_to_where_it_came(
    kept: Session, runtime: Runtime, home: Path, replies: dict[str, Reply]
) -> None:
    replies["Never ends"] = text("half", finished=False) + silence()
    await kept.ask("First")
    path = rollout_of(home, kept)
    async with kept.ask_stream("Never ends") as turn:
        await until(lambda: b"Never ends" in path.read_bytes())
        await kill(runtime)
        with pytest.raises(TurnLost):
            await turn.finish()
    with open_rollout(path) as reader:
        assert texts_of(list(reader))[:2] == ["First", "re: First"]
    assert reader.problem_count <= 1


async def test_a_rollout_that_the_server_compresses_says_the_same(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    async with open_runtime(model.runtime_config(home)) as runtime:
        config = SessionConfig(cwd=workspace, on_exit="detach")
        async with await runtime.start_session(config) as session:
            await session.ask("First")
            await session.ask("Second")
    plain = rollout_of(home, session)
    entries, changed_s = entries_of(plain), plain.stat().st_mtime
    os.utime(plain, (changed_s - LONG_AGO_S, changed_s - LONG_AGO_S))
    async with open_runtime(model.runtime_config(home, config_overrides=COMPRESSING)):
        await until(lambda: not plain.exists())
    compressed = rollout_of(home, session)
    assert compressed.name == f"{plain.name}.zst"
    assert entries_of(compressed) == entries
    meta = read_meta(compressed)
    assert meta is not None
    assert meta.id == session.thread_id

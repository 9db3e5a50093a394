"""P9 on the real app-server, made newer than it is: see ``tests/support/newer_server.py``."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_runtime import SessionConfig, open_runtime
from codex_runtime.protocol import (
    THREAD_READ,
    ItemCompleted,
    ItemStarted,
    ThreadReadParams,
    ThreadStatusChanged,
    TurnCompleted,
    UnknownItem,
    UnknownNotification,
    UnknownVariant,
    to_builtins,
)
from codex_runtime.protocol.schema_file import load, schema_file
from codex_runtime.testing import shell, text
from tests.support import newer_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime import Runtime
    from codex_runtime.testing import ScriptedModel

NEW = newer_server.NEW_FIELD


@pytest.fixture
def newer_codex(codex_path: str, tmp_path: Path) -> Path:
    """A program to run in place of ``codex``."""
    program = tmp_path / "codex-of-tomorrow"
    filter_path = str(Path(newer_server.__file__).resolve())
    command = shlex.join([sys.executable, "-S", "-E", filter_path, codex_path])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
async def newer_runtime(
    model: ScriptedModel, home: Path, newer_codex: Path
) -> AsyncGenerator[Runtime]:
    config = model.runtime_config(home, codex_bin=str(newer_codex))
    async with open_runtime(config) as runtime:
        yield runtime


async def test_a_turn_on_a_newer_server_is_a_turn(
    newer_runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: kinds, values, fields and methods that nobody here knows cost themselves alone."""
    model.enqueue(shell("echo hi"), text("Done.", phase="final_answer"))
    session = await newer_runtime.start_session(SessionConfig(cwd=workspace))
    async with session.ask_stream("go") as turn:
        events = [event async for event in turn]

    unknown = {event.method for event in events if isinstance(event, UnknownNotification)}
    assert unknown == {newer_server.NEW_METHOD}
    items = [event.item for event in events if isinstance(event, (ItemStarted, ItemCompleted))]
    strange = {item.name for item in items if isinstance(item, UnknownItem)}
    assert strange == set(newer_server.NEW_KINDS.values())
    assert all(item.problem is None for item in items if isinstance(item, UnknownItem))
    statuses = [event.status for event in events if isinstance(event, ThreadStatusChanged)]
    assert any(isinstance(status, UnknownVariant) for status in statuses)
    (end,) = (event for event in events if isinstance(event, TurnCompleted))
    assert end.extra_fields == {NEW: {"a": [1]}}
    assert end.turn.extra_fields == {NEW: 1}

    assert turn.result.status == "completed"
    assert [message.text for message in turn.result.messages] == ["Done."]
    assert turn.result.messages[0].phase == "last_word"
    assert to_builtins(turn.result.messages[0])[NEW] == 1


async def test_what_was_unknown_is_counted(newer_runtime: Runtime, workspace: Path) -> None:
    """Ours."""
    session = await newer_runtime.start_session(SessionConfig(cwd=workspace))
    await session.ask("go")
    statistics = newer_runtime.statistics()
    assert statistics.unknown_events > 0
    assert statistics.unknown_parts > 0
    assert statistics.unknown_fields > statistics.unknown_parts
    assert (statistics.malformed_events, statistics.malformed_parts) == (0, 0)


async def test_a_result_of_a_newer_server_comes_back_as_it_was(
    newer_runtime: Runtime, workspace: Path
) -> None:
    """Ours: decoded and encoded again."""
    session = await newer_runtime.start_session(SessionConfig(cwd=workspace))
    await session.ask("go")
    params = ThreadReadParams(thread_id=session.thread_id, include_turns=True)
    typed = await newer_runtime.call(THREAD_READ, params)
    raw = await newer_runtime.request(THREAD_READ.name, to_builtins(params))
    again = to_builtins(typed)
    assert again[NEW] is None
    assert again["thread"][NEW] == 1
    assert again["thread"]["turns"][0]["items"] == raw["thread"]["turns"][0]["items"]
    assert json.loads(json.dumps(again)) == again


async def test_a_server_says_nothing_unknown_but_fields_where_it_is_newer(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: the types are those of the pinned binary. The server's: 0.169.0 adds fields alone."""
    model.enqueue(shell("echo hi"), text("Done."))
    session = await runtime.start_session(SessionConfig(cwd=workspace))
    await session.ask("go")
    statistics = runtime.statistics()
    assert statistics.unknown_events == statistics.unknown_parts == 0
    assert statistics.malformed_events == statistics.malformed_parts == 0
    is_of_the_schema = str(runtime.server.version) == load(schema_file()).version
    assert (statistics.unknown_fields == 0) == is_of_the_schema

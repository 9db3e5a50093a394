"""A journal of the real server: what was told is in it, whoever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import AppServerExited, RequestError, SessionConfig, TurnLost
from codex_runtime.errors.journal import JournalError, JournalInUse
from codex_runtime.history.journal import JournalEntry, read_journal
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, open_runtime, without_a_runtime
from tests.real.killing import AT_ONCE
from tests.real.processes import marked_processes, server_pid
from tests.real.waiting import until, until_active

if TYPE_CHECKING:
    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

PROGRAM = Path(__file__).with_name("journaling_program.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def entries_of(path: Path) -> list[JournalEntry]:
    with read_journal(path) as reader:
        entries = list(reader)
    assert (reader.missing, reader.skipped) == (0, 0)
    return entries


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def told_until_killed(lines: int, *arguments: Path) -> str:
    """All that the program printed, killed after so many lines; what it cut short is left out."""
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    return b"".join(line.rstrip(b"\n") for line in told if line.endswith(b"\n")).decode()


async def test_a_stream_and_its_journal_tell_the_same(
    model: ScriptedModel,
    home: Path,
    workspace: Path,
    path: Path,
    replies: dict[str, Reply],
) -> None:
    replies["count"] = text("one two three", deltas=3)
    config = model.runtime_config(home, journal=JournalConfig(path=path))
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace)) as session,
        session.ask_stream("count") as turn,
    ):
        told = [event async for event in turn]
        result = await turn.finish()
    recorded = [entry.event for entry in entries_of(path) if entry.kind == "notification"]
    assert [event for event in recorded if event in told] == told
    (completed,) = (event for event in recorded if isinstance(event, TurnCompleted))
    assert completed.turn.id == result.turn_id
    deltas = [event.delta for event in recorded if isinstance(event, AgentMessageDelta)]
    assert "".join(deltas) == result.text == "one two three"


async def test_what_might_be_secret_is_not_recorded(
    model: ScriptedModel, home: Path, workspace: Path, path: Path
) -> None:
    secret = "sk-journal-secret"
    config = model.runtime_config(home, journal=JournalConfig(path=path))
    async with open_runtime(config) as runtime:
        answer = await runtime.request("command/exec", {"command": ["echo", secret]})
        assert secret in str(answer)
        session = await runtime.start_session(
            SessionConfig(cwd=workspace, developer_instructions=f"Use {secret}")
        )
        await session.close()
    assert secret.encode() not in content_of(path)
    told = [entry for entry in entries_of(path) if entry.method == "command/exec"]
    assert [entry.kind for entry in told] == ["sent", "result"]
    assert [sorted(json.loads(entry.message)) for entry in told] == [["id", "method"], ["id"]]


@pytest.mark.sends_what_the_schema_lacks(
    'thread/start: $.config: "T=sk-journal-secret" is not of types "null", "object"'
)
async def test_a_value_that_the_server_quotes_in_its_refusal_is_not_recorded(
    model: ScriptedModel, home: Path, path: Path
) -> None:
    secret = "T=sk-journal-secret"
    config = model.runtime_config(home, journal=JournalConfig(path=path))
    async with open_runtime(config) as runtime:
        with pytest.raises(RequestError, match=secret):
            await runtime.request("thread/start", {"config": secret})
    assert secret.encode() not in content_of(path)
    (told,) = [entry for entry in entries_of(path) if entry.kind == "error"]
    assert "expected a map" in json.loads(told.message)["error"]["message"]


async def test_a_fork_of_a_session_with_a_journal_has_none(
    model: ScriptedModel, home: Path, workspace: Path, path: Path
) -> None:
    model.enqueue(text("one"), text("two"))
    async with open_runtime(model.runtime_config(home)) as runtime:
        config = SessionConfig(cwd=workspace, journal=JournalConfig(path=path))
        async with await runtime.start_session(config) as session:
            await session.ask("first")
            async with await session.fork() as fork:
                assert fork.config.journal is None
                assert (await fork.ask("second")).text == "two"
                assert fork.thread_id not in {entry.thread_id for entry in entries_of(path)}
    assert session.thread_id in {entry.thread_id for entry in entries_of(path)}


async def test_over_a_servers_death_the_journal_goes_on(
    model: ScriptedModel,
    home: Path,
    workspace: Path,
    path: Path,
    replies: dict[str, Reply],
) -> None:
    replies["wait"] = silence()
    config = model.runtime_config(home, restart=AT_ONCE, journal=JournalConfig(path=path))
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace)) as session,
    ):
        await session.ask("first")

        async def lose() -> None:
            with pytest.raises(TurnLost):
                await session.ask("wait")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(lose)
            await until_active(session)
            os.kill(server_pid(), signal.SIGKILL)
        assert (await session.ask("second")).text == "re: second"
        assert runtime.statistics().journal_missed == 0
    entries = entries_of(path)
    lives = [(e.generation, e.kind) for e in entries if e.kind in ("generation", "end")]
    assert lives == [(1, "generation"), (1, "end"), (2, "generation"), (2, "end")]
    ends = [e.message for e in entries if e.kind == "end"]
    assert ends == [b'{"how":"crash","returncode":-9}', b'{"how":"eof","returncode":0}']
    completed = [e.generation for e in entries if isinstance(e.event, TurnCompleted)]
    assert completed == [1, 2]


async def test_a_sessions_journal_has_its_thread_alone_and_is_taken_up_again(
    model: ScriptedModel, home: Path, workspace: Path, path: Path
) -> None:
    kept = SessionConfig(cwd=workspace, on_exit="detach", journal=JournalConfig(path=path))
    async with open_runtime(model.runtime_config(home)) as runtime:
        other = await runtime.start_session(SessionConfig(cwd=workspace))
        async with await runtime.start_session(kept) as session:
            with pytest.raises(JournalInUse):
                await runtime.start_session(kept)
            await other.ask("not this")
            await session.ask("this")
        async with await runtime.resume_session(session.thread_id, kept) as again:
            await again.ask("and this")
            await other.ask("nor this")
    entries = entries_of(path)
    about = {e.thread_id for e in entries if e.kind not in ("generation", "end")}
    assert about == {session.thread_id}
    assert sum(isinstance(entry.event, TurnCompleted) for entry in entries) == 2
    assert b"this" in content_of(path)
    assert b"not this" not in content_of(path)
    assert b"nor this" not in content_of(path)


async def test_a_journal_that_fails_ends_the_server_and_what_waits_for_it(
    model: ScriptedModel,
    home: Path,
    workspace: Path,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(_file: JournalFile, _lines: list[bytes]) -> None:
        raise OSError(28, "No space left on device")

    config = model.runtime_config(home, restart=AT_ONCE, journal=JournalConfig(path=path))
    left = False
    with pytest.raises(JournalError, match="No space left"):  # noqa: PT012 - out of the block
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            await session.ask("fine")
            monkeypatch.setattr(JournalFile, "_put", no_room)
            with pytest.raises((TurnLost, AppServerExited)) as lost:
                await session.ask("not recorded")
            causes = [lost.value.__cause__, getattr(lost.value.__cause__, "__cause__", None)]
            assert any(isinstance(cause, JournalError) for cause in causes)
            with pytest.raises(AppServerExited, match="No space left"):
                await session.ask("refused")
            assert runtime.statistics().restarts == 0
            left = True
    assert left


async def test_a_journal_that_cannot_be_opened_starts_nothing(
    model: ScriptedModel, home: Path, workspace: Path, tmp_path: Path
) -> None:
    nowhere = JournalConfig(path=tmp_path / "nowhere" / "journal")
    with pytest.raises(JournalError, match="folder has to be there"):
        async with open_runtime(model.runtime_config(home, journal=nowhere)):
            pass
    async with open_runtime(model.runtime_config(home)) as runtime:
        with pytest.raises(JournalError):
            await runtime.start_session(SessionConfig(cwd=workspace, journal=nowhere))
        assert runtime.statistics().requests == 1
        with pytest.raises(RequestError):
            await runtime.resume_session(
                "01900000-0000-7000-8000-000000000000",
                SessionConfig(cwd=workspace, journal=JournalConfig(path=tmp_path / "journal")),
            )


@without_a_runtime
async def test_whenever_a_client_is_killed_its_journal_has_all_that_it_was_told(
    home: Path, workspace: Path, path: Path
) -> None:
    seen_before = 0
    for lines in (1, 37, 700):
        told = await trio.to_thread.run_sync(told_until_killed, lines, home, workspace, path)
        await until(lambda: not marked_processes())
        events = [
            entry.event for entry in entries_of(path) if isinstance(entry.event, AgentMessageDelta)
        ]
        recorded = "".join(event.delta for event in events[seen_before:]).replace(" ", "_")
        seen_before = len(events)
        assert told
        assert recorded.startswith(told)

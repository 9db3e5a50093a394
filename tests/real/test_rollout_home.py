"""What is read from the files of a home is what its real server says of the same threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import Runtime, Session, SessionConfig
from codex_runtime.history.rollouts.found import RolloutInfo, Rollouts
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.spent import usage_of
from codex_runtime.history.rollouts.story import Message, Notice, story
from codex_runtime.history.rollouts.tail import tail_rollout
from codex_runtime.testing import Gate, Reply, reasoning, shell, silence, text, usage
from tests.real.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

EVERY_KIND = ["cli", "vscode", "exec", "appServer", "subAgent", "unknown"]


async def listed(runtime: Runtime, *, archived: bool) -> list[dict[str, Any]]:  # Any: JSON
    """The server's rows, the last active first."""
    params = {"sourceKinds": EVERY_KIND, "archived": archived, "sortKey": "updated_at"}
    answer: Any = await runtime.request("thread/list", params)
    rows: list[dict[str, Any]] = answer["data"]
    return rows


def as_row(info: RolloutInfo) -> dict[str, object]:
    """What both sides tell, in the server's words."""
    return {
        "id": info.thread_id,
        "path": str(info.path),
        "cwd": info.cwd,
        "name": info.name,
        "preview": info.preview,
        "source": info.source,
        "modelProvider": info.model_provider,
        "cliVersion": info.cli_version,
        "createdAt": int(info.created_at_s),
    }


@pytest.fixture
async def conversation(runtime: Runtime, model: ScriptedModel, workspace: Path) -> Session:
    """A session that has said and done something."""
    settings = SessionConfig(
        cwd=workspace, on_exit="detach", sandbox="read-only", approval_policy="never"
    )
    session = await runtime.start_session(settings)
    model.enqueue(
        reasoning("I should look.")
        + text("Looking.", phase="commentary")
        + shell("echo one")
        + usage(input_tokens=100, output_tokens=10),
        shell("exit 3") + usage(input_tokens=200, cached_input_tokens=50, output_tokens=20),
        text("There is nothing.", phase="final_answer") + usage(input_tokens=300, output_tokens=30),
    )
    await session.ask("Look around \N{PARTY POPPER}\nhere")
    await session.ask("And again")
    return session


async def test_the_files_tell_of_threads_what_the_server_lists(
    runtime: Runtime, conversation: Session, home: Path, workspace: Path
) -> None:
    await conversation.rename("A name \N{PARTY POPPER}")
    other = workspace / "elsewhere"
    other.mkdir()
    config = SessionConfig(cwd=other, on_exit="detach")
    archived = await runtime.start_session(SessionConfig(cwd=other))
    await archived.ask("To be archived")
    await archived.close()
    last = await runtime.start_session(config)
    await last.ask("The last one")

    rollouts = Rollouts(home)
    for is_archived in (False, True):
        rows = await listed(runtime, archived=is_archived)
        told = [as_row(info) for info in rollouts.threads(archived=is_archived)]
        assert told == [{key: row[key] for key in told[0]} for row in rows]
    assert rollouts.skipped == ()
    assert rollouts.latest().thread_id == last.thread_id
    assert rollouts.latest(cwd=workspace).thread_id == conversation.thread_id
    assert rollouts.find(archived.thread_id[:-1]).archived
    assert rollouts.find(conversation.thread_id).title == "A name \N{PARTY POPPER}"


async def test_the_tail_of_the_file_is_what_the_server_has_on_record(
    runtime: Runtime, conversation: Session, home: Path
) -> None:
    answer: Any = await runtime.request(
        "thread/items/list", {"threadId": conversation.thread_id, "limit": 100}
    )
    items = [row["item"] for row in answer["data"]]
    tail = tail_rollout(Rollouts(home).find(conversation.thread_id).path)
    said = [
        (item["id"], item["content"][0]["text"] if "content" in item else item["text"])
        for item in items
        if item["type"] in ("userMessage", "agentMessage")
    ]
    assert [(each.item_id, each.text) for each in tail.messages] == said
    assert [each.phase for each in tail.messages][1:3] == ["commentary", "final_answer"]
    ran = [
        (item["id"], item["aggregatedOutput"] or "", item["exitCode"], item["status"])
        for item in items
        if item["type"] == "commandExecution"
    ]
    assert len(ran) == 2
    assert [
        (each.call_id, each.output or "", each.exit_code, each.status) for each in tail.tool_calls
    ] == ran
    assert (tail.messages_before, tail.tool_calls_before, tail.unreadable_lines) == (0, 0, 0)


async def test_the_end_of_a_thread_is_read_with_the_number_of_what_came_before(
    conversation: Session, home: Path
) -> None:
    await conversation.ask("Once more")
    path = path_of(home, conversation)
    whole, tail = tail_rollout(path), tail_rollout(path, 2, 1)
    assert tail.messages == whole.messages[-2:]
    assert tail.tool_calls == whole.tool_calls[-1:]
    assert (tail.messages_before, tail.tool_calls_before) == (len(whole.messages) - 2, 1)


async def test_usage_in_the_file_is_that_of_the_session(conversation: Session, home: Path) -> None:
    await conversation.ask("Once more")
    told = usage_of(path_of(home, conversation))
    assert told.total is not None
    assert told.total == conversation.usage
    assert dict(told.by_model) == {"gpt-5.5": told.total}


async def test_a_thread_can_be_read_while_a_turn_of_it_runs_and_nothing_is_changed(
    session: Session, replies: dict[str, Reply], home: Path, model: ScriptedModel
) -> None:
    gate = Gate()
    await session.ask("First")
    replies["Second"] = silence(gate) + text("Late.")
    async with session.ask_stream("Second") as turn:
        await until(lambda: len(model.requests) == 2)
        await until(lambda: len(tail_rollout(path_of(home, session)).messages) == 3)
        path = path_of(home, session)
        before = state_of(path, home)
        tail = tail_rollout(path)
        assert [each.text for each in tail.messages] == ["First", "re: First", "Second"]
        assert Rollouts(home).latest().thread_id == session.thread_id
        assert state_of(path, home) == before
        gate.release()
        await turn.finish()
    assert [each.text for each in tail_rollout(path).messages][-1] == "Late."


async def test_a_turn_that_was_stopped_is_noted_where_it_was(
    session: Session, replies: dict[str, Reply], home: Path
) -> None:
    await session.ask("First")
    path = path_of(home, session)
    replies["Stop me"] = silence()
    async with session.ask_stream("Stop me") as turn:
        await until(lambda: len(tail_rollout(path).messages) == 3)
        await session.interrupt_turn()
        async for _ in turn:
            pass
    await session.ask("Go on")
    with open_rollout(path) as reader:
        told = list(story(reader))
    noted = [each for each in told if isinstance(each, Notice)]
    said = [each for each in told if isinstance(each, Message)]
    assert [each.text for each in said] == ["First", "re: First", "Stop me", "Go on", "re: Go on"]
    assert told == [*said[:3], *noted, *said[3:]]
    assert [(each.kind, each.turn_id) for each in noted] == [("turn_interrupted", turn.turn_id)]


async def test_a_fork_tells_its_own_turns_and_names_its_parent(
    session: Session, home: Path
) -> None:
    await session.ask("Of the parent")
    fork = await session.fork()
    await fork.ask("Of the fork")
    info = Rollouts(home).find(fork.thread_id)
    assert info.forked_from_id == session.thread_id
    assert info.preview == "Of the fork"
    with open_rollout(info.path) as reader:
        first, *rest = story(reader)
    assert isinstance(first, Notice)
    assert [each.text for each in rest if isinstance(each, Message)] == [
        "Of the fork",
        "re: Of the fork",
    ]


async def test_the_tail_of_a_fork_of_a_fork_is_what_the_server_has_on_record(
    runtime: Runtime, session: Session, home: Path
) -> None:
    await session.ask("Of the parent")
    fork = await session.fork()
    await fork.ask("Of the fork")
    await session.ask("Of the parent alone")
    last = await fork.fork()
    await last.ask("Of the last")
    answer: Any = await runtime.request(
        "thread/items/list", {"threadId": last.thread_id, "limit": 100}
    )
    on_record = [row["item"]["id"] for row in answer["data"]]
    assert len(on_record) == 6
    tail = tail_rollout(path_of(home, last), 4)
    assert [each.item_id for each in tail.messages] == on_record[2:]
    assert (tail.messages_before, tail.missing_thread_id) == (2, None)


def path_of(home: Path, session: Session) -> Path:
    return Rollouts(home).find(session.thread_id).path


def state_of(path: Path, home: Path) -> tuple[bytes, int, list[Path]]:
    return path.read_bytes(), path.stat().st_mtime_ns, sorted(home.iterdir())

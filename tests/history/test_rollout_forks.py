"""The tail of a fork goes on with the file of its parent, up to where it was forked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zstandard

from codex_runtime.history.rollouts.lineage import Lineage, Part, lineage_of
from codex_runtime.history.rollouts.reader import read_meta
from codex_runtime.history.rollouts.tail import tail_rollout
from tests.history.homes import Home
from tests.history.rollout_files import CONVERSATION, FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

FORKED = FIXTURES / "0.163.0" / "forked.jsonl"
ALL = 10**6


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "codex-home")


def parent_id() -> str:
    meta = read_meta(FORKED)
    assert meta is not None
    assert meta.forked_from_id is not None
    return meta.forked_from_id


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("wanted", [0, 1, 2, 3, ALL])
def test_the_parents_messages_come_before_those_of_the_fork(
    home: Home, wanted: int, archived: bool
) -> None:
    home.add(CONVERSATION, archived=archived)
    _, path = home.add(FORKED)
    parent, own = tail_rollout(CONVERSATION, ALL, ALL), tail_rollout(FORKED, ALL, ALL)
    assert len(own.messages) == 2
    messages, calls = parent.messages + own.messages, parent.tool_calls + own.tool_calls
    tail = tail_rollout(path, wanted, wanted)
    assert tail.messages == messages[max(0, len(messages) - wanted) :]
    assert tail.tool_calls == calls[max(0, len(calls) - wanted) :]
    assert tail.messages_before == len(messages) - len(tail.messages)
    assert tail.tool_calls_before == len(calls) - len(tail.tool_calls)
    assert tail.missing_thread_id is None


def gone_on() -> bytes:
    """The parent with lines that it wrote after the fork."""
    content = CONVERSATION.read_bytes()
    later = content.splitlines(keepends=True)[-8:]
    assert any(b'"AgentMessage"' in line for line in later)
    return content + b"".join(line.replace(b'"ordinal":', b'"ordinal":9') for line in later)


def test_what_the_parent_said_after_the_fork_is_not_of_the_fork(home: Home) -> None:
    home.put(f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl", gone_on())
    _, path = home.add(FORKED)
    expected = tail_rollout(CONVERSATION, ALL, 0).messages + tail_rollout(FORKED, ALL, 0).messages
    assert tail_rollout(path, ALL, 0).messages == expected


def test_a_parent_that_was_compressed_is_read_as_any(home: Home) -> None:
    packed = zstandard.ZstdCompressor().compress(gone_on() + b"{\n")
    home.put(f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl.zst", packed)
    _, path = home.add(FORKED)
    expected = tail_rollout(CONVERSATION, ALL, ALL), tail_rollout(FORKED, ALL, ALL)
    tail = tail_rollout(path, 3, ALL)
    messages = expected[0].messages + expected[1].messages
    assert tail.messages == messages[-3:]
    assert tail.messages_before == len(messages) - 3
    assert tail.tool_calls == expected[0].tool_calls


@pytest.mark.parametrize("content", [None, b"", b"{}\n"])
def test_a_parent_that_cannot_be_read_is_named(home: Home, content: bytes | None) -> None:
    if content is not None:
        home.put(f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl", content)
    _, path = home.add(FORKED)
    tail = tail_rollout(path)
    assert len(tail.messages) == 2
    assert tail.missing_thread_id == parent_id()


def test_a_parent_that_is_no_file_is_named(home: Home) -> None:
    name = f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl"
    _, path = home.add(FORKED)
    (path.parent / f"{name}.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    assert tail_rollout(path).missing_thread_id == parent_id()


def test_outside_of_a_home_a_fork_stands_alone() -> None:
    tail = tail_rollout(FORKED)
    assert (len(tail.messages), tail.messages_before) == (2, 0)
    assert tail.missing_thread_id == parent_id()


def test_a_fork_of_itself_has_one_part(home: Home) -> None:
    meta = read_meta(FORKED)
    assert meta is not None
    own = FORKED.read_bytes().replace(parent_id().encode(), meta.id.encode())
    path = home.put(f"rollout-2026-11-22T00-45-07-{meta.id}.jsonl", own)
    assert lineage_of(str(path)) == Lineage((Part(str(path)),), meta.id)
    assert tail_rollout(path, 1, 0).messages[0].text == "On another way."


def test_forks_of_each_other_end(home: Home) -> None:
    meta = read_meta(FORKED)
    assert meta is not None
    own, parents = meta.id.encode(), parent_id().encode()
    content = FORKED.read_bytes()
    swapped = content.replace(own, b"@@").replace(parents, own).replace(b"@@", parents)
    path = home.put(f"rollout-2026-11-22T00-45-07-{meta.id}.jsonl", content)
    parent = home.put(f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl", swapped)
    lineage = lineage_of(str(path))
    assert [part.path for part in lineage.parts] == [str(path), str(parent)]
    assert lineage.missing == meta.id


def test_a_bad_line_of_the_parent_is_not_of_a_tail_that_is_full(home: Home) -> None:
    torn = CONVERSATION.read_bytes() + b'{"torn'
    home.put(f"rollout-2026-11-22T00-45-07-{parent_id()}.jsonl", torn)
    content = FORKED.read_bytes().replace(b'"end_byte_offset":', b'"not_told":')
    meta = read_meta(FORKED)
    assert meta is not None
    path = home.put(f"rollout-2026-11-22T00-45-07-{meta.id}.jsonl", content)
    assert tail_rollout(path, 1, 0).unreadable_lines == 0
    assert tail_rollout(path, 5, 5).unreadable_lines == 1

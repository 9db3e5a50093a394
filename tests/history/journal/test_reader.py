"""Reading a journal: from a cursor, over rotated files, while it is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.journal import JournalUnreadable
from codex_runtime.history.journal import read_journal
from codex_runtime.history.journal.entries import entry_line, header_line
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.history.journal.recording import Recording
from codex_runtime.model.journal import JournalConfig
from codex_runtime.protocol import UnknownNotification, WarningNotification
from tests.history.journal.writing import notification, numbers, read, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def rotated(path: Path) -> Path:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=100)
    return written(config, [notification(n, 200) for n in range(1, 61)])


@pytest.mark.parametrize("after", [0, 1, 17, 59, 60, 1000])
def test_a_cursor_begins_behind_what_was_read(rotated: Path, after: int) -> None:
    with read_journal(rotated, after) as reader:
        assert [entry.seq for entry in reader] == list(range(after + 1, 61))
        assert (reader.last_seq, reader.missing, reader.skipped) == (max(60, after), 0, 0)


@given(steps=st.lists(st.integers(1, 30), max_size=8))
def test_reading_in_parts_gives_each_entry_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    path = tmp_path_factory.mktemp("parts") / "journal"
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=100)
    written(config, [notification(n, 200) for n in range(1, 61)])
    seen: list[int] = []
    after = 0
    for step in [*steps, 60]:
        with read_journal(path, after) as reader:
            seen += [entry.seq for _, entry in zip(range(step), reader, strict=False)]
            after = reader.last_seq
    assert seen == list(range(1, 61))


def test_what_is_written_meanwhile_is_read_on_with_the_cursor(path: Path) -> None:
    file = JournalFile.open(JournalConfig(path=path))
    file.append([notification(1)])
    with read_journal(path) as reader:
        assert [entry.seq for entry in reader] == [1]
    file.append([notification(2)])
    assert numbers(path, reader.last_seq) == [2]
    file.close()


def test_a_rotation_while_it_is_read_costs_nothing(path: Path) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=1)
    file = JournalFile.open(config)
    file.append([notification(n, 200) for n in range(1, 21)])
    before = numbers(path)
    with read_journal(path) as reader:
        first = next(reader).seq
        file.append([notification(n, 200) for n in range(21, 61)])
        seen = [first, *(entry.seq for entry in reader)]
        assert seen[: len(before)] == before
        assert (reader.missing, reader.skipped) == (0, 0)
    file.close()


def test_a_torn_last_line_is_left_out(path: Path) -> None:
    written(path, map(notification, range(3)))
    path.write_bytes(path.read_bytes()[:-1])
    with read_journal(path) as reader:
        assert [entry.seq for entry in reader] == [1, 2]
        assert reader.skipped == 0


def test_a_line_that_is_no_entry_is_skipped_and_counted(path: Path) -> None:
    lines = [header_line(1, 0), entry_line(1, notification(1)), b"{broken}\n", b"\n", b"\xff\n"]
    path.write_bytes(b"".join([*lines, entry_line(2, notification(2))]))
    with read_journal(path) as reader:
        assert [entry.seq for entry in reader] == [1, 2]
        assert reader.skipped == 3


def test_a_closed_reader_has_no_more_entries(rotated: Path) -> None:
    with read_journal(rotated) as reader:
        next(reader)
    assert list(reader) == []
    reader.close()


def test_entries_give_their_events_typed(path: Path) -> None:
    recording = Recording(1)
    records = [
        *recording.received(b'{"method":"warning","params":{"message":"careful"}}\n', 0),
        *recording.received(b'{"method":"never/heard","params":{"threadId":"T"}}\n', 0),
        *recording.received(b'{"id":5,"method":"item/tool/call","params":{}}\n', 0),
        recording.ended(0, "eof", 0),
    ]
    known, unknown, request, end = read(written(path, records))
    assert isinstance(known.event, WarningNotification)
    assert isinstance(unknown.event, UnknownNotification)
    assert (unknown.method, unknown.thread_id) == ("never/heard", "T")
    assert (request.event, request.method, request.request_id) == (None, "item/tool/call", 5)
    assert (end.event, end.method, end.thread_id, end.request_id) == (None, None, None, None)


def test_the_header_says_when_it_was_begun_and_from_which_number(rotated: Path) -> None:
    with read_journal(rotated) as reader:
        assert reader.header.first_seq == 1
        assert reader.header.created_at_ms > 1_600_000_000_000


def test_what_a_later_version_adds_is_kept_or_ignored(path: Path) -> None:
    line = entry_line(1, notification(1)).replace(b'"notification"', b'"novelty","more":[1]')
    path.write_bytes(header_line(1, 0).replace(b"}", b',"more":1}') + line)
    (entry,) = read(path)
    assert (entry.kind, entry.event) == ("novelty", None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such journal"),
        (b"", "empty"),
        (header_line(1, 0)[:10], "empty"),
        (b"a letter\n", "no journal of this library"),
        (b"a letter", "no journal of this library"),
        (header_line(1, 0).replace(b'"version":1', b'"version":2'), "version 2"),
    ],
)
def test_what_is_no_journal_is_refused_with_the_reason(
    path: Path, content: bytes | None, problem: str
) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JournalUnreadable, match=problem):
        read_journal(path)


def test_a_journal_that_may_not_be_read_says_so(path: Path) -> None:
    path.mkdir()
    with pytest.raises(JournalUnreadable, match="Is a directory"):
        read_journal(path)
    with pytest.raises(JournalUnreadable):
        read_journal(path / "below" / "nothing")


def test_files_beside_it_that_are_something_else_are_left_alone(path: Path) -> None:
    written(path, [notification(1)])
    for name in ("journal.2", "journal.old", "journal.01", "journal.1x"):
        path.with_name(name).write_bytes(b"a letter\n")
    assert numbers(path) == [1]


def test_reading_changes_nothing(rotated: Path) -> None:
    rotated.write_bytes(rotated.read_bytes()[:-3])
    before = {file: file.read_bytes() for file in rotated.parent.iterdir()}
    numbers(rotated)
    assert {file: file.read_bytes() for file in rotated.parent.iterdir()} == before


def test_no_file_stays_open(rotated: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(3):
        numbers(rotated)
    with pytest.raises(JournalUnreadable):
        read_journal(rotated.with_name("nothing"))
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_cursor_or_a_path_that_is_none_is_refused_at_once(path: Path) -> None:
    written(path, [notification(1)])
    # Any: what a caller without types may give.
    bad: list[Any] = [-1, "1", None, 1.5, True]
    for after in bad:
        with pytest.raises(InvalidInput, match="after"):
            read_journal(path, after)
    bad = [None, 5, "", b"journal"]
    for place in bad:
        with pytest.raises(InvalidInput, match="path"):
            read_journal(place)


def test_a_pipe_is_refused_by_its_name_and_read_by_its_number(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    with pytest.raises(JournalUnreadable, match="it is a pipe"):
        read_journal(path.with_name("pipe"))
    path.with_name("link").symlink_to("pipe")
    with pytest.raises(JournalUnreadable):
        read_journal(path.with_name("link"))
    written(path, [notification(1)])
    ours, theirs = os.pipe()
    os.write(theirs, path.read_bytes())
    os.close(theirs)
    assert numbers(Path(f"/dev/fd/{ours}")) == [1]
    os.close(ours)

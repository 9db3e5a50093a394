"""Writing a journal: numbers, rotation, the lock, and what an earlier writer left."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors.journal import JournalError, JournalInUse
from codex_runtime.history.journal import read_journal
from codex_runtime.history.journal.entries import header_line
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig
from tests.history.journal.writing import notification, numbers, read, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_entries_are_numbered_over_reopenings(path: Path) -> None:
    written(path, map(notification, range(3)))
    written(path, map(notification, range(3, 5)))
    entries = read(path)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [getattr(entry.event, "message", None) for entry in entries] == list("01234")
    assert path.read_bytes().count(b"codex-runtime") == 1


def test_only_its_owner_may_read_it(path: Path) -> None:
    written(path, [notification(1)])
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}


def test_a_second_writer_is_refused_and_the_first_goes_on(path: Path) -> None:
    config = JournalConfig(path=path)
    first = JournalFile.open(config)
    with pytest.raises(JournalInUse, match="path of its own"):
        JournalFile.open(config)
    first.append([notification(1)])
    first.close()
    first.close()
    assert numbers(path) == [1]
    JournalFile.open(config).close()


def test_a_link_to_a_journal_is_the_same_journal(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    first = JournalFile.open(JournalConfig(path=link))
    with pytest.raises(JournalInUse):
        JournalFile.open(JournalConfig(path=path))
    first.close()


@pytest.mark.parametrize("content", [b"something else\n", b"\x00" * 100, b'{"journal":"x"}\n{}\n'])
@pytest.mark.parametrize("name", ["journal.jsonl", "journal.jsonl.1"])
def test_a_file_of_something_else_is_refused_and_not_changed(
    path: Path, content: bytes, name: str
) -> None:
    path.with_name(name).write_bytes(content)
    with pytest.raises(JournalError, match=rf"{re.escape(name)} is in the way: it is no journal"):
        JournalFile.open(JournalConfig(path=path))
    assert path.with_name(name).read_bytes() == content


def test_a_journal_of_a_newer_version_is_refused_and_not_changed(path: Path) -> None:
    content = header_line(1, 0).replace(b'"version":1', b'"version":2') + b"what nobody knows"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="version 2"):
        JournalFile.open(JournalConfig(path=path))
    assert path.read_bytes() == content


def test_a_path_that_cannot_be_written_says_so(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="folder has to be there") as raised:
        JournalFile.open(JournalConfig(path=tmp_path / "nowhere" / "journal"))
    assert raised.value.errno == errno.ENOENT
    path.mkdir()
    with pytest.raises(JournalError):
        JournalFile.open(JournalConfig(path=path))


def test_a_pipe_is_no_journal_and_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(JournalError, match="no regular file"):
        JournalFile.open(JournalConfig(path=path))


def test_a_torn_last_line_is_cut_and_nothing_before_it(path: Path) -> None:
    written(path, map(notification, range(3)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    written(path, [notification(9)])
    assert path.read_bytes().startswith(whole[: whole.rindex(b"\n", 0, -1) + 1])
    assert [entry.seq for entry in read(path)] == [1, 2, 3]
    assert b'"9"' in read(path)[-1].message


def test_zeros_that_a_power_failure_left_are_cut(path: Path) -> None:
    written(path, map(notification, range(3)))
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 200_000)
    JournalFile.open(JournalConfig(path=path)).close()
    assert path.read_bytes() == whole


@given(
    paddings=st.lists(st.integers(0, 300), max_size=6),
    cut=st.integers(0, 1 << 20),
    tail=st.binary(max_size=40),
)
def test_wherever_a_journal_is_torn_what_was_whole_stays_and_it_goes_on(
    tmp_path_factory: pytest.TempPathFactory, paddings: list[int], cut: int, tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("torn") / "journal"
    written(path, [notification(n, padding) for n, padding in enumerate(paddings)])
    whole = path.read_bytes()
    cut %= len(whole) + 1
    in_header = cut <= whole.index(b"\n")
    # What is no header and no beginning of one is another's file.
    path.write_bytes(whole[:cut] + (b"" if in_header else tail.replace(b"\n", b"")))
    kept = max(0, whole[:cut].count(b"\n") - 1)
    written(path, [notification(99)])
    entries = read(path)
    assert [entry.seq for entry in entries] == list(range(1, kept + 2))
    assert path.read_bytes().startswith(whole[: whole[:cut].rfind(b"\n") + 1])


def test_a_journal_is_rotated_before_it_gets_too_large(path: Path) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=100)
    written(config, [notification(n, 200) for n in range(60)])
    files = [path, *(path.with_name(f"journal.jsonl.{n}") for n in range(1, 5))]
    assert all(file.exists() for file in files)
    assert max(file.stat().st_size for file in path.parent.iterdir()) <= 4096
    assert numbers(path) == list(range(1, 61))


def test_many_at_once_are_rotated_as_one_by_one(path: Path) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=100)
    file = JournalFile.open(config)
    file.append([notification(n, 200) for n in range(60)])
    file.close()
    assert max(one.stat().st_size for one in path.parent.iterdir()) <= 4096
    assert numbers(path) == list(range(1, 61))


@pytest.mark.parametrize("keep_files", [0, 1, 3])
def test_so_many_rotated_files_are_kept_and_the_reader_counts_what_is_gone(
    path: Path, keep_files: int
) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=keep_files)
    written(config, [notification(n, 200) for n in range(200)])
    rotated = [file for file in path.parent.iterdir() if file.suffix not in (".lock", ".jsonl")]
    assert len(rotated) == keep_files
    with read_journal(path) as reader:
        left = [entry.seq for entry in reader]
    assert left == list(range(201 - len(left), 201))
    assert reader.missing == 200 - len(left)


def test_a_line_larger_than_a_file_may_be_has_a_file_of_its_own(path: Path) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096)
    written(config, [notification(1), notification(2, 10_000), notification(3)])
    assert numbers(path) == [1, 2, 3]
    assert path.with_name("journal.jsonl.2").exists()
    assert not path.with_name("journal.jsonl.3").exists()


def test_a_writer_that_died_in_a_rotation_is_followed_by_one_that_goes_on(path: Path) -> None:
    written(path, map(notification, range(3)))
    path.rename(path.with_name("journal.jsonl.1"))
    written(path, [notification(3)])
    assert numbers(path) == [1, 2, 3, 4]


def test_a_new_file_whose_header_is_torn_is_begun_anew(path: Path) -> None:
    written(path, map(notification, range(3)))
    path.rename(path.with_name("journal.jsonl.1"))
    path.write_bytes(header_line(4, 0)[:20])
    assert numbers(path) == [1, 2, 3]
    written(path, [notification(3)])
    assert numbers(path) == [1, 2, 3, 4]


class FailingWrites:
    """``os.write`` that writes so many bytes and then has no room."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._write = os.write
        self.room_bytes = 1 << 30
        patch.setattr(os, "write", self)

    def __call__(self, fd: int, data: bytes) -> int:
        if not self.room_bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = self._write(fd, data[: self.room_bytes])
        self.room_bytes -= done
        return done


@settings(max_examples=50)
@given(room_bytes=st.integers(0, 1500))
def test_a_full_disk_costs_what_did_not_fit_and_leaves_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, room_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("full") / "journal"
    with pytest.MonkeyPatch.context() as patch:
        file = JournalFile.open(JournalConfig(path=path))
        writes = FailingWrites(patch)
        writes.room_bytes = room_bytes
        with pytest.raises(JournalError, match="No space left") as raised:
            file.append([notification(n, 100) for n in range(8)])
        assert raised.value.errno == errno.ENOSPC
        fitted = file.entries
        assert fitted + file.missed == 8
        writes.room_bytes = 1 << 30
        file.append([notification(9)])
        file.close()
    assert numbers(path) == [*range(1, fitted + 1), 9]
    with read_journal(path) as reader:
        list(reader)
    assert (reader.missing, reader.skipped) == (8 - fitted, 0)


def test_a_rotation_that_fails_half_way_is_finished_by_the_next_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096)
    file = JournalFile.open(config)
    file.append([notification(1, 3800)])
    writes = FailingWrites(monkeypatch)
    writes.room_bytes = 0
    with pytest.raises(JournalError):
        file.append([notification(2, 3800)])
    writes.room_bytes = 1 << 30
    file.append([notification(3, 100)])
    file.close()
    assert numbers(path) == [1, 3]


def test_without_a_flush_what_is_buffered_is_written_at_the_end(path: Path) -> None:
    file = JournalFile.open(JournalConfig(path=path, sync="none"))
    file.append([notification(1)])
    assert numbers(path) == []
    assert file.is_dirty
    file.append([notification(2, 1 << 20)])
    assert numbers(path) == [1, 2]
    file.append([notification(3)])
    file.close()
    assert numbers(path) == [1, 2, 3]


def test_with_a_time_between_flushes_what_came_meanwhile_is_flushed_later(path: Path) -> None:
    file = JournalFile.open(JournalConfig(path=path, every_ms=3_600_000))
    file.append([notification(1)])
    assert numbers(path) == []
    file.flush()
    assert numbers(path) == [1]
    assert not file.is_dirty
    file.close()


@pytest.mark.parametrize(("every_ms", "syncs"), [(0, 3), (3_600_000, 0)])
def test_a_sync_is_done_for_every_write_or_at_most_so_often(
    path: Path, monkeypatch: pytest.MonkeyPatch, every_ms: int, syncs: int
) -> None:
    synced: list[int] = []
    file = JournalFile.open(JournalConfig(path=path, sync="fsync", every_ms=every_ms))
    monkeypatch.setattr(os, "fsync", synced.append)
    for number in range(3):
        file.append([notification(number)])
        assert len(numbers(path)) == number + 1
    assert len(synced) == syncs
    file.close()
    assert len(synced) == max(1, syncs)


def test_a_sync_that_fails_is_an_error_and_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = JournalFile.open(JournalConfig(path=path, sync="fsync"))
    failing: list[OSError] = [OSError(errno.EIO, "Input/output error")]

    def sync(_fd: int) -> None:
        if failing:
            raise failing.pop()

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(JournalError, match="cannot be synced"):
        file.append([notification(1)])
    assert file.is_dirty
    file.close()
    assert numbers(path) == [1]


def test_what_was_left_out_takes_numbers(path: Path) -> None:
    file = JournalFile.open(JournalConfig(path=path))
    file.append([notification(1)])
    file.append([notification(2)], left_out=5)
    file.close()
    with read_journal(path) as reader:
        assert [entry.seq for entry in reader] == [1, 7]
    assert reader.missing == 5


# -- what others do to the files -------------------------------------------------------------------


def beside(path: Path) -> dict[str, bytes]:
    """The files of the folder but the locks."""
    return {
        file.name: file.read_bytes() for file in path.parent.iterdir() if file.suffix != ".lock"
    }


@pytest.mark.parametrize("max_file_bytes", [None, 4096])
def test_a_journal_that_was_removed_is_told_once_and_begun_anew_and_no_other_file_is_touched(
    path: Path, max_file_bytes: int | None
) -> None:
    file = JournalFile.open(JournalConfig(path=path, max_file_bytes=max_file_bytes, keep_files=3))
    for number in range(14):
        file.append([notification(number, 900)])
    path.unlink()
    others = beside(path)
    with pytest.raises(JournalError, match="was removed or replaced"):
        file.append([notification(14, 900)])
    assert beside(path) == others
    assert file.missed == 1
    file.append([notification(15)])
    file.close()
    assert {name: data for name, data in beside(path).items() if name != path.name} == others
    assert numbers(path)[-1] == 16


@pytest.mark.parametrize("keep_files", [0, 2])
def test_a_file_that_was_put_in_the_place_of_a_journal_is_neither_written_nor_removed(
    path: Path, keep_files: int
) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=keep_files)
    file = JournalFile.open(config)
    file.append([notification(1)])
    path.rename(path.with_name("moved"))
    path.write_bytes(b"precious")
    before = beside(path)
    with pytest.raises(JournalError, match="was removed or replaced"):
        file.append([notification(2, 900)] * 8)
    for _ in range(6):
        with pytest.raises(JournalError, match="File exists"):
            file.append([notification(2, 900)])
    assert beside(path) == before
    path.unlink()
    file.append([notification(3)])
    file.close()
    assert len(numbers(path)) == 1


def test_a_journal_that_is_replaced_between_two_files_of_one_write_stays_where_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = JournalFile.open(JournalConfig(path=path, max_file_bytes=4096, keep_files=0))
    write = os.write

    def replaced_behind(fd: int, data: bytes) -> int:
        done = write(fd, data)
        path.unlink()
        path.write_bytes(b"precious")
        return done

    monkeypatch.setattr(os, "write", replaced_behind)
    with pytest.raises(JournalError, match="was removed or replaced"):
        file.append([notification(number, 900) for number in range(8)])
    assert path.read_bytes() == b"precious"
    file.close()


def test_a_file_that_cannot_be_renamed_costs_no_other_however_often_it_is_tried(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=3)
    file = JournalFile.open(config)
    for number in range(14):
        file.append([notification(number, 900)])
    kept = numbers(path)
    rename = type(path).rename

    def refuse(old: Path, new: Path) -> Path:
        if old == path:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return rename(old, new)

    monkeypatch.setattr(type(path), "rename", refuse)
    for number in range(6):
        with pytest.raises(JournalError, match="not permitted"):
            file.append([notification(number, 4000)])
    monkeypatch.undo()
    assert len(set(kept) - set(numbers(path))) <= 4  # what the oldest file held
    assert {"journal.jsonl", "journal.jsonl.2", "journal.jsonl.3"} == beside(path).keys()
    file.append([notification(1)])
    file.close()


def test_a_copy_that_is_named_by_its_date_is_left_alone(path: Path) -> None:
    written(path, [notification(1)])
    copy = path.with_name("journal.jsonl.20261122")
    copy.write_bytes(path.read_bytes())
    config = JournalConfig(path=path, max_file_bytes=4096, keep_files=1)
    before = copy.read_bytes()
    written(config, [notification(number, 900) for number in range(12)])
    assert copy.read_bytes() == before


def test_a_journal_whose_name_another_would_rotate_to_is_in_its_way(path: Path) -> None:
    neighbour = JournalFile.open(JournalConfig(path=path.with_name("journal.jsonl.1")))
    with pytest.raises(JournalError, match=r"jsonl\.1 is in the way: it is a journal of its own"):
        JournalFile.open(JournalConfig(path=path))
    neighbour.close()
    JournalFile.open(JournalConfig(path=path.with_name("journal.jsonl.1"))).close()


def test_a_rotated_file_is_not_opened_as_a_journal_of_its_own(path: Path) -> None:
    written(path, [notification(1)])
    with pytest.raises(JournalError, match=r"rotated file of the journal journal\.jsonl"):
        JournalFile.open(JournalConfig(path=path.with_name("journal.jsonl.1")))
    written(path, [notification(2)])
    assert numbers(path) == [1, 2]


def test_a_path_that_can_be_no_file_is_an_error_of_the_journal(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    for bad in ("/", loop):
        with pytest.raises(JournalError, match="cannot be opened"):
            JournalFile.open(JournalConfig(path=bad))

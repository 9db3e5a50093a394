"""A rollout is read from beginning to end, whatever became of it on the disk."""

from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.rollouts import reader as reader_module
from codex_runtime.history.rollouts.entries import ResponseEntry, UnknownEntry
from codex_runtime.history.rollouts.line_cutter import LineCutter, TooLong
from codex_runtime.history.rollouts.lines import BadLine, decode_entry
from codex_runtime.history.rollouts.reader import (
    PROBLEMS_KEPT,
    RolloutProblem,
    open_rollout,
    read_meta,
)
from codex_runtime.history.rollouts.responses import FunctionCallOutput
from tests.history.rollout_files import (
    COMPRESSED,
    CONVERSATION,
    LEGACY,
    ROLLOUTS,
    lines_of,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_runtime.history.rollouts.entries import Entry

LINES: Final = lines_of(CONVERSATION)
MIB: Final = 1024 * 1024


def read(path: Path, **options: int) -> tuple[list[Entry], Sequence[RolloutProblem]]:
    """All entries and problems of a file, which is as it was afterwards."""
    before = path.read_bytes(), path.stat().st_mtime_ns
    with open_rollout(path, **options) as reader:
        entries = list(reader)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert reader.problem_count == len(reader.problems)
    return entries, reader.problems


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """A file to be written."""
    return tmp_path / "rollout.jsonl"


@pytest.mark.parametrize("path", ROLLOUTS, ids=name_of)
def test_a_rollout_is_its_lines_in_order(path: Path) -> None:
    entries, problems = read(path)
    assert entries == [decode_entry(line) for line in lines_of(path)]
    assert not problems


@pytest.mark.parametrize("path", ROLLOUTS, ids=name_of)
def test_the_metadata_is_there_before_anything_is_read(path: Path) -> None:
    with open_rollout(path) as reader:
        assert reader.meta is not None
        assert reader.meta.id
        assert reader.meta == read_meta(path)
        version = path.parent.name
        assert reader.meta.cli_version == (None if version == "0.20.0" else version)
        assert reader.path == str(path)


def test_a_reader_is_an_iterator_that_goes_through_the_file_once() -> None:
    with open_rollout(CONVERSATION) as reader:
        assert next(reader) == decode_entry(LINES[0])
        assert list(reader) == [decode_entry(line) for line in LINES[1:]]
        assert list(reader) == []


def test_a_closed_reader_has_no_more_entries() -> None:
    reader = open_rollout(CONVERSATION)
    next(reader)
    reader.close()
    assert list(reader) == []
    reader.close()


def open_files() -> int:
    """How many this process has open; none where that cannot be told."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def test_a_reader_leaves_no_file_open(rollout: Path) -> None:
    rollout.write_bytes(b"\n".join(LINES))
    before = open_files()
    for _ in range(3):
        with open_rollout(rollout) as reader:
            next(reader)
        list(open_rollout(rollout))
        read_meta(rollout)
        with pytest.raises(InvalidInput):
            open_rollout(rollout, max_line_bytes=0)
    assert open_files() == before


# ------------------------------------------------------------------------- bad lines


def test_bad_lines_are_reported_where_they_are_and_all_others_are_read(rollout: Path) -> None:
    bad = [b"garbage", b"\xff\xfe", b"[]", b'{"type":"event_msg","payload":{"type":"\xff']
    mixed = [LINES[0], bad[0], LINES[1], bad[1], bad[2], LINES[2], bad[3], LINES[3]]
    rollout.write_bytes(b"\n".join(mixed) + b"\n")
    entries, problems = read(rollout)
    assert entries == [decode_entry(line) for line in LINES[:4]]
    assert [problem.line for problem in problems] == [2, 4, 5, 7]
    data = rollout.read_bytes()
    for problem, line in zip(problems, bad, strict=True):
        assert data[problem.offset_bytes :].startswith(line + b"\n")
        assert problem.why


def test_a_known_kind_of_another_shape_is_reported_and_given(rollout: Path) -> None:
    line = b'{"type":"event_msg","payload":{"type":"token_count","info":7}}'
    rollout.write_bytes(line + b"\n" + LINES[0] + b"\n")
    entries, (problem,) = read(rollout)
    assert entries == [decode_entry(line), decode_entry(LINES[0])]
    assert isinstance(entries[0], UnknownEntry)
    assert problem == RolloutProblem(1, 0, entries[0].problem or "")


def test_an_unknown_kind_is_no_problem(rollout: Path) -> None:
    rollout.write_bytes(b'{"type":"new","payload":{}}\n')
    entries, problems = read(rollout)
    assert [type(entry) for entry in entries] == [UnknownEntry]
    assert not problems


def test_empty_lines_and_other_line_breaks_are_no_problem(rollout: Path) -> None:
    rollout.write_bytes(b"\n\r\n  \n" + b"\r\n\n".join(LINES))
    entries, problems = read(rollout)
    assert entries == [decode_entry(line) for line in LINES]
    assert not problems


def test_an_empty_file_is_no_problem_and_has_no_metadata(rollout: Path) -> None:
    rollout.write_bytes(b"")
    assert read(rollout) == ([], ())
    assert read_meta(rollout) is None


def test_all_problems_are_counted_and_the_first_are_kept(rollout: Path) -> None:
    count = 30_000
    rollout.write_bytes(b"x\n" * count + LINES[0])
    with open_rollout(rollout) as reader:
        assert list(reader) == [decode_entry(LINES[0])]
    assert reader.problem_count == count
    assert [problem.line for problem in reader.problems] == list(range(1, PROBLEMS_KEPT + 1))
    assert [problem.offset_bytes for problem in reader.problems] == list(range(0, 200, 2))


ANY_LINE: Final = st.sampled_from(LINES) | st.sampled_from(
    [
        b"",
        b"garbage",
        b"\xff",
        b"{}",
        b'{"record_type":"state"}',
        b'{"type":"event_msg","payload":{"type":"new"}}',
        b'{"type":"event_msg","payload":{"type":"token_count","info":7}}',
        b'{"type":"message","role":"user","content":[]}',
    ]
)


@given(st.lists(ANY_LINE, max_size=30), st.integers(1, 3000), st.booleans())
def test_any_mix_of_lines_in_any_pieces_is_read_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], piece_bytes: int, ended: bool
) -> None:
    rollout = tmp_path_factory.mktemp("mix") / "rollout.jsonl"
    rollout.write_bytes(b"\n".join(lines) + b"\n" * ended)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "_PIECE_BYTES", piece_bytes)
        entries, problems = read(rollout)
    decoded = [decode_entry(line) for line in lines]
    assert entries == [entry for entry in decoded if not isinstance(entry, BadLine)]
    bad = [
        number
        for number, (line, entry) in enumerate(zip(lines, decoded, strict=True), 1)
        if (isinstance(entry, BadLine) and line)
        or (isinstance(entry, UnknownEntry) and entry.problem)
    ]
    assert [problem.line for problem in problems] == bad


@pytest.mark.parametrize(
    "odd",
    [
        LINES[1] + LINES[2],
        LINES[1] + b" " + LINES[2],
        LINES[1].replace(b",", b",\n", 1),
    ],
)
def test_a_line_is_a_line_even_where_json_would_go_on(rollout: Path, odd: bytes) -> None:
    lines = [LINES[0], *odd.split(b"\n"), LINES[3]]
    rollout.write_bytes(b"\n".join(lines) + b"\n")
    entries, problems = read(rollout)
    decoded = [decode_entry(line) for line in lines]
    assert entries == [entry for entry in decoded if not isinstance(entry, BadLine)]
    assert len(problems) == len(lines) - len(entries) > 0


@given(st.integers(0, sum(map(len, LINES[:12])) + 12))
def test_a_rollout_that_is_cut_anywhere_loses_the_cut_line_alone(
    tmp_path_factory: pytest.TempPathFactory, end: int
) -> None:
    rollout = tmp_path_factory.mktemp("cut") / "rollout.jsonl"
    whole = b"\n".join(LINES[:12]) + b"\n"
    rollout.write_bytes(whole[:end])
    entries, problems = read(rollout)
    sound = whole[:end].count(b"\n")
    assert entries[:sound] == [decode_entry(line) for line in LINES[:sound]]
    rest = whole[:end].rpartition(b"\n")[2]
    assert len(entries) + len(problems) == sound + bool(rest)
    if problems:
        (problem,) = problems
        assert (problem.line, problem.offset_bytes) == (sound + 1, end - len(rest))
        assert problem.why == "the file ends in the middle of this line"


def test_what_is_written_while_it_is_read_is_read_too(rollout: Path) -> None:
    rollout.write_bytes(LINES[0] + b"\n" + LINES[1][:20])
    with open_rollout(rollout) as reader:
        next(reader)
        with rollout.open("ab") as more:
            more.write(LINES[1][20:] + b"\n")
        assert list(reader) == [decode_entry(LINES[1])]
    assert not reader.problems


def test_metadata_is_found_behind_a_torn_first_line(rollout: Path) -> None:
    rollout.write_bytes(LINES[0][:50] + b"\n" + LINES[0] + b"\n")
    assert read_meta(rollout) == read_meta(CONVERSATION)


def test_metadata_is_not_looked_for_in_the_whole_file(rollout: Path) -> None:
    rollout.write_bytes(b"\n".join([*LINES[1:] * 10, LINES[0]]))
    assert read_meta(rollout) is None
    with open_rollout(rollout) as reader:
        assert reader.meta is None
        assert len(list(reader)) == len(LINES[1:]) * 10 + 1


def test_metadata_without_a_line_break_counts(rollout: Path) -> None:
    rollout.write_bytes(lines_of(LEGACY)[0])
    assert read_meta(rollout) == read_meta(LEGACY)


# ------------------------------------------------------------------------- long lines


def output_line(size_bytes: int) -> bytes:
    """A line of a tool's output that is so long in all."""
    empty = b'{"type":"response_item","payload":{"type":"function_call_output","output":""}}'
    head, tail = empty[:-3], empty[-3:]
    return head + b"x" * (size_bytes - len(empty)) + tail


def test_a_line_of_a_hundred_megabytes_is_read_whole(rollout: Path) -> None:
    with rollout.open("wb") as file:
        file.write(LINES[0] + b"\n")
        file.write(output_line(100_000_000) + b"\n")
        file.write(LINES[1] + b"\n")
    with open_rollout(rollout) as reader:
        first, long, last = reader
    assert (first, last) == (decode_entry(LINES[0]), decode_entry(LINES[1]))
    assert isinstance(long, ResponseEntry)
    assert isinstance(long.payload, FunctionCallOutput)
    assert len(long.payload.text) > 99_999_000
    assert not reader.problems


def test_a_line_over_the_limit_is_reported_and_never_held(rollout: Path) -> None:
    with rollout.open("wb") as file:
        file.write(LINES[0] + b"\n")
        file.truncate(file.tell() + 60 * MIB)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + LINES[1] + b"\n")
    tracemalloc.start()
    with open_rollout(rollout, max_line_bytes=MIB) as reader:
        entries = list(reader)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert entries == [decode_entry(LINES[0]), decode_entry(LINES[1])]
    (problem,) = reader.problems
    assert (problem.line, problem.offset_bytes) == (2, len(LINES[0]) + 1)
    assert problem.why == f"it has {60 * MIB} bytes, and max_line_bytes is {MIB}"
    assert peak_bytes < 4 * MIB


def test_the_last_line_over_the_limit_is_reported_too(rollout: Path) -> None:
    rollout.write_bytes(LINES[0] + b"\n" + b"x" * 5000)
    _, (problem,) = read(rollout, max_line_bytes=4999)
    assert problem.why == "it has 5000 bytes, and max_line_bytes is 4999"


def test_a_line_at_the_limit_is_read(rollout: Path) -> None:
    rollout.write_bytes(output_line(5000) + b"\n" + output_line(5001) + b"\n" + output_line(5000))
    entries, (problem,) = read(rollout, max_line_bytes=5000)
    assert (len(entries), problem.line) == (2, 2)


def test_memory_does_not_grow_with_the_file(rollout: Path) -> None:
    rollout.write_bytes(b"\n".join(LINES * 100))
    assert rollout.stat().st_size > 5 * MIB
    tracemalloc.start()
    with open_rollout(rollout) as reader:
        assert sum(1 for _ in reader) == len(LINES) * 100
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 2 * MIB


@given(st.lists(st.binary(max_size=30) | st.just(b"\n")))
def test_lines_are_the_same_however_the_bytes_come(pieces: list[bytes]) -> None:
    cutter = LineCutter(1000)
    lines: list[bytes] = []
    for piece in pieces:
        given_now = cutter.lines_of(cutter.feed(piece))
        assert cutter.first_line == len(lines) + 1
        for index in range(len(given_now)):
            known = b"".join(line + b"\n" for line in [*lines, *given_now[:index]])
            assert cutter.offset_of(given_now, index) == len(known)
        lines += given_now
    *expected, rest = b"".join(pieces).split(b"\n")
    assert lines == expected
    assert (cutter.finish() or b"") == rest
    assert (cutter.first_line, cutter.finish()) == (len(lines) + 1, None)


@given(st.lists(st.binary(max_size=30) | st.just(b"\n")), st.integers(1, 12))
def test_only_lines_over_the_limit_are_left_out(pieces: list[bytes], limit: int) -> None:
    cutter = LineCutter(limit)
    lines: list[bytes] = []
    for piece in pieces:
        given_now = cutter.lines_of(cutter.feed(piece))
        start = sum(size_of(line) + 1 for line in lines)
        assert cutter.offset_of(given_now, len(given_now)) == start + sum(
            size_of(line) + 1 for line in given_now
        )
        lines += given_now
    *expected, rest = b"".join(pieces).split(b"\n")
    last = cutter.finish()
    lines.append(b"" if last is None else last)
    for line, whole in zip(lines, [*expected, rest], strict=True):
        if len(whole) > limit:
            assert isinstance(line, TooLong)
            assert (line, line.size_bytes) == (b"", len(whole))
        else:
            assert (line, type(line)) == (whole, bytes)


def size_of(line: bytes) -> int:
    """What a line had in the file."""
    return line.size_bytes if isinstance(line, TooLong) else len(line)


# ------------------------------------------------------------------------- compressed


@pytest.mark.parametrize("path", COMPRESSED, ids=name_of)
def test_a_rollout_that_a_server_compressed_is_read_as_it_was(path: Path) -> None:
    entries, problems = read(path)
    with path.open("rb") as file:
        plain = zstandard.ZstdDecompressor().stream_reader(file).read()
    assert entries == [decode_entry(line) for line in plain.splitlines()]
    assert len(entries) > 10
    assert not problems
    with open_rollout(path) as reader:
        assert reader.meta is not None
        assert reader.meta.cli_version == path.parent.name


def compress(data: bytes) -> bytes:
    """One frame."""
    return zstandard.ZstdCompressor().compress(data)


def test_a_compressed_rollout_is_told_by_its_bytes_and_not_by_its_name(rollout: Path) -> None:
    rollout.write_bytes(compress(CONVERSATION.read_bytes()))
    assert read(rollout) == read(CONVERSATION)


def test_several_compressed_parts_are_one_rollout(rollout: Path) -> None:
    data = CONVERSATION.read_bytes()
    parts = [data[start : start + 9000] for start in range(0, len(data), 9000)]
    rollout.write_bytes(b"".join(map(compress, parts)))
    assert read(rollout) == read(CONVERSATION)


@given(st.integers(5, len(COMPRESSED[0].read_bytes()) - 1))
def test_a_compressed_rollout_that_is_cut_anywhere_tells_what_was_before(
    tmp_path_factory: pytest.TempPathFactory, end: int
) -> None:
    rollout = tmp_path_factory.mktemp("cut") / "rollout.jsonl.zst"
    rollout.write_bytes(COMPRESSED[0].read_bytes()[:end])
    whole, _ = read(COMPRESSED[0])
    entries, (problem,) = read(rollout)
    assert entries == whole[: len(entries)]
    assert problem.why == "the compressed bytes break off"


@given(st.integers(4, len(COMPRESSED[0].read_bytes()) - 1), st.integers(1, 255))
def test_a_garbled_compressed_rollout_never_raises(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    data = bytearray(COMPRESSED[0].read_bytes())
    data[place] ^= change
    rollout = tmp_path_factory.mktemp("garbled") / "rollout.jsonl.zst"
    rollout.write_bytes(data)
    read(rollout)
    read_meta(rollout)


def test_garbled_compression_is_reported(rollout: Path) -> None:
    rollout.write_bytes(COMPRESSED[0].read_bytes() + b"no frame")
    entries, (problem,) = read(rollout)
    assert entries == read(COMPRESSED[0])[0]
    assert problem.line == len(entries) + 1
    assert problem.why.startswith("the compressed bytes are garbled")


def test_a_whole_line_before_the_break_off_is_given_and_the_break_off_reported(
    rollout: Path,
) -> None:
    compressor = zstandard.ZstdCompressor().compressobj()
    rollout.write_bytes(
        compressor.compress(LINES[0]) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    )
    entries, (problem,) = read(rollout)
    assert entries == [decode_entry(LINES[0])]
    assert problem == RolloutProblem(1, 0, "the compressed bytes break off")


def test_without_zstandard_a_compressed_rollout_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(RolloutUnreadable, match=r"install codex-runtime\[history\]"):
        open_rollout(COMPRESSED[0])
    with pytest.raises(RolloutUnreadable, match=r"install codex-runtime\[history\]"):
        read_meta(COMPRESSED[0])
    assert read(CONVERSATION)[0]


def test_little_compressed_input_that_says_much_is_not_held_at_once(rollout: Path) -> None:
    rollout.write_bytes(compress((b" " * 9999 + b"\n") * 8_000))
    assert rollout.stat().st_size < MIB
    tracemalloc.start()
    assert list(open_rollout(rollout)) == []
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 40 * MIB


# ------------------------------------------------------------------------- no rollout


def test_what_is_not_there_is_said_so(rollout: Path) -> None:
    for look in (open_rollout, read_meta):
        with pytest.raises(RolloutUnreadable, match="No such file") as caught:
            look(rollout)
        assert caught.value.path == str(rollout)


def test_a_directory_is_no_rollout(tmp_path: Path) -> None:
    with pytest.raises(RolloutUnreadable, match="it is no file"):
        open_rollout(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_rollout_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RolloutUnreadable, match="it is no file"):
        open_rollout(tmp_path / "pipe")


def test_a_path_that_cannot_be_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(RolloutUnreadable, match="null"):
        open_rollout(f"{tmp_path}/a\0b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_permission_is_unreadable(rollout: Path) -> None:
    rollout.write_bytes(b"")
    rollout.chmod(0)
    with pytest.raises(RolloutUnreadable, match="Permission denied"):
        open_rollout(rollout)


def test_a_disk_that_fails_while_it_is_read_is_no_end_of_the_rollout(
    rollout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout.write_bytes(LINES[0] + b"\n")

    def failing_later(*_: object) -> Iterator[bytes]:
        yield LINES[0] + b"\n"
        raise OSError(5, "Input/output error")

    def failing_at_once(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(reader_module, "_pieces_of", failing_later)
    with (
        pytest.raises(RolloutUnreadable, match="Input/output error"),
        open_rollout(rollout) as late,
    ):
        list(late)
    monkeypatch.undo()
    monkeypatch.setattr(reader_module, "is_compressed", failing_at_once)
    for look in (open_rollout, read_meta):
        with pytest.raises(RolloutUnreadable, match="Input/output error"):
            look(rollout)
    monkeypatch.setattr(reader_module, "_meta_of", lambda *_: None)
    with pytest.raises(RolloutUnreadable, match="Input/output error"):
        open_rollout(rollout)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "5", None, True, 10**30])
def test_a_limit_that_no_line_fits_is_refused(limit: Any) -> None:
    with pytest.raises(InvalidInput, match=r"max_line_bytes=.*Give (one|an int) from 1 to"):
        open_rollout(CONVERSATION, max_line_bytes=limit)

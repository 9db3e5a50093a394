"""What a crash left of a journal's file: where its last whole entry ends.

Owns the look from the end, which reads no more than the last lines. Changes nothing: whoever writes
cuts. Knows no rotation. Enter at `look_at_end`.
"""

from __future__ import annotations

import os
from typing import Final

import attrs

from codex_runtime.history.journal.entries import (
    VERSION,
    is_torn_header,
    read_entry,
    read_header,
)

__all__ = ["FileEnd", "NoJournal", "look_at_end"]

_BLOCK_BYTES: Final = 64 * 1024


class NoJournal(Exception):
    """The file is something else; its text says what."""


@attrs.frozen
class FileEnd:
    """Where a file of a journal ends, as far as it is whole."""

    good_bytes: int
    """What is behind it is torn; 0 when even the header is."""
    head_bytes: int
    """The size of the header; 0 when it is torn."""
    last_seq: int
    """Of the last entry, or the one before the file's first; 0 when even the header is torn."""


def look_at_end(fd: int) -> FileEnd:
    """Find the last line that is an entry, or the header.

    Raises:
        NoJournal: the first line is not the header of a journal that this version can write to.
        OSError: it cannot be read.
    """
    size_bytes = os.fstat(fd).st_size
    start = os.pread(fd, _BLOCK_BYTES, 0)
    first_line = start[: start.find(b"\n") + 1]
    if not first_line:
        if is_torn_header(start):
            return FileEnd(0, 0, 0)
        raise NoJournal("it is no journal of this library")
    header = read_header(first_line)
    if header is None:
        raise NoJournal("it is no journal of this library")
    if header.version != VERSION:
        raise NoJournal(f"its format has version {header.version}, and {VERSION} is written here")
    end = size_bytes
    while end > len(first_line):
        begin = _line_start(fd, end)
        line = os.pread(fd, end - begin, begin)
        entry = read_entry(line) if line.endswith(b"\n") else None
        if entry is not None:
            return FileEnd(end, len(first_line), entry.seq)
        end = begin
    return FileEnd(len(first_line), len(first_line), header.first_seq - 1)


def _line_start(fd: int, end: int) -> int:
    """Where the line begins whose last byte is the one before ``end``."""
    place = end - 1  # its own newline, if it has one
    while place > 0:
        size_bytes = min(_BLOCK_BYTES, place)
        block = os.pread(fd, size_bytes, place - size_bytes)
        newline = block.rfind(b"\n")
        if newline >= 0:
            return place - size_bytes + newline + 1
        place -= size_bytes
    return 0

"""Reads a rollout from its first line to its last: typed entries one by one, in bounded memory.

Owns opening, the session's metadata from the first lines alone, and the report of lines that could
not be read. Never writes. Knows neither where rollouts are kept nor what a conversation is. Enter
at `open_rollout`.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import attrs

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.rollouts.compressed import Damaged, is_compressed, pieces
from codex_runtime.history.rollouts.entries import SessionMetaEntry, UnknownEntry
from codex_runtime.history.rollouts.line_cutter import LineCutter, TooLong
from codex_runtime.history.rollouts.lines import (
    REFUSALS,
    BadLine,
    decode_block,
    decode_entry,
    decode_known,
    salvage_line,
)
from codex_runtime.model.checks import check_int

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from types import TracebackType

    from codex_runtime.history.rollouts.entries import Entry, SessionMeta

__all__ = [
    "MAX_LINE_BYTES",
    "PROBLEMS_KEPT",
    "RolloutProblem",
    "RolloutReader",
    "open_rollout",
    "read_meta",
]

MAX_LINE_BYTES: Final = 128 * 1024 * 1024
"""The longest line that is read by default; a longer one is reported and walked over."""

PROBLEMS_KEPT: Final = 100
"""So many problems are kept; all are counted."""

_PIECE_BYTES: Final = 64 * 1024
_HEAD_PIECE_BYTES: Final = 32 * 1024
_META_LINES: Final = 8
"""The metadata is the first line; a torn or foreign one before it is walked over."""


@attrs.frozen
class RolloutProblem:
    """A line that could not be read, or only as an `UnknownEntry`."""

    line: int
    """Counted from 1."""

    offset_bytes: int
    """Where the line begins; of a compressed rollout, in what it was before."""

    why: str
    """What is wrong, without what the line says."""


def open_rollout(
    path: str | os.PathLike[str], *, max_line_bytes: int = MAX_LINE_BYTES
) -> RolloutReader:
    """Open a rollout, plain or compressed, to be read once; close it, or use ``with``.

    Only reads, and takes the file as it is: a server may be writing to it.

    Raises:
        RolloutUnreadable: there is none, it may not be read, is no file, or is compressed and
            `zstandard` (extra ``history``) is not installed.
        InvalidInput: ``max_line_bytes`` is less than 1, or no int.
    """
    check_int("max_line_bytes", max_line_bytes, InvalidInput, at_least=1, at_most=sys.maxsize)
    name = os.fspath(path)
    return RolloutReader(name, _opened(name), max_line_bytes)


def read_meta(path: str | os.PathLike[str]) -> SessionMeta | None:
    """What the first line says of the thread, legacy ones too; None if the first lines do not.

    Raises:
        RolloutUnreadable: as `open_rollout`.
    """
    name = os.fspath(path)
    with _opened(name) as file:
        return _meta_of(file, name)


class RolloutReader:
    """An iterator over the entries of one rollout, and a context manager that closes it.

    Made by `open_rollout`. Goes through the file once; holds the longest line and a few hundred
    KiB. Not to be shared between threads.
    """

    def __init__(self, path: str, file: BinaryIO, max_line_bytes: int) -> None:
        self._path = path
        self._file = file
        self._max_line_bytes = max_line_bytes
        self._cutter = LineCutter(max_line_bytes)
        self._problems: list[RolloutProblem] = []
        self._problem_count = 0
        try:
            self._meta = _meta_of(file, path)
            self._entries = self._read(_pieces_of(file, path, _PIECE_BYTES))
        except OSError as problem:
            file.close()
            raise _unreadable(path, problem) from None
        except BaseException:  # whatever it is, nothing stays open
            file.close()
            raise

    @property
    def path(self) -> str:
        """The file, as it was given."""
        return self._path

    @property
    def meta(self) -> SessionMeta | None:
        """What the first line says of the thread, known before the first entry is read.

        None if the first lines do not say it: the rollout is cut, or is none.
        """
        return self._meta

    @property
    def problems(self) -> tuple[RolloutProblem, ...]:
        """The first `PROBLEMS_KEPT` of what could not be read so far, in order."""
        return tuple(self._problems)

    @property
    def problem_count(self) -> int:
        """How many lines could not be read so far."""
        return self._problem_count

    def __iter__(self) -> Iterator[Entry]:
        return self._entries

    def __next__(self) -> Entry:
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; iteration then ends."""
        self._file.close()
        self._entries.close()

    def _read(self, source: Iterator[bytes]) -> Generator[Entry]:
        damage: Damaged | None = None
        try:
            for piece in source:
                if block := self._cutter.feed(piece):
                    yield from self._entries_of(block)
        except Damaged as reason:
            damage = reason
        except OSError as problem:
            raise _unreadable(self._path, problem) from None
        finally:
            self._file.close()
        yield from self._last(damage)

    def _entries_of(self, block: bytes) -> Iterable[Entry]:
        cutter = self._cutter
        known = decode_block(block, cutter.line_count) if cutter.whole(block) else None
        return known or self._one_by_one(block)

    def _one_by_one(self, block: bytes) -> Iterator[Entry]:
        lines = self._cutter.lines_of(block)
        for index, line in enumerate(lines):
            try:
                entry: Entry | None = decode_known(line)
            except REFUSALS as refusal:
                entry = self._salvaged(lines, index, refusal)
            if entry is not None:
                yield entry

    def _last(self, damage: Damaged | None) -> Iterator[Entry]:
        """The entry of what has no line break: a server was writing, or was stopped at it."""
        rest = self._cutter.finish()
        ends = "the file ends in the middle of this line" if damage is None else str(damage)
        if rest is None:
            if damage is not None:
                self._report([], 0, ends)
            return
        try:
            entry: Entry | None = decode_known(rest)
        except REFUSALS as refusal:
            entry = self._salvaged([rest], 0, refusal, ends)
        else:
            if damage is not None:
                self._report([rest], 0, ends)
        if entry is not None:
            yield entry

    def _salvaged(
        self, lines: list[bytes], index: int, refusal: Exception, ends: str = ""
    ) -> Entry | None:
        line = lines[index]
        if isinstance(line, TooLong):
            limit = self._max_line_bytes
            why = f"it has {line.size_bytes} bytes, and max_line_bytes is {limit}"
            self._report(lines, index, why)
            return None
        entry = salvage_line(line, refusal)
        if isinstance(entry, BadLine):
            if line.strip():
                self._report(lines, index, ends or entry.why)
            return None
        if isinstance(entry, UnknownEntry) and entry.problem is not None:
            self._report(lines, index, entry.problem)
        return entry

    def _report(self, lines: list[bytes], index: int, why: str) -> None:
        self._problem_count += 1
        if len(self._problems) < PROBLEMS_KEPT:
            number = self._cutter.first_line + index
            offset_bytes = self._cutter.offset_of(lines, index)
            self._problems.append(RolloutProblem(number, offset_bytes, why))


def _opened(path: str) -> BinaryIO:
    try:
        # A pipe would keep us waiting for whoever writes into it.
        if not Path(path).is_file() and Path(path).exists():
            raise RolloutUnreadable(path, "it is no file")
        return Path(path).open("rb", buffering=0)
    except (OSError, ValueError) as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: str, problem: OSError | ValueError) -> RolloutUnreadable:
    said = problem.strerror if isinstance(problem, OSError) else None
    return RolloutUnreadable(path, said or str(problem))


def _pieces_of(file: BinaryIO, path: str, piece_bytes: int) -> Iterator[bytes]:
    """The bytes of a rollout from its beginning, what was compressed as it was before."""
    if is_compressed(file):
        return pieces(file, path)
    return iter(partial(file.read, piece_bytes), b"")


def _meta_of(file: BinaryIO, path: str) -> SessionMeta | None:
    cutter = LineCutter(MAX_LINE_BYTES)
    try:
        for piece in _pieces_of(file, path, _HEAD_PIECE_BYTES):
            for number, line in enumerate(cutter.lines_of(cutter.feed(piece)), cutter.first_line):
                entry = decode_entry(line)
                if isinstance(entry, SessionMetaEntry):
                    return entry.payload
                if number == _META_LINES:
                    return None
    except Damaged:
        return None
    except OSError as problem:
        raise _unreadable(path, problem) from None
    entry = decode_entry(cutter.finish() or b"")
    return entry.payload if isinstance(entry, SessionMetaEntry) else None

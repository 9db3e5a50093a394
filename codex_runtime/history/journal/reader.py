"""Reading a journal from a cursor: over its rotated files, while it is written or after a crash.

Owns the order of the files and what becomes of lines that are no entries. Changes nothing and takes
no lock. Enter at `read_journal`.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.journal import JournalUnreadable
from codex_runtime.history.journal.entries import (
    VERSION,
    is_torn_header,
    read_entry,
    read_header,
    read_seq,
)
from codex_runtime.history.journal.places import rotated_files
from codex_runtime.model.checks import check_int, check_path

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

    from codex_runtime.history.journal.entries import JournalEntry, JournalHeader

__all__ = ["JournalReader", "read_journal"]

_MAX_HEADER_BYTES: Final = 64 * 1024
_MAX_SEQ: Final = (1 << 63) - 1


def read_journal(path: str | os.PathLike[str], after: int = 0) -> JournalReader:
    """The entries of a journal whose ``seq`` is greater than ``after``, in order.

    ``path`` is that of its config; rotated files beside it are read first. What is written while it
    is read may be missing at the end: read on with ``after=reader.last_seq``. Raises
    `JournalUnreadable` when nothing is there, or something else, or a journal of a newer version;
    `InvalidInput` for what is no path or no number.
    """
    check_path("path", path, InvalidInput)
    check_int("after", after, InvalidInput, at_least=0, at_most=_MAX_SEQ)
    return JournalReader(Path(path), after)


class JournalReader:
    """A context manager and a plain iterator over entries; made by `read_journal`.

    Holds the files open, and one line in memory at a time. Meant for one thread.
    """

    def __init__(self, path: Path, after: int) -> None:
        self.path = path
        self.last_seq: int = after
        """Of the entry that was given last: the cursor to read on from."""
        self.missing: int = 0
        """Numbers that were left out: not recorded, or in a rotated file that is gone."""
        self.skipped: int = 0
        """Whole lines that are no entries; a last line without its end is none of them."""
        self._after = after
        self._open = ExitStack()
        try:
            self._files = self._open_files()
        except BaseException:  # whatever it is, nothing stays open
            self._open.close()
            raise
        self.header: JournalHeader = self._files[0][0]
        """Of the oldest file that is there."""
        self._entries = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> JournalEntry:
        return next(self._entries)

    def close(self) -> None:
        """Close the files; there is no entry after it. Harmless to repeat."""
        self._entries.close()
        self._open.close()

    def _open_files(self) -> list[tuple[JournalHeader, BinaryIO]]:
        """Every file that is there, the oldest first, each once, behind its header."""
        found: list[tuple[JournalHeader, BinaryIO]] = []
        seen: set[tuple[int, int]] = set()
        try:
            # A rotation renames to higher numbers: from low to high none can be missed by it.
            for path in (self.path, *(path for _, path in rotated_files(self.path))):
                try:
                    file = self._open.enter_context(self._open_file(path))
                except FileNotFoundError:
                    continue
                status = os.fstat(file.fileno())
                if (status.st_dev, status.st_ino) in seen:
                    continue
                seen.add((status.st_dev, status.st_ino))
                header = self._header(path, file)
                if header is not None:
                    found.append((header, file))
        except OSError as problem:
            raise self._unreadable(problem.strerror or str(problem), problem.errno) from problem
        if not found:
            raise self._unreadable("there is no such journal" if not seen else "it is empty")
        return sorted(found, key=lambda pair: pair[0].first_seq)

    def _open_file(self, path: Path) -> BinaryIO:
        """A pipe that has a name is refused; one that is open already (``/dev/fd/N``) is read."""
        if stat.S_ISFIFO(path.lstat().st_mode):
            raise self._unreadable("it is a pipe", hint="Give the path of a file")
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - it has the opener
        os.set_blocking(file.fileno(), True)
        return file

    def _header(self, path: Path, file: BinaryIO) -> JournalHeader | None:
        """None of a file whose header was cut off by a crash: there is nothing behind it."""
        line = file.readline(_MAX_HEADER_BYTES)
        header = read_header(line)
        if header is None:
            if path == self.path and not line.endswith(b"\n") and is_torn_header(line):
                return None
            if path != self.path:  # somebody else's file that is named like one of ours
                return None
            raise self._unreadable("it is no journal of this library")
        if header.version > VERSION:
            raise self._unreadable(
                f"its format has version {header.version}, and this library reads up to {VERSION}",
                hint="Update codex-runtime",
            )
        return header

    def _read(self) -> Generator[JournalEntry, None, None]:
        following = [header.first_seq for header, _ in self._files[1:]]
        for (_, file), next_seq in zip(self._files, [*following, None], strict=True):
            if next_seq is not None and next_seq <= self._after + 1:
                continue
            for line in file:
                if not line.endswith(b"\n"):
                    break
                seq = read_seq(line)
                if seq is not None and seq <= self.last_seq:
                    continue
                entry = read_entry(line)
                if entry is None:
                    self.skipped += 1
                    continue
                self.missing += entry.seq - self.last_seq - 1
                self.last_seq = entry.seq
                yield entry

    def _unreadable(
        self, problem: str, errno: int | None = None, hint: str = ""
    ) -> JournalUnreadable:
        return JournalUnreadable(str(self.path), problem, hint, errno=errno)


def _open_at_once(path: str, flags: int) -> int:
    """A link to a pipe would be waited for too."""
    return os.open(path, flags | os.O_NONBLOCK)

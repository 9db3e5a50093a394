"""The file that is written: appended to, flushed and rotated, by one writer that holds its lock.

Owns the numbers of the entries and what becomes of a write that fails: the file keeps whole lines
only. Blocks, so a worker thread calls it. Knows no policy and no transport.
Enter at `JournalFile.open`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from codex_runtime.errors.journal import JournalError, JournalInUse
from codex_runtime.history.journal.entries import entry_line, header_line, read_seq
from codex_runtime.history.journal.places import (
    lock_of,
    neighbour_in_the_way,
    rotated,
    rotated_files,
)
from codex_runtime.history.journal.recovery import NoJournal, look_at_end

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from codex_runtime.history.journal.entries import Record
    from codex_runtime.history.journal.recovery import FileEnd
    from codex_runtime.model.journal import JournalConfig

__all__ = ["JournalFile"]

_BUFFER_BYTES: Final = 1024 * 1024
_MODE: Final = 0o600
_NONE: Final = -1
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT


class JournalFile:
    """One journal, open for writing; made by `open` alone."""

    def __init__(self, config: JournalConfig, path: Path) -> None:
        self._config = config
        self._path = path
        self._lock_fd = _NONE
        self._fd = _NONE
        self._size_bytes = 0
        self._head_bytes = 0
        self._is_torn = False
        """There may be more in the file than ``_size_bytes``, which a failed write left."""
        self._lines: list[bytes] = []
        """Numbered, and not with the operating system yet."""
        self._line_bytes = 0
        self._is_unsynced = False
        self._synced_at_s = time.monotonic()
        self.last_seq: int = 0
        """Of the newest entry."""
        self.entries: int = 0
        """Written since it was opened."""
        self.written_bytes: int = 0
        """The same, in bytes, headers included."""
        self.missed: int = 0
        """Records since it was opened that a write failed for."""
        self._guard = threading.Lock()

    # -- opening and closing ---------------------------------------------------------------------

    @classmethod
    def open(cls, config: JournalConfig) -> Self:
        """Lock it, cut what a crash left of its last line, and stand behind its last entry.

        Raises `JournalInUse`, and `JournalError` for what cannot be written or is no journal; a
        file that is something else is not changed.
        """
        file = cls(config, _place_of(config))
        try:
            with file._told("cannot be opened", "Its folder has to be there and writable"):
                file._open()
        except BaseException:  # whatever it is, nothing stays open
            file._let_go()
            raise
        return file

    def _open(self) -> None:
        problem = neighbour_in_the_way(self._path)
        if problem is not None:
            raise JournalError(str(self._path), problem, "Give another path")
        self._lock()
        before = 0
        others = rotated_files(self._path)
        for _, path in reversed(others):
            before = self._end_of(path)
        self._open_fd()
        end = self._looked_at(self._fd, self._path)
        if end.good_bytes:
            self.last_seq = end.last_seq
            self._size_bytes, self._head_bytes = end.good_bytes, end.head_bytes
            self._cut()
        else:
            self.last_seq = before
            self._cut()
            self._begin(before + 1)

    def close(self) -> None:
        """Write and, with ``fsync``, sync what is left, and give the lock back; idempotent.

        Raises `JournalError` when that fails; it is closed all the same.
        """
        with self._guard:
            try:
                if self._lock_fd != _NONE:
                    self._flush()
            finally:
                self._let_go()

    def _let_go(self) -> None:
        for fd in (self._fd, self._lock_fd):
            if fd != _NONE:
                with suppress(OSError):
                    os.close(fd)
        self._fd = self._lock_fd = _NONE

    def _lock(self) -> None:
        self._lock_fd = os.open(lock_of(self._path), os.O_RDWR | os.O_CREAT, _MODE)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalInUse(
                str(self._path),
                "another runtime or session writes to it",
                "Give each journal a path of its own",
            ) from None

    def _open_fd(self) -> None:
        # Not blocking: to open a pipe would wait for its reader.
        self._fd = os.open(self._path, _FLAGS | os.O_NONBLOCK, _MODE)
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            raise JournalError(str(self._path), "is no regular file", "Give the path of a file")

    def _end_of(self, path: Path) -> int:
        """The last number in a rotated file; what is no journal must not be renamed or deleted."""
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return self._looked_at(fd, path).last_seq
        finally:
            os.close(fd)

    def _looked_at(self, fd: int, path: Path) -> FileEnd:
        try:
            return look_at_end(fd)
        except NoJournal as problem:
            raise JournalError(
                str(self._path), f"{path.name} is in the way: {problem}", "Give another path"
            ) from None

    # -- writing ---------------------------------------------------------------------------------

    @property
    def is_dirty(self) -> bool:
        """Whether something was appended that `flush` would make surer."""
        return bool(self._lines) or self._is_unsynced

    def append(self, records: Sequence[Record], left_out: int = 0) -> None:
        """Number the records and make them as sure as the configuration says.

        ``left_out`` records before them were given up and take numbers too. Raises `JournalError`;
        what could not be written is in `missed` then, and the next call begins on a fresh line.
        """
        with self._guard:
            self._number(records, left_out)
            config = self._config
            is_due = 1000 * (time.monotonic() - self._synced_at_s) >= config.every_ms
            if config.sync == "fsync":
                self._write()
                if is_due:
                    self._flush()
            elif self._line_bytes >= _BUFFER_BYTES or (config.sync == "flush" and is_due):
                self._write()

    def _number(self, records: Sequence[Record], left_out: int) -> None:
        seq = self.last_seq + left_out
        for record in records:
            seq += 1
            line = entry_line(seq, record)
            self._lines.append(line)
            self._line_bytes += len(line)
        self.last_seq = seq

    def flush(self) -> None:
        """Hand all to the operating system and, with ``fsync``, to the disk; raises as `append`."""
        with self._guard:
            self._flush()

    def _flush(self) -> None:
        self._write()
        if self._is_unsynced:
            with self._told("cannot be synced"):
                os.fsync(self._fd)
            self._is_unsynced = False
            self._synced_at_s = time.monotonic()

    def _write(self) -> None:
        """Write what is buffered, into as many files as it takes."""
        lines, self._lines, self._line_bytes = self._lines, [], 0
        if not lines:
            return
        before = self.entries
        try:
            with self._told("cannot be written"):
                self._spread(lines)
        finally:
            self.missed += len(lines) - (self.entries - before)
        if self._config.sync == "fsync":
            self._is_unsynced = True
        else:
            self._synced_at_s = time.monotonic()

    def _spread(self, lines: list[bytes]) -> None:
        limit_bytes = self._config.max_file_bytes
        batch: list[bytes] = []
        self._check_place()
        self._make_ready(lines[0])
        size_bytes = self._size_bytes
        for line in lines:
            is_full = limit_bytes is not None and size_bytes + len(line) > limit_bytes
            if is_full and size_bytes > self._head_bytes:
                self._put(batch)
                self._rotate()
                self._make_ready(line)
                batch, size_bytes = [], self._size_bytes
            batch.append(line)
            size_bytes += len(line)
        self._put(batch)

    def _put(self, lines: list[bytes]) -> None:
        """Write; whatever comes between, what is counted is whole lines."""
        data = b"".join(lines)
        done = 0
        try:
            while done < len(data):
                done += os.write(self._fd, data[done:] if done else data)
        finally:
            whole_bytes = data.rfind(b"\n", 0, done) + 1
            self._is_torn = done < len(data)
            self._size_bytes += whole_bytes
            self.written_bytes += whole_bytes
            self.entries += data.count(b"\n", 0, whole_bytes)

    def _check_place(self) -> None:
        """Refuse to write to a file that is not at its path any more: nobody would find it."""
        if self._fd == _NONE:
            return
        try:
            is_there = os.path.samestat(os.fstat(self._fd), self._path.stat())
        except FileNotFoundError:
            is_there = False
        if not is_there:
            self._leave_file()
            raise JournalError(
                str(self._path),
                "was removed or replaced while it was written",
                "Leave it to its writer, and rotate it with max_file_bytes",
            )

    def _leave_file(self) -> None:
        """The next write begins a new one."""
        fd, self._fd = self._fd, _NONE
        self._is_unsynced = False
        os.close(fd)

    def _make_ready(self, first_line: bytes) -> None:
        """See to it that there is a file, that it has its header, and ends with a whole line."""
        if self._fd == _NONE:
            # Whatever stands there by now is somebody else's.
            self._fd = os.open(self._path, _FLAGS | os.O_EXCL, _MODE)
            self._is_torn = True
            self._size_bytes = 0
        if self._is_torn:
            self._cut()
        if not self._size_bytes:
            self._begin(read_seq(first_line) or 1)

    def _cut(self) -> None:
        """Cut off what is not known to be whole."""
        self._is_torn = True
        os.ftruncate(self._fd, self._size_bytes)
        self._is_torn = False

    def _begin(self, first_seq: int) -> None:
        """Write the header of an empty file."""
        line = header_line(first_seq, int(1000 * time.time()))
        self._is_torn = True
        if os.write(self._fd, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._is_torn = False
        self._head_bytes = self._size_bytes = len(line)
        self.written_bytes += len(line)
        self._sync_folder()

    def _rotate(self) -> None:
        """Rename what is there, the oldest first, so that a crash in between loses nothing."""
        self._check_place()
        if self._config.sync == "fsync":
            os.fsync(self._fd)
        kept = self._config.keep_files
        others = rotated_files(self._path)
        # Only up to the first gap: an earlier try may have failed behind it.
        moved = sum(number == place for place, (number, _) in enumerate(others, 1))
        for number, path in reversed(others):
            if number + (number <= moved) > kept:
                path.unlink()
            elif number <= moved:
                path.rename(rotated(self._path, number + 1))
        if kept:
            self._path.rename(rotated(self._path, 1))
        else:
            self._path.unlink()
        self._leave_file()

    def _sync_folder(self) -> None:
        """A new name is as sure as what the file holds."""
        if self._config.sync == "fsync":
            fd = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    @contextmanager
    def _told(self, problem: str, hint: str = "") -> Generator[None, None, None]:
        """Whatever the operating system says comes out as a `JournalError`."""
        try:
            yield
        except OSError as error:
            why = f"{problem}: {error.strerror or error}"
            raise JournalError(str(self._path), why, hint, errno=error.errno) from error


def _place_of(config: JournalConfig) -> Path:
    """Where it is, through all links; raises `JournalError` for what can be no file."""
    try:
        path = Path(config.path).resolve()
        lock_of(path)
    except (OSError, RuntimeError, ValueError) as problem:  # a loop of links; a path without a name
        why = f"cannot be opened: {problem}"
        raise JournalError(str(config.path), why, "Give the path of a file") from problem
    return path

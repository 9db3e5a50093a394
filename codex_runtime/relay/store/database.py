"""The file of a `SqliteStore`: made private, recognised, locked, and given back in order.

Owns the schema, the rights, the checks before the first write and one transaction at a time. Does
not know what the tables are for (see `sqlite`). Enter at `open_database`. Pure but for the disk:
its calls block.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from codex_runtime.errors import ConfigError
from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.model.checks import check_path

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Database", "damaged", "open_database"]

_APPLICATION_ID: Final = 0x43525331
_VERSION: Final = 1
_BUSY_S: Final = 10.0
_CLOSE_S: Final = 1.0
_RETRY_S: Final = 0.01
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_SPARE_PAGES: Final = 1024
_PAGES_AT_ONCE: Final = 4096
_WAL_BYTES: Final = 4 * 1024 * 1024

_TABLES: Final = ("threads", "responses", "texts", "keys", "totals")
# Names are BLOBs because a TEXT cannot hold every str. The ids of a history rise from its first
# response to its last, as a response comes after one that is there already.
_SCHEMA: Final = """
CREATE TABLE threads (
    id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
    used_at REAL NOT NULL, used INTEGER NOT NULL, bytes INTEGER NOT NULL
);

CREATE INDEX threads_by_age ON threads (used_at);

CREATE INDEX threads_by_use ON threads (used);

CREATE TABLE responses (
    id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
    thread INTEGER NOT NULL REFERENCES threads ON DELETE CASCADE,
    after INTEGER, sizes BLOB NOT NULL, body BLOB NOT NULL
);

CREATE INDEX responses_by_thread ON responses (thread);

CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL REFERENCES threads ON DELETE CASCADE, body BLOB NOT NULL
);

CREATE INDEX texts_by_thread ON texts (thread);

CREATE TABLE keys (
    thread INTEGER NOT NULL REFERENCES threads ON DELETE CASCADE,
    kind TEXT NOT NULL, name BLOB NOT NULL, text INTEGER NOT NULL,
    PRIMARY KEY (thread, kind, name)
) WITHOUT ROWID;

CREATE INDEX keys_by_text ON keys (text);

CREATE TABLE totals (threads INTEGER NOT NULL, bytes INTEGER NOT NULL);

INSERT INTO totals VALUES (0, 0);

CREATE TRIGGER thread_begins AFTER INSERT ON threads BEGIN
    UPDATE totals SET threads = threads + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER thread_grows AFTER UPDATE OF bytes ON threads BEGIN
    UPDATE totals SET bytes = bytes + NEW.bytes - OLD.bytes;
END;

CREATE TRIGGER thread_ends AFTER DELETE ON threads BEGIN
    UPDATE totals SET threads = threads - 1, bytes = bytes - OLD.bytes;
END;
"""


class Database:
    """One connection to one file, for all threads of the process, one transaction at a time."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path: Final = path
        self._connection: sqlite3.Connection | None = connection
        self._lock: Final = threading.Lock()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Commit what is done inside, or nothing of it if it raises.

        `sqlite3.Error` becomes `RelayStoreError`. Waits at most ten seconds for other threads and
        other processes together: so threads that wait for one another all give up at once.
        """
        patience = time.monotonic() + _BUSY_S
        with self._locked(), _explained(self.path):
            connection = self._connection
            if connection is None:
                raise RelayStoreError(self.path, "is closed", "Open a new one")
            _wait_at_most(connection, patience - time.monotonic())
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # What went wrong may have ended the transaction already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Give pages back to the disk, a bounded number at once, when most are empty."""
        with self._locked():
            connection = self._connection
            # What was asked for is done, so nobody has to hear that this was not: the next time
            # does it.
            with suppress(sqlite3.Error):
                if connection is not None and _is_mostly_empty(connection):
                    _wait_at_most(connection, 0)
                    # A script, as `execute` would free one page and call it done.
                    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")

    def close(self) -> None:
        """Move what was written into the one file and let go of it; twice is harmless.

        While another process holds the file, what was written stays in the log beside it.
        """
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is None:
                return
            with _explained(self.path), closing(connection):
                _wait_at_most(connection, _CLOSE_S)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _locked(self) -> Generator[None]:
        if not self._lock.acquire(timeout=_BUSY_S):
            raise _busy(self.path, "other threads")
        try:
            yield
        finally:
            self._lock.release()


def open_database(path: str | os.PathLike[str]) -> Database:
    """Open the file, making it (and its folders) if it is not there.

    Raises `ConfigError` for what is no path of a file, and `RelayStoreError` for a file that cannot
    be used: of something else, of a newer version, damaged, not ours. Such a file is left alone.
    """
    place = _place(path)
    with _explained(place):
        _make_file(place)
        _refuse_foreign(place)
        connection = sqlite3.connect(
            place, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, place)
            _make_private(place)
        except BaseException:
            connection.close()
            raise
    return Database(place, connection)


def _is_mostly_empty(connection: sqlite3.Connection) -> bool:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    if free <= _SPARE_PAGES:
        return False
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return bool(2 * free > pages)


def damaged(path: str, problem: object) -> RelayStoreError:
    """Say that what is in the file cannot be right."""
    return RelayStoreError(
        path,
        f"is damaged ({problem})",
        "Move it away together with its -wal and -shm, and a new one is made",
    )


def _place(path: str | os.PathLike[str]) -> str:
    check_path("path", path, ConfigError)
    text = os.fspath(path)
    if text == ":memory:" or text.startswith("file:"):
        raise ConfigError(
            "path", text, "is no path of a file", "Give one, or use MemoryStore() for memory"
        )
    return os.path.realpath(text)


def _make_file(place: str) -> None:
    _make_folder(Path(place).parent)
    try:
        # Made here and not by SQLite, which would ask the umask; it gives -wal and -shm the same.
        made = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
    except FileExistsError:
        if not Path(place).is_file():
            raise RelayStoreError(place, "is not a file", "Give the path of one") from None
        return
    try:
        os.fchmod(made, _PRIVATE_FILE)
    finally:
        os.close(made)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(_PRIVATE_FOLDER)
        folder.chmod(_PRIVATE_FOLDER)


def _refuse_foreign(place: str) -> None:
    """Look at the file without a lock and without a trace; what this cannot tell, `_prepare` does.

    Not by reading it: closing a file drops the locks of every connection this process has to it.
    """
    uri = f"file:{quote(place)}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        try:
            _look(connection, place)
        except sqlite3.DatabaseError as problem:
            # A process that died while it moved its log into the file leaves it half done. That is
            # no damage: with the log it is whole.
            if problem.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
                raise


def _look(connection: sqlite3.Connection, place: str) -> bool:
    """Do as `_refuse_other`, with the file as it is at one moment.

    Each statement by itself sees another moment: a schema that others make in between would have
    tables and no owner. After an error the transaction is open: close the connection.
    """
    connection.execute("BEGIN")
    has_schema = _refuse_other(connection, place)
    connection.execute("ROLLBACK")
    return has_schema


def _refuse_other(connection: sqlite3.Connection, place: str) -> bool:
    """Refuse a file that is not ours; tell whether it has a schema yet. In a transaction."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == _APPLICATION_ID:
        if version != _VERSION:
            raise RelayStoreError(
                place,
                f"has schema version {version}, and this library knows {_VERSION}",
                "Use a newer version of the library, or another path",
            )
        return True
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application or version or tables:
        raise RelayStoreError(
            place, "is a SQLite database of something else", "Give a path of its own"
        )
    return False


def _prepare(connection: sqlite3.Connection, place: str) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    if not _look(connection, place):
        # Only here: said of a file with a schema, it would write to it.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("BEGIN EXCLUSIVE")
        # Another process may have made the schema while this one waited.
        if not _refuse_other(connection, place):
            # One by one: `executescript` would commit first.
            for statement in _SCHEMA.split("\n\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    _refuse_damaged(connection)
    mode = _switch_to_wal(connection)
    if mode != "wal":
        raise RelayStoreError(
            place, f"cannot have a write-ahead log here ({mode})", "Put it on a local disk"
        )


def _refuse_damaged(connection: sqlite3.Connection) -> None:
    """See that every table begins; more would be to read the whole file."""
    for table in _TABLES:
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608 (ours)


def _switch_to_wal(connection: sqlite3.Connection) -> str:
    # SQLite does not wait by itself when two connections switch the same file.
    patience = time.monotonic() + _BUSY_S
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(_RETRY_S)
        else:
            return str(mode)


def _wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    """For another process, from now on."""
    connection.execute(f"PRAGMA busy_timeout = {max(0, round(seconds * 1000))}")


def _busy(path: str, holder: str) -> RelayStoreError:
    return RelayStoreError(
        path,
        f"was locked by {holder} for {_BUSY_S:g} s",
        "End that process, or give each relay a file of its own",
    )


def _make_private(place: str) -> None:
    for path in (Path(place), Path(f"{place}-wal"), Path(f"{place}-shm")):
        with suppress(FileNotFoundError):
            if stat.S_IMODE(path.stat().st_mode) != _PRIVATE_FILE:
                path.chmod(_PRIVATE_FILE)


@contextmanager
def _explained(path: str) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        raise _explain(path, problem) from problem
    except OSError as problem:
        raise RelayStoreError(
            path, f"cannot be used: {problem.strerror}", "Check the path and its rights"
        ) from problem


def _explain(path: str, problem: sqlite3.Error) -> RelayStoreError:
    # The lowest byte is the primary code; the rest says more than is needed here.
    code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
    # A plain ERROR: our own words fail only where the tables are not those of our schema.
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return damaged(path, problem)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy(path, "another process")
    if code == sqlite3.SQLITE_FULL:
        return RelayStoreError(path, "has no room to grow", "Free space on that disk")
    return RelayStoreError(path, f"cannot be used: {problem}", "Check the path and its rights")

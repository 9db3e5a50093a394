"""The file of a `SqliteStore`: who may read it, what is refused, what it survives."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.relay.store import database
from codex_runtime.relay.store.limits import StoreLimits
from codex_runtime.relay.store.sqlite import SqliteStore


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.name: (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in folder.iterdir()
    }


@pytest.mark.parametrize("umask", [0, 0o022, 0o277])
def test_only_the_owner_may_read_the_files_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SqliteStore(tmp_path / "new" / "deeper" / "store.db")
        store.save([b"hello"])
        rights = modes(tmp_path / "new" / "deeper")
        store.close()
    finally:
        os.umask(before)
    assert rights == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert modes(tmp_path) == {"new": 0o700}
    assert modes(tmp_path / "new") == {"deeper": 0o700}


def test_files_that_others_could_read_are_made_private(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(SqliteStore(path)) as store:
        store.save([b"hello"])
        for name in modes(tmp_path):
            (tmp_path / name).chmod(0o644)
        with closing(SqliteStore(path)):
            assert set(modes(tmp_path).values()) == {0o600}


def test_a_folder_that_is_there_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o750)
    SqliteStore(tmp_path / "shared" / "store.db").close()
    assert modes(tmp_path) == {"shared": 0o750}


def test_closing_leaves_one_file_with_everything_in_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    name = store.save([b"hello"])
    store.close()
    assert set(modes(tmp_path)) == {"store.db"}
    with closing(SqliteStore(tmp_path / "store.db")) as again:
        assert again.get_history(name) == (b"hello",)


def test_the_path_is_absolute_and_without_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with closing(SqliteStore(tmp_path / "link" / "store.db")) as store:
        assert store.path == str(tmp_path.resolve() / "real" / "store.db")


@pytest.mark.parametrize("path", [":memory:", "", "file:store.db?mode=rwc", "a\0b", 7, b"store"])
def test_what_is_no_path_of_a_file_is_refused(path: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        SqliteStore(path)
    assert refusal.value.name == "path"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RelayStoreError, match="is not a file"):
        SqliteStore(tmp_path)


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RelayStoreError, match="cannot be used"):
        SqliteStore(tmp_path / "file" / "store.db")


def make_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()


def make_foreign_with_a_log(path: Path) -> None:
    with closing(sqlite3.connect(path.with_suffix(".tmp"))) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()
        log = path.with_suffix(".tmp-wal").read_bytes()
        body = path.with_suffix(".tmp").read_bytes()
    path.with_suffix(".tmp").unlink()
    path.write_bytes(body)
    Path(f"{path}-wal").write_bytes(log)


def make_foreign_by_id(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 77")


def make_newer(path: Path) -> None:
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")


def make_text(path: Path) -> None:
    path.write_text("Dear diary, " * 500)


def make_cut(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.save([b"x" * 100_000])
    path.write_bytes(path.read_bytes()[:10_000])


def make_scribbled(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.save([b"x" * 100_000])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_foreign, "a SQLite database of something else. Give a path of its own"),
        (make_foreign_by_id, "a SQLite database of something else"),
        (make_newer, "schema version 2, and this library knows 1. Use a newer version"),
        (make_text, r"is damaged \(file is not a database\). Move it away"),
        (make_cut, "is damaged .* Move it away together with its -wal and -shm"),
        (make_scribbled, "is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(
    tmp_path: Path, make: object, words: str
) -> None:
    path = tmp_path / "store.db"
    assert callable(make)
    make(path)
    path.chmod(0o644)
    before = snapshot(tmp_path)
    with pytest.raises(RelayStoreError, match=words) as refusal:
        SqliteStore(path)
    assert refusal.value.path == str(path)
    assert snapshot(tmp_path) == before


def test_a_foreign_database_whose_tables_are_still_in_its_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    make_foreign_with_a_log(path)
    with pytest.raises(RelayStoreError, match="something else"):
        SqliteStore(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema").fetchall()
    assert tables == [("notes",)]


def test_an_empty_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch(0o644)
    with closing(SqliteStore(path)) as store:
        assert store.get_history(store.save([b"hello"])) == (b"hello",)
        assert set(modes(tmp_path).values()) == {0o600}


def test_a_file_with_a_table_gone_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE totals")
    with pytest.raises(RelayStoreError, match=r"is damaged \(no such table"):
        SqliteStore(path)


def test_sizes_that_do_not_add_up_are_damage_and_not_a_wrong_history(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(SqliteStore(path)) as store:
        name = store.save([b"hello", b"world"])
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE responses SET body = x'00'")
            connection.commit()
        with pytest.raises(RelayStoreError, match="sizes of messages do not add up"):
            store.get_history(name)


def test_a_full_disk_fails_that_turn_only(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        name = store.save([b"hello"])
        connection = store._database._connection
        assert connection is not None
        connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(RelayStoreError, match="has no room to grow"):
            store.save([b"x" * 400_000], after=name)
        assert store.get_history(store.save([b"more"], after=name)) == (b"hello", b"more")


def test_another_process_that_never_lets_go_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    path = tmp_path / "store.db"
    with closing(SqliteStore(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RelayStoreError, match="was locked by another process for 0"):
            store.save([b"hello"])
        other.execute("ROLLBACK")
        assert store.save([b"hello"])


class SlowLock:
    """A lock that another thread holds for four seconds."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def acquire(self, *, timeout: float) -> bool:
        self.now_s += min(timeout, 4.0)
        return timeout > 4.0

    def release(self) -> None:
        pass


def test_who_has_waited_for_other_threads_waits_less_for_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    lock = SlowLock()

    def note(_: sqlite3.Connection, seconds: float) -> None:
        waits.append(seconds)

    with closing(SqliteStore(tmp_path / "store.db")) as store, monkeypatch.context() as patch:
        patch.setattr(database, "time", lock)
        patch.setattr(store._database, "_lock", lock)
        patch.setattr(database, "_wait_at_most", note)
        store.save([b"hello"])
        assert waits == [6.0]
        patch.setattr(database, "_BUSY_S", 3.0)
        with pytest.raises(RelayStoreError, match="was locked by other threads for 3 s"):
            store.save([b"hello"])


def test_closing_does_not_wait_for_who_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    made = store.save([b"hello"])
    waits: list[float] = []
    real = database._wait_at_most

    def wait_not_at_all(connection: sqlite3.Connection, seconds: float) -> None:
        waits.append(seconds)
        real(connection, 0)

    with closing(sqlite3.connect(path)) as other, pytest.MonkeyPatch.context() as patch:
        other.execute("BEGIN IMMEDIATE")
        patch.setattr(database, "_wait_at_most", wait_not_at_all)
        store.close()
        assert waits == [database._CLOSE_S]
    with closing(SqliteStore(path)) as again:
        assert again.get_history(made) == (b"hello",)


def test_one_that_holds_a_new_file_is_waited_for_no_longer_than_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    path = tmp_path / "store.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM threads").fetchall()
        with pytest.raises(RelayStoreError, match="was locked by another process"):
            SqliteStore(path)


class SwitchedByAnother:
    """A connection that finds the file being switched by another one, once."""

    def __init__(self) -> None:
        self.busy = sqlite3.OperationalError("database is locked")
        self.busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
        self.asked = 0

    def execute(self, _: str) -> SwitchedByAnother:
        self.asked += 1
        if self.asked == 1:
            raise self.busy
        return self

    def fetchone(self) -> tuple[str]:
        return ("wal",)


def test_two_that_switch_a_new_file_at_once_do_not_fail() -> None:
    connection = SwitchedByAnother()
    assert database._switch_to_wal(cast("sqlite3.Connection", connection)) == "wal"
    assert connection.asked == 2


def test_a_place_without_a_write_ahead_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_switch_to_wal", lambda _: "delete")
    with pytest.raises(RelayStoreError, match="cannot have a write-ahead log here"):
        SqliteStore(tmp_path / "store.db")


def test_a_clock_that_fails_lets_go_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        SqliteStore(tmp_path / "store.db", clock=lambda: 1 / 0)
    assert set(modes(tmp_path)) == {"store.db"}


@pytest.mark.parametrize("trial", range(20))
def test_many_may_make_the_same_new_file_at_once(tmp_path: Path, trial: int) -> None:
    """A race: one trial of five found the look at the schema that saw two moments of the file."""
    path = tmp_path / f"{trial}.db"
    ready = threading.Barrier(6)
    stores: list[SqliteStore] = []

    def open_it() -> None:
        ready.wait()
        stores.append(SqliteStore(path))

    openers = [threading.Thread(target=open_it) for _ in range(6)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    names = [store.save([b"hello"]) for store in stores]
    assert len(names) == 6
    assert all(stores[0].get_history(name) == (b"hello",) for name in names)
    for store in stores:
        store.close()


def test_what_is_forgotten_is_given_back_to_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    now = 0.0
    with closing(SqliteStore(path, StoreLimits(ttl_s=10), clock=lambda: now)) as store:
        for number in range(40):
            store.save([b"x" * 1_000_000], thread=f"t{number}")
        now = 100.0
        for _ in range(4):
            store.save([b"small"])
    assert path.stat().st_size < 8_000_000


def test_a_large_turn_leaves_no_large_log_behind(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.save([b"x" * 20_000_000])
        for _ in range(3):
            store.save([b"small"])
        assert (tmp_path / "store.db-wal").stat().st_size < 8_000_000


def test_closing_a_second_store_on_a_file_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(SqliteStore(path)) as first:
        name = first.save([b"hello"])
        SqliteStore(path).close()
        assert (tmp_path / "store.db-wal").exists()
        with closing(SqliteStore(path)) as third:
            assert third.get_history(name) == (b"hello",)

"""`SqliteStore`: conversations in one private file, which outlive the process.

Owns what is written, read and forgotten in each operation. Does not know how the file is opened,
recognised and locked (see `database`) nor what a message says. Enter at `SqliteStore`. Its calls
block.
"""

from __future__ import annotations

import struct
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from uuid import uuid4

from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.relay.store.database import damaged, open_database
from codex_runtime.relay.store.limits import StoreLimits, price_bytes

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Generator, Sequence
    from typing import Self

    from codex_runtime.relay.store.database import Database
    from codex_runtime.relay.store.protocol import FinishedTurn

    _Key: TypeAlias = tuple[Literal["call", "turn"], bytes]

__all__ = ["SqliteStore"]

_SIZE_BYTES: Final = 8

_HISTORY: Final = """
WITH RECURSIVE chain (id, after) AS (
    SELECT id, after FROM responses WHERE id = ?
    UNION ALL
    SELECT r.id, r.after FROM chain JOIN responses AS r ON r.id = chain.after AND r.id < chain.id
)
SELECT sizes, body FROM responses WHERE id IN (SELECT id FROM chain) ORDER BY id
"""
_USE: Final = """
UPDATE threads SET used_at = ?, used = (SELECT max(used) FROM threads) + 1 WHERE id = ?
"""
_BEGIN_THREAD: Final = """
INSERT INTO threads (name, used_at, used, bytes)
VALUES (?, ?, (SELECT coalesce(max(used), 0) + 1 FROM threads), ?) RETURNING id
"""


class SqliteStore:
    """Conversations in the SQLite file ``path``; see `SessionStore` for the calls.

    The file, its ``-wal`` and its ``-shm`` are readable by their owner alone; missing folders are
    made likewise. Several threads and several processes may use it at once: each call is one
    transaction, and waits at most ten seconds for another process. What a call stored is there
    after this process died at any moment; after a power cut the last calls may be missing, never
    half of one. The file may be twice as large as what it holds, and a few MiB more.

    ``clock`` gives seconds since an epoch that all users of the file share; when it goes back,
    threads count as used just now. Opening applies ``limits`` to what is there. Raises
    `ConfigError` for what is no path of a file, `RelayStoreError` for a file that cannot be used;
    such a file is left as it is.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        limits: StoreLimits | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._limits: StoreLimits = limits or StoreLimits()
        self._clock: Callable[[], float] = clock
        self._database: Database = open_database(path)
        try:
            with self._operation():
                pass  # Rids it of what is over the limits, and shows a broken schema at once.
        except BaseException:
            self._database.close()
            raise

    @property
    def blocks(self) -> bool:
        """Always: calls wait for a disk and for other processes."""
        return True

    @property
    def path(self) -> str:
        """The file, as an absolute path without links."""
        return self._database.path

    def new_id(self) -> str:
        """Give a response id that was never given before; stores nothing."""
        return f"resp_{uuid4().hex}"

    def save(
        self, messages: Sequence[bytes], *, thread: str | None = None, after: str | None = None
    ) -> str:
        """Store under a new id, and return it."""
        response_id = self.new_id()
        self.save_with_id(response_id, messages, thread=thread, after=after)
        return response_id

    def save_with_id(
        self,
        response_id: str,
        messages: Sequence[bytes],
        *,
        thread: str | None = None,
        after: str | None = None,
    ) -> None:
        """Store what this response adds to the history of ``after``."""
        with self._operation() as operation:
            operation.add_response(response_id, tuple(messages), thread, after)

    def get_history(self, response_id: str) -> tuple[bytes, ...]:
        """Give all messages up to and with this response, oldest first; unknown: empty."""
        with self._operation() as operation:
            found = operation.find(response_id)
            return () if found is None else tuple(operation.history(found[0]))

    def thread_of(self, response_id: str) -> str | None:
        """Name the thread of a response; None: unknown, or forgotten."""
        with self._operation() as operation:
            found = operation.find(response_id)
            return None if found is None else operation.thread_name(found[1])

    def store_reasoning(self, thread: str, call_id: str, reasoning: str) -> None:
        """Remember what was thought before a tool call; the latest wins, an empty one forgets."""
        with self._operation() as operation:
            operation.add_reasoning(thread, [("call", _encoded(call_id))], reasoning)

    def get_reasoning(self, thread: str, call_id: str) -> str | None:
        """Give what was thought before this tool call of this thread; None: nothing known."""
        with self._operation() as operation:
            return operation.reasoning(thread, ("call", _encoded(call_id)))

    def store_turn_reasoning(self, thread: str, fingerprint: str, reasoning: str) -> None:
        """Remember the thoughts of a turn; the latest wins, an empty one forgets."""
        with self._operation() as operation:
            operation.add_reasoning(thread, [("turn", _encoded(fingerprint))], reasoning)

    def get_turn_reasoning(self, thread: str, fingerprint: str) -> str | None:
        """Give the thoughts of the turn with this fingerprint in this thread; None: none known."""
        with self._operation() as operation:
            return operation.reasoning(thread, ("turn", _encoded(fingerprint)))

    def find_reasoning(
        self, thread: str, turns: Sequence[tuple[str, Sequence[str]]]
    ) -> list[str | None]:
        """Give the thoughts of many turns: by fingerprint, else by the ids of their tool calls."""
        keys: list[list[_Key]] = [
            [("turn", _encoded(fingerprint)), *(("call", _encoded(each)) for each in call_ids)]
            for fingerprint, call_ids in turns
        ]
        with self._operation() as operation:
            return operation.find_reasoning(thread, keys)

    def has_reasoning(self, thread: str) -> bool:
        """Tell whether any reasoning of this thread is stored."""
        with self._operation() as operation:
            return operation.has_reasoning(thread)

    def keep(self, turn: FinishedTurn) -> None:
        """Store a finished turn in one step: all of it or, if that fails, nothing."""
        keys: list[_Key] = [("call", _encoded(call_id)) for call_id in turn.call_ids]
        if turn.fingerprint is not None:
            keys.append(("turn", _encoded(turn.fingerprint)))
        with self._operation() as operation:
            if turn.response_id is not None:
                operation.add_response(turn.response_id, turn.messages, turn.thread, turn.after)
            operation.add_reasoning(turn.thread, keys, turn.reasoning)

    def clone(self) -> Self:
        """Give a second handle on the same connection; closing either closes both."""
        clone = object.__new__(type(self))
        clone._limits, clone._clock = self._limits, self._clock
        clone._database = self._database
        return clone

    def close(self) -> None:
        """Write all into the one file and let go of it; later calls raise `RelayStoreError`."""
        self._database.close()

    @contextmanager
    def _operation(self) -> Generator[_Operation]:
        with self._database.transaction() as connection:
            operation = _Operation(connection, self._database.path, self._clock())
            operation.forget_expired(self._limits.ttl_s)
            yield operation
            operation.forget_too_much(self._limits)
        if operation.wrote:
            self._database.shrink()


class _Operation:
    """What one transaction does. Threads and responses are named by their row ids in here."""

    __slots__ = ("_now", "_path", "_run", "wrote")

    def __init__(self, connection: sqlite3.Connection, path: str, now: float) -> None:
        self._run: Final = connection.execute
        self._path: Final = path
        self._now: Final = now
        self.wrote = False

    def find(self, response_id: str) -> tuple[int, int] | None:
        """Give a response and its thread, which is used by that."""
        row: tuple[int, int] | None = self._run(
            "SELECT id, thread FROM responses WHERE name = ?", (_encoded(response_id),)
        ).fetchone()
        if row is not None:
            self._use(row[1])
        return row

    def history(self, response: int) -> list[bytes]:
        messages: list[bytes] = []
        for sizes, body in self._run(_HISTORY, (response,)):
            messages += _cut(self._path, sizes, body)
        return messages

    def thread_name(self, thread: int) -> str:
        (name,) = self._run("SELECT name FROM threads WHERE id = ?", (thread,)).fetchone()
        return _decoded(name)

    def reasoning(self, thread_name: str, key: _Key) -> str | None:
        return self.find_reasoning(thread_name, [[key]])[0]

    def find_reasoning(
        self, thread_name: str, keys_of_turns: Sequence[Sequence[_Key]]
    ) -> list[str | None]:
        """Give for each turn what the first of its keys that is known stands for."""
        thread = self._find_thread(_encoded(thread_name))
        if thread is None:
            return [None] * len(keys_of_turns)
        return [self._first_text(thread, keys) for keys in keys_of_turns]

    def _first_text(self, thread: int, keys: Sequence[_Key]) -> str | None:
        for key in keys:
            row = self._run(
                "SELECT body FROM texts WHERE id ="
                " (SELECT text FROM keys WHERE thread = ? AND kind = ? AND name = ?)",
                (thread, *key),
            ).fetchone()
            if row is not None:
                return _decoded(row[0])
        return None

    def has_reasoning(self, thread_name: str) -> bool:
        thread = self._find_thread(_encoded(thread_name))
        if thread is None:
            return False
        row = self._run("SELECT 1 FROM keys WHERE thread = ? LIMIT 1", (thread,)).fetchone()
        return row is not None

    def add_response(
        self,
        response_id: str,
        messages: tuple[bytes, ...],
        thread_name: str | None,
        after_id: str | None,
    ) -> None:
        name = _encoded(response_id)
        if self._run("SELECT 1 FROM responses WHERE name = ?", (name,)).fetchone():
            raise RelayStoreError(
                self._path,
                f"has a response {response_id!r} already",
                "Take each id from new_id() once",
            )
        after = None if after_id is None else self.find(after_id)
        if thread_name is not None:
            thread = self._thread(_encoded(thread_name))
        elif after is not None:
            thread = after[1]
        else:
            thread = self._thread(name)
        if after is not None and after[1] != thread:
            messages = (*self.history(after[0]), *messages)
            after = None
        self._run(
            "INSERT INTO responses (name, thread, after, sizes, body) VALUES (?, ?, ?, ?, ?)",
            (name, thread, None if after is None else after[0], *_joined(messages)),
        )
        self._grow(thread, price_bytes(name, *messages))

    def add_reasoning(self, thread_name: str, keys: Sequence[_Key], reasoning: str) -> None:
        stored = bool(reasoning and keys)
        name = _encoded(thread_name)
        thread = self._thread(name) if stored else self._find_thread(name)
        if thread is None:
            return
        growth = sum(self._forget_text(thread, key) for key in keys)
        if stored:
            body = _encoded(reasoning)
            text = self._run("INSERT INTO texts (thread, body) VALUES (?, ?)", (thread, body))
            growth += price_bytes(body)
            for key in dict.fromkeys(keys):
                self._run("INSERT INTO keys VALUES (?, ?, ?, ?)", (thread, *key, text.lastrowid))
                growth += price_bytes(key[1])
        if growth:
            self._grow(thread, growth)

    def forget_expired(self, ttl_s: float) -> None:
        self._run("UPDATE threads SET used_at = ?1 WHERE used_at > ?1", (self._now,))
        gone = self._run("DELETE FROM threads WHERE used_at <= ?", (self._now - ttl_s,))
        self.wrote |= gone.rowcount > 0

    def forget_too_much(self, limits: StoreLimits) -> None:
        # First the thread in hand if it would push out all others and still not fit.
        self._run(
            "DELETE FROM threads WHERE used = (SELECT max(used) FROM threads) AND bytes > ?",
            (limits.max_bytes,),
        )
        while True:
            threads, size_bytes = self._run("SELECT threads, bytes FROM totals").fetchone()
            if threads <= limits.max_threads and size_bytes <= limits.max_bytes:
                break
            self._run("DELETE FROM threads WHERE used = (SELECT min(used) FROM threads)")
            self.wrote = True

    def _find_thread(self, name: bytes) -> int | None:
        row = self._run("SELECT id FROM threads WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        thread: int = row[0]
        self._use(thread)
        return thread

    def _thread(self, name: bytes) -> int:
        thread = self._find_thread(name)
        if thread is None:
            row = self._run(_BEGIN_THREAD, (name, self._now, price_bytes(name)))
            (thread,) = row.fetchone()
        return thread

    def _use(self, thread: int) -> None:
        self._run(_USE, (self._now, thread))

    def _grow(self, thread: int, by_bytes: int) -> None:
        self._run("UPDATE threads SET bytes = bytes + ? WHERE id = ?", (by_bytes, thread))
        self.wrote = True

    def _forget_text(self, thread: int, key: _Key) -> int:
        """Forget what a key stands for; gives the growth, which is not above 0."""
        row = self._run(
            "DELETE FROM keys WHERE thread = ? AND kind = ? AND name = ? RETURNING text",
            (thread, *key),
        ).fetchone()
        if row is None:
            return 0
        growth = -price_bytes(key[1])
        if self._run("SELECT 1 FROM keys WHERE text = ? LIMIT 1", row).fetchone() is None:
            gone = self._run("DELETE FROM texts WHERE id = ? RETURNING body", row).fetchone()
            growth -= price_bytes(*gone)
        return growth


def _joined(messages: tuple[bytes, ...]) -> tuple[bytes, bytes]:
    return struct.pack(f"<{len(messages)}Q", *map(len, messages)), b"".join(messages)


def _cut(path: str, sizes: bytes, body: bytes) -> list[bytes]:
    count, rest = divmod(len(sizes), _SIZE_BYTES)
    ends = struct.unpack(f"<{count}Q", sizes[: count * _SIZE_BYTES])
    if rest or sum(ends) != len(body):
        raise damaged(path, "the sizes of messages do not add up")
    messages: list[bytes] = []
    start = 0
    for size in ends:
        messages.append(body[start : start + size])
        start += size
    return messages


def _encoded(text: str) -> bytes:
    # A header or a model may bring a lone surrogate; here it is a name like any other.
    return text.encode("utf-8", "surrogatepass")


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")

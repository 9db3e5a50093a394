"""Both stores against the plain one, under small limits and a clock that moves both ways."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.relay.store.limits import StoreLimits
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.store.protocol import FinishedTurn
from codex_runtime.relay.store.sqlite import SqliteStore
from tests.relay.store.plain_store import Key, PlainStore

if TYPE_CHECKING:
    from collections.abc import Generator

    from codex_runtime.relay.store.protocol import SessionStore

_TTL_S = 100.0
_THREADS = st.sampled_from(["a", "b", "c", "ä", "lone \ud800"])
_MESSAGES = st.lists(st.binary(max_size=120), max_size=3)
_CALLS = st.lists(st.sampled_from(["call_1", "call_2", "call_3"]), max_size=3)
_PRINTS = st.sampled_from(["f0", "f1"])
_TEXTS = st.sampled_from(["", "hm", "so \udcff be it", "ß" * 90, "long " * 40])
_PICKS = st.integers(0, 30)
_MOVES = st.sampled_from([1.0, 30.0, 99.0, 100.0, 101.0, -1.0, -250.0])


class Machine(RuleBasedStateMachine):
    """Every rule asks one handle of the store, and the plain store, the same."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        self.ids: list[str] = ["resp_never"]
        self.turn = 0

    def open(self) -> None:
        raise NotImplementedError

    @property
    def store(self) -> SessionStore:
        """Every call goes through the other handle, as if from a second worker or process."""
        self.turn += 1
        return self.handles[self.turn % len(self.handles)]

    @initialize(
        max_threads=st.sampled_from([1, 3, 5]), max_bytes=st.sampled_from([700, 2500, 10_000])
    )
    def begin(self, max_threads: int, max_bytes: int) -> None:
        self.limits = StoreLimits(ttl_s=_TTL_S, max_threads=max_threads, max_bytes=max_bytes)
        self.plain = PlainStore(self.limits)
        self.handles: list[SessionStore] = []
        self.open()

    def pick(self, number: int) -> str:
        return self.ids[-1 - number % len(self.ids)]

    @contextmanager
    def both(self) -> Generator[PlainStore]:
        self.plain.begin(self.now)
        yield self.plain
        self.plain.end()

    @rule(move=_MOVES)
    def the_clock_moves(self, move: float) -> None:
        self.now += move

    @rule(messages=_MESSAGES, thread=st.none() | _THREADS, after=st.none() | _PICKS)
    def a_response_is_saved(
        self, messages: list[bytes], thread: str | None, after: int | None
    ) -> None:
        parent = None if after is None else self.pick(after)
        response_id = self.store.save(messages, thread=thread, after=parent)
        self.ids.append(response_id)
        with self.both() as plain:
            plain.add_response(response_id, messages, thread, parent)

    @rule(number=_PICKS, after=_PICKS, thread=st.none() | _THREADS)
    def a_known_id_is_refused_and_a_forgotten_one_may_return(
        self, number: int, after: int, thread: str | None
    ) -> None:
        response_id, parent = self.pick(number), self.pick(after)
        with self.both() as plain:
            known = plain.knows(response_id)
            if not known:
                plain.add_response(response_id, [b"again"], thread, parent)
        if known:
            with pytest.raises(RelayStoreError, match="already"):
                self.store.save_with_id(response_id, [b"again"], thread=thread, after=parent)
            # A refused call has not even noted the time.
            assert self.store.get_history("resp_unknown") == ()
        else:
            self.store.save_with_id(response_id, [b"again"], thread=thread, after=parent)

    @rule(
        thread=_THREADS,
        stored=st.booleans(),
        after=st.none() | _PICKS,
        messages=_MESSAGES,
        reasoning=_TEXTS,
        calls=_CALLS,
        fingerprint=st.none() | _PRINTS,
    )
    def a_turn_is_kept(
        self,
        thread: str,
        stored: bool,
        after: int | None,
        messages: list[bytes],
        reasoning: str,
        calls: list[str],
        fingerprint: str | None,
    ) -> None:
        store = self.store
        parent = None if after is None else self.pick(after)
        response_id = store.new_id() if stored else None
        store.keep(
            FinishedTurn(
                thread=thread,
                response_id=response_id,
                after=parent,
                messages=tuple(messages),
                reasoning=reasoning,
                call_ids=tuple(calls),
                fingerprint=fingerprint,
            )
        )
        keys: list[Key] = [("call", call) for call in calls]
        if fingerprint is not None:
            keys.append(("turn", fingerprint))
        with self.both() as plain:
            if response_id is not None:
                self.ids.append(response_id)
                plain.add_response(response_id, messages, thread, parent)
            plain.add_reasoning(thread, keys, reasoning)

    @rule(thread=_THREADS, call=_CALLS.filter(bool), reasoning=_TEXTS)
    def the_reasoning_of_a_call_is_stored(
        self, thread: str, call: list[str], reasoning: str
    ) -> None:
        self.store.store_reasoning(thread, call[0], reasoning)
        with self.both() as plain:
            plain.add_reasoning(thread, [("call", call[0])], reasoning)

    @rule(thread=_THREADS, fingerprint=_PRINTS, reasoning=_TEXTS)
    def the_reasoning_of_a_turn_is_stored(
        self, thread: str, fingerprint: str, reasoning: str
    ) -> None:
        self.store.store_turn_reasoning(thread, fingerprint, reasoning)
        with self.both() as plain:
            plain.add_reasoning(thread, [("turn", fingerprint)], reasoning)

    @rule(number=_PICKS)
    def a_history_is_read(self, number: int) -> None:
        response_id = self.pick(number)
        with self.both() as plain:
            holder = plain.holder(response_id)
            history = [] if holder is None else holder.histories[response_id]
        assert list(self.store.get_history(response_id)) == history

    @rule(number=_PICKS)
    def the_thread_of_a_response_is_asked(self, number: int) -> None:
        response_id = self.pick(number)
        with self.both() as plain:
            holder = plain.holder(response_id)
        assert self.store.thread_of(response_id) == (None if holder is None else holder.name)

    @rule(thread=_THREADS, call=_CALLS.filter(bool), fingerprint=_PRINTS)
    def reasoning_is_asked(self, thread: str, call: list[str], fingerprint: str) -> None:
        with self.both() as plain:
            by_call = plain.reasoning(thread, ("call", call[0]))
            by_turn = plain.reasoning(thread, ("turn", fingerprint))
        assert self.store.get_reasoning(thread, call[0]) == by_call
        assert self.store.get_turn_reasoning(thread, fingerprint) == by_turn
        found = self.store.find_reasoning(thread, [(fingerprint, call[:1]), ("unknown", ())])
        assert list(found) == [by_call if by_turn is None else by_turn, None]

    @rule(thread=_THREADS)
    def whether_there_is_reasoning_is_asked(self, thread: str) -> None:
        with self.both() as plain:
            known = plain.use(thread)
        assert self.store.has_reasoning(thread) == (known is not None and bool(known.texts))

    def facts(self) -> list[tuple[str, float, int]]:
        """Name, last use and size of each thread, the least recently used first."""
        raise NotImplementedError

    def total_bytes(self) -> int:
        raise NotImplementedError

    @invariant()
    def both_hold_the_same_threads_in_the_same_order(self) -> None:
        expected = [(t.name, t.used_at, t.size_bytes()) for t in self.plain.threads]
        assert self.facts() == expected
        assert self.total_bytes() == sum(size for _, _, size in expected)

    def teardown(self) -> None:
        if not hasattr(self, "handles"):
            return
        for number in range(len(self.ids)):
            self.a_history_is_read(number)
        for handle in self.handles:
            handle.close()


class MemoryMachine(Machine):
    def open(self) -> None:
        store = MemoryStore(self.limits, clock=lambda: self.now)
        self.handles = [store, store.clone()]

    def facts(self) -> list[tuple[str, float, int]]:
        store = self.handles[0]
        assert isinstance(store, MemoryStore)
        threads = store._contents._threads.values()
        return [(t.name, t.used_at, t.size_bytes) for t in threads]

    def total_bytes(self) -> int:
        store = self.handles[0]
        assert isinstance(store, MemoryStore)
        return store._contents._size_bytes


class SqliteMachine(Machine):
    """A store, a clone of it, and a second connection as another process would have one."""

    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.open_handles()

    def open_handles(self) -> None:
        self.file = Path(self.folder.name, "store.db")
        store = SqliteStore(self.file, self.limits, clock=lambda: self.now)
        other = SqliteStore(self.file, self.limits, clock=lambda: self.now)
        self.handles = [store, store.clone(), other]

    def facts(self) -> list[tuple[str, float, int]]:
        with closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("SELECT name, used_at, bytes FROM threads ORDER BY used")
            return [
                (name.decode(errors="surrogatepass"), used_at, size) for name, used_at, size in rows
            ]

    def total_bytes(self) -> int:
        with closing(sqlite3.connect(self.file)) as connection:
            (total,) = connection.execute("SELECT bytes FROM totals").fetchone()
            (damage,) = connection.execute("PRAGMA integrity_check").fetchone()
            assert damage == "ok"
            assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
            return int(total)

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "folder"):
            self.folder.cleanup()


class ReopenedMachine(SqliteMachine):
    """The same, ended and begun again at any moment."""

    @rule()
    def it_is_closed_and_opened_again(self) -> None:
        for handle in self.handles:
            handle.close()
        self.open_handles()
        with self.both():
            """Opening forgets what is over the limits."""


TestMemoryStore = MemoryMachine.TestCase
TestMemoryStore.settings = settings(max_examples=60, stateful_step_count=40)
TestSqliteStore = SqliteMachine.TestCase
TestSqliteStore.settings = settings(max_examples=25, stateful_step_count=40)
TestReopenedSqliteStore = ReopenedMachine.TestCase
TestReopenedSqliteStore.settings = settings(max_examples=25, stateful_step_count=40)

"""`MemoryStore`: conversations in this process, gone with it.

Owns the trees of responses, which share their messages, the reasoning, and the forgetting. Does not
know files or what a message says. Enter at `MemoryStore`. Pure.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from uuid import uuid4

from codex_runtime.errors.relay import RelayStoreError
from codex_runtime.relay.store.limits import StoreLimits, price_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self

    from codex_runtime.relay.store.protocol import FinishedTurn

    _Key: TypeAlias = tuple[Literal["call", "turn"], str]

__all__ = ["MemoryStore"]

_NAME: Final = "in memory"


class MemoryStore:
    """Conversations in memory, with the limits of every store; see `SessionStore` for the calls.

    A history costs what its turns add, not a copy for each. ``clock`` gives seconds since any
    beginning; when it goes back, threads count as used just now. Clones may be used from several
    threads; none waits longer than another's call takes.
    """

    def __init__(
        self, limits: StoreLimits | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._contents: _Contents = _Contents(limits or StoreLimits(), clock)

    @property
    def blocks(self) -> bool:
        """Never: no call touches a disk."""
        return False

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
        with self._contents as contents:
            contents.add_response(response_id, tuple(messages), thread, after)

    def get_history(self, response_id: str) -> tuple[bytes, ...]:
        """Give all messages up to and with this response, oldest first; unknown: empty."""
        with self._contents as contents:
            response = contents.find(response_id)
        return () if response is None else response.history()

    def thread_of(self, response_id: str) -> str | None:
        """Name the thread of a response; None: unknown, or forgotten."""
        with self._contents as contents:
            response = contents.find(response_id)
        return None if response is None else response.thread.name

    def store_reasoning(self, thread: str, call_id: str, reasoning: str) -> None:
        """Remember what was thought before a tool call; the latest wins, an empty one forgets."""
        with self._contents as contents:
            contents.add_reasoning(thread, [("call", call_id)], reasoning)

    def get_reasoning(self, thread: str, call_id: str) -> str | None:
        """Give what was thought before this tool call of this thread; None: nothing known."""
        with self._contents as contents:
            return contents.reasoning(thread, ("call", call_id))

    def store_turn_reasoning(self, thread: str, fingerprint: str, reasoning: str) -> None:
        """Remember the thoughts of a turn; the latest wins, an empty one forgets."""
        with self._contents as contents:
            contents.add_reasoning(thread, [("turn", fingerprint)], reasoning)

    def get_turn_reasoning(self, thread: str, fingerprint: str) -> str | None:
        """Give the thoughts of the turn with this fingerprint in this thread; None: none known."""
        with self._contents as contents:
            return contents.reasoning(thread, ("turn", fingerprint))

    def find_reasoning(
        self, thread: str, turns: Sequence[tuple[str, Sequence[str]]]
    ) -> list[str | None]:
        """Give the thoughts of many turns: by fingerprint, else by the ids of their tool calls."""
        with self._contents as contents:
            return [
                contents.first_reasoning(
                    thread, [("turn", fingerprint), *(("call", each) for each in call_ids)]
                )
                for fingerprint, call_ids in turns
            ]

    def has_reasoning(self, thread: str) -> bool:
        """Tell whether any reasoning of this thread is stored."""
        with self._contents as contents:
            return contents.has_reasoning(thread)

    def keep(self, turn: FinishedTurn) -> None:
        """Store a finished turn in one step: all of it or, if that fails, nothing."""
        keys: list[_Key] = [("call", call_id) for call_id in turn.call_ids]
        if turn.fingerprint is not None:
            keys.append(("turn", turn.fingerprint))
        with self._contents as contents:
            if turn.response_id is not None:
                contents.add_response(turn.response_id, turn.messages, turn.thread, turn.after)
            contents.add_reasoning(turn.thread, keys, turn.reasoning)

    def clone(self) -> Self:
        """Give a second handle on the same contents; closing either closes both."""
        clone = object.__new__(type(self))
        clone._contents = self._contents
        return clone

    def close(self) -> None:
        """Forget everything; the calls after it raise `RelayStoreError`. Twice is harmless."""
        self._contents.close()


class _Response:
    """One response: what it adds, and the one it comes after (None: it begins a history)."""

    __slots__ = ("after", "messages", "thread")

    def __init__(
        self, thread: _Thread, messages: tuple[bytes, ...], after: _Response | None
    ) -> None:
        self.thread: Final = thread
        self.messages: Final = messages
        self.after: Final = after

    def history(self) -> tuple[bytes, ...]:
        turns = [self.messages]
        response = self.after
        while response is not None:
            turns.append(response.messages)
            response = response.after
        return tuple(chain.from_iterable(reversed(turns)))


class _Text:
    """One reasoning text, which several keys may stand for."""

    __slots__ = ("encoded", "keys")

    def __init__(self, encoded: bytes) -> None:
        self.encoded: Final = encoded
        self.keys = 0


class _Thread:
    """All that is forgotten together, and what it counts against the limits."""

    __slots__ = ("name", "response_ids", "size_bytes", "texts", "used_at")

    def __init__(self, name: str, now: float) -> None:
        self.name: Final = name
        self.used_at = now
        self.size_bytes = 0
        self.response_ids: Final[list[str]] = []
        self.texts: Final[dict[_Key, _Text]] = {}


class _Contents:
    """What clones share. Entered, it is locked, open and rid of what is over its limits."""

    def __init__(self, limits: StoreLimits, clock: Callable[[], float]) -> None:
        self._limits: Final = limits
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._closed = False
        self._now = 0.0
        # The least recently used thread comes first, so its `used_at` is the lowest.
        self._threads: Final[OrderedDict[str, _Thread]] = OrderedDict()
        self._responses: Final[dict[str, _Response]] = {}
        self._size_bytes = 0

    def __enter__(self) -> Self:
        self._lock.acquire()
        try:
            self._refuse_closed()
            self._now = self._clock()
            self._forget_expired()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._forget_too_much()
        self._lock.release()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise RelayStoreError(_NAME, "is closed", "Open a new one")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._threads.clear()
            self._responses.clear()
            self._size_bytes = 0

    def find(self, response_id: str) -> _Response | None:
        response = self._responses.get(response_id)
        if response is not None:
            self._use(response.thread)
        return response

    def reasoning(self, thread_name: str, key: _Key) -> str | None:
        thread = self._threads.get(thread_name)
        if thread is None:
            return None
        self._use(thread)
        text = thread.texts.get(key)
        return None if text is None else text.encoded.decode("utf-8", "surrogatepass")

    def first_reasoning(self, thread_name: str, keys: Sequence[_Key]) -> str | None:
        texts = (self.reasoning(thread_name, key) for key in keys)
        return next((text for text in texts if text is not None), None)

    def has_reasoning(self, thread_name: str) -> bool:
        thread = self._threads.get(thread_name)
        if thread is None:
            return False
        self._use(thread)
        return bool(thread.texts)

    def add_response(
        self,
        response_id: str,
        messages: tuple[bytes, ...],
        thread_name: str | None,
        after_id: str | None,
    ) -> None:
        if response_id in self._responses:
            raise RelayStoreError(
                _NAME, f"has a response {response_id!r} already", "Take each id from new_id() once"
            )
        after = None if after_id is None else self.find(after_id)
        if thread_name is None:
            thread_name = response_id if after is None else after.thread.name
        thread = self._thread(thread_name)
        if after is not None and after.thread is not thread:
            messages = after.history() + messages
            after = None
        self._responses[response_id] = _Response(thread, messages, after)
        thread.response_ids.append(response_id)
        self._grow(thread, price_bytes(_encoded(response_id), *messages))

    def add_reasoning(self, thread_name: str, keys: Sequence[_Key], reasoning: str) -> None:
        stored = bool(reasoning and keys)
        if not stored and thread_name not in self._threads:
            return
        thread = self._thread(thread_name)
        for key in keys:
            self._forget_text(thread, key)
        if stored:
            text = _Text(_encoded(reasoning))
            self._grow(thread, price_bytes(text.encoded))
            for key in dict.fromkeys(keys):
                thread.texts[key] = text
                text.keys += 1
                self._grow(thread, price_bytes(_encoded(key[1])))

    def _thread(self, name: str) -> _Thread:
        thread = self._threads.get(name)
        if thread is None:
            thread = self._threads[name] = _Thread(name, self._now)
            self._grow(thread, price_bytes(_encoded(name)))
        else:
            self._use(thread)
        return thread

    def _use(self, thread: _Thread) -> None:
        thread.used_at = self._now
        self._threads.move_to_end(thread.name)

    def _grow(self, thread: _Thread, by_bytes: int) -> None:
        thread.size_bytes += by_bytes
        self._size_bytes += by_bytes

    def _forget_text(self, thread: _Thread, key: _Key) -> None:
        text = thread.texts.pop(key, None)
        if text is None:
            return
        text.keys -= 1
        self._grow(thread, -price_bytes(_encoded(key[1])))
        if not text.keys:
            self._grow(thread, -price_bytes(text.encoded))

    def _forget_expired(self) -> None:
        for thread in self._latest_first():
            if thread.used_at <= self._now:
                break
            thread.used_at = self._now
        while self._threads:
            thread = next(iter(self._threads.values()))
            if thread.used_at > self._now - self._limits.ttl_s:
                break
            self._forget(thread)

    def _latest_first(self) -> Iterator[_Thread]:
        return reversed(self._threads.values())

    def _forget_too_much(self) -> None:
        # First the thread in hand if it would push out all others and still not fit.
        latest = next(self._latest_first(), None)
        if latest is not None and latest.size_bytes > self._limits.max_bytes:
            self._forget(latest)
        while (
            len(self._threads) > self._limits.max_threads
            or self._size_bytes > self._limits.max_bytes
        ):
            self._forget(next(iter(self._threads.values())))

    def _forget(self, thread: _Thread) -> None:
        del self._threads[thread.name]
        self._size_bytes -= thread.size_bytes
        for response_id in thread.response_ids:
            del self._responses[response_id]


def _encoded(text: str) -> bytes:
    # A header or a model may bring a lone surrogate; here it is a name like any other.
    return text.encode("utf-8", "surrogatepass")

"""The store as one request uses it: what came before, what was thought, what to keep of this turn.

Owns the choice of the thread, the order of look-ups, and the worker threads for a store that
waits for a disk. Does not know how a store keeps anything (`store`) or what a fingerprint covers
(`request`). Enter at `Keeper`. A store that fails is logged: without its memory a request is still
answered.
"""

from __future__ import annotations

import hashlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import trio

from codex_runtime.errors.relay import RelayError
from codex_runtime.relay.failures import Refused, internal_error, response_not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.relay.request.translation import ChatCall
    from codex_runtime.relay.store.protocol import FinishedTurn, SessionStore

__all__ = ["Earlier", "Keeper"]

_WORKERS: Final = 4
_MAX_NAME_CHARS: Final = 256
_DERIVED: Final = "turns:"
"""Begins the name of a thread that is known by nothing but its first answer."""

_LOG: Final = logging.getLogger("codex_runtime.relay")

T = TypeVar("T")


class Earlier:
    """What a request continues: `thread` None if nobody named one."""

    __slots__ = ("history", "thread")

    def __init__(self, thread: str | None, history: tuple[bytes, ...]) -> None:
        self.thread: str | None = thread
        self.history: tuple[bytes, ...] = history


class Keeper:
    """One store, asked without blocking the event loop."""

    def __init__(self, store: SessionStore, *, strict_ids: bool) -> None:
        self._store = store
        self._strict_ids = strict_ids
        self._blocks = store.blocks
        self._workers = trio.CapacityLimiter(_WORKERS)

    def new_id(self) -> str:
        """A fresh response id."""
        return self._store.new_id()

    async def earlier(self, named: str | None, previous: str | None) -> Earlier:
        """Find what `previous` had, and the thread: the one `named` by the client comes first.

        Raises:
            Refused: `previous` is unknown or cannot be looked up, and the relay is strict.
        """
        thread = None if named is None else _bounded(named)
        if previous is None:
            return Earlier(thread, ())
        found = await self._ask(partial(self._read_earlier, previous))
        if found is None and self._strict_ids:
            raise Refused(internal_error("its store cannot be read"))
        known, history = found or (None, ())
        if known is None and self._strict_ids:
            raise Refused(response_not_found(previous))
        return Earlier(thread or known, history)

    async def recall(self, call: ChatCall, thread: str | None) -> None:
        """Give the earlier answers in `call` back what was thought for them."""
        opening = call.opening
        if opening is None:
            return
        if thread is None:
            thread = _DERIVED + opening
        for index, text in await self._ask(partial(self._read_reasoning, call, thread)) or ():
            call.add_reasoning(call.turns[index], text)

    async def keep(self, turn: FinishedTurn) -> None:
        """Store a finished turn, or log why that failed."""
        if turn.response_id is not None or turn.reasoning:
            await self._ask(partial(self._store.keep, turn))

    @staticmethod
    def thread_for(
        call: ChatCall, thread: str | None, fingerprint: str | None, response_id: str
    ) -> str:
        """Where a turn is kept: its thread, else one that the same answers lead to again."""
        if thread is not None:
            return thread
        if call.opening is not None:
            return _DERIVED + call.opening
        return response_id if fingerprint is None else _DERIVED + fingerprint

    def _read_earlier(self, previous: str) -> tuple[str | None, tuple[bytes, ...]]:
        return self._store.thread_of(previous), self._store.get_history(previous)

    def _read_reasoning(self, call: ChatCall, thread: str) -> list[tuple[int, str]]:
        if not self._store.has_reasoning(thread):
            return []
        # Two conversations may begin with the same words, and models number their calls alike.
        by_call = not thread.startswith(_DERIVED)
        turns = [(turn.fingerprint, turn.call_ids if by_call else ()) for turn in call.turns]
        texts = self._store.find_reasoning(thread, turns)
        return [(index, text) for index, text in enumerate(texts) if text]

    async def _ask(self, work: Callable[[], T]) -> T | None:
        try:
            if not self._blocks:
                return work()
            # Not abandoned when cancelled: the store bounds its own waits, and a thread that is
            # left behind would outlive the relay.
            return await trio.to_thread.run_sync(work, limiter=self._workers)
        except RelayError as error:
            _LOG.error("the store failed, the request goes on without it: %s", error)
        except Exception:  # noqa: BLE001 - of a store that is not ours, and no reason to fail either
            _LOG.exception("the store failed, the request goes on without it")
        return None


def _bounded(name: str) -> str:
    if len(name) <= _MAX_NAME_CHARS:
        return name
    return "sha256:" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()

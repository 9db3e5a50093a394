"""`SessionStore`: what a relay asks of the place where it keeps conversations; `FinishedTurn`.

Owns the operations and their meaning. Does not know where anything is kept (see `memory` and
`sqlite`) nor what a message says: messages are encoded Responses items. Enter at `SessionStore`.
Pure.

A *thread* is what limits apply to. Its responses form trees: each adds messages to the one it comes
after. Threads are strangers to each other: what one holds is never seen in another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["FinishedTurn", "SessionStore"]


@attrs.frozen(kw_only=True)
class FinishedTurn:
    """What one finished turn leaves behind; `SessionStore.keep` stores all of it or nothing.

    ``response_id`` None: the history is not kept (``store: false``), the reasoning is. ``messages``
    are what the turn adds to the history of ``after``: its input, then its output. ``reasoning``
    is found again by each of ``call_ids`` and by ``fingerprint``; an empty one makes them forget
    what they stood for.
    """

    thread: str
    response_id: str | None
    after: str | None
    messages: tuple[bytes, ...]
    reasoning: str
    call_ids: tuple[str, ...]
    fingerprint: str | None


class SessionStore(Protocol):
    """A place for histories and reasoning: plain calls, from any thread of the process.

    Every call may forget what is over its limits (`StoreLimits`), and each raises `RelayStoreError`
    when the store is closed or its medium fails; such a call has changed nothing. What is unknown
    is answered with nothing (empty, None, False), never with an error.
    """

    @property
    def blocks(self) -> bool:
        """Whether calls wait for a disk, so that an event loop makes them in a worker thread."""
        ...

    def new_id(self) -> str:
        """Give a response id that was never given before; stores nothing."""
        ...

    def save(
        self, messages: Sequence[bytes], *, thread: str | None = None, after: str | None = None
    ) -> str:
        """Like `save_with_id` under a new id, which is returned."""
        ...

    def save_with_id(
        self,
        response_id: str,
        messages: Sequence[bytes],
        *,
        thread: str | None = None,
        after: str | None = None,
    ) -> None:
        """Store what this response adds to the history of ``after``.

        An unknown (or forgotten) ``after`` begins a new history. Without ``thread`` it is the one
        of ``after``, else one of its own, named like the response. With a ``thread`` that is not
        the one of ``after``, that history is copied into it. An id is stored once: a second time is
        a `RelayStoreError`, so that no history ever changes or runs in a circle.
        """
        ...

    def get_history(self, response_id: str) -> tuple[bytes, ...]:
        """Give all messages up to and with this response, oldest first; unknown: empty."""
        ...

    def thread_of(self, response_id: str) -> str | None:
        """Name the thread of a response; None: unknown, or forgotten."""
        ...

    def store_reasoning(self, thread: str, call_id: str, reasoning: str) -> None:
        """Remember what was thought before a tool call; the latest wins, an empty one forgets."""
        ...

    def get_reasoning(self, thread: str, call_id: str) -> str | None:
        """Give what was thought before this tool call of this thread; None: nothing known."""
        ...

    def store_turn_reasoning(self, thread: str, fingerprint: str, reasoning: str) -> None:
        """Remember the thoughts of a turn; the latest wins, an empty one forgets."""
        ...

    def get_turn_reasoning(self, thread: str, fingerprint: str) -> str | None:
        """Give the thoughts of the turn with this fingerprint in this thread; None: none known."""
        ...

    def find_reasoning(
        self, thread: str, turns: Sequence[tuple[str, Sequence[str]]]
    ) -> Sequence[str | None]:
        """Give the thoughts of many turns in one step, in their order.

        Each is asked for by its fingerprint, and if that is unknown by the ids of its tool calls.
        """
        ...

    def has_reasoning(self, thread: str) -> bool:
        """Tell cheaply whether any reasoning of this thread is stored."""
        ...

    def keep(self, turn: FinishedTurn) -> None:
        """Store a finished turn in one step: all of it or, if that fails, nothing."""
        ...

    def clone(self) -> Self:
        """Give a second handle on the same contents; closing either closes both."""
        ...

    def close(self) -> None:
        """Let go of everything; the calls after it raise `RelayStoreError`. Twice is harmless."""
        ...

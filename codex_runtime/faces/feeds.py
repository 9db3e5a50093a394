"""Feeds: the trio side of a stream whose consumer is elsewhere.

A consumer that has run dry asks, and gets all that is unread then, or when something comes: so one
hand-over carries what a whole chunk brought, and no event is shared between threads. (To deliver
unasked saves a wake-up where events are few, and costs twice as much where turns are many: batches
get small.) Does not know how the consumer waits. Enter at `feed_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from codex_runtime.faces.thread import OwnedThread

__all__ = ["BatchFeed", "Deliver", "Door", "DoorFeed", "Feed", "PagesOfCore", "feed_of"]

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

Deliver: TypeAlias = "Callable[[Sequence[E], BaseException | None], None]"
"""Takes events, or what the stream ends with: `StopAsyncIteration`, or an error."""


class Door(Protocol[E_co]):
    """Where unread events wait; all of it is called in the thread of the runtime."""

    @property
    def is_closed(self) -> bool:
        """Nothing is put any more."""
        ...

    @property
    def error(self) -> BaseException | None:
        """What the stream ends with, if not just so."""
        ...

    def take(self) -> Sequence[E_co]:
        """All that is unread."""
        ...

    def when_ready(self, on_ready: Callable[[], None]) -> None:
        """Have it called once, when there is something, or at the end."""


class PagesOfCore(Protocol[E_co]):
    """A pager of the core, whose rows are handed out elsewhere, a page at a time."""

    async def next_page(self) -> tuple[E_co, ...]:
        """The next page; empty after the last."""
        ...


class Feed(Protocol):
    """What a consumer has of its stream's other side."""

    def serve(self) -> None:
        """Deliver once, now or as soon as it can; called in the thread of the runtime.

        Called again before that delivery, it may deliver once for both.
        """

    def close(self) -> None:
        """Nobody asks any more."""


class DoorFeed(Generic[E]):
    """Of a mailbox: no task waits, the reader calls."""

    def __init__(self, door: Callable[[], Door[E] | None], deliver: Deliver[E]) -> None:
        self._door = door
        self._deliver = deliver
        self._is_armed = False
        """The reader will call."""

    def serve(self) -> None:
        """See `Feed`."""
        door = self._door()
        events = () if door is None else door.take()
        if events:
            self._deliver(events, None)
        elif door is None or door.is_closed:
            error = None if door is None else door.error
            self._deliver((), error or StopAsyncIteration())
        elif not self._is_armed:
            try:
                door.when_ready(self._ready)
                self._is_armed = True
            except trio.BusyResourceError as problem:
                self._deliver((), problem)

    def _ready(self) -> None:
        self._is_armed = False
        self.serve()

    def close(self) -> None:
        """See `Feed`: what closes the mailbox ends it."""


class BatchFeed(Generic[E]):
    """Of anything that is awaited: a task of the runtime's thread for each batch."""

    def __init__(
        self,
        thread: OwnedThread[Any],  # Any: whatever it opened
        batch: Callable[[], Awaitable[Sequence[E]]],
        deliver: Deliver[E],
    ) -> None:
        self._thread = thread
        self._batch = batch
        self._deliver = deliver
        self._scope = trio.CancelScope()
        self._is_running = False
        self._is_closed = False
        self._outcome: tuple[Sequence[E], BaseException | None] = ((), None)

    def serve(self) -> None:
        """See `Feed`."""
        if self._is_running:
            return
        self._is_running = True
        self._outcome = (), StopAsyncIteration()  # if its runtime ends before it can be asked
        self._thread.spawn(self._run, self._done)

    async def _run(self) -> None:
        self._scope = scope = trio.CancelScope()
        if self._is_closed:
            scope.cancel()  # it was left between the asking and this
        try:
            with scope:
                self._outcome = await self._batch(), None
        except Exception as problem:  # noqa: BLE001 - raised by the consumer
            self._outcome = (), problem

    def _done(self) -> None:
        self._is_running = False
        self._deliver(*self._outcome)

    def close(self) -> None:
        """See `Feed`."""
        self._is_closed = True
        self._scope.cancel()


def feed_of(source: object, thread: OwnedThread[Any], deliver: Deliver[E]) -> Feed:
    """The feed that suits ``source``, a stream of the core."""
    if hasattr(source, "mailbox"):
        return DoorFeed(lambda: cast("_WithMailbox", source).mailbox, deliver)
    if hasattr(source, "batch"):
        return BatchFeed(thread, cast("_WithBatch[E]", source).batch, deliver)
    iterator = cast("AsyncIterator[E]", source)

    async def one() -> Sequence[E]:
        return [await anext(iterator)]

    return BatchFeed(thread, one, deliver)


class _WithMailbox(Protocol):
    @property
    def mailbox(self) -> Door[Any] | None: ...


class _WithBatch(Protocol[E_co]):
    async def batch(self) -> Sequence[E_co]: ...

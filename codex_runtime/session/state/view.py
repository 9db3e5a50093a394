"""`StateView`: one observer of a thread's state, and the events that follow a snapshot.

Owns what one observer was given already and what waits for it. The fold that all observers share is
`following`'s. Views are made by `Session.observe`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import trio

from codex_runtime.engine.subscriptions import MAX_BACKLOG_BYTES
from codex_runtime.errors import SlowConsumer
from codex_runtime.session.state.unread import Unread

if TYPE_CHECKING:
    from types import TracebackType

    from codex_runtime.model.state import ThreadState
    from codex_runtime.protocol import Notification
    from codex_runtime.session.state.following import Fold, Following

__all__ = ["StateEvents", "StateView"]


@final
class StateView:
    """The state of a session's thread, live: made by `Session.observe`, an async context manager.

    Entering reads what happened before (``thread/read``), so that joining late misses nothing.
    Iterating gives the newest `ThreadState`, at once and then after each change, and skips what
    came in between: a slow reader is never behind. It ends when the thread is archived or deleted,
    its handle closed or detached, or no server follows one that died. When one follows, the state
    is what that one has on record (``thread/read``). Any number of views share one fold.
    """

    def __init__(self, following: Following) -> None:
        self._following = following
        self._fold: Fold | None = None
        self._last: ThreadState | None = None
        self._given: ThreadState | None = None

    async def __aenter__(self) -> StateView:
        if self._fold is not None:
            raise RuntimeError("a view is entered once; call observe again")
        self._fold = fold = self._following.join()
        try:
            await fold.complete()
        except BaseException:  # who has left is followed for no more
            self._following.leave(fold)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._last = self.state
        self._following.leave(self._entered())

    @property
    def state(self) -> ThreadState:
        """The newest state; after the block, the last one that it saw."""
        return self._last or self._entered().state

    def events(self) -> StateEvents:
        """An async context manager over the events that follow a snapshot; see `StateEvents`."""
        return StateEvents(self._entered())

    def __aiter__(self) -> StateView:
        return self

    async def __anext__(self) -> ThreadState:
        fold = self._entered()
        await trio.lowlevel.checkpoint()
        while self.state is self._given:
            if fold.problem is not None:
                raise fold.problem
            if fold.has_ended or self._last is not None:
                raise StopAsyncIteration
            await fold.changed()
        return self.newest()

    def newest(self) -> ThreadState:
        """The newest state, which is given by that: the iteration goes on with the next."""
        self._given = state = self.state
        return state

    def _entered(self) -> Fold:
        if self._fold is None:
            raise RuntimeError("enter the view first: async with session.observe() as view")
        return self._fold


@final
class StateEvents:
    """A snapshot and every event after it: ``snapshot`` and what is iterated make the state.

    Nothing is missed between the two, and nothing comes twice. Adjacent text deltas that were not
    read yet are one event (``merged``). One task iterates; cancelling loses no event. The iteration
    ends with the view's, and when the server dies: enter another block for another snapshot. Past
    ``MAX_BACKLOG_BYTES`` unread it raises `SlowConsumer`.
    """

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._queue: Unread[Notification] = Unread()
        self._snapshot: ThreadState | None = None
        self._arrived: trio.Event | None = None
        self._overflow: SlowConsumer | None = None
        self._is_over = False

    async def __aenter__(self) -> StateEvents:
        self._snapshot = self._fold.state
        self._fold.readers.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._fold.readers.discard(self)

    @property
    def snapshot(self) -> ThreadState:
        """The state as the block was entered: the events follow it."""
        if self._snapshot is None:
            raise RuntimeError("enter the block first: async with view.events() as events")
        return self._snapshot

    def put(self, event: Notification) -> None:
        """The next event; past the bound it ends here."""
        if self._overflow is not None or self._is_over:
            return
        self._queue.put(event)
        if self._queue.size > MAX_BACKLOG_BYTES:
            self._overflow = SlowConsumer(
                "max_backlog_bytes",
                MAX_BACKLOG_BYTES,
                backlog_events=len(self._queue),
                backlog_bytes=self._queue.size,
            )
        self.wake()

    def end(self) -> None:
        """Nothing that follows belongs to this snapshot."""
        self._is_over = True
        self.wake()

    def wake(self) -> None:
        """Let the consumer see what changed."""
        if self._arrived is not None:
            self._arrived.set()
            self._arrived = None

    def __aiter__(self) -> StateEvents:
        return self

    async def __anext__(self) -> Notification:
        await self._wait()
        return self._queue.take()

    async def batch(self) -> tuple[Notification, ...]:
        """All that is unread, at least one event, else as the iteration."""
        await self._wait()
        return self._queue.take_all()

    async def _wait(self) -> None:
        await trio.lowlevel.checkpoint()
        while not self._queue:
            problem = self._overflow or self._fold.problem
            if problem is not None:
                raise problem
            if self._is_over or self._fold.has_ended or self not in self._fold.readers:
                raise StopAsyncIteration
            if self._arrived is not None:
                raise trio.BusyResourceError("another task already iterates here")
            self._arrived = arrived = trio.Event()
            try:
                await arrived.wait()
            finally:
                if self._arrived is arrived:
                    self._arrived = None

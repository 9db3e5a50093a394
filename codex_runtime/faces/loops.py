"""What an event loop and the thread of a runtime say to each other.

Owns the waiting of an asyncio task for a call or for events, what becomes of it when the task is
cancelled, and the hub through which one loop is told: one wake-up for all that a chunk of the
server brought. Does not know handles: see `in_asyncio`. Enter at `Bridge.call` and `Inbox.batch`.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import trio

from codex_runtime.errors import RuntimeClosed
from codex_runtime.faces.bridge import BridgeBase
from codex_runtime.faces.jobs import Job, run_alone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from codex_runtime.faces.bridge import Leave
    from codex_runtime.faces.feeds import Deliver, Feed
    from codex_runtime.faces.thread import OwnedThread

__all__ = ["Bridge", "Inbox", "told"]

E = TypeVar("E")
T = TypeVar("T")


class Hub:
    """What one event loop and one thread say to each other, gathered: one post for many."""

    def __init__(self, loop: asyncio.AbstractEventLoop, thread: OwnedThread[Any]) -> None:
        self._loop = weakref.ref(loop)
        self._thread = thread
        self._asked: deque[Feed] = deque()
        self._is_asking = False
        self._posted: deque[Callable[[], object]] = deque()
        self._is_posting = False
        self.jobs: set[Job[Any]] = set()  # Any: whatever they return
        """What tasks of this loop wait for."""

    @property
    def is_closed(self) -> bool:
        """Nothing runs there any more."""
        loop = self._loop()
        return loop is None or loop.is_closed()

    def ask(self, feed: Feed) -> None:
        """Have ``feed`` serve; called in the loop."""
        self._asked.append(feed)
        if not self._is_asking:
            self._is_asking = True  # before the look, or a post is missing
            if not self._thread.soon(self._serve):
                self._serve()  # the thread has ended: nobody else takes anything any more

    def _serve(self) -> None:
        self._is_asking = False
        asked = self._asked
        while asked:
            asked.popleft().serve()

    def post(self, call: Callable[[], object]) -> None:
        """Have ``call`` called in the loop, if that still runs; called in the thread."""
        self._posted.append(call)
        if not self._is_posting:
            self._is_posting = True
            loop = self._loop()
            try:
                if loop is None:
                    raise RuntimeError("the loop is gone")  # noqa: TRY301 - as if it was closed
                loop.call_soon_threadsafe(self.fan_out)
            except RuntimeError:  # the loop is closed, and nobody runs there
                self.fan_out()

    def fan_out(self) -> None:
        """Do what was posted; called in the loop, or where it is known to be closed."""
        self._is_posting = False
        posted = self._posted
        while posted:
            posted.popleft()()


class Bridge(BridgeBase):
    """What the handles of one runtime share, in however many loops they are used."""

    def __init__(self, thread: OwnedThread[Any]) -> None:  # Any: whatever it opens
        super().__init__(thread)
        self._lock = threading.Lock()
        self._hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = (
            weakref.WeakKeyDictionary()
        )

    def hub(self) -> Hub:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        hub = self._hubs.get(loop)
        if hub is None:
            with self._lock:
                self._end_what_closed_loops_left()
                hub = self._hubs[loop] = Hub(loop, self.thread)
        return hub

    def _end_what_closed_loops_left(self) -> None:
        """Nothing tells that a loop was closed under a task; others shall not wait for that one."""
        for hub in tuple(self._hubs.values()):
            if hub.is_closed:
                for job in tuple(hub.jobs):
                    self.thread.soon(partial(job.cancel, _nobody))
                hub.jobs.clear()

    async def call(
        self,
        make: Callable[[], Awaitable[T]],
        undo: Callable[[T], Awaitable[object]] | None = None,
        *,
        is_cancelled: bool = False,
    ) -> T:
        """Await ``make()`` in the thread.

        Cancelling ends it there and waits for that end; cancelling again ends the waiting alone.
        ``undo`` gets, in the thread, what nobody will get; it is part of that end. With
        ``is_cancelled`` it is cancelled from the start: for a caller who is.
        """
        hub = self.hub()
        done = asyncio.get_running_loop().create_future()
        told_done = partial(hub.post, partial(_resolve, done))
        job = Job(make, told_done, is_cancelled=is_cancelled)
        hub.jobs.add(job)
        try:
            self.thread.submit(job)
            await done
        except asyncio.CancelledError:
            ended = asyncio.get_running_loop().create_future()
            if self.thread.give_up(job, undo, partial(hub.post, partial(_resolve, ended))):
                await ended  # noqa: ASYNC102 - it is bounded; cancelling again ends it
            raise
        except BaseException:  # the task is destroyed: it can wait for nothing any more
            self.thread.give_up(job, undo, _nobody)
            raise
        finally:
            hub.jobs.discard(job)
        if not job.is_refused:
            return job.result()
        if self.thread.is_forked:
            raise RuntimeClosed
        await told(self.thread.when_ended)
        return await asyncio.to_thread(run_alone, make)

    async def leave(
        self,
        leave: Leave,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave a block of the core; who is cancelled does not wait longer than in the core.

        One of another process's runtime, before a fork, is not ours to be left.
        """
        if not self.thread.is_forked:
            make = partial(leave, kind, value, traceback)
            await self.call(make, is_cancelled=isinstance(value, asyncio.CancelledError))


def _nobody() -> None:
    """Nobody waits."""


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done() and not future.get_loop().is_closed():
        future.set_result(None)


class Inbox(Generic[E]):
    """The consumer's side of a stream: what was delivered, and who waits for more."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._feed: Feed | None = None
        self._hub: Hub | None = None
        """Of the loop that asked and has no answer yet."""
        self._events: Sequence[E] = ()
        self._end: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def refuse(self) -> None:
        """See `Waiting`: who waits now waits in vain."""
        self.post((), RuntimeClosed())

    @property
    def deliver(self) -> Deliver[E]:
        """What the feed calls, in the thread; it does not keep the inbox alive."""
        return partial(_deliver, weakref.ref(self))

    def connect(self, feed: Feed) -> None:
        """Where its events come from."""
        self._feed = feed
        self._bridge.thread.add_stream(self)

    async def batch(self) -> Sequence[E]:
        """The next events, at least one; raises what the stream ends with. Cancelling loses none.

        Raises `trio.BusyResourceError` if another task waits here.
        """
        if self._bridge.thread.is_forked:
            raise RuntimeClosed
        if self._waiter is not None:
            raise trio.BusyResourceError("another task already iterates here")
        if self._hub is not None and self._hub.is_closed:
            self._hub.fan_out()  # what came for it as it ended
        while not self._events:  # what was delivered may be passed over before this task runs
            if self._end is not None:
                raise self._end
            hub = self._bridge.hub()
            self._waiter = waiter = asyncio.get_running_loop().create_future()
            try:
                if self._hub is None and self._feed is not None:
                    self._hub = hub
                    hub.ask(self._feed)
                await waiter
            finally:
                self._waiter = None
        events, self._events = self._events, ()
        return events

    def post(self, events: Sequence[E], end: BaseException | None) -> None:
        """Deliver to the loop that asked; called in the thread."""
        if self._hub is not None:
            self._hub.post(partial(self._take, events, end))

    def _take(self, events: Sequence[E], end: BaseException | None) -> None:
        self._hub = None
        self._events = [*self._events, *events] if self._events else events
        self._end = end or self._end
        waiter = self._waiter
        if waiter is None:
            return
        loop = waiter.get_loop()
        if loop is _running_loop():
            _resolve(waiter)
        else:  # it asked in one loop and waits in another
            with suppress(RuntimeError):  # it is closed: nobody waits
                loop.call_soon_threadsafe(_resolve, waiter)

    def clear(self) -> None:
        """Pass over what was delivered and not taken."""
        self._events = ()

    def close(self) -> None:
        """Nobody takes anything from here any more."""
        if self._feed is not None:
            self._bridge.thread.soon(self._feed.close)


def _deliver(inbox: weakref.ref[Inbox[E]], events: Sequence[E], end: BaseException | None) -> None:
    here = inbox()
    if here is not None:
        here.post(events, end)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def told(tell: Callable[[Callable[[], None]], None]) -> None:
    """Wait until ``tell`` has called what it is given, in whatever thread."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def now() -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_resolve, done)

    tell(now)
    await done

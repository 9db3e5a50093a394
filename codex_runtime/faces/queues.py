"""How a plain thread waits for the thread of a runtime: on a queue, one for each wait.

Owns the waiting for a call and for events, and what Ctrl-C makes of it. Does not know handles: see
`in_threads`. Enter at `Bridge.wait` and `Inbox.batch`.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import trio

from codex_runtime.errors import RuntimeClosed
from codex_runtime.faces.bridge import BridgeBase
from codex_runtime.faces.jobs import Job, run_alone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from codex_runtime.faces.bridge import Leave
    from codex_runtime.faces.feeds import Deliver, Feed

__all__ = ["Bell", "Bridge", "Inbox", "told"]

E = TypeVar("E")
T = TypeVar("T")

_LOOK_S: Final = 0.5
"""How often the main thread looks for signals as it waits: one that comes as a wait begins is not
seen before the wait ends."""


class Bell:
    """What one thread waits for and another one rings; a ring that nobody waits for is kept."""

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake who waits."""
        self._rings.put(None)

    def wait(self, timeout_s: float = math.inf) -> bool:
        """Until it rings; False after ``timeout_s``."""
        is_main = threading.get_ident() == threading.main_thread().ident
        if timeout_s == math.inf and not is_main:  # what a stream costs in a thread
            self._rings.get()
            return True
        look_s = _LOOK_S if is_main else math.inf
        end_s = time.monotonic() + timeout_s
        while not self._rang(min(look_s, end_s - time.monotonic())):
            if time.monotonic() >= end_s:
                return False
        return True

    def _rang(self, timeout_s: float) -> bool:
        try:
            self._rings.get(timeout=None if timeout_s == math.inf else max(0, timeout_s))
        except Empty:
            return False
        return True


class Bridge(BridgeBase):
    """What the handles of one runtime share, in however many threads they are used."""

    def wait(
        self,
        make: Callable[[], Awaitable[T]],
        undo: Callable[[T], Awaitable[object]] | None = None,
    ) -> T:
        """Await ``make()`` in the thread.

        Whatever is raised in here, as Ctrl-C is, ends it there and waits for that end; once more,
        and the waiting alone ends. ``undo`` gets, in the thread, what nobody will get; it is part
        of that end. Raises RuntimeError in that very thread, which would wait for itself.
        """
        self.refuse_inside()
        bell = Bell()
        job = Job(make, bell.ring)
        try:
            self.thread.submit(job)
            bell.wait()
            if not job.is_refused:
                return job.result()
        except BaseException:  # its own error, or Ctrl-C: then it is given up
            if not (job.is_done and job.error is not None):
                bell = Bell()
                if self.thread.give_up(job, undo, bell.ring):
                    bell.wait()
            raise
        told(self.thread.when_ended)
        return run_alone(make)

    def leave(
        self,
        leave: Leave,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave a block of the core.

        One of another process's runtime, before a fork, is not ours to be left.
        """
        if not self.thread.is_forked:
            self.wait(partial(leave, kind, value, traceback))

    def refuse_inside(self) -> None:
        """Raise RuntimeError in the thread of the runtime, RuntimeClosed in the child of a fork."""
        if self.thread.is_forked:
            raise RuntimeClosed
        if self.thread.is_current:
            raise RuntimeError(
                "this is the runtime's own thread, which a blocking call would stop: call from a "
                "plain function, which has a thread of its own, instead of an async one"
            )


class Inbox(Generic[E]):
    """The consumer's side of a stream: what was delivered, and who waits for more.

    Ctrl-C may come between any two steps of `batch`: so what was delivered stays here until it is
    taken in one step, and to ask once too often does no harm.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._feed: Feed | None = None
        self._events: Sequence[E] = ()
        self._end: BaseException | None = None
        self._bell = Bell()
        self._asked = 0
        self._answered = 0
        self._is_read = False

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

    def batch(self, timeout_s: float | None = None) -> Sequence[E]:
        """The next events, at least one; raises what the stream ends with.

        TimeoutError after ``timeout_s`` without any; nothing is lost by it, nor by Ctrl-C. Raises
        `trio.BusyResourceError` if another thread waits here.
        """
        self._bridge.refuse_inside()
        end_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        if self._is_read:
            raise trio.BusyResourceError("another thread already iterates here")
        try:
            self._is_read = True
            while not self._events:
                if self._end is not None:
                    raise self._end
                self._ask()
                left_s = end_s if end_s == math.inf else end_s - time.monotonic()
                if not self._bell.wait(left_s):
                    raise TimeoutError
            events, self._events = self._events, ()
            return events
        finally:
            self._is_read = False

    def _ask(self) -> None:
        if self._feed is None or self._asked > self._answered:
            return
        if not self._bridge.thread.soon(self._feed.serve):
            self._feed.serve()  # the thread has ended: nobody else takes anything any more
        self._asked += 1

    def post(self, events: Sequence[E], end: BaseException | None) -> None:
        """Deliver; called in the thread."""
        if events:
            self._events = [*self._events, *events] if self._events else events
        if end is not None:
            self._end = StopIteration() if isinstance(end, StopAsyncIteration) else end
        self._answered += 1
        self._bell.ring()

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


def told(tell: Callable[[Callable[[], None]], None]) -> None:
    """Wait until ``tell`` has called what it is given, in whatever thread."""
    bell = Bell()
    tell(bell.ring)
    bell.wait()

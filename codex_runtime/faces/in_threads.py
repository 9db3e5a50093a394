"""The base of the handles for plain Python: blocks, streams and turns of the core, in any thread.

Owns how each is entered, iterated and left. Does not know their methods, which
``generated.blocking`` has, nor how a thread waits (`queues`). Enter at `Handle`.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, final, overload

import trio

from codex_runtime.engine.handshake import warn_if_untested
from codex_runtime.errors import ConfigError, RuntimeClosed
from codex_runtime.faces.bridge import Entry, weakly
from codex_runtime.faces.feeds import DoorFeed, feed_of
from codex_runtime.faces.queues import Bridge, Inbox, told
from codex_runtime.faces.thread import OwnedThread
from codex_runtime.faces.user_code import ThreadHost
from codex_runtime.session.consuming import Consuming
from codex_runtime.session.state.pacing import Pacing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType
    from typing import Self

    from codex_runtime.faces.feeds import PagesOfCore
    from codex_runtime.protocol import Notification
    from codex_runtime.runtime.runtime import Runtime
    from codex_runtime.session.turn import Turn

__all__ = [
    "Block",
    "Bridge",
    "EventBlock",
    "Handle",
    "Opening",
    "PagerHandle",
    "Throttle",
    "TurnHandle",
    "throttle",
]

C = TypeVar("C")
E = TypeVar("E")
T = TypeVar("T")
V = TypeVar("V")


_LAST_STEP_S: Final = 1.0
"""What a thread needs to be gone once it has said that it ended, and much more."""


def _nothing() -> None:
    """Nobody wants to know."""


class Handle(Generic[C]):
    """A handle of the core, and the way to its thread."""

    def __init__(self, bridge: Bridge, core: C) -> None:
        self._bridge = bridge
        self._core = core

    def __repr__(self) -> str:
        return repr(self._core)


class Block(Handle[C], Generic[C, V]):
    """A block of the core: entered and left in its thread, also if it is forgotten and collected.

    ``core`` is an async context manager that gives a ``V``, and is not entered yet.
    """

    def __init__(self, bridge: Bridge, core: C) -> None:
        super().__init__(bridge, core)
        self._entry = Entry(cast("AbstractAsyncContextManager[V]", core))
        self._forgotten: weakref.finalize[..., Any] | None = None  # Any: nobody looks at it
        self._on_leave: Callable[[], None] = _nothing
        """Called when it is left; must not keep the block's user alive."""

    def _enter(self) -> V:
        entry, thread = self._entry, self._bridge.thread
        # First: between two steps of this one there may be an exception that nobody raised here.
        self._forgotten = weakref.finalize(self, thread.spawn, entry.leave)
        self._forgotten.atexit = False
        return self._bridge.wait(entry.enter, undo=lambda _: entry.leave())

    def _leave(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._on_leave()
        self._bridge.leave(self._entry.leave, kind, value, traceback)
        self._on_leave()  # again: an answer was under way
        if self._forgotten is not None:
            self._forgotten.detach()


class EventBlock(Block[C, V], Generic[C, V, E]):
    """A block whose events are iterated."""

    def __init__(self, bridge: Bridge, core: C) -> None:
        super().__init__(bridge, core)
        self._inbox: Inbox[E] = Inbox(bridge)
        self._inbox.connect(feed_of(core, bridge.thread, self._inbox.deliver))
        self._newest = cast("Callable[[], E] | None", getattr(core, "newest", None))
        """What is told is only that there is something: the newest is handed out."""
        self._arrived: deque[E] = deque()

    def _next(self, timeout_s: float | None = None) -> E:
        while not self._arrived:
            self._arrived.extend(self._inbox.batch(timeout_s))
        event = self._arrived.popleft()
        return event if self._newest is None else self._newest()

    def _leave(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inbox.close()
        try:
            super()._leave(kind, value, traceback)
        finally:
            self._arrived.clear()
            self._inbox.clear()


class PagerHandle(Handle[C], Generic[C, E]):
    """The rows of a list: the thread is asked for a page, and they are handed out here."""

    def __init__(self, bridge: Bridge, core: C) -> None:
        super().__init__(bridge, core)
        self._rows = cast("PagesOfCore[E]", core)
        self._arrived: deque[E] = deque()
        self._lock = threading.Lock()

    def _next(self) -> E:
        with self._alone():
            if not self._arrived:
                self._bridge.wait(self._bring)
            if not self._arrived:
                raise StopIteration
            return self._arrived.popleft()

    def _page(self) -> tuple[E, ...]:
        with self._alone():
            if not self._arrived:
                self._bridge.wait(self._bring)
            rows = tuple(self._arrived)
            self._arrived.clear()
            return rows

    async def _bring(self) -> None:
        """In the thread: what nobody waits for any more is there for the next who asks."""
        self._arrived.extend(await self._rows.next_page())

    @contextmanager
    def _alone(self) -> Generator[None]:
        if not self._lock.acquire(blocking=False):
            raise trio.BusyResourceError("another thread already reads from this pager")
        try:
            yield
        finally:
            self._lock.release()


class TurnHandle(Consuming, Handle["Turn"]):
    """A turn under way; ``block`` is that which it was given by, and is not forgotten before it."""

    def __init__(self, bridge: Bridge, core: Turn, block: Block[Any, Turn]) -> None:
        Consuming.__init__(self)
        self._bridge, self._core = bridge, core
        self._block = block
        # Two classes of one module: the block passes over what is unread when it is left.
        block._on_leave = weakly(self._pass_over)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._inbox: Inbox[Notification] = Inbox(bridge)
        self._inbox.connect(DoorFeed(lambda: core.mailbox, self._inbox.deliver))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Notification:
        for event in self._unread:  # what a fast stream costs: no call, no wait
            return event
        return self._next()

    def _pass_over(self) -> None:
        self._inbox.clear()
        super()._pass_over()

    def _next(self, timeout_s: float | None = None) -> Notification:
        for event in self._unread:
            return event
        return self._first_of(self._inbox.batch(timeout_s))


@overload
def throttle(events: TurnHandle, *, interval_ms: int = 50) -> Throttle[Notification]: ...
@overload
def throttle(events: EventBlock[Any, Any, E], *, interval_ms: int = 50) -> Throttle[E]: ...
def throttle(
    events: TurnHandle | EventBlock[Any, Any, Any], *, interval_ms: int = 50
) -> Throttle[Any]:
    """Hand over events in updates, at most one per interval.

    ``with throttle(turn) as updates``, then ``for update in updates``. An update is a tuple of
    events, in order, with adjacent text deltas of one item merged into one (``merged``). One that
    holds text alone comes no sooner than ``interval_ms`` after the update before; any other event,
    such as the start or end of an item, is handed over at once, after the text before it. What is
    left is handed over when ``events`` end, before the error if they end with one.

    ``events`` is a `Turn`, a `Subscription`, a `StateView`, or `StateView.events`. Raises
    `ConfigError`.
    """
    return Throttle(events, interval_ms=interval_ms)


@final
class Throttle(Generic[E]):
    """A context manager over updates; made by `throttle`.

    Ctrl-C in the iteration loses nothing: what was taken is in the next update. What is not asked
    for waits where it is. One thread of yours iterates.
    """

    def __init__(self, events: TurnHandle | EventBlock[Any, Any, E], *, interval_ms: int) -> None:
        self._pacing: Pacing[E] = Pacing(interval_ms)
        if not isinstance(cast("object", events), TurnHandle | EventBlock):
            raise ConfigError("events", events, "is no stream of this face", "Give a Turn, or such")
        # Any: what a turn's events are is not known to be E by the type of the turn.
        self._next: Callable[[float | None], E] = cast("Any", events)._next  # noqa: SLF001
        self._lock = threading.Lock()

    def __enter__(self) -> Throttle[E]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pacing.close()

    def __iter__(self) -> Throttle[E]:
        return self

    def __next__(self) -> tuple[E, ...]:
        if not self._lock.acquire(blocking=False):
            raise trio.BusyResourceError("another thread already iterates here")
        try:
            return self._next_update()
        finally:
            self._lock.release()

    def _next_update(self) -> tuple[E, ...]:
        pacing = self._pacing
        if pacing.is_empty:
            self._take(None)
        if pacing.is_empty:
            try:
                pacing.raise_end()
            except StopAsyncIteration:
                raise StopIteration from None
        pacing.begin(time.monotonic())
        with suppress(TimeoutError):
            while not pacing.has_ended and (left_s := pacing.due_s - time.monotonic()) > 0:
                self._take(left_s)
        return pacing.hand_over(time.monotonic())

    def _take(self, timeout_s: float | None) -> None:
        if self._pacing.has_ended:
            return
        asked_s = time.monotonic()
        try:
            event = self._next(timeout_s)
        except StopIteration:
            self._pacing.end(StopAsyncIteration())
        except TimeoutError:
            raise
        except Exception as problem:  # noqa: BLE001 - raised once what came before is handed over
            self._pacing.end(problem)
        else:
            self._pacing.put(event, asked_s)


class Opening:
    """The block of a runtime of its own: entering starts its thread, leaving ends it."""

    def __init__(
        self,
        opener: Callable[[], AbstractAsyncContextManager[Runtime]],
        clock: trio.abc.Clock | None = None,
    ) -> None:
        self._opener = opener
        self._clock = clock
        self._bridge: Bridge | None = None

    def _open(self) -> tuple[Bridge, Runtime]:
        if self._bridge is not None:
            raise RuntimeError("a runtime's block is entered once; call open_runtime again")
        thread = OwnedThread(self._opener, ThreadHost(), self._clock)
        self._bridge = Bridge(thread)
        thread.start()
        try:
            told(thread.when_open)
            warn_if_untested(_opened(thread).server, stacklevel=3)  # at the `with`
        except BaseException:  # Ctrl-C, or it did not start: raised again once nothing is left
            thread.stop(hurry=True)
            told(thread.when_ended)
            thread.join(_LAST_STEP_S)
            raise
        return self._bridge, _opened(thread)

    def _close(self, value: BaseException | None) -> None:
        """``value`` is what the block was left with."""
        if self._bridge is None or self._bridge.thread.is_forked:
            return
        self._bridge.refuse_inside()
        thread = self._bridge.thread
        thread.stop()
        try:
            told(thread.when_ended)
        except BaseException:  # Ctrl-C: the end is bounded; once more, and the waiting ends
            told(thread.when_ended)
            raise
        thread.join(_LAST_STEP_S)
        if thread.problem is not None and value is None:
            raise thread.problem


def _opened(thread: OwnedThread[Runtime]) -> Runtime:
    if thread.resource is None:
        raise thread.problem or RuntimeClosed()
    return thread.resource

"""The base of the handles for asyncio: blocks, streams and turns of the core, used from a task.

Owns how each is entered, iterated and left. Does not know their methods, which ``generated.aio``
has, nor how a task waits (`loops`). Enter at `Handle`.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, final

import trio

from codex_runtime.engine.handshake import warn_if_untested
from codex_runtime.errors import RuntimeClosed
from codex_runtime.faces.bridge import Entry, weakly
from codex_runtime.faces.feeds import DoorFeed, feed_of
from codex_runtime.faces.loops import Bridge, Inbox, told
from codex_runtime.faces.thread import OwnedThread
from codex_runtime.faces.user_code import LoopHost
from codex_runtime.session.consuming import Consuming
from codex_runtime.session.state.pacing import Pacing

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Sequence
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
V = TypeVar("V")

_LAST_STEP_S: Final = 1.0
"""What a thread needs to be gone once it has said that it ended, and much more."""

# A consumer that never waits still lets others of its loop run: every 2 ms, seen so often.
_SLICE_S: Final = 0.002
_SLICE_EVENTS: Final = 64


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

    async def _enter(self) -> V:
        entry, thread = self._entry, self._bridge.thread
        # First: between two steps of this one there may be an exception that nobody raised here.
        self._forgotten = weakref.finalize(self, thread.spawn, entry.leave)
        self._forgotten.atexit = False
        return await self._bridge.call(entry.enter, undo=lambda _: entry.leave())

    async def _leave(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._on_leave()
        await self._bridge.leave(self._entry.leave, kind, value, traceback)
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
        self._taken = 0

    async def _next(self) -> E:
        self._taken += 1
        if self._taken % _SLICE_EVENTS == 0:
            await asyncio.sleep(0)
        while not self._arrived:
            self._arrived.extend(await self._inbox.batch())
        event = self._arrived.popleft()
        return event if self._newest is None else self._newest()

    async def _leave(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._inbox.close()
        try:
            await super()._leave(kind, value, traceback)
        finally:
            self._arrived.clear()
            self._inbox.clear()


class PagerHandle(Handle[C], Generic[C, E]):
    """The rows of a list: the thread is asked for a page, and they are handed out here."""

    def __init__(self, bridge: Bridge, core: C) -> None:
        super().__init__(bridge, core)
        self._rows = cast("PagesOfCore[E]", core)
        self._arrived: deque[E] = deque()

    async def _next(self) -> E:
        if not self._arrived:
            await self._bridge.call(self._bring)
        if not self._arrived:
            raise StopAsyncIteration
        return self._arrived.popleft()

    async def _page(self) -> tuple[E, ...]:
        if not self._arrived:
            await self._bridge.call(self._bring)
        rows = tuple(self._arrived)
        self._arrived.clear()
        return rows

    async def _bring(self) -> None:
        """In the thread: what nobody waits for any more is there for the next who asks."""
        self._arrived.extend(await self._rows.next_page())


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
        self._arrived: Sequence[Notification] = ()
        self._at = 0
        self._slice_end_s = 0.0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notification:
        for event in self._unread:  # what a fast stream costs: no call, no wait
            return event
        return await self._next()

    async def _next(self) -> Notification:
        if self._at < len(self._arrived) and time.perf_counter() >= self._slice_end_s:
            await asyncio.sleep(0)
            self._begin_slice()
        if self._at >= len(self._arrived):
            self._arrived, self._at = await self._inbox.batch(), 0
            self._begin_slice()
        begin = self._at
        self._at = begin + _SLICE_EVENTS
        return self._first_of(self._arrived[begin : self._at])

    def _begin_slice(self) -> None:
        self._slice_end_s = time.perf_counter() + _SLICE_S

    def _pass_over(self) -> None:
        self._arrived, self._at = (), 0
        self._inbox.clear()
        super()._pass_over()


def throttle(events: AsyncIterable[E], *, interval_ms: int = 50) -> Throttle[E]:
    """Hand over events in updates, at most one per interval.

    ``async with throttle(turn) as updates``, then ``async for update in updates``. An update is a
    tuple of events, in order, with adjacent text deltas of one item merged into one (``merged``).
    One that holds text alone comes no sooner than ``interval_ms`` after the update before; any
    other event, such as the start or end of an item, is handed over at once, after the text before
    it. What is left is handed over when ``events`` end, before the error if they end with one.

    ``events`` is a `Turn`, a `Subscription`, `StateView.events`, or anything whose iteration loses
    nothing when it is cancelled (an async generator does). Raises `ConfigError`.
    """
    return Throttle(events, interval_ms=interval_ms)


@final
class Throttle(Generic[E]):
    """An async context manager over updates; made by `throttle`.

    Cancelling the iteration loses nothing: what was taken is in the next update. It starts no task:
    what is not asked for waits where it is. One task iterates.
    """

    def __init__(self, events: AsyncIterable[E], *, interval_ms: int) -> None:
        self._pacing: Pacing[E] = Pacing(interval_ms)
        self._source = aiter(events)
        self._is_busy = False

    async def __aenter__(self) -> Throttle[E]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pacing.close()

    def __aiter__(self) -> Throttle[E]:
        return self

    async def __anext__(self) -> tuple[E, ...]:
        if self._is_busy:
            raise trio.BusyResourceError("another task already iterates here")
        self._is_busy = True
        try:
            return await self._next_update()
        finally:
            self._is_busy = False

    async def _next_update(self) -> tuple[E, ...]:
        clock, pacing = asyncio.get_running_loop().time, self._pacing
        if pacing.is_empty:
            await self._take(clock())
        if pacing.is_empty:
            pacing.raise_end()
        pacing.begin(clock())
        with suppress(TimeoutError):
            async with asyncio.timeout_at(pacing.due_s) as scope:
                while not pacing.has_ended and clock() < pacing.due_s:
                    await self._take(clock())
                    scope.reschedule(pacing.due_s)
        return pacing.hand_over(clock())

    async def _take(self, asked_s: float) -> None:
        if self._pacing.has_ended:
            return
        try:
            event = await anext(self._source)
        except StopAsyncIteration as end:
            self._pacing.end(end)
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

    async def _open(self) -> tuple[Bridge, Runtime]:
        if self._bridge is not None:
            raise RuntimeError("a runtime's block is entered once; call open_runtime again")
        thread = OwnedThread(self._opener, LoopHost(asyncio.get_running_loop()), self._clock)
        self._bridge = Bridge(thread)
        thread.start()
        try:
            await told(thread.when_open)
            warn_if_untested(_opened(thread).server, stacklevel=3)  # at the `async with`
        except GeneratorExit:  # the task is destroyed: it can wait for nothing any more
            thread.stop(hurry=True)
            raise
        except BaseException:  # cancelled, or it did not start: raised again once nothing is left
            thread.stop(hurry=True)
            await told(thread.when_ended)  # noqa: ASYNC102 - it is bounded
            thread.join(_LAST_STEP_S)
            raise
        return self._bridge, _opened(thread)

    async def _close(self, value: BaseException | None) -> None:
        """``value`` is what the block was left with."""
        if self._bridge is None or self._bridge.thread.is_forked:
            return
        thread = self._bridge.thread
        thread.stop()
        try:
            await told(thread.when_ended)
        except asyncio.CancelledError:
            # It is bounded, and cancelling again ends the waiting.
            await told(thread.when_ended)  # noqa: ASYNC102
            raise
        thread.join(_LAST_STEP_S)
        if thread.problem is not None and value is None:
            raise thread.problem


def _opened(thread: OwnedThread[Runtime]) -> Runtime:
    if thread.resource is None:
        raise thread.problem or RuntimeClosed()
    return thread.resource

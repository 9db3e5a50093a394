"""`Mailbox`: the hand-over from the reader to one consumer.

The reader puts events and wakes the consumer once per chunk; the consumer takes without a lock and
lets others run by time. Owns the moments and the order. Does not know what a backlog merges, drops
or refuses (`merging`, `backlogs`). `Mailbox` is a subscriber's, `TurnMailbox` a turn's. A consumer
that is no trio task takes all at once (`take`), when it is called for it (`when_ready`).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import trio

from codex_runtime.engine.merging import Coalescing
from codex_runtime.protocol.delta_lines import DELTA_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.connection.counters import Counters
    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["Backlog", "Mailbox", "TurnMailbox"]

# A consumer that never blocks still lets others run: every 2 ms, the clock read every 32nd event.
_SLICE_S: Final = 0.002
_BATCH_EVENTS: Final = 32


class Backlog(Protocol):
    """What is unread, oldest first; where a delivery policy lives."""

    def __len__(self) -> int: ...

    def popleft(self) -> Notification:
        """Take the oldest."""
        ...

    def clear(self) -> None:
        """Forget all."""
        ...


class _Door:
    """Where one consumer waits, and what it finds at the end."""

    __slots__ = ("_closed", "_error", "_on_ready", "_slice_end_s", "_taken", "_waiting")

    def __init__(self) -> None:
        self._waiting: trio.lowlevel.Task | None = None
        self._on_ready: Callable[[], None] | None = None
        self._closed = False
        self._error: BaseException | None = None
        self._taken = 0
        """Since the clock was read, or since it waited."""
        self._slice_end_s: float | None = None
        """From when on others are due; None right after a wait."""

    def wake(self) -> None:
        """The chunk is done: let a waiting consumer run."""
        if self._on_ready is not None:
            self._call()
        if self._waiting is not None:
            trio.lowlevel.reschedule(self._waiting)
            self._waiting = None

    def when_ready(self, on_ready: Callable[[], None]) -> None:
        """Have ``on_ready`` called once, by the reader: after the next chunk that brings something.

        Or at the end. Raises `trio.BusyResourceError` if somebody else waits here.
        """
        if self._on_ready is not None or self._waiting is not None:
            raise trio.BusyResourceError("another task already iterates here")
        self._on_ready = on_ready

    def _call(self) -> None:
        on_ready, self._on_ready = self._on_ready, None
        if on_ready is not None:
            on_ready()

    def close(self, error: BaseException | None = None) -> None:
        """No more will come: what is here is still read, then the end, or ``error``."""
        if not self._closed:
            self._closed = True
            self._error = error
            self.wake()

    @property
    def is_closed(self) -> bool:
        """Nothing is put any more; what is here may still be taken."""
        return self._closed

    @property
    def error(self) -> BaseException | None:
        """What the consumer is told at the end, if not just that."""
        return self._error

    async def _let_others_run(self) -> None:
        self._taken = 0
        now_s = trio.current_time()
        if self._slice_end_s is not None and now_s >= self._slice_end_s:
            await trio.lowlevel.checkpoint()
            now_s = trio.current_time()
            self._slice_end_s = None
        if self._slice_end_s is None:
            self._slice_end_s = now_s + _SLICE_S

    async def _wait(self) -> None:
        """Until something was put; raises at the end."""
        if self._closed:
            await trio.lowlevel.checkpoint()
            if self._error is not None:
                raise self._error
            raise StopAsyncIteration
        if self._waiting is not None or self._on_ready is not None:
            raise trio.BusyResourceError("another task already iterates here")
        # Of many turns nearly every event wakes somebody, and a trio.Event would double its cost.
        self._waiting = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._stop_waiting)
        self._taken = 0
        self._slice_end_s = None

    def _stop_waiting(self, _: object) -> trio.lowlevel.Abort:
        self._waiting = None
        return trio.lowlevel.Abort.SUCCEEDED


class Mailbox(_Door):
    """A queue from synchronous code to one task; what is unread is in ``backlog``."""

    __slots__ = ("_backlog",)

    def __init__(self, backlog: Backlog) -> None:
        super().__init__()
        self._backlog: Final = backlog

    def drop(self) -> None:
        """Forget what was not read, and take no more."""
        self.close()
        self._backlog.clear()

    def __len__(self) -> int:
        return len(self._backlog)

    def take(self) -> list[Notification]:
        """All that is unread, in order."""
        events: list[Notification] = []
        while self._backlog:
            events.append(self._backlog.popleft())
        return events

    async def get(self) -> Notification:
        """The next event, in order; cancelling loses none.

        Raises `StopAsyncIteration` at the end, or the error the mailbox was closed with;
        `trio.BusyResourceError` if another task waits here.
        """
        if self._taken >= _BATCH_EVENTS:
            await self._let_others_run()
        while not self._backlog:
            await self._wait()
        self._taken += 1
        return self._backlog.popleft()


class TurnMailbox(_Door):
    """The unread events of a turn: one by one up to a mark, merged past it.

    Below the mark an event is appended and nothing else; whether the mark was passed is seen once
    per chunk, in `wake`. ``fold`` is told of every delta, in the order of each text, merged ones as
    one: so that a text which nobody reads is not held twice while it grows.
    """

    __slots__ = (
        "_counters",
        "_fold",
        "_is_past_mark",
        "_mark_events",
        "_ready",
        "_rest",
        "_seen_events",
    )

    def __init__(
        self,
        mark_events: int,
        counters: Counters,
        fold: Callable[[Sequence[TextDelta]], None],
    ) -> None:
        super().__init__()
        self._fold: Final = fold
        self._ready: Final[deque[Notification]] = deque()
        """Read before what is in the rest, which is merged."""
        self._rest: Final = Coalescing(mark_events, counters)
        self._counters: Final = counters
        self._mark_events: Final = mark_events
        self._is_past_mark = False
        """Holds whenever there is a rest: nothing may be put in front of it."""
        self._seen_events = 0
        """So many may be ready before `wake` looks at them again; at most the mark."""

    def put(self, event: Notification) -> None:
        """Take the next event, which is no text delta; a closed mailbox takes none."""
        if self._closed:
            return
        if self._is_past_mark:
            self._put_past_mark(event)
        else:
            self._ready.append(event)

    def extend(self, deltas: Sequence[TextDelta]) -> None:
        """Take the next events, in order; what a closed mailbox does not take is folded."""
        if self._is_past_mark and not self._closed:
            for delta in deltas:
                self._put_past_mark(delta, self._fold_one)
            return
        self._fold(deltas)
        if not self._closed:
            self._ready.extend(deltas)

    def settle(self) -> None:
        """Fold what is still being merged; the next delta begins an event of its own."""
        self._rest.settle()

    def _fold_one(self, delta: TextDelta) -> None:
        self._fold((delta,))

    def wake(self) -> None:
        """The chunk is done: merge what is past the mark, let a waiting consumer run."""
        if self._on_ready is not None:
            self._call()  # it takes what is here, so that nothing of it need be merged
        if len(self._ready) > self._seen_events:
            self._look()
        if self._waiting is not None:
            trio.lowlevel.reschedule(self._waiting)
            self._waiting = None

    def drop(self) -> None:
        """Forget what was not read, and take no more."""
        self.close()
        self._ready.clear()
        self._rest.clear()

    def __len__(self) -> int:
        return len(self._ready) + len(self._rest)

    def take(self) -> list[Notification]:
        """All that is unread, in order."""
        events = list(self._ready)
        self._ready.clear()
        while self._rest:
            events.append(self._rest.popleft())
        return events

    async def batch(self, at_most: int = _BATCH_EVENTS) -> list[Notification]:
        """The next events, in order, at least one; cancelling loses none.

        Raises `StopAsyncIteration` at the end, `trio.BusyResourceError` if another task waits here.
        """
        if self._taken >= _BATCH_EVENTS:
            await self._let_others_run()
        ready = self._ready
        while not ready:
            if self._rest:
                self._taken += 1
                return [self._rest.popleft()]
            await self._wait()
        if len(ready) > at_most:
            events = [ready.popleft() for _ in range(at_most)]
        else:
            events = list(ready)
            ready.clear()
        self._taken += len(events)
        return events

    def _look(self) -> None:
        ready = self._ready
        self._counters.peak_unread_events = max(self._counters.peak_unread_events, len(ready))
        self._seen_events = min(len(ready), self._mark_events)
        if len(ready) > self._mark_events:
            surplus = [ready.pop() for _ in range(len(ready) - self._mark_events)]
            self._is_past_mark = True
            for event in reversed(surplus):
                self._put_past_mark(event)  # folded as it came
            self.settle()

    def _put_past_mark(
        self, event: Notification, on_joined: Callable[[TextDelta], None] | None = None
    ) -> None:
        """Behind what is in the rest, until that was read."""
        unread = len(self._ready) + len(self._rest)
        if unread < self._mark_events and not self._rest:
            self._ready.append(event)
            self._is_past_mark = False
            if on_joined is not None and isinstance(event, DELTA_TYPES):
                on_joined(event)
        else:
            self._is_past_mark = True
            self._rest.add(event, unread, on_joined)
            self._counters.peak_unread_events = max(self._counters.peak_unread_events, unread + 1)

"""`throttle`: events at the pace of a screen.

Owns when what has arrived is handed over: at most once per interval, at once when something other
than text happened. Knows nothing of where the events come from but that they are iterated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar, final

import trio

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_int
from codex_runtime.protocol.delta_lines import TextDelta
from codex_runtime.session.state.unread import Unread

if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from types import TracebackType

__all__ = ["Throttle", "throttle"]

E = TypeVar("E")

_GATHER_S: Final = 0.002
"""What has arrived already is taken along; so long it may take to find it."""


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
        check_int("interval_ms", interval_ms, ConfigError, at_least=1, at_most=3_600_000)
        self._source = aiter(events)
        self._interval_s = interval_ms / 1000
        self._gather_s = min(_GATHER_S, self._interval_s)
        self._pending: Unread[E] = Unread()
        self._last_s = float("-inf")
        self._is_urgent = False
        self._end: Exception | None = None
        self._is_busy = False

    async def __aenter__(self) -> Throttle[E]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._end is None:
            self._end = StopAsyncIteration()
        self._pending.take_all()

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
        if not self._pending:
            await self._take()
        if not self._pending:
            await trio.lowlevel.checkpoint()
            end, self._end = self._end, StopAsyncIteration()
            raise end or self._end
        await self._gather()
        self._last_s = trio.current_time()
        self._is_urgent = False
        return self._pending.take_all()

    async def _gather(self) -> None:
        """Take what else comes until the update is due."""
        now_s = trio.current_time()
        soon_s = now_s + self._gather_s
        due_s = soon_s if self._is_urgent else max(soon_s, self._last_s + self._interval_s)
        with trio.move_on_at(due_s) as scope:
            while self._end is None and (now_s := trio.current_time()) < scope.deadline:
                await self._take()
                if self._is_urgent:
                    scope.deadline = min(scope.deadline, now_s + self._gather_s)

    async def _take(self) -> None:
        """One event of the source, or its end, which is kept for after what came before it."""
        if self._end is not None:
            return
        try:
            event = await anext(self._source)
        except StopAsyncIteration as end:
            self._end = end
        except Exception as problem:  # noqa: BLE001 - raised once what came before is handed over
            self._end = problem
        else:
            self._is_urgent = self._is_urgent or not isinstance(event, TextDelta)
            self._pending.put(event)

"""`throttle`: events at the pace of a screen.

Owns the waiting for them in a trio task; when they are handed over is `Pacing`'s. Knows nothing of
where the events come from but that they are iterated. Enter at `throttle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, final

import trio

from codex_runtime.session.state.pacing import Pacing

if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from types import TracebackType

__all__ = ["Throttle", "throttle"]

E = TypeVar("E")


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
        pacing = self._pacing
        if pacing.is_empty:
            await self._take()
        if pacing.is_empty:
            await trio.lowlevel.checkpoint()
            pacing.raise_end()
        pacing.begin(trio.current_time())
        with trio.move_on_at(pacing.due_s) as scope:
            while not pacing.has_ended and trio.current_time() < scope.deadline:
                await self._take()
                scope.deadline = pacing.due_s
        return pacing.hand_over(trio.current_time())

    async def _take(self) -> None:
        """One event of the source, or its end, which is kept for after what came before it."""
        if self._pacing.has_ended:
            return
        asked_s = trio.current_time()
        try:
            event = await anext(self._source)
        except StopAsyncIteration as end:
            self._pacing.end(end)
        except Exception as problem:  # noqa: BLE001 - raised once what came before is handed over
            self._pacing.end(problem)
        else:
            self._pacing.put(event, asked_s)

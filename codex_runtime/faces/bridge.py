"""`BridgeBase`: what the users of one runtime hold of its thread.

Owns the way to the thread as long as somebody holds it: when nobody does any more, the thread is
asked to stop. How one waits for an answer is each face's own: `in_asyncio` and `in_threads`.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from codex_runtime.faces.thread import OwnedThread

__all__ = ["BridgeBase", "Entry", "Leave", "weakly"]

T = TypeVar("T")
V = TypeVar("V")


class Leave(Protocol):
    """What leaves a block of the core: its ``__aexit__``, or that of an `Entry`."""

    async def __call__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> object:
        """As ``__aexit__``."""
        ...


class BridgeBase:
    """The half that both faces share."""

    def __init__(self, thread: OwnedThread[Any]) -> None:  # Any: whatever it opens
        self.thread: OwnedThread[Any] = thread
        stop = weakref.finalize(self, thread.stop, hurry=True)
        stop.atexit = False  # the thread has its own way then

    def now(self, function: Callable[[], T]) -> T:
        """Run something quick in the thread, and wait for it."""
        return self.thread.now(function)


class Entry(Generic[V]):
    """A block of the core, left once however many see to it; all of it runs in the thread."""

    def __init__(self, manager: AbstractAsyncContextManager[V]) -> None:
        self._manager = manager
        self._is_entered = False

    async def enter(self) -> V:
        """Enter it."""
        entered = await self._manager.__aenter__()
        self._is_entered = True
        return entered

    async def leave(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leave it, if it was entered and not left yet."""
        if self._is_entered:
            self._is_entered = False
            await self._manager.__aexit__(kind, value, traceback)


def weakly(method: Callable[[], None]) -> Callable[[], None]:
    """A call of a bound method that does not keep its object alive, and does nothing after it."""
    weak = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := weak()) is not None:
            alive()

    return call

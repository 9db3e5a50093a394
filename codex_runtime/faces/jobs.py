"""What one thread has another one do: a coroutine (`Job`), or something quick (`Quick`).

Owns their outcome, and that whoever waits for it is told once, whatever happens to the thread. Does
not know how one waits. Enter at `OwnedThread.submit` and `OwnedThread.now`, which run them.
"""

from __future__ import annotations

import threading
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import trio

from codex_runtime.errors import RuntimeClosed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Job", "Quick", "Waiting", "run_alone"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_NOW_S: Final = 30.0
"""Something quick that takes so long never ends."""

_ALONE_S: Final = 1.0
"""What is known is told at once; a wait that is longer is for something that never comes."""

_DONE: Final = True
_REFUSED: Final = False


class Waiting(Protocol):
    """What is under way between the threads."""

    def refuse(self) -> None:
        """The thread has ended: it will never be done."""


class Job(Generic[T_co]):
    """A coroutine of the thread that somebody elsewhere waits for.

    ``on_done`` is called in the thread, or by whoever finds that it has ended; it must not raise.
    With ``is_cancelled`` it begins so: what it waits for unshielded it does not wait for.
    """

    def __init__(
        self,
        make: Callable[[], Awaitable[T_co]],
        on_done: Callable[[], None],
        *,
        is_cancelled: bool = False,
    ) -> None:
        self._make = make
        self._on_done: Callable[[], None] = on_done
        self._scope = trio.CancelScope()
        if is_cancelled:
            self._scope.cancel()
        self._has_begun = False
        self._context = copy_context()
        """The caller's: what runs on behalf of a turn is known by it."""
        self.value: T_co | None = None
        self.has_value: bool = False
        self.error: BaseException | None = None
        self.is_done: bool = False
        self.is_refused: bool = False
        """It never began: its thread was at its end."""

    def begin(self, nursery: trio.Nursery, on_end: Callable[[Waiting], None]) -> None:
        """Run it in ``nursery``, unless it was given up."""
        if self.is_done:
            on_end(self)
            return
        self._has_begun = True
        self._context.run(nursery.start_soon, self._run, on_end)

    async def _run(self, on_end: Callable[[Waiting], None]) -> None:
        try:
            with self._scope:
                self.value = await self._make()
                self.has_value = True
        except trio.Cancelled:
            raise
        except BaseException as problem:  # noqa: BLE001 - raised where it is waited for
            # No nursery is in a call of the core, so that a group of these holds no `Cancelled`.
            self.error = problem
        finally:
            on_end(self)
            self._end()

    def cancel(self, on_done: Callable[[], None]) -> None:
        """End it; ``on_done`` is told of its end in the place of who was to be told before."""
        self._scope.cancel()
        if not self._has_begun:
            self.refuse()  # whoever gave it was stopped before it was on its way
        if self.is_done:
            on_done()
        else:
            self._on_done = on_done

    def refuse(self) -> None:
        """See `Waiting`."""
        self.is_refused = not self.is_done
        self._end()

    def _end(self) -> None:
        if not self.is_done:
            self.is_done = True
            self._on_done()

    def result(self) -> T_co:
        """What it returned, or what it raised; `RuntimeClosed` if it was ended with the thread."""
        if self.has_value:
            # The cast of it would cost a call: it was set.
            return self.value  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
        raise self.error or RuntimeClosed()


class Quick(Generic[T]):
    """A function to be run between two steps of the thread."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._done: SimpleQueue[bool] = SimpleQueue()
        self.value: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Run it; called in the thread."""
        try:
            self.value = self._function()
        except BaseException as problem:  # noqa: ASYNC103, BLE001 - raised where it is waited for
            self.error = problem
        self._done.put(_DONE)

    def refuse(self) -> None:
        """See `Waiting`."""
        self._done.put(_REFUSED)

    def wait(self) -> bool:
        """Until it has run; False if it never will."""
        try:
            return self._done.get(timeout=_NOW_S)
        except Empty:
            raise RuntimeError("the thread of the runtime is stuck") from None


def run_alone(make: Callable[[], Awaitable[T]]) -> T:
    """Await ``make()`` on its own, in a thread for this: what it belongs to has ended.

    What the core answers then it answers at once; what would wait for something that never comes is
    `RuntimeClosed`.
    """

    async def alone() -> None:
        with trio.move_on_after(_ALONE_S):
            outcome.append(await make())

    def run() -> None:
        try:
            trio.run(alone)
        except BaseException as problem:  # noqa: ASYNC103, BLE001 - raised below
            problems.append(problem)

    outcome: list[T] = []
    problems: list[BaseException] = []
    thread = threading.Thread(target=partial(copy_context().run, run), daemon=True)
    thread.start()
    thread.join()
    for problem in problems:
        raise problem
    for value in outcome:
        return value
    raise RuntimeClosed

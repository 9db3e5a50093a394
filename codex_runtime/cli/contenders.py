"""The two faces as clients on trial: each used where its users are, in a thread of its own.

Owns an asyncio loop in a thread, the blocking calls in threads, and what a cancellation is there: a
task that is cancelled, or nothing. Knows no fault. Enter at `CONTENDERS`.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import trio

from codex_runtime.faces.generated import aio, blocking
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.testing.fake_runtime import open_runtime_on
from codex_runtime.testing.faults import ClientOptions, Contender, OurClient, Place
from codex_runtime.testing.faults.elsewhere import reachable_elsewhere
from codex_runtime.testing.faults.in_trio import seen_from_trio
from codex_runtime.testing.faults.joint_clock import JointClock, RestingSelector, Seat
from codex_runtime.testing.faults.ours import runtime_fields, translated
from codex_runtime.transport.held_error import HeldError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from codex_runtime.testing.faults.in_trio import Elsewhere
    from codex_runtime.testing.faults.ours import UserCode

__all__ = ["CONTENDERS", "open_in_asyncio", "open_in_threads"]

_ENDED: Final = object()
_THREADS: Final = 2000


class _Called:
    """The trial's own code, called by a function of the user in another thread."""

    # Any here and below: whatever the function takes and returns.
    def __init__(self, call: Callable[[], Awaitable[Any]], on_end: Callable[[], object]) -> None:
        self.scope: trio.CancelScope = trio.CancelScope()
        self.value: Any = None
        self.problem: BaseException | None = RuntimeError("the trial was left")
        self._call = call
        self._on_end = on_end

    async def run(self) -> None:
        """In the trial."""
        try:
            with self.scope:
                self.value = await self._call()
                self.problem = None
        except Exception as problem:  # noqa: BLE001 - raised where it was called
            self.problem = problem
        finally:
            self._on_end()

    def result(self) -> Any:
        """In the other thread."""
        if self.problem is not None:
            raise self.problem
        return self.value


class _Trial:
    """Where the trial runs, for whoever is elsewhere."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.token: trio.lowlevel.TrioToken = trio.lowlevel.current_trio_token()
        self.nursery: trio.Nursery = nursery
        self.is_open: bool = True

    def begin(self, called: _Called) -> None:
        """Run it; called in another thread."""
        self.token.run_sync_soon(self._begin, called)

    def _begin(self, called: _Called) -> None:
        if self.is_open:
            self.nursery.start_soon(called.run)


class _InLoop:
    """An asyncio loop, and its tasks as seen from trio; see `Elsewhere`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, trial: _Trial) -> None:
        self._loop = loop
        self._trial = trial

    async def call(self, method: Any, *args: Any, **named: Any) -> Any:
        """See `Elsewhere`: a task, which is cancelled with this one."""
        awaiting = _Awaiting(self._loop, partial(method, *args, **named))
        return await awaiting.result()

    async def enter(self, block: Any) -> Any:
        """See `Elsewhere`."""
        return await self.call(block.__aenter__)

    async def leave(self, block: Any, problem: BaseException | None) -> None:
        """See `Elsewhere`."""
        if isinstance(problem, trio.Cancelled):
            problem = asyncio.CancelledError()
        kind = None if problem is None else type(problem)
        await self.call(block.__aexit__, kind, problem, None)

    async def next(self, iterator: Any) -> Any:
        """See `Elsewhere`."""

        async def following() -> Any:
            return await anext(iterator, _ENDED)

        event = await self.call(following)
        if event is _ENDED:
            raise StopAsyncIteration
        return event

    def users(self, function: UserCode) -> UserCode:
        """A coroutine function of the loop, which calls the trial's and waits."""

        async def in_loop(*args: Any) -> Any:
            done = asyncio.Event()
            tell = partial(self._loop.call_soon_threadsafe, done.set)
            called = _Called(partial(function, *args), tell)
            self._trial.begin(called)
            try:
                await done.wait()
            except asyncio.CancelledError:
                self._trial.token.run_sync_soon(called.scope.cancel)
                raise
            return called.result()

        return in_loop


class _Awaiting:
    """One task of the loop that a task of the trial waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, make: Callable[[], Awaitable[Any]]) -> None:
        self._loop = loop
        self._make = make
        self._token = trio.lowlevel.current_trio_token()
        self._waits = trio.lowlevel.current_task()
        self._task: asyncio.Task[Any] | None = None

    async def result(self) -> Any:
        """Wait for it: what it returned, or raised."""
        await trio.lowlevel.checkpoint_if_cancelled()
        self._loop.call_soon_threadsafe(self._begin)
        await trio.lowlevel.wait_task_rescheduled(self._abort)
        if self._task is None:
            raise RuntimeError("a task of the trial went on by itself")
        if self._task.cancelled():
            await trio.lowlevel.checkpoint_if_cancelled()
        return self._task.result()

    def _abort(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._loop.call_soon_threadsafe(self._cancel)
        return trio.lowlevel.Abort.FAILED  # its end is waited for

    # -- in the loop -----------------------------------------------------------------------------

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._run())
        self._task.add_done_callback(self._tell)

    async def _run(self) -> Any:
        return await self._make()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _tell(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()  # is looked at in the trial
        self._token.run_sync_soon(trio.lowlevel.reschedule, self._waits)


class _InThreads:
    """Blocking calls, each in a thread that nothing cancels; see `Elsewhere`."""

    def __init__(self, trial: _Trial) -> None:
        self._trial = trial
        self._limiter = trio.CapacityLimiter(_THREADS)

    async def call(self, method: Any, *args: Any, **named: Any) -> Any:
        """See `Elsewhere`: whoever is cancelled leaves the thread to itself."""
        return await trio.to_thread.run_sync(
            partial(method, *args, **named), abandon_on_cancel=True, limiter=self._limiter
        )

    async def enter(self, block: Any) -> Any:
        """See `Elsewhere`."""
        return await self.call(block.__enter__)

    async def leave(self, block: Any, problem: BaseException | None) -> None:
        """See `Elsewhere`."""
        if isinstance(problem, trio.Cancelled):
            problem = KeyboardInterrupt()
        kind = None if problem is None else type(problem)
        await self.call(block.__exit__, kind, problem, None)

    async def next(self, iterator: Any) -> Any:
        """See `Elsewhere`."""
        event = await self.call(next, iterator, _ENDED)
        if event is _ENDED:
            raise StopAsyncIteration
        return event

    def users(self, function: UserCode) -> UserCode:
        """A plain function, which calls the trial's and waits."""

        def in_thread(*args: Any) -> Any:
            done: SimpleQueue[None] = SimpleQueue()
            called = _Called(partial(function, *args), partial(done.put, None))
            self._trial.begin(called)
            done.get()
            return called.result()

        return in_thread


@asynccontextmanager
async def open_in_asyncio(place: Place, options: ClientOptions) -> AsyncGenerator[OurClient, None]:
    """A runtime of `codex_runtime.aio`, used in a loop of its own."""
    async with _trial() as trial, _loop() as loop:
        elsewhere = _InLoop(loop, trial)
        given = runtime_fields(place, options, elsewhere.users)
        async with _opened(aio, given, place, trial, elsewhere) as client:
            yield client


@asynccontextmanager
async def open_in_threads(place: Place, options: ClientOptions) -> AsyncGenerator[OurClient, None]:
    """A runtime of `codex_runtime.blocking`, used in threads."""
    async with _trial() as trial:
        elsewhere = _InThreads(trial)
        given = runtime_fields(place, options, elsewhere.users)
        async with _opened(blocking, given, place, trial, elsewhere) as client:
            yield client


@asynccontextmanager
async def _trial() -> AsyncGenerator[_Trial, None]:
    async with trio.open_nursery() as nursery:
        trial = _Trial(nursery)
        with HeldError() as held:
            yield trial
        trial.is_open = False
        nursery.cancel_scope.cancel()
    held.release()


@asynccontextmanager
async def _loop() -> AsyncGenerator[asyncio.AbstractEventLoop, None]:
    """A loop that runs in a thread; what it is left with is an error."""
    clock = trio.lowlevel.current_clock()
    with ExitStack() as stack:
        selector = None
        if isinstance(clock, JointClock):
            seat = stack.enter_context(clock.seated(Seat(clock)))
            selector = RestingSelector(seat)
        loop = asyncio.SelectorEventLoop(selector)
        thread = threading.Thread(target=_run_loop, args=(loop,), daemon=True)
        thread.start()
        try:
            yield loop
        finally:
            loop.call_soon_threadsafe(loop.stop)
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(thread.join)


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    with closing(loop):
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())


@asynccontextmanager
async def _opened(
    face: Any, given: dict[str, Any], place: Place, trial: _Trial, elsewhere: Elsewhere
) -> AsyncGenerator[OurClient, None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(translated())
        config = RuntimeConfig(**given)
        opening = face.open_runtime(config)
        if place.connect is not None:
            connect = await stack.enter_async_context(
                reachable_elsewhere(place.connect, trial.nursery)
            )
            clock = trio.lowlevel.current_clock()
            member = None
            if isinstance(clock, JointClock):
                member = stack.enter_context(clock.member())
            opening = face.RuntimeOpening(partial(open_runtime_on, connect, config), member)
        runtime = await stack.enter_async_context(seen_from_trio(opening, elsewhere))
        yield OurClient(runtime)


CONTENDERS: Final = {
    "aio": Contender("codex_runtime.aio", open_in_asyncio, clock=JointClock),
    "blocking": Contender(
        "codex_runtime.blocking", open_in_threads, clock=JointClock, cancels=False
    ),
}
"""By the name that the command knows."""

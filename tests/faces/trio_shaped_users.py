"""Who uses a face in a test: a task of an asyncio loop, or a plain thread.

Owns the loop, the threads, and how a call goes there from the test's trio run and back, with its
context, its exception and its cancellation. Knows the methods of no handle: see `trio_shaped`.
Enter at `AsyncioUser` and `ThreadsUser`.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, TypeVar

import outcome
import trio

from tests.faces.trio_shaped_code import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faces.trio_shaped_code import Function

__all__ = ["BOUND_S", "AsyncioUser", "FaceUser", "ThreadsUser"]

T = TypeVar("T")

BOUND_S: Final = 25.0
"""What was cancelled, or is quick, and takes so long hangs."""

_LAST_STEPS_S: Final = 1.0
"""What tasks may take that nobody waits for any more."""

_LOOK_AGAIN_S: Final = 0.002


class FaceUser(ABC):
    """Somebody with a face in his hands, for one test."""

    prefix: ClassVar[str]
    """Of the special methods: ``__aenter__``, or ``__enter__``."""
    cancellation: ClassVar[type[BaseException]]
    """What comes into a block of his that is ended from outside."""

    def __init__(self) -> None:
        self._token: trio.lowlevel.TrioToken | None = None

    def note_run(self) -> None:
        """The caller is in the test's trio run."""
        self._token = trio.lowlevel.current_trio_token()

    @property
    def token(self) -> trio.lowlevel.TrioToken:
        """Of the test's trio run."""
        assert self._token is not None, "nothing was called yet"
        return self._token

    @abstractmethod
    async def call(self, make: Callable[[], Any]) -> Any:  # Any: whatever that gives
        """Call ``make`` where he is, and wait for what it gives, or what that gives.

        Cancelling is passed on to him if it can be, and his end waited for.
        """

    @abstractmethod
    def now(self, function: Callable[[], T]) -> T:
        """Call, where he is, what does not wait."""

    @abstractmethod
    def adapt(self, function: Function) -> Function:
        """What he would write in the place of ``function``, which is the test's."""

    @abstractmethod
    async def rest(self) -> None:
        """Return once all his calls wait for somebody else."""

    @abstractmethod
    def close(self) -> list[str]:
        """The test is over; returns what was left, and what went wrong unseen."""


class _Call:
    """A call under way elsewhere, which the task that made this waits for."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.context = copy_context()
        self._token = trio.lowlevel.current_trio_token()
        self._task = trio.lowlevel.current_task()
        self._result: Future[Any] | None = None

    def __repr__(self) -> str:
        return repr(self.make)

    async def wait(self, cancel: Callable[[], object]) -> Any:
        """What came of it; ``cancel`` is called when the waiting is cancelled, which goes on."""
        raise_cancelled: Callable[[], NoReturn] | None = None

        def abort(its_raise: Callable[[], NoReturn]) -> trio.lowlevel.Abort:
            nonlocal raise_cancelled
            raise_cancelled = its_raise
            alarm.start()
            cancel()
            return trio.lowlevel.Abort.FAILED

        alarm = threading.Timer(BOUND_S, self.end, (_hung(),))
        alarm.daemon = True
        await trio.lowlevel.wait_task_rescheduled(abort)
        alarm.cancel()
        assert self._result is not None
        if isinstance(problem := self._result.exception(), asyncio.CancelledError):
            assert raise_cancelled is not None, f"cancelled by nobody: {problem!r}"
            raise_cancelled()
        if isinstance(problem, StopIteration):  # which no coroutine can raise
            raise StopAsyncIteration from problem
        return self._result.result()

    def end(self, result: Future[Any]) -> None:
        """Once and in any thread: this came of it."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._end, result)

    def _end(self, result: Future[Any]) -> None:
        if self._result is None:
            self._result = result
            trio.lowlevel.reschedule(self._task)


def _hung() -> Future[Any]:
    result: Future[Any] = Future()
    result.set_exception(AssertionError("what was cancelled does not end"))
    return result


def _outcome(function: Callable[[], T]) -> Future[T]:
    result: Future[T] = Future()
    try:
        result.set_result(function())
    except BaseException as problem:  # noqa: ASYNC103, BLE001 - the caller's, whatever it is
        result.set_exception(problem)
    return result


# -- asyncio ---------------------------------------------------------------------------------------


class AsyncioUser(FaceUser):
    """A program of asyncio, with a loop in a thread of its own; each call is a task there."""

    prefix = "a"
    cancellation = asyncio.CancelledError

    def __init__(self) -> None:
        super().__init__()
        self._problems: list[str] = []
        begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main(begun)), name="asyncio user", daemon=True
        )
        self._thread.start()
        self._loop, self._end = begun.result(BOUND_S)

    async def _main(self, begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(self._note)
        begun.set_result((loop, end))
        await end.wait()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            await asyncio.wait(left, timeout=_LAST_STEPS_S)
        self._problems += [f"a task is left: {task!r}" for task in left if not task.done()]

    def _note(self, _loop: object, context: dict[str, Any]) -> None:
        self._problems.append(f"{context['message']}: {context.get('exception')!r}")

    async def call(self, make: Callable[[], Any]) -> Any:
        """As a task, with the context of the caller."""
        self.note_run()
        call = _Call(make)
        tasks: list[asyncio.Task[None]] = []

        def begin() -> None:
            tasks.append(self._loop.create_task(_await(call), context=call.context))

        def cancel() -> None:  # a task that is cancelled before its first step does not even begin
            self._loop.call_soon(tasks[0].cancel)

        self._loop.call_soon_threadsafe(begin)
        return await call.wait(lambda: self._loop.call_soon_threadsafe(cancel))

    def now(self, function: Callable[[], T]) -> T:
        """His loop does nothing else meanwhile."""
        result: Future[Future[T]] = Future()
        self._loop.call_soon_threadsafe(
            lambda: result.set_result(_outcome(function)), context=copy_context()
        )
        return result.result(BOUND_S).result()

    def adapt(self, function: Function) -> Function:
        """A coroutine function of asyncio."""

        @wraps(function)
        async def in_the_test(*args: Any, **kwargs: Any) -> Any:
            loop, ended = asyncio.get_running_loop(), asyncio.Event()

            def told() -> None:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(ended.set)

            visit = Visit(partial(function, *args, **kwargs), told)
            visit.begin(self.token)
            try:
                await ended.wait()
            finally:
                if not ended.is_set():
                    visit.cancel(self.token)
                    await ended.wait()  # noqa: ASYNC102 - whoever cancels bounds it
            return visit.result()

        return in_the_test

    async def rest(self) -> None:
        """Each task has got as far as it gets at once."""
        await self.call(partial(asyncio.sleep, 0))

    def close(self) -> list[str]:
        """See `FaceUser`."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(BOUND_S)
        if self._thread.is_alive():
            self._problems.append("the loop does not end")
        return self._problems


async def _await(call: _Call) -> None:
    result: Future[Any] = Future()
    try:
        result.set_result(await call.make())
    except BaseException as problem:  # noqa: ASYNC103, BLE001 - the caller's, whatever it is
        result.set_exception(problem)
    call.end(result)


# -- plain threads ---------------------------------------------------------------------------------


class ThreadsUser(FaceUser):
    """A program of plain threads, one for each call that waits.

    Nothing ends such a call from outside: a test that is cancelled waits for it.
    """

    prefix = ""
    cancellation = KeyboardInterrupt

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[_Call, int | None] = {}
        """Those under way, and their threads once they have begun."""

    async def call(self, make: Callable[[], Any]) -> Any:
        """In a thread, with the context of the caller."""
        self.note_run()
        call = _Call(make)
        self._calls[call] = None

        def run() -> Future[Any]:
            self._calls[call] = threading.get_ident()
            return call.context.run(_outcome, make)

        def ended(result: outcome.Outcome[Future[Any]]) -> None:
            del self._calls[call]
            call.end(result.unwrap())

        trio.lowlevel.start_thread_soon(run, ended)
        return await call.wait(lambda: None)

    def now(self, function: Callable[[], T]) -> T:
        """In the thread of the test."""
        return function()

    def adapt(self, function: Function) -> Function:
        """A plain function, which blocks the thread that it is called in."""

        def in_the_test(*args: Any, **kwargs: Any) -> Any:
            ended = threading.Event()
            visit = Visit(partial(function, *args, **kwargs), ended.set)
            visit.begin(self.token)
            ended.wait()
            return visit.result()

        return in_the_test

    async def rest(self) -> None:
        """Each thread stands where it stood a moment before."""
        before: list[object] | None = None
        while before != (places := [*map(_place, tuple(self._calls.values()))]) or None in places:
            before = places
            await trio.sleep(_LOOK_AGAIN_S)

    def close(self) -> list[str]:
        """See `FaceUser`."""
        return [f"a call is left: {call!r}" for call in self._calls]


def _place(thread_id: int | None) -> object:
    """Where the thread stands; None when it has not begun."""
    frame = None if thread_id is None else sys._current_frames().get(thread_id)
    return None if frame is None else (id(frame), frame.f_lasti)

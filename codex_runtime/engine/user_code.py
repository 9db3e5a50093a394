"""Running what users wrote: handlers, hooks and tools, inside tasks that are not theirs.

Owns where a function runs (an async one where the user's code runs, a plain one in a thread) and
what becomes of exceptions that are no `Exception`. Does not know who asked for the call, its
deadline, nor what a failure means. Enter at `run_user_function` and `call_user_code`.
"""

from __future__ import annotations

import inspect
import logging
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

import trio
from trio.lowlevel import RunVar

from codex_runtime.model.functions import kind_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

__all__ = [
    "UserCodeHost",
    "call_user_code",
    "run_in_worker",
    "run_user_callback",
    "run_user_function",
    "user_code_host",
]

T = TypeVar("T")

_log: Final = logging.getLogger("codex_runtime")

_MAX_THREADS: Final = 64
"""Threads of one trio run that plain functions may have at once, hung ones included. They share
none with trio's own limiter, so that the rest of the program never waits for them."""

_limiter: Final[RunVar[trio.CapacityLimiter]] = RunVar("codex_runtime_user_code_limiter")


class UserCodeHost(Protocol):
    """Where async functions of the user run, if that is not this trio run."""

    async def call(
        self,
        function: Callable[..., object],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> object:
        """Call it there, and await there what it returns if that is awaitable.

        Called in the trio run. Cancelling passes the cancellation on and ends within a bound.
        """
        ...


user_code_host: Final[ContextVar[UserCodeHost | None]] = ContextVar(
    "codex_runtime_user_code_host", default=None
)
"""Set before ``trio.run``, it holds for that whole run; without one async functions are awaited in
place. What a task of the run sets is not looked at, so a call may come with any context."""


async def run_user_function(
    function: Callable[..., object], /, *args: object, **kwargs: object
) -> object:
    """Call a function that a user gave, async or plain, and return what comes of it.

    An async one is awaited where the user's code runs: here, or where `user_code_host` says. A
    plain one runs in a thread, which is left alone when this is cancelled. Of lambdas and other
    callables it cannot be told: they run where async ones do. Whatever returns an awaitable gets it
    awaited there too. Context variables go along.
    """
    match kind_of(function):
        case "own":
            return await cast("Awaitable[object]", function(*args, **kwargs))
        case "plain":
            result = await run_in_worker(function, *args, **kwargs)
            if inspect.isawaitable(result):
                return await _run_there(_awaited, (result,), {})
            return result
        case _:
            return await _run_there(function, args, kwargs)


async def run_user_callback(function: Callable[..., object], /, *args: object) -> object:
    """The same for what was never meant to run elsewhere: a plain one runs where async ones do."""
    return await _run_there(function, args, {})


async def run_in_worker(
    function: Callable[..., object], /, *args: object, **kwargs: object
) -> object:
    """Call it in a thread and return what it returns, awaitable or not.

    Cancelling returns at once; the thread goes on, and what comes of it is dropped. It keeps its
    place among the threads of user code until then.
    """
    call = partial(_outside, partial(function, *args, **kwargs))
    (result,) = await trio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=_own_limiter())
    return result


async def call_user_code(call: Callable[[], Awaitable[T]]) -> T:
    """Await ``call()``: its value, its `Exception`, or its cancellation.

    ``SystemExit`` comes out as a `RuntimeError`: an argument parser in a tool ends that call, not
    the program. Of a group that has more than exceptions in it, as a nursery under cancellation
    makes, only the rest comes out. KeyboardInterrupt passes.
    """
    try:
        return await call()
    except SystemExit as problem:
        raise _exit(problem) from problem
    except BaseExceptionGroup as group:  # taken apart: what is no failure is raised again
        if isinstance(group, ExceptionGroup):
            raise
        failed, others = group.split((Exception, SystemExit))
        if others is None:
            raise _exit(group) from group
        if failed is not None:
            _log.warning("user code failed while it was cancelled", exc_info=failed)
        raise others from None


async def _run_there(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> object:
    host = _host()
    if host is not None:
        return await host.call(function, args, kwargs)
    result = function(*args, **kwargs)
    return await result if inspect.isawaitable(result) else result


async def _awaited(awaitable: Awaitable[object]) -> object:
    return await awaitable


def _host() -> UserCodeHost | None:
    """The host of this trio run, whatever the context of the task that asks."""
    root = trio.lowlevel.current_root_task()
    return None if root is None else root.context.get(user_code_host)


def _outside(call: Callable[[], T]) -> tuple[T]:
    """Call it in a thread: a trio run that it starts is not this one."""
    user_code_host.set(None)
    return (call(),)  # in a tuple: trio refuses what looks like a coroutine


def _own_limiter() -> trio.CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        limiter = trio.CapacityLimiter(_MAX_THREADS)
        _limiter.set(limiter)
        return limiter


def _exit(problem: BaseException) -> RuntimeError:
    return RuntimeError(f"it wanted to exit the program: {problem!r}")

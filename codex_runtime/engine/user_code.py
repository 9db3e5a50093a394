"""Awaiting what users wrote: handlers, hooks and tools, inside tasks that are not theirs.

Owns what becomes of exceptions that are no `Exception`: an exit is a failure of that code alone,
and what failed beside a cancellation is logged, so that the cancellation stays one. Does not know
who asked for the call, nor what a failure means. Enter at `call_user_code`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["call_user_code"]

T = TypeVar("T")

_log: Final = logging.getLogger("codex_runtime")


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


def _exit(problem: BaseException) -> RuntimeError:
    return RuntimeError(f"it wanted to exit the program: {problem!r}")

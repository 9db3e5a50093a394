"""A runtime of a face, as trio sees it: the same names, awaited here, done where its user is.

Owns the translation of what is awaited, entered and iterated. Does not know how the face waits:
that is an `Elsewhere`. Enter at `seen_from_trio`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import trio

import codex_runtime
from codex_runtime.testing.faults.verdicts import NotSurvived

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from codex_runtime.runtime.runtime import Runtime

__all__ = ["Elsewhere", "seen_from_trio"]

_LEAVE_S: Final = 120.0


class Elsewhere(Protocol):
    """Where the user of a face is. Each of these raises what was raised there."""

    # Any here and below: whatever the objects of a face take and return.
    async def call(self, method: Any, *args: Any, **named: Any) -> Any:
        """Call a method there; cancelling it is cancelling who called, if there is a way."""

    async def enter(self, block: Any) -> Any:
        """``with`` or ``async with``."""

    async def leave(self, block: Any, problem: BaseException | None) -> None:
        """The end of it; a cancellation is what that is there."""

    async def next(self, iterator: Any) -> Any:
        """The next, or `StopAsyncIteration`."""


def seen_from_trio(opening: object, elsewhere: Elsewhere) -> AbstractAsyncContextManager[Runtime]:
    """The opening of a face's runtime as one of ours."""
    return cast("AbstractAsyncContextManager[Runtime]", _Seen(opening, elsewhere))


class _Seen:
    """An object of a face."""

    def __init__(self, there: Any, elsewhere: Elsewhere) -> None:
        self._there = there
        self._elsewhere = elsewhere

    def _see(self, value: Any) -> Any:
        is_ours = type(value).__module__.startswith(("codex_runtime.faces", "codex_runtime.aio"))
        return _Seen(value, self._elsewhere) if is_ours else value

    def __getattr__(self, name: str) -> Any:
        core = getattr(codex_runtime, type(self._there).__name__, None)
        if not inspect.isfunction(method := getattr(core, name, None)):
            return self._see(getattr(self._there, name))
        if inspect.iscoroutinefunction(method):
            return self._awaited(name)
        return self._called(name)

    def _called(self, name: str) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            return self._see(getattr(self._there, name)(*args, **named))

        return call

    def _awaited(self, name: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            method = getattr(self._there, name)
            return self._see(await self._elsewhere.call(method, *args, **named))

        return call

    async def __aenter__(self) -> Any:
        return self._see(await self._elsewhere.enter(self._there))

    async def __aexit__(
        self, _kind: object, problem: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        # Whoever leaves because of a cancellation is not cancelled again, in asyncio.
        with trio.CancelScope(shield=isinstance(problem, trio.Cancelled)) as scope:
            scope.deadline = trio.current_time() + _LEAVE_S
            await self._elsewhere.leave(self._there, problem)  # noqa: ASYNC102 - it has a deadline
        if scope.cancelled_caught:
            raise NotSurvived("hung: leaving a block")

    def __aiter__(self) -> _Seen:
        return self

    async def __anext__(self) -> Any:
        return self._see(await self._elsewhere.next(self._there))

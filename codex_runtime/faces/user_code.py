"""Where a user's functions run behind a face: on the asyncio loop, or in threads.

Owns the hand-over of one call from the trio thread and of its cancellation, and that a loop which
is blocked, closed or ended by the call never holds the trio thread. Does not know handlers, hooks
or tools: see ``engine.user_code``. Enter at `LoopHost` and `ThreadHost`.
"""

from __future__ import annotations

import inspect
import logging
import threading
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Final, cast, final

import trio

from codex_runtime.engine.user_code import run_in_worker, user_code_host
from codex_runtime.model.functions import kind_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Mapping, Sequence

__all__ = ["LoopHost", "ThreadHost"]

_log: Final = logging.getLogger("codex_runtime")

_CANCEL_S: Final = 1.0
"""How long a cancelled call is waited for; then it is left alone."""

_LOOK_S: Final = 1.0
"""How often a waiting call looks whether its loop was closed: nothing else would tell."""


@final
class LoopHost:
    """Runs functions as tasks of ``loop``, with the context variables of whoever calls.

    Cancelling cancels the task and waits for its end, at most a second: a call that has not begun
    by then never will, one that goes on is left alone. What fails beside a cancellation is logged.
    A call whose loop is closed, or whose task somebody else cancels, raises `RuntimeError`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def call(
        self,
        function: Callable[..., object],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> object:
        """See `UserCodeHost.call`; ``SystemExit`` of the function is raised here, not there."""
        call = _LoopCall(self._loop, partial(function, *args, **kwargs))
        call.begin()
        try:
            while not call.ended.is_set():
                with trio.move_on_after(_LOOK_S):
                    await call.ended.wait()
                if self._loop.is_closed() and not call.ended.is_set():
                    raise RuntimeError("the event loop was closed before the call had ended")
        finally:
            if not call.ended.is_set() and call.give_up():
                with trio.move_on_after(_CANCEL_S, shield=True):
                    await call.ended.wait()
        return call.result()


@final
class ThreadHost:
    """Awaits async functions in the trio thread itself; whatever may be plain runs in a thread.

    So a function may block, and use the runtime, wherever it was given.
    """

    async def call(
        self,
        function: Callable[..., object],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> object:
        """See `UserCodeHost.call`."""
        if kind_of(function) in {"async", "own"}:
            return await cast("Awaitable[object]", function(*args, **kwargs))
        result = await run_in_worker(function, *args, **kwargs)
        return await result if inspect.isawaitable(result) else result


class _LoopCall:
    """One call. Of the methods `begin`, `give_up` and `result` belong to the trio thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
        self.ended: Final = trio.Event()
        self._loop = loop
        self._function = function
        self._token = trio.lowlevel.current_trio_token()
        self._deciding = threading.Lock()
        self._has_begun = False
        self._is_given_up = False
        self._task: asyncio.Task[object] | None = None
        self._is_settled = False
        self._value: object = None
        self._problem: BaseException | None = None

    def begin(self) -> None:
        context = copy_context()
        context.run(user_code_host.set, None)  # a trio run that it starts is not this one
        # The task gets this context whatever the loop's task factory takes.
        self._loop.call_soon_threadsafe(self._start, context=context)

    def give_up(self) -> bool:
        """Nobody wants the result any more; returns whether there is an end to wait for."""
        with self._deciding:
            self._is_given_up = True
            if not self._has_begun:
                return False
        try:
            self._loop.call_soon_threadsafe(self._cancel)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def result(self) -> object:
        if self._problem is not None:
            raise self._problem
        return self._value

    # -- in the loop's thread --------------------------------------------------------------------

    def _start(self) -> None:
        with self._deciding:
            if self._is_given_up:
                return
            self._has_begun = True
        running = self._run()
        try:
            self._task = self._loop.create_task(running)
        except Exception as problem:  # noqa: BLE001 - of the loop's task factory: the call's
            running.close()
            self._settle(problem)
            return
        _running.add(self._task)
        self._task.add_done_callback(self._done)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> object:
        try:
            result = self._function()
            return await result if inspect.isawaitable(result) else result
        except SystemExit as problem:  # from a task it would end the loop
            self._settle(problem)
        except KeyboardInterrupt:  # ends the loop, as it should
            self._settle(RuntimeError("it was interrupted from the keyboard"))
            raise
        return None

    def _done(self, task: asyncio.Task[object]) -> None:
        _running.discard(task)
        if task.cancelled():
            self._settle(
                None if self._is_given_up else RuntimeError("it was cancelled by somebody else")
            )
            return
        problem = task.exception()
        if problem is None:
            self._value = task.result()
        self._settle(problem)

    def _settle(self, problem: BaseException | None) -> None:
        if self._is_settled:
            return
        self._is_settled = True
        self._problem = problem
        if self._is_given_up and problem is not None:
            _log.warning("user code failed while it was cancelled", exc_info=problem)
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self.ended.set)


_running: Final[set[asyncio.Task[object]]] = set()
"""A loop alone does not keep its tasks alive."""

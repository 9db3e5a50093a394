"""Closing a session: one archive, however many ask for it.

Owns the single piece of work behind ``close``, its cached outcome, and which answers count. Does
not know turns beyond the one that it ends first. Source: ``thread/archive``,
``thread/unsubscribe``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.engine.interrupts import interrupt, withdraw
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.errors import (
    CodexRuntimeError,
    RequestError,
    RequestTimeout,
    RuntimeClosed,
    SessionClosed,
    ThreadArchived,
    ThreadNotFound,
)
from codex_runtime.model.results import CloseAction, CloseOutcome
from codex_runtime.protocol import (
    THREAD_ARCHIVE,
    THREAD_UNSUBSCRIBE,
    ThreadArchiveParams,
    ThreadUnsubscribeParams,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.model.results import InterruptOutcome

__all__ = ["CloseWork"]


class CloseWork:
    """One attempt to close; every caller of that attempt waits for it and gets its outcome.

    ``settle`` is awaited before the thread is ended: it brings to an end what still needs that.
    """

    def __init__(
        self,
        engine: Engine,
        line: ThreadLine,
        release: Callable[[], None],
        *,
        ephemeral: bool,
        settle: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._engine = engine
        self._line = line
        self._release = release
        self._settle = settle
        self._ephemeral = ephemeral
        self._done = trio.Event()
        self._outcome: CloseOutcome | None = None
        self._error: CodexRuntimeError | None = None

    def start(self) -> None:
        """Begin, in a task of the runtime that the shutdown waits for."""
        if not self._engine.spawn(self._run, cleanup=True):
            self._end(RuntimeClosed())

    async def outcome(self) -> CloseOutcome:
        """Wait for the end of the attempt, which has a bound; cancelling ends this wait alone."""
        await self._done.wait()
        if self._error is not None:
            raise _own(self._error) from self._error
        if self._outcome is None:
            raise self._timeout()
        return self._outcome

    @property
    def is_final(self) -> bool:
        """It succeeded, or the server said no; a lost connection or a timeout is not an answer."""
        return self._outcome is not None or isinstance(self._error, RequestError)

    @property
    def succeeded(self) -> bool:
        """The thread is archived or unsubscribed."""
        return self._outcome is not None

    @property
    def is_over(self) -> bool:
        """The attempt ended, one way or the other."""
        return self._done.is_set()

    @property
    def _method(self) -> str:
        return THREAD_UNSUBSCRIBE.name if self._ephemeral else THREAD_ARCHIVE.name

    async def _run(self) -> None:
        try:
            with trio.move_on_after(self._engine.config.close_timeout_s):
                await self._close()
        except CodexRuntimeError as problem:
            self._error = problem
        finally:
            self._end(self._timeout())

    def _end(self, otherwise: CodexRuntimeError) -> None:
        if self._outcome is None and self._error is None:
            self._error = otherwise
        self._done.set()
        self._release()

    def _timeout(self) -> RequestTimeout:
        return RequestTimeout(self._method, self._engine.config.close_timeout_s)

    async def _close(self) -> None:
        """End what runs, then the thread, with no turn of those in line in between."""
        line = self._line
        place = TurnRoute(line.thread_id, self, is_turn=False)
        # A turn that something else began may run while ours is still being prepared.
        running = [
            route
            for route in dict.fromkeys((line.active, line.holder))
            if route is not None and route.is_turn
        ]
        free = line.take_next_place(place)
        try:
            # The archive stops a turn that an interrupt does not: it needs its share.
            share_s = self._engine.config.close_timeout_s / 2 / max(1, len(running))
            bound_s = min(self._engine.config.interrupt_timeout_s, share_s)
            outcomes = [await self._end_turn(route, bound_s) for route in running]
            if all(route.ended.is_set() for route in running):
                await free.wait()
            if self._settle is not None:
                await self._settle()
            action = await self._end_thread()
            self._outcome = CloseOutcome(
                thread_id=line.thread_id,
                action=action,
                interrupted=next((told for told in outcomes if told is not None), None),
            )
            # Of what the server still runs nobody is told any more.
            for route in running:
                route.lose(SessionClosed(line.thread_id))
                line.forget(route)
        finally:
            place.refuse(SessionClosed(line.thread_id))
            line.give_place_on(place)

    async def _end_turn(self, route: TurnRoute, bound_s: float) -> InterruptOutcome | None:
        """None for a turn that the server was not asked for yet, and never will be."""
        engine, line = self._engine, self._line
        if withdraw(route, SessionClosed(line.thread_id)):
            return None
        return await interrupt(engine, line, route, bound_s=bound_s)

    async def _end_thread(self) -> CloseAction:
        engine, thread_id = self._engine, self._line.thread_id
        try:
            if self._ephemeral:
                await engine.call(THREAD_UNSUBSCRIBE, ThreadUnsubscribeParams(thread_id=thread_id))
                return "unsubscribed"
            await engine.call(THREAD_ARCHIVE, ThreadArchiveParams(thread_id=thread_id))
        except (ThreadArchived, ThreadNotFound):
            return "unsubscribed" if self._ephemeral else "already_archived"
        return "archived"


def _own(error: CodexRuntimeError) -> CodexRuntimeError:
    """The same error for one more caller: raised twice, one object would mix two tracebacks."""
    own = type(error).__new__(type(error), *error.args)
    own.__dict__.update(error.__dict__)
    return own

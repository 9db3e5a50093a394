"""The end of a session: closed or detached, once, and its hold on the thread given back.

Owns when a handle counts as closed and which attempt to close is under way. Does not know what
closing sends: see `CloseWork`. Enter at `Ending.close` and `Ending.detach`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.engine.inside import refuse_inside
from codex_runtime.engine.interrupts import abandon, interrupt, withdraw
from codex_runtime.errors import CodexRuntimeError, SessionClosed
from codex_runtime.protocol import THREAD_UNSUBSCRIBE, ThreadUnsubscribeParams
from codex_runtime.session.closing import CloseWork
from codex_runtime.session.reviving import is_loaded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.server_requests import Responder
    from codex_runtime.model.results import CloseOutcome
    from codex_runtime.session.handle import Handle

__all__ = ["Ending"]


class Ending:
    """How one session ends.

    ``owner`` is whose turns and places in line are ended with it, ``responder`` who decides for its
    thread until then; ``settle`` is awaited before the thread is archived, ``on_release`` called
    when it is let go.
    """

    def __init__(
        self,
        handle: Handle,
        owner: object,
        responder: Responder,
        settle: Callable[[], Awaitable[None]],
        on_release: Callable[[], None],
    ) -> None:
        self._detached: trio.Event | None = None
        """Set when the handle's hold was given back; None unless it was to be detached."""
        self._handle = handle
        self._owner = owner
        self._responder = responder
        self._settle = settle
        self._on_release = on_release
        self._holds_line = True
        self._work: CloseWork | None = None
        handle.line.responders.append(responder)

    async def close(self, *, retry: bool) -> CloseOutcome:
        """See `Session.close`."""
        handle = self._handle
        refuse_inside(handle.thread_id, "a close")
        self._end_handle()
        work = self._work
        if work is None or (work.is_over and not work.succeeded and (retry or not work.is_final)):
            if not self._holds_line:  # let go after an attempt that failed
                handle.line = handle.engine.router.hold(handle.thread_id)
                handle.line.responders.append(self._responder)
                self._holds_line = True
            work = self._work = CloseWork(
                handle.engine,
                handle.line,
                self._release,
                ephemeral=handle.config.ephemeral,
                settle=self._settle,
            )
            work.start()
        return await work.outcome()

    async def detach(self) -> None:
        """See `Session.detach`."""
        if self._detached is None and not self._handle.is_closed:
            refuse_inside(self._handle.thread_id, "a detach")
            self._end_handle()
            self._detached = trio.Event()
            if not self._handle.engine.spawn(self._detach, self._detached, cleanup=True):
                self._release()
                self._detached.set()
        if self._detached is None:
            await trio.lowlevel.checkpoint()
        else:
            await self._detached.wait()

    async def _detach(self, done: trio.Event) -> None:
        """Runtime-owned: end what this handle asked for, and let the thread go."""
        handle = self._handle
        engine, line = handle.engine, handle.line
        try:
            for route in dict.fromkeys((line.active, line.holder)):
                if route is None or route.owner is not self._owner:
                    continue
                if not withdraw(route, SessionClosed(handle.thread_id)):
                    abandon(engine, line, route)  # whatever becomes of this wait
                    await interrupt(engine, line, route, bound_s=engine.config.interrupt_timeout_s)
            self._release()
            if not handle.config.ephemeral:
                await self._let_thread_go()
        finally:
            self._release()
            done.set()

    async def leave(self, problem: BaseException | None) -> None:
        """The block of the session is left, with ``problem`` if it was not left well."""
        # Not shielded: the work behind both is the runtime's and goes on without this caller.
        handle = self._handle
        try:
            if handle.config.on_exit == "detach" or self._detached is not None:
                await self.detach()
            else:
                await self.close(retry=False)
        except CodexRuntimeError as own:
            if problem is None:
                raise
            handle.engine.log.warning("leaving %s after %r: %s", handle.thread_id, problem, own)
        except trio.Cancelled:  # noqa: ASYNC103
            # What went wrong in the block is the news; the next checkpoint is cancelled anyway.
            if problem is None or isinstance(problem, trio.Cancelled):
                raise

    def give_up(self) -> None:
        """Whoever opened it went away before getting it: let the thread go, in our own time."""
        self._handle.engine.spawn(self.detach, cleanup=True)

    async def _let_thread_go(self) -> None:
        """Tell the server that nobody listens, so that it may unload the thread."""
        engine, thread_id = self._handle.engine, self._handle.thread_id
        async with engine.router.subscription_lock(thread_id):
            if engine.router.is_held(thread_id) or not is_loaded(self._handle):
                return
            self._handle.line.loaded_in = 0
            params = ThreadUnsubscribeParams(thread_id=thread_id)
            try:
                await engine.call(THREAD_UNSUBSCRIBE, params)
            except CodexRuntimeError as problem:
                engine.log.warning("thread %s stays loaded: %s", thread_id, problem)

    def _end_handle(self) -> None:
        handle = self._handle
        if not handle.is_closed:
            handle.is_closed = True
            handle.line.refuse_waiters(self._owner, SessionClosed, handle.thread_id)

    def _release(self) -> None:
        if self._holds_line:
            self._holds_line = False
            self._handle.line.responders.remove(self._responder)
            self._handle.engine.router.release(self._handle.line)
            self._handle.journal.end()
            self._on_release()

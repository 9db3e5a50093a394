"""A session's journal: opened before its thread is asked for, and what its failure ends.

Owns the moments: what it is about and from when, and that nobody is told of what it could not
record. Does not write (see `engine.journals`). Enter at `keep_journal`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from codex_runtime.engine.interrupts import reap, withdraw
from codex_runtime.errors.journal import JournalError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.journals import ThreadJournal
    from codex_runtime.model.profile import SessionConfig
    from codex_runtime.session.handle import Handle

__all__ = ["SessionJournal", "keep_journal"]


class SessionJournal:
    """Of one handle; made by `keep_journal`."""

    def __init__(self, journal: ThreadJournal | None = None) -> None:
        self._journal = journal
        self._handle: Handle | None = None
        self._owner: object = None
        self._failure: JournalError | None = None

    def follow(self, handle: Handle, owner: object) -> None:
        """Record the handle's thread, under whatever id; ``owner`` asks for its turns."""
        self._handle, self._owner = handle, owner
        if self._journal is not None:
            self._journal.attach(lambda: handle.thread_id, self.fail)

    def end(self) -> None:
        """The handle lets its thread go."""
        if self._journal is not None:
            self._journal.end()

    def require(self) -> None:
        """Raise why the thread is not recorded any more, if so."""
        problem = self._failure
        if problem is not None:
            own = JournalError(problem.path, problem.problem, problem.hint, errno=problem.errno)
            raise own from problem

    def fail(self, problem: JournalError) -> None:
        """Lose what the handle asked for: of what comes now it must not be told."""
        self._failure = problem
        handle = self._handle
        if handle is None:
            return
        engine, line = handle.engine, handle.line
        line.refuse_waiters(self._owner, JournalError, problem.path, problem.problem, problem.hint)
        for route in dict.fromkeys((line.active, line.holder)):
            if route is None or route.owner is not self._owner or withdraw(route, problem):
                continue
            successor = route.successor()
            line.hand_over(route, successor)
            route.lose(problem)
            engine.spawn(reap, engine, line, successor)


@asynccontextmanager
async def keep_journal(
    engine: Engine, config: SessionConfig, thread_id: str | None = None
) -> AsyncGenerator[SessionJournal, None]:
    """The journal that ``config`` wants, for the handle that the block makes.

    With ``thread_id``, of a thread that is known already, it records from now on. An error of the
    block ends it. Raises `JournalError` when it cannot be opened; nothing was sent then.
    """
    kept = None if config.journal is None else await engine.journals.keep(config.journal)
    journal = SessionJournal(kept)
    try:
        if kept is not None and thread_id is not None:
            kept.attach(lambda: thread_id, journal.fail)
        yield journal
    except BaseException:  # no handle, no journal
        journal.end()
        raise

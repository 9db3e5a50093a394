"""`Journals`: every journal that one runtime and its sessions keep.

Owns who records what: the runtime's journal everything, a session's what is about its thread; and
the tasks that write. Does not know files (`JournalFile`) nor what a failed journal ends. Enter at
`open_journals` and `Journals.around`.
"""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.engine.journals import JournalCounters
from codex_runtime.history.journal.ahead import AheadTransport
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.history.journal.lane import LAST_WRITE_S, Lane
from codex_runtime.transport.held_error import HeldError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from codex_runtime.engine.engine import Connect
    from codex_runtime.errors.journal import JournalError
    from codex_runtime.history.journal.entries import Record
    from codex_runtime.history.journal.lane import Ticket
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.model.journal import JournalConfig
    from codex_runtime.transport.base import Transport

__all__ = ["Journals", "ThreadJournal", "open_journals"]

_OF_EVERYBODY: Final = frozenset({"generation", "end"})


@asynccontextmanager
async def open_journals(config: RuntimeConfig) -> AsyncGenerator[Journals, None]:
    """Keep ``config.journal``, and those of sessions that ask, until the block is left.

    What waits is written then, for 2 s at most. Raises `JournalError` when the runtime's journal
    cannot be opened and, unless the block raises something itself, when it was given up, or that of
    a session at its end, when no ask could tell.
    """
    file = None if config.journal is None else await _open(config.journal)
    async with trio.open_nursery() as nursery:
        journals = Journals(nursery, config.max_frame_bytes)
        if config.journal is not None and file is not None:
            journals.keep_all(config.journal, file)
        with HeldError() as held:
            yield journals
        await journals.close()
    held.release()
    failure = journals.failure or journals.late_failure
    if failure is not None:
        raise failure


class ThreadJournal:
    """The journal of one session, which is about nothing before `attach`."""

    def __init__(self, journals: Journals, config: JournalConfig, file: JournalFile) -> None:
        self._journals = journals
        self._on_failure: Callable[[JournalError], None] | None = None
        self.lane: Final = Lane(config, file, journals.counters, self._fail)
        self.thread_id: Callable[[], str] | None = None
        """Its thread, by the id that it has now."""

    def attach(
        self, thread_id: Callable[[], str], on_failure: Callable[[JournalError], None]
    ) -> None:
        """Record what comes of this thread from now on; ``on_failure`` hears when it is given up.

        Attached again, it goes on with the new ones.
        """
        is_first = self.thread_id is None
        self.thread_id, self._on_failure = thread_id, on_failure
        if is_first:
            self._journals.add(self)

    def end(self) -> None:
        """Record nothing more, write what waits, close the file; idempotent."""
        self._journals.remove(self)

    def _fail(self, problem: JournalError) -> None:
        if self.lane.is_ending:
            self._journals.late_failure = self._journals.late_failure or problem
        if self._on_failure is not None:
            self._on_failure(problem)


class Journals:
    """Made by `open_journals` alone; usable until its block is left."""

    def __init__(self, nursery: trio.Nursery, max_frame_bytes: int) -> None:
        self.name: Final = uuid.uuid4().hex
        """Tells the generations of this runtime from those of others in the same file."""
        self.max_frame_bytes: Final = max_frame_bytes
        self.counters: Final = JournalCounters()
        self.failure: JournalError | None = None
        """Why the runtime's own journal was given up."""
        self.late_failure: JournalError | None = None
        """Why the journal of a session that had ended was given up; the first of them."""
        self.on_failure: Callable[[JournalError], None] | None = None
        """Called when it is, before anybody gets what it has not recorded."""
        self._nursery = nursery
        self._all: Lane | None = None
        self._of_threads: list[ThreadJournal] = []
        self._lanes: list[Lane] = []
        """Whose files are open."""
        self._transport: AheadTransport | None = None

    # -- who records -----------------------------------------------------------------------------

    def keep_all(self, config: JournalConfig, file: JournalFile) -> None:
        """The runtime's own."""
        self._all = Lane(config, file, self.counters, self._fail)
        self._start(self._all)

    async def keep(self, config: JournalConfig) -> ThreadJournal:
        """Open the journal of a session; raises `JournalError`."""
        for lane in tuple(self._lanes):  # it may be that of a session that was just closed
            if lane.is_ending:
                with trio.move_on_after(LAST_WRITE_S):
                    await lane.closed.wait()
        journal = ThreadJournal(self, config, await _open(config))
        self._start(journal.lane)
        return journal

    def add(self, journal: ThreadJournal) -> None:
        """It is attached: what comes is recorded in it."""
        self._of_threads.append(journal)
        if self._transport is not None and not self._transport.is_over:
            self._transport.go_ahead()
            self._begin(journal, self._transport)

    def remove(self, journal: ThreadJournal) -> None:
        """It has ended."""
        if journal in self._of_threads:
            self._of_threads.remove(journal)
        journal.lane.end()

    async def close(self) -> None:
        """Write what waits, and close every file; shielded and bounded."""
        with trio.CancelScope(shield=True):
            self._of_threads.clear()
            lanes = tuple(self._lanes)
            for lane in lanes:
                lane.end()
            with trio.move_on_after(LAST_WRITE_S):
                for lane in lanes:
                    await lane.closed.wait()
            for lane in lanes:
                lane.scope.cancel()

    def _start(self, lane: Lane) -> None:
        self._lanes.append(lane)
        self._nursery.start_soon(self._run, lane)

    async def _run(self, lane: Lane) -> None:
        await lane.run()
        self._lanes.remove(lane)

    def _begin(self, journal: ThreadJournal, transport: AheadTransport) -> None:
        thread_id = None if journal.thread_id is None else journal.thread_id()
        journal.lane.put([transport.begun(thread_id)])

    def _fail(self, problem: JournalError) -> None:
        self.failure = problem
        if self.on_failure is not None:
            self.on_failure(problem)
        if self._transport is not None:
            self._transport.fail(problem)

    # -- what is recorded ------------------------------------------------------------------------

    def around(self, connect: Connect, generation: Callable[[], int]) -> Connect:
        """The same transports, each with these journals around it; ``generation`` numbers them."""

        @asynccontextmanager
        async def connect_ahead() -> AsyncGenerator[Transport, None]:
            async with connect() as inner, trio.open_nursery() as nursery:
                transport = self._transport = AheadTransport(inner, self, generation())
                nursery.start_soon(transport.run)
                self._begin_all(transport)
                with HeldError() as held:
                    yield transport
                await transport.aclose()
                nursery.cancel_scope.cancel()
            held.release()

        return connect_ahead

    def _begin_all(self, transport: AheadTransport) -> None:
        if self._all is not None:
            self._all.put([transport.begun()])
        for journal in self._of_threads:
            self._begin(journal, transport)
        if self._all is not None or self._of_threads:
            transport.go_ahead()

    def record(self, records: Sequence[Record], ticket: Ticket | None = None) -> None:
        """Give each journal what is its own; ``ticket`` hears of each that has some."""
        if self._all is not None:
            self._all.put(records, ticket)
        if self._of_threads:
            self._record_by_thread(records, ticket)

    def _record_by_thread(self, records: Sequence[Record], ticket: Ticket | None) -> None:
        abouts = [(record.about, record) for record in records]
        told = {about for about, _ in abouts}
        everybodys = any(record.kind in _OF_EVERYBODY for record in records)
        for journal in tuple(self._of_threads):
            thread_id = None if journal.thread_id is None else journal.thread_id()
            if everybodys or thread_id in told:
                own = [
                    record
                    for about, record in abouts
                    if about == thread_id or record.kind in _OF_EVERYBODY
                ]
                journal.lane.put(own, ticket)

    async def wait_for_room(self) -> None:
        """Return when no journal is full that is to be waited for."""
        lanes = [journal.lane for journal in self._of_threads]
        for lane in lanes if self._all is None else [self._all, *lanes]:
            while lane.must_be_waited_for:
                await lane.shorter.wait()


async def _open(config: JournalConfig) -> JournalFile:
    return await trio.to_thread.run_sync(JournalFile.open, config)

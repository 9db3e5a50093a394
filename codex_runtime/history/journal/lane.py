"""`Lane`: one journal and the task that writes it, behind a bounded queue.

Owns the queue, the worker thread's calls, and what a failure or a full queue means. Does not know
what a record says or who else waits for the same bytes: a `Ticket` per batch is told when it is
written. Enter at `Lane.put`.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import attrs
import trio

from codex_runtime.errors.journal import JournalBehind, JournalError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from codex_runtime.engine.journals import JournalCounters
    from codex_runtime.history.journal.entries import Record
    from codex_runtime.history.journal.file import JournalFile
    from codex_runtime.model.journal import JournalConfig

    Worker: TypeAlias = Callable[[Callable[[], None]], Awaitable[None]]

__all__ = ["LAST_WRITE_S", "Lane", "Ticket"]

_log: Final = logging.getLogger("codex_runtime")

_RECORD_BYTES: Final = 96
"""What a line has around its message, about."""

LAST_WRITE_S: Final = 2.0
"""How long the end waits for a disk."""


class Ticket(Protocol):
    """Who waits until records are as sure as they shall be."""

    def begin(self) -> None:
        """A journal has taken some."""

    def done(self) -> None:
        """That one has written them, or never will; once for each `begin`."""


@attrs.frozen
class _Batch:
    records: Sequence[Record]
    size_bytes: int
    ticket: Ticket | None


class Lane:
    """One journal that is written; ``on_failure`` is called once, when it is given up."""

    def __init__(
        self,
        config: JournalConfig,
        file: JournalFile,
        counters: JournalCounters,
        on_failure: Callable[[JournalError], None],
        work_elsewhere: Worker | None = None,
    ) -> None:
        self.scope: Final = trio.CancelScope(shield=True)
        """Around `run`: to give up a disk that is stuck."""
        self.failure: JournalError | None = None
        """Why it was given up; nothing is recorded after it."""
        self.queued_bytes: int = 0
        self.shorter: trio.Event = trio.Event()
        """Set, and replaced, each time the queue gets shorter."""
        self._config = config
        self._file = file
        self._counters = counters
        self._on_failure = on_failure
        self._batches: deque[_Batch] = deque()
        self._in_hand: list[_Batch] = []
        self._left_out = 0
        self._is_failing = False
        """The last write failed, and that was told."""
        self._is_working = False
        self._is_overtaken = False
        """What comes is not recorded until the worker is back."""
        self._has_work = trio.Event()
        self.is_ending: bool = False
        self.closed: Final = trio.Event()
        self._work_elsewhere = work_elsewhere or _worker_thread()

    @property
    def must_be_waited_for(self) -> bool:
        """It is full, and nothing more is to be read until it is not."""
        return self.queued_bytes >= self._config.max_queue_bytes and self._config.on_full == "wait"

    def put(self, records: Sequence[Record], ticket: Ticket | None = None) -> None:
        """Append; ``ticket`` is told now, and again once that is done, or given up."""
        if ticket is not None:
            ticket.begin()
        is_full = self.queued_bytes >= self._config.max_queue_bytes
        # Without work under way it is not the disk that is slow.
        if is_full and self._config.on_full == "fail" and self._is_working and self._records:
            self._overtake()
        if not self._records:
            self._leave_out(_Batch(records, 0, ticket))
            return
        size_bytes = sum(len(record.message) for record in records) + _RECORD_BYTES * len(records)
        self._batches.append(_Batch(records, size_bytes, ticket))
        self.queued_bytes += size_bytes
        self._counters.peak_journal_queue_bytes = max(
            self._counters.peak_journal_queue_bytes, self.queued_bytes
        )
        self._has_work.set()

    def end(self) -> None:
        """Write what waits, then close the file; nothing that is put from now on is recorded."""
        self.is_ending = True
        self._has_work.set()

    # -- the task --------------------------------------------------------------------------------

    @trio.lowlevel.enable_ki_protection
    async def run(self) -> None:
        """Write what comes until `end`; given up, a thread that is stuck is left to itself."""
        try:
            with self.scope:
                while self._batches or not self.is_ending:
                    await self._write_or_flush()
                await self._in_thread(self._file.close)
            if self.scope.cancelled_caught:
                threading.Thread(target=self._close_late, daemon=True).start()
        finally:
            self.closed.set()

    async def _write_or_flush(self) -> None:
        if not self._batches:
            self._has_work = trio.Event()
            # Of `none` nothing is due before the end.
            is_due_later = self._config.every_ms and self._file.is_dirty
            with trio.move_on_after(self._config.every_ms / 1000 if is_due_later else math.inf):
                await self._has_work.wait()
        if self._batches:
            await self._write()
        elif self._config.every_ms and self._file.is_dirty:
            await self._in_thread(self._file.flush)

    async def _write(self) -> None:
        self._in_hand = batches = list(self._batches)
        self._batches.clear()
        records = [record for batch in batches for record in batch.records]
        left_out, self._left_out = self._left_out, 0
        await self._in_thread(partial(self._file.append, records, left_out))
        self.queued_bytes -= sum(batch.size_bytes for batch in batches)
        _tell(self._in_hand)
        self._in_hand = []
        self._tell_shorter()

    async def _in_thread(self, work: Callable[[], None]) -> None:
        file, counters = self._file, self._counters
        before = file.entries, file.written_bytes, file.missed
        self._is_working = True
        try:
            await self._work_elsewhere(work)
        except JournalError as problem:
            self._fail(problem)
        else:
            if self._is_failing and file.entries > before[0]:
                self._is_failing = False
                _log.warning("journal %s: is written again", self._config.path)
        self._is_working = self._is_overtaken = False
        counters.journal_entries += file.entries - before[0]
        counters.journal_bytes += file.written_bytes - before[1]
        counters.journal_missed += file.missed - before[2]

    def _close_late(self) -> None:
        try:
            self._file.close()
        except JournalError as problem:
            _log.error("%s; its end is not recorded", problem)

    # -- what goes wrong -------------------------------------------------------------------------

    @property
    def _records(self) -> bool:
        return self.failure is None and not self._is_overtaken and not self.is_ending

    def _fail(self, problem: JournalError) -> None:
        self._counters.journal_failures += 1
        if self._config.on_error == "count":
            if not self._is_failing:
                self._is_failing = True
                _log.warning("%s; what is not recorded is counted", problem)
        elif self.failure is None:
            self.failure = problem
            if self.is_ending:
                _log.error("%s; its end is not recorded", problem)
            self._on_failure(problem)
            self._drop()

    def _overtake(self) -> None:
        """The disk is too slow, or stuck: nobody waits for it any longer."""
        self._is_overtaken = True
        self._fail(
            JournalBehind(
                str(self._config.path),
                f"{self.queued_bytes} bytes wait to be written",
                "The disk is slower than the server: raise max_queue_bytes, or let it wait",
            )
        )
        self._drop()

    def _drop(self) -> None:
        """Nobody waits any longer for what was put."""
        for batch in self._batches:
            self.queued_bytes -= batch.size_bytes
            self._leave_out(batch)
        self._batches.clear()
        _tell(self._in_hand)
        self._in_hand = []
        self._tell_shorter()

    def _leave_out(self, batch: _Batch) -> None:
        self._left_out += len(batch.records)
        self._counters.journal_missed += len(batch.records)
        _tell([batch])

    def _tell_shorter(self) -> None:
        shorter, self.shorter = self.shorter, trio.Event()
        shorter.set()


def _worker_thread() -> Worker:
    limiter = trio.CapacityLimiter(1)

    async def run(work: Callable[[], None]) -> None:
        await trio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiter)

    return run


def _tell(batches: Sequence[_Batch]) -> None:
    for batch in batches:
        if batch.ticket is not None:
            batch.ticket.done()

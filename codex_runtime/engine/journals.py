"""What the engine knows of journals: who keeps one for a session, and what they have done.

Owns the protocol between a session that wants its thread recorded and whoever writes, and the
counters of both. Does not write: that is `codex_runtime.history.journal`, which is around the
engine's transport. Enter at `ThreadJournals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import attrs

from codex_runtime.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.errors.journal import JournalError
    from codex_runtime.model.journal import JournalConfig

__all__ = ["JournalCounters", "NoJournals", "ThreadJournal", "ThreadJournals"]


@attrs.define
class JournalCounters:
    """What all journals of a runtime have done since it was opened."""

    journal_entries: int = 0
    journal_bytes: int = 0
    journal_missed: int = 0
    journal_failures: int = 0
    peak_journal_queue_bytes: int = 0


class ThreadJournal(Protocol):
    """The journal of one session, open, and about nothing before `attach`."""

    def attach(
        self, thread_id: Callable[[], str], on_failure: Callable[[JournalError], None]
    ) -> None:
        """Record what comes of this thread from now on; ``on_failure`` hears when it is given up.

        Called again, it goes on with the new ones.
        """

    def end(self) -> None:
        """Record nothing more, write what waits, close the file; idempotent, does not wait."""


class ThreadJournals(Protocol):
    """Who keeps the journals of sessions."""

    @property
    def counters(self) -> JournalCounters:
        """What all journals of the runtime have done."""
        ...

    async def keep(self, config: JournalConfig) -> ThreadJournal:
        """Open one; raises `JournalError`."""
        ...


class NoJournals:
    """Of an engine whose transport nobody is around."""

    def __init__(self) -> None:
        self.counters: Final = JournalCounters()

    async def keep(self, config: JournalConfig) -> ThreadJournal:
        """There is none."""
        raise ConfigError(
            "journal", config, "is kept by a runtime of open_runtime() alone", "Leave it out"
        )

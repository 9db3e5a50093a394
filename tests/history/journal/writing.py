"""Records and journals for the tests of this folder.

Owns records of chosen sizes, a journal written at once, and what is read back. Knows no transport.
Enter at `written` and `read`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.history.journal import read_journal
from codex_runtime.history.journal.entries import Record
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.journal import JournalConfig

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from codex_runtime.history.journal import JournalEntry

__all__ = ["MESSAGE", "notification", "numbers", "read", "written"]

MESSAGE = b'{"method":"warning","params":{"message":"%d","threadId":null}}'


def notification(number: int, padding: int = 0) -> Record:
    """One that says its number, in a message that is longer by ``padding`` bytes."""
    return Record(1000 + number, 1, "notification", MESSAGE % number + b" " * padding)


def written(config: JournalConfig | Path, records: Iterable[Record]) -> Path:
    """Append to a journal, one by one, and close it; gives its path."""
    config = config if isinstance(config, JournalConfig) else JournalConfig(path=config)
    file = JournalFile.open(config)
    for record in records:
        file.append([record])
    file.close()
    assert not isinstance(config.path, str)
    return config.path  # type: ignore[return-value]  # every test gives a Path


def read(path: Path, after: int = 0) -> list[JournalEntry]:
    """All that is there."""
    with read_journal(path, after) as reader:
        return list(reader)


def numbers(path: Path, after: int = 0) -> list[int]:
    """The sequence numbers of all that is there."""
    return [entry.seq for entry in read(path, after)]

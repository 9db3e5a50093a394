"""The write-ahead journal: a record of what the server says, made before anybody is told of it.

Owns the format, the writer (a transport around the real one) and the reader. Does not know what an
event means. Enter at `read_journal`; a journal is written by a runtime whose
`RuntimeConfig.journal`, or a session whose `SessionConfig.journal`, says where.
"""

from __future__ import annotations

from codex_runtime.history.journal.entries import EntryKind, JournalEntry, JournalHeader
from codex_runtime.history.journal.reader import JournalReader, read_journal

__all__ = ["EntryKind", "JournalEntry", "JournalHeader", "JournalReader", "read_journal"]

"""A journal as JSON, one object per line: its events, the results of its turns, its servers.

Owns what an entry becomes; how a line is written is in `jsonl`. Does not choose entries. Enter at
`JournalLines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from codex_runtime.cli.recorded_turns import RecordedTurns, died_by_itself

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.cli.jsonl import JsonLines
    from codex_runtime.history.journal import JournalEntry

__all__ = ["JournalLines"]


class _Said(msgspec.Struct):
    method: str
    params: msgspec.Raw = msgspec.Raw(b"null")


class _End(msgspec.Struct):
    how: str | None = None
    returncode: int | None = None


class JournalLines:
    """Writes the lines of each entry; other kinds than these say nothing."""

    def __init__(self, lines: JsonLines) -> None:
        self._lines = lines
        self._turns = RecordedTurns()

    def write(self, entries: Iterable[JournalEntry]) -> None:
        """The lines of the next entries."""
        for entry in entries:
            self._entry(entry)

    def _entry(self, entry: JournalEntry) -> None:
        place: dict[str, object] = {"seq": entry.seq, "atMs": entry.at_ms}
        place["generation"] = entry.generation
        match entry.kind:
            case "notification":
                self._event(place, entry)
            case "generation":
                self._lines.write({**place, "server": "started"})
            case "end":
                self._end(place, msgspec.json.decode(entry.raw, type=_End))
            case _:
                pass

    def _event(self, place: dict[str, object], entry: JournalEntry) -> None:
        said = msgspec.json.decode(entry.raw, type=_Said)
        self._lines.write({**place, "method": said.method, "params": said.params})
        event = entry.event
        result = None if event is None else self._turns.apply(entry.thread_id, event)
        if result is not None:
            self._lines.result(result)

    def _end(self, place: dict[str, object], end: _End) -> None:
        told = {"how": end.how, "returncode": end.returncode}
        self._lines.write({**place, "server": "ended", **told})
        if died_by_itself(end.how, end.returncode):
            for result in self._turns.lose():
                self._lines.result(result)

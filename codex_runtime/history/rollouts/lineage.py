"""The files that one thread is in: its own, and what it goes on from.

Owns how the beginning of a forked thread is found: its first line names another thread and how much
of that one's rollout it shares, and so may the other's. Older servers copied the lines instead.
Enter at `lineage_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.rollouts.home import home_of, stored_rollouts
from codex_runtime.history.rollouts.reader import MAX_LINE_BYTES, open_rollout, read_meta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.history.rollouts.entries import Entry

__all__ = ["Lineage", "Part", "lineage_of"]

_MOST: Final = 100
"""Forks of forks; it also ends a circle."""


@attrs.frozen
class Part:
    """One file, and how much of it belongs to the thread."""

    path: str
    end_bytes: int | None = None
    """Before it was compressed; None for all of it."""

    end_ordinal: int | None = None

    def entries(self, max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[Entry | None]:
        """Those that belong to the thread, from the first; None for each that was unreadable."""
        with open_rollout(self.path, max_line_bytes=max_line_bytes) as reader:
            for entry in reader:
                at = entry.ordinal
                if at is not None and self.end_ordinal is not None and at >= self.end_ordinal:
                    break
                yield entry
            for _ in range(reader.problem_count):
                yield None


@attrs.frozen
class Lineage:
    """All files of a thread, its own first."""

    parts: tuple[Part, ...]

    missing: str | None = None
    """The thread whose file should follow, and is not there or cannot be read."""


def lineage_of(path: str) -> Lineage:
    """The files that the thread of the rollout at `path` is in, as far as its home has them.

    Raises:
        RolloutUnreadable: The first one cannot be read.
    """
    parts = [Part(path)]
    meta = read_meta(path)
    home = home_of(path)
    files: dict[str, str] | None = None
    while meta is not None and meta.history_base is not None and len(parts) < _MOST:
        base = meta.history_base
        if files is None:
            stored = stored_rollouts(home, archived=None, skipped={}) if home else []
            files = {each.thread_id: each.path for each in stored}
        parent = files.get(base.thread_id or "")
        try:
            meta = None if parent is None else read_meta(parent)
        except RolloutUnreadable:
            meta = None
        if parent is None or meta is None or any(parent == part.path for part in parts):
            return Lineage(tuple(parts), base.thread_id)
        parts.append(Part(parent, base.end_byte_offset, base.end_ordinal_exclusive))
    return Lineage(tuple(parts))

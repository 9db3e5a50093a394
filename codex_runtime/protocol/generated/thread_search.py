# ruff: noqa: PYI051, TC001
"""Searching threads by what was said in them.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.thread_catalogue import SortDirection, ThreadSourceKind
from codex_runtime.protocol.generated.threads import Thread

__all__ = [
    "ThreadSearchOccurrence",
    "ThreadSearchOccurrencesParams",
    "ThreadSearchOccurrencesResponse",
    "ThreadSearchParams",
    "ThreadSearchResponse",
    "ThreadSearchResult",
    "ThreadSearchSortKey",
    "ThreadSearchTextRange",
]


class ThreadSearchTextRange(Wire, frozen=True, kw_only=True, gc=False):
    """UTF-16 code-unit range within `snippet`."""

    end: int
    """Exclusive UTF-16 code-unit offset."""
    start: int
    """Inclusive UTF-16 code-unit offset."""


class ThreadSearchOccurrence(Wire, frozen=True, kw_only=True):
    """One visible message occurrence returned by [`ThreadSearchOccurrencesResponse`]."""

    item_id: str
    snippet: str
    snippet_match_range: ThreadSearchTextRange
    """Match range within `snippet`, in UTF-16 code units."""
    turn_cursor: str
    """Opaque inclusive cursor accepted by `thread/turns/list` for this turn."""
    turn_id: str


class ThreadSearchOccurrencesParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/searchOccurrences``.

    Parameters for searching visible message occurrences within one paginated thread.
    """

    search_term: str
    """Case-insensitive literal substring to find in visible user messages and both partial and
    final assistant answers.
    """
    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque cursor returned by a previous call for the same thread and search term."""
    limit: int | UnsetType | None = UNSET
    """Optional occurrence page size."""


class ThreadSearchOccurrencesResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/searchOccurrences``."""

    data: list[ThreadSearchOccurrence]
    """Occurrences in chronological message order."""
    next_cursor: str | None = None
    """Opaque cursor to continue after the last returned occurrence."""


ThreadSearchSortKey: TypeAlias = Literal["created_at", "updated_at", "recency_at"] | str


class ThreadSearchParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/search``."""

    search_term: str
    """Required substring/full-text query for thread search."""
    archived: bool | UnsetType | None = UNSET
    """Optional archived filter; when set to true, only archived threads are returned. If false or
    null, only non-archived threads are returned.
    """
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional sort direction; defaults to descending (newest first)."""
    sort_key: ThreadSearchSortKey | UnsetType | None = UNSET
    """Optional sort key; defaults to created_at."""
    source_kinds: list[ThreadSourceKind] | UnsetType | None = UNSET
    """Optional source filter; when set, only sessions from these source kinds are returned. When
    omitted or empty, defaults to interactive sources.
    """


class ThreadSearchResult(Wire, frozen=True, kw_only=True):
    """A thread that was found."""

    snippet: str
    thread: Thread


class ThreadSearchResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/search``."""

    data: list[ThreadSearchResult]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one thread. Use it with the opposite `sortDirection`; for timestamp
    sorts it anchors at the start of the page timestamp so same-second updates are not skipped.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """

"""The pagers: rows of the server's lists, fetched page by page as they are read.

Owns the cursor, the bound and who reads. Does not know what a page is asked with: that is
`catalogue` and `records`. Enter at `ThreadPager`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeAlias, TypeVar, final

import attrs
import trio

from codex_runtime.errors import ConfigError, RemoteProtocolError
from codex_runtime.model.checks import check_int, check_text
from codex_runtime.protocol import Turn as ProtocolTurn

if TYPE_CHECKING:
    from codex_runtime.history.summary import ThreadSummary
    from codex_runtime.protocol import ThreadItemEntry

__all__ = [
    "MAX_PAGE_SIZE",
    "FetchPage",
    "ItemPager",
    "Page",
    "Pages",
    "StoredTurn",
    "ThreadPager",
    "TurnPager",
]

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)

StoredTurn: TypeAlias = ProtocolTurn
"""A turn as the server has it on record: `codex_runtime.protocol.Turn`, no live `Turn`."""

MAX_PAGE_SIZE: Final = 100
"""Rows that the server gives at once, whatever is asked for."""


@attrs.frozen
class Page(Generic[E_co]):
    """One answer of the server."""

    rows: tuple[E_co, ...]
    next_cursor: str | None
    backwards_cursor: str | None = None


class FetchPage(Protocol[E_co]):
    """What asks for a page from ``cursor`` on, of ``size`` rows at the most."""

    async def __call__(self, cursor: str | None, size: int) -> Page[E_co]:
        """The page."""
        ...


class Pages(Generic[E]):
    """What the pagers share: rows in the order of the server, each once.

    A page is asked for when it is wanted and not before. Raises `ConfigError` for what the server
    would not take, and `RemoteProtocolError` for pages that would never end.
    """

    def __init__(
        self, fetch: FetchPage[E], *, limit: int | None, page_size: int, cursor: str | None
    ) -> None:
        check_int("page_size", page_size, ConfigError, at_least=1, at_most=MAX_PAGE_SIZE)
        if limit is not None:
            check_int("limit", limit, ConfigError, at_least=0, at_most=1 << 40)
        if cursor is not None:
            check_text("cursor", cursor, ConfigError)
        self._fetch = fetch
        self._left = limit
        self._page_size = page_size
        self._rest: deque[E] = deque()
        self._is_busy = False
        self._has_ended = False
        self.next_cursor: str | None = cursor
        self.backwards_cursor: str | None = None

    async def row(self) -> E:
        """The next row; raises `StopAsyncIteration` after the last."""
        if not self._rest:
            self._rest.extend(await self._page())
        if not self._rest:
            raise StopAsyncIteration
        return self._rest.popleft()

    async def page(self) -> tuple[E, ...]:
        """What is unread of the page that the last row was of, else the next; empty at the end."""
        if not self._rest:
            return await self._page()
        await trio.lowlevel.checkpoint()
        rows = tuple(self._rest)
        self._rest.clear()
        return rows

    async def _page(self) -> tuple[E, ...]:
        if self._is_busy:
            raise trio.BusyResourceError("another task already reads from this pager")
        self._is_busy = True
        try:
            return await self._next_that_is_not_empty()
        finally:
            self._is_busy = False

    async def _next_that_is_not_empty(self) -> tuple[E, ...]:
        while not self._has_ended and self._left != 0:
            size = self._page_size if self._left is None else min(self._page_size, self._left)
            page = await self._fetch(self.next_cursor, size)
            if page.next_cursor is not None and page.next_cursor == self.next_cursor:
                raise RemoteProtocolError("the server's next page begins where this one did")
            self.next_cursor = page.next_cursor
            self.backwards_cursor = page.backwards_cursor
            self._has_ended = page.next_cursor is None
            rows = page.rows if self._left is None else page.rows[: self._left]
            if self._left is not None:
                self._left -= len(rows)
            if rows:
                return rows
        await trio.lowlevel.checkpoint()
        return ()


@final
class ThreadPager:
    """Stored threads, an async iterator of `ThreadSummary`; made by `Threads.list`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    def __init__(self, pages: Pages[ThreadSummary]) -> None:
        self._pages = pages

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, for ``cursor`` of another pager; None before and at the end.

        It is opaque, goes with the same order and filters, and outlives the server.
        """
        return self._pages.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """Where the last page began, for a pager with the opposite ``descending``.

        That begins with the row at which it was, to see what is new there.
        """
        return self._pages.backwards_cursor

    def __aiter__(self) -> ThreadPager:
        return self

    async def __anext__(self) -> ThreadSummary:
        return await self._pages.row()

    async def next_page(self) -> tuple[ThreadSummary, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._pages.page()


@final
class TurnPager:
    """The turns of a thread, an async iterator of `StoredTurn`; made by `Threads.turns`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    def __init__(self, pages: Pages[StoredTurn]) -> None:
        self._pages = pages

    @property
    def next_cursor(self) -> str | None:
        """As `ThreadPager.next_cursor`."""
        return self._pages.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """As `ThreadPager.backwards_cursor`."""
        return self._pages.backwards_cursor

    def __aiter__(self) -> TurnPager:
        return self

    async def __anext__(self) -> StoredTurn:
        return await self._pages.row()

    async def next_page(self) -> tuple[StoredTurn, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._pages.page()


@final
class ItemPager:
    """The items of a thread, an async iterator of `ThreadItemEntry`; made by `Threads.items`.

    A page is asked for when its first row is wanted. Cancelling loses no row. One task at a time
    iterates; a second raises `trio.BusyResourceError`. Raises as `Runtime.call`.
    """

    def __init__(self, pages: Pages[ThreadItemEntry]) -> None:
        self._pages = pages

    @property
    def next_cursor(self) -> str | None:
        """As `ThreadPager.next_cursor`."""
        return self._pages.next_cursor

    @property
    def backwards_cursor(self) -> str | None:
        """As `ThreadPager.backwards_cursor`."""
        return self._pages.backwards_cursor

    def __aiter__(self) -> ItemPager:
        return self

    async def __anext__(self) -> ThreadItemEntry:
        return await self._pages.row()

    async def next_page(self) -> tuple[ThreadItemEntry, ...]:
        """The rows of the next page, or what is unread of this one; empty after the last."""
        return await self._pages.page()

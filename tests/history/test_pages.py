"""A pager gives every row once, in order, whatever the pages are, and asks for no page too many."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError, RemoteProtocolError
from codex_runtime.history.pages import Page, Pages

PAGES = st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=6)


class Store:
    """Rows in pages of given lengths; a cursor is the number of the page."""

    def __init__(self, lengths: list[int]) -> None:
        rows = iter(range(sum(lengths)))
        self._pages = [tuple(next(rows) for _ in range(length)) for length in lengths]
        self.asked: list[tuple[str | None, int]] = []

    async def fetch(self, cursor: str | None, size: int) -> Page[int]:
        await trio.lowlevel.checkpoint()
        self.asked.append((cursor, size))
        number = int(cursor or 0)
        more = number + 1 < len(self._pages)
        return Page(self._pages[number][:size], str(number + 1) if more else None, f"-{number}")

    def pages(self, **options: object) -> Pages[int]:
        given = {"limit": None, "page_size": 100, "cursor": None, **options}
        return Pages(self.fetch, **given)  # type: ignore[arg-type]


async def rows_of(pages: Pages[int]) -> list[int]:
    rows: list[int] = []
    while True:
        try:
            rows.append(await pages.row())
        except StopAsyncIteration:
            return rows


@given(PAGES)
def test_every_row_comes_once_also_behind_pages_without_any(lengths: list[int]) -> None:
    store = Store(lengths)
    assert trio.run(rows_of, store.pages()) == list(range(sum(lengths)))
    assert len(store.asked) == len(lengths)


@given(PAGES, st.integers(min_value=0, max_value=30))
def test_a_limit_is_kept_and_no_row_beyond_it_is_asked_for(lengths: list[int], limit: int) -> None:
    store = Store(lengths)
    pages = store.pages(limit=limit)
    assert trio.run(rows_of, pages) == list(range(min(limit, sum(lengths))))
    left = limit
    for (_, size), length in zip(store.asked, lengths, strict=False):
        assert size == min(100, left)
        left -= min(size, length)


@given(PAGES, st.data())
def test_pages_and_rows_can_be_read_in_turn(lengths: list[int], data: st.DataObject) -> None:
    pages, rows = Store(lengths).pages(), list[int]()

    async def read() -> None:
        while True:
            if data.draw(st.booleans()):
                page = await pages.page()
                rows.extend(page)
                if not page:
                    return
            else:
                try:
                    rows.append(await pages.row())
                except StopAsyncIteration:
                    return

    trio.run(read)
    assert rows == list(range(sum(lengths)))


async def test_after_the_end_nothing_is_asked_for() -> None:
    store = Store([1])
    pages = store.pages()
    assert [await pages.page(), await pages.page(), await pages.page()] == [(0,), (), ()]
    with pytest.raises(StopAsyncIteration):
        await pages.row()
    assert store.asked == [(None, 100)]


async def test_the_cursors_are_those_of_the_last_page() -> None:
    pages = Store([2, 2, 2]).pages(page_size=2, cursor="1")
    assert (pages.next_cursor, pages.backwards_cursor) == ("1", None)
    assert await pages.page() == (2, 3)
    assert (pages.next_cursor, pages.backwards_cursor) == ("2", "-1")
    assert await pages.page() == (4, 5)
    assert (pages.next_cursor, pages.backwards_cursor) == (None, "-2")


async def test_a_page_that_could_not_be_had_is_asked_for_again() -> None:
    store = Store([2, 2])
    pages = store.pages()
    with trio.CancelScope() as scope:
        scope.cancel()
        await pages.row()
    assert scope.cancelled_caught
    assert await rows_of(pages) == [0, 1, 2, 3]


async def test_a_second_reader_is_refused_while_a_page_is_fetched() -> None:
    answer = trio.Event()

    async def fetch(cursor: str | None, size: int) -> Page[int]:  # noqa: ARG001
        await answer.wait()
        return Page((1, 2), None)

    pages = Pages(fetch, limit=None, page_size=100, cursor=None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pages.row)
        await trio.testing.wait_all_tasks_blocked()
        for refused in (pages.row, pages.page):
            with pytest.raises(trio.BusyResourceError):
                await refused()
        answer.set()
    assert await pages.page() == (2,)


@pytest.mark.parametrize(
    "options",
    [
        {"page_size": 0},
        {"page_size": 101},
        {"page_size": True},
        {"limit": -1},
        {"limit": "5"},
        {"cursor": ""},
        {"cursor": 5},
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        Store([1]).pages(**options)


async def test_a_server_whose_pages_stand_still_is_no_list_without_an_end() -> None:
    async def fetch(cursor: str | None, size: int) -> Page[int]:
        await trio.lowlevel.checkpoint()
        assert size == 100
        return Page((), cursor or "here", None)

    pages = Pages(fetch, limit=None, page_size=100, cursor=None)
    with pytest.raises(RemoteProtocolError, match="begins where this one did"):
        await pages.row()

"""Turns and items that the server has on record of a thread, and the tail of them.

Owns which method tells them: threads of older servers are in the ``legacy`` format, whose items the
server tells by turns alone. Also what an empty record means. Keeps nothing. Source:
``thread/turns/list``, ``thread/items/list``, ``thread/read``. Enter at `turns_of`, `items_of`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from codex_runtime.errors import NotSupported
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.pages import MAX_PAGE_SIZE, Page, Pages
from codex_runtime.history.summary import ThreadTail, message_of
from codex_runtime.model.tool_uses import is_tool_item, tool_uses
from codex_runtime.protocol import (
    THREAD_ITEMS_LIST,
    THREAD_READ,
    THREAD_TURNS_LIST,
    ThreadItemEntry,
    ThreadItemsListParams,
    ThreadReadParams,
    ThreadTurnsListParams,
)

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.history.rollouts.records import Message
    from codex_runtime.protocol import Turn

__all__ = ["items_of", "tail_of", "turns_of"]

_METHOD_NOT_FOUND: Final = -32601
_NOT_INDEXED: Final = (
    "the server has no index of its turns, as of a file that was copied here, or after its state "
    "database was lost; resume the thread once, or read the file without a server"
)


class _Recorded:
    """Asks for pages of one thread."""

    def __init__(self, engine: Engine, thread_id: str, *, descending: bool) -> None:
        self._engine = engine
        self._thread_id = thread_id
        self._direction = "desc" if descending else "asc"

    async def turns(self, cursor: str | None, size: int, view: str) -> Page[Turn]:
        """A page of turns; that of a thread that never ran is empty."""
        params = ThreadTurnsListParams(
            thread_id=self._thread_id,
            cursor=cursor,
            limit=size,
            items_view=view,
            sort_direction=self._direction,
        )
        try:
            told = await self._engine.call(THREAD_TURNS_LIST, params)
        except NotSupported as problem:
            refusal = problem
        else:
            if not told.data and cursor is None:
                await self._check_empty()
            return Page(tuple(told.data), told.next_cursor, told.backwards_cursor)
        if not await self._never_ran():
            raise refusal
        return Page((), None)

    async def items(
        self, cursor: str | None, size: int, turn_id: str | None
    ) -> Page[ThreadItemEntry]:
        """A page of items; in the older format, of the items of some turns."""
        params = ThreadItemsListParams(
            thread_id=self._thread_id,
            cursor=cursor,
            limit=size,
            sort_direction=self._direction,
            turn_id=turn_id,
        )
        try:
            told = await self._engine.call(THREAD_ITEMS_LIST, params)
        except NotSupported as refusal:
            if refusal.code != _METHOD_NOT_FOUND:
                raise
            return await self._items_by_turns(cursor, size, turn_id)
        if not told.data and cursor is None and turn_id is None:
            await self._check_empty()
        return Page(tuple(told.data), told.next_cursor, told.backwards_cursor)

    async def _items_by_turns(
        self, cursor: str | None, size: int, turn_id: str | None
    ) -> Page[ThreadItemEntry]:
        page = await self.turns(cursor, size, "full")
        step = 1 if self._direction == "asc" else -1
        rows = tuple(
            ThreadItemEntry(item=item, turn_id=turn.id)
            for turn in page.rows
            if turn_id in (None, turn.id)
            for item in turn.items[::step]
        )
        return Page(rows, page.next_cursor, page.backwards_cursor)

    async def _never_ran(self) -> bool:
        params = ThreadReadParams(thread_id=self._thread_id, include_turns=False)
        thread = (await self._engine.call(THREAD_READ, params)).thread
        return not thread.ephemeral and not thread.preview

    async def _check_empty(self) -> None:
        """Raise for a thread that has turns of which the server tells none."""
        params = ThreadReadParams(thread_id=self._thread_id, include_turns=False)
        thread = (await self._engine.call(THREAD_READ, params)).thread
        if thread.preview:
            raise RolloutUnreadable(str(thread.path or thread.id), _NOT_INDEXED)


def turns_of(
    engine: Engine,
    thread_id: str,
    *,
    view: str,
    descending: bool,
    limit: int | None,
    page_size: int,
    cursor: str | None,
) -> Pages[Turn]:
    """The turns of a thread; ``view`` says how much of their items comes along."""
    recorded = _Recorded(engine, thread_id, descending=descending)

    async def fetch(cursor: str | None, size: int) -> Page[Turn]:
        return await recorded.turns(cursor, size, view)

    return Pages(fetch, limit=limit, page_size=page_size, cursor=cursor)


def items_of(
    engine: Engine,
    thread_id: str,
    *,
    turn_id: str | None,
    descending: bool,
    limit: int | None,
    page_size: int,
    cursor: str | None,
) -> Pages[ThreadItemEntry]:
    """The items of a thread, or of one of its turns."""
    recorded = _Recorded(engine, thread_id, descending=descending)

    async def fetch(cursor: str | None, size: int) -> Page[ThreadItemEntry]:
        return await recorded.items(cursor, size, turn_id)

    return Pages(fetch, limit=limit, page_size=page_size, cursor=cursor)


async def tail_of(
    engine: Engine, thread_id: str, *, messages: int, uses: int, page_size: int, count: bool
) -> ThreadTail:
    """The end of a thread, of which no more than the kept items and one page is in memory."""
    recorded = _Recorded(engine, thread_id, descending=True)
    said: deque[Message] = deque()
    used: deque[ThreadItemEntry] = deque()
    said_before = used_before = 0
    cursor: str | None = None
    is_counted = False
    while not is_counted:
        is_full = len(said) == messages and len(used) == uses
        if is_full and not count:
            break
        page = await recorded.items(cursor, MAX_PAGE_SIZE if is_full else page_size, None)
        for entry in page.rows:
            if is_tool_item(entry.item):
                if len(used) < uses:
                    used.appendleft(entry)
                else:
                    used_before += 1
            elif (message := message_of(entry)) is not None:
                if len(said) < messages:
                    said.appendleft(message)
                else:
                    said_before += 1
        cursor = page.next_cursor
        is_counted = cursor is None
    return ThreadTail(
        thread_id=thread_id,
        messages=tuple(said),
        tool_uses=tool_uses(entry.item for entry in used),
        messages_before=said_before if is_counted else None,
        tool_uses_before=used_before if is_counted else None,
    )

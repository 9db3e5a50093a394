# ruff: noqa: TC001
"""The turns and items that a thread already has.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import ThreadItem
from codex_runtime.protocol.generated.thread_catalogue import SortDirection
from codex_runtime.protocol.generated.threads import Thread
from codex_runtime.protocol.generated.turns import Turn, TurnItemsView

__all__ = [
    "ThreadInjectItemsParams",
    "ThreadInjectItemsResponse",
    "ThreadItemAnchor",
    "ThreadItemEntry",
    "ThreadItemsListAnchor",
    "ThreadItemsListCursor",
    "ThreadItemsListParams",
    "ThreadItemsListResponse",
    "ThreadItemsReadParams",
    "ThreadItemsReadResponse",
    "ThreadRevertParams",
    "ThreadRevertResponse",
    "ThreadReverted",
    "ThreadTurnsListParams",
    "ThreadTurnsListResponse",
]


class ThreadInjectItemsParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/inject_items``.

    Append raw Responses API items to the thread history without starting a user turn.
    """

    items: list[JsonValue]
    """Raw Responses API items to append to the thread's model-visible history."""
    thread_id: str


class ThreadInjectItemsResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/inject_items``."""


class ThreadItemEntry(Wire, frozen=True, kw_only=True):
    """An item, and the turn that it belongs to."""

    item: ThreadItem
    turn_id: str
    """Turn containing this item."""
    completed_at_ms: int | None = None
    """Unix timestamp (milliseconds) when the item completed, if recorded by the producer."""
    started_at_ms: int | None = None
    """Unix timestamp (milliseconds) when the item started, if recorded by the producer."""


class ThreadItemAnchor(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="item"):
    """`ThreadItemsListAnchor` with type ``item``."""

    item_id: str


ThreadItemsListAnchor: TypeAlias = ThreadItemAnchor
"""An exclusive item position within the requested visible turn. Told apart by ``type``."""


ThreadItemsListCursor: TypeAlias = str | ThreadItemsListAnchor
"""Starting position for an item-history page."""


class ThreadItemsListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/items/list``."""

    thread_id: str
    cursor: ThreadItemsListCursor | UnsetType | None = UNSET
    """Opaque continuation cursor or an exclusive item anchor in the requested visible turn. An item
    anchor requires a non-empty `turnId`; ascending (the default) returns items after it, and
    descending returns items before it. Continue with the returned string cursor.
    """
    limit: int | UnsetType | None = UNSET
    """Optional item page size."""
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional item pagination direction; defaults to ascending."""
    turn_id: str | UnsetType | None = UNSET
    """Optional turn id to filter by. When omitted, returns items across the thread."""


class ThreadItemsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/items/list``."""

    data: list[ThreadItemEntry]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one item.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """


class ThreadItemsReadParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/items/read``.

    Experimental: retrieve a bounded set of persisted items from one turn.
    """

    item_ids: list[str]
    """Item IDs to retrieve. Supply 1 to 100 IDs."""
    thread_id: str
    turn_id: str


class ThreadItemsReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/items/read``.

    Experimental: persisted items returned in canonical stored order.
    """

    data: list[ThreadItemEntry]


class ThreadRevertParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/revert``.

    Replace a paginated thread's durable history with the prefix before one turn. This only changes
    persisted conversation history. It does not revert local file changes.
    """

    before_turn_id: str
    """Turn excluded from the replacement history, together with every later turn."""
    thread_id: str


class ThreadRevertResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/revert``."""

    thread: Thread
    """Updated loaded thread metadata. `turns` is always empty; hydrate retained history through
    `thread/turns/list`.
    """
    items_backwards_cursor: str | None = None
    """Opaque cursor for hydrating paginated items backwards. Pass this as `cursor` to
    `thread/items/list` with `sortDirection: 'desc'`. The first page includes the item identified by
    the cursor.
    """
    turns_backwards_cursor: str | None = None
    """Opaque cursor for hydrating paginated turns backwards. Pass this as `cursor` to
    `thread/turns/list` with `sortDirection: 'desc'`. The first page includes the turn identified by
    the cursor.
    """


class ThreadReverted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/reverted``."""

    METHOD: ClassVar[str] = "thread/reverted"

    thread_id: str


class ThreadTurnsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/turns/list``."""

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque cursor to pass to the next call to continue after the last turn."""
    items_view: TurnItemsView | UnsetType | None = UNSET
    """How much item detail to include for each returned turn; defaults to summary."""
    limit: int | UnsetType | None = UNSET
    """Optional turn page size."""
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional turn pagination direction; defaults to descending."""


class ThreadTurnsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/turns/list``."""

    data: list[Turn]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one turn. Use it with the opposite `sortDirection` to include the
    anchor turn again and catch updates to that turn.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last turn. if None, there are no
    more turns to return.
    """

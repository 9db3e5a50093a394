"""`Unread`: events in order until somebody takes them, adjacent pieces of one text as one.

Owns the queue of an observer and of a throttle: only what stands side by side is put together, the
order never changes, and nothing is dropped. Does not wait.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

from codex_runtime.engine.merging import Merging, as_delta, text_key
from codex_runtime.model.items import item_text
from codex_runtime.protocol import ItemCompleted, ItemStarted

if TYPE_CHECKING:
    from collections.abc import Hashable

    from codex_runtime.protocol import Notification

__all__ = ["Unread"]

E = TypeVar("E")

_EVENT_SIZE: Final = 256
"""About what any event costs beside its text."""


class Unread(Generic[E]):
    """Events, the oldest first."""

    __slots__ = ("_entries", "_last", "size")

    def __init__(self) -> None:
        self._entries: deque[E | Merging[E]] = deque()
        self._last: Hashable = None
        """Which text the newest entry is of, None for another kind of event."""
        self.size: int = 0
        """About how much is unread: characters of text, and a little for each event."""

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, event: E) -> None:
        """Append."""
        self.size += _size(event)
        delta = as_delta(cast("Notification", event))  # what is not even an event is not one
        newest = self._entries[-1] if self._entries else None
        if delta is None:
            self._entries.append(event)
            self._last = None
            return
        text = text_key(delta)
        if isinstance(newest, Merging) and newest.is_open and self._last == text:
            newest.add(delta)
        else:
            self._entries.append(Merging(delta))
            self._last = text

    def take(self) -> E:
        """The oldest; raises `IndexError` when there is none."""
        entry = self._entries.popleft()
        event = cast("E", entry.take() if isinstance(entry, Merging) else entry)
        self.size -= _size(event)
        return event

    def take_all(self) -> tuple[E, ...]:
        """Everything, the oldest first."""
        return tuple([self.take() for _ in range(len(self._entries))])


def _size(event: object) -> int:
    if isinstance(event, ItemStarted | ItemCompleted):
        return _EVENT_SIZE + len(item_text(event.item))
    delta = getattr(event, "delta", "")
    return _EVENT_SIZE * getattr(event, "merged", 1) + len(delta)

"""Merging: unread deltas of one item become one event.

Owns which deltas are one text, and the joining at a cost that stays linear: parts are kept in a
list and joined once. Does not know who reads, nor what else a backlog does. `Coalescing` is that of
a turn past its mark; `Tail` is the part of a backlog that may still grow, for any policy.
"""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, final

from msgspec.structs import replace

from codex_runtime.protocol.delta_lines import DELTA_TYPES
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from codex_runtime.connection.counters import Counters
    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = [
    "FAR",
    "MAX_CHARS",
    "MAX_PARTS",
    "Coalescing",
    "Merging",
    "Tail",
    "as_delta",
    "text_bytes",
    "text_key",
]

Event_co = TypeVar("Event_co", covariant=True)

MAX_PARTS: Final = 1024
"""So many deltas are one event at most: a small string costs several times its text."""

MAX_CHARS: Final = 64 * 1024
"""From so many code points on a merged event grows no more: one that needs four bytes makes every
one of its string as wide."""

FAR: Final = 8
"""So many times the mark, deltas merge past those of other items too: else two items that write in
turns would keep every delta an event of its own."""

_ITS_OWN: Final = frozenset({"delta", "merged", "extra_fields"})


def _identity(kind: Any) -> Callable[[Any], Hashable]:
    # Any, twice: no type says "a struct of these".
    names = [name for name in kind.__struct_fields__ if name not in _ITS_OWN]
    return cast("Callable[[Any], Hashable]", attrgetter(*names))


# Deltas are of one text if all else in them is equal: thread, turn, item and the part's index.
_IDENTITY_OF: Final[dict[type, Callable[[Any], Hashable]]] = {
    kind: _identity(kind) for kind in DELTA_TYPES
}


def as_delta(event: Notification) -> TextDelta | None:
    """The event if its text may be concatenated; one with unknown fields is left as it is."""
    if type(event) not in _IDENTITY_OF:
        return None
    delta = cast("TextDelta", event)
    return delta if delta.extra_fields is UNSET else None


def text_bytes(text: str) -> int:
    """The size of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


@final
class Merging(Generic[Event_co]):
    """An entry of a backlog that later deltas may join, until it is taken or has grown enough."""

    __slots__ = ("_chars", "_event", "_merged", "_on_joined", "_parts", "is_open", "size_bytes")

    def __init__(
        self,
        event: TextDelta,
        size_bytes: int = 0,
        on_joined: Callable[[TextDelta], None] | None = None,
    ) -> None:
        self._event = event
        self._parts = [event.delta]
        self._merged = event.merged
        self._chars = len(event.delta)
        self._on_joined = on_joined
        """Told once of the event of all the text."""
        self.is_open: bool = True
        self.size_bytes: int = size_bytes
        """For an owner who counts: what the first was told as, and the text of the others."""

    def add(self, event: TextDelta, size_bytes: int = 0) -> None:
        """The text goes on."""
        self.size_bytes += size_bytes
        self._parts.append(event.delta)
        self._merged += event.merged
        self._chars += len(event.delta)
        if len(self._parts) >= MAX_PARTS or self._chars >= MAX_CHARS:
            self.close()

    def take(self) -> Event_co:
        """One event of all the text; nothing joins it any more."""
        self.close()
        return cast("Event_co", self._event)

    def close(self) -> None:
        """Nothing joins it any more."""
        if not self.is_open:
            return
        self.is_open = False
        if len(self._parts) > 1:
            self._event = replace(self._event, delta="".join(self._parts), merged=self._merged)
        self._parts.clear()
        if self._on_joined is not None:
            self._on_joined(self._event)


class Tail:
    """The entries at the end of a backlog that the next delta may join.

    Up to ``mark_events`` unread nothing is merged. Past it a delta joins the entry beside it, if
    that is of the same text; past `FAR` times the mark, any entry since the last event that is no
    such delta. So the order of everything else, and of each text, is the wire's.
    """

    def __init__(self, mark_events: int) -> None:
        self.mark_events: Final = mark_events
        self._far_events: Final = mark_events * FAR
        self._open: dict[tuple[type, Hashable], Merging[Notification]] = {}
        self.last: Merging[Notification] | None = None
        """The newest entry that was made here; once another one follows it the tail has ended."""

    def end(self) -> None:
        """What comes next stands behind something that no delta may pass."""
        self._close_all()
        self.last = None

    def _close_all(self) -> None:
        for entry in self._open.values():
            entry.close()
        self._open.clear()

    def entry_for(self, delta: TextDelta, unread: int) -> Merging[Notification] | None:
        """The unread entry that the delta goes on, if there is one."""
        entry = self._open.get(text_key(delta))
        if entry is None or not entry.is_open:
            return None
        return entry if entry is self.last or unread >= self._far_events else None

    def begin(
        self,
        delta: TextDelta,
        unread: int,
        size_bytes: int = 0,
        on_joined: Callable[[TextDelta], None] | None = None,
    ) -> Merging[Notification]:
        """A new entry, the next of the backlog."""
        if unread < self._far_events:
            self._close_all()
        self.last = self._open[text_key(delta)] = Merging(delta, size_bytes, on_joined)
        return self.last


def text_key(delta: TextDelta) -> tuple[type, Hashable]:
    """Equal for deltas of one text: the same thread, turn, item and part."""
    kind = type(delta)
    return kind, _IDENTITY_OF[kind](delta)


class Coalescing:
    """The part of a turn's unread events that is past the mark: deltas are merged."""

    __slots__ = ("_counters", "_entries", "_tail")

    def __init__(self, mark_events: int, counters: Counters) -> None:
        self._entries: deque[Notification | Merging[Notification]] = deque()
        self._tail: Final = Tail(mark_events)
        self._counters: Final = counters

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        event: Notification,
        unread: int,
        on_joined: Callable[[TextDelta], None] | None = None,
    ) -> None:
        """Take the next event, ``unread`` being how many are, here and before.

        ``on_joined`` is told of each delta once: of one that stands for itself at once, of merged
        ones as one when they are joined. The order is that of each text, not that of several.
        """
        tail, entries = self._tail, self._entries
        delta = as_delta(event) if unread >= tail.mark_events else None
        if delta is None:
            tail.end()
            entries.append(event)
            if on_joined is not None and isinstance(event, DELTA_TYPES):
                on_joined(event)
            return
        entry = tail.entry_for(delta, unread)
        if entry is None:
            entries.append(tail.begin(delta, unread, on_joined=on_joined))
        else:
            entry.add(delta)
            self._counters.events_coalesced += delta.merged

    def settle(self) -> None:
        """Join what is open; the next delta begins an entry of its own."""
        self._tail.end()

    def popleft(self) -> Notification:
        """Take the oldest."""
        entry = self._entries.popleft()
        return entry.take() if isinstance(entry, Merging) else entry

    def clear(self) -> None:
        """Forget all."""
        self._entries.clear()
        self._tail.end()

"""The backlogs of subscribers, one class for each delivery policy.

Owns what each policy keeps, merges, drops and refuses. Does not know who wants which events, nor
when they are handed over (`subscriptions`, `mailbox`). Enter at `make_backlog`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, final

import attrs

from codex_runtime.engine.merging import Merging, Tail, as_delta, text_bytes
from codex_runtime.errors import SlowConsumer
from codex_runtime.protocol.methods import NOTIFICATIONS
from codex_runtime.protocol.unknown import MalformedNotification

if TYPE_CHECKING:
    from collections.abc import Hashable

    from codex_runtime.connection.counters import Counters
    from codex_runtime.protocol import Notification
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["Bounds", "DeliveryPolicy", "Lagged", "Offered", "SubscriberBacklog", "make_backlog"]

DeliveryPolicy: TypeAlias = Literal["coalesce", "latest", "drop_oldest", "fail"]
"""What becomes of a subscriber's unread events when it does not keep up.

- ``coalesce``: nothing is dropped; past ``RuntimeConfig.coalesce_after_events`` deltas are merged.
- ``latest``: of a state only the newest is kept, and deltas are merged at once.
- ``drop_oldest``: past ``max_backlog_events`` the oldest deltas and states of running turns go, and
  `Lagged` stands in their place.
- ``fail``: every event, one by one; past ``max_backlog_events`` `SlowConsumer` at once.

What begins or ends something is dropped by none of them.
"""

_TURN_STATES: Final = frozenset(
    {
        "item/fileChange/patchUpdated",
        "item/mcpToolCall/progress",
        "thread/tokenUsage/updated",
        "turn/diff/updated",
        "turn/plan/updated",
    }
)
SUPERSEDED: Final = _TURN_STATES | {
    "thread/name/updated",
    "thread/settings/updated",
    "thread/status/changed",
}
"""Events that tell a whole state: a newer one of the same thread, turn and item says it all."""

_STATE_OF: Final = ("thread_id", "turn_id", "item_id")

PASSING: Final = _TURN_STATES | {name for name in NOTIFICATIONS if name.lower().endswith("delta")}
"""Events that ``drop_oldest`` may drop: there are many, and what they tell is told again or can be
read. Every other one is kept, those of methods that are not known too."""


@final
@attrs.frozen
class Lagged:
    """Stands in a subscriber's events where some were dropped (policy ``drop_oldest``)."""

    METHOD: ClassVar[str] = "codex_runtime/lagged"
    """Ours, never on the wire; what makes it an event like the others."""

    count: int
    """How many."""


Offered: TypeAlias = "tuple[Notification, str, int]"
"""An event on its way to a subscriber: itself, its method, the bytes of its JSON params."""


@attrs.frozen
class Bounds:
    """What one subscriber may leave unread."""

    max_events: int
    max_bytes: int
    coalesce_after_events: int


def make_backlog(policy: DeliveryPolicy, bounds: Bounds, counters: Counters) -> SubscriberBacklog:
    """The backlog that keeps ``policy``."""
    return _BACKLOGS[policy](bounds, counters)


class SubscriberBacklog(ABC):
    """What all policies share: the count of bytes, and the cap that ends the subscriber."""

    def __init__(self, bounds: Bounds, counters: Counters) -> None:
        self._bounds: Final = bounds
        self._counters: Final = counters
        self._size_bytes = 0

    def note_peaks(self) -> None:
        """Called once per chunk: the consumer takes nothing within one."""
        counters = self._counters
        counters.peak_unread_events = max(counters.peak_unread_events, len(self))
        counters.peak_unread_bytes = max(counters.peak_unread_bytes, self._size_bytes)

    def _over(self, size_bytes: int) -> SlowConsumer | None:
        """The error if so many more bytes are too many."""
        limit = self._bounds.max_bytes
        if self._size_bytes + size_bytes <= limit:
            return None
        return self._slow("max_backlog_bytes", limit, size_bytes)

    def _slow(self, bound: str, limit: int, size_bytes: int) -> SlowConsumer:
        return SlowConsumer(
            bound,
            limit,
            backlog_events=len(self) + 1,
            backlog_bytes=self._size_bytes + size_bytes,
        )

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def add(self, offered: Offered) -> SlowConsumer | None:
        """Take an event in; the error that ends the subscriber if it is too much."""

    @abstractmethod
    def popleft(self) -> Notification:
        """Take the oldest."""

    @abstractmethod
    def clear(self) -> None:
        """Forget all."""


class _Coalesce(SubscriberBacklog):
    """All events; past the mark, deltas merged."""

    def __init__(self, bounds: Bounds, counters: Counters) -> None:
        super().__init__(bounds, counters)
        self._entries: deque[Offered | Merging[Notification]] = deque()
        self._tail = Tail(bounds.coalesce_after_events)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, offered: Offered) -> SlowConsumer | None:
        event, _, size_bytes = offered
        unread, tail = len(self._entries), self._tail
        delta = as_delta(event) if unread >= tail.mark_events else None
        if delta is None:
            entry = None
        else:
            if self._entries[-1] is not tail.last:
                tail.end()
            entry = tail.entry_for(delta, unread)
            if entry is not None:
                size_bytes = text_bytes(delta.delta)
        if (error := self._over(size_bytes)) is not None:
            return error
        self._size_bytes += size_bytes
        if delta is None:
            self._entries.append(offered)
        elif entry is None:
            self._entries.append(tail.begin(delta, unread, size_bytes))
        else:
            entry.add(delta, size_bytes)
            self._counters.events_coalesced += delta.merged
        return None

    def popleft(self) -> Notification:
        entry = self._entries.popleft()
        event, size_bytes = _opened(entry)
        self._size_bytes -= size_bytes
        return event

    def clear(self) -> None:
        self._entries.clear()
        self._size_bytes = 0


class _Latest(SubscriberBacklog):
    """One unread event of each state, and one of each text since the last event of another kind.

    What is left is in wire order: a newer state stands where it came, not where the old one stood.
    """

    def __init__(self, bounds: Bounds, counters: Counters) -> None:
        super().__init__(bounds, counters)
        self._entries: OrderedDict[Hashable, Offered | Merging[Notification]] = OrderedDict()
        self._numbers = count()
        self._tail = Tail(0)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, offered: Offered) -> SlowConsumer | None:
        event, method, size_bytes = offered
        delta = as_delta(event)
        if delta is not None:
            return self._add_delta(delta, size_bytes)
        if method in SUPERSEDED and not isinstance(event, MalformedNotification):
            key = (method, *(getattr(event, name, None) for name in _STATE_OF))
            old = self._entries.pop(key, None)
            if old is not None:
                self._size_bytes -= _opened(old)[1]
                self._counters.events_dropped += 1
        else:
            key = (next(self._numbers),)
            self._tail.end()
        return self._append(key, offered, size_bytes)

    def _add_delta(self, delta: TextDelta, size_bytes: int) -> SlowConsumer | None:
        entry = self._tail.entry_for(delta, len(self))
        if entry is None:
            begun = self._tail.begin(delta, len(self), size_bytes)
            return self._append((next(self._numbers),), begun, size_bytes)
        size_bytes = text_bytes(delta.delta)
        if (error := self._over(size_bytes)) is None:
            self._size_bytes += size_bytes
            entry.add(delta, size_bytes)
            self._counters.events_coalesced += delta.merged
        return error

    def _append(
        self, key: Hashable, entry: Offered | Merging[Notification], size_bytes: int
    ) -> SlowConsumer | None:
        if (error := self._over(size_bytes)) is None:
            self._size_bytes += size_bytes
            self._entries[key] = entry
        return error

    def popleft(self) -> Notification:
        _, entry = self._entries.popitem(last=False)
        event, size_bytes = _opened(entry)
        self._size_bytes -= size_bytes
        return event

    def clear(self) -> None:
        self._entries.clear()
        self._size_bytes = 0


class _DropOldest(SubscriberBacklog):
    """The newest events, and of the older ones those that may not be dropped."""

    def __init__(self, bounds: Bounds, counters: Counters) -> None:
        super().__init__(bounds, counters)
        self._kept: deque[Offered | int] = deque()
        """What has been passed over in dropping, and how many went between."""
        self._rest: deque[Offered] = deque()
        self._events = 0

    def __len__(self) -> int:
        return len(self._kept) + len(self._rest)

    def add(self, offered: Offered) -> SlowConsumer | None:
        self._rest.append(offered)
        self._events += 1
        self._size_bytes += offered[2]
        while self._is_over and self._drop_one():
            pass
        if self._size_bytes <= self._bounds.max_bytes:
            return None
        # All that is left must be kept, and the newest does not fit.
        self._kept.pop()
        self._events -= 1
        self._size_bytes -= offered[2]
        return self._over(offered[2])

    @property
    def _is_over(self) -> bool:
        return self._events > self._bounds.max_events or self._size_bytes > self._bounds.max_bytes

    def _drop_one(self) -> bool:
        while self._rest:
            oldest = self._rest.popleft()
            if oldest[1] not in PASSING:
                self._kept.append(oldest)
                continue
            self._events -= 1
            self._size_bytes -= oldest[2]
            self._counters.events_dropped += 1
            gap = self._kept[-1] if self._kept else None
            if isinstance(gap, int):
                self._kept[-1] = gap + 1
            else:
                self._kept.append(1)
            return True
        return False

    def popleft(self) -> Notification:
        entry = self._kept.popleft() if self._kept else self._rest.popleft()
        if isinstance(entry, int):
            return Lagged(entry)
        self._events -= 1
        self._size_bytes -= entry[2]
        return entry[0]

    def clear(self) -> None:
        self._kept.clear()
        self._rest.clear()
        self._events = self._size_bytes = 0


class _Fail(SubscriberBacklog):
    """Every event as it came, or the end."""

    def __init__(self, bounds: Bounds, counters: Counters) -> None:
        super().__init__(bounds, counters)
        self._entries: deque[Offered] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, offered: Offered) -> SlowConsumer | None:
        limit = self._bounds.max_events
        if len(self._entries) >= limit:
            error = self._slow("max_backlog_events", limit, offered[2])
            self.clear()
            return error
        if (too_much := self._over(offered[2])) is not None:
            return too_much
        self._size_bytes += offered[2]
        self._entries.append(offered)
        return None

    def popleft(self) -> Notification:
        event, _, size_bytes = self._entries.popleft()
        self._size_bytes -= size_bytes
        return event

    def clear(self) -> None:
        self._entries.clear()
        self._size_bytes = 0


def _opened(entry: Offered | Merging[Notification]) -> tuple[Notification, int]:
    """The event of an entry and what it counts for."""
    if isinstance(entry, Merging):
        return entry.take(), entry.size_bytes
    return entry[0], entry[2]


_BACKLOGS: Final[dict[DeliveryPolicy, type[SubscriberBacklog]]] = {
    "coalesce": _Coalesce,
    "latest": _Latest,
    "drop_oldest": _DropOldest,
    "fail": _Fail,
}

"""Which thread and which turn an event belongs to.

Owns the one place that knows where each kind of event carries its ids: in ``turnId``, in
``turn.id``, in ``threadId`` alone, or nowhere. Does not decode. Enter at `route_ids`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from codex_runtime.protocol.methods import NOTIFICATIONS
from codex_runtime.protocol.unknown import MalformedNotification, UnknownNotification

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.protocol.unknown import Notification

__all__ = ["route_ids"]

Ids: TypeAlias = tuple[str | None, str | None]

_readers: dict[type, Callable[[Notification], Ids]] = {}


def _thread_alone(event: Notification) -> Ids:
    return (getattr(event, "thread_id", None), None)


def _named_thread(event: Notification) -> Ids:
    # thread/started carries the whole thread.
    return (getattr(getattr(event, "thread", None), "id", None), None)


_READERS_BY_ROUTE: Final[dict[str, Callable[[Notification], Ids]]] = {
    "turn_id": attrgetter("thread_id", "turn_id"),
    "turn": attrgetter("thread_id", "turn.id"),
    "thread": _thread_alone,
    "none": _named_thread,
}


def route_ids(event: Notification) -> Ids:
    """The event's thread id and turn id, None where it has none."""
    kind = type(event)
    reader = _readers.get(kind)
    if reader is None:
        reader = _readers[kind] = _reader_of(event)
    return reader(event)


def _reader_of(event: Notification) -> Callable[[Notification], Ids]:
    if isinstance(event, (UnknownNotification, MalformedNotification)):
        return _READERS_BY_ROUTE["turn_id"]
    return _READERS_BY_ROUTE[NOTIFICATIONS[event.METHOD].route]

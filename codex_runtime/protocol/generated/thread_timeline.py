# ruff: noqa: TC001
"""A thread's items and realtime items in the order of its rollout.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import ThreadItem
from codex_runtime.protocol.generated.realtime import ThreadRealtimeItem
from codex_runtime.protocol.generated.turns import TurnError, TurnStatus
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "ItemTimelineEntry",
    "RealtimeTimelineEntry",
    "ThreadTimelineEntry",
    "ThreadTimelineListParams",
    "ThreadTimelineListResponse",
    "TurnCompletedTimelineEntry",
    "TurnStartedTimelineEntry",
]


class ItemTimelineEntry(Wire, frozen=True, kw_only=True, tag_field="type", tag="item"):
    """`ThreadTimelineEntry` with type ``item``."""

    item: ThreadItem
    position: int
    turn_id: str


class RealtimeTimelineEntry(Wire, frozen=True, kw_only=True, tag_field="type", tag="realtime"):
    """`ThreadTimelineEntry` with type ``realtime``."""

    item: ThreadRealtimeItem
    position: int


class TurnStartedTimelineEntry(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="turnStarted"
):
    """`ThreadTimelineEntry` with type ``turnStarted``."""

    position: int
    turn_id: str
    started_at: int | None = None
    """Unix timestamp, in seconds."""


class TurnCompletedTimelineEntry(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="turnCompleted"
):
    """`ThreadTimelineEntry` with type ``turnCompleted``."""

    position: int
    status: TurnStatus
    turn_id: str
    completed_at: int | None = None
    """Unix timestamp, in seconds."""
    duration_ms: int | None = None
    """In milliseconds."""
    error: TurnError | None = None
    started_at: int | None = None
    """Unix timestamp, in seconds."""


ThreadTimelineEntry: TypeAlias = (
    ItemTimelineEntry
    | RealtimeTimelineEntry
    | TurnStartedTimelineEntry
    | TurnCompletedTimelineEntry
    | UnknownVariant
)
"""Experimental: one item or turn boundary in canonical rollout order. Told apart by ``type``."""


class ThreadTimelineListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/timeline/list``.

    Experimental: list ordinary and realtime thread history in rollout order.
    """

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET


class ThreadTimelineListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/timeline/list``.

    Experimental: a bounded timeline page with its resolved opening voice state.
    """

    data: list[ThreadTimelineEntry]
    active_realtime_session_at_page_start: str | None = None
    next_cursor: str | None = None

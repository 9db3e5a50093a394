# ruff: noqa: TC001
"""Submissions that wait for a thread's current turn to end.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import UserInput
from codex_runtime.protocol.generated.turns import Turn

__all__ = [
    "QueuedSubmission",
    "ThreadQueueAddParams",
    "ThreadQueueAddResponse",
    "ThreadQueueChanged",
    "ThreadQueueDeleteParams",
    "ThreadQueueDeleteResponse",
    "ThreadQueueListParams",
    "ThreadQueueListResponse",
    "ThreadQueueReorderParams",
    "ThreadQueueReorderResponse",
    "ThreadQueueStartParams",
    "ThreadQueueStartResponse",
    "ThreadQueueUpdateParams",
    "ThreadQueueUpdateResponse",
]


class QueuedSubmission(Wire, frozen=True, kw_only=True):
    """Input that waits for its turn."""

    client_user_message_id: str
    id: str
    input: list[UserInput]


class ThreadQueueAddParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/queue/add``."""

    client_user_message_id: str
    input: list[UserInput]
    thread_id: str


class ThreadQueueAddResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/queue/add``."""

    queued_submission: QueuedSubmission


class ThreadQueueChanged(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/queue/changed``."""

    METHOD: ClassVar[str] = "thread/queue/changed"

    thread_id: str


class ThreadQueueDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/queue/delete``."""

    queued_submission_id: str
    thread_id: str


class ThreadQueueDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/queue/delete``."""

    deleted: bool


class ThreadQueueListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/queue/list``."""

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to the standard thread-list page size."""


class ThreadQueueListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/queue/list``."""

    data: list[QueuedSubmission]
    next_cursor: str | None = None
    """Opaque cursor for the next page, or `null` when no submissions remain."""


class ThreadQueueReorderParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/queue/reorder``."""

    queued_submission_ids: list[str]
    thread_id: str


class ThreadQueueReorderResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/queue/reorder``."""


class ThreadQueueStartParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/queue/start``."""

    thread_id: str
    queued_submission_id: str | UnsetType | None = UNSET


class ThreadQueueStartResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/queue/start``."""

    turn: Turn


class ThreadQueueUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/queue/update``."""

    input: list[UserInput]
    queued_submission_id: str
    thread_id: str


class ThreadQueueUpdateResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/queue/update``."""

    queued_submission: QueuedSubmission

# ruff: noqa: PYI051
"""The goal of a thread and what was spent on it.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "ThreadGoal",
    "ThreadGoalClearParams",
    "ThreadGoalClearResponse",
    "ThreadGoalCleared",
    "ThreadGoalGetParams",
    "ThreadGoalGetResponse",
    "ThreadGoalMutationOrigin",
    "ThreadGoalSetParams",
    "ThreadGoalSetResponse",
    "ThreadGoalStatus",
    "ThreadGoalUpdated",
]


ThreadGoalStatus: TypeAlias = (
    Literal[
        "active",
        "paused",
        "blocked",
        "usageLimited",
        "budgetLimited",
        "complete",
    ]
    | str
)


class ThreadGoal(Wire, frozen=True, kw_only=True, gc=False):
    """What a thread works towards, and what was spent on it."""

    created_at: int
    """Unix timestamp, in seconds."""
    objective: str
    status: ThreadGoalStatus
    thread_id: str
    time_used_seconds: int
    """In seconds."""
    tokens_used: int
    updated_at: int
    """Unix timestamp, in seconds."""
    token_budget: int | None = None


ThreadGoalMutationOrigin: TypeAlias = Literal["user", "automatic"] | str
"""Distinguishes explicit user actions from automatic goal lifecycle mutations."""


class ThreadGoalClearParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/goal/clear``."""

    thread_id: str
    origin: ThreadGoalMutationOrigin | UnsetType | None = UNSET
    """Missing provenance does not supply user authorization."""


class ThreadGoalClearResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/goal/clear``."""

    cleared: bool


class ThreadGoalCleared(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``thread/goal/cleared``."""

    METHOD: ClassVar[str] = "thread/goal/cleared"

    thread_id: str


class ThreadGoalGetParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/goal/get``."""

    thread_id: str


class ThreadGoalGetResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/goal/get``."""

    goal: ThreadGoal | None = None


class ThreadGoalSetParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/goal/set``."""

    thread_id: str
    objective: str | UnsetType | None = UNSET
    origin: ThreadGoalMutationOrigin | UnsetType | None = UNSET
    """Missing provenance does not supply user authorization."""
    status: ThreadGoalStatus | UnsetType | None = UNSET
    token_budget: int | UnsetType | None = UNSET


class ThreadGoalSetResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/goal/set``."""

    goal: ThreadGoal


class ThreadGoalUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``thread/goal/updated``."""

    METHOD: ClassVar[str] = "thread/goal/updated"

    goal: ThreadGoal
    thread_id: str
    turn_id: str | None = None

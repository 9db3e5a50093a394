# ruff: noqa: PYI051
"""What is remembered from one thread to the next.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "MemoryResetResponse",
    "MemoryStatusParams",
    "MemoryStatusResponse",
    "ThreadMemoryMode",
    "ThreadMemoryModeSetParams",
    "ThreadMemoryModeSetResponse",
]


class MemoryResetResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``memory/reset``."""


class MemoryStatusParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``memory/status``."""

    min_consolidated_threads: int | UnsetType | None = UNSET
    """Required distinct consolidated threads. Defaults to 20; supported range is 1..=4096."""


class MemoryStatusResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``memory/status``."""

    v2_consolidated_threads: int
    v2_ready: bool


ThreadMemoryMode: TypeAlias = Literal["enabled", "disabled"] | str


class ThreadMemoryModeSetParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/memoryMode/set``."""

    mode: ThreadMemoryMode
    thread_id: str


class ThreadMemoryModeSetResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/memoryMode/set``."""

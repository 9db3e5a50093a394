"""Guesses at what the user will say next.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "CompletedThreadPredictionResult",
    "FailedThreadPredictionResult",
    "ThreadPredictionRequestParams",
    "ThreadPredictionRequestResponse",
    "ThreadPredictionResult",
    "ThreadPredictionUpdated",
]


class ThreadPredictionRequestParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/prediction/request``."""

    source_turn_id: str
    thread_id: str


class ThreadPredictionRequestResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/prediction/request``."""


class CompletedThreadPredictionResult(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="completed"
):
    """`ThreadPredictionResult` with type ``completed``."""

    text: str | None = None


class FailedThreadPredictionResult(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="failed"
):
    """`ThreadPredictionResult` with type ``failed``."""


ThreadPredictionResult: TypeAlias = (
    CompletedThreadPredictionResult | FailedThreadPredictionResult | UnknownVariant
)
"""Told apart by ``type``."""


class ThreadPredictionUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``thread/prediction/updated``."""

    METHOD: ClassVar[str] = "thread/prediction/updated"

    result: ThreadPredictionResult
    source_turn_id: str
    thread_id: str

"""Sending feedback with logs.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "FeedbackUploadParams",
    "FeedbackUploadResponse",
]


class FeedbackUploadParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``feedback/upload``."""

    classification: str
    extra_log_files: list[str] | UnsetType | None = UNSET
    include_logs: bool | UnsetType = UNSET
    reason: str | UnsetType | None = UNSET
    tags: dict[str, str] | UnsetType | None = UNSET
    thread_id: str | UnsetType | None = UNSET


class FeedbackUploadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``feedback/upload``."""

    thread_id: str
    prompt_hash: str | None = None
    """Whitespace-normalized SHA-256 of the session base instructions, matching the uploaded
    `prompt_hash` tag. Does not include later developer messages. Null when the reported rollout has
    no prompt metadata.
    """

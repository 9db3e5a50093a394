# ruff: noqa: TC001
"""Presets of how the model works with the user.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

import msgspec

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import ReasoningEffort
from codex_runtime.protocol.generated.turns import ModeKind

__all__ = [
    "CollaborationModeListParams",
    "CollaborationModeListResponse",
    "CollaborationModeMask",
]


class CollaborationModeListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``collaborationMode/list``.

    Experimental: list collaboration mode presets.
    """


class CollaborationModeMask(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: collaboration mode preset metadata for clients."""

    name: str
    mode: ModeKind | None = None
    model: str | None = None
    reasoning_effort: ReasoningEffort | None = msgspec.field(default=None, name="reasoning_effort")


class CollaborationModeListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``collaborationMode/list``.

    Experimental: collaboration mode presets response.
    """

    data: list[CollaborationModeMask]

# ruff: noqa: PYI051
"""Finding files by a part of their name.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "FuzzyFileSearchMatchType",
    "FuzzyFileSearchParams",
    "FuzzyFileSearchResponse",
    "FuzzyFileSearchResult",
    "FuzzyFileSearchSessionCompleted",
    "FuzzyFileSearchSessionStartParams",
    "FuzzyFileSearchSessionStartResponse",
    "FuzzyFileSearchSessionStopParams",
    "FuzzyFileSearchSessionStopResponse",
    "FuzzyFileSearchSessionUpdateParams",
    "FuzzyFileSearchSessionUpdateResponse",
    "FuzzyFileSearchSessionUpdated",
]


FuzzyFileSearchMatchType: TypeAlias = Literal["file", "directory"] | str


class FuzzyFileSearchParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``fuzzyFileSearch``."""

    query: str
    roots: list[str]
    cancellation_token: str | UnsetType | None = UNSET


class FuzzyFileSearchResult(Wire, frozen=True, kw_only=True):
    """Superset of [`codex_file_search::FileMatch`]."""

    file_name: str = msgspec.field(name="file_name")
    match_type: FuzzyFileSearchMatchType = msgspec.field(name="match_type")
    path: str
    root: str
    score: int
    indices: list[int] | None = None


class FuzzyFileSearchResponse(Wire, frozen=True, kw_only=True):
    """Result of ``fuzzyFileSearch``."""

    files: list[FuzzyFileSearchResult]


class FuzzyFileSearchSessionCompleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``fuzzyFileSearch/sessionCompleted``."""

    METHOD: ClassVar[str] = "fuzzyFileSearch/sessionCompleted"

    session_id: str


class FuzzyFileSearchSessionStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``fuzzyFileSearch/sessionStart``."""

    roots: list[str]
    session_id: str


class FuzzyFileSearchSessionStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fuzzyFileSearch/sessionStart``."""


class FuzzyFileSearchSessionStopParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fuzzyFileSearch/sessionStop``."""

    session_id: str


class FuzzyFileSearchSessionStopResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fuzzyFileSearch/sessionStop``."""


class FuzzyFileSearchSessionUpdateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``fuzzyFileSearch/sessionUpdate``."""

    query: str
    session_id: str


class FuzzyFileSearchSessionUpdateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``fuzzyFileSearch/sessionUpdate``."""


class FuzzyFileSearchSessionUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``fuzzyFileSearch/sessionUpdated``."""

    METHOD: ClassVar[str] = "fuzzyFileSearch/sessionUpdated"

    files: list[FuzzyFileSearchResult]
    query: str
    session_id: str

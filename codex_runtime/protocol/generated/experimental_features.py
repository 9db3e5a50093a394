# ruff: noqa: PYI051
"""Switches of features that are not finished.

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
    "ExperimentalFeature",
    "ExperimentalFeatureEnablementSetParams",
    "ExperimentalFeatureEnablementSetResponse",
    "ExperimentalFeatureListParams",
    "ExperimentalFeatureListResponse",
    "ExperimentalFeatureStage",
]


ExperimentalFeatureStage: TypeAlias = (
    Literal[
        "beta",
        "underDevelopment",
        "stable",
        "deprecated",
        "removed",
    ]
    | str
)
"""``beta``: Feature is available for user testing and feedback. ``underDevelopment``: Feature is
still being built and not ready for broad use. ``stable``: Feature is production-ready.
``deprecated``: Feature is deprecated and should be avoided. ``removed``: Feature flag is retained
only for backwards compatibility.
"""


class ExperimentalFeature(Wire, frozen=True, kw_only=True, gc=False):
    """A feature that can be switched on or off."""

    default_enabled: bool
    """Whether this feature is enabled by default."""
    enabled: bool
    """Whether this feature is currently enabled in the loaded config."""
    name: str
    """Stable key used in config.toml and CLI flag toggles."""
    stage: ExperimentalFeatureStage
    """Lifecycle stage of this feature flag."""
    announcement: str | None = None
    """Announcement copy shown to users when the feature is introduced. Null when this feature is
    not in beta.
    """
    description: str | None = None
    """Short summary describing what the feature does. Null when this feature is not in beta."""
    display_name: str | None = None
    """User-facing display name shown in the experimental features UI. Null when this feature is not
    in beta.
    """


class ExperimentalFeatureEnablementSetParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``experimentalFeature/enablement/set``."""

    enablement: dict[str, bool]
    """Process-wide runtime feature enablement keyed by canonical feature name. Only named features
    are updated. Omitted features are left unchanged. Send an empty map for a no-op.
    """


class ExperimentalFeatureEnablementSetResponse(Wire, frozen=True, kw_only=True):
    """Result of ``experimentalFeature/enablement/set``."""

    enablement: dict[str, bool]
    """Feature enablement entries updated by this request."""


class ExperimentalFeatureListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``experimentalFeature/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""
    thread_id: str | UnsetType | None = UNSET
    """Optional loaded thread id. Pass this when showing feature state for an existing thread so
    enablement is computed from that thread's refreshed config, including project-local config for
    the thread's cwd.
    """


class ExperimentalFeatureListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``experimentalFeature/list``."""

    data: list[ExperimentalFeature]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """

# ruff: noqa: PYI051, TC001
"""Plugins shared with others, and those that others share.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf
from codex_runtime.protocol.generated.plugins import (
    PluginShareDiscoverability,
    PluginSharePrincipal,
    PluginSharePrincipalType,
    PluginSummary,
)

__all__ = [
    "PluginShareCheckoutParams",
    "PluginShareCheckoutResponse",
    "PluginShareDeleteParams",
    "PluginShareDeleteResponse",
    "PluginShareListItem",
    "PluginShareListParams",
    "PluginShareListResponse",
    "PluginShareSaveParams",
    "PluginShareSaveResponse",
    "PluginShareTarget",
    "PluginShareTargetRole",
    "PluginShareUpdateDiscoverability",
    "PluginShareUpdateTargetsParams",
    "PluginShareUpdateTargetsResponse",
]


class PluginShareCheckoutParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/share/checkout``."""

    remote_plugin_id: str


class PluginShareCheckoutResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``plugin/share/checkout``."""

    marketplace_name: str
    marketplace_path: AbsolutePathBuf
    plugin_id: str
    plugin_name: str
    plugin_path: AbsolutePathBuf
    remote_plugin_id: str
    remote_version: str | None = None


class PluginShareDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/share/delete``."""

    remote_plugin_id: str


class PluginShareDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``plugin/share/delete``."""


class PluginShareListItem(Wire, frozen=True, kw_only=True):
    """A plugin that is shared."""

    plugin: PluginSummary
    local_plugin_path: AbsolutePathBuf | None = None


class PluginShareListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/share/list``."""


class PluginShareListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/share/list``."""

    data: list[PluginShareListItem]


PluginShareTargetRole: TypeAlias = Literal["reader", "editor"] | str


class PluginShareTarget(Wire, frozen=True, kw_only=True, gc=False):
    """Somebody with whom a plugin is to be shared."""

    principal_id: str
    principal_type: PluginSharePrincipalType
    role: PluginShareTargetRole


class PluginShareSaveParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``plugin/share/save``."""

    plugin_path: AbsolutePathBuf
    discoverability: PluginShareDiscoverability | UnsetType | None = UNSET
    remote_plugin_id: str | UnsetType | None = UNSET
    share_targets: list[PluginShareTarget] | UnsetType | None = UNSET


class PluginShareSaveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``plugin/share/save``."""

    remote_plugin_id: str
    share_url: str
    can_publish_to_workspace: bool | None = None


PluginShareUpdateDiscoverability: TypeAlias = Literal["UNLISTED", "PRIVATE", "LISTED"] | str


class PluginShareUpdateTargetsParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``plugin/share/updateTargets``."""

    discoverability: PluginShareUpdateDiscoverability
    remote_plugin_id: str
    share_targets: list[PluginShareTarget]


class PluginShareUpdateTargetsResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/share/updateTargets``."""

    discoverability: PluginShareDiscoverability
    principals: list[PluginSharePrincipal]

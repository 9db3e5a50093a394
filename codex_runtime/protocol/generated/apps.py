"""Apps (connectors) and their metadata.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire

__all__ = [
    "AppBranding",
    "AppInfo",
    "AppListUpdated",
    "AppMetadata",
    "AppReview",
    "AppScreenshot",
    "AppToolSummary",
    "AppsInstalledParams",
    "AppsInstalledResponse",
    "AppsListParams",
    "AppsListResponse",
    "AppsReadParams",
    "AppsReadResponse",
    "ConnectorMetadata",
    "InstalledApp",
]


class AppBranding(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: app metadata returned by app-list APIs."""

    is_discoverable_app: bool
    category: str | None = None
    developer: str | None = None
    privacy_policy: str | None = None
    terms_of_service: str | None = None
    website: str | None = None


class AppReview(Wire, frozen=True, kw_only=True, gc=False):
    """How far the review of an app has come."""

    status: str


class AppScreenshot(Wire, frozen=True, kw_only=True, gc=False):
    """A screenshot of an app, and the prompt shown with it."""

    user_prompt: str
    file_id: str | None = None
    url: str | None = None


class AppMetadata(Wire, frozen=True, kw_only=True):
    """How a store shows an app."""

    categories: list[str] | None = None
    developer: str | None = None
    first_party_requires_install: bool | None = None
    review: AppReview | None = None
    screenshots: list[AppScreenshot] | None = None
    seo_description: str | None = None
    show_in_composer_when_unlinked: bool | None = None
    sub_categories: list[str] | None = None
    version: str | None = None
    version_id: str | None = None
    version_notes: str | None = None


class AppInfo(Wire, frozen=True, kw_only=True):
    """Experimental: app metadata returned by app-list APIs."""

    id: str
    name: str
    app_metadata: AppMetadata | None = None
    branding: AppBranding | None = None
    description: str | None = None
    distribution_channel: str | None = None
    icon_assets: dict[str, str] | None = None
    icon_dark_assets: dict[str, str] | None = None
    install_url: str | None = None
    is_accessible: bool = False
    is_enabled: bool = True
    """Whether this app is enabled in config.toml. Example: ```toml [apps.bad_app] enabled = false
    ```.
    """
    labels: dict[str, str] | None = None
    logo_url: str | None = None
    logo_url_dark: str | None = None
    plugin_display_names: list[str] = msgspec.field(default_factory=list[str])


class AppListUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``app/list/updated``.

    Experimental: notification emitted when the app list changes.
    """

    METHOD: ClassVar[str] = "app/list/updated"

    data: list[AppInfo]


class AppToolSummary(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: metadata returned by app/read."""

    description: str
    name: str
    disabled_reason: str | None = None
    is_enabled: bool = True
    is_read_only: bool = False
    title: str | None = None


class AppsInstalledParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``app/installed``.

    Read the committed installed connector runtime snapshot.
    """

    force_refresh: bool | UnsetType = UNSET
    """When true and Apps are permitted, refresh and publish the hosted connector runtime tool
    snapshot first.
    """
    thread_id: str | UnsetType | None = UNSET
    """Optional loaded thread id used to evaluate effective app configuration."""


class InstalledApp(Wire, frozen=True, kw_only=True, gc=False):
    """Installed connector runtime state."""

    callable: bool
    """Whether the connector is enabled and has a non-synthetic, model-visible tool allowed by
    effective MCP and app/tool policy in the committed runtime snapshot.
    """
    enabled: bool
    """Effective enabled state after applying global, workspace, local, and managed configuration at
    read time.
    """
    id: str
    runtime_name: str | None = None
    """Best-effort name carried by the runtime tool catalog. Canonical app metadata remains owned by
    `app/read`.
    """


class AppsInstalledResponse(Wire, frozen=True, kw_only=True):
    """Result of ``app/installed``.

    The installed connectors in one committed runtime snapshot.
    """

    apps: list[InstalledApp]


class AppsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``app/list``.

    Experimental: list available apps/connectors.
    """

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    force_refetch: bool | UnsetType = UNSET
    """When true, bypass app caches and fetch the latest data from sources."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""
    thread_id: str | UnsetType | None = UNSET
    """Optional thread id used to evaluate app feature gating from that thread's config."""


class AppsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``app/list``.

    Experimental: app list response.
    """

    data: list[AppInfo]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class AppsReadParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``app/read``.

    Experimental: read metadata for specific apps/connectors.
    """

    app_ids: list[str]
    """App ids to read. The server accepts at most 100 ids and deduplicates repeated ids while
    preserving their first-request order.
    """
    include_tools: bool | UnsetType = UNSET
    """When true, include display-only public tool summaries in the returned metadata."""
    thread_id: str | UnsetType | None = UNSET
    """Optional loaded thread id used to evaluate effective app configuration."""


class ConnectorMetadata(Wire, frozen=True, kw_only=True):
    """Experimental: metadata returned by app/read."""

    id: str
    name: str
    description: str | None = None
    distribution_channel: str | None = None
    icon_url: str | None = None
    icon_url_dark: str | None = None
    install_url: str | None = None
    plugin_display_names: list[str] = msgspec.field(default_factory=list[str])
    tool_summaries: list[AppToolSummary] | None = None


class AppsReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``app/read``.

    Experimental: app/read response.
    """

    apps: list[ConnectorMetadata]
    missing_app_ids: list[str]

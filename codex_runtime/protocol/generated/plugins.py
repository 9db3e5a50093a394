# ruff: noqa: PYI051, TC001
"""Plugins: finding, reading and installing them.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.generated.hooks import HookEventName
from codex_runtime.protocol.generated.items import AbsolutePathBuf, LegacyAppPathString
from codex_runtime.protocol.generated.skills import SkillInterface
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "AppSummary",
    "AppTemplateSummary",
    "AppTemplateUnavailableReason",
    "DailySchedule",
    "GitPluginSource",
    "HourlySchedule",
    "LocalPluginSource",
    "MarketplaceInterface",
    "MarketplaceLoadErrorInfo",
    "NpmPluginSource",
    "PluginAuthPolicy",
    "PluginAvailability",
    "PluginDetail",
    "PluginDisabledReason",
    "PluginHookSummary",
    "PluginInstallParams",
    "PluginInstallPolicy",
    "PluginInstallPolicySource",
    "PluginInstallResponse",
    "PluginInstalledParams",
    "PluginInstalledResponse",
    "PluginInterface",
    "PluginListMarketplaceKind",
    "PluginListParams",
    "PluginListResponse",
    "PluginMarketplaceEntry",
    "PluginReadParams",
    "PluginReadResponse",
    "PluginReconcileParams",
    "PluginReconcileResponse",
    "PluginSearchParams",
    "PluginSearchResponse",
    "PluginSearchResult",
    "PluginSearchScope",
    "PluginShareContext",
    "PluginShareDiscoverability",
    "PluginSharePrincipal",
    "PluginSharePrincipalRole",
    "PluginSharePrincipalType",
    "PluginSkillReadParams",
    "PluginSkillReadResponse",
    "PluginSource",
    "PluginSummary",
    "PluginUninstallParams",
    "PluginUninstallResponse",
    "ReconciledPlugin",
    "RemotePluginSource",
    "ScheduledTaskSchedule",
    "ScheduledTaskSummary",
    "ScheduledTaskWeekday",
    "SkillSummary",
    "WeekdaysSchedule",
    "WeeklySchedule",
]


class AppSummary(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: app metadata summary for plugin responses."""

    id: str
    name: str
    category: str | None = None
    description: str | None = None
    install_url: str | None = None


AppTemplateUnavailableReason: TypeAlias = (
    Literal[
        "NOT_CONFIGURED_FOR_WORKSPACE",
        "NO_ACTIVE_WORKSPACE",
    ]
    | str
)


class AppTemplateSummary(Wire, frozen=True, kw_only=True):
    """A template of an app that a plugin brings."""

    materialized_app_ids: list[str]
    name: str
    template_id: str
    canonical_connector_id: str | None = None
    category: str | None = None
    description: str | None = None
    logo_url: str | None = None
    logo_url_dark: str | None = None
    reason: AppTemplateUnavailableReason | None = None


class MarketplaceInterface(Wire, frozen=True, kw_only=True, gc=False):
    """How a marketplace is shown."""

    display_name: str | None = None


class MarketplaceLoadErrorInfo(Wire, frozen=True, kw_only=True, gc=False):
    """A marketplace that could not be loaded, and why."""

    marketplace_path: AbsolutePathBuf
    message: str


PluginAuthPolicy: TypeAlias = Literal["ON_INSTALL", "ON_USE"] | str


PluginAvailability: TypeAlias = Literal["DISABLED_BY_ADMIN", "AVAILABLE"] | str
"""``AVAILABLE``: Plugin-service currently sends `'ENABLED'` for available remote plugins. Codex
app-server exposes `'AVAILABLE'` in its API; the alias keeps decoding compatible with that upstream
response.
"""


class PluginHookSummary(Wire, frozen=True, kw_only=True, gc=False):
    """A hook that a plugin brings."""

    event_name: HookEventName
    key: str


PluginDisabledReason: TypeAlias = (
    Literal[
        "disabled_by_admin",
        "plan_not_eligible",
        "required_app_unavailable",
        "unknown",
    ]
    | str
)


PluginInstallPolicy: TypeAlias = Literal["NOT_AVAILABLE", "AVAILABLE", "INSTALLED_BY_DEFAULT"] | str


PluginInstallPolicySource: TypeAlias = Literal["WORKSPACE_SETTING", "IMPLICIT_CANONICAL_APP"] | str


class PluginInterface(Wire, frozen=True, kw_only=True):
    """How a plugin is shown."""

    capabilities: list[str]
    screenshot_urls: list[str]
    """Remote screenshot URLs from the plugin catalog."""
    screenshots: list[AbsolutePathBuf]
    """Local screenshot paths, resolved from the installed plugin package."""
    brand_color: str | None = None
    category: str | None = None
    composer_icon: AbsolutePathBuf | None = None
    """Local composer icon path, resolved from the installed plugin package."""
    composer_icon_url: str | None = None
    """Remote composer icon URL from the plugin catalog."""
    default_prompt: list[str] | None = None
    """Starter prompts for the plugin. Capped at 3 entries with a maximum of 128 characters per
    entry.
    """
    developer_name: str | None = None
    display_name: str | None = None
    logo: AbsolutePathBuf | None = None
    """Local logo path, resolved from the installed plugin package."""
    logo_dark: AbsolutePathBuf | None = None
    """Local dark-mode logo path, resolved from the installed plugin package."""
    logo_url: str | None = None
    """Remote logo URL from the plugin catalog."""
    logo_url_dark: str | None = None
    """Remote dark-mode logo URL from the plugin catalog."""
    long_description: str | None = None
    privacy_policy_url: str | None = None
    short_description: str | None = None
    terms_of_service_url: str | None = None
    website_url: str | None = None


PluginShareDiscoverability: TypeAlias = Literal["LISTED", "UNLISTED", "PRIVATE"] | str


PluginSharePrincipalRole: TypeAlias = Literal["reader", "editor", "owner"] | str


PluginSharePrincipalType: TypeAlias = Literal["user", "group", "workspace"] | str


class PluginSharePrincipal(Wire, frozen=True, kw_only=True, gc=False):
    """Somebody with whom a plugin is shared."""

    name: str
    principal_id: str
    principal_type: PluginSharePrincipalType
    role: PluginSharePrincipalRole


class PluginShareContext(Wire, frozen=True, kw_only=True):
    """Who shares a plugin, and with whom."""

    remote_plugin_id: str
    can_publish_to_workspace: bool | None = None
    creator_account_user_id: str | None = None
    creator_name: str | None = None
    discoverability: PluginShareDiscoverability | None = None
    remote_version: str | None = None
    """Version of the remote shared plugin release when available."""
    share_principals: list[PluginSharePrincipal] | None = None
    share_url: str | None = None


class LocalPluginSource(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="local"):
    """`PluginSource` with type ``local``."""

    path: AbsolutePathBuf


class GitPluginSource(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="git"):
    """`PluginSource` with type ``git``."""

    url: str
    path: str | None = None
    ref_name: str | None = None
    sha: str | None = None


class NpmPluginSource(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="npm"):
    """`PluginSource` with type ``npm``."""

    package: str
    registry: str | None = None
    """Optional HTTPS registry URL. Authentication stays in the user's npm config."""
    version: str | None = None
    """Optional npm version or version range."""


class RemotePluginSource(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="remote"):
    """`PluginSource` with type ``remote``.

    The plugin is available in the remote catalog. Download metadata is kept server-side and is not
    exposed through the app-server API.
    """


PluginSource: TypeAlias = (
    LocalPluginSource | GitPluginSource | NpmPluginSource | RemotePluginSource | UnknownVariant
)
"""Told apart by ``type``."""


class PluginSummary(Wire, frozen=True, kw_only=True):
    """A plugin."""

    auth_policy: PluginAuthPolicy
    enabled: bool
    id: str
    install_policy: PluginInstallPolicy
    installed: bool
    name: str
    source: PluginSource
    availability: PluginAvailability = "AVAILABLE"
    """Availability state for installing and using the plugin."""
    disabled_reason: PluginDisabledReason | None = None
    """Why the remote plugin is unavailable, when provided by plugin-service."""
    eligible_plan_types: list[str] | None = None
    """Raw plugin-service plan identifiers eligible to install the plugin."""
    install_policy_source: PluginInstallPolicySource | None = None
    installed_at: int | None = None
    """Unix timestamp in seconds when the remote plugin was installed, when available."""
    interface: PluginInterface | None = None
    keywords: list[str] = msgspec.field(default_factory=list[str])
    local_version: str | None = None
    """Version of the locally materialized plugin package when available."""
    must_show_installation_interstitial: bool | None = None
    remote_plugin_id: str | None = None
    """Backend remote plugin identifier when available."""
    share_context: PluginShareContext | None = None
    """Remote sharing context associated with this plugin when available."""
    version: str | None = None
    """Version advertised by the remote marketplace backend when available."""


ScheduledTaskWeekday: TypeAlias = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"] | str


class HourlySchedule(Wire, frozen=True, kw_only=True, tag_field="type", tag="hourly"):
    """`ScheduledTaskSchedule` with type ``hourly``."""

    interval_hours: int
    """In hours."""
    days: list[ScheduledTaskWeekday] | None = None


class DailySchedule(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="daily"):
    """`ScheduledTaskSchedule` with type ``daily``."""

    time: str


class WeekdaysSchedule(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="weekdays"):
    """`ScheduledTaskSchedule` with type ``weekdays``."""

    time: str


class WeeklySchedule(Wire, frozen=True, kw_only=True, tag_field="type", tag="weekly"):
    """`ScheduledTaskSchedule` with type ``weekly``."""

    days: list[ScheduledTaskWeekday]
    time: str


ScheduledTaskSchedule: TypeAlias = (
    HourlySchedule | DailySchedule | WeekdaysSchedule | WeeklySchedule | UnknownVariant
)
"""Told apart by ``type``."""


class ScheduledTaskSummary(Wire, frozen=True, kw_only=True):
    """A prompt that a plugin runs on a schedule."""

    key: str
    name: str
    prompt: str
    schedule: ScheduledTaskSchedule


class SkillSummary(Wire, frozen=True, kw_only=True):
    """A skill that a plugin brings."""

    description: str
    enabled: bool
    name: str
    interface: SkillInterface | None = None
    path: LegacyAppPathString | None = None
    short_description: str | None = None


class PluginDetail(Wire, frozen=True, kw_only=True):
    """A plugin, and all that it brings."""

    app_templates: list[AppTemplateSummary]
    apps: list[AppSummary]
    hooks: list[PluginHookSummary]
    marketplace_name: str
    mcp_servers: list[str]
    skills: list[SkillSummary]
    summary: PluginSummary
    description: str | None = None
    marketplace_path: AbsolutePathBuf | None = None
    onboarding_skill: SkillSummary | None = None
    """The declared onboarding skill, when the plugin and visible skill are enabled."""
    scheduled_tasks: list[ScheduledTaskSummary] | None = None
    share_url: str | None = None


class PluginInstallParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/install``."""

    plugin_name: str
    install_attempt_id: str | UnsetType | None = UNSET
    """Client-generated identifier used to correlate one installation attempt."""
    marketplace_path: AbsolutePathBuf | UnsetType | None = UNSET
    remote_marketplace_name: str | UnsetType | None = UNSET


class PluginInstallResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/install``."""

    apps_needing_auth: list[AppSummary]
    auth_policy: PluginAuthPolicy


class PluginInstalledParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``plugin/installed``."""

    cwds: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Optional working directories used to discover repo marketplaces."""
    install_suggestion_plugin_names: list[str] | UnsetType | None = UNSET
    """Additional uninstalled plugin names that should be returned when present locally. This is
    used by mention surfaces that intentionally expose install entrypoints.
    """


class PluginMarketplaceEntry(Wire, frozen=True, kw_only=True):
    """A marketplace with its plugins."""

    name: str
    plugins: list[PluginSummary]
    interface: MarketplaceInterface | None = None
    path: AbsolutePathBuf | None = None
    """Local marketplace file path when the marketplace is backed by a local file. Remote-only
    catalog marketplaces do not have a local path.
    """


class PluginInstalledResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/installed``."""

    marketplaces: list[PluginMarketplaceEntry]
    marketplace_load_errors: list[MarketplaceLoadErrorInfo] = msgspec.field(
        default_factory=list[MarketplaceLoadErrorInfo]
    )


PluginListMarketplaceKind: TypeAlias = (
    Literal[
        "local",
        "vertical",
        "workspace-directory",
        "shared-with-me",
        "created-by-me-remote",
    ]
    | str
)


class PluginListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``plugin/list``."""

    cwds: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Optional working directories used to discover repo marketplaces. When omitted, only
    home-scoped marketplaces and the official curated marketplace are considered.
    """
    force_refetch: bool | UnsetType = UNSET
    """Whether the client requests a fresh remote plugin catalog fetch."""
    marketplace_kinds: list[PluginListMarketplaceKind] | UnsetType | None = UNSET
    """Optional marketplace kind filter. When omitted, only local marketplaces are queried, plus the
    default remote catalog when enabled by feature flag.
    """


class PluginListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/list``."""

    marketplaces: list[PluginMarketplaceEntry]
    featured_plugin_ids: list[str] = msgspec.field(default_factory=list[str])
    marketplace_load_errors: list[MarketplaceLoadErrorInfo] = msgspec.field(
        default_factory=list[MarketplaceLoadErrorInfo]
    )


class PluginReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/read``."""

    plugin_name: str
    marketplace_path: AbsolutePathBuf | UnsetType | None = UNSET
    remote_marketplace_name: str | UnsetType | None = UNSET


class PluginReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/read``."""

    plugin: PluginDetail


class ReconciledPlugin(Wire, frozen=True, kw_only=True, gc=False):
    """Runtime categories affected by this change, not just capabilities currently present.

    Flags describe declarations before runtime policy filtering. Updates OR the old and new bundle
    flags; enablement changes and cached reinstalls use the cached bundle; removals retain the old
    bundle's flags.
    """

    has_apps: bool
    has_hooks: bool
    has_mcps: bool
    has_skills: bool
    """Whether either bundle declares skill roots; not a validated inventory of enabled skills."""
    id: str
    """Local plugin ID (`name@marketplace`), matching `PluginSummary.id`."""


class PluginReconcileParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/reconcile``."""

    reason: str | UnsetType | None = UNSET
    """Optional client-provided reason recorded with the reconciliation attempt."""


class PluginReconcileResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/reconcile``.

    Bundle and installed-state changes observed by this pass, not a runtime-readiness
    acknowledgement or a cumulative diff since the client's last request. Other metadata-only
    changes are not listed.
    """

    changed_plugins: list[ReconciledPlugin]
    """Plugins affected by bundle changes, enablement changes, or removals. Installed-state changes
    compare against the previous cached snapshot, including cached reinstalls. Removal hints survive
    cache cleanup failures; unchanged plugins are omitted.
    """
    failed_materialization_remote_plugin_ids: list[str]
    """Subset of failures for which the requested bundle could not be materialized. A previously
    cached version may still be available.
    """
    failed_remote_plugin_ids: list[str]
    """Backend remote plugin IDs whose bundle or identity update failed."""


PluginSearchScope: TypeAlias = Literal["global", "workspace", "personal"] | str


class PluginSearchParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``plugin/search``."""

    search_term: str
    cursor: str | UnsetType | None = UNSET
    cwds: list[AbsolutePathBuf] | UnsetType | None = UNSET
    limit: int | UnsetType | None = UNSET
    scope: PluginSearchScope | UnsetType | None = UNSET


class PluginSearchResult(Wire, frozen=True, kw_only=True):
    """A plugin that was found."""

    marketplace_name: str
    plugin: PluginSummary
    marketplace_path: AbsolutePathBuf | None = None


class PluginSearchResponse(Wire, frozen=True, kw_only=True):
    """Result of ``plugin/search``."""

    data: list[PluginSearchResult]
    next_cursor: str | None = None


class PluginSkillReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/skill/read``."""

    remote_marketplace_name: str
    remote_plugin_id: str
    skill_name: str


class PluginSkillReadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``plugin/skill/read``."""

    contents: str | None = None


class PluginUninstallParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``plugin/uninstall``."""

    plugin_id: str


class PluginUninstallResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``plugin/uninstall``."""

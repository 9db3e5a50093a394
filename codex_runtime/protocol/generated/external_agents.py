# ruff: noqa: PYI051
"""Taking over the set-up and the sessions of other agents.

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
    "CommandMigration",
    "ExternalAgentConfigDetectParams",
    "ExternalAgentConfigDetectResponse",
    "ExternalAgentConfigImportCompleted",
    "ExternalAgentConfigImportFailure",
    "ExternalAgentConfigImportHistoriesReadResponse",
    "ExternalAgentConfigImportHistory",
    "ExternalAgentConfigImportHistoryRecordParams",
    "ExternalAgentConfigImportHistoryRecordResponse",
    "ExternalAgentConfigImportParams",
    "ExternalAgentConfigImportProgress",
    "ExternalAgentConfigImportRecordResult",
    "ExternalAgentConfigImportRecordSuccess",
    "ExternalAgentConfigImportResponse",
    "ExternalAgentConfigImportSuccess",
    "ExternalAgentConfigImportTypeResult",
    "ExternalAgentConfigMigrationDetails",
    "ExternalAgentConfigMigrationItem",
    "ExternalAgentConfigMigrationItemType",
    "ExternalAgentDetectedConnectorCandidate",
    "ExternalAgentDetectedConnectorSource",
    "ExternalAgentImportedConnectorCandidate",
    "ExternalAgentImportedConnectorSource",
    "HookMigration",
    "McpServerMigration",
    "PluginsMigration",
    "SessionMigration",
    "SkillMigration",
    "SubagentMigration",
]


class CommandMigration(Wire, frozen=True, kw_only=True, gc=False):
    """A custom command to take over."""

    name: str


class ExternalAgentConfigDetectParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``externalAgentConfig/detect``."""

    cwds: list[str] | UnsetType | None = UNSET
    """Zero or more working directories to include for repo-scoped detection."""
    include_home: bool | UnsetType = UNSET
    """If true, include detection under the user's home directory."""
    max_session_age_days: int | UnsetType | None = UNSET
    """Maximum age in days for detected sessions. Missing values use the default limit."""
    max_sessions: int | UnsetType | None = UNSET
    """Maximum number of sessions to detect. Missing values use the default limit."""
    migration_source: str | UnsetType | None = UNSET
    """Optional migration-source selector. Missing or unrecognized values use the default source."""
    source: str | UnsetType | None = UNSET
    """Deprecated field retained for compatibility. This field is ignored; use `migrationSource` to
    select the migration source.
    """


ExternalAgentConfigMigrationItemType: TypeAlias = (
    Literal[
        "AGENTS_MD",
        "CONFIG",
        "SKILLS",
        "PLUGINS",
        "MCP_SERVER_CONFIG",
        "SUBAGENTS",
        "HOOKS",
        "COMMANDS",
        "MEMORY",
        "SESSIONS",
    ]
    | str
)


class HookMigration(Wire, frozen=True, kw_only=True, gc=False):
    """A hook to take over."""

    name: str


class McpServerMigration(Wire, frozen=True, kw_only=True, gc=False):
    """An MCP server to take over."""

    name: str


class PluginsMigration(Wire, frozen=True, kw_only=True):
    """Plugins of one marketplace to take over."""

    marketplace_name: str
    plugin_names: list[str]


class SessionMigration(Wire, frozen=True, kw_only=True, gc=False):
    """A session of another agent to take over."""

    cwd: str
    path: str
    title: str | UnsetType | None = UNSET


class SkillMigration(Wire, frozen=True, kw_only=True, gc=False):
    """A skill to take over."""

    name: str


class SubagentMigration(Wire, frozen=True, kw_only=True, gc=False):
    """A subagent to take over."""

    name: str


class ExternalAgentConfigMigrationDetails(Wire, frozen=True, kw_only=True):
    """What there is to take over, one by one."""

    commands: list[CommandMigration] = msgspec.field(default_factory=list[CommandMigration])
    hooks: list[HookMigration] = msgspec.field(default_factory=list[HookMigration])
    mcp_servers: list[McpServerMigration] = msgspec.field(default_factory=list[McpServerMigration])
    memory: list[str] | UnsetType = UNSET
    plugins: list[PluginsMigration] = msgspec.field(default_factory=list[PluginsMigration])
    sessions: list[SessionMigration] = msgspec.field(default_factory=list[SessionMigration])
    skills: list[SkillMigration] = msgspec.field(default_factory=list[SkillMigration])
    subagents: list[SubagentMigration] = msgspec.field(default_factory=list[SubagentMigration])


class ExternalAgentConfigMigrationItem(Wire, frozen=True, kw_only=True):
    """One kind of things to take over from one place."""

    description: str
    item_type: ExternalAgentConfigMigrationItemType
    cwd: str | UnsetType | None = UNSET
    """Null or empty means home-scoped migration; non-empty means repo-scoped migration."""
    details: ExternalAgentConfigMigrationDetails | UnsetType | None = UNSET


ExternalAgentDetectedConnectorSource: TypeAlias = (
    Literal[
        "remoteMcpServersConfig",
        "sessionToolUse",
    ]
    | str
)


class ExternalAgentDetectedConnectorCandidate(Wire, frozen=True, kw_only=True, gc=False):
    """A connector that another agent's sessions used."""

    name: str
    session_count: int
    source: ExternalAgentDetectedConnectorSource


class ExternalAgentConfigDetectResponse(Wire, frozen=True, kw_only=True):
    """Result of ``externalAgentConfig/detect``."""

    items: list[ExternalAgentConfigMigrationItem]
    connectors: list[ExternalAgentDetectedConnectorCandidate] = msgspec.field(
        default_factory=list[ExternalAgentDetectedConnectorCandidate]
    )


class ExternalAgentConfigImportFailure(Wire, frozen=True, kw_only=True, gc=False):
    """Something that could not be taken over, and why."""

    failure_stage: str
    item_type: ExternalAgentConfigMigrationItemType
    message: str
    cwd: str | UnsetType | None = UNSET
    error_type: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    sub_error_type: str | UnsetType | None = UNSET


class ExternalAgentConfigImportSuccess(Wire, frozen=True, kw_only=True, gc=False):
    """Something that was taken over."""

    item_type: ExternalAgentConfigMigrationItemType
    cwd: str | None = None
    source: str | None = None
    target: str | None = None
    title: str | None = None
    """Original title for an imported session; null for other item types."""


class ExternalAgentConfigImportTypeResult(Wire, frozen=True, kw_only=True):
    """What came of one kind of things."""

    failures: list[ExternalAgentConfigImportFailure]
    item_type: ExternalAgentConfigMigrationItemType
    successes: list[ExternalAgentConfigImportSuccess]


class ExternalAgentConfigImportCompleted(Wire, frozen=True, kw_only=True):
    """Notification ``externalAgentConfig/import/completed``."""

    METHOD: ClassVar[str] = "externalAgentConfig/import/completed"

    import_id: str
    item_type_results: list[ExternalAgentConfigImportTypeResult]


class ExternalAgentConfigImportHistory(Wire, frozen=True, kw_only=True):
    """What came of an earlier import."""

    completed_at_ms: int
    """Unix timestamp, in milliseconds."""
    failures: list[ExternalAgentConfigImportFailure]
    import_id: str
    successes: list[ExternalAgentConfigImportSuccess]
    provider_id: str | None = None


ExternalAgentImportedConnectorSource: TypeAlias = Literal["remoteMcpServersConfig"] | str


class ExternalAgentImportedConnectorCandidate(Wire, frozen=True, kw_only=True, gc=False):
    """A connector that imported sessions used."""

    name: str
    session_count: int
    source: ExternalAgentImportedConnectorSource


class ExternalAgentConfigImportHistoriesReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``externalAgentConfig/import/readHistories``."""

    connectors: list[ExternalAgentImportedConnectorCandidate]
    data: list[ExternalAgentConfigImportHistory]


class ExternalAgentConfigImportRecordSuccess(Wire, frozen=True, kw_only=True, gc=False):
    """Something that was taken over, to be recorded."""

    item_type: ExternalAgentConfigMigrationItemType
    cwd: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET
    target: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    """Original title for an imported session, when available."""


class ExternalAgentConfigImportRecordResult(Wire, frozen=True, kw_only=True):
    """What came of one kind of things, to be recorded."""

    failures: list[ExternalAgentConfigImportFailure]
    item_type: ExternalAgentConfigMigrationItemType
    successes: list[ExternalAgentConfigImportRecordSuccess]


class ExternalAgentConfigImportHistoryRecordParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``externalAgentConfig/import/recordHistory``."""

    item_type_results: list[ExternalAgentConfigImportRecordResult]
    """Completed results grouped by imported item type."""
    provider_id: str
    """Opaque provider identifier for the externally completed import."""


class ExternalAgentConfigImportHistoryRecordResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``externalAgentConfig/import/recordHistory``."""

    import_id: str


class ExternalAgentConfigImportParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``externalAgentConfig/import``."""

    migration_items: list[ExternalAgentConfigMigrationItem]
    migration_source: str | UnsetType | None = UNSET
    """Migration-source selector used to produce the migration items. Pass the same value to
    detection and import; missing or unrecognized values use the default source.
    """
    provider_id: str | UnsetType | None = UNSET
    """Opaque provider identifier supplied by the caller for analytics attribution and import
    history display. This does not select the migration source.
    """
    source: str | UnsetType | None = UNSET
    """Optional identifier for the product that initiated the import."""


class ExternalAgentConfigImportProgress(Wire, frozen=True, kw_only=True):
    """Notification ``externalAgentConfig/import/progress``."""

    METHOD: ClassVar[str] = "externalAgentConfig/import/progress"

    import_id: str
    item_type_results: list[ExternalAgentConfigImportTypeResult]


class ExternalAgentConfigImportResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``externalAgentConfig/import``."""

    import_id: str

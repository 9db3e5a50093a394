# ruff: noqa: PYI051, TC001
"""The configuration: reading, writing, warnings.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf, ReasoningEffort
from codex_runtime.protocol.generated.threads import SandboxMode
from codex_runtime.protocol.generated.turns import (
    ApprovalsReviewer,
    AskForApproval,
    ReasoningSummary,
)
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "AllowDenyRequirement",
    "AnalyticsConfig",
    "AppToolApproval",
    "AppsConfig",
    "AppsDefaultConfig",
    "AutoCompactTokenLimitScope",
    "BrowserUseConfig",
    "BrowserUseOriginPolicyConfig",
    "ComputerUseConfig",
    "ComputerUseMacosConfig",
    "ComputerUseWindowsConfig",
    "ComputerUseWindowsExeConfig",
    "Config",
    "ConfigBatchWriteParams",
    "ConfigEdit",
    "ConfigLayer",
    "ConfigLayerMetadata",
    "ConfigLayerSource",
    "ConfigMergeStrategy",
    "ConfigOverriddenMetadata",
    "ConfigReadParams",
    "ConfigReadResponse",
    "ConfigValueWriteParams",
    "ConfigWarning",
    "ConfigWriteResponse",
    "ConfigWriteStatus",
    "EnterpriseManagedConfigLayerSource",
    "ForcedChatgptWorkspaceIds",
    "ForcedLoginMethod",
    "LegacyManagedFileConfigLayerSource",
    "LegacyManagedMdmConfigLayerSource",
    "MdmConfigLayerSource",
    "PackagedDefaultsConfigLayerSource",
    "ProjectConfigLayerSource",
    "SandboxWorkspaceWrite",
    "SessionFlagsConfigLayerSource",
    "SystemConfigLayerSource",
    "TextPosition",
    "TextRange",
    "ToolsConfig",
    "UserConfigLayerSource",
    "Verbosity",
    "WebSearchContextSize",
    "WebSearchLocation",
    "WebSearchMode",
    "WebSearchToolConfig",
]


AllowDenyRequirement: TypeAlias = Literal["allow", "deny"] | str


class AnalyticsConfig(Wire, frozen=True, kw_only=True, gc=False):
    """The ``analytics`` table of the configuration."""

    IS_OPEN: ClassVar[bool] = True

    enabled: bool | None = None


AppToolApproval: TypeAlias = Literal["auto", "prompt", "writes", "approve"] | str


class AppsDefaultConfig(Wire, frozen=True, kw_only=True, gc=False):
    """What holds for an app without a table of its own."""

    approvals_reviewer: ApprovalsReviewer | None = msgspec.field(
        default=None, name="approvals_reviewer"
    )
    default_tools_approval_mode: AppToolApproval | None = msgspec.field(
        default=None, name="default_tools_approval_mode"
    )
    destructive_enabled: bool = msgspec.field(default=True, name="destructive_enabled")
    enabled: bool = True
    open_world_enabled: bool = msgspec.field(default=True, name="open_world_enabled")


class AppsConfig(Wire, frozen=True, kw_only=True):
    """The ``apps`` table of the configuration."""

    default: AppsDefaultConfig | None = msgspec.field(default=None, name="_default")


AutoCompactTokenLimitScope: TypeAlias = Literal["total", "body_after_prefix"] | str
"""Selects which part of the active context is charged against `model_auto_compact_token_limit`.
``total``: Count the full active context against the limit. ``body_after_prefix``: Count sampled
output and later growth after the carried window prefix.
"""


class BrowserUseOriginPolicyConfig(Wire, frozen=True, kw_only=True, gc=False):
    """What is allowed on one web origin, as configured."""

    access: AllowDenyRequirement | None = None
    downloads: AllowDenyRequirement | None = None
    full_cdp_access: AllowDenyRequirement | None = msgspec.field(
        default=None, name="full_cdp_access"
    )
    uploads: AllowDenyRequirement | None = None


class BrowserUseConfig(Wire, frozen=True, kw_only=True):
    """What a browser driven by the model may do."""

    allow_history_access: bool | None = msgspec.field(default=None, name="allow_history_access")
    default_origin_policy: BrowserUseOriginPolicyConfig | None = msgspec.field(
        default=None, name="default_origin_policy"
    )
    origins: dict[str, BrowserUseOriginPolicyConfig] | None = None


class ComputerUseMacosConfig(Wire, frozen=True, kw_only=True):
    """Which applications the model may drive on macOS."""

    bundle_ids: dict[str, AllowDenyRequirement] | None = msgspec.field(
        default=None, name="bundle_ids"
    )


class ComputerUseWindowsExeConfig(Wire, frozen=True, kw_only=True, gc=False):
    """A program on Windows, and whether the model may drive it."""

    access: AllowDenyRequirement
    product_name: str = msgspec.field(name="product_name")
    publisher_name: str = msgspec.field(name="publisher_name")
    binary_name: str | None = msgspec.field(default=None, name="binary_name")


class ComputerUseWindowsConfig(Wire, frozen=True, kw_only=True):
    """Which applications the model may drive on Windows."""

    aumids: dict[str, AllowDenyRequirement] | None = None
    exes: list[ComputerUseWindowsExeConfig] | None = None


class ComputerUseConfig(Wire, frozen=True, kw_only=True):
    """Which applications the model may drive."""

    default_app_access: AllowDenyRequirement | None = msgspec.field(
        default=None, name="default_app_access"
    )
    macos: ComputerUseMacosConfig | None = None
    windows: ComputerUseWindowsConfig | None = None


ForcedChatgptWorkspaceIds: TypeAlias = str | list[str]
"""Backward-compatible API shape for ChatGPT workspace login restrictions."""


ForcedLoginMethod: TypeAlias = Literal["chatgpt", "api"] | str


class SandboxWorkspaceWrite(Wire, frozen=True, kw_only=True):
    """The ``sandbox_workspace_write`` table of the configuration."""

    exclude_slash_tmp: bool = msgspec.field(default=False, name="exclude_slash_tmp")
    exclude_tmpdir_env_var: bool = msgspec.field(default=False, name="exclude_tmpdir_env_var")
    network_access: bool = msgspec.field(default=False, name="network_access")
    writable_roots: list[str] = msgspec.field(default_factory=list[str], name="writable_roots")


WebSearchContextSize: TypeAlias = Literal["low", "medium", "high"] | str


class WebSearchLocation(Wire, frozen=True, kw_only=True, gc=False):
    """Where the user is, roughly, for a web search."""

    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearchToolConfig(Wire, frozen=True, kw_only=True):
    """The ``tools.web_search`` table of the configuration."""

    allowed_domains: list[str] | None = msgspec.field(default=None, name="allowed_domains")
    context_size: WebSearchContextSize | None = msgspec.field(default=None, name="context_size")
    location: WebSearchLocation | None = None


class ToolsConfig(Wire, frozen=True, kw_only=True):
    """The ``tools`` table of the configuration."""

    web_search: WebSearchToolConfig | None = msgspec.field(default=None, name="web_search")


Verbosity: TypeAlias = Literal["low", "medium", "high"] | str
"""Controls output length/detail on GPT-5 models via the Responses API. Serialized with lowercase
values to match the OpenAI API.
"""


WebSearchMode: TypeAlias = Literal["disabled", "cached", "indexed", "live"] | str


class Config(Wire, frozen=True, kw_only=True):
    """The configuration in force; keys without a field are in ``extra_fields``."""

    IS_OPEN: ClassVar[bool] = True

    analytics: AnalyticsConfig | None = None
    approval_policy: AskForApproval | None = msgspec.field(default=None, name="approval_policy")
    approvals_reviewer: ApprovalsReviewer | None = msgspec.field(
        default=None, name="approvals_reviewer"
    )
    """Unstable: Optional default for where approval requests are routed for review."""
    apps: AppsConfig | None = None
    """Experimental: needs ``experimental_api=True``."""
    browser_use: BrowserUseConfig | None = msgspec.field(default=None, name="browser_use")
    compact_prompt: str | None = msgspec.field(default=None, name="compact_prompt")
    computer_use: ComputerUseConfig | None = msgspec.field(default=None, name="computer_use")
    desktop: dict[str, JsonValue] | None = None
    developer_instructions: str | None = msgspec.field(default=None, name="developer_instructions")
    forced_chatgpt_workspace_id: ForcedChatgptWorkspaceIds | None = msgspec.field(
        default=None, name="forced_chatgpt_workspace_id"
    )
    forced_login_method: ForcedLoginMethod | None = msgspec.field(
        default=None, name="forced_login_method"
    )
    instructions: str | None = None
    model: str | None = None
    model_auto_compact_token_limit: int | None = msgspec.field(
        default=None, name="model_auto_compact_token_limit"
    )
    """In tokens."""
    model_auto_compact_token_limit_scope: AutoCompactTokenLimitScope | None = msgspec.field(
        default=None, name="model_auto_compact_token_limit_scope"
    )
    model_context_window: int | None = msgspec.field(default=None, name="model_context_window")
    """In tokens."""
    model_provider: str | None = msgspec.field(default=None, name="model_provider")
    model_reasoning_effort: ReasoningEffort | None = msgspec.field(
        default=None, name="model_reasoning_effort"
    )
    model_reasoning_summary: ReasoningSummary | None = msgspec.field(
        default=None, name="model_reasoning_summary"
    )
    model_verbosity: Verbosity | None = msgspec.field(default=None, name="model_verbosity")
    review_model: str | None = msgspec.field(default=None, name="review_model")
    sandbox_mode: SandboxMode | None = msgspec.field(default=None, name="sandbox_mode")
    sandbox_workspace_write: SandboxWorkspaceWrite | None = msgspec.field(
        default=None, name="sandbox_workspace_write"
    )
    service_tier: str | None = msgspec.field(default=None, name="service_tier")
    tools: ToolsConfig | None = None
    web_search: WebSearchMode | None = msgspec.field(default=None, name="web_search")


ConfigMergeStrategy: TypeAlias = Literal["replace", "upsert"] | str


class ConfigEdit(Wire, frozen=True, kw_only=True):
    """One change to a configuration file."""

    key_path: str
    merge_strategy: ConfigMergeStrategy
    value: JsonValue


class ConfigBatchWriteParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``config/batchWrite``."""

    edits: list[ConfigEdit]
    expected_version: str | UnsetType | None = UNSET
    file_path: str | UnsetType | None = UNSET
    """Path to the config file to write; defaults to the user's `config.toml` when omitted."""
    reload_user_config: bool | UnsetType = UNSET
    """When true, hot-reload updated runtime settings into loaded threads after writing.
    Session-static model, reasoning-effort, Plan-mode reasoning-effort, and service-tier defaults
    are not reloaded. The deprecated personality setting is also not reloaded.
    """


class PackagedDefaultsConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="packagedDefaults"
):
    """`ConfigLayerSource` with type ``packagedDefaults``.

    Default configuration supplied with the installed Codex package.
    """

    file: AbsolutePathBuf
    """Path to the packaged default configuration file."""


class MdmConfigLayerSource(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="mdm"):
    """`ConfigLayerSource` with type ``mdm``.

    Managed preferences layer delivered by MDM (macOS only).
    """

    domain: str
    key: str


class SystemConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="system"
):
    """`ConfigLayerSource` with type ``system``.

    Managed config layer from a file (usually `managed_config.toml`).
    """

    file: AbsolutePathBuf
    """This is the path to the system config.toml file, though it is not guaranteed to exist."""


class EnterpriseManagedConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="enterpriseManaged"
):
    """`ConfigLayerSource` with type ``enterpriseManaged``.

    Enterprise-managed config layer delivered by the cloud config bundle.
    """

    id: str
    """Stable identifier for the delivered layer."""
    name: str
    """Admin-facing name for the delivered layer. This is surfaced in diagnostics so users know
    which cloud layer needs administrator attention.
    """


class UserConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="user"
):
    """`ConfigLayerSource` with type ``user``.

    User config layer from $CODEX_HOME/config.toml. This layer is special in that it is expected to
    be: - writable by the user - generally outside the workspace directory.
    """

    file: AbsolutePathBuf
    """This is the path to the user's config.toml file, though it is not guaranteed to exist."""
    profile: str | None = None
    """Name of the selected profile-v2 config layered on top of the base user config, when this
    layer represents one.
    """


class ProjectConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="project"
):
    """`ConfigLayerSource` with type ``project``.

    Path to a .codex/ folder within a project. There could be multiple of these between `cwd` and
    the project/repo root.
    """

    dot_codex_folder: AbsolutePathBuf


class SessionFlagsConfigLayerSource(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="sessionFlags"
):
    """`ConfigLayerSource` with type ``sessionFlags``.

    Session-layer overrides supplied via `-c`/`--config`.
    """


class LegacyManagedFileConfigLayerSource(
    Wire,
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="type",
    tag="legacyManagedConfigTomlFromFile",
):
    """`ConfigLayerSource` with type ``legacyManagedConfigTomlFromFile``.

    `managed_config.toml` was designed to be a config that was loaded as the last layer on top of
    everything else. This scheme did not quite work out as intended, but we keep this variant as a
    'best effort' while we phase out `managed_config.toml` in favor of `requirements.toml`.
    """

    file: AbsolutePathBuf


class LegacyManagedMdmConfigLayerSource(
    Wire,
    frozen=True,
    kw_only=True,
    gc=False,
    tag_field="type",
    tag="legacyManagedConfigTomlFromMdm",
):
    """`ConfigLayerSource` with type ``legacyManagedConfigTomlFromMdm``."""


ConfigLayerSource: TypeAlias = (
    PackagedDefaultsConfigLayerSource
    | MdmConfigLayerSource
    | SystemConfigLayerSource
    | EnterpriseManagedConfigLayerSource
    | UserConfigLayerSource
    | ProjectConfigLayerSource
    | SessionFlagsConfigLayerSource
    | LegacyManagedFileConfigLayerSource
    | LegacyManagedMdmConfigLayerSource
    | UnknownVariant
)
"""Told apart by ``type``."""


class ConfigLayer(Wire, frozen=True, kw_only=True):
    """One source of the configuration, with what it says."""

    config: JsonValue
    name: ConfigLayerSource
    version: str
    disabled_reason: str | None = None


class ConfigLayerMetadata(Wire, frozen=True, kw_only=True):
    """One source of the configuration."""

    name: ConfigLayerSource
    version: str


class ConfigReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``config/read``."""

    cwd: str | UnsetType | None = UNSET
    """Optional working directory to resolve project config layers. If specified, return the
    effective config as seen from that directory (i.e., including any project layers between `cwd`
    and the project/repo root).
    """
    include_layers: bool | UnsetType = UNSET


class ConfigReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``config/read``."""

    config: Config
    origins: dict[str, ConfigLayerMetadata]
    layers: list[ConfigLayer] | None = None


class ConfigValueWriteParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``config/value/write``."""

    key_path: str
    merge_strategy: ConfigMergeStrategy
    value: JsonValue
    expected_version: str | UnsetType | None = UNSET
    file_path: str | UnsetType | None = UNSET
    """Path to the config file to write; defaults to the user's `config.toml` when omitted."""


class TextPosition(Wire, frozen=True, kw_only=True, gc=False):
    """A place in a file."""

    column: int
    """1-based column number (in Unicode scalar values)."""
    line: int
    """1-based line number."""


class TextRange(Wire, frozen=True, kw_only=True):
    """A stretch of a file."""

    end: TextPosition
    start: TextPosition


class ConfigWarning(Wire, frozen=True, kw_only=True):
    """Notification ``configWarning``."""

    METHOD: ClassVar[str] = "configWarning"

    summary: str
    """Concise summary of the warning."""
    details: str | None = None
    """Optional extra guidance or error details."""
    path: str | None = None
    """Optional path to the config file that triggered the warning."""
    range: TextRange | None = None
    """Optional range for the error location inside the config file."""


class ConfigOverriddenMetadata(Wire, frozen=True, kw_only=True):
    """Why a value that was written is not the one in force."""

    effective_value: JsonValue
    message: str
    overriding_layer: ConfigLayerMetadata


ConfigWriteStatus: TypeAlias = Literal["ok", "okOverridden"] | str


class ConfigWriteResponse(Wire, frozen=True, kw_only=True):
    """Result of ``config/batchWrite``."""

    file_path: AbsolutePathBuf
    """Canonical path to the config file that was written."""
    status: ConfigWriteStatus
    version: str
    overridden_metadata: ConfigOverriddenMetadata | None = None

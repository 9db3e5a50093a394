# ruff: noqa: PYI051, TC001
"""Types of the domain ``config``.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, OpenWire, Wire
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
    "ConfigLayer",
    "ConfigLayerMetadata",
    "ConfigLayerSource",
    "ConfigReadParams",
    "ConfigReadResponse",
    "ConfigWarning",
    "EnterpriseManagedConfigLayerSource",
    "ForcedChatgptWorkspaceIds",
    "ForcedLoginMethod",
    "LegacyManagedConfigTomlFromFileConfigLayerSource",
    "LegacyManagedConfigTomlFromMdmConfigLayerSource",
    "MdmConfigLayerSource",
    "PackagedDefaultsConfigLayerSource",
    "ProjectConfigLayerSource",
    "SandboxWorkspaceWrite",
    "SessionFlagsConfigLayerSource",
    "SystemConfigLayerSource",
    "TextPosition",
    "TextRange",
    "ToolsV2",
    "UserConfigLayerSource",
    "Verbosity",
    "WebSearchContextSize",
    "WebSearchLocation",
    "WebSearchMode",
    "WebSearchToolConfig",
]


AllowDenyRequirement: TypeAlias = Literal["allow", "deny"] | str


class AnalyticsConfig(OpenWire, frozen=True, kw_only=True):
    """Part of `Config`."""

    CARRIES_EXTRA: ClassVar[bool] = True

    enabled: bool | None = None


AppToolApproval: TypeAlias = Literal["auto", "prompt", "writes", "approve"] | str


class AppsDefaultConfig(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `AppsConfig`."""

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
    """Part of `Config`."""

    default: AppsDefaultConfig | None = msgspec.field(default=None, name="_default")


AutoCompactTokenLimitScope: TypeAlias = Literal["total", "body_after_prefix"] | str
"""Selects which part of the active context is charged against `model_auto_compact_token_limit`.
``total``: Count the full active context against the limit. ``body_after_prefix``: Count sampled
output and later growth after the carried window prefix.
"""


class BrowserUseOriginPolicyConfig(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `BrowserUseConfig`."""

    access: AllowDenyRequirement | None = None
    downloads: AllowDenyRequirement | None = None
    full_cdp_access: AllowDenyRequirement | None = msgspec.field(
        default=None, name="full_cdp_access"
    )
    uploads: AllowDenyRequirement | None = None


class BrowserUseConfig(Wire, frozen=True, kw_only=True):
    """Part of `Config`."""

    allow_history_access: bool | None = msgspec.field(default=None, name="allow_history_access")
    default_origin_policy: BrowserUseOriginPolicyConfig | None = msgspec.field(
        default=None, name="default_origin_policy"
    )
    origins: dict[str, BrowserUseOriginPolicyConfig] | None = None


class ComputerUseMacosConfig(Wire, frozen=True, kw_only=True):
    """Part of `ComputerUseConfig`."""

    bundle_ids: dict[str, AllowDenyRequirement] | None = msgspec.field(
        default=None, name="bundle_ids"
    )


class ComputerUseWindowsExeConfig(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ComputerUseWindowsConfig`."""

    access: AllowDenyRequirement
    product_name: str = msgspec.field(name="product_name")
    publisher_name: str = msgspec.field(name="publisher_name")
    binary_name: str | None = msgspec.field(default=None, name="binary_name")


class ComputerUseWindowsConfig(Wire, frozen=True, kw_only=True):
    """Part of `ComputerUseConfig`."""

    aumids: dict[str, AllowDenyRequirement] | None = None
    exes: list[ComputerUseWindowsExeConfig] | None = None


class ComputerUseConfig(Wire, frozen=True, kw_only=True):
    """Part of `Config`."""

    default_app_access: AllowDenyRequirement | None = msgspec.field(
        default=None, name="default_app_access"
    )
    macos: ComputerUseMacosConfig | None = None
    windows: ComputerUseWindowsConfig | None = None


ForcedChatgptWorkspaceIds: TypeAlias = str | list[str]
"""Backward-compatible API shape for ChatGPT workspace login restrictions."""


ForcedLoginMethod: TypeAlias = Literal["chatgpt", "api"] | str


class SandboxWorkspaceWrite(Wire, frozen=True, kw_only=True):
    """Part of `Config`."""

    exclude_slash_tmp: bool = msgspec.field(default=False, name="exclude_slash_tmp")
    exclude_tmpdir_env_var: bool = msgspec.field(default=False, name="exclude_tmpdir_env_var")
    network_access: bool = msgspec.field(default=False, name="network_access")
    writable_roots: list[str] = msgspec.field(default_factory=list[str], name="writable_roots")


WebSearchContextSize: TypeAlias = Literal["low", "medium", "high"] | str


class WebSearchLocation(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `WebSearchToolConfig`."""

    city: str | None = None
    country: str | None = None
    region: str | None = None
    timezone: str | None = None


class WebSearchToolConfig(Wire, frozen=True, kw_only=True):
    """Part of `ToolsV2`."""

    allowed_domains: list[str] | None = msgspec.field(default=None, name="allowed_domains")
    context_size: WebSearchContextSize | None = msgspec.field(default=None, name="context_size")
    location: WebSearchLocation | None = None


class ToolsV2(Wire, frozen=True, kw_only=True):
    """Part of `Config`."""

    web_search: WebSearchToolConfig | None = msgspec.field(default=None, name="web_search")


Verbosity: TypeAlias = Literal["low", "medium", "high"] | str
"""Controls output length/detail on GPT-5 models via the Responses API. Serialized with lowercase
values to match the OpenAI API.
"""


WebSearchMode: TypeAlias = Literal["disabled", "cached", "indexed", "live"] | str


class Config(OpenWire, frozen=True, kw_only=True):
    """Part of `ConfigReadResponse`."""

    CARRIES_EXTRA: ClassVar[bool] = True

    analytics: AnalyticsConfig | None = None
    approval_policy: AskForApproval | None = msgspec.field(default=None, name="approval_policy")
    approvals_reviewer: ApprovalsReviewer | None = msgspec.field(
        default=None, name="approvals_reviewer"
    )
    """[UNSTABLE] Optional default for where approval requests are routed for review."""
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
    tools: ToolsV2 | None = None
    web_search: WebSearchMode | None = msgspec.field(default=None, name="web_search")


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


class LegacyManagedConfigTomlFromFileConfigLayerSource(
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


class LegacyManagedConfigTomlFromMdmConfigLayerSource(
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
    | LegacyManagedConfigTomlFromFileConfigLayerSource
    | LegacyManagedConfigTomlFromMdmConfigLayerSource
    | UnknownVariant
)
"""Told apart by ``type``."""


class ConfigLayer(Wire, frozen=True, kw_only=True):
    """Part of `ConfigReadResponse`."""

    config: JsonValue
    name: ConfigLayerSource
    version: str
    disabled_reason: str | None = None


class ConfigLayerMetadata(Wire, frozen=True, kw_only=True):
    """Part of `ConfigReadResponse`."""

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

    CARRIES_EXTRA: ClassVar[bool] = True

    config: Config
    origins: dict[str, ConfigLayerMetadata]
    layers: list[ConfigLayer] | None = None


class TextPosition(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `TextRange`."""

    column: int
    """1-based column number (in Unicode scalar values)."""
    line: int
    """1-based line number."""


class TextRange(Wire, frozen=True, kw_only=True):
    """Part of `ConfigWarning`."""

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

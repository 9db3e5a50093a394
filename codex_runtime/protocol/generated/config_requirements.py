# ruff: noqa: PYI051, TC001
"""What an administrator requires of the configuration.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.config import (
    AllowDenyRequirement,
    ForcedLoginMethod,
    WebSearchMode,
)
from codex_runtime.protocol.generated.items import ReasoningEffort
from codex_runtime.protocol.generated.threads import SandboxMode
from codex_runtime.protocol.generated.turns import ApprovalsReviewer, AskForApproval
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "AgentHookHandler",
    "ApplicationNetworkRequirements",
    "ApplicationRequirements",
    "AutoReviewRequirements",
    "BrowserUseAccessApprovalLifetime",
    "BrowserUseExtensionRequirements",
    "BrowserUseOriginPolicy",
    "BrowserUseRequestHeader",
    "BrowserUseRequirements",
    "CliAuthCredentialsStoreMode",
    "CommandHookHandler",
    "ComputerUseMacosRequirements",
    "ComputerUseRequirements",
    "ComputerUseWindowsExeRequirement",
    "ComputerUseWindowsRequirements",
    "ConfigRequirements",
    "ConfigRequirementsReadResponse",
    "ConfiguredHookHandler",
    "ConfiguredHookMatcherGroup",
    "FeedbackRequirements",
    "InAppBrowserRequirements",
    "ManagedHooksRequirements",
    "McpToolHookHandler",
    "ModelsRequirements",
    "NetworkDomainPermission",
    "NetworkRequirements",
    "NetworkUnixSocketPermission",
    "NewThreadModelDefaults",
    "PromptHookHandler",
    "ResidencyRequirement",
    "WindowsSandboxImplementation",
]


NetworkDomainPermission: TypeAlias = Literal["allow", "deny"] | str


class ApplicationNetworkRequirements(Wire, frozen=True, kw_only=True):
    """Which domains applications may reach."""

    domains: dict[str, NetworkDomainPermission]
    enabled: bool
    """When enabled, only explicitly allowed exact domains may be contacted."""


class ApplicationRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of applications."""

    network: ApplicationNetworkRequirements | None = None


class AutoReviewRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of automatic approval reviews."""

    ignore_rules: list[str] | None = None
    required_on_models: list[str] | None = None


BrowserUseAccessApprovalLifetime: TypeAlias = Literal["turn", "thread"] | str


class BrowserUseRequestHeader(Wire, frozen=True, kw_only=True, gc=False):
    """A header that the browser extension sends."""

    name: str
    value: str


class BrowserUseExtensionRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of the browser extension."""

    request_headers: list[BrowserUseRequestHeader] | None = None


class BrowserUseOriginPolicy(Wire, frozen=True, kw_only=True, gc=False):
    """What is allowed on one web origin, as an administrator requires it."""

    access: AllowDenyRequirement | None = None
    access_approval_lifetime: BrowserUseAccessApprovalLifetime | None = None
    auto_review: AllowDenyRequirement | None = None
    downloads: AllowDenyRequirement | None = None
    full_cdp_access: AllowDenyRequirement | None = None
    persistent_approval: bool | None = None
    uploads: AllowDenyRequirement | None = None


class BrowserUseRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of a browser driven by the model."""

    allow_global_persistent_approval: bool | None = None
    allow_history_access: bool | None = None
    allow_webmcp: bool | None = None
    default_origin_policy: BrowserUseOriginPolicy | None = None
    disable_auto_review: bool | None = None
    extension: BrowserUseExtensionRequirements | None = None
    origins: dict[str, BrowserUseOriginPolicy] | None = None


CliAuthCredentialsStoreMode: TypeAlias = Literal["file", "keyring", "auto", "ephemeral"] | str


class ComputerUseMacosRequirements(Wire, frozen=True, kw_only=True):
    """Applications on macOS, as an administrator requires it."""

    bundle_ids: dict[str, AllowDenyRequirement] | None = None


class ComputerUseWindowsExeRequirement(Wire, frozen=True, kw_only=True, gc=False):
    """A program on Windows, as an administrator requires it."""

    access: AllowDenyRequirement
    product_name: str
    publisher_name: str
    binary_name: str | None = None


class ComputerUseWindowsRequirements(Wire, frozen=True, kw_only=True):
    """Applications on Windows, as an administrator requires it."""

    aumids: dict[str, AllowDenyRequirement] | None = None
    exes: list[ComputerUseWindowsExeRequirement] | None = None


class ComputerUseRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of driving applications."""

    allow_locked_computer_use: bool | None = None
    allow_persistent_approval: bool | None = None
    default_app_access: AllowDenyRequirement | None = None
    macos: ComputerUseMacosRequirements | None = None
    windows: ComputerUseWindowsRequirements | None = None


class FeedbackRequirements(Wire, frozen=True, kw_only=True, gc=False):
    """What an administrator requires of feedback."""

    enabled: bool | None = None


class InAppBrowserRequirements(Wire, frozen=True, kw_only=True, gc=False):
    """What an administrator requires of the built-in browser."""

    allow_external_browser_settings_import: bool | None = None


class CommandHookHandler(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="command"
):
    """`ConfiguredHookHandler` with type ``command``."""

    async_: bool
    command: str
    additional_context_limit: int | None = None
    """Approximate token threshold for spilling this hook's `additionalContext` to disk. `null` uses
    2,500 tokens; `0` disables spilling for this hook. The threshold is evaluated against the
    original context; a spilled preview also includes recovery metadata.
    """
    command_windows: str | None = None
    status_message: str | None = None
    timeout_sec: int | None = None
    """In seconds."""


class McpToolHookHandler(Wire, frozen=True, kw_only=True, tag_field="type", tag="mcp_tool"):
    """`ConfiguredHookHandler` with type ``mcp_tool``."""

    input: dict[str, JsonValue]
    server: str
    tool: str
    status_message: str | None = None
    timeout_sec: int | None = None
    """In seconds."""


class PromptHookHandler(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="prompt"):
    """`ConfiguredHookHandler` with type ``prompt``."""


class AgentHookHandler(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="agent"):
    """`ConfiguredHookHandler` with type ``agent``."""


ConfiguredHookHandler: TypeAlias = (
    CommandHookHandler | McpToolHookHandler | PromptHookHandler | AgentHookHandler | UnknownVariant
)
"""Told apart by ``type``."""


class ConfiguredHookMatcherGroup(Wire, frozen=True, kw_only=True):
    """Hooks that run when a matcher fits."""

    hooks: list[ConfiguredHookHandler]
    matcher: str | None = None


class ManagedHooksRequirements(Wire, frozen=True, kw_only=True):
    """Hooks that an administrator has set, by event."""

    permission_request: list[ConfiguredHookMatcherGroup] = msgspec.field(name="PermissionRequest")
    post_compact: list[ConfiguredHookMatcherGroup] = msgspec.field(name="PostCompact")
    post_tool_use: list[ConfiguredHookMatcherGroup] = msgspec.field(name="PostToolUse")
    pre_compact: list[ConfiguredHookMatcherGroup] = msgspec.field(name="PreCompact")
    pre_tool_use: list[ConfiguredHookMatcherGroup] = msgspec.field(name="PreToolUse")
    session_start: list[ConfiguredHookMatcherGroup] = msgspec.field(name="SessionStart")
    stop: list[ConfiguredHookMatcherGroup] = msgspec.field(name="Stop")
    subagent_start: list[ConfiguredHookMatcherGroup] = msgspec.field(name="SubagentStart")
    subagent_stop: list[ConfiguredHookMatcherGroup] = msgspec.field(name="SubagentStop")
    user_prompt_submit: list[ConfiguredHookMatcherGroup] = msgspec.field(name="UserPromptSubmit")
    interrupt: list[ConfiguredHookMatcherGroup] = msgspec.field(
        default_factory=list[ConfiguredHookMatcherGroup], name="Interrupt"
    )
    session_end: list[ConfiguredHookMatcherGroup] = msgspec.field(
        default_factory=list[ConfiguredHookMatcherGroup], name="SessionEnd"
    )
    managed_dir: str | None = None
    windows_managed_dir: str | None = None


class NewThreadModelDefaults(Wire, frozen=True, kw_only=True, gc=False):
    """The model that a new thread starts with."""

    model: str | None = None
    model_reasoning_effort: ReasoningEffort | None = None
    service_tier: str | None = None


class ModelsRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of models."""

    new_thread: NewThreadModelDefaults | None = None


NetworkUnixSocketPermission: TypeAlias = Literal["allow", "deny"] | str


class NetworkRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of the network."""

    allow_local_binding: bool | None = None
    allow_unix_sockets: list[str] | None = None
    """Legacy compatibility view derived from `unix_sockets`."""
    allow_upstream_proxy: bool | None = None
    allowed_domains: list[str] | None = None
    """Legacy compatibility view derived from `domains`."""
    dangerously_allow_all_unix_sockets: bool | None = None
    dangerously_allow_non_loopback_proxy: bool | None = None
    denied_domains: list[str] | None = None
    """Legacy compatibility view derived from `domains`."""
    domains: dict[str, NetworkDomainPermission] | None = None
    """Canonical network permission map for `experimental_network`."""
    enabled: bool | None = None
    http_port: int | None = None
    managed_allowed_domains_only: bool | None = None
    """When true, only managed allowlist entries are respected while managed network enforcement is
    active.
    """
    socks_port: int | None = None
    unix_sockets: dict[str, NetworkUnixSocketPermission] | None = None
    """Canonical unix socket permission map for `experimental_network`."""


ResidencyRequirement: TypeAlias = Literal["us"] | str


WindowsSandboxImplementation: TypeAlias = Literal["elevated", "unelevated", "mxc"] | str


class ConfigRequirements(Wire, frozen=True, kw_only=True):
    """What an administrator requires of the configuration."""

    additional_developer_instructions: str | None = None
    allow_appshots: bool | None = None
    allow_browser_and_computer_use: bool | None = None
    allow_login_shell: bool | None = None
    allow_managed_hooks_only: bool | None = None
    allow_remote_control: bool | None = None
    allowed_approval_policies: list[AskForApproval] | None = None
    allowed_approvals_reviewers: list[ApprovalsReviewer] | None = None
    """Experimental: needs ``experimental_api=True``."""
    allowed_login_methods: list[ForcedLoginMethod] | None = None
    """Effective login methods after managed, forced-login, and workspace restrictions. An empty
    list permits no login method. Older servers may omit this field.
    """
    allowed_permission_profiles: dict[str, bool] | None = None
    allowed_sandbox_modes: list[SandboxMode] | None = None
    allowed_web_search_modes: list[WebSearchMode] | None = None
    allowed_windows_sandbox_implementations: list[WindowsSandboxImplementation] | None = None
    application: ApplicationRequirements | None = None
    """Experimental: needs ``experimental_api=True``."""
    auto_review: AutoReviewRequirements | None = None
    browser_use: BrowserUseRequirements | None = None
    chatgpt_base_url: str | None = None
    check_for_update_on_startup: bool | None = None
    cli_auth_credentials_store: CliAuthCredentialsStoreMode | None = None
    computer_use: ComputerUseRequirements | None = None
    default_permissions: str | None = None
    enforce_residency: ResidencyRequirement | None = None
    feature_requirements: dict[str, bool] | None = None
    feedback: FeedbackRequirements | None = None
    hooks: ManagedHooksRequirements | None = None
    """Experimental: needs ``experimental_api=True``."""
    in_app_browser: InAppBrowserRequirements | None = None
    log_dir: str | None = None
    model_catalog_json: str | None = None
    model_provider: str | None = None
    """Exact provider selection required by managed policy."""
    model_providers: dict[str, JsonValue] | None = None
    """Complete required provider definitions, using config.toml field names."""
    models: ModelsRequirements | None = None
    network: NetworkRequirements | None = None
    """Experimental: needs ``experimental_api=True``."""
    sqlite_home: str | None = None


class ConfigRequirementsReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``configRequirements/read``."""

    requirements: ConfigRequirements | None = None
    """Null if no requirements are configured (e.g. no requirements.toml/MDM entries)."""
    supports_independent_speed_modes: bool | None = None
    """Whether Fast and Ultra Fast requirements are enforced independently. Older servers omit this
    field and use Fast mode as a shared speed gate.
    """

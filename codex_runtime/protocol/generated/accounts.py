# ruff: noqa: PYI051
"""Signing in and out, and who is signed in.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import Wire
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "Account",
    "AccountLoginCompleted",
    "AccountRoutingOverride",
    "AccountUpdated",
    "AmazonBedrockAccessKeysLoginParams",
    "AmazonBedrockAccount",
    "AmazonBedrockLoginParams",
    "AmazonBedrockLoginResponse",
    "ApiKeyAccount",
    "ApiKeyLoginParams",
    "ApiKeyLoginResponse",
    "AuthMode",
    "CancelLoginAccountParams",
    "CancelLoginAccountResponse",
    "CancelLoginAccountStatus",
    "ChatgptAccount",
    "ChatgptAuthTokensLoginParams",
    "ChatgptAuthTokensLoginResponse",
    "ChatgptAuthTokensRefreshParams",
    "ChatgptAuthTokensRefreshReason",
    "ChatgptAuthTokensRefreshResponse",
    "ChatgptDeviceCodeLoginParams",
    "ChatgptDeviceCodeLoginResponse",
    "ChatgptLoginParams",
    "ChatgptLoginResponse",
    "DesktopOnboardingEntrypoint",
    "GatewayOAuthCancelResponse",
    "GatewayOAuthChanged",
    "GatewayOAuthLoginResponse",
    "GatewayOAuthReadResponse",
    "GatewayOAuthStatus",
    "GetAccountParams",
    "GetAccountResponse",
    "GetWorkspaceMessagesResponse",
    "LoginAccountParams",
    "LoginAccountResponse",
    "LoginAppBrand",
    "LogoutAccountResponse",
    "PlanType",
    "WorkspaceMessage",
    "WorkspaceMessageType",
    "WorkspaceRouting",
]


PlanType: TypeAlias = (
    Literal[
        "free",
        "go",
        "plus",
        "pro",
        "prolite",
        "promax",
        "team",
        "self_serve_business_prolite",
        "self_serve_business_usage_based",
        "business",
        "ent26",
        "enterprise_cbp_automation",
        "enterprise_cbp_usage_based",
        "enterprise",
        "edu",
        "edu_plus",
        "edu_pro",
        "unknown",
    ]
    | str
)


class ApiKeyAccount(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="apiKey"):
    """`Account` with type ``apiKey``."""


class ChatgptAccount(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgpt"):
    """`Account` with type ``chatgpt``."""

    email: str | None
    plan_type: PlanType


class AmazonBedrockAccount(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="amazonBedrock"
):
    """`Account` with type ``amazonBedrock``."""

    uses_codex_managed_credentials: bool = False


Account: TypeAlias = ApiKeyAccount | ChatgptAccount | AmazonBedrockAccount | UnknownVariant
"""Told apart by ``type``."""


DesktopOnboardingEntrypoint: TypeAlias = Literal["life_sciences"] | str


class AccountLoginCompleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``account/login/completed``."""

    METHOD: ClassVar[str] = "account/login/completed"

    success: bool
    error: str | None = None
    login_id: str | None = None
    onboarding_entrypoint: DesktopOnboardingEntrypoint | None = None


AccountRoutingOverride: TypeAlias = Literal["NO_CONSTRAINT", "us", "us_cr"] | str
"""Backend routing policy. Wire values match the accounts/check contract."""


AuthMode: TypeAlias = (
    Literal[
        "apikey",
        "chatgpt",
        "chatgptAuthTokens",
        "headers",
        "agentIdentity",
        "personalAccessToken",
        "bedrockApiKey",
        "bedrockAccessKeys",
    ]
    | str
)
"""Authentication mode for OpenAI-backed providers. ``apikey``: OpenAI API key provided by the
caller and stored by Codex. ``chatgpt``: ChatGPT OAuth managed by Codex (tokens persisted and
refreshed by Codex). ``chatgptAuthTokens``: Unstable: for OpenAI-internal use only, do not use.
ChatGPT auth tokens are supplied by an external host app and are only stored in memory. Token
refresh must be handled by the external host app. ``headers``: Backend auth supplied as request
headers. ``agentIdentity``: Programmatic Codex auth backed by a registered Agent Identity.
``personalAccessToken``: Programmatic Codex auth backed by a personal access token.
``bedrockApiKey``: Amazon Bedrock bearer token managed by Codex. ``bedrockAccessKeys``: Amazon
Bedrock AWS access keys managed by Codex.
"""


class AccountUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``account/updated``."""

    METHOD: ClassVar[str] = "account/updated"

    auth_mode: AuthMode | None = None
    plan_type: PlanType | None = None


class CancelLoginAccountParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/login/cancel``."""

    login_id: str


CancelLoginAccountStatus: TypeAlias = Literal["canceled", "notFound"] | str


class CancelLoginAccountResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/login/cancel``."""

    status: CancelLoginAccountStatus


ChatgptAuthTokensRefreshReason: TypeAlias = Literal["unauthorized"] | str
"""``unauthorized``: Codex attempted a backend request and received `401 Unauthorized`."""


class ChatgptAuthTokensRefreshParams(Wire, frozen=True, kw_only=True, gc=False):
    """Server request ``account/chatgptAuthTokens/refresh``."""

    reason: ChatgptAuthTokensRefreshReason
    previous_account_id: str | None = None
    """Workspace/account identifier that Codex was previously using. Clients that manage multiple
    accounts/workspaces can use this as a hint to refresh the token for the correct workspace. This
    may be `null` when the prior auth state did not include a workspace identifier
    (`chatgpt_account_id`).
    """


class ChatgptAuthTokensRefreshResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Answer to the server request ``account/chatgptAuthTokens/refresh``."""

    access_token: str
    chatgpt_account_id: str
    chatgpt_plan_type: str | UnsetType | None = UNSET


class GatewayOAuthCancelResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/gatewayOAuth/cancel``."""


GatewayOAuthStatus: TypeAlias = Literal["notReady", "started", "succeeded", "failed"] | str


class GatewayOAuthChanged(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``account/gatewayOAuth/changed``."""

    METHOD: ClassVar[str] = "account/gatewayOAuth/changed"

    provider_id: str
    status: GatewayOAuthStatus
    auth_url: str | None = None
    """Authorization handoff, sent only to the connection that started login."""
    error: str | None = None


class GatewayOAuthLoginResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/gatewayOAuth/login``."""


class GatewayOAuthReadResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/gatewayOAuth/read``.

    Current effective gateway policy and credential readiness; never contains credentials.
    """

    provider_id: str
    provider_name: str
    required: bool
    """Whether the selected provider uses gateway OAuth, even when already signed in."""
    error: str | None = None
    status: GatewayOAuthStatus | None = None
    """Null when the effective provider does not use gateway OAuth."""


class GetAccountParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/read``."""

    refresh_token: bool | UnsetType = UNSET
    """When `true`, requests a proactive token refresh before returning. In managed auth mode this
    triggers the normal refresh-token flow. In external auth mode this flag is ignored. Clients
    should refresh tokens themselves and call `account/login/start` with `chatgptAuthTokens`.
    """


class WorkspaceRouting(Wire, frozen=True, kw_only=True, gc=False):
    """Where requests of this workspace are sent."""

    account_routing_override: AccountRoutingOverride
    backend_origin: str
    chatgpt_account_id: str


class GetAccountResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/read``."""

    requires_openai_auth: bool
    account: Account | None = None
    workspace_routing: WorkspaceRouting | None = None
    """Experimental: needs ``experimental_api=True``."""


WorkspaceMessageType: TypeAlias = Literal["headline", "announcement", "unknown"] | str


class WorkspaceMessage(Wire, frozen=True, kw_only=True, gc=False):
    """A message to the members of a workspace."""

    message_body: str
    message_id: str
    message_type: WorkspaceMessageType
    archived_at: int | None = None
    """Unix timestamp (in seconds) when the message was archived."""
    created_at: int | None = None
    """Unix timestamp (in seconds) when the message was created."""


class GetWorkspaceMessagesResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/workspaceMessages/read``."""

    feature_enabled: bool
    """Whether the workspace-message backend route is available for this client."""
    messages: list[WorkspaceMessage]
    """Active workspace messages returned by the backend."""


LoginAppBrand: TypeAlias = Literal["codex", "chatgpt"] | str


class ApiKeyLoginParams(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="apiKey"):
    """`LoginAccountParams` with type ``apiKey``."""

    api_key: str


class ChatgptLoginParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgpt"
):
    """`LoginAccountParams` with type ``chatgpt``."""

    app_brand: LoginAppBrand | UnsetType | None = UNSET
    codex_streamlined_login: bool | UnsetType = UNSET
    use_hosted_login_success_page: bool | UnsetType = UNSET


class ChatgptDeviceCodeLoginParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgptDeviceCode"
):
    """`LoginAccountParams` with type ``chatgptDeviceCode``."""


class ChatgptAuthTokensLoginParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgptAuthTokens"
):
    """`LoginAccountParams` with type ``chatgptAuthTokens``.

    Unstable: for OpenAI-internal use only, do not use. The access token must contain the same
    scopes that Codex-managed ChatGPT auth tokens have.
    """

    access_token: str
    """Access token (JWT) supplied by the client. This token is used for backend API requests and
    email extraction.
    """
    chatgpt_account_id: str
    """Workspace/account identifier supplied by the client."""
    chatgpt_plan_type: str | UnsetType | None = UNSET
    """Optional plan type supplied by the client. When `null`, Codex attempts to derive the plan
    type from access-token claims. If unavailable, the plan defaults to `unknown`.
    """


class AmazonBedrockLoginParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="amazonBedrock"
):
    """`LoginAccountParams` with type ``amazonBedrock``.

    Unstable: Managed Amazon Bedrock login is experimental.
    """

    api_key: str
    region: str


class AmazonBedrockAccessKeysLoginParams(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="amazonBedrockAccessKeys"
):
    """`LoginAccountParams` with type ``amazonBedrockAccessKeys``.

    Unstable: Managed Amazon Bedrock AWS access key login is experimental.
    """

    access_key_id: str
    region: str
    secret_access_key: str
    session_token: str | UnsetType | None = UNSET


LoginAccountParams: TypeAlias = (
    ApiKeyLoginParams
    | ChatgptLoginParams
    | ChatgptDeviceCodeLoginParams
    | ChatgptAuthTokensLoginParams
    | AmazonBedrockLoginParams
    | AmazonBedrockAccessKeysLoginParams
)
"""Told apart by ``type``."""


class ApiKeyLoginResponse(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="apiKey"
):
    """`LoginAccountResponse` with type ``apiKey``."""


class ChatgptLoginResponse(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgpt"
):
    """`LoginAccountResponse` with type ``chatgpt``."""

    auth_url: str
    """URL the client should open in a browser to initiate the OAuth flow."""
    login_id: str


class ChatgptDeviceCodeLoginResponse(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgptDeviceCode"
):
    """`LoginAccountResponse` with type ``chatgptDeviceCode``."""

    login_id: str
    user_code: str
    """One-time code the user must enter after signing in."""
    verification_url: str
    """URL the client should open in a browser to complete device code authorization."""


class ChatgptAuthTokensLoginResponse(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="chatgptAuthTokens"
):
    """`LoginAccountResponse` with type ``chatgptAuthTokens``."""


class AmazonBedrockLoginResponse(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="amazonBedrock"
):
    """`LoginAccountResponse` with type ``amazonBedrock``."""


LoginAccountResponse: TypeAlias = (
    ApiKeyLoginResponse
    | ChatgptLoginResponse
    | ChatgptDeviceCodeLoginResponse
    | ChatgptAuthTokensLoginResponse
    | AmazonBedrockLoginResponse
    | UnknownVariant
)
"""Told apart by ``type``."""


class LogoutAccountResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/logout``."""

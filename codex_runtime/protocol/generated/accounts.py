# ruff: noqa: PYI051
"""Types of the domain ``accounts``.

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
    "AccountRateLimitsUpdated",
    "AccountRoutingOverride",
    "AmazonBedrockAccount",
    "ApiKeyAccount",
    "ChatgptAccount",
    "CreditsSnapshot",
    "GetAccountParams",
    "GetAccountResponse",
    "PlanType",
    "RateLimitReachedType",
    "RateLimitSnapshot",
    "RateLimitWindow",
    "SpendControlLimitSnapshot",
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


class CreditsSnapshot(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `RateLimitSnapshot`."""

    has_credits: bool
    unlimited: bool
    balance: str | None = None


RateLimitReachedType: TypeAlias = (
    Literal[
        "rate_limit_reached",
        "workspace_owner_credits_depleted",
        "workspace_member_credits_depleted",
        "workspace_owner_usage_limit_reached",
        "workspace_member_usage_limit_reached",
    ]
    | str
)


class RateLimitWindow(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `RateLimitSnapshot`."""

    used_percent: int
    """0 to 100."""
    resets_at: int | None = None
    """Unix timestamp, in seconds."""
    window_duration_mins: int | None = None
    """In minutes."""


class SpendControlLimitSnapshot(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `RateLimitSnapshot`."""

    limit: str
    remaining_percent: int
    """0 to 100."""
    resets_at: int
    """Unix timestamp, in seconds."""
    used: str


class RateLimitSnapshot(Wire, frozen=True, kw_only=True):
    """Part of `AccountRateLimitsUpdated`."""

    credits: CreditsSnapshot | None = None
    individual_limit: SpendControlLimitSnapshot | None = None
    limit_id: str | None = None
    limit_name: str | None = None
    normal_model_slug: str | None = None
    """Normal model whose display name and reasoning options describe this quota alias."""
    plan_type: PlanType | None = None
    primary: RateLimitWindow | None = None
    rate_limit_reached_type: RateLimitReachedType | None = None
    secondary: RateLimitWindow | None = None
    spend_control_reached: bool | None = None
    """Backend-reported spend-control state. `None` is unavailable, not a sparse-update recovery."""


class AccountRateLimitsUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``account/rateLimits/updated``.

    Sparse rolling rate-limit update. Clients should merge available values into the most recent
    `account/rateLimits/read` response or refetch that snapshot. Nullable account metadata may be
    unavailable in a rolling update and does not clear a previously observed value.
    """

    METHOD: ClassVar[str] = "account/rateLimits/updated"

    rate_limits: RateLimitSnapshot


AccountRoutingOverride: TypeAlias = Literal["NO_CONSTRAINT", "us", "us_cr"] | str
"""Backend routing policy. Wire values match the accounts/check contract."""


class GetAccountParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/read``."""

    refresh_token: bool | UnsetType = UNSET
    """When `true`, requests a proactive token refresh before returning. In managed auth mode this
    triggers the normal refresh-token flow. In external auth mode this flag is ignored. Clients
    should refresh tokens themselves and call `account/login/start` with `chatgptAuthTokens`.
    """


class WorkspaceRouting(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `GetAccountResponse`."""

    account_routing_override: AccountRoutingOverride
    backend_origin: str
    chatgpt_account_id: str


class GetAccountResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/read``."""

    requires_openai_auth: bool
    account: Account | None = None
    workspace_routing: WorkspaceRouting | None = None
    """Experimental: needs ``experimental_api=True``."""

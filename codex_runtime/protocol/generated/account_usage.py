# ruff: noqa: PYI051, TC001
"""Rate limits, credits and tokens of the account.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.accounts import PlanType

__all__ = [
    "AccountRateLimitsUpdated",
    "AccountThreadUsage",
    "AccountThreadUsageGroup",
    "AccountTokenUsageDailyBucket",
    "AccountTokenUsageSummary",
    "AddCreditsNudgeCreditType",
    "AddCreditsNudgeEmailStatus",
    "ConsumeAccountRateLimitResetCreditOutcome",
    "ConsumeAccountRateLimitResetCreditParams",
    "ConsumeAccountRateLimitResetCreditResponse",
    "CreditsSnapshot",
    "GetAccountRateLimitsParams",
    "GetAccountRateLimitsResponse",
    "GetAccountTokenUsageParams",
    "GetAccountTokenUsageResponse",
    "RateLimitReachedType",
    "RateLimitResetCredit",
    "RateLimitResetCreditStatus",
    "RateLimitResetCreditsSummary",
    "RateLimitResetType",
    "RateLimitSnapshot",
    "RateLimitWindow",
    "SendAddCreditsNudgeEmailParams",
    "SendAddCreditsNudgeEmailResponse",
    "SpendControlLimitSnapshot",
]


class CreditsSnapshot(Wire, frozen=True, kw_only=True, gc=False):
    """What is left of the account's credits."""

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
    """How much of a rate limit is used within one span of time."""

    used_percent: int
    """In percent."""
    resets_at: int | None = None
    """Unix timestamp, in seconds."""
    window_duration_mins: int | None = None
    """In minutes."""


class SpendControlLimitSnapshot(Wire, frozen=True, kw_only=True, gc=False):
    """How much of a limit on spending is used."""

    limit: str
    remaining_percent: int
    """In percent."""
    resets_at: int
    """Unix timestamp, in seconds."""
    used: str


class RateLimitSnapshot(Wire, frozen=True, kw_only=True):
    """How much of one rate limit is used."""

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


class AccountTokenUsageDailyBucket(Wire, frozen=True, kw_only=True, gc=False):
    """The tokens of one day."""

    start_date: str
    tokens: int


class AccountTokenUsageSummary(Wire, frozen=True, kw_only=True, gc=False):
    """Records and totals of the account's token use."""

    current_streak_days: int | None = None
    """In days."""
    lifetime_tokens: int | None = None
    longest_running_turn_sec: int | None = None
    """In seconds."""
    longest_streak_days: int | None = None
    """In days."""
    peak_daily_tokens: int | None = None


AddCreditsNudgeCreditType: TypeAlias = Literal["credits", "usage_limit"] | str


AddCreditsNudgeEmailStatus: TypeAlias = Literal["sent", "cooldown_active"] | str


ConsumeAccountRateLimitResetCreditOutcome: TypeAlias = (
    Literal[
        "reset",
        "nothingToReset",
        "noCredit",
        "alreadyRedeemed",
    ]
    | str
)
"""``reset``: A reset credit was consumed and the eligible rate-limit windows were reset.
``nothingToReset``: No current rate-limit window is eligible for a reset. ``noCredit``: The account
has no earned reset credits available. ``alreadyRedeemed``: The same idempotency key already
completed a reset successfully.
"""


class ConsumeAccountRateLimitResetCreditParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/rateLimitResetCredit/consume``."""

    idempotency_key: str
    """Identifies one logical reset attempt. A UUID is recommended; reuse the same value when
    retrying that attempt.
    """
    credit_id: str | UnsetType | None = UNSET
    """Opaque reset-credit identifier to redeem. When omitted, the backend selects the next
    available credit.
    """


class ConsumeAccountRateLimitResetCreditResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/rateLimitResetCredit/consume``."""

    outcome: ConsumeAccountRateLimitResetCreditOutcome


class GetAccountRateLimitsParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/rateLimits/read``.

    Usage-read capabilities of the requesting client, never inferred from its experiment arm.
    """

    exclude_reset_credit_details: bool | UnsetType = UNSET
    """Skip the separate reset-credit detail lookup for background usage polls. The usage response
    still includes the available count; omitted/false preserves detailed reads.
    """
    supports_luna_reserve: bool | UnsetType = UNSET
    """The client supports automatic Luna Reserve fallback. For eligible ChatGPT CLI users, allow
    the backend to record experiment exposure after ordinary usage is blocked.
    """


RateLimitResetCreditStatus: TypeAlias = (
    Literal[
        "available",
        "redeeming",
        "redeemed",
        "unknown",
    ]
    | str
)


RateLimitResetType: TypeAlias = Literal["codexRateLimits", "unknown"] | str


class RateLimitResetCredit(Wire, frozen=True, kw_only=True, gc=False):
    """A credit that resets the rate limits once."""

    granted_at: int
    """Unix timestamp in seconds when the credit was granted."""
    id: str
    """Opaque backend identifier for this reset credit."""
    reset_type: RateLimitResetType
    status: RateLimitResetCreditStatus
    description: str | None = None
    """Backend-provided display description for this credit, or `null` when unavailable."""
    expires_at: int | None = None
    """Unix timestamp in seconds when the credit expires, or `null` if it does not expire."""
    title: str | None = None
    """Backend-provided display title for this credit, or `null` when unavailable."""


class RateLimitResetCreditsSummary(Wire, frozen=True, kw_only=True):
    """The account's credits for resetting rate limits."""

    available_count: int
    credits: list[RateLimitResetCredit] | None = None
    """Detail rows for available reset credits, when the backend provides them. `null` means only
    `availableCount` is known, while an empty array means details were fetched and no available
    credits were returned. The backend may cap this list, so its length can be less than
    `availableCount`.
    """


class GetAccountRateLimitsResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/rateLimits/read``."""

    rate_limits: RateLimitSnapshot
    """Backward-compatible single-bucket view; mirrors the historical payload."""
    account_id: str | None = None
    """Account associated with this usage snapshot, when supplied by the backend."""
    ordinary_usage_allowed: bool | None = None
    """Backend permission for ordinary included usage, validated against the active account. Null
    means unavailable; clients must not infer recovery from percentages or reset times.
    """
    rate_limit_reset_credits: RateLimitResetCreditsSummary | None = None
    rate_limit_upsell: JsonValue = None
    """Optional backend-owned banner from the same usage read. Its nested keys retain the backend's
    snake_case contract; an absent banner leaves the client's existing UI unchanged.
    """
    rate_limits_by_limit_id: dict[str, RateLimitSnapshot] | None = None
    """Multi-bucket view keyed by metered `limit_id` (for example, `codex`)."""


class GetAccountTokenUsageParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/usage/read``."""

    thread_id: str | UnsetType | None = UNSET
    """When present, read estimated usage for this thread instead of account-wide token activity."""


class AccountThreadUsageGroup(Wire, frozen=True, kw_only=True, gc=False):
    """The part of a thread's usage with one model, effort and speed."""

    estimated_usage_credits_micros: int
    """In millionths of a credit."""
    cached_input_tokens: int | None = None
    input_tokens: int | None = None
    model: str | None = None
    net_new_input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_effort: str | None = None
    speed: str | None = None
    total_tokens: int | None = None


class AccountThreadUsage(Wire, frozen=True, kw_only=True):
    """What one thread is estimated to have used."""

    estimated_usage_credits_micros: int
    """In millionths of a credit."""
    groups: list[AccountThreadUsageGroup]
    thread_id: str
    estimated_usage_usd_micros: int | None = None
    """In millionths of a US dollar."""


class GetAccountTokenUsageResponse(Wire, frozen=True, kw_only=True):
    """Result of ``account/usage/read``."""

    summary: AccountTokenUsageSummary
    daily_usage_buckets: list[AccountTokenUsageDailyBucket] | None = None
    thread_usage: AccountThreadUsage | None = None
    """Estimated usage when a thread was requested and its billing route is available."""


class SendAddCreditsNudgeEmailParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``account/sendAddCreditsNudgeEmail``."""

    credit_type: AddCreditsNudgeCreditType


class SendAddCreditsNudgeEmailResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``account/sendAddCreditsNudgeEmail``."""

    status: AddCreditsNudgeEmailStatus

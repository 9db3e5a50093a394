# ruff: noqa: TC001
"""What is in force on a thread until it is changed.

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
from codex_runtime.protocol.generated.items import AbsolutePathBuf, ReasoningEffort
from codex_runtime.protocol.generated.threads import ActivePermissionProfile
from codex_runtime.protocol.generated.turns import (
    ApprovalsReviewer,
    AskForApproval,
    CollaborationMode,
    MultiAgentMode,
    Personality,
    ReasoningSummary,
    SandboxPolicy,
)

__all__ = [
    "ThreadSettings",
    "ThreadSettingsUpdateParams",
    "ThreadSettingsUpdateResponse",
    "ThreadSettingsUpdated",
]


class ThreadSettings(Wire, frozen=True, kw_only=True):
    """What is in force on a thread."""

    approval_policy: AskForApproval
    approvals_reviewer: ApprovalsReviewer
    collaboration_mode: CollaborationMode
    cwd: AbsolutePathBuf
    model: str
    model_provider: str
    sandbox_policy: SandboxPolicy
    active_permission_profile: ActivePermissionProfile | None = None
    disabled_plugin_ids: list[str] = msgspec.field(default_factory=list[str])
    """Saved list of disabled plugin IDs. Does not yet filter plugin capabilities."""
    effort: ReasoningEffort | None = None
    multi_agent_mode: MultiAgentMode = "explicitRequestOnly"
    """Deprecated: Always `explicitRequestOnly`. Use `effort` for Ultra behavior. Experimental:
    needs ``experimental_api=True``.
    """
    personality: Personality | None = None
    """Deprecated: Reports the saved setting; `friendly` and `pragmatic` no longer select a style.
    """
    service_tier: str | None = None
    summary: ReasoningSummary | None = None


class ThreadSettingsUpdateParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/settings/update``."""

    thread_id: str
    approval_policy: AskForApproval | UnsetType | None = UNSET
    """Override the approval policy for subsequent turns."""
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Override where approval requests are routed for subsequent turns."""
    collaboration_mode: CollaborationMode | UnsetType | None = UNSET
    """Experimental: Set a pre-set collaboration mode for subsequent turns. For
    `collaboration_mode.settings.developer_instructions`, `null` means 'use the built-in
    instructions for the selected mode'.
    """
    cwd: str | UnsetType | None = UNSET
    """Override the working directory for subsequent turns."""
    disabled_plugin_ids: list[str] | UnsetType | None = UNSET
    """Replace this thread's disabled plugin IDs. Omitted/null preserves the list; [] clears it."""
    effort: ReasoningEffort | UnsetType | None = UNSET
    """Override the reasoning effort for subsequent turns."""
    model: str | UnsetType | None = UNSET
    """Override the model for subsequent turns."""
    multi_agent_mode: MultiAgentMode | UnsetType | None = UNSET
    """Deprecated: Ignored. Use `effort: 'ultra'` for proactive multi-agent behavior."""
    permissions: str | UnsetType | None = UNSET
    """Select a named permissions profile id for subsequent turns. Cannot be combined with
    `sandboxPolicy`.
    """
    personality: Personality | UnsetType | None = UNSET
    """Deprecated: `friendly` and `pragmatic` no longer select a style. Changing this does not
    rewrite the thread's existing instructions.
    """
    sandbox_policy: SandboxPolicy | UnsetType | None = UNSET
    """Override the sandbox policy for subsequent turns."""
    service_tier: str | UnsetType | None = UNSET
    """Override the service tier for subsequent turns. `null` clears the current service tier;
    omission leaves it unchanged.
    """
    summary: ReasoningSummary | UnsetType | None = UNSET
    """Override the reasoning summary for subsequent turns."""


class ThreadSettingsUpdateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/settings/update``."""


class ThreadSettingsUpdated(Wire, frozen=True, kw_only=True):
    """Notification ``thread/settings/updated``."""

    METHOD: ClassVar[str] = "thread/settings/updated"

    thread_id: str
    thread_settings: ThreadSettings

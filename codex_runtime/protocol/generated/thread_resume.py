# ruff: noqa: TC001
"""Taking a thread up again.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import (
    AbsolutePathBuf,
    LegacyAppPathString,
    ReasoningEffort,
)
from codex_runtime.protocol.generated.responses import ResponseItem
from codex_runtime.protocol.generated.thread_catalogue import SortDirection
from codex_runtime.protocol.generated.threads import ActivePermissionProfile, SandboxMode, Thread
from codex_runtime.protocol.generated.turns import (
    ApprovalsReviewer,
    AskForApproval,
    CollaborationMode,
    MultiAgentMode,
    Personality,
    SandboxPolicy,
    Turn,
    TurnItemsView,
)

__all__ = [
    "ThreadResumeInitialTurnsPageParams",
    "ThreadResumeParams",
    "ThreadResumeResponse",
    "TurnsPage",
]


class ThreadResumeInitialTurnsPageParams(Wire, frozen=True, kw_only=True, gc=False):
    """Which turns the answer shall hold."""

    items_view: TurnItemsView | UnsetType | None = UNSET
    """How much item detail to include for each returned turn; defaults to summary."""
    limit: int | UnsetType | None = UNSET
    """Optional turn page size."""
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional turn pagination direction; defaults to descending."""


class ThreadResumeParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/resume``.

    There are three ways to resume a thread: 1. By thread_id: load the thread from disk by thread_id
    and resume it. 2. By history: instantiate the thread from memory and resume it. 3. By path: load
    the thread from disk by path and resume it. For non-running threads, the precedence is: history
    > non-empty path > thread_id. If using history or a non-empty path for a non-running thread, the
    thread_id param will be ignored. If thread_id identifies a running thread, app-server rejoins
    that thread and treats a non-empty path as a consistency check against the active rollout path.
    Empty string path values are treated as absent. Prefer using thread_id whenever possible.
    """

    thread_id: str
    approval_policy: AskForApproval | UnsetType | None = UNSET
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Override where approval requests are routed for review on this thread and subsequent turns.
    """
    base_instructions: str | UnsetType | None = UNSET
    config: dict[str, JsonValue] | UnsetType | None = UNSET
    cwd: str | UnsetType | None = UNSET
    developer_instructions: str | UnsetType | None = UNSET
    exclude_turns: bool | UnsetType = UNSET
    """When true, return only thread metadata and live-resume state without populating
    `thread.turns`. This is useful when the client plans to call `thread/turns/list` immediately
    after resuming. Full-history hydration is deprecated for paginated threads; use this with
    `thread/turns/list` and `thread/items/list` instead.
    """
    history: list[ResponseItem] | UnsetType | None = UNSET
    """Unstable: for Codex Cloud, do not use. If specified, the thread will be resumed with the
    provided history instead of loaded from disk. Experimental: needs ``experimental_api=True``.
    """
    initial_turns_page: ThreadResumeInitialTurnsPageParams | UnsetType | None = UNSET
    """When present, include a `thread/turns/list` page in the resume response so clients can
    bootstrap recent turns without a second request. Experimental: needs ``experimental_api=True``.
    """
    model: str | UnsetType | None = UNSET
    """Configuration overrides for the resumed thread, if any."""
    model_provider: str | UnsetType | None = UNSET
    path: str | UnsetType | None = UNSET
    """Unstable: Specify the rollout path to resume from. If specified for a non-running thread, the
    thread_id param will be ignored. If thread_id identifies a running thread, the path must match
    the active rollout path. Experimental: needs ``experimental_api=True``.
    """
    permissions: str | UnsetType | None = UNSET
    """Named profile id for the resumed thread. Cannot be combined with `sandbox`. Experimental:
    needs ``experimental_api=True``.
    """
    personality: Personality | UnsetType | None = UNSET
    """Deprecated: `friendly` and `pragmatic` no longer select a style. Changing this does not
    rewrite the thread's existing instructions.
    """
    runtime_workspace_roots: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Replace the thread's runtime workspace roots. Paths must be absolute. Experimental: needs
    ``experimental_api=True``.
    """
    sandbox: SandboxMode | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET


class TurnsPage(Wire, frozen=True, kw_only=True):
    """A page of a thread's turns."""

    data: list[Turn]
    backwards_cursor: str | None = None
    next_cursor: str | None = None


class ThreadResumeResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/resume``."""

    approval_policy: AskForApproval
    approvals_reviewer: ApprovalsReviewer
    """Reviewer currently used for approval requests on this thread."""
    cwd: AbsolutePathBuf
    model: str
    model_provider: str
    sandbox: SandboxPolicy
    """Legacy sandbox policy retained for compatibility. Experimental clients should prefer
    `activePermissionProfile` for profile provenance.
    """
    thread: Thread
    active_permission_profile: ActivePermissionProfile | None = None
    """Named or implicit built-in profile that produced the active permissions, when known.
    Experimental: needs ``experimental_api=True``.
    """
    collaboration_mode: CollaborationMode | None = None
    """Effective collaboration mode. Absent when resuming from an older server."""
    disabled_plugin_ids: list[str] = msgspec.field(default_factory=list[str])
    """Saved list of disabled plugin IDs. Does not yet filter plugin capabilities."""
    initial_turns_page: TurnsPage | None = None
    """`thread/turns/list` page returned when requested by `initialTurnsPage`. Experimental: needs
    ``experimental_api=True``.
    """
    instruction_sources: list[LegacyAppPathString] = msgspec.field(
        default_factory=list[LegacyAppPathString]
    )
    """Environment-native paths to instruction source files currently loaded for this thread."""
    items_backwards_cursor: str | None = None
    """Opaque cursor for hydrating paginated items backwards. Pass this as `cursor` to
    `thread/items/list` with `sortDirection: 'desc'`. The first page includes the item identified by
    the cursor.
    """
    multi_agent_mode: MultiAgentMode = "explicitRequestOnly"
    """Deprecated: Always `explicitRequestOnly`. Use `reasoningEffort` for Ultra behavior.
    Experimental: needs ``experimental_api=True``.
    """
    reasoning_effort: ReasoningEffort | None = None
    runtime_workspace_roots: list[AbsolutePathBuf] = msgspec.field(
        default_factory=list[AbsolutePathBuf]
    )
    """Thread-scoped runtime workspace roots used to materialize `:workspace_roots`. Experimental:
    needs ``experimental_api=True``.
    """
    service_tier: str | None = None
    turns_backwards_cursor: str | None = None
    """Opaque cursor for hydrating paginated turns backwards. Pass this as `cursor` to
    `thread/turns/list` with `sortDirection: 'desc'`. The first page includes the turn identified by
    the cursor.
    """

# ruff: noqa: PYI051, TC001
"""Threads: starting, forking, leaving, archiving and deleting them.

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
from codex_runtime.protocol.generated.items import (
    AbsolutePathBuf,
    LegacyAppPathString,
    ReasoningEffort,
)
from codex_runtime.protocol.generated.turns import (
    ApprovalsReviewer,
    AskForApproval,
    MultiAgentMode,
    Personality,
    SandboxPolicy,
    ThreadStatus,
    Turn,
    TurnEnvironmentParams,
)

__all__ = [
    "ActivePermissionProfile",
    "AgentPath",
    "CapabilityRootLocation",
    "DynamicToolNamespaceTool",
    "DynamicToolSpec",
    "EnvironmentCapabilityRootLocation",
    "FunctionDynamicToolNamespaceTool",
    "FunctionDynamicToolSpec",
    "GitInfo",
    "NamespaceDynamicToolSpec",
    "SandboxMode",
    "SelectedCapabilityRoot",
    "SessionSource",
    "SessionSourceDetail",
    "SubAgentSource",
    "SubAgentSourceDetail",
    "Thread",
    "ThreadArchiveParams",
    "ThreadArchiveResponse",
    "ThreadCompactStartParams",
    "ThreadCompactStartResponse",
    "ThreadDeleteParams",
    "ThreadDeleteResponse",
    "ThreadEnvironment",
    "ThreadExtra",
    "ThreadForkParams",
    "ThreadForkResponse",
    "ThreadHistoryMode",
    "ThreadId",
    "ThreadSection",
    "ThreadSectionAppearance",
    "ThreadSource",
    "ThreadSpawn",
    "ThreadStartParams",
    "ThreadStartResponse",
    "ThreadStartSource",
    "ThreadStarted",
    "ThreadUnarchiveParams",
    "ThreadUnarchiveResponse",
    "ThreadUnsubscribeParams",
    "ThreadUnsubscribeResponse",
    "ThreadUnsubscribeStatus",
]


class ActivePermissionProfile(Wire, frozen=True, kw_only=True, gc=False):
    """The named permission profile that is in force."""

    id: str
    """Identifier from `default_permissions` or the implicit built-in default, such as `:workspace`
    or a user-defined `[permissions.<id>]` profile.
    """
    extends: str | None = None
    """Parent profile identifier from the selected permissions profile's `extends` setting, when
    present.
    """


AgentPath: TypeAlias = str


class EnvironmentCapabilityRootLocation(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="environment"
):
    """`CapabilityRootLocation` with type ``environment``.

    A path owned by an execution environment.
    """

    environment_id: str
    path: str
    """Absolute path for the root in the selected environment."""


CapabilityRootLocation: TypeAlias = EnvironmentCapabilityRootLocation
"""Location used to resolve a selected capability root. Told apart by ``type``."""


class FunctionDynamicToolNamespaceTool(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="function"
):
    """`DynamicToolNamespaceTool` with type ``function``."""

    description: str
    input_schema: JsonValue
    name: str
    defer_loading: bool | UnsetType = UNSET


DynamicToolNamespaceTool: TypeAlias = FunctionDynamicToolNamespaceTool
"""Told apart by ``type``."""


class FunctionDynamicToolSpec(Wire, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """`DynamicToolSpec` with type ``function``."""

    description: str
    input_schema: JsonValue
    name: str
    defer_loading: bool | UnsetType = UNSET


class NamespaceDynamicToolSpec(Wire, frozen=True, kw_only=True, tag_field="type", tag="namespace"):
    """`DynamicToolSpec` with type ``namespace``."""

    description: str
    name: str
    tools: list[DynamicToolNamespaceTool]


DynamicToolSpec: TypeAlias = FunctionDynamicToolSpec | NamespaceDynamicToolSpec
"""Told apart by ``type``."""


class GitInfo(Wire, frozen=True, kw_only=True, gc=False):
    """The state of the git checkout when the thread was made."""

    branch: str | None = None
    origin_url: str | None = None
    sha: str | None = None


SandboxMode: TypeAlias = Literal["read-only", "workspace-write", "danger-full-access"] | str


class SelectedCapabilityRoot(Wire, frozen=True, kw_only=True):
    """A user-selected root that can expose one or more runtime capabilities."""

    id: str
    """Stable identifier supplied by the capability selection platform."""
    location: CapabilityRootLocation
    """Where the selected root can be resolved."""


ThreadId: TypeAlias = str


class ThreadSpawn(Wire, frozen=True, kw_only=True, gc=False):
    """Where in the tree of agents a spawned one stands."""

    depth: int
    parent_thread_id: ThreadId = msgspec.field(name="parent_thread_id")
    agent_nickname: str | None = msgspec.field(default=None, name="agent_nickname")
    agent_path: AgentPath | None = msgspec.field(default=None, name="agent_path")
    agent_role: str | None = msgspec.field(default=None, name="agent_role")


class SubAgentSourceDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `SubAgentSource`: one field is set, none for a newer one."""

    thread_spawn: ThreadSpawn | None = msgspec.field(default=None, name="thread_spawn")
    other: str | None = None


SubAgentSource: TypeAlias = (
    Literal[
        "review",
        "compact",
        "memory_consolidation",
    ]
    | str
    | SubAgentSourceDetail
)


class SessionSourceDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Object form of `SessionSource`: one field is set, none for a newer one."""

    custom: str | None = None
    sub_agent: SubAgentSource | None = None


SessionSource: TypeAlias = (
    Literal[
        "cli",
        "vscode",
        "exec",
        "appServer",
        "unknown",
    ]
    | str
    | SessionSourceDetail
)


class ThreadEnvironment(Wire, frozen=True, kw_only=True):
    """An environment selected by a loaded thread, independent of connection status."""

    cwd: LegacyAppPathString
    environment_id: str
    runtime_workspace_roots: list[LegacyAppPathString]


ThreadExtra: TypeAlias = dict[str, JsonValue]
"""Extra app-server data for a thread."""


ThreadHistoryMode: TypeAlias = Literal["legacy", "paginated"] | str


class ThreadSectionAppearance(Wire, frozen=True, kw_only=True, gc=False):
    """Extensible visual presentation for a custom thread section."""

    color: str | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET


class ThreadSection(Wire, frozen=True, kw_only=True):
    """An independently persisted, user-visible thread section."""

    id: str
    """Opaque UUIDv7 identity that remains stable when the section is renamed."""
    name: str
    """The current user-visible section name."""
    appearance: ThreadSectionAppearance | None = None
    """Optional appearance synchronized across clients."""


ThreadSource: TypeAlias = str


class Thread(Wire, frozen=True, kw_only=True):
    """A conversation, and what it was started with."""

    cli_version: str
    """Version of the CLI that created the thread."""
    created_at: int
    """Unix timestamp (in seconds) when the thread was created."""
    cwd: AbsolutePathBuf
    """Working directory captured for the thread."""
    ephemeral: bool
    """Whether the thread is ephemeral and should not be materialized on disk."""
    id: str
    """Identifier for this thread. Codex-generated thread IDs are UUIDv7."""
    model_provider: str
    """Model provider used for this thread (for example, 'openai')."""
    preview: str
    """Usually the first user message in the thread, if available."""
    project_id: str | None
    """Canonical project assignment owned by app-server, if any."""
    session_id: str
    """Session id shared by threads that belong to the same session tree."""
    source: SessionSource
    """Origin of the thread (CLI, VSCode, codex exec, codex app-server, etc.)."""
    status: ThreadStatus
    """Current runtime status for the thread."""
    turns: list[Turn]
    """Only populated on `thread/resume`, `thread/fork`, and `thread/read` (when `includeTurns` is
    true) responses. For all other responses and notifications returning a Thread, the turns field
    will be an empty list.
    """
    updated_at: int
    """Unix timestamp (in seconds) when the thread was last updated."""
    agent_nickname: str | None = None
    """Optional random unique nickname assigned to an AgentControl-spawned sub-agent."""
    agent_role: str | None = None
    """Optional role (agent_role) assigned to an AgentControl-spawned sub-agent."""
    can_accept_direct_input: bool | None = None
    """Whether the app server accepts direct turn input for this loaded thread. `None` means the
    capability is unavailable, such as for an unloaded stored thread. Experimental: needs
    ``experimental_api=True``.
    """
    daybreak_enabled: bool | None = None
    """Saved Daybreak choice, independent of turn execution. Null if unset. Experimental: needs
    ``experimental_api=True``.
    """
    environments: list[ThreadEnvironment] | None = None
    """Current environments for a loaded thread, in priority order, primary first. `null` means the
    thread is not loaded or the server does not expose its selection. An empty list means no
    environments are selected. This does not report connection status. Experimental: needs
    ``experimental_api=True``.
    """
    extra: ThreadExtra | None = None
    """Optional implementation-specific thread data. Experimental: needs ``experimental_api=True``.
    """
    forked_from_id: str | None = None
    """Source thread id when this thread was created by forking another thread."""
    git_info: GitInfo | None = None
    """Optional Git metadata captured when the thread was created."""
    history_mode: ThreadHistoryMode = "legacy"
    """Persisted thread history contract selected when this thread was created."""
    model: str | None = None
    """Current configured model when loaded, otherwise the latest persisted model. Null when
    unavailable. This is not per-turn execution telemetry.
    """
    name: str | None = None
    """Optional user-facing thread title."""
    originator: str | None = None
    """Originator recorded when the thread was created, independent of its current client or
    executor. Null when the recorded originator is unavailable.
    """
    parent_thread_id: str | None = None
    """The ID of the parent thread. This will only be set if this thread is a subagent."""
    path: str | None = None
    """Unstable: Path to the thread on disk."""
    reasoning_effort: ReasoningEffort | None = None
    """Current configured reasoning effort when loaded, otherwise the latest persisted effort. Null
    when unset or unavailable. This is not per-turn execution telemetry.
    """
    recency_at: int | None = None
    """Unix timestamp (in seconds) used for thread recency ordering."""
    section: ThreadSection | None = None
    """The independently persisted section selected for this thread, if any."""
    section_entered_at: int | None = None
    """Unix timestamp in seconds when the thread entered its current section."""
    thread_source: ThreadSource | None = None
    """Optional analytics source classification for this thread."""


class ThreadArchiveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/archive``."""

    thread_id: str


class ThreadArchiveResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/archive``."""


class ThreadCompactStartParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/compact/start``."""

    thread_id: str


class ThreadCompactStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/compact/start``."""


class ThreadDeleteParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/delete``."""

    thread_id: str


class ThreadDeleteResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/delete``."""


class ThreadForkParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/fork``.

    There are two ways to fork a thread: 1. By thread_id: load the thread from disk by thread_id and
    fork it into a new thread. 2. By path: load the thread from disk by path and fork it into a new
    thread. If using a non-empty path, the thread_id param will be ignored. Empty string path values
    are treated as absent. Prefer using thread_id whenever possible.
    """

    thread_id: str
    approval_policy: AskForApproval | UnsetType | None = UNSET
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Override where approval requests are routed for review on this thread and subsequent turns.
    """
    base_instructions: str | UnsetType | None = UNSET
    before_turn_id: str | UnsetType | None = UNSET
    """Optional turn id to fork before, excluding that turn and all later turns. Cannot be combined
    with `last_turn_id`. Experimental: needs ``experimental_api=True``.
    """
    config: dict[str, JsonValue] | UnsetType | None = UNSET
    cwd: str | UnsetType | None = UNSET
    defer_goal_continuation: bool | UnsetType = UNSET
    """When true, carry the source thread's current goal into the fork without starting its initial
    automatic continuation. The next explicit turn owns the goal lifecycle, and normal automatic
    continuation resumes after it. Experimental: needs ``experimental_api=True``.
    """
    developer_instructions: str | UnsetType | None = UNSET
    ephemeral: bool | UnsetType = UNSET
    exclude_turns: bool | UnsetType = UNSET
    """When true, return only thread metadata and live fork state without populating `thread.turns`.
    This is useful when the client plans to call `thread/turns/list` immediately after forking.
    Full-history hydration is deprecated for paginated threads; use this with `thread/turns/list`
    and `thread/items/list` instead.
    """
    experimental_prediction_mode: bool | UnsetType = UNSET
    """Start from the loaded parent's effective config, tools, environments, and persisted history
    to maximize prompt-cache reuse. Requires a loaded, persisted parent and `ephemeral: true`.
    Enables `features.reasoning_effort_override` on the fork. Cannot be combined with configuration
    overrides, `path`, `lastTurnId`, or `beforeTurnId`. Experimental: needs
    ``experimental_api=True``.
    """
    last_turn_id: str | UnsetType | None = UNSET
    """Optional last turn id to fork through, inclusive. When specified, turns after `last_turn_id`
    are omitted from the fork. The referenced turn cannot be in progress.
    """
    model: str | UnsetType | None = UNSET
    """Configuration overrides for the forked thread, if any."""
    model_provider: str | UnsetType | None = UNSET
    path: str | UnsetType | None = UNSET
    """Unstable: Specify the rollout path to fork from. If specified, the thread_id param will be
    ignored. Experimental: needs ``experimental_api=True``.
    """
    permissions: str | UnsetType | None = UNSET
    """Named profile id for the forked thread. Cannot be combined with `sandbox`. Experimental:
    needs ``experimental_api=True``.
    """
    runtime_workspace_roots: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Replace the thread's runtime workspace roots. Paths must be absolute. Experimental: needs
    ``experimental_api=True``.
    """
    sandbox: SandboxMode | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    thread_source: ThreadSource | UnsetType | None = UNSET
    """Optional client-supplied analytics source classification for this forked thread."""


class ThreadForkResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/fork``."""

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
    disabled_plugin_ids: list[str] = msgspec.field(default_factory=list[str])
    """Saved list of disabled plugin IDs. Does not yet filter plugin capabilities."""
    instruction_sources: list[LegacyAppPathString] = msgspec.field(
        default_factory=list[LegacyAppPathString]
    )
    """Environment-native paths to instruction source files currently loaded for this thread."""
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


ThreadStartSource: TypeAlias = Literal["startup", "clear"] | str


class ThreadStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/start``."""

    allow_provider_model_fallback: bool | UnsetType = UNSET
    """Allow a provider with an authoritative static model catalog to replace an unavailable
    requested model with its default. Experimental: needs ``experimental_api=True``.
    """
    approval_policy: AskForApproval | UnsetType | None = UNSET
    approvals_reviewer: ApprovalsReviewer | UnsetType | None = UNSET
    """Override where approval requests are routed for review on this thread and subsequent turns.
    """
    base_instructions: str | UnsetType | None = UNSET
    config: dict[str, JsonValue] | UnsetType | None = UNSET
    cwd: str | UnsetType | None = UNSET
    daybreak_enabled: bool | UnsetType | None = UNSET
    """Initial Daybreak choice for this persistent thread. Omitted or null leaves it unset. This
    does not select a turn's `cyberAccessProgram` or grant access. Not supported for ephemeral
    threads. Experimental: needs ``experimental_api=True``.
    """
    developer_instructions: str | UnsetType | None = UNSET
    dynamic_tools: list[DynamicToolSpec] | UnsetType | None = UNSET
    """Experimental: needs ``experimental_api=True``."""
    environments: list[TurnEnvironmentParams] | UnsetType | None = UNSET
    """Optional sticky environments for this thread. Omitted selects the default environment when
    environment access is enabled. Empty disables environment access for turns that do not provide a
    turn override. Non-empty selects the first environment as the current turn environment.
    Experimental: needs ``experimental_api=True``.
    """
    ephemeral: bool | UnsetType | None = UNSET
    experimental_raw_events: bool | UnsetType = UNSET
    """If true, opt into emitting raw Responses API items on the event stream. This is for internal
    use only (e.g. Codex Cloud). Experimental: needs ``experimental_api=True``.
    """
    history_mode: ThreadHistoryMode | UnsetType | None = UNSET
    """Persisted thread history contract to use for this new thread. Experimental: needs
    ``experimental_api=True``.
    """
    mock_experimental_field: str | UnsetType | None = UNSET
    """Test-only experimental field used to validate experimental gating and schema filtering
    behavior in a stable way. Experimental: needs ``experimental_api=True``.
    """
    model: str | UnsetType | None = UNSET
    model_provider: str | UnsetType | None = UNSET
    multi_agent_mode: MultiAgentMode | UnsetType | None = UNSET
    """Deprecated: Ignored. Use Ultra reasoning effort for proactive multi-agent behavior.
    Experimental: needs ``experimental_api=True``.
    """
    permissions: str | UnsetType | None = UNSET
    """Named profile id for this thread. Cannot be combined with `sandbox`. Experimental: needs
    ``experimental_api=True``.
    """
    personality: Personality | UnsetType | None = UNSET
    """Deprecated: `friendly` and `pragmatic` no longer select a style."""
    project_id: str | UnsetType | None = UNSET
    """Optional project identity for this new thread. Durable threads persist the assignment;
    ephemeral threads expose it only in live responses. Experimental: needs
    ``experimental_api=True``.
    """
    runtime_workspace_roots: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Replace the thread's runtime workspace roots. Paths must be absolute. Experimental: needs
    ``experimental_api=True``.
    """
    sandbox: SandboxMode | UnsetType | None = UNSET
    selected_capability_roots: list[SelectedCapabilityRoot] | UnsetType | None = UNSET
    """Capability roots selected for this thread by the hosting platform. Experimental: needs
    ``experimental_api=True``.
    """
    service_name: str | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET
    session_start_source: ThreadStartSource | UnsetType | None = UNSET
    thread_source: ThreadSource | UnsetType | None = UNSET
    """Optional client-supplied analytics source classification for this thread."""


class ThreadStartResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/start``."""

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
    disabled_plugin_ids: list[str] = msgspec.field(default_factory=list[str])
    """Saved list of disabled plugin IDs. Does not yet filter plugin capabilities."""
    instruction_sources: list[LegacyAppPathString] = msgspec.field(
        default_factory=list[LegacyAppPathString]
    )
    """Environment-native paths to instruction source files currently loaded for this thread."""
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


class ThreadStarted(Wire, frozen=True, kw_only=True):
    """Notification ``thread/started``."""

    METHOD: ClassVar[str] = "thread/started"

    thread: Thread


class ThreadUnarchiveParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/unarchive``."""

    thread_id: str


class ThreadUnarchiveResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/unarchive``."""

    thread: Thread


class ThreadUnsubscribeParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/unsubscribe``."""

    thread_id: str


ThreadUnsubscribeStatus: TypeAlias = Literal["notLoaded", "notSubscribed", "unsubscribed"] | str


class ThreadUnsubscribeResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/unsubscribe``."""

    status: ThreadUnsubscribeStatus

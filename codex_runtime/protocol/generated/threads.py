# ruff: noqa: PYI051, TC001
"""Types of the domain ``threads``.

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
    FunctionCallOutputBody,
    ImageDetail,
    LegacyAppPathString,
    MessagePhase,
    ReasoningEffort,
)
from codex_runtime.protocol.generated.turns import (
    ApprovalsReviewer,
    AskForApproval,
    CollaborationMode,
    MultiAgentMode,
    Personality,
    ReasoningSummary,
    SandboxPolicy,
    ThreadStatus,
    Turn,
    TurnEnvironmentParams,
    TurnItemsView,
)
from codex_runtime.protocol.unknown import UnknownVariant

__all__ = [
    "ActivePermissionProfile",
    "AdditionalToolsResponseItem",
    "AgentMessageInputContent",
    "AgentMessageResponseItem",
    "AgentPath",
    "CapabilityRootLocation",
    "CompactionResponseItem",
    "CompactionTriggerResponseItem",
    "ConfigurationReasoning",
    "ConfigurationUpdateResponseItem",
    "ContentItem",
    "ContextCompactionResponseItem",
    "CustomToolCallOutputResponseItem",
    "CustomToolCallResponseItem",
    "DynamicToolNamespaceTool",
    "DynamicToolSpec",
    "EncryptedContentAgentMessageInputContent",
    "EnvironmentCapabilityRootLocation",
    "ExecLocalShellAction",
    "FindInPageResponsesApiWebSearchAction",
    "FunctionCallOutputResponseItem",
    "FunctionCallResponseItem",
    "FunctionDynamicToolNamespaceTool",
    "FunctionDynamicToolSpec",
    "GitInfo",
    "ImageGenerationCallResponseItem",
    "InputAudioContentItem",
    "InputImageContentItem",
    "InputTextAgentMessageInputContent",
    "InputTextContentItem",
    "InternalChatMessageMetadataPassthrough",
    "LocalShellAction",
    "LocalShellCallResponseItem",
    "LocalShellStatus",
    "MessageResponseItem",
    "NamespaceDynamicToolSpec",
    "OpenPageResponsesApiWebSearchAction",
    "OtherResponseItem",
    "OtherResponsesApiWebSearchAction",
    "OutputTextContentItem",
    "ReasoningItemContent",
    "ReasoningItemReasoningSummary",
    "ReasoningResponseItem",
    "ReasoningTextReasoningItemContent",
    "ResponseItem",
    "ResponsesApiWebSearchAction",
    "SandboxMode",
    "SearchResponsesApiWebSearchAction",
    "SelectedCapabilityRoot",
    "SessionSource",
    "SessionSourceDetail",
    "SortDirection",
    "SubAgentSource",
    "SubAgentSourceDetail",
    "SummaryTextReasoningItemReasoningSummary",
    "TextReasoningItemContent",
    "Thread",
    "ThreadArchiveParams",
    "ThreadArchiveResponse",
    "ThreadBackgroundTerminal",
    "ThreadBackgroundTerminalsCleanParams",
    "ThreadBackgroundTerminalsCleanResponse",
    "ThreadBackgroundTerminalsListParams",
    "ThreadBackgroundTerminalsListResponse",
    "ThreadBackgroundTerminalsTerminateParams",
    "ThreadBackgroundTerminalsTerminateResponse",
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
    "ThreadListCwdFilter",
    "ThreadListParams",
    "ThreadListResponse",
    "ThreadLoadedListParams",
    "ThreadLoadedListResponse",
    "ThreadReadParams",
    "ThreadReadResponse",
    "ThreadReadState",
    "ThreadResumeInitialTurnsPageParams",
    "ThreadResumeParams",
    "ThreadResumeResponse",
    "ThreadSection",
    "ThreadSectionAppearance",
    "ThreadSetNameParams",
    "ThreadSetNameResponse",
    "ThreadSettings",
    "ThreadSettingsUpdateParams",
    "ThreadSettingsUpdateResponse",
    "ThreadSettingsUpdated",
    "ThreadShellCommandParams",
    "ThreadShellCommandResponse",
    "ThreadSortKey",
    "ThreadSource",
    "ThreadSourceKind",
    "ThreadSpawn",
    "ThreadStartParams",
    "ThreadStartResponse",
    "ThreadStartSource",
    "ThreadStartThreadUnreadPosition",
    "ThreadStarted",
    "ThreadTurnsListParams",
    "ThreadTurnsListResponse",
    "ThreadUnarchiveParams",
    "ThreadUnarchiveResponse",
    "ThreadUnreadPosition",
    "ThreadUnsubscribeParams",
    "ThreadUnsubscribeResponse",
    "ThreadUnsubscribeStatus",
    "ToolSearchCallResponseItem",
    "ToolSearchOutputResponseItem",
    "TurnThreadUnreadPosition",
    "TurnsPage",
    "WebSearchCallResponseItem",
]


class ActivePermissionProfile(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ThreadForkResponse` and 3 others."""

    id: str
    """Identifier from `default_permissions` or the implicit built-in default, such as `:workspace`
    or a user-defined `[permissions.<id>]` profile.
    """
    extends: str | None = None
    """Parent profile identifier from the selected permissions profile's `extends` setting, when
    present.
    """


class InputTextAgentMessageInputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_text"
):
    """`AgentMessageInputContent` with type ``input_text``."""

    text: str


class EncryptedContentAgentMessageInputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="encrypted_content"
):
    """`AgentMessageInputContent` with type ``encrypted_content``."""

    encrypted_content: str = msgspec.field(name="encrypted_content")


AgentMessageInputContent: TypeAlias = (
    InputTextAgentMessageInputContent | EncryptedContentAgentMessageInputContent
)
"""Told apart by ``type``."""


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


class ConfigurationReasoning(Wire, frozen=True, kw_only=True, gc=False):
    """Reasoning settings interpreted by the backend for the routed model."""

    effort: ReasoningEffort


class InputTextContentItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_text"
):
    """`ContentItem` with type ``input_text``."""

    text: str


class InputImageContentItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_image"
):
    """`ContentItem` with type ``input_image``."""

    detail: ImageDetail | UnsetType | None = UNSET
    file_id: str | UnsetType = msgspec.field(default=UNSET, name="file_id")
    image_url: str | UnsetType = msgspec.field(default=UNSET, name="image_url")


class InputAudioContentItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_audio"
):
    """`ContentItem` with type ``input_audio``."""

    audio_url: str = msgspec.field(name="audio_url")


class OutputTextContentItem(Wire, frozen=True, kw_only=True, tag_field="type", tag="output_text"):
    """`ContentItem` with type ``output_text``."""

    text: str
    annotations: list[JsonValue] | UnsetType | None = UNSET
    logprobs: list[JsonValue] | UnsetType | None = UNSET


ContentItem: TypeAlias = (
    InputTextContentItem | InputImageContentItem | InputAudioContentItem | OutputTextContentItem
)
"""Told apart by ``type``."""


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
    """Part of `Thread`."""

    branch: str | None = None
    origin_url: str | None = None
    sha: str | None = None


class InternalChatMessageMetadataPassthrough(Wire, frozen=True, kw_only=True, gc=False):
    """Internal Responses API passthrough metadata copied into underlying chat messages.

    Responses API strongly types this payload. Do not modify it without first getting API approval
    and making the corresponding Responses API change.
    """

    turn_id: str | UnsetType | None = msgspec.field(default=UNSET, name="turn_id")


class ExecLocalShellAction(Wire, frozen=True, kw_only=True, tag_field="type", tag="exec"):
    """`LocalShellAction` with type ``exec``."""

    command: list[str]
    env: dict[str, str] | UnsetType | None = UNSET
    timeout_ms: int | UnsetType | None = msgspec.field(default=UNSET, name="timeout_ms")
    """In milliseconds."""
    user: str | UnsetType | None = UNSET
    working_directory: str | UnsetType | None = msgspec.field(
        default=UNSET, name="working_directory"
    )


LocalShellAction: TypeAlias = ExecLocalShellAction
"""Told apart by ``type``."""


LocalShellStatus: TypeAlias = Literal["completed", "in_progress", "incomplete"] | str


class ReasoningTextReasoningItemContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="reasoning_text"
):
    """`ReasoningItemContent` with type ``reasoning_text``."""

    text: str


class TextReasoningItemContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="text"
):
    """`ReasoningItemContent` with type ``text``."""

    text: str


ReasoningItemContent: TypeAlias = ReasoningTextReasoningItemContent | TextReasoningItemContent
"""Told apart by ``type``."""


class SummaryTextReasoningItemReasoningSummary(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="summary_text"
):
    """`ReasoningItemReasoningSummary` with type ``summary_text``."""

    text: str


ReasoningItemReasoningSummary: TypeAlias = SummaryTextReasoningItemReasoningSummary
"""Told apart by ``type``."""


class SearchResponsesApiWebSearchAction(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="search"
):
    """`ResponsesApiWebSearchAction` with type ``search``."""

    queries: list[str] | UnsetType | None = UNSET
    query: str | UnsetType | None = UNSET


class OpenPageResponsesApiWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="open_page"
):
    """`ResponsesApiWebSearchAction` with type ``open_page``."""

    url: str | UnsetType | None = UNSET


class FindInPageResponsesApiWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="find_in_page"
):
    """`ResponsesApiWebSearchAction` with type ``find_in_page``."""

    pattern: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET


class OtherResponsesApiWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="other"
):
    """`ResponsesApiWebSearchAction` with type ``other``."""


ResponsesApiWebSearchAction: TypeAlias = (
    SearchResponsesApiWebSearchAction
    | OpenPageResponsesApiWebSearchAction
    | FindInPageResponsesApiWebSearchAction
    | OtherResponsesApiWebSearchAction
)
"""Told apart by ``type``."""


class AdditionalToolsResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="additional_tools"
):
    """`ResponseItem` with type ``additional_tools``."""

    role: str
    tools: list[JsonValue]
    id: str | UnsetType | None = UNSET


class MessageResponseItem(Wire, frozen=True, kw_only=True, tag_field="type", tag="message"):
    """`ResponseItem` with type ``message``."""

    content: list[ContentItem]
    role: str
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    phase: MessagePhase | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class AgentMessageResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="agent_message"
):
    """`ResponseItem` with type ``agent_message``."""

    author: str
    content: list[AgentMessageInputContent]
    recipient: str
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class ReasoningResponseItem(Wire, frozen=True, kw_only=True, tag_field="type", tag="reasoning"):
    """`ResponseItem` with type ``reasoning``."""

    summary: list[ReasoningItemReasoningSummary]
    content: list[ReasoningItemContent] | UnsetType | None = UNSET
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class LocalShellCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="local_shell_call"
):
    """`ResponseItem` with type ``local_shell_call``."""

    action: LocalShellAction
    status: LocalShellStatus
    call_id: str | UnsetType | None = msgspec.field(default=UNSET, name="call_id")
    """Set when using the Responses API."""
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    """Legacy id field retained for compatibility with older payloads."""
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class FunctionCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="function_call"
):
    """`ResponseItem` with type ``function_call``."""

    arguments: str
    call_id: str = msgspec.field(name="call_id")
    name: str
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    encrypted_function_args: list[str] | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_function_args"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    namespace: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class ToolSearchCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="tool_search_call"
):
    """`ResponseItem` with type ``tool_search_call``."""

    arguments: JsonValue
    execution: str
    call_id: str | UnsetType | None = msgspec.field(default=UNSET, name="call_id")
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    status: str | UnsetType | None = UNSET


class FunctionCallOutputResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"
):
    """`ResponseItem` with type ``function_call_output``."""

    output: FunctionCallOutputBody
    call_id: str | UnsetType | None = msgspec.field(default=UNSET, name="call_id")
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    name: str | UnsetType | None = UNSET
    namespace: str | UnsetType | None = UNSET


class CustomToolCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="custom_tool_call"
):
    """`ResponseItem` with type ``custom_tool_call``."""

    call_id: str = msgspec.field(name="call_id")
    input: str
    name: str
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    namespace: str | UnsetType | None = UNSET
    status: str | UnsetType | None = UNSET


class CustomToolCallOutputResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="custom_tool_call_output"
):
    """`ResponseItem` with type ``custom_tool_call_output``."""

    call_id: str = msgspec.field(name="call_id")
    output: FunctionCallOutputBody
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    name: str | UnsetType | None = UNSET


class ToolSearchOutputResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="tool_search_output"
):
    """`ResponseItem` with type ``tool_search_output``."""

    execution: str
    status: str
    tools: list[JsonValue]
    call_id: str | UnsetType | None = msgspec.field(default=UNSET, name="call_id")
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class WebSearchCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="web_search_call"
):
    """`ResponseItem` with type ``web_search_call``."""

    action: ResponsesApiWebSearchAction | UnsetType | None = UNSET
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    status: str | UnsetType | None = UNSET


class ImageGenerationCallResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="image_generation_call"
):
    """`ResponseItem` with type ``image_generation_call``."""

    result: str
    status: str
    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")
    revised_prompt: str | UnsetType | None = msgspec.field(default=UNSET, name="revised_prompt")


class CompactionResponseItem(Wire, frozen=True, kw_only=True, tag_field="type", tag="compaction"):
    """`ResponseItem` with type ``compaction``."""

    encrypted_content: str = msgspec.field(name="encrypted_content")
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class ConfigurationUpdateResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="configuration_update"
):
    """`ResponseItem` with type ``configuration_update``.

    A durable input control interpreted by the backend at its position in history.
    """

    reasoning: ConfigurationReasoning


class CompactionTriggerResponseItem(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="compaction_trigger"
):
    """`ResponseItem` with type ``compaction_trigger``."""


class ContextCompactionResponseItem(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="context_compaction"
):
    """`ResponseItem` with type ``context_compaction``."""

    encrypted_content: str | UnsetType | None = msgspec.field(
        default=UNSET, name="encrypted_content"
    )
    id: str | UnsetType | None = UNSET
    internal_chat_message_metadata_passthrough: (
        InternalChatMessageMetadataPassthrough | UnsetType | None
    ) = msgspec.field(default=UNSET, name="internal_chat_message_metadata_passthrough")


class OtherResponseItem(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="other"):
    """`ResponseItem` with type ``other``."""


ResponseItem: TypeAlias = (
    AdditionalToolsResponseItem
    | MessageResponseItem
    | AgentMessageResponseItem
    | ReasoningResponseItem
    | LocalShellCallResponseItem
    | FunctionCallResponseItem
    | ToolSearchCallResponseItem
    | FunctionCallOutputResponseItem
    | CustomToolCallResponseItem
    | CustomToolCallOutputResponseItem
    | ToolSearchOutputResponseItem
    | WebSearchCallResponseItem
    | ImageGenerationCallResponseItem
    | CompactionResponseItem
    | ConfigurationUpdateResponseItem
    | CompactionTriggerResponseItem
    | ContextCompactionResponseItem
    | OtherResponseItem
)
"""Told apart by ``type``."""


SandboxMode: TypeAlias = Literal["read-only", "workspace-write", "danger-full-access"] | str


class SelectedCapabilityRoot(Wire, frozen=True, kw_only=True):
    """A user-selected root that can expose one or more runtime capabilities."""

    id: str
    """Stable identifier supplied by the capability selection platform."""
    location: CapabilityRootLocation
    """Where the selected root can be resolved."""


ThreadId: TypeAlias = str


class ThreadSpawn(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `SubAgentSource`."""

    depth: int
    parent_thread_id: ThreadId = msgspec.field(name="parent_thread_id")
    agent_nickname: str | None = msgspec.field(default=None, name="agent_nickname")
    agent_path: AgentPath | None = msgspec.field(default=None, name="agent_path")
    agent_role: str | None = msgspec.field(default=None, name="agent_role")


class SubAgentSourceDetail(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The object form of `SubAgentSource`: exactly one field is set, none for a newer one."""

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
    """The object form of `SessionSource`: exactly one field is set, none for a newer one."""

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


SortDirection: TypeAlias = Literal["asc", "desc"] | str


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

    color: str | None = None
    icon: str | None = None


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
    """Part of `ThreadForkResponse` and 6 others."""

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
    """[UNSTABLE] Path to the thread on disk."""
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


class ThreadBackgroundTerminal(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ThreadBackgroundTerminalsListResponse`."""

    command: str
    cwd: LegacyAppPathString
    item_id: str
    process_id: str
    cpu_percent: float | None = None
    os_pid: int | None = None
    rss_kb: int | None = None
    """Resident memory, in kilobytes."""


class ThreadBackgroundTerminalsCleanParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/clean``."""

    thread_id: str


class ThreadBackgroundTerminalsCleanResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/backgroundTerminals/clean``."""


class ThreadBackgroundTerminalsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/list``."""

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size."""


class ThreadBackgroundTerminalsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/backgroundTerminals/list``."""

    data: list[ThreadBackgroundTerminal]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class ThreadBackgroundTerminalsTerminateParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/backgroundTerminals/terminate``."""

    process_id: str
    thread_id: str


class ThreadBackgroundTerminalsTerminateResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/backgroundTerminals/terminate``."""

    terminated: bool


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
    """[UNSTABLE] Specify the rollout path to fork from. If specified, the thread_id param will be
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
    """@deprecated Always `explicitRequestOnly`. Use `reasoningEffort` for Ultra behavior.
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


ThreadListCwdFilter: TypeAlias = str | list[str]


ThreadSortKey: TypeAlias = (
    Literal[
        "created_at",
        "updated_at",
        "recency_at",
        "section_position",
    ]
    | str
)


ThreadSourceKind: TypeAlias = (
    Literal[
        "cli",
        "vscode",
        "exec",
        "appServer",
        "subAgent",
        "subAgentReview",
        "subAgentCompact",
        "subAgentThreadSpawn",
        "subAgentOther",
        "unknown",
    ]
    | str
)


class ThreadListParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``thread/list``."""

    ancestor_thread_id: str | UnsetType | None = UNSET
    """Optional ancestor thread filter. Returns spawned descendants at any depth, excluding the
    ancestor itself. Mutually exclusive with `parentThreadId`. Experimental: needs
    ``experimental_api=True``.
    """
    archived: bool | UnsetType | None = UNSET
    """Optional archived filter; when set to true, only archived threads are returned. If false or
    null, only non-archived threads are returned.
    """
    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    cwd: ThreadListCwdFilter | UnsetType | None = UNSET
    """Optional cwd filter or filters; when set, only threads whose session cwd exactly matches one
    of these paths are returned.
    """
    excluded_thread_ids: list[str] | UnsetType | None = UNSET
    """Thread IDs to exclude before applying the result limit. Up to 100 entries; invalid IDs or a
    larger list are rejected, never truncated. Send the same exclusions on each page. Omitted, null,
    or empty means no exclusions.
    """
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a reasonable server-side value."""
    model_providers: list[str] | UnsetType | None = UNSET
    """Optional provider filter; when set, only sessions recorded under these providers are
    returned. When present but empty, includes all providers.
    """
    originators: list[str] | UnsetType | None = UNSET
    """Optional originator allowlist, matching any supplied value exactly. Supported by hosted
    backends only; the local app-server rejects a nonempty list. Omitted or empty lists leave
    originators unrestricted.
    """
    parent_thread_id: str | UnsetType | None = UNSET
    """Optional direct parent thread filter. Mutually exclusive with `ancestorThreadId`.
    Experimental: needs ``experimental_api=True``.
    """
    project_id: str | UnsetType | None = UNSET
    """Omit to include every project, set to null for unassigned threads, or provide a project ID to
    return only threads in that project. Experimental: needs ``experimental_api=True``.
    """
    search_term: str | UnsetType | None = UNSET
    """Optional substring filter for the extracted thread title."""
    section_id: str | UnsetType | None = UNSET
    """Omit to include every section, set to `null` for unsectioned threads, or provide a section ID
    to return only threads in that section.
    """
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional sort direction; defaults to descending (newest first)."""
    sort_key: ThreadSortKey | UnsetType | None = UNSET
    """Optional sort key; defaults to created_at."""
    source_kinds: list[ThreadSourceKind] | UnsetType | None = UNSET
    """Optional source filter; when set, only sessions from these source kinds are returned. When
    omitted or empty, defaults to interactive sources.
    """
    use_state_db_only: bool | UnsetType = UNSET
    """If true, return from the state DB without scanning JSONL rollouts to repair thread metadata.
    Omitted or false preserves scan-and-repair behavior.
    """


class ThreadStartThreadUnreadPosition(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="threadStart"
):
    """`ThreadUnreadPosition` with type ``threadStart``.

    Explicitly marked unread, including when the thread has no turns.
    """


class TurnThreadUnreadPosition(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="turn"
):
    """`ThreadUnreadPosition` with type ``turn``.

    The earliest completed result needing attention.
    """

    turn_id: str


ThreadUnreadPosition: TypeAlias = (
    ThreadStartThreadUnreadPosition | TurnThreadUnreadPosition | UnknownVariant
)
"""Told apart by ``type``."""


class ThreadReadState(Wire, frozen=True, kw_only=True):
    """The first unread position in a durable local thread.

    A null position means read. The opaque revision guards edits against activity or marks the
    caller has not seen.
    """

    revision: str
    first_unread: ThreadUnreadPosition | None = None


class ThreadListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/list``."""

    data: list[Thread]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one thread. Use it with the opposite `sortDirection`; for timestamp
    sorts it anchors at the start of the page timestamp so same-second updates are not skipped.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """
    read_states: dict[str, ThreadReadState] | None = None
    """Local receipts for eligible threads on this page, keyed by thread ID. Null means durable read
    state is unavailable; an absent key means that row is ineligible. Experimental: needs
    ``experimental_api=True``.
    """


class ThreadLoadedListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/loaded/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to no limit."""


class ThreadLoadedListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/loaded/list``."""

    data: list[str]
    """Thread ids for sessions currently loaded in memory."""
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. if None, there are no
    more items to return.
    """


class ThreadReadParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/read``."""

    thread_id: str
    include_turns: bool | UnsetType = UNSET
    """When true, include turns and their items from rollout history. Full-history hydration is
    deprecated for paginated threads; prefer a metadata-only read and page with `thread/turns/list`
    and `thread/items/list`.
    """


class ThreadReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/read``."""

    thread: Thread
    read_state: ThreadReadState | None = None
    """Local receipt. Null means this thread's durable read state is unavailable. Experimental:
    needs ``experimental_api=True``.
    """


class ThreadResumeInitialTurnsPageParams(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ThreadResumeParams`."""

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
    """[UNSTABLE] FOR CODEX CLOUD - DO NOT USE. If specified, the thread will be resumed with the
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
    """[UNSTABLE] Specify the rollout path to resume from. If specified for a non-running thread,
    the thread_id param will be ignored. If thread_id identifies a running thread, the path must
    match the active rollout path. Experimental: needs ``experimental_api=True``.
    """
    permissions: str | UnsetType | None = UNSET
    """Named profile id for the resumed thread. Cannot be combined with `sandbox`. Experimental:
    needs ``experimental_api=True``.
    """
    personality: Personality | UnsetType | None = UNSET
    """@deprecated `friendly` and `pragmatic` no longer select a style. Changing this does not
    rewrite the thread's existing instructions.
    """
    runtime_workspace_roots: list[AbsolutePathBuf] | UnsetType | None = UNSET
    """Replace the thread's runtime workspace roots. Paths must be absolute. Experimental: needs
    ``experimental_api=True``.
    """
    sandbox: SandboxMode | UnsetType | None = UNSET
    service_tier: str | UnsetType | None = UNSET


class TurnsPage(Wire, frozen=True, kw_only=True):
    """Part of `ThreadResumeResponse`."""

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
    """@deprecated Always `explicitRequestOnly`. Use `reasoningEffort` for Ultra behavior.
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


class ThreadSetNameParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/name/set``."""

    name: str
    thread_id: str


class ThreadSetNameResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/name/set``."""


class ThreadSettings(Wire, frozen=True, kw_only=True):
    """Part of `ThreadSettingsUpdated`."""

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
    """@deprecated Always `explicitRequestOnly`. Use `effort` for Ultra behavior. Experimental:
    needs ``experimental_api=True``.
    """
    personality: Personality | None = None
    """@deprecated Reports the saved setting; `friendly` and `pragmatic` no longer select a style.
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
    """EXPERIMENTAL - Set a pre-set collaboration mode for subsequent turns. For
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
    """@deprecated Ignored. Use `effort: 'ultra'` for proactive multi-agent behavior."""
    permissions: str | UnsetType | None = UNSET
    """Select a named permissions profile id for subsequent turns. Cannot be combined with
    `sandboxPolicy`.
    """
    personality: Personality | UnsetType | None = UNSET
    """@deprecated `friendly` and `pragmatic` no longer select a style. Changing this does not
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


class ThreadShellCommandParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/shellCommand``."""

    command: str
    """Shell command string evaluated by the thread's configured shell. Unlike `command/exec`, this
    intentionally preserves shell syntax such as pipes, redirects, and quoting. This runs
    unsandboxed with full access rather than inheriting the thread sandbox policy.
    """
    thread_id: str
    timeout_ms: int | UnsetType | None = UNSET
    """Maximum execution time in milliseconds. Defaults to one hour when omitted or null. Must be
    non-negative; zero requests an immediate timeout, not unlimited execution. Does not affect the
    immediate RPC acknowledgement.
    """


class ThreadShellCommandResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/shellCommand``."""


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
    """@deprecated Ignored. Use Ultra reasoning effort for proactive multi-agent behavior.
    Experimental: needs ``experimental_api=True``.
    """
    permissions: str | UnsetType | None = UNSET
    """Named profile id for this thread. Cannot be combined with `sandbox`. Experimental: needs
    ``experimental_api=True``.
    """
    personality: Personality | UnsetType | None = UNSET
    """@deprecated `friendly` and `pragmatic` no longer select a style."""
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
    """@deprecated Always `explicitRequestOnly`. Use `reasoningEffort` for Ultra behavior.
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


class ThreadTurnsListParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/turns/list``."""

    thread_id: str
    cursor: str | UnsetType | None = UNSET
    """Opaque cursor to pass to the next call to continue after the last turn."""
    items_view: TurnItemsView | UnsetType | None = UNSET
    """How much item detail to include for each returned turn; defaults to summary."""
    limit: int | UnsetType | None = UNSET
    """Optional turn page size."""
    sort_direction: SortDirection | UnsetType | None = UNSET
    """Optional turn pagination direction; defaults to descending."""


class ThreadTurnsListResponse(Wire, frozen=True, kw_only=True):
    """Result of ``thread/turns/list``."""

    data: list[Turn]
    backwards_cursor: str | None = None
    """Opaque cursor to pass as `cursor` when reversing `sortDirection`. This is only populated when
    the page contains at least one turn. Use it with the opposite `sortDirection` to include the
    anchor turn again and catch updates to that turn.
    """
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last turn. if None, there are no
    more turns to return.
    """


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

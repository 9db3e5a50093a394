# ruff: noqa: PYI051
"""The items of a turn and the input that starts one.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.unknown import UnknownItem, UnknownVariant

__all__ = [
    "AbsolutePathBuf",
    "AddPatchChangeKind",
    "AgentMessage",
    "AgentMessageDelivery",
    "AsyncUserInputQuestion",
    "AudioUserInput",
    "ByteRange",
    "CollabAgentState",
    "CollabAgentStatus",
    "CollabAgentTool",
    "CollabAgentToolCall",
    "CollabAgentToolCallStatus",
    "CommandAction",
    "CommandExecution",
    "CommandExecutionSource",
    "CommandExecutionStatus",
    "ContextCompaction",
    "DeletePatchChangeKind",
    "DynamicToolCall",
    "DynamicToolCallOutputContentItem",
    "DynamicToolCallStatus",
    "EncryptedContentFunctionOutputContent",
    "EnteredReviewMode",
    "ExitedReviewMode",
    "FileChange",
    "FileUpdateChange",
    "FindInPageWebSearchAction",
    "FunctionCallOutput",
    "FunctionCallOutputBody",
    "FunctionCallOutputContentItem",
    "HookPrompt",
    "HookPromptFragment",
    "ImageDetail",
    "ImageGeneration",
    "ImageGenerationFailure",
    "ImageUsageLimitExceeded",
    "ImageUserInput",
    "ImageView",
    "InputAudioDynamicToolContent",
    "InputAudioFunctionOutputContent",
    "InputImageDynamicToolContent",
    "InputImageFunctionOutputContent",
    "InputTextDynamicToolContent",
    "InputTextFunctionOutputContent",
    "LegacyAppPathString",
    "ListFilesCommandAction",
    "LocalAudioUserInput",
    "LocalImageUserInput",
    "McpAppDisplayMode",
    "McpAppUi",
    "McpToolCall",
    "McpToolCallAppContext",
    "McpToolCallError",
    "McpToolCallResult",
    "McpToolCallStatus",
    "MemoryCitation",
    "MemoryCitationEntry",
    "MentionUserInput",
    "MessagePhase",
    "OpenPageWebSearchAction",
    "OtherWebSearchAction",
    "PatchApplyStatus",
    "PatchChangeKind",
    "Plan",
    "ReadCommandAction",
    "Reasoning",
    "ReasoningEffort",
    "SearchCommandAction",
    "SearchWebSearchAction",
    "SkillUserInput",
    "Sleep",
    "SubAgentActivity",
    "SubAgentActivityKind",
    "TextElement",
    "TextUserInput",
    "ThreadItem",
    "UnknownCommandAction",
    "UpdatePatchChangeKind",
    "UserInput",
    "UserMessage",
    "WebSearch",
    "WebSearchAction",
]


AbsolutePathBuf: TypeAlias = str
"""A path that is guaranteed to be absolute and normalized (though it is not guaranteed to be
canonicalized or exist on the filesystem). IMPORTANT: When deserializing an `AbsolutePathBuf`, a
base path must be set using [AbsolutePathBufGuard::new]. If no base path is set, the deserialization
will fail unless the path being deserialized is already absolute.
"""


AgentMessageDelivery: TypeAlias = Literal["async"] | str


class AsyncUserInputQuestion(Wire, frozen=True, kw_only=True):
    """An asynchronous question to the user."""

    title: str
    options: list[str] | None = None


class ByteRange(Wire, frozen=True, kw_only=True, gc=False):
    """A stretch of a text."""

    end: int
    """In bytes of the text's UTF-8, exclusive."""
    start: int
    """In bytes of the text's UTF-8."""


CollabAgentStatus: TypeAlias = (
    Literal[
        "pendingInit",
        "running",
        "interrupted",
        "completed",
        "errored",
        "shutdown",
        "notFound",
    ]
    | str
)


class CollabAgentState(Wire, frozen=True, kw_only=True, gc=False):
    """The state of another agent."""

    status: CollabAgentStatus
    message: str | None = None


CollabAgentTool: TypeAlias = (
    Literal[
        "spawnAgent",
        "sendInput",
        "resumeAgent",
        "wait",
        "closeAgent",
        "sendMessage",
        "followupTask",
        "interruptAgent",
        "listAgents",
    ]
    | str
)


CollabAgentToolCallStatus: TypeAlias = (
    Literal[
        "inProgress",
        "completed",
        "failed",
        "interrupted",
    ]
    | str
)


LegacyAppPathString: TypeAlias = str


class ReadCommandAction(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="read"):
    """`CommandAction` with type ``read``."""

    command: str
    name: str
    path: LegacyAppPathString


class ListFilesCommandAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="listFiles"
):
    """`CommandAction` with type ``listFiles``."""

    command: str
    path: str | None = None


class SearchCommandAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="search"
):
    """`CommandAction` with type ``search``."""

    command: str
    path: str | None = None
    query: str | None = None


class UnknownCommandAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="unknown"
):
    """`CommandAction` with type ``unknown``."""

    command: str


CommandAction: TypeAlias = (
    ReadCommandAction
    | ListFilesCommandAction
    | SearchCommandAction
    | UnknownCommandAction
    | UnknownVariant
)
"""Told apart by ``type``."""


CommandExecutionSource: TypeAlias = (
    Literal[
        "agent",
        "userShell",
        "unifiedExecStartup",
        "unifiedExecInteraction",
    ]
    | str
)


CommandExecutionStatus: TypeAlias = Literal["inProgress", "completed", "failed", "declined"] | str


class InputTextDynamicToolContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="inputText"
):
    """`DynamicToolCallOutputContentItem` with type ``inputText``."""

    text: str


class InputImageDynamicToolContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="inputImage"
):
    """`DynamicToolCallOutputContentItem` with type ``inputImage``."""

    image_url: str


class InputAudioDynamicToolContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="inputAudio"
):
    """`DynamicToolCallOutputContentItem` with type ``inputAudio``."""

    audio_url: str


DynamicToolCallOutputContentItem: TypeAlias = (
    InputTextDynamicToolContent
    | InputImageDynamicToolContent
    | InputAudioDynamicToolContent
    | UnknownVariant
)
"""Told apart by ``type``."""


DynamicToolCallStatus: TypeAlias = Literal["inProgress", "completed", "failed"] | str


class AddPatchChangeKind(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="add"):
    """`PatchChangeKind` with type ``add``."""


class DeletePatchChangeKind(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="delete"
):
    """`PatchChangeKind` with type ``delete``."""


class UpdatePatchChangeKind(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="update"
):
    """`PatchChangeKind` with type ``update``."""

    move_path: str | None = msgspec.field(default=None, name="move_path")


PatchChangeKind: TypeAlias = (
    AddPatchChangeKind | DeletePatchChangeKind | UpdatePatchChangeKind | UnknownVariant
)
"""Told apart by ``type``."""


class FileUpdateChange(Wire, frozen=True, kw_only=True):
    """What happens to one file."""

    diff: str
    kind: PatchChangeKind
    path: str


ImageDetail: TypeAlias = Literal["auto", "low", "high", "original"] | str


class InputTextFunctionOutputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_text"
):
    """`FunctionCallOutputContentItem` with type ``input_text``."""

    text: str


class InputImageFunctionOutputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_image"
):
    """`FunctionCallOutputContentItem` with type ``input_image``."""

    detail: ImageDetail | UnsetType | None = UNSET
    file_id: str | UnsetType = msgspec.field(default=UNSET, name="file_id")
    image_url: str | UnsetType = msgspec.field(default=UNSET, name="image_url")


class InputAudioFunctionOutputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="input_audio"
):
    """`FunctionCallOutputContentItem` with type ``input_audio``."""

    audio_url: str = msgspec.field(name="audio_url")


class EncryptedContentFunctionOutputContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="encrypted_content"
):
    """`FunctionCallOutputContentItem` with type ``encrypted_content``."""

    encrypted_content: str = msgspec.field(name="encrypted_content")


FunctionCallOutputContentItem: TypeAlias = (
    InputTextFunctionOutputContent
    | InputImageFunctionOutputContent
    | InputAudioFunctionOutputContent
    | EncryptedContentFunctionOutputContent
    | UnknownVariant
)
"""Responses API compatible content items that can be returned by a tool call. This is a subset of
ContentItem with the types we support as function call outputs. Told apart by ``type``.
"""


FunctionCallOutputBody: TypeAlias = str | list[FunctionCallOutputContentItem]


class HookPromptFragment(Wire, frozen=True, kw_only=True, gc=False):
    """What one hook adds to the prompt."""

    hook_run_id: str
    text: str


class ImageUsageLimitExceeded(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="usageLimitExceeded"
):
    """`ImageGenerationFailure` with type ``usageLimitExceeded``."""

    limit_id: str
    resets_at: int | None = None


ImageGenerationFailure: TypeAlias = ImageUsageLimitExceeded | UnknownVariant
"""Told apart by ``type``."""


McpAppDisplayMode: TypeAlias = Literal["inline", "fullscreen"] | str


class McpAppUi(Wire, frozen=True, kw_only=True, gc=False):
    """Part of `ThreadItem`.

    UI resource and display preference for model invocations, captured from the tool descriptor.
    """

    preferred_model_display_mode: McpAppDisplayMode
    resource_uri: str


class McpToolCallAppContext(Wire, frozen=True, kw_only=True, gc=False):
    """The app behind a tool call."""

    connector_id: str
    action_name: str | None = None
    app_name: str | None = None
    link_id: str | None = None
    resource_uri: str | None = None


class McpToolCallError(Wire, frozen=True, kw_only=True, gc=False):
    """Why a tool call failed."""

    message: str


class McpToolCallResult(Wire, frozen=True, kw_only=True):
    """What a tool call gave."""

    content: list[JsonValue]
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    structured_content: JsonValue = None


McpToolCallStatus: TypeAlias = Literal["inProgress", "completed", "failed"] | str


class MemoryCitationEntry(Wire, frozen=True, kw_only=True, gc=False):
    """Lines of a memory file."""

    line_end: int
    line_start: int
    note: str
    path: str


class MemoryCitation(Wire, frozen=True, kw_only=True):
    """The memories that a message rests on."""

    entries: list[MemoryCitationEntry]
    thread_ids: list[str]


MessagePhase: TypeAlias = Literal["commentary", "partial_answer", "final_answer"] | str
"""Classifies assistant text as commentary, a partial answer, or a terminal answer. Providers do not
emit this consistently, so callers must treat `None` as 'phase unknown' and keep compatibility
behavior for legacy models. ``commentary``: Mid-turn assistant text (for example preamble/progress
narration). Additional tool calls or assistant output may follow before turn completion.
``partial_answer``: Stable answer text that may be followed by more assistant output or tools.
``final_answer``: The assistant's declared terminal answer text for the current turn.
"""


PatchApplyStatus: TypeAlias = Literal["inProgress", "completed", "failed", "declined"] | str


ReasoningEffort: TypeAlias = str
"""A non-empty reasoning effort value advertised by the model."""


SubAgentActivityKind: TypeAlias = Literal["started", "interacted", "interrupted", "completed"] | str


class TextElement(Wire, frozen=True, kw_only=True):
    """A stretch of the input's text that a UI shows in its own way."""

    byte_range: ByteRange
    """Byte range in the parent `text` buffer that this element occupies."""
    placeholder: str | UnsetType | None = UNSET
    """Optional human-readable placeholder for the element, displayed in the UI."""


class TextUserInput(Wire, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """`UserInput` with type ``text``."""

    text: str
    text_elements: list[TextElement] = msgspec.field(
        default_factory=list[TextElement], name="text_elements"
    )
    """UI-defined spans within `text` used to render or persist special elements."""


class ImageUserInput(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="image"):
    """`UserInput` with type ``image``."""

    detail: ImageDetail | UnsetType | None = UNSET
    file_id: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class LocalImageUserInput(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="localImage"
):
    """`UserInput` with type ``localImage``."""

    path: str
    detail: ImageDetail | UnsetType | None = UNSET


class AudioUserInput(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="audio"):
    """`UserInput` with type ``audio``."""

    url: str


class LocalAudioUserInput(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="localAudio"
):
    """`UserInput` with type ``localAudio``."""

    path: str


class SkillUserInput(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="skill"):
    """`UserInput` with type ``skill``."""

    name: str
    path: str


class MentionUserInput(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="mention"):
    """`UserInput` with type ``mention``."""

    name: str
    path: str


UserInput: TypeAlias = (
    TextUserInput
    | ImageUserInput
    | LocalImageUserInput
    | AudioUserInput
    | LocalAudioUserInput
    | SkillUserInput
    | MentionUserInput
    | UnknownVariant
)
"""Told apart by ``type``."""


class SearchWebSearchAction(Wire, frozen=True, kw_only=True, tag_field="type", tag="search"):
    """`WebSearchAction` with type ``search``."""

    queries: list[str] | None = None
    query: str | None = None


class OpenPageWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="openPage"
):
    """`WebSearchAction` with type ``openPage``."""

    url: str | None = None


class FindInPageWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="findInPage"
):
    """`WebSearchAction` with type ``findInPage``."""

    pattern: str | None = None
    url: str | None = None


class OtherWebSearchAction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="other"
):
    """`WebSearchAction` with type ``other``."""


WebSearchAction: TypeAlias = (
    SearchWebSearchAction
    | OpenPageWebSearchAction
    | FindInPageWebSearchAction
    | OtherWebSearchAction
    | UnknownVariant
)
"""Told apart by ``type``."""


class UserMessage(Wire, frozen=True, kw_only=True, tag_field="type", tag="userMessage"):
    """`ThreadItem` with type ``userMessage``."""

    content: list[UserInput]
    id: str
    client_id: str | None = None


class HookPrompt(Wire, frozen=True, kw_only=True, tag_field="type", tag="hookPrompt"):
    """`ThreadItem` with type ``hookPrompt``."""

    fragments: list[HookPromptFragment]
    id: str


class AgentMessage(Wire, frozen=True, kw_only=True, tag_field="type", tag="agentMessage"):
    """`ThreadItem` with type ``agentMessage``."""

    id: str
    text: str
    delivery: AgentMessageDelivery | None = None
    memory_citation: MemoryCitation | None = None
    phase: MessagePhase | None = None
    questions: list[AsyncUserInputQuestion] | None = None


class FunctionCallOutput(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="functionCallOutput"
):
    """`ThreadItem` with type ``functionCallOutput``."""

    id: str
    name: str
    output: FunctionCallOutputBody
    namespace: str | None = None


class Plan(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="plan"):
    """`ThreadItem` with type ``plan``.

    Experimental: proposed plan item content. The completed plan item is authoritative and may not
    match the concatenation of `PlanDelta` text.
    """

    id: str
    text: str


class Reasoning(Wire, frozen=True, kw_only=True, tag_field="type", tag="reasoning"):
    """`ThreadItem` with type ``reasoning``."""

    id: str
    content: list[str] = msgspec.field(default_factory=list[str])
    summary: list[str] = msgspec.field(default_factory=list[str])


class CommandExecution(Wire, frozen=True, kw_only=True, tag_field="type", tag="commandExecution"):
    """`ThreadItem` with type ``commandExecution``."""

    command: str
    """The command to be executed."""
    command_actions: list[CommandAction]
    """A best-effort parsing of the command to understand the action(s) it will perform. This
    returns a list of CommandAction objects because a single shell command may be composed of many
    commands piped together.
    """
    cwd: LegacyAppPathString
    """The command's working directory."""
    id: str
    status: CommandExecutionStatus
    aggregated_output: str | None = None
    """The command's output, aggregated from stdout and stderr."""
    duration_ms: int | None = None
    """The duration of the command execution in milliseconds."""
    exit_code: int | None = None
    """The command's exit code."""
    plugin_id: str | None = None
    """Trusted first-party plugin id when this command resolves to one plugin script."""
    process_id: str | None = None
    """Identifier for the underlying PTY process (when available)."""
    script_path: str | None = None
    """Safe plugin-relative path when this command resolves to one plugin script."""
    source: CommandExecutionSource = "agent"


class FileChange(Wire, frozen=True, kw_only=True, tag_field="type", tag="fileChange"):
    """`ThreadItem` with type ``fileChange``."""

    changes: list[FileUpdateChange]
    id: str
    status: PatchApplyStatus


class McpToolCall(Wire, frozen=True, kw_only=True, tag_field="type", tag="mcpToolCall"):
    """`ThreadItem` with type ``mcpToolCall``."""

    arguments: JsonValue
    id: str
    server: str
    status: McpToolCallStatus
    tool: str
    app_context: McpToolCallAppContext | None = None
    duration_ms: int | None = None
    """The duration of the MCP tool call in milliseconds."""
    error: McpToolCallError | None = None
    mcp_app_resource_uri: str | None = None
    """Legacy compatibility field; prefer `mcpAppUi.resourceUri` when available."""
    mcp_app_ui: McpAppUi | None = None
    """Presentation captured from the invoked descriptor; absent in older history."""
    plugin_id: str | None = None
    read_only_hint: bool | None = None
    result: McpToolCallResult | None = None


class DynamicToolCall(Wire, frozen=True, kw_only=True, tag_field="type", tag="dynamicToolCall"):
    """`ThreadItem` with type ``dynamicToolCall``."""

    arguments: JsonValue
    id: str
    status: DynamicToolCallStatus
    tool: str
    content_items: list[DynamicToolCallOutputContentItem] | None = None
    duration_ms: int | None = None
    """The duration of the dynamic tool call in milliseconds."""
    namespace: str | None = None
    success: bool | None = None


class CollabAgentToolCall(
    Wire, frozen=True, kw_only=True, tag_field="type", tag="collabAgentToolCall"
):
    """`ThreadItem` with type ``collabAgentToolCall``."""

    agents_states: dict[str, CollabAgentState]
    """Last known status of the target agents, when available."""
    id: str
    """Unique identifier for this collab tool call."""
    receiver_thread_ids: list[str]
    """Thread ID of the receiving agent, when applicable. In case of spawn operation, this
    corresponds to the newly spawned agent.
    """
    sender_thread_id: str
    """Thread ID of the agent issuing the collab request."""
    status: CollabAgentToolCallStatus
    """Current status of the collab tool call."""
    tool: CollabAgentTool
    """Name of the collab tool that was invoked."""
    model: str | None = None
    """Model requested for the spawned agent, when applicable."""
    prompt: str | None = None
    """Prompt text sent as part of the collab tool call, when available."""
    reasoning_effort: ReasoningEffort | None = None
    """Reasoning effort requested for the spawned agent, when applicable."""


class SubAgentActivity(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="subAgentActivity"
):
    """`ThreadItem` with type ``subAgentActivity``."""

    agent_path: str
    agent_thread_id: str
    id: str
    kind: SubAgentActivityKind
    model: str | None = None
    """Resolved model at sub-agent creation; absent from older records and other activities."""
    reasoning_effort: ReasoningEffort | None = None
    """Resolved reasoning effort at sub-agent creation, when known."""


class WebSearch(Wire, frozen=True, kw_only=True, tag_field="type", tag="webSearch"):
    """`ThreadItem` with type ``webSearch``."""

    id: str
    query: str
    action: WebSearchAction | None = None
    results: list[JsonValue] | None = None
    """Structured search results returned out-of-band by standalone web search. These stay as opaque
    JSON at the extension/app-server boundary so new result fields and result types can pass through
    without a Codex release.
    """


class ImageView(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="imageView"):
    """`ThreadItem` with type ``imageView``."""

    id: str
    path: LegacyAppPathString


class Sleep(Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="sleep"):
    """`ThreadItem` with type ``sleep``.

    Display item emitted by the interruptible `clock.sleep` tool.
    """

    duration_ms: int
    """In milliseconds."""
    id: str


class ImageGeneration(Wire, frozen=True, kw_only=True, tag_field="type", tag="imageGeneration"):
    """`ThreadItem` with type ``imageGeneration``."""

    id: str
    result: str
    status: str
    failure: ImageGenerationFailure | None = None
    revised_prompt: str | None = None
    saved_path: AbsolutePathBuf | None = None
    transparent_background: bool | None = None


class EnteredReviewMode(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="enteredReviewMode"
):
    """`ThreadItem` with type ``enteredReviewMode``."""

    id: str
    review: str


class ExitedReviewMode(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="exitedReviewMode"
):
    """`ThreadItem` with type ``exitedReviewMode``."""

    id: str
    review: str


class ContextCompaction(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="contextCompaction"
):
    """`ThreadItem` with type ``contextCompaction``."""

    id: str


ThreadItem: TypeAlias = (
    UserMessage
    | HookPrompt
    | AgentMessage
    | FunctionCallOutput
    | Plan
    | Reasoning
    | CommandExecution
    | FileChange
    | McpToolCall
    | DynamicToolCall
    | CollabAgentToolCall
    | SubAgentActivity
    | WebSearch
    | ImageView
    | Sleep
    | ImageGeneration
    | EnteredReviewMode
    | ExitedReviewMode
    | ContextCompaction
    | UnknownItem
)
"""Told apart by ``type``."""

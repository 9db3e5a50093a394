# ruff: noqa: PYI051, TC001
"""Items of the Responses API, as a thread's raw history holds them.

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
from codex_runtime.protocol.generated.items import (
    FunctionCallOutputBody,
    ImageDetail,
    MessagePhase,
    ReasoningEffort,
)

__all__ = [
    "AdditionalToolsResponseItem",
    "AgentMessageInputContent",
    "AgentMessageResponseItem",
    "CompactionResponseItem",
    "CompactionTriggerResponseItem",
    "ConfigurationReasoning",
    "ConfigurationUpdateResponseItem",
    "ContentItem",
    "ContextCompactionResponseItem",
    "CustomToolCallOutputResponseItem",
    "CustomToolCallResponseItem",
    "EncryptedContentAgentMessageInputContent",
    "ExecLocalShellAction",
    "FindInPageResponsesWebSearch",
    "FunctionCallOutputResponseItem",
    "FunctionCallResponseItem",
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
    "OpenPageResponsesWebSearch",
    "OtherResponseItem",
    "OtherResponsesWebSearch",
    "OutputTextContentItem",
    "ReasoningItemContent",
    "ReasoningItemReasoningSummary",
    "ReasoningPlainContent",
    "ReasoningResponseItem",
    "ReasoningSummaryText",
    "ReasoningTextContent",
    "ResponseItem",
    "ResponsesApiWebSearchAction",
    "SearchResponsesWebSearch",
    "ToolSearchCallResponseItem",
    "ToolSearchOutputResponseItem",
    "WebSearchCallResponseItem",
]


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


class ReasoningTextContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="reasoning_text"
):
    """`ReasoningItemContent` with type ``reasoning_text``."""

    text: str


class ReasoningPlainContent(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="text"
):
    """`ReasoningItemContent` with type ``text``."""

    text: str


ReasoningItemContent: TypeAlias = ReasoningTextContent | ReasoningPlainContent
"""Told apart by ``type``."""


class ReasoningSummaryText(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="summary_text"
):
    """`ReasoningItemReasoningSummary` with type ``summary_text``."""

    text: str


ReasoningItemReasoningSummary: TypeAlias = ReasoningSummaryText
"""Told apart by ``type``."""


class SearchResponsesWebSearch(Wire, frozen=True, kw_only=True, tag_field="type", tag="search"):
    """`ResponsesApiWebSearchAction` with type ``search``."""

    queries: list[str] | UnsetType | None = UNSET
    query: str | UnsetType | None = UNSET


class OpenPageResponsesWebSearch(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="open_page"
):
    """`ResponsesApiWebSearchAction` with type ``open_page``."""

    url: str | UnsetType | None = UNSET


class FindInPageResponsesWebSearch(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="find_in_page"
):
    """`ResponsesApiWebSearchAction` with type ``find_in_page``."""

    pattern: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET


class OtherResponsesWebSearch(
    Wire, frozen=True, kw_only=True, gc=False, tag_field="type", tag="other"
):
    """`ResponsesApiWebSearchAction` with type ``other``."""


ResponsesApiWebSearchAction: TypeAlias = (
    SearchResponsesWebSearch
    | OpenPageResponsesWebSearch
    | FindInPageResponsesWebSearch
    | OtherResponsesWebSearch
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

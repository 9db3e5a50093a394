"""What went to the model and came from it: the payloads of ``response_item`` lines.

Owns one struct per kind, by its ``type``. Legacy rollouts have the same objects as whole lines. A
kind that is not here becomes an `UnknownEntry`, in a compaction's history an `UnknownResponse`.
Enter at `ResponseItem`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from codex_runtime.history.rollouts.parts import ContentPart, JsonValue, Part

__all__ = [
    "CustomToolCall",
    "CustomToolCallOutput",
    "FunctionCall",
    "FunctionCallOutput",
    "LocalShellCall",
    "OutputBody",
    "ResponseCompaction",
    "ResponseItem",
    "ResponseMessage",
    "ResponseMetadata",
    "ResponseReasoning",
    "ToolOutput",
    "UnknownResponse",
    "WebSearchCall",
]


class OutputBody(Part, frozen=True, kw_only=True):
    """A tool's output as some versions wrote it."""

    content: str | list[ContentPart] | None = None
    success: bool | None = None


ToolOutput: TypeAlias = str | list[ContentPart] | OutputBody | None


class ResponseMetadata(Part, frozen=True, kw_only=True):
    """What newer servers note beside an item; older ones leave it out."""

    turn_id: str | None = None
    create_time: float | None = None
    """Seconds since the epoch."""
    content_item_kinds: list[str] | None = None
    """Where each part of the content is from: ``user.text`` was typed by a person,
    ``environments.environment_context`` and its like were added by the server."""


class _Response(Part, frozen=True, kw_only=True):
    id: str | None = None
    metadata: ResponseMetadata | None = msgspec.field(
        default=None, name="internal_chat_message_metadata_passthrough"
    )


class ResponseMessage(_Response, frozen=True, kw_only=True, tag="message"):
    """A message to the model (``user``, ``developer``, ``system``) or from it (``assistant``).

    Not only what people wrote: the server adds its instructions in the same way.
    """

    role: str = ""
    content: str | list[ContentPart] | None = None
    phase: str | None = None
    """``commentary`` or ``final_answer``, where the model says it."""

    @property
    def text(self) -> str:
        """The text of all parts, one after the other."""
        return text_of(self.content)


class ResponseReasoning(_Response, frozen=True, kw_only=True, tag="reasoning"):
    """What the model thought, or a summary of it; often encrypted alone."""

    summary: list[ContentPart] | None = None
    content: list[ContentPart] | None = None
    encrypted_content: str | None = None


class FunctionCall(_Response, frozen=True, kw_only=True, tag="function_call"):
    """A call of a function tool, shell commands among them."""

    name: str = ""
    namespace: str | None = None
    arguments: str = ""
    """JSON, as the model wrote it."""
    call_id: str | None = None
    status: str | None = None


class FunctionCallOutput(_Response, frozen=True, kw_only=True, tag="function_call_output"):
    """What the model was told of a `FunctionCall`, or of a `LocalShellCall`."""

    call_id: str | None = None
    output: ToolOutput = None

    @property
    def text(self) -> str:
        """The text of it all."""
        return text_of(self.output)


class CustomToolCall(_Response, frozen=True, kw_only=True, tag="custom_tool_call"):
    """A call of a freeform tool; ``apply_patch`` is one."""

    name: str = ""
    namespace: str | None = None
    input: str = ""
    call_id: str | None = None
    status: str | None = None


class CustomToolCallOutput(_Response, frozen=True, kw_only=True, tag="custom_tool_call_output"):
    """What the model was told of a `CustomToolCall`."""

    call_id: str | None = None
    output: ToolOutput = None

    @property
    def text(self) -> str:
        """The text of it all."""
        return text_of(self.output)


class LocalShellCall(_Response, frozen=True, kw_only=True, tag="local_shell_call"):
    """A command of models that have a shell of their own."""

    call_id: str | None = None
    status: str | None = None
    action: JsonValue = None


class WebSearchCall(_Response, frozen=True, kw_only=True, tag="web_search_call"):
    """A search that ran beside the model."""

    status: str | None = None
    action: JsonValue = None


class ResponseCompaction(_Response, frozen=True, kw_only=True, tag="compaction"):
    """What went before, as the model's own server sums it up; readable to that server alone."""

    encrypted_content: str | None = None


class UnknownResponse(_Response, frozen=True, kw_only=True, tag="?"):
    """A kind that is not known here, or one of another shape; ``raw`` is its JSON."""

    name: str
    raw: bytes
    problem: str | None = None


ResponseItem: TypeAlias = (
    ResponseMessage
    | ResponseReasoning
    | FunctionCall
    | FunctionCallOutput
    | CustomToolCall
    | CustomToolCallOutput
    | LocalShellCall
    | WebSearchCall
    | ResponseCompaction
    | UnknownResponse
)


def text_of(content: ToolOutput) -> str:
    """The text of a content: as it is, or of its parts one after the other."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, OutputBody):
        return text_of(content.content)
    return "".join([part.text for part in content if part.text])

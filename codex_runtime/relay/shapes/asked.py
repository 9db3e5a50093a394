"""A Responses request as clients send it.

Owns the names and types of its fields, tolerantly: fields that are not listed are ignored, items
and parts of an unknown type survive in one wide struct each. Does not know what becomes of them:
that is `codex_runtime.relay.request`. Enter at `ResponsesRequest`. What a thread has thousands of
is hidden from the garbage collector (``gc=False``): decoded JSON has no cycles.
"""

from __future__ import annotations

from msgspec import Raw, Struct

__all__ = [
    "ImageUrl",
    "InputItem",
    "Part",
    "Reasoning",
    "ResponsesRequest",
    "Sound",
    "TextFormat",
    "TextOptions",
    "Tool",
    "ToolChoice",
]


class ImageUrl(Struct, gc=False):
    """An image as some clients nest it, the way Chat Completions does."""

    url: str
    detail: str | None = None


class Sound(Struct, gc=False):
    """A sound, encoded in base64."""

    data: str
    format: str


class Part(Struct, gc=False):
    """One part of a content, an output or a summary, of whatever type."""

    type: str = "input_text"
    text: str | None = None
    refusal: str | None = None
    image_url: str | ImageUrl | None = None
    detail: str | None = None
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None
    input_audio: Sound | None = None
    stdout: str | None = None
    stderr: str | None = None


class Tool(Struct, omit_defaults=True):
    """One tool on offer; a namespace holds further ones in ``tools``."""

    type: str = "function"
    name: str | None = None
    description: str | None = None
    parameters: Raw = Raw()
    """The JSON schema as it came; empty where none did."""
    strict: bool | None = None
    format: dict[str, object] | None = None
    tools: list[Tool] | None = None
    execution: str | None = None


class InputItem(Struct, gc=False):
    """One item of the conversation, of whatever type."""

    type: str = "message"
    id: str | None = None
    role: str | None = None
    content: str | list[Part] | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | dict[str, object] | None = None
    input: str | None = None
    output: str | list[Part] | dict[str, object] | None = None
    action: dict[str, object] | None = None
    summary: str | list[Part] | None = None
    text: str | None = None
    encrypted_content: str | None = None
    tools: list[Tool] | None = None
    execution: str | None = None
    status: str | None = None
    phase: str | None = None
    author: str | None = None
    recipient: str | None = None


class Reasoning(Struct):
    """How hard the model shall think, and whether it tells."""

    effort: str | None = None
    summary: str | None = None


class TextFormat(Struct, omit_defaults=True):
    """The form the answer shall have: ``text``, ``json_object`` or ``json_schema``."""

    type: str = "text"
    name: str | None = None
    description: str | None = None
    schema: Raw = Raw()
    """The JSON schema as it came; empty where none did."""
    strict: bool | None = None


class TextOptions(Struct, omit_defaults=True):
    """What the client asks of the text of the answer."""

    format: TextFormat | None = None
    verbosity: str | None = None


class ToolChoice(Struct, omit_defaults=True):
    """A tool choice that is more than a word."""

    type: str
    name: str | None = None
    namespace: str | None = None
    mode: str | None = None
    tools: list[ToolChoice] | None = None


class ResponsesRequest(Struct):
    """Body of ``POST /v1/responses``."""

    input: str | list[InputItem]
    model: str = ""
    """Empty where the client names none: the relay's default model is meant."""
    instructions: str | None = None
    system: str | None = None
    tools: list[Tool] | None = None
    tool_choice: str | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    text: TextOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    stream: bool | None = False
    store: bool | None = None
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    metadata: dict[str, object] | None = None
    client_metadata: dict[str, object] | None = None
    service_tier: str | None = None
    user: str | None = None
    background: bool | None = None
    conversation: str | dict[str, object] | None = None
    prompt: dict[str, object] | None = None

"""A Chat Completions request as the model server is sent it.

Owns the names of its fields and their order in the JSON, which fingerprints rely on: the same
message is always the same bytes. Does not know how messages come about. Enter at `ChatMessage`;
the fields around the messages are a plain mapping, because settings add to them.
"""

from __future__ import annotations

from msgspec import UNSET, Raw, Struct, UnsetType

__all__ = [
    "AudioPart",
    "CalledFunction",
    "ChatFile",
    "ChatFunction",
    "ChatImage",
    "ChatMessage",
    "ChatSound",
    "ChatTool",
    "ChatToolCall",
    "ContentPart",
    "FilePart",
    "ImagePart",
    "TextPart",
]


class TextPart(Struct, tag_field="type", tag="text", gc=False):
    """Text between parts of other kinds."""

    text: str


class ChatImage(Struct, omit_defaults=True, gc=False):
    """Where an image is, or the image itself as a data URL."""

    url: str
    detail: str | None = None


class ImagePart(Struct, tag_field="type", tag="image_url"):
    """An image of a user message."""

    image_url: ChatImage


class ChatFile(Struct, omit_defaults=True, gc=False):
    """A file sent along as a data URL."""

    filename: str | None
    file_data: str


class FilePart(Struct, tag_field="type", tag="file"):
    """A file of a user message."""

    file: ChatFile


class ChatSound(Struct, gc=False):
    """A sound, encoded in base64."""

    data: str
    format: str


class AudioPart(Struct, tag_field="type", tag="input_audio"):
    """A sound of a user message."""

    input_audio: ChatSound


ContentPart = TextPart | ImagePart | FilePart | AudioPart


class CalledFunction(Struct, gc=False):
    """Name and arguments (JSON text) of one call."""

    name: str
    arguments: str


class ChatToolCall(Struct, gc=False):
    """One call of an assistant message."""

    id: str
    function: CalledFunction
    type: str = "function"
    extra_content: Raw | UnsetType = UNSET
    """What single servers want along with a call."""


class ChatMessage(Struct, omit_defaults=True, gc=False):
    """One message; its reasoning is put in afterwards, so that it is no part of a fingerprint."""

    role: str
    content: str | list[ContentPart] | None
    tool_calls: list[ChatToolCall] | None = None
    tool_call_id: str | None = None


class ChatFunction(Struct, omit_defaults=True):
    """A function on offer."""

    name: str
    parameters: Raw
    description: str | None = None
    strict: bool | None = None


class ChatTool(Struct):
    """One tool on offer; Chat Completions knows only functions."""

    function: ChatFunction
    type: str = "function"

"""What a Chat Completions server answers: chunks of a stream, or one whole answer.

Owns the names of the fields, and reading them from servers that take liberties: numbers where text
is usual, text as a list of parts, null anywhere. Does not know in which order chunks come or what
they become: that is `codex_runtime.relay.stream`. Enter at `read_chunk`.
"""

from __future__ import annotations

import re
from typing import Final, cast

from msgspec import Raw, Struct, field
from msgspec.json import Decoder

__all__ = [
    "CallPart",
    "Choice",
    "Chunk",
    "Delta",
    "FunctionPart",
    "error_of",
    "number_of",
    "read_chunk",
    "text_of",
    "thinking_of",
]

_NOTHING: Final = Raw(b"null")
_MOST: Final = 2**63
_MOST_DIGITS: Final = 18


class FunctionPart(Struct):
    """What is called, or a piece of it."""

    name: object = None
    arguments: Raw = _NOTHING
    """A JSON text that holds the arguments' text, or the arguments themselves."""
    input: Raw = _NOTHING
    """The same for a call of a custom tool."""

    def arguments_text(self) -> str:
        """The arguments as text, as it came; empty where there are none.

        Raises:
            ValueError: the JSON text cannot be read.
        """
        return _text_of_raw(self.arguments) or _text_of_raw(self.input)


class CallPart(Struct):
    """A piece of one tool call."""

    index: object = None
    id: object = None
    function: FunctionPart | None = None
    custom: FunctionPart | None = None


class Delta(Struct):
    """What one chunk adds to the answer, or a whole message."""

    content: object = None
    reasoning_content: object = None
    reasoning: object = None
    reasoning_details: object = None
    refusal: object = None
    tool_calls: list[CallPart] | None = None
    function_call: FunctionPart | None = None


class Choice(Struct):
    """One of the answers asked for."""

    index: object = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: object = None
    error: object = None


class Chunk(Struct):
    """One chunk, or a whole answer: they differ in the choice's ``delta`` or ``message``."""

    choices: list[Choice] | None = None
    usage: object = None
    error: object = None
    kind: object = field(default=None, name="object")
    message: object = None
    detail: object = None
    code: object = None


_CHUNKS: Final = Decoder(Chunk)
_TEXTS: Final = Decoder(str)


def read_chunk(payload: bytes) -> Chunk:
    """Read one JSON object.

    Half a surrogate pair, which a server may write that cuts its text anywhere, becomes U+FFFD.

    Raises:
        ValueError: it is no JSON object, or one of another shape.
        RecursionError: it is nested too deep to be read.
    """
    try:
        return _CHUNKS.decode(payload)
    except ValueError:
        mended = _ESCAPES.sub(_mended, payload)
        if mended == payload:
            raise
        return _CHUNKS.decode(mended)


def error_of(chunk: Chunk) -> object:
    """The error that a chunk tells of, as an object or a text; None if it tells of none.

    Without a field ``error``, words where there are no choices are one.
    """
    if chunk.error:
        return chunk.error
    words = chunk.message or chunk.detail
    if chunk.kind == "error" or (chunk.choices is None and words and not isinstance(words, dict)):
        return {"message": words, "code": chunk.code}
    return None


def text_of(value: object) -> str:
    """The text of a value that should be one: itself, a number, or the text parts of a list."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_text_of_part, cast("list[object]", value)))
    if isinstance(value, dict):
        return _text_of_part(cast("object", value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def thinking_of(value: object) -> str:
    """The reasoning that a content holds as parts of its own (``thinking``, ``reasoning``)."""
    if not isinstance(value, list):
        return ""
    found: list[str] = []
    for part in cast("list[object]", value):
        if isinstance(part, dict):
            fields = cast("dict[str, object]", part)
            found += [
                text_of(fields[kind])
                for kind in _THINKING
                if fields.get("type") == kind and kind in fields
            ]
    return "".join(found)


def number_of(value: object) -> int | None:
    """A whole number of 0 or more and below 2^63, told as a number or as digits; else None."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= _MOST_DIGITS else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    return None


_HEX: Final = rb"[0-9a-fA-F]{2}"
_ESCAPES: Final = re.compile(
    rb"\\(?:u[dD][89abAB]"
    + _HEX
    + rb"\\u[dD][c-fC-F]"
    + _HEX  # both halves
    + rb"|(?P<half>u[dD][89a-fA-F]"
    + _HEX
    + rb")|.)",
    re.DOTALL,
)
_THINKING: Final = ("thinking", "reasoning")


def _mended(escape: re.Match[bytes]) -> bytes:
    return escape[0] if escape["half"] is None else rb"\ufffd"


def _text_of_part(part: object) -> str:
    text = cast("dict[str, object]", part).get("text") if isinstance(part, dict) else part
    return text if isinstance(text, str) else ""


def _text_of_raw(raw: Raw) -> str:
    data = bytes(raw)
    if data.startswith(b'"'):
        return _TEXTS.decode(data)
    return "" if data == b"null" else data.decode()

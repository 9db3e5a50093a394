"""Chat messages as bytes, always the same for the same message.

Owns the one encoder of messages and where reasoning goes into one that is encoded already. Does not
know what messages say. Enter at `encode_message`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from codex_runtime.relay.shapes.chat import ChatMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_runtime.relay.shapes.chat import ChatToolCall, ContentPart

__all__ = ["encode_body", "encode_message", "with_field"]

_encode: Final = msgspec.json.Encoder().encode


def encode_message(
    role: str,
    content: str | list[ContentPart] | None,
    tool_calls: list[ChatToolCall] | None = None,
    tool_call_id: str | None = None,
) -> bytes:
    """One message; an empty list of calls is left out."""
    return _encode(ChatMessage(role, content, tool_calls or None, tool_call_id))


def with_field(message: bytes, name: str, value: str) -> bytes:
    """An encoded message with one more field at its end."""
    field = _encode(name) + b":" + _encode(value)
    return b"%b,%b}" % (message[:-1], field)


def encode_body(fields: Mapping[str, object], messages: Sequence[bytes]) -> bytes:
    """The whole request: its messages, then the other fields, which win."""
    raw = [msgspec.Raw(message) for message in messages]
    return _encode({"messages": raw, **fields})

# ruff: noqa: TC001
"""Requests of the server to run one of our tools or to ask the user.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import DynamicToolCallOutputContentItem

__all__ = [
    "DynamicToolCallParams",
    "DynamicToolCallResponse",
    "ToolRequestUserInputAnswer",
    "ToolRequestUserInputOption",
    "ToolRequestUserInputParams",
    "ToolRequestUserInputQuestion",
    "ToolRequestUserInputResponse",
]


class DynamicToolCallParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/tool/call``.

    Execute a dynamic tool call on the client.
    """

    arguments: JsonValue
    call_id: str
    thread_id: str
    tool: str
    turn_id: str
    namespace: str | None = None


class DynamicToolCallResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/tool/call``."""

    content_items: list[DynamicToolCallOutputContentItem]
    success: bool


class ToolRequestUserInputAnswer(Wire, frozen=True, kw_only=True):
    """Experimental: Captures a user's answer to a request_user_input question."""

    answers: list[str]


class ToolRequestUserInputOption(Wire, frozen=True, kw_only=True, gc=False):
    """Experimental: Defines a single selectable option for request_user_input."""

    description: str
    label: str


class ToolRequestUserInputQuestion(Wire, frozen=True, kw_only=True):
    """Experimental: Represents one request_user_input question and its required options."""

    header: str
    id: str
    question: str
    is_other: bool = False
    is_secret: bool = False
    options: list[ToolRequestUserInputOption] | None = None


class ToolRequestUserInputParams(Wire, frozen=True, kw_only=True):
    """Server request ``item/tool/requestUserInput``.

    Experimental: Params sent with a request_user_input event.
    """

    is_blocking: bool
    item_id: str
    questions: list[ToolRequestUserInputQuestion]
    thread_id: str
    turn_id: str
    auto_resolution_ms: int | None = None
    """Deprecated: Use `isBlocking` to decide whether the request should block. In milliseconds."""


class ToolRequestUserInputResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``item/tool/requestUserInput``.

    Experimental: Response payload mapping question ids to answers.
    """

    answers: dict[str, ToolRequestUserInputAnswer]

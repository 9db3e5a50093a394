# ruff: noqa: PYI051
"""Questions of an MCP server to the user.

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
from codex_runtime.protocol.unknown import UnknownMode

__all__ = [
    "FormElicitation",
    "McpElicitationSchema",
    "McpServerElicitationAction",
    "McpServerElicitationRequestParams",
    "McpServerElicitationRequestResponse",
    "OpenaiFormAliasElicitation",
    "OpenaiFormElicitation",
    "ThreadDecrementElicitationParams",
    "ThreadDecrementElicitationResponse",
    "ThreadIncrementElicitationParams",
    "ThreadIncrementElicitationResponse",
    "UrlElicitation",
    "UserVerificationElicitation",
]


McpElicitationSchema: TypeAlias = dict[str, JsonValue]
"""Typed form schema for MCP `elicitation/create` requests. This matches the `requestedSchema` shape
from the MCP 2025-11-25 `ElicitRequestFormParams` schema.
"""


McpServerElicitationAction: TypeAlias = Literal["accept", "decline", "cancel"] | str


class UserVerificationElicitation(
    Wire, frozen=True, kw_only=True, tag_field="mode", tag="openai/userVerification"
):
    """`McpServerElicitationRequestParams` with mode ``openai/userVerification``.

    A device-authenticated approval; accepted responses contain the proof in `content`.
    """

    challenge: str
    description: str
    server_name: str
    thread_id: str
    title: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class FormElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="form"):
    """`McpServerElicitationRequestParams` with mode ``form``."""

    message: str
    requested_schema: McpElicitationSchema
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class OpenaiFormElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="openai/form"):
    """`McpServerElicitationRequestParams` with mode ``openai/form``."""

    message: str
    requested_schema: JsonValue
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class OpenaiFormAliasElicitation(
    Wire, frozen=True, kw_only=True, tag_field="mode", tag="openaiForm"
):
    """`McpServerElicitationRequestParams` with mode ``openaiForm``."""

    message: str
    requested_schema: JsonValue
    server_name: str
    thread_id: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


class UrlElicitation(Wire, frozen=True, kw_only=True, tag_field="mode", tag="url"):
    """`McpServerElicitationRequestParams` with mode ``url``."""

    elicitation_id: str
    message: str
    server_name: str
    thread_id: str
    url: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    turn_id: str | None = None
    """Active Codex turn when this elicitation was observed, if app-server could correlate one. This
    is nullable because MCP models elicitation as a standalone server-to-client request identified
    by the MCP server request id. It may be triggered during a turn, but turn context is app-server
    correlation rather than part of the protocol identity of the elicitation itself.
    """


McpServerElicitationRequestParams: TypeAlias = (
    UserVerificationElicitation
    | FormElicitation
    | OpenaiFormElicitation
    | OpenaiFormAliasElicitation
    | UrlElicitation
    | UnknownMode
)
"""Request input for an MCP server elicitation. Told apart by ``mode``."""


class McpServerElicitationRequestResponse(Wire, frozen=True, kw_only=True):
    """Answer to the server request ``mcpServer/elicitation/request``."""

    action: McpServerElicitationAction
    meta: JsonValue | UnsetType = msgspec.field(default=UNSET, name="_meta")
    """Optional client metadata for form-mode action handling."""
    content: JsonValue | UnsetType = UNSET
    """Structured user input for accepted elicitations, mirroring RMCP `CreateElicitationResult`.
    This is nullable because decline/cancel responses have no content.
    """


class ThreadDecrementElicitationParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/decrement_elicitation``.

    Parameters for `thread/decrement_elicitation`.
    """

    thread_id: str
    """Thread whose out-of-band elicitation counter should be decremented."""


class ThreadDecrementElicitationResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/decrement_elicitation``.

    Response for `thread/decrement_elicitation`.
    """

    count: int
    """Current out-of-band elicitation count after the decrement."""
    paused: bool
    """Whether timeout accounting remains paused after applying the decrement."""


class ThreadIncrementElicitationParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``thread/increment_elicitation``.

    Parameters for `thread/increment_elicitation`.
    """

    thread_id: str
    """Thread whose out-of-band elicitation counter should be incremented."""


class ThreadIncrementElicitationResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``thread/increment_elicitation``.

    Response for `thread/increment_elicitation`.
    """

    count: int
    """Current out-of-band elicitation count after the increment."""
    paused: bool
    """Whether timeout accounting is paused after applying the increment."""

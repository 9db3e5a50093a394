# ruff: noqa: PYI051
"""MCP servers: their status, tools, resources and events.

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

__all__ = [
    "ListMcpServerStatusParams",
    "ListMcpServerStatusResponse",
    "McpAuthStatus",
    "McpResource",
    "McpResourceContent",
    "McpResourceReadParams",
    "McpResourceReadResponse",
    "McpResourceReadTarget",
    "McpResourceTemplate",
    "McpServerConnectionStatus",
    "McpServerEvent",
    "McpServerEventReceived",
    "McpServerEventStreamStartParams",
    "McpServerEventStreamStartResponse",
    "McpServerEventStreamStopParams",
    "McpServerEventStreamStopResponse",
    "McpServerInfo",
    "McpServerOauthClientRegistration",
    "McpServerOauthLoginCompleted",
    "McpServerOauthLoginParams",
    "McpServerOauthLoginResponse",
    "McpServerRefreshResponse",
    "McpServerStartupFailureReason",
    "McpServerStartupState",
    "McpServerStatus",
    "McpServerStatusDetail",
    "McpServerStatusUpdated",
    "McpServerToolCallParams",
    "McpServerToolCallResponse",
    "McpTool",
]


McpServerStatusDetail: TypeAlias = Literal["full", "toolsAndAuthOnly"] | str


class ListMcpServerStatusParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``mcpServerStatus/list``."""

    cursor: str | UnsetType | None = UNSET
    """Opaque pagination cursor returned by a previous call."""
    detail: McpServerStatusDetail | UnsetType | None = UNSET
    """Controls how much MCP inventory data to fetch for each server. Defaults to `Full` when
    omitted.
    """
    limit: int | UnsetType | None = UNSET
    """Optional page size; defaults to a server-defined value."""
    server_name: str | UnsetType | None = UNSET
    """Limit discovery to one server. With a thread ID, reuse that thread's MCP connection."""
    thread_id: str | UnsetType | None = UNSET


McpAuthStatus: TypeAlias = (
    Literal[
        "unknown",
        "unsupported",
        "notLoggedIn",
        "bearerToken",
        "oAuth",
    ]
    | str
)


McpServerConnectionStatus: TypeAlias = (
    Literal[
        "notStarted",
        "starting",
        "connected",
        "authenticationRequired",
        "failed",
        "cancelled",
        "disabled",
    ]
    | str
)


class McpServerInfo(Wire, frozen=True, kw_only=True):
    """Presentation metadata advertised by an initialized MCP server."""

    name: str
    version: str
    description: str | None = None
    icons: list[JsonValue] | None = None
    title: str | None = None
    website_url: str | None = None


class McpResource(Wire, frozen=True, kw_only=True):
    """A known resource that the server is capable of reading."""

    name: str
    uri: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    annotations: JsonValue = None
    description: str | None = None
    icons: list[JsonValue] | None = None
    mime_type: str | None = None
    size: int | None = None
    """In bytes, before any encoding."""
    title: str | None = None


class McpResourceTemplate(Wire, frozen=True, kw_only=True):
    """A template description for resources available on the server."""

    name: str
    uri_template: str
    annotations: JsonValue = None
    description: str | None = None
    mime_type: str | None = None
    title: str | None = None


class McpTool(Wire, frozen=True, kw_only=True):
    """Definition for a tool the client can call."""

    input_schema: JsonValue
    name: str
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    annotations: JsonValue = None
    description: str | None = None
    icons: list[JsonValue] | None = None
    output_schema: JsonValue = None
    title: str | None = None


class McpServerStatus(Wire, frozen=True, kw_only=True):
    """An MCP server, and what it offers."""

    auth_status: McpAuthStatus
    name: str
    resource_templates: list[McpResourceTemplate]
    resources: list[McpResource]
    tools: dict[str, McpTool]
    http_origin: str | None = None
    """HTTP origin of the effective configured endpoint, including plugin servers. Excludes
    credentials, path, query, and fragment; null for non-HTTP transports.
    """
    plugin_id: str | None = None
    runtime_status: McpServerConnectionStatus | None = None
    """Current thread-runtime connection state; null when unavailable or the configuration changed.
    """
    server_capabilities: JsonValue = None
    """Capabilities advertised by the initialized MCP server; null when unavailable."""
    server_info: McpServerInfo | None = None
    tools_error: str | None = None
    """Tool discovery failed and no catalog was returned. Null when a catalog is returned, including
    cached or empty catalogs.
    """


class ListMcpServerStatusResponse(Wire, frozen=True, kw_only=True):
    """Result of ``mcpServerStatus/list``."""

    data: list[McpServerStatus]
    next_cursor: str | None = None
    """Opaque cursor to pass to the next call to continue after the last item. If None, there are no
    more items to return.
    """


class McpResourceReadTarget(Wire, frozen=True, kw_only=True, gc=False):
    """Which link of which connector to read from."""

    connector_id: str
    link_id: str | None
    """Null explicitly requests no-auth access, subject to the app's resource policy."""


class McpResourceReadParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``mcpServer/resource/read``."""

    server: str
    uri: str
    connector_id: str | UnsetType | None = UNSET
    origin_call_id: str | UnsetType | None = UNSET
    """Originating MCP tool call used to select the resource's app."""
    target: McpResourceReadTarget | UnsetType | None = UNSET
    """Explicit hosted app/account. Omit to retain legacy resource discovery."""
    thread_id: str | UnsetType | None = UNSET


class McpResourceContent(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Contents returned when reading a resource from an MCP server."""

    uri: str
    """The URI of this resource."""
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    blob: str | None = None
    mime_type: str | None = None
    text: str | None = None


class McpResourceReadResponse(Wire, frozen=True, kw_only=True):
    """Result of ``mcpServer/resource/read``."""

    contents: list[McpResourceContent]
    origin_call_id: str | None = None
    """Originating call when the server applied app-specific resource scoping."""


class McpServerEvent(Wire, frozen=True, kw_only=True):
    """A notification of the MCP server, as it came."""

    method: str
    params: JsonValue


class McpServerEventReceived(Wire, frozen=True, kw_only=True):
    """Notification ``mcpServer/event/stream/notification``."""

    METHOD: ClassVar[str] = "mcpServer/event/stream/notification"

    notification: McpServerEvent
    subscription_id: str


class McpServerEventStreamStartParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``mcpServer/event/stream/start``."""

    arguments: JsonValue
    name: str
    server: str
    subscription_id: str
    thread_id: str
    meta: JsonValue | UnsetType = msgspec.field(default=UNSET, name="_meta")


class McpServerEventStreamStartResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``mcpServer/event/stream/start``."""


class McpServerEventStreamStopParams(Wire, frozen=True, kw_only=True, gc=False):
    """Parameters of ``mcpServer/event/stream/stop``."""

    subscription_id: str


class McpServerEventStreamStopResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``mcpServer/event/stream/stop``."""


McpServerOauthClientRegistration: TypeAlias = Literal["auto", "cimd", "dcr"] | str


class McpServerOauthLoginCompleted(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``mcpServer/oauthLogin/completed``."""

    METHOD: ClassVar[str] = "mcpServer/oauthLogin/completed"

    name: str
    success: bool
    error: str | None = None
    login_id: str | None = None
    """Identifies the explicit login attempt. Older servers omit this field."""
    thread_id: str | None = None


class McpServerOauthLoginParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``mcpServer/oauth/login``."""

    name: str
    client_registration: McpServerOauthClientRegistration | UnsetType | None = UNSET
    """Registration strategy for this login only; omission selects automatic discovery."""
    scopes: list[str] | UnsetType | None = UNSET
    thread_id: str | UnsetType | None = UNSET
    timeout_secs: int | UnsetType | None = UNSET
    """In seconds."""


class McpServerOauthLoginResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``mcpServer/oauth/login``."""

    authorization_url: str
    login_id: str | None = None
    """Identifies this login attempt across the response and completion notification. Older servers
    omit this field; current servers always return it.
    """


class McpServerRefreshResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``config/mcpServer/reload``."""


McpServerStartupFailureReason: TypeAlias = Literal["reauthenticationRequired"] | str


McpServerStartupState: TypeAlias = Literal["starting", "ready", "failed", "cancelled"] | str


class McpServerStatusUpdated(Wire, frozen=True, kw_only=True, gc=False):
    """Notification ``mcpServer/startupStatus/updated``."""

    METHOD: ClassVar[str] = "mcpServer/startupStatus/updated"

    name: str
    status: McpServerStartupState
    error: str | None = None
    failure_reason: McpServerStartupFailureReason | None = None
    thread_id: str | None = None


class McpServerToolCallParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``mcpServer/tool/call``."""

    server: str
    thread_id: str
    tool: str
    meta: JsonValue | UnsetType = msgspec.field(default=UNSET, name="_meta")
    arguments: JsonValue | UnsetType = UNSET


class McpServerToolCallResponse(Wire, frozen=True, kw_only=True):
    """Result of ``mcpServer/tool/call``."""

    content: list[JsonValue]
    meta: JsonValue = msgspec.field(default=None, name="_meta")
    is_error: bool | None = None
    structured_content: JsonValue = None

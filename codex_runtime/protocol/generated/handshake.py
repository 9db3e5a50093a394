# ruff: noqa: TC001
"""The first request of every connection.

Generated from ``codex-0.163.0.json``, sha256
``8104aca337c345472f29f9857499a0eafa7a0d150d949d55615f49709c6bd285``;
change the generator or its selection, then run
``python -m codex_runtime.protocol.generator``.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from codex_runtime.protocol.base import JsonValue, Wire
from codex_runtime.protocol.generated.items import AbsolutePathBuf

__all__ = [
    "ClientInfo",
    "InitializeCapabilities",
    "InitializeParams",
    "InitializeResponse",
]


class ClientInfo(Wire, frozen=True, kw_only=True, gc=False):
    """Who the client is; its name becomes a part of the server's user agent."""

    name: str
    version: str
    title: str | UnsetType | None = UNSET


class InitializeCapabilities(Wire, frozen=True, kw_only=True):
    """Client-declared capabilities negotiated during initialize."""

    experimental_api: bool | UnsetType = UNSET
    """Opt into receiving experimental API methods and fields."""
    explicit_gateway_oauth: bool | UnsetType = UNSET
    """Use explicit gateway OAuth login instead of automatic browser authorization. Applies to this
    app-server's gateway runtime; later connections cannot undo it.
    """
    extensions: dict[str, JsonValue] | UnsetType | None = UNSET
    """MCP extension settings declared by the app-server client."""
    mcp_server_openai_form_elicitation: bool | UnsetType = UNSET
    """Legacy opt-in for the `openai/form` MCP extension. New clients should declare `openai/form`
    in [`Self::extensions`].
    """
    opt_out_notification_methods: list[str] | UnsetType | None = UNSET
    """Exact notification method names that should be suppressed for this connection (for example
    `thread/started`).
    """
    request_attestation: bool | UnsetType = UNSET
    """Opt into `attestation/generate` requests for upstream `x-oai-attestation`."""


class InitializeParams(Wire, frozen=True, kw_only=True):
    """Parameters of ``initialize``."""

    client_info: ClientInfo
    capabilities: InitializeCapabilities | UnsetType | None = UNSET


class InitializeResponse(Wire, frozen=True, kw_only=True, gc=False):
    """Result of ``initialize``."""

    codex_home: AbsolutePathBuf
    """Absolute path to the server's $CODEX_HOME directory."""
    platform_family: str
    """Platform family for the running app-server target, for example `'unix'` or `'windows'`."""
    platform_os: str
    """Operating system for the running app-server target, for example `'macos'`, `'linux'`, or
    `'windows'`.
    """
    user_agent: str

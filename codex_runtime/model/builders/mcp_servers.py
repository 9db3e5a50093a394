"""MCP servers as typed values, rendered into the server's configuration.

Owns the fields and checks of ``mcp_servers.NAME``. Starts nothing and connects to nothing: the
app-server does, for each thread. Enter at `mcp_servers_config`. Source: the configuration of the
binary, as ``config/read`` shows it.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.builders.config_maps import (
    as_names,
    check_env_name,
    check_env_names,
    check_http_url,
    check_key,
    check_literals,
    frozen_map,
    given,
)
from codex_runtime.model.checks import (
    check_choice,
    check_kind,
    check_mapping,
    check_path,
    check_seconds,
    check_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "HttpMcpServer",
    "McpServer",
    "McpToolApproval",
    "StdioMcpServer",
    "mcp_servers_config",
]

McpToolApproval: TypeAlias = Literal["auto", "prompt", "writes", "approve"]
"""Which calls of tools are asked about: ``prompt`` all, ``writes`` those that may write, ``auto``
what the server sees fit, ``approve`` none."""

_APPROVALS: Final = ("auto", "prompt", "writes", "approve")
_INSTEAD: Final = "bearer_token_env_var or env_http_headers"


def _path_text(value: str | os.PathLike[str] | None) -> str | None:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


@attrs.frozen(kw_only=True)
class McpServer(ABC):
    """What both kinds have: a `StdioMcpServer` and an `HttpMcpServer`."""

    startup_timeout_s: float | None = None
    """From its start to its list of tools; None is the server's default."""

    tool_timeout_s: float | None = None
    """Of one call; None is the server's default."""

    enabled_tools: tuple[str, ...] = attrs.field(default=(), converter=as_names)
    """The only tools on offer; empty offers all."""

    disabled_tools: tuple[str, ...] = attrs.field(default=(), converter=as_names)
    """Tools that are not, enabled or not."""

    required: bool = False
    """A thread does not start without it; else it starts with a server that failed."""

    enabled: bool = True
    """False keeps it from threads: for one session, of a server that the runtime has."""

    approval: McpToolApproval | None = None
    """None is the server's default. A call that is asked about arrives as an elicitation, which is
    declined when nobody answers it."""

    parallel_tool_calls: bool = False
    """Its tools may be called side by side."""

    @abstractmethod
    def to_table(self) -> dict[str, object]:
        """Its table in the server's configuration."""

    def _check_common(self) -> None:
        for name in ("startup_timeout_s", "tool_timeout_s"):
            if getattr(self, name) is not None:
                check_seconds(name, getattr(self, name), ConfigError)
        for name in ("enabled_tools", "disabled_tools"):
            _check_texts(name, getattr(self, name))
        for name in ("required", "enabled", "parallel_tool_calls"):
            check_kind(name, getattr(self, name), bool, ConfigError)
        if self.approval is not None:
            check_choice("approval", self.approval, _APPROVALS, ConfigError)

    def _common_table(self) -> dict[str, object]:
        return given(
            startup_timeout_sec=_float(self.startup_timeout_s),
            tool_timeout_sec=_float(self.tool_timeout_s),
            enabled_tools=list(self.enabled_tools),
            disabled_tools=list(self.disabled_tools),
            required=self.required or None,
            enabled=None if self.enabled else False,
            default_tools_approval_mode=self.approval,
            supports_parallel_tool_calls=self.parallel_tool_calls or None,
        )


@attrs.frozen(kw_only=True)
class StdioMcpServer(McpServer):
    """An MCP server that the app-server starts as a process, one for each thread.

    It gets a few variables of the app-server's environment (``PATH``, ``HOME`` and such) and those
    named in ``env_vars``; values are set by ``RuntimeConfig(env=...)``, never here. Raises
    `ConfigError` at construction.
    """

    command: str
    """A program on ``PATH``, or a path."""

    args: tuple[str, ...] = attrs.field(default=(), converter=as_names)
    """Seen by every user of the machine: no place for secrets."""

    env_vars: tuple[str, ...] = attrs.field(default=(), converter=as_names)
    """Names of the app-server's environment variables that it gets; one that is not set is left
    out in silence."""

    cwd: str | None = attrs.field(default=None, converter=_path_text)
    """Absolute; None is the thread's."""

    def __attrs_post_init__(self) -> None:
        check_text("command", self.command, ConfigError)
        _check_texts("args", self.args, empty_ok=True)
        _check_tuple("env_vars", self.env_vars)
        for index, name in enumerate(self.env_vars):
            check_env_name(f"env_vars[{index}]", name)
        if self.cwd is not None:
            check_path("cwd", self.cwd, ConfigError)
            if not os.path.isabs(self.cwd):  # noqa: PTH117 - a text stays one
                raise ConfigError("cwd", self.cwd, "is relative", "Give an absolute path")
        self._check_common()

    def to_table(self) -> dict[str, object]:
        """Its table in the server's configuration."""
        lists = given(args=list(self.args), env_vars=list(self.env_vars), cwd=self.cwd)
        return {"command": self.command, **lists, **self._common_table()}


@attrs.frozen(kw_only=True)
class HttpMcpServer(McpServer):
    """An MCP server that the app-server reaches by streamable HTTP.

    Secrets are named by the environment variable that holds them, of the app-server
    (``RuntimeConfig(env=...)``). Raises `ConfigError` at construction.
    """

    url: str

    bearer_token_env_var: str | None = None
    """Variable with the token of its Authorization header."""

    http_headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=frozen_map)
    """Headers as they are; one that looks like a secret is refused."""

    env_http_headers: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=frozen_map)
    """Header by header, the variable that holds its value; without it the header is left out."""

    def __attrs_post_init__(self) -> None:
        check_http_url("url", self.url, _INSTEAD)
        if self.bearer_token_env_var is not None:
            check_env_name("bearer_token_env_var", self.bearer_token_env_var)
        check_literals("http_headers", self.http_headers, _INSTEAD)
        check_env_names("env_http_headers", self.env_http_headers)
        self._check_common()

    def to_table(self) -> dict[str, object]:
        """Its table in the server's configuration."""
        headers = given(
            bearer_token_env_var=self.bearer_token_env_var,
            http_headers=dict(self.http_headers),
            env_http_headers=dict(self.env_http_headers),
        )
        return {"url": self.url, **headers, **self._common_table()}


def mcp_servers_config(servers: Mapping[str, McpServer]) -> dict[str, object]:
    """Configuration with these servers.

    For ``RuntimeConfig(config_overrides=...)``, or for ``SessionConfig(config=...)``, where it adds
    to the runtime's servers and replaces those of the same name. `merge_config` puts it together
    with other configuration.

    A name becomes the namespace of its tools, ``mcp__NAME``: letters, digits, _ and -.
    """
    check_mapping("servers", servers, ConfigError)
    for name, server in servers.items():
        check_key("servers key", name)
        if not isinstance(cast("object", server), McpServer):
            raise ConfigError(
                f"servers[{name!r}]",
                server,
                "is not an MCP server",
                "Give a StdioMcpServer or an HttpMcpServer",
            )
    return {f"mcp_servers.{name}": server.to_table() for name, server in servers.items()}


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _check_tuple(name: str, value: object) -> None:
    if not isinstance(value, tuple):
        raise ConfigError(name, value, "is not a sequence of texts", "Give a list or tuple")


def _check_texts(name: str, value: tuple[str, ...], *, empty_ok: bool = False) -> None:
    _check_tuple(name, value)
    for index, text in enumerate(value):
        check_text(f"{name}[{index}]", text, ConfigError, empty_ok=empty_ok)

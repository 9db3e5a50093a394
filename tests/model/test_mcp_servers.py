"""MCP servers become configuration that holds names of secrets, never secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.launch import render_overrides
from codex_runtime.model.builders.mcp_servers import (
    HttpMcpServer,
    StdioMcpServer,
    mcp_servers_config,
)

URL = "https://host/mcp"


def test_a_server_says_only_what_was_said() -> None:
    servers = {"files": StdioMcpServer(command="server"), "web-1": HttpMcpServer(url=URL)}
    assert mcp_servers_config(servers) == {
        "mcp_servers.files": {"command": "server"},
        "mcp_servers.web-1": {"url": URL},
    }


def test_every_field_of_a_process_has_its_key() -> None:
    server = StdioMcpServer(
        command="server",
        args=["-v", ""],
        env_vars=["API_TOKEN"],
        cwd=Path("/srv"),
        startup_timeout_s=5,
        tool_timeout_s=0.5,
        enabled_tools=["read", "write"],
        disabled_tools=("write",),
        required=True,
        enabled=False,
        approval="prompt",
        parallel_tool_calls=True,
    )
    assert render_overrides(mcp_servers_config({"files": server})) == [
        'mcp_servers.files.command="server"',
        'mcp_servers.files.args=["-v", ""]',
        'mcp_servers.files.env_vars=["API_TOKEN"]',
        'mcp_servers.files.cwd="/srv"',
        "mcp_servers.files.startup_timeout_sec=5.0",
        "mcp_servers.files.tool_timeout_sec=0.5",
        'mcp_servers.files.enabled_tools=["read", "write"]',
        'mcp_servers.files.disabled_tools=["write"]',
        "mcp_servers.files.required=true",
        "mcp_servers.files.enabled=false",
        'mcp_servers.files.default_tools_approval_mode="prompt"',
        "mcp_servers.files.supports_parallel_tool_calls=true",
    ]


def test_every_field_of_a_url_has_its_key() -> None:
    server = HttpMcpServer(
        url=URL,
        bearer_token_env_var="API_TOKEN",
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Api-Key": "API_KEY"},
        required=True,
    )
    assert server.to_table() == {
        "url": URL,
        "bearer_token_env_var": "API_TOKEN",
        "http_headers": {"X-Team": "red"},
        "env_http_headers": {"X-Api-Key": "API_KEY"},
        "required": True,
    }


def test_a_server_keeps_its_own_copy_of_a_mapping() -> None:
    headers = {"X-Team": "red"}
    server = HttpMcpServer(url=URL, http_headers=headers)
    headers["Authorization"] = "Bearer x"
    assert server.to_table()["http_headers"] == {"X-Team": "red"}


# Any, in these tables: values that the types forbid are what is tested.
@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"command": ""}, "command='': is empty"),
        ({"args": "-v"}, "args='-v': is not a sequence of texts"),
        ({"args": 3}, "args=3: is not a sequence of texts"),
        ({"args": ["-v", 3]}, "args[1]=3: is not a str"),
        ({"env_vars": "TOKEN"}, "env_vars='TOKEN': is not a sequence of texts"),
        ({"env_vars": ["A=secret"]}, "Put the secret into a variable"),
        ({"env_vars": [3]}, "is not the name of an environment variable"),
        ({"cwd": "srv"}, "cwd='srv': is relative"),
        ({"cwd": 3}, "is not a path of text"),
        ({"startup_timeout_s": 0}, "startup_timeout_s=0"),
        ({"tool_timeout_s": "5"}, "is not a number of seconds"),
        ({"enabled_tools": [""]}, "enabled_tools[0]='': is empty"),
        ({"disabled_tools": "x"}, "disabled_tools='x': is not a sequence"),
        ({"required": 1}, "required=1: is not a bool"),
        ({"approval": "always"}, "is not known. Give one of 'auto', 'prompt', 'writes', 'approve'"),
    ],
)
def test_a_process_that_cannot_be_is_refused(fields: dict[str, Any], problem: str) -> None:
    given: dict[str, Any] = {"command": "server", **fields}
    with pytest.raises(ConfigError) as refused:
        StdioMcpServer(**given)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"url": "stdio://host"}, "is not an http or https URL"),
        ({"url": "https://"}, "is not an http or https URL"),
        ({"url": "https://[x"}, "is not an http or https URL"),
        ({"url": "https://host/a b"}, "is not an http or https URL"),
        ({"url": "https://me:hunter2@host/"}, "carries a secret"),
        ({"url": "https://host/?access_token=hunter2"}, "carries a secret"),
        ({"bearer_token_env_var": "sk-hunter2"}, "is not the name of an environment variable"),
        (
            {"http_headers": {"Authorization": "hunter2"}},
            "bearer_token_env_var or env_http_headers",
        ),
        ({"http_headers": {"x-api-key": "hunter2"}}, "looks like a secret"),
        ({"http_headers": {"X-APIKey": "hunter2"}}, "looks like a secret"),
        ({"http_headers": {"apikey": "hunter2"}}, "looks like a secret"),
        ({"http_headers": {"X-Who": "Bearer hunter2"}}, "looks like a secret"),
        ({"http_headers": {"X-Who": "sk-hunter2"}}, "looks like a secret"),
        ({"http_headers": {"X-Who": "a\r\nX-B: hunter2"}}, "has a line break"),
        ({"http_headers": {"X\n": "hunter2"}}, "has a line break"),
        ({"http_headers": {"X-Who": 3}}, "is not a str"),
        ({"http_headers": [("X", "y")]}, "is not a mapping"),
        ({"env_http_headers": {"X-Key": "hunter-2"}}, "is not the name of an environment variable"),
        ({"env_http_headers": 3}, "is not a mapping"),
        ({"enabled": None}, "enabled=None: is not a bool"),
    ],
)
def test_a_url_that_cannot_be_or_shows_a_secret_is_refused(
    fields: dict[str, Any], problem: str
) -> None:
    given: dict[str, Any] = {"url": URL, **fields}
    with pytest.raises(ConfigError) as refused:
        HttpMcpServer(**given)
    assert problem in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("header", ["X-Author", "Accept", "X-Monkey", "X-Request-Id"])
def test_a_header_that_only_sounds_alike_is_taken(header: str) -> None:
    assert HttpMcpServer(url=URL, http_headers={header: ""}).http_headers == {header: ""}


@pytest.mark.parametrize(
    ("servers", "problem"),
    [
        ({"a.b": HttpMcpServer(url=URL)}, "Use letters, digits, _ and -"),
        ({"": HttpMcpServer(url=URL)}, "is empty"),
        ({"a": {"url": URL}}, "is not an MCP server"),
        ([], "is not a mapping"),
    ],
)
def test_servers_have_names_that_the_configuration_takes(servers: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        mcp_servers_config(servers)

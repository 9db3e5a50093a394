"""MCP servers, model providers and the server's own budget: what is built is what is in force."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import RequestError, Runtime, SessionConfig, StartError, TurnFailed, open_runtime
from codex_runtime.model.builders.config_maps import merge_config
from codex_runtime.model.builders.mcp_servers import (
    HttpMcpServer,
    StdioMcpServer,
    mcp_servers_config,
)
from codex_runtime.model.builders.model_providers import ModelProvider, model_providers_config
from codex_runtime.model.builders.rollout_budget import RolloutBudget, rollout_budget_config
from codex_runtime.testing import text, tool_call, usage
from codex_runtime.testing.http_server import HttpRequest, Responder, serve
from tests.real.mcp_process import answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from codex_runtime.testing import ScriptedModel

PROCESS = str(Path(__file__).parent / "mcp_process.py")
PLAIN = "a-model-of-no-name"
"""Known models get a search in place of the tools of MCP servers."""


def process(*args: str, **fields: Any) -> StdioMcpServer:
    """The server of ``mcp_process.py``; Any: fields of every kind."""
    return StdioMcpServer(command=sys.executable, args=[PROCESS, *args], **fields)


@asynccontextmanager
async def runtime_with(
    model: ScriptedModel, home: Path, config: Mapping[str, object], **env: str
) -> AsyncGenerator[Runtime]:
    """A runtime on the scripted model, with this configuration over the model's."""
    async with open_runtime(
        model.runtime_config(home, config_overrides=config, env=env)
    ) as runtime:
        yield runtime


async def tools_of(runtime: Runtime, model: ScriptedModel, config: SessionConfig) -> set[str]:
    """The tools of MCP servers that a thread of this configuration has."""
    async with await runtime.start_session(config) as session:
        await session.ask("Names")
    return {name for name in model.requests[-1].tool_names if name.startswith("mcp__")}


async def called(runtime: Runtime, model: ScriptedModel, config: SessionConfig) -> str:
    """What a call of the tool ``tell`` of the server ``demo`` gave to the model."""
    model.enqueue(tool_call("tell", {}, namespace="mcp__demo"), text("done"))
    async with await runtime.start_session(config) as session:
        await session.ask("Call")
    return model.requests[-1].tool_outputs[-1].text


async def config_in_force(runtime: Runtime, workspace: Path) -> dict[str, Any]:
    """What the server says; Any: JSON as it came."""
    read = await runtime.request("config/read", {"cwd": str(workspace), "includeLayers": False})
    config: dict[str, Any] = read["config"]
    return config


# ------------------------------------------------------------------------ MCP servers


async def test_every_field_of_a_server_is_in_force(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    files = process(
        env_vars=["API_TOKEN"],
        cwd=workspace,
        startup_timeout_s=5,
        tool_timeout_s=0.5,
        enabled_tools=["tell"],
        disabled_tools=["hide"],
        required=True,
        enabled=False,
        approval="writes",
        parallel_tool_calls=True,
    )
    web = HttpMcpServer(
        url="http://127.0.0.1:9/mcp",
        bearer_token_env_var="API_TOKEN",
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Api-Key": "API_KEY"},
        enabled=False,
    )
    config = mcp_servers_config({"files": files, "web": web})
    async with runtime_with(model, home, config) as runtime:
        servers = (await config_in_force(runtime, workspace))["mcp_servers"]
    for name, server in (("files", files), ("web", web)):
        assert server.to_table().items() <= servers[name].items()


async def test_a_process_is_started_with_its_arguments_folder_and_named_variables_alone(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    server = process("-v", env_vars=["API_TOKEN", "NOT_SET"], cwd=workspace, approval="approve")
    config = mcp_servers_config({"demo": server})
    async with runtime_with(model, home, config, API_TOKEN="t", OTHER="o") as runtime:
        output = await called(runtime, model, SessionConfig(cwd=workspace))
    told = json.loads(output[output.index("{") :])
    assert (told["args"], told["cwd"]) == (["-v"], str(workspace))
    assert told["env"]["API_TOKEN"] == "t"
    assert told["env"].keys().isdisjoint({"OTHER", "NOT_SET"})


async def test_a_call_that_nobody_approves_is_declined(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    config = mcp_servers_config({"demo": process(approval="prompt")})
    async with runtime_with(model, home, config) as runtime:
        output = await called(runtime, model, SessionConfig(cwd=workspace))
    assert "user rejected MCP tool call" in output


async def test_a_session_adds_servers_replaces_them_by_name_and_switches_them_off(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: a thread's table replaces the runtime's, so ours has dotted keys."""
    session = partial(SessionConfig, cwd=workspace, model=PLAIN)
    config = mcp_servers_config({"demo": process()})
    async with runtime_with(model, home, config) as runtime:
        ask = partial(tools_of, runtime, model)
        assert await ask(session()) == {"mcp__demo.tell", "mcp__demo.hide"}
        other = mcp_servers_config({"other": process(disabled_tools=["hide"])})
        added = {"mcp__demo.tell", "mcp__demo.hide", "mcp__other.tell"}
        assert await ask(session(config=other)) == added
        again = mcp_servers_config({"demo": process(enabled_tools=["hide"])})
        assert await ask(session(config=again)) == {"mcp__demo.hide"}
        assert await ask(session(config=merge_config(again, other))) == {
            "mcp__demo.hide",
            "mcp__other.tell",
        }
        off = mcp_servers_config({"demo": process(enabled=False)})
        assert await ask(session(config=off)) == set()


async def test_a_server_that_does_not_start_is_missed_only_where_it_is_required(
    model: ScriptedModel, runtime: Runtime, workspace: Path
) -> None:
    def config(*, required: bool) -> SessionConfig:
        gone = StdioMcpServer(command="/no/such/program", required=required)
        return SessionConfig(cwd=workspace, model=PLAIN, config=mcp_servers_config({"gone": gone}))

    assert await tools_of(runtime, model, config(required=False)) == set()
    with pytest.raises(RequestError, match="required MCP servers failed to initialize: gone"):
        await runtime.start_session(config(required=True))


async def test_the_time_to_start_is_bounded(runtime: Runtime, workspace: Path) -> None:
    silent = StdioMcpServer(
        command=sys.executable,
        args=["-c", "import sys; sys.stdin.read()"],
        startup_timeout_s=0.2,
        required=True,
    )
    config = SessionConfig(cwd=workspace, config=mcp_servers_config({"silent": silent}))
    with pytest.raises(RequestError, match="timed out handshaking"):
        await runtime.start_session(config)


async def test_headers_and_token_reach_a_server_over_http(
    model: ScriptedModel, home: Path, workspace: Path, nursery: trio.Nursery
) -> None:
    heard: list[Mapping[str, str]] = []

    async def handle(request: HttpRequest, responder: Responder) -> None:
        heard.append(request.headers)
        message = json.loads(request.body) if request.method == "POST" else {}
        if "id" not in message:
            status = 202 if message else 405
            await responder.send_whole(status, b"", {})
            return
        result = answer(message["method"], message.get("params") or {})
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
        await responder.send_whole(200, body, {"content-type": "application/json"})

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(serve, listeners, handle)
    server = HttpMcpServer(
        url=f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/mcp",
        bearer_token_env_var="API_TOKEN",
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Api-Key": "API_KEY", "X-Missing": "NOT_SET"},
        approval="approve",
    )
    env = {"API_TOKEN": "t", "API_KEY": "k"}
    async with runtime_with(model, home, mcp_servers_config({"demo": server}), **env) as runtime:
        output = await called(runtime, model, SessionConfig(cwd=workspace))
    assert '"args"' in output
    for headers in heard:
        assert headers["authorization"] == "Bearer t"
        assert (headers["x-team"], headers["x-api-key"]) == ("red", "k")
        assert "x-missing" not in headers


# ------------------------------------------------------------------------ providers


def provider(model: ScriptedModel, **fields: Any) -> ModelProvider:
    """The scripted model under another name; Any: fields of every kind."""
    return ModelProvider(
        name="Mine",
        base_url=model.base_url,
        request_max_retries=0,
        stream_max_retries=0,
        **fields,
    )


async def test_a_provider_is_asked_with_its_headers(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    mine = provider(
        model,
        env_key="MY_KEY",
        query_params={"api-version": "1"},
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Place": "PLACE", "X-Missing": "NOT_SET"},
        stream_idle_timeout_ms=5000,
        websocket_connect_timeout_ms=1000,
    )
    config = model_providers_config({"mine": mine}, default="mine")
    async with runtime_with(model, home, config, MY_KEY="k", PLACE="here") as runtime:
        read = (await config_in_force(runtime, workspace))["model_providers"]["mine"]
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("Hi")).text == "re: Hi"
    assert mine.to_table().items() <= read.items()
    headers = model.requests[-1].headers
    assert (headers["x-team"], headers["x-place"]) == ("red", "here")
    assert "x-missing" not in headers


async def test_a_missing_key_fails_the_turn_and_says_what_to_do(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    mine = provider(model, env_key="NOT_SET", env_key_instructions="Ask Ann for one.")
    config = model_providers_config({"mine": mine}, default="mine")
    async with runtime_with(model, home, config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        with pytest.raises(TurnFailed, match=r"variable: `NOT_SET`\. Ask Ann for one\."):
            await session.ask("Hi")


async def test_a_session_can_bring_a_provider_of_its_own(
    model: ScriptedModel, runtime: Runtime, workspace: Path
) -> None:
    mine = model_providers_config({"mine": provider(model, http_headers={"X-Team": "red"})})
    both = {"mine": "red", "scripted": None}
    for name, team in both.items():
        config = SessionConfig(cwd=workspace, model_provider=name, config=mine)
        await (await runtime.start_session(config)).ask("Hi")
        assert model.requests[-1].headers.get("x-team") == team


async def test_the_server_itself_refuses_what_the_builder_refuses(
    model: ScriptedModel, home: Path
) -> None:
    """The server's: it would not even start."""
    table = provider(model).to_table()
    with pytest.raises(StartError, match=r'wire_api = "chat"` is no longer supported'):
        async with runtime_with(
            model, home, {"model_providers.mine": {**table, "wire_api": "chat"}}
        ):
            pytest.fail("it started")
    with pytest.raises(StartError, match="reserved built-in provider IDs"):
        async with runtime_with(model, home, {"model_providers.openai": table}):
            pytest.fail("it started")


# ------------------------------------------------------------------------ rollout budget


def told(model: ScriptedModel) -> list[str]:
    """What the model of the newest request was told of its budget."""
    texts = [*model.requests[-1].developer_texts, *model.requests[-1].input_texts]
    return [part.split()[3] for part in texts if "<rollout_budget>" in part]


async def test_a_budget_counts_fresh_input_and_output_tells_the_model_and_ends(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: 100 fresh and 100 written tokens weigh 250; the turn that reaches 500 fails."""
    budget = RolloutBudget(
        limit_tokens=500, reminders_at=[300], sampling_weight=2, prefill_weight=0.5
    )
    spent = usage(input_tokens=400, cached_input_tokens=300, output_tokens=100)
    async with runtime_with(model, home, rollout_budget_config(budget)) as runtime:
        features = (await config_in_force(runtime, workspace))["features"]
        assert features["rollout_budget"] == budget.to_table()
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        model.enqueue(*[text("done") + spent] * 4)
        await session.ask("One")
        assert told(model) == ["500"]
        for _ in range(2):
            asked = len(model.requests)
            with pytest.raises(TurnFailed, match="shared rollout token budget exhausted"):
                await session.ask("More")
            assert len(model.requests) == asked + 1
        assert told(model)[:2] == ["500", "250"]
        other = await runtime.start_session(SessionConfig(cwd=workspace))
        assert (await other.ask("Its own")).text == "done"


async def test_a_session_can_have_a_budget_which_it_loses_when_it_is_resumed_without(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    budget = rollout_budget_config(RolloutBudget(limit_tokens=10))
    config = SessionConfig(cwd=workspace, on_exit="detach", config=budget)
    async with runtime_with(model, home, {}) as runtime:
        session = await runtime.start_session(config)
        with pytest.raises(TurnFailed, match="budget exhausted"):
            await session.ask("Hi")
    async with runtime_with(model, home, {}) as runtime:
        plain = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
        assert (await plain.ask("Hi")).text == "re: Hi"
    async with runtime_with(model, home, {}) as runtime:
        bound = await runtime.resume_session(session.thread_id, config)
        with pytest.raises(TurnFailed, match="budget exhausted"):
            await bound.ask("Hi")

"""A tool server, a model provider and a budget, given to the app-server as configuration."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import trio

from codex_runtime import (
    ConfigError,
    HttpMcpServer,
    ModelProvider,
    RolloutBudget,
    RuntimeConfig,
    SessionConfig,
    StdioMcpServer,
    mcp_servers_config,
    merge_config,
    model_providers_config,
    open_runtime,
    rollout_budget_config,
)
from codex_runtime.testing import open_scripted_model

TOOL_SERVER = """
import json, sys
for message in map(json.loads, sys.stdin):
    answers = {
        "initialize": {
            "protocolVersion": message.get("params", {}).get("protocolVersion"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "weather", "version": "1"},
        },
        "tools/list": {"tools": [{"name": "forecast", "inputSchema": {"type": "object"}}]},
    }
    if "id" in message:
        result = answers.get(message["method"], {})
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


def configuration(base_url: str) -> dict[str, object]:
    weather = StdioMcpServer(
        command=sys.executable,
        args=["-c", TOOL_SERVER],
        env_vars=["WEATHER_TOKEN"],  # the name; the value comes from RuntimeConfig(env=...)
        tool_timeout_s=30,
        required=True,
    )
    gateway = ModelProvider(
        name="Our gateway",
        base_url=base_url,
        env_key="GATEWAY_KEY",
        http_headers={"X-Team": "red"},
    )
    return merge_config(
        mcp_servers_config({"weather": weather}),
        model_providers_config({"gateway": gateway}, default="gateway"),
        rollout_budget_config(RolloutBudget(limit_tokens=200_000, reminders_at=[20_000])),
    )


async def servers(config: RuntimeConfig) -> None:
    async with open_runtime(config) as runtime:
        # A session may add to what the runtime has, or switch it off.
        off = StdioMcpServer(command="none", enabled=False)
        for own in ({}, mcp_servers_config({"weather": off})):
            session = SessionConfig(cwd=".", model="house-model", config=own)
            async with await runtime.start_session(session) as handle:
                await handle.ask("Which tools do you have?")


def secrets_are_refused() -> None:
    try:
        HttpMcpServer(url="https://tools.example/mcp", http_headers={"Authorization": "Bearer x"})
    except ConfigError as problem:
        print("refused:", problem)


async def on_a_scripted_model() -> None:
    async with open_scripted_model() as model:
        with tempfile.TemporaryDirectory() as home:
            config = model.runtime_config(
                Path(home),
                config_overrides=configuration(model.base_url),
                env={"WEATHER_TOKEN": "one", "GATEWAY_KEY": "two"},
            )
            await servers(config)
        for request in model.requests:
            tools = [name for name in request.tool_names if name.startswith("mcp__")]
            print("tools:", tools, "team:", request.headers["x-team"])
    secrets_are_refused()


if __name__ == "__main__":
    trio.run(on_a_scripted_model)

"""A server that speaks nothing but Chat Completions, and Codex on it, by a relay."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.relay import RelayConfig, open_relay
from codex_runtime.testing import open_scripted_chat, shell, text


async def ask_through_a_relay(upstream: str, folder: str) -> None:
    settings = RelayConfig(upstream=upstream, model_map={"gpt-5.5": "their-model"})
    async with open_relay(settings) as relay:
        config = RuntimeConfig(
            codex_home=Path(folder, "home"),
            config_overrides=relay.config_overrides("gpt-5.5"),
            env=relay.environment(),
        )
        async with (
            open_runtime(config) as runtime,
            await runtime.start_session(SessionConfig(cwd=folder)) as session,
        ):
            result = await session.ask("What is in this directory?")
            print(result.status, "-", result.text)
        print(relay.statistics().completed, "requests through the relay")


async def on_a_scripted_chat_server() -> None:
    async with open_scripted_chat() as chat:  # stands for yours, and runs no model
        chat.enqueue(shell("ls"), text("Nothing but a home."))
        with tempfile.TemporaryDirectory() as folder:
            await ask_through_a_relay(chat.base_url, folder)
        for request in chat.requests:
            print(request.model, "was sent", len(request.messages), "messages")


if __name__ == "__main__":
    trio.run(on_a_scripted_chat_server)

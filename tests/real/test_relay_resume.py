"""The real app-server through a relay that goes away: down and back, restarted, resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import RuntimeConfig, SessionConfig, TurnFailed
from codex_runtime.protocol import AgentMessageDelta, ErrorNotification
from codex_runtime.relay import Relay, RelayConfig, open_relay
from codex_runtime.testing import open_scripted_chat, reasoning, shell, silence, text
from tests.real.faces import open_runtime
from tests.real.relayed import echo, open_relayed, runtime_config

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Turn


async def until_first(turn: Turn, kind: type[object]) -> None:
    """Read the events of a turn to the first of this kind."""
    async for event in turn:
        if isinstance(event, kind):
            return


async def test_a_thread_goes_on_after_a_restart_of_relay_and_runtime(
    home: Path, workspace: Path, tmp_path: Path
) -> None:
    """The reasoning still goes back to the model, with the message that it belongs to."""
    kept = tmp_path / "relay.sqlite"
    async with open_relayed(home, store=kept) as relayed:
        relayed.chat.enqueue(
            reasoning("to be looked up") + shell("echo found"), reasoning("clear") + text("Found")
        )
        config = SessionConfig(cwd=workspace, on_exit="detach")
        async with await relayed.runtime.start_session(config) as session:
            await session.ask("look")
            thread_id = session.thread_id
    async with open_relayed(home, store=kept) as relayed:
        config = SessionConfig(cwd=workspace)
        session = await relayed.runtime.resume_session(thread_id, config)
        assert (await session.ask("go on")).text == "re: go on"
    (request,) = relayed.chat.requests
    assert request.reasonings == ("to be looked up", "clear")
    assert request.texts("assistant")[-1] == "Found"
    assert "found" in request.tool_outputs[0].text


async def test_a_turn_that_finds_the_relay_down_is_answered_once_it_is_back(
    home: Path, workspace: Path
) -> None:
    """The server's: where nobody listens it takes the network for lost, and asks again."""
    async with open_scripted_chat(echo) as chat:
        async with open_relay(RelayConfig(upstream=chat.base_url)) as relay:
            port, config = relay.port, runtime_config(relay, home)
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            async with session.ask_stream("hello") as turn:
                await until_first(turn, ErrorNotification)
                async with open_relay(RelayConfig(upstream=chat.base_url, port=port)):
                    assert (await turn.finish()).text == "re: hello"
            async with open_relay(RelayConfig(upstream=chat.base_url, port=port)):
                assert (await session.ask("again")).text == "re: again"
    assert chat.requests[-1].texts("assistant") == ("re: hello",)


async def test_a_relay_that_closes_ends_what_it_is_streaming(
    home: Path, workspace: Path, nursery: trio.Nursery
) -> None:
    closing = trio.Event()

    async def serve(base_url: str, task_status: trio.TaskStatus[Relay]) -> None:
        async with open_relay(RelayConfig(upstream=base_url, drain_s=0.1)) as relay:
            task_status.started(relay)
            await closing.wait()

    async with open_scripted_chat(lambda _: text("begun") + silence()) as chat:
        relay: Relay = await nursery.start(serve, chat.base_url)
        async with open_runtime(runtime_config(relay, home)) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            async with session.ask_stream("go on") as turn:
                await until_first(turn, AgentMessageDelta)
                closing.set()
                with pytest.raises(TurnFailed):
                    await turn.finish()
        await chat.wait_disconnected(0)


async def test_the_relay_s_own_configuration_is_all_that_a_runtime_needs(
    home: Path, workspace: Path
) -> None:
    async with (
        open_scripted_chat(echo) as chat,
        open_relay(RelayConfig(upstream=chat.base_url)) as relay,
        open_runtime(
            RuntimeConfig(
                codex_home=home,
                config_overrides=relay.config_overrides("any-model"),
                env=relay.environment(),
            )
        ) as runtime,
    ):
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("hi")).text == "re: hi"
    assert [request.model for request in chat.requests] == ["any-model"]

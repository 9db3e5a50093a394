"""Starting the engine: a server that can be used, or a `StartError` that says why not."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.errors import StartError
from codex_runtime.launch.version import CodexVersion
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.transport import memory_transport_pair
from codex_runtime.transport.held_error import HeldError
from tests.engine.fake_server import FakeServer
from tests.engine.running import running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Connect
    from codex_runtime.transport import MemoryTransport


async def start_error(connect: Connect, config: RuntimeConfig | None = None) -> StartError:
    """What a start that fails raises; afterwards everything has ended."""
    engine = Engine(config or RuntimeConfig(), connect)
    async with trio.open_nursery() as nursery:
        with HeldError() as held, pytest.raises(StartError) as raised:
            await engine.start(nursery)
        await engine.shutdown()
    held.release()
    return raised.value


async def test_the_handshake_says_who_we_are_and_what_the_server_is(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    client = ClientInfo(name="mine", title="Mine", version="2")
    async with running(
        server, client_info=client, experimental_api=True, opt_out=["warning"]
    ) as engine:
        assert engine.server is not None
        assert engine.server.version == CodexVersion(0, 163, 0)
        assert engine.server.platform_family == "unix"
    hello, ready = server.received[:2]
    assert hello["method"] == "initialize"
    assert hello["params"] == {
        "clientInfo": {"name": "mine", "title": "Mine", "version": "2"},
        "capabilities": {"experimentalApi": True, "optOutNotificationMethods": ["warning"]},
    }
    assert ready["method"] == "initialized"


async def test_a_server_that_never_answers_is_given_up_after_the_timeout(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.drop.add("initialize")
    error = await start_error(server.connect, RuntimeConfig(start_timeout_s=7.0))
    assert trio.current_time() == pytest.approx(7, abs=0.1)
    assert "7 s" in str(error)


async def test_a_server_that_refuses_the_handshake_is_named_as_such(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.fail["initialize"] = [{"code": -32600, "message": "Already initialized"}]
    assert "Already initialized" in str(await start_error(server.connect))


async def test_a_server_that_ends_before_the_handshake_is_named_as_such(
    autojump_clock: MockClock,
) -> None:
    @asynccontextmanager
    async def connect() -> AsyncGenerator[MemoryTransport, None]:
        ours, theirs = memory_transport_pair()
        await theirs.aclose()
        yield ours
        await ours.aclose()

    assert "ended before the handshake" in str(await start_error(connect))


@pytest.mark.parametrize("failure", [FileNotFoundError("no such file"), ZeroDivisionError("odd")])
async def test_a_binary_that_cannot_be_started_says_why(
    failure: Exception | None, autojump_clock: MockClock
) -> None:
    @asynccontextmanager
    async def connect() -> AsyncGenerator[MemoryTransport, None]:
        if failure is not None:
            raise failure
        yield memory_transport_pair()[0]

    error = await start_error(connect)
    assert str(failure) in str(error)
    assert trio.current_time() == 0


async def test_a_start_that_is_cancelled_leaves_nothing(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.drop.add("initialize")
    with trio.move_on_after(1) as scope:
        async with running(server):
            raise AssertionError("started")
    assert scope.cancelled_caught
    assert trio.current_time() <= 1 + 2 + 5

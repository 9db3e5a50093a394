"""Starting the engine: a server that can be used, or a `StartError` that says why not."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.engine.handshake import warn_if_untested
from codex_runtime.errors import StartError
from codex_runtime.launch import version as versions
from codex_runtime.launch.version import TESTED, CodexVersion, UntestedServerWarning
from codex_runtime.model.config import ClientInfo, RuntimeConfig
from codex_runtime.transport import memory_transport_pair
from codex_runtime.transport.held_error import HeldError
from tests.engine.fake_server import FakeServer, Json, captured_result
from tests.engine.running import running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from trio.testing import MockClock

    from codex_runtime.engine.engine import Connect
    from codex_runtime.launch.version import Judgement
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


class Calling(FakeServer):
    """A server that says of itself what it was given, in place of the recorded answer."""

    def __init__(self, **hello: object) -> None:
        super().__init__()
        self._hello: Json = hello

    def _initialize(self, message: Json) -> None:
        self.answer(message, self._hello)


def hello_of(user_agent: str) -> Calling:
    return Calling(**{**captured_result("initialize"), "userAgent": user_agent})


def set_range(patch: pytest.MonkeyPatch, oldest: str, newest: str) -> None:
    patch.setattr(versions, "MIN_SUPPORTED", CodexVersion.parse(oldest))
    patch.setattr(versions, "TESTED", CodexVersion.parse(newest))


NAMES = ["codex_runtime", "my/service", "web/1.2.3 (prod)", "0.1.0", "a b/9.9.9", "/"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("number", "judgement"),
    [("0.3.0", "tested"), ("0.5.0", "tested"), ("0.5.1", "newer"), ("0.0.0", "unknown")],
)
async def test_a_server_is_judged_by_its_version_whatever_the_clients_name(
    name: str,
    number: str,
    judgement: Judgement,
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: MockClock,
) -> None:
    set_range(monkeypatch, "0.3.0", "0.5.0")
    server = hello_of(f"{name}/{number} (Linux; x86_64) xterm ({name}; 2)")
    client = ClientInfo(name=name, title=None, version="2")
    async with running(server, client_info=client) as engine:
        assert engine.server is not None
        assert (engine.server.version, engine.server.judgement) == (
            CodexVersion.parse(number),
            judgement,
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", ["0.2.9", "0.3.0-alpha.7", "0.0.1"])
async def test_a_server_that_is_too_old_is_refused_before_anything_else_is_sent(
    name: str, number: str, monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    set_range(monkeypatch, "0.3.0", "0.5.0")
    server = hello_of(f"{name}/{number} (Linux; x86_64) xterm ({name}; 2)")
    client = ClientInfo(name=name, title=None, version="2")
    error = await start_error(server.connect, RuntimeConfig(client_info=client))
    assert f"the app-server is {number} " in error.problem
    assert "0.3.0" in error.problem
    assert error.hint.startswith(
        "Install a tested one with pip install 'codex-runtime[codex]', or set "
    )
    assert "codex_bin" in error.hint
    assert [message["method"] for message in server.received] == ["initialize"]


async def test_an_old_server_is_recognised_although_its_answer_has_another_shape(
    autojump_clock: MockClock,
) -> None:
    server = Calling(userAgent="codex_runtime/0.0.1 (Linux)")
    error = await start_error(server.connect)
    assert "the app-server is 0.0.1 " in error.problem


@pytest.mark.parametrize("hello", [{}, {"userAgent": 3}, {"userAgent": f"x/{TESTED} (y)"}])
async def test_an_answer_of_another_shape_is_refused_as_such(
    hello: Json, autojump_clock: MockClock
) -> None:
    error = await start_error(Calling(**hello).connect)
    assert "refused the handshake" in error.problem


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("codex_runtime/9999.0.0 (Linux)", "the app-server is 9999.0.0;"),
        ("codex_runtime/0.0.0 (Linux)", "a build from source"),
        ("nobody", "does not tell its version (user agent 'nobody')"),
    ],
)
async def test_of_an_untested_server_there_is_one_warning_where_the_caller_says(
    user_agent: str, words: str, autojump_clock: MockClock
) -> None:
    async with running(hello_of(user_agent)) as engine:
        assert engine.server is not None
        with pytest.warns(UntestedServerWarning) as given:
            warn_if_untested(engine.server, stacklevel=1)
    (warning,) = given
    assert words in str(warning.message)
    assert warning.filename == __file__


async def test_of_a_tested_server_there_is_no_warning(autojump_clock: MockClock) -> None:
    async with running(hello_of(f"codex_runtime/{TESTED} (Linux)")) as engine:
        assert engine.server is not None
        warn_if_untested(engine.server, stacklevel=1)

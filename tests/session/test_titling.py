"""Naming by itself, where it does not go smoothly: it holds nothing up, and takes no name away."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import trio

from tests.engine.fake_server import FakeServer, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

CLOSE_S = 8.0
NAMING = "thread/name/set"


def name_of(server: FakeServer, thread_id: str) -> str | None:
    return server.threads[thread_id].name


async def test_an_ask_does_not_wait_for_the_name(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, auto_title=True)
        server.hold.add("thread/read")
        await session.ask("fix the test")
        assert name_of(server, session.thread_id) is None
        await settle()
        server.release()
        await settle()
        assert name_of(server, session.thread_id) == "fix the test"
        await session.detach()


async def test_a_close_waits_for_the_name_and_not_for_ever(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server, close_timeout_s=CLOSE_S, request_timeout_s=20) as engine:
        session = await new_session(engine, auto_title=True)
        server.hold.add(NAMING)
        await session.ask("fix the test")
        begin_s = trio.current_time()
        assert (await session.close()).action == "archived"
        assert trio.current_time() - begin_s == pytest.approx(CLOSE_S / 4, abs=0.1)
        server.release()
        await settle()


async def test_a_server_that_refuses_the_name_is_not_asked_twice_for_one_turn(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, auto_title=True)
        taken = server._handlers[NAMING]
        server._handlers[NAMING] = lambda message: server.refuse(message, "not this one")
        with caplog.at_level(logging.WARNING, "codex_runtime"):
            await session.ask("one")
            await settle()
        assert "was not named: thread/name/set: not this one" in caplog.text
        assert len(server.asked(NAMING)) == 1
        server._handlers[NAMING] = taken
        await session.ask("two")
        await settle()
        assert name_of(server, session.thread_id) == "one"
        await session.detach()


async def test_a_rename_while_the_name_is_made_wins(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine, auto_title=True)
        server.hold.add("thread/read")
        await session.ask("fix the test")
        await settle()
        nursery.start_soon(Outcomes().run, session.rename, "Mine")
        await settle()
        server.release()
        await settle()
        assert name_of(server, session.thread_id) == "Mine"
        assert len(server.asked(NAMING)) == 1
        await session.detach()


async def test_a_turn_without_words_leaves_it_to_the_next(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, auto_title=True)
        await session.ask("<environment_context>here</environment_context>")
        await settle()
        assert name_of(server, session.thread_id) is None
        await session.ask("fix the test")
        await settle()
        assert name_of(server, session.thread_id) == "fix the test"
        await session.ask("and the other")
        await settle()
        assert len(server.asked(NAMING)) == 1
        await session.detach()


async def test_a_turn_that_never_started_names_nothing(autojump_clock: MockClock) -> None:
    server = FakeServer(silence)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine, auto_title=True)
        outcomes = Outcomes()
        nursery.start_soon(outcomes.run, session.ask, "one")
        nursery.start_soon(outcomes.run, session.ask, "two")
        await settle()
        await session.close()
        await settle()
        assert [type(problem).__name__ for problem in outcomes.errors] == [
            "SessionClosed",
            "TurnInterrupted",
        ]
        assert name_of(server, session.thread_id) in ("one", "two")


async def test_a_server_that_dies_takes_the_naming_along(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, auto_title=True)
        server.hold.add("thread/read")
        await session.ask("fix the test")
        await settle()
        with caplog.at_level(logging.WARNING, "codex_runtime"):
            server.crash()
            await settle()
        assert "was not named" in caplog.text

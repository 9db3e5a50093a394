"""Cancelled wherever they can be, the operations of a session leave nothing behind."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.errors import TurnInterrupted
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.transport.held_error import HeldError
from tests.engine.fake_server import FakeServer, FakeTurn, echo
from tests.engine.running import assert_nothing_pending, method_of, new_session, running
from tests.support.every_checkpoint import cancel_at_every_checkpoint
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.session.session import Session

Steps = Literal["scenario", "all"]
both = pytest.mark.parametrize("steps_of", ["scenario", "all"])


async def slow_echo(turn: FakeTurn) -> None:
    turn.begin_message()
    for piece in turn.prompt.split():
        await trio.sleep(0.1)
        turn.delta(piece + " ")
    turn.end_message(turn.said)


def a_server() -> FakeServer:
    """One that is slow enough for every wait to be met."""
    server = FakeServer(slow_echo)
    server.start_delay_s = 0.1
    server.delay_s = {"turn/start": 0.1, "thread/start": 0.1, "thread/archive": 0.1}
    return server


async def quiet_and_usable(server: FakeServer, session: Session) -> None:
    """No turn runs, nothing was merged, and the next ask is answered with its own turn."""
    play, server.play = server.play, echo
    assert (await session.ask("next")).text == "echo: next"
    server.play = play
    assert server.merged == []
    assert server.running == []


@both
async def test_an_ask(steps_of: Steps, autojump_clock: MockClock) -> None:
    server = a_server()
    async with running(server) as engine:
        session = await new_session(engine)

        async def check() -> None:
            await quiet_and_usable(server, session)
            await assert_nothing_pending(engine)

        runs = await cancel_at_every_checkpoint(
            lambda: session.ask("one two three"), check, steps_of=steps_of
        )
        assert runs > (2 if steps_of == "scenario" else 30)
        assert server.turns[-2].status == "completed"


@both
async def test_a_stream_read_to_its_end(steps_of: Steps, autojump_clock: MockClock) -> None:
    server = a_server()
    async with running(server) as engine:
        session = await new_session(engine)

        async def read() -> None:
            async with session.ask_stream("one two three") as turn:
                methods = [method_of(event) async for event in turn]
            assert methods[-1] == "turn/completed"

        async def check() -> None:
            await quiet_and_usable(server, session)
            await assert_nothing_pending(engine)

        runs = await cancel_at_every_checkpoint(read, check, steps_of=steps_of)
        assert runs > 5


@both
async def test_a_stream_left_early_and_interrupted(
    steps_of: Steps, autojump_clock: MockClock
) -> None:
    server = a_server()
    async with running(server) as engine:
        session = await new_session(engine)

        async def read() -> None:
            async with session.ask_stream("one two three") as turn:
                await anext(turn)
                await turn.interrupt()

        async def check() -> None:
            await quiet_and_usable(server, session)
            await assert_nothing_pending(engine)

        assert await cancel_at_every_checkpoint(read, check, steps_of=steps_of) > 3


@both
async def test_two_asks_in_one_line(steps_of: Steps, autojump_clock: MockClock) -> None:
    server = a_server()
    async with running(server) as engine:
        session = await new_session(engine)

        async def both_of_them() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.ask, "one")
                nursery.start_soon(session.ask, "two")

        async def check() -> None:
            await quiet_and_usable(server, session)
            await assert_nothing_pending(engine)

        assert await cancel_at_every_checkpoint(both_of_them, check, steps_of=steps_of) > 2


@both
async def test_starting_a_session(steps_of: Steps, autojump_clock: MockClock) -> None:
    server = a_server()
    async with running(server) as engine:
        kept: list[Session] = []

        async def start() -> None:
            kept.append(await new_session(engine))

        async def check() -> None:
            await trio.sleep(1)
            known = {session.thread_id for session in kept}
            let_go = {params["threadId"] for params in server.asked("thread/unsubscribe")}
            assert known | let_go == set(server.threads)
            assert not known & let_go
            assert {line.thread_id for line in engine.router.lines} == known
            await assert_nothing_pending(engine)

        runs = await cancel_at_every_checkpoint(start, check, steps_of=steps_of)
        assert runs > (1 if steps_of == "scenario" else 5)


@both
async def test_closing_a_session_with_a_running_turn(
    steps_of: Steps, autojump_clock: MockClock
) -> None:
    server = a_server()
    async with running(server) as engine:

        async def close() -> None:
            session = await new_session(engine)
            asked = Outcomes()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(asked.run, session.ask, "one two three")
                await settle()
                assert (await session.close()).action == "archived"
            assert [type(error) for error in asked.errors] == [TurnInterrupted]

        async def check() -> None:
            await trio.sleep(5)
            assert server.running == []
            assert all(len(thread.unanswered) == 0 for thread in server.threads.values())
            await assert_nothing_pending(engine)

        assert await cancel_at_every_checkpoint(close, check, steps_of=steps_of) > 3


@both
async def test_closing_is_one_archive_however_often_its_callers_are_cancelled(
    steps_of: Steps, autojump_clock: MockClock
) -> None:
    server = a_server()
    async with running(server) as engine:
        sessions = [await new_session(engine)]

        async def close_the_last() -> None:
            await sessions[-1].close()

        async def check() -> None:
            outcome = await sessions[-1].close() if sessions[-1].is_closed else None
            assert len(server.asked("thread/archive")) == len(
                [one for one in sessions if one.is_closed]
            )
            assert outcome is None or outcome.action == "archived"
            await assert_nothing_pending(engine)
            sessions.append(await new_session(engine))

        runs = await cancel_at_every_checkpoint(close_the_last, check, steps_of=steps_of)
        assert runs > (1 if steps_of == "scenario" else 5)


@both
async def test_starting_and_leaving_the_engine(steps_of: Steps, autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.delay_s = {"initialize": 0.1}
    engines: list[Engine] = []

    async def start_and_leave() -> None:
        engine = Engine(RuntimeConfig(), server.connect)
        engines.append(engine)
        async with trio.open_nursery() as nursery:
            with HeldError() as held:
                await engine.start(nursery)
                await trio.sleep(0.1)
            await engine.shutdown()
        held.release()

    async def check() -> None:
        for engine in engines:
            assert engine.gate.taken == 0
            if engine.connection is not None:
                assert engine.connection.ended.is_set()
                assert engine.connection.pending == 0
        engines.clear()

    runs = await cancel_at_every_checkpoint(start_and_leave, check, steps_of=steps_of)
    assert runs > (3 if steps_of == "scenario" else 10)
    assert server.connections in {runs, runs - 1}

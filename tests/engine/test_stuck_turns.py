"""A turn that no interrupt stops: reported, or ended with its server where that is wanted."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.errors import TurnLost
from tests.engine.fake_server import FakeServer, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_a_stuck_turn_is_reported_and_costs_nobody_anything(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=10.0) as engine:
        session = await new_session(engine)
        async with session.ask_stream("stuck") as turn:
            assert (await turn.interrupt()).state == "still_running"
            await trio.sleep(100)
            assert server.connections == 1
            server.turns[0].complete("interrupted")


async def test_a_stuck_turn_takes_its_server_along_where_that_is_wanted(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    async with running(server, interrupt_timeout_s=10.0, on_stuck_turn="restart") as engine:
        stuck, other = await new_session(engine), await new_session(engine)
        asks = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.run, stuck.ask, "stuck")
            nursery.start_soon(asks.run, other.ask, "other")
            await settle()
            begun_s = trio.current_time()
            outcome = await stuck.interrupt_turn()
            assert outcome.elapsed_s <= 10.1
        assert trio.current_time() - begun_s <= 10.5
        assert [type(error) for error in asks.errors] == [TurnLost] * 2
        assert "did not end within 10 s" in str(asks.errors[0].__cause__)


async def test_a_turn_that_has_not_started_is_not_called_stuck(autojump_clock: MockClock) -> None:
    server = FakeServer()
    server.start_delay_s = 25.0
    async with running(server, interrupt_timeout_s=10.0, on_stuck_turn="restart") as engine:
        session = await new_session(engine)
        async with session.ask_stream("slow to start") as turn:
            assert (await turn.interrupt()).state == "still_running"
            await trio.sleep(1)
            assert engine.connection is not None
            assert not engine.connection.ended.is_set()

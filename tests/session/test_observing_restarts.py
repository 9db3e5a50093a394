"""Observing a thread whose server dies: what ran is lost, and the next server's record is shown."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.model.restart import RestartPolicy
from tests.engine.fake_server import FakeServer, FakeTurn, echo
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

SLOW = RestartPolicy(first_pause_s=5, longest_pause_s=5)


async def echo_or_hang(turn: FakeTurn) -> None:
    """Say a part and hang on the prompt ``hang``."""
    if turn.prompt != "hang":
        await echo(turn)
        return
    turn.begin_message()
    turn.delta("half")
    await trio.sleep_forever()


async def test_an_observer_sees_what_is_lost_and_then_what_the_next_server_has_on_record(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(echo_or_hang)
    outcomes = Outcomes()
    async with running(server, restart=SLOW) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        await session.ask("one")
        async with session.observe() as view:
            nursery.start_soon(outcomes.run, session.ask, "hang")
            await settle()
            assert view.state.text == "half"
            async with view.events() as events:
                server.crash()
                await settle()
                assert [event async for event in events] == []
            assert view.state.turns[-1].status == "lost"
            await trio.sleep(10)
            assert engine.generation == 2
            assert [turn.status for turn in view.state.turns] == ["completed", "interrupted"]
            await session.ask("two")
            await settle()
            assert view.state.text == "echo: two"
            assert view.state.turns[0].status == "completed"
            async with session.observe() as late:
                assert late.state is view.state

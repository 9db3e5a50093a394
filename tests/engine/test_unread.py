"""Turns whose events nobody reads for long: the same text, the same result, a bounded space."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.runtime.statistics import Statistics
from tests.engine.fake_server import FakeServer, FakeTurn
from tests.engine.running import method_of, new_session, running

if TYPE_CHECKING:
    from trio.testing import MockClock

PIECES = [f"{number} " for number in range(1000)]
SAID = "".join(PIECES)


async def talk(turn: FakeTurn) -> None:
    turn.begin_message()
    for piece in PIECES:
        turn.delta(piece)
        await trio.sleep(0.01)
    turn.end_message(SAID)


async def test_a_stream_read_late_has_the_same_text_and_result(autojump_clock: MockClock) -> None:
    async with running(FakeServer(talk), coalesce_after_events=100) as engine:
        session = await new_session(engine)
        async with session.ask_stream("prompt") as in_time:
            expected = [event async for event in in_time]
        async with session.ask_stream("prompt") as late:
            await trio.sleep(60)
            assert late.text == ""
            assert late.result.text == SAID
            read = [event async for event in late]
            assert late.text == in_time.text == SAID

        def others(events: list[object]) -> list[str]:
            names = [method_of(event) for event in events]  # type: ignore[arg-type]
            return [name for name in names if name != AgentMessageDelta.METHOD]

        deltas = [event for event in read if isinstance(event, AgentMessageDelta)]
        assert others([*read]) == others([*expected])
        assert "".join(event.delta for event in deltas) == SAID
        assert sum(event.merged for event in deltas) == 1000
        assert len(deltas) < 100
        now = Statistics.of(engine)
        assert now.events_coalesced == 1000 - len(deltas)
        assert 100 < now.peak_unread_events < 110
        assert now.events_dropped == now.slow_consumers == now.peak_unread_bytes == 0


async def test_a_stream_of_which_some_was_read_in_time_has_the_same_text(
    autojump_clock: MockClock,
) -> None:
    async with running(FakeServer(talk), coalesce_after_events=5) as engine:
        session = await new_session(engine)
        async with session.ask_stream("prompt") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta) and event.merged == 1:
                    await trio.sleep(0.5)
            assert turn.text == turn.result.text == SAID
        assert engine.counters.events_coalesced > 0


async def test_finishing_lets_go_of_what_is_unread_and_keeps_the_result(
    autojump_clock: MockClock,
) -> None:
    async with running(FakeServer(talk), coalesce_after_events=5) as engine:
        session = await new_session(engine)
        async with session.ask_stream("prompt") as turn:
            await trio.sleep(2)
            assert (await turn.finish()).text == SAID
            assert [event async for event in turn] == []

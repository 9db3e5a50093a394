"""What nobody wants is not decoded, and deltas on the short path go where others would."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.protocol import AgentMessageDelta
from tests.engine.fake_server import FakeServer, FakeTurn, silence
from tests.engine.running import method_of, new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime import Turn
    from codex_runtime.engine.engine import Engine

# Params that any look at them would find to be malformed.
SPOILED = {"threadId": "another", "turnId": 1, "item": 2, "rateLimits": 3}


def subscribe(engine: Engine, *methods: str) -> Subscription:
    return Subscription(engine.subscriptions, engine.config, engine.counters, methods=methods)


@pytest.mark.parametrize("method", ["account/rateLimits/updated", "thread/settings/updated"])
async def test_params_that_only_a_subscriber_would_want_are_decoded_for_one_alone(
    method: str, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        spoiled = {**SPOILED, "threadId": session.thread_id}
        async with subscribe(engine, "warning"):
            server.notify(method, spoiled)
            await settle()
        assert engine.counters.malformed_events == 0
        async with subscribe(engine, method) as events:
            server.notify(method, spoiled)
            assert method_of(await anext(events)) == method
        assert engine.counters.malformed_events == 1
        server.notify(method, spoiled)
        await settle()
        assert engine.counters.malformed_events == 1
        assert engine.counters.events == 4  # with thread/started


async def test_what_a_turn_might_want_is_decoded_while_its_thread_is_held(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        server.notify("item/completed", SPOILED)
        session = await new_session(engine)
        server.notify("item/completed", SPOILED)
        await settle()
        assert engine.counters.malformed_events == 0
        server.notify("item/completed", {**SPOILED, "threadId": session.thread_id})
        await settle()
        assert engine.counters.malformed_events == 1
        server.notify("item/completed", {**SPOILED, "threadId": 5})
        await settle()
        assert engine.counters.malformed_events == 2


async def test_a_method_that_is_not_known_is_counted_whoever_wants_it(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        server.notify("future/event", {"threadId": "another"})
        await settle()
        assert engine.counters.unknown_events == 1


async def test_a_delta_goes_to_its_turn_of_its_thread_and_nowhere_else(
    autojump_clock: MockClock,
) -> None:
    def delta_of(turn: FakeTurn, text: str, **changes: str) -> None:
        turn.emit("item/agentMessage/delta", **{"itemId": "msg_1", "delta": text, **changes})

    server = FakeServer(silence)
    async with running(server) as engine:
        first, second = await new_session(engine), await new_session(engine)
        async with first.ask_stream("a") as turn, second.ask_stream("b") as other_turn:
            await settle()
            ours, others = server.running
            ours.begin_message()
            delta_of(ours, "one ")
            delta_of(ours, "of no thread ", threadId="another")
            delta_of(ours, "of the other thread ", threadId=second.thread_id)
            delta_of(ours, "of another turn ", turnId="over")
            delta_of(others, "two ")
            delta_of(ours, "three")
            ours.complete()
            delta_of(ours, "late")
            others.complete()
            told = [event async for event in turn]
            others_told = [event async for event in other_turn]
        assert [e.delta for e in told if isinstance(e, AgentMessageDelta)] == ["one ", "three"]
        assert turn.result.text == turn.text == "one three"
        assert [e.delta for e in others_told if isinstance(e, AgentMessageDelta)] == ["two "]
        assert other_turn.result.text == "two "


async def test_the_text_is_what_was_handed_out_at_any_moment(autojump_clock: MockClock) -> None:
    pieces = [f"{number} " for number in range(200)]

    async def play(turn: FakeTurn) -> None:
        turn.say(*pieces)

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("count") as turn:
            text = ""
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    text += event.delta
                assert turn.text == text
                if len(text) > 300:
                    break
            result = await turn.finish()
            assert (turn.text, result.text) == (text, "".join(pieces))
            with pytest.raises(StopAsyncIteration):
                await anext(turn)
        assert turn.text == text


async def test_a_second_iterator_may_be_refused_and_costs_no_event(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for number in range(120):
            if not number % 20:
                await trio.sleep(1)
            turn.delta(f"{number} ")
        turn.end_message("done")

    got: list[str] = []

    async def read(turn: Turn, pause_s: float) -> None:
        while True:
            try:
                event = await anext(turn)
            except StopAsyncIteration:
                return
            except trio.BusyResourceError:
                await trio.sleep(0.1)
                continue
            if isinstance(event, AgentMessageDelta):
                got.append(event.delta)
                await trio.sleep(pause_s)

    async with running(FakeServer(play)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("count") as turn, trio.open_nursery() as nursery:
            nursery.start_soon(read, turn, 0.001)
            nursery.start_soon(read, turn, 2.5)
    assert sorted(got, key=int) == [f"{number} " for number in range(120)]

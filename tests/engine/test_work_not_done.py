"""What nobody wants is not decoded, and deltas on the short path go where others would."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime.connection.counters import Counters
from codex_runtime.engine.mailbox import TurnMailbox
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.model.prompt import PromptParams
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.session.asking import Ask
from codex_runtime.session.turn import Turn
from tests.engine.events import delta
from tests.engine.fake_server import FakeServer, FakeTurn, silence
from tests.engine.running import method_of, new_session, running
from tests.support.tasks import settle

if TYPE_CHECKING:
    from trio.testing import MockClock

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


async def test_two_tasks_that_take_turns_at_one_iteration_lose_no_event(
    autojump_clock: MockClock,
) -> None:
    route = TurnRoute("t", None, partial(TurnMailbox, 1000, Counters()))
    route.acknowledge("u")
    got: list[str] = []

    def arrive(*numbers: int) -> None:
        route.arrived.extend(delta(f"{number} ") for number in numbers)
        route.deliver_arrived()
        assert route.mailbox is not None
        route.mailbox.wake()

    async with running(FakeServer(silence)) as engine:
        session = await new_session(engine)
        async with session.ask_stream("count"):
            turn = Turn(session._handle, Ask(session._handle, PromptParams(prompt="x"), route))

            async def take() -> None:
                event = await anext(turn)
                assert isinstance(event, AgentMessageDelta)
                got.append(event.delta)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(take)
                await trio.testing.wait_all_tasks_blocked()
                arrive(*range(20))
                await take()  # before the other one runs, which finds nothing and waits again
                await trio.testing.wait_all_tasks_blocked()
                arrive(*range(20, 25))
            with trio.fail_after(1):
                while len(got) < 25:
                    await take()
            assert turn.text == "".join(sorted(got, key=int))
    assert sorted(got, key=int) == [f"{number} " for number in range(25)]

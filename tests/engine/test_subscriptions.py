"""Subscriptions: events beside the turns, each subscriber for itself."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime.engine.server_events import ServerLost
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import ConfigError, SlowConsumer
from tests.engine.fake_server import FakeServer, FakeTurn
from tests.engine.running import method_of, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import Notification


def subscribe(engine: Engine, **options: Any) -> Subscription:  # Any: what the test is about
    return Subscription(engine.subscriptions, engine.config, engine.counters, **options)


async def collect(subscription: Subscription, got: list[Notification]) -> None:
    async for event in subscription:
        got.append(event)  # noqa: PERF401 - what came before an error is kept


async def everything(subscription: Subscription) -> list[str]:
    return [method_of(event) async for event in subscription]


async def test_a_subscriber_gets_what_its_filter_lets_through_in_wire_order(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        first, second = await new_session(engine), await new_session(engine)
        async with (
            subscribe(engine) as all_events,
            subscribe(engine, thread_id=first.thread_id) as of_first,
            subscribe(engine, methods=["turn/completed"]) as ends,
            subscribe(engine, thread_id=second.thread_id, methods=["turn/started"]) as one,
        ):
            await first.ask("a")
            await second.ask("b")
            server.crash()
            everything_there_was = await everything(all_events)
            assert everything_there_was.pop() == ServerLost.METHOD
            assert len(everything_there_was) == 24
            assert await everything(of_first) == [*everything_there_was[:12], ServerLost.METHOD]
            assert await everything(ends) == ["turn/completed"] * 2
            assert await everything(one) == ["turn/started"]


async def test_unknown_events_reach_subscribers_and_are_counted(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server) as engine, subscribe(engine) as events:
        server.notify("future/event", {"threadId": "t", "x": 1})
        server.notify("turn/completed", {"threadId": "t", "turn": 5})
        await settle()
        server.crash()
        kinds = [type(event).__name__ async for event in events]
        assert kinds == ["UnknownNotification", "MalformedNotification", "ServerLost"]
        assert engine.counters.unknown_events == 1
        assert engine.counters.malformed_events == 1


async def test_a_subscriber_over_its_bound_is_cut_off_alone_after_what_fitted(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        for _ in range(100):
            turn.delta("x" * 100)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        async with (
            subscribe(engine, max_backlog_bytes=5000) as slow,
            subscribe(engine) as patient,
        ):
            await session.ask("flood")
            got: list[Notification] = []
            with pytest.raises(SlowConsumer) as raised:
                await collect(slow, got)
            assert 0 < len(got) < 50
            assert (raised.value.bound, raised.value.limit) == ("max_backlog_bytes", 5000)
            assert raised.value.backlog_bytes > 5000
            server.crash()
            assert len(await everything(patient)) > 100


async def test_a_subscriber_that_keeps_up_is_never_cut_off(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        for _ in range(100):
            turn.delta("x" * 100)
            await trio.sleep(1)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with (
            subscribe(engine, max_backlog_bytes=5000) as events,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(outcomes.run, everything, events)
            await session.ask("flow")
            await settle()
            server.crash()
        assert len(outcomes.values[0]) > 100


async def test_a_subscription_ends_with_the_connection_and_one_made_later_ends_at_once(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        async with subscribe(engine) as events:
            server.crash()
            with trio.fail_after(1):
                assert await everything(events) == [ServerLost.METHOD]
        async with subscribe(engine) as events:
            with trio.fail_after(1):
                assert await everything(events) == []


async def test_cancelling_the_iteration_loses_no_event(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        for number in range(20):
            turn.delta(str(number))
            await trio.sleep(1)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        methods = ["item/agentMessage/delta"]
        async with subscribe(engine, methods=methods) as events, trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "count")
            got: list[str] = []
            while len(got) < 20:
                with trio.move_on_after(0.7):
                    got.append((await anext(events)).delta)  # type: ignore[union-attr]
            assert got == [str(number) for number in range(20)]


async def test_after_the_block_nothing_is_kept_for_the_subscriber(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine)
        async with subscribe(engine):
            assert len(engine.subscriptions) == 1
        await session.ask("hello")
        assert len(engine.subscriptions) == 0


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"methods": "turn/started"}, "methods"),
        ({"methods": ["turn/started", 5]}, "methods"),
        ({"methods": ["item/agentMessage/delta"]}, "methods"),
        ({"thread_id": ""}, "thread_id"),
        ({"max_backlog_bytes": 0}, "max_backlog_bytes"),
        ({"max_backlog_bytes": True}, "max_backlog_bytes"),
        ({"policy": "newest"}, "policy"),
        ({"policy": "fail", "max_backlog_events": 0}, "max_backlog_events"),
        ({"policy": "drop_oldest", "max_backlog_events": 1.5}, "max_backlog_events"),
        ({"policy": "coalesce", "max_backlog_events": 10}, "max_backlog_events"),
        ({"policy": "latest", "max_backlog_events": 10}, "max_backlog_events"),
    ],
)
async def test_a_subscription_that_could_never_work_is_refused(
    options: dict[str, Any], name: str, autojump_clock: MockClock
) -> None:
    async with running(FakeServer(), opt_out=["item/agentMessage/delta"]) as engine:
        with pytest.raises(ConfigError) as raised:
            subscribe(engine, **options)
        assert raised.value.name == name

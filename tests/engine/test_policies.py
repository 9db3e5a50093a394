"""What becomes of the events that a subscriber has not read, by its delivery policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
import trio
import trio.testing

from codex_runtime.connection.counters import Counters
from codex_runtime.engine.backlogs import PASSING, SUPERSEDED, DeliveryPolicy, Lagged
from codex_runtime.engine.subscriptions import Subscription, Subscriptions
from codex_runtime.errors import SlowConsumer
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.protocol import NOTIFICATIONS, MalformedNotification
from tests.engine.events import (
    completed,
    delta,
    diff,
    offered,
    output,
    process_output,
    resolved,
    started,
    status,
    turn_completed,
    turn_started,
    unknown,
)

if TYPE_CHECKING:
    from codex_runtime.protocol import Notification

MARK = 4
POLICIES: tuple[DeliveryPolicy, ...] = get_args(DeliveryPolicy)

# What begins or ends something, or asks for an answer: whoever misses it goes wrong.
LIFECYCLE = {
    "error",
    "item/completed",
    "item/started",
    "serverRequest/resolved",
    "thread/archived",
    "thread/closed",
    "thread/compacted",
    "thread/deleted",
    "thread/reverted",
    "thread/started",
    "thread/unarchived",
    "turn/completed",
    "turn/started",
    "warning",
}


class World:
    """One subscriber and the events it is offered."""

    def __init__(self, policy: DeliveryPolicy, **options: Any) -> None:  # Any: of a subscription
        self.registry = Subscriptions()
        self.counters = Counters()
        config = RuntimeConfig(coalesce_after_events=MARK)
        self.subscription = Subscription(
            self.registry, config, self.counters, policy=policy, **options
        )
        self.registry.add(self.subscription)

    def offer(self, *events: Notification) -> World:
        """One chunk."""
        for event in events:
            _, method, size_bytes = offered(event)
            self.registry.offer(event, method, getattr(event, "thread_id", None), size_bytes)
        self.registry.wake()
        return self

    async def take(self, count: int) -> list[Notification]:
        return [await anext(self.subscription) for _ in range(count)]

    async def rest(self) -> list[Notification]:
        self.registry.close()
        return [event async for event in self.subscription]


def size_of(*events: Notification) -> int:
    return sum(offered(event)[2] for event in events)


def short(events: list[Notification]) -> list[str]:
    """The text of deltas, diffs and gaps; the name of others."""
    return [
        f"lagged {event.count}"
        if isinstance(event, Lagged)
        else getattr(event, "delta", getattr(event, "diff", type(event).__name__))
        for event in events
    ]


# -- every policy --------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_subscriber_that_keeps_up_sees_each_event_as_it_came(
    policy: DeliveryPolicy,
) -> None:
    world = World(policy)
    events: list[Notification] = [
        turn_started(),
        started(),
        delta("a"),
        delta("b"),
        diff("d"),
        diff("e"),
    ]
    events += [completed("ab"), unknown(1), process_output("YQ=="), turn_completed()]
    for event in events:
        world.offer(event)
        assert await world.take(1) == [event]
    assert world.counters.events_dropped == world.counters.events_coalesced == 0
    assert world.counters.peak_unread_events == 1
    assert world.counters.peak_unread_bytes == max(map(size_of, events))


@pytest.mark.parametrize("policy", POLICIES)
async def test_past_its_bytes_a_subscriber_is_cut_off_after_what_fitted(
    policy: DeliveryPolicy,
) -> None:
    kept = [completed("x" * 100, str(number)) for number in range(5)]
    world = World(policy, max_backlog_bytes=size_of(*kept)).offer(*kept, started(), started("j"))
    assert await world.take(5) == kept
    with pytest.raises(SlowConsumer):
        await world.take(1)
    with pytest.raises(SlowConsumer) as raised:  # and again
        await world.take(1)
    assert raised.value.bound == "max_backlog_bytes"
    assert raised.value.limit == size_of(*kept)
    assert raised.value.backlog_bytes == size_of(*kept, started())
    assert raised.value.backlog_events == 6
    assert "max_backlog_bytes" in str(raised.value)
    assert world.counters.slow_consumers == 1
    assert world.counters.peak_unread_bytes == size_of(*kept)


@pytest.mark.parametrize("policy", POLICIES)
async def test_what_was_read_counts_no_more(policy: DeliveryPolicy) -> None:
    events: list[Notification] = [delta("x"), diff("a"), completed("x"), started("j")]
    world = World(policy, max_backlog_bytes=size_of(*events))
    for _ in range(20):
        world.offer(*events)
        assert await world.take(4) == events
    world.offer(*events)
    assert short(await world.rest()) == ["x", "a", "ItemCompleted", "ItemStarted"]


@pytest.mark.parametrize("policy", POLICIES)
async def test_leaving_the_block_lets_go_of_what_is_unread(policy: DeliveryPolicy) -> None:
    world = World(policy, max_backlog_bytes=10_000)
    async with world.subscription:
        world.offer(started(), delta("a"), diff("d"))
    world.offer(*[completed("x" * 1000)] * 20)
    assert await world.rest() == []
    assert world.counters.slow_consumers == 0


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_second_consumer_is_refused_while_one_waits_whatever_the_policy(
    policy: DeliveryPolicy,
) -> None:
    world = World(policy)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.take, 1)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await world.take(1)
        nursery.cancel_scope.cancel()


def test_no_policy_may_drop_what_begins_or_ends_something() -> None:
    assert set(NOTIFICATIONS) >= LIFECYCLE
    assert not LIFECYCLE & (PASSING | SUPERSEDED)
    assert set(NOTIFICATIONS) >= PASSING | SUPERSEDED
    ends = {name for name in NOTIFICATIONS if name.endswith(("started", "completed", "closed"))}
    assert not ends & (PASSING | SUPERSEDED)


# -- coalesce ------------------------------------------------------------------------------------


async def test_coalesce_merges_past_the_mark_and_drops_nothing() -> None:
    world = World("coalesce").offer(*[diff(str(number)) for number in range(MARK)])
    world.offer(delta("a"), delta("b"), output("c"), diff("d"), delta("e"), delta("f"))
    got = await world.rest()
    assert short(got) == ["0", "1", "2", "3", "ab", "c", "d", "ef"]
    assert world.counters.events_coalesced == 2
    assert world.counters.events_dropped == 0


async def test_a_merged_entry_counts_its_text() -> None:
    first = [started()] * MARK + [delta("ä")]
    world = World("coalesce", max_backlog_bytes=size_of(*first) + len("äb".encode()))
    world.offer(*first, delta("ä"), delta("b"), delta("c"))
    got = await world.take(MARK + 1)
    assert short(got)[-1] == "ääb"
    with pytest.raises(SlowConsumer):
        await world.take(1)


# -- latest --------------------------------------------------------------------------------------


async def test_latest_keeps_the_newest_of_a_state_where_it_came() -> None:
    world = World("latest")
    world.offer(diff("old"), status(), turn_started("v"), diff("of v", "v"), status(), diff("new"))
    got = await world.rest()
    assert short(got) == ["TurnStarted", "of v", "ThreadStatusChanged", "new"]
    assert world.counters.events_dropped == 2


async def test_latest_merges_text_at_once_and_loses_none() -> None:
    world = World("latest")
    world.offer(started(), delta("a"), diff("1"), delta("b"), output("c"), diff("2"), delta("d"))
    world.offer(completed("abd"), delta("e"))
    got = await world.rest()
    assert short(got) == ["ItemStarted", "abd", "c", "2", "ItemCompleted", "e"]
    assert world.counters.events_coalesced == 2


async def test_latest_counts_what_it_replaced_no_more() -> None:
    one = size_of(diff("x" * 1000))
    world = World("latest", max_backlog_bytes=one + size_of(delta("a")) + 1)
    for _ in range(10):
        world.offer(diff("x" * 1000))
    world.offer(delta("a"), delta("b"))
    assert short(await world.take(2)) == ["x" * 1000, "ab"]
    world.offer(diff("y" * 1000), delta("a"), delta("b"), delta("c"))
    assert short(await world.take(2)) == ["y" * 1000, "ab"]
    with pytest.raises(SlowConsumer):
        await world.take(1)


async def test_latest_keeps_every_event_that_is_no_state() -> None:
    broken = MalformedNotification(
        method="turn/diff/updated", params=b"1", problem="no", thread_id="t", turn_id="u"
    )
    events: list[Notification] = [
        resolved(1),
        resolved(2),
        unknown(1),
        unknown(1),
        process_output("YQ=="),
        broken,
    ]
    world = World("latest").offer(*events, *events)
    assert await world.rest() == events * 2


# -- drop_oldest ---------------------------------------------------------------------------------


async def test_drop_oldest_says_how_many_went_where_they_were() -> None:
    world = World("drop_oldest", max_backlog_events=3)
    world.offer(*[delta(str(number)) for number in range(10)])
    assert short(await world.take(2)) == ["lagged 7", "7"]
    world.offer(delta("10"), delta("11"))
    assert short(await world.rest()) == ["lagged 1", "9", "10", "11"]
    assert world.counters.events_dropped == 8


async def test_drop_oldest_keeps_what_begins_and_ends_and_what_is_not_known() -> None:
    world = World("drop_oldest", max_backlog_events=2)
    world.offer(turn_started(), started(), delta("a"), delta("b"), unknown(1), diff("c"))
    world.offer(process_output("YQ=="), completed("ab"), turn_completed())
    assert short(await world.rest()) == [
        "TurnStarted",
        "ItemStarted",
        "lagged 2",
        "UnknownNotification",
        "lagged 2",
        "ItemCompleted",
        "TurnCompleted",
    ]


async def test_drop_oldest_drops_until_the_newest_fits_into_its_bytes() -> None:
    big = diff("x" * 1000)
    world = World("drop_oldest", max_backlog_bytes=size_of(big) + size_of(started()))
    world.offer(started(), *[delta("a")] * 5, big)
    assert short(await world.take(3)) == ["ItemStarted", "lagged 5", "x" * 1000]
    world.offer(started(), diff("x" * 2000))
    assert short(await world.rest()) == ["ItemStarted", "lagged 1"]


# -- fail ----------------------------------------------------------------------------------------


async def test_fail_ends_at_once_past_its_bound_of_events() -> None:
    world = World("fail", max_backlog_events=3).offer(*[delta("a")] * 3)
    assert short(await world.take(1)) == ["a"]
    world.offer(delta("b"), delta("c"), delta("d"))
    with pytest.raises(SlowConsumer) as raised:
        await world.take(1)
    assert (raised.value.bound, raised.value.limit) == ("max_backlog_events", 3)
    assert raised.value.backlog_events == 4
    assert "max_backlog_events=3" in str(raised.value)


async def test_fail_merges_nothing() -> None:
    events: list[Notification] = [delta("a") for _ in range(10 * MARK)]
    world = World("fail").offer(*events)
    assert await world.rest() == events

"""Any interleaving of turns and items, any speed of who reads: the same texts, the same ends.

Three turns tell a story at once, over the whole way from the bytes to the ``async for``; each has
its stream, and subscribers of every policy read beside them, each at a speed of its own.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from itertools import cycle
from typing import TYPE_CHECKING

import attrs
import trio
import trio.testing
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from codex_runtime import Lagged, SlowConsumer
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.protocol import (
    AgentMessage,
    AgentMessageDelta,
    ItemCompleted,
    ItemStarted,
    TurnCompleted,
)
from tests.engine.running import method_of, new_session, running
from tests.engine.telling_server import DELTAS, TICK_S, TellingServer, stories
from tests.engine.test_delivery_machine import gathered
from tests.support.tasks import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from codex_runtime import DeliveryPolicy, TurnResult
    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import Notification, ThreadItem
    from codex_runtime.session.session import Session
    from tests.engine.telling_server import Story

TURNS = 3
BOUND_S = 600
"""Of virtual time: whoever still waits then misses something."""

STATES_OF_TURNS = {
    "item/fileChange/patchUpdated",
    "thread/tokenUsage/updated",
    "turn/diff/updated",
    "turn/plan/updated",
}
STATES = {*STATES_OF_TURNS, "thread/name/updated", "thread/status/changed"}
OF_THREAD_ALONE = "thread/name/updated"
"""What a thread's subscribers get and its turn does not."""


# -- who reads -----------------------------------------------------------------------------------


@attrs.frozen
class Speed:
    """Read so many events, then do something else for so many ticks; again and again."""

    steps: tuple[tuple[int, int], ...]


@attrs.frozen
class Subscriber:
    """How one subscriber asks and reads."""

    policy: DeliveryPolicy
    speed: Speed
    of: int | None
    """The thread of the turn of this number; None is every thread."""
    max_events: int | None = None


speeds = st.builds(
    Speed,
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 40)), min_size=1, max_size=4).map(tuple),
)
filters = st.none() | st.integers(0, TURNS - 1)


# -- what is expected of what was told -----------------------------------------------------------


def thread_of(event: Notification) -> str:
    """The thread that the event names: all of them do."""
    thread_id = getattr(event, "thread_id", None)
    assert isinstance(thread_id, str)
    return thread_id


def items_of(told: list[Notification]) -> tuple[ThreadItem, ...]:
    """The items of one turn, in order of their start; a message that runs has what it said."""
    items: dict[str, ThreadItem] = {}
    for event in told:
        if isinstance(event, ItemStarted | ItemCompleted):
            assert isinstance(event.item.id, str)
            items[event.item.id] = event.item
        elif isinstance(event, AgentMessageDelta):
            item = items[event.item_id]
            assert isinstance(item, AgentMessage)
            items[event.item_id] = replace(item, text=item.text + event.delta)
    return tuple(items.values())


def answer_of(items: tuple[ThreadItem, ...]) -> str:
    """The last final answer, else the last message without a phase."""
    messages = [item for item in items if isinstance(item, AgentMessage)]
    finals = [message.text for message in messages if message.phase == "final_answer"]
    unphased = [message.text for message in messages if message.phase is None]
    return (finals or unphased or [""])[-1]


def without_states(events: list[Notification]) -> list[Notification]:
    return [event for event in events if method_of(event) not in STATES]


def newest_states(events: list[Notification]) -> dict[tuple[str, ...], Notification]:
    """The last of each state, by what it is a state of."""
    return {
        (method_of(event), thread_of(event), getattr(event, "item_id", "")): event
        for event in events
        if method_of(event) in STATES
    }


def check_gaps(told: list[Notification], got: list[Notification]) -> None:
    """Each event is where it was, or one of a `Lagged` that says how many are missing there."""
    place = 0
    for event in got:
        if isinstance(event, Lagged):
            gone = {method_of(missing) for missing in told[place : place + event.count]}
            assert gone <= {*STATES_OF_TURNS, *DELTAS.values()}
            place += event.count
        else:
            assert event == told[place]
            place += 1
    assert place == len(told)


# -- the run -------------------------------------------------------------------------------------


@attrs.define
class Reader:
    """One who reads, and what it got."""

    speed: Speed
    of: int | None
    got: list[Notification] = attrs.field(factory=list["Notification"])
    error: SlowConsumer | None = None
    text: str = ""
    result: TurnResult | None = None

    async def read(self, events: AsyncIterator[Notification], ends: int) -> None:
        """Until the iteration ends, or so many turns have."""
        for count, ticks in cycle(self.speed.steps):
            for _ in range(count):
                try:
                    self.got.append(await anext(events))
                except StopAsyncIteration:
                    return
                except SlowConsumer as error:
                    self.error = error
                    return
                ends -= isinstance(self.got[-1], TurnCompleted)
                if ends == 0:
                    return
            await trio.sleep(ticks * TICK_S)


class World:
    """Three turns that are read, and those who read beside them."""

    def __init__(self, streams: list[Speed], subscribers: list[Subscriber]) -> None:
        self.server = TellingServer(TURNS)
        self.streams = [Reader(speed, number) for number, speed in enumerate(streams)]
        self.subscribers = [(asked, Reader(asked.speed, asked.of)) for asked in subscribers]
        self.threads: list[str] = []
        self.merged = 0

    def told(self, of: int | None) -> list[Notification]:
        """What the server told of one thread, or of all."""
        thread_id = None if of is None else self.threads[of]
        return [event for event in self.server.told if thread_id in (None, thread_of(event))]

    def run(self, story: Story, failing: set[int], mark: int) -> None:
        """In virtual time."""
        clock = trio.testing.MockClock(autojump_threshold=0)
        trio.run(self._run, story, failing, mark, clock=clock)

    async def _run(self, story: Story, failing: set[int], mark: int) -> None:
        with trio.fail_after(BOUND_S):
            await self._play(story, failing, mark)

    async def _play(self, story: Story, failing: set[int], mark: int) -> None:
        async with running(self.server, coalesce_after_events=mark) as engine:
            sessions = [await new_session(engine) for _ in range(TURNS)]
            self.threads = [session.thread_id for session in sessions]
            await settle()
            self.server.told.clear()
            async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
                for asked, reader in self.subscribers:
                    events = await stack.enter_async_context(self._subscribe(engine, asked))
                    nursery.start_soon(reader.read, events, TURNS if asked.of is None else 1)
                for number, session in enumerate(sessions):
                    nursery.start_soon(self._stream, session, number)
                await self.server.tell(story, failing)
            self.merged = engine.counters.events_coalesced

    def _subscribe(self, engine: Engine, asked: Subscriber) -> Subscription:
        thread_id = None if asked.of is None else self.threads[asked.of]
        return Subscription(
            engine.subscriptions,
            engine.config,
            engine.counters,
            thread_id=thread_id,
            policy=asked.policy,
            max_backlog_events=asked.max_events,
        )

    async def _stream(self, session: Session, number: int) -> None:
        reader = self.streams[number]
        async with session.ask_stream(str(number)) as turn:
            await reader.read(turn, -1)
            reader.text, reader.result = turn.text, turn.result


bounds = st.integers(1, 8)
failing = st.sets(st.integers(0, TURNS - 1))


@settings(max_examples=100)
@given(
    story=stories(TURNS),
    streams=st.lists(speeds, min_size=TURNS, max_size=TURNS),
    failing=failing,
    mark=st.integers(1, 4),
)
def test_each_turn_reads_the_same_at_any_speed_however_all_are_interleaved(
    story: Story, streams: list[Speed], failing: set[int], mark: int
) -> None:
    world = World(streams, [])
    world.run(story, failing, mark)
    for number, reader in enumerate(world.streams):
        told = [e for e in world.told(number) if method_of(e) != OF_THREAD_ALONE]
        assert gathered(reader.got) == gathered(told)
        assert reader.result is not None
        assert reader.result.status == ("failed" if number in failing else "completed")
        assert reader.result.items == items_of(told)
        assert reader.text == reader.result.text == answer_of(items_of(told))
    note("merged" if world.merged else "nothing merged")


@settings(max_examples=100)
@given(
    story=stories(TURNS),
    streams=st.lists(speeds, min_size=TURNS, max_size=TURNS),
    coalescing=st.builds(Subscriber, st.just("coalesce"), speeds, filters),
    newest=st.builds(Subscriber, st.just("latest"), speeds, filters),
    lagging=st.builds(Subscriber, st.just("drop_oldest"), speeds, filters, bounds),
    strict=st.builds(Subscriber, st.just("fail"), speeds, filters, st.just(10_000)),
    failed=st.builds(Subscriber, st.just("fail"), speeds, filters, bounds),
)
def test_each_subscriber_gets_what_its_policy_promises_however_all_are_interleaved(
    story: Story,
    streams: list[Speed],
    coalescing: Subscriber,
    newest: Subscriber,
    lagging: Subscriber,
    strict: Subscriber,
    failed: Subscriber,
) -> None:
    world = World(streams, [coalescing, newest, lagging, strict, failed])
    world.run(story, set(), mark=2)
    (merged, latest, gaps, exact, cut_off) = (reader for _, reader in world.subscribers)

    assert gathered(merged.got) == gathered(world.told(merged.of))

    told = world.told(latest.of)
    assert gathered(without_states(latest.got)) == gathered(without_states(told))
    assert newest_states(latest.got) == newest_states(told)

    check_gaps(world.told(gaps.of), gaps.got)

    assert exact.got == world.told(exact.of)

    told = world.told(cut_off.of)
    assert cut_off.got == told[: len(cut_off.got)]
    assert (cut_off.error is None) == (len(cut_off.got) == len(told))
    note("cut off" if cut_off.error else "kept up")
    note("lagged" if any(isinstance(e, Lagged) for e in gaps.got) else "nothing dropped")

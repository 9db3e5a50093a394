"""The mailbox between the reader and the consumer of a turn."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.connection.counters import Counters
from codex_runtime.engine.mailbox import TurnMailbox
from codex_runtime.engine.merging import FAR, MAX_CHARS, MAX_PARTS
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.model.fold import AnswerText
from codex_runtime.protocol import NOTIFICATIONS, AgentMessageDelta
from codex_runtime.protocol.codec import decode_notification
from codex_runtime.protocol.delta_lines import DELTA_TYPES
from tests.engine.events import (
    completed,
    content,
    delta,
    diff,
    output,
    process_output,
    started,
    summary,
    turn_completed,
    turn_started,
)

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.protocol import Notification

MARK = 4


def new_mailbox(mark_events: int = MARK, counters: Counters | None = None) -> TurnMailbox:
    return TurnMailbox(mark_events, counters or Counters(), AnswerText().extend)


def put(mailbox: TurnMailbox, event: Notification) -> None:
    """As a turn puts it."""
    if isinstance(event, DELTA_TYPES):
        mailbox.extend([event])
    else:
        mailbox.settle()
        mailbox.put(event)


def put_all(mailbox: TurnMailbox, *events: Notification) -> None:
    """One chunk."""
    for event in events:
        put(mailbox, event)
    mailbox.wake()


async def one(mailbox: TurnMailbox) -> Notification:
    """The next event."""
    (event,) = await mailbox.batch(1)
    return event


async def rest(mailbox: TurnMailbox) -> list[Notification]:
    mailbox.close()
    got: list[Notification] = []
    while True:
        try:
            got.append(await one(mailbox))
        except StopAsyncIteration:
            return got


def pieces(events: list[Notification]) -> list[tuple[str, int]]:
    """The text of each delta and of how many it was made; of others, their type."""
    return [
        (getattr(event, "delta", type(event).__name__), getattr(event, "merged", 0))
        for event in events
    ]


# -- the hand-over -------------------------------------------------------------------------------


async def test_events_come_in_order_and_then_the_end() -> None:
    mailbox = new_mailbox(1000)
    events = [delta(str(number)) for number in range(100)]
    put_all(mailbox, *events)
    mailbox.close()
    put(mailbox, delta("late"))
    assert await rest(mailbox) == events
    with pytest.raises(StopAsyncIteration):
        await one(mailbox)


async def test_the_error_it_was_closed_with_comes_after_what_was_put() -> None:
    mailbox = new_mailbox()
    put(mailbox, delta("a"))
    mailbox.close(KeyError("late"))
    mailbox.close()
    assert await one(mailbox) == delta("a")
    with pytest.raises(KeyError, match="late"):
        await one(mailbox)


async def test_a_consumer_sleeps_until_it_is_woken(autojump_clock: MockClock) -> None:
    mailbox = new_mailbox()
    got: list[Notification] = []

    async def consume() -> None:
        got.append(await one(mailbox))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(consume)
        await trio.testing.wait_all_tasks_blocked()
        put(mailbox, delta("a"))
        await trio.testing.wait_all_tasks_blocked()
        assert got == []
        mailbox.wake()
    assert got == [delta("a")]


async def test_a_second_consumer_is_refused_while_one_waits() -> None:
    mailbox = new_mailbox()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, mailbox)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await one(mailbox)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("count", [1, 2 * MARK])
async def test_dropping_forgets_what_was_not_read_and_takes_no_more(count: int) -> None:
    mailbox = new_mailbox()
    put_all(mailbox, *[started(str(number)) for number in range(count)])
    mailbox.drop()
    put_all(mailbox, *[started() for _ in range(count)])
    assert len(mailbox) == 0
    assert await rest(mailbox) == []


@pytest.mark.parametrize("mark_events", [1, 1 << 40])
async def test_a_consumer_that_never_blocks_lets_others_run(
    mark_events: int, mock_clock: MockClock
) -> None:
    mailbox = new_mailbox(mark_events)
    put_all(mailbox, *[started() for _ in range(32_000)])
    others_ran = 0

    async def other() -> None:
        nonlocal others_ran
        while True:
            others_ran += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        for _ in range(32_000):
            await one(mailbox)
            mock_clock.jump(0.000_01)  # what the consumer does with it
        nursery.cancel_scope.cancel()
    # 0.32 s of work in slices of 2 ms.
    assert 100 <= others_ran <= 200


@given(
    st.lists(st.sampled_from(["put", "wake", "cancel"]), max_size=60),
    st.integers(1, 5),
)
def test_cancelling_a_wait_loses_nothing(steps: list[str], mark_events: int) -> None:
    async def scenario() -> None:
        mailbox = new_mailbox(mark_events)
        got: list[Notification] = []
        put: list[Notification] = []
        scope = trio.CancelScope()

        async def consume() -> None:
            nonlocal scope
            while True:
                with trio.CancelScope() as scope:
                    while True:
                        try:
                            got.append(await one(mailbox))
                        except StopAsyncIteration:
                            return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(consume)
            for step in steps:
                if step == "put":
                    put.append(started(str(len(put))))
                    mailbox.put(put[-1])
                elif step == "wake":
                    mailbox.wake()
                else:
                    scope.cancel()
                await trio.lowlevel.checkpoint()
            mailbox.close()
        assert got == put

    trio.run(scenario)


# -- merging -------------------------------------------------------------------------------------


async def test_up_to_the_mark_every_event_is_there_as_it_came() -> None:
    mailbox = new_mailbox()
    put_all(mailbox, *[delta("x") for _ in range(MARK)])
    assert pieces(await rest(mailbox)) == [("x", 1)] * MARK


async def test_past_the_mark_deltas_beside_each_other_are_one_event_and_say_of_how_many() -> None:
    counters = Counters()
    mailbox = new_mailbox(counters=counters)
    put_all(mailbox, *[delta("x") for _ in range(MARK)])
    put_all(mailbox, delta("a"), delta("b"))  # passes the mark, and is seen to at its end
    put_all(mailbox, delta("c"), delta("d"))
    put_all(mailbox, delta("e"))
    assert len(mailbox) == MARK + 2
    assert pieces(await rest(mailbox)) == [("x", 1)] * MARK + [("ab", 2), ("cde", 3)]
    assert counters.events_coalesced == 3
    assert counters.peak_unread_events == MARK + 3


@pytest.mark.parametrize("sizes", [(1, 1), (MARK, 1), (MARK + 1, 1), (3 * MARK, 2), (2, 3 * MARK)])
async def test_after_all_was_read_what_passes_the_mark_again_keeps_its_order(
    sizes: tuple[int, int],
) -> None:
    text = AnswerText()
    mailbox = TurnMailbox(MARK, Counters(), text.extend)
    numbers = iter(range(100))

    def run_of(size: int) -> list[AgentMessageDelta]:
        return [delta(f"{next(numbers)} ") for _ in range(size)]

    mailbox.extend(run_of(MARK + 2))
    mailbox.wake()
    got = []
    while len(mailbox):
        got += await mailbox.batch()
    for size in sizes:
        mailbox.extend(run_of(size))
    mailbox.wake()
    got += await rest(mailbox)
    mailbox.settle()
    sent = "".join(f"{number} " for number in range(next(numbers)))
    assert "".join(one.delta for one in got if isinstance(one, AgentMessageDelta)) == sent
    assert text.text == sent


async def test_a_merged_event_is_an_ordinary_one_of_its_kind() -> None:
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), delta("a"), delta("b"))
    event = (await rest(mailbox))[1]
    assert isinstance(event, AgentMessageDelta)
    assert (event.thread_id, event.turn_id, event.item_id) == ("t", "u", "i")
    assert (event.delta, event.merged) == ("ab", 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (delta("a"), delta("b", item_id="j")),
        (delta("a"), delta("b", turn_id="v")),
        (delta("a"), output("b")),
        (content("a", 0), content("b", 1)),
        (summary("a", 0), summary("b", 1)),
        (content("a", 0), summary("b", 0)),
        (process_output("YQ=="), process_output("Yg==")),
        (diff("a"), diff("b")),
    ],
)
async def test_what_is_not_the_same_text_is_never_merged(
    first: Notification, second: Notification
) -> None:
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), first, second, first)
    assert await rest(mailbox) == [started(), first, second, first]


async def test_a_delta_with_fields_not_known_here_stays_as_it_is() -> None:
    params = b'{"delta":"b","itemId":"i","threadId":"t","turnId":"u","more":1}'
    strange = decode_notification(AgentMessageDelta.METHOD, params)
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), delta("a"), strange, delta("c"))
    assert await rest(mailbox) == [started(), delta("a"), strange, delta("c")]


async def test_only_text_is_merged_and_never_base64() -> None:
    fields = {
        row.method: set(row.payload_type.__struct_fields__)
        for row in NOTIFICATIONS.values()
        if row.mergeable
    }
    assert fields
    assert all({"delta", "merged", "item_id"} <= names for names in fields.values())
    assert not any("base64" in name for names in fields.values() for name in names)


async def test_no_delta_passes_an_event_of_another_kind() -> None:
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), delta("a"), delta("b"), completed("ab"), delta("c"), delta("d"))
    put_all(mailbox, started("j"), delta("e"), turn_completed())
    assert pieces(await rest(mailbox)) == [
        ("ItemStarted", 0),
        ("ab", 2),
        ("ItemCompleted", 0),
        ("cd", 2),
        ("ItemStarted", 0),
        ("e", 1),
        ("TurnCompleted", 0),
    ]


async def test_a_consumer_that_has_caught_up_sees_each_event_again() -> None:
    mailbox = new_mailbox()
    put_all(mailbox, *[delta("x") for _ in range(MARK + 10)])
    for _ in range(MARK):
        assert (await one(mailbox)) == delta("x")
    put_all(mailbox, delta("y"), delta("y"))
    assert pieces([await one(mailbox) for _ in range(3)]) == [("x" * 10, 10), ("y", 1), ("y", 1)]
    put_all(mailbox, delta("z"), delta("z"))
    assert pieces(await rest(mailbox)) == [("z", 1), ("z", 1)]


async def test_what_was_taken_grows_no_more() -> None:
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), delta("a"), delta("b"))
    await one(mailbox)
    taken = await one(mailbox)
    put_all(mailbox, delta("c"))
    assert pieces([taken, *await rest(mailbox)]) == [("ab", 2), ("c", 1)]


async def test_items_that_write_in_turns_keep_their_order_until_the_backlog_is_long() -> None:
    mailbox = new_mailbox(2)
    turns: list[Notification] = [delta("a", "a"), output("b", "b")]
    put_all(mailbox, *turns * FAR)
    assert await rest(mailbox) == turns * FAR


async def test_items_that_write_in_turns_for_long_become_one_event_each_between_others() -> None:
    mailbox = new_mailbox(2)
    put_all(mailbox, *[started()] * (2 * FAR))
    turns: list[Notification] = [delta("a", "a"), output("b", "b")]
    put_all(mailbox, *turns * 100, turn_completed())
    got = await rest(mailbox)
    assert pieces(got[2 * FAR :]) == [("a" * 100, 100), ("b" * 100, 100), ("TurnCompleted", 0)]


async def test_one_event_is_not_made_of_too_much() -> None:
    mailbox = new_mailbox(1)
    put_all(mailbox, started(), *[delta("x")] * (MAX_PARTS + 1), started())
    put_all(mailbox, *[delta("y" * (MAX_CHARS // 2))] * 3, turn_completed())
    sizes = [merged for _, merged in pieces(await rest(mailbox))]
    assert sizes == [0, MAX_PARTS, 1, 0, 2, 1, 0]


# -- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("item_ids", "size"), [("a", 64), ("ab", 64), ("a", 8)])
def test_a_stream_that_nobody_reads_costs_its_text_once(item_ids: str, size: int) -> None:
    mark = 256
    params = [
        b'{"threadId":"t","turnId":"u","itemId":"%s","delta":"%s"}' % (name.encode(), b"x" * size)
        for name in item_ids
    ]
    route = TurnRoute("t", None, partial(TurnMailbox, mark, Counters()))
    route.acknowledge("u")
    route.deliver(turn_started())
    count = 40_000
    tracemalloc.start()
    try:
        for number in range(count):
            one = params[number % len(params)]
            route.deliver(decode_notification(AgentMessageDelta.METHOD, one))
            if number % 100 == 0:
                assert route.mailbox is not None
                route.mailbox.wake()
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    event_bytes = 600
    loose_bytes = 2 * len(item_ids) * 1024 * (50 + size)
    marks = mark if len(item_ids) == 1 else mark * FAR
    assert held_bytes <= 1.1 * count * size + marks * event_bytes + loose_bytes

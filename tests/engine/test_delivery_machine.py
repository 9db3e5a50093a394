"""Any interleaving of events and any speed of the consumer: each policy keeps what it promises."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import trio
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.connection.counters import Counters
from codex_runtime.engine.backlogs import PASSING, SUPERSEDED, DeliveryPolicy, Lagged
from codex_runtime.engine.mailbox import TurnMailbox
from codex_runtime.engine.merging import FAR
from codex_runtime.engine.subscriptions import Subscription, Subscriptions
from codex_runtime.errors import SlowConsumer
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.fold import AnswerText
from codex_runtime.protocol.delta_lines import DELTA_TYPES
from tests.engine.events import (
    completed,
    content,
    delta,
    diff,
    offered,
    output,
    process_output,
    started,
    status,
    summary,
    turn_completed,
    turn_started,
    unknown,
)
from tests.engine.running import method_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from codex_runtime.protocol import Notification

Step: TypeAlias = "list[Notification] | Literal['wake', 'take', 'take all', 'cancelled take']"
"""A run of deltas that come at once, or one event of another kind; or what the consumer does."""

texts = st.text(st.sampled_from("abcä🙂"), max_size=4)
item_ids = st.sampled_from("ij")
turn_ids = st.sampled_from("uv")
deltas: st.SearchStrategy[Notification] = st.one_of(
    st.builds(delta, texts, item_ids, turn_ids),
    st.builds(output, texts, item_ids, turn_ids),
    st.builds(content, texts, st.integers(0, 1), item_ids),
    st.builds(summary, texts, st.integers(0, 1), item_ids),
)
others = st.one_of(
    st.builds(turn_started, turn_ids),
    st.builds(started, item_ids),
    st.builds(completed, texts, item_ids),
    st.builds(turn_completed, turn_ids),
    st.builds(diff, texts, turn_ids),
    st.builds(status, st.sampled_from("tw")),
    st.builds(unknown, st.integers(0, 9)),
    st.builds(process_output, st.just("YQ==")),
)
takes: st.SearchStrategy[Step] = st.sampled_from(["wake", "take", "take all", "cancelled take"])


def at_once(run: Sequence[Notification]) -> list[Step]:
    return [list(run)]


# Runs of text with something between them now and then, as turns are.
runs = st.lists(deltas, min_size=1, max_size=12).map(at_once)
pauses: st.SearchStrategy[list[Step]] = st.lists(
    others.map(lambda event: [event]) | takes, min_size=1, max_size=6
)
steps = st.lists(runs | pauses, max_size=20).map(
    lambda stretches: [step for stretch in stretches for step in stretch]
)
marks = st.integers(1, 4)


def text_of(event: Notification) -> Hashable | None:
    """Which text the event goes on; None for what is no text."""
    if not hasattr(event, "merged"):
        return None
    part = getattr(event, "content_index", None), getattr(event, "summary_index", None)
    ids: Any = event  # Any: every delta has them
    return (type(event), ids.turn_id, ids.item_id, *part)


def gathered(events: list[Notification]) -> list[object]:
    """Every event that is no text, in order, and between two of them what each text became."""
    result: list[object] = []
    for is_text, run in groupby(events, lambda event: text_of(event) is not None):
        if is_text:
            said: dict[Hashable, tuple[str, int]] = {}
            for event in run:
                one: Any = event  # Any: a delta
                text, merged = said.get(text_of(event), ("", 0))
                said[text_of(event)] = text + one.delta, merged + one.merged
            result.append(said)
        else:
            result.extend(run)
    return result


def side_by_side(events: list[Notification]) -> list[tuple[Hashable, str]]:
    """What is read if adjacent deltas of one text are no matter."""
    return [
        (key, "".join(getattr(event, "delta", repr(event)) for event in run))
        for key, run in groupby(events, text_of)
    ]


def is_subsequence(part: list[Notification], whole: list[Notification]) -> bool:
    rest = iter(whole)
    return all(any(event == other for other in rest) for event in part)


class Consumer:
    """Drives one mailbox: what was sent, what was got, and how it ended."""

    def __init__(
        self,
        put: Callable[[list[Notification]], None],
        wake: Callable[[], None],
        get: Callable[[], Awaitable[Notification]],
        unread: Callable[[], int],
    ) -> None:
        self.put, self.wake, self.get, self.unread = put, wake, get, unread
        self.sent: list[Notification] = []
        self.got: list[Notification] = []
        self.most_unread = 0
        self.error: SlowConsumer | None = None

    def run(self, steps: list[Step], close: Callable[[], None]) -> None:
        trio.run(self._run, steps, close)

    async def _run(self, steps: list[Step], close: Callable[[], None]) -> None:
        for step in steps:
            if step == "wake":
                self._end_chunk()
            elif step == "take":
                if self.unread():
                    await self._take()
            elif step == "take all":
                self._end_chunk()
                while self.unread():
                    await self._take()
            elif step == "cancelled take":
                with trio.CancelScope() as scope:
                    scope.cancel()
                    await self._take()
            else:
                self.sent += step
                self.put(step)
        self._end_chunk()
        close()
        while await self._take():
            pass

    def _end_chunk(self) -> None:
        self.wake()
        self.most_unread = max(self.most_unread, self.unread())

    async def _take(self) -> bool:
        try:
            self.got.append(await self.get())
        except StopAsyncIteration:
            return False
        except SlowConsumer as error:
            self.error = error
            return False
        return True


def read_turn(steps: list[Step], mark: int, counters: Counters) -> Consumer:
    """As a turn does; what it folds is the same text, wherever it was merged."""
    told: list[Notification] = []
    mailbox = TurnMailbox(mark, counters, told.extend)

    def put(events: list[Notification]) -> None:
        deltas = [event for event in events if isinstance(event, DELTA_TYPES)]
        if deltas:
            mailbox.extend(deltas)
        else:
            mailbox.settle()
            mailbox.put(*events)
            told.extend(events)

    async def one() -> Notification:
        (event,) = await mailbox.batch(1)
        return event

    consumer = Consumer(put, mailbox.wake, one, lambda: len(mailbox))
    consumer.run(steps, mailbox.close)
    mailbox.settle()
    assert folded(told).messages() == folded(consumer.sent).messages()
    return consumer


# Any: of a subscription.
def read_subscription(
    steps: list[Step], mark: int, counters: Counters, policy: DeliveryPolicy, **options: Any
) -> Consumer:
    registry = Subscriptions()
    config = RuntimeConfig(coalesce_after_events=mark)
    subscription = Subscription(registry, config, counters, policy=policy, **options)
    registry.add(subscription)

    def put(events: list[Notification]) -> None:
        for event in events:
            _, method, size_bytes = offered(event)
            registry.offer(event, method, None, size_bytes)

    backlog = subscription._backlog
    consumer = Consumer(put, registry.wake, subscription.__anext__, lambda: len(backlog))
    consumer.run(steps, registry.close)
    assert backlog._size_bytes == 0
    return consumer


def check_merged(consumer: Consumer, mark: int, counters: Counters) -> None:
    """What ``coalesce`` promises: all text, all other events, in order, in a bounded space."""
    sent, got = consumer.sent, consumer.got
    assert gathered(got) == gathered(sent)
    assert counters.events_coalesced == len(sent) - len(got)
    assert counters.events_dropped == 0
    kept = [event for event in sent if text_of(event) is None]
    keys = len({text_of(event) for event in sent})
    assert consumer.most_unread <= FAR * mark + len(kept) + (len(kept) + 1) * keys
    if counters.peak_unread_events < FAR * mark:
        assert side_by_side(got) == side_by_side(sent)
    assert folded(got).text == folded(sent).text
    assert folded(got).messages() == folded(sent).messages()


def folded(events: list[Notification]) -> AnswerText:
    """What the turn ``u`` says."""
    answer = AnswerText()
    answer.extend([event for event in events if getattr(event, "turn_id", None) == "u"])
    return answer


@given(steps=steps, mark=marks)
def test_a_turn_reads_the_same_at_any_speed(steps: list[Step], mark: int) -> None:
    counters = Counters()
    check_merged(read_turn(steps, mark, counters), mark, counters)


@given(steps=steps, mark=marks)
def test_coalesce_reads_the_same_at_any_speed(steps: list[Step], mark: int) -> None:
    counters = Counters()
    consumer = read_subscription(steps, mark, counters, "coalesce")
    check_merged(consumer, mark, counters)


@given(steps=steps)
def test_latest_loses_no_text_and_no_event_but_states_that_are_over(steps: list[Step]) -> None:
    counters = Counters()
    consumer = read_subscription(steps, 1, counters, "latest")
    sent, got = consumer.sent, consumer.got

    def without_states(events: list[Notification]) -> list[Notification]:
        return [event for event in events if method_of(event) not in SUPERSEDED]

    assert gathered(without_states(got)) == gathered(without_states(sent))
    assert is_subsequence(*([e for e in s if text_of(e) is None] for s in (got, sent)))
    for kind, name in (("turn/diff/updated", "turn_id"), ("thread/status/changed", "thread_id")):
        newest, read = (
            {getattr(e, name): e for e in events if method_of(e) == kind} for events in (sent, got)
        )
        assert newest == read
    assert counters.events_dropped + counters.events_coalesced == len(sent) - len(got)


@given(steps=steps, max_events=st.integers(1, 12), max_bytes=st.integers(1000, 3000))
def test_drop_oldest_says_exactly_what_is_missing_and_where(
    steps: list[Step], max_events: int, max_bytes: int
) -> None:
    counters = Counters()
    bounds = {"max_backlog_events": max_events, "max_backlog_bytes": max_bytes}
    consumer = read_subscription(steps, 1, counters, "drop_oldest", **bounds)
    place = 0
    dropped: list[Notification] = []
    for event in consumer.got:
        if isinstance(event, Lagged):
            dropped += consumer.sent[place : place + event.count]
            place += event.count
        else:
            assert event == consumer.sent[place]
            place += 1
    assert {method_of(event) for event in dropped} <= PASSING
    assert counters.events_dropped == len(dropped)
    assert (place == len(consumer.sent)) == (consumer.error is None)
    kept = [event for event in consumer.sent if method_of(event) not in PASSING]
    assert consumer.most_unread <= max_events + 2 * len(kept) + 1


@given(steps=steps, max_events=st.integers(1, 60))
def test_fail_gives_every_event_or_says_that_it_does_not(
    steps: list[Step], max_events: int
) -> None:
    counters = Counters()
    consumer = read_subscription(
        steps, 1, counters, "fail", max_backlog_events=max_events, max_backlog_bytes=1 << 30
    )
    assert consumer.most_unread <= max_events
    assert consumer.got == consumer.sent[: len(consumer.got)]
    assert (len(consumer.got) == len(consumer.sent)) == (consumer.error is None)
    assert counters.slow_consumers == (consumer.error is not None)

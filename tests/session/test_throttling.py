"""A throttle hands over at most one update per interval, and everything but text at once."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors import ConfigError
from codex_runtime.protocol import AgentMessageDelta, ItemStarted, Notification
from codex_runtime.protocol.delta_lines import TextDelta
from codex_runtime.session.state.throttling import Throttle, throttle
from tests.engine.running import new_session, running
from tests.model.thread_streams import event
from tests.session.recording_server import RecordingServer

if TYPE_CHECKING:
    from trio.testing import MockClock

    from tests.engine.fake_server import FakeTurn

Update: TypeAlias = tuple[Notification, ...]


def said(text: str, item_id: str = "m") -> Notification:
    return event("item/agentMessage/delta", itemId=item_id, delta=text)


def begun(item_id: str = "m") -> Notification:
    item = {"type": "agentMessage", "id": item_id, "text": ""}
    return event("item/started", item=item, startedAtMs=1)


def words(update: Update) -> list[str]:
    """The text of each delta, and the name of everything else."""
    return [
        one.delta if isinstance(one, AgentMessageDelta) else type(one).__name__ for one in update
    ]


class Source:
    """Events at given moments (seconds), then the end; what is not taken waits."""

    def __init__(
        self, timed: list[tuple[float, Notification]], error: Exception | None = None
    ) -> None:
        self.timed = timed
        self.error = error
        self.start_s = trio.current_time()

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> Notification:
        if not self.timed:
            if self.error is not None:
                raise self.error
            raise StopAsyncIteration
        at_s, one = self.timed[0]
        await trio.sleep_until(self.start_s + at_s)
        self.timed.pop(0)
        return one


async def updates_of(
    timed: list[tuple[float, Notification]], interval_ms: int = 100
) -> list[tuple[float, list[str]]]:
    source = Source(timed)
    async with throttle(source, interval_ms=interval_ms) as updates:
        return [
            (round(trio.current_time() - source.start_s, 2), words(one)) async for one in updates
        ]


async def test_text_comes_once_per_interval_and_merged(autojump_clock: MockClock) -> None:
    pieces = [(number / 100, said(str(number % 10))) for number in range(25)]
    assert await updates_of(pieces) == [
        (0.0, ["0"]),
        (0.1, ["123456789" + "0"]),
        (0.2, ["1234567890"]),
        (0.24, ["1234"]),
    ]


async def test_whatever_is_not_text_comes_at_once_after_the_text_before_it(
    autojump_clock: MockClock,
) -> None:
    timed = [(0, said("a")), (0.03, said("b")), (0.05, begun("n")), (0.06, said("c", "n"))]
    assert await updates_of(timed) == [
        (0.0, ["a"]),
        (0.05, ["b", "ItemStarted"]),
        (0.06, ["c"]),
    ]


async def test_text_of_several_items_stays_in_order(autojump_clock: MockClock) -> None:
    timed = [(0.0, said("a")), *((0.01, said(t, i)) for t, i in zip("bcde", "mmnm", strict=True))]
    assert await updates_of(timed) == [(0.0, ["a"]), (0.01, ["bc", "d", "e"])]


async def test_a_reader_that_was_away_gets_all_that_came_in_one_update(
    autojump_clock: MockClock,
) -> None:
    timed = [(number / 100, said("x")) for number in range(60)] + [(0.7, begun()), (0.7, begun())]
    source = Source(timed)
    async with throttle(source, interval_ms=100) as updates:
        assert words(await anext(updates)) == ["x"]
        await trio.sleep(1)
        assert words(await anext(updates)) == ["x" * 59, "ItemStarted", "ItemStarted"]


async def test_what_is_left_is_handed_over_at_the_end_and_before_an_error(
    autojump_clock: MockClock,
) -> None:
    source = Source([(0, said("a")), (0.01, said("b"))], KeyError("lost"))
    async with throttle(source, interval_ms=1000) as updates:
        assert words(await anext(updates)) == ["a"]
        assert words(await anext(updates)) == ["b"]
        with pytest.raises(KeyError, match="lost"):
            await anext(updates)
        with pytest.raises(StopAsyncIteration):
            await anext(updates)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["m", "n", ""])), max_size=40),
    st.lists(st.integers(0, 50), max_size=20),
    st.integers(1, 200),
    st.booleans(),
)
def test_cancelling_and_being_away_lose_nothing_and_change_no_order(
    gaps: list[tuple[int, str]], away_ms: list[int], interval_ms: int, cancels: bool
) -> None:
    timed: list[tuple[float, Notification]] = []
    at_s = 0.0
    for number, (gap_ms, item_id) in enumerate(gaps):
        at_s += gap_ms / 1000
        timed.append((at_s, said(f"{number} ", item_id) if item_id else begun(f"i{number}")))
    expected = [words((one,))[0] for _, one in timed]

    async def scenario() -> None:
        got: list[Update] = []
        handed_s: list[float] = []
        pauses = iter(away_ms)
        async with throttle(Source(list(timed)), interval_ms=interval_ms) as updates:
            while True:
                with trio.move_on_after(0.037 if cancels else float("inf")):
                    try:
                        got.append(await anext(updates))
                    except StopAsyncIteration:
                        break
                    handed_s.append(trio.current_time())
                await trio.sleep(next(pauses, 0) / 1000)
        texts = [words(update) for update in got]
        flat = [word for update in texts for text in update for word in text.split()]
        assert flat == [word for text in expected for word in text.split()]
        assert all(update for update in got)
        for before_s, update, now_s in zip(handed_s, got[1:-1], handed_s[1:], strict=False):
            if all(isinstance(one, TextDelta) for one in update):
                assert now_s - before_s >= interval_ms / 1000 - 1e-6

    trio.run(scenario, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_a_second_reader_is_refused_and_the_first_goes_on(autojump_clock: MockClock) -> None:
    updates = throttle(Source([(5, said("a"))]))
    got: list[Update] = []

    async def read() -> None:
        got.append(await anext(updates))

    async with updates, trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await anext(updates)
    assert [words(update) for update in got] == [["a"]]


async def test_after_the_block_there_is_nothing_more(autojump_clock: MockClock) -> None:
    async with throttle(Source([(0, said("a"))])) as updates:
        pass
    assert [update async for update in updates] == []


async def test_a_source_that_never_waits_is_cut_at_the_interval(mock_clock: MockClock) -> None:
    class Endless:
        def __aiter__(self) -> Endless:
            return self

        async def __anext__(self) -> Notification:
            mock_clock.jump(0.001)
            return said("x")

    async with throttle(Endless(), interval_ms=100) as updates:
        sizes = [len(words(await anext(updates))[0]) for _ in range(4)]
    assert sizes[1:] == [100] * 3


@pytest.mark.parametrize("interval_ms", [0, -1, True, "5", 0.5])
async def test_an_interval_that_is_none_is_refused(interval_ms: int) -> None:
    with pytest.raises(ConfigError) as raised:
        throttle(Source([]), interval_ms=interval_ms)
    assert raised.value.name == "interval_ms"


async def slowly(turn: FakeTurn) -> None:
    turn.begin_message()
    for _ in range(100):
        turn.delta("x")
        await trio.sleep(0.01)
    turn.end_message("x" * 100)


async def test_a_turn_and_the_events_of_a_view_are_throttled_alike(
    autojump_clock: MockClock,
) -> None:
    async with running(RecordingServer(slowly)) as engine:
        session = await new_session(engine)
        async with session.observe() as view, view.events() as events:
            async with session.ask_stream("go") as turn, throttle(turn, interval_ms=200) as updates:
                assert isinstance(updates, Throttle)
                got = [update async for update in updates]
            assert turn.text == "x" * 100
            texts = [one for update in got for one in update if isinstance(one, AgentMessageDelta)]
            assert 5 <= len(texts) <= 8
            assert "".join(text.delta for text in texts) == "x" * 100
            assert any(isinstance(one, ItemStarted) for update in got for one in update)
            async with throttle(events) as updates:
                state = events.snapshot
                async for update in updates:
                    for one in update:
                        state = state.apply(one)
                    if state.active_turn is None and state.turns:
                        break
            assert state == view.state

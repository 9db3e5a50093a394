"""What is counted of calls and of the outbox: how long they took, and the most that waited."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.connection.gate import IngressGate
from codex_runtime.errors import QueueTimeout, RequestError, RequestTimeout
from tests.connection.scripted import connected
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from tests.connection.scripted import Json, Line


def call(line: Line, outcomes: Outcomes, text: str = "") -> None:
    """Start a request whose end is noted."""
    line.nursery.start_soon(
        outcomes.run,
        lambda: line.connection.request("thread/read", {"text": text}, gate="quick", timeout_s=60),
    )


def line_bytes(message: Json) -> int:
    """What a message is on the wire."""
    return len(json.dumps(message, separators=(",", ":"))) + 1


async def test_a_call_takes_as_long_as_from_its_write_to_its_answer(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        for wait_s in (0.3, 4.0):
            call(line, outcomes)
            request = await line.peer.read()
            await trio.sleep(wait_s)
            await line.peer.answer(request, {})
            await settle()
        shown = line.counters.call_latency.snapshot()
        assert shown.count == 2
        assert shown.sum_ms == pytest.approx(4_300, abs=1)
        assert shown.max_ms == pytest.approx(4_000, abs=1)
        assert (shown.percentile_ms(50), shown.percentile_ms(100)) == (500, shown.max_ms)


async def test_what_a_call_waits_behind_others_before_its_write_is_not_its_latency(
    autojump_clock: MockClock,
) -> None:
    async with connected(quick_places=1) as line:
        outcomes = Outcomes()
        call(line, outcomes)
        call(line, outcomes)
        await trio.sleep(5)
        await line.peer.answer(await line.peer.read(), {})
        await trio.sleep(1)
        await line.peer.answer(await line.peer.read(), {})
        await settle()
        assert len(outcomes.values) == 2
        shown = line.counters.call_latency.snapshot()
        assert shown.sum_ms == pytest.approx(6_000, abs=20)


async def test_an_error_is_an_answer_and_so_is_each_refusal_before_a_retry(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        call(line, outcomes)
        await line.peer.overloaded(await line.peer.read())
        request = await line.peer.read()
        await line.peer.send({"id": request["id"], "error": {"code": -32600, "message": "no"}})
        await settle()
        assert [type(error) for error in outcomes.errors] == [RequestError]
        assert line.counters.call_latency.snapshot().count == line.counters.requests == 2


async def test_a_call_that_was_given_up_has_no_latency_even_if_its_answer_comes(
    autojump_clock: MockClock,
) -> None:
    async with connected() as line:
        with pytest.raises(RequestTimeout):
            await line.connection.request("a", {}, gate="quick", timeout_s=1)
        await line.peer.answer(await line.peer.read(), {})
        await settle()
        assert line.counters.stray_answers == 1
        assert line.counters.call_latency.snapshot().count == 0


async def test_an_answer_to_a_request_that_was_not_even_written_is_taken_and_has_no_latency(
    autojump_clock: MockClock,
) -> None:
    async with connected(max_buffer_bytes=100) as line:
        outcomes = Outcomes()
        call(line, outcomes, "x" * 70_000)
        await settle()
        call(line, outcomes)
        await settle()
        await line.peer.send({"id": 2, "result": {}})
        await settle()
        assert outcomes.values == [b"{}"]
        assert line.counters.call_latency.snapshot().count == 0


async def test_the_wait_for_a_place_is_counted_for_every_call_and_by_class(
    autojump_clock: MockClock,
) -> None:
    gate = IngressGate(quick_places=1, queue_timeout_s=None)
    first = await gate.enter("a", "quick")
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, gate.enter, "b", "quick")
        await trio.sleep(2)
        (await gate.enter("c", "control")).release()
        first.release()
    [second] = outcomes.values
    second.release()
    waits = {name: histogram.snapshot() for name, histogram in gate.waits.items()}
    assert {name: wait.count for name, wait in waits.items()} == {
        "control": 1,
        "quick": 2,
        "slow": 0,
    }
    assert waits["quick"].max_ms == waits["quick"].sum_ms == pytest.approx(2_000)
    assert waits["control"].max_ms == 0


async def test_who_gave_up_waiting_for_a_place_has_waited_all_the_same(
    autojump_clock: MockClock,
) -> None:
    gate = IngressGate(quick_places=1, queue_timeout_s=3.0)
    await gate.enter("a", "quick")
    with pytest.raises(QueueTimeout):
        await gate.enter("b", "quick")
    with trio.move_on_after(1) as scope:
        await gate.enter("c", "quick")
    assert scope.cancelled_caught
    wait = gate.waits["quick"].snapshot()
    assert wait.count == 3
    assert wait.max_ms == pytest.approx(3_000)
    assert wait.sum_ms == pytest.approx(4_000)


async def test_the_longest_line_at_the_gate_is_remembered_over_all_classes(
    autojump_clock: MockClock,
) -> None:
    gate = IngressGate(quick_places=2, queue_timeout_s=None)
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            await gate.enter("a", "quick")
        assert gate.peak_waiting == 0
        for _ in range(5):
            nursery.start_soon(outcomes.run, gate.enter, "a", "quick")
        for _ in range(40):
            nursery.start_soon(outcomes.run, gate.enter, "b", "slow")
        await settle()
        assert gate.peak_waiting == gate.waiting == 5 + 40 - 32
        nursery.cancel_scope.cancel()
    assert (gate.peak_waiting, gate.waiting) == (13, 0)


async def test_the_most_that_a_server_left_unwritten_is_remembered(
    autojump_clock: MockClock,
) -> None:
    """The frame that is being written counts until the server has taken it."""
    async with connected(max_buffer_bytes=100) as line:
        outcomes = Outcomes()
        for _ in range(3):
            call(line, outcomes, "x" * 70_000)
        await settle()
        sent = [await line.peer.read() for _ in range(3)]
        peaks = (line.counters.peak_unwritten_frames, line.counters.peak_unwritten_bytes)
        assert peaks == (3, sum(map(line_bytes, sent)))
        for request in sent:
            await line.peer.answer(request, {})
        call(line, outcomes)
        await line.peer.answer(await line.peer.read(), {})
        await settle()
        assert len(outcomes.values) == 4
        assert peaks == (line.counters.peak_unwritten_frames, line.counters.peak_unwritten_bytes)


async def test_a_request_that_is_taken_back_is_not_unwritten_any_more(
    autojump_clock: MockClock,
) -> None:
    async with connected(max_buffer_bytes=100) as line:
        outcomes = Outcomes()
        call(line, outcomes, "x" * 70_000)
        await settle()
        for _ in range(5):
            with trio.move_on_after(1):
                await line.connection.request("never/sent", {}, gate="quick")
        assert line.counters.peak_unwritten_frames == 2

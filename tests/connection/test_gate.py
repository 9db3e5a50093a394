"""The ingress gate: classes with places of their own, first come first served."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.connection.gate import CONTROL_PLACES, SLOW_PLACES, IngressGate
from codex_runtime.errors import QueueTimeout
from codex_runtime.protocol import CLIENT_METHODS
from tests.connection.scripted import connected
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.protocol.rows import Gate

CLASSES: list[tuple[Gate, int]] = [
    ("control", CONTROL_PLACES),
    ("quick", 64),
    ("slow", SLOW_PLACES),
]


@pytest.mark.parametrize(("gate", "places"), CLASSES)
async def test_no_more_requests_of_a_class_are_outstanding_than_it_has_places(
    gate: Gate, places: int, autojump_clock: MockClock
) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        for _ in range(places + 10):
            line.nursery.start_soon(
                outcomes.run, lambda: line.connection.request("a", {}, gate=gate)
            )
        sent = await line.peer.unread()
        assert len(sent) == places
        assert (line.gate.taken, line.gate.waiting) == (places, 10)
        await line.peer.answer(sent[0], {})
        assert len(await line.peer.unread()) == 1


async def test_the_classes_together_stay_below_the_servers_queue() -> None:
    assert sum(places for _, places in CLASSES) < 128


async def test_control_passes_when_everything_else_is_full(autojump_clock: MockClock) -> None:
    async with connected() as line:
        outcomes = Outcomes()
        full: list[Gate] = ["quick", "slow"]
        for gate in full:

            async def request(gate: Gate = gate) -> bytes:
                return await line.connection.request("a", {}, gate=gate)

            for _ in range(100):
                line.nursery.start_soon(outcomes.run, request)
        await line.peer.unread()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("turn/interrupt", {}, gate="control")
        )
        assert [message["method"] for message in await line.peer.unread()] == ["turn/interrupt"]


def test_what_stops_or_ends_something_is_control() -> None:
    for method in ("turn/interrupt", "turn/steer", "thread/archive", "thread/unsubscribe"):
        assert CLIENT_METHODS[method].gate == "control"
    assert CLIENT_METHODS["turn/start"].gate == "quick"
    assert CLIENT_METHODS["command/exec"].gate == "slow"


async def test_the_line_is_first_come_first_served(autojump_clock: MockClock) -> None:
    async with connected(quick_places=1) as line:
        outcomes = Outcomes()
        for number in range(20):

            async def request(number: int = number) -> bytes:
                return await line.connection.request(f"n{number}", {}, gate="quick")

            line.nursery.start_soon(outcomes.run, request)
            await settle()
        for number in range(20):
            message = await line.peer.read()
            assert message["method"] == f"n{number}"
            await line.peer.answer(message, number)
        await settle()
        assert outcomes.values == [str(number).encode() for number in range(20)]


async def test_waiting_longer_than_the_queue_timeout_raises_and_sends_nothing(
    autojump_clock: MockClock,
) -> None:
    async with connected(quick_places=1, queue_timeout_s=3.0) as line:
        outcomes = Outcomes()
        line.nursery.start_soon(
            outcomes.run, lambda: line.connection.request("first", {}, gate="quick")
        )
        await settle()
        begun_s = trio.current_time()
        with pytest.raises(QueueTimeout, match="second") as raised:
            await line.connection.request("second", {}, gate="quick")
        assert trio.current_time() - begun_s == pytest.approx(3, abs=0.01)
        assert raised.value.outcome_certain
        assert raised.value.retryable
        assert [message["method"] for message in await line.peer.unread()] == ["first"]


async def test_a_place_in_time_is_taken_and_given_back_once(autojump_clock: MockClock) -> None:
    gate = IngressGate(quick_places=1, queue_timeout_s=3.0)
    first = await gate.enter("a", "quick")
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outcomes.run, gate.enter, "b", "quick")
        await settle()
        first.release()
        first.release()
    [second] = outcomes.values
    assert gate.taken == 1
    second.release()
    assert (gate.taken, gate.waiting) == (0, 0)


async def test_leaving_the_line_by_cancellation_keeps_the_order_of_the_others(
    autojump_clock: MockClock,
) -> None:
    gate = IngressGate(quick_places=1, queue_timeout_s=None)
    first = await gate.enter("a", "quick")
    got: list[str] = []

    async def enter(name: str, scope: trio.CancelScope) -> None:
        with scope:
            slot = await gate.enter(name, "quick")
            got.append(name)
            slot.release()

    scopes = [trio.CancelScope() for _ in range(4)]
    async with trio.open_nursery() as nursery:
        for number, scope in enumerate(scopes):
            nursery.start_soon(enter, str(number), scope)
            await settle()
        scopes[1].cancel()
        await settle()
        first.release()
    assert got == ["0", "2", "3"]

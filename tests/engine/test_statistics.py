"""One look at everything: what was counted, how long it took, what is under way."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from codex_runtime import LatencyHistogram, Statistics
from tests.engine.fake_server import FakeServer, echo
from tests.engine.running import new_session, running

if TYPE_CHECKING:
    from trio.testing import MockClock

HISTOGRAMS = ("call_latency", "gate_wait_control", "gate_wait_quick", "gate_wait_slow")


async def test_every_answered_call_is_in_the_histograms(autojump_clock: MockClock) -> None:
    async with running(FakeServer(echo)) as engine:
        session = await new_session(engine)
        await session.ask("prompt")
        await session.close()
        now = Statistics.of(engine)
        assert now.call_latency.count == now.requests > 3
        waits = (now.gate_wait_control, now.gate_wait_quick, now.gate_wait_slow)
        assert all(wait.count > 0 for wait in waits)
        assert sum(wait.count for wait in waits) == now.requests
        assert now.peak_unwritten_bytes > now.peak_unwritten_frames > 0
        assert (now.peak_gate_waiting, now.gate_waiting) == (0, 0)


async def test_the_first_server_process_is_a_generation_and_no_restart(
    autojump_clock: MockClock,
) -> None:
    async with running(FakeServer(echo)) as engine:
        now = Statistics.of(engine)
        assert (now.generations, now.restarts) == (1, 0)
        assert engine.server is not None
        assert engine.server.generation == now.generations


async def test_each_server_process_after_the_first_is_a_restart(autojump_clock: MockClock) -> None:
    async with running(FakeServer(echo)) as engine:
        engine.counters.generations += 2
        now = Statistics.of(engine)
        assert (now.generations, now.restarts) == (3, 2)


async def test_a_look_does_not_change_afterwards(autojump_clock: MockClock) -> None:
    async with running(FakeServer(echo)) as engine:
        before = Statistics.of(engine)
        copy = attrs.asdict(before)
        await new_session(engine)
        assert attrs.asdict(before) == copy
        after = Statistics.of(engine)
        assert after.call_latency.count > before.call_latency.count
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            before.requests = 0  # type: ignore[misc]


async def test_every_histogram_has_the_same_bounds(autojump_clock: MockClock) -> None:
    async with running(FakeServer(echo)) as engine:
        now = Statistics.of(engine)
        shown = [now.event_lateness, *(getattr(now, name) for name in HISTOGRAMS)]
        assert {type(histogram) for histogram in shown} == {LatencyHistogram}
        assert len({tuple(bound for bound, _ in each.buckets) for each in shown}) == 1

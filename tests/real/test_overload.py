"""P8 on one real app-server: far more at once than its queue holds, and every bit of it answered.

The server refuses or silently loses what is written beyond 128 requests; the ingress gate is what
keeps that from happening. While each burst is under way a turn that runs is interrupted: that it
does not wait for the burst is told by how few of the burst's answers come meanwhile.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import pytest
import trio

from codex_runtime import Runtime, Session, SessionConfig
from codex_runtime.protocol import THREAD_LOADED_LIST, ThreadLoadedListParams
from codex_runtime.testing import Reply, silence
from tests.real.waiting import until, until_settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime import Statistics, Turn
    from codex_runtime.testing import ScriptedModel

QUICK_PLACES: Final = 64
SLOW_PLACES: Final = 32

# Unsandboxed, and by the raw door, which has no full-access gate: setting up a sandbox costs the
# machine thirty times what the command does.
COMMAND: Final = {"command": ["true"], "sandboxPolicy": {"type": "dangerFullAccess"}}


@attrs.define(eq=False)
class Burst:
    """Many calls at once, and how many of them were answered so far."""

    count: int
    call: Callable[[], Awaitable[object]]
    answered: int = 0
    under_way: trio.Event = attrs.field(factory=trio.Event)
    """A tenth of it was answered."""

    async def run(self) -> None:
        """Start them all, and return once they are answered."""
        async with trio.open_nursery() as nursery:
            for _ in range(self.count):
                nursery.start_soon(self._one)

    async def _one(self) -> None:
        await self.call()
        self.answered += 1
        if self.answered >= self.count // 10:
            self.under_way.set()

    async def interrupting(self, turn: Turn) -> int:
        """Run it and interrupt a turn amid it; returns how many were answered meanwhile."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.run)
            await self.under_way.wait()
            before = self.answered
            outcome = await turn.interrupt()
            meanwhile = self.answered - before
        assert (outcome.state, outcome.ended) == ("interrupted", True)
        assert self.answered == self.count
        return meanwhile


def call(runtime: Runtime) -> Callable[[], Awaitable[object]]:
    """A quick call, typed."""
    return partial(runtime.call, THREAD_LOADED_LIST, ThreadLoadedListParams())


def command(runtime: Runtime) -> Callable[[], Awaitable[object]]:
    """A slow call: the server runs a command before it answers."""
    return partial(runtime.request, "command/exec", COMMAND)


def start(runtime: Runtime, workspace: Path) -> Callable[[], Awaitable[Session]]:
    """A slow call, and a thread that comes of it."""
    return partial(runtime.start_session, SessionConfig(cwd=workspace))


def assert_idle(runtime: Runtime) -> None:
    """No call is under way or in line, and no place at the gate is held."""
    now = runtime.statistics()
    assert (now.pending_calls, now.abandoned_calls, now.gate_waiting) == (0, 0, 0)
    assert runtime._engine.gate.taken == 0


def tasks() -> int:
    """Of this whole trio run."""
    return trio.lowlevel.current_statistics().tasks_living


def assert_each_was_sent_once(before: Statistics, runtime: Runtime, sent: int) -> None:
    """Exactly so many requests were written; none was refused, sent again, given up or lost."""
    now = runtime.statistics()
    assert now.requests - before.requests == sent
    assert now.call_latency.count - before.call_latency.count == sent
    assert (now.requests_retried, now.requests_timed_out, now.stray_answers) == (0, 0, 0)
    assert_idle(runtime)


@pytest.fixture
def silent(replies: dict[str, Reply]) -> str:
    """A prompt whose turn runs until it is interrupted."""
    replies["wait"] = silence()
    return "wait"


async def test_three_thousand_calls_at_once_are_all_answered_and_an_interrupt_passes_them(
    runtime: Runtime, session: Session, model: ScriptedModel, silent: str
) -> None:
    """Ours: the gate; the server's queue would refuse many and lose some."""
    burst = Burst(3000, call(runtime))
    async with session.ask_stream(silent) as turn:
        await model.wait_for_requests(1)
        before = runtime.statistics()
        meanwhile = await burst.interrupting(turn)
    assert meanwhile < 1000
    assert_each_was_sent_once(before, runtime, 3000 + 1)
    assert runtime.statistics().peak_gate_waiting == 3000 - QUICK_PLACES


async def test_a_thousand_slow_calls_at_once_are_all_answered_and_hold_up_nothing_quick(
    runtime: Runtime, session: Session, model: ScriptedModel, silent: str
) -> None:
    """Ours: slow methods have their own places; quick calls and interrupts pass them."""
    slow, quick = Burst(1000, command(runtime)), Burst(1000, call(runtime))
    slow_after_quick: list[int] = []

    async def quick_ones() -> None:
        await slow.under_way.wait()
        before = slow.answered
        await quick.run()
        slow_after_quick.append(slow.answered - before)

    async with session.ask_stream(silent) as turn, trio.open_nursery() as nursery:
        await model.wait_for_requests(1)
        before = runtime.statistics()
        nursery.start_soon(quick_ones)
        meanwhile = await slow.interrupting(turn)
    assert meanwhile < 300
    assert quick.answered == 1000
    assert slow_after_quick[0] < 800
    assert_each_was_sent_once(before, runtime, 2000 + 1)


async def test_three_hundred_sessions_start_at_once_and_each_has_a_thread_of_its_own(
    runtime: Runtime, session: Session, model: ScriptedModel, silent: str, workspace: Path
) -> None:
    """Ours, and an interrupt passes them."""
    started: list[str] = []

    async def start_one() -> None:
        started.append((await start(runtime, workspace)()).thread_id)

    burst = Burst(300, start_one)
    async with session.ask_stream(silent) as turn:
        await model.wait_for_requests(1)
        before = runtime.statistics()
        meanwhile = await burst.interrupting(turn)
    assert meanwhile < 150
    assert_each_was_sent_once(before, runtime, 300 + 1)
    assert runtime.statistics().peak_gate_waiting == 300 - SLOW_PLACES
    loaded = await runtime.call(THREAD_LOADED_LIST, ThreadLoadedListParams(limit=1000))
    assert len(set(started)) == 300
    assert set(loaded.data) == {session.thread_id, *started}


@pytest.mark.parametrize("kind", ["calls", "commands"])
async def test_a_burst_cancelled_in_its_middle_leaves_nothing_and_what_stood_in_line_is_never_sent(
    runtime: Runtime, session: Session, kind: str
) -> None:
    """Ours: only what had been written by then is answered, to nobody."""
    count, one, places = {
        "calls": (3000, call(runtime), QUICK_PLACES),
        "commands": (1000, command(runtime), SLOW_PLACES),
    }[kind]
    burst = Burst(count, one)
    before, tasks_before = runtime.statistics(), tasks()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(burst.run)
        await burst.under_way.wait()
        nursery.cancel_scope.cancel()
    answered = burst.answered
    assert count // 10 <= answered < count
    await until_settled(runtime)
    await until(lambda: tasks() == tasks_before)
    assert_idle(runtime)
    now = runtime.statistics()
    assert answered <= now.requests - before.requests <= answered + places
    assert (now.requests_retried, now.requests_timed_out) == (0, 0)
    assert (await session.ask("still there?")).text == "re: still there?"


async def test_three_hundred_starts_cancelled_in_their_middle_leave_no_thread_that_nobody_holds(
    runtime: Runtime, session: Session, workspace: Path
) -> None:
    """Ours: those that were answered to nobody are let go."""
    held: list[Session] = []

    async def start_one() -> None:
        held.append(await start(runtime, workspace)())

    burst = Burst(300, start_one)
    before = runtime.statistics()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(burst.run)
        await burst.under_way.wait()
        nursery.cancel_scope.cancel()
    assert len(held) < 300
    await until_settled(runtime)
    await until(lambda: runtime._engine._cleanups == 0)
    assert_idle(runtime)
    now = runtime.statistics()
    assert now.threads == 1 + len(held)
    assert now.requests - before.requests <= len(held) + 2 * SLOW_PLACES
    assert (now.requests_retried, now.requests_timed_out) == (0, 0)
    assert (await session.ask("still there?")).text == "re: still there?"
    assert (await held[0].ask("and you?")).text == "re: and you?"


async def test_everything_at_once_is_answered(
    runtime: Runtime, session: Session, model: ScriptedModel, silent: str, workspace: Path
) -> None:
    """Ours: calls, commands, new sessions and asks, with a turn to be interrupted among them."""
    others = [await start(runtime, workspace)() for _ in range(8)]
    answers: list[str] = []

    async def ask(other: Session) -> None:
        answers.extend([(await other.ask(f"number {n}")).text for n in range(5)])

    bursts = [
        Burst(1000, call(runtime)),
        Burst(200, command(runtime)),
        Burst(50, start(runtime, workspace)),
    ]
    async with session.ask_stream(silent) as turn:
        await model.wait_for_requests(1)
        async with trio.open_nursery() as nursery:
            for burst in bursts:
                nursery.start_soon(burst.run)
            for other in others:
                nursery.start_soon(ask, other)
            await bursts[1].under_way.wait()
            assert (await turn.interrupt()).state == "interrupted"
            assert bursts[1].answered < 200
    assert [burst.answered for burst in bursts] == [burst.count for burst in bursts]
    assert sorted(answers) == sorted(f"re: number {n}" for n in range(5) for _ in others)
    assert_idle(runtime)
    assert runtime.statistics().requests_timed_out == 0

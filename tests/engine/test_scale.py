"""A thousand sessions and two hundred turns at once on one runtime, against a child that replays.

The child streams recorded shapes as fast as the pipe takes them, the deltas of all turns in an
order drawn from a seed; each delta names its turn and its number.
"""

from __future__ import annotations

import gc
import os
import tempfile
import tracemalloc
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio
import trio.testing

from codex_runtime import RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.protocol import AgentMessageDelta
from tests.bench.consumer import methods_of_a_turn
from tests.bench.replay_script import Plan, Script, index_of
from tests.bench.replay_server import write_starter
from tests.engine.running import method_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from codex_runtime import Runtime, Session
    from codex_runtime.protocol import Notification

SESSIONS = 1_000
TURNS = 200
IDLE_BYTES = 20 * 1024
BOUND_S = 60
"""A test that takes so long is stuck; nothing is measured by it."""

SCRIPT = Script()
EXPECTED = methods_of_a_turn(of_thread=("thread/status/changed",))
"""What a turn's stream gives beside the deltas, in order."""


@attrs.define
class Read:
    """What the reader of one turn got."""

    deltas: list[AgentMessageDelta] = attrs.field(factory=list[AgentMessageDelta])
    others: list[str] = attrs.field(factory=list[str])
    text: str = ""

    def add(self, event: Notification) -> None:
        """Note the next event."""
        if isinstance(event, AgentMessageDelta):
            self.deltas.append(event)
        else:
            self.others.append(method_of(event))


class World:
    """A runtime with many sessions, of which the first are asked."""

    def __init__(
        self, plan: Plan, runtime: Runtime, go: Callable[[], object], sessions: list[Session]
    ) -> None:
        self.plan, self.runtime, self.sessions = plan, runtime, sessions
        self.read = [Read() for _ in range(plan.turns)]
        self._go = go
        self._begun = 0
        self._all_begun = trio.Event()
        self._nothing_more_comes = trio.Event()

    async def stream(self, *, every_other_late: bool = False) -> None:
        """Ask the first sessions, let the stream begin once all turns have, and read it all."""
        async with trio.open_nursery() as readers:
            for turn in range(self.plan.turns):
                readers.start_soon(self._read, turn, every_other_late and turn % 2 == 1)
            await self._all_begun.wait()
            self._go()
            if every_other_late:
                await self._until_all_came()
                self._nothing_more_comes.set()

    async def _read(self, number: int, is_late: bool) -> None:
        async with self.sessions[number].ask_stream("go") as turn:
            self._begun += 1
            if self._begun == self.plan.turns:
                self._all_begun.set()
            if is_late:
                await self._nothing_more_comes.wait()
            async for event in turn:
                self.read[number].add(event)
            self.read[number].text = turn.text
            assert turn.result.text == turn.text

    async def _until_all_came(self) -> None:
        while self.runtime.statistics().events < self.sent_events:
            await trio.testing.wait_all_tasks_blocked(0.002)

    @property
    def sent_events(self) -> int:
        """How many the child sends from its start on."""
        of_a_turn = len(SCRIPT.opening) + self.plan.deltas + len(SCRIPT.closing)
        return SESSIONS + self.plan.turns * of_a_turn

    def text_of(self, turn: int) -> str:
        """All that the child says in a turn."""
        return "".join(self.plan.text(turn, number) for number in range(self.plan.deltas))


@asynccontextmanager
async def world(plan: Plan, *, merging: bool = True, traced: bool = False) -> AsyncGenerator[World]:
    """A thousand sessions on one runtime; ``traced`` sees what they allocate, and all after it."""
    with trio.fail_after(BOUND_S), replaying(plan) as (starter, go):
        folder = str(starter.parent)
        config = RuntimeConfig(codex_bin=starter, codex_home=folder)
        if not merging:
            config = attrs.evolve(config, coalesce_after_events=10**9)
        async with open_runtime(config) as runtime:
            with tracing() if traced else nullcontext():
                sessions = await started(runtime, folder, SESSIONS)
                yield World(plan, runtime, go, sessions)


@contextmanager
def replaying(plan: Plan) -> Generator[tuple[Path, Callable[[], object]]]:
    """What to start in place of ``codex``, and what lets its stream begin."""
    with tempfile.TemporaryDirectory() as folder:
        starter, go_pipe = write_starter(Path(folder), plan)
        pipe = os.open(go_pipe, os.O_RDWR)
        try:
            yield starter, partial(os.write, pipe, b"g")
        finally:
            os.close(pipe)


@contextmanager
def tracing() -> Generator[None]:
    """Count what Python allocates."""
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


async def started(runtime: Runtime, folder: str, count: int) -> list[Session]:
    """So many sessions, in the order of their threads."""
    sessions: list[Session] = []

    async def start() -> None:
        sessions.append(await runtime.start_session(SessionConfig(cwd=folder)))

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(start)
    return sorted(sessions, key=lambda session: index_of(session.thread_id))


async def test_200_turns_among_1000_sessions_get_each_its_own_deltas_once_and_in_order() -> None:
    plan = Plan(turns=TURNS, deltas=100)
    async with world(plan, merging=False) as at:
        await at.stream()
        for turn, read in enumerate(at.read):
            texts = [delta.delta for delta in read.deltas]
            assert texts == [plan.text(turn, number) for number in range(plan.deltas)]
            assert {delta.merged for delta in read.deltas} == {1}
            assert {delta.thread_id for delta in read.deltas} == {at.sessions[turn].thread_id}
            assert read.others == EXPECTED
        now = at.runtime.statistics()
        assert (now.events_coalesced, now.events_dropped, now.active_turns) == (0, 0, 0)
        assert now.events == at.sent_events


async def test_by_default_turns_read_late_among_1000_sessions_have_all_their_text() -> None:
    plan = Plan(turns=TURNS, deltas=1_100)
    async with world(plan) as at:
        await at.stream(every_other_late=True)
        for turn, read in enumerate(at.read):
            assert "".join(delta.delta for delta in read.deltas) == at.text_of(turn)
            assert sum(delta.merged for delta in read.deltas) == plan.deltas
            assert read.text == at.text_of(turn)
            assert read.others == EXPECTED
        late = at.read[1::2]
        assert all(len(read.deltas) < plan.deltas for read in late)


async def test_an_idle_session_costs_at_most_20_kib_before_and_after_a_turn() -> None:
    async with world(Plan(turns=TURNS, deltas=20), traced=True) as at:
        assert kept_bytes() <= SESSIONS * IDLE_BYTES
        await at.stream()
        at.read.clear()
        assert kept_bytes() <= SESSIONS * IDLE_BYTES
        assert at.runtime.statistics().threads == SESSIONS


def kept_bytes() -> int:
    """All that was allocated since the tracing began and is held now."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]

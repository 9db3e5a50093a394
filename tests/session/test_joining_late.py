"""Whenever somebody begins to observe a thread, the end is the same as if it had been earlier.

Observers of one handle share a fold, so each of those here has a handle of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import trio
import trio.testing
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.model.persistent import Ledger
from codex_runtime.model.profile import SessionConfig
from codex_runtime.session.opening import resume_session
from tests.engine.running import new_session, running
from tests.engine.telling_server import TICK_S, Act, TellingServer, stories
from tests.support.tasks import settle

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.state import ThreadState
    from codex_runtime.session.session import Session
    from tests.engine.telling_server import Story

TURNS = 2
BOUND_S = 600
"""Of virtual time."""


def shown(state: ThreadState, *, ended_before: bool = False) -> ThreadState:
    """Without what only those know who were there as it was told."""
    state = attrs.evolve(state, last_call=None, context_window_tokens=None)
    if not ended_before:
        return state
    turns = Ledger([attrs.evolve(turn, diff=None, plan=()) for turn in state.turns])
    return attrs.evolve(state, turns=turns)


class World:
    """Two threads with a turn each; the first is observed from before to after its turn."""

    def __init__(self) -> None:
        self.server = TellingServer(TURNS)
        self.ends: list[tuple[bool, ThreadState]] = []
        """The last state of each late observer, and whether the turn had ended as it joined."""
        self.over = trio.Event()

    def run(self, story: Story, joins: list[int], read_ticks: int) -> None:
        """In virtual time; joins are in ticks."""
        clock = trio.testing.MockClock(autojump_threshold=0)
        trio.run(self._run, story, joins, read_ticks, clock=clock)

    async def _run(self, story: Story, joins: list[int], read_ticks: int) -> None:
        self.server.delay_s["thread/read"] = read_ticks * TICK_S
        with trio.fail_after(BOUND_S):
            async with running(self.server) as engine:
                await self._watch(engine, story, joins)

    async def _watch(self, engine: Engine, story: Story, joins: list[int]) -> None:
        session, other = await new_session(engine), await new_session(engine)
        config = SessionConfig(cwd=".")
        handles = [await resume_session(engine, session.thread_id, config) for _ in joins]
        async with session.observe() as early:
            async with trio.open_nursery() as nursery:
                for handle, ticks in zip(handles, joins, strict=True):
                    nursery.start_soon(self._join, handle, ticks)
                nursery.start_soon(session.ask, "0")
                nursery.start_soon(other.ask, "1")
                await self.server.tell(story, set())
                await settle()
                await trio.sleep(1)
                self.over.set()
            expected = early.state
        assert [turn.status for turn in expected.turns] == ["completed"]
        for ended_before, state in self.ends:
            wanted = shown(expected, ended_before=ended_before)
            assert shown(state, ended_before=ended_before) == wanted
        assert len(self.ends) == len(joins)
        async with session.observe() as last:
            assert shown(last.state) == shown(expected)

    async def _join(self, handle: Session, ticks: int) -> None:
        await trio.sleep(ticks * TICK_S)
        async with handle.observe() as view:
            state = view.state
            ended = bool(state.turns) and state.active_turn is None
            note("joined late" if ended else "in the middle" if state.turns else "early")
            await self.over.wait()
            self.ends.append((ended, view.state))


def paced(story: Story) -> Story:
    """A tick after each act, and no name of a thread: this server does not put it on record."""
    acts = [step for step in story if not isinstance(step, Act) or step.kind != "name"]
    return [step for act in acts for step in (act, 1)]


@settings(max_examples=100)
@given(
    story=stories(TURNS).map(paced),
    joins=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    read_ticks=st.integers(0, 6),
)
def test_whenever_an_observer_joins_it_ends_with_the_state_of_the_one_that_was_there_first(
    story: Story, joins: list[int], read_ticks: int
) -> None:
    World().run(story, joins, read_ticks)

"""Any mix of asks, streams, cancellations, interrupts and closes: each ends once, with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors import (
    AppServerExited,
    SessionClosed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.protocol.routing import route_ids
from tests.engine.fake_server import FakeServer, FakeTurn
from tests.engine.running import assert_nothing_pending, new_session, running

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.session.session import Session

Kind = Literal["ask", "stream", "stream and leave", "stream and interrupt", "interrupt", "close"]
TICK_S = 0.05


@attrs.frozen
class Step:
    """What one task does: when it begins, on which session, and when it is cancelled."""

    kind: Kind
    at: int
    session: int
    cancel_after: int | None


@attrs.frozen
class Weather:
    """How the server behaves: its delays in ticks, and when it dies."""

    answer: int
    start: int
    per_delta: int
    deltas: int
    interrupt: int
    archive: int
    interrupts_refused: int
    crash_at: int | None


kinds: list[Kind] = [
    "ask",
    "ask",
    "stream",
    "stream and leave",
    "stream and interrupt",
    "interrupt",
    "close",
]
steps = st.builds(
    Step,
    kind=st.sampled_from(kinds),
    at=st.integers(0, 12),
    session=st.integers(0, 1),
    cancel_after=st.none() | st.integers(0, 12),
)
weathers = st.builds(
    Weather,
    answer=st.integers(0, 4),
    start=st.integers(0, 4),
    per_delta=st.integers(0, 2),
    deltas=st.integers(0, 5),
    interrupt=st.integers(0, 4),
    archive=st.integers(0, 4),
    interrupts_refused=st.integers(0, 3),
    crash_at=st.none() | st.none() | st.none() | st.integers(0, 20),
)


class World:
    """The tasks of one example and what became of them."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.server = FakeServer(self.play)
        self.server.start_delay_s = weather.start * TICK_S
        self.server.delay_s = {
            "turn/start": weather.answer * TICK_S,
            "turn/interrupt": weather.interrupt * TICK_S,
            "thread/archive": weather.archive * TICK_S,
        }
        refusal = {"code": -32600, "message": "no active turn to interrupt"}
        self.server.fail["turn/interrupt"] = [refusal] * weather.interrupts_refused
        self.ends: list[str] = []

    async def play(self, turn: FakeTurn) -> None:
        turn.begin_message()
        for number in range(self.weather.deltas):
            await trio.sleep(self.weather.per_delta * TICK_S)
            turn.delta(f"{turn.prompt}/{number} ")
        turn.end_message(turn.said)

    def whole_text(self, prompt: str) -> str:
        return "".join(f"{prompt}/{number} " for number in range(self.weather.deltas))

    async def run(self, step: Step, number: int, session: Session) -> None:
        """One task, from its time on; every way it may end is checked."""
        await trio.sleep(step.at * TICK_S)
        end, partial = "cancelled", ""
        limit_s = float("inf") if step.cancel_after is None else step.cancel_after * TICK_S
        with trio.move_on_after(limit_s):
            try:
                await self.act(step.kind, f"p{number}", session)
                end = "done"
            except TurnInterrupted as error:
                partial, end = error.text, "interrupted"
            except SessionClosed:
                assert session.is_closed
                end = "closed"
            except (TurnLost, AppServerExited):
                assert self.weather.crash_at is not None
                end = "lost"
        assert self.whole_text(f"p{number}").startswith(partial)
        self.ends.append(end)

    async def act(self, kind: Kind, prompt: str, session: Session) -> None:
        """Do it; what comes back is checked to be its own."""
        if kind == "ask":
            assert (await session.ask(prompt)).text == self.whole_text(prompt)
        elif kind == "interrupt":
            assert (await session.interrupt_turn()).ended
        elif kind == "close":
            assert (await session.close()).thread_id == session.thread_id
        else:
            await self.stream(kind, prompt, session)

    async def stream(self, kind: Kind, prompt: str, session: Session) -> None:
        """Read a stream; every event is of this turn or of its thread alone."""
        text = ""
        async with session.ask_stream(prompt) as turn:
            async for event in turn:
                thread_id, turn_id = route_ids(event)
                assert thread_id == session.thread_id
                assert turn_id in {None, turn.turn_id}
                text += event.delta if isinstance(event, AgentMessageDelta) else ""
                if kind == "stream and leave":
                    break
                if kind == "stream and interrupt":
                    await turn.interrupt()
            if kind == "stream":
                assert text == turn.text == turn.result.text
                await turn.finish()
        assert self.whole_text(prompt).startswith(text)

    async def crash(self, at: int) -> None:
        """The server dies at that tick."""
        await trio.sleep(at * TICK_S)
        self.server.crash()


async def live(world: World, plan: list[Step], engine: Engine) -> None:
    """Run all tasks of the plan to their ends."""
    sessions = [await new_session(engine) for _ in range(2)]
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for number, step in enumerate(plan):
                nursery.start_soon(world.run, step, number, sessions[step.session])
            if world.weather.crash_at is not None:
                nursery.start_soon(world.crash, world.weather.crash_at)
    assert len(world.ends) == len(plan)
    await trio.sleep(10)  # reapers and closes that their callers gave up
    if world.weather.crash_at is None:
        assert world.server.running == []
        for session in sessions:
            if not session.is_closed:
                assert (await session.ask("last")).text == world.whole_text("last")
    await assert_nothing_pending(engine)
    assert len(world.server.asked("thread/archive")) <= len([s for s in sessions if s.is_closed])
    started = [params["input"][0]["text"] for params in world.server.asked("turn/start")]
    assert len(started) == len(set(started) - {"last"}) + started.count("last")


@settings(max_examples=200)
@given(plan=st.lists(steps, min_size=1, max_size=8), weather=weathers)
def test_each_ends_once_with_its_own_and_nothing_is_pending(
    plan: list[Step], weather: Weather
) -> None:
    async def scenario() -> None:
        world = World(weather)
        async with running(world.server) as engine:
            await live(world, plan, engine)
        assert world.server.merged == []

    trio.run(scenario, clock=trio.testing.MockClock(autojump_threshold=0))

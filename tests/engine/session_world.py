"""A world of sessions on a fake server: plays a plan, and checks all that must hold of it.

Owns the tasks of a plan and what each may do at most. Does not make plans (see
`test_sessions_machine`), nor say which ends are allowed (see `session_facts`). Enter at `play`.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

import trio

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    ThreadArchived,
    ThreadNotFound,
    TurnNotCompleted,
)
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.profile import RunProfile, SessionConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.protocol import TurnCompleted
from codex_runtime.protocol.routing import route_ids
from codex_runtime.protocol.unset import UNSET
from codex_runtime.session.opening import resume_session
from tests.engine.running import assert_nothing_pending, method_of, new_session, running
from tests.engine.session_facts import LAST, Facts
from tests.engine.session_plan import (
    TICK_S,
    Ask,
    Calm,
    Close,
    Detach,
    Interrupt,
    Open,
    Plan,
    Say,
)
from tests.engine.session_server import WorldServer, flat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import Notification
    from codex_runtime.session.session import Session
    from codex_runtime.session.turn import Turn
    from tests.engine.fake_server import FakeTurn
    from tests.engine.session_plan import Step

__all__ = ["play"]

GRACE_S: Final = 1.0
INTERRUPT_S: Final = 3.0
CLOSE_S: Final = 4.0
REQUEST_S: Final = 3.0
IDLE_S: Final = 20.0
MARGIN_S: Final = 0.2
"""The reader's pacing, some times over."""

LATE_S: Final = 3.0
"""How much later an end is told that is told late: after it was found on record."""

RESTARTS: Final = {
    "never": RestartPolicy(on="never"),
    "quick": RestartPolicy(max_restarts=1000, longest_pause_s=1.0),
    "breaker": RestartPolicy(max_restarts=1, window_s=5.0, longest_pause_s=1.0),
}


class Left(Exception):
    """Raised in the block of a stream."""


def seconds(ticks: int | None) -> float:
    """None is for ever."""
    return float("inf") if ticks is None else ticks * TICK_S


class World(Facts):
    """The tasks of one plan."""

    def __init__(self, plan: Plan, server: WorldServer, engine: Engine) -> None:
        super().__init__(plan, server, engine)
        self.calm = trio.Event()
        self.handles: list[Session | None] = [None for _ in self.opens]
        self.opened = [trio.Event() for _ in self.opens]
        self.turns: dict[int, Turn] = {}
        """Of the asks that were streams."""

    # -- what the turns say ----------------------------------------------------------------------

    async def say(self, turn: FakeTurn) -> None:
        """Play what the ask of that prompt wants."""
        say = Say() if turn.prompt == LAST else self.asks[int(turn.prompt)].say
        if say.spawns:
            turn.spawn_child("child", self.say_of_child)
        turn.begin_message()
        for number in range(say.pieces):
            await trio.sleep(say.pause * TICK_S)
            turn.delta(f"{turn.prompt}/{number} ")
        if say.asks is not None:
            await turn.ask_approval()
        if say.end == "hangs":
            await self.calm.wait()
        turn.thread.subscribed = say.end != "unheard"
        turn.end_message(turn.said)
        if say.end == "failed":
            turn.fail("the model failed")
        elif say.end == "told late":
            self.server.process.start_soon(self.tell_late, turn)
        turn.complete(told=say.end not in {"untold", "told late", "unheard"})
        turn.thread.subscribed = True

    async def tell_late(self, turn: FakeTurn) -> None:
        """Its end is told when it was looked up long ago."""
        await trio.sleep(LATE_S)
        turn.tell_completed()

    async def say_of_child(self, turn: FakeTurn) -> None:
        """Speak beside the parent."""
        for number in range(3):
            await trio.sleep(TICK_S)
            turn.say(f"child/{number}", item_id=f"msg_{number}")

    async def decide(self, request: Any) -> Any:  # Any: approvals of one kind
        """The handler of approvals takes as long as the turn's ask wants."""
        asking = next(turn for turn in self.server.turns if turn.turn_id == request.turn_id)
        await trio.sleep((self.asks[int(asking.prompt)].say.asks or 0) * TICK_S)
        return request.accept()

    # -- steps -----------------------------------------------------------------------------------

    async def run(self, step: Step, number: int) -> None:
        """One step, at its time; the number is that of the ask or of the handle."""
        await trio.sleep(step.at * TICK_S)
        match step:
            case Ask():
                await self.run_ask(step, number)
            case Interrupt():
                await self.end(step, INTERRUPT_S, self.interrupt)
            case Close():
                await self.end(step, CLOSE_S, self.close)
            case Detach():
                await self.end(step, INTERRUPT_S + 3 * REQUEST_S, self.detach)
            case Open():
                await self.open(step, number)
            case _:
                self.server.be(step)
                if isinstance(step, Calm):
                    self.calm.set()
                else:
                    self.faults.add(type(step).__name__)

    async def handle(self, number: int) -> Session | None:
        """The handle, once it is open; None if that failed."""
        await self.opened[number].wait()
        return self.handles[number]

    async def end(
        self,
        step: Interrupt | Close | Detach,
        bound_s: float,
        act: Callable[[Any, Session], Awaitable[None]],
    ) -> None:
        """Do it; it returns within its bound, and at once when it is cancelled."""
        session = await self.handle(step.handle)
        if session is None:
            return
        self.note(step)
        begun_s, problem = trio.current_time(), None
        with trio.move_on_after(seconds(step.cancel_after)):
            try:
                await act(step, session)
            except CodexRuntimeError as error:
                problem = error
        assert self.may_refuse(problem, step.handle), repr(problem)
        took_s = trio.current_time() - begun_s
        assert took_s <= min(seconds(step.cancel_after), bound_s) + MARGIN_S

    async def interrupt(self, step: Interrupt, session: Session) -> None:
        turn = None if step.of is None else self.turns.get(step.of)
        named = "no such turn" if turn is None else turn.turn_id
        outcome = await session.interrupt_turn(None if step.of is None else named)
        assert outcome.ended or self.faults, outcome

    async def close(self, _: Close, session: Session) -> None:
        outcome = await session.close()
        assert outcome.thread_id == session.thread_id
        assert session.is_closed

    async def detach(self, _: Detach, session: Session) -> None:
        await session.detach()
        assert session.is_closed

    async def open(self, step: Open, number: int) -> None:
        """One more handle; where that fails nobody uses it."""
        begun_s, problem = trio.current_time(), None
        try:
            with trio.move_on_after(seconds(step.cancel_after)):
                if step.of is None:
                    self.handles[number] = await new_session(self.engine)
                elif (other := await self.handle(step.of)) is not None:
                    config = SessionConfig(cwd=".")
                    thread_id = other.thread_id
                    self.handles[number] = await resume_session(self.engine, thread_id, config)
        except CodexRuntimeError as error:
            problem = error
        self.opened[number].set()
        assert self.may_refuse(problem, number), repr(problem)
        assert trio.current_time() - begun_s <= seconds(step.cancel_after) + MARGIN_S

    # -- asks ------------------------------------------------------------------------------------

    async def run_ask(self, ask: Ask, number: int) -> None:
        """One ask, from its time on; every way it may end is checked."""
        session = await self.handle(ask.handle)
        if session is None:
            return
        begun_s, problem, end = trio.current_time(), None, "cancelled"
        with trio.move_on_after(seconds(ask.cancel_after)):
            try:
                await self.ask(ask, number, session)
                end = "done"
            except CodexRuntimeError as error:
                problem, end = error, type(error).__name__
        assert self.may_end(problem, number), repr(problem)
        if isinstance(problem, TurnNotCompleted):
            assert any(text.startswith(problem.text) for text in self.whole_texts(number))
        took_s = trio.current_time() - begun_s
        total = None if ask.slow else ask.total  # a reader may be slow
        limit_s = min(seconds(ask.cancel_after), seconds(total))
        assert took_s <= limit_s + GRACE_S + MARGIN_S
        assert number not in self.ends
        await trio.sleep(GRACE_S)  # one who is cancelled while another's grace ran out has none
        if not self.faults and ask.key is None:
            assert str(number) not in {turn.prompt for turn in self.server.running}
        self.ends[number] = end

    async def ask(self, ask: Ask, number: int, session: Session) -> None:
        """Ask; what comes back is checked to be its own."""
        total, acknowledgement = ask.total, ask.acknowledgement
        params = PromptParams(
            prompt=str(number),
            key=self.key_of(ask) or UNSET,
            overlap="reject" if ask.reject else UNSET,
            deadlines=Deadlines(
                total_s=UNSET if total is None else total * TICK_S,
                acknowledgement_s=UNSET if acknowledgement is None else acknowledgement * TICK_S,
            ),
        )
        if ask.way == "ask":
            result = await session.ask_with(params)
            assert result.text in self.whole_texts(number)
            return
        left, told = Left(), None
        try:
            async with session.ask_stream(params) as turn:
                self.turns[number] = turn
                await self.read(ask, number, turn, left)
        except Left as problem:
            told = problem
        turn = self.turns[number]
        assert told is (left if ask.way == "raise" else None)
        assert [event async for event in turn] == []
        mailbox = turn._route.mailbox
        assert mailbox is not None
        assert mailbox.is_closed or not turn._route.ended.is_set()

    async def read(self, ask: Ask, number: int, turn: Turn, left: Left) -> None:
        """Read a stream: its own events alone, in the order in which they were told."""
        (whole,) = self.whole_texts(number)
        if ask.way == "finish":
            assert (await turn.finish()).text == whole
            return
        heard: list[object] = []
        last: Notification | None = None
        async for event in turn:
            assert not isinstance(last, TurnCompleted)
            last = event
            heard += self.told_to(turn, event)
            assert heard == self.server.told.get(turn.turn_id, [])[: len(heard)]
            if ask.way == "break":
                return
            if ask.way == "raise":
                raise left
            await trio.sleep(ask.slow * TICK_S)
        result = turn.result
        if result.status not in {"lost", "timed_out"} and not result.reconciled:
            assert isinstance(last, TurnCompleted)
            assert heard == self.server.told[turn.turn_id]
            assert turn.text == result.text
        if ask.way == "raise":
            raise left
        assert (await turn.finish()).text == whole

    def told_to(self, turn: Turn, event: Notification) -> list[object]:
        """What an event says, for a comparison with what was told; it is of that turn."""
        thread_id, turn_id = route_ids(event)
        assert thread_id == turn._route.thread_id
        assert turn_id in {None, turn.turn_id}
        named = getattr(event, "item_id", None), getattr(event, "delta", None)
        return [] if turn_id is None else flat(method_of(event), *named)

    # -- the whole -------------------------------------------------------------------------------

    async def live(self) -> None:
        """All steps of the plan to their ends, and some time beyond."""
        for number in range(2):
            self.handles[number] = await new_session(self.engine)
            self.opened[number].set()
        end = Calm(max((step.at for step in self.plan.steps), default=0) + 1)
        asks, opens = count(), count(2)
        with trio.fail_after(end.at * TICK_S + 6 * IDLE_S):
            async with trio.open_nursery() as nursery:
                for step in (*self.plan.steps, end):
                    numbers = asks if isinstance(step, Ask) else opens
                    number = next(numbers) if isinstance(step, Ask | Open) else -1
                    nursery.start_soon(self.run, step, number)
        await trio.sleep(3 * IDLE_S)  # reapers, and what callers gave up
        for number, session in enumerate(self.handles):
            if session is not None and not session.is_closed:
                await self.ask_again(number, session)
        await trio.sleep(2 * REQUEST_S)

    async def ask_again(self, number: int, session: Session) -> None:
        """A session that is open still works, as long as its thread is there."""
        try:
            result = await session.ask(LAST)
        except AppServerExited:
            assert (self.server.is_up, self.plan.restart) == (False, "never")
        except (ThreadNotFound, ThreadArchived):
            assert self.roots[number] in self.closed
        else:
            assert result.text == f"{LAST}/0 {LAST}/1 "

    async def check(self, tasks: int) -> None:
        """Nothing is under way; there are as many tasks as before the first session."""
        engine = self.engine
        await assert_nothing_pending(engine)
        assert engine.connection is not None
        assert engine.connection.lingering == 0
        assert engine.gate.taken == 0
        assert engine.router._routes == {}
        assert engine.server_requests._open == {}
        assert engine._cleanups == 0
        assert all(line.holder is None for line in engine.router.lines)
        assert all(line.keys._released == {} for line in engine.router.lines)
        if self.server.is_up:
            assert trio.lowlevel.current_statistics().tasks_living == tasks
        results = [result for session in self.handles if session for result in session.history]
        ids = [result.turn_id for result in results if result.turn_id is not None]
        assert len(ids) == len(set(ids))
        self.check_turns()


async def play(plan: Plan) -> None:
    """Play the plan and check all that must hold."""
    server = WorldServer()
    worlds: list[World] = []

    async def decide(request: Any) -> Any:  # Any: see there
        return await worlds[0].decide(request)

    async with running(
        server,
        restart=RESTARTS[plan.restart],
        on_stuck_turn=plan.stuck,
        coalesce_after_events=1 if plan.coalesce else 1024,
        cancel_grace_s=GRACE_S,
        interrupt_timeout_s=INTERRUPT_S,
        close_timeout_s=CLOSE_S,
        request_timeout_s=REQUEST_S,
        approvals=decide,
        defaults=RunProfile(deadlines=Deadlines(idle_s=IDLE_S)),
    ) as engine:
        await trio.sleep(1)
        tasks = trio.lowlevel.current_statistics().tasks_living
        world = World(plan, server, engine)
        worlds.append(world)
        server.play = world.say
        await world.live()
        await world.check(tasks)

"""Interrupts in any order with refusals, answers, cancellations and the end of the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio
import trio.testing
from hypothesis import example, given
from hypothesis import strategies as st

from tests.engine.fake_server import FakeServer, echo, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.tasks import Outcomes

if TYPE_CHECKING:
    from codex_runtime.session.session import Session
    from codex_runtime.session.turn import Turn

ELSEWHERE: Final = "01a1fc3e-0000-7000-8000-00000000beef"
REFUSALS: Final = {
    "refuse": "no active turn to interrupt",
    "mismatch": f"expected active turn id A but found {ELSEWHERE}",
}
STEPS: Final = st.sampled_from(
    ["interrupt", "interrupt_any", "cancel_caller", *REFUSALS, "pause", "end", "release"]
)


class Play:
    """What happens around one turn, step by step; `outcomes` is what the interrupts came to."""

    def __init__(self, server: FakeServer, session: Session, turn: Turn) -> None:
        self.server = server
        self.session = session
        self.turn = turn
        self.outcomes = Outcomes()
        self.callers: list[trio.CancelScope] = []

    async def _interrupt(self, turn_id: str | None) -> None:
        self.callers.append(trio.CancelScope())
        with self.callers[-1]:
            await self.outcomes.run(self.session.interrupt_turn, turn_id)

    async def run(self, steps: list[str]) -> None:
        """Return when every caller has."""
        async with trio.open_nursery() as nursery:
            for step in steps:
                if step in {"interrupt", "interrupt_any"}:
                    named = self.turn.turn_id if step == "interrupt" else None
                    nursery.start_soon(self._interrupt, named)
                elif step == "pause":
                    await trio.sleep(0.2)
                else:
                    self._do(step)
                await trio.lowlevel.checkpoint()

    def _do(self, step: str) -> None:
        if step in REFUSALS:
            refusal = {"code": -32600, "message": REFUSALS[step]}
            self.server.fail.setdefault("turn/interrupt", []).append(refusal)
        elif step == "release":
            self.server.release()
        elif step == "end" and self.server.turns[0].started:
            self.server.turns[0].complete()
        elif step == "cancel_caller" and self.callers:
            self.callers[-1].cancel()


async def play(steps: list[str], *, starts_late: bool, answer_held: bool) -> None:
    """Play the steps on one turn, then ask again."""
    server = FakeServer(silence)
    server.start_delay_s = 0.3 if starts_late else 0.0
    if answer_held:
        server.hold.add("turn/interrupt")
    async with running(server, interrupt_timeout_s=5.0) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first") as turn:
            told = Play(server, session, turn)
            await told.run(steps)
        outcomes = told.outcomes
        assert outcomes.errors == []
        assert all(outcome.elapsed_s <= 5.1 for outcome in outcomes.values)
        # Of a turn that has ended the name alone is known.
        assert {outcome.status for outcome in outcomes.values} <= {turn.result.status, None}
        server.release()
        server.play, server.start_delay_s = echo, 0.0
        result = await session.ask("next")
        assert (result.text, result.status) == ("echo: next", "completed")
        assert server.merged == []
        targets = {params["turnId"] for params in server.asked("turn/interrupt")}
        assert targets <= {turn.turn_id, ELSEWHERE}
        await trio.sleep(60)
        await assert_nothing_pending(engine)


@given(steps=st.lists(STEPS, max_size=12), starts_late=st.booleans(), answer_held=st.booleans())
@example(steps=["interrupt", "refuse", "interrupt_any", "end"], starts_late=True, answer_held=False)
@example(steps=["mismatch", "interrupt_any", "pause"], starts_late=False, answer_held=True)
@example(steps=["interrupt", "cancel_caller", "release"], starts_late=True, answer_held=True)
@example(steps=["interrupt", "pause", "interrupt"], starts_late=False, answer_held=False)
def test_whatever_comes_in_which_order_all_return_and_the_next_turn_is_its_own(
    steps: list[str], starts_late: bool, answer_held: bool
) -> None:
    async def run() -> None:
        await play(steps, starts_late=starts_late, answer_held=answer_held)

    trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))

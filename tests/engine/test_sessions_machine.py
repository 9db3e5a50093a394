"""Any mix of sessions, asks, streams, ends and faults: each ends once, and nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.engine.session_plan import (
    Ask,
    Calm,
    Close,
    Delay,
    Detach,
    Die,
    Drop,
    Interrupt,
    InterruptMode,
    Open,
    Plan,
    Refuse,
    Say,
    StartDelay,
)
from tests.engine.session_world import play

if TYPE_CHECKING:
    from tests.engine.session_plan import Step

SLOWED = ["turn/start", "turn/interrupt", "thread/archive", "thread/resume", "thread/turns/list"]
LATE = ["turn/start", "turn/interrupt", "thread/archive"]
LOST = ["turn/start", "turn/interrupt", "thread/archive", "thread/resume", "thread/turns/list"]
REFUSALS = [
    ("turn/interrupt", "no active turn to interrupt", -32600),
    ("turn/interrupt", "expected active turn id A but found B", -32600),
    ("turn/start", "Server overloaded; retry later.", -32001),
    ("thread/resume", "Server overloaded; retry later.", -32001),
    ("thread/archive", "Server overloaded; retry later.", -32001),
    ("thread/turns/list", "Server overloaded; retry later.", -32001),
]

says = st.builds(
    Say,
    pieces=st.integers(0, 3),
    pause=st.sampled_from([0, 0, 1, 3]),
    end=st.sampled_from(
        ["completed", "completed", "completed", "failed", "untold", "told late", "unheard", "hangs"]
    ),
    asks=st.sampled_from([None, None, None, 0, 4]),
    spawns=st.sampled_from([False, False, False, True]),
)
cancellations = st.none() | st.none() | st.sampled_from([0, 1, 2, 3, 5, 8, 20, 50])


def run(plan: Plan) -> None:
    """Play it in virtual time."""
    trio.run(play, plan, clock=trio.testing.MockClock(autojump_threshold=0))


class Sessions(RuleBasedStateMachine):
    """Writes down a plan, rule by rule; it is played at the end."""

    handles = Bundle("handles")
    asks = Bundle("asks")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.chance: object = None
        self.steps: list[Step] = []
        self.plan = Plan(())
        self.number_of_handles = 2
        self.number_of_asks = 0

    @initialize(
        target=handles,
        restart=st.sampled_from(["quick", "quick", "never", "breaker"]),
        stuck=st.sampled_from(["report", "report", "restart"]),
        coalesce=st.booleans(),
        chance=st.random_module(),
    )
    # Any: words of a plan, and what hypothesis makes of several handles.
    def begin(self, restart: Any, stuck: Any, *, coalesce: bool, chance: object) -> Any:
        self.chance = chance  # it has been given to everything that is left to chance
        self.plan = Plan((), restart, stuck, coalesce)
        return multiple(0, 1)

    @rule(ticks=st.sampled_from([1, 1, 2, 3, 5, 10, 30, 70]))
    def let_time_pass(self, ticks: int) -> None:
        self.now += ticks

    @rule(target=asks, handle=handles, say=says, cancel_after=cancellations)
    def ask(self, handle: int, say: Say, cancel_after: int | None) -> int:
        return self._ask(Ask(self.now, handle, say, cancel_after=cancel_after))

    @rule(
        target=asks,
        handle=handles,
        say=says,
        key=st.none() | st.integers(0, 1),
        reject=st.booleans(),
        total=st.none() | st.sampled_from([1, 5, 30]),
        acknowledgement=st.none() | st.sampled_from([25, 40]),
        cancel_after=cancellations,
    )
    def ask_with_options(self, **options: Any) -> int:  # Any: the fields of an ask
        return self._ask(Ask(self.now, **options))

    @rule(
        target=asks,
        handle=handles,
        say=says,
        way=st.sampled_from(["stream", "stream", "finish", "break", "raise"]),
        slow=st.sampled_from([0, 0, 1, 5]),
        cancel_after=cancellations,
    )
    def stream(self, **options: Any) -> int:  # Any: the fields of an ask
        return self._ask(Ask(self.now, **options))

    def _ask(self, ask: Ask) -> int:
        self.steps.append(ask)
        self.number_of_asks += 1
        return self.number_of_asks - 1

    @rule(handle=handles, of=st.none() | asks, cancel_after=cancellations, times=st.integers(1, 2))
    def interrupt(self, handle: int, of: int | None, cancel_after: int | None, times: int) -> None:
        self.steps += [Interrupt(self.now, handle, of, cancel_after)] * times

    @rule(
        end=st.sampled_from([Close, Detach]),
        handle=handles,
        cancel_after=cancellations,
        times=st.integers(1, 3),
    )
    def end_handle(
        self, end: type[Close | Detach], handle: int, cancel_after: int | None, times: int
    ) -> None:
        self.steps += [end(self.now, handle, cancel_after)] * times

    @rule(target=handles, of=st.none() | handles, cancel_after=cancellations)
    def open(self, of: int | None, cancel_after: int | None) -> int:
        self.steps.append(Open(self.now, of, cancel_after))
        self.number_of_handles += 1
        return self.number_of_handles - 1

    @rule(returncode=st.sampled_from([-9, 0, 1]), failing_starts=st.sampled_from([0, 0, 1, 3]))
    def kill(self, returncode: int, failing_starts: int) -> None:
        self.steps.append(Die(self.now, returncode, failing_starts))

    @rule(method=st.sampled_from(LOST), done=st.booleans())
    def kill_on(self, method: str, *, done: bool) -> None:
        self.steps.append(Die(self.now, on=method, done=done))

    @rule(method=st.sampled_from(SLOWED), ticks=st.sampled_from([0, 1, 2, 5, 20, 70]))
    def slow_down(self, method: str, ticks: int) -> None:
        self.steps.append(Delay(self.now, method, ticks))

    @rule(method=st.sampled_from(LATE), ticks=st.sampled_from([0, 1, 2, 5, 20, 70]))
    def answer_late(self, method: str, ticks: int) -> None:
        self.steps.append(Delay(self.now, method, ticks, answer=True))

    @rule(method=st.sampled_from(LOST), answer=st.booleans())
    def lose(self, method: str, *, answer: bool) -> None:
        self.steps.append(Drop(self.now, method, answer))

    @rule(refusal=st.sampled_from(REFUSALS), times=st.integers(1, 3))
    def refuse(self, refusal: tuple[str, str, int], times: int) -> None:
        method, message, code = refusal
        self.steps.append(Refuse(self.now, method, message, times, code))

    @rule(mode=st.sampled_from(["only_answer", "ignore"]))
    def ignore_interrupts(self, mode: Any) -> None:  # Any: one of the words
        self.steps.append(InterruptMode(self.now, mode))

    @rule(ticks=st.sampled_from([1, 2, 5, 20]))
    def start_late(self, ticks: int) -> None:
        self.steps.append(StartDelay(self.now, ticks))

    @rule()
    def calm_down(self) -> None:
        self.steps.append(Calm(self.now))

    def teardown(self) -> None:
        """Play what was written down."""
        plan = attrs.evolve(self.plan, steps=tuple(self.steps))
        try:
            run(plan)
        except BaseException as problem:
            problem.add_note(f"{plan!r}")
            raise


def test_whatever_happens_each_ask_ends_once_with_its_own_and_nothing_is_left() -> None:
    run_state_machine_as_test(Sessions, settings=settings(max_examples=200, stateful_step_count=20))


FOUND = {
    "a first turn begins while a keyed ask looks at the record": Plan(
        (Ask(0, 1, key=0), Ask(0, 1, Say(1, pause=1)))
    ),
    "an interrupt goes unanswered, and the end of the turn is never told": Plan(
        (
            InterruptMode(0, "ignore"),
            Ask(0, 1, Say(end="unheard"), total=5),
            Ask(2, 1, Say(end="unheard"), cancel_after=1),
        )
    ),
    "a turn is begun long after its ask was out of time": Plan(
        (Delay(0, "turn/start", 70), Ask(0, 0, total=5), Ask(4, 0, Say(pause=3)))
    ),
    "a keyed turn is begun when its request was given up": Plan(
        (Delay(0, "turn/start", 70), Ask(0, 1, Say(asks=4), key=1), Ask(150, 1, key=1))
    ),
    "a keyed ask whose total is short waits for another one with its key": Plan(
        (
            Ask(3, 1, Say(end="untold")),
            Ask(3, 1, key=0),
            Ask(14, 1, key=0, total=5, acknowledgement=25),
        )
    ),
    "an interrupt comes when the turn has ended unheard": Plan(
        (
            Ask(0, 0, Say(end="unheard"), way="stream", cancel_after=5),
            Interrupt(80, 0, cancel_after=50),
            Interrupt(150, 0, of=0),
        )
    ),
}


@pytest.mark.parametrize("plan", FOUND.values(), ids=FOUND)
@given(chance=st.random_module())
@settings(max_examples=5)
def test_what_once_broke_it_holds(plan: Plan, chance: object) -> None:
    del chance  # it has been given to everything that is left to chance
    run(plan)

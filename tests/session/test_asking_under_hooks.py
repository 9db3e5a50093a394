"""Hooks in the way of an ask: where each phase stands, and what cancelling or closing meets there.

The server is fake and time virtual; what hooks do to a real one is in ``tests/real/test_hooks.py``.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs
import pytest
import trio
import trio.testing
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime import (
    AttachmentNotFound,
    Block,
    BlockedByHook,
    BudgetExceeded,
    FileMention,
    Hook,
    HookConfig,
    HookContext,
    HookError,
    Mutate,
    PromptParams,
    RequestError,
    RunProfile,
    RuntimeClosed,
    Session,
    SessionBusy,
    SessionClosed,
    TokenBudget,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.hooks import HookPhase
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.support.every_checkpoint import cancel_at_every_checkpoint
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from trio.testing import MockClock

    from codex_runtime import TurnResult

Way = Literal["ask", "stream"]

ASK_PHASES: tuple[HookPhase, ...] = ("pre_run", "pre_turn", "post_turn", "post_run")
BEFORE: tuple[HookPhase, ...] = ("pre_run", "pre_turn")
AFTER: tuple[HookPhase, ...] = ("post_turn", "post_run")
LONG_S = 1000.0

both_ways = pytest.mark.parametrize("way", ["ask", "stream"])


class Watch:
    """A hook that notes what it is shown."""

    def __init__(self) -> None:
        self.seen: list[HookContext] = []

    async def run(self, context: HookContext) -> None:
        self.seen.append(context)
        await trio.lowlevel.checkpoint()

    def hooks(self, *phases: HookPhase) -> tuple[Hook, ...]:
        """One hook for each phase, so that none is one half of a pair."""
        return tuple(Hook(f"watch {phase}", phase, self.run) for phase in phases or ASK_PHASES)

    @property
    def told(self) -> list[tuple[str, str | None]]:
        return [(context.phase, context.status) for context in self.seen]


class Hold:
    """A hook that begins, and goes on when it may."""

    def __init__(self) -> None:
        self.begun = trio.Event()
        self.may_go_on = trio.Event()
        self.ended = False

    async def run(self, context: HookContext) -> None:
        self.begun.set()
        await self.may_go_on.wait()
        self.ended = True

    def hook(self, phase: HookPhase) -> Hook:
        return Hook("hold", phase, self.run, timeout_s=LONG_S)


async def run_turn(session: Session, way: Way, prompt: str = "go") -> TurnResult:
    """One turn to its end, in either way."""
    if way == "ask":
        return await session.ask(prompt)
    async with session.ask_stream(prompt) as turn:
        return await turn.finish()


async def quiet_and_usable(server: FakeServer, session: Session) -> None:
    """No turn runs, nothing was merged, and the next ask is answered with its own turn."""
    play, server.play = server.play, echo
    assert (await session.ask("next")).text == "echo: next"
    server.play = play
    assert (server.merged, server.running) == ([], [])


# -- cancelling ----------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("phase", BEFORE)
async def test_cancelled_while_a_hook_before_the_turn_runs_nothing_is_sent(
    phase: HookPhase, way: Way, autojump_clock: MockClock
) -> None:
    server, hold, watch = FakeServer(), Hold(), Watch()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks(*AFTER), hold.hook(phase)))
        session = await new_session(engine, hooks=hooks)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_turn, session, way)
            await hold.begun.wait()
            nursery.cancel_scope.cancel()
        await settle()
        assert server.asked("turn/start") == []
        expected = [("post_turn", "not_started"), ("post_run", "not_started")]
        assert watch.told == (expected if phase == "pre_turn" else expected[1:])
        assert not hold.ended
        hold.may_go_on.set()
        await quiet_and_usable(server, session)


@both_ways
@pytest.mark.parametrize("phase", AFTER)
async def test_cancelled_while_a_hook_after_the_turn_runs_the_hook_goes_on(
    phase: HookPhase, way: Way, autojump_clock: MockClock
) -> None:
    server, hold, watch = FakeServer(), Hold(), Watch()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks("post_run"), hold.hook(phase)))
        session = await new_session(engine, hooks=hooks)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_turn, session, way)
            await hold.begun.wait()
            nursery.cancel_scope.cancel()
        assert not hold.ended
        hold.may_go_on.set()
        await settle()
        assert hold.ended
        assert watch.told == [("post_run", "completed")]
        assert server.asked("turn/interrupt") == []
        assert session.total_turns == 1
        await quiet_and_usable(server, session)


@both_ways
async def test_cancelled_while_the_turn_runs_it_is_interrupted_and_the_hooks_follow_it(
    way: Way, autojump_clock: MockClock
) -> None:
    server, hold, watch = FakeServer(silence), Hold(), Watch()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks(*AFTER), hold.hook("post_turn")))
        session = await new_session(engine, hooks=hooks)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_turn, session, way)
            await settle()
            nursery.cancel_scope.cancel()
        assert [turn.status for turn in server.turns] == ["interrupted"]
        assert not hold.ended
        hold.may_go_on.set()
        await settle()
        assert watch.told == [("post_turn", "interrupted"), ("post_run", "interrupted")]
        await quiet_and_usable(server, session)


@both_ways
@pytest.mark.parametrize("steps_of", ["scenario", "all"])
async def test_cancelled_anywhere_an_ask_with_hooks_leaves_nothing_behind(
    way: Way, steps_of: Literal["scenario", "all"], autojump_clock: MockClock
) -> None:
    """What is set up before is torn down after, once, however the ask ends."""
    entered: list[tuple[str, HookPhase]] = []

    async def slow(context: HookContext) -> None:
        await trio.sleep(0.05)
        entered.append(("done", context.phase))

    async def slow_echo(turn: FakeTurn) -> None:
        await trio.sleep(0.05)
        await echo(turn)

    server = FakeServer(slow_echo)
    server.delay_s = {"turn/start": 0.05}
    pairs = (
        Hook("run", ("pre_run", "post_run"), slow),
        Hook("turn", ("pre_turn", "post_turn"), slow),
    )
    async with running(server) as engine:
        session = await new_session(engine)

        async def go() -> None:
            params = PromptParams(prompt="go", hooks=HookConfig(pairs))
            if way == "ask":
                await session.ask_with(params)
            else:
                async with session.ask_stream(params) as turn:
                    await turn.finish()

        async def check() -> None:
            await trio.sleep(1)
            done = [phase for _, phase in entered]
            entered.clear()
            assert done.count("pre_run") == done.count("post_run") <= 1
            assert done.count("pre_turn") == done.count("post_turn") <= 1
            await quiet_and_usable(server, session)
            await assert_nothing_pending(engine)

        runs = await cancel_at_every_checkpoint(
            go, check, steps_of=steps_of, stride=1 if steps_of == "scenario" else 3
        )
        assert runs > 5


# -- the end of the session, the server, the runtime -------------------------------------------


@both_ways
@pytest.mark.parametrize("phase", BEFORE)
async def test_closed_while_a_hook_before_the_turn_runs_nothing_is_sent(
    phase: HookPhase, way: Way, autojump_clock: MockClock
) -> None:
    server, hold, outcomes = FakeServer(), Hold(), Outcomes()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([hold.hook(phase)]))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, run_turn, session, way)
            await hold.begun.wait()
            nursery.start_soon(session.close)
            await settle()
            hold.may_go_on.set()
        assert [type(error) for error in outcomes.errors] == [SessionClosed]
        assert server.asked("turn/start") == []
        assert len(server.asked("thread/archive")) == 1


async def test_closing_waits_for_a_hook_of_the_turn_half_of_its_time_and_archives(
    autojump_clock: MockClock,
) -> None:
    server, hold, outcomes = FakeServer(), Hold(), Outcomes()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([hold.hook("pre_turn")]))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            begun_s = trio.current_time()
            outcome = await session.close()
            assert outcome.action == "archived"
            assert trio.current_time() - begun_s <= engine.config.close_timeout_s / 2 + 0.1
            hold.may_go_on.set()
        assert [type(error) for error in outcomes.errors] == [SessionClosed]
        assert server.asked("turn/start") == []


@pytest.mark.parametrize("phase", AFTER)
async def test_closed_while_a_hook_after_the_turn_runs_the_result_is_the_turns(
    phase: HookPhase, autojump_clock: MockClock
) -> None:
    server, hold, outcomes = FakeServer(), Hold(), Outcomes()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([hold.hook(phase)]))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            assert (await session.close()).action == "archived"
            assert outcomes.values == []
            hold.may_go_on.set()
        assert outcomes.values[0].text == "echo: go"
        assert hold.ended


@pytest.mark.parametrize("phase", BEFORE)
async def test_a_runtime_that_ends_while_a_hook_before_the_turn_hangs_sends_nothing(
    phase: HookPhase, autojump_clock: MockClock
) -> None:
    server, hold, outcomes = FakeServer(), Hold(), Outcomes()
    async with trio.open_nursery() as nursery:
        async with running(server) as engine:
            session = await new_session(engine, hooks=HookConfig([hold.hook(phase)]))
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            begun_s = trio.current_time()
        grace_s = engine.config.cancel_grace_s + engine.config.shutdown_grace_s
        assert trio.current_time() - begun_s <= grace_s
        assert outcomes.errors == []
        hold.may_go_on.set()
    assert [type(error) for error in outcomes.errors] == [RuntimeClosed]
    assert server.asked("turn/start") == []


@pytest.mark.parametrize("phase", AFTER)
async def test_a_runtime_that_ends_while_a_hook_after_the_turn_hangs_gives_the_result(
    phase: HookPhase, autojump_clock: MockClock
) -> None:
    server, hold, outcomes = FakeServer(), Hold(), Outcomes()
    async with trio.open_nursery() as nursery:
        async with running(server) as engine:
            session = await new_session(engine, hooks=HookConfig([hold.hook(phase)]))
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            begun_s = trio.current_time()
        grace_s = engine.config.cancel_grace_s + engine.config.shutdown_grace_s
        assert trio.current_time() - begun_s <= grace_s
    assert outcomes.values[0].text == "echo: go"
    assert not hold.ended


async def test_a_short_hook_after_a_cancelled_turn_is_waited_for_by_the_end_of_the_runtime(
    autojump_clock: MockClock,
) -> None:
    done: list[str | None] = []

    async def tidy(context: HookContext) -> None:
        await trio.sleep(0.5)
        done.append(context.status)

    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([Hook("tidy", "post_run", tidy)]))
        with trio.move_on_after(1):
            await session.ask("go")
        assert done == []
    assert done == ["interrupted"]


async def test_hooks_follow_a_turn_that_died_with_its_server(autojump_clock: MockClock) -> None:
    server, watch = FakeServer(silence), Watch()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks(*AFTER)))
        outcomes = Outcomes()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "go")
            await settle()
            server.crash()
        assert [type(error) for error in outcomes.errors] == [TurnLost]
        assert watch.told == [("post_turn", "lost"), ("post_run", "lost")]


async def test_an_interrupt_while_a_hook_of_the_turn_runs_ends_the_turn_as_it_begins(
    autojump_clock: MockClock,
) -> None:
    server, hold, watch, outcomes = FakeServer(silence), Hold(), Watch(), Outcomes()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks(*AFTER), hold.hook("pre_turn")))
        session = await new_session(engine, hooks=hooks)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            nursery.start_soon(session.interrupt_turn)
            await settle()
            hold.may_go_on.set()
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        assert [turn.status for turn in server.turns] == ["interrupted"]
        assert watch.told == [("post_turn", "interrupted"), ("post_run", "interrupted")]
        await quiet_and_usable(server, session)


# -- asking from within ------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("what", ["ask", "stream", "close", "detach", "compact"])
@pytest.mark.parametrize("phase", ASK_PHASES)
async def test_a_hook_that_asks_or_ends_its_own_thread_is_refused_at_once(
    phase: HookPhase, what: str, way: Way, autojump_clock: MockClock
) -> None:
    refused: list[float] = []

    async def nested(context: HookContext) -> None:
        begun_s = trio.current_time()
        with pytest.raises(SessionBusy):
            match what:
                case "ask" | "stream":
                    await run_turn(session, "ask" if what == "ask" else "stream", "nested")
                case _:
                    await getattr(session, what)()
        refused.append(trio.current_time() - begun_s)

    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([Hook("nested", phase, nested)]))
        result = await run_turn(session, way)
        assert (result.text, result.hook_report.is_clean) == ("echo: go", True)
        assert refused == [0.0]
        assert not session.is_closed
        assert [turn.prompt for turn in server.turns] == ["go"]


@pytest.mark.parametrize("phase", ["pre_session_start", "post_session_start"])
async def test_a_hook_of_the_start_of_a_stored_thread_cannot_ask_it(
    phase: HookPhase, autojump_clock: MockClock
) -> None:
    refused: list[SessionBusy] = []

    async def nested(context: HookContext) -> None:
        with pytest.raises(SessionBusy) as caught:
            await first.ask("nested")
        refused.append(caught.value)

    server = FakeServer()
    async with running(server) as engine:
        first = await new_session(engine)
        config = attrs.evolve(first.config, hooks=HookConfig([Hook("nested", phase, nested)]))
        await resume_session(engine, first.thread_id, config)
        assert len(refused) == 1
        assert server.turns == []


@pytest.mark.parametrize("phase", ASK_PHASES)
async def test_a_hook_may_ask_another_session(phase: HookPhase, autojump_clock: MockClock) -> None:
    told: list[str] = []

    async def look_up(context: HookContext) -> None:
        told.append((await other.ask("look up")).text)

    server = FakeServer()
    async with running(server) as engine:
        other = await new_session(engine)
        session = await new_session(engine, hooks=HookConfig([Hook("look up", phase, look_up)]))
        assert (await session.ask("go")).hook_report.is_clean
        assert told == ["echo: look up"]


async def test_what_a_hook_left_running_may_ask_once_the_hook_is_over(
    autojump_clock: MockClock,
) -> None:
    server, outcomes = FakeServer(), Outcomes()
    async with running(server) as engine, trio.open_nursery() as nursery:

        async def later() -> None:
            await trio.sleep(1)
            await outcomes.run(session.ask, "later")

        async def leave(context: HookContext) -> None:
            await trio.lowlevel.checkpoint()
            if context.prompt == "go":
                nursery.start_soon(later)

        session = await new_session(engine, hooks=HookConfig([Hook("leave", "pre_run", leave)]))
        await session.ask("go")
    assert [result.text for result in outcomes.values] == ["echo: later"]


# -- leaving a stream --------------------------------------------------------------------------


async def test_a_stream_that_is_left_early_waits_for_the_hooks_after_it(
    autojump_clock: MockClock,
) -> None:
    done: list[tuple[str, str | None]] = []

    async def slow(context: HookContext) -> None:
        await trio.sleep(1)
        done.append((context.phase, context.status))

    server = FakeServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([Hook("slow", AFTER, slow)]))
        async with session.ask_stream("go") as turn:
            await settle()
        assert done == [("post_turn", "interrupted"), ("post_run", "interrupted")]
        assert [record.phase for record in turn.result.hook_report.records] == list(AFTER)


async def test_an_error_in_the_block_does_not_wait_for_the_hooks_after_it(
    autojump_clock: MockClock,
) -> None:
    server, hold = FakeServer(silence), Hold()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([hold.hook("post_turn")]))
        with pytest.raises(KeyError):
            async with session.ask_stream("go"):
                await settle()
                raise KeyError
        await hold.begun.wait()
        assert not hold.ended
        hold.may_go_on.set()
        await settle()
        assert hold.ended


async def test_a_stream_that_is_never_entered_runs_no_hook(autojump_clock: MockClock) -> None:
    server, watch = FakeServer(), Watch()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks()))
        session.ask_stream("go")
        await settle()
        assert watch.told == []


@pytest.mark.parametrize("finishes", [True, False])
async def test_hooks_after_a_stream_run_once(finishes: bool, autojump_clock: MockClock) -> None:
    server, watch = FakeServer(), Watch()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks()))
        async with session.ask_stream("go") as turn:
            assert [event async for event in turn]
            if finishes:
                assert await turn.finish() == await turn.finish()
        assert watch.told == [
            ("pre_run", None),
            ("pre_turn", None),
            ("post_turn", "completed"),
            ("post_run", "completed"),
        ]


# -- the line ----------------------------------------------------------------------------------


@both_ways
async def test_the_hooks_of_the_run_stand_outside_the_line_and_those_of_the_turn_inside(
    way: Way, autojump_clock: MockClock
) -> None:
    server, watch = FakeServer(silence), Watch()
    async with running(server) as engine:
        session = await new_session(engine)
        second = attrs.evolve(session.config, hooks=HookConfig(watch.hooks(*BEFORE)))
        async with session.ask_stream("first") as first, trio.open_nursery() as nursery:
            other = await resume_session(engine, session.thread_id, second)
            nursery.start_soon(run_turn, other, way)
            await settle()
            assert watch.told == [("pre_run", None)]
            assert first.turn_id == session.active_turn_id
            server.play = echo
            await first.interrupt()
            await settle()
            assert watch.told == [("pre_run", None), ("pre_turn", None)]
        assert [turn.status for turn in server.turns] == ["interrupted", "completed"]


async def test_an_ask_that_finds_its_thread_busy_has_run_the_hooks_of_the_run_alone(
    autojump_clock: MockClock,
) -> None:
    server, watch = FakeServer(silence), Watch()
    async with running(server) as engine:
        session = await new_session(engine, overlap="reject")
        async with session.ask_stream("first"):
            with pytest.raises(SessionBusy):
                await session.ask("second", hooks=HookConfig(watch.hooks()))
            await settle()
            assert watch.told == [("pre_run", None), ("post_run", "not_started")]


async def test_an_ask_that_is_cancelled_in_line_has_run_the_hooks_of_the_run_alone(
    autojump_clock: MockClock,
) -> None:
    server, watch = FakeServer(silence), Watch()
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("first"):
            with trio.move_on_after(1):
                await session.ask("second", hooks=HookConfig(watch.hooks()))
            await settle()
            assert watch.told == [("pre_run", None), ("post_run", "not_started")]
        assert len(server.asked("turn/start")) == 1


# -- what fails after a hook passed --------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("problem", ["budget", "attachment", "refused", "blocked"])
async def test_a_turn_that_cannot_begin_after_its_hooks_passed_runs_those_after_it(
    problem: str, way: Way, autojump_clock: MockClock
) -> None:
    server, watch = FakeServer(), Watch()
    budget = TokenBudget(10) if problem == "budget" else None
    errors: dict[str, type[Exception]] = {
        "budget": BudgetExceeded,
        "attachment": AttachmentNotFound,
        "refused": RequestError,
        "blocked": BlockedByHook,
    }

    async def spoil(context: HookContext) -> Mutate | Block | None:
        await trio.lowlevel.checkpoint()
        if problem == "attachment":
            return Mutate(attachments=(FileMention("not-there"),))
        return Block("no") if problem == "blocked" else None

    async with running(server) as engine:
        session = await new_session(engine, budget=budget)
        await session.ask("pays 10 tokens")
        if problem == "refused":
            server.fail["turn/start"] = [{"code": -32600, "message": "no"}]
        hooks = HookConfig((*watch.hooks(), Hook("spoil", "pre_turn", spoil)))
        sent = len(server.asked("turn/start")) + (problem == "refused")
        with pytest.raises(errors[problem]):
            await session.ask_with_profile("go", RunProfile(hooks=hooks)) if way == "ask" else (
                await _stream(session, hooks)
            )
        await settle()
        assert watch.told == [
            ("pre_run", None),
            ("pre_turn", None),
            ("post_turn", "not_started"),
            ("post_run", "not_started"),
        ]
        assert len(server.asked("turn/start")) == sent
        if budget is not None:
            budget.set_limit(1000)
        await quiet_and_usable(server, session)


async def _stream(session: Session, hooks: HookConfig) -> None:
    async with session.ask_stream("go", hooks=hooks):
        raise AssertionError("it began")


@both_ways
async def test_a_failed_turn_carries_the_report_of_its_hooks(
    way: Way, autojump_clock: MockClock
) -> None:
    server, watch = FakeServer(silence), Watch()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks()))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_interrupt_soon, session)
            with pytest.raises(TurnInterrupted) as caught:
                await run_turn(session, way)
        records = caught.value.result.hook_report.records
        assert [record.phase for record in records] == list(ASK_PHASES)


async def _interrupt_soon(session: Session) -> None:
    await settle()
    await session.interrupt_turn()


# -- which hooks ---------------------------------------------------------------------------------


async def test_an_ask_keeps_the_registered_hooks_that_it_began_with(
    autojump_clock: MockClock,
) -> None:
    server, hold, early, late = FakeServer(), Hold(), Watch(), Watch()
    async with running(server) as engine:
        session = await new_session(engine)
        undo = engine.hooks.register(
            HookConfig([hold.hook("pre_run"), Hook("early", "post_run", early.run)])
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "first")
            await hold.begun.wait()
            undo()
            undo()
            engine.hooks.register(HookConfig([Hook("late", "post_run", late.run)]))
            hold.may_go_on.set()
        assert (len(early.seen), len(late.seen)) == (1, 0)
        await session.ask("second")
        assert (len(early.seen), len(late.seen)) == (1, 1)


NAMES = ("a", "b", "c", "d")
LAYERS = ("registered", "runtime", "session", "call")


@attrs.frozen
class LayerPlan:
    """The hooks of one layer: names in order, those that are required, those that it skips."""

    names: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()


def layer_plans(*, skips: bool) -> st.SearchStrategy[LayerPlan]:
    names = st.lists(st.sampled_from(NAMES), unique=True, max_size=3).map(tuple)
    some = st.frozensets(st.sampled_from(NAMES), max_size=1)
    return st.builds(LayerPlan, names, some, some if skips else st.just(frozenset[str]()))


def expected_hooks(layers: Sequence[LayerPlan]) -> list[str] | None:
    """``layer/name`` in the order in which they run; None where a required hook is touched.

    ``layers`` come from the least specific one on.
    """
    order: list[str] = []
    taken: set[str] = set()
    for place in reversed(range(len(layers))):
        layer = layers[place]
        for name in layer.names:
            if name in taken and name in layer.required:
                return None
            if name not in taken:
                order.append(f"{LAYERS[place]}/{name}")
        taken |= {*layer.names, *layer.skip}
    return order


@given(
    st.tuples(
        layer_plans(skips=False),
        layer_plans(skips=True),
        layer_plans(skips=True),
        layer_plans(skips=True),
    )
)
@example((LayerPlan(("a",)), LayerPlan(("b", "a")), LayerPlan(("c",)), LayerPlan(("b", "d"))))
@example((LayerPlan(("a", "b")), LayerPlan(skip=frozenset("a")), LayerPlan(), LayerPlan()))
@example((LayerPlan(("a",), frozenset("a")), LayerPlan(), LayerPlan(), LayerPlan(("a",))))
@example((LayerPlan(), LayerPlan(("a",), frozenset("a")), LayerPlan(), LayerPlan(skip=frozenset("a"))))
def test_what_runs_of_four_layers_is_what_the_merge_and_the_explanation_say(
    layers: tuple[LayerPlan, LayerPlan, LayerPlan, LayerPlan],
) -> None:
    trio.run(_check_layers, layers, clock=trio.testing.MockClock(autojump_threshold=0))


async def _check_layers(layers: Sequence[LayerPlan]) -> None:
    ran: list[str] = []

    def note(label: str) -> Callable[[HookContext], Awaitable[None]]:
        async def run(context: HookContext) -> None:
            ran.append(label)
            await trio.lowlevel.checkpoint()

        return run

    registered, runtime, session_layer, call = (
        HookConfig(
            [
                Hook(name, "pre_run", note(f"{label}/{name}"), required=name in plan.required)
                for name in plan.names
            ],
            plan.skip,
        )
        for label, plan in zip(LAYERS, layers, strict=True)
    )
    expected = expected_hooks(layers)
    server = FakeServer()
    async with running(server, hooks=runtime) as engine:
        engine.hooks.register(registered)
        try:
            session = await new_session(engine, hooks=session_layer)
            explained = session.explain(RunProfile(hooks=call))["hooks"].value
            result = await session.ask("go", hooks=call)
        except HookError as problem:
            assert expected is None, str(problem)
            assert server.turns == []
            return
        assert ran == expected
        assert isinstance(explained, HookConfig)
        assert [hook.name for hook in explained.hooks] == [name.partition("/")[2] for name in ran]
        assert [record.hook for record in result.hook_report.records] == [
            hook.name for hook in explained.hooks
        ]


async def test_a_name_is_registered_once_and_the_least_specific_layer_skips_nothing(
    autojump_clock: MockClock,
) -> None:
    watch = Watch()
    async with running(FakeServer()) as engine:
        undo = engine.hooks.register(HookConfig([Hook("a", "pre_run", watch.run)]))
        with pytest.raises(HookError, match="is registered"):
            engine.hooks.register(HookConfig([Hook("a", "post_run", watch.run)]))
        with pytest.raises(HookError, match="skip"):
            engine.hooks.register(HookConfig(skip="a"))
        undo()
        engine.hooks.register(HookConfig([Hook("a", "post_run", watch.run)]))


# -- two sessions --------------------------------------------------------------------------------


async def test_the_hooks_of_one_session_never_see_another_one(autojump_clock: MockClock) -> None:
    server, watches = FakeServer(), [Watch(), Watch()]
    async with running(server) as engine:
        sessions = [
            await new_session(engine, hooks=HookConfig(watch.hooks())) for watch in watches
        ]
        async with trio.open_nursery() as nursery:
            for number, session in enumerate(sessions):
                for way in ("ask", "stream"):
                    nursery.start_soon(_run, session, way, f"prompt {number}")
        for number, (session, watch) in enumerate(zip(sessions, watches, strict=True)):
            assert len(watch.seen) == 2 * len(ASK_PHASES)
            assert {context.thread_id for context in watch.seen} == {session.thread_id}
            assert {context.prompt for context in watch.seen} == {f"prompt {number}"}


async def _run(session: Session, way: Any, prompt: str) -> None:  # Any: a `Way`
    await run_turn(session, way, prompt)

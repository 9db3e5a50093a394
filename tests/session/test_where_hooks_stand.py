"""Where hooks stand: what they may call, inside or outside the line, in which order and layers.

The server is fake and time virtual; what hooks do to a real one is in ``tests/real/test_hooks.py``.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    RequestError,
    RunProfile,
    Session,
    SessionBusy,
    TokenBudget,
    TurnInterrupted,
)
from codex_runtime.model.hooks.hooks import HookPhase
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, echo, silence
from tests.engine.running import new_session, running
from tests.session.hook_probes import (
    ASK_PHASES,
    BEFORE,
    Hold,
    Watch,
    Way,
    both_ways,
    quiet_and_usable,
    run_turn,
)
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from trio.testing import MockClock


# -- asking from within ------------------------------------------------------------------------


async def stream(session: Session) -> None:
    async with session.ask_stream("nested"):
        pass


async def call(session: Session, what: str) -> None:
    await (session.ask("nested") if what == "ask" else getattr(session, what)())


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
            await (stream(session) if what == "stream" else call(session, what))
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
            await run_turn(session, way, hooks=hooks)
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
@example(
    (LayerPlan(), LayerPlan(("a",), frozenset("a")), LayerPlan(), LayerPlan(skip=frozenset("a")))
)
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
        if expected is None:
            with pytest.raises(HookError, match="required"):
                await (await new_session(engine, hooks=session_layer)).ask("go", hooks=call)
            assert server.turns == []
            return
        session = await new_session(engine, hooks=session_layer)
        explained = session.explain(RunProfile(hooks=call))["hooks"].value
        result = await session.ask("go", hooks=call)
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
        sessions = [await new_session(engine, hooks=HookConfig(watch.hooks())) for watch in watches]
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

"""Hooks in the way of an ask: where each phase stands, and what cancelling or closing meets there.

The server is fake and time virtual; what hooks do to a real one is in ``tests/real/test_hooks.py``.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import pytest
import trio

from codex_runtime import (
    Hook,
    HookConfig,
    HookContext,
    OutputMismatch,
    PromptParams,
    RuntimeClosed,
    Session,
    SessionClosed,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.hooks.hooks import HookPhase
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import assert_nothing_pending, new_session, running
from tests.session.hook_probes import (
    AFTER,
    BEFORE,
    Hold,
    Watch,
    Way,
    both_ways,
    quiet_and_usable,
    run_turn,
)
from tests.support.every_checkpoint import cancel_at_every_checkpoint
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


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
        assert watch.told == []
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


@pytest.mark.parametrize("phases", [("pre_run", "post_run"), ("pre_turn", "post_turn")])
async def test_what_a_hook_set_up_is_torn_down_although_the_ask_was_cancelled_meanwhile(
    phases: tuple[HookPhase, HookPhase], autojump_clock: MockClock
) -> None:
    done: list[HookPhase] = []

    async def thorough(context: HookContext) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.1)
        done.append(context.phase)

    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([Hook("pair", phases, thorough)]))
        with trio.move_on_after(0.05):
            await session.ask("go")
        await trio.sleep(1)
        assert done == list(phases)
        assert server.asked("turn/start") == []


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
        # A hook of the turn is cancelled with its place; the run's is the asker's own to wait for.
        assert len(outcomes.errors) == (phase == "pre_turn")
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


async def test_an_interrupt_while_a_hook_of_the_turn_runs_ends_the_ask_and_sends_nothing(
    autojump_clock: MockClock,
) -> None:
    server, hold, watch, outcomes = FakeServer(silence), Hold(), Watch(), Outcomes()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks(*AFTER), hold.hook("pre_turn")))
        session = await new_session(engine, hooks=hooks)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "go")
            await hold.begun.wait()
            assert (await session.interrupt_turn()).state == "interrupted"
        assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
        assert server.turns == []
        assert watch.told == [("post_turn", "interrupted"), ("post_run", "interrupted")]
        await quiet_and_usable(server, session)


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


@both_ways
async def test_a_turn_that_no_interrupt_ends_holds_nobody_up_and_its_hooks_wait_for_it(
    way: Way, autojump_clock: MockClock
) -> None:
    server, watch = FakeServer(silence), Watch()
    server.interrupts = "only_answer"
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks(*AFTER)))
        begun_s = trio.current_time()
        if way == "ask":
            with trio.move_on_after(1):
                await session.ask("go")
            begun_s += 1
        else:
            async with session.ask_stream("go"):
                pass
        assert trio.current_time() - begun_s <= engine.config.cancel_grace_s + 0.1
        assert watch.told == []
        server.running[0].complete("interrupted")
        await settle()
        assert watch.told == [("post_turn", "interrupted"), ("post_run", "interrupted")]


async def spoil_a_stream(session: Session) -> None:
    async with session.ask_stream("go"):
        await settle()
        raise KeyError


async def test_an_error_in_the_block_does_not_wait_for_the_hooks_after_it(
    autojump_clock: MockClock,
) -> None:
    server, hold = FakeServer(silence), Hold()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig([hold.hook("post_turn")]))
        with pytest.raises(KeyError):
            await spoil_a_stream(session)
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


# -- two tries of one run ------------------------------------------------------------------------


@attrs.frozen
class Answer:
    """What is asked for, and never answered."""

    number: int


async def answer_in_words(turn: FakeTurn) -> None:
    turn.say("no number")


async def test_both_tries_of_a_typed_answer_are_one_run(autojump_clock: MockClock) -> None:
    server, watch = FakeServer(answer_in_words), Watch()
    async with running(server) as engine:
        session = await new_session(engine, hooks=HookConfig(watch.hooks()))
        with pytest.raises(OutputMismatch) as caught:
            await session.ask("go", output=Answer, retry_output=True)
        phases = ["pre_run", "pre_turn", "post_turn", "pre_turn", "post_turn", "post_run"]
        assert [context.phase for context in watch.seen] == phases
        assert [record.phase for record in caught.value.result.hook_report.records] == phases
        first, second = (c.turn_id for c in watch.seen if c.phase == "post_turn")
        assert first != second


@pytest.mark.parametrize("ends", ["cancel", "close"])
async def test_a_run_that_ends_between_its_tries_has_its_hooks_after_it(
    ends: str, autojump_clock: MockClock
) -> None:
    server, hold, watch, outcomes = FakeServer(answer_in_words), Hold(), Watch(), Outcomes()
    async with running(server) as engine:
        hooks = HookConfig((*watch.hooks("post_run"), hold.hook("post_turn")))
        session = await new_session(engine, hooks=hooks)
        params = PromptParams(prompt="go", output=Answer, retry_output=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask_with, params)
            await hold.begun.wait()
            if ends == "cancel":
                nursery.cancel_scope.cancel()
            else:
                await session.close()
                hold.may_go_on.set()
        hold.may_go_on.set()
        await settle()
        assert [context.phase for context in watch.seen] == ["post_run"]
        assert len(server.turns) == 1
        expected = [] if ends == "cancel" else [SessionClosed]
        assert [type(error) for error in outcomes.errors] == expected

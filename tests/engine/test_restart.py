"""A server that dies: the next process takes over, and sessions go on where they were."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine.server_events import ServerLost, ServerRestarted
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import AppServerExited, RequestTimeout, RuntimeClosed, TurnLost
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.protocol import MODEL_LIST, ModelListParams
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

ALWAYS = RestartPolicy(max_restarts=1000)


async def echo_or_hang(turn: FakeTurn) -> None:
    """Hang on the prompt ``hang``."""
    await (silence if turn.prompt == "hang" else echo)(turn)


async def test_the_next_ask_resumes_the_thread_with_its_whole_profile(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine, model="m1", effort="high", sandbox="workspace-write")
        await session.ask("one")
        server.crash()
        await settle()
        assert (await session.ask("two")).text == "echo: two"
        (resumed,) = server.asked("thread/resume")
        assert resumed["threadId"] == session.thread_id
        assert resumed["excludeTurns"] is True
        told = {name: resumed[name] for name in ("model", "sandbox", "approvalPolicy")}
        assert told == {
            "model": "m1",
            "sandbox": "workspace-write",
            "approvalPolicy": "on-request",
        }
        assert engine.generation == server.connections == 2
        await session.ask("three")
        assert len(server.asked("thread/resume")) == 1


async def test_a_running_turn_is_lost_at_once_and_what_stands_in_line_goes_on(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(echo_or_hang)
    outcomes = Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("first")
        async with trio.open_nursery() as nursery:
            for prompt in ("hang", "next"):
                nursery.start_soon(outcomes.run, session.ask, prompt)
                await settle()
            died_at_s = trio.current_time()
            server.crash()
        (lost,) = outcomes.errors
        assert isinstance(lost, TurnLost)
        assert outcomes.ended_at_s[0] == died_at_s
        assert [value.text for value in outcomes.values] == ["echo: next"]


async def test_a_subscriber_is_told_of_the_loss_and_of_the_next_server(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        subscription = Subscription(
            engine.subscriptions,
            engine.config,
            engine.counters,
            methods=[ServerLost.METHOD, ServerRestarted.METHOD],
        )
        async with subscription as events:
            server.crash()
            lost = await anext(events)
            assert isinstance(lost, ServerLost)
            assert lost.generation == 1
            assert lost.restart_in_s is not None
            back = await anext(events)
            assert isinstance(back, ServerRestarted)
            assert back.generation == back.server.generation == 2


async def test_a_call_waits_for_the_next_server_within_its_deadline(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    slow = RestartPolicy(first_pause_s=20, longest_pause_s=20)
    async with running(server, restart=slow) as engine:
        session = await new_session(engine)
        server.crash()
        await settle()
        await session.rename("later")
        assert server.connections == 2
        down = engine.generations._downtime
        assert down is None
        server.crash()
        await settle()
        down = engine.generations._downtime
        assert down is not None
        assert down.next_start_s is not None
        begun_s, wait_s = trio.current_time(), down.next_start_s - trio.current_time()
        with pytest.raises(AppServerExited) as failure:
            await engine.call(MODEL_LIST, ModelListParams(), timeout_s=wait_s / 2)
        assert failure.value.outcome_certain
        assert trio.current_time() == begun_s + wait_s / 2


async def test_a_server_that_dies_too_often_opens_the_breaker_which_heals(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    policy = RestartPolicy(max_restarts=2, window_s=60)
    async with running(server, restart=policy) as engine:
        session = await new_session(engine)
        await session.ask("one")
        for _ in range(2):
            server.crash()
            await settle()
            await engine.connected()
        server.crash()
        await settle()
        with pytest.raises(AppServerExited, match="died too often, so the next start is in") as no:
            await session.ask("two")
        assert (no.value.outcome_certain, no.value.retryable) == (True, True)
        await trio.sleep(60)
        assert (await session.ask("two")).text == "echo: two"
        assert server.connections == 4


async def test_without_restarts_the_runtime_stays_without_a_server(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=RestartPolicy(on="never")) as engine:
        session = await new_session(engine)
        server.crash()
        await trio.sleep(100)
        with pytest.raises(AppServerExited):
            await session.ask("one")
        assert server.connections == 1


async def test_a_shutdown_while_no_server_runs_sends_the_waiting_away(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    outcomes = Outcomes()
    slow = RestartPolicy(first_pause_s=500, longest_pause_s=500)
    async with trio.open_nursery() as nursery:
        async with running(server, restart=slow) as engine:
            session = await new_session(engine)
            await session.ask("one")
            server.crash()
            await settle()
            nursery.start_soon(outcomes.run, session.ask, "two")
            nursery.start_soon(outcomes.run, session.rename, "new")
            await settle()
            left_at_s = trio.current_time()
        assert trio.current_time() - left_at_s < 3
    assert {type(error) for error in outcomes.errors} <= {RuntimeClosed, AppServerExited}
    assert len(outcomes.errors) == 2


async def test_an_interrupt_while_the_thread_is_brought_back_ends_the_ask_unsent(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    outcomes = Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.crash()
        await settle()
        server.drop.add("thread/resume")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "two")
            await trio.sleep(1)
            assert (await session.interrupt_turn()).state == "interrupted"
        server.drop.clear()
        assert [type(error).__name__ for error in outcomes.errors] == ["TurnInterrupted"]
        assert (await session.ask("three")).text == "echo: three"
        assert [turn.prompt for turn in server.turns] == ["one", "three"]


async def test_a_resume_that_is_never_answered_ends_at_its_bound(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.crash()
        await settle()
        server.drop.add("thread/resume")
        begun_s = trio.current_time()
        with pytest.raises(RequestTimeout, match="thread/resume"):
            await session.ask("two")
        assert trio.current_time() - begun_s <= engine.config.request_timeout_s + 1


async def test_a_crash_while_a_thread_is_brought_back_only_takes_longer(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    outcomes = Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.crash()
        await settle()
        server.drop.add("thread/resume")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "two")
            await trio.sleep(1)
            server.drop.clear()
            server.crash()
        assert [value.text for value in outcomes.values] == ["echo: two"]
        assert engine.generation == 3


async def test_only_so_many_threads_are_brought_back_at_once(autojump_clock: MockClock) -> None:
    server = FakeServer()
    policy = RestartPolicy(max_concurrent_resumes=3)
    outcomes = Outcomes()
    async with running(server, restart=policy) as engine:
        sessions = [await new_session(engine) for _ in range(10)]
        for session in sessions:
            await session.ask("one")
        server.crash()
        await settle()
        server.delay_s["thread/resume"] = 1.0
        began_s = trio.current_time()
        async with trio.open_nursery() as nursery:
            for session in sessions:
                nursery.start_soon(outcomes.run, session.ask, "two")
            await trio.sleep(0.5)
            assert len(server.asked("thread/resume")) == 3
        assert trio.current_time() - began_s >= 4
        assert len(outcomes.values) == len(server.asked("thread/resume")) == 10


async def test_a_server_that_dies_while_the_runtime_is_left_is_not_replaced(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    server.interrupts = "only_answer"
    outcomes = Outcomes()

    async def die_soon() -> None:
        await trio.sleep(1)
        server.crash()

    async with (
        trio.open_nursery() as nursery,
        running(server, restart=ALWAYS, cancel_grace_s=2.0) as engine,
    ):
        session = await new_session(engine)
        nursery.start_soon(outcomes.run, session.ask, "long")
        await settle()
        nursery.start_soon(die_soon)
    assert [type(error) for error in outcomes.errors] == [TurnLost]
    assert server.connections == 1

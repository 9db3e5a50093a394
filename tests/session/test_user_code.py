"""What users wrote fails, exits, hangs or changes what it was shown: it costs itself alone."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import (
    Hook,
    HookConfig,
    HookContext,
    Mutate,
    SessionClosed,
    SessionConfig,
    tool,
)
from codex_runtime.session.opening import resume_session
from tests.engine.fake_server import FakeServer, FakeTurn, silence
from tests.engine.running import new_session, running
from tests.engine.test_handlers import ask_for_command, decisions
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime import Session
    from codex_runtime.model.hooks.answers import HookPhase


async def fail(_context: object) -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("the clean-up is broken")


async def fail_beside_others(_context: object) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail, None)
        await trio.sleep_forever()


async def hang(_context: object) -> None:
    await trio.sleep_forever()


@pytest.mark.parametrize("phase", ["pre_run", "pre_turn"])
async def test_what_a_hook_raises_while_its_ask_is_cancelled_stays_with_the_hook(
    phase: HookPhase, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        hook = Hook("h", phase, fail_beside_others, timeout_s=100)
        session = await new_session(engine, hooks=HookConfig([hook]))
        with trio.move_on_after(1) as scope:
            await session.ask("go")
        assert scope.cancelled_caught
        assert (await new_session(engine)).thread_id


async def test_what_a_hook_raises_at_the_end_of_the_runtime_is_no_failure_of_it(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    async with running(server, cancel_grace_s=0.1) as engine, trio.open_nursery() as nursery:
        hook = Hook("h", "post_run", fail_beside_others, timeout_s=100)
        session = await new_session(engine, hooks=HookConfig([hook]))
        nursery.start_soon(session.ask, "go")
        await settle()
        nursery.cancel_scope.cancel()
    assert "the engine failed" not in caplog.text


async def test_an_exit_in_a_handler_costs_its_request_alone(autojump_clock: MockClock) -> None:
    async def leave(request: object) -> None:
        raise SystemExit(2)

    server = FakeServer(silence)
    async with running(server, approvals=leave) as engine:
        session, other = await new_session(engine), await new_session(engine)
        async with session.ask_stream("long") as turn, other.ask_stream("long"):
            ask_for_command(server, session, turn)
            await settle()
            assert decisions(server) == [{"decision": "decline"}]
            assert len(server.running) == 2


async def test_a_hook_cannot_change_what_a_tool_is_called_with(autojump_clock: MockClock) -> None:
    got: list[int] = []

    @tool
    async def note(n: int) -> None:
        """Note it."""
        got.append(n)

    async def change(context: HookContext) -> None:
        given: Any = context.tool_input
        given["n"] = 99

    async def play(turn: FakeTurn) -> None:
        told = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id, "callId": "c"}
        turn.server.request("item/tool/call", {**told, "tool": "note", "arguments": {"n": 1}})
        await trio.sleep(1)
        turn.say("done")

    server = FakeServer(play)
    async with running(server, experimental_api=True) as engine:
        hooks = HookConfig([Hook("h", "pre_tool_use", change)])
        session = await new_session(engine, tools=[note], hooks=hooks)
        await session.ask("go")
    assert got == [1]


@pytest.mark.parametrize("way", ["close", "detach"])
async def test_ending_a_session_ends_its_hook_before_the_turn(
    way: str, autojump_clock: MockClock
) -> None:
    server = FakeServer()
    async with running(server) as engine, trio.open_nursery() as nursery:
        hook = Hook("h", "pre_turn", hang, timeout_s=100)
        session = await new_session(engine, hooks=HookConfig([hook]))
        outcomes = Outcomes()
        nursery.start_soon(outcomes.run, session.ask, "go")
        await settle()
        begun_s = trio.current_time()
        await getattr(session, way)()
        await settle()
        assert trio.current_time() - begun_s < 1
        assert [type(error) for error in outcomes.errors] == [SessionClosed]
        assert server.asked("turn/start") == []


async def test_a_hook_after_the_start_may_open_the_same_thread(autojump_clock: MockClock) -> None:
    opened: list[Session] = []

    async def open_again(context: HookContext) -> None:
        assert context.thread_id is not None
        opened.append(await resume_session(engine, context.thread_id, SessionConfig(cwd=".")))

    server = FakeServer()
    async with running(server) as engine:
        first = await new_session(engine)
        hooks = HookConfig([Hook("h", "post_session_start", open_again)])
        config = SessionConfig(cwd=".", hooks=hooks)
        session = await resume_session(engine, first.thread_id, config)
        assert session.opening_report.is_clean
        assert [other.thread_id for other in opened] == [first.thread_id]


async def test_explain_tells_of_the_model_that_a_hook_chose(autojump_clock: MockClock) -> None:
    async def choose(context: HookContext) -> Mutate:
        return Mutate(model="chosen")

    server = FakeServer()
    async with running(server) as engine:
        hooks = HookConfig([Hook("h", "pre_session_start", choose)])
        session = await new_session(engine, model="given", hooks=hooks)
        explained = session.explain()["model"]
    assert (explained.value, explained.layer) == ("chosen", "hook")
    assert [below.layer for below in explained.overrode] == ["session"]

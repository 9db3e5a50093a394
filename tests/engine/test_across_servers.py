"""From one server to the next: what is handed out, held and promised stays true over a death.

The server is fake and time virtual; how servers follow each other is in `test_restart`.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import Hook, HookConfig, HookContext
from codex_runtime.engine.engine import Engine
from codex_runtime.engine.server_events import ServerLost, ServerRestarted
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import (
    CodexRuntimeError,
    RemoteProtocolError,
    RequestTimeout,
    SessionBusy,
    ThreadNotFound,
    TurnInterrupted,
    TurnLost,
    TurnTimedOut,
)
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.profile import SessionConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.protocol import CustomReviewTarget
from codex_runtime.session.opening import resume_session
from codex_runtime.testing.fake_server import SQLITE_DEATH
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.losing_server import ask_under
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from trio.testing import MockClock

    from codex_runtime.model.results import TurnResult
    from codex_runtime.session.session import Session
    from codex_runtime.transport import MemoryTransport
    from tests.engine.fake_server import Json

ALWAYS = RestartPolicy(max_restarts=1000)
SLOW = RestartPolicy(first_pause_s=20, longest_pause_s=20)


async def die(server: FakeServer) -> None:
    """The process is killed, and everybody has been told."""
    server.crash()
    await settle()


# -- what a thread comes back with -----------------------------------------------------------------


async def test_whichever_handle_asks_first_the_thread_keeps_what_it_was_opened_with(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        opened_with = {"base_instructions": "You are kind.", "developer_instructions": "Be brief."}
        first = await new_session(engine, config={"web_search": "disabled"}, **opened_with)
        await first.ask("one")
        second = await resume_session(engine, first.thread_id, SessionConfig(cwd="."))
        await die(server)
        await second.ask("two")
        await first.ask("three")
        (_, brought_back) = server.asked("thread/resume")
        assert brought_back["baseInstructions"] == "You are kind."
        assert brought_back["developerInstructions"] == "Be brief."
        assert brought_back["config"] == {"web_search": "disabled"}


@pytest.mark.parametrize("has_run", [True, False])
async def test_a_relative_directory_is_the_one_it_was_at_the_opening(
    autojump_clock: MockClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_run: bool
) -> None:
    server = FakeServer()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        if has_run:
            await session.ask("one")
        monkeypatch.chdir("elsewhere")
        await die(server)
        await session.ask("two")
        told = server.asked("thread/start") + server.asked("thread/resume")
        assert len(told) == (2 if has_run else 3)
        assert {params["cwd"] for params in told} == {str(tmp_path)}


async def compact(session: Session) -> TurnResult:
    return await session.compact()


async def review(session: Session) -> TurnResult:
    return await session.review(CustomReviewTarget(instructions="look at it"))


@pytest.mark.parametrize("is_lost", [True, False], ids=["dead", "unloaded"])
@pytest.mark.parametrize("begin", [compact, review])
async def test_a_thread_is_loaded_before_its_own_options_are_put_back(
    autojump_clock: MockClock,
    begin: Callable[[Session], Awaitable[TurnResult]],
    is_lost: bool,
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS, experimental_api=True) as engine:
        session = await new_session(engine, model="m1")
        server.fail["thread/settings/update"] = [{"code": -32600, "message": "not now"}]
        await session.ask_with(PromptParams(prompt="one", model="m2"))
        await settle()
        if is_lost:
            await die(server)
        else:
            server.threads[session.thread_id].unload(crashed=False)
        assert (await begin(session)).status == "completed"
        assert [params["model"] for params in server.asked("thread/resume")] == ["m1"]
        assert server.asked("thread/settings/update")[-1]["model"] == "m1"


# -- threads without a record ----------------------------------------------------------------------


async def end_unheard(turn: FakeTurn) -> None:
    turn.say("17")
    await trio.lowlevel.checkpoint()
    turn.complete(told=False)


@pytest.mark.parametrize(
    ("play", "total_s", "ends_as"),
    [
        pytest.param(silence, None, TurnLost, id="lost with its server"),
        pytest.param(silence, 5.0, TurnTimedOut, id="timed out"),
        pytest.param(end_unheard, None, None, id="ended unheard"),
    ],
)
async def test_an_ephemeral_thread_that_ran_never_goes_on_without_its_history(
    autojump_clock: MockClock,
    play: Callable[[FakeTurn], Awaitable[None]],
    total_s: float | None,
    ends_as: type[CodexRuntimeError] | None,
) -> None:
    server, outcomes = FakeServer(play), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine, ephemeral=True)
        thread_id = session.thread_id
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_in_total, outcomes, session, total_s)
            await trio.sleep(200)
            await die(server)
        assert [type(error) for error in outcomes.errors] == ([ends_as] if ends_as else [])
        server.play = echo
        for _ in range(2):
            with pytest.raises(ThreadNotFound):
                await session.ask("what was it?")
        assert session.thread_id == thread_id
        assert len(server.asked("thread/start")) == 1


async def ask_in_total(outcomes: Outcomes, session: Session, total_s: float | None) -> None:
    async def ask() -> TurnResult:
        result: TurnResult = await ask_under(session, "remember 17", total_s=total_s)
        return result

    await outcomes.run(ask)


async def test_a_stored_thread_that_died_before_it_had_a_record_is_started_afresh(
    autojump_clock: MockClock,
) -> None:
    server, outcomes = FakeServer(silence), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "one")
            await settle()
            server.threads[session.thread_id].records.clear()
            await die(server)
        server.play = echo
        assert (await session.ask("two")).text == "echo: two"
        assert [type(error) for error in outcomes.errors] == [TurnLost]


async def test_a_thread_whose_record_was_never_written_to_is_started_afresh(
    autojump_clock: MockClock,
) -> None:
    server, outcomes = FakeServer(silence), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "one")
            await settle()
            await die(server)
        server.play = echo
        empty = "failed to read thread: rollout at sessions/rollout-x.jsonl is empty"
        server.fail["thread/resume"] = [{"code": -32603, "message": empty}]
        assert (await session.ask("two")).text == "echo: two"


async def test_a_fresh_start_that_is_given_up_leaves_no_thread_behind(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await die(server)
        server.hold.add("thread/start")
        with trio.move_on_after(3) as given_up:
            await session.ask("one")
        assert given_up.cancelled_caught
        server.release()
        await trio.sleep(1)
        assert (await session.ask("two")).text == "echo: two"
        kept = [thread for thread in server.threads.values() if thread.loaded and thread.subscribed]
        assert [thread.thread_id for thread in kept] == [session.thread_id]


async def test_a_hook_may_not_ask_its_own_thread_after_that_was_started_afresh(
    autojump_clock: MockClock,
) -> None:
    server, outcomes = FakeServer(), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        opened_as = session.thread_id

        async def ask_within(context: HookContext) -> None:
            server.crash()
            await trio.sleep(2)
            await session.read()
            assert session.thread_id != opened_as
            with trio.move_on_after(100):
                await outcomes.run(session.ask, "within")

        hooks = HookConfig(hooks=[Hook("h", "pre_turn", ask_within, timeout_s=1000)])
        assert (await session.ask("one", hooks=hooks)).text == "echo: one"
        assert [type(error) for error in outcomes.errors] == [SessionBusy]


# -- what an ask says that was not sent ------------------------------------------------------------


@pytest.mark.parametrize(
    ("slow", "takes_s"), [("thread/resume", 30.0), ("initialize", 20.0)], ids=["resume", "start"]
)
async def test_an_ask_waits_for_its_thread_as_long_as_for_its_acknowledgement(
    autojump_clock: MockClock, slow: str, takes_s: float
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS, request_timeout_s=10) as engine:
        session = await new_session(engine, deadlines=Deadlines(acknowledgement_s=120))
        await session.ask("one")
        server.delay_s[slow] = takes_s
        await die(server)
        begun_s = trio.current_time()
        assert (await session.ask("two")).text == "echo: two"
        assert takes_s - 1 < trio.current_time() - begun_s < takes_s + 2
        assert len(server.asked("thread/resume")) == 1


@pytest.mark.parametrize("limit_s", [5.0, 120.0])
async def test_an_ask_whose_thread_does_not_come_back_was_certainly_not_sent(
    autojump_clock: MockClock, limit_s: float
) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS, request_timeout_s=10) as engine:
        session = await new_session(engine, deadlines=Deadlines(acknowledgement_s=limit_s))
        await session.ask("one")
        server.drop.add("thread/resume")
        await die(server)
        begun_s = trio.current_time()
        with pytest.raises(RequestTimeout, match="thread/resume") as late:
            await session.ask("two")
        assert late.value.outcome_certain
        assert trio.current_time() - begun_s == pytest.approx(limit_s)


async def test_an_ask_whose_thread_comes_back_unreadable_was_certainly_not_sent(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    def answer_nonsense(request: Json) -> bool:
        if request["method"] != "thread/resume":
            return False
        server.answer(request, {"thread": 5})
        return True

    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.intercept = answer_nonsense
        await die(server)
        with pytest.raises(RemoteProtocolError) as unreadable:
            await session.ask("two")
        assert unreadable.value.outcome_certain
        assert len(server.asked("turn/start")) == 1


@pytest.mark.parametrize("is_sent", [True, False])
async def test_an_interrupted_ask_knows_whether_it_was_sent(
    autojump_clock: MockClock, is_sent: bool
) -> None:
    server, outcomes = FakeServer(), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("one")
        server.play = silence
        if not is_sent:
            server.hold.add("initialize")
            await die(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, session.ask, "two")
            await settle()
            assert (await session.interrupt_turn()).state == "interrupted"
        (error,) = outcomes.errors
        assert isinstance(error, TurnInterrupted)
        assert error.outcome_certain is not is_sent
        server.release()


# -- the end of a process, and of the runtime ------------------------------------------------------


async def test_a_thread_is_let_go_without_waiting_for_a_server_that_never_had_it(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    async with running(server, restart=SLOW) as engine:
        async with await new_session(engine, on_exit="detach") as session:
            await session.ask("one")
            await die(server)
            left_at_s = trio.current_time()
        assert trio.current_time() == left_at_s
        await trio.sleep(60)
        assert server.connections == 2
        assert server.asked("thread/unsubscribe") == []


class UnkillableServer(FakeServer):
    """The end of its first process is an error of the system."""

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[MemoryTransport, None]:
        async with super().connect() as transport:
            yield transport
        if self.connections == 1:
            raise PermissionError("kill")


async def test_a_process_that_cannot_be_ended_well_was_lost_all_the_same(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    server, told = UnkillableServer(), list[object]()
    async with running(server, restart=ALWAYS) as engine:
        subscription = Subscription(
            engine.subscriptions,
            engine.config,
            engine.counters,
            methods=[ServerLost.METHOD, ServerRestarted.METHOD],
        )
        with trio.fail_after(60):
            async with subscription as events:
                server.crash(returncode=-9)
                told = [await anext(events), await anext(events)]
    lost, back = told
    assert isinstance(lost, ServerLost)
    assert isinstance(back, ServerRestarted)
    assert (lost.generation, lost.returncode, back.generation) == (1, -9, 2)
    assert "cannot be started" not in lost.reason + caplog.text
    assert "kill" in caplog.text


async def test_a_shutdown_between_two_first_starts_starts_nothing_more(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()
    server.failing_starts = [SQLITE_DEATH] * 1000
    engine = Engine(RuntimeConfig(), server.connect)
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(8):
            await engine.start(nursery)
        tried = server.connections
        assert tried > 1
        await engine.shutdown()
    assert server.connections == tried

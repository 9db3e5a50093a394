"""A keyed ask as its caller sees it: in its time, sent once, and not after its session is closed.

The order of looking and sending is in `test_keyed`; here the whole way is gone, on a fake server.
"""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.errors import CodexRuntimeError, SessionClosed, TurnLost, TurnTimedOut
from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.prompt import PromptParams
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.protocol.unset import UNSET
from tests.engine.fake_server import FakeServer, FakeTurn, echo, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol.unset import UnsetType
    from codex_runtime.session.session import Session

ALWAYS = RestartPolicy(max_restarts=1000)
TOTAL_S = 2.0


async def ask_in_total(session: Session, prompt: str) -> TurnResult:
    """Ask with the key ``k``, which is to take no more than `TOTAL_S`."""
    deadlines = Deadlines(total_s=TOTAL_S)
    return await session.ask_with(PromptParams(prompt=prompt, key="k", deadlines=deadlines))


def sent(server: FakeServer, prompt: str) -> int:
    """How often the server was asked for it."""
    return [params["input"][0]["text"] for params in server.asked("turn/start")].count(prompt)


async def die_for_long(server: FakeServer) -> None:
    """The next process hangs in its handshake until `FakeServer.release`."""
    server.hold.add("initialize")
    server.crash()
    await settle()


# -- its time --------------------------------------------------------------------------------------


async def test_the_total_bounds_the_wait_for_an_ask_with_the_same_key(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer(silence)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        nursery.start_soon(Outcomes().run, lambda: session.ask("first", key="k"))
        await settle()
        begun_s = trio.current_time()
        with pytest.raises(TurnTimedOut) as late, trio.fail_after(1000):
            await ask_in_total(session, "second")
        assert trio.current_time() - begun_s == pytest.approx(TOTAL_S)
        assert late.value.outcome_certain
        assert sent(server, "second") == 0
        await session.interrupt_turn()


async def test_the_total_bounds_the_wait_for_the_server(autojump_clock: MockClock) -> None:
    server = FakeServer()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("zero")
        await die_for_long(server)
        begun_s = trio.current_time()
        with pytest.raises(TurnTimedOut) as late:
            await ask_in_total(session, "one")
        assert trio.current_time() - begun_s == pytest.approx(TOTAL_S)
        assert late.value.outcome_certain
        server.release()
        assert (await ask_in_total(session, "one")).text == "echo: one"
        assert sent(server, "one") == 1


@pytest.mark.parametrize("is_lost", [True, False], ids=["server dies", "turn runs on"])
async def test_an_ask_that_was_sent_ends_in_its_total_and_nobody_knows_what_came_of_it(
    autojump_clock: MockClock, is_lost: bool
) -> None:
    server, outcomes = FakeServer(silence), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        begun_s = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, ask_in_total, session, "one")
            await trio.sleep(1)
            if is_lost:
                await die_for_long(server)
        assert outcomes.ended_at_s == [pytest.approx(begun_s + TOTAL_S)]
        (error,) = outcomes.errors
        assert isinstance(error, (TurnTimedOut, TurnLost))
        assert not error.outcome_certain
        server.release()


@pytest.mark.parametrize("key", [UNSET, "k"])
@pytest.mark.parametrize("total_s", [5.0, 100.0])
async def test_a_lost_answer_that_is_waited_for_without_end_gives_the_thread_back(
    autojump_clock: MockClock, key: str | UnsetType, total_s: float
) -> None:
    server = FakeServer()
    async with running(server) as engine:
        session = await new_session(engine, deadlines=Deadlines(acknowledgement_s=None))
        server.drop.add("turn/start")
        deadlines = Deadlines(total_s=total_s)
        with pytest.raises(TurnTimedOut):
            await session.ask_with(PromptParams(prompt="one", key=key, deadlines=deadlines))
        server.drop.clear()
        with trio.fail_after(2 * engine.config.request_timeout_s):
            assert (await session.ask("two")).text == "echo: two"


# -- once ------------------------------------------------------------------------------------------


async def test_a_turn_that_began_and_is_not_on_record_is_not_sent_again_while_its_server_lives(
    autojump_clock: MockClock,
) -> None:
    server = FakeServer()

    async def be_forgotten(turn: FakeTurn) -> None:
        server.play = echo
        turn.begin_message()
        turn.delta("half of it")
        turn.thread.records.remove(turn.record)
        turn.thread.active = None
        await trio.sleep_forever()

    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        await session.ask("zero")
        server.play = be_forgotten
        with pytest.raises(TurnLost) as lost:
            await session.ask("pay", key="k")
        assert lost.value.result.text == "half of it"
        assert not lost.value.outcome_certain
        assert sent(server, "pay") == 1
        assert engine.generation == 1


# -- a session that is closed ----------------------------------------------------------------------


@pytest.mark.parametrize("has_run", [True, False])
async def test_an_ask_that_waits_for_the_server_does_nothing_once_its_session_is_closed(
    autojump_clock: MockClock, has_run: bool
) -> None:
    server, asked, closed = FakeServer(), Outcomes(), Outcomes()
    async with running(server, restart=ALWAYS) as engine:
        session = await new_session(engine)
        if has_run:
            await session.ask("zero")
        await die_for_long(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asked.run, lambda: session.ask("one", key="k"))
            await settle()
            nursery.start_soon(closed.run, session.close)
            await settle()
            server.release()
        assert [type(error) for error in asked.errors] == [SessionClosed]
        assert closed.errors == list[CodexRuntimeError]()
        assert len(server.asked("thread/start")) == 1
        assert server.asked("thread/resume") == []
        assert [thread for thread in server.threads.values() if thread.loaded] == []

"""P6 on the real app-server: one archive however many close, whatever becomes of the server."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import (
    AppServerExited,
    CloseOutcome,
    Runtime,
    Session,
    SessionClosed,
    SessionConfig,
    ThreadArchived,
    TurnInterrupted,
    TurnLost,
)
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.testing import Reply, silence
from tests.real.faces import EVERY_FACE, needs_cancelling, open_runtime
from tests.real.processes import server_pid
from tests.real.waiting import until, until_settled
from tests.support.tasks import Outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_a_hundred_closes_during_a_turn_and_a_line_are_one_archive(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: the turn ends as interrupted, those in line are refused, and all get one outcome."""
    replies["wait"] = silence()
    asks, closes = Outcomes(), Outcomes()
    async with trio.open_nursery() as nursery:
        for prompt in ("wait", "one", "two"):
            nursery.start_soon(asks.run, session.ask, prompt)
            await trio.testing.wait_all_tasks_blocked()
        await model.wait_for_requests(1)
        before = runtime.statistics().requests
        for _ in range(100):
            nursery.start_soon(closes.run, session.close)
    assert [type(value) for value in closes.values] == [CloseOutcome] * 100
    assert {id(outcome) for outcome in closes.values} == {id(closes.values[0])}
    [outcome] = {outcome.interrupted for outcome in closes.values[:1]}
    assert (outcome.state, outcome.status, outcome.requests_sent) == ("interrupted",) * 2 + (1,)
    assert runtime.statistics().requests == before + 2
    kinds = [type(error) for error in asks.errors]
    assert sorted(kinds, key=repr) == [SessionClosed, SessionClosed, TurnInterrupted]
    with pytest.raises(ThreadArchived):
        await runtime.resume_session(session.thread_id, session.config)
    await until_settled(runtime)


@needs_cancelling
async def test_closes_that_are_cancelled_at_once_archive_all_the_same(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence()
    asks = Outcomes()
    async with trio.open_nursery() as asking:
        asking.start_soon(asks.run, session.ask, "wait")
        await model.wait_for_requests(1)
        before = runtime.statistics().requests
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(session.close)
            await until(lambda: session.is_closed)
            nursery.cancel_scope.cancel()
    assert [type(error) for error in asks.errors] == [TurnInterrupted]
    assert (await session.close()).action == "archived"
    assert runtime.statistics().requests == before + 2


async def kill_under_a_hundred_closes(session: Session, model: ScriptedModel) -> Outcomes:
    """A hundred close during a turn while the server hangs, and is killed; what they came to."""
    asks, closes = Outcomes(), Outcomes()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(asks.run, session.ask, "wait")
        await model.wait_for_requests(1)
        pid = server_pid()
        os.kill(pid, signal.SIGSTOP)
        for _ in range(100):
            nursery.start_soon(closes.run, session.close)
        await until(lambda: session.is_closed)
        os.kill(pid, signal.SIGKILL)
    assert [type(error) for error in asks.errors] == [TurnLost]
    with pytest.raises(SessionClosed):
        await session.ask("too late")
    return closes


async def test_a_killed_server_that_comes_back_archives_the_thread_once_for_all(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: the close waits for the next server within its bound, and tells of the lost turn."""
    replies["wait"] = silence()
    closes = await kill_under_a_hundred_closes(session, model)
    assert closes.errors == []
    assert {id(outcome) for outcome in closes.values} == {id(closes.values[0])}
    outcome = closes.values[0]
    assert outcome.action in {"archived", "already_archived"}
    assert outcome.interrupted is not None
    assert outcome.interrupted.status == "lost"
    assert (await session.close()) is outcome


async def test_a_killed_server_that_does_not_come_back_is_told_to_each_of_a_hundred_who_close(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: the handle stays closed, nobody waits, and no two share an exception."""
    replies["wait"] = silence()
    config = model.runtime_config(home, restart=RestartPolicy(on="never"))
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        closes = await kill_under_a_hundred_closes(session, model)
        assert [type(error) for error in closes.errors] == [AppServerExited] * 100
        assert len({id(error) for error in closes.errors}) == 100
        with pytest.raises(AppServerExited):
            await session.close()

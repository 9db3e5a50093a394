"""Background terminals on the real app-server: those of the interrupted turn end, no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime import (
    ConfigError,
    ExperimentalRequired,
    InterruptOutcome,
    Runtime,
    Session,
    SessionConfig,
)
from codex_runtime.protocol import (
    THREAD_BACKGROUND_TERMINALS_LIST,
    THREAD_BACKGROUND_TERMINALS_TERMINATE,
    CommandExecution,
    ItemStarted,
    ThreadBackgroundTerminalsListParams,
    ThreadBackgroundTerminalsTerminateParams,
)
from codex_runtime.testing import Reply, shell, silence, text
from tests.real.faces import AIO_TOO, needs_cancelling, open_runtime
from tests.real.processes import is_running, until_gone, until_running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from codex_runtime.session.turn import Turn
    from codex_runtime.testing import ScriptedModel

pytestmark = AIO_TOO

SOON_MS = 250
"""How long a tool call waits for its command, at least, before it leaves it in the background."""


@pytest.fixture
async def runtime(model: ScriptedModel, home: Path) -> AsyncGenerator[Runtime]:
    """The server lists terminals for experimental clients alone."""
    async with open_runtime(model.runtime_config(home, experimental_api=True)) as runtime:
        yield runtime


def leave_running(model: ScriptedModel, *commands: str, then: Reply) -> None:
    """The next turn begins the commands, one call each, waits for none of them, and goes on."""
    for command in commands:
        model.enqueue(shell(command, yield_time_ms=SOON_MS))
    model.enqueue(then)


async def until_begun(turn: Turn, count: int) -> None:
    """Return once so many commands of the turn have begun."""
    async for event in turn:
        if isinstance(event, ItemStarted) and isinstance(event.item, CommandExecution):
            count -= 1
            if not count:
                return


async def listed(runtime: Runtime, session: Session) -> list[str]:
    """The commands of the thread's background terminals, sorted."""
    params = ThreadBackgroundTerminalsListParams(thread_id=session.thread_id)
    answer = await runtime.call(THREAD_BACKGROUND_TERMINALS_LIST, params)
    return sorted(terminal.command for terminal in answer.data)


def commands(outcome: InterruptOutcome) -> Sequence[str]:
    """What was ended, sorted."""
    return sorted(terminal.command for terminal in outcome.terminals)


async def test_an_interrupt_leaves_the_terminals_of_the_turn_running(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    """The server's: and it lists them, with the item that began each."""
    leave_running(model, "sleep 1801", then=silence())
    async with session.ask_stream("run") as turn:
        await until_begun(turn, 1)
        [pid] = await until_running("sleep 1801")
        outcome = await turn.interrupt()
        assert (outcome.state, outcome.terminals) == ("interrupted", ())
    assert is_running(pid)
    assert await listed(runtime, session) == ["sleep 1801"]
    await session.close()
    await until_gone(pid)


async def test_the_terminals_of_the_interrupted_turn_end_and_no_others(
    runtime: Runtime, session: Session, model: ScriptedModel, workspace: Path
) -> None:
    """Ours: those of an earlier turn and of another thread live on; the outcome lists the ended."""
    other = await runtime.start_session(SessionConfig(cwd=workspace))
    leave_running(model, "sleep 1811", then=text("left"))
    await other.ask("run")
    leave_running(model, "sleep 1812", then=text("left"))
    await session.ask("run")
    leave_running(model, "sleep 1813", "sleep 1814", then=silence())
    pids = {n: await until_running(f"sleep {n}") for n in (1811, 1812)}
    async with session.ask_stream("run") as turn:
        await until_begun(turn, 2)
        pids |= {n: await until_running(f"sleep {n}") for n in (1813, 1814)}
        outcome = await session.interrupt_turn(terminals=True)
    assert (outcome.state, outcome.status) == ("interrupted", "interrupted")
    assert commands(outcome) == ["sleep 1813", "sleep 1814"]
    assert outcome.terminals_problem is None
    items = {item.id for item in turn.result.items if isinstance(item, CommandExecution)}
    assert {terminal.item_id for terminal in outcome.terminals} == items
    await until_gone(*pids[1813], *pids[1814])
    assert all(is_running(pid) for pid in pids[1811] | pids[1812])
    assert await listed(runtime, session) == ["sleep 1812"]
    assert await listed(runtime, other) == ["sleep 1811"]
    await session.close()
    await other.close()
    await until_gone(*pids[1811], *pids[1812])


async def test_the_terminals_of_a_turn_that_has_ended_are_ended_by_its_own_handle(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    """Ours: the id of an ended turn stops nothing, but a `Turn` knows what it left running."""
    leave_running(model, "sleep 1821", then=text("left"))
    async with session.ask_stream("run") as turn:
        assert (await turn.finish()).text == "left"
        [pid] = await until_running("sleep 1821")
        by_id = await session.interrupt_turn(turn.turn_id, terminals=True)
        assert (by_id.state, by_id.terminals) == ("already_ended", ())
        assert is_running(pid)
        outcome = await turn.interrupt(terminals=True)
        assert (outcome.state, outcome.status) == ("already_ended", "completed")
        assert commands(outcome) == ["sleep 1821"]
        assert (await turn.interrupt(terminals=True)).terminals == ()
    await until_gone(pid)
    assert await listed(runtime, session) == []


@needs_cancelling
async def test_ten_callers_at_once_share_the_end_of_the_terminals(
    session: Session, model: ScriptedModel
) -> None:
    """Ours: each is told the same, and a cancelled one takes nothing along."""
    leave_running(model, "sleep 1831", then=silence())
    outcomes: list[InterruptOutcome] = []
    async with session.ask_stream("run") as turn:
        await until_begun(turn, 1)
        [pid] = await until_running("sleep 1831")
        with trio.CancelScope() as scope:
            scope.cancel()
            await turn.interrupt(terminals=True)

        async def interrupt() -> None:
            outcomes.append(await turn.interrupt(terminals=True))

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(interrupt)
    assert [commands(outcome) for outcome in outcomes] == [["sleep 1831"]] * 10
    await until_gone(pid)


async def test_a_turn_without_commands_asks_for_no_terminals(
    runtime: Runtime, session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence()
    async with session.ask_stream("wait") as turn:
        await model.wait_for_requests(1)
        before = runtime.statistics().requests
        outcome = await turn.interrupt(terminals=True)
    assert (outcome.state, outcome.terminals, outcome.requests_sent) == ("interrupted", (), 1)
    assert runtime.statistics().requests == before + 1


async def test_terminals_are_refused_before_anything_is_sent_where_they_cannot_be_known(
    model: ScriptedModel, home: Path, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: without the experimental API, and where the turn's items are not told."""
    replies["wait"] = silence()
    stable = model.runtime_config(home)
    deaf = model.runtime_config(home, experimental_api=True, opt_out=["item/started"])
    for config, error in ((stable, ExperimentalRequired), (deaf, ConfigError)):
        async with open_runtime(config) as runtime:
            session = await runtime.start_session(SessionConfig(cwd=workspace))
            with pytest.raises(error):
                await session.interrupt_turn(terminals=True)
            async with session.ask_stream("wait") as turn:
                sent = runtime.statistics().requests
                with pytest.raises(error):
                    await turn.interrupt(terminals=True)
                with pytest.raises(error):
                    await session.interrupt_turn(terminals=True)
                assert runtime.statistics().requests == sent


async def test_a_terminal_is_terminated_once_and_a_process_that_is_none_never(
    runtime: Runtime, session: Session, model: ScriptedModel
) -> None:
    """The server's: it says whether it did."""
    leave_running(model, "sleep 1841", then=text("left"))
    await session.ask("run")
    listing = ThreadBackgroundTerminalsListParams(thread_id=session.thread_id)
    [terminal] = (await runtime.call(THREAD_BACKGROUND_TERMINALS_LIST, listing)).data
    params = ThreadBackgroundTerminalsTerminateParams(
        thread_id=session.thread_id, process_id=terminal.process_id
    )
    answers = [
        (await runtime.call(THREAD_BACKGROUND_TERMINALS_TERMINATE, params)).terminated
        for _ in range(2)
    ]
    assert answers == [True, False]

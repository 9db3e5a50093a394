"""Leaving in asyncio: a task is cancelled, a loop is left, a stream is forgotten, a loop ends."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio

from codex_runtime import RuntimeClosed, RuntimeConfig, TurnInterrupted, TurnResult
from codex_runtime.aio import Runtime, Session, Turn, TurnStream, open_fake_runtime
from codex_runtime.protocol import AgentMessageDelta
from codex_runtime.testing import FakeAppServer, FakeTurn
from tests.faces.leaving import SESSION, LongTurns, Signal, in_asyncio, wait_for_their_end


class MistakeError(Exception):
    """What the code of a user raises."""


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    gc.collect()
    wait_for_their_end()


async def check_all_goes_on(runtime: Runtime, session: Session) -> None:
    """Nothing waits for an answer, and the next turn of the thread is the next."""
    assert (await session.ask("next")).text == "echo: next"
    assert runtime.statistics().pending_calls == 0


# -- an ask -----------------------------------------------------------------------------------


@in_asyncio
async def test_a_cancelled_ask_returns_when_its_turn_is_interrupted() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("long"))
        await turns.begun.in_asyncio()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert turns.statuses == ["interrupted"]
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_an_ask_that_is_cancelled_before_it_began_sends_nothing() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("long"))
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert turns.statuses == []
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_a_second_cancel_ends_the_waiting_alone() -> None:
    turns = LongTurns()
    asked_for, released = Signal(), Signal()

    async def play(turn: FakeTurn) -> None:
        if turn.prompt == "long":
            turns.begun.set()
            await released.in_trio()
            turn.complete("interrupted")
        else:
            await turns.play(turn)

    def note(message: dict[str, object]) -> bool:
        if message["method"] == "turn/interrupt":
            asked_for.set()
        return False

    turns.server.play = play
    turns.server.interrupts = "only_answer"
    turns.server.intercept = note
    config = RuntimeConfig(cancel_grace_s=1000)
    async with open_fake_runtime(turns.server, config) as runtime:
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("long"))
        await turns.begun.in_asyncio()
        asked.cancel()
        await asked_for.in_asyncio()
        assert not asked.done()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert turns.statuses == [None]
        released.set()
        await check_all_goes_on(runtime, session)
        assert turns.statuses == ["interrupted", "completed"]


@in_asyncio
async def test_a_timeout_around_an_ask_is_a_timeout() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        loop = asyncio.get_running_loop()
        bound = asyncio.timeout(None)

        async def run_out() -> None:
            await turns.begun.in_asyncio()
            bound.reschedule(loop.time())

        running_out = asyncio.create_task(run_out())
        with pytest.raises(TimeoutError):
            async with bound:
                await session.ask("long")
        await running_out
        assert turns.statuses == ["interrupted"]
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_wait_for_around_an_ask_leaves_no_turn() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.ask("long"), 0.2)
        assert turns.server.running == []
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_a_task_that_fails_beside_an_ask_ends_its_turn() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)

        async def fail() -> None:
            await turns.begun.in_asyncio()
            raise MistakeError

        async def both() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(session.ask("long"))
                group.create_task(fail())

        with pytest.raises(ExceptionGroup) as failed:  # noqa: ASYNC401 - asyncio's own
            await both()
        assert [type(problem) for problem in failed.value.exceptions] == [MistakeError]
        assert turns.statuses == ["interrupted"]
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_what_nobody_gets_any_more_is_let_go() -> None:
    server = FakeAppServer()
    asked_for = Signal()

    def note(message: dict[str, object]) -> bool:
        if message["method"] == "thread/start":
            asked_for.set()
        return False

    server.intercept = note
    server.hold = {"thread/start"}
    async with open_fake_runtime(server) as runtime:
        starting = asyncio.create_task(runtime.start_session(SESSION))
        await asked_for.in_asyncio()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        server.hold = set()
        session = await runtime.start_session(SESSION)
        assert (await session.ask("hello")).text == "echo: hello"


# -- a stream ---------------------------------------------------------------------------------


async def by_break(session: Session) -> None:
    async with session.ask_stream("long") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                break


async def by_return(session: Session) -> None:
    async with session.ask_stream("long") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                return


async def by_exception(session: Session) -> None:
    async def read() -> None:
        async with session.ask_stream("long") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    raise MistakeError

    with pytest.raises(MistakeError) as raised:
        await read()
    assert raised.value.__cause__ is None


async def by_cancelling(session: Session) -> None:
    waits = asyncio.Event()

    async def read() -> None:
        async with session.ask_stream("long") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    waits.set()

    reading = asyncio.create_task(read())
    await waits.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def by_leaving_it_unread(session: Session) -> None:
    async with session.ask_stream("long"):
        pass


LEAVING = [by_break, by_return, by_exception, by_cancelling, by_leaving_it_unread]


@pytest.mark.parametrize("leave", LEAVING, ids=lambda leave: leave.__name__)
@in_asyncio
async def test_a_stream_that_is_left_early_ends_its_turn(
    leave: Callable[[Session], Awaitable[None]],
) -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        await leave(session)
        assert turns.statuses == ["interrupted"]
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_a_stream_may_be_entered_read_finished_and_left_by_four_tasks() -> None:
    async with open_fake_runtime() as runtime:
        session = await runtime.start_session(SESSION)
        stream = session.ask_stream("hello")
        entering = asyncio.create_task(stream.__aenter__())
        turn = await entering

        reading = asyncio.create_task(_next(turn))
        assert await reading == ""
        finishing = asyncio.create_task(turn.finish())
        result = await finishing
        assert result.text == "echo: hello"
        leaving = asyncio.create_task(stream.__aexit__(None, None, None))
        await leaving
        await check_all_goes_on(runtime, session)


async def _forgotten(session: Session) -> None:
    """A stream that was entered and read, and is held by nobody when this returns."""
    turn = await session.ask_stream("long").__aenter__()
    assert await _next(turn) == ""


@in_asyncio
async def test_a_stream_that_is_forgotten_ends_its_turn_when_it_is_collected() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        await _forgotten(session)
        gc.collect()
        await turns.over.in_asyncio()
        assert turns.statuses == ["interrupted"]
        await check_all_goes_on(runtime, session)


@in_asyncio
async def test_a_turn_alone_keeps_its_stream() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        turn = await session.ask_stream("long").__aenter__()
        gc.collect()
        assert await _next(turn) == ""
        assert turns.statuses == [None]
        del turn
        gc.collect()
        await turns.over.in_asyncio()


@in_asyncio
async def test_events_that_are_waited_for_in_vain_many_times_come_all_in_order() -> None:
    pieces = [f"{number} " for number in range(2000)]
    chance = random.Random(7)

    async def play(turn: FakeTurn) -> None:
        turn.begin_message()
        for number, piece in enumerate(pieces):
            turn.delta(piece)
            if number % 7 == 0:
                await trio.lowlevel.checkpoint()
        turn.end_message("".join(pieces))

    cancelled = 0
    got: list[str] = []
    async with open_fake_runtime(FakeAppServer(play)) as runtime:
        session = await runtime.start_session(SESSION)
        async with session.ask_stream("count") as turn:
            while True:
                waiting = asyncio.ensure_future(_next(turn))
                for _ in range(chance.choice((0, 0, 1, 2, 50))):
                    await asyncio.sleep(0)
                cancelled += waiting.cancel()
                try:
                    event = await waiting
                except asyncio.CancelledError:  # noqa: ASYNC103 - that of the waiting task
                    continue  # noqa: ASYNC104
                if event is None:
                    break
                got.append(event)
    assert "".join(got) == "".join(pieces)
    assert cancelled > 100


async def _next(turn: Turn) -> str | None:
    """The text of the next event; None at the end."""
    try:
        event = await anext(turn)
    except StopAsyncIteration:
        return None
    return event.delta if isinstance(event, AgentMessageDelta) else ""


@in_asyncio
async def test_a_second_reader_is_refused_and_the_first_reads_on() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        async with session.ask_stream("long") as turn:
            async for event in turn:
                if isinstance(event, AgentMessageDelta):
                    break
            first = asyncio.create_task(_next(turn))
            await asyncio.sleep(0)
            with pytest.raises(trio.BusyResourceError):
                await anext(turn)
            await turn.interrupt()
            assert await first == ""


# -- a runtime --------------------------------------------------------------------------------


@in_asyncio
async def test_a_runtime_that_is_cancelled_while_it_starts_leaves_nothing() -> None:
    server = FakeAppServer()
    asked_for = Signal()

    def note(message: dict[str, object]) -> bool:
        asked_for.set()
        return bool(message)

    server.intercept = note

    async def use() -> None:
        async with open_fake_runtime(server):
            pytest.fail("it never answers")

    using = asyncio.create_task(use())
    await asked_for.in_asyncio()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    wait_for_their_end()


@in_asyncio
async def test_a_runtime_whose_block_is_cancelled_ends_its_turns() -> None:
    turns = LongTurns()

    async def use() -> None:
        async with open_fake_runtime(turns.server) as runtime:
            session = await runtime.start_session(SESSION)
            await session.ask("long")

    using = asyncio.create_task(use())
    await turns.begun.in_asyncio()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert turns.statuses == ["interrupted"]
    wait_for_their_end()


@in_asyncio
async def test_leaving_a_runtime_ends_what_other_tasks_wait_for() -> None:
    turns = LongTurns()
    async with open_fake_runtime(turns.server) as runtime:
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("long"))
        await turns.begun.in_asyncio()
    with pytest.raises(TurnInterrupted):
        await asked


@in_asyncio
async def test_a_runtime_that_was_left_refuses_everything_at_once() -> None:
    async with open_fake_runtime() as runtime:
        session = await runtime.start_session(SESSION)
    for use in (
        lambda: session.ask("hello"),
        lambda: runtime.start_session(SESSION),
        lambda: runtime.request("account/read"),
        lambda: session.ask_stream("hello").__aenter__(),
    ):
        with pytest.raises(RuntimeClosed):
            await use()
    assert runtime.statistics().pending_calls == 0


def test_a_loop_that_ends_with_a_runtime_open_ends_its_turns() -> None:
    turns = LongTurns()
    opened: list[object] = []

    async def main() -> None:
        runtime = await open_fake_runtime(turns.server).__aenter__()
        session = await runtime.start_session(SESSION)
        opened.extend((runtime, asyncio.create_task(session.ask("long"))))
        await turns.begun.in_asyncio()

    asyncio.run(main())
    turns.over.wait()
    assert turns.statuses == ["interrupted"]
    opened.clear()
    gc.collect()
    wait_for_their_end()


def test_a_runtime_outlives_the_loop_that_opened_it() -> None:
    runtimes: list[Runtime] = []

    async def begin() -> None:
        runtimes.append(await open_fake_runtime().__aenter__())

    async def use() -> str:
        session = await runtimes[0].start_session(SESSION)
        return (await session.ask("hello")).text

    asyncio.run(begin())
    assert asyncio.run(use()) == "echo: hello"
    assert asyncio.run(use()) == "echo: hello"


def test_a_loop_that_is_closed_under_a_waiter_stops_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns = LongTurns()
    opening = open_fake_runtime(turns.server)
    loop = asyncio.new_event_loop()

    async def begin() -> tuple[Runtime, asyncio.Task[TurnResult]]:
        runtime = await opening.__aenter__()
        session = await runtime.start_session(SESSION)
        asked = asyncio.create_task(session.ask("long"))
        await turns.begun.in_asyncio()
        return runtime, asked

    runtime, asked = loop.run_until_complete(begin())
    loop.close()

    async def use() -> str:
        session = await runtime.start_session(SESSION)
        answer = await session.ask("next")
        await opening.__aexit__(None, None, None)
        return answer.text

    assert asyncio.run(use()) == "echo: next"
    assert turns.statuses == ["interrupted", "completed"]
    assert not asked.done()
    del asked
    gc.collect()
    # What asyncio says of the task of the closed loop is its own; nothing else is said.
    assert {record.name for record in caplog.records} == {"asyncio"}


def test_loops_that_ended_are_not_kept_by_the_runtime_that_they_used() -> None:
    opening = open_fake_runtime()
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def use(runtime: Runtime) -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        session = await runtime.start_session(SESSION)
        async with session.ask_stream("hello") as turn:
            assert [event async for event in turn]

    runtime = asyncio.run(opening.__aenter__())
    for _ in range(5):
        asyncio.run(use(runtime))
    gc.collect()
    assert [loop() for loop in loops] == [None] * 5
    asyncio.run(opening.__aexit__(None, None, None))


def test_a_stream_is_read_on_in_another_loop() -> None:
    turns = LongTurns()
    opened: list[tuple[TurnStream, Turn]] = []
    runtimes: list[Runtime] = []

    async def begin() -> None:
        runtime = await open_fake_runtime(turns.server).__aenter__()
        runtimes.append(runtime)
        stream = (await runtime.start_session(SESSION)).ask_stream("long")
        opened.append((stream, await stream.__aenter__()))
        assert await _next(opened[0][1]) == ""

    async def go_on() -> list[str]:
        stream, turn = opened[0]
        await turns.begun.in_asyncio()
        await turn.interrupt()
        told = [type(event).__name__ async for event in turn]
        await stream.__aexit__(None, None, None)
        return told

    asyncio.run(begin())
    assert asyncio.run(go_on())[-1] == "TurnCompleted"

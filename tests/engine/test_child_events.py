"""The events of child threads: one reader, within a bound, and an end whatever happens."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine import child_thread
from codex_runtime.errors import TurnLost
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted, TurnStarted
from tests.engine.children import (
    ChildTurn,
    call_item,
    read_all,
    say_all,
    spawn,
)
from tests.engine.fake_server import FakeServer, FakeTurn
from tests.engine.running import method_of, new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_events_that_nobody_reads_are_kept_up_to_a_bound(autojump_clock: MockClock) -> None:
    steps = trio.Event(), trio.Event()

    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        child.start()
        child.say("x" * child_thread.MAX_EARLY_BYTES, item_id="long")
        await steps[0].wait()
        child.say("after", item_id="short")
        await steps[1].wait()
        child.complete()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        nursery.start_soon(session.ask, "go")
        await settle()
        (child,) = session.children
        assert len(child.text) == child_thread.MAX_EARLY_BYTES
        async with child.events() as events:
            steps[0].set()
            first = await anext(events)
            assert method_of(first) == "item/started"  # what comes now
            steps[1].set()
            rest = [event async for event in events]
        assert isinstance(rest[-1], TurnCompleted)
        assert child.text == "after"


async def test_a_reader_that_leaves_lets_another_one_go_on(autojump_clock: MockClock) -> None:
    steps = trio.Event(), trio.Event()

    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        child.start()
        child.begin_message()
        child.delta("a")
        await steps[0].wait()
        child.delta("b")
        await steps[1].wait()
        child.delta("c")
        child.end_message("abc")
        child.complete()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        nursery.start_soon(session.ask, "go")
        await settle()
        (child,) = session.children
        assert child.text == "a"
        block = child.events()
        with pytest.raises(RuntimeError, match="enter the block first"):
            await anext(block)
        async with block as events:
            assert isinstance(await anext(events), TurnStarted)
            with pytest.raises(trio.BusyResourceError):
                await child.events().__aenter__()
        steps[0].set()
        await settle()
        assert child.text == "ab"
        async with child.events() as events:
            steps[1].set()
            seen = [event async for event in events]
        deltas = [event.delta for event in seen if isinstance(event, AgentMessageDelta)]
        assert deltas == ["c"]


async def test_a_child_whose_thread_is_unloaded_has_ended(autojump_clock: MockClock) -> None:
    def unload(child: FakeTurn) -> None:
        status = {"threadId": child.thread.thread_id, "status": {"type": "notLoaded"}}
        child.server.notify("thread/status/changed", status)

    async def play(turn: FakeTurn) -> None:
        began = spawn(turn)
        began.start()
        never = spawn(turn)
        turn.emit("item/completed", item=call_item(turn, never.thread.thread_id), completedAtMs=1)
        await settle()
        unload(began)
        unload(never)

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        read = Outcomes()
        async with session.ask_stream("go") as turn:
            while len(session.children) < 2:
                await anext(turn)
            for child in session.children:
                nursery.start_soon(read.run, read_all, child)
            await turn.finish()
            await settle()
        assert len(read.values) == 2
        assert [child.status for child in session.children] == ["lost", "lost"]
        assert all(child.is_closed for child in session.children)


async def test_a_lost_connection_ends_every_child(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        child.start()
        never = spawn(turn)
        turn.emit("item/completed", item=call_item(turn, never.thread.thread_id), completedAtMs=1)
        await trio.sleep_forever()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        asked, read = Outcomes(), Outcomes()
        nursery.start_soon(asked.run, session.ask, "go")
        await settle()
        for child in session.children:
            nursery.start_soon(read.run, read_all, child)
        await settle()
        server.crash()
    assert [type(error) for error in asked.errors] == [TurnLost]
    assert len(read.values) == 2
    assert [child.status for child in session.children] == ["lost", "lost"]


async def test_a_session_that_has_ended_shows_its_children_as_they_were(
    autojump_clock: MockClock,
) -> None:
    turns: list[ChildTurn] = []

    async def play(turn: FakeTurn) -> None:
        turns.append(spawn(turn))
        turns[0].start()

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("go")
        await session.detach()
        (child,) = session.children
        assert child.is_running
        turns[0].complete()
        say_all(spawn(turns[0], root=turns[0].params["input"][0]["text"]))
        await settle()
        assert child.status == "completed"
        assert session.children == (child,)
        assert engine.router.lines == ()


async def test_interrupting_the_parent_leaves_the_children_and_each_is_interrupted_alone(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        for _ in range(2):
            spawn(turn).start()
        await trio.sleep_forever()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        nursery.start_soon(Outcomes().run, session.ask, "go")
        await settle()
        assert (await session.interrupt_turn()).state == "interrupted"
        await settle()
        first, second = session.children
        assert [first.status, second.status] == ["running", "running"]
        turn_id = first.turn_id
        outcome = await first.interrupt()
        assert (outcome.state, outcome.turn_id) == ("interrupted", turn_id)
        assert [first.status, second.status] == ["interrupted", "running"]
        sent = server.asked("turn/interrupt")[-1]
        assert sent == {"threadId": first.thread_id, "turnId": turn_id}

"""Threads that agents start: linked to their session, and never part of their parent's turn."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio

from codex_runtime.engine import child_threads
from codex_runtime.model.profile import SessionConfig
from codex_runtime.protocol import AgentMessageDelta, TurnCompleted, TurnStarted
from codex_runtime.session.opening import resume_session
from tests.engine.children import (
    ChildTurn,
    Recorded,
    call_item,
    methods,
    read_all,
    say_all,
    spawn,
)
from tests.engine.fake_server import FakeServer, FakeThread, FakeTurn, silence
from tests.engine.running import new_session, running
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock


async def test_children_neither_end_nor_feed_nor_bill_the_turn_of_their_parent(
    autojump_clock: MockClock,
) -> None:
    said: list[Recorded] = []

    async def as_recorded(turn: FakeTurn) -> None:
        said.append(Recorded(turn))
        for _ in said[0].tell():
            pass

    server = FakeServer(as_recorded)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("Compare the two modules") as turn:
            events = [event async for event in turn]
        await settle()
        (recorded,) = said
        here = session.thread_id
        assert {getattr(event, "thread_id", here) for event in events} == {here}
        started, ended = methods(events)[1], methods(events)[-1]
        assert (started, ended) == ("turn/started", "turn/completed")
        assert methods(events).count("turn/completed") == 1
        assert turn.result.usage is not None
        assert turn.result.usage.total_tokens == recorded.tokens(here)
        assert session.usage == turn.result.usage
        assert turn.result.text == "Both were read."
        assert session.total_turns == 1
        assert turn.children == session.children


async def test_what_is_known_of_a_child_follows_its_events_before_and_after_its_parent_ends(
    autojump_clock: MockClock,
) -> None:
    seen: list[tuple[str, ...]] = []
    said: list[Recorded] = []

    async def as_recorded(turn: FakeTurn) -> None:
        recorded = Recorded(turn)
        said.append(recorded)
        for _ in recorded.tell():
            pass

    server = FakeServer(as_recorded)
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("Compare the two modules")
        seen.append(tuple(child.status for child in session.children))
        await settle()
        seen.append(tuple(child.status for child in session.children))
        (recorded,) = said
        first, second = session.children
        assert [first.thread_id, second.thread_id] == recorded.kids
        for child in (first, second):
            assert child.parent_thread_id == session.thread_id
            assert child.text == recorded.text(child.thread_id)
            assert child.usage is not None
            assert child.usage.total_tokens == recorded.tokens(child.thread_id)
            assert child.result is not None
            assert child.result.status == "completed"
            assert child.is_closed  # the recording ends with the archive of the parent
            assert not child.is_running
            assert child.turn_id is None
            assert child.model == "gpt-5.5"
        assert [first.prompt, second.prompt] == ["Read module one", "Read module two"]
    assert seen[-1] == ("completed", "completed")


async def test_the_stream_of_each_child_is_all_of_its_turn_also_after_its_parent_ended(
    autojump_clock: MockClock,
) -> None:
    said: list[Recorded] = []
    at_parents_end: list[list[str]] = []
    parent_ended = trio.Event()

    async def as_recorded(turn: FakeTurn) -> None:
        recorded = Recorded(turn)
        said.append(recorded)
        with trio.CancelScope(shield=True):
            for what in recorded.tell():
                await settle()
                if what == turn.thread.thread_id + " turn/completed":
                    await parent_ended.wait()

    server = FakeServer(as_recorded)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        outcomes = Outcomes()
        await session.ask("Compare the two modules")
        first, second = session.children
        at_parents_end.append([first.status, second.status])
        nursery.start_soon(outcomes.run, read_all, first)
        nursery.start_soon(outcomes.run, read_all, second)
        await settle()
        assert len(outcomes.values) == 1
        assert second.is_running
        parent_ended.set()
    assert at_parents_end == [["completed", "running"]]
    (recorded,) = said
    for events, kid in zip(outcomes.values, recorded.kids, strict=True):
        told = recorded.of(kid)
        assert methods(events) == [message["method"] for message in told]
        assert isinstance(events[0], TurnStarted)
        assert isinstance(events[-1], TurnCompleted)
        deltas = [event.delta for event in events if isinstance(event, AgentMessageDelta)]
        assert "".join(deltas) == recorded.text(kid)


async def test_a_child_of_a_child_stands_below_it(autojump_clock: MockClock) -> None:
    async def play(turn: FakeTurn) -> None:
        child = spawn(turn, "outer")
        child.start()
        turn.emit("item/completed", item=call_item(turn, child.thread.thread_id), completedAtMs=1)
        deeper = spawn(child, "inner", root=turn.turn_id)
        deeper.start()  # who started it is told afterwards
        kid = deeper.thread.thread_id
        child.emit("item/completed", item=call_item(child, kid, prompt="inner"), completedAtMs=1)
        turn.complete()
        late = spawn(child, "late", root=turn.turn_id)
        item = call_item(child, late.thread.thread_id, prompt="late")
        child.emit("item/completed", item=item, completedAtMs=1)
        for one in (deeper, child, late):
            if one is not late:
                one.complete()
        say_all(late)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("go") as turn:
            await turn.finish()
        await settle()
        outer, inner, late = session.children
        assert outer.parent_thread_id == session.thread_id
        assert outer.children == (inner, late)
        assert inner.parent_thread_id == late.parent_thread_id == outer.thread_id
        assert inner.children == ()
        assert [child.prompt for child in outer.children] == ["inner", "late"]
        assert turn.children == (outer, inner, late)
        assert late.status == "completed"


async def test_an_agent_that_only_its_activity_names_is_a_child_that_has_not_begun(
    autojump_clock: MockClock,
) -> None:
    begin = trio.Event()

    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        item = {
            "type": "subAgentActivity",
            "id": "call_0",
            "kind": "started",
            "agentThreadId": child.thread.thread_id,
            "agentPath": "/root/reviewer",
            "model": "gpt-5.5",
            "reasoningEffort": "medium",
        }
        turn.emit("item/started", item=item, startedAtMs=1)
        await begin.wait()
        say_all(child, "reviewed")
        turn.complete()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        outcomes, read = Outcomes(), Outcomes()
        nursery.start_soon(outcomes.run, session.ask, "go")
        await settle()
        (child,) = session.children
        assert (child.status, child.path, child.text) == ("starting", "/root/reviewer", "")
        assert (child.usage, child.result, child.turn_id) == (None, None, None)
        assert repr(child) == f"<ChildThread {child.thread_id} starting>"
        assert (await child.interrupt()).state == "not_active"
        async with child.events():
            await read.run(read_all, child)
        assert [type(error) for error in read.errors] == [trio.BusyResourceError]
        begin.set()
    assert child.text == "reviewed"


async def test_whoever_asks_for_the_events_before_the_first_turn_gets_all_of_it(
    autojump_clock: MockClock,
) -> None:
    begin = trio.Event()

    async def play(turn: FakeTurn) -> None:
        child = spawn(turn)
        turn.emit("item/completed", item=call_item(turn, child.thread.thread_id), completedAtMs=1)
        await begin.wait()
        say_all(child)
        await trio.sleep_forever()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        read = Outcomes()
        async with session.ask_stream("go"):
            await settle()
            (child,) = session.children
            nursery.start_soon(read.run, read_all, child)
            await settle()
            begin.set()
            await settle()
            (events,) = read.values
            assert methods(events)[0] == "turn/started"
            assert methods(events)[-1] == "turn/completed"
            assert await read_all(child) == []  # an event is given once


async def test_a_thread_that_works_for_no_turn_of_ours_is_no_child(
    autojump_clock: MockClock,
) -> None:
    async def play(turn: FakeTurn) -> None:
        say_all(spawn(turn, root="a-turn-of-somebody-else"))
        own = spawn(turn)
        say_all(ChildTurn(turn.server, own.thread, "x", "x"))
        turn.emit("item/completed", item=call_item(turn, "made-up", "wait"), completedAtMs=1)
        turn.emit("item/completed", item=call_item(turn, turn.thread.thread_id), completedAtMs=1)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("go")
        await settle()
        assert session.children == ()
        assert [line.thread_id for line in engine.router.lines] == [session.thread_id]


async def test_the_newest_256_children_of_a_session_are_known(autojump_clock: MockClock) -> None:
    kids: list[str] = []

    async def play(turn: FakeTurn) -> None:
        running_on = spawn(turn)
        running_on.start()
        kids.append(running_on.thread.thread_id)
        for _ in range(child_threads.MAX_CHILDREN + 3):
            child = spawn(turn)
            kids.append(child.thread.thread_id)
            say_all(child)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("go")
        await settle()
        known = [child.thread_id for child in session.children]
        assert known == [kids[0], *kids[5:]]  # one that runs stays
        assert len(engine.router.lines) == 1 + child_threads.MAX_CHILDREN


async def test_of_many_that_all_run_the_oldest_is_forgotten(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_threads, "MAX_CHILDREN", 2)
    turns: list[ChildTurn] = []
    late = trio.Event()

    async def play(turn: FakeTurn) -> None:
        for _ in range(3):
            turns.append(spawn(turn))
            turns[-1].start()
            await settle()
        await late.wait()
        turns[0].say("still there")
        turns[0].complete()

    server = FakeServer(play)
    async with running(server) as engine, trio.open_nursery() as nursery:
        session = await new_session(engine)
        nursery.start_soon(session.ask, "go")
        await trio.sleep(0.015)
        (oldest, *_) = session.children
        await trio.sleep(1)
        assert oldest not in session.children
        assert len(session.children) == 2
        late.set()
        await settle()
        assert oldest.text == "still there"
        assert len(engine.router.lines) == 3


async def test_a_child_that_is_given_more_to_do_goes_on_under_the_same_id(
    autojump_clock: MockClock,
) -> None:
    kid: list[FakeThread] = []

    async def play(turn: FakeTurn) -> None:
        if not kid:
            child = spawn(turn)
            kid.append(child.thread)
            say_all(child, "first", tokens=10)
            return
        item = call_item(turn, kid[0].thread_id, "sendInput", prompt="more")
        turn.emit("item/completed", item=item, completedAtMs=1)
        again = ChildTurn(turn.server, kid[0], turn.turn_id, "more")
        again.start()
        again.usage(5)
        await settle()
        again.complete("failed")

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.ask_stream("one") as one:
            await one.finish()
        await settle()
        (child,) = session.children
        assert methods(await read_all(child))[-1] == "turn/completed"
        async with session.ask_stream("two") as two:
            await two.finish()
        await settle()
        assert session.children == (child,)
        assert one.children == two.children == (child,)
        assert child.status == "failed"
        assert child.usage is not None
        assert child.usage.total_tokens == 15
        assert methods(await read_all(child))[0] == "turn/started"


async def test_a_child_that_is_resumed_has_a_handle_of_its_own_and_stays_a_child(
    autojump_clock: MockClock,
) -> None:
    turns: list[ChildTurn] = []

    async def play(turn: FakeTurn) -> None:
        if turn.prompt != "go":
            await silence(turn)
        child = spawn(turn)
        turns.append(child)
        say_all(child)

    server = FakeServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("go")
        await settle()
        (child,) = session.children
        own = await resume_session(engine, child.thread_id, SessionConfig(cwd="."))
        assert not own.children
        deeper = spawn(turns[0])
        item = call_item(turns[0], deeper.thread.thread_id)
        turns[0].emit("item/completed", item=item, completedAtMs=1)
        await settle()
        (below,) = own.children
        assert child.children == (below,)
        assert session.children == (child, below)

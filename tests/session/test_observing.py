"""Observing a thread: late and early observers, one fold, and nothing when nobody looks."""

# ruff: noqa: ARG001 - a test runs in virtual time by asking for the clock

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_runtime.errors import (
    AppServerExited,
    RequestError,
    RequestTimeout,
    RuntimeClosed,
    SessionClosed,
    SlowConsumer,
    TurnInterrupted,
)
from codex_runtime.protocol import ServerRequestResolved
from codex_runtime.session.later import answer_later
from tests.engine.fake_server import FakeTurn, silence
from tests.engine.running import new_session, running
from tests.engine.test_handlers import ask_for_command
from tests.session.recording_server import RecordingServer
from tests.support.tasks import Outcomes, settle

if TYPE_CHECKING:
    from trio.testing import MockClock

    from codex_runtime.model.state import ThreadState
    from codex_runtime.protocol import Notification
    from codex_runtime.session.session import Session
    from codex_runtime.session.state.view import StateEvents, StateView


async def slowly(turn: FakeTurn) -> None:
    """Say four pieces, one each second, then what they cost."""
    turn.begin_message()
    for piece in ("one ", "two ", "three ", "four"):
        turn.delta(piece)
        await trio.sleep(1)
    turn.end_message("one two three four")
    turn.usage()


def shown(state: ThreadState) -> ThreadState:
    """Without what only those know who were there as it was told."""
    return attrs.evolve(state, last_call=None, context_window_tokens=None)


def is_observed(session: Session) -> bool:
    return session.state is not None


async def collect(events: StateEvents, got: list[Notification]) -> None:
    async for event in events:
        got.append(event)  # noqa: PERF401 - what came before an error is kept


async def texts_of(view: StateView) -> list[str]:
    return [state.text async for state in view]


async def test_nothing_is_folded_while_nobody_observes(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("one")
        assert not is_observed(session)
        assert len(engine.subscriptions) == 0
        async with session.observe() as view:
            assert session.state is view.state
            assert len(engine.subscriptions) == 1
        await settle()
        assert not is_observed(session)
        assert len(engine.subscriptions) == 0
        assert view.state.text == "echo: one"


async def test_a_late_observer_sees_what_an_early_one_sees(autojump_clock: MockClock) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as early, trio.open_nursery() as nursery:
            await session.ask("first")
            nursery.start_soon(session.ask, "second")
            await trio.sleep(1.5)
            async with session.observe() as same_fold:
                assert same_fold.state is early.state
            assert early.state.text == "one two "
            assert [turn.status for turn in early.state.turns] == ["completed", "inProgress"]
            await trio.sleep(5)
        async with session.observe() as late:
            assert shown(late.state) == shown(early.state)


async def test_an_observer_in_the_middle_of_a_message_has_all_of_it(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "first")
            await trio.sleep(1.5)
            async with session.observe() as view:
                assert view.state.text == "one two "
                (_, item) = view.state.items
                assert (item.is_whole, item.is_complete) == (True, False)
                assert view.state.active_turn_id == session.active_turn_id
                await trio.sleep(5)
                assert view.state.text == "one two three four"
                assert view.state.active_turn is None
                assert view.state.usage == session.usage


async def test_what_happens_while_the_record_is_read_is_there_once(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    server.delay_s["thread/read"] = 1.2
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "first")
            await trio.sleep(0.5)
            async with session.observe() as view:
                assert view.state.text == "one two "
        server.delay_s.clear()
        async with session.observe() as later:
            assert later.state.text == "one two three four"


@settings(deadline=None, max_examples=40)
@given(
    joins=st.lists(st.integers(0, 80), min_size=1, max_size=4),
    delay=st.integers(0, 20),
)
def test_whenever_an_observer_joins_it_ends_with_the_same_state(
    joins: list[int], delay: int
) -> None:
    async def scenario() -> None:
        server = RecordingServer(slowly)
        server.delay_s["thread/read"] = delay / 10
        ends: list[ThreadState] = []

        async def observe(session: Session, start_s: float) -> None:
            await trio.sleep(start_s)
            async with session.observe() as view:
                await trio.sleep(20 - start_s)
                ends.append(view.state)

        async with running(server) as engine:
            session = await new_session(engine)
            async with trio.open_nursery() as nursery:
                for at in joins:
                    nursery.start_soon(observe, session, at / 10)
                await session.ask("first")
                await session.ask("second")
            assert all(state == ends[0] for state in ends)
            assert [turn.text for turn in ends[0].turns] == ["one two three four"] * 2

    trio.run(scenario, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_states_come_at_once_then_on_change_and_the_newest_only(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()
        async with session.observe() as view, trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "first")
            await trio.sleep(2.5)  # a reader that was away
            nursery.start_soon(outcomes.run, texts_of, view)
            await trio.sleep(5)
            server.crash()
        (texts,) = outcomes.values
        assert texts[0] == "one two three "
        assert texts[1] == "one two three four"


async def test_a_snapshot_and_the_events_after_it_are_the_state(autojump_clock: MockClock) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as view, trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "first")
            await trio.sleep(1.5)
            async with view.events() as events:
                await trio.sleep(9)  # unread: adjacent deltas become one
                state = events.snapshot
                assert state.text == "one two "
                got: list[Notification] = []
                while state != view.state:
                    got.append(await anext(events))
                    state = state.apply(got[-1])
                assert getattr(got[0], "merged", 0) == 2
                assert state.text == "one two three four"


async def test_the_events_end_with_the_view_and_cancelling_loses_none(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as view, view.events() as events:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.ask, "first")
                state = events.snapshot
                while state.text != "one two three four":
                    with trio.move_on_after(0.3):
                        state = state.apply(await anext(events))
            server.crash()
            assert [state.apply(event).text async for event in events][-1] == state.text


async def test_a_second_reader_of_the_same_events_is_refused(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        async with (
            session.observe() as view,
            view.events() as events,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(anext, events)
            await settle()
            with pytest.raises(trio.BusyResourceError):
                await anext(events)
            nursery.cancel_scope.cancel()


async def test_events_that_nobody_reads_end_at_the_bound_and_the_state_goes_on(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(turn: FakeTurn) -> None:
        for number in range(50):
            turn.say("x" * 100, item_id=f"m{number}")

    monkeypatch.setattr("codex_runtime.session.state.view.MAX_BACKLOG_BYTES", 5000)
    server = RecordingServer(play)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as view, view.events() as events:
            await session.ask("flood")
            got: list[Notification] = []
            with pytest.raises(SlowConsumer) as raised:
                await collect(events, got)
            assert raised.value.limit == 5000
            assert 0 < len(got) < 50
            assert len(view.state.turns[0].items) == 51


@pytest.mark.parametrize("way", ["close", "detach", "crash", "shutdown"])
async def test_a_view_ends_with_its_thread_or_its_connection(
    way: str, autojump_clock: MockClock
) -> None:
    server = RecordingServer()
    outcomes = Outcomes()
    async with trio.open_nursery() as nursery, running(server) as engine:
        session = await new_session(engine)
        await session.ask("hello")

        async def observe() -> ThreadState:
            async with session.observe() as view:
                async for _ in view:
                    pass
                return view.state

        nursery.start_soon(outcomes.run, observe)
        await settle()
        if way == "close":
            await session.close()
        elif way == "detach":
            await session.detach()
        elif way == "crash":
            server.crash()
        await trio.sleep(0 if way == "shutdown" else 2)
    (state,) = outcomes.values
    assert state.text == "echo: hello"
    assert state.is_archived == (way == "close")
    assert session.state is None


async def test_a_fold_that_is_cut_off_says_why_and_the_next_view_begins_afresh(
    autojump_clock: MockClock,
) -> None:
    async with running(RecordingServer()) as engine:
        session = await new_session(engine)
        async with session.observe() as view, view.events() as events:
            (subscription,) = engine.subscriptions._open
            bound = SlowConsumer("max_backlog_bytes", 1, backlog_events=1, backlog_bytes=2)
            subscription._mailbox.close(bound)
            assert await anext(view) is view.state
            for follower in (view, events):
                with pytest.raises(SlowConsumer):
                    await anext(follower)
            await session.ask("hello")
            async with session.observe() as fresh:
                assert fresh.state.text == "echo: hello"


async def test_a_closed_session_cannot_be_observed(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        await session.close()
        with pytest.raises(SessionClosed):
            async with session.observe():
                pass
        await settle()
        assert len(engine.subscriptions) == 0


async def test_a_dead_server_cannot_be_observed(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        server.crash()
        await settle()
        with pytest.raises(AppServerExited):
            async with session.observe():
                pass
    with pytest.raises(RuntimeClosed):
        async with session.observe():
            pass


async def test_a_failed_read_is_each_observers_own_and_the_next_one_tries_again(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer()
    server.drop.add("thread/read")
    async with running(server, request_timeout_s=3) as engine:
        session = await new_session(engine)
        outcomes = Outcomes()

        async def observe() -> bool:
            async with session.observe() as view:
                return session.state is view.state

        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes.run, observe)
            nursery.start_soon(outcomes.run, observe)
            await trio.sleep(2)
            server.drop.clear()
        assert [type(error) for error in outcomes.errors] == [RequestTimeout]
        assert outcomes.values == [True]
        await settle()
        assert len(engine.subscriptions) == 0


async def test_a_record_that_is_being_made_is_read_again(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    empty = {"code": -32603, "message": "failed to read thread: rollout at … is empty"}
    async with running(server) as engine:
        session = await new_session(engine)
        await session.ask("hello")
        server.fail["thread/read"] = [empty] * 3
        async with session.observe() as view:
            assert view.state.text == "echo: hello"
        server.fail["thread/read"] = [empty] * 20
        with pytest.raises(RequestError):
            async with session.observe():
                raise AssertionError
        server.fail["thread/read"] = [{**empty, "code": -32600}]
        with pytest.raises(RequestError):
            async with session.observe():
                raise AssertionError
        assert server.fail["thread/read"] == []


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_turn_that_is_about_to_start_is_not_shown_as_interrupted(
    is_named: bool, autojump_clock: MockClock
) -> None:
    server = RecordingServer()
    server.start_delay_s = 2
    server.shows_starting = True
    if not is_named:
        server.hold.add("turn/start")
    async with running(server) as engine:
        session = await new_session(engine)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "hello")
            await trio.sleep(1)
            async with session.observe() as view:
                assert list(view.state.turns) == []
                await trio.sleep(2)
                server.release()
                await settle()
                assert [(turn.status, turn.text) for turn in view.state.turns] == [
                    ("completed", "echo: hello")
                ]


async def test_an_observer_that_is_cancelled_as_it_joins_leaves_nothing(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer()
    server.delay_s["thread/read"] = 5
    async with running(server) as engine:
        session = await new_session(engine)
        with trio.move_on_after(1):
            async with session.observe():
                raise AssertionError
        await trio.sleep(6)
        assert len(engine.subscriptions) == 0
        assert session.state is None


async def test_an_ephemeral_thread_has_no_record_and_its_running_turn_is_there(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    server.ephemeral = True
    async with running(server) as engine:
        session = await new_session(engine, ephemeral=True)
        await session.ask("first")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "second")
            await trio.sleep(1.5)
            async with session.observe() as view:
                assert [turn.text for turn in view.state.turns] == ["one two "]
                await trio.sleep(5)
                assert view.state.text == "one two three four"


async def test_a_view_of_an_interrupted_turn_keeps_what_was_said(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(slowly)
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as view:
            outcomes = Outcomes()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes.run, session.ask, "first")
                await trio.sleep(1.5)
                await session.interrupt_turn()
            assert [type(error) for error in outcomes.errors] == [TurnInterrupted]
            (turn,) = view.state.turns
            assert (turn.status, turn.text) == ("interrupted", "one two ")
            assert not turn.items[-1].is_complete


async def test_a_view_is_entered_before_it_is_used_and_only_once(
    autojump_clock: MockClock,
) -> None:
    async with running(RecordingServer()) as engine:
        session = await new_session(engine)
        view = session.observe()
        with pytest.raises(RuntimeError, match="enter the view first"):
            _ = view.state
        async with view:
            events = view.events()
            with pytest.raises(RuntimeError, match="enter the block first"):
                _ = events.snapshot
            async with events:
                pass
            with pytest.raises(StopAsyncIteration):
                await anext(events)
            with pytest.raises(RuntimeError, match="entered once"):
                await view.__aenter__()
        assert [state async for state in view] == [view.state]


async def test_a_fresh_fold_follows_one_that_ended(autojump_clock: MockClock) -> None:
    server = RecordingServer()
    async with running(server) as engine:
        session = await new_session(engine)
        async with session.observe() as old:
            server.notify("thread/deleted", {"threadId": session.thread_id})
            await settle()
            assert old.state.is_deleted
            async with session.observe() as fresh:
                assert not fresh.state.is_deleted
                await session.ask("hello")
                await settle()
                assert fresh.state.text == "echo: hello"
            assert old.state.text == ""


async def test_what_waits_for_a_decision_is_shown_early_and_late(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, approvals=answer_later)
        async with session.ask_stream("long") as turn, session.observe() as early:
            ask_for_command(server, session, turn)
            async for state in early:
                if state.pending_approvals:
                    break
            async with session.observe() as late:
                [request] = session.pending_approvals
                assert early.state.pending_approvals == (request,)
                assert late.state.pending_approvals == (request,)
                session.answer(request.request_id, request.decline())
                async for state in late:
                    if not state.pending_approvals:
                        break
                assert not early.state.pending_approvals


async def test_a_request_that_is_resolved_waits_no_more_in_a_state(
    autojump_clock: MockClock,
) -> None:
    server = RecordingServer(silence)
    async with running(server) as engine:
        session = await new_session(engine, approvals=answer_later)
        async with session.ask_stream("long") as turn, session.observe() as view:
            ask_for_command(server, session, turn)
            await settle()
            pending = view.state
            [request] = pending.pending_approvals
            told = ServerRequestResolved(thread_id=session.thread_id, request_id=request.request_id)
            assert not pending.apply(told).pending_approvals
            assert pending.apply(told).apply(told) == pending.apply(told)

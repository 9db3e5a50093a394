"""The live state beside the real server's record: late, early, and after every kind of end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from codex_runtime import (
    SessionConfig,
    ThreadState,
    TurnFailed,
    TurnInterrupted,
)
from codex_runtime.protocol import (
    AgentMessageDelta,
    CommandExecution,
    CustomReviewTarget,
    ItemStarted,
)
from codex_runtime.testing import (
    Gate,
    apply_patch,
    reasoning,
    server_error,
    several,
    shell,
    silence,
    text,
    tool_call,
)
from tests.real.faces import EVERY_FACE, throttle
from tests.real.waiting import until, until_active

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_runtime import Runtime, Session
    from codex_runtime.testing import Reply, ScriptedModel

    Replies = dict[str, Reply]

pytestmark = EVERY_FACE


def shown(state: ThreadState) -> ThreadState:
    """Without what is told live alone."""
    return attrs.evolve(state, last_call=None, context_window_tokens=None)


async def assert_is_the_record(state: ThreadState, session: Session) -> None:
    """What is complete in the state is what ``thread/read`` shows; nothing else is on record."""
    thread = await session.read()
    assert (state.status, state.name) == (thread.status, thread.name)
    assert [
        (turn.turn_id, turn.status, turn.error, turn.started_at_s, turn.duration_ms)
        for turn in state.turns
    ] == [
        (turn.id, turn.status, turn.error, turn.started_at, turn.duration_ms)
        for turn in thread.turns
    ]
    for turn, recorded in zip(state.turns, thread.turns, strict=True):
        assert [item.item for item in turn.items if item.is_complete] == recorded.items


async def ended(session: Session) -> None:
    """The fold has seen the end of what ran."""
    await until(lambda: session.state is not None and session.state.active_turn is None)


async def test_late_and_early_observers_and_the_record_agree_after_a_turn_with_a_tool(
    session: Session, replies: Replies
) -> None:
    said = text("I will look. ", deltas=4, phase="commentary")
    call = shell("echo first; sleep 0.2; echo second", call_id="call-1")
    replies["work"] = reasoning("**Think** first", deltas=3) + said + call

    async with session.observe() as early, trio.open_nursery() as nursery:
        await session.ask("before")
        nursery.start_soon(session.ask, "work")
        await until(lambda: any(isinstance(i.item, CommandExecution) for i in early.state.items))
        async with session.observe() as middle:
            assert middle.state is early.state
        replies["work"] = text("It is done.", deltas=5, delay_s=0.02)
        await until(lambda: early.state.active_turn is None)
        await assert_is_the_record(early.state, session)
        assert early.state.usage is not None
        early_state = early.state
    assert session.state is None
    async with session.observe() as late:
        assert shown(late.state) == shown(early_state)
        await assert_is_the_record(late.state, session)


async def test_an_observer_in_the_middle_of_a_message_has_its_beginning(
    session: Session, replies: Replies
) -> None:
    gate = Gate()
    replies["go"] = text("The beginning, ", deltas=5, finished=False) + silence(gate)
    async with session.ask_stream("go") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta) and turn.text == "The beginning, ":
                break
        # The server's record has nothing of it yet.
        assert [
            item for item in (await session.read()).turns[0].items if hasattr(item, "text")
        ] == []
        async with session.observe() as view:
            assert view.state.text == "The beginning, "
            assert [item.is_complete for item in view.state.items] == [True, False]
            assert view.state.active_turn_id == turn.turn_id
            await turn.interrupt()
            await ended(session)
            (seen,) = view.state.turns
            assert (seen.status, seen.text) == ("interrupted", "The beginning, ")
            await assert_is_the_record(view.state, session)


async def test_commands_side_by_side_are_in_the_order_of_the_record_once_the_turn_has_ended(
    session: Session, model: ScriptedModel, replies: Replies
) -> None:
    calls = several(shell("sleep 0.6; echo slow"), shell("echo fast"))
    replies["go"] = calls
    async with session.observe() as early, trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "go")
        await until(lambda: len(model.requests) == 1)
        replies["go"] = text("done")
        await until(lambda: bool(early.state.turns) and early.state.active_turn is None)
        await assert_is_the_record(early.state, session)
        early_state = early.state
    async with session.observe() as late:
        assert shown(late.state) == shown(early_state)
    commands = [item.text for item in early_state.items if isinstance(item.item, CommandExecution)]
    assert sorted(commands) == ["fast\n", "slow\n"]


async def test_joining_at_any_moment_of_a_turn_ends_in_the_same_state(
    session: Session, replies: Replies
) -> None:
    words = " ".join(f"word{number}" for number in range(200))
    replies["go"] = reasoning("**Plan**", deltas=4) + text(words, deltas=200, delay_s=0.002)
    ends: list[ThreadState] = []
    joined: list[str] = []

    async def observe(delay_s: float) -> None:
        await trio.sleep(delay_s)
        async with session.observe() as view, view.events() as events:
            joined.append(view.state.text)
            state = events.snapshot
            async for event in events:
                state = state.apply(event)
                if state.turns and state.active_turn is None:
                    break
            assert state == view.state
            ends.append(state)

    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(observe, number * 0.05)
        result = await session.ask("go")
    assert result.text == words
    assert len(ends) == 8
    assert all(shown(state) == shown(ends[0]) for state in ends)
    assert len(set(joined)) > 1
    await assert_is_the_record(ends[0], session)


async def test_a_fold_that_begins_at_any_point_of_a_turn_ends_as_the_one_that_saw_all_of_it(
    runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Each handle of a thread has a fold of its own; those here begin one after the other."""
    asked = {"tools.update_plan.enabled": True}
    config = SessionConfig(cwd=workspace, sandbox="workspace-write", config=asked)
    session = await runtime.start_session(config)
    await session.ask("before")
    words = " ".join(f"word{number}" for number in range(200))
    command = "echo a; while [ ! -e go ]; do sleep 0.05; done; echo b"
    plan = {"plan": [{"step": "look", "status": "in_progress"}]}
    model.enqueue(
        silence() + reasoning("**Plan** it", deltas=3) + tool_call("update_plan", plan),
        silence() + apply_patch("*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n"),
        silence() + text("Look. ", deltas=2, phase="commentary") + shell(command),
        silence() + text(words, deltas=200, delay_s=0.01),
    )
    handles = [await runtime.resume_session(session.thread_id, config) for _ in range(6)]
    joined: list[ThreadState] = []
    ends: list[ThreadState] = []

    async with session.observe() as early, trio.open_nursery() as nursery:

        async def follow() -> None:
            async with handles[len(joined)].observe() as view:
                joined.append(view.state)
                await until(lambda: early.state.active_turn is None and len(early.state.turns) == 2)
                await until(lambda: view.state.active_turn is None)
                ends.append(view.state)

        async def join_when(condition: Callable[[], bool]) -> None:
            await until(condition)
            count = len(joined) + 1
            nursery.start_soon(follow)
            await until(lambda: len(joined) == count)

        def is_running(kind: type) -> bool:
            return any(isinstance(i.item, kind) and not i.is_complete for i in early.state.items)

        def is_asked(requests: int) -> Callable[[], bool]:
            return lambda: len(model.requests) == requests

        nursery.start_soon(session.ask, "go")
        for requests in (2, 3, 4, 5):
            await join_when(is_asked(requests))
            model.release()
            if requests == 4:
                await join_when(lambda: is_running(CommandExecution))
                (workspace / "go").touch()
        await join_when(lambda: 0 < len(early.state.text) < len(words))

    assert len(ends) == len(joined) == len(handles)
    assert all(state.active_turn is not None for state in joined)
    assert [len(state.turns[-1].items) for state in joined] == [1, 2, 3, 5, 5, 6]
    assert 0 < len(joined[-1].text) < len(words)
    assert (early.state.text, early.state.plan[0].step) == (words, "look")
    assert "+hello" in (early.state.diff or "")
    assert all(state == early.state for state in ends)
    async with session.observe() as late:
        assert shown(late.state) == shown(early.state)
        await assert_is_the_record(late.state, session)


async def test_a_view_of_a_failed_turn_says_why(session: Session, replies: Replies) -> None:
    replies["fail"] = server_error()
    async with session.observe() as view:
        with pytest.raises(TurnFailed):
            await session.ask("fail")
        await ended(session)
        (turn,) = view.state.turns
        assert turn.status == "failed"
        assert turn.error is not None
        await assert_is_the_record(view.state, session)


async def test_a_view_of_an_interrupted_tool_shows_it_as_the_record_does(
    session: Session, replies: Replies
) -> None:
    replies["go"] = shell("echo started; sleep 30", call_id="call-1")
    async with session.observe() as view, trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(TurnInterrupted):
                await session.ask("go")

        nursery.start_soon(ask)
        await until_active(session)
        await until(lambda: any(isinstance(i.item, CommandExecution) for i in view.state.items))
        await session.interrupt_turn()
        await ended(session)
        await assert_is_the_record(view.state, session)


async def test_a_compaction_and_a_name_are_seen(session: Session) -> None:
    async with session.observe() as view:
        await session.ask("hello")
        await session.rename("a title")
        await session.compact()
        await until(lambda: len(view.state.turns) == 2 and view.state.active_turn is None)
        assert view.state.name == "a title"
        await assert_is_the_record(view.state, session)


async def test_a_view_ends_with_the_archive_of_its_thread(session: Session) -> None:
    states: list[ThreadState] = []

    async def watch() -> None:
        async with session.observe() as view:
            async for state in view:
                states.append(state)  # noqa: PERF401 - looked at below

    await session.ask("hello")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        await until(lambda: bool(states))
        await session.close()
    assert states[-1].is_archived
    assert type(states[-1].status).__name__ == "NotLoadedThreadStatus"


async def test_a_review_is_one_turn_while_it_is_observed(session: Session) -> None:
    async with session.observe() as view:
        result = await session.review(CustomReviewTarget(instructions="look"))
        await ended(session)
        assert [(turn.turn_id, turn.status) for turn in view.state.turns] == [
            (result.turn_id, "completed")
        ]
        assert view.state.text == result.text


async def test_a_thread_that_was_resumed_is_there_from_its_first_turn(
    runtime: Runtime, workspace: Path, session: Session
) -> None:
    await session.ask("one")
    await session.detach()
    resumed = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    async with resumed.observe() as view:
        await resumed.ask("two")
        await until(lambda: len(view.state.turns) == 2 and view.state.active_turn is None)
        assert [turn.text for turn in view.state.turns] == ["re: one", "re: two"]
        await assert_is_the_record(view.state, resumed)


async def test_an_ephemeral_thread_is_followed_from_its_running_turn(
    runtime: Runtime, workspace: Path
) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    async with session.observe() as view:
        await session.ask("one")
        await ended(session)
        assert [turn.text for turn in view.state.turns] == ["re: one"]
    async with session.observe() as view:
        assert list(view.state.turns) == []


async def test_a_throttled_turn_has_all_its_text_in_few_updates(
    session: Session, replies: Replies
) -> None:
    replies["go"] = text("x" * 2000, deltas=1000)
    async with session.ask_stream("go") as turn, throttle(turn, interval_ms=100) as updates:
        got = [update async for update in updates]
    deltas = [event for update in got for event in update if isinstance(event, AgentMessageDelta)]
    assert "".join(event.delta for event in deltas) == "x" * 2000
    assert sum(event.merged for event in deltas) == 1000
    assert len(deltas) < 100
    assert sum(isinstance(event, ItemStarted) for update in got for event in update) == 2


async def test_observing_while_the_first_turn_of_a_thread_starts_never_fails(
    runtime: Runtime, workspace: Path
) -> None:
    async def ask_observed() -> None:
        session = await runtime.start_session(SessionConfig(cwd=workspace, on_exit="detach"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.ask, "hello")
            async with session.observe() as view:
                await until(lambda: bool(view.state.turns) and view.state.active_turn is None)
                assert view.state.text == "re: hello"

    async with trio.open_nursery() as nursery:
        for _ in range(12):
            nursery.start_soon(ask_observed)

"""Sessions on the real app-server: asking, streaming, the thread's handles, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import (
    CodexRuntimeError,
    NoActiveTurn,
    NotSupported,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionClosed,
    SessionConfig,
    ThreadArchived,
    ThreadNotFound,
    TurnInterrupted,
    TurnNotEnded,
)
from codex_runtime.protocol import (
    AgentMessageDelta,
    ContextCompaction,
    CustomReviewTarget,
    ItemCompleted,
    ItemStarted,
    ThreadStatusChanged,
    TurnCompleted,
    TurnStarted,
    UserMessage,
)
from codex_runtime.testing import Gate, Reply, silence, text, usage
from tests.real.faces import EVERY_FACE, open_runtime
from tests.real.waiting import prompts, until_active

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

# -- asking ------------------------------------------------------------------------------------


async def test_an_ask_gives_the_answer_and_what_the_turn_was(session: Session) -> None:
    """Ours, from the server's events."""
    result = await session.ask("hello")
    assert (result.status, result.text) == ("completed", "re: hello")
    assert result.thread_id == session.thread_id
    assert [message.text for message in result.messages] == ["re: hello"]
    assert [type(item) for item in result.items] == [UserMessage, type(result.messages[0])]
    assert result.error is None
    assert result.diff is None
    assert result.plan == ()
    assert result.usage is not None
    assert result.started_at_s is not None
    assert result.completed_at_s is not None
    assert result.completed_at_s >= result.started_at_s
    assert result.duration_ms is not None


async def test_every_way_to_ask_is_a_turn(session: Session, model: ScriptedModel) -> None:
    """Ours."""
    results = [
        await session.ask("one"),
        await session.ask_wait("two"),
        await session.ask_with(PromptParams(prompt="three")),
        await session.ask_with_profile("four", RunProfile()),
    ]
    async with session.ask_stream("five") as turn:
        results.append(await turn.finish())
    assert [result.text for result in results] == [f"re: {prompt}" for prompt in prompts(model)]
    assert prompts(model) == ["one", "two", "three", "four", "five"]
    assert len({result.turn_id for result in results}) == 5


async def test_the_options_of_one_ask_reach_the_model(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: ``outputSchema`` holds for one turn; a client id comes back."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    result = await session.ask_with(
        PromptParams(prompt="form", output_schema=schema, client_user_message_id="mine-1")
    )
    await session.ask("free")
    assert model.requests[0].output_schema == schema
    assert model.requests[1].output_schema is None
    (said,) = [item for item in result.items if isinstance(item, UserMessage)]
    assert said.client_id == "mine-1"


async def test_history_usage_and_turns_are_counted_over_the_handle(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours."""
    assert (session.history, session.usage, session.total_turns) == ((), None, 0)
    replies["a"] = text("A") + usage(input_tokens=10, output_tokens=3)
    replies["b"] = text("B") + usage(
        input_tokens=20, cached_input_tokens=5, output_tokens=4, reasoning_output_tokens=1
    )
    first, second = await session.ask("a"), await session.ask("b")
    assert [result.text for result in session.history] == ["A", "B"]
    assert [result.turn_id for result in session.history] == [first.turn_id, second.turn_id]
    assert all(result.items == result.messages == () for result in session.history)
    assert session.total_turns == 2
    assert first.usage is not None
    assert second.usage is not None
    assert session.usage is not None
    assert session.usage == first.usage + second.usage
    assert (session.usage.input_tokens, session.usage.total_tokens) == (30, 37)


# -- streaming ---------------------------------------------------------------------------------


async def test_a_stream_gives_the_events_of_its_turn_in_wire_order(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: what belongs to a turn. The server's: the order of a turn's events."""
    replies["go"] = text("one two three", deltas=3)
    async with session.ask_stream("go") as turn:
        assert turn.turn_id == session.active_turn_id
        events = []
        texts = []
        async for event in turn:
            events.append(event)
            texts.append(turn.text)
        assert turn.result.text == "one two three"
        assert [event async for event in turn] == []
    kinds = [type(event) for event in events]
    assert kinds.index(TurnStarted) < kinds.index(ItemStarted) < kinds.index(ItemCompleted)
    assert kinds[-1] is TurnCompleted
    assert kinds.count(TurnCompleted) == kinds.count(TurnStarted) == 1
    assert ThreadStatusChanged in kinds
    assert "".join(e.delta for e in events if isinstance(e, AgentMessageDelta)) == "one two three"
    assert texts == sorted(texts, key=len)
    assert len(set(texts)) >= 2
    assert texts[-1] == "one two three"
    assert session.active_turn_id is None


async def test_the_text_of_a_turn_is_that_of_what_was_consumed(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours: the result folds everything, read or not."""
    replies["go"] = text("one two three", deltas=3)
    async with session.ask_stream("go") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                break
        consumed = turn.text
        result = await turn.finish()
        assert turn.text == consumed
    assert consumed == "one "
    assert result.text == "one two three"
    assert turn.result is result


async def test_a_result_is_not_there_before_the_end(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence() + text("late")
    async with session.ask_stream("wait") as turn:
        with pytest.raises(TurnNotEnded, match="finish"):
            _ = turn.result
        await model.wait_for_requests(1)
        model.release()
        assert (await turn.finish()).text == "late"
        assert turn.result.text == "late"


async def test_a_second_consumer_of_a_stream_is_refused(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: events go to one task."""
    replies["wait"] = silence() + text("late")
    seen = []

    async with session.ask_stream("wait") as turn, trio.open_nursery() as nursery:

        async def consume() -> None:
            seen.extend([event async for event in turn])

        nursery.start_soon(consume)
        await model.wait_for_requests(1)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError):
            await anext(turn)
        model.release()
    assert isinstance(seen[-1], TurnCompleted)


async def test_leaving_a_stream_early_interrupts_its_turn(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: and the next ask is not held up by it."""
    replies["wait"] = text("begun", finished=False) + silence()
    async with session.ask_stream("wait") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                break
    assert turn.result.status == "interrupted"
    assert turn.result.text == "begun"
    await model.wait_disconnected(0)
    assert (await session.ask("next")).text == "re: next"
    assert session.total_turns == 1
    assert [result.status for result in session.history] == ["interrupted", "completed"]


async def test_an_error_in_the_block_of_a_stream_comes_out_after_the_interrupt(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours."""
    replies["wait"] = silence()
    with pytest.raises(ZeroDivisionError):
        async with session.ask_stream("wait"):
            raise ZeroDivisionError
    assert session.history[-1].status == "interrupted"


async def test_an_interrupted_turn_raises_in_finish_and_not_in_the_iteration(
    session: Session, replies: dict[str, Reply]
) -> None:
    """Ours."""
    replies["wait"] = text("part", finished=False) + silence()
    async with session.ask_stream("wait") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                assert (await turn.interrupt()).state == "interrupted"
        with pytest.raises(TurnInterrupted) as caught:
            await turn.finish()
    assert caught.value.text == "part"
    assert caught.value.result is turn.result


# -- steering ----------------------------------------------------------------------------------


async def test_what_is_steered_in_is_seen_by_the_model_in_the_same_turn(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """The server's: it asks the model again, with the text added."""
    gate = Gate()
    replies["wait"] = text("first") + silence(gate)
    replies["more"] = text("second")
    async with session.ask_stream("wait") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                break
        await turn.steer("more")
        gate.release()
        result = await turn.finish()
    assert [message.text for message in result.messages] == ["first", "second"]
    assert result.text == "second"
    assert prompts(model) == ["wait", "more"]
    assert model.requests[1].input_texts[-2:] == ("wait", "more")
    assert model.requests[1].turn_id == result.turn_id
    assert session.total_turns == 1


async def test_a_steer_right_after_the_start_waits_for_it(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: before ``turn/started`` the server would refuse it."""
    gate = Gate()
    replies["wait"] = replies["more"] = silence(gate) + text("done")
    async with session.ask_stream("wait") as turn:
        await session.steer("more")
        gate.release()
        result = await turn.finish()
    assert result.status == "completed"
    assert "more" in model.requests[-1].input_texts


async def test_without_an_active_turn_there_is_nothing_to_steer(session: Session) -> None:
    """Ours: it is refused without asking the server."""
    async with session.ask_stream("go") as turn:
        await turn.finish()
        with pytest.raises(NoActiveTurn):
            await turn.steer("late")
    with pytest.raises(NoActiveTurn):
        await session.steer("late")


# -- the thread --------------------------------------------------------------------------------


async def test_a_thread_is_renamed_read_and_paged(session: Session) -> None:
    """The server's record, typed."""
    first = await session.ask("first")
    second = await session.ask("second")
    await session.rename("A title")
    thread = await session.read()
    assert (thread.id, thread.name) == (session.thread_id, "A title")
    assert [turn.id for turn in thread.turns] == [first.turn_id, second.turn_id]
    assert (await session.read(include_turns=False)).turns == []
    page = await session.turns(limit=1)
    assert [turn.id for turn in page.data] == [second.turn_id]
    rest = await session.turns(cursor=page.next_cursor)
    assert [turn.id for turn in rest.data] == [first.turn_id]


async def test_an_empty_title_is_refused_here(session: Session) -> None:
    """Ours: the server refuses it, too."""
    with pytest.raises(ValueError, match="name"):
        await session.rename("")


async def test_a_fork_begins_with_the_history_and_goes_its_own_way(
    session: Session, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """The server's ``thread/fork``, by both doors."""
    await session.ask("common")
    fork = await session.fork()
    other = await runtime.fork_session(session.thread_id, SessionConfig(cwd=workspace))
    assert len({session.thread_id, fork.thread_id, other.thread_id}) == 3
    for index, one in enumerate((fork, other)):
        await one.ask(f"own {index}")
        assert "common" in model.requests[-1].input_texts
        assert len((await one.turns()).data) == 2
    assert len((await session.turns()).data) == 1
    await session.ask("after")
    assert "own 0" not in model.requests[-1].input_texts


async def test_a_compaction_is_a_turn_that_replaces_the_history(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: ``thread/compact/start`` names no turn; ours: it is one all the same."""
    await session.ask("a long story")
    result = await session.compact()
    assert result.status == "completed"
    assert any(isinstance(item, ContextCompaction) for item in result.items)
    assert model.requests[1].kind == "compaction"
    after = await session.ask("and now")
    assert after.text == "re: and now"
    assert after.turn_id != result.turn_id


async def test_a_review_is_a_turn_with_an_answer(session: Session, model: ScriptedModel) -> None:
    """The server's inline ``review/start``; ours: its answer, and the next ask."""
    model.enqueue(text("Looks fine."))
    result = await session.review(CustomReviewTarget(instructions="check it"))
    assert result.status == "completed"
    assert "Looks fine." in result.text
    assert (await session.ask("next")).text == "re: next"


async def test_a_thread_is_resumed_beside_its_open_handle(
    session: Session, runtime: Runtime, workspace: Path, model: ScriptedModel
) -> None:
    """Ours: both handles are of one thread."""
    await session.ask("first")
    other = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    await other.ask("second")
    assert "first" in model.requests[1].input_texts
    assert (session.total_turns, other.total_turns) == (1, 1)
    assert runtime.statistics().threads == 1


# -- the end -----------------------------------------------------------------------------------


async def test_closing_archives_once_however_often_it_is_asked_for(
    session: Session, runtime: Runtime
) -> None:
    """Ours: one ``thread/archive``, one outcome."""
    await session.ask("first")
    before = runtime.statistics().requests
    outcomes = []

    async def close() -> None:
        outcomes.append(await session.close())

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(close)
    outcomes.append(await session.close())
    assert len(outcomes) == 21
    assert all(outcome is outcomes[0] for outcome in outcomes)
    assert (outcomes[0].action, outcomes[0].interrupted) == ("archived", None)
    assert runtime.statistics().requests == before + 1
    assert session.is_closed
    assert runtime.statistics().threads == 0


async def test_closing_ends_the_running_turn_and_refuses_the_queued(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence()
    raised = []

    async def ask(prompt: str) -> None:
        try:
            await session.ask(prompt)
        except CodexRuntimeError as error:
            raised.append(type(error))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, "wait")
        turn_id = await until_active(session)
        nursery.start_soon(ask, "queued")
        await trio.testing.wait_all_tasks_blocked()
        outcome = await session.close()
    assert outcome.action == "archived"
    assert outcome.interrupted is not None
    assert (outcome.interrupted.state, outcome.interrupted.turn_id) == ("interrupted", turn_id)
    assert set(raised) == {SessionClosed, TurnInterrupted}
    assert "queued" not in prompts(model)


async def test_a_thread_that_never_ran_reads_as_one_without_turns(session: Session) -> None:
    """Ours: the server refuses to read turns before the first."""
    thread = await session.read()
    assert (thread.id, thread.turns) == (session.thread_id, [])
    assert (await session.turns()).data == []
    await session.ask("first")
    assert len((await session.read()).turns) == len((await session.turns()).data) == 1


async def test_the_turns_of_an_ephemeral_thread_cannot_be_read(
    runtime: Runtime, workspace: Path
) -> None:
    """The server's."""
    session = await runtime.start_session(SessionConfig(cwd=workspace, ephemeral=True))
    await session.ask("first")
    for read in (session.read, session.turns):
        with pytest.raises(NotSupported, match="ephemeral"):
            await read()
    assert (await session.read(include_turns=False)).id == session.thread_id


async def test_a_thread_that_never_ran_is_archived(session: Session, runtime: Runtime) -> None:
    """The server's: loaded threads archive, with a rollout or without."""
    assert (await session.close()).action == "archived"
    assert await runtime.request("thread/loaded/list") == {"data": [], "nextCursor": None}


async def test_closing_what_somebody_else_archived_is_a_success(
    session: Session, runtime: Runtime
) -> None:
    """Ours; the server's: a second archive finds no rollout."""
    await session.ask("first")
    await runtime.request("thread/archive", {"threadId": session.thread_id})
    assert (await session.close()).action == "already_archived"


async def test_a_closed_session_refuses_here_and_sends_nothing(
    session: Session, runtime: Runtime
) -> None:
    """Ours."""
    await session.ask("first")
    await session.close()
    sent = runtime.statistics().bytes_sent
    for refused in (
        lambda: session.ask("x"),
        lambda: session.ask_wait("x"),
        session.interrupt_turn,
        lambda: session.steer("x"),
        lambda: session.rename("x"),
        session.read,
        session.turns,
        session.fork,
        session.compact,
        lambda: session.review(CustomReviewTarget(instructions="x")),
    ):
        with pytest.raises(SessionClosed, match=session.thread_id):
            await refused()
    with pytest.raises(SessionClosed):
        async with session.ask_stream("x"):
            pytest.fail("it was entered")
    assert runtime.statistics().bytes_sent == sent


async def test_leaving_the_block_of_a_session_does_what_its_config_says(
    runtime: Runtime, workspace: Path
) -> None:
    """Ours: archive, or detach."""
    async with await runtime.start_session(SessionConfig(cwd=workspace)) as archived:
        await archived.ask("first")
    detach = SessionConfig(cwd=workspace, on_exit="detach")
    async with await runtime.start_session(detach) as detached:
        await detached.ask("first")
    assert archived.is_closed
    assert detached.is_closed
    with pytest.raises(ThreadArchived, match="archived") as caught:
        await runtime.resume_session(archived.thread_id, SessionConfig(cwd=workspace))
    assert caught.value.code == -32600
    again = await runtime.resume_session(detached.thread_id, SessionConfig(cwd=workspace))
    assert (await again.ask("second")).text == "re: second"


async def test_detaching_ends_the_running_turn_and_leaves_the_thread(
    session: Session, runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours."""
    replies["wait"] = silence()
    async with session.ask_stream("wait") as turn:
        await session.detach()
        assert turn.result.status == "interrupted"
    with pytest.raises(SessionClosed):
        await session.ask("x")
    await session.detach()
    again = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    assert (await again.ask("second")).text == "re: second"


async def test_an_ephemeral_session_is_unsubscribed_and_cannot_be_resumed(
    runtime: Runtime, workspace: Path
) -> None:
    """Ours: the end. The server's: nothing of it is stored."""
    config = SessionConfig(cwd=workspace, ephemeral=True)
    session = await runtime.start_session(config)
    await session.ask("first")
    assert (await session.read(include_turns=False)).ephemeral
    assert (await session.close()).action == "unsubscribed"
    with pytest.raises(ThreadNotFound):
        await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))


async def test_a_thread_that_nobody_ran_cannot_be_resumed_by_another_process(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: "no rollout found"."""
    async with open_runtime(model.runtime_config(home)) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
    async with open_runtime(model.runtime_config(home)) as runtime:
        with pytest.raises(ThreadNotFound, match="no rollout found") as caught:
            await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    assert caught.value.method == "thread/resume"
    assert caught.value.outcome_certain

"""P3 on the real app-server: one turn at a time per thread, over all its handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from codex_runtime import (
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionBusy,
    SessionConfig,
    TurnResult,
)
from codex_runtime.protocol import AgentMessageDelta, CustomReviewTarget
from codex_runtime.testing import Reply, silence, text
from tests.real.faces import EVERY_FACE, needs_cancelling
from tests.real.waiting import prompts, until, until_active

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE


async def test_two_asks_at_once_are_two_turns_each_with_its_own_answer(
    session: Session, model: ScriptedModel
) -> None:
    """Ours: the server would merge the second into the first."""
    results: dict[str, TurnResult] = {}

    async def ask(prompt: str) -> None:
        results[prompt] = await session.ask(prompt)

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(ask, f"p{number}")
    assert {prompt: result.text for prompt, result in results.items()} == {
        f"p{number}": f"re: p{number}" for number in range(4)
    }
    assert len({result.turn_id for result in results.values()}) == 4
    assert prompts(model) == [result.text.removeprefix("re: ") for result in session.history]


async def test_asks_are_served_in_the_order_they_came(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: first come, first served; streams and asks stand in the same line."""
    replies["first"] = silence() + text("done")
    order: list[str] = []

    async def ask(prompt: str) -> None:
        await session.ask(prompt)
        order.append(prompt)

    async def stream(prompt: str) -> None:
        async with session.ask_stream(prompt) as turn:
            await turn.finish()
            order.append(prompt)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, "first")
        await model.wait_for_requests(1)
        for number in range(5):
            nursery.start_soon((ask, stream)[number % 2], f"{number}")
            await trio.testing.wait_all_tasks_blocked()
        assert prompts(model) == ["first"]
        model.release()
    assert prompts(model) == order == ["first", "0", "1", "2", "3", "4"]


async def test_overlap_reject_refuses_while_a_turn_runs(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: nothing is sent, and whose turn it is is told."""
    replies["wait"] = silence()
    async with session.ask_stream("wait") as turn:
        with pytest.raises(SessionBusy, match="reject") as caught:
            await session.ask_with(PromptParams(prompt="now", overlap="reject"))
        assert caught.value.turn_id == turn.turn_id
        assert caught.value.retryable
        assert caught.value.outcome_certain
        with pytest.raises(SessionBusy):
            await session.ask_with_profile("now", RunProfile(overlap="reject"))
    assert (await session.ask_with(PromptParams(prompt="then", overlap="reject"))).text
    assert "now" not in prompts(model)


async def test_a_session_may_reject_overlap_for_all_its_asks(
    runtime: Runtime, workspace: Path, replies: dict[str, Reply]
) -> None:
    """Ours: streams, compactions and reviews are asks, too."""
    replies["wait"] = silence()
    session = await runtime.start_session(SessionConfig(cwd=workspace, overlap="reject"))
    async with session.ask_stream("wait"):
        for refused in (
            lambda: session.ask("now"),
            lambda: session.ask_stream("now").__aenter__(),
            session.compact,
            lambda: session.review(CustomReviewTarget(instructions="x")),
        ):
            with pytest.raises(SessionBusy):
                await refused()


async def test_an_ask_inside_an_open_stream_waits_for_that_turn(
    session: Session, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: no deadlock, and the stream's events are kept meanwhile."""
    replies["outer"] = text("outer answer", deltas=3)
    async with session.ask_stream("outer") as turn:
        inner = await session.ask("inner")
        assert turn.result.status == "completed"
        deltas = [event.delta async for event in turn if isinstance(event, AgentMessageDelta)]
    assert inner.text == "re: inner"
    assert "".join(deltas) == "outer answer"
    assert prompts(model) == ["outer", "inner"]


async def test_two_handles_of_a_thread_stand_in_one_line(
    session: Session,
    runtime: Runtime,
    workspace: Path,
    replies: dict[str, Reply],
    model: ScriptedModel,
) -> None:
    """Ours: the line is the thread's, not the handle's."""
    await session.ask("before")
    other = await runtime.resume_session(session.thread_id, SessionConfig(cwd=workspace))
    replies["wait"] = silence() + text("done")
    results: list[TurnResult] = []

    async def ask() -> None:
        results.append(await other.ask("behind"))

    async with trio.open_nursery() as nursery, session.ask_stream("wait") as turn:
        assert other.active_turn_id == turn.turn_id
        nursery.start_soon(ask)
        await model.wait_for_requests(2)
        await trio.testing.wait_all_tasks_blocked()
        assert prompts(model) == ["before", "wait"]
        model.release()
        assert (await turn.finish()).text == "done"
    assert [result.text for result in results] == ["re: behind"]
    assert results[0].turn_id != turn.turn_id
    assert (session.total_turns, other.total_turns) == (2, 1)


@needs_cancelling
async def test_an_ask_cancelled_in_line_sends_nothing_and_the_line_goes_on(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours."""
    replies["wait"] = silence() + text("done")
    scope = trio.CancelScope()

    async def ask_cancelled() -> None:
        with scope:
            await session.ask("never")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "wait")
        await until_active(session)
        await model.wait_for_requests(1)
        nursery.start_soon(ask_cancelled)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(session.ask, "last")
        await trio.testing.wait_all_tasks_blocked()
        requests = runtime.statistics().requests
        scope.cancel()
        await until(lambda: scope.cancelled_caught)
        assert runtime.statistics().requests == requests
        model.release()
    assert prompts(model) == ["wait", "last"]


async def test_a_turn_that_something_else_started_holds_the_line(
    session: Session, runtime: Runtime, replies: dict[str, Reply], model: ScriptedModel
) -> None:
    """Ours: an ask waits for it instead of being merged into it."""
    replies["foreign"] = silence() + text("done")
    results: list[TurnResult] = []

    async def ask() -> None:
        results.append(await session.ask("ours"))

    answer = await runtime.request(
        "turn/start",
        {"threadId": session.thread_id, "input": [{"type": "text", "text": "foreign"}]},
    )
    assert isinstance(answer, dict)
    foreign = answer["turn"]["id"]
    assert await until_active(session) == foreign
    await model.wait_for_requests(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        model.release()
    assert results[0].turn_id != foreign
    assert prompts(model) == ["foreign", "ours"]

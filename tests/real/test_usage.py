"""What turns and sessions of the real app-server cost, by model, and how full the context is.

The sum of a turn with three calls is in ``test_turns``; what several handles count in
``test_two_handles``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
import trio

from codex_runtime import (
    ContextUsage,
    OutputMismatch,
    PromptParams,
    Runtime,
    Session,
    SessionConfig,
    Subscription,
    TokenBudget,
    TokenUsage,
    TurnFailed,
)
from codex_runtime.protocol import (
    CollabAgentToolCall,
    ContextCompaction,
    CustomReviewTarget,
    ThreadTokenUsageUpdated,
    TurnCompleted,
)
from codex_runtime.testing import (
    ModelRequest,
    Reply,
    cut,
    open_scripted_model,
    shell,
    silence,
    text,
    tool_call,
    usage,
)
from tests.real.faces import AIO_TOO, needs_cancelling, open_runtime
from tests.real.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = AIO_TOO

OTHER_MODEL = "gpt-5.6-sol"
WINDOW_TOKENS = 258_400
"""95 % of the 272,000 that the bundled list of models has for each of them."""


UNTIL_THE_END = (ThreadTokenUsageUpdated.METHOD, TurnCompleted.METHOD)


def spent(tokens: int) -> Reply:
    """A tenth of it output."""
    return usage(input_tokens=tokens - tokens // 10, output_tokens=tokens // 10)


def total(used: TokenUsage | None) -> int | None:
    return None if used is None else used.total_tokens


def totals(by_model: Mapping[str, TokenUsage]) -> dict[str, int]:
    return {name: used.total_tokens for name, used in by_model.items()}


async def replayed(session: Session) -> ContextUsage:
    """The context, once the server told what a stored thread had used."""
    await until(lambda: session.context is not None)
    assert session.context is not None
    return session.context


# -- a session ---------------------------------------------------------------------------------


async def test_a_session_costs_what_its_turns_cost_together(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(shell("true") + spent(100), shell("true") + spent(200), text("done") + spent(300))
    model.enqueue(shell("true") + spent(1000), text("done") + spent(2000))
    first = await session.ask("three calls")
    second = await session.ask("two calls")
    assert (total(first.usage), total(second.usage)) == (600, 3000)
    assert first.usage is not None
    assert second.usage is not None
    assert session.usage == first.usage + second.usage
    assert session.usage_by_model == {"gpt-5.5": session.usage}
    assert [total(result.usage) for result in session.history] == [600, 3000]


async def test_nothing_is_known_before_the_first_report(
    session: Session, model: ScriptedModel
) -> None:
    """Ours: None, never 0."""
    model.enqueue(silence())
    async with session.ask_stream("wait") as turn:
        await model.wait_for_requests(1)
        await turn.interrupt()
    result = turn.result
    assert (result.usage, result.usage_by_model, result.context) == (None, {}, None)
    assert (session.usage, session.usage_by_model, session.context) == (None, {}, None)


async def test_without_the_servers_reports_there_are_no_figures(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    config = model.runtime_config(home, opt_out=(ThreadTokenUsageUpdated.METHOD,))
    async with (
        open_runtime(config) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace)) as session,
    ):
        result = await session.ask("hello")
        assert (result.text, result.usage, result.context) == ("re: hello", None, None)
        assert (session.usage, session.context) == (None, None)


async def test_the_calls_before_a_failure_and_an_interrupt_are_paid(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(shell("true") + spent(100), cut())
    with pytest.raises(TurnFailed) as failed:
        await session.ask("fails")
    assert total(failed.value.result.usage) == 100
    model.enqueue(shell("true") + spent(200), silence())
    async with session.ask_stream("is interrupted") as turn:
        await model.wait_for_requests(4)
        await turn.interrupt()
    assert total(turn.result.usage) == 200
    assert turn.result.status == "interrupted"
    assert (total(session.usage), session.total_turns) == (300, 0)


@needs_cancelling
async def test_a_cancelled_ask_is_paid(session: Session, model: ScriptedModel) -> None:
    """Nobody gets its result, and the session counts it all the same."""
    model.enqueue(shell("true") + spent(100), silence())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "is cancelled")
        await model.wait_for_requests(2)
        nursery.cancel_scope.cancel()
    assert total(session.usage) == 100


async def test_both_turns_of_a_retried_output_are_paid(
    session: Session, model: ScriptedModel
) -> None:
    class Answer(msgspec.Struct):
        count: int

    model.enqueue(text("three") + spent(100), text('{"count": 3}') + spent(200))
    result = await session.ask("Count", output=Answer, retry_output=True)
    assert (result.output, total(result.usage), total(session.usage)) == (Answer(3), 200, 300)
    model.enqueue(text("three") + spent(1000))
    with pytest.raises(OutputMismatch) as mismatch:
        await session.ask("Count", output=Answer)
    assert total(mismatch.value.result.usage) == 1000
    assert total(session.usage) == 1300


# -- a resume, a fork --------------------------------------------------------------------------


async def test_a_resume_in_another_process_costs_nothing(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: it tells the old total again; ours: the new handle begins at nothing."""
    config = SessionConfig(cwd=workspace, on_exit="detach")
    model.enqueue(shell("true") + spent(1000), text("done") + spent(2000))
    async with (
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.start_session(config) as first,
    ):
        await first.ask("before")
    async with (
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.resume_session(first.thread_id, config) as second,
    ):
        assert await replayed(second) == ContextUsage(used_tokens=2000, window_tokens=WINDOW_TOKENS)
        assert (second.usage, second.usage_by_model, len(model.requests)) == (None, {}, 2)
        model.enqueue(text("done") + spent(500))
        result = await second.ask("after")
        assert (total(result.usage), total(second.usage)) == (500, 500)
        assert totals(second.usage_by_model) == {"gpt-5.5": 500}


async def test_a_turn_asked_right_after_a_resume_does_not_pay_for_the_thread(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The replay comes while the turn begins, and may come after it was asked for."""
    config = SessionConfig(cwd=workspace, on_exit="detach")
    model.enqueue(text("done") + spent(1000))
    async with (
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.start_session(config) as first,
    ):
        await first.ask("before")
    async with open_runtime(model.runtime_config(home)) as runtime:
        for cost in (100, 200, 300):
            async with await runtime.resume_session(first.thread_id, config) as again:
                model.enqueue(text("done") + spent(cost))
                result = await again.ask("after")
                assert (total(result.usage), total(again.usage)) == (cost, cost)


async def test_a_fork_pays_for_its_own_turns(session: Session, model: ScriptedModel) -> None:
    model.enqueue(text("done") + spent(1000), text("done") + spent(100), text("done") + spent(10))
    await session.ask("before")
    fork = await session.fork()
    assert fork.usage is None
    result = await fork.ask("after")
    assert (total(result.usage), total(fork.usage)) == (100, 100)
    await session.ask("after")
    assert total(session.usage) == 1010


# -- compaction, review, sub-agents ------------------------------------------------------------


async def test_a_compaction_costs_its_one_call_and_leaves_a_smaller_context(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: it reports three times, and its estimate is in no total."""
    model.enqueue(text("done") + spent(100_000), text("in short") + spent(300))
    before = await session.ask("before")
    assert before.context == ContextUsage(used_tokens=100_000, window_tokens=WINDOW_TOKENS)
    compacted = await session.compact()
    assert total(compacted.usage) == 300
    assert totals(compacted.usage_by_model) == {"gpt-5.5": 300}
    assert compacted.context == session.context
    assert session.context is not None
    assert session.context.used_tokens < 100_000
    assert total(session.usage) == 100_300
    model.enqueue(text("done") + spent(50))
    assert total((await session.ask("after")).usage) == 50


async def test_a_compaction_in_the_middle_of_a_turn_is_paid_once(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server's: past its limit it compacts by itself, inside the turn."""
    config = model.runtime_config(home, config_overrides={"model_auto_compact_token_limit": 20_000})
    model.enqueue(shell("true") + spent(50_000), text("in short") + spent(300))
    model.enqueue(text("done") + spent(20))
    async with open_runtime(config) as runtime:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        result = await session.ask("goes on")
    assert [request.kind for request in model.requests] == ["turn", "compaction", "turn"]
    assert any(isinstance(item, ContextCompaction) for item in result.items)
    assert total(result.usage) == total(session.usage) == 50_320
    assert result.context == ContextUsage(used_tokens=20, window_tokens=WINDOW_TOKENS)


async def test_a_review_is_in_no_figure(session: Session, model: ScriptedModel) -> None:
    """The server's: a review is asked by a thread that it does not tell of, nor what that used."""
    model.enqueue(text("before") + spent(1000), text("fine") + spent(200))
    before = await session.ask("before")
    review = await session.review(CustomReviewTarget(instructions="check it"))
    assert (review.usage, review.usage_by_model, review.context) == (None, {}, None)
    assert (session.usage, session.context) == (before.usage, before.context)
    model.enqueue(text("after") + spent(30))
    assert total((await session.ask("after")).usage) == 30


async def test_a_sub_agents_tokens_are_not_the_parents(home: Path, workspace: Path) -> None:
    """The server's: a sub-agent is a thread of its own, whose events come unasked."""

    def respond(request: ModelRequest) -> Reply:
        if request.thread_id != session.thread_id:
            return text("child's work") + spent(5000)
        if request.tool_outputs:
            return text("done") + spent(200)
        arguments = {"message": "Work"}
        return tool_call("spawn_agent", arguments, namespace="multi_agent_v1") + spent(100)

    budget = TokenBudget(1_000_000)
    async with (
        open_scripted_model(respond) as model,
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.start_session(SessionConfig(cwd=workspace, budget=budget)) as session,
        runtime.subscribe(methods=UNTIL_THE_END) as events,
    ):
        result = await session.ask("Have it done")
        (spawned,) = result.tool_uses
        assert isinstance(spawned.item, CollabAgentToolCall)
        (child_id,) = spawned.item.receiver_thread_ids
        updates = await updates_until_ended(events, {session.thread_id, child_id})
        childs = [update for update in updates if update.thread_id == child_id]
        assert [update.token_usage.total.total_tokens for update in childs] == [5000]
        assert (total(result.usage), total(session.usage), budget.used_tokens) == (300, 300, 300)


async def updates_until_ended(
    events: Subscription, thread_ids: set[str]
) -> list[ThreadTokenUsageUpdated]:
    """Those that come before a turn of each of the threads has ended."""
    updates: list[ThreadTokenUsageUpdated] = []
    async for event in events:
        if isinstance(event, ThreadTokenUsageUpdated):
            updates.append(event)
        elif isinstance(event, TurnCompleted):
            thread_ids.discard(event.thread_id)
            if not thread_ids:
                break
    return updates


# -- models ------------------------------------------------------------------------------------


async def test_what_a_turn_costs_is_charged_to_its_model(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: when the model changes, the old one sums up the history for the new one."""
    model.enqueue(text("done") + spent(100))
    first = await session.ask_with(PromptParams(prompt="on another", model=OTHER_MODEL))
    model.enqueue(
        text("in short") + spent(1000), shell("true") + spent(20), text("done") + spent(3)
    )
    second = await session.ask("on the session's own")
    assert [(request.model, request.kind) for request in model.requests] == [
        (OTHER_MODEL, "turn"),
        (OTHER_MODEL, "compaction"),
        ("gpt-5.5", "turn"),
        ("gpt-5.5", "turn"),
    ]
    assert totals(first.usage_by_model) == {OTHER_MODEL: 100}
    assert total(second.usage) == sum(totals(second.usage_by_model).values()) == 1023
    assert total(session.usage) == sum(totals(session.usage_by_model).values()) == 1123
    assert session.usage_by_model.keys() == {OTHER_MODEL, "gpt-5.5"}


async def test_sessions_on_different_models_are_charged_apart(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    model.enqueue(text("done") + spent(100), text("done") + spent(20))
    for name in ("gpt-5.5", OTHER_MODEL):
        session = await runtime.start_session(SessionConfig(cwd=workspace, model=name))
        await session.ask("hello")
        assert session.usage_by_model == {name: session.usage}


# -- the context -------------------------------------------------------------------------------


async def test_the_context_is_what_the_newest_call_read_and_wrote(
    session: Session, model: ScriptedModel
) -> None:
    model.enqueue(shell("true") + spent(1000), text("done") + spent(25_840))
    model.enqueue(text("done") + spent(2000))
    first = await session.ask("two calls")
    assert first.context == ContextUsage(used_tokens=25_840, window_tokens=WINDOW_TOKENS)
    assert first.context is not None
    assert first.context.remaining_tokens == WINDOW_TOKENS - 25_840
    assert first.context.fraction == pytest.approx(0.1)
    second = await session.ask("one call")
    assert session.context == second.context
    assert session.context is not None
    assert session.context.used_tokens == 2000


async def test_the_compaction_before_a_turn_on_another_model_is_charged_to_the_old_one(
    session: Session, model: ScriptedModel
) -> None:
    """The server's: it is asked of the old model, in the new turn, before its UserMessage item."""
    model.enqueue(text("done") + spent(100), text("in short") + spent(1000), text("x") + spent(20))
    await session.ask("on the session's own")
    second = await session.ask_with(PromptParams(prompt="on another", model="gpt-5.6-sol"))
    assert [(r.model, r.kind) for r in model.requests[1:]] == [
        ("gpt-5.5", "compaction"),
        ("gpt-5.6-sol", "turn"),
    ]
    costs = {name: used.total_tokens for name, used in second.usage_by_model.items()}
    assert costs == {"gpt-5.5": 1000, "gpt-5.6-sol": 20}

"""What a turn of the real app-server may spend: token budgets, shared, and a limit of tools."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
import trio.testing

from codex_runtime import (
    BudgetExceeded,
    ConfigError,
    ProfileError,
    PromptParams,
    RunProfile,
    Runtime,
    Session,
    SessionConfig,
    TokenBudget,
    TurnInterrupted,
    TurnResult,
)
from codex_runtime.protocol import CustomReviewTarget
from codex_runtime.testing import Gate, Reply, shell, silence, text, usage
from tests.real.faces import EVERY_FACE, needs_cancelling, open_runtime
from tests.real.waiting import until, until_active, until_settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime.testing import ScriptedModel

pytestmark = EVERY_FACE

BIG = 1_000_000


def spent(tokens: int, cached: int = 0) -> Reply:
    """A tenth of it output."""
    output = tokens // 10
    return usage(input_tokens=tokens - output, output_tokens=output, cached_input_tokens=cached)


async def sharing(
    runtime: Runtime, workspace: Path, budget: TokenBudget, count: int
) -> list[Session]:
    config = SessionConfig(cwd=workspace, budget=budget)
    return [await runtime.start_session(config) for _ in range(count)]


async def refused(runtime: Runtime, *asks: Callable[[], Awaitable[object]]) -> None:
    """Each is refused, and not one message goes to the server for it."""
    before = runtime.statistics().requests
    for ask in asks:
        with pytest.raises(BudgetExceeded):
            await ask()
    assert runtime.statistics().requests == before


async def interrupted(ask: Callable[[], Awaitable[TurnResult]]) -> TurnInterrupted:
    with pytest.raises(TurnInterrupted) as caught:
        await ask()
    return caught.value


class Told:
    """What a budget said, in order: its name, and the figure of that moment."""

    def __init__(self) -> None:
        self.all: list[tuple[str, int]] = []

    def warned(self, budget: TokenBudget) -> None:
        self.all.append(("warned", budget.used_tokens))

    def exceeded(self, budget: TokenBudget) -> None:
        self.all.append(("exceeded", budget.used_tokens))


# -- refuse ------------------------------------------------------------------------------------


async def test_a_shared_budget_warns_once_and_then_refuses_every_session(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    told = Told()
    budget = TokenBudget(1000, on_warn=told.warned, on_exceed=told.exceeded)
    first, second = await sharing(runtime, workspace, budget, 2)
    model.enqueue(*(text("done") + spent(cost) for cost in (500, 350, 100, 50)))
    await first.ask("500 of 1000")
    await second.ask("850 of 1000")
    await first.ask("950 of 1000")
    await second.ask("1000 of 1000")
    await refused(runtime, partial(first.ask, "more"), partial(second.ask, "more"))
    assert told.all == [("warned", 850), ("exceeded", 1000)]
    assert (budget.used_tokens, budget.remaining_tokens, len(model.requests)) == (1000, 0, 4)
    assert [session.total_turns for session in (first, second)] == [2, 2]


async def test_every_kind_of_turn_is_refused(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(100)
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(text("done") + spent(100))
    await session.ask("all of it")

    async def stream() -> None:
        async with session.ask_stream("more"):
            pass

    await refused(
        runtime,
        partial(session.ask, "more"),
        partial(session.ask_with, PromptParams(prompt="more")),
        partial(session.ask_with_profile, "more", RunProfile(approval_policy="never")),
        stream,
        session.compact,
        partial(session.review, CustomReviewTarget(instructions="check it")),
    )
    assert session.active_turn_id is None
    budget.reset()
    assert (await session.ask("again")).text == "re: again"


async def test_a_turn_that_runs_ends_by_itself_and_one_in_line_is_refused(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(100)
    (session,) = await sharing(runtime, workspace, budget, 1)
    gate = Gate()
    model.enqueue(shell("true") + spent(100), silence(gate) + text("done") + spent(100))
    results: list[TurnResult] = []

    async def ask() -> None:
        results.append(await session.ask("runs"))

    async def wait_in_line() -> None:
        with pytest.raises(BudgetExceeded):
            await session.ask("in line")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await until_active(session)
        nursery.start_soon(wait_in_line)
        await until(lambda: budget.is_exceeded)
        gate.release()
    assert (results[0].text, budget.used_tokens, len(model.requests)) == ("done", 200, 2)


async def test_a_hard_limit_interrupts_where_the_limit_only_refuses(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(100, hard_limit_tokens=300)
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(*(shell("true") + spent(100) for _ in range(20)))
    stopped = await interrupted(partial(session.ask, "for ever"))
    assert stopped.reason is not None
    assert "of 100 tokens used" in stopped.reason
    assert budget.is_overrun
    assert budget.used_tokens >= 300


async def test_one_budget_serves_two_runtimes(
    runtime: Runtime, model: ScriptedModel, home: Path, workspace: Path
) -> None:
    budget = TokenBudget(200)
    (first,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(text("done") + spent(150), text("done") + spent(50))
    await first.ask("150 of 200")
    async with open_runtime(model.runtime_config(home)) as other:
        (second,) = await sharing(other, workspace, budget, 1)
        await second.ask("200 of 200")
        await refused(other, partial(second.ask, "more"))
    await refused(runtime, partial(first.ask, "more"))


async def test_a_stored_thread_brings_nothing_into_a_budget(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """The server tells again what the thread had used."""
    budget = TokenBudget(1000)
    config = SessionConfig(cwd=workspace, on_exit="detach", budget=budget)
    model.enqueue(text("done") + spent(100_000), text("done") + spent(100))
    async with (
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.start_session(attrs.evolve(config, budget=None)) as session,
    ):
        await session.ask("before")
    async with (
        open_runtime(model.runtime_config(home)) as runtime,
        await runtime.resume_session(session.thread_id, config) as resumed,
    ):
        await until(lambda: resumed.context is not None)
        assert budget.used_tokens == 0
        await resumed.ask("after")
        assert budget.used_tokens == 100


@pytest.mark.parametrize(
    ("counts", "expected"), [("total", 1000), ("uncached", 200), ("output", 100)]
)
async def test_a_budget_counts_what_it_is_told_to(
    runtime: Runtime, model: ScriptedModel, workspace: Path, counts: str, expected: int
) -> None:
    budget = TokenBudget(BIG, counts=counts)  # type: ignore[arg-type]
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(text("done") + spent(1000, cached=800))
    await session.ask("hello")
    assert budget.used_tokens == expected


async def test_a_compaction_is_paid_by_the_budget_and_not_cut_off(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """The server's: it is one call without a tool, so it ends when its report comes."""
    budget = TokenBudget(1300, action="interrupt")
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(text("done") + spent(1000), text("in short") + spent(300))
    await session.ask("before")
    compacted = await session.compact()
    assert (compacted.status, budget.used_tokens) == ("completed", 1300)
    await refused(runtime, partial(session.ask, "more"), session.compact)


# -- interrupt ---------------------------------------------------------------------------------


async def test_a_turn_that_goes_on_is_interrupted_and_says_why(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    told = Told()
    budget = TokenBudget(250, action="interrupt", on_warn=told.warned, on_exceed=told.exceeded)
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(*(shell("true") + spent(100) for _ in range(20)))
    stopped = await interrupted(partial(session.ask, "for ever"))
    assert told.all == [("warned", 200), ("exceeded", 300)]
    assert stopped.reason == "300 of 250 tokens used"
    assert str(stopped).endswith(f"was interrupted: {stopped.reason}")
    assert stopped.result.status == "interrupted"
    assert stopped.result.usage is not None
    assert stopped.result.usage.total_tokens == budget.used_tokens
    assert len(model.requests) < 20
    await refused(runtime, partial(session.ask, "more"))
    await until_settled(runtime)


async def test_one_session_may_end_the_turns_of_all(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """Also one that waits for the model, of which the server reports nothing meanwhile."""
    budget = TokenBudget(1000, action="interrupt")
    spender, waiter, bystander = await sharing(runtime, workspace, budget, 3)
    apart = await runtime.start_session(SessionConfig(cwd=workspace))
    ends: dict[str, TurnInterrupted] = {}

    async def ask(name: str, session: Session) -> None:
        ends[name] = await interrupted(partial(session.ask, name))

    async with trio.open_nursery() as nursery:
        for number, (name, session) in enumerate({"waits": waiter, "waits too": bystander}.items()):
            model.enqueue(silence())
            nursery.start_soon(ask, name, session)
            await model.wait_for_requests(number + 1)
        model.enqueue(text("done") + spent(1000))
        assert (await spender.ask("spends all")).status == "completed"
    assert {name: end.reason for name, end in ends.items()} == {
        "waits": "1000 of 1000 tokens used",
        "waits too": "1000 of 1000 tokens used",
    }
    assert (await apart.ask("on no budget")).text == "re: on no budget"


async def test_an_answer_that_is_paid_for_is_not_interrupted(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(150, action="interrupt")
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(shell("true") + spent(100), text("the answer") + spent(100))
    result = await session.ask("a tool and an answer")
    assert (result.text, budget.used_tokens) == ("the answer", 200)
    await refused(runtime, partial(session.ask, "more"))


async def test_a_turn_that_somebody_interrupts_has_no_reason(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(BIG, action="interrupt")
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(silence())
    ends: list[TurnInterrupted] = []

    async def ask() -> None:
        ends.append(await interrupted(partial(session.ask, "wait")))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await until_active(session)
        await session.interrupt_turn()
    assert ends[0].reason is None


# -- steer -------------------------------------------------------------------------------------


async def test_a_steered_turn_is_told_once_and_ends_by_itself(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    budget = TokenBudget(250, action="steer", wrap_up="Come to an end.")
    (session,) = await sharing(runtime, workspace, budget, 1)
    replies["explore"] = shell("true") + spent(100)
    replies["Come to an end."] = text("what I have") + spent(100)
    result = await session.ask("explore")
    assert (result.status, result.text) == ("completed", "what I have")
    assert list(model.requests[-1].input_texts).count("Come to an end.") == 1
    assert budget.is_exceeded
    await refused(runtime, partial(session.ask, "more"))


async def test_a_steered_turn_that_goes_on_is_told_once_and_interrupted_at_the_hard_limit(
    runtime: Runtime, model: ScriptedModel, workspace: Path, replies: dict[str, Reply]
) -> None:
    budget = TokenBudget(250, action="steer", wrap_up="Stop.", hard_limit_tokens=600)
    (session,) = await sharing(runtime, workspace, budget, 1)
    replies["explore"] = replies["Stop."] = shell("true") + spent(100)
    stopped = await interrupted(partial(session.ask, "explore"))
    assert stopped.reason == f"{budget.used_tokens} of 250 tokens used"
    assert budget.used_tokens >= 600
    assert list(model.requests[-1].input_texts).count("Stop.") == 1


async def test_an_answer_that_is_paid_for_is_not_asked_for_again(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(150, action="steer")
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(shell("true") + spent(100), text("the answer") + spent(100))
    assert (await session.ask("a tool and an answer")).text == "the answer"
    assert len(model.requests) == 2


# -- callbacks and limits ----------------------------------------------------------------------


async def test_a_callback_that_raises_harms_nothing(
    runtime: Runtime, model: ScriptedModel, workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(budget: TokenBudget) -> None:
        raise LookupError(f"at {budget.used_tokens}")

    budget = TokenBudget(200, on_warn=fail, on_exceed=fail)
    first, second = await sharing(runtime, workspace, budget, 2)
    model.enqueue(text("done") + spent(160), text("done") + spent(40))
    assert (await first.ask("160 of 200")).text == "done"
    assert (await second.ask("200 of 200")).text == "done"
    await refused(runtime, partial(first.ask, "more"), partial(second.ask, "more"))
    assert [str(problem) for problem in budget.callback_errors] == ["at 160", "at 200"]
    assert "a callback of <TokenBudget" in caplog.text


async def test_a_callback_may_raise_the_limit_in_the_middle_of_a_turn(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    budget = TokenBudget(150, action="interrupt", on_exceed=lambda budget: budget.set_limit(BIG))
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(*(shell("true") + spent(100) for _ in range(3)), text("done") + spent(100))
    assert (await session.ask("four calls")).text == "done"
    assert (await session.ask("more")).text == "re: more"


async def test_a_higher_limit_and_a_reset_let_sessions_go_on_and_arm_the_marks_again(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    told = Told()
    budget = TokenBudget(100, on_exceed=told.exceeded)
    (session,) = await sharing(runtime, workspace, budget, 1)
    model.enqueue(*(text("done") + spent(100) for _ in range(3)))
    await session.ask("100 of 100")
    await refused(runtime, partial(session.ask, "more"))
    budget.set_limit(200)
    await session.ask("200 of 200")
    await refused(runtime, partial(session.ask, "more"))
    budget.reset()
    await session.ask("100 of 200")
    assert (told.all, budget.used_tokens) == ([("exceeded", 100), ("exceeded", 200)], 100)


@needs_cancelling
async def test_a_turn_that_was_never_asked_for_is_told_nothing(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """Cancelled in line, and cancelled while it ran: no later mark finds them."""
    budget = TokenBudget(100, action="interrupt")
    (session, other) = await sharing(runtime, workspace, budget, 2)
    model.enqueue(silence())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.ask, "runs")
        await model.wait_for_requests(1)
        nursery.start_soon(session.ask, "in line")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    model.enqueue(text("done") + spent(100))
    before = runtime.statistics().requests
    await other.ask("all of it")
    await until_settled(runtime)
    assert runtime.statistics().requests == before + 1


# -- max_tool_items ----------------------------------------------------------------------------


async def test_a_turn_that_runs_away_is_interrupted_at_its_next_tool(
    runtime: Runtime, replies: dict[str, Reply], workspace: Path
) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, max_tool_items=2))
    replies["for ever"] = shell("echo again")
    stopped = await interrupted(partial(session.ask, "for ever"))
    assert stopped.reason == "max_tool_items=2"
    assert str(stopped).endswith("was interrupted: max_tool_items=2")
    assert len(stopped.result.tool_uses) == 3
    assert [use.output for use in stopped.result.tool_uses[:2]] == ["again\n"] * 2
    assert (await session.ask("go on")).text == "re: go on"
    await until_settled(runtime)


async def test_no_tool_at_all_may_be_allowed(session: Session, model: ScriptedModel) -> None:
    params = PromptParams(prompt="only talk", max_tool_items=0)
    assert (await session.ask_with(params)).text == "re: only talk"
    model.enqueue(shell("true"), text("done"))
    assert (await interrupted(partial(session.ask_with, params))).reason == "max_tool_items=0"
    model.enqueue(shell("true"), text("done"))
    assert (await session.ask("tools again")).text == "done"


async def test_as_many_tools_as_are_allowed_do_no_harm(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """A call may allow more than its session, and a stream is bounded as an ask is."""
    session = await runtime.start_session(SessionConfig(cwd=workspace, max_tool_items=1))
    model.enqueue(shell("true"), shell("true"), text("done"))
    params = PromptParams(prompt="two", max_tool_items=2)
    assert (await session.ask_with(params)).text == "done"
    model.enqueue(shell("true"), shell("true"), text("done"))
    async with session.ask_stream("two again") as turn:
        async for _event in turn:
            pass
    assert turn.result.status == "interrupted"


async def test_a_review_that_runs_away_is_interrupted(
    runtime: Runtime, replies: dict[str, Reply], workspace: Path
) -> None:
    session = await runtime.start_session(SessionConfig(cwd=workspace, max_tool_items=1))
    replies["check it"] = shell("true")
    target = CustomReviewTarget(instructions="check it")
    stopped = await interrupted(partial(session.review, target))
    assert stopped.reason == "max_tool_items=1"
    assert (await session.ask("go on")).text == "re: go on"


async def test_the_first_reason_to_stop_is_told(
    runtime: Runtime, model: ScriptedModel, workspace: Path
) -> None:
    """Both bounds of a turn: the budget is passed long after the tools were."""
    budget = TokenBudget(250, action="interrupt")
    config = SessionConfig(cwd=workspace, budget=budget, max_tool_items=0)
    session = await runtime.start_session(config)
    model.enqueue(*(shell("true") + spent(100) for _ in range(20)))
    assert (await interrupted(partial(session.ask, "for ever"))).reason == "max_tool_items=0"
    assert budget.used_tokens == 100


async def test_a_lowered_limit_interrupts_the_turns_that_run(
    runtime: Runtime, replies: dict[str, Reply], workspace: Path
) -> None:
    budget = TokenBudget(1_000_000, action="interrupt")
    session = await runtime.start_session(SessionConfig(cwd=workspace, budget=budget))
    replies["for ever"] = shell("true") + spent(100)
    async with trio.open_nursery() as nursery:

        async def lower() -> None:
            await until(lambda: budget.used_tokens > 0)
            budget.set_limit(1)

        nursery.start_soon(lower)
        with pytest.raises(TurnInterrupted) as caught:
            await session.ask("for ever")
    assert "of 1 tokens" in (caught.value.reason or "")


@pytest.mark.parametrize("way", ["start", "resume"])
async def test_a_budget_that_could_never_fill_is_refused(
    model: ScriptedModel, home: Path, workspace: Path, way: str
) -> None:
    opted = model.runtime_config(home, opt_out=("thread/tokenUsage/updated",))
    config = SessionConfig(cwd=workspace, budget=TokenBudget(100))
    async with open_runtime(opted) as runtime:
        first = await runtime.start_session(SessionConfig(cwd=workspace))
        await first.ask("Hello")
        thread = () if way == "start" else (first.thread_id,)
        with pytest.raises(ConfigError, match="budget"):
            await getattr(runtime, f"{way}_session")(*thread, config)


async def test_a_limit_of_tools_that_could_never_be_seen_is_refused(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    opted = model.runtime_config(home, opt_out=("item/started", "item/completed"))
    async with open_runtime(opted) as runtime:
        with pytest.raises(ProfileError, match="max_tool_items"):
            await runtime.start_session(SessionConfig(cwd=workspace, max_tool_items=1))


async def test_a_budget_that_could_not_interrupt_is_refused(
    model: ScriptedModel, home: Path, workspace: Path
) -> None:
    """Without items no turn is seen to go on, so none is interrupted or steered."""
    opted = model.runtime_config(home, opt_out=("item/started", "item/completed"))
    budget = TokenBudget(100, action="interrupt")
    async with open_runtime(opted) as runtime:
        with pytest.raises(ConfigError, match="budget"):
            await runtime.start_session(SessionConfig(cwd=workspace, budget=budget))

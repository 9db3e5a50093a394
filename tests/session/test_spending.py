"""A guard stops a turn that spends too much, and none whose answer is already paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.errors import BudgetExceeded
from codex_runtime.model.budget import TokenBudget
from codex_runtime.model.usage import TokenUsage, UsageMeter
from codex_runtime.protocol import ThreadTokenUsageUpdated
from codex_runtime.session.spending import TurnGuard
from tests.model.thread_streams import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.protocol import Notification

WRAP_UP = "wrap up"


class GuardedTurn:
    """A turn under way: feeds its guard, and notes what the guard did to it."""

    def __init__(
        self,
        budget: TokenBudget | None = None,
        *,
        max_tool_items: int | None = None,
        turn_id: str = "u",
        used_before: int | None = None,
    ) -> None:
        self.did: list[str] = []
        self.turn_id = turn_id
        self._meter = UsageMeter()
        self._total = used_before or 0
        if used_before is not None:
            self._meter.thread_total = tokens(used_before)
        self._items = 0
        self._tasks: list[Callable[[], Awaitable[None]]] = []
        self.guard = TurnGuard(
            budget,
            max_tool_items,
            usage=lambda: self._meter.turn,
            interrupt=lambda reason: self.did.append(f"interrupt: {reason}"),
            steer=lambda text: self.did.append(f"steer: {text}"),
            spawn=self._tasks.append,
            here=lambda call: call(),
        )
        self.guard.begin()

    def tell(self, notification: Notification) -> None:
        if isinstance(notification, ThreadTokenUsageUpdated):
            self._meter.apply(notification.token_usage)
        self.guard.watch(notification)

    def start(self, kind: str, item_id: str | None = None, **fields: Any) -> None:  # Any: JSON
        self._items += 1
        item = {"type": kind, "id": item_id or f"i{self._items}", **fields}
        self.tell(event("item/started", item=item, startedAtMs=1, turnId=self.turn_id))

    def complete(self, kind: str, item_id: str, **fields: Any) -> None:  # Any: JSON
        item = {"type": kind, "id": item_id, **fields}
        self.tell(event("item/completed", item=item, completedAtMs=1, turnId=self.turn_id))

    def use_tool(self) -> None:
        self.start("imageView", path="/a.png")

    def report(self, last: int) -> None:
        """A model call is over."""
        self._total += last
        usage = {"total": counts(self._total), "last": counts(last), "modelContextWindow": None}
        self.tell(event("thread/tokenUsage/updated", tokenUsage=usage, turnId=self.turn_id))

    async def run_tasks(self) -> None:
        """What was spawned runs later: not while the event is told."""
        while self._tasks:
            await self._tasks.pop(0)()


def tokens(total: int) -> TokenUsage:
    return TokenUsage(
        input_tokens=total,
        cached_input_tokens=0,
        output_tokens=0,
        reasoning_output_tokens=0,
        total_tokens=total,
    )


def counts(total: int) -> dict[str, int]:
    return {
        "totalTokens": total,
        "inputTokens": total,
        "cachedInputTokens": 0,
        "outputTokens": 0,
        "reasoningOutputTokens": 0,
    }


# -- tool items ------------------------------------------------------------------------------------


def test_the_tool_item_past_the_limit_interrupts_the_turn_once() -> None:
    turn = GuardedTurn(max_tool_items=2)
    for _ in range(2):
        turn.use_tool()
    assert turn.did == []
    for _ in range(3):
        turn.use_tool()
    assert turn.did == ["interrupt: max_tool_items=2"]


def test_an_item_counts_once_however_often_it_is_told() -> None:
    turn = GuardedTurn(max_tool_items=1)
    turn.start("imageView", "one", path="/a.png")
    turn.start("imageView", "one", path="/a.png")
    turn.complete("imageView", "one", path="/a.png")
    assert turn.did == []
    turn.complete("imageView", "two", path="/a.png")  # its start was not seen
    assert turn.did == ["interrupt: max_tool_items=1"]


def test_messages_and_thoughts_are_no_tools() -> None:
    turn = GuardedTurn(max_tool_items=0)
    turn.start("agentMessage", text="hi")
    turn.start("reasoning", summary=[], content=[])
    turn.start("somethingNew")
    turn.complete("agentMessage", "m", text="hi")
    turn.tell(event("thread/status/changed", status={"type": "idle"}))
    turn.report(100)
    assert turn.did == []


def test_a_guard_of_nothing_is_not_needed() -> None:
    assert not GuardedTurn().guard.is_needed
    assert GuardedTurn(max_tool_items=0).guard.is_needed
    assert GuardedTurn(TokenBudget(1)).guard.is_needed
    turn = GuardedTurn()
    turn.use_tool()
    turn.report(10**9)
    turn.guard.end()
    assert turn.did == []


# -- the budget ------------------------------------------------------------------------------------


async def test_every_report_of_the_turn_is_counted_once() -> None:
    budget = TokenBudget(1000)
    turn = GuardedTurn(budget)
    turn.use_tool()
    turn.report(100)
    turn.report(50)
    turn.report(0)  # the server repeats itself
    assert budget.used_tokens == 150
    turn.guard.end()
    turn.report(500)
    assert budget.used_tokens == 150


async def test_a_used_up_budget_refuses_the_next_turn_and_lets_this_one_end() -> None:
    budget = TokenBudget(100)
    turn = GuardedTurn(budget)
    turn.use_tool()
    turn.report(500)
    await turn.run_tasks()
    turn.use_tool()
    assert turn.did == []
    with pytest.raises(BudgetExceeded):
        GuardedTurn(budget)


async def test_callbacks_are_not_run_by_the_reader() -> None:
    told: list[int] = []
    budget = TokenBudget(100, on_warn=lambda budget: told.append(budget.used_tokens))
    turn = GuardedTurn(budget)
    turn.report(80)
    assert told == []
    await turn.run_tasks()
    assert told == [80]


async def test_a_turn_that_goes_on_is_interrupted() -> None:
    turn = GuardedTurn(TokenBudget(100, action="interrupt"))
    turn.use_tool()
    turn.report(100)
    await turn.run_tasks()
    assert turn.did == ["interrupt: 100 of 100 tokens used"]
    turn.report(100)
    turn.use_tool()
    await turn.run_tasks()
    assert len(turn.did) == 1


async def test_an_answer_that_is_paid_for_is_not_interrupted() -> None:
    turn = GuardedTurn(TokenBudget(100, action="interrupt"))
    turn.start("agentMessage", text="")
    turn.report(100)
    await turn.run_tasks()
    turn.guard.end()
    assert turn.did == []


async def test_a_turn_that_goes_on_after_all_is_interrupted_then() -> None:
    turn = GuardedTurn(TokenBudget(100, action="interrupt"))
    turn.start("agentMessage", text="")
    turn.report(100)
    await turn.run_tasks()
    turn.start("reasoning", summary=[], content=[])
    assert turn.did == ["interrupt: 100 of 100 tokens used"]


async def test_the_turns_of_all_sessions_on_the_budget_are_interrupted() -> None:
    budget = TokenBudget(100, action="interrupt")
    writing, over, spender = (GuardedTurn(budget, turn_id=turn_id) for turn_id in "abc")
    writing.start("agentMessage", text="")
    over.report(10)
    spender.report(90)
    await spender.run_tasks()
    assert writing.did == ["interrupt: 100 of 100 tokens used"]
    assert (over.did, spender.did) == ([], [])


async def test_what_a_turn_uses_after_its_interrupt_counts_too() -> None:
    budget = TokenBudget(1000, action="steer")
    turn = GuardedTurn(budget, max_tool_items=0)
    turn.use_tool()
    turn.report(600)
    turn.use_tool()
    turn.report(600)
    await turn.run_tasks()
    assert turn.did == ["interrupt: max_tool_items=0"]
    assert budget.used_tokens == 1200


async def test_a_turn_that_ended_is_told_nothing() -> None:
    budget = TokenBudget(100, action="interrupt")
    ended, spender = GuardedTurn(budget, turn_id="a"), GuardedTurn(budget, turn_id="b")
    ended.guard.end()
    ended.guard.end()
    spender.report(100)
    await spender.run_tasks()
    assert ended.did == []


async def test_a_turn_that_goes_on_is_told_to_wrap_up_once() -> None:
    turn = GuardedTurn(TokenBudget(100, action="steer", wrap_up=WRAP_UP))
    turn.use_tool()
    turn.report(100)
    await turn.run_tasks()
    assert turn.did == ["steer: wrap up"]
    turn.use_tool()
    turn.report(100)
    await turn.run_tasks()
    assert turn.did == ["steer: wrap up"]


async def test_a_turn_that_is_writing_its_answer_is_not_made_to_write_another() -> None:
    budget = TokenBudget(100, action="steer", wrap_up=WRAP_UP)
    turn, spender = GuardedTurn(budget, turn_id="a"), GuardedTurn(budget, turn_id="b")
    turn.use_tool()
    turn.report(10)
    turn.start("agentMessage", text="")
    spender.report(90)
    await spender.run_tasks()
    assert turn.did == spender.did == []
    turn.use_tool()  # it was not the answer
    assert turn.did == ["steer: wrap up"]


async def test_a_change_of_the_plan_shows_that_a_turn_goes_on() -> None:
    turn = GuardedTurn(TokenBudget(100, action="steer", wrap_up=WRAP_UP))
    turn.tell(event("turn/plan/updated", plan=[{"step": "one", "status": "pending"}]))
    turn.report(100)
    await turn.run_tasks()
    assert turn.did == ["steer: wrap up"]


async def test_a_turn_that_does_not_wrap_up_is_interrupted_at_the_hard_limit() -> None:
    budget = TokenBudget(100, action="steer", wrap_up=WRAP_UP, hard_limit_tokens=150)
    turn = GuardedTurn(budget)
    turn.use_tool()
    turn.report(100)
    await turn.run_tasks()
    turn.use_tool()
    turn.report(50)
    await turn.run_tasks()
    assert turn.did == ["steer: wrap up", "interrupt: 150 of 100 tokens used"]


async def test_a_callback_that_raises_the_limit_lets_every_turn_go_on() -> None:
    budget = TokenBudget(
        100, action="interrupt", on_exceed=lambda budget: budget.set_limit(2 * budget.limit_tokens)
    )
    turn = GuardedTurn(budget)
    for _ in range(5):
        turn.use_tool()
        turn.report(100)
        await turn.run_tasks()
    assert turn.did == []
    assert (budget.used_tokens, budget.limit_tokens) == (500, 800)


async def test_a_limit_raised_while_a_stop_is_due_takes_it_back() -> None:
    budget = TokenBudget(100, action="interrupt")
    turn = GuardedTurn(budget)
    turn.report(100)
    await turn.run_tasks()
    budget.set_limit(1000)
    turn.use_tool()
    assert turn.did == []
    turn.report(900)
    await turn.run_tasks()
    assert turn.did == ["interrupt: 1000 of 1000 tokens used"]


async def test_what_the_thread_had_used_before_is_not_this_turns() -> None:
    budget = TokenBudget(1)
    turn = GuardedTurn(budget, used_before=500)
    turn.report(0)  # the server repeats its last report
    assert budget.used_tokens == 0

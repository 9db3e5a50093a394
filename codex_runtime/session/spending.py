"""`TurnGuard`: watches one running turn and stops it when it spends too much.

Owns when a turn is interrupted or told to wrap up: for its token budget, and for the number of its
tool items. Does not know how a turn is stopped: it is handed what does that. Enter at `begin`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, final

import trio

from codex_runtime.engine.user_code import call_user_code, run_user_callback
from codex_runtime.model.tool_uses import is_tool_item
from codex_runtime.protocol import (
    AgentMessage,
    ItemCompleted,
    ItemStarted,
    ThreadTokenUsageUpdated,
    TurnPlanUpdated,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.budget import BudgetMark, TokenBudget
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification

__all__ = ["TurnGuard", "announced"]


@final
class TurnGuard:
    """What one turn may spend, while it runs.

    The server reports a model call when the call and its tools are over. Then either the next call
    follows, or the turn ends; no event tells which, but a call that used a tool goes on. What would
    be done to a turn that may be over waits until it is seen to go on: an interrupt would spoil an
    answer that is paid for, and a steer would buy another one.

    Args:
        budget: Shared with others; None: none.
        max_tool_items: How many tools the turn may start; None: any number.
        usage: What the turn has used so far, this event included.
        interrupt: Starts ending the turn, for that reason; returns at once, safe to repeat.
        steer: Starts telling the turn that text; returns at once.
        spawn: Runs a task of the runtime: the budget's callbacks are not run by the reader.
        here: Calls a function in the thread of the runtime, soon: a budget may be changed in any.
    """

    def __init__(
        self,
        budget: TokenBudget | None,
        max_tool_items: int | None,
        *,
        usage: Callable[[], TokenUsage | None],
        interrupt: Callable[[str], None],
        steer: Callable[[str], None],
        spawn: Callable[[Callable[[], Awaitable[None]]], None],
        here: Callable[[Callable[[], None]], None],
    ) -> None:
        self._budget = budget
        self._max_tool_items = max_tool_items
        self._usage = usage
        self._interrupt = interrupt
        self._steer = steer
        self._spawn = spawn
        self._here = here
        self._turn: tuple[str, str] | None = None
        self._tool_ids: set[str] = set()
        self._used_tool = False
        """Since the last report of a call."""
        self._goes_on = False
        """The newest that was seen is a tool: another call follows, or has begun."""
        self._may_be_over = False
        """The last report was of a call without a tool, and nothing was seen since."""
        self._is_due = False
        """The budget said that a limit is passed."""
        self._steered = False
        self._stopped = False
        """An interrupt is under way; what the turn yet uses is counted all the same."""
        self._ended = False

    @property
    def is_needed(self) -> bool:
        """There is something to watch for."""
        return self._budget is not None or self._max_tool_items is not None

    def begin(self) -> None:
        """The turn is about to be asked for; raises `BudgetExceeded` if that is refused."""
        if self._budget is not None:
            self._budget.check()
            self._budget.add_listener(self._on_mark)

    def end(self) -> None:
        """The turn is over, or was never asked for; safe to repeat."""
        self._ended = True
        if self._budget is not None:
            self._budget.remove_listener(self._on_mark)
            if self._turn is not None:
                self._budget.end(*self._turn)

    def watch(self, event: Notification) -> None:
        """Take the next event of the turn, after the fold; called by the reader, never raises."""
        if self._ended:
            return
        match event:
            case ThreadTokenUsageUpdated():
                self._note(event)
            case ItemStarted() | ItemCompleted() if is_tool_item(event.item):
                self._saw_tool()
                self._count(event.item.id or "")
            case TurnPlanUpdated():  # the plan's tool has no item
                self._saw_tool()
            case ItemStarted():
                self._may_be_over = False
                if isinstance(event.item, AgentMessage):
                    self._goes_on = False
            case _:
                return
        self._act()

    def _saw_tool(self) -> None:
        self._used_tool = self._goes_on = True
        self._may_be_over = False

    def _count(self, item_id: str) -> None:
        self._tool_ids.add(item_id)
        if self._max_tool_items is not None and len(self._tool_ids) > self._max_tool_items:
            self._stop(f"max_tool_items={self._max_tool_items}")

    def _note(self, event: ThreadTokenUsageUpdated) -> None:
        self._goes_on = self._used_tool
        self._may_be_over = not self._used_tool
        self._used_tool = False
        if self._budget is None:
            return
        self._turn = self._turn or (event.thread_id, event.turn_id)
        if self._budget.note(*self._turn, self._usage()) is not None:
            self._spawn(partial(announce, self._budget))

    def _on_mark(self, _mark: BudgetMark) -> None:
        """The budget says that a limit is passed, by whomever and in whatever thread."""
        self._here(self._limit_passed)

    def _limit_passed(self) -> None:
        self._is_due = True
        self._act()

    def _act(self) -> None:
        """Do what is due, if it is time for it."""
        budget = self._budget
        if budget is None or self._ended or not self._is_due:
            return
        if not budget.is_exceeded:
            self._is_due = False  # the limit was raised
        elif budget.is_overrun or budget.action == "interrupt":
            if not self._may_be_over:
                self._stop(f"{budget.used_tokens} of {budget.limit_tokens} tokens used")
        elif budget.action == "steer" and self._goes_on and not (self._steered or self._stopped):
            self._steered = True
            self._steer(budget.wrap_up)

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = True
            self._interrupt(reason)


async def announce(budget: TokenBudget) -> None:
    """`TokenBudget.announce`, with the callbacks run where the user's code runs."""
    await trio.lowlevel.checkpoint()
    while (mark := budget.next_due()) is not None:
        try:
            callback = budget.callback_of(mark)
            if callback is not None:
                await call_user_code(partial(run_user_callback, callback, budget))
        except Exception as problem:  # noqa: BLE001 - a user's code, and no turn's fault
            budget.note_error(problem)
        finally:
            budget.tell(mark)


async def announced(engine: Engine, budget: TokenBudget) -> None:
    """Wait until all that is due was announced, by whomever: it may change what follows.

    In a task of the runtime: whoever waits may be cancelled, and the news concerns others too.
    """
    told = trio.Event()

    async def go() -> None:
        await announce(budget)
        budget.when_announced(partial(engine.here, told.set))

    # A callback that asks, and so waits for itself, is not waited for longer than this.
    with trio.move_on_after(engine.config.request_timeout_s):
        if engine.spawn(go):
            await told.wait()

"""`ThreadState`: what a thread looks like now, as a pure fold of its events.

Owns which event changes what, and how the server's record (``thread/read``) and the events that
were seen make one state, nothing missed and nothing twice. Versions are frozen and share what they
have in common (see `persistent`). Does not know where events come from. Enter at
`ThreadState.apply`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from codex_runtime.model.items import with_changes
from codex_runtime.model.persistent import Ledger
from codex_runtime.model.turn_state import TurnState, keyed
from codex_runtime.model.usage import TokenUsage
from codex_runtime.protocol import (
    AgentMessageDelta,
    CommandExecutionOutputDelta,
    ErrorNotification,
    FileChangeOutputDelta,
    FileChangePatchUpdated,
    ItemCompleted,
    ItemStarted,
    PlanDelta,
    ReasoningSummaryTextDelta,
    ReasoningTextDelta,
    ServerRequestResolved,
    ThreadArchived,
    ThreadDeleted,
    ThreadNameUpdated,
    ThreadStatusChanged,
    ThreadTokenUsageUpdated,
    ThreadUnarchived,
    TurnCompleted,
    TurnDiffUpdated,
    TurnPlanUpdated,
    TurnStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from codex_runtime.model.requests.approvals import ApprovalRequest
    from codex_runtime.model.results import TurnResult
    from codex_runtime.model.turn_state import ItemState
    from codex_runtime.protocol import Notification, Thread, ThreadStatus, TurnPlanStep
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["ThreadState"]


@attrs.frozen(kw_only=True)
class ThreadState:
    """A thread at one moment: its turns with their items, its status, name and usage.

    Two states are equal when they show the same; ``revision`` is not compared.
    """

    thread_id: str
    status: ThreadStatus | None = None
    """None until it is known."""
    name: str | None = None
    """The thread's title, if it has one."""
    turns: Ledger[TurnState] = attrs.field(factory=Ledger[TurnState])
    """A read-only sequence, oldest first."""
    usage: TokenUsage | None = None
    """What the thread has used, all its turns together; None before the server reported it."""
    last_call: TokenUsage | None = None
    """The newest model call alone: its ``total_tokens`` is how full the context is. None until the
    server reports it while somebody observes."""
    context_window_tokens: int | None = None
    """How many tokens the model's context holds; None as ``last_call``."""
    pending_approvals: tuple[ApprovalRequest, ...] = ()
    """What waits for a decision of ours, oldest first; `Session.answer` takes one."""
    is_archived: bool = False
    is_deleted: bool = False
    revision: int = attrs.field(default=0, eq=False)
    """Grows with every change."""

    # -- the newest turn -------------------------------------------------------------------------

    @property
    def active_turn(self) -> TurnState | None:
        """The turn that runs; None when none does."""
        last = self.turns[-1] if self.turns else None
        return last if last is not None and last.is_running else None

    @property
    def active_turn_id(self) -> str | None:
        """The id of the turn that runs."""
        active = self.active_turn
        return None if active is None else active.turn_id

    @property
    def text(self) -> str:
        """The answer of the newest turn, as far as it has come."""
        return self.turns[-1].text if self.turns else ""

    @property
    def diff(self) -> str | None:
        """The diff of the newest turn."""
        return self.turns[-1].diff if self.turns else None

    @property
    def plan(self) -> tuple[TurnPlanStep, ...]:
        """The plan of the newest turn."""
        return self.turns[-1].plan if self.turns else ()

    @property
    def items(self) -> Iterator[ItemState]:
        """Every item of every turn, oldest first."""
        return (item for turn in self.turns for item in turn.items)

    # -- changes ---------------------------------------------------------------------------------

    def apply(self, event: Notification) -> ThreadState:
        """The state after the next event; itself when the event changes nothing.

        Pure: the same events give the same state, however their deltas are merged. Amortised
        constant time per delta. Events of other threads and kinds not known here change nothing.
        """
        change = _CHANGES.get(type(event))
        if change is None or getattr(event, "thread_id", None) != self.thread_id:
            return self
        return change(self, event)

    def with_record(self, thread: Thread, *, starting_id: str | None = None) -> ThreadState:
        """What was seen so far, completed by the server's record (``thread/read``).

        Where both tell of the same, the events win: their stream goes on. To be given once, after
        events of every kind were applied from before the record was asked for. What is on record of
        the turn ``starting_id`` is left out: all of that turn will come as events.
        """
        turns = Ledger(
            [
                recorded
                if (seen := self.turns.get(turn.id)) is None
                else seen.with_record(recorded)
                for turn in thread.turns
                if turn.id != starting_id
                for recorded in [TurnState.recorded(turn)]
            ]
        )
        for seen in self.turns:
            if turns.get(seen.turn_id) is None:
                turns = turns.put(seen)
        return attrs.evolve(
            self,
            turns=turns,
            status=self.status or thread.status,
            name=self.name or thread.name,
            revision=self.revision + 1,
        )

    def with_results(self, results: Iterable[TurnResult]) -> ThreadState:
        """With the diffs and plans of ended turns, which the record does not have."""
        turns = self.turns
        for result in results:
            turn = turns.get(result.turn_id or "")
            if turn is not None and turn.is_settled and (result.diff or result.plan):
                turns = turns.put(attrs.evolve(turn, diff=result.diff, plan=result.plan))
        return attrs.evolve(self, turns=turns)

    def with_approvals(self, pending: tuple[ApprovalRequest, ...]) -> ThreadState:
        """With those as what waits; no event tells of a new one."""
        return attrs.evolve(self, pending_approvals=pending, revision=self.revision + 1)

    def lost(self) -> ThreadState:
        """The server died: the turn that ran is ``lost``, and what it asked for is withdrawn."""
        active = self.active_turn
        if active is None and not self.pending_approvals:
            return self
        state = attrs.evolve(self, pending_approvals=(), revision=self.revision + 1)
        return state if active is None else state.with_turn(attrs.evolve(active, status="lost"))

    def with_turn(self, turn: TurnState) -> ThreadState:
        """With that turn in its place, or as the newest."""
        return self._with(self.turns.put(turn))

    def turn(self, turn_id: str) -> TurnState:
        """The turn of that id; one that is not known yet is new, and running."""
        return self.turns.get(turn_id) or TurnState(turn_id=turn_id)

    def _with(self, turns: Ledger[TurnState]) -> ThreadState:
        return ThreadState(
            thread_id=self.thread_id,
            status=self.status,
            name=self.name,
            turns=turns,
            usage=self.usage,
            last_call=self.last_call,
            context_window_tokens=self.context_window_tokens,
            pending_approvals=self.pending_approvals,
            is_archived=self.is_archived,
            is_deleted=self.is_deleted,
            revision=self.revision + 1,
        )


# -- what each event changes ---------------------------------------------------------------------


def _delta(state: ThreadState, event: TextDelta) -> ThreadState:
    turn = state.turn(event.turn_id)
    changed = turn.with_delta(event)
    return state if changed is turn else state.with_turn(changed)


def _item(state: ThreadState, event: ItemStarted | ItemCompleted) -> ThreadState:
    turn = state.turn(event.turn_id)
    changed = turn.with_item(event.item, is_complete=isinstance(event, ItemCompleted))
    return state if changed is turn else state.with_turn(changed)


def _turn_started(state: ThreadState, event: TurnStarted) -> ThreadState:
    turn, root = event.turn, event.turn.root_turn_id
    if root not in (None, turn.id) and state.active_turn_id == root:
        return state  # a review starts under an id that no other event carries
    known = state.turns.get(turn.id)
    if known is not None and known.is_settled and not known.is_recorded:
        return state
    if known is None or known.is_recorded:  # all of it comes as events
        known = TurnState(turn_id=turn.id)
    return state.with_turn(attrs.evolve(known, is_begun=True).told(turn))


def _turn_completed(state: ThreadState, event: TurnCompleted) -> ThreadState:
    turn = state.turn(event.turn.id)
    for key, item in keyed(event.turn.items):
        known = turn.items.get(key)
        if known is None or not known.is_complete:
            turn = turn.with_item(item, is_complete=True)
    return state.with_turn(turn.told(event.turn))


def _patch(state: ThreadState, event: FileChangePatchUpdated) -> ThreadState:
    turn = state.turns.get(event.turn_id)
    known = None if turn is None else turn.items.get(event.item_id)
    if turn is None or known is None or known.is_complete:
        return state
    changed = attrs.evolve(known, item=with_changes(known.item, event.changes))
    return state.with_turn(attrs.evolve(turn, items=turn.items.put(changed)))


def _on_turn(state: ThreadState, turn_id: str, **told: Any) -> ThreadState:  # Any: its fields
    return state.with_turn(attrs.evolve(state.turn(turn_id), **told))


def _on_thread(state: ThreadState, **told: Any) -> ThreadState:  # Any: its fields
    return attrs.evolve(state, revision=state.revision + 1, **told)


def _usage(state: ThreadState, event: ThreadTokenUsageUpdated) -> ThreadState:
    told = event.token_usage
    return _on_thread(
        state,
        usage=TokenUsage.of(told.total),
        last_call=TokenUsage.of(told.last),
        context_window_tokens=told.model_context_window or state.context_window_tokens,
    )


def _error(state: ThreadState, event: ErrorNotification) -> ThreadState:
    return state if event.will_retry else _on_turn(state, event.turn_id, error=event.error)


def _resolved(state: ThreadState, event: ServerRequestResolved) -> ThreadState:
    waiting = state.pending_approvals
    left = tuple(request for request in waiting if request.request_id != event.request_id)
    return state if len(left) == len(waiting) else state.with_approvals(left)


# Any: each takes its own kind of event, by which it is found.
_CHANGES: Final[dict[type, Callable[[ThreadState, Any], ThreadState]]] = {
    AgentMessageDelta: _delta,
    CommandExecutionOutputDelta: _delta,
    FileChangeOutputDelta: _delta,
    PlanDelta: _delta,
    ReasoningSummaryTextDelta: _delta,
    ReasoningTextDelta: _delta,
    ItemStarted: _item,
    ItemCompleted: _item,
    FileChangePatchUpdated: _patch,
    TurnStarted: _turn_started,
    TurnCompleted: _turn_completed,
    TurnDiffUpdated: lambda state, event: _on_turn(state, event.turn_id, diff=event.diff),
    TurnPlanUpdated: lambda state, event: _on_turn(state, event.turn_id, plan=tuple(event.plan)),
    ErrorNotification: _error,
    ServerRequestResolved: _resolved,
    ThreadTokenUsageUpdated: _usage,
    ThreadStatusChanged: lambda state, event: _on_thread(state, status=event.status),
    ThreadNameUpdated: lambda state, event: _on_thread(state, name=event.thread_name),
    ThreadArchived: lambda state, _event: _on_thread(state, is_archived=True),
    ThreadUnarchived: lambda state, _event: _on_thread(state, is_archived=False),
    ThreadDeleted: lambda state, _event: _on_thread(state, is_deleted=True),
}

"""`TurnState` and `ItemState`: one turn, and one item of it, as far as they are known.

Owns how a turn and its items grow, and how the server's record and the events that were seen make
one. Versions are frozen and share what they have in common (see `persistent`). Which event calls
what is `state`'s to know.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.model.items import (
    PART_END,
    is_in_progress,
    item_id,
    item_text,
    part_of,
)
from codex_runtime.model.persistent import GrowingText, Ledger
from codex_runtime.protocol import AgentMessage, ReasoningTextDelta

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_runtime.model.results import TurnResult, TurnStatus
    from codex_runtime.protocol import ThreadItem, Turn, TurnError, TurnPlanStep
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = ["ItemState", "TurnState", "keyed"]

_RUNNING: Final = "inProgress"
_FINAL: Final = "final_answer"


@attrs.frozen(kw_only=True)
class ItemState:
    """One item of a turn, running or complete."""

    item_id: str
    item: ThreadItem | None
    """As the server last reported it; None while only deltas of it were seen."""
    is_complete: bool
    """``item/completed`` was seen, or the server has it on record; it changes no more."""
    is_whole: bool = True
    """``text`` has its beginning. False for a running item that was joined late (until it is
    complete), unless it is an agent message of a turn that this runtime saw from its start."""

    completion_index: int | None = attrs.field(default=None, eq=False)
    """Its place among the complete items of its turn, in the order of their ends."""

    _text: GrowingText | None = attrs.field(default=None, alias="text")
    """None of what is complete: its item has it."""
    _part: int = attrs.field(default=0, eq=False, alias="part")
    _is_raw: bool = attrs.field(default=False, eq=False, alias="is_raw")
    """The text is the raw content of a reasoning, of which no summary came yet."""

    @property
    def text(self) -> str:
        """What the item says so far: see `item_text` for what that is in each kind."""
        if self._text is not None:
            return str(self._text)
        return "" if self.item is None else item_text(self.item)

    @property
    def key(self) -> str:
        """The item's id."""
        return self.item_id

    @property
    def is_settled(self) -> bool:
        """The same as ``is_complete``."""
        return self.is_complete

    @classmethod
    def complete(cls, item: ThreadItem, key: str, index: int) -> ItemState:
        """The authoritative end of an item, the turn's end number ``index``."""
        return cls(item_id=key, item=item, is_complete=True, completion_index=index)

    @classmethod
    def running(cls, item: ThreadItem, key: str, *, is_whole: bool = True) -> ItemState:
        """An item that may yet be added to."""
        text = GrowingText(item_text(item))
        return cls(item_id=key, item=item, is_complete=False, is_whole=is_whole, text=text)

    def started(self, item: ThreadItem) -> ItemState:
        """A start that came after its deltas, or again."""
        return self if self.is_complete else attrs.evolve(self, item=item)

    def grown(self, delta: TextDelta) -> ItemState:
        """With a piece more at its end; what is complete does not change."""
        if self.is_complete:
            return self
        text, part, raw = self._text or GrowingText(), part_of(delta), self._is_raw
        is_raw = isinstance(delta, ReasoningTextDelta)
        if is_raw != raw:
            if is_raw and str(text):
                return self  # a reasoning shows its content only while it has no summary
            text, raw = GrowingText(), is_raw
        elif part > self._part and str(text):
            text += PART_END
        return ItemState(
            item_id=self.item_id,
            item=self.item,
            is_complete=False,
            is_whole=self.is_whole,
            text=text + delta.delta,
            part=part,
            is_raw=raw,
        )


@attrs.frozen(kw_only=True)
class TurnState:
    """One turn: its items in the order of their start, and what else was told of it."""

    turn_id: str
    status: TurnStatus = _RUNNING
    """``inProgress`` while it runs, then ``completed``, ``interrupted`` or ``failed``."""
    items: Ledger[ItemState] = attrs.field(factory=Ledger[ItemState])
    """A read-only sequence: while the turn runs in the order of their start, then of their end, as
    on the server's record. What was running when the turn ended stays in it, incomplete."""
    diff: str | None = None
    """Unified diff of the turn's file changes. Told live alone: the server's record lacks it."""
    plan: tuple[TurnPlanStep, ...] = ()
    """The newest plan. Told live alone, as the diff."""
    error: TurnError | None = None
    started_at_s: int | None = None
    completed_at_s: int | None = None
    duration_ms: int | None = None

    is_recorded: bool = attrs.field(default=False, eq=False)
    """Known from the server's record alone."""
    is_begun: bool = attrs.field(default=False, eq=False)
    """Seen from its start: the record has nothing to add."""
    completions: int = attrs.field(default=0, eq=False)
    """How many ends of items were seen or are on record."""

    @property
    def key(self) -> str:
        """The turn's id."""
        return self.turn_id

    @property
    def is_settled(self) -> bool:
        """It has ended."""
        return self.status != _RUNNING

    @property
    def is_running(self) -> bool:
        """It has not ended."""
        return self.status == _RUNNING

    @property
    def text(self) -> str:
        """The answer so far, as in `TurnResult.text`.

        The last agent message of phase ``final_answer``, else the last one without a phase.
        """
        unphased: ItemState | None = None
        for state in reversed(self.items):
            item = state.item
            if item is not None and not isinstance(item, AgentMessage):
                continue
            phase = None if item is None else item.phase
            if phase == _FINAL:
                return state.text
            if phase is None and unphased is None:
                unphased = state
        return "" if unphased is None else unphased.text

    # -- made from what is known otherwise -------------------------------------------------------

    @classmethod
    def recorded(cls, turn: Turn) -> TurnState:
        """A turn as the server has it on record."""
        return cls(
            turn_id=turn.id,
            items=Ledger(
                [
                    ItemState.running(item, key, is_whole=False)
                    if is_in_progress(item) and turn.status == _RUNNING
                    else ItemState.complete(item, key, at)
                    for at, (key, item) in enumerate(keyed(turn.items))
                ]
            ),
            completions=len(turn.items),
            is_recorded=True,
        ).told(turn)

    @classmethod
    def of_result(cls, result: TurnResult, turn_id: str) -> TurnState:
        """A running turn of which this runtime has folded the events so far."""
        return cls(
            turn_id=turn_id,
            items=Ledger(
                [
                    ItemState.running(item, key, is_whole=isinstance(item, AgentMessage))
                    for key, item in keyed(result.items)
                ]
            ),
            diff=result.diff,
            plan=result.plan,
            error=result.error,
            started_at_s=result.started_at_s,
            is_begun=True,
        )

    def told(self, turn: Turn) -> TurnState:
        """With what the server says of the turn itself."""
        told = attrs.evolve(
            self,
            status=turn.status,
            error=turn.error or self.error,
            started_at_s=turn.started_at or self.started_at_s,
            completed_at_s=turn.completed_at or self.completed_at_s,
            duration_ms=self.duration_ms if turn.duration_ms is None else turn.duration_ms,
        )
        return told.ordered()

    def ordered(self) -> TurnState:
        """Once it has ended: its complete items in the order of their ends, as on record.

        What never was complete stays behind the item that it stood behind.
        """
        indices = [state.completion_index for state in self.items]
        if not self.is_settled or all(
            later is None or earlier is None or earlier <= later
            for earlier, later in pairwise(indices)
        ):
            return self
        last = -1
        places: list[tuple[int, ItemState]] = []
        for state in self.items:
            last = last if state.completion_index is None else state.completion_index
            places.append((last, state))
        places.sort(key=lambda place: place[0])
        return attrs.evolve(self, items=Ledger([state for _, state in places]))

    def with_record(self, record: TurnState) -> TurnState:
        """What was seen of the turn, completed by what the server has on record."""
        items = self.items if self.is_begun else record.items
        for state in self.items:
            known = record.items.get(state.item_id)
            if known is not None and known.is_complete:
                items = items.put(known)
            elif state.completion_index is not None:  # it ended after the record was written
                index = state.completion_index + record.completions
                items = items.put(attrs.evolve(state, completion_index=index))
            else:
                items = items.put(state)
        completions = self.completions + record.completions
        if self.is_begun:
            for known in record.items:  # its events are on their way
                if items.get(known.item_id) is None:
                    items = items.put(known)
            return attrs.evolve(self, items=items, completions=completions).ordered()
        return attrs.evolve(
            record,
            items=items,
            diff=self.diff,
            plan=self.plan,
            error=self.error or record.error,
            is_recorded=False,
            completions=completions,
        ).ordered()

    # -- events ----------------------------------------------------------------------------------

    def with_item(self, item: ThreadItem, *, is_complete: bool) -> TurnState:
        """The item's start, or its authoritative end; a start never reopens what is complete."""
        key = item_id(item)
        if key is None:
            key = f"?{len(self.items)}"
        known = self.items.get(key)
        if is_complete:
            index = self.completions if known is None else known.completion_index
            state = ItemState.complete(item, key, self.completions if index is None else index)
            return attrs.evolve(self, items=self.items.put(state), completions=self.completions + 1)
        state = ItemState.running(item, key) if known is None else known.started(item)
        return self if state is known else self._with(self.items.put(state))

    def with_delta(self, delta: TextDelta) -> TurnState:
        """A piece of an item; one whose start was not seen begins here, without its beginning."""
        known = self.items.get(delta.item_id)
        if known is None:
            known = ItemState(item_id=delta.item_id, item=None, is_complete=False, is_whole=False)
        state = known.grown(delta)
        return self if state is known else self._with(self.items.put(state))

    def _with(self, items: Ledger[ItemState]) -> TurnState:
        # Nearly all events of a long turn: `attrs.evolve` takes three times as long.
        return TurnState(
            turn_id=self.turn_id,
            status=self.status,
            items=items,
            diff=self.diff,
            plan=self.plan,
            error=self.error,
            started_at_s=self.started_at_s,
            completed_at_s=self.completed_at_s,
            duration_ms=self.duration_ms,
            is_begun=self.is_begun,
            completions=self.completions,
        )


def keyed(items: Sequence[ThreadItem]) -> Iterator[tuple[str, ThreadItem]]:
    """Each item with its id, or with one of ours if it has none."""
    return ((item_id(item) or f"?{at}", item) for at, item in enumerate(items))

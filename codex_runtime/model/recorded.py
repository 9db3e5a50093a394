"""Recorded turns: from what the server wrote down of a turn to our result of it.

Owns when a record can be believed to be the end, and how it completes what the live events told:
each item once. Does not know who reads the record, nor when. Trap of the real server: the record of
a turn that just begins says ``interrupted`` for a moment, without a time of completion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from codex_runtime.model.fold import AnswerText
from codex_runtime.model.items import item_id
from codex_runtime.model.results import TurnResult
from codex_runtime.protocol import AgentMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.protocol import ThreadItem, Turn

__all__ = ["completed_by", "is_settled", "recorded_result"]

_Item = TypeVar("_Item", bound="ThreadItem")

_RUNNING: Final = "inProgress"
_SURE_ENDS: Final = ("completed", "failed")


def is_settled(turn: Turn) -> bool:
    """The record surely tells how the turn ended.

    ``interrupted`` without a time is also said of a turn that has just begun, or whose end was
    never written.
    """
    if turn.status == _RUNNING:
        return False
    return turn.status in _SURE_ENDS or turn.completed_at is not None


def recorded_result(thread_id: str, turn: Turn) -> TurnResult:
    """The result of a turn of which nothing was seen but its record."""
    nothing = TurnResult(thread_id=thread_id, turn_id=turn.id, status=turn.status, text="")
    return completed_by(nothing, turn)


def completed_by(live: TurnResult, turn: Turn) -> TurnResult:
    """``live``, as far as its events told, completed by the server's record of the turn.

    The record decides how the turn ended and what an item came to; what it does not have (usage,
    diff, plan, items that it never writes down) stays as it was told.
    """
    spoken = [item for item in turn.items if isinstance(item, AgentMessage)]
    messages = _merged(live.messages, spoken)
    answer = AnswerText()
    for message in messages:
        answer.item(message, completed=True)
    return attrs.evolve(
        live,
        status=turn.status,
        text=answer.text,
        messages=messages,
        items=_merged(live.items, turn.items),
        error=None if turn.status == "completed" else turn.error or live.error,
        started_at_s=_first(turn.started_at, live.started_at_s),
        completed_at_s=_first(turn.completed_at, live.completed_at_s),
        duration_ms=_first(turn.duration_ms, live.duration_ms),
        reconciled=True,
    )


def _merged(live: Sequence[_Item], recorded: Sequence[_Item]) -> tuple[_Item, ...]:
    """Every item once, in the order of their start; what only the record has, after its neighbour.

    Items without an id are the same when they are equal.
    """
    merged = list(live)
    places = {_key(item): place for place, item in enumerate(merged)}
    added: dict[int, dict[str, _Item]] = {}
    """What only the record has, by the place of what it has before that."""
    before = -1
    for item in recorded:
        key = _key(item)
        if key in places:
            before = places[key]
            merged[before] = item
        else:
            added.setdefault(before, {})[key] = item
    ordered = list(added.get(-1, {}).values())
    for place, item in enumerate(merged):
        ordered += (item, *added.get(place, {}).values())
    return tuple(ordered)


def _key(item: ThreadItem) -> str:
    key = item_id(item)
    return f"={item!r}" if key is None else f"#{key}"


def _first(recorded: int | None, live: int | None) -> int | None:
    return live if recorded is None else recorded

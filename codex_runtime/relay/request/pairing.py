"""What each item of a conversation is, and which output answers which call.

Owns the sorting of items by type, with a rule for types not known, and the pairing by order as well
as by id: ids may be missing or used twice. Does not know how messages are built. Enter at `Pairs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from codex_runtime.relay.request.parts import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.relay.shapes.asked import InputItem

__all__ = ["Kind", "Pairs", "key_of", "kind_of"]


Kind = Literal["user", "system", "assistant", "call", "output", "reasoning", "nothing"]
"""What an item is in a chat; "nothing" has no text and nothing to answer, and is left out."""

_KINDS: Final[dict[str, Kind]] = {
    "function_call": "call",
    "custom_tool_call": "call",
    "local_shell_call": "call",
    "tool_search_call": "call",
    "function_call_output": "output",
    "custom_tool_call_output": "output",
    "local_shell_call_output": "output",
    "tool_search_output": "output",
    "reasoning": "reasoning",
    "compaction": "user",
    "compaction_summary": "user",
    "context_compaction": "user",
    "agent_message": "user",
    "item_reference": "nothing",
}
_ROLES: Final[dict[str, Kind]] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}


def kind_of(item: InputItem) -> Kind:
    """Sort one item.

    Raises:
        Unfit: It is a message of no role that a chat knows.
    """
    if item.type == "message":
        kind = _ROLES.get(item.role or "")
        if kind is None:
            given = f"the role {item.role!r}" if item.role else "no role"
            raise Unfit(f"A message has {given}: give it one of {', '.join(_ROLES)}", "role")
        return kind
    kind = _KINDS.get(item.type) or _unlisted(item)
    if item.execution == "server" and item.type.startswith("tool_search_"):
        return "nothing"  # searched elsewhere; the tools that were found are declared anyway
    return kind


def _unlisted(item: InputItem) -> Kind:
    if item.type.endswith("_call"):
        # One without an id was carried out where the model ran: its fruits are in the answer.
        return "call" if item.call_id else "nothing"
    if item.type.endswith("_output"):
        return "output"
    if item.content or item.text or item.summary:
        return _ROLES.get(item.role or "", "user")
    return "nothing"


def key_of(item: InputItem) -> str:
    """The id that a call and its output share; empty where there is none."""
    if item.call_id:
        return item.call_id
    return (item.id or "") if item.type.startswith("local_shell_call") else ""


class Pairs:
    """Calls and outputs of one conversation, by their places in it."""

    __slots__ = ("_epoch", "_waiting", "answers", "orphans")

    answers: dict[int, int]
    """Place of a call -> place of its output."""
    orphans: set[int]
    """Places of the outputs that answer no call."""

    def __init__(self, items: Sequence[InputItem], kinds: Sequence[Kind]) -> None:
        self.answers = {}
        self.orphans = set()
        self._waiting: dict[str, list[tuple[int, int]]] = {}
        self._epoch = 0  # how many user messages have passed
        for place, kind in enumerate(kinds):
            if kind == "call":
                self._call(place, key_of(items[place]))
            elif kind == "output":
                self._output(place, key_of(items[place]))
            elif kind == "user":
                self._epoch += 1

    def _call(self, place: int, key: str) -> None:
        waiting = self._waiting.get(key)
        # An id that is used again after the user spoke means the new call: the old one was left.
        if not waiting or waiting[-1][1] < self._epoch:
            self._waiting[key] = [(place, self._epoch)]
        else:
            waiting.append((place, self._epoch))

    def _output(self, place: int, key: str) -> None:
        waiting = self._waiting.get(key)
        if waiting:
            self.answers[waiting.pop(0)[0]] = place
        else:
            self.orphans.add(place)

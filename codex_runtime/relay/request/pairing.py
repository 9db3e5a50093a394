"""What each item of a conversation is, and which output answers which call.

Owns the sorting of items by type, with a rule for types not known, and the pairing by order as well
as by id: ids may be missing or used twice. Does not know how messages are built. Enter at `Pairs`.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from codex_runtime.relay.request.parts import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.relay.shapes.asked import InputItem

__all__ = ["Kind", "Pairs", "key_of", "kind_of"]


class Kind(Enum):
    """What an item is in a chat."""

    USER = auto()
    SYSTEM = auto()
    ASSISTANT = auto()
    CALL = auto()
    OUTPUT = auto()
    REASONING = auto()
    COMPACTION = auto()
    NOTHING = auto()
    """Known or unknown, with no text and nothing to answer: it is left out."""


_KINDS: Final = {
    "function_call": Kind.CALL,
    "custom_tool_call": Kind.CALL,
    "local_shell_call": Kind.CALL,
    "tool_search_call": Kind.CALL,
    "function_call_output": Kind.OUTPUT,
    "custom_tool_call_output": Kind.OUTPUT,
    "local_shell_call_output": Kind.OUTPUT,
    "tool_search_output": Kind.OUTPUT,
    "reasoning": Kind.REASONING,
    "compaction": Kind.COMPACTION,
    "compaction_summary": Kind.COMPACTION,
    "context_compaction": Kind.COMPACTION,
    "agent_message": Kind.USER,
    "item_reference": Kind.NOTHING,
}
_ROLES: Final = {
    "user": Kind.USER,
    "assistant": Kind.ASSISTANT,
    "system": Kind.SYSTEM,
    "developer": Kind.SYSTEM,
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
    if item.type.startswith("tool_search_") and item.execution == "server":
        return Kind.NOTHING  # searched elsewhere; the tools that were found are declared anyway
    return _KINDS.get(item.type) or _unlisted(item)


def _unlisted(item: InputItem) -> Kind:
    if item.type.endswith("_call"):
        # One without an id was carried out where the model ran: its fruits are in the answer.
        return Kind.CALL if item.call_id else Kind.NOTHING
    if item.type.endswith("_output"):
        return Kind.OUTPUT
    if item.content or item.text or item.summary:
        return _ROLES.get(item.role or "", Kind.USER)
    return Kind.NOTHING


def key_of(item: InputItem) -> str:
    """The id that a call and its output share; empty where there is none."""
    if item.call_id:
        return item.call_id
    return (item.id or "") if item.type.startswith("local_shell_call") else ""


class Pairs:
    """Calls and outputs of one conversation, by their places in it."""

    __slots__ = ("_answers", "_asked", "_by_key", "_epoch")

    def __init__(self, items: Sequence[InputItem], kinds: Sequence[Kind]) -> None:
        self._answers: dict[int, int] = {}
        self._asked: set[int] = set()
        self._by_key: dict[str, deque[tuple[int, int]]] = {}
        self._epoch = 0  # how many user messages have passed
        for index, kind in enumerate(kinds):
            if kind is Kind.CALL:
                self._call(index, key_of(items[index]))
            elif kind is Kind.OUTPUT:
                self._output(index, key_of(items[index]))
            elif kind is Kind.USER:
                self._epoch += 1

    def answer_to(self, call: int) -> int | None:
        """Where the output of the call at this place is."""
        return self._answers.get(call)

    def is_orphan(self, output: int) -> bool:
        """Whether the output at this place answers no call."""
        return output not in self._asked

    def _call(self, index: int, key: str) -> None:
        waiting = self._by_key.setdefault(key, deque())
        # An id that is used again after the user spoke means the new call: the old one was left.
        while waiting and waiting[0][1] < self._epoch:
            waiting.popleft()
        waiting.append((index, self._epoch))

    def _output(self, index: int, key: str) -> None:
        waiting = self._by_key.get(key)
        if waiting:
            call, _ = waiting.popleft()
            self._answers[call] = index
            self._asked.add(index)

"""`story`: the entries of a rollout as messages, tool calls, reasoning and notices, each once.

Owns which of the lines that tell the same thing counts. A server of today writes every item of a
turn (such lines have an ordinal); before, messages were events and tool calls what the model made;
the oldest rollouts hold nothing but what went to the model, injected context included. Knows no
bytes and no file. Enter at `story`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.history.rollouts.calls import answered, call_of_item, call_of_response
from codex_runtime.history.rollouts.entries import (
    CompactedEntry,
    EventEntry,
    ResponseEntry,
    SessionMetaEntry,
)
from codex_runtime.history.rollouts.events import (
    AgentMessageEvent,
    ItemCompletedEvent,
    TaskCompleteEvent,
    TaskStartedEvent,
    ThreadRolledBackEvent,
    TurnAbortedEvent,
    UserMessageEvent,
)
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, Record, ToolCall
from codex_runtime.history.rollouts.responses import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    LocalShellCall,
    ResponseMessage,
    ResponseReasoning,
    WebSearchCall,
)
from codex_runtime.history.rollouts.turn_items import (
    AgentMessageItem,
    PlanItem,
    ReasoningItem,
    UserMessageItem,
)
from codex_runtime.model.titles import spoken_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from codex_runtime.history.rollouts.entries import Entry
    from codex_runtime.history.rollouts.events import Event
    from codex_runtime.history.rollouts.parts import ContentPart

__all__ = ["Message", "Notice", "Reasoning", "Record", "Story", "ToolCall", "story"]

_MAX_OPEN_CALLS: Final = 64
"""Calls that wait for their outputs at once; the oldest is told without when there are more."""

_ENDS_CALLS: Final = (TaskStartedEvent, TaskCompleteEvent, TurnAbortedEvent, UserMessageEvent)


def story(entries: Iterable[Entry]) -> Iterator[Record]:
    """What the entries of one rollout tell, in the order of the file; every thing once.

    Context that the server injected is no message. A tool call stands where it began and has its
    output; what follows it is held back until the output is there or its turn ends. Lazy, in memory
    that does not grow with the rollout. Entries of unknown kinds tell nothing.
    """
    fold = Story()
    for entry in entries:
        yield from fold.add(entry)
    yield from fold.end()


@attrs.define
class _Held:
    """A record that was not told yet: it waits for its output, or for its turn."""

    record: Record
    is_open: bool = False


class Story:
    """`story` for whoever has the entries one at a time: `add` each, then `end` once."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()
        self._open: dict[str, _Held] = {}

    def add(self, entry: Entry) -> Iterator[Record]:
        """What can be told after one more entry; to be iterated to its end before the next."""
        match entry:
            case EventEntry(payload=payload):
                if isinstance(payload, _ENDS_CALLS):
                    self._close_all()
                record = _told_by_event(entry)
                if record is not None:
                    self._held.append(_Held(record))
            case ResponseEntry(ordinal=None):
                self._add_response(entry)
            case SessionMetaEntry() | CompactedEntry():
                record = _told_by_line(entry)
                if record is not None:
                    self._held.append(_Held(record))
            case _:
                pass
        yield from self._tellable()

    def end(self) -> Iterator[Record]:
        """What was held back: calls whose outputs are not on record."""
        self._close_all()
        yield from self._tellable()

    def _add_response(self, entry: ResponseEntry) -> None:
        payload = entry.payload
        match payload:
            case FunctionCall() | CustomToolCall() | LocalShellCall():
                self._open_call(call_of_response(payload, entry.at_s))
            case WebSearchCall():
                self._held.append(_Held(call_of_response(payload, entry.at_s)))
            case FunctionCallOutput() | CustomToolCallOutput():
                held = self._open.pop(payload.call_id or "", None)
                if held is not None and isinstance(held.record, ToolCall):
                    held.record = answered(held.record, payload)
                    held.is_open = False
            case ResponseReasoning():
                record = _reasoning_of(payload, entry.at_s)
                if record is not None:
                    self._held.append(_Held(record))
            case ResponseMessage() if not entry.timestamp:
                message = _oldest_message(payload)
                if message is not None:
                    if message.role == "user":
                        self._close_all()
                    self._held.append(_Held(message))
            case _:
                pass

    def _open_call(self, call: ToolCall) -> None:
        if not call.call_id:
            self._held.append(_Held(call))
            return
        earlier = self._open.pop(call.call_id, None)
        if earlier is not None:
            earlier.is_open = False
        if len(self._open) >= _MAX_OPEN_CALLS:
            self._open.pop(next(iter(self._open))).is_open = False
        self._open[call.call_id] = held = _Held(call, is_open=True)
        self._held.append(held)

    def _close_all(self) -> None:
        for held in self._open.values():
            held.is_open = False
        self._open.clear()

    def _tellable(self) -> Iterator[Record]:
        while self._held and not self._held[0].is_open:
            yield self._held.popleft().record


def _told_by_event(entry: EventEntry) -> Record | None:
    payload, at_s = entry.payload, entry.at_s
    match payload:
        case ItemCompletedEvent():
            return _told_by_item(payload, at_s) if entry.ordinal is not None else None
        case UserMessageEvent():
            images = (*(payload.images or ()), *(payload.local_images or ()))
            return Message(role="user", text=payload.message, images=images, at_s=at_s)
        case AgentMessageEvent():
            return Message(role="assistant", text=payload.message, phase=payload.phase, at_s=at_s)
        case _:
            return _notice_of(payload, at_s)


def _notice_of(payload: Event, at_s: float | None) -> Notice | None:
    match payload:
        case TaskCompleteEvent(error=error) if error is not None:
            return Notice(
                kind="turn_failed", text=error.message, turn_id=payload.turn_id, at_s=at_s
            )
        case TurnAbortedEvent():
            text = f"The turn was ended: {payload.reason or 'no reason is on record'}."
            return Notice(kind="turn_interrupted", text=text, turn_id=payload.turn_id, at_s=at_s)
        case ThreadRolledBackEvent():
            text = f"The last turns no longer count: {payload.num_turns}."
            return Notice(kind="rolled_back", text=text, at_s=at_s)
        case _:
            return None


def _told_by_item(event: ItemCompletedEvent, at_s: float | None) -> Record | None:
    item, turn_id = event.item, event.turn_id
    match item:
        case UserMessageItem():
            return Message(
                role="user",
                text=_text_of(item.content or ()),
                images=_images_of(item.content or ()),
                item_id=item.id,
                turn_id=turn_id,
                at_s=at_s,
            )
        case AgentMessageItem():
            return Message(
                role="assistant",
                text=_text_of(item.content or ()),
                phase=item.phase,
                item_id=item.id,
                turn_id=turn_id,
                at_s=at_s,
            )
        case ReasoningItem():
            text = "\n\n".join(item.summary_text or item.raw_content or ())
            if not text:
                return None
            return Reasoning(text=text, item_id=item.id, turn_id=turn_id, at_s=at_s)
        case PlanItem():
            return Notice(kind="plan", text=item.text, turn_id=turn_id, at_s=at_s)
        case _:
            return call_of_item(item, turn_id, at_s)


def _told_by_line(entry: SessionMetaEntry | CompactedEntry) -> Record | None:
    if isinstance(entry, CompactedEntry):
        return Notice(kind="compacted", text=entry.payload.message, at_s=entry.at_s)
    parent = entry.payload.forked_from_id
    if parent is None:
        return None
    return Notice(kind="forked", text=f"Goes on from thread {parent}.", at_s=entry.at_s)


def _reasoning_of(payload: ResponseReasoning, at_s: float | None) -> Reasoning | None:
    text = "\n\n".join(part.text or "" for part in payload.summary or payload.content or ())
    return Reasoning(text=text, item_id=payload.id, at_s=at_s) if text else None


def _oldest_message(payload: ResponseMessage) -> Message | None:
    """A message of a rollout that has no events; None for what nobody said."""
    content = payload.content or ()
    if payload.role == "assistant":
        text = content if isinstance(content, str) else _text_of(content)
        return Message(role="assistant", text=text, item_id=payload.id)
    if payload.role != "user":
        return None
    text = spoken_text(content if isinstance(content, str) else _text_of(content))
    images = () if isinstance(content, str) else _images_of(content)
    if not text and not images:
        return None
    return Message(role="user", text=text, images=images, item_id=payload.id)


def _text_of(content: Iterable[ContentPart]) -> str:
    return "\n".join(part.text for part in content if part.text)


def _images_of(content: Iterable[ContentPart]) -> tuple[str, ...]:
    addresses = (part.image_url or part.path for part in content)
    return tuple(address for address in addresses if address)

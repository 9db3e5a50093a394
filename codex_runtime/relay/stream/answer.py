"""The items of one answer, written as the events a client reads.

Owns which item is open, the numbers of items and events, and the order of events: reasoning ends
before the message begins, whatever is open ends before the answer does. Does not know chunks, nor
when the answer ends. Enter at `AnswerWriter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Raw

from codex_runtime.relay.shapes.events import (
    ArgumentsDone,
    CallDelta,
    CustomCallItem,
    CustomInputDone,
    FunctionCallItem,
    ItemEvent,
    MessageItem,
    OutputText,
    PartEvent,
    ReasoningItem,
    SummaryDelta,
    SummaryDone,
    SummaryPartEvent,
    SummaryText,
    TextDelta,
    TextDone,
    delta,
    encode,
    framed,
    head_of,
)
from codex_runtime.relay.stream.call_items import ID_PREFIXES, CallItem, begun, done

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.relay.request.tool_names import ToolNames
    from codex_runtime.relay.shapes.events import Event, ItemStatus
    from codex_runtime.relay.stream.calls import ToolCall

__all__ = ["AnswerWriter"]

_SUMMARY: Final = "response.reasoning_summary"
_ARGUMENTS: Final = "response.function_call_arguments"
_INPUT: Final = "response.custom_tool_call_input"


class _OpenCall:
    """A call that the client has been told of."""

    __slots__ = ("head", "index", "item")

    def __init__(self, index: int, item: CallItem) -> None:
        self.index = index
        self.item = item
        self.head = b""
        if isinstance(item, FunctionCallItem):
            self.head = head_of(CallDelta(f"{_ARGUMENTS}.delta", item.id, index))


class AnswerWriter:
    """Writes events; whoever owns it takes them away with `taken`."""

    def __init__(self, tools: ToolNames, new_id: Callable[[str], str]) -> None:
        self._tools = tools
        self._new_id = new_id
        self._events: list[bytes] = []
        self._next_event = 0
        self._next_index = 0
        self._done: dict[int, bytes] = {}
        self._item_id = ""
        self._index = 0
        self._head = b""
        self._texts: list[str] = []
        self._writes: type[MessageItem | ReasoningItem] | None = None
        self._says_something = False
        self._blank = ""
        self._calls: dict[ToolCall, _OpenCall] = {}
        self._thoughts: list[str] = []

    # ------------------------------------------------------------------ what the owner reads

    @property
    def reasoning(self) -> str:
        """The reasoning so far, over all its items."""
        return "".join(self._thoughts)

    @property
    def call_ids(self) -> tuple[str, ...]:
        """The calls that are done, in the order in which they began."""
        return tuple(
            call.call_id
            for call, opened in self._calls.items()
            if opened.item.status == "completed"
        )

    def items(self) -> tuple[bytes, ...]:
        """The items that are done, encoded, in their order."""
        return tuple(self._done[index] for index in sorted(self._done))

    def taken(self) -> bytes:
        """The events written since the last time."""
        events = b"".join(self._events)
        self._events.clear()
        return events

    # ------------------------------------------------------------------ what the owner writes

    def send(self, event: Event) -> None:
        """Number an event and write it."""
        event.sequence_number = self._next_event
        self._next_event += 1
        self._events.append(framed(event))

    def say(self, text: str) -> None:
        """More of the message. White space alone opens none; it waits for what follows."""
        if self._writes is not MessageItem:
            text = self._blank + text
            if text.isspace():
                self._blank = text
                return
            self._blank = ""
            self._open_message()
        self._texts.append(text)
        self._send_delta(self._head, text)

    def think(self, text: str) -> None:
        """More of the reasoning."""
        if self._writes is not ReasoningItem:
            self._open_reasoning()
        self._texts.append(text)
        self._thoughts.append(text)
        self._send_delta(self._head, text)

    def open_call(self, call: ToolCall) -> None:
        """Tell of a call, and of the arguments it has so far."""
        self.close_text("completed")
        target = self._tools.restore(call.name)
        item = begun(target, self._new_id(ID_PREFIXES[target.kind]), call.call_id)
        self._calls[call] = _OpenCall(self._add(item), item)
        call.opened = True
        if call.arguments.strip():
            self.add_arguments(call, call.arguments)

    def add_arguments(self, call: ToolCall, text: str) -> None:
        """More of a call's arguments; only those of a function are told as they come."""
        head = self._calls[call].head
        if head:
            self._send_delta(head, text)

    def close(self, status: ItemStatus, calls: list[ToolCall]) -> None:
        """End whatever is open. Calls are done only in an answer that is completed."""
        self.close_text(status)
        if status != "completed":
            return
        for call in calls:
            if not call.opened:
                self.open_call(call)
            self._close_call(call)
        if not calls and not self._says_something:
            self._open_message()
            if self._blank:
                self._texts.append(self._blank)
                self._send_delta(self._head, self._blank)
            self.close_text(status)

    def close_text(self, status: ItemStatus) -> None:
        """End the message or the reasoning, if one of them is open."""
        if self._writes is None:
            return
        if self._writes is MessageItem:
            self._close_message(status)
        else:
            self._close_reasoning(status)
        self._texts.clear()
        self._writes = None

    # ------------------------------------------------------------------ items

    def _send_delta(self, head: bytes, text: str) -> None:
        self._events.append(delta(head, text, self._next_event))
        self._next_event += 1

    def _add(self, item: MessageItem | ReasoningItem | CallItem) -> int:
        index = self._next_index
        self._next_index += 1
        self.send(ItemEvent("response.output_item.added", index, Raw(encode(item))))
        return index

    def _end(self, index: int, item: MessageItem | ReasoningItem | CallItem) -> None:
        encoded = encode(item)
        self._done[index] = encoded
        self.send(ItemEvent("response.output_item.done", index, Raw(encoded)))

    def _open_message(self) -> None:
        self.close_text("completed")
        self._writes = MessageItem
        self._says_something = True
        self._item_id = item_id = self._new_id("msg")
        self._index = index = self._add(MessageItem(item_id))
        part = OutputText()
        self._head = head_of(TextDelta("response.output_text.delta", item_id, index, 0))
        self.send(PartEvent("response.content_part.added", item_id, index, 0, part))

    def _close_message(self, status: ItemStatus) -> None:
        part = OutputText("".join(self._texts))
        item_id, index = self._item_id, self._index
        self.send(TextDone("response.output_text.done", item_id, index, 0, part.text))
        self.send(PartEvent("response.content_part.done", item_id, index, 0, part))
        self._end(index, MessageItem(item_id, status, content=[part]))

    def _open_reasoning(self) -> None:
        self.close_text("completed")
        self._writes = ReasoningItem
        self._item_id = item_id = self._new_id("rs")
        self._index = index = self._add(ReasoningItem(item_id))
        part = SummaryText()
        self._head = head_of(SummaryDelta(f"{_SUMMARY}_text.delta", item_id, index, 0))
        self.send(SummaryPartEvent(f"{_SUMMARY}_part.added", item_id, index, 0, part))

    def _close_reasoning(self, status: ItemStatus) -> None:
        part = SummaryText("".join(self._texts))
        item_id, index = self._item_id, self._index
        self.send(SummaryDone(f"{_SUMMARY}_text.done", item_id, index, 0, part.text))
        self.send(SummaryPartEvent(f"{_SUMMARY}_part.done", item_id, index, 0, part))
        self._end(index, ReasoningItem(item_id, status, [part]))

    def _close_call(self, call: ToolCall) -> None:
        opened = self._calls[call]
        item, index = opened.item, opened.index
        arguments = call.arguments
        done(item, arguments)
        if isinstance(item, FunctionCallItem):
            if not arguments.strip():
                self._send_delta(opened.head, item.arguments)
            self.send(
                ArgumentsDone(f"{_ARGUMENTS}.done", item.id, index, item.name, item.arguments)
            )
        elif isinstance(item, CustomCallItem):
            self.send(CallDelta(f"{_INPUT}.delta", item.id, index, item.input))
            self.send(CustomInputDone(f"{_INPUT}.done", item.id, index, item.input))
        self._end(index, item)

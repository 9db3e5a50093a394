"""The items of a conversation as chat messages, each encoded once.

Owns the order of messages: what one reply of the model held is one assistant message, its tool
messages follow at once, everything else stays in its place; the system messages that a conversation
begins with are one, since many chat templates take no second one. Does not know tools or
parameters, and leaves reasoning beside the messages. Enter at `Conversation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET, Raw

from codex_runtime.relay.failures import Refused, bad_request
from codex_runtime.relay.request.encoding import encode_message
from codex_runtime.relay.request.pairing import Pairs, key_of, kind_of
from codex_runtime.relay.request.parts import (
    Unfit,
    as_json,
    content_of,
    is_object,
    parted,
    split,
    text_of,
)
from codex_runtime.relay.request.tools import flat_names
from codex_runtime.relay.shapes.chat import CalledFunction, ChatToolCall, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from codex_runtime.relay.request.pairing import Kind
    from codex_runtime.relay.request.tool_names import ToolNames
    from codex_runtime.relay.shapes.asked import InputItem
    from codex_runtime.relay.shapes.chat import ContentPart

__all__ = ["Conversation", "Turn"]

_UNANSWERED: Final = "No output: the call was interrupted or never carried out."
_EMPTY: Final = "(no output)"
_ATTACHED: Final = "(the output follows as an attachment)"
_NO_SIGNATURE: Final = Raw(b'{"google":{"thought_signature":"skip_thought_signature_validator"}}')
_SYSTEM: Final = "[System message]"
_NOT_FOUND: Final = "No tool was found."
_COMPACTED: Final = "[An earlier part of this conversation was compacted and cannot be read here.]"


class Turn(NamedTuple):
    """One assistant message."""

    place: int
    """Of the message among all messages."""
    call_ids: tuple[str, ...]
    """Ids of its calls as the client gave them, in order."""
    reasoning: str
    """Empty where none came."""


class _Call(NamedTuple):
    place: int
    key: str
    function: CalledFunction


class _Block:
    """What one reply of the model held, so far."""

    __slots__ = ("calls", "items", "media", "reasoning", "texts")

    def __init__(self) -> None:
        self.items: list[InputItem] = []
        self.reasoning: list[str] = []
        self.texts: list[str] = []
        self.calls: list[_Call] = []
        self.media: list[ContentPart] = []

    @property
    def speaks(self) -> bool:
        return bool(self.texts or self.calls or self.media)


class Conversation:
    """Messages in the making; everything is there once it has been made.

    Args:
        items: The conversation, oldest first.
        names: Flat names of the tools.
        history_count: How many of the items are older than the request: refusals count from it.
        first_index: Place of the first message, where others stand before.
        signed: Each call says that no signature of the model is kept for it, in Gemini's words.
        strict_roles: Later system messages are the user's, and what the user says in a row is one
            message.

    Raises:
        Refused: An item cannot be sent on.
    """

    __slots__ = (
        "_block",
        "_first_index",
        "_held",
        "_held_role",
        "_history_count",
        "_items",
        "_names",
        "_pairs",
        "_signature",
        "_strict_roles",
        "messages",
        "tail",
        "tail_index",
        "turns",
    )

    messages: list[bytes]
    """Encoded, without reasoning."""
    turns: list[Turn]
    tail: list[InputItem]
    """Items of the last message if a reply would be joined to it, else empty."""
    tail_index: int
    """How many messages stand before that one."""

    def __init__(
        self,
        items: Sequence[InputItem],
        names: ToolNames,
        *,
        history_count: int = 0,
        first_index: int = 0,
        signed: bool = False,
        strict_roles: bool = False,
    ) -> None:
        self.messages = []
        self.turns = []
        self._names = names
        self._items = items
        self._history_count = history_count
        self._first_index = first_index
        self._signature = _NO_SIGNATURE if signed else UNSET
        self._strict_roles = strict_roles
        self._block = _Block()
        self._held: list[str | list[ContentPart]] = []
        self._held_role: Literal["user", "system"] = "system"
        kinds = self._kinds()
        self._pairs = Pairs(items, kinds)
        for place, (item, kind) in enumerate(zip(items, kinds, strict=True)):
            try:
                self._take(item, kind, place)
            except Unfit as problem:
                raise self._refused(problem, place) from None
        self._release()
        self.tail = self._block.items
        self.tail_index = len(self.messages)
        self._close()
        self._release()

    def _kinds(self) -> list[Kind]:
        kinds: list[Kind] = []
        for item in self._items:
            try:
                kinds.append(kind_of(item))
            except Unfit as problem:
                raise self._refused(problem, len(kinds)) from None
        return kinds

    def _take(self, item: InputItem, kind: Kind, place: int) -> None:
        if kind == "user":
            self._close()
            self._speak(item)
        elif kind == "output":
            self._close()
            if place in self._pairs.orphans:
                self._orphan(item, place)
        elif kind == "system":
            if self._block.speaks:  # else there is but reasoning, whose message is still to come
                self._close()
            self._system(item)
        elif kind != "nothing":
            self._block.items.append(item)
            self._reply(item, kind, place)

    def _reply(self, item: InputItem, kind: Kind, place: int) -> None:
        block = self._block
        if kind == "assistant":
            content = content_of(item.content or item.text)
            if isinstance(content, str):
                text = content
            else:
                text, media = parted(content)
                block.media += media
            if text:
                block.texts.append(text)
        elif kind == "call":
            block.calls.append(_Call(place, key_of(item), self._function(item)))
        else:
            reasoning = text_of(item.content) or text_of(item.summary)
            if reasoning:
                block.reasoning.append(reasoning)

    def _speak(self, item: InputItem) -> None:
        content = content_of(item.content or item.text or item.summary)
        if item.type == "message":
            if content:
                self._user(content)
        elif item.type == "agent_message":
            self._user(_letter(item, content))
        else:
            self._user(content or _COMPACTED)

    def _system(self, item: InputItem) -> None:
        text, media = split(item.content or item.text or item.summary)
        if text:
            self._say("system", text)
        if media:
            self._user(media)

    def _user(self, content: str | list[ContentPart]) -> None:
        if self._strict_roles:
            self._say("user", content)
        else:
            if self._held:
                self._release()
            self.messages.append(encode_message("user", content))

    def _say(self, role: Literal["user", "system"], content: str | list[ContentPart]) -> None:
        """Hold a message back as long as the next one may be joined to it."""
        opens = role == "system" and not self.messages and self._held_role == role
        if self._strict_roles and role == "system" and not opens:
            role, content = "user", f"{_SYSTEM}\n{content}"
        joins = role == self._held_role and (opens or self._strict_roles)
        if not joins:
            self._release()
        self._held_role = role
        self._held.append(content)

    def _release(self) -> None:
        """End the message that was held back."""
        held = self._held
        if not held:
            return
        content = held[0] if len(held) == 1 else _joined(held)
        self.messages.append(encode_message(self._held_role, content))
        self._held = []

    def _orphan(self, item: InputItem, place: int) -> None:
        text, media = self._output_at(place)
        label = f"[Output of the tool call {key_of(item)!r}, which is not in this conversation]"
        whole = f"{label}\n{text}"
        self._user([TextPart(whole), *media] if media else whole)

    def _close(self) -> None:
        """End the reply of the model: its message, then what its tools gave."""
        block = self._block
        if not block.items:
            return
        self._block = _Block()
        if self._held and (block.calls or block.texts):
            self._release()
        calls = self._calls(block) if block.calls else None
        if calls or block.texts:
            content = "\n\n".join(block.texts) or None
            call_ids = tuple([call.key for call in block.calls]) if calls else ()
            index = self._first_index + len(self.messages)
            self.turns.append(Turn(index, call_ids, "\n\n".join(block.reasoning)))
            self.messages.append(encode_message("assistant", content, calls))
        media = block.media
        if calls:
            media = [*media, *self._answers(block, calls)]
        if media:
            self._user(media)

    def _answers(self, block: _Block, calls: Sequence[ChatToolCall]) -> list[ContentPart]:
        """Say what came of each call; what is no text comes back, for a message of its own."""
        media: list[ContentPart] = []
        for made, call in zip(block.calls, calls, strict=True):
            answer = self._pairs.answers.get(made.place)
            text, attached = (_UNANSWERED, ()) if answer is None else self._output_at(answer)
            if not text:
                text = _ATTACHED if attached else _EMPTY
            self.messages.append(encode_message("tool", text, None, call.id))
            if attached:
                media += [TextPart(f"Attachment of the tool call {call.id}:"), *attached]
        return media

    def _calls(self, block: _Block) -> list[ChatToolCall]:
        taken: set[str] = set()
        calls: list[ChatToolCall] = []
        for number, call in enumerate(block.calls):
            key = call.key
            if not key:
                key = f"call_{self._first_index + len(self.messages)}_{number}"
            while key in taken:
                key = f"{key}_{number}"
            taken.add(key)
            calls.append(ChatToolCall(key, call.function, extra_content=self._signature))
        return calls

    def _output_at(self, place: int) -> tuple[str, list[ContentPart]]:
        item = self._items[place]
        if isinstance(item.output, str):
            return item.output, []
        if item.tools is not None:
            names = ", ".join(flat_names(item.tools, self._names))
            return (f"Tools found, callable from now on: {names}" if names else _NOT_FOUND), []
        try:
            return split(item.output if item.output is not None else item.content, "output")
        except Unfit as problem:
            raise self._refused(problem, place) from None

    def _refused(self, problem: Unfit, place: int) -> Refused:
        place -= self._history_count
        if place < 0:
            where = "previous_response_id"
            return Refused(bad_request(f"In the history: {problem.message}", param=where))
        where = f"input[{place}].{problem.path}"
        return Refused(bad_request(f"`{where}`: {problem.message}", param=where))

    def _function(self, item: InputItem) -> CalledFunction:
        if item.type == "function_call":
            given = item.arguments
            arguments = as_json(given, "arguments") if isinstance(given, dict) else given or "{}"
            name = self._names.flat(_name_of(item), item.namespace)
            return CalledFunction(name, _readable(arguments))
        if item.type == "custom_tool_call":
            name = self._names.flat(_name_of(item), item.namespace)
            return CalledFunction(name, as_json({"input": item.input or ""}, "input"))
        name = self._names.flat_special(item.type.removesuffix("_call"))
        given = item.arguments or item.action or {}
        if isinstance(given, dict):
            # Clients put in what the model left out: a type, fields that are null or hold nothing.
            kept = {k: v for k, v in given.items() if v not in (None, {}) and k != "type"}
            given = as_json(kept, "arguments" if item.arguments else "action")
        return CalledFunction(name, _readable(given))


def _readable(arguments: str) -> str:
    """Arguments that any server can read: many refuse a whole thread for one broken call in it."""
    if is_object(arguments):
        return arguments
    return as_json({"input": arguments}, "arguments") if arguments.strip() else "{}"


def _joined(contents: Sequence[str | list[ContentPart]]) -> str | list[ContentPart]:
    """What several messages said, as one."""
    texts = [content for content in contents if isinstance(content, str)]
    if len(texts) == len(contents):
        return "\n\n".join(texts)
    parts: list[ContentPart] = []
    for content in contents:
        parts += [TextPart(content)] if isinstance(content, str) else content
    return parts


def _name_of(item: InputItem) -> str:
    if not item.name:
        raise Unfit("A call names no tool: give it the name of the one that was called", "name")
    return item.name


def _letter(item: InputItem, content: str | list[ContentPart]) -> str | list[ContentPart]:
    """A message between agents, with the names that a chat has no field for."""
    ways = (("from", item.author), ("to", item.recipient))
    way = " ".join(f"{word} {name}" for word, name in ways if name)
    label = f"[Message {way}]" if way else "[Message of another agent]"
    if isinstance(content, str):
        return f"{label}\n{content}"
    return [TextPart(label), *content]

"""The events of ``codex exec --json``: one line, one typed event.

Owns their shapes (as 0.163.0 to 0.169.0 write them; there is no published schema) and the decoder,
which never raises: what it does not know is kept as `ExecUnknown`, what has another shape as
`ExecMalformed`. Does not know where lines come from. Enter at `decode_event`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

__all__ = [
    "ExecAgentMessage",
    "ExecCollabToolCall",
    "ExecCommandExecution",
    "ExecErrorItem",
    "ExecErrorReport",
    "ExecEvent",
    "ExecFileChange",
    "ExecFileUpdate",
    "ExecItem",
    "ExecItemCompleted",
    "ExecItemStarted",
    "ExecItemUpdated",
    "ExecMalformed",
    "ExecMcpToolCall",
    "ExecMessage",
    "ExecReasoning",
    "ExecThreadStarted",
    "ExecTodo",
    "ExecTodoList",
    "ExecTurnCompleted",
    "ExecTurnFailedEvent",
    "ExecTurnStarted",
    "ExecUnknown",
    "ExecUnknownItem",
    "ExecUsage",
    "ExecWebSearch",
    "decode_event",
]

_SHOWN_BYTES: Final = 200


class ExecUsage(msgspec.Struct, frozen=True):
    """Numbers of tokens, of the whole thread so far. Cached ones are part of the input."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0
    reasoning_output_tokens: int = 0


class ExecMessage(msgspec.Struct, frozen=True):
    """What an error says."""

    message: str


# -- items ---------------------------------------------------------------------------------------


class _Item(msgspec.Struct, frozen=True, tag_field="type"):
    id: str


class ExecAgentMessage(_Item, frozen=True, tag="agent_message"):
    """What the model said; the last one of a turn is its answer."""

    text: str


class ExecReasoning(_Item, frozen=True, tag="reasoning"):
    """A summary of what the model thought."""

    text: str


class ExecCommandExecution(_Item, frozen=True, tag="command_execution"):
    """A command of the model's, with the shell that Codex runs it in."""

    command: str
    status: str
    """``in_progress``, ``completed``, ``failed`` (also for an exit code other than 0), ..."""
    aggregated_output: str = ""
    exit_code: int | None = None
    """None while it runs."""


class ExecFileUpdate(msgspec.Struct, frozen=True):
    """One file of an `ExecFileChange`."""

    path: str
    kind: str
    """``add``, ``delete`` or ``update``."""


class ExecFileChange(_Item, frozen=True, tag="file_change"):
    """A patch of the model's."""

    changes: tuple[ExecFileUpdate, ...]
    status: str


class ExecMcpToolCall(_Item, frozen=True, tag="mcp_tool_call"):
    """A call of an MCP server's tool."""

    server: str
    tool: str
    status: str
    # Any: JSON, as the model and the MCP server wrote it.
    arguments: Any = None
    result: Any = None
    """``content`` and ``structured_content``, as JSON; None until it has succeeded."""
    error: ExecMessage | None = None


class ExecCollabToolCall(_Item, frozen=True, tag="collab_tool_call"):
    """A call of a tool for sub-agents."""

    tool: str
    status: str
    sender_thread_id: str
    receiver_thread_ids: tuple[str, ...] = ()
    prompt: str | None = None
    # Any: JSON; the state of each agent by its thread id.
    agents_states: dict[str, Any] = {}


class ExecWebSearch(_Item, frozen=True, tag="web_search"):
    """A search in the web."""

    query: str
    action: Any = None  # Any: JSON; what was opened or looked for


class ExecTodo(msgspec.Struct, frozen=True):
    """One line of an `ExecTodoList`."""

    text: str
    completed: bool


class ExecTodoList(_Item, frozen=True, tag="todo_list"):
    """The model's plan, whole each time."""

    items: tuple[ExecTodo, ...]


class ExecErrorItem(_Item, frozen=True, tag="error"):
    """Something went wrong and the turn goes on."""

    message: str


class ExecUnknownItem(msgspec.Struct, frozen=True):
    """An item of a kind that this library does not know, or of another shape than it does."""

    id: str | None
    item_type: str | None
    """Its ``type``, if it has one."""
    raw: bytes
    """Its JSON."""
    problem: str = ""
    """What was wrong with the shape; empty for a kind that is not known."""


ExecItem: TypeAlias = (
    ExecAgentMessage
    | ExecReasoning
    | ExecCommandExecution
    | ExecFileChange
    | ExecMcpToolCall
    | ExecCollabToolCall
    | ExecWebSearch
    | ExecTodoList
    | ExecErrorItem
    | ExecUnknownItem
)

# -- events --------------------------------------------------------------------------------------


class _Event(msgspec.Struct, frozen=True, tag_field="type"):
    pass


class ExecThreadStarted(_Event, frozen=True, tag="thread.started"):
    """The first event, also where a thread was resumed."""

    thread_id: str


class ExecTurnStarted(_Event, frozen=True, tag="turn.started"):
    """The model is about to be asked."""


class ExecTurnCompleted(_Event, frozen=True, tag="turn.completed"):
    """The turn's good end. ``usage`` is what the thread, not the turn, has used so far."""

    usage: ExecUsage | None = None


class ExecTurnFailedEvent(_Event, frozen=True, tag="turn.failed"):
    """The turn's bad end; it says nothing of usage."""

    error: ExecMessage


class ExecErrorReport(_Event, frozen=True, tag="error"):
    """Something went wrong, which may pass: each reconnection tells one. Not the turn's end."""

    message: str


class ExecItemStarted(msgspec.Struct, frozen=True):
    """An item has begun (``item.started``)."""

    item: ExecItem


class ExecItemUpdated(msgspec.Struct, frozen=True):
    """The item whole, as it is now (``item.updated``)."""

    item: ExecItem


class ExecItemCompleted(msgspec.Struct, frozen=True):
    """The item as it stays, also where it failed (``item.completed``)."""

    item: ExecItem


class ExecUnknown(msgspec.Struct, frozen=True):
    """An event that this library does not know; ``raw`` is its line."""

    event_type: str
    raw: bytes


class ExecMalformed(msgspec.Struct, frozen=True):
    """A line that is no event, or one of another shape than its type has.

    ``raw`` is the line; of one over ``max_line_bytes`` the first 200 bytes.
    """

    raw: bytes
    problem: str


ExecEvent: TypeAlias = (
    ExecThreadStarted
    | ExecTurnStarted
    | ExecTurnCompleted
    | ExecTurnFailedEvent
    | ExecErrorReport
    | ExecItemStarted
    | ExecItemUpdated
    | ExecItemCompleted
    | ExecUnknown
    | ExecMalformed
)

_Plain: TypeAlias = (
    ExecThreadStarted | ExecTurnStarted | ExecTurnCompleted | ExecTurnFailedEvent | ExecErrorReport
)
_Known: TypeAlias = (
    ExecAgentMessage
    | ExecReasoning
    | ExecCommandExecution
    | ExecFileChange
    | ExecMcpToolCall
    | ExecCollabToolCall
    | ExecWebSearch
    | ExecTodoList
    | ExecErrorItem
)


class _Head(msgspec.Struct, frozen=True):
    type: str
    item: msgspec.Raw = msgspec.Raw()


class _ItemHead(msgspec.Struct, frozen=True):
    # Any: whatever stands there.
    id: Any = None
    type: Any = None


_ITEM_EVENTS: Final[dict[str, type[ExecItemStarted | ExecItemUpdated | ExecItemCompleted]]] = {
    "item.started": ExecItemStarted,
    "item.updated": ExecItemUpdated,
    "item.completed": ExecItemCompleted,
}
_PLAIN_EVENTS: Final = frozenset(
    {"thread.started", "turn.started", "turn.completed", "turn.failed", "error"}
)
_ITEMS: Final = frozenset(
    {
        "agent_message",
        "reasoning",
        "command_execution",
        "file_change",
        "mcp_tool_call",
        "collab_tool_call",
        "web_search",
        "todo_list",
        "error",
    }
)
_head: Final = msgspec.json.Decoder(_Head)
_plain: Final[msgspec.json.Decoder[_Plain]] = msgspec.json.Decoder(_Plain)
_item_head: Final = msgspec.json.Decoder(_ItemHead)
_known_item: Final[msgspec.json.Decoder[_Known]] = msgspec.json.Decoder(_Known)


def decode_event(line: bytes) -> ExecEvent:
    """The event of one line, with or without its newline; never raises."""
    line = line.strip()
    try:
        head = _head.decode(line)
        if head.type in _PLAIN_EVENTS:
            return _plain.decode(line)
        if head.type in _ITEM_EVENTS:
            return _ITEM_EVENTS[head.type](_decode_item(bytes(head.item)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return ExecMalformed(raw=line, problem=str(problem))
    return ExecUnknown(event_type=head.type, raw=line)


def too_long(head: bytes, limit_bytes: int) -> ExecMalformed:
    """In place of a line that was not kept; ``head`` is its beginning."""
    return ExecMalformed(raw=head[:_SHOWN_BYTES], problem=f"is longer than {limit_bytes} bytes")


def _decode_item(raw: bytes) -> ExecItem:
    head = _item_head.decode(raw)
    kind = head.type if isinstance(head.type, str) else None
    item_id = head.id if isinstance(head.id, str) else None
    problem = ""
    if kind in _ITEMS:
        try:
            return _known_item.decode(raw)
        except msgspec.ValidationError as wrong:
            problem = str(wrong)
    return ExecUnknownItem(id=item_id, item_type=kind, raw=raw, problem=problem)

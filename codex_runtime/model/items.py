"""What one item says: its id, its text, whether the server still works on it.

Owns which field of which kind holds the text, and which part of an item a delta belongs to. Keeps
nothing: the fold does (see `state`). Kinds not known here have an empty text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_runtime.protocol import (
    AgentMessage,
    CommandExecution,
    FileChange,
    Plan,
    Reasoning,
    ReasoningSummaryTextDelta,
    ReasoningTextDelta,
    TextUserInput,
    UserMessage,
)

if TYPE_CHECKING:
    from codex_runtime.protocol import FileUpdateChange, ThreadItem
    from codex_runtime.protocol.delta_lines import TextDelta

__all__ = [
    "PART_END",
    "is_in_progress",
    "item_id",
    "item_text",
    "part_of",
    "with_changes",
]

PART_END: Final = "\n\n"
"""Between the parts of a reasoning."""


def item_id(item: ThreadItem) -> str | None:
    """The item's id; None for one of an unknown kind that has none."""
    key = getattr(item, "id", None)
    return key if isinstance(key, str) else None


def item_text(item: ThreadItem) -> str:
    """The text of the item as the server reported it.

    The words of a message or plan, the summary of a reasoning (else its content), the output of a
    command; for everything else it is empty.
    """
    match item:
        case AgentMessage() | Plan():
            return item.text
        case Reasoning():
            return PART_END.join(item.summary or item.content)
        case CommandExecution():
            return item.aggregated_output or ""
        case UserMessage():
            return "\n".join(part.text for part in item.content if isinstance(part, TextUserInput))
        case _:
            return ""


def is_in_progress(item: ThreadItem) -> bool:
    """The item itself says that the server still works on it; many kinds never say."""
    return getattr(item, "status", None) == "inProgress"


def part_of(delta: TextDelta) -> int:
    """Which part of its item the delta belongs to: only a reasoning has more than one."""
    if isinstance(delta, ReasoningSummaryTextDelta):
        return delta.summary_index
    return delta.content_index if isinstance(delta, ReasoningTextDelta) else 0


def with_changes(item: ThreadItem | None, changes: list[FileUpdateChange]) -> ThreadItem | None:
    """A file change with its newest patch; every other item as it is."""
    return replace(item, changes=changes) if isinstance(item, FileChange) else item

"""What a turn is made of: the items of ``item_completed`` events.

Owns one struct per kind, by its ``type``, which is written like ``CommandExecution``. A kind that
is not here becomes an `UnknownItem`. Knows no event and no line. Enter at `TurnItem`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from codex_runtime.history.rollouts.parts import ContentPart, Duration, JsonValue, Part

__all__ = [
    "AgentMessageItem",
    "CommandExecutionItem",
    "ContextCompactionItem",
    "DynamicToolCallItem",
    "FileChange",
    "FileChangeItem",
    "ImageViewItem",
    "ItemError",
    "McpResult",
    "McpToolCallItem",
    "PlanItem",
    "ReasoningItem",
    "TurnItem",
    "UnknownItem",
    "UserMessageItem",
    "WebSearchItem",
]


class _Item(Part, frozen=True, kw_only=True):
    id: str | None = None


class _Message(_Item, frozen=True, kw_only=True):
    content: list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """The text of all parts, one after the other."""
        return "".join([part.text for part in self.content or () if part.text])


class UserMessageItem(_Message, frozen=True, kw_only=True, tag="UserMessage"):
    """What somebody asked: text and attachments, nothing that the server added."""

    client_id: str | None = None
    """The ``clientUserMessageId`` of ``turn/start``."""


class AgentMessageItem(_Message, frozen=True, kw_only=True, tag="AgentMessage"):
    """What the model answered."""

    phase: str | None = None
    """``commentary`` or ``final_answer``, where the model says it."""


class ReasoningItem(_Item, frozen=True, kw_only=True, tag="Reasoning"):
    """What the model thought, in paragraphs."""

    summary_text: list[str] | None = None
    raw_content: list[str] | None = None


class PlanItem(_Item, frozen=True, kw_only=True, tag="Plan"):
    """A plan that was proposed."""

    text: str = ""


class CommandExecutionItem(_Item, frozen=True, kw_only=True, tag="CommandExecution"):
    """A shell command that ended; ``id`` is the ``call_id`` of its call."""

    command: list[str] | None = None
    cwd: str | None = None
    """A ``file:`` URL, or a path in older rollouts."""
    status: str = ""
    """``completed``, ``failed``, ``declined``."""
    source: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    aggregated_output: str | None = None
    exit_code: int | None = None
    duration: Duration | str | None = None
    process_id: str | None = None


class FileChange(Part, frozen=True, kw_only=True):
    """One changed file: ``add`` and ``delete`` have ``content``, ``update`` a ``unified_diff``."""

    type: str = ""
    content: str | None = None
    unified_diff: str | None = None
    move_path: str | None = None


class FileChangeItem(_Item, frozen=True, kw_only=True, tag="FileChange"):
    """A patch that was tried; ``id`` is the ``call_id`` of its call."""

    changes: dict[str, FileChange] | None = None
    """By absolute path."""
    status: str | None = None
    stdout: str | None = None
    stderr: str | None = None


class McpResult(Part, frozen=True, kw_only=True):
    """What a tool of an MCP server answered."""

    content: list[ContentPart] | None = None
    structured_content: JsonValue = msgspec.field(default=None, name="structuredContent")
    is_error: bool | None = msgspec.field(default=None, name="isError")


class ItemError(Part, frozen=True, kw_only=True):
    """Why there is no result."""

    message: str = ""


class McpToolCallItem(_Item, frozen=True, kw_only=True, tag="McpToolCall"):
    """A call of an MCP server's tool; ``id`` is the ``call_id`` of its call."""

    server: str = ""
    tool: str = ""
    arguments: JsonValue = None
    status: str = ""
    result: McpResult | None = None
    error: ItemError | None = None
    duration: Duration | str | None = None


class DynamicToolCallItem(_Item, frozen=True, kw_only=True, tag="DynamicToolCall"):
    """A call of a tool that the client offered; ``id`` is the ``call_id`` of its call."""

    namespace: str | None = None
    tool: str = ""
    arguments: JsonValue = None
    status: str = ""
    content_items: list[ContentPart] | None = None
    success: bool | None = None
    error: str | None = None
    duration: Duration | str | None = None


class WebSearchItem(_Item, frozen=True, kw_only=True, tag="WebSearch"):
    """A search that ran beside the model."""

    query: str = ""
    action: JsonValue = None


class ImageViewItem(_Item, frozen=True, kw_only=True, tag="ImageView"):
    """An image that the model looked at."""

    path: str | None = None


class ContextCompactionItem(_Item, frozen=True, kw_only=True, tag="ContextCompaction"):
    """What went before was summed up; the summary is in the `CompactedEntry`."""


class UnknownItem(_Item, frozen=True, kw_only=True, tag="?"):
    """A kind that is not known here, or one of another shape; ``raw`` is its JSON."""

    name: str
    raw: bytes
    problem: str | None = None


TurnItem: TypeAlias = (
    UserMessageItem
    | AgentMessageItem
    | ReasoningItem
    | PlanItem
    | CommandExecutionItem
    | FileChangeItem
    | McpToolCallItem
    | DynamicToolCallItem
    | WebSearchItem
    | ImageViewItem
    | ContextCompactionItem
    | UnknownItem
)

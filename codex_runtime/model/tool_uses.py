"""`tool_uses`: what a turn's tools were given and what came of it, one record per tool item.

Owns which kinds of item are tools and which of their fields is what. Keeps nothing and asks nobody:
a view of items that are already there. Kinds not known here are no tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.protocol import (
    CollabAgentToolCall,
    CommandExecution,
    DynamicToolCall,
    FileChange,
    FunctionCallOutput,
    ImageGeneration,
    ImageView,
    McpToolCall,
    Sleep,
    WebSearch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.protocol import ThreadItem

__all__ = ["ToolKind", "ToolUse", "is_tool_item", "tool_uses"]

ToolKind: TypeAlias = Literal[
    "command",
    "file_change",
    "mcp",
    "dynamic",
    "web_search",
    "collab_agent",
    "image_view",
    "image_generation",
    "sleep",
    "function",
]

_TOOL_ITEMS: Final = (
    CommandExecution,
    FileChange,
    McpToolCall,
    DynamicToolCall,
    WebSearch,
    CollabAgentToolCall,
    ImageView,
    ImageGeneration,
    Sleep,
    FunctionCallOutput,
)
_ENDED_WELL: Final = "completed"
_RUNNING: Final = ("inProgress", "in_progress")


@attrs.frozen(kw_only=True)
class ToolUse:
    """One use of one tool, as its item last told it."""

    kind: ToolKind
    name: str
    """``shell``, ``apply_patch``, ``server.tool`` of MCP, ``namespace.tool`` or ``tool`` of a
    dynamic one, else what the kind is called."""

    item: ThreadItem
    """All that the server told."""

    input: object = None
    """What it was given: the command, the `FileUpdateChange` list, the arguments as decoded JSON,
    the query, the path, the prompt. None where the item does not say."""

    output: object = None
    """What came of it: the command's output, the result of MCP, the content of a dynamic tool, the
    results of a search, the state of agents, the image. None where the item does not say."""

    status: str | None = None
    """``inProgress``, ``completed``, ``failed``, ``declined``; None where the kind has none."""

    exit_code: int | None = None
    """Of a command that ended."""

    error: str | None = None
    """Why it failed, where the item says so."""

    duration_ms: int | None = None
    """By the server's clock."""

    @property
    def succeeded(self) -> bool | None:
        """It ended well: ``completed``, exit code 0. None while it runs, or where nothing says."""
        if self.error is not None or self.exit_code not in (None, 0):
            return False
        if isinstance(self.item, DynamicToolCall) and self.item.success is not None:
            return self.item.success
        if self.status is None or self.status in _RUNNING:
            return None
        return self.status == _ENDED_WELL


def is_tool_item(item: ThreadItem) -> bool:
    """The item is the use of a tool, and no message, thought, plan or note."""
    return isinstance(item, _TOOL_ITEMS)


def tool_uses(items: Iterable[ThreadItem]) -> tuple[ToolUse, ...]:
    """The tools among the items, in their order.

    A tool that the server runs without an item, such as the plan's, is not to be seen here.
    """
    return tuple(use for use in map(_use_of, items) if use is not None)


def _use_of(item: ThreadItem) -> ToolUse | None:
    match item:
        case CommandExecution():
            return ToolUse(
                kind="command",
                name="shell",
                item=item,
                input=item.command,
                output=item.aggregated_output,
                status=item.status,
                exit_code=item.exit_code,
                duration_ms=item.duration_ms,
            )
        case FileChange():
            return ToolUse(
                kind="file_change",
                name="apply_patch",
                item=item,
                input=item.changes,
                status=item.status,
            )
        case McpToolCall():
            return ToolUse(
                kind="mcp",
                name=f"{item.server}.{item.tool}",
                item=item,
                input=item.arguments,
                output=item.result,
                status=item.status,
                error=None if item.error is None else item.error.message,
                duration_ms=item.duration_ms,
            )
        case DynamicToolCall():
            return ToolUse(
                kind="dynamic",
                name=_qualified(item.namespace, item.tool),
                item=item,
                input=item.arguments,
                output=item.content_items,
                status=item.status,
                duration_ms=item.duration_ms,
            )
        case FunctionCallOutput():
            return ToolUse(
                kind="function",
                name=_qualified(item.namespace, item.name),
                item=item,
                output=item.output,
            )
        case _:
            return _built_in_use_of(item)


def _built_in_use_of(item: ThreadItem) -> ToolUse | None:
    match item:
        case WebSearch():
            return ToolUse(
                kind="web_search",
                name="web_search",
                item=item,
                input=item.query,
                output=item.results,
            )
        case CollabAgentToolCall():
            return ToolUse(
                kind="collab_agent",
                name=item.tool,
                item=item,
                input=item.prompt,
                output=item.agents_states,
                status=item.status,
            )
        case ImageView():
            return ToolUse(kind="image_view", name="view_image", item=item, input=item.path)
        case ImageGeneration():
            return ToolUse(
                kind="image_generation",
                name="image_generation",
                item=item,
                input=item.revised_prompt,
                output=item.saved_path or item.result,
                status=item.status,
            )
        case Sleep():
            return ToolUse(kind="sleep", name="sleep", item=item, duration_ms=item.duration_ms)
        case _:
            return None


def _qualified(namespace: str | None, tool: str) -> str:
    return tool if namespace is None else f"{namespace}.{tool}"

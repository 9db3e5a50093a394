"""A tool call of a rollout as a record: from the item of today, or from call and output of before.

Owns which kinds are tools, what of them is input and what came of it. Servers that write no items
leave the call as the model made it and the output as the model was told it; exit codes are taken
out of that text. Knows no order and no file. Enter at `call_of_item` and `call_of_response`.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs

from codex_runtime.history.rollouts.parts import Duration
from codex_runtime.history.rollouts.records import ToolCall
from codex_runtime.history.rollouts.responses import (
    CustomToolCall,
    CustomToolCallOutput,
    FunctionCall,
    FunctionCallOutput,
    LocalShellCall,
    WebSearchCall,
)
from codex_runtime.history.rollouts.turn_items import (
    CommandExecutionItem,
    DynamicToolCallItem,
    FileChangeItem,
    ImageViewItem,
    McpToolCallItem,
    UnknownItem,
    WebSearchItem,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_runtime.history.rollouts.turn_items import TurnItem

__all__ = [
    "TOOL_ITEM_KINDS",
    "ResponseCall",
    "ResponseOutput",
    "answered",
    "call_of_item",
    "call_of_response",
]

ResponseCall: TypeAlias = FunctionCall | CustomToolCall | LocalShellCall | WebSearchCall
ResponseOutput: TypeAlias = FunctionCallOutput | CustomToolCallOutput

TOOL_ITEM_KINDS: Final = {
    "CommandExecution": "command",
    "FileChange": "file_change",
    "McpToolCall": "mcp",
    "DynamicToolCall": "dynamic",
    "WebSearch": "web_search",
    "ImageView": "image_view",
    "ImageGeneration": "image_generation",
    "CollabAgentToolCall": "collab_agent",
    "Sleep": "sleep",
}
"""The kinds of item that are tool calls, and what a `ToolCall` names them."""

_SHELL_TOOLS: Final = ("shell", "exec_command", "shell_command", "local_shell", "container.exec")
_MCP_NAMESPACE: Final = "mcp__"
_EXIT_CODE: Final = re.compile(r"(?:Exit code:|Process exited with code) (-?\d{1,10})")
_OUTPUT_MARK: Final = "Output:\n"
_HEADER_CHARS: Final = 500
"""Where in a told output its exit code stands, at the latest."""
_MS_PER_S: Final = 1000


def call_of_item(item: TurnItem, turn_id: str | None, at_s: float | None) -> ToolCall | None:
    """The tool call that an item is; None for messages, reasoning and the like."""
    call = _call_of(item)
    if call is None:
        return None
    return attrs.evolve(call, call_id=item.id, turn_id=turn_id, at_s=at_s)


def call_of_response(call: ResponseCall, at_s: float | None) -> ToolCall:
    """A call as the model made it; what came of it follows by `answered`."""
    turn_id = call.metadata.turn_id if call.metadata else None
    match call:
        case FunctionCall():
            kind, name, given = _function(call)
            call_id = call.call_id
        case CustomToolCall():
            kind = "file_change" if call.name == "apply_patch" else "function"
            name, given, call_id = _qualified(call.namespace, call.name), call.input, call.call_id
        case LocalShellCall():
            kind, name, given = "command", "shell", _command_in(call.action)
            call_id = call.call_id or call.id
        case _:
            kind, name, given = "web_search", "web_search", _query_in(call.action)
            call_id = call.id
    return ToolCall(kind=kind, name=name, input=given, call_id=call_id, turn_id=turn_id, at_s=at_s)


def answered(call: ToolCall, output: ResponseOutput) -> ToolCall:
    """The call with what the model was told of it."""
    told = output.text
    facts = _json_object(told) if told.startswith("{") else {}
    match facts:
        case {"output": str(text), "metadata": {"exit_code": int(code), **rest}}:
            seconds = rest.get("duration_seconds")
            duration_ms = _rounded_ms(seconds) if isinstance(seconds, int | float) else None
            return _ended(call, text, code, duration_ms)
        case _:
            header, mark, text = told.partition(_OUTPUT_MARK)
            code_there = _EXIT_CODE.search(header, 0, _HEADER_CHARS) if mark else None
            if code_there is None:
                return attrs.evolve(call, output=told)
            return _ended(call, text, int(code_there[1]), None)


def _ended(call: ToolCall, text: str, code: int, duration_ms: int | None) -> ToolCall:
    status = "completed" if code == 0 else "failed"
    return attrs.evolve(call, output=text, exit_code=code, status=status, duration_ms=duration_ms)


def _call_of(item: TurnItem) -> ToolCall | None:
    call: ToolCall | None = None
    match item:
        case CommandExecutionItem():
            call = ToolCall(
                kind="command",
                name="shell",
                input=_command_line(item.command or []),
                output=item.aggregated_output,
                status=item.status or None,
                exit_code=item.exit_code,
                duration_ms=_milliseconds(item.duration),
            )
        case FileChangeItem():
            call = ToolCall(
                kind="file_change",
                name="apply_patch",
                input=_changes(item),
                output=item.stdout,
                status=item.status,
                error=item.stderr or None,
            )
        case McpToolCallItem():
            call = _mcp_call(item)
        case DynamicToolCallItem():
            call = ToolCall(
                kind="dynamic",
                name=_qualified(item.namespace, item.tool),
                input=_json(item.arguments),
                output="".join(part.text or "" for part in item.content_items or ()),
                status=item.status or None,
                error=item.error,
                duration_ms=_milliseconds(item.duration),
            )
        case WebSearchItem():
            call = ToolCall(kind="web_search", name="web_search", input=item.query)
        case ImageViewItem():
            call = ToolCall(kind="image_view", name="view_image", input=item.path or "")
        case UnknownItem() if item.name in TOOL_ITEM_KINDS:
            kind = TOOL_ITEM_KINDS[item.name]
            call = ToolCall(kind=kind, name=kind, input=item.raw.decode("utf-8", "replace"))
        case _:
            pass
    return call


def _mcp_call(item: McpToolCallItem) -> ToolCall:
    output = None
    if item.result is not None:
        output = "".join(part.text or "" for part in item.result.content or ())
        if not output and item.result.structured_content is not None:
            output = _json(item.result.structured_content)
    return ToolCall(
        kind="mcp",
        name=_qualified(item.server, item.tool),
        input=_json(item.arguments),
        output=output,
        status=item.status or None,
        error=item.error.message if item.error else None,
        duration_ms=_milliseconds(item.duration),
    )


def _function(call: FunctionCall) -> tuple[str, str, str]:
    """Kind, name and input of a call of a function."""
    if call.namespace is None and call.name in _SHELL_TOOLS:
        return "command", "shell", _command_in(_json_object(call.arguments)) or call.arguments
    if call.namespace is not None and call.namespace.startswith(_MCP_NAMESPACE):
        server = call.namespace.removeprefix(_MCP_NAMESPACE)
        return "mcp", _qualified(server, call.name), call.arguments
    return "function", _qualified(call.namespace, call.name), call.arguments


# Any: as `_json`.
def _command_in(arguments: Any) -> str:
    if not isinstance(arguments, dict):
        return ""
    given = cast("dict[str, Any]", arguments)
    command = given.get("command", given.get("cmd"))
    if isinstance(command, list):
        return _command_line([str(word) for word in cast("Iterable[Any]", command)])
    return command if isinstance(command, str) else ""


def _query_in(action: object) -> str:
    match action:
        case {"query": str(query)}:
            return query
        case None:
            return ""
        case _:
            return _json(action)


def _command_line(words: list[str]) -> str:
    """What was run: the script itself where a shell was given one, as ``bash -lc SCRIPT``."""
    match words:
        case [shell, "-lc" | "-c", script] if shell.endswith("sh"):
            return script
        case _:
            return shlex.join(words)


def _changes(item: FileChangeItem) -> str:
    parts: list[str] = []
    for path, change in (item.changes or {}).items():
        moved = f" -> {change.move_path}" if change.move_path else ""
        body = change.content if change.unified_diff is None else change.unified_diff
        parts.append(f"{change.type} {path}{moved}\n{body or ''}")
    return "\n".join(part.rstrip("\n") for part in parts)


def _milliseconds(duration: Duration | str | None) -> int | None:
    if not isinstance(duration, Duration):
        return None
    try:
        return _rounded_ms(duration.seconds)
    except OverflowError:
        return None


def _rounded_ms(seconds: float) -> int | None:
    """None for what is no time: JSON has numbers beyond every float, and Python reads NaN."""
    try:
        return round(float(seconds) * _MS_PER_S)
    except (OverflowError, ValueError):
        return None


def _qualified(namespace: str | None, tool: str) -> str:
    return f"{namespace}.{tool}" if namespace else tool


# Any: arguments and results are whatever JSON can be.
def _json(value: Any) -> str:
    try:
        return "" if value is None else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply)"


def _json_object(text: str) -> dict[str, Any]:
    try:
        value: Any = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair: no text
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

"""What one item of a turn looks like: lines for its start, lines for its end.

Owns the wording and layout of every kind of item that is not streamed text. Pure: values in, lines
out; knows neither order nor screen (see `view`). Enter at `started`, `ended` and `activity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from codex_runtime.cli.texts import bare_command, clean, duration, plural, tail
from codex_runtime.protocol import (
    AddPatchChangeKind,
    CollabAgentToolCall,
    CommandExecution,
    ContextCompaction,
    DeletePatchChangeKind,
    DynamicToolCall,
    EnteredReviewMode,
    ExitedReviewMode,
    FileChange,
    ImageView,
    McpToolCall,
    UnknownItem,
    UpdatePatchChangeKind,
    WebSearch,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.protocol import FileUpdateChange, ThreadItem, TurnPlanStep

__all__ = ["activity", "ended", "plan_lines", "started"]

_OUTPUT_LINES: Final = 10
_COMMAND_LINES: Final = 5
_PLAN_MARKS: Final = {"completed": ("✔", "green"), "inProgress": ("▸", "cyan")}


def activity(item: ThreadItem) -> str:
    """What is being waited for while this item runs, in a few words."""
    match item:
        case CommandExecution():
            words = f"running {_first_line(bare_command(item.command))}"
        case FileChange():
            words = "changing files"
        case McpToolCall():
            words = f"calling {item.server}.{item.tool}"
        case DynamicToolCall():
            words = f"calling {item.tool}"
        case CollabAgentToolCall():
            words = f"agents: {item.tool}"
        case WebSearch():
            words = "searching the web"
        case ContextCompaction():
            words = "summarising the thread"
        case _:
            words = "working"
    return words


def started(item: ThreadItem) -> tuple[Text, ...]:
    """The lines that say that an item began; none for those that are told when they end."""
    match item:
        case CommandExecution():
            return _command(item.command)
        case McpToolCall():
            return (_head(f"{item.server}.{item.tool}"),)
        case DynamicToolCall():
            return (_head(item.tool),)
        case _:
            return ()


def ended(item: ThreadItem) -> tuple[Text, ...]:
    """The lines that say how it ended; they stand below those of `started`."""
    match item:
        case CommandExecution():
            return _command_end(item)
        case FileChange():
            lines = [_change(change) for change in item.changes]
            return (*lines, *_unless_completed(item.status))
        case McpToolCall():
            why = item.error.message if item.error is not None else ""
            return (_status(item.status, item.duration_ms, why),)
        case DynamicToolCall():
            return (_status(item.status, item.duration_ms, ""),)
        case CollabAgentToolCall():
            return (_head(f"agents: {item.tool}"), *_unless_completed(item.status))
        case _:
            return _told(item)


def _told(item: ThreadItem) -> tuple[Text, ...]:
    """Items that are told once, when they end."""
    lines: tuple[Text, ...] = ()
    match item:
        case WebSearch():
            lines = (_head(f"searched the web: {item.query}"),)
        case ImageView():
            lines = (_head(f"looked at {item.path}"),)
        case ContextCompaction():
            lines = (_head("the thread was summarised to free context"),)
        case EnteredReviewMode() | ExitedReviewMode():
            lines = tuple(Text(line) for line in clean(item.review).splitlines())
        case UnknownItem():
            lines = (Text(clean(f"({item.name or 'an item of no known kind'})"), "dim"),)
        case _:
            pass
    return lines


def plan_lines(plan: Sequence[TurnPlanStep]) -> tuple[Text, ...]:
    """The plan, a line for each step."""
    lines = [_head("plan")]
    for step in plan:
        mark, style = _PLAN_MARKS.get(step.status, ("·", "dim"))
        lines.append(Text(f"  {mark} {clean(step.step)}", style))
    return tuple(lines)


def _command(command: str) -> tuple[Text, ...]:
    lines = clean(bare_command(command)).split("\n")
    shown = [
        Text.assemble(("$ " if number == 0 else "  ", "cyan"), (line, "bold"))
        for number, line in enumerate(lines[:_COMMAND_LINES])
    ]
    if len(lines) > _COMMAND_LINES:
        shown.append(Text(f"  … {plural(len(lines) - _COMMAND_LINES, 'more line')}", "dim"))
    return tuple(shown)


def _command_end(item: CommandExecution) -> tuple[Text, ...]:
    output, above = tail(item.aggregated_output or "", _OUTPUT_LINES)
    lines = [Text(f"  … {plural(above, 'line')} above", "dim")] if above else []
    lines += [Text(f"  {line}", "dim", no_wrap=True, overflow="ellipsis") for line in output]
    if item.status == "declined" or item.exit_code is None:
        return (*lines, _status(item.status, item.duration_ms, ""))
    style = "green" if item.exit_code == 0 else "red"
    took = f" · {duration(item.duration_ms)}" if item.duration_ms is not None else ""
    mark = "✔" if item.exit_code == 0 else "✘"
    return (*lines, Text.assemble((f"  {mark} exit {item.exit_code}", style), (took, "dim")))


def _change(change: FileUpdateChange) -> Text:
    path = clean(change.path)
    match change.kind:
        case AddPatchChangeKind():
            return Text.assemble(("+ ", "green"), path)
        case DeletePatchChangeKind():
            return Text.assemble(("- ", "red"), path)
        case UpdatePatchChangeKind(move_path=str(target)):
            return Text.assemble(("~ ", "yellow"), f"{path} → {clean(target)}")
        case _:
            return Text.assemble(("~ ", "yellow"), path, (_counts(change.diff), "dim"))


def _counts(diff: str) -> str:
    lines = diff.splitlines()
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return f"  +{added} -{removed}"


def _status(status: str, duration_ms: int | None, why: str) -> Text:
    took = f" · {duration(duration_ms)}" if duration_ms is not None else ""
    reason = f": {clean(why)}" if why else ""
    if status == "completed":
        return Text.assemble(("  ✔ completed", "green"), (took, "dim"))
    return Text.assemble((f"  ✘ {clean(status)}{reason}", "red"), (took, "dim"))


def _unless_completed(status: str) -> tuple[Text, ...]:
    return () if status == "completed" else (_status(status, None, ""),)


def _head(text: str) -> Text:
    return Text.assemble(("• ", "cyan"), (_first_line(clean(text)), "bold"))


def _first_line(text: str) -> str:
    return text.partition("\n")[0]

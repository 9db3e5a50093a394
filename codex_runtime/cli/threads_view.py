"""How stored threads look to people, and as JSON: a table, a head, the records of a story.

Owns layout and words. Values in, `rich` texts out; reads nothing. Enter at `table_of`, `head_of`
and `lines_of`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from codex_runtime.cli.jsonl import token_counts
from codex_runtime.cli.texts import clean, duration, plural, tail, tokens
from codex_runtime.history.export.facts import image_name, words
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from codex_runtime.history.rollouts.found import RolloutInfo
    from codex_runtime.history.rollouts.records import Record
    from codex_runtime.model.usage import SessionUsage

__all__ = [
    "head_of",
    "info_as_object",
    "lines_of",
    "table_of",
    "usage_as_object",
    "usage_lines",
]

_OUTPUT_LINES: Final = 10
_INPUT_LINES: Final = 5
_DIRECTORY_CHARS: Final = 32
_WIDE: Final = 110
"""From this many columns on there is room for the directory beside the title."""
_TIME_CHARS: Final = 16
_ID_CHARS: Final = 36
_LEAST_TITLE_CHARS: Final = 8
_GAP: Final = 2
_KIB: Final = 1024


def info_as_object(info: RolloutInfo) -> dict[str, object]:
    """A thread as the object that stands for it in JSON."""
    return {
        "id": info.thread_id,
        "title": info.title,
        "preview": info.preview,
        "cwd": info.cwd,
        "path": str(info.path),
        "createdAtS": info.created_at_s,
        "updatedAtS": info.updated_at_s,
        "archived": info.archived,
        "compressed": info.is_compressed,
        "sizeBytes": info.size_bytes,
        "cliVersion": info.cli_version,
        "source": info.source,
        "modelProvider": info.model_provider,
    }


def table_of(infos: Iterable[RolloutInfo], console: Console, *, mark_archived: bool) -> Table:
    """A row for each thread: on a terminal titles and directories are cut to its width."""
    live = console.is_terminal
    with_directory = not live or console.width >= _WIDE
    fixed = [_TIME_CHARS, _ID_CHARS, *([_DIRECTORY_CHARS] if with_directory else [])]
    room = max(_LEAST_TITLE_CHARS, console.width - sum(fixed) - _GAP * len(fixed))
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("used", width=_TIME_CHARS, no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis", width=room if live else None)
    if with_directory:
        wide = _DIRECTORY_CHARS if live else None
        table.add_column("directory", no_wrap=True, overflow="ellipsis", width=wide)
    table.add_column("thread", width=_ID_CHARS, no_wrap=True)
    for info in infos:
        mark = "[archived] " if mark_archived and info.archived else ""
        cells = [Text(local_time(info.updated_at_s), "dim"), Text(mark + _title(info))]
        if with_directory:
            cells.append(Text(_line(info.cwd or ""), "dim"))
        table.add_row(*cells, Text(clean(info.thread_id), "cyan"))
    return table


def head_of(info: RolloutInfo) -> Iterator[Text]:
    """What is known of a thread without its conversation."""
    yield Text(_title(info), "bold")
    size = f"{info.size_bytes / _KIB:,.0f} KiB" + (" compressed" if info.is_compressed else "")
    facts = (
        ("thread", info.thread_id + (" (archived)" if info.archived else "")),
        ("directory", info.cwd or ""),
        ("started", local_time(info.created_at_s)),
        ("used", local_time(info.updated_at_s)),
        ("provider", info.model_provider or ""),
        ("codex", info.cli_version or ""),
        ("file", f"{info.path} ({size})"),
    )
    for name, value in facts:
        if value:
            yield Text.assemble((f"{name:10}", "dim"), clean(value))


def lines_of(record: Record, *, full: bool) -> Iterator[Text]:
    """One record; of a tool's output the last lines, or with ``full`` all of it."""
    yield Text()
    match record:
        case Message(role="user"):
            yield Text.assemble(("user", "bold cyan"), (_at(record), "dim"))
            yield from _block(record.text, "")
            yield from (Text(f"  [image: {image_name(image)}]", "dim") for image in record.images)
        case Message():
            yield Text.assemble(("codex", "bold green"), (_at(record), "dim"))
            yield from _block(record.text, "")
        case ToolCall():
            yield from _call(record, full=full)
        case Reasoning():
            yield from _block(record.text, "dim")
        case Notice():
            yield Text(f"! {words(record.kind)}: {clean(record.text)}".rstrip(": "), "yellow")


def usage_as_object(usage: SessionUsage) -> dict[str, object]:
    """Tokens in all, None where the rollout does not say, and by model."""
    return {
        "total": None if usage.total is None else token_counts(usage.total),
        "byModel": {model: token_counts(one) for model, one in usage.by_model.items()},
    }


def usage_lines(usage: SessionUsage) -> Iterator[Text]:
    """A line for each model; nothing where the rollout does not say."""
    if usage.by_model or usage.total is not None:
        yield Text()
    for model, one in usage.by_model.items():
        yield Text(f"{clean(model)}: {tokens(one)}", "dim")
    if usage.total is not None and not usage.by_model:
        yield Text(tokens(usage.total), "dim")


def local_time(at_s: float | None) -> str:
    """Such as ``2026-11-22 00:34``, by the clock of this machine; empty where it is not known."""
    if at_s is None:
        return ""
    try:
        return datetime.fromtimestamp(at_s).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def _call(call: ToolCall, *, full: bool) -> Iterator[Text]:
    is_command = call.kind == "command"
    lines = clean(call.input).split("\n") if call.input else [""]
    head = ("$ ", "cyan") if is_command else (f"• {clean(call.name)} ", "cyan")
    shown = len(lines) if full else _INPUT_LINES
    for number, line in enumerate(lines[:shown]):
        yield Text.assemble(head if number == 0 else "  ", (line, "bold" if is_command else ""))
    if len(lines) > shown:
        yield Text(f"  … {plural(len(lines) - shown, 'more line')}", "dim")
    output = call.output or ""
    ends, above = tail(output, output.count("\n") + 1 if full else _OUTPUT_LINES)
    if above:
        yield Text(f"  … {plural(above, 'line')} above", "dim")
    yield from (Text(f"  {line}", "dim") for line in ends)
    if call.error:
        yield from _block(call.error, "red")
    yield from _end(call)


def _end(call: ToolCall) -> Iterator[Text]:
    took = f" · {duration(call.duration_ms)}" if call.duration_ms is not None else ""
    told = f"exit {call.exit_code}" if call.exit_code is not None else clean(call.status or "")
    if told:
        good = call.exit_code == 0 if call.exit_code is not None else call.status == "completed"
        mark, style = ("✔", "green") if good else ("✘", "red")
        yield Text.assemble((f"  {mark} {told}", style), (took, "dim"))


def _block(text: str, style: str) -> Iterator[Text]:
    for line in clean(text).rstrip("\n").split("\n"):
        yield Text(f"  {line}" if line else "", style)


def _at(record: Record) -> str:
    at = local_time(record.at_s)
    return f"  {at}" if at else ""


def _title(info: RolloutInfo) -> str:
    return _line(info.title or info.preview) or "(no title)"


def _line(text: str) -> str:
    return " ".join(clean(text).split())

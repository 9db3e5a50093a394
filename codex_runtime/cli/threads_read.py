"""``codex-runtime threads list``, ``show``, ``tail`` and ``latest``: read from files.

Owns where threads are looked for, and what is said of what could not be read. Starts no server and
changes nothing. Knows neither options (see `threads`) nor how things look (see `threads_view`).
Enter at `Where` and at the functions named like the commands.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
from rich.text import Text

from codex_runtime.cli.exits import Exit, OutputClosed, complain
from codex_runtime.cli.jsonl import JsonLines
from codex_runtime.cli.screen import make_console
from codex_runtime.cli.texts import clean, plural
from codex_runtime.cli.threads_view import (
    head_of,
    info_as_object,
    lines_of,
    table_of,
    usage_as_object,
    usage_lines,
)
from codex_runtime.errors import CodexRuntimeError, InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.export import first_words
from codex_runtime.history.export.document import as_object
from codex_runtime.history.rollouts.entries import SessionMeta
from codex_runtime.history.rollouts.found import RolloutInfo, Rollouts
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.spent import usage_of
from codex_runtime.history.rollouts.story import story
from codex_runtime.history.rollouts.tail import tail_rollout

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from rich.console import Console

    from codex_runtime.history.rollouts.records import Record
    from codex_runtime.history.rollouts.tail import RolloutTail

__all__ = [
    "Where",
    "latest_thread",
    "list_threads",
    "say",
    "show_tail",
    "show_thread",
    "tell_problems",
    "told_as_json",
]

_ROLLOUT_SUFFIXES: Final = (".jsonl", ".zst")
_SHOWN_PROBLEMS: Final = 5
_HEAD_ENTRIES: Final = 64
"""Lines that are read for the title of a file, at most."""
_PIPED_COLUMNS: Final = 10_000
"""Of a table that nobody's screen can cut."""


@attrs.frozen
class Where:
    """The Codex home to look in; None is that of the environment."""

    codex_home: str | None

    def rollouts(self) -> Rollouts:
        """What is stored there; raises `HomeNotFound` where there is no home."""
        return Rollouts(self.codex_home)

    def find(self, wanted: str) -> RolloutInfo:
        """The one thread of that id, or with that beginning of its id."""
        if not wanted.strip():
            raise InvalidInput("THREAD", wanted, "is empty", "Give a thread id, or its beginning")
        return self.rollouts().find(wanted.strip())

    def find_to_read(self, wanted: str) -> RolloutInfo:
        """The same, or the thread of a rollout file that is named by its path."""
        if wanted.endswith(_ROLLOUT_SUFFIXES):
            return _info_of_file(Path(wanted))
        return self.find(wanted)


@contextmanager
def told_as_json(*, as_json: bool) -> Generator[None]:
    """Tell an error of the block as the last line of JSON as well, before it goes on its way."""
    try:
        yield
    except CodexRuntimeError as problem:
        if as_json:
            JsonLines(sys.stdout.buffer).error(type(problem).__name__, str(problem))
        raise


def list_threads(
    where: Where, *, cwd: str | None, archived: bool | None, limit: int | None, as_json: bool
) -> Exit:
    """Print the threads, the last used first, and say on stderr what is missing."""
    with told_as_json(as_json=as_json):
        rollouts = where.rollouts()
        found = rollouts.threads(cwd=cwd, archived=archived)
        if as_json:
            lines = JsonLines(sys.stdout.buffer)
            for info in islice(found, limit):
                lines.write(info_as_object(info))
        else:
            console = make_console(sys.stdout)
            if not console.is_terminal:
                console.width = _PIPED_COLUMNS
            infos = list(islice(found, limit))
            if infos:
                table = table_of(infos, console, mark_archived=archived is None)
                console.print(table)
            else:
                complain("no threads" + ("" if cwd is None else f" of {cwd}"))
        if limit is not None and next(found, None) is not None:
            complain(f"there are more than these {limit}: see --limit")
    tell_problems([f"{path}: {why}" for path, why in rollouts.skipped], "file")
    return Exit.COMPLETED


def latest_thread(where: Where, *, cwd: str | None, as_json: bool) -> Exit:
    """Print the id of the thread that was used last; raises `NoThreadFound` if there is none."""
    with told_as_json(as_json=as_json):
        info = where.rollouts().latest(cwd=cwd)
    if as_json:
        JsonLines(sys.stdout.buffer).write(info_as_object(info))
    else:
        say(info.thread_id)
    return Exit.COMPLETED


def show_thread(where: Where, wanted: str, *, full: bool, as_json: bool) -> Exit:
    """Print a whole thread as it is read, and what could not be."""
    with told_as_json(as_json=as_json):
        info = where.find_to_read(wanted)
        with open_rollout(info.path) as reader:
            if as_json:
                lines = JsonLines(sys.stdout.buffer)
                lines.write({"thread": info_as_object(info)})
                for record in story(reader):
                    lines.write({"record": as_object(record)})
                usage = usage_as_object(usage_of(info.path))
                lines.write({"end": {"usage": usage, "problemCount": reader.problem_count}})
            else:
                console = make_console(sys.stdout)
                _print(console, head_of(info))
                for record in story(reader):
                    _print(console, lines_of(record, full=full))
                _print(console, usage_lines(usage_of(info.path)))
    told = [f"line {problem.line}: {problem.why}" for problem in reader.problems]
    tell_problems(told, "line", reader.problem_count)
    return Exit.COMPLETED


def show_tail(where: Where, wanted: str, *, last: int, full: bool, as_json: bool) -> Exit:
    """Print the last messages and tool calls, and how many there are before them."""
    with told_as_json(as_json=as_json):
        info = where.find_to_read(wanted)
        tail = tail_rollout(info.path, messages=last, tool_calls=last)
        before = tail.messages_before or 0, tail.tool_calls_before or 0
        if as_json:
            lines = JsonLines(sys.stdout.buffer)
            lines.write({"thread": info_as_object(info)})
            told = {"messages": before[0], "toolCalls": before[1]}
            lines.write({"before": {**told, "missingThreadId": tail.missing_thread_id}})
            for record in _in_order(tail):
                lines.write({"record": as_object(record)})
            lines.write({"end": {"problemCount": tail.unreadable_lines}})
        else:
            console = make_console(sys.stdout)
            if any(before):
                words = f"{plural(before[0], 'message')} and {plural(before[1], 'tool call')}"
                _print(console, [Text(f"… {words} before", "dim")])
            for record in _in_order(tail):
                _print(console, lines_of(record, full=full))
    if tail.missing_thread_id is not None:
        complain(
            f"what came before the fork is missing: thread {tail.missing_thread_id}, which it was "
            "forked from, is not there or cannot be read"
        )
    tell_problems((), "line", tail.unreadable_lines)
    return Exit.COMPLETED


def say(line: str) -> None:
    """Print it at once; raises `OutputClosed` where nobody reads it."""
    try:
        print(clean(line), flush=True)
    except BrokenPipeError:
        raise OutputClosed from None


def tell_problems(told: Iterable[str], noun: str, count: int | None = None) -> None:
    """Say on stderr how many things could not be read, and the first of them."""
    lines = list(told)
    count = len(lines) if count is None else count
    if count:
        complain(f"{plural(count, noun)} could not be read")
        for line in lines[:_SHOWN_PROBLEMS]:
            complain(f"  {line}")


def _info_of_file(path: Path) -> RolloutInfo:
    """What a file says of its thread, wherever it is; nothing beside it is looked at."""
    try:
        state = path.stat()
    except OSError as problem:
        raise RolloutUnreadable(str(path), problem.strerror or str(problem)) from None
    with open_rollout(path) as reader:
        meta = reader.meta or SessionMeta()
        title = first_words(story(islice(reader, _HEAD_ENTRIES)))
    created_at_s = meta.created_at_s
    return RolloutInfo(
        thread_id=meta.id,
        path=path,
        created_at_s=state.st_mtime if created_at_s is None else created_at_s,
        updated_at_s=state.st_mtime,
        cwd=meta.cwd,
        title=title,
        name=None,
        preview="",
        archived=False,
        is_compressed=path.suffix == _ROLLOUT_SUFFIXES[1],
        size_bytes=state.st_size,
        cli_version=meta.cli_version,
        source=meta.source if isinstance(meta.source, str) else None,
        model_provider=meta.model_provider,
        forked_from_id=meta.forked_from_id,
    )


def _in_order(tail: RolloutTail) -> list[Record]:
    """Messages and calls by their time; those of old servers, which tell none, calls first."""
    records: list[Record] = [*tail.tool_calls, *tail.messages]
    return sorted(records, key=lambda record: record.at_s or 0.0)


def _print(console: Console, lines: Iterable[Text]) -> None:
    console.print(Text("\n").join(lines), soft_wrap=True)

"""`tail_rollout`: the last messages and tool calls of a rollout, and how many came before.

Owns what is decoded and what is only counted: read from its end, a rollout of any length costs the
memory of its tail. Compressed ones, and those of the oldest servers, are read from the beginning
to the same end. Changes nothing. Enter at `tail_rollout`.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import RolloutUnreadable
from codex_runtime.history.rollouts.backwards import BLOCK_BYTES, blocks_backwards, line_bytes
from codex_runtime.history.rollouts.entries import EventEntry
from codex_runtime.history.rollouts.events import TaskStartedEvent
from codex_runtime.history.rollouts.home import problem_of
from codex_runtime.history.rollouts.lineage import lineage_of
from codex_runtime.history.rollouts.lines import BadLine, decode_entry
from codex_runtime.history.rollouts.marks import count_marks, dialect_of, marked_lines
from codex_runtime.history.rollouts.reader import MAX_LINE_BYTES
from codex_runtime.history.rollouts.story import Message, ToolCall, story
from codex_runtime.model.checks import check_int

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_runtime.history.rollouts.backwards import Block
    from codex_runtime.history.rollouts.entries import Entry
    from codex_runtime.history.rollouts.lineage import Part
    from codex_runtime.history.rollouts.marks import Dialect, Mark
    from codex_runtime.history.rollouts.records import Record

__all__ = ["RolloutTail", "TailCollector", "tail_backwards", "tail_forwards", "tail_rollout"]

_HEAD_BYTES: Final = 4096
_MESSAGES: Final = ("user", "assistant")
_BOUNDARY: Final = EventEntry(payload=TaskStartedEvent())


@attrs.frozen(kw_only=True)
class RolloutTail:
    """The end of a rollout; messages and tool calls each in the order of the file."""

    messages: tuple[Message, ...]
    tool_calls: tuple[ToolCall, ...]

    messages_before: int | None
    """How many more there are before these; None where that was not to be counted."""

    tool_calls_before: int | None

    unreadable_lines: int
    """Lines of the tail that could not be read: cut in the middle, no UTF-8, too long."""

    missing_thread_id: str | None = None
    """The thread that this one was forked from, if its file is not there: what is told ends at the
    fork, and what came before is not counted."""


def tail_rollout(
    path: str | os.PathLike[str],
    messages: int = 100,
    tool_calls: int = 100,
    *,
    count: bool = True,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> RolloutTail:
    """The last `messages` messages and the last `tool_calls` tool calls of the thread at `path`.

    A fork goes on with the file of its parent, where that is in the same home.
    Reads from the end and decodes no more than it returns. What comes before is counted by its
    bytes, so that a line which says that it is a message counts there even where the rest of it is
    damaged. Every line is decoded of a rollout that is compressed, or written otherwise than by
    today's servers and those before them (0.20 is older). Blocks its thread meanwhile: about 0.7 s
    for each GiB that is counted.

    Args:
        path: The file, such as `RolloutInfo.path`.
        messages: At most so many, 0 for none.
        tool_calls: At most so many, 0 for none.
        count: False stops as soon as both are there.
        max_line_bytes: Longer lines are passed over.

    Raises:
        InvalidInput: A negative number, none at all, or no bytes for a line.
        RolloutUnreadable: The file is not there, is none, or may not be read.
    """
    for name, value, least in (
        ("messages", messages, 0),
        ("tool_calls", tool_calls, 0),
        ("max_line_bytes", max_line_bytes, 1),
    ):
        check_int(name, value, InvalidInput, at_least=least, at_most=sys.maxsize)
    name = os.fspath(path)
    lineage = lineage_of(name)
    try:
        tail = tail_backwards(
            lineage.parts, TailCollector(messages, tool_calls, max_line_bytes), count=count
        )
    except OSError as error:
        raise RolloutUnreadable(name, problem_of(error)) from None
    if tail is None:
        tail = tail_forwards(lineage.parts, messages, tool_calls, max_line_bytes)
    return attrs.evolve(tail, missing_thread_id=lineage.missing)


def tail_backwards(
    parts: Sequence[Part], tail: TailCollector, *, count: bool, block_bytes: int = BLOCK_BYTES
) -> RolloutTail | None:
    """None if the lines are not written as those of a server are: they must be decoded then."""
    for part in parts:
        if not _take_backwards(part, tail, count, block_bytes):
            return None
    return tail.result(count=count)


def _take_backwards(part: Part, tail: TailCollector, count: bool, block_bytes: int) -> bool:  # noqa: FBT001
    descriptor = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        dialect = dialect_of(os.pread(descriptor, _HEAD_BYTES, 0))
        if dialect is None:
            return False
        end = os.fstat(descriptor).st_size
        if part.end_bytes is not None:
            end = min(end, part.end_bytes)
        blocks = blocks_backwards(
            descriptor, end, max_line_bytes=tail.max_line_bytes, block_bytes=block_bytes
        )
        is_checked = False
        for block in blocks:
            if tail.is_full and not count:
                break
            if block.data is None:
                tail.unreadable_lines += not tail.is_full
                continue
            if not is_checked:
                is_checked = True
                bad_lines = _unmarked_bad_lines(block, dialect)
                if bad_lines is None:
                    return False
                if not tail.is_full:
                    tail.unreadable_lines += bad_lines
            tail.take(block.data, block.first, dialect)
        return True
    finally:
        os.close(descriptor)


class TailCollector:
    """What was found so far, from the end on."""

    def __init__(self, messages: int, tool_calls: int, max_line_bytes: int) -> None:
        self.max_line_bytes = max_line_bytes
        self.unreadable_lines: int = 0
        self._messages_wanted = messages
        self._calls_wanted = tool_calls
        self._messages: list[Message] = []
        self._calls: list[Entry] = []
        """Entries of calls and of what belongs to them, the last one first."""
        self._messages_before = 0
        self._calls_before = 0
        self._has_outputs = False

    @property
    def is_full(self) -> bool:
        """Nothing more is wanted; what is left can be counted."""
        return not self._messages_wanted and not self._calls_wanted

    def take(self, data: bytes, first: int, dialect: Dialect) -> None:
        """One more block: keep what is wanted of it, count the rest."""
        self._has_outputs = dialect.has_outputs
        if self.is_full:
            messages, calls = count_marks(data, first, dialect)
            self._messages_before += messages
            self._calls_before += calls
            return
        for start, stop, mark in marked_lines(data, first, dialect):
            if mark in ("output", "boundary") and not self._calls_wanted:
                continue
            if mark in _MESSAGES and not self._messages_wanted:
                self._messages_before += 1
                self._end_calls(mark, dialect)
            elif mark == "call" and not self._calls_wanted:
                self._calls_before += 1
            elif line_bytes(data, start, stop) > self.max_line_bytes:
                self.unreadable_lines += 1
            else:
                self._keep(decode_entry(data[start:stop]), mark, dialect)

    def result(self, *, count: bool) -> RolloutTail:
        """All of it in the order of the file."""
        entries = reversed(self._calls)
        records = story(entries) if self._has_outputs else map(_record_of, entries)
        return RolloutTail(
            messages=tuple(reversed(self._messages)),
            tool_calls=tuple(each for each in records if isinstance(each, ToolCall)),
            messages_before=self._messages_before if count else None,
            tool_calls_before=self._calls_before if count else None,
            unreadable_lines=self.unreadable_lines,
        )

    def _keep(self, entry: Entry | BadLine, mark: Mark, dialect: Dialect) -> None:
        if isinstance(entry, BadLine):
            self.unreadable_lines += 1
            return
        self._end_calls(mark, dialect)
        if mark == "output":
            self._calls.append(entry)
        if mark in ("output", "boundary"):
            return
        record = _record_of(entry)
        if isinstance(record, Message):
            self._messages.append(record)
            self._messages_wanted -= 1
        elif isinstance(record, ToolCall):
            self._calls.append(entry)
            self._calls_wanted -= 1
        else:
            self.unreadable_lines += 1

    def _end_calls(self, mark: Mark, dialect: Dialect) -> None:
        """No call is answered beyond this line; one of several in a row is enough."""
        ends = dialect.has_outputs and self._calls_wanted and mark in ("user", "boundary")
        if ends and self._calls and self._calls[-1] is not _BOUNDARY:
            self._calls.append(_BOUNDARY)


def tail_forwards(
    parts: Sequence[Part], messages: int, tool_calls: int, max_line_bytes: int
) -> RolloutTail:
    """The same for a thread whose every line has to be decoded."""
    last_messages: deque[Message] = deque(maxlen=messages)
    last_calls: deque[ToolCall] = deque(maxlen=tool_calls)
    all_messages = all_calls = unreadable_lines = 0

    def entries() -> Iterator[Entry]:
        nonlocal unreadable_lines
        for part in reversed(parts):
            for entry in part.entries(max_line_bytes):
                if entry is None:
                    unreadable_lines += 1
                else:
                    yield entry

    for record in story(entries()):
        if isinstance(record, Message):
            all_messages += 1
            last_messages.append(record)
        elif isinstance(record, ToolCall):
            all_calls += 1
            last_calls.append(record)
    return RolloutTail(
        messages=tuple(last_messages),
        tool_calls=tuple(last_calls),
        messages_before=all_messages - len(last_messages),
        tool_calls_before=all_calls - len(last_calls),
        unreadable_lines=unreadable_lines,
    )


def _unmarked_bad_lines(block: Block, dialect: Dialect) -> int | None:
    """How many lines beside those that are looked for cannot be read.

    None if one of them tells something, and is not written as those are.
    """
    data = block.data or b""
    marked = {start for start, _, _ in marked_lines(data, block.first, dialect)}
    bad_lines, start = 0, block.first
    while start < len(data):
        stop = data.find(b"\n", start) + 1 or len(data)
        if start not in marked:
            entry = decode_entry(data[start:stop])
            if isinstance(entry, BadLine):
                bad_lines += bool(data[start:stop].strip())
            elif isinstance(_record_of(entry), Message | ToolCall):
                return None
        start = stop
    return bad_lines


def _record_of(entry: Entry) -> Record | None:
    """What an entry tells by itself; a call without its output."""
    return next(story((entry,)), None)

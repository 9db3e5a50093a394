"""Which lines of a rollout tell messages and tool calls, seen from their bytes, without decoding.

Owns the way in which servers begin such lines: the order of their members is fixed, and a quote
inside of a text is escaped, so that the words looked for stand at the beginning of a line or in no
text. Knows no entry and no file. Enter at `dialect_of`, then `marked_lines` or `count_marks`.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.history.rollouts.calls import TOOL_ITEM_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Dialect", "Mark", "count_marks", "dialect_of", "marked_lines"]

Mark: TypeAlias = Literal["user", "assistant", "call", "output", "boundary"]

_LINE_START: Final = b'{"timestamp":"'
_MAX_START_BYTES: Final = 95
"""What stands in a line before its kind: the timestamp, an ordinal."""
_UUID_BYTES: Final = 36
_KIND_BYTES: Final = 24
"""The longest kind that matters, and its quote."""
_IDS_BYTES: Final = 1024
"""Two ids of any kind are shorter than this."""


@attrs.frozen(kw_only=True)
class Dialect:
    """How a server writes the lines that matter here."""

    needle: bytes
    """What they have in common, from the envelope on."""

    between: bytes = b""
    """What follows the needle somewhere, right before the kind; empty if the kind itself does."""

    kind_at: int = 0
    """Where after the needle the kind stands as a rule."""

    marks: Mapping[bytes, Mark]
    """What kinds of line tell."""

    has_outputs: bool
    """Calls and their outputs are two lines."""


_ITEM: Final = b'","item":{"type":"'
_ITEMS: Final = Dialect(
    needle=b'"type":"event_msg","payload":{"type":"item_completed","thread_id":"',
    between=_ITEM,
    kind_at=_UUID_BYTES + len(b'","turn_id":"') + _UUID_BYTES + len(_ITEM),
    marks={
        b"UserMessage": "user",
        b"AgentMessage": "assistant",
        **{kind.encode(): "call" for kind in TOOL_ITEM_KINDS},
    },
    has_outputs=False,
)
_EVENTS: Final = Dialect(
    needle=b'","payload":{"type":"',
    marks={
        b"user_message": "user",
        b"agent_message": "assistant",
        b"function_call": "call",
        b"custom_tool_call": "call",
        b"local_shell_call": "call",
        b"web_search_call": "call",
        b"function_call_output": "output",
        b"custom_tool_call_output": "output",
        b"task_started": "boundary",
        b"task_complete": "boundary",
        b"turn_aborted": "boundary",
    },
    has_outputs=True,
)


_QUIET_ITEMS: Final = frozenset({b"Reasoning", b"ContextCompaction", b"Plan"})
"""Kinds that tell nothing; any other one may be no kind, where ids are of unusual length."""


def dialect_of(first_line: bytes) -> Dialect | None:
    """How the rollout that begins with this line is written; None if its lines must be decoded."""
    start = first_line[:_MAX_START_BYTES]
    if not start.startswith(_LINE_START) or b'"type":"session_meta"' not in start:
        return None
    return _ITEMS if b'"ordinal":' in start else _EVENTS


def marked_lines(data: bytes, first: int, dialect: Dialect) -> Iterator[tuple[int, int, Mark]]:
    """Where the lines begin and end that tell something, and what, the last one first."""
    stop = len(data)
    while (found := data.rfind(dialect.needle, first, stop)) >= 0:
        stop = start = data.rfind(b"\n", first, found) + 1 or first
        # The first one of the line counts: another may stand in what a tool answered.
        found = data.find(dialect.needle, start, start + _MAX_START_BYTES + len(dialect.needle))
        if found >= 0 and data.startswith(_LINE_START, start):
            mark = dialect.marks.get(_kind(data, found + len(dialect.needle), dialect))
            if mark is not None:
                yield start, data.find(b"\n", found) + 1 or len(data), mark


def count_marks(data: bytes, first: int, dialect: Dialect) -> tuple[int, int]:
    """How many lines tell a message, and how many a tool call; `data` and `first` of a `Block`."""
    pieces = data.split(dialect.needle)
    if first == 0:
        pieces[0] = b"\n" + pieces[0]
    at, end = dialect.kind_at, dialect.kind_at + _KIND_BYTES
    begun: Counter[bytes] = Counter(
        after[at:end]
        for before, after in pairwise(pieces)
        if before.rfind(b"\n" + _LINE_START, -_MAX_START_BYTES - 1) >= 0
    )
    kinds: Counter[bytes] = Counter()
    for beginning, times in begun.items():
        kinds[beginning.partition(b'"')[0]] += times
    if dialect.between and not kinds.keys() <= _QUIET_ITEMS | dialect.marks.keys():
        marks: Counter[Mark] = Counter(mark for _, _, mark in marked_lines(data, first, dialect))
    else:
        marks = Counter()
        for kind, mark in dialect.marks.items():
            marks[mark] += kinds[kind]
    return marks["user"] + marks["assistant"], marks["call"]


def _kind(data: bytes, after: int, dialect: Dialect) -> bytes:
    if dialect.between:
        found = data.find(dialect.between, after, after + _IDS_BYTES)
        if found < 0:
            return b""
        after = found + len(dialect.between)
    return data[after : after + _KIND_BYTES].partition(b'"')[0]

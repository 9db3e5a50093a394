"""A message as paragraphs and blocks of code, and the inline code of a line.

Owns the little of Markdown that an export has to understand to keep a message in its place: fences
and code spans. Pure text in, pieces out; knows no format. Enter at `pieces` and `spans`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from codex_runtime.model.control_codes import without_control_codes

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LONG_LINE_CHARS",
    "Code",
    "Piece",
    "Prose",
    "one_line",
    "pieces",
    "plain",
    "spans",
]

LONG_LINE_CHARS: Final = 16_384

_FENCE: Final = re.compile(r"([ \t]*)(?:(`{3,})([^`]*)|(~{3,})(.*))")
_CLOSING: Final = re.compile(r"[ \t]*(`+|~+)[ \t]*")
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_TICKS: Final = re.compile(r"`+")
_ESCAPED_OR_TICKS: Final = re.compile(r"\\[!-/:-@\[-`{-~]|`+")


@attrs.frozen
class Prose:
    """Lines of Markdown outside blocks of code."""

    lines: tuple[str, ...]


@attrs.frozen
class Code:
    """A fenced block of code, without its fences."""

    language: str
    """As the fence names it; empty where it does not, or names none that is a word."""
    text: str


Piece: TypeAlias = Prose | Code


def plain(text: str) -> str:
    """``text`` without control codes, its lines ended by newlines alone."""
    return without_control_codes(text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, max_chars: int | None = None) -> str:
    """``text`` as a single line, cut with an ellipsis past ``max_chars`` characters."""
    words = " ".join(plain(text).split())
    if max_chars is None or len(words) <= max_chars:
        return words
    return words[: max_chars - 1].rstrip() + "…"


def pieces(text: str) -> Iterator[Piece]:
    """The parts of a message, in their order.

    A fence may be indented, as in a list, and its code loses that indent; one that is never closed
    goes to the end.
    """
    prose: list[str] = []
    code: list[str] = []
    fence = indent = language = ""
    for line in plain(text).split("\n"):
        if fence:
            if _closes(line, fence):
                yield Code(language, "\n".join(code))
                fence, code = "", []
            else:
                code.append(_dedented(line, len(indent)))
        elif (found := _FENCE.fullmatch(line)) is not None:
            if kept := _without_blank_ends(prose):
                yield Prose(kept)
            prose = []
            indent, fence = found[1], found[2] or found[4]
            language = _language(found[3] or found[5] or "")
        else:
            prose.append(line)
    if fence:
        yield Code(language, "\n".join(code))
    elif kept := _without_blank_ends(prose):
        yield Prose(kept)


def spans(line: str) -> Iterator[tuple[str, int]]:
    """A line in parts: ``(text, 0)``, or ``(code, n)`` between two marks of ``n`` backticks each.

    Marks are paired within the line alone, from the left. One without a partner stays in the text,
    and so does one behind a backslash. A line of more than `LONG_LINE_CHARS` is taken as text: it
    is no prose, and its parts could be millions.
    """
    if len(line) > LONG_LINE_CHARS:
        yield line, 0
        return
    begin = at = 0
    last = {len(mark[0]): mark.start() for mark in _TICKS.finditer(line)}
    while (mark := _ESCAPED_OR_TICKS.search(line, at)) is not None:
        at = mark.end()
        ticks = len(mark[0])
        if mark[0].startswith("\\") or last.get(ticks, -1) < at:
            continue
        partner = next(one for one in _TICKS.finditer(line, at) if len(one[0]) == ticks)
        if mark.start() > begin:
            yield line[begin : mark.start()], 0
        yield line[at : partner.start()], ticks
        begin = at = partner.end()
    if begin < len(line):
        yield line[begin:], 0


def _closes(line: str, fence: str) -> bool:
    found = _CLOSING.fullmatch(line)
    return found is not None and found[1].startswith(fence)


def _dedented(line: str, count: int) -> str:
    rest = line.lstrip(" \t")
    return line[min(count, len(line) - len(rest)) :]


def _without_blank_ends(lines: list[str]) -> tuple[str, ...]:
    told = [number for number, line in enumerate(lines) if line.strip()]
    return tuple(lines[told[0] : told[-1] + 1]) if told else ()


def _language(info: str) -> str:
    word, *_ = info.split() or [""]
    return word if _LANGUAGE.fullmatch(word) else ""

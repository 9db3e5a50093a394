"""A thread as Markdown: a heading for each record, messages as quotes, everything else in fences.

Owns what a text may do in it: messages keep their Markdown, but no HTML, no link, no image and no
heading of theirs leaves the quote that they stand in. Pure. Enter at `MarkdownExport`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_runtime.history.export.facts import call_facts, image_name, moment, words
from codex_runtime.history.export.prose import (
    LONG_LINE_CHARS,
    Code,
    one_line,
    pieces,
    plain,
    spans,
)
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.history.export.facts import Ending, Heading
    from codex_runtime.history.rollouts.records import Record

__all__ = ["MarkdownExport"]

# Of one line: blocks begin at the start of one alone. An underscore inside a word is none.
_MARKUP: Final = re.compile(r"([\\`*\[<&#~$|]|_(?![^\W_])|(?<![^\W_])_)")
_LIVE: Final = re.compile(r"(\\[!-/:-@\[-`{-~])|([<&\[`])")
_ALL_DEAD: Final = str.maketrans({mark: f"\\{mark}" for mark in "\\<&[`"})
_TICKS: Final = re.compile(r"`+")


class MarkdownExport:
    """Renders a thread part by part; keeps nothing in between."""

    def opening(self, heading: Heading) -> Iterator[str]:
        """The title, and what is known of the thread."""
        yield f"# {literal(heading.title)}\n\n"
        for name, value in heading.facts:
            yield f"- {literal(name)}: {literal(value)}\n"

    def record(self, record: Record) -> Iterator[str]:
        """One record of the story."""
        match record:
            case Message():
                who = "User" if record.role == "user" else "Codex"
                yield _heading(2, who, moment(record.at_s))
                yield from quote(record.text)
                for image in record.images:
                    yield f"\nImage: {literal(image_name(image))}\n"
            case ToolCall():
                yield _heading(3, record.name, *call_facts(record), moment(record.at_s))
                told = (
                    ("Input", record.input),
                    ("Output", record.output),
                    ("Error", record.error),
                )
                yield "\n".join(f"{name}:\n\n{fenced(text)}" for name, text in told if text)
            case Reasoning():
                yield _heading(3, "Reasoning", moment(record.at_s))
                yield from quote(record.text)
            case Notice():
                yield _heading(3, "Note", words(record.kind), moment(record.at_s))
                yield from quote(record.text)

    def ending(self, ending: Ending) -> Iterator[str]:
        """What could not be read; nothing where all could."""
        if ending.lines:
            yield "\n---\n\n"
            for line in ending.lines:
                yield f"- {literal(line)}\n"


def literal(text: str) -> str:
    """``text`` as one line of Markdown in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", one_line(text))


def quote(text: str) -> Iterator[str]:
    """A message as a block quote that nothing in it can leave."""
    first = True
    for piece in pieces(text):
        if not first:
            yield ">\n"
        first = False
        if isinstance(piece, Code):
            yield _quoted(fenced(piece.text, piece.language))
        else:
            yield _quoted("".join(f"{_tamed(line)}\n" for line in piece.lines))


def fenced(text: str, language: str = "") -> str:
    """``text`` as it is, in a block of code whose fence is longer than any in it."""
    body = plain(text).rstrip("\n")
    longest = max((len(run[0]) for run in _TICKS.finditer(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}\n"


def _heading(level: int, title: str, *facts: str) -> str:
    told = " · ".join(literal(fact) for fact in (title, *facts) if fact)
    return f"\n{'#' * level} {told}\n\n"


def _quoted(block: str) -> str:
    return "".join(f"> {line}\n" if line else ">\n" for line in block[:-1].split("\n"))


def _tamed(line: str) -> str:
    """A line of prose with its Markdown, without HTML, links, images and definitions of links.

    Marks of code without a partner in the line are taken as text: no code reaches beyond a line.
    Code keeps its letters, unless the cells of a table could cut it.
    """
    if len(line) > LONG_LINE_CHARS:
        return line.translate(_ALL_DEAD)
    parts = list(spans(line))
    cut = any("|" in code for code, ticks in parts if ticks)
    return "".join(
        f"{'`' * ticks}{_dead(text) if cut or not ticks else text}{'`' * ticks}"
        for text, ticks in parts
    )


def _dead(text: str) -> str:
    return _LIVE.sub(lambda found: found[1] or f"\\{found[2]}", text)

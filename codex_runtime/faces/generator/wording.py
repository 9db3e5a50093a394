"""The docstrings of the core in the words of a face.

Owns the phrases that differ; everything else is the core's sentence as it stands. What is left of
the core's own world is an error of the generator. Enter at `reworded`.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final

from codex_runtime.faces.generator.shapes import GeneratorError

__all__ = ["PHRASES", "reworded", "stale_phrases"]

PHRASES: Final = {
    "aio": {
        "any number of tasks of the same trio run": "any number of tasks and event loops",
        "``nursery.start_soon(repeat.run)``": "``asyncio.create_task(repeat.run())``",
        "ask: Runs one turn to its end; cancelling it interrupts the turn.": "",
        "as a task of a nursery of yours": "as a task of yours",
    },
    "blocking": {
        "ask: Runs one turn to its end; cancelling it interrupts the turn.": "",
        "An async context manager": "A context manager",
        "an async context manager": "a context manager",
        "an async iterator": "an iterator",
        "An async iterator": "An iterator",
        "any number of tasks of the same trio run": "any number of threads",
        "One task at a time iterates": "One thread of yours at a time iterates",
        "One task iterates": "One thread of yours iterates",
        "a cancelled body returns within": "a body that Ctrl-C ended returns within",
        "Cancelling the iteration loses no event": "Ctrl-C in the iteration loses no event",
        "Cancelling": "Ctrl-C",
        "cancelling": "Ctrl-C",
        "``nursery.start_soon(repeat.run)``": "``threading.Thread(target=repeat.run).start()``",
        "is started as a task of a nursery of yours": "is called, in a thread of yours",
    },
}
"""For each face: the core's phrase and the face's, in the order in which they are replaced."""

_WIDTH: Final = 100
_FOREIGN: Final = {
    "aio": re.compile(r"\bnurser|\btrio\b"),
    "blocking": re.compile(r"\bnurser|\btrio\b|\basync|\b[Cc]ancelling\b|\ba cancelled|\b[Tt]ask"),
}
_MEANT: Final = re.compile(r"`trio\.BusyResourceError`|plain or async")
"""What is so in every face."""


def reworded(doc: str, face: str, indent: str, where: str) -> str:
    """A docstring's text for a face, to stand behind ``indent``; changed paragraphs are rewrapped.

    Raises `GeneratorError` for one that still speaks of what the face does not have.
    """
    paragraphs = [_paragraph(one, face, indent, where) for one in doc.split("\n\n")]
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    if found := _FOREIGN[face].search(_MEANT.sub("", text)):
        raise GeneratorError(
            f"the docstring of {where} says {found[0]!r}, which means nothing in the face {face}: "
            "add a phrase to wording.PHRASES"
        )
    return text


def stale_phrases(docs: list[str], face: str) -> list[str]:
    """The phrases that are in none of the docstrings, once those before them are replaced."""
    text, stale = "\n".join(" ".join(doc.split()) for doc in docs), list[str]()
    for phrase, words in PHRASES[face].items():
        if phrase not in text:
            stale.append(phrase)
        text = text.replace(phrase, words)
    return stale


def _replaced(text: str, face: str) -> str:
    for phrase, words in PHRASES[face].items():
        text = text.replace(phrase, words)
    return text


def _paragraph(paragraph: str, face: str, indent: str, where: str) -> str:
    lines = paragraph.split("\n")
    if any(line.startswith(" ") for line in lines):  # a list: its lines stay what they are
        kept = [(line, _replaced(line, face)) for line in lines]
        if any(len(indent) + len(new) > _WIDTH for _, new in kept):
            raise GeneratorError(f"a line of the docstring of {where} gets too long for {face}")
        return "\n".join(new.rstrip() for old, new in kept if new.strip() or not old.strip())
    joined = " ".join(lines)
    if (changed := _replaced(joined, face)) == joined:
        return paragraph
    return textwrap.fill(
        changed, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False
    )

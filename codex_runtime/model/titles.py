"""Titles: what a thread is called after its first words.

Owns the heuristic, and what of a user message was put there by the server and not by its user. Does
not know who asks for the messages, nor who gives the name. Enter at `title_of`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_TITLE_CHARS", "spoken_text", "title_of", "title_of_messages"]

MAX_TITLE_CHARS: Final = 50
"""Code points of the longest title, the dots of a cut one included."""

_DOTS: Final = "..."
_KEPT_CHARS: Final = MAX_TITLE_CHARS - len(_DOTS)

# A title is made of the beginning alone; 64 spaces in a row are one in it.
_READ_CHARS: Final = 64 * MAX_TITLE_CHARS

_INJECTED_TAGS: Final = (
    "environment_context",
    "user_instructions",
    "permissions instructions",
    "collaboration_mode",
    "model_switch",
    "personality_spec",
    "skill",
    "skills_instructions",
    "plugins_instructions",
    "apps_instructions",
    "subagent_notification",
    "turn_aborted",
    "user_shell_command",
    "INSTRUCTIONS",
)
_OPENED: Final = re.compile(rf"\s*<({'|'.join(map(re.escape, _INJECTED_TAGS))})>")
_INSTRUCTIONS: Final = re.compile(r"\s*# AGENTS\.md instructions\b[^\n]*")

_JOINER: Final = "\u200d"
_MARKS: Final = ("Mn", "Mc", "Me")
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS: Final = range(0x1F1E6, 0x1F200)
_TAGS: Final = range(0xE0020, 0xE0080)
# They turn round what stands beside a title, in a table or a log.
_DIRECTIONS: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def title_of(text: str) -> str:
    """A title of the first words of a user message; empty if its user wrote nothing in it.

    White space, of whatever kind, is one space; characters that are not shown are left out. Over
    50 code points it is cut to 47, or a few less where a character is made of several, and ``...``
    is put behind. What the server added in front of the words counts for nothing: `spoken_text`.
    """
    words = " ".join(_shown(spoken_text(text)[:_READ_CHARS]).split())
    if len(words) <= MAX_TITLE_CHARS:
        return words
    return words[: _cut(words, _KEPT_CHARS)].rstrip() + _DOTS


def title_of_messages(texts: Iterable[str]) -> str:
    """A title of the first of the user's messages that has words of a user; empty without one."""
    return next((title for title in map(title_of, texts) if title), "")


def spoken_text(text: str) -> str:
    """A user message without the context that the server put in front of the user's words.

    That is ``<environment_context>``, the instructions of an ``AGENTS.md`` and their like, whole
    blocks at the beginning; a block without its end leaves nothing.
    """
    while True:
        heading = _INSTRUCTIONS.match(text)
        rest = text[heading.end() :] if heading else text
        opened = _OPENED.match(rest)
        if opened is None:
            return "" if heading else text
        _, end, text = rest[opened.end() :].partition(f"</{opened[1]}>")
        if not end:
            return ""


def _shown(text: str) -> str:
    return "".join(each for each in text if each.isspace() or not _is_hidden(each))


def _is_hidden(character: str) -> bool:
    # A lone surrogate can be sent nowhere.
    return unicodedata.category(character) in ("Cc", "Cs") or character in _DIRECTIONS


def _cut(text: str, at: int) -> int:
    """The last place up to ``at`` where no character of several is torn; ``at`` without one."""
    return next((place for place in range(at, 0, -1) if not _is_inside(text, place)), at)


def _is_inside(text: str, place: int) -> bool:
    follower = text[place]
    code = ord(follower)
    if follower == _JOINER or text[place - 1] == _JOINER:
        return True
    if unicodedata.category(follower) in _MARKS or code in _SKIN_TONES or code in _TAGS:
        return True
    if code not in _FLAG_LETTERS:
        return False
    before = text[:place]
    letters = len(before) - len(before.rstrip("".join(map(chr, _FLAG_LETTERS))))
    return letters % 2 == 1

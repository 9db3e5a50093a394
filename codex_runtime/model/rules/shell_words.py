"""The words of a command line, where their meaning is beyond doubt.

Owns a strict reading of the part of shell syntax that bash, dash and zsh take alike: words and
quotes. Operators, expansions, globs, assignments and line breaks are refused, not guessed at. Does
not know what a command does. Enter at `command_words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NotUnderstood", "command_words", "split_words"]

# Not "~", which may be a home, nor "*", "?", "[", "{", "!", "^", "#", which may be more than text.
_PLAIN: Final = frozenset("_@%+=:,./-")
_BLANK: Final = " \t"
_ESCAPED: Final = '"\\$`'
_UNSAFE_IN_QUOTES: Final = "$`!"
_SHELLS: Final = frozenset(
    f"{folder}/{name}" for folder in ("/bin", "/usr/bin") for name in ("bash", "dash", "sh", "zsh")
)
_SCRIPT_FLAGS: Final = frozenset({"-c", "-lc"})
_WRAPPED: Final = 3


class NotUnderstood(ValueError):
    """The text has more to it than words; it says what."""


def command_words(command: str | Sequence[str]) -> list[str]:
    """The program and the arguments that a command comes down to.

    Takes a command as the server shows it, or as a list of arguments. What runs in a shell
    (``/bin/bash -lc '...'``) is read as that shell would, if it is one simple command. Raises
    `NotUnderstood`.
    """
    words = split_words(command) if isinstance(command, str) else list(command)
    if len(words) == _WRAPPED and words[0] in _SHELLS and words[1] in _SCRIPT_FLAGS:
        words = split_words(words[2])
    if not words or not words[0]:
        raise NotUnderstood("it names no program")
    if "=" in words[0]:
        raise NotUnderstood(f"{words[0]!r} sets a variable")
    return words


def split_words(text: str) -> list[str]:
    """The words of one simple command. Raises `NotUnderstood`."""
    words: list[str] = []
    word: list[str] | None = None
    left = iter(text)
    for char in left:
        if char in _BLANK:
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        if word is None:
            word = []
            if char == "=":  # in zsh "=ls" is the path of ls
                raise NotUnderstood("a word begins with '='")
        word.append(_part(char, left))
    if word is not None:
        words.append("".join(word))
    return words


def _part(char: str, left: Iterator[str]) -> str:
    if char == "'":
        return _single_quoted(left)
    if char == '"':
        return _double_quoted(left)
    if char.isalnum() or char in _PLAIN:
        return char
    raise NotUnderstood(f"{char!r} may be more than text")


def _single_quoted(left: Iterator[str]) -> str:
    inside: list[str] = []
    for char in left:
        if char == "'":
            return "".join(inside)
        inside.append(char)
    raise NotUnderstood("a quote is not closed")


def _double_quoted(left: Iterator[str]) -> str:
    inside: list[str] = []
    for char in left:
        if char == '"':
            return "".join(inside)
        if char in _UNSAFE_IN_QUOTES:
            raise NotUnderstood(f"{char!r} may be more than text")
        if char == "\\":
            escaped = next(left, "")
            if not escaped or escaped not in _ESCAPED:
                raise NotUnderstood("a backslash stands before what needs none")
            inside.append(escaped)
        else:
            inside.append(char)
    raise NotUnderstood("a quote is not closed")

"""Which commands do no more than read files, list them or search in them.

Owns the list of programs and of their options that write nothing and run nothing. Does not parse a
shell, nor trust what the server takes a command for: it calls ``find . -delete`` a listing and
``rg --pre sh`` a search. Enter at `only_reads`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["READING_PROGRAMS", "only_reads"]

# Left out: what runs something (--pre, --search-zip, --hostname-bin) and what is seldom used.
_RG_LONG: Final = re.compile(
    "--(after-context|before-context|case-sensitive|color|column|context|count|count-matches|files"
    "|files-with-matches|files-without-match|fixed-strings|follow|glob|heading|hidden|iglob"
    "|ignore-case|invert-match|json|line-number|max-columns|max-count|max-depth|multiline"
    "|no-filename|no-heading|no-ignore|no-line-number|no-messages|null|only-matching|pcre2|regexp"
    "|smart-case|sort|stats|text|trim|type|type-not|unrestricted|vimgrep|with-filename"
    "|word-regexp)(=.*)?",
    re.DOTALL,
)
_RG_SHORT: Final = frozenset("acFHiIlLnNoPqsSuUvwx0")
_RG_SHORT_WITH_VALUE: Final = frozenset("ABCdegmMtT")
# Left out: what runs (-exec, -ok), writes (-fprint, -fls) or removes (-delete).
_FIND: Final = re.compile(
    "-(a|and|cmin|ctime|depth|empty|follow|group|H|iname|ipath|iregex|L|links|ls|maxdepth|mindepth"
    "|mmin|mount|mtime|name|newer|not|o|or|P|path|perm|print|print0|prune|regex|size|true|type"
    "|user|wholename|xdev|[0-9]+[a-zA-Z]?)"
)
_SED_PRINTS: Final = re.compile(r"[0-9]+(,([0-9]+|\$))?p")


def only_reads(words: Sequence[str]) -> bool:
    """The command only reads, as far as that is known for sure."""
    judge = _JUDGES.get(words[0])
    return judge is not None and judge(words[1:])


def _whatever(_arguments: Sequence[str]) -> bool:
    return True


def _find(arguments: Sequence[str]) -> bool:
    return all(not argument.startswith("-") or _FIND.fullmatch(argument) for argument in arguments)


def _rg(arguments: Sequence[str]) -> bool:
    for argument in arguments:
        if argument == "--":
            break
        if argument.startswith("--"):
            if not _RG_LONG.fullmatch(argument):
                return False
        elif argument.startswith("-") and not _rg_letters(argument[1:]):
            return False
    return True


def _rg_letters(letters: str) -> bool:
    for letter in letters:
        if letter in _RG_SHORT_WITH_VALUE:
            return True  # the rest of the word is its value
        if letter not in _RG_SHORT:
            return False
    return True


def _sed(arguments: Sequence[str]) -> bool:
    match arguments:
        case ["-n", script, *paths]:
            return bool(_SED_PRINTS.fullmatch(script)) and not any(
                path.startswith("-") for path in paths
            )
        case _:
            return False


_JUDGES: Final = MappingProxyType[str, Callable[[Sequence[str]], bool]](
    {
        # No option of these writes or runs anything.
        **dict.fromkeys(
            ("cat", "du", "egrep", "fgrep", "grep", "head", "ls", "nl", "tail"), _whatever
        ),
        "find": _find,
        "rg": _rg,
        "sed": _sed,
    }
)

READING_PROGRAMS: Final = tuple(sorted(_JUDGES))
"""The programs that are known here."""

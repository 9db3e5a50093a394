"""The files of one journal: the one that is written, those it was before, and the lock.

Owns their names and their order. Does not look into them but at their first lines. Enter at
`files_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lock_of", "neighbour_in_the_way", "rotated", "rotated_files"]

_MAX_DIGITS: Final = 3
"""100 files are kept at most; longer numbers are dates of copies that somebody made."""


def lock_of(path: Path) -> Path:
    """The file that a writer holds locked; it is left behind on purpose."""
    return path.with_name(path.name + ".lock")


def rotated(path: Path, number: int) -> Path:
    """The file that ``path`` was ``number`` rotations ago."""
    return path.with_name(f"{path.name}.{number}")


def rotated_files(path: Path) -> list[tuple[int, Path]]:
    """Those that are there, by their numbers, the newest first.

    Raises:
        OSError: the folder cannot be listed.
    """
    found: list[tuple[int, Path]] = []
    for other in path.parent.iterdir():
        number = other.name.removeprefix(path.name + ".")
        if number != other.name and _is_number(number):
            found.append((int(number), other))
    return sorted(found)


def neighbour_in_the_way(path: Path) -> str | None:
    """What is wrong with the place: a journal whose rotated files and ``path`` share a name.

    Raises:
        OSError: the folder cannot be listed.
    """
    for _, other in rotated_files(path):
        if lock_of(other).exists():
            return f"{other.name} is in the way: it is a journal of its own"
    base, _, number = path.name.rpartition(".")
    if base and _is_number(number) and lock_of(path.with_name(base)).exists():
        return f"it has the name of a rotated file of the journal {base}"
    return None


def _is_number(text: str) -> bool:
    is_short = len(text) <= _MAX_DIGITS
    return is_short and text.isascii() and text.isdigit() and text[0] != "0"

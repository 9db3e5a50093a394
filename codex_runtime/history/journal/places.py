"""The files of one journal: the one that is written, those it was before, and the lock.

Owns their names and their order. Does not look into them but at their first lines. Enter at
`files_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lock_of", "rotated", "rotated_files"]


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
        if number != other.name and number.isascii() and number.isdigit() and number[0] != "0":
            found.append((int(number), other))
    return sorted(found)

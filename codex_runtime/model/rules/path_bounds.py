"""Whether a path lies within a folder, with its links followed.

Owns the comparison; reads the file system for it, and changes nothing. A folder is recognised by
what it is, not by its name alone, so that no other spelling of it gets past. Does not know who
asks. Enter at `PathBounds`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROTECTED_NAMES", "PathBounds"]

PROTECTED_NAMES: Final = frozenset({".agents", ".codex", ".git"})
"""Folders whose files are run, or say what may be run: nothing below one counts as within."""


@attrs.frozen
class PathBounds:
    """The folders within which something is allowed; ``roots`` are absolute."""

    roots: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """All that ``path`` may stand for lies within a root, and in no protected folder there."""
        return all(any(_is_inside(one, root) for root in self.roots) for one in _meanings(path))

    def touches(self, path: str) -> bool:
        """Some of what ``path`` may stand for lies below a root, protected or not."""
        return any(_below(one, root) is not None for one in _meanings(path) for root in self.roots)


def _meanings(path: str) -> Iterator[Path]:
    # Writing follows the last link too, removing takes the link itself.
    yield Path(os.path.realpath(path))
    folder, name = os.path.split(path)
    if name not in ("", ".", ".."):
        yield Path(os.path.realpath(folder)) / name


def _is_inside(path: Path, root: str) -> bool:
    parts = _below(path, root)
    return parts is not None and not any(part.casefold() in PROTECTED_NAMES for part in parts)


def _below(path: Path, root: str) -> tuple[str, ...] | None:
    base = Path(os.path.realpath(root))
    for one in (path, *path.parents):
        if one == base or _is_same(one, base):
            return path.relative_to(one).parts
    return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False

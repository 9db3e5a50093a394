"""The files of a ``CODEX_HOME``: which rollouts there are, and the names that threads were given.

Owns the layout of the directory, and what is done about what cannot be read there. Opens no
rollout and writes nothing; no database of the server is touched. Enter at `find_home`,
`stored_rollouts` and `thread_names`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from codex_runtime.errors import InvalidInput
from codex_runtime.errors.history import HomeNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

__all__ = [
    "StoredRollout",
    "find_home",
    "home_of",
    "path_text",
    "problem_of",
    "stored_rollouts",
    "thread_names",
]

_SESSIONS: Final = "sessions"
_ARCHIVED: Final = "archived_sessions"
_INDEX: Final = "session_index.jsonl"
_DEEPEST: Final = 4
"""Directories below ``sessions``: year, month, day, and one to spare."""

_NO_FILE: Final = "it is no file"

_ID_CHARS: Final = 36
_NAME: Final = re.compile(
    rf"rollout-.*?(?P<id>[0-9a-fA-F-]{{{_ID_CHARS}}})\.jsonl(?P<compressed>\.zst)?"
)


@attrs.frozen(kw_only=True)
class StoredRollout:
    """One file, known by its name and its state in the file system alone."""

    path: str
    thread_id: str
    is_archived: bool
    is_compressed: bool
    size_bytes: int
    modified_at_s: float


def find_home(codex_home: str | os.PathLike[str] | None) -> Path:
    """`codex_home`, else ``CODEX_HOME``, else ``~/.codex``; it must be a directory.

    Raises:
        InvalidInput: `codex_home` is empty, or no path.
        HomeNotFound: It is not there, or may not be read.
    """
    if codex_home is None:
        home = Path(os.environ.get("CODEX_HOME") or "~/.codex")
    else:
        home = Path(path_text("codex_home", codex_home))
    try:
        home = home.expanduser()
        with os.scandir(home):
            return home
    except FileNotFoundError:
        raise HomeNotFound(str(home)) from None
    except OSError as error:
        raise HomeNotFound(str(home), problem_of(error)) from error
    except (RuntimeError, ValueError) as error:  # no such ~user, a NUL
        raise HomeNotFound(str(home), str(error)) from None


def stored_rollouts(
    home: Path, *, archived: bool | None, skipped: MutableMapping[Path, str]
) -> list[StoredRollout]:
    """The rollouts of `home`, the last modified first; one for each thread.

    Args:
        home: The directory.
        archived: Only those that are, or are not; None for both.
        skipped: Is told what could not be read, and why.
    """
    found: dict[str, StoredRollout] = {}
    for is_archived, name in ((False, _SESSIONS), (True, _ARCHIVED)):
        if archived is None or archived == is_archived:
            for path, named, state in _rollouts_below(str(home / name), _DEEPEST, skipped):
                each = StoredRollout(
                    path=path,
                    thread_id=named["id"].lower(),
                    is_archived=is_archived,
                    is_compressed=named["compressed"] is not None,
                    size_bytes=state.st_size,
                    modified_at_s=state.st_mtime,
                )
                kept = found.setdefault(each.thread_id, each)
                if kept is not each:
                    found[each.thread_id], other = _preferred(kept, each)
                    skipped[Path(other.path)] = f"a second file of thread {each.thread_id}"
    return sorted(found.values(), key=_order, reverse=True)


def thread_names(home: Path, skipped: MutableMapping[Path, str]) -> Mapping[str, str]:
    """The names that were given to threads, by id; the last one that was given counts."""
    names: dict[str, str] = {}
    path = home / _INDEX
    bad = 0
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            skipped[path] = _NO_FILE
            return names
        with path.open("rb") as lines:
            for line in lines:
                entry = _index_entry(line)
                if entry is None:
                    bad += bool(line.strip())
                else:
                    names[entry[0]] = entry[1]
    except FileNotFoundError:
        return names
    except OSError as error:
        skipped[path] = problem_of(error)
    else:
        if bad:
            skipped[path] = f"{bad} bad lines in it"
    return names


def home_of(rollout: str) -> Path | None:
    """The home that a rollout is in, by its path; None if it is in none."""
    path = Path(rollout).absolute()
    return next((each.parent for each in path.parents if each.name in (_SESSIONS, _ARCHIVED)), None)


def path_text(name: str, value: object) -> str:
    """A path as text, of any characters that names of files have.

    Raises:
        InvalidInput: It is empty, or no path of text.
    """
    # Any: what __fspath__ gives is checked next.
    text: object = cast("Any", value).__fspath__() if hasattr(value, "__fspath__") else value
    if not isinstance(text, str):
        raise InvalidInput(name, value, "is no path of text", "Give a str or a pathlib.Path")
    if not text:
        raise InvalidInput(name, value, "is empty", "Give a path, or leave it out")
    return text


def problem_of(error: OSError) -> str:
    """Why the operating system refused, in its own words."""
    return error.strerror or str(error)


def _order(stored: StoredRollout) -> tuple[float, str]:
    return stored.modified_at_s, stored.path


def _rollouts_below(
    directory: str, depth: int, skipped: MutableMapping[Path, str]
) -> Iterator[tuple[str, re.Match[str], os.stat_result]]:
    """Path, name and state of each."""
    try:
        with os.scandir(directory) as scanned:
            entries = list(scanned)
    except FileNotFoundError:
        return
    except OSError as error:
        skipped[Path(directory)] = problem_of(error)
        return
    for entry in entries:
        named = _NAME.fullmatch(entry.name)
        try:
            if named and entry.is_file():
                yield entry.path, named, entry.stat()
            elif named:
                skipped[Path(entry.path)] = _NO_FILE
            elif depth and entry.is_dir(follow_symlinks=False):  # a link may lead round in a circle
                yield from _rollouts_below(entry.path, depth - 1, skipped)
        except OSError as error:
            skipped[Path(entry.path)] = problem_of(error)


def _preferred(one: StoredRollout, other: StoredRollout) -> tuple[StoredRollout, StoredRollout]:
    """The one to read, and the other: a server that was stopped at the wrong moment leaves both."""
    return (other, one) if _rank(other) < _rank(one) else (one, other)


def _rank(stored: StoredRollout) -> tuple[bool, bool, float]:
    """Plain before compressed, here before archived, then what was written last."""
    return stored.is_compressed, stored.is_archived, -stored.modified_at_s


def _index_entry(line: bytes) -> tuple[str, str] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match entry:
        case {"id": str(thread_id), "thread_name": str(name)}:
            return thread_id.lower(), name.encode("utf-8", "replace").decode()
        case _:
            return None

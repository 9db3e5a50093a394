"""What reaches everywhere: the root directory, by whatever name, as a place that may be written.

Owns the reading of paths, patterns, special paths and keys of permission tables, by their words
alone: no file system is asked, no link is followed. Does not know who asks, nor which values name a
sandbox (see `access`). Enter at `reaches_everywhere`.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "KeyReading",
    "any_reaches_everywhere",
    "entry_writes_everywhere",
    "key_reaches_everywhere",
    "key_readings",
    "reaches_everywhere",
]

KeyReading: TypeAlias = tuple[str, ...]
"""The parts of a dotted key, without quotes and escapes; never empty."""

_WILD: Final = re.compile(r"[*?\[\]{}]")
_DRIVE: Final = re.compile(r"^[A-Za-z]:(?=/)")
_DEVICE: Final = re.compile(r"^\\\\[?.]\\")
_ANCHORS: Final = ("/", ":", "~")
_SEGMENT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[^."\']+')
_CODE_POINT: Final = re.compile(r"\\(?:u|U0000)([0-9A-Fa-f]{4})")


def reaches_everywhere(path: str) -> bool:
    """Whether ``path``, a pattern or a special path (``:root``) may stand for the root directory.

    A pattern stands for the directory above its first wild part. So many steps up that nobody
    knows where they end, ``..`` alone, count as the root.
    """
    # A backslash escapes in patterns, and parts the paths of another system.
    path = _DEVICE.sub("", path)
    slashed = _DRIVE.sub("", path.replace("\\", "/"))
    return any(_is_root(one) for one in (path, path.replace("\\", ""), slashed))


def any_reaches_everywhere(roots: object) -> bool:
    """Whether one of a list of paths does, or a key of a table of them that is not switched off.

    What is neither is the server's to refuse.
    """
    if isinstance(roots, Mapping):
        table = cast("Mapping[object, object]", roots)
        return any(reaches_everywhere(str(root)) for root, on in table.items() if on is not False)
    if not isinstance(roots, (list, tuple)):
        return False
    return any(reaches_everywhere(str(root)) for root in cast("list[object]", roots))


def entry_writes_everywhere(entry: Mapping[str, Any]) -> bool:  # Any: JSON
    """Whether an entry of a grant (``FileSystemSandboxEntry`` as JSON) lets write everywhere."""
    if entry["access"] != "write":
        return False
    path: Mapping[str, Any] = entry["path"]
    if path["type"] == "special":
        place: Mapping[str, Any] = path["value"]
        base = str(place.get("path") or f":{place['kind']}")
        return reaches_everywhere(posixpath.join(base, place.get("subpath") or ""))
    return reaches_everywhere(str(path.get("path") or path.get("pattern", "")))


@lru_cache(maxsize=1024)  # every call is judged, and their keys are always the same
def key_readings(key: str, above: tuple[str, ...] = ()) -> tuple[KeyReading, ...]:
    """What the server may take a key of its configuration for, one reading at least.

    A path is one part, whatever dots it has, and so is a key ``above`` which a path stands; where
    a path stands unquoted after other parts, it is read both ways.
    """
    if any(one.startswith(_ANCHORS) for one in (key.lstrip(), *above)):
        return ((_bare(key),),)
    found = list(_SEGMENT.finditer(key))
    parts = tuple(_bare(segment[0]) for segment in found)
    readings = [parts or (_bare(key),)]
    for index, segment in enumerate(found):
        if segment[0].startswith(_ANCHORS):
            readings.append((*parts[:index], _bare(key[segment.start() :])))
            break
    return tuple(readings)


def key_reaches_everywhere(reading: KeyReading, above: Iterable[str]) -> bool:
    """Whether a key of a permission table does; ``above`` is what the table's own key may be.

    A table below a path holds paths that start there.
    """
    bases = reading[-2:-1] or tuple(above)
    anchored = [base for base in bases if base.startswith(_ANCHORS)]
    return any(reaches_everywhere(posixpath.join(base, reading[-1])) for base in anchored or ("",))


def _bare(word: str) -> str:
    """A part of a key as the server reads it: without quotes, and without escapes."""
    plain = _CODE_POINT.sub(lambda code: chr(int(code[1], 16)), word.strip().strip("\"'"))
    return plain.replace("\\", "")


def _is_root(path: str) -> bool:
    first, _, rest = path.partition("/")
    if first == ":root":
        path = f"/{rest}"
    elif first.startswith((":", "~")):
        path = f"/{path}"  # a place that is not known: steps up from it may end anywhere
    tame = (_above_wild(posixpath.normpath(path)), posixpath.normpath(_above_wild(path)))
    return any(not one.strip("/") or set(one.split("/")) == {".."} for one in tame)


def _above_wild(path: str) -> str:
    return "/".join(itertools.takewhile(lambda part: not _WILD.search(part), path.split("/")))

"""Configuration overrides as TOML, in the form that ``codex -c key.path=value`` understands.

Owns the rendering and the refusal of what TOML or the binary cannot say. Does not know which keys
exist. The binary splits a key at every dot and honours no quotes there, so a table with a key that
is not bare is written inline, at its own path. Enter at `render_overrides`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.model.secret_values import is_secret, is_secret_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Override", "collect_overrides", "render_overrides"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MAX_INT: Final = 2**63 - 1
_MAX_DEPTH: Final = 64
_HINT: Final = "Give a str, bool, int, finite float, or lists and mappings (str keys) of these"


@attrs.frozen
class Override:
    """One ``-c`` argument."""

    key: str
    """Dotted; every segment is a bare key."""

    toml: str = attrs.field(repr=False)
    """The value."""

    secret: bool
    """Not to be shown: a text under a name, or in a table, that carries secrets."""

    def __str__(self) -> str:
        return f"{self.key}={self.toml}"


def render_overrides(overrides: Mapping[str, object]) -> list[str]:
    """Render ``key.path=value`` arguments, one for each leaf, in the order of the mapping.

    A dotted key at the top is a path, as on the command line of ``codex``; the keys of nested
    mappings are taken as they are. Values are TOML 1.0: texts, bools, 64-bit ints, finite floats,
    lists, tables. Dates are refused: no setting is one.

    Raises:
        ConfigError: a key or value that cannot be said, named by its dotted key; or a key given
            twice, by path and by nesting.
    """
    return [str(override) for override in collect_overrides(overrides)]


def collect_overrides(overrides: Mapping[str, object]) -> list[Override]:
    """Render like `render_overrides`, keeping key, value and what may be shown apart."""
    found: list[Override] = []
    for key, value in _pairs(overrides) or ():
        segments = key.split(".") if isinstance(key, str) else []
        if not segments or not all(map(_BARE.fullmatch, segments)):
            raise ConfigError(
                "config_overrides",
                key,
                "is not a key of bare segments (letters, digits, _ and -) joined by dots",
                "Nest mappings for any other key",
            )
        found.extend(_leaves(tuple(segments), value))
    _refuse_clashes(found)
    return found


def _leaves(path: tuple[str, ...], value: object) -> Iterator[Override]:
    table = _bare_table(value)
    # An empty table is a leaf: it empties what an earlier -c said, and it is a value.
    if not table:
        yield Override(".".join(path), _toml(path, value), is_secret(path, value))
        return
    if len(path) > _MAX_DEPTH:
        raise _refusal(path, value, "nests too deeply")
    for key, inner in table.items():
        yield from _leaves((*path, key), inner)


def _bare_table(value: object) -> dict[str, object] | None:
    """Return a mapping whose keys may stand in a dotted key; None for anything else."""
    pairs = _pairs(value)
    if pairs is None:
        return None
    table = {key: inner for key, inner in pairs if isinstance(key, str) and _BARE.fullmatch(key)}
    return table if len(table) == len(pairs) else None


def _pairs(value: object) -> list[tuple[object, object]] | None:
    if not isinstance(value, Mapping):
        return None
    return list(cast("Mapping[object, object]", value).items())


def _toml(path: tuple[str, ...], value: object) -> str:
    if len(path) > _MAX_DEPTH:
        raise _refusal(path, value, "nests too deeply")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(path, value)
    if isinstance(value, int):
        # The binary takes a longer number for a text, in silence.
        if not -_MAX_INT - 1 <= value <= _MAX_INT:
            raise _refusal(path, value, "does not fit into 64 bits")
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _refusal(path, value, "is not a finite number")
        return repr(float(value))
    if isinstance(value, (list, tuple)):
        items = enumerate(cast("Sequence[object]", value))
        return f"[{', '.join(_toml((*path, str(index)), item) for index, item in items)}]"
    if (pairs := _pairs(value)) is not None:
        return f"{{{', '.join(_pair(path, key, inner) for key, inner in pairs)}}}"
    raise _refusal(path, value, f"is of type {type(value).__name__}, which TOML cannot say here")


def _pair(path: tuple[str, ...], key: object, value: object) -> str:
    if not isinstance(key, str):
        raise _refusal(path, key, "is a key, and not a str")
    inner = (*path, key)
    return f"{key if _BARE.fullmatch(key) else _quoted(inner, key)} = {_toml(inner, value)}"


def _quoted(path: tuple[str, ...], text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refusal(path, text, "has a lone surrogate, which UTF-8 cannot carry") from None
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char < " " or char == "\x7f":
        return _ESCAPES.get(char) or f"\\u{ord(char):04x}"
    return _ESCAPES.get(char, char)


def _refuse_clashes(found: list[Override]) -> None:
    """The binary lets the later of two win and drops the other's siblings: say it instead."""
    keys = {override.key for override in found}
    if len(keys) < len(found):
        twice = next(key for key in keys if sum(key == o.key for o in found) > 1)
        raise _clash(twice)
    for key in keys:
        segments = key.split(".")
        for length in range(1, len(segments)):
            if ".".join(segments[:length]) in keys:
                raise _clash(key)


def _clash(key: str) -> ConfigError:
    return ConfigError(
        "config_overrides", key, "is given twice, by path and by nesting", "Keep one of the two"
    )


def _refusal(path: tuple[str, ...], value: object, problem: str) -> ConfigError:
    shown = f"({type(value).__name__}, not shown)" if is_secret_path(path) else value
    key = ".".join(segment if _BARE.fullmatch(segment) else ascii(segment) for segment in path)
    return ConfigError(f"config_overrides.{key}", shown, problem, _HINT)

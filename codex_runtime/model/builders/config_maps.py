"""Pieces of the server's configuration: put together, and kept free of secrets.

Owns the merge of configuration maps and the checks that the typed builders share. Does not know
which keys exist (see `mcp_servers`, `model_providers`, `rollout_budget`) nor how a map is rendered
(see the launch room). Enter at `merge_config`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_mapping, check_text

__all__ = [
    "as_names",
    "check_env_name",
    "check_env_names",
    "check_http_url",
    "check_key",
    "check_literals",
    "frozen_map",
    "given",
    "merge_config",
]

Table: TypeAlias = dict[str, object]
Path: TypeAlias = tuple[str, ...]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_URL: Final = re.compile(r"[\s\x00-\x1f\x7f]")
_LINE_BREAK: Final = re.compile(r"[\r\n\x00]")
# Words of a name, split where letters end and at each capital: X-Api-Key, apiKey, access_token.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS: Final = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "key",
        "passwd",
        "password",
        "secret",
        "sig",
        "signature",
        "token",
    }
)
_SECRET_VALUE: Final = re.compile(r"(?:bearer|basic|token)\s+\S|sk-\w", re.IGNORECASE)


def merge_config(*maps: Mapping[str, object]) -> dict[str, object]:
    """One configuration map out of several, for ``config_overrides`` or ``SessionConfig.config``.

    Tables are merged at any depth; a dotted key at the top is a path. The result has dotted keys
    as deep as they were given, and at least two parts where a table allows it: the ``config`` of a
    thread replaces what stands at its keys, so a plain ``mcp_servers`` would take the runtime's
    servers away. The maps themselves are left alone.

    Raises `ConfigError` where two of them set the same key to different values.
    """
    merged: dict[Path, object] = {}
    for index, config in enumerate(maps):
        check_mapping(f"maps[{index}]", config, ConfigError)
        for path, value in _entries(config):
            _put(merged, path, _copy(value))
    return {".".join(path): value for path, value in merged.items()}


def _entries(config: Mapping[str, object]) -> Iterable[tuple[Path, object]]:
    for key, value in config.items():
        path = tuple(key.split("."))
        if not all(map(_BARE.fullmatch, path)):
            path = (key,)  # one part, whatever it is: the checks of the config speak of it
        table = _table(value)
        if len(path) == 1 and table and all(map(_is_bare, table)):
            yield from (((key, inner), item) for inner, item in table.items())
        else:
            yield path, value


def _is_bare(key: object) -> bool:
    return isinstance(key, str) and _BARE.fullmatch(key) is not None


def _put(merged: dict[Path, object], path: Path, value: object) -> None:
    """Set it where the shallowest entry on its way stands; take in the deeper ones below it."""
    for depth in range(1, len(path)):
        if path[:depth] in merged:
            for part in reversed(path[depth:]):
                value = {part: value}
            path = path[:depth]
            break
    for deeper in [known for known in merged if known[: len(path)] == path]:
        below = merged.pop(deeper)
        for part in reversed(deeper[len(path) :]):
            below = {part: below}
        value = _joined(path, below, value)
    merged[path] = value


def _joined(path: Path, first: object, second: object) -> object:
    ours, theirs = _table(first), _table(second)
    if ours is not None and theirs is not None:
        for key, value in theirs.items():
            ours[key] = _joined((*path, key), ours[key], value) if key in ours else value
        return ours
    if type(first) is type(second) and first == second:
        return first
    raise ConfigError(
        ".".join(path), "(values not shown)", "is set to two different values", "Keep one of them"
    )


def _copy(value: object) -> object:
    table = _table(value)
    return value if table is None else {key: _copy(item) for key, item in table.items()}


def _table(value: object) -> Table | None:
    return dict(cast("Mapping[str, object]", value)) if isinstance(value, Mapping) else None


def given(**fields: object) -> Table:
    """The fields that say something: neither None nor empty."""
    return {name: value for name, value in fields.items() if value not in (None, (), [], {})}


# A value of the wrong kind passes the converters as it is, for the checks to name it.
def frozen_map(value: Mapping[str, str]) -> Mapping[str, str]:
    """A copy of its own, in a converter."""
    return dict(value) if isinstance(cast("object", value), Mapping) else value


def as_names(value: Iterable[str]) -> tuple[str, ...]:
    """A tuple, in a converter; a single text is left for the checks to refuse."""
    odd = isinstance(value, str) or not isinstance(cast("object", value), Iterable)
    return cast("tuple[str, ...]", value) if odd else tuple(value)


def check_key(name: str, value: object) -> None:
    """Refuse what cannot name a server or provider: the binary takes letters, digits, _ and -."""
    check_text(name, value, ConfigError)
    if not _BARE.fullmatch(cast("str", value)):
        raise ConfigError(
            name, value, "cannot be a name in the configuration", "Use letters, digits, _ and -"
        )


def check_env_name(name: str, value: object) -> None:
    """Refuse what cannot be the name of an environment variable; a secret is not shown."""
    if not isinstance(value, str) or not _ENV_NAME.fullmatch(value):
        raise ConfigError(
            name,
            f"({type(value).__name__}, not shown)",
            "is not the name of an environment variable",
            "Put the secret into a variable and give the variable's name",
        )


def check_env_names(name: str, value: object) -> None:
    """Refuse what is not a mapping to names of environment variables."""
    check_mapping(name, value, ConfigError)
    for key, variable in cast("Mapping[str, object]", value).items():
        _check_line(name, key)
        check_env_name(f"{name}[{key!r}]", variable)


def check_literals(name: str, value: object, instead: str) -> None:
    """Refuse a mapping with a value that is, by its key or its own looks, a secret."""
    check_mapping(name, value, ConfigError, values=str)
    for key, item in cast("Mapping[str, str]", value).items():
        _check_line(name, key)
        if _is_secret_name(key) or _SECRET_VALUE.match(item):
            raise ConfigError(
                f"{name}[{key!r}]",
                "(not shown)",
                "looks like a secret, and configuration is no place for one",
                f"Put it into an environment variable and name that in {instead}",
            )
        check_text(f"{name}[{key!r}]", item, ConfigError, empty_ok=True)
        _check_line(f"{name}[{key!r}]", item)


def check_http_url(name: str, value: object, instead: str) -> None:
    """Refuse what is not an http or https URL, and one that carries a secret."""
    check_text(name, value, ConfigError)
    url = cast("str", value)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or _NOT_IN_URL.search(url):
        raise ConfigError(name, value, "is not an http or https URL", "Give one with a host")
    keys = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if parts.username or parts.password or any(map(_is_secret_name, keys)):
        raise ConfigError(
            name,
            "(not shown)",
            "carries a secret, and configuration is no place for one",
            f"Put it into an environment variable and name that in {instead}",
        )


def _is_secret_name(key: str) -> bool:
    words = {word.lower() for word in _WORD.findall(key)}
    return not words.isdisjoint(_SECRET_WORDS) or key.lower() in _SECRET_WORDS


def _check_line(name: str, text: str) -> None:
    if _LINE_BREAK.search(text):
        raise ConfigError(name, "(not shown)", "has a line break or NUL", "Give one line")

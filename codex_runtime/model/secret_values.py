"""What is shown of a configuration: which texts look secret, and how they are hidden.

Owns the one rule of what looks secret, for every ``repr`` and for the command line. Does not refuse
anything (see `builders.config_maps`) and does not know which keys exist. Enter at `shown_config`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HIDDEN",
    "hide_user_info",
    "is_secret",
    "is_secret_path",
    "shown_config",
    "shown_names",
]

HIDDEN: Final = "***"

# Names that carry secrets, and tables whose values do whatever the name of the key.
_SECRET: Final = re.compile(
    r"token|secret|key|password|passwd|auth|credential|cookie", re.IGNORECASE
)
_SECRET_TABLES: Final = frozenset(
    {"env", "set", "headers", "http_headers", "env_http_headers", "query_params"}
)
_USER_INFO: Final = re.compile(r"(?<=://)[^/@\s\"]+(?=@)")


def is_secret_path(path: tuple[str, ...]) -> bool:
    """Whether what stands at this path of a configuration is secret if it is a text."""
    return any(map(_SECRET.search, path)) or not _SECRET_TABLES.isdisjoint(path[:-1])


def is_secret(path: tuple[str, ...], value: object) -> bool:
    """Whether ``value``, which stands at ``path``, is a secret text or has one in it."""
    if isinstance(value, str):
        return is_secret_path(path)
    if isinstance(value, (list, tuple)):
        return any(is_secret((*path, ""), item) for item in cast("Sequence[object]", value))
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return any(is_secret((*path, str(key)), inner) for key, inner in items)
    return False


def hide_user_info(text: str) -> str:
    """``text`` without the name and password of any URL in it."""
    return _USER_INFO.sub(HIDDEN, text)


def shown_names(values: Mapping[str, str]) -> str:
    """The ``repr`` of an environment: names, and no value."""
    return "{" + ", ".join(f"{name!r}: {HIDDEN}" for name in values) + "}"


def shown_config(config: object) -> str:
    """The ``repr`` of a configuration, or of none, with every secret text in it hidden."""
    return repr(_shown((), config, frozenset()))


def _shown(path: tuple[str, ...], value: object, around: frozenset[int]) -> object:
    if isinstance(value, str):
        return HIDDEN if is_secret_path(path) else hide_user_info(value)
    if isinstance(value, (Mapping, list, tuple)):
        if id(cast("object", value)) in around:
            return "..."
        around |= {id(cast("object", value))}
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {key: _shown((*path, *str(key).split(".")), item, around) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [_shown((*path, ""), item, around) for item in cast("Sequence[object]", value)]
    plain = value is None or isinstance(value, (bool, int, float))
    return value if plain or not is_secret_path(path) else HIDDEN

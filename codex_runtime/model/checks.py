"""Checks of single values, shared by the configurations.

Owns the wording of what is wrong with a number, a text or a path-like value. Does not know which
class asks: the caller hands in the error to raise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from codex_runtime.model.functions import is_generator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.errors import InvalidInput

    Refusal = type[InvalidInput]

__all__ = [
    "check_choice",
    "check_function",
    "check_int",
    "check_kind",
    "check_mapping",
    "check_path",
    "check_seconds",
    "check_text",
]


def check_seconds(name: str, value: object, error: Refusal) -> None:
    """Refuse anything but a positive, finite number of seconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise error(name, value, "is not a number of seconds", "Give a positive number")
    if not math.isfinite(value) or value <= 0:
        raise error(name, value, "is not a positive, finite number of seconds", "Give more than 0")


def check_int(name: str, value: object, error: Refusal, *, at_least: int, at_most: int) -> None:
    """Refuse anything but an int within the bounds (both included)."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise error(name, value, "is not an int", f"Give one from {at_least} to {at_most}")
    if not at_least <= value <= at_most:
        raise error(name, value, "is out of range", f"Give an int from {at_least} to {at_most}")


def check_text(name: str, value: object, error: Refusal, *, empty_ok: bool = False) -> None:
    """Refuse what is not a str that UTF-8 can carry: the server drops such lines in silence."""
    if not isinstance(value, str):
        raise error(name, value, "is not a str", "Give text")
    if not value and not empty_ok:
        raise error(name, value, "is empty", "Give text, or leave the field out")
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise error(
            name,
            value,
            f"has a lone surrogate at index {problem.start}, which UTF-8 cannot carry",
            "Decode the source with errors='replace', or drop that character",
        ) from None


def check_kind(name: str, value: object, kind: type, error: Refusal) -> None:
    """Refuse anything but an instance of ``kind``."""
    if not isinstance(value, kind):
        raise error(name, value, f"is not a {kind.__name__}", f"Give a {kind.__name__}")


def check_function(name: str, value: object, error: Refusal, hint: str) -> None:
    """Refuse what cannot be called or surely gives no answer; the rest its call tells."""
    if not callable(value):
        raise error(name, value, "cannot be called", hint)
    if is_generator(value):
        raise error(
            name, value, "is a generator, which gives no answer", "Return the answer, yield nothing"
        )


def check_choice(name: str, value: object, choices: Sequence[str], error: Refusal) -> None:
    """Refuse anything but one of the texts in ``choices``."""
    if value not in choices:
        raise error(name, value, "is not known", f"Give one of {', '.join(map(repr, choices))}")


def check_path(name: str, value: object, error: Refusal) -> None:
    """Refuse what is not a path (str or PathLike of str); whether it exists is not asked here."""
    # Any: what __fspath__ gives is checked next.
    text: object = cast("Any", value).__fspath__() if hasattr(value, "__fspath__") else value
    if not isinstance(text, str):
        raise error(name, value, "is not a path of text", "Give a str or a pathlib.Path")
    check_text(name, text, error)
    if "\0" in text:
        raise error(name, value, "has a NUL character", "Give a path without it")


def check_mapping(name: str, value: object, error: Refusal, *, values: type = object) -> None:
    """Refuse what is not a mapping with non-empty str keys and values of that type."""
    if not isinstance(value, Mapping):
        raise error(name, value, "is not a mapping", "Give a dict with str keys")
    for key, item in cast("Mapping[object, object]", value).items():
        check_text(f"{name} key", key, error)
        check_kind(f"{name}[{key!r}]", item, values, error)

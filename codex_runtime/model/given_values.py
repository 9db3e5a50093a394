"""Copies of what a user hands in, for converters: what was checked is what stays.

Owns how mappings and sequences are copied. Refuses nothing: what is of the wrong kind passes as it
is, for the checks to name it. Enter at `copied` and `as_tuple`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

__all__ = ["as_tuple", "copied"]

T = TypeVar("T")


def copied(value: T) -> T:
    """A copy of the dicts, lists and tuples in ``value``, at any depth; mappings become dicts."""
    # The copy of a mapping takes its place, whatever class that had.
    return cast("T", _copied(value, {}))


def as_tuple(value: T) -> T:
    """A tuple of what can be iterated; a text, and anything else, as it is."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return value
    return cast("T", tuple(cast("Iterable[object]", value)))


def _copied(value: object, made: dict[int, object]) -> object:
    """``made`` has the copies by the ids of what they are of: values may hold themselves."""
    if id(value) in made:
        return made[id(value)]
    if isinstance(value, Mapping):
        table: dict[object, object] = {}
        made[id(cast("object", value))] = table
        for key, item in cast("Mapping[object, object]", value).items():
            table[key] = _copied(item, made)
        return table
    if isinstance(value, list):
        parts: list[object] = []
        made[id(cast("object", value))] = parts
        parts.extend(_copied(item, made) for item in cast("list[object]", value))
        return parts
    if isinstance(value, tuple):
        return tuple(_copied(item, made) for item in cast("tuple[object, ...]", value))
    return value

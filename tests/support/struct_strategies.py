"""Hypothesis strategies for the generated types: any value that a caller could build.

Owns the way from a type to a strategy. Open enums give their known values, unions their known
members: what a careful caller sends. Enter at `values_of`.
"""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from codex_runtime.protocol import (
    ImageUserInput,
    InputImageContentItem,
    InputImageFunctionOutputContent,
)
from codex_runtime.protocol.layout import struct_layout
from codex_runtime.protocol.unknown import UnknownTagged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

__all__ = ["values_of"]

# What UTF-8 cannot say is refused before it is sent, which has a test of its own.
# An empty text is no value where the schema asks for one (a reasoning effort).
_TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)

# Counts, ids and sizes: the narrowest integer of the schema is one byte wide, and one is no 0.
_SCALARS: Mapping[Any, SearchStrategy[Any]] = {
    str: _TEXT,
    int: st.integers(1, 255),
    float: st.floats(allow_nan=False, allow_infinity=False, width=32),
    bool: st.booleans(),
    NoneType: st.none(),
    msgspec.UnsetType: st.just(msgspec.UNSET),
    Any: st.none() | st.booleans() | _TEXT | st.lists(st.integers(0, 9), max_size=2),
}

# Their alternatives have no tag, so that they are one struct of ours: one of these has to be given.
_ONE_OF: Mapping[type[msgspec.Struct], tuple[str, ...]] = {
    ImageUserInput: ("url", "file_id"),
    InputImageContentItem: ("image_url", "file_id"),
    InputImageFunctionOutputContent: ("image_url", "file_id"),
}


@cache
def values_of(kind: Any) -> SearchStrategy[Any]:
    """Values of a type of ``codex_runtime.protocol``."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is list:
        return st.lists(values_of(parts[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(_TEXT, values_of(parts[1]), max_size=2)
    if origin in (Union, UnionType):
        closed = any(get_origin(part) is Literal for part in parts)
        members = [part for part in parts if not (closed and part is str)]
        return _one_of([values_of(part) for part in members if not _is_stand_in(part)])
    return _structs(kind)


def _one_of(strategies: list[SearchStrategy[Any]]) -> SearchStrategy[Any]:
    return st.one_of(strategies)


def _is_stand_in(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, UnknownTagged)


def _structs(kind: type[msgspec.Struct]) -> SearchStrategy[Any]:
    fields = struct_layout(kind).fields
    by_name = {field.name: values_of(field.type) for field in fields}
    if fields and all(field.omitted_at_default for field in fields):
        # The object form of an enum: one field is set.
        forms = [
            st.builds(kind, **{name: values.filter(lambda value: value is not None)})
            for name, values in by_name.items()
        ]
        return _one_of(forms)
    one_of = _ONE_OF.get(kind, ())
    return st.builds(kind, **by_name).filter(
        lambda value: not one_of or any(isinstance(getattr(value, name), str) for name in one_of)
    )

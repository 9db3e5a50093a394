"""What the lenient walks need to know of a type, worked out once per type.

Owns two views, `StructLayout` of a struct and `UnionLayout` of a union, both cached. Decodes
nothing. Enter at `struct_layout` and `union_layout`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

import msgspec

from codex_runtime.protocol.base import UNKNOWN_MARK, Wire
from codex_runtime.protocol.unknown import UnknownTagged

__all__ = [
    "FieldLayout",
    "StructLayout",
    "UnionLayout",
    "has_parts",
    "struct_layout",
    "union_layout",
]


class FieldLayout(NamedTuple):
    """One field of a struct."""

    name: str
    wire: str
    type: Any  # Any: a type may be a union
    required: bool
    default: Any  # Any: whatever the field may hold; NODEFAULT when required or made anew
    omitted_at_default: bool


class StructLayout(NamedTuple):
    """A struct's fields, without those that are ours alone."""

    fields: tuple[FieldLayout, ...]
    tag_field: str | None
    tag: str
    known: frozenset[str]
    """The wire names of all of them, and of the tag."""
    keeps_unknown: bool
    """It has a place for unknown fields."""
    is_open: bool
    """The schema allows any further field."""
    is_flat: bool
    """No field of it has parts of its own that could be unknown."""


class UnionLayout(NamedTuple):
    """What a union offers: structs by tag, or what the first byte of the JSON tells apart."""

    by_tag: dict[str, Any]
    tag_field: str
    stand_in: type[UnknownTagged] | None
    plain_struct: Any
    container: Any


@cache
def struct_layout(kind: type[msgspec.Struct]) -> StructLayout:
    """The layout of a struct."""
    config = kind.__struct_config__
    keeps_unknown = issubclass(kind, Wire)
    fields = tuple(
        FieldLayout(
            field.name,
            field.encode_name,
            field.type,
            field.required,
            field.default,
            config.omit_defaults and field.default is not msgspec.NODEFAULT,
        )
        for field in msgspec.structs.fields(kind)
        if not field.encode_name.startswith(UNKNOWN_MARK)
    )
    known = {field.wire for field in fields}
    if config.tag_field is not None:
        known.add(config.tag_field)
    return StructLayout(
        fields,
        config.tag_field,
        str(config.tag),
        frozenset(known),
        keeps_unknown,
        is_open=issubclass(kind, Wire) and kind.IS_OPEN,
        is_flat=not any(has_parts(field.type) for field in fields),
    )


@cache
def union_layout(kind: Any) -> UnionLayout:  # Any: a union is no type[...]
    """The layout of a union."""
    by_tag: dict[str, Any] = {}
    tag_field, stand_in, plain, container = "", None, None, None
    for part in get_args(kind):
        if get_origin(part) in (list, dict):
            container = part
        elif isinstance(part, type) and issubclass(part, msgspec.Struct):
            config = part.__struct_config__
            tag_field = config.tag_field or tag_field
            if issubclass(part, UnknownTagged):
                stand_in = part
            elif config.tag_field is None:
                plain = part
            else:
                by_tag[str(config.tag)] = part
    return UnionLayout(by_tag, tag_field, stand_in, plain, container)


@cache
def has_parts(kind: Any) -> bool:  # Any: see union_layout
    """Whether something below this type could be salvaged: a struct, or what may hold one."""
    if get_origin(kind) in (list, dict):
        return True
    if get_args(kind):
        union = union_layout(kind)
        return bool(union.by_tag or union.plain_struct or union.container)
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)

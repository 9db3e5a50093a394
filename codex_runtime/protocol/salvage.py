"""Decoding that loses no more than what is broken, for a value the strict pass refused.

Owns the walk: down to the part that does not fit, strict everywhere else. A field that is not known
is kept beside the known ones; an unknown tag, or a known one of a broken shape, becomes a stand-in
of ``unknown`` that keeps its raw JSON; a part without a stand-in fails its whole. Knows no method.
Enter through `salvage`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast, get_args, get_origin

import msgspec

from codex_runtime.protocol.base import EXTRA_FIELDS
from codex_runtime.protocol.drift import Drift
from codex_runtime.protocol.layout import (
    StructLayout,
    UnionLayout,
    has_parts,
    struct_layout,
    union_layout,
)
from codex_runtime.protocol.unknown import UnknownItem

__all__ = ["decoder_of", "salvage", "salvage_refused"]


_MEMBERS: Final = msgspec.json.Decoder(dict[str, Any])
_RAW_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@cache
def decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:  # Any: a type may be a union
    """The strict decoder of a type; made once, on first use."""
    return msgspec.json.Decoder(kind)


# Any, here and below: what a JSON value decodes to depends on the type asked for.
def salvage(raw: bytes | msgspec.Raw, kind: Any, drift: Drift) -> Any:
    """Decode ``raw`` as ``kind``, with stand-ins where the union at that place has one.

    Every struct in ``kind`` must be a `Wire`. What was not known is counted in ``drift``. Raises
    `msgspec.ValidationError` when no stand-in covers what is wrong.
    """
    try:
        return decoder_of(kind).decode(raw)
    except msgspec.ValidationError:
        if not has_parts(kind):
            raise
    return salvage_refused(bytes(raw), kind, drift)


def salvage_refused(raw: bytes, kind: Any, drift: Drift) -> Any:
    """`salvage` for what the strict pass has refused already; ``kind`` must have parts."""
    origin = get_origin(kind)
    if origin is list:
        (part,) = get_args(kind)
        entries = decoder_of(list[msgspec.Raw]).decode(raw)
        return [_within(index, bytes(entry), part, drift) for index, entry in enumerate(entries)]
    if origin is dict:
        _, part = get_args(kind)
        members = _RAW_MEMBERS.decode(raw)
        return {key: _within(key, bytes(value), part, drift) for key, value in members.items()}
    if get_args(kind):
        return _salvage_union(raw, kind, drift)
    return _salvage_struct(raw, kind, drift)


def _within(place: object, raw: bytes, kind: Any, drift: Drift) -> Any:
    """Salvage one part; an error then says where it stands."""
    try:
        return salvage(raw, kind, drift)
    except msgspec.ValidationError as problem:
        text = str(problem)
        said, _, below = text.partition(" - at `$")
        here = f"[{place}]" if isinstance(place, int) else f".{place}"
        raise msgspec.ValidationError(f"{said} - at `${here}{below or '`'}") from None


def _salvage_union(raw: bytes, kind: Any, drift: Drift) -> Any:
    union = union_layout(kind)
    if union.by_tag:
        return _salvage_tagged(raw, union, drift)
    wanted = union.plain_struct if raw.lstrip()[:1] == b"{" else None
    wanted = wanted or union.container
    if wanted is None:
        return decoder_of(kind).decode(raw)
    return salvage(raw, wanted, drift)


def _salvage_tagged(raw: bytes, union: UnionLayout, drift: Drift) -> Any:
    tag, item_id = _peek(raw, union.tag_field), _peek(raw, "id")
    member = union.by_tag.get(tag)
    problem = None
    if member is not None:
        inside = Drift()
        try:
            value = salvage(raw, member, inside)
        except msgspec.ValidationError as reason:
            if union.stand_in is None:
                raise
            problem = str(reason)
        else:
            drift.add(inside)
            return value
    elif union.stand_in is None:
        raise msgspec.ValidationError(f"Invalid value '{tag}' - at `$.{union.tag_field}`")
    if not tag:
        problem = f"No `{union.tag_field}` to tell what it is"
    if problem is None:
        drift.unknown_parts += 1
    else:
        drift.malformed_parts += 1
    if union.stand_in is UnknownItem:
        return UnknownItem(name=tag, raw=raw, problem=problem, id=item_id or None)
    return union.stand_in(name=tag, raw=raw, problem=problem)


def _peek(raw: bytes, key: str) -> str:
    """A string field of a JSON object; empty when there is none."""
    try:
        members = _RAW_MEMBERS.decode(raw)
        return cast("str", decoder_of(str).decode(members[key]))
    except (msgspec.ValidationError, KeyError):
        return ""


def _salvage_struct(raw: bytes, kind: type[msgspec.Struct], drift: Drift) -> Any:
    layout = struct_layout(kind)
    if layout.is_flat:
        return _salvage_flat(raw, kind, layout, drift)
    members = _RAW_MEMBERS.decode(raw)
    if layout.tag_field is not None:
        tag = members.pop(layout.tag_field, None)
        if tag is None or decoder_of(str).decode(tag) != layout.tag:
            raise msgspec.ValidationError(f"Invalid value - at `$.{layout.tag_field}`")
    values: dict[str, Any] = {}
    for field in layout.fields:
        part = members.pop(field.wire, None)
        if part is not None:
            values[field.name] = _within(field.wire, bytes(part), field.type, drift)
        elif field.required:
            raise msgspec.ValidationError(f"Object missing required field `{field.wire}`")
    if members:
        drift.unknown_fields += 0 if layout.is_open else len(members)
        values[EXTRA_FIELDS] = {key: msgspec.json.decode(part) for key, part in members.items()}
    return kind(**values)


def _salvage_flat(
    raw: bytes, kind: type[msgspec.Struct], layout: StructLayout, drift: Drift
) -> Any:
    """The quick way for a struct of plain values, as a delta is: a newer server may send many."""
    members = _MEMBERS.decode(raw)
    extra = {key: members.pop(key) for key in members.keys() - layout.known}
    value = msgspec.convert(members, kind)
    msgspec.structs.force_setattr(value, EXTRA_FIELDS, extra)  # nobody has the value yet
    drift.unknown_fields += 0 if layout.is_open else len(extra)
    return value

"""Decoding that loses no more than what is broken, for a value the strict pass refused.

Owns the walk: down to the part that does not fit, strict everywhere else. There an unknown tag, or
a known one of a broken shape, becomes a stand-in of ``unknown`` that keeps its raw JSON; a part
without a stand-in fails its whole. Knows no method. Enter through `salvage`.
"""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import Any, NamedTuple, cast, get_args, get_origin

import msgspec

from codex_runtime.protocol.base import OpenWire
from codex_runtime.protocol.unknown import UnknownItem, UnknownTagged

__all__ = ["carries_extra", "decoder_of", "salvage"]

_EXTRA = "extra"


@cache
def decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:  # Any: a type may be a union
    """The strict decoder of a type; made once, on first use."""
    return msgspec.json.Decoder(kind)


@cache
def carries_extra(kind: Any) -> bool:  # Any: a type may be a union
    """Whether an `OpenWire` stands somewhere inside, so that a strict pass would lose fields."""
    if getattr(kind, "CARRIES_EXTRA", False):
        return True
    return any(carries_extra(part) for part in get_args(kind) if not isinstance(part, str))


# Any, here and below: what a JSON value decodes to depends on the type asked for.
def salvage(raw: bytes, kind: Any) -> Any:
    """Decode ``raw`` as ``kind``, with stand-ins where the union at that place has one.

    Raises `msgspec.ValidationError` when no stand-in covers what is wrong.
    """
    if not carries_extra(kind):
        try:
            return decoder_of(kind).decode(raw)
        except msgspec.ValidationError:
            if not _has_parts(kind):
                raise
    parts = get_args(kind)
    origin = get_origin(kind)
    if origin is list:
        entries = decoder_of(list[msgspec.Raw]).decode(raw)
        return [_within(index, bytes(entry), parts[0]) for index, entry in enumerate(entries)]
    if origin is dict:
        members = decoder_of(dict[str, msgspec.Raw]).decode(raw)
        return {key: _within(key, bytes(value), parts[1]) for key, value in members.items()}
    if parts:
        return _salvage_union(raw, kind)
    return _salvage_struct(raw, kind)


class _Choices(NamedTuple):
    """What a union offers, by the first byte of the JSON."""

    by_tag: dict[str, Any]
    tag_field: str
    stand_in: type[UnknownTagged] | None
    plain_struct: Any
    container: Any


@cache
def _choices(kind: Any) -> _Choices:
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
    return _Choices(by_tag, tag_field, stand_in, plain, container)


def _has_parts(kind: Any) -> bool:
    """Whether something below this type could be salvaged."""
    if get_origin(kind) in (list, dict):
        return True
    if get_args(kind):
        choices = _choices(kind)
        return bool(choices.by_tag or choices.plain_struct or choices.container)
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _within(place: object, raw: bytes, kind: Any) -> Any:
    """Salvage one part; an error then says where it stands."""
    try:
        return salvage(raw, kind)
    except msgspec.ValidationError as problem:
        text = str(problem)
        said, _, below = text.partition(" - at `$")
        here = f"[{place}]" if isinstance(place, int) else f".{place}"
        raise msgspec.ValidationError(f"{said} - at `${here}{below or '`'}") from None


def _salvage_union(raw: bytes, kind: Any) -> Any:
    choices = _choices(kind)
    first = raw.lstrip()[:1]
    if first == b"n" and NoneType in get_args(kind):
        return None
    if choices.by_tag:
        return _salvage_tagged(raw, choices)
    wanted = choices.plain_struct if first == b"{" else None
    wanted = wanted or choices.container
    if wanted is None:
        return decoder_of(kind).decode(raw)
    return salvage(raw, wanted)


def _salvage_tagged(raw: bytes, choices: _Choices) -> Any:
    tag, item_id = _peek(raw, choices.tag_field), _peek(raw, "id")
    member = choices.by_tag.get(tag)
    problem = None
    if member is not None:
        try:
            return salvage(raw, member)
        except msgspec.ValidationError as reason:
            if choices.stand_in is None:
                raise
            problem = str(reason)
    elif choices.stand_in is None:
        raise msgspec.ValidationError(f"Invalid value '{tag}' - at `$.{choices.tag_field}`")
    if not tag:
        problem = f"No `{choices.tag_field}` to tell what it is"
    if choices.stand_in is UnknownItem:
        return UnknownItem(name=tag, raw=raw, problem=problem, id=item_id or None)
    return choices.stand_in(name=tag, raw=raw, problem=problem)


def _peek(raw: bytes, key: str) -> str:
    """A string field of a JSON object; empty when there is none."""
    try:
        members = decoder_of(dict[str, msgspec.Raw]).decode(raw)
        return cast("str", decoder_of(str).decode(members[key]))
    except (msgspec.ValidationError, KeyError):
        return ""


def _salvage_struct(raw: bytes, kind: Any) -> Any:
    members = decoder_of(dict[str, msgspec.Raw]).decode(raw)
    config = kind.__struct_config__
    if config.tag_field is not None:
        tag = members.pop(config.tag_field, None)
        if tag is None or decoder_of(str).decode(tag) != config.tag:
            raise msgspec.ValidationError(f"Invalid value - at `$.{config.tag_field}`")
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if issubclass(kind, OpenWire) and field.name == _EXTRA:
            continue
        part = members.pop(field.encode_name, None)
        if part is not None:
            values[field.name] = _within(field.encode_name, bytes(part), field.type)
        elif field.required:
            raise msgspec.ValidationError(f"Object missing required field `{field.encode_name}`")
    if issubclass(kind, OpenWire):
        values[_EXTRA] = {key: msgspec.json.decode(part) for key, part in members.items()}
    return kind(**values)

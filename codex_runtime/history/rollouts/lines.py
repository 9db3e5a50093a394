"""One line of a rollout into its typed entry, whatever the line is.

Owns the way from strict to lenient: a line that fits is decoded in one pass; one that does not
loses no more than the part that is wrong, and keeps its bytes. Legacy lines, which have no
envelope, become the entries of today where they mean the same. Knows no file. Enter at
`decode_entry`.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, get_args

import msgspec

from codex_runtime.history.rollouts.entries import (
    Entry,
    KnownEntry,
    LegacyStateEntry,
    ResponseEntry,
    SessionMeta,
    SessionMetaEntry,
    UnknownEntry,
)
from codex_runtime.history.rollouts.events import Event
from codex_runtime.history.rollouts.responses import ResponseItem, UnknownResponse
from codex_runtime.history.rollouts.turn_items import TurnItem, UnknownItem

__all__ = [
    "REFUSALS",
    "BadLine",
    "decode_block",
    "decode_entry",
    "decode_known",
    "salvage_line",
]

REFUSALS: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What bytes can do to a decoder; nesting of thousands of levels is the `RecursionError`."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that is no JSON object; ``why`` says what is wrong, without its content."""

    why: str


_Members: TypeAlias = dict[str, msgspec.Raw]


def _tags(union: Any) -> frozenset[str]:  # Any: a union has no type of its own
    return frozenset(member.__struct_config__.tag for member in get_args(union))


_LINE_TAGS: Final = _tags(KnownEntry)
_PAYLOAD_TAGS: Final = {"event_msg": _tags(Event), "response_item": _tags(ResponseItem)}
_ITEM_TAGS: Final = _tags(TurnItem)
_LEGACY_TAGS: Final = _PAYLOAD_TAGS["response_item"]
_NOTHING: Final = msgspec.Raw(b"null")
_PARTS: Final = {"event_msg": "item", "compacted": "replacement_history"}
"""The member of a line's payload that is made of parts, which may be unknown."""

_known: Final[msgspec.json.Decoder[KnownEntry]] = msgspec.json.Decoder(KnownEntry)
_responses: Final[msgspec.json.Decoder[ResponseItem]] = msgspec.json.Decoder(ResponseItem)
_items: Final[msgspec.json.Decoder[TurnItem]] = msgspec.json.Decoder(TurnItem)
_metas: Final = msgspec.json.Decoder(SessionMeta)
_members: Final = msgspec.json.Decoder(_Members)
_parts: Final = msgspec.json.Decoder(list[msgspec.Raw])
_encode: Final = msgspec.json.Encoder().encode

decode_known: Final = _known.decode
"""The strict pass alone, for whoever has many lines: raises one of `REFUSALS` for what
`salvage_line` then takes."""


def decode_entry(line: bytes) -> Entry | BadLine:
    """The typed entry of one line, with or without its line break; never raises.

    An unknown kind gives an `UnknownEntry`, and so does a known one of another shape, with its
    ``problem``. Inside an ``item_completed`` event or a compaction an unknown part costs itself
    alone: `UnknownItem`, `UnknownResponse`. What is no JSON object gives a `BadLine`.
    """
    try:
        return decode_known(line)
    except REFUSALS as refusal:
        return salvage_line(line, refusal)


def decode_block(block: bytes, line_count: int) -> list[KnownEntry]:
    """The entries of whole lines, one for each; none at all if one of them is not as it should be.

    Quicker than one by one. To JSON a line break is a space, so a value that takes two lines is
    read where another line has two.
    """
    try:
        entries = _known.decode_lines(block)
    except REFUSALS:
        return []
    return entries if len(entries) == line_count else []


def salvage_line(line: bytes, refusal: Exception) -> Entry | BadLine:
    """`decode_entry` for a line that `decode_known` refused; never raises."""
    if not isinstance(refusal, msgspec.ValidationError):
        return _bad(refusal)
    try:
        members = _members.decode(line)
        if "payload" in members:
            return _enveloped(line, members, str(refusal))
        return _legacy(line, members)
    except REFUSALS as problem:
        return _bad(problem)


def _bad(problem: Exception) -> BadLine:
    return BadLine("nested too deeply" if isinstance(problem, RecursionError) else str(problem))


def _enveloped(line: bytes, members: _Members, refusal: str) -> Entry:
    line_type, payload_type = _text(members, "type"), ""
    known = line_type in _LINE_TAGS
    try:
        payload = _members.decode(members["payload"])
    except msgspec.ValidationError:
        pass
    else:
        payload_type = _text(payload, "type")
        if known and _replace_parts(payload, _PARTS.get(line_type, "")):
            try:
                return decode_known(_encode({**members, "payload": payload}))
            except msgspec.ValidationError as problem:
                refusal = str(problem)
        known = known and payload_type in _PAYLOAD_TAGS.get(line_type, (payload_type,))
    return _unknown(line, members, payload_type, refusal if known else None)


def _replace_parts(payload: _Members, name: str) -> bool:
    """Put stand-ins in place of the parts that are not known; whether there were any."""
    if name not in payload:
        return False
    before = bytes(payload[name])
    if name == "item":
        after = _stand_in_for_item(before)
    else:
        try:
            parts = _parts.decode(before)
        except msgspec.ValidationError:
            return False
        after = b"[" + b",".join(_stand_in_for_response(bytes(part)) for part in parts) + b"]"
    payload[name] = msgspec.Raw(after)
    return after != before


def _stand_in_for_item(raw: bytes) -> bytes:
    try:
        _items.decode(raw)
    except msgspec.ValidationError as refusal:
        name, problem = _name_and_problem(raw, _ITEM_TAGS, refusal)
        return _encode(UnknownItem(name=name, raw=raw, problem=problem))
    return raw


def _stand_in_for_response(raw: bytes) -> bytes:
    try:
        _responses.decode(raw)
    except msgspec.ValidationError as refusal:
        name, problem = _name_and_problem(raw, _LEGACY_TAGS, refusal)
        return _encode(UnknownResponse(name=name, raw=raw, problem=problem))
    return raw


def _name_and_problem(
    raw: bytes, known: frozenset[str], refusal: msgspec.ValidationError
) -> tuple[str, str | None]:
    try:
        name = _text(_members.decode(raw), "type")
    except msgspec.ValidationError:
        return "", str(refusal)
    return name, str(refusal) if name in known else None


def _legacy(line: bytes, members: _Members) -> Entry:
    problem = None
    try:
        if _text(members, "type") in _LEGACY_TAGS:
            return ResponseEntry(payload=_responses.decode(line))
        if "type" not in members and _text(members, "id"):
            meta = _metas.decode(line)
            return SessionMetaEntry(timestamp=meta.timestamp, payload=meta)
    except msgspec.ValidationError as refusal:
        problem = str(refusal)
    if _text(members, "record_type") == "state":
        return LegacyStateEntry()
    return _unknown(line, members, "", problem)


def _unknown(
    line: bytes, members: _Members, payload_type: str, problem: str | None
) -> UnknownEntry:
    ordinal: object = msgspec.json.decode(members.get("ordinal", _NOTHING))
    return UnknownEntry(
        timestamp=_text(members, "timestamp"),
        ordinal=ordinal if isinstance(ordinal, int) else None,
        line_type=_text(members, "type"),
        payload_type=payload_type,
        raw=bytes(line),
        problem=problem,
    )


def _text(members: _Members, key: str) -> str:
    value: object = msgspec.json.decode(members.get(key, _NOTHING))
    return value if isinstance(value, str) else ""

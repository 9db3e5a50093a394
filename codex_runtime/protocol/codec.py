"""Bytes of params and results into typed values, and typed values into bytes.

Owns tolerance: strict decoding in one pass first, `salvage` only for what it refuses, and a value
that says so (``Unknown…``, ``Malformed…``) for what cannot be read at all. Knows no envelope, no
request id, no I/O. Enter through `decode_notification`, `decode_server_request`, `decode_result`
and `encode_params`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import msgspec

from codex_runtime.errors import InvalidInput, RemoteProtocolError
from codex_runtime.protocol.base import OpenWire
from codex_runtime.protocol.methods import NOTIFICATIONS, SERVER_REQUESTS
from codex_runtime.protocol.salvage import carries_extra, decoder_of, salvage
from codex_runtime.protocol.unknown import (
    MalformedNotification,
    MalformedServerRequest,
    Notification,
    UnknownNotification,
    UnknownServerRequest,
    UnknownTagged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from codex_runtime.protocol.base import JsonValue, Wire
    from codex_runtime.protocol.rows import Method

__all__ = [
    "decode_json",
    "decode_notification",
    "decode_result",
    "decode_server_request",
    "encode_params",
    "peek_ids",
    "to_builtins",
]

R = TypeVar("R")

# What bytes can do to a JSON decoder; nesting of thousands of levels is the RecursionError.
_BROKEN = (msgspec.DecodeError, RecursionError)

# The mark of a stand-in in encoded JSON; a string that contains it only costs the slow way.
_STAND_IN_MARK = b':"?"'

_ENCODER = msgspec.json.Encoder()
_notification_decoders: dict[str, Callable[[bytes | msgspec.Raw], Any]] = {}
_request_decoders: dict[str, Callable[[bytes | msgspec.Raw], Any]] = {}


def decode_notification(method: str, params: bytes | msgspec.Raw) -> Notification:
    """The event of a notification's raw ``params``; never raises.

    An unknown method gives `UnknownNotification`, a known one of a broken shape
    `MalformedNotification`; both keep a copy of ``params`` and the ids that could be read. A part
    that is unknown costs itself alone: `UnknownItem` and its kin stand in its place.
    """
    decode = _notification_decoders.get(method)
    try:
        if decode is not None:
            event: Notification = decode(params)
            return event
    except _BROKEN:
        return _odd_notification(method, bytes(params))
    row = NOTIFICATIONS.get(method)
    if row is None:
        raw = bytes(params)
        ids = peek_ids(raw)
        return UnknownNotification(
            method=method, params=raw, thread_id=ids.thread_id, turn_id=ids.turn_id
        )
    _notification_decoders[method] = decoder_of(row.payload_type).decode
    return decode_notification(method, params)


def decode_server_request(
    method: str, params: bytes | msgspec.Raw
) -> Wire | UnknownTagged | UnknownServerRequest | MalformedServerRequest:
    """The typed params of a server request's raw ``params``; never raises.

    An unknown method gives `UnknownServerRequest`, a known one of a broken shape
    `MalformedServerRequest`; both keep a copy of ``params`` and the ids that could be read. Where
    the params themselves are a union (``mcpServer/elicitation/request``), an unknown tag gives the
    union's stand-in.
    """
    decode = _request_decoders.get(method)
    try:
        if decode is not None:
            value: Wire = decode(params)
            return value
    except _BROKEN:
        return _odd_request(method, bytes(params))
    row = SERVER_REQUESTS.get(method)
    if row is None:
        raw = bytes(params)
        ids = peek_ids(raw)
        return UnknownServerRequest(
            method=method, params=raw, thread_id=ids.thread_id, turn_id=ids.turn_id
        )
    _request_decoders[method] = decoder_of(row.params_type).decode
    return decode_server_request(method, params)


# P is of no matter here; any Method with this result will do.
def decode_result(method: Method[Any, R], raw: bytes | msgspec.Raw) -> R:
    """The typed result of ``method``; parts that are unknown get stand-ins.

    Raises:
        RemoteProtocolError: the result is not of the promised type.
    """
    kind = method.result_type
    try:
        if not carries_extra(kind):
            result: R = decoder_of(kind).decode(raw)
            return result
    except msgspec.ValidationError:
        pass
    except _BROKEN as problem:
        raise _unfit(method.name, problem) from None
    try:
        salvaged: R = salvage(bytes(raw), kind)
    except _BROKEN as problem:
        raise _unfit(method.name, problem) from None
    return salvaged


def decode_json(raw: bytes | msgspec.Raw) -> JsonValue:
    """Plain JSON values.

    Raises:
        RemoteProtocolError: it is no JSON.
    """
    try:
        return msgspec.json.decode(raw)
    except _BROKEN as problem:
        raise RemoteProtocolError(f"the server sent what is no JSON: {problem}") from None


# Any: whatever JSON can say, and any struct of this package.
def encode_params(params: Any) -> msgspec.Raw:
    """The JSON of a request's params or of an answer to a server request.

    Fields that are ``UNSET`` are left out, None becomes null; a stand-in for something unknown
    goes back as it came.

    Raises:
        InvalidInput: JSON cannot say it; a lone surrogate in a string is the usual cause.
    """
    try:
        encoded = _ENCODER.encode(params)
        if _STAND_IN_MARK in encoded or getattr(params, "CARRIES_EXTRA", False):
            encoded = _ENCODER.encode(to_builtins(params))
    except UnicodeEncodeError as problem:
        raise InvalidInput(
            "params",
            problem.object[max(problem.start - 10, 0) : problem.end + 10],
            "a lone surrogate, which UTF-8 cannot say",
            "replace it: text.encode('utf-8', 'replace').decode()",
        ) from None
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        raise InvalidInput(
            "params", params, str(problem), "pass structs of codex_runtime.protocol or plain JSON"
        ) from None
    return msgspec.Raw(encoded)


# Any: plain JSON values in the shape of the input.
def to_builtins(value: Any) -> Any:
    """Structs as plain dicts by wire names, with stand-ins and further fields as they came."""
    if isinstance(value, UnknownTagged):
        return msgspec.json.decode(value.raw)
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        plain: dict[str, Any] = {}
        if config.tag_field is not None:
            plain[config.tag_field] = config.tag
        for name, wire in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            part = getattr(value, name)
            if isinstance(value, OpenWire) and name == "extra":
                plain.update(to_builtins(part))
            elif part is not msgspec.UNSET:
                plain[wire] = to_builtins(part)
        return plain
    if isinstance(value, dict):
        members = cast("Mapping[Any, Any]", value)
        return {key: to_builtins(part) for key, part in members.items()}
    if isinstance(value, (list, tuple)):
        return [to_builtins(part) for part in cast("Sequence[Any]", value)]
    return value


class PeekedIds(NamedTuple):
    """The ids that could be read from raw params."""

    thread_id: str | None
    turn_id: str | None


def peek_ids(raw: bytes) -> PeekedIds:
    """The thread and turn that params speak of, read as far as they can be; never raises."""
    members = _members(raw)
    turn = _members(bytes(members.get("turn", b"")))
    thread_id = _text(members, "threadId") or _text(members, "conversationId")
    return PeekedIds(thread_id, _text(members, "turnId") or _text(turn, "id"))


def _members(raw: bytes) -> dict[str, msgspec.Raw]:
    try:
        members: dict[str, msgspec.Raw] = decoder_of(dict[str, msgspec.Raw]).decode(raw)
    except _BROKEN:
        return {}
    return members


def _text(members: dict[str, msgspec.Raw], key: str) -> str | None:
    try:
        text: str = decoder_of(str).decode(members[key])
    except (KeyError, *_BROKEN):
        return None
    return text


def _odd_notification(method: str, raw: bytes) -> Notification:
    try:
        value: Notification = salvage(raw, NOTIFICATIONS[method].payload_type)
    except _BROKEN as problem:
        ids = peek_ids(raw)
        return MalformedNotification(
            method=method,
            params=raw,
            problem=str(problem),
            thread_id=ids.thread_id,
            turn_id=ids.turn_id,
        )
    return value


def _odd_request(method: str, raw: bytes) -> Wire | UnknownTagged | MalformedServerRequest:
    try:
        value: Wire | UnknownTagged = salvage(raw, SERVER_REQUESTS[method].params_type)
    except _BROKEN as problem:
        ids = peek_ids(raw)
        return MalformedServerRequest(
            method=method,
            params=raw,
            problem=str(problem),
            thread_id=ids.thread_id,
            turn_id=ids.turn_id,
        )
    return value


def _unfit(method: str, problem: Exception) -> RemoteProtocolError:
    return RemoteProtocolError(f"{method}: the result is not of its promised shape: {problem}")

"""Bytes of params and results into typed values, and typed values into bytes.

Owns tolerance: strict decoding in one pass first, `salvage` only for what it refuses, and a value
that says so (``Unknown…``, ``Malformed…``) for what cannot be read at all. Knows no envelope, no
request id, no I/O. Enter through `decode_notification`, `decode_server_request`, `decode_result`
and `encode_params`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import msgspec

from codex_runtime.errors import InvalidInput, RemoteProtocolError
from codex_runtime.protocol.base import EXTRA_FIELDS, UNKNOWN_MARK
from codex_runtime.protocol.drift import Drift
from codex_runtime.protocol.layout import struct_layout
from codex_runtime.protocol.methods import NOTIFICATIONS, SERVER_REQUESTS
from codex_runtime.protocol.salvage import decoder_of, salvage, salvage_refused
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
    "peek_thread_id",
    "plain_json",
    "to_builtins",
]

R = TypeVar("R")

# What bytes can do to a JSON decoder; nesting of thousands of levels is the RecursionError.
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

# In encoded JSON it begins what is ours alone; a text that begins with it only costs the slow way.
_MARK = f'"{UNKNOWN_MARK}'.encode()

_ENCODER = msgspec.json.Encoder()
_notification_decoders: dict[str, Callable[[bytes | msgspec.Raw], Any]] = {}
_request_decoders: dict[str, Callable[[bytes | msgspec.Raw], Any]] = {}


def decode_notification(
    method: str, params: bytes | msgspec.Raw, drift: Drift | None = None
) -> Notification:
    """The event of a notification's raw ``params``; never raises.

    An unknown method gives `UnknownNotification`, a known one of a broken shape
    `MalformedNotification`; both keep a copy of ``params`` and the ids that could be read. A part
    that is unknown costs itself alone: `UnknownItem` and its kin stand in its place, an unknown
    field is kept in ``extra_fields``; both are counted in ``drift`` when one is given.
    """
    decode = _notification_decoders.get(method)
    try:
        if decode is not None:
            event: Notification = decode(params)
            return event
    except _BROKEN:
        return _odd_notification(method, bytes(params), drift)
    row = NOTIFICATIONS.get(method)
    if row is None:
        raw = bytes(params)
        ids = peek_ids(raw)
        return UnknownNotification(
            method=method, params=raw, thread_id=ids.thread_id, turn_id=ids.turn_id
        )
    _notification_decoders[method] = decoder_of(row.payload_type).decode
    return decode_notification(method, params, drift)


def decode_server_request(
    method: str, params: bytes | msgspec.Raw, drift: Drift | None = None
) -> Wire | UnknownTagged | UnknownServerRequest | MalformedServerRequest:
    """The typed params of a server request's raw ``params``; never raises.

    An unknown method gives `UnknownServerRequest`, a known one of a broken shape
    `MalformedServerRequest`; both keep a copy of ``params`` and the ids that could be read. Where
    the params themselves are a union (``mcpServer/elicitation/request``), an unknown tag gives the
    union's stand-in. Unknown parts and fields are kept and counted as in `decode_notification`.
    """
    decode = _request_decoders.get(method)
    try:
        if decode is not None:
            value: Wire = decode(params)
            return value
    except _BROKEN:
        return _odd_request(method, bytes(params), drift)
    row = SERVER_REQUESTS.get(method)
    if row is None:
        raw = bytes(params)
        ids = peek_ids(raw)
        return UnknownServerRequest(
            method=method, params=raw, thread_id=ids.thread_id, turn_id=ids.turn_id
        )
    _request_decoders[method] = decoder_of(row.params_type).decode
    return decode_server_request(method, params, drift)


# P is of no matter here; any Method with this result will do.
def decode_result(
    method: Method[Any, R], raw: bytes | msgspec.Raw, drift: Drift | None = None
) -> R:
    """The typed result of ``method``.

    Unknown parts and fields are kept and counted as in `decode_notification`.

    Raises:
        RemoteProtocolError: the result is not of the promised type.
    """
    inside = Drift()
    try:
        result: R = salvage(raw, method.result_type, inside)
    except _BROKEN as problem:
        raise RemoteProtocolError(
            f"{method.name}: the result is not of its promised shape: {problem}"
        ) from None
    if drift is not None:
        drift.add(inside)
    return result


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

    Fields that are ``UNSET`` are left out, None becomes null; what was unknown, a stand-in or
    ``extra_fields``, goes back as it came.

    Raises:
        InvalidInput: JSON cannot say it; a lone surrogate in a string is the usual cause.
    """
    try:
        encoded = _ENCODER.encode(params)
        if _MARK in encoded:
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
    """Structs as plain dicts by wire names; what was unknown stands as it came.

    Raises:
        msgspec.DecodeError: a stand-in's raw JSON holds a number that Python cannot, such as
            ``1e999``.
    """
    if isinstance(value, UnknownTagged):
        return msgspec.json.decode(value.raw)
    if isinstance(value, msgspec.Struct):
        return _plain_struct(value)
    if isinstance(value, dict):
        members = cast("Mapping[Any, Any]", value)
        return {key: to_builtins(part) for key, part in members.items()}
    if isinstance(value, (list, tuple)):
        return [to_builtins(part) for part in cast("Sequence[Any]", value)]
    return value


def plain_json(value: Any) -> Any:
    """`to_builtins`, but None for what Python cannot hold: for showing, not for sending."""
    try:
        return to_builtins(value)
    except msgspec.DecodeError:
        return None


def _plain_struct(value: msgspec.Struct) -> dict[str, Any]:
    layout = struct_layout(type(value))
    plain: dict[str, Any] = {}
    if layout.tag_field is not None:
        plain[layout.tag_field] = layout.tag
    for field in layout.fields:
        part = getattr(value, field.name)
        if part is msgspec.UNSET or (field.omitted_at_default and part == field.default):
            continue
        plain[field.wire] = to_builtins(part)
    extra: object = getattr(value, EXTRA_FIELDS) if layout.keeps_unknown else None
    if extra:
        if not isinstance(extra, dict):
            raise TypeError(f"extra_fields must be a dict by wire name, not {extra!r}")
        fields = cast("dict[str, Any]", extra)
        if clash := [name for name in fields if name in layout.known]:
            raise ValueError(
                f"{type(value).__name__} has fields of its own for {clash} of extra_fields"
            )
        plain.update(to_builtins(fields))
    return plain


class PeekedIds(NamedTuple):
    """The ids that could be read from raw params."""

    thread_id: str | None
    turn_id: str | None


_NULL = msgspec.Raw(b"null")


class _Ids(msgspec.Struct, rename="camel"):
    # Any: whatever stands there, it must not keep the others from being read.
    thread_id: Any = None
    conversation_id: Any = None
    turn_id: Any = None
    turn: msgspec.Raw = _NULL


class _Turn(msgspec.Struct):
    id: Any = None  # Any: see above


def peek_ids(raw: bytes) -> PeekedIds:
    """The thread and turn that params speak of, read as far as they can be; never raises."""
    try:
        ids: _Ids = decoder_of(_Ids).decode(raw)
    except _BROKEN:
        return PeekedIds(None, None)
    thread_id = _text(ids.thread_id) or _text(ids.conversation_id)
    turn_id = _text(ids.turn_id)
    if turn_id is None and ids.turn is not _NULL:
        with contextlib.suppress(*_BROKEN):
            turn_id = _text(decoder_of(_Turn).decode(ids.turn).id)
    return PeekedIds(thread_id, turn_id)


class _ThreadId(msgspec.Struct, rename="camel"):
    thread_id: Any = None  # Any: see above


def peek_thread_id(raw: bytes | msgspec.Raw) -> str | None:
    """The ``threadId`` of params, without decoding anything else; never raises."""
    try:
        return _text(decoder_of(_ThreadId).decode(raw).thread_id)
    except _BROKEN:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _odd_notification(method: str, raw: bytes, drift: Drift | None) -> Notification:
    inside = Drift()
    try:
        value: Notification = salvage_refused(raw, NOTIFICATIONS[method].payload_type, inside)
    except _BROKEN as problem:
        ids = peek_ids(raw)
        return MalformedNotification(
            method=method,
            params=raw,
            problem=str(problem),
            thread_id=ids.thread_id,
            turn_id=ids.turn_id,
        )
    if drift is not None:
        drift.add(inside)
    return value


def _odd_request(
    method: str, raw: bytes, drift: Drift | None
) -> Wire | UnknownTagged | MalformedServerRequest:
    inside = Drift()
    try:
        value: Wire | UnknownTagged = salvage_refused(
            raw, SERVER_REQUESTS[method].params_type, inside
        )
    except _BROKEN as problem:
        ids = peek_ids(raw)
        return MalformedServerRequest(
            method=method,
            params=raw,
            problem=str(problem),
            thread_id=ids.thread_id,
            turn_id=ids.turn_id,
        )
    if drift is not None:
        drift.add(inside)
    return value

"""JSON-RPC messages to and from lines of JSON, payloads left raw.

Owns the envelope: which members a message has and how one is written. Knows no ids in flight
(`peer`), no method names and no ``jsonrpc`` member: the app-server sends none, none is asked for.
Enter at `decode_block` and the ``encode_...`` functions.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from codex_runtime.errors import LocalProtocolError
from codex_runtime.wire.events import GarbageFrame, RequestId

__all__ = [
    "Envelope",
    "ErrorObject",
    "RequestId",
    "decode_block",
    "decode_error",
    "encode_error",
    "encode_notification",
    "encode_request",
    "encode_result",
]

_GARBAGE_HEAD_BYTES = 4096
_NULL: Final = Raw(b"null")


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One message as it came, of whatever kind; members not listed here are ignored.

    The `Raw` members are views that keep the whole block alive: decode them at once, or copy
    them (``bytes(envelope.params)``) when they are to be kept.
    """

    method: str | None = None
    params: Raw = _NULL
    """``null`` when absent, so that it is always JSON."""
    id: RequestId | None = None
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    emitted_at_ms: int | None = msgspec.field(default=None, name="emittedAtMs")
    """Unix time in milliseconds at which the server sent a notification."""


class ErrorObject(msgspec.Struct, frozen=True, gc=False):
    """The ``error`` member of an answer."""

    code: int
    message: str
    data: Raw | UnsetType = UNSET


class _Request(msgspec.Struct, frozen=True, gc=False):
    id: RequestId
    method: str
    params: object = UNSET


class _Notification(msgspec.Struct, frozen=True, gc=False):
    method: str
    params: object = UNSET


class _Answer(msgspec.Struct, frozen=True, gc=False):
    id: RequestId
    result: object


class _ErrorToSend(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    code: int
    message: str
    data: object = None


class _ErrorAnswer(msgspec.Struct, frozen=True, gc=False):
    id: RequestId
    error: _ErrorToSend


_ENVELOPES: Final = msgspec.json.Decoder(Envelope)
_ERROR_OBJECTS: Final = msgspec.json.Decoder(ErrorObject)
_ENCODER: Final = msgspec.json.Encoder()

# What msgspec raises on bytes it cannot take. A bad byte in a string is a UnicodeDecodeError, not
# a DecodeError; very deep nesting ends as a RecursionError.
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_block(block: bytes) -> list[Envelope | GarbageFrame]:
    """Decode a block of whole lines, in order.

    A line that is not JSON, not UTF-8, not an object, has a member of the wrong type, or has
    neither ``method`` nor ``id``, becomes a `GarbageFrame`; the lines around it are unharmed.
    Nothing is raised, whatever the bytes.
    """
    try:
        # The decoder checks only the strings it builds, and raw members are none of them.
        if not block.isascii():
            block.decode()
        envelopes = _ENVELOPES.decode_lines(block)
    except _UNREADABLE:
        return _salvage(block)
    # A nameless message may also be the start of one line closed by the end of another, with good
    # ones swallowed in between: then only line by line tells them apart.
    if [e for e in envelopes if e.method is None and e.id is None]:
        return _salvage(block)
    return envelopes  # type: ignore[return-value]  # a fresh list, nobody else's


def _salvage(block: bytes) -> list[Envelope | GarbageFrame]:
    messages: list[Envelope | GarbageFrame] = []
    for line in block.split(b"\n"):
        if not line.strip(b" \t\r"):
            continue
        try:
            line.decode()
            envelopes = _ENVELOPES.decode_lines(line)
        except UnicodeDecodeError as error:
            messages.append(_garbage(line, f"not UTF-8 at byte {error.start}"))
        except msgspec.ValidationError as error:
            messages.append(_garbage(line, f"not a message: {error}"))
        except msgspec.DecodeError as error:
            messages.append(_garbage(line, f"not JSON: {error}"))
        except RecursionError:
            messages.append(_garbage(line, "nested too deeply"))
        else:
            if any(e.method is None and e.id is None for e in envelopes):
                messages.append(_garbage(line, "not a message: neither a method nor an id"))
            else:
                messages += envelopes
    return messages


def _garbage(line: bytes, problem: str) -> GarbageFrame:
    return GarbageFrame(line[:_GARBAGE_HEAD_BYTES], len(line), problem)


def decode_error(error: Raw) -> ErrorObject | str:
    """Decode the ``error`` member of an answer; a text says why it cannot be."""
    try:
        return _ERROR_OBJECTS.decode(error)
    except _UNREADABLE as problem:
        return str(problem)


def encode_request(request_id: RequestId, method: str, params: object = UNSET) -> bytes:
    """One line, newline included. ``params`` is left out when it is UNSET or None.

    ``params`` is whatever msgspec can encode: a struct, a dict, a `Raw` (taken as it is).

    Raises:
        LocalProtocolError: ``params`` has no JSON form, a lone surrogate in a string included.
    """
    return _encode(method, _Request(request_id, method, UNSET if params is None else params))


def encode_notification(method: str, params: object = UNSET) -> bytes:
    """As `encode_request`, without an id."""
    return _encode(method, _Notification(method, UNSET if params is None else params))


def encode_result(request_id: RequestId, result: object) -> bytes:
    """The line that answers ``request_id``; raises as `encode_request`."""
    return _encode(f"the answer to request {request_id!r}", _Answer(request_id, result))


def encode_error(request_id: RequestId, code: int, message: str, data: object = None) -> bytes:
    """The line that refuses ``request_id``; ``data`` is left out when None."""
    answer = _ErrorAnswer(request_id, _ErrorToSend(code, message, data))
    return _encode(f"the error answer to request {request_id!r}", answer)


def _encode(what: str, message: msgspec.Struct) -> bytes:
    try:
        line = _ENCODER.encode(message)
    except UnicodeEncodeError as error:
        # Escaped as \ud800 the server would drop the line in silence, unescaped it would exit.
        raise LocalProtocolError(
            f"{what}: a string holds a lone surrogate, {error.object[error.start]!a}, which no "
            "JSON text can carry; clean it, e.g. with text.encode(errors='replace').decode()"
        ) from error
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise LocalProtocolError(f"{what}: cannot be written as JSON: {error}") from error
    if b"\n" in line:  # only a Raw can bring one
        raise LocalProtocolError(f"{what}: raw JSON with a line break in it; put it on one line")
    return line + b"\n"

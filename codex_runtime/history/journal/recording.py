"""From what goes over one connection to what is recorded of it.

Owns the kinds of messages and what is left out because it may hold secrets. Knows no files, no time
and no transport: lines in, records out. Enter at `Recording`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import msgspec
from msgspec import UNSET

from codex_runtime.history.journal.entries import Record, thread_of
from codex_runtime.wire.messages import Envelope, decode_block

if TYPE_CHECKING:
    from codex_runtime.history.journal.entries import EntryKind
    from codex_runtime.wire.events import FrameTooLong

__all__ = ["MAX_AWAITED", "Recording"]

MAX_AWAITED: Final = 4096
"""So many of our requests are remembered; the answer to an older one is recorded by its id alone.
"""

_GARBAGE_HEAD_BYTES: Final = 4096
_WHOLE: Final = ("thread/", "turn/", "review/start")
_HELLO: Final = "initialize"
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_BLANK: Final = "…"
"""Stands where a value stood."""

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"

# What the server could not read comes first, whatever is in it; what it had expected comes last.
_UNREAD: Final = re.compile(
    r"(?P<what>\b(?:invalid (?:type|value|length): |unknown (?:variant|field) ))"
    r"(?P<value>.*?)(?P<rest>, expected (?:(?!, expected ).)*)?\Z",
    re.DOTALL,
)
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|`[^`]*(?:`|\Z)', re.DOTALL)
_MISSING: Final = re.compile(r"\bmissing field `\w{1,64}`\Z")
_NO_VALUE: Final = re.compile(rf"`(?:.|urn:uuid:|(?:[a-z]+ )*{_UUID})`")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,39}")


class _Sent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    id: int | str | None = None
    method: str | None = None
    thread_id: str | None = msgspec.field(default=None, name="threadId")


class _Begin(msgspec.Struct, frozen=True):
    runtime: str
    thread_id: str | None


class _End(msgspec.Struct, frozen=True):
    how: str | None
    returncode: int | None


class _Code(msgspec.Struct, frozen=True):
    code: int | None = None


class _Blanked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ``error`` of an answer, as far as it is written down."""

    code: int | None
    message: str | msgspec.UnsetType = UNSET
    data: object = UNSET


class _Error(msgspec.Struct, frozen=True):
    code: int | None = None
    message: str = ""
    data: object = UNSET


class _Failed(msgspec.Struct, frozen=True):
    id: int | str | None
    error: _Blanked


_ENVELOPES: Final = msgspec.json.Decoder(Envelope)
_ERRORS: Final = msgspec.json.Decoder(_Error)
_CODES: Final = msgspec.json.Decoder(_Code)
_ENCODER: Final = msgspec.json.Encoder()


class Recording:
    """What is recorded of one connection, in the order of the calls; each returns its records."""

    def __init__(self, generation: int) -> None:
        self._generation = generation
        self._awaited: dict[int | str, tuple[str, str | None]] = {}

    @property
    def awaits(self) -> bool:
        """Whether the server owes an answer."""
        return bool(self._awaited)

    def begun(self, at_ms: int, runtime: str, thread_id: str | None = None) -> Record:
        """A process begins, of the runtime that calls itself so; of a session's journal, whose."""
        message = _ENCODER.encode(_Begin(runtime, thread_id))
        return Record(at_ms, self._generation, "generation", message)

    def ended(self, at_ms: int, how: str | None, returncode: int | None) -> Record:
        """The process is gone; ``how`` is that of an `ExitReport`."""
        return Record(at_ms, self._generation, "end", _ENCODER.encode(_End(how, returncode)))

    def sent(self, data: bytes, at_ms: int) -> list[Record]:
        """Whole lines that we send: their ids, methods and threads alone."""
        records: list[Record] = []
        for envelope in decode_block(data):
            if not isinstance(envelope, Envelope):
                continue
            thread_id = None if envelope.method is None else thread_of(envelope.params)
            message = _ENCODER.encode(_Sent(envelope.id, envelope.method, thread_id))
            records.append(Record(at_ms, self._generation, "sent", message))
            if envelope.id is not None and envelope.method is not None:
                self._awaited[envelope.id] = (envelope.method, thread_id)
                if len(self._awaited) > MAX_AWAITED:
                    del self._awaited[next(iter(self._awaited))]
        return records

    def received(self, block: bytes, at_ms: int) -> list[Record]:
        """Whole lines that the server sent; any bytes will do."""
        if not block.isascii():
            try:
                block.decode()
            except UnicodeDecodeError:
                return self._salvaged(block, at_ms)
        generation = self._generation
        decode = _ENVELOPES.decode
        records: list[Record] = []
        for line in block.split(b"\n"):
            if not line:
                continue
            try:
                envelope = decode(line)
            except _UNREADABLE:
                records += self._salvaged(line, at_ms)
                continue
            if envelope.method is not None and envelope.id is None:
                records.append(Record(at_ms, generation, "notification", line))
            else:
                records.append(self._other(envelope, line, at_ms))
        return records

    def too_long(self, frame: FrameTooLong, at_ms: int) -> Record:
        """A line over the limit, of which nobody is told."""
        return self._garbage(frame.head, at_ms)

    def _salvaged(self, block: bytes, at_ms: int) -> list[Record]:
        """Line by line what the connection makes of it."""
        records: list[Record] = []
        for line in block.split(b"\n"):
            for message in decode_block(line):
                if isinstance(message, Envelope):
                    # Of several on one line none is the line.
                    records.append(self._other(message, _ENCODER.encode(message), at_ms))
                else:
                    records.append(self._garbage(message.frame, at_ms))
        return records

    def _other(self, envelope: Envelope, line: bytes, at_ms: int) -> Record:
        if envelope.method is not None:
            kind: EntryKind = "notification" if envelope.id is None else "request"
            return Record(at_ms, self._generation, kind, line)
        if envelope.id is None:
            return self._garbage(line, at_ms)
        return self._answer(envelope, line, at_ms)

    def _answer(self, envelope: Envelope, line: bytes, at_ms: int) -> Record:
        asked = None if envelope.id is None else self._awaited.pop(envelope.id, None)
        method, thread_id = asked or (None, None)
        failed = envelope.error is not UNSET and bytes(envelope.error) != b"null"
        is_whole = method is not None and (method == _HELLO or method.startswith(_WHOLE))
        if failed:
            failure = _failure(method if is_whole else None, envelope.error)
            message = _ENCODER.encode(_Failed(envelope.id, failure))
        elif is_whole:
            message = line
            if thread_id is None and envelope.result is not UNSET:
                thread_id = thread_of(envelope.result)
        else:
            message = _ENCODER.encode(_Sent(envelope.id))
        kind: EntryKind = "error" if failed else "result"
        return Record(at_ms, self._generation, kind, message, method, thread_id)

    def _garbage(self, line: bytes, at_ms: int) -> Record:
        text = line[:_GARBAGE_HEAD_BYTES].decode(errors="replace")
        return Record(at_ms, self._generation, "garbage", _ENCODER.encode(text))


def _failure(method: str | None, error: msgspec.Raw | msgspec.UnsetType) -> _Blanked:
    """The code alone without the asked method, and where the rest has no known shape."""
    if error is UNSET:
        return _Blanked(None)
    with suppress(*_UNREADABLE):
        if method is not None:
            told = _ERRORS.decode(error)
            data = told.data if told.data is UNSET else _blanked_data(cast("_Json", told.data))
            return _Blanked(told.code, _blanked(method, told.message), data)
    with suppress(*_UNREADABLE):
        return _Blanked(_CODES.decode(error).code)
    return _Blanked(None)


def _blanked(method: str, message: str) -> str:
    """The message's first line; what follows shows the text that was wrong."""
    unread = _UNREAD.search(message)
    if unread is None:
        return _without_quoted(method, message.partition("\n")[0])
    value = unread["value"] if unread["value"] == f"`{method}`" else _BLANK
    rest = (unread["rest"] or "").partition("\n")[0]
    head = _without_quoted(method, message[: unread.start()].partition("\n")[0])
    return f"{head}{unread['what']}{value}{rest}"


def _without_quoted(method: str, text: str) -> str:
    def blank(match: re.Match[str]) -> str:
        found = match[0]
        is_kept = found == f"`{method}`" or _NO_VALUE.fullmatch(found)
        return found if is_kept else f"{found[0]}{_BLANK}{found[0]}"

    missing = _MISSING.search(text)
    end = len(text) if missing is None else missing.start()
    return _QUOTED.sub(blank, text[:end]) + text[end:]


def _blanked_data(value: _Json) -> _Json:
    """Numbers and single words stay: they name the error, and its limits."""
    if isinstance(value, dict):
        return {key: _blanked_data(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_blanked_data(inner) for inner in value]
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else _BLANK
    return value

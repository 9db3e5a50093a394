"""From what goes over one connection to what is recorded of it.

Owns the kinds of messages and what is left out because it may hold secrets. Knows no files, no time
and no transport: lines in, records out. Enter at `Recording`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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


class _BareError(msgspec.Struct, frozen=True):
    id: int | str | None
    error: _Code


_ENVELOPES: Final = msgspec.json.Decoder(Envelope)
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
        if method is not None and (method == _HELLO or method.startswith(_WHOLE)):
            message = line
            if thread_id is None and envelope.result is not UNSET:
                thread_id = thread_of(envelope.result)
        elif failed:
            message = _ENCODER.encode(_BareError(envelope.id, _code(envelope.error)))
        else:
            message = _ENCODER.encode(_Sent(envelope.id))
        kind: EntryKind = "error" if failed else "result"
        return Record(at_ms, self._generation, kind, message, method, thread_id)

    def _garbage(self, line: bytes, at_ms: int) -> Record:
        text = line[:_GARBAGE_HEAD_BYTES].decode(errors="replace")
        return Record(at_ms, self._generation, "garbage", _ENCODER.encode(text))


def _code(error: msgspec.Raw | msgspec.UnsetType) -> _Code:
    try:
        return _Code() if error is UNSET else _CODES.decode(error)
    except _UNREADABLE:
        return _Code()

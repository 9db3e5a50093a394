"""The lines of a journal: the header that opens each file, and one entry per message.

Owns the format: JSON lines, UTF-8, one writer, sequence numbers from 1 that never repeat. Knows no
files and no transport. Enter at `JournalEntry`, `entry_line` and `read_entry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

import msgspec

from codex_runtime.protocol.codec import decode_notification, peek_thread_id

if TYPE_CHECKING:
    from codex_runtime.protocol import Notification

__all__ = [
    "FORMAT",
    "VERSION",
    "EntryKind",
    "JournalEntry",
    "JournalHeader",
    "Record",
    "entry_line",
    "header_line",
    "is_torn_header",
    "read_entry",
    "read_header",
    "read_seq",
    "thread_of",
]

FORMAT: Final = "codex-runtime"
VERSION: Final = 1
"""Of the format. A newer one is refused, unknown fields and kinds of this one are kept."""

EntryKind: TypeAlias = Literal[
    "generation", "sent", "notification", "request", "result", "error", "garbage", "end"
]
"""``generation``: a server process begins. ``sent``: we sent a request, a notification or an
answer. ``notification``, ``request``, ``result``, ``error``: what the server sent. ``garbage``: a
line of it that is no message. ``end``: that process is gone."""

_SAYS_WHOSE: Final = frozenset({"notification", "request", "sent"})
_START: Final = b'{"seq":'
_HEADER_START: Final = b'{"journal":"codex-runtime","version":'
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NULL: Final = msgspec.Raw(b"null")


class JournalHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of every file of a journal."""

    journal: str
    version: int
    first_seq: int
    """The sequence number that the first entry of this file has, or will have."""
    created_at_ms: int
    """Unix time."""


class Record(NamedTuple):
    """One entry as yet without its number."""

    at_ms: int
    generation: int
    kind: EntryKind
    message: bytes
    """JSON on one line."""
    method: str | None = None
    """What is answered, of ``result`` and ``error``."""
    thread_id: str | None = None
    """Of whom, where the message does not say so itself: of ``result`` and ``error``."""

    @property
    def about(self) -> str | None:
        """The thread it is about, None if it is about none or does not say."""
        if self.thread_id is not None or self.kind not in _SAYS_WHOSE:
            return self.thread_id
        named = _named(self.message)
        return named.thread_id or thread_of(named.params)


class _Named(msgspec.Struct, frozen=True, gc=False):
    method: str | None = None
    id: int | str | None = None
    params: msgspec.Raw = _NULL
    thread_id: str | None = msgspec.field(default=None, name="threadId")


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a journal after the header."""

    seq: int
    """Counts the entries of a journal from 1, over files and reopenings; a number that is missing
    was not recorded."""
    at_ms: int
    """When it was read from the server, or handed over to be sent; Unix time by our clock."""
    generation: int
    """Which server process of its runtime, from 1. Each runtime begins anew with 1."""
    kind: str
    """An `EntryKind`, or one that a later version of this library wrote."""
    raw: msgspec.Raw = msgspec.field(name="message")
    """`message`, as a view."""
    answered_method: str | None = msgspec.field(default=None, name="method")
    answered_thread_id: str | None = msgspec.field(default=None, name="thread_id")

    @property
    def message(self) -> bytes:
        """The message as the server sent it: JSON on one line.

        Less is recorded of what may hold secrets. ``sent``: ``id``, ``method`` and ``threadId``.
        ``result`` and ``error``: of methods ``thread/…``, ``turn/…`` and ``initialize`` whole, but
        for quoted values in errors; of others ``id`` alone, and ``error.code``. ``garbage``: its
        beginning, as a JSON string. ``generation`` and ``end``: an object that says more.
        """
        return bytes(self.raw)

    @property
    def method(self) -> str | None:
        """What is told, asked or, of ``result`` and ``error``, answered; None of other kinds."""
        return self.answered_method or _named(self.raw).method

    @property
    def request_id(self) -> int | str | None:
        """Of a request, sent or received, and of its answer; else None."""
        return _named(self.raw).id

    @property
    def thread_id(self) -> str | None:
        """The thread it is about, None if it is about none or does not say."""
        if self.answered_thread_id is not None:
            return self.answered_thread_id
        if self.kind not in _SAYS_WHOSE:
            return None
        named = _named(self.raw)
        return named.thread_id or thread_of(named.params)

    @property
    def event(self) -> Notification | None:
        """The typed event of a ``notification``, as a stream gives it; None of other kinds."""
        if self.kind != "notification":
            return None
        named = _named(self.raw)
        return decode_notification(named.method or "", named.params)


class _Thread(msgspec.Struct, frozen=True, gc=False):
    id: str | None = None


class _Whose(msgspec.Struct, frozen=True, gc=False):
    thread_id: str | None = msgspec.field(default=None, name="threadId")
    thread: _Thread | None = None


_HEADERS: Final = msgspec.json.Decoder(JournalHeader)
_ENTRIES: Final = msgspec.json.Decoder(JournalEntry)
_NAMED: Final = msgspec.json.Decoder(_Named)
_WHOSE: Final = msgspec.json.Decoder(_Whose)
_ENCODER: Final = msgspec.json.Encoder()


def _named(message: bytes | msgspec.Raw) -> _Named:
    try:
        return _NAMED.decode(message)
    except _UNREADABLE:
        return _Named()


def thread_of(value: bytes | msgspec.Raw) -> str | None:
    """The thread that params or a result are about: their ``threadId``, else their thread's id."""
    try:
        whose = _WHOSE.decode(value)
    except _UNREADABLE:
        return peek_thread_id(value)
    if whose.thread_id is not None or whose.thread is None:
        return whose.thread_id
    return whose.thread.id


def header_line(first_seq: int, created_at_ms: int) -> bytes:
    """The line that opens a file."""
    header = JournalHeader(
        journal=FORMAT,
        version=VERSION,
        first_seq=first_seq,
        created_at_ms=created_at_ms,
    )
    return _ENCODER.encode(header) + b"\n"


def entry_line(seq: int, record: Record) -> bytes:
    """The line of ``record``."""
    if record.method is None:
        return b'{"seq":%d,"at_ms":%d,"generation":%d,"kind":"%b","message":%b}\n' % (
            seq,
            record.at_ms,
            record.generation,
            record.kind.encode(),
            record.message,
        )
    answered = {"method": record.method, "thread_id": record.thread_id}
    return b'{"seq":%d,"at_ms":%d,"generation":%d,"kind":"%b",%b,"message":%b}\n' % (
        seq,
        record.at_ms,
        record.generation,
        record.kind.encode(),
        _ENCODER.encode(answered)[1:-1],
        record.message,
    )


def read_header(line: bytes) -> JournalHeader | None:
    """What a first line says, None if it is that of no journal."""
    try:
        header = _HEADERS.decode(line)
    except _UNREADABLE:
        return None
    return header if header.journal == FORMAT else None


def is_torn_header(start: bytes) -> bool:
    """Whether a file that holds this alone may be the beginning of a journal's first line."""
    return _HEADER_START.startswith(start[: len(_HEADER_START)])


def read_entry(line: bytes) -> JournalEntry | None:
    """What a later line says, None if it is no entry: torn, or not of this writer."""
    try:
        return _ENTRIES.decode(line)
    except _UNREADABLE:
        return None


def read_seq(line: bytes) -> int | None:
    """The number of an entry, without looking at the rest of the line; None if it is none."""
    if not line.startswith(_START):
        return None
    digits = line[len(_START) : line.find(b",", len(_START), len(_START) + 20)]
    return int(digits) if digits.isdigit() else None

"""Server-sent events, cut out of bytes however they arrive.

Owns lines and fields: any line end, any split, byte order mark, comments, data over several lines,
and the bound on one event. Does not know what the data mean. Enter at `SseCutter`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_EVENT_BYTES", "SseCutter"]

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024
"""Default bound of one line, and of one event's data lines together."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class SseCutter:
    """Takes bytes in any pieces, gives the data of whole events.

    Two habits of real servers, which send no such field on purpose, are read as well: a line that
    begins with a brace is an event's data of its own, and the field ``error`` is the data of an
    event with that ``error``.
    """

    too_long: bool
    """An event was above the bound: nothing after it is read."""

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self.too_long = False
        self._max_bytes = max_event_bytes
        self._tail = bytearray()
        self._data: list[bytes] = []
        self._event_bytes = 0
        self._after_cr = False
        self._at_start = True

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in and give the data of the events they complete, in order."""
        if self.too_long or not data:
            return []
        if self._after_cr or b"\r" in data:
            data = self._with_plain_line_ends(data)
        head, line_end, tail = data.rpartition(b"\n")
        if not line_end:
            self._keep(tail)
            return []
        if self._tail:
            head = bytes(self._tail) + head
            self._tail.clear()
        if self._at_start:
            self._at_start = False
            head = head.removeprefix(_BYTE_ORDER_MARK)
        found: list[bytes] = []
        for line in head.split(b"\n"):
            if not self._take_line(line, found):
                return found
        self._keep(tail)
        return found

    def end(self) -> list[bytes]:
        """The bytes are over: give the data of a last event that no blank line ended."""
        return self.feed(b"\n\n")

    def _take_line(self, line: bytes, found: list[bytes]) -> bool:
        """Take a line in; False if it, or the event it belongs to, is too long."""
        if len(line) > self._max_bytes:
            self._overflow()
            return False
        if not line:
            if self._data:
                payload = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
                if payload:
                    found.append(payload)
                self._data.clear()
                self._event_bytes = 0
        elif line.startswith(b"data:"):
            value = line[6:] if line.startswith(b"data: ") else line[5:]
            self._data.append(value)
            self._event_bytes += len(line)
            if self._event_bytes > self._max_bytes:
                self._overflow()
                return False
        elif line.startswith(b"{"):
            found.append(line)
        elif line.startswith(b"error:"):
            found.append(b'{"error":%b}' % line[6:])
        return True

    def _keep(self, tail: bytes) -> None:
        self._tail += tail
        if len(self._tail) > self._max_bytes:
            self._overflow()

    def _overflow(self) -> None:
        self.too_long = True
        self._tail.clear()
        self._data.clear()

    def _with_plain_line_ends(self, data: bytes) -> bytes:
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

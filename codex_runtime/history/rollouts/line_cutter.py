"""Bytes in any pieces into whole lines, in time that is linear however long a line is.

Owns where lines end when a file is read forwards, and what becomes of one that is too long to be
held: it is walked over, and a mark stands in its place. Knows no JSON and no file. Enter at
`LineCutter.feed`.
"""

from __future__ import annotations

__all__ = ["LineCutter", "TooLong"]


class TooLong(bytes):
    """Stands for a line that was not held; empty, so that whoever decodes it is refused."""

    size_bytes: int

    @classmethod
    def of(cls, size_bytes: int) -> TooLong:
        """The mark of a line of this size, line break not counted."""
        mark = cls()
        mark.size_bytes = size_bytes
        return mark


class LineCutter:
    """Cuts one stream of bytes at line breaks; holds what the last piece left over.

    That is at most ``max_line_bytes`` and a piece.
    """

    def __init__(self, max_line_bytes: int) -> None:
        self._max_line_bytes = max_line_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._fed_bytes = 0
        self._next_line = 1
        self._too_long: TooLong | None = None
        self.line_count: int = 0
        """How many lines were given last."""
        self.first_line: int = 1
        """The number of the first of the lines that were given last, counted from 1."""
        self.offset_bytes: int = 0
        """Where that line begins."""

    def feed(self, piece: bytes) -> bytes:
        """The lines that end in this piece, in one; empty if none does. See `lines_of`."""
        self.first_line, self.offset_bytes = self._next_line, self._fed_bytes - self._held_bytes
        self._fed_bytes += len(piece)
        self._too_long, self.line_count = None, 0
        end = piece.rfind(b"\n") + 1
        if not end:
            self._hold(piece)
            return b""
        block, rest = piece[:end], piece[end:]
        self.line_count = block.count(b"\n")
        self._next_line += self.line_count
        if self._held_bytes:
            first = block.partition(b"\n")[0]
            if self._held_bytes + len(first) > self._max_line_bytes:
                self._too_long = TooLong.of(self._held_bytes + len(first))
                block = block[len(first) :]
            else:
                block = b"".join([*self._held, block])
            self._let_go()
        if rest:
            self._hold(rest)
        return block

    def whole(self, block: bytes) -> bool:
        """Whether every line of a block may be read."""
        return self._too_long is None and len(block) <= self._max_line_bytes

    def lines_of(self, block: bytes) -> list[bytes]:
        """The lines of the block that was given last, without their line breaks, empty ones too."""
        lines = block.split(b"\n")
        lines.pop()
        if self._too_long is not None:
            lines[0] = self._too_long
        if len(block) > self._max_line_bytes:
            lines = [self._checked(line) for line in lines]
        return lines

    def finish(self) -> bytes | None:
        """What stands after the last line break; None if nothing does."""
        self.first_line, self.offset_bytes = self._next_line, self._fed_bytes - self._held_bytes
        if not self._held_bytes:
            return None
        size_bytes, held = self._held_bytes, self._held
        rest = TooLong.of(size_bytes) if size_bytes > self._max_line_bytes else b"".join(held)
        self._let_go()
        return rest

    def offset_of(self, lines: list[bytes], index: int) -> int:
        """Where one of the lines begins that were given last."""
        return self.offset_bytes + sum(_size_bytes(line) + 1 for line in lines[:index])

    def _hold(self, part: bytes) -> None:
        self._held_bytes += len(part)
        if self._held_bytes > self._max_line_bytes:
            self._held = []
        else:
            self._held.append(part)

    def _let_go(self) -> None:
        self._held, self._held_bytes = [], 0

    def _checked(self, line: bytes) -> bytes:
        if isinstance(line, TooLong) or len(line) <= self._max_line_bytes:
            return line
        return TooLong.of(len(line))


def _size_bytes(line: bytes) -> int:
    return line.size_bytes if isinstance(line, TooLong) else len(line)

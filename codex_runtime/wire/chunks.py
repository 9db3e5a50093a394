"""The unfinished end of a byte stream, held without copying it over and over.

Owns the chunks of one line that has not ended yet. Knows neither newlines nor limits: that is
`frames`. Enter at `ChunkBuffer`; every byte put in is copied at most twice before the line is
whole, however small the chunks are.
"""

from __future__ import annotations

__all__ = ["ChunkBuffer"]

# This many chunks are folded into one piece, so that 1-byte writes do not cost a list slot each.
_FOLD_COUNT = 1024
# A chunk of this size costs nothing worth folding: it becomes a piece as it is.
_PIECE_BYTES = 4096


class ChunkBuffer:
    """Bytes of one unfinished line, in order."""

    __slots__ = ("_pieces", "_small", "_small_bytes", "size_bytes")

    size_bytes: int
    """How many bytes are held."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._small: list[bytes] = []
        self._small_bytes = 0
        self.size_bytes = 0

    @property
    def pieces(self) -> tuple[bytes, ...]:
        """The objects held, in order; joined they are the line so far."""
        return (*self._pieces, *self._small)

    def append(self, chunk: bytes) -> None:
        """Add ``chunk`` at the end; the object itself is kept where it can be."""
        self.size_bytes += len(chunk)
        self._small.append(chunk)
        self._small_bytes += len(chunk)
        if self._small_bytes >= _PIECE_BYTES or len(self._small) >= _FOLD_COUNT:
            self._pieces.append(b"".join(self._small))  # of one chunk: that chunk, not a copy
            self._small.clear()
            self._small_bytes = 0

    def head(self, size_bytes: int) -> bytes:
        """The first ``size_bytes`` bytes, or all there are when they are fewer."""
        parts: list[bytes] = []
        missing = size_bytes
        for piece in self.pieces:
            parts.append(piece[:missing])
            missing -= len(parts[-1])
            if not missing:
                break
        return b"".join(parts)

    def take(self, end: bytes | memoryview = b"") -> bytes:
        """Everything held, with ``end`` after it, in one object; the buffer is empty after."""
        if not self.size_bytes:
            return bytes(end)  # of bytes: the object itself
        whole = b"".join((*self._pieces, *self._small, end))
        self.clear()
        return whole

    def clear(self) -> None:
        """Forget everything held."""
        self._pieces.clear()
        self._small.clear()
        self._small_bytes = 0
        self.size_bytes = 0

"""Cuts a byte stream into blocks of whole lines.

Owns the newline, the unfinished end and the length limit; knows nothing of what a line says. A
block is many lines in one `bytes`, because whoever decodes them is fastest on all at once. Enter
at `FrameDecoder`.
"""

from __future__ import annotations

from codex_runtime.wire.chunks import ChunkBuffer
from codex_runtime.wire.events import FrameTooLong

__all__ = ["FrameDecoder"]

_HEAD_BYTES = 200


class FrameDecoder:
    """Bytes in, blocks of whole lines out, whatever the chunks were.

    A line longer than ``max_frame_bytes`` (its newline not counted) is lost, alone, and reported
    as `FrameTooLong` in its place, as soon as the limit is passed. At most that many bytes, and
    one chunk, are held. CRLF and blank lines pass through: JSON ignores both.
    """

    def __init__(self, *, max_frame_bytes: int) -> None:
        if max_frame_bytes < 1:
            msg = f"max_frame_bytes={max_frame_bytes}: must be 1 or more"
            raise ValueError(msg)
        self._limit_bytes = max_frame_bytes
        self._tail = ChunkBuffer()
        self._skipping = False  # inside a line that was reported as too long

    def feed(self, data: bytes) -> list[bytes | FrameTooLong]:
        """Take the next bytes; return the blocks they complete, in order.

        Each block ends with a newline.
        """
        if self._skipping:
            end = data.find(b"\n") + 1
            if not end:
                return []
            self._skipping = False
            data = data[end:]
        cut = data.rfind(b"\n") + 1
        if not cut:
            return self._keep(data)
        block = self._tail.take(data if cut == len(data) else memoryview(data)[:cut])
        frames: list[bytes | FrameTooLong] = (
            [block] if len(block) <= self._limit_bytes else self._cut_long_lines(block)
        )
        if cut < len(data):
            frames += self._keep(data[cut:])
        return frames

    def finish(self) -> list[bytes | FrameTooLong]:
        """The stream has ended: return a last line that has no newline.

        The decoder is as new afterwards.
        """
        self._skipping = False
        return [self._tail.take()] if self._tail.size_bytes else []

    def _keep(self, data: bytes) -> list[bytes | FrameTooLong]:
        tail = self._tail
        tail.append(data)
        if tail.size_bytes <= self._limit_bytes:
            return []
        lost = FrameTooLong(tail.size_bytes, self._limit_bytes, tail.head(_HEAD_BYTES))
        tail.clear()
        self._skipping = True
        return [lost]

    def _cut_long_lines(self, block: bytes) -> list[bytes | FrameTooLong]:
        frames: list[bytes | FrameTooLong] = []
        good_from = start = 0
        while start < len(block):
            end = block.index(b"\n", start)
            if end - start > self._limit_bytes:
                if good_from < start:
                    frames.append(block[good_from:start])
                head = block[start : min(end, start + _HEAD_BYTES)]
                frames.append(FrameTooLong(end - start, self._limit_bytes, head))
                good_from = end + 1
            start = end + 1
        if good_from < len(block):
            frames.append(block[good_from:] if good_from else block)
        return frames

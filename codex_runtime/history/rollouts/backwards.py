"""Reads a file from its end: whole lines, in blocks, in bounded memory.

Owns where lines begin and end when they are met from behind, and what becomes of one that is too
long to be held. Knows bytes alone: no JSON, no rollout. Enter at `blocks_backwards`, or at
`lines_backwards` for one line at a time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BLOCK_BYTES", "Block", "blocks_backwards", "line_bytes", "lines_backwards"]

BLOCK_BYTES: Final = 1 << 18
"""Bytes read at once: small enough to stay in the cache of one core."""


@attrs.frozen
class Block:
    """Whole lines that follow each other in the file, or one line that was too long."""

    offset_bytes: int
    """Where `data` begins in the file; where the line begins if there is none."""

    data: bytes | None
    """What was read; None for a line that was too long to be held."""

    first: int = 0
    """Where in `data` the first whole line begins; what stands before is of another block."""


def blocks_backwards(
    descriptor: int, end: int, *, max_line_bytes: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The lines before `end`, last block first; inside a block they stand in file order.

    Holds `block_bytes`, or the longest line of at most `max_line_bytes`. A longer one that fills a
    block alone is walked over and told without its bytes. Reads by position: the descriptor's own
    stays where it is.

    Raises:
        OSError: The file cannot be read.
    """
    while end > 0:
        block = _block_before(descriptor, end, max_line_bytes, block_bytes)
        if block is None:
            end = _line_start(descriptor, end - 1, block_bytes)
            yield Block(end, None)
        else:
            yield block
            end = block.offset_bytes + block.first


def lines_backwards(
    descriptor: int, end: int, *, max_line_bytes: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """As `blocks_backwards`, one line at a time: the file's last line comes first."""
    for block in blocks_backwards(
        descriptor, end, max_line_bytes=max_line_bytes, block_bytes=block_bytes
    ):
        if block.data is None:
            yield block
            continue
        stop = len(block.data)
        while stop > block.first:
            start = max(block.first, block.data.rfind(b"\n", 0, stop - 1) + 1)
            held = line_bytes(block.data, start, stop) <= max_line_bytes
            yield Block(block.offset_bytes + start, block.data[start:stop] if held else None)
            stop = start


def line_bytes(data: bytes, start: int, stop: int) -> int:
    """How long a line is without its line break, which the last one of a file may not have."""
    return stop - start - data.endswith(b"\n", start, stop)


def _block_before(descriptor: int, end: int, max_line_bytes: int, block_bytes: int) -> Block | None:
    """What ends at `end` and has at least one whole line; None if that line is too long."""
    longest = max_line_bytes + 2  # with its line break, and the one before it
    size = block_bytes
    while True:
        start = max(0, end - size)
        data = _read(descriptor, start, end)
        # The last byte is the end of the last line; it begins none.
        first = 0 if start == 0 else data.find(b"\n", 0, len(data) - 1) + 1
        if first or start == 0:
            return Block(start, data, first)
        if size >= longest:
            return None
        size = min(size * 2, longest)
        del data


def _line_start(descriptor: int, end: int, block_bytes: int) -> int:
    """Where the line begins whose last byte is the one before `end`."""
    while end > 0:
        start = max(0, end - block_bytes)
        found = _read(descriptor, start, end).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _read(descriptor: int, start: int, end: int) -> bytes:
    """The bytes of [start, end); fewer only where the file became shorter meanwhile."""
    data = os.pread(descriptor, end - start, start)
    while len(data) < end - start:
        more = os.pread(descriptor, end - start - len(data), start + len(data))
        if not more:
            break
        data += more
    return data

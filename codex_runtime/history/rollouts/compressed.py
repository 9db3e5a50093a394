"""Rollouts that the server has compressed: their bytes, piece by piece.

Owns how a compressed file is told from a plain one (by its first bytes, not by its name), and that
`zstandard` (extra `history`) is looked for only when one is met. Knows no line. Enter at `pieces`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from codex_runtime.errors.history import RolloutUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["Damaged", "is_compressed", "pieces"]

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_INPUT_BYTES: Final = 512
"""So few at once, because four bytes can stand for 128 KiB: a piece is 16 MiB at the very most."""


class Damaged(Exception):
    """The compressed bytes break off, or are none; what came before was sound."""


def is_compressed(file: BinaryIO) -> bool:
    """Whether a file begins like a compressed one; leaves it at its beginning."""
    file.seek(0)
    head = file.read(len(_MAGIC))
    file.seek(0)
    return head == _MAGIC


def pieces(file: BinaryIO, path: str) -> Iterator[bytes]:
    """The bytes of a compressed file from its beginning, in pieces of no fixed size.

    Raises:
        RolloutUnreadable: `zstandard` is not installed; raised at once.
        Damaged: while iterating, where the file is cut or garbled.
    """
    zstandard = _zstandard(path)
    file.seek(0)
    return _decompressed(file, zstandard)


def _zstandard(path: str) -> ModuleType:
    try:
        import zstandard  # noqa: PLC0415 - an extra, and only compressed rollouts need it
    except ImportError:
        raise RolloutUnreadable(
            path, "it is compressed; install codex-runtime[history], which brings zstandard"
        ) from None
    return zstandard


def _decompressed(file: BinaryIO, zstandard: ModuleType) -> Iterator[bytes]:
    frame = None
    given = b""
    while given := given or file.read(_INPUT_BYTES):
        if frame is None:
            frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            piece: bytes = frame.decompress(given)
        except zstandard.ZstdError as problem:
            raise Damaged(f"the compressed bytes are garbled: {problem}") from None
        given = b""
        if frame.eof:
            given, frame = frame.unused_data, None
        if piece:
            yield piece
    if frame is not None:
        raise Damaged("the compressed bytes break off")

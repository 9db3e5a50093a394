"""Values that change by making a new one, cheaply: a growing text, and an ordered map of records.

Owns the sharing: versions of one value share what they have in common, and the newest one grows in
amortised constant time; growing an older one copies. Versions may be read and grown in any thread.
Does not know what the records are. Enter at `GrowingText` and `Ledger`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from threading import Lock
from typing import Final, Protocol, TypeVar, cast, overload

__all__ = ["GrowingText", "Ledger", "Record"]

_CHUNK_PIECES: Final = 256
"""So many pieces are joined into one: a text of small pieces costs little more than the text."""


class GrowingText:
    """A text that is written piece by piece; ``str()`` joins it, once per version."""

    __slots__ = ("_chunks", "_count", "_joined", "_pieces")

    def __init__(self, text: str = "") -> None:
        self._chunks: tuple[str, ...] = (text,) if text else ()
        self._pieces: list[str] = []
        self._count = 0
        self._joined: str | None = text

    def __add__(self, piece: str) -> GrowingText:
        """The text with ``piece`` at its end."""
        grown = GrowingText.__new__(GrowingText)
        pieces, count = self._pieces, self._count
        if count >= _CHUNK_PIECES:
            grown._chunks = (*self._chunks, "".join(pieces[:count]))
            pieces, count = [], 0
        else:
            grown._chunks = self._chunks
            if len(pieces) != count:  # another version went on from here
                pieces = pieces[:count]
        pieces.append(piece)
        if pieces[count] is not piece:  # another thread took that place just now
            pieces = [*pieces[:count], piece]
        grown._pieces = pieces
        grown._count = count + 1
        grown._joined = None
        return grown

    def __str__(self) -> str:
        if self._joined is None:
            self._joined = "".join(chain(self._chunks, islice(self._pieces, self._count)))
        return self._joined

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, GrowingText) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"GrowingText({str(self)!r})"


class Record(Protocol):
    """What a `Ledger` holds."""

    @property
    def key(self) -> str:
        """Names it in its ledger."""
        ...

    @property
    def is_settled(self) -> bool:
        """It is not expected to change any more."""
        ...


R = TypeVar("R", bound=Record)

_settling: Final = Lock()
"""Versions share what is settled, and may be grown in several threads."""


class Ledger(Sequence[R]):
    """Records in the order of their first `put`, each replaced by a later one of its key.

    A new version copies only the records from the first unsettled one on; replacing a settled one
    copies all.
    """

    __slots__ = ("_index", "_log", "_settled", "_tail")

    def __init__(self, records: Sequence[R] = ()) -> None:
        self._log: list[R] = []
        self._index: dict[str, int] = {}
        self._settled = 0
        self._tail: tuple[R, ...] = ()
        if records:
            by_key = {record.key: record for record in records}
            self._settle(tuple(by_key.values()))

    def get(self, key: str) -> R | None:
        """The record of that key."""
        for record in reversed(self._tail):
            if record.key == key:
                return record
        at = self._index.get(key)
        return self._log[at] if at is not None and at < self._settled else None

    def put(self, record: R) -> Ledger[R]:
        """With ``record`` in the place of the one of its key, or at the end."""
        key = record.key
        tail = self._tail
        for at in range(len(tail) - 1, -1, -1):
            if tail[at].key == key:
                return self._with_tail((*tail[:at], record, *tail[at + 1 :]))
        at = self._index.get(key, self._settled)
        if at < self._settled:
            records = list(self)
            records[at] = record
            return Ledger(records)
        return self._with_tail((*tail, record))

    def _with_tail(self, tail: tuple[R, ...]) -> Ledger[R]:
        changed: Ledger[R] = Ledger()
        changed._log = self._log
        changed._index = self._index
        changed._settled = self._settled
        changed._tail = tail
        if tail[0].is_settled:
            changed._settle(tail)
        return changed

    def _settle(self, tail: tuple[R, ...]) -> None:
        """Take over what is settled at the head of ``tail``."""
        count = 0
        while count < len(tail) and tail[count].is_settled:
            count += 1
        with _settling:
            if count and len(self._log) != self._settled:  # another version went on from here
                self._log = self._log[: self._settled]
                self._index = {record.key: at for at, record in enumerate(self._log)}
            for record in tail[:count]:
                self._index[record.key] = len(self._log)
                self._log.append(record)
        self._settled += count
        self._tail = tail[count:]

    def __len__(self) -> int:
        return self._settled + len(self._tail)

    def __iter__(self) -> Iterator[R]:
        return chain(islice(self._log, self._settled), self._tail)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(index)
        return self._log[at] if at < self._settled else self._tail[at - self._settled]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ledger):
            return NotImplemented
        return tuple(self) == tuple(cast("Ledger[Record]", other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Ledger({list(self)!r})"

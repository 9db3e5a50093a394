"""Pieces of tool calls, gathered to calls.

Owns the question which call a piece belongs to, for servers that leave out or repeat indices, ids
and names. Does not know what a call becomes: that is `call_items`. Enter at `CallBook`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.json import Decoder

from codex_runtime.relay.shapes.chunks import CallPart, Delta, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.relay.shapes.chunks import FunctionPart

__all__ = ["CallBook", "CallPiece", "ToolCall", "pieces_of"]

_OBJECT: Final = Decoder(dict[str, object])


class CallPiece(NamedTuple):
    """What one chunk says of one call; texts are empty where it says nothing."""

    place: int | None
    id: str
    name: str
    arguments: str


class ToolCall:
    """One call as far as it has come."""

    __slots__ = ("_arguments", "call_id", "given_id", "name", "opened", "place")

    call_id: str
    """The id the client sees: unique in the answer."""
    given_id: str
    """The id the server gave; empty until it gives one."""
    place: int | None
    """The index the server gave, if it gives any."""
    name: str
    opened: bool
    """The client has been told of it: its name does not change any more."""

    def __init__(self, place: int | None, given_id: str, call_id: str) -> None:
        self.place = place
        self.given_id = given_id
        self.call_id = call_id
        self.name = ""
        self.opened = False
        self._arguments: list[str] = []

    @property
    def arguments(self) -> str:
        """The arguments so far, as the model wrote them."""
        return "".join(self._arguments)

    def add(self, piece: CallPiece) -> None:
        """Take in a piece: more of the arguments, more of the name, or the name once more."""
        if not self.opened and piece.name != self.name:
            self.name += piece.name
        if piece.arguments:
            self._arguments.append(piece.arguments)

    def is_whole(self) -> bool:
        """Whether the arguments are a JSON object that nothing can be added to."""
        if not self._arguments or not self._arguments[-1].rstrip().endswith("}"):
            return False
        try:
            _OBJECT.decode(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True


class CallBook:
    """The calls of one answer, in the order in which they began."""

    calls: list[ToolCall]

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self.calls = []
        self._new_id = new_id
        self._at: dict[int, ToolCall] = {}
        self._of: dict[str, ToolCall] = {}
        self._used: set[str] = set()
        self._opened_count = 0

    def take(self, piece: CallPiece) -> ToolCall | None:
        """Add a piece to its call, or begin one with it; None if the piece says nothing."""
        if not (piece.id or piece.name or piece.arguments):
            return None
        call = self._find(piece)
        if call is None:
            call = self._begin(piece)
        elif piece.id and not call.given_id:
            call.given_id = piece.id
            self._of[piece.id] = call
        call.add(piece)
        return call

    def unopened(self) -> list[ToolCall]:
        """The calls that the client has not been told of: they are opened in their order."""
        while self._opened_count < len(self.calls) and self.calls[self._opened_count].opened:
            self._opened_count += 1
        return self.calls[self._opened_count :]

    def _find(self, piece: CallPiece) -> ToolCall | None:
        known = self._of.get(piece.id)
        if piece.place is not None:
            call = self._at.get(piece.place)
            if call is not None and piece.id and call.given_id:
                if piece.id == call.given_id:
                    return call
                # Another call under the same index: one that has begun before, or a new one.
                return known if known is not None and known.place == piece.place else None
        elif piece.id:
            call = known
        else:
            call = self.calls[-1] if self.calls else None
        if call is not None and _begins_anew(call, piece):
            return None
        return call

    def _begin(self, piece: CallPiece) -> ToolCall:
        call_id = piece.id
        while not call_id or call_id in self._used:
            call_id = self._new_id("call")
        self._used.add(call_id)
        call = ToolCall(piece.place, piece.id, call_id)
        self.calls.append(call)
        if piece.place is not None:
            self._at[piece.place] = call
        if piece.id:
            self._of[piece.id] = call
        return call


def pieces_of(delta: Delta) -> list[CallPiece]:
    """What a delta, or a whole message, says of calls, in the old form or the new.

    Raises:
        ValueError: arguments that cannot be read.
    """
    parts = delta.tool_calls or [CallPart(function=delta.function_call)]
    return [_piece_of(part) for part in parts]


def _piece_of(part: CallPart) -> CallPiece:
    called: FunctionPart | None = part.function or part.custom
    return CallPiece(
        number_of(part.index),
        text_of(part.id),
        text_of(called.name) if called else "",
        called.arguments_text() if called else "",
    )


def _begins_anew(call: ToolCall, piece: CallPiece) -> bool:
    """Whether a piece that names no other id is not of the call it seems to continue."""
    if not piece.name or (piece.name == call.name and not piece.arguments.strip()):
        return False
    return call.is_whole()

"""Text deltas: which they are, and whole lines of them decoded a block at a time.

While a turn streams nearly all lines are deltas, and decoding such a line in one pass costs half of
its envelope first and its params after it. Owns the shape of these lines, envelope included. All
else is left to others: a block with any other line in it is not taken. Enter at
`decode_delta_lines`.
"""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeAlias, Union, cast, get_args

import msgspec
from msgspec import UNSET, UnsetType

from codex_runtime.protocol.generated.events import (
    AgentMessageDelta,
    CommandExecutionOutputDelta,
    FileChangeOutputDelta,
    PlanDelta,
    ReasoningSummaryTextDelta,
    ReasoningTextDelta,
)

__all__ = ["DELTA_METHODS", "DELTA_TYPES", "DeltaLine", "TextDelta", "decode_delta_lines"]

TextDelta: TypeAlias = (
    AgentMessageDelta
    | CommandExecutionOutputDelta
    | FileChangeOutputDelta
    | PlanDelta
    | ReasoningSummaryTextDelta
    | ReasoningTextDelta
)
"""A piece of an item's text, or several that were merged."""

DELTA_TYPES: Final[tuple[type[TextDelta], ...]] = get_args(TextDelta)
DELTA_METHODS: Final = frozenset(kind.METHOD for kind in DELTA_TYPES)


class DeltaLine(Protocol):
    """One line: the notification, and when the server sent it."""

    @property
    def params(self) -> TextDelta:
        """The event."""
        ...

    @property
    def emitted_at_ms(self) -> int | None:
        """Unix time in milliseconds; None when the line does not say it."""
        ...


def _line_of(kind: type[TextDelta]) -> type[msgspec.Struct]:
    # What has an id is a request, and what has a field that is not known is for the lenient walk:
    # neither fits, so a block that holds one is refused.
    return msgspec.defstruct(
        "DeltaLine",
        [
            ("params", kind),
            ("emitted_at_ms", int | None, msgspec.field(default=None, name="emittedAtMs")),
            ("id", UnsetType, UNSET),
        ],
        tag_field="method",
        tag=kind.METHOD,
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,
    )


# Any: the decoder's own type cannot say "the structs that were just made".
_LINES: Final[Any] = msgspec.json.Decoder(
    Union[tuple(map(_line_of, DELTA_TYPES))]  # noqa: UP007 - `|` does not take a tuple
)
_REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_delta_lines(block: bytes) -> list[DeltaLine] | None:
    """The lines of a block if all of them are well-formed text deltas, else None; never raises."""
    try:
        return cast("list[DeltaLine]", _LINES.decode_lines(block))
    except _REFUSED:
        return None

"""What a view puts on a screen.

Owns the four kinds of mark, the only words between them. Pure values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Doing", "Gap", "Lines", "Mark", "Say"]


@attrs.frozen
class Say:
    """More of a text that is being written."""

    text: str
    style: str = ""


@attrs.frozen
class Lines:
    """Whole lines, below what was being written."""

    lines: tuple[Text, ...]


@attrs.frozen
class Gap:
    """An empty line, unless nothing is above."""


@attrs.frozen
class Doing:
    """What is being waited for; empty for nothing."""

    what: str


Mark: TypeAlias = Say | Lines | Gap | Doing

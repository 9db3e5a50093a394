"""The base of every struct of a rollout, and the small ones that several of them share.

Owns tolerance by shape: every field has a default, kinds and states are plain text, a field that is
not known is passed over. Field names are those of the file. Knows no line and no file. Enter
through `entries.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

__all__ = [
    "ContentPart",
    "Duration",
    "JsonValue",
    "Part",
    "TokenCounts",
    "seconds_of",
]

# Any: tools and settings may say whatever JSON can, so there is no narrower type to state.
JsonValue: TypeAlias = Any


# No gc: what was decoded from JSON holds no cycle, and tracking it costs a third of the decoding.
class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False, repr_omit_defaults=True):
    """Base of all structs that stand in a rollout."""


class ContentPart(Part, frozen=True, kw_only=True):
    """One piece of a message or of a tool's output; which fields are set depends on ``type``.

    Seen: ``input_text``, ``output_text``, ``text``, ``Text``, ``summary_text``, ``inputText`` (all
    with ``text``), ``input_image``, ``image`` (``image_url``), ``local_image`` (``path``).
    """

    type: str = ""
    text: str | None = None
    image_url: str | None = None
    """A ``data:`` URL as a rule, as long as the image."""
    path: str | None = None
    name: str | None = None


class Duration(Part, frozen=True, kw_only=True):
    """A span of time as the server writes it."""

    secs: int = 0
    nanos: int = 0

    @property
    def seconds(self) -> float:
        """The whole of it."""
        return self.secs + self.nanos / 1_000_000_000


class TokenCounts(Part, frozen=True, kw_only=True):
    """Tokens of one call of the model, or of many; input includes its cached part."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    total_tokens: int = 0


def seconds_of(timestamp: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 text; None where it is none.

    A text without an offset is taken as UTC, which is what servers write.
    """
    try:
        moment = datetime.fromisoformat(timestamp)
        if moment.tzinfo is None:
            moment = datetime.fromisoformat(f"{timestamp}+00:00")
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None

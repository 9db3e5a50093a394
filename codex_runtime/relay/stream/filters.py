"""Differences of single models, each a small filter that is off unless it is named.

Owns the filters' names and what they do to a text. Does not know chunks or events. Enter at
`FILTERS` for the names, at `ThinkTags` and `details_of` for what they do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from codex_runtime.relay.shapes.chunks import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FILTERS", "Span", "ThinkTags", "checked", "details_of"]

FILTERS: Final = ("reasoning_details", "think_tags")
"""``think_tags``: reasoning between tags inside the text. ``reasoning_details``: reasoning in a
list of that name, where the chunk has none in a plain field."""

_TAGS: Final = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
_OPENING: Final = re.compile("|".join(map(re.escape, _TAGS)))
_BEGINS: Final = re.compile(r"[<\[◁]")
"""Of any tag, opening or closing."""
_LINE_ENDS: Final = "\r\n"


class Span(NamedTuple):
    """A piece of text, and whether it is reasoning."""

    thinking: bool
    text: str


def checked(names: Iterable[str]) -> frozenset[str]:
    """The filters of these names.

    Raises:
        ValueError: no such filter.
    """
    wanted = frozenset(names)
    unknown = sorted(wanted.difference(FILTERS))
    if unknown:
        known = ", ".join(FILTERS)
        raise ValueError(f"no such filter: {', '.join(unknown)}; there are: {known}")
    return wanted


def details_of(details: object) -> str:
    """The reasoning in a list of details: texts and summaries, nothing that is encrypted."""
    if not isinstance(details, list):
        return ""
    parts = cast("list[object]", details)
    objects = [cast("dict[str, object]", part) for part in parts if isinstance(part, dict)]
    return "".join(text_of(part.get("text")) or text_of(part.get("summary")) for part in objects)


class ThinkTags:
    """Splits a text that comes in pieces where think tags begin and end.

    Line ends right after a tag belong to it. A tag that is never closed holds the rest.
    """

    def __init__(self) -> None:
        self._closing: str | None = None
        self._held = ""
        self._after_tag = False

    def feed(self, text: str) -> list[Span]:
        """The next piece's spans; what may be the beginning of a tag waits for the next piece."""
        if text and not (self._held or self._after_tag or _BEGINS.search(text)):
            return [Span(self._closing is not None, text)]
        text = self._held + text
        self._held = ""
        spans: list[Span] = []
        while text:
            found = self._next_tag(text)
            if found is None:
                kept = self._without_half_tag(text)
                self._held = text[len(kept) :]
                self._add(kept, spans)
                break
            start, tag = found
            self._add(text[:start], spans)
            self._closing = _TAGS[tag] if self._closing is None else None
            self._after_tag = True
            text = text[start + len(tag) :]
        return spans

    def end(self) -> list[Span]:
        """The text is over: what looked like the beginning of a tag was none."""
        spans: list[Span] = []
        self._add(self._held, spans)
        self._held = ""
        return spans

    def _next_tag(self, text: str) -> tuple[int, str] | None:
        if self._closing is not None:
            start = text.find(self._closing)
            return None if start < 0 else (start, self._closing)
        match = _OPENING.search(text)
        return None if match is None else (match.start(), match.group())

    def _without_half_tag(self, text: str) -> str:
        tags = list(_TAGS) if self._closing is None else [self._closing]
        for size in range(min(len(text), max(map(len, tags)) - 1), 0, -1):
            end = text[-size:]
            if any(tag.startswith(end) for tag in tags):
                return text[:-size]
        return text

    def _add(self, text: str, spans: list[Span]) -> None:
        if self._after_tag:
            text = text.lstrip(_LINE_ENDS)
        if text:
            self._after_tag = False
            spans.append(Span(self._closing is not None, text))

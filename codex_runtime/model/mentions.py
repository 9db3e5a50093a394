"""Where in a prompt its mentions of files stand.

Owns the one rule: which ``@path`` of the text is a mention, and where the others go. Does not know
whether a path exists. Enter at `place_mentions`. Source: ``text_elements`` of ``turn/start``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codex_runtime.protocol import ByteRange, TextElement, TextUserInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_runtime.model.attachments import FileMention

__all__ = ["place_mentions"]


def place_mentions(prompt: str, mentions: Sequence[FileMention]) -> TextUserInput:
    """The prompt with every mention as a text element, in the order of the text.

    A mention takes the first whole ``@path`` that no other one took, the longest paths first;
    those that find none follow the text after a blank each, in their own order.
    """
    taken: list[tuple[int, int, FileMention]] = []
    left: list[tuple[int, FileMention]] = []
    by_length = sorted(enumerate(mentions), key=lambda entry: -len(entry[1].path))
    for index, mention in by_length:
        span = _free_span(prompt, mention.path, taken)
        if span is None:
            left.append((index, mention))
        else:
            taken.append((*span, mention))
    text = prompt
    for _, mention in sorted(left, key=lambda entry: entry[0]):
        blank = " " if text and not text[-1].isspace() else ""
        start = len(text) + len(blank)
        text = f"{text}{blank}@{mention.path}"
        taken.append((start, len(text), mention))
    taken.sort(key=lambda entry: entry[0])
    return TextUserInput(text=text, text_elements=_elements(text, taken))


def _free_span(
    text: str, path: str, taken: Sequence[tuple[int, int, FileMention]]
) -> tuple[int, int] | None:
    # Whole: not the end of an address, not the beginning of a longer path.
    whole = re.compile(rf"(?<![\w@/\\])@{re.escape(path)}(?![\w/\\-]|\.\w)")
    for found in whole.finditer(text):
        if all(found.end() <= start or end <= found.start() for start, end, _ in taken):
            return found.span()
    return None


def _elements(text: str, spans: Iterable[tuple[int, int, FileMention]]) -> list[TextElement]:
    elements: list[TextElement] = []
    chars = size_bytes = 0
    for start, end, mention in spans:
        size_bytes += len(text[chars:start].encode())
        start_byte = size_bytes
        size_bytes += len(text[start:end].encode())
        chars = end
        elements.append(
            TextElement(
                byte_range=ByteRange(start=start_byte, end=size_bytes),
                placeholder=mention.path if mention.placeholder is None else mention.placeholder,
            )
        )
    return elements

"""Reads JSON of which nothing is certain: what is absent, or of another shape, is empty.

Pure, and without an opinion of any API. A scripted server is asked by programs under test, whose
mistakes it has to record, not to trip over. Enter at any function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["content_text", "mapping_of", "mappings_of", "text_of"]


def text_of(value: object) -> str | None:
    """A text, else None."""
    return value if isinstance(value, str) else None


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object of any JSON (hence `Any`), else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def mappings_of(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, of any JSON (hence `Any`)."""
    if isinstance(value, list):
        for entry in cast("list[object]", value):
            if isinstance(entry, Mapping):
                yield cast("Mapping[str, Any]", entry)


def content_text(content: object) -> str:
    """A text, or the texts of a list of content parts joined."""
    if isinstance(content, str):
        return content
    return "".join(text_of(part.get("text")) or "" for part in mappings_of(content))

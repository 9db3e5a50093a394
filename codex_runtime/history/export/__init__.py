"""A stored thread as a document: Markdown, JSON, or one HTML page.

Owns the way from a rollout to the parts of a document, in memory that does not grow with it. Does
not know where rollouts are (see `rollouts.home`) nor where a document goes. Enter at
`export_thread`.
"""

from __future__ import annotations

import os
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, get_args

from codex_runtime.errors import InvalidInput
from codex_runtime.history.export.document import JsonExport, as_object
from codex_runtime.history.export.facts import Ending, Heading
from codex_runtime.history.export.html import HtmlExport
from codex_runtime.history.export.markdown import MarkdownExport
from codex_runtime.history.rollouts.entries import SessionMetaEntry
from codex_runtime.history.rollouts.home import path_text
from codex_runtime.history.rollouts.reader import open_rollout
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall
from codex_runtime.history.rollouts.story import story
from codex_runtime.model.titles import title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from codex_runtime.history.rollouts.entries import Entry, SessionMeta
    from codex_runtime.history.rollouts.records import Record

__all__ = ["ExportFormat", "as_object", "export_thread", "first_words"]

ExportFormat: TypeAlias = Literal["markdown", "json", "html"]

_SOURCES: Final = "Give a str, a pathlib.Path, or what open_rollout gives"
_NO_TITLE: Final = "A thread"
_READ_FOR_TITLE: Final = 4
"""Records."""


class _Format(Protocol):
    """How a thread becomes text, part by part."""

    def opening(self, heading: Heading) -> Iterator[str]: ...
    def record(self, record: Record) -> Iterator[str]: ...
    def ending(self, ending: Ending) -> Iterator[str]: ...


_FORMATS: Final[dict[ExportFormat, Callable[[], _Format]]] = {
    "markdown": MarkdownExport,
    "json": JsonExport,
    "html": HtmlExport,
}


def export_thread(
    source: str | os.PathLike[str] | Iterable[Entry],
    into: ExportFormat,
    *,
    title: str | None = None,
) -> Iterator[str]:
    """The document of a thread, in parts: written one after the other they are all of it.

    ``source`` is the path of a rollout, or its entries as `open_rollout` gives them. Its messages,
    reasoning and tool calls come in their order, each once; what the server told the model beside
    them is left out. Memory holds a few entries, however long the thread. The file is opened
    when the first part is asked for, and closed with the last or by closing the iterator.

    Whatever the texts of a thread say, they stay texts: they end no fence, quote or element of the
    document, and load nothing. ``"json"`` has them as they were written; the other two leave out
    control codes.

    Args:
        source: a path (plain or compressed), or entries.
        into: ``"markdown"``, ``"json"`` (one object) or ``"html"`` (one page, no other file).
        title: Default: the beginning of the first message, else the id.

    Raises:
        InvalidInput: no such format; no path and no iterable; or, with the first part, records of
            a `story` in place of entries.
        RolloutUnreadable: the file cannot be read, raised with the first part. Lines that cannot
            be read are skipped and told at the end of the document.
    """
    make = next((made for name, made in _FORMATS.items() if name == into), None)
    if make is None:
        raise InvalidInput(
            "into", into, "is no format", f"Give one of {', '.join(get_args(ExportFormat))}"
        )
    if isinstance(source, (str, os.PathLike)):
        return _of_file(path_text("source", source), make(), title)
    given: object = source
    if isinstance(given, (bytes, bytearray)) or hasattr(given, "read"):
        raise InvalidInput("source", source, "is neither a path of text nor entries", _SOURCES)
    if not hasattr(given, "__iter__"):
        raise InvalidInput("source", source, "cannot be iterated", _SOURCES)
    return _of_entries(source, make(), title)


def first_words(records: Iterable[Record]) -> str:
    """The title of a thread that has no name, of its first records; empty if they do not say it."""
    # A note may stand before the message that gives the title.
    first = islice(records, _READ_FOR_TITLE)
    said = (one.text for one in first if isinstance(one, Message) and one.role == "user")
    return title_of(next(said, ""))


def _of_file(path: str, into: _Format, title: str | None) -> Iterator[str]:
    with open_rollout(path) as reader:
        yield from _parts(into, story(reader), lambda: reader.meta, title)
        yield from into.ending(Ending(problems=reader.problems, problem_count=reader.problem_count))


def _of_entries(entries: Iterable[Entry], into: _Format, title: str | None) -> Iterator[str]:
    noted = _Noted(entries)
    yield from _parts(into, story(noted), lambda: noted.meta, title)
    yield from into.ending(Ending())


def _parts(
    into: _Format,
    records: Iterator[Record],
    meta: Callable[[], SessionMeta | None],
    title: str | None,
) -> Iterator[str]:
    # The meta is the first entry, so it was seen when there is a record.
    first = list(islice(records, _READ_FOR_TITLE))
    yield from into.opening(_heading(title or first_words(first), meta()))
    for record in chain(first, records):
        yield from into.record(record)


def _heading(title: str, meta: SessionMeta | None) -> Heading:
    if meta is None:
        return Heading(title=title or _NO_TITLE)
    return Heading(
        title=title or meta.id or _NO_TITLE,
        thread_id=meta.id,
        cwd=meta.cwd or "",
        created_at_s=meta.created_at_s,
        model_provider=meta.model_provider or "",
        cli_version=meta.cli_version or "",
        source=meta.source if isinstance(meta.source, str) else "",
    )


class _Noted:
    """Entries on their way to the story, with the first meta among them kept."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.meta: SessionMeta | None = None
        self._entries = entries

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            if isinstance(entry, (Message, ToolCall, Reasoning, Notice)):
                raise InvalidInput("source", entry, "is a record and no entry", _SOURCES)
            if self.meta is None and isinstance(entry, SessionMetaEntry):
                self.meta = entry.payload
            yield entry

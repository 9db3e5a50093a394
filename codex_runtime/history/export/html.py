"""A thread as one HTML page that needs nothing else: no script, no network, tool output folded.

Owns the markup. Every text of the thread goes through `_escaped`, and the page forbids itself all
but its own style and images that stand in it. Pure; the style is in `style`. Enter at `HtmlExport`.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from codex_runtime.history.export.facts import call_facts, has_failed, image_name, moment, words
from codex_runtime.history.export.prose import Code, one_line, pieces, plain, spans
from codex_runtime.history.export.style import STYLE
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.history.export.facts import Ending, Heading
    from codex_runtime.history.rollouts.records import Record

__all__ = ["HtmlExport"]

_SUMMARY_CHARS: Final = 160
_IMAGE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")
_POLICY: Final = (
    f"default-src 'none'; img-src data:; style-src "
    f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)


class HtmlExport:
    """Renders a thread part by part; keeps nothing in between."""

    def opening(self, heading: Heading) -> Iterator[str]:
        """The head of the page, the title, and what is known of the thread."""
        title = _escaped(one_line(heading.title))
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f"<header>\n<h1>{title}</h1>\n<dl>\n"
        )
        for name, value in heading.facts:
            yield f"<div><dt>{_escaped(name)}</dt><dd>{_escaped(one_line(value))}</dd></div>\n"
        yield "</dl>\n</header>\n<main>\n"

    def record(self, record: Record) -> Iterator[str]:
        """One record of the story."""
        match record:
            case Message():
                role, who = ("user", "User") if record.role == "user" else ("codex", "Codex")
                yield f'<article class="{role}">\n<h2>{who}{_time(record.at_s)}</h2>\n'
                yield from _prose(record.text)
                for image in record.images:
                    yield _image(image)
                yield "</article>\n"
            case ToolCall():
                yield from _call(record)
            case Reasoning():
                told = one_line(record.text, _SUMMARY_CHARS)
                yield f'<details class="thought">\n<summary><b>Reasoning</b> {_inline(told)}'
                yield f"{_time(record.at_s)}</summary>\n"
                yield from _prose(record.text)
                yield "</details>\n"
            case Notice():
                yield f'<aside class="note">\n<h2>{_escaped(words(record.kind))}'
                yield f"{_time(record.at_s)}</h2>\n"
                yield from _prose(record.text)
                yield "</aside>\n"

    def ending(self, ending: Ending) -> Iterator[str]:
        """What could not be read, and the end of the page."""
        yield "</main>\n"
        if ending.lines:
            yield "<footer>\n<ul>\n"
            for line in ending.lines:
                yield f"<li>{_escaped(one_line(line))}</li>\n"
            yield "</ul>\n</footer>\n"
        yield "</body>\n</html>\n"


def _call(call: ToolCall) -> Iterator[str]:
    state = "failed" if has_failed(call) else "done"
    told = " · ".join(fact for fact in call_facts(call) if fact)
    yield f'<details class="tool {state}">\n<summary><b>{_escaped(one_line(call.name))}</b> '
    yield f"<code>{_inline(one_line(call.input, _SUMMARY_CHARS))}</code> "
    yield f'<span class="facts">{_escaped(one_line(told))}</span>{_time(call.at_s)}</summary>\n'
    if call.input:
        yield f'<pre class="input">\n{_escaped(call.input)}</pre>\n'
    if call.output:
        yield f'<pre class="output">\n{_escaped(call.output)}</pre>\n'
    if call.error:
        yield f'<pre class="error">\n{_escaped(call.error)}</pre>\n'
    yield "</details>\n"


def _prose(text: str) -> Iterator[str]:
    """A message: blocks of code as such, the rest with its line ends; Markdown stays as written."""
    for piece in pieces(text):
        if isinstance(piece, Code):
            yield f'<pre class="code">\n{_escaped(piece.text)}</pre>\n'
        else:
            lines = "\n".join(map(_with_code, piece.lines))
            yield f'<div class="prose">{lines}</div>\n'


def _with_code(line: str) -> str:
    return "".join(
        f"<code>{_escaped(text)}</code>" if ticks else _escaped(text) for text, ticks in spans(line)
    )


def _image(source: str) -> str:
    if _IMAGE.fullmatch(source):
        return f'<p><img alt="image of the message" src="{source}"></p>\n'
    return f"<p>Image: {_inline(image_name(source))}</p>\n"


def _time(at_s: float | None) -> str:
    told = moment(at_s)
    return f" <time>{_escaped(told)}</time>" if told else ""


def _inline(text: str) -> str:
    return f"<bdi>{_escaped(text)}</bdi>"


def _escaped(text: str) -> str:
    return html.escape(plain(text), quote=True)

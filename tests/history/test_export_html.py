"""The HTML page: whatever a thread says, it stays text, and it loads and runs nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import chain
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given

from codex_runtime.history.export.facts import Ending, Heading
from codex_runtime.history.export.html import HtmlExport
from codex_runtime.history.export.prose import Code, pieces, plain, spans
from codex_runtime.history.export.style import STYLE
from codex_runtime.history.rollouts.reader import RolloutProblem
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall
from tests.history.nasty_texts import CALLS, HEADINGS, RECORDS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.history.rollouts.records import Record

VOID = {"meta", "img"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "dl", "div", "dt"),
    *("dd", "main", "article", "aside", "details", "summary", "b", "bdi", "span", "time", "p"),
    *("pre", "code", "img", "footer", "ul", "li"),
}
CLASSES = {
    *("user", "codex", "thought", "note", "tool done", "tool failed", "facts", "prose"),
    *("input", "output", "error", "code"),
}


@attrs.define
class Element:
    tag: str
    attributes: dict[str, str | None]
    parts: list[Element | str] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def elements(self) -> list[Element]:
        return [part for part in self.parts if isinstance(part, Element)]

    def everything(self) -> Iterator[Element]:
        yield self
        for element in self.elements:
            yield from element.everything()

    def find(self, tag: str, name: str | None = None) -> Element:
        (found,) = [
            element
            for element in self.everything()
            if element.tag == tag and (name is None or element.attributes.get("class") == name)
        ]
        return found


class Tree(HTMLParser):
    """The elements of a page; one that is not nested as it should be fails the test."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(page)
        self.close()
        assert self._open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].parts.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def page_of(
    records: list[Record], heading: Heading | None = None, ending: Ending | None = None
) -> Element:
    into = HtmlExport()
    return Tree(
        "".join(
            chain(
                into.opening(heading or Heading(title="A thread")),
                *map(into.record, records),
                into.ending(ending or Ending()),
            )
        )
    ).root


def kind_of(record: Record) -> tuple[str, str]:
    match record:
        case Message():
            return "article", "user" if record.role == "user" else "codex"
        case ToolCall():
            return "details", "tool"
        case Reasoning():
            return "details", "thought"
        case Notice():
            return "aside", "note"


@given(HEADINGS, RECORDS)
def test_no_text_adds_an_element_or_an_attribute(heading: Heading, records: list[Record]) -> None:
    root = page_of(records, heading)
    for element in root.everything():
        assert element.tag in {"", *TAGS}
        assert element.attributes.get("class", "code") in CLASSES
        if element.tag not in {"html", "meta", "img"}:
            assert set(element.attributes) <= {"class"}
    main = root.find("main")
    assert [(one.tag, str(one.attributes["class"]).split()[0]) for one in main.elements] == [
        kind_of(record) for record in records
    ]
    assert len(root.find("body").elements) == 2


@given(CALLS)
def test_what_a_tool_was_given_and_said_stands_there_to_the_letter(call: ToolCall) -> None:
    root = page_of([call])
    for name, told in (("input", call.input), ("output", call.output), ("error", call.error)):
        if told:
            # A parser of HTML takes the line break after <pre> away.
            assert root.find("pre", name).text == "\n" + plain(told)


@given(TEXTS)
def test_the_pieces_of_a_message_are_the_elements_of_its_article(text: str) -> None:
    article = page_of([Message(role="user", text=text)]).find("article")
    assert [(one.tag, one.text) for one in article.elements[1:]] == [
        ("pre", f"\n{piece.text}")
        if isinstance(piece, Code)
        else ("div", "\n".join("".join(part for part, _ in spans(line)) for line in piece.lines))
        for piece in pieces(text)
    ]


@given(TEXTS)
def test_a_title_stays_in_its_place(title: str) -> None:
    root = page_of([], Heading(title=title))
    assert root.find("title").text == root.find("h1").text
    assert root.find("style").text == STYLE


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("http://example.org/pixel.png", "http://example.org/pixel.png"),
        ("/srv/secret.png", "/srv/secret.png"),
        ("data:text/html;base64,AAAA", "text/html, in the message itself"),
        ("data:image/svg+xml;base64,AAAA", "image/svg+xml, in the message itself"),
        ('data:image/png;base64,AAAA" onload="alert(1)', "image/png, in the message itself"),
    ],
)
def test_an_image_that_is_no_picture_in_the_page_is_named_and_not_loaded(
    source: str, told: str
) -> None:
    root = page_of([Message(role="user", text="", images=(source,))])
    assert [one.tag for one in root.everything() if one.tag == "img"] == []
    assert root.find("p").text == f"Image: {told}"


def test_a_picture_of_a_message_stands_in_the_page() -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="
    root = page_of([Message(role="user", text="See", images=(picture,))])
    assert root.find("img").attributes["src"] == picture


def test_the_page_forbids_itself_scripts_and_everything_from_elsewhere() -> None:
    (policy,) = [
        str(one.attributes["content"])
        for one in page_of([]).everything()
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not {"script", "link", "iframe"} & TAGS


def test_output_is_folded_and_its_summary_says_how_the_call_ended() -> None:
    call = ToolCall(
        kind="command", name="shell", input="ls\n-la", output="seen", exit_code=2, duration_ms=1500
    )
    details = page_of([call]).find("details", "tool failed")
    assert "open" not in details.attributes
    assert details.elements[0].text == "shell ls -la exit 2 · 1.5 s"


def test_what_could_not_be_read_stands_at_the_end() -> None:
    ending = Ending(problems=(RolloutProblem(line=3, offset_bytes=9, why="<b>"),), problem_count=1)
    footer = page_of([], ending=ending).find("footer")
    assert [one.text for one in footer.find("ul").elements] == [
        "A line of the rollout could not be read:",
        "line 3: <b>",
    ]

"""Markdown: messages keep theirs inside their quotes, and no text leaves its fence or its quote."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from codex_runtime.history.export.facts import Ending, Heading, call_facts
from codex_runtime.history.export.markdown import MarkdownExport, fenced, literal, quote
from codex_runtime.history.export.prose import LONG_LINE_CHARS, Code, one_line, pieces, plain
from codex_runtime.history.rollouts.reader import RolloutProblem
from codex_runtime.history.rollouts.records import Message, Notice, Reasoning, ToolCall
from tests.history.nasty_texts import CALLS, HEADINGS, RECORDS, TEXTS

if TYPE_CHECKING:
    from markdown_it.token import Token

    from codex_runtime.history.rollouts.records import Record

# What GitHub adds to CommonMark matters here: the cells of a table end before code is looked for.
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
DOCUMENT = """\
# T

- Directory: /srv/w

## User · 1970-01-01 00:00:00 UTC

> Look

Image: /srv/a.png

## Codex

> I see.

### shell · exit 0

Input:

```
ls
```

Output:

```
a
```

### s.t · failed · 7 ms

Error:

```
no such tool
```

### Reasoning

> Hm

### Note · compacted

> The thread was summarised.
"""
LIVE = {"html_block", "html_inline", "image", "link_open"}


def document_of(
    records: list[Record], heading: Heading | None = None, ending: Ending | None = None
) -> str:
    into = MarkdownExport()
    return "".join(
        chain(
            into.opening(heading or Heading(title="A thread")),
            *map(into.record, records),
            into.ending(ending or Ending()),
        )
    )


def parsed(document: str) -> list[Token]:
    """The tokens of a document; what is live in it, or reaches beyond its place, fails the test."""
    env: dict[str, object] = {}
    tokens = MARKDOWN.parse(document, env)
    assert not env.get("references")
    inline = chain.from_iterable(token.children or () for token in tokens)
    assert not {token.type for token in (*tokens, *inline)} & LIVE
    return tokens


def outline(tokens: list[Token]) -> list[str]:
    """What stands at the top: the tags of headings, and the kinds of other blocks."""
    return [
        token.tag if token.type == "heading_open" else token.type.removesuffix("_open")
        for token in tokens
        if token.level == 0 and token.nesting >= 0
    ]


def expected(record: Record) -> list[str]:
    match record:
        case ToolCall():
            told = (record.input, record.output, record.error)
            return ["h3", *chain.from_iterable(("paragraph", "fence") for one in told if one)]
        case Message():
            quoted = ["blockquote"] if any(pieces(record.text)) else []
            return ["h2", *quoted, *("paragraph" for _ in record.images)]
        case Reasoning() | Notice():
            return ["h3", *(["blockquote"] if any(pieces(record.text)) else [])]


@given(HEADINGS, RECORDS)
def test_no_text_adds_a_heading_ends_a_quote_or_brings_markup(
    heading: Heading, records: list[Record]
) -> None:
    top = outline(parsed(document_of(records, heading)))
    assert top == [
        "h1",
        *(["bullet_list"] if heading.facts else []),
        *chain.from_iterable(map(expected, records)),
    ]


@given(CALLS)
def test_what_a_tool_was_given_and_said_stands_there_to_the_letter(call: ToolCall) -> None:
    fences = [token for token in parsed(document_of([call])) if token.type == "fence"]
    told = (call.input, call.output, call.error)
    assert [(one.content, one.info) for one in fences] == [
        (plain(text).rstrip("\n") + "\n", "") for text in told if text
    ]


@given(TEXTS)
def test_a_title_is_shown_as_it_is(title: str) -> None:
    _, heading, *_ = parsed(f"# {literal(title)}\n")
    assert heading.type == "inline"
    shown = "".join(token.content for token in heading.children or ())
    assert " ".join(shown.split()) == " ".join(one_line(title).split())


@given(TEXTS)
def test_code_of_a_message_stays_code(text: str) -> None:
    tokens = parsed("".join(quote(text)))
    shown = [one.content for one in tokens if one.type == "fence" and one.level == 1]
    code = [piece.text for piece in pieces(text) if isinstance(piece, Code)]
    assert shown == [plain(text).rstrip("\n") + "\n" for text in code]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A **bold** `Vec<T>` & `x[0]`", "> A **bold** `Vec<T>` \\& `x[0]`\n"),
        ("<b>", "> \\<b>\n"),
        ("[x]: <http://example.org>", "> \\[x]: \\<http://example.org>\n"),
        (r"\[x\](y) \<b>", "> \\[x\\](y) \\<b>\n"),
        ("a ` b", "> a \\` b\n"),
        ("| ` | ` <b> `<c>` |", "> | ` | ` \\<b> `\\<c>` |\n"),
        ("one\n\ntwo", "> one\n>\n> two\n"),
        ("Do:\n```sh\nls\n```", "> Do:\n>\n> ```sh\n> ls\n> ```\n"),
        ("", ""),
    ],
)
def test_a_message_is_quoted_with_its_markdown_but_without_html_and_links(
    text: str, written: str
) -> None:
    assert "".join(quote(text)) == written


def test_a_line_that_is_no_prose_is_text_throughout() -> None:
    text = r"`<b>` [x](http://example.org) \[y] \\` &lt; " * (LONG_LINE_CHARS // 40)
    _, _, inline, *_ = parsed("".join(quote(text)))
    assert {token.type for token in inline.children or ()} <= {"text", "text_special"}
    assert inline.content.count("<b>") == text.count("<b>")
    shown = "".join(token.content for token in inline.children or ())
    assert shown == text.rstrip()


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert fenced("a\n````\nb\n") == "`````\na\n````\nb\n`````\n"


def test_a_record_says_who_when_and_how_it_ended() -> None:
    records: list[Record] = [
        Message(role="user", text="Look", at_s=0.0, images=("/srv/a.png",)),
        Message(role="assistant", text="I see."),
        ToolCall(kind="command", name="shell", input="ls", output="a\n", exit_code=0),
        ToolCall(kind="mcp", name="s.t", status="failed", error="no such tool", duration_ms=7),
        Reasoning(text="Hm"),
        Notice(kind="compacted", text="The thread was summarised."),
    ]
    assert document_of(records, Heading(title="T", cwd="/srv/w")) == DOCUMENT


def test_what_could_not_be_read_stands_at_the_end() -> None:
    problem = RolloutProblem(line=3, offset_bytes=9, why="no JSON")
    ending = Ending(problems=(problem,) * 25, problem_count=25)
    *_, last = document_of([], ending=ending).split("---\n\n")
    lines = last.splitlines()
    assert lines[0] == "- 25 lines of the rollout could not be read and are not here:"
    assert lines[1:21] == ["- line 3: no JSON"] * 20
    assert lines[21:] == ["- and 5 more"]


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        (ToolCall(kind="command", name="shell"), ()),
        (ToolCall(kind="command", name="shell", status="completed"), ()),
        (ToolCall(kind="command", name="shell", status="declined"), ("declined",)),
        (
            ToolCall(kind="command", name="shell", exit_code=0, duration_ms=999),
            ("exit 0", "999 ms"),
        ),
        (ToolCall(kind="command", name="shell", status="failed", exit_code=1), ("exit 1",)),
    ],
)
def test_the_end_of_a_call_is_told_in_a_few_words(call: ToolCall, facts: tuple[str, ...]) -> None:
    assert call_facts(call) == facts

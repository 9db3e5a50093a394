"""The pieces of a message: nothing of it is lost, and code is what Markdown takes for code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.history.export.prose import (
    LONG_LINE_CHARS,
    Code,
    Piece,
    Prose,
    one_line,
    pieces,
    plain,
    spans,
)
from tests.history.nasty_texts import TEXTS

FENCE = re.compile(r"(`{3,}|~{3,}).*")


def told(text: str) -> list[str]:
    return [line.strip() for line in plain(text).split("\n") if line.strip()]


@given(TEXTS)
def test_nothing_of_a_message_is_lost_but_fences_and_blank_lines(text: str) -> None:
    kept = "\n".join(
        piece.text if isinstance(piece, Code) else "\n".join(piece.lines) for piece in pieces(text)
    )
    lines = iter(told(text))
    for wanted in told(kept):
        for line in lines:
            if line == wanted:
                break
            assert FENCE.fullmatch(line)
        else:
            raise AssertionError(wanted)
    assert all(FENCE.fullmatch(line) for line in lines)


@given(TEXTS)
def test_the_parts_of_a_line_with_their_marks_are_the_line(text: str) -> None:
    line = text.replace("\n", " ")
    assert "".join(f"{'`' * ticks}{part}{'`' * ticks}" for part, ticks in spans(line)) == line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n\n", []),
        ("\nHello\nyou\n\n", [Prose(("Hello", "you"))]),
        ("```python\nx = 1\n```", [Code("python", "x = 1")]),
        ("Do:\n\n```\na\n\nb\n```\nThen", [Prose(("Do:",)), Code("", "a\n\nb"), Prose(("Then",))]),
        ("1. Do\n   ```sh\n   ls\n     -la\n   ```", [Prose(("1. Do",)), Code("sh", "ls\n  -la")]),
        ("~~~~ rust no_run\n~~~\n~~~~~\n", [Code("rust", "~~~")]),
        ("````\n```\n````", [Code("", "```")]),
        ("```\nnever closed", [Code("", "never closed")]),
        ("``` `no` fence", [Prose(("``` `no` fence",))]),
        ('```"><script>\nx\n```', [Code("", "x")]),
        ("a\rb\r\nc", [Prose(("a", "b", "c"))]),
        ("\x1b[31mred\x1b[0m", [Prose(("red",))]),
    ],
)
def test_blocks_of_code_are_found_where_markdown_has_them(text: str, found: list[Piece]) -> None:
    assert list(pieces(text)) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        ("no code", [("no code", 0)]),
        ("a `b` c", [("a ", 0), ("b", 1), (" c", 0)]),
        ("`` a ` b ``", [(" a ` b ", 2)]),
        ("a ` b", [("a ` b", 0)]),
        (r"\`no`", [(r"\`no`", 0)]),
        (r"`a\` b", [("a\\", 1), (" b", 0)]),
        (r"\\`yes`", [("\\\\", 0), ("yes", 1)]),
        ("\\``", [("\\``", 0)]),
        ("``a` `b`", [("``a", 0), (" ", 1), ("b`", 0)]),
    ],
)
def test_code_in_a_line_is_found_as_markdown_has_it(
    line: str, found: list[tuple[str, int]]
) -> None:
    assert list(spans(line)) == found


def test_a_line_that_is_no_prose_has_no_parts() -> None:
    line = "`a` " * (LONG_LINE_CHARS // 4)
    assert len(list(spans(line))) == LONG_LINE_CHARS // 2
    assert list(spans(line + "`")) == [(line + "`", 0)]


@given(TEXTS)
def test_a_plain_text_has_no_control_code_and_can_be_written(text: str) -> None:
    kept = plain(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", kept)
    kept.encode()


@given(TEXTS, st.integers(2, 30))
def test_one_line_is_one_line_of_at_most_so_many_characters(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_a_line_that_is_cut_says_so() -> None:
    assert one_line("some words here", 11) == "some words…"
    assert one_line("some\twords\n", 11) == "some words"

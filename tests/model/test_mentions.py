"""A mention of a file stands in the text once, and its bytes say where."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.attachments import FileMention
from codex_runtime.model.mentions import place_mentions


def shown(prompt: str, *mentions: FileMention) -> tuple[str, list[tuple[str, str | None]]]:
    """The text, and each element as what its bytes cut out of it beside its placeholder."""
    placed = place_mentions(prompt, mentions)
    data = placed.text.encode()
    elements = placed.text_elements
    ranges = [element.byte_range for element in elements]
    assert [r.start for r in ranges] == sorted(r.start for r in ranges)
    assert all(a.end <= b.start for a, b in pairwise(ranges))
    cut = [data[r.start : r.end].decode() for r in ranges]
    return placed.text, [
        (text, str(element.placeholder)) for text, element in zip(cut, elements, strict=True)
    ]


def test_a_prompt_without_mentions_stays_as_it_is() -> None:
    assert shown("mail me@a.py about @b.py") == ("mail me@a.py about @b.py", [])


def test_a_mention_that_stands_in_the_text_is_found_there() -> None:
    prompt = "Grüße: see @src/ä.py, please"
    assert shown(prompt, FileMention("src/ä.py")) == (prompt, [("@src/ä.py", "src/ä.py")])


def test_a_mention_that_does_not_is_put_at_the_end_after_a_blank() -> None:
    mentions = FileMention("a.py"), FileMention("b c.py", "the other")
    assert shown("Compare ü", *mentions) == (
        "Compare ü @a.py @b c.py",
        [("@a.py", "a.py"), ("@b c.py", "the other")],
    )


@pytest.mark.parametrize(("prompt", "text"), [("", "@a"), ("see\n", "see\n@a"), ("x ", "x @a")])
def test_no_blank_is_added_where_there_is_one(prompt: str, text: str) -> None:
    assert shown(prompt, FileMention("a")) == (text, [("@a", "a")])


@pytest.mark.parametrize(
    "prompt",
    ["@a.py", "(@a.py)", "see @a.py.", "see @a.py, then", "@a.py:12", "`@a.py`", "@a.py?\nYes"],
)
def test_what_stands_beside_a_mention_is_not_part_of_it(prompt: str) -> None:
    assert shown(prompt, FileMention("a.py")) == (prompt, [("@a.py", "a.py")])


@pytest.mark.parametrize(
    "prompt",
    ["me@a.py", "@a.pyc", "@a.py.bak", "@a.py/b", "@@a.py", "x/@a.py", "@a.py-old", "a.py"],
)
def test_a_part_of_another_word_or_path_is_no_mention(prompt: str) -> None:
    assert shown(prompt, FileMention("a.py")) == (f"{prompt} @a.py", [("@a.py", "a.py")])


def test_each_mention_takes_a_place_of_its_own() -> None:
    twice = FileMention("a", "first"), FileMention("a", "second"), FileMention("a", "third")
    assert shown("@a or @a?", *twice) == (
        "@a or @a? @a",
        [("@a", "first"), ("@a", "second"), ("@a", "third")],
    )


def test_the_longer_path_takes_its_place_first() -> None:
    mentions = FileMention("a"), FileMention("a b")
    assert shown("read @a b", *mentions) == ("read @a b @a", [("@a b", "a b"), ("@a", "a")])


@given(
    st.text("@ab .ü\n/", max_size=30),
    st.lists(st.text("ab .ü/", min_size=1, max_size=4), max_size=4),
)
@example("@a @ü", ["ü", "a", "b"])
def test_every_mention_is_in_the_text_exactly_where_its_bytes_say(
    prompt: str, paths: list[str]
) -> None:
    text, elements = shown(prompt, *map(FileMention, paths))
    assert text.startswith(prompt)
    assert sorted(elements) == sorted((f"@{path}", path) for path in paths)

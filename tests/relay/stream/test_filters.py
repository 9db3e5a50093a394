"""Filters of single models, which do nothing unless they are named."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.relay.stream.filters import FILTERS, ThinkTags, details_of
from tests.relay.stream.saying import (
    Json,
    answer,
    call,
    calls,
    delta,
    finish,
    items,
    machine,
    said,
    text,
    thought,
)

TAGS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
]


def split(*pieces: str) -> tuple[str, str]:
    """Reasoning and text of a text in these pieces."""
    tags = ThinkTags()
    spans = [span for piece in pieces for span in tags.feed(piece)] + tags.end()
    assert all(span.text for span in spans)
    return (
        "".join(span.text for span in spans if span.thinking),
        "".join(span.text for span in spans if not span.thinking),
    )


@pytest.mark.parametrize(("opening", "closing"), TAGS)
def test_what_stands_between_tags_is_reasoning(opening: str, closing: str) -> None:
    assert split(f"{opening}\na\n{closing}\n\nb\n") == ("a\n", "b\n")
    assert split(f"x{opening}a{closing}y{opening}b{closing}z") == ("ab", "xyz")


def test_a_tag_that_is_never_closed_holds_the_rest() -> None:
    assert split("a<think>b") == ("b", "a")
    assert split("<think>b</thin") == ("b</thin", "")


def test_another_closing_tag_closes_nothing() -> None:
    assert split("<think>a</thinking><think>b</think>c") == ("a</thinking><think>b", "c")


@pytest.mark.parametrize(
    "whole", ["a < b", "</think>a", "<thin", "<", "a[T", "<<<think", "<Think>"]
)
def test_what_is_no_tag_is_text(whole: str) -> None:
    assert split(whole) == ("", whole)
    assert split(*whole) == ("", whole)


@given(
    st.lists(
        st.one_of(
            st.sampled_from([tag for pair in TAGS for tag in pair]),
            st.sampled_from(["\n", "<", "</", "[", "◁", "th", "ink>", "a", "b c"]),
        ),
        max_size=12,
    ).map("".join),
    st.data(),
)
def test_tags_may_be_split_anyhow(whole: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=12).map(sorted))
    pieces = [whole[start:end] for start, end in itertools.pairwise([0, *cuts, len(whole)])]
    assert split(*pieces) == split(whole)


def test_think_tags_make_reasoning_items() -> None:
    pieces = [text(piece) for piece in ("<th", "ink>\nH", "m</thi", "nk>\n\nHi", " <")]
    events = answer(*pieces, finish(), of=machine("think_tags"))
    assert (thought(events), said(events)) == ("Hm", "Hi <")
    assert [item["type"] for item in items(events)] == ["reasoning", "message"]


def test_think_tags_are_text_unless_the_filter_is_named() -> None:
    events = answer(text("<think>a</think>b"), finish())
    assert (thought(events), said(events)) == ("", "<think>a</think>b")


def test_half_a_tag_before_a_call_is_text() -> None:
    pieces = [text("a <"), calls(call("{}", name="f", id="x")), finish()]
    events = answer(*pieces, of=machine("think_tags"))
    assert said(events) == "a <"
    assert [item["type"] for item in items(events)] == ["message", "function_call"]


# ---------------------------------------------------------------------------- details

DETAILS = [
    {"type": "reasoning.text", "text": "a"},
    {"type": "reasoning.summary", "summary": "b"},
    {"type": "reasoning.encrypted", "data": "x"},
    "c",
]


def test_details_are_reasoning() -> None:
    events = answer(delta(reasoning_details=DETAILS), finish(), of=machine("reasoning_details"))
    assert thought(events) == "ab"


def test_details_do_not_repeat_a_plain_field() -> None:
    chunk = delta(reasoning="ab", reasoning_details=DETAILS)
    assert thought(answer(chunk, finish(), of=machine("reasoning_details"))) == "ab"


def test_details_say_nothing_unless_the_filter_is_named() -> None:
    assert thought(answer(delta(reasoning_details=DETAILS), finish())) == ""


@pytest.mark.parametrize("details", [None, {}, "a", 5, []])
def test_details_that_are_no_list_say_nothing(details: object) -> None:
    assert details_of(details) == ""


# ---------------------------------------------------------------------------- names


def test_filters_may_be_combined() -> None:
    chunks: list[Json] = [delta(reasoning_details=DETAILS), text("<think>c</think>d"), finish()]
    events = answer(*chunks, of=machine(*FILTERS))
    assert (thought(events), said(events)) == ("abc", "d")


def test_a_filter_nobody_knows_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no such filter: x; there are: reasoning_details, think"):
        machine("think_tags", "x")

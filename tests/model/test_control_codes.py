"""Texts from elsewhere lose what drives a terminal, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.model.control_codes import without_control_codes

CODES = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]",
    "\x1b\\",
    "\x1bM",
    "\x9b2J",
    "\x1b",
    "\r",
    "\ud800",
]
TEXTS = st.lists(st.text() | st.sampled_from(CODES)).map("".join)


@given(TEXTS)
def test_only_newlines_and_tabs_are_left_of_control_codes(text: str) -> None:
    bare = without_control_codes(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", bare)
    assert without_control_codes(bare) == bare


@given(TEXTS)
def test_what_is_left_can_be_written_to_a_file(text: str) -> None:
    without_control_codes(text).encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_text_without_control_codes_stays_as_it_is(text: str) -> None:
    assert without_control_codes(text) == text


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;a title that never ends", "0;a title that never ends"),
        ("\x1b]0;one\x1b[31mtwo\x07", "0;onetwo"),
        ("one\r\ntwo", "one\ntwo"),
        ("half \ud83d of one", "half \ufffd of one"),
    ],
)
def test_whole_sequences_go_and_half_ones_take_nothing_with_them(text: str, bare: str) -> None:
    assert without_control_codes(text) == bare

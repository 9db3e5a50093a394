"""Texts from elsewhere are safe on a terminal; numbers read well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.cli.texts import bare_command, clean, duration, plural, tail, tokens
from codex_runtime.model.usage import TokenUsage

ESCAPES = ["\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bM", "\x9b2J", "\x1b"]
TEXTS = st.lists(st.text() | st.sampled_from(ESCAPES)).map("".join)


@given(TEXTS)
def test_a_cleaned_text_has_no_control_code_but_newlines_and_tabs(text: str) -> None:
    kept = [letter for letter in clean(text) if ord(letter) < 32 or 127 <= ord(letter) < 160]
    assert set(kept) <= {"\n", "\t"}


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_a_text_without_control_codes_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07seen", "seen"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
def test_whole_sequences_go_and_what_they_dressed_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.lists(st.text(st.characters(categories=["L", "Zs"]))), st.integers(1, 20))
def test_a_tail_and_what_is_above_it_are_all_lines(lines: list[str], count: int) -> None:
    shown, above = tail("\n".join(lines), count)
    assert len(shown) <= count
    assert above == 0 or len(shown) == count


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("", ([], 0)),
        (" \n", ([], 0)),
        ("a\nb\nc\n", (["b", "c"], 1)),
        ("10 %\r50 %\r100 %\r\ndone\n", (["100 %", "done"], 0)),
    ],
)
def test_a_line_that_was_drawn_over_counts_as_it_ended(
    output: str, shown: tuple[list[str], int]
) -> None:
    assert tail(output, 2) == shown


@pytest.mark.parametrize(
    ("command", "bare"),
    [
        ("/bin/bash -lc 'ls -1'", "ls -1"),
        ("sh -c 'echo \"a b\"'", 'echo "a b"'),
        ("git -c x=y", "git -c x=y"),
        ("ls", "ls"),
        ("an 'open quote", "an 'open quote"),
    ],
)
def test_a_command_is_shown_without_the_shell_around_it(command: str, bare: str) -> None:
    assert bare_command(command) == bare


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "0 ms"), (999, "999 ms"), (1400, "1.4 s"), (125_000, "2 min 5 s")],
)
def test_a_duration_is_told_in_the_unit_that_fits(milliseconds: int, words: str) -> None:
    assert duration(milliseconds) == words


def test_tokens_are_told_with_their_parts() -> None:
    usage = TokenUsage(
        input_tokens=1000,
        cached_input_tokens=800,
        output_tokens=234,
        reasoning_output_tokens=0,
        total_tokens=1234,
    )
    assert tokens(usage) == "1,234 tokens: 1,000 in (800 cached), 234 out"
    assert (plural(1, "line"), plural(2000, "line")) == ("1 line", "2,000 lines")

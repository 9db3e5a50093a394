"""A title is the beginning of what its user wrote: short, on one line, and of whole characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codex_runtime.model.titles import (
    MAX_TITLE_CHARS,
    spoken_text,
    title_of,
    title_of_messages,
)

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
WAVE = "\U0001f44b\U0001f3fd"
FLAG = "\U0001f1e6\U0001f1f9"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
ACCENTED = "e\u0301"
CLUSTERS = st.sampled_from(
    [FAMILY, WAVE, FLAG, SCOTLAND, ACCENTED, "a", "é", "한", "ก็", "नि", "\u2764\ufe0f", " "]
)
CONTEXT = "<environment_context>\n  <cwd>/srv/app</cwd>\n</environment_context>"
AGENTS = "# AGENTS.md instructions for /srv/app\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>"


def test_short_words_are_the_title_as_they_stand() -> None:
    assert title_of("Fix the failing test") == "Fix the failing test"


def test_white_space_of_every_kind_is_one_space() -> None:
    assert title_of("  Fix\n\n\tthe\u3000failing\u2028test\r\n") == "Fix the failing test"


def test_fifty_characters_stay_and_one_more_is_cut_to_forty_seven_and_dots() -> None:
    assert title_of("x" * 50) == "x" * 50
    assert title_of("x" * 51) == "x" * 47 + "..."


def test_a_cut_behind_a_word_leaves_no_space_before_the_dots() -> None:
    assert title_of("x" * 46 + " " + "y" * 20) == "x" * 46 + "..."


@pytest.mark.parametrize("character", [FAMILY, WAVE, FLAG, SCOTLAND, ACCENTED])
@pytest.mark.parametrize("before", range(5))
def test_a_character_of_several_code_points_is_not_torn(character: str, before: int) -> None:
    title = title_of("x" * before + character * 50)
    whole = title.removesuffix("...").removeprefix("x" * before)
    assert title.endswith("...")
    assert whole
    assert whole == character * (len(whole) // len(character))


def test_a_character_longer_than_a_title_is_cut_all_the_same() -> None:
    assert title_of("a" + "\u0301" * 80) == "a" + "\u0301" * 46 + "..."


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\u202e", "\u2066", "\ud800", "\u200e", "\x9b"])
def test_what_cannot_be_shown_or_sent_is_left_out(hidden: str) -> None:
    assert title_of(f"Fix {hidden}the test{hidden}") == "Fix the test"


@pytest.mark.parametrize(
    "injected",
    [
        CONTEXT,
        AGENTS,
        f"{AGENTS}{CONTEXT}",
        f"\n{CONTEXT}\n\n{AGENTS}\n",
        "<user_instructions>\nBe brief.\n</user_instructions>",
        "<permissions instructions>\nAsk.\n</permissions instructions>",
        "<turn_aborted>\nby the user\n</turn_aborted>",
    ],
)
def test_context_that_the_server_put_in_front_counts_for_nothing(injected: str) -> None:
    assert title_of(injected) == ""
    assert title_of(f"{injected}\n\nFix the test") == "Fix the test"


@pytest.mark.parametrize(
    "injected",
    [
        "<environment_context>\ncut off",
        "# AGENTS.md instructions for /srv/app\n\nBe brief.",
        "# AGENTS.md instructions for /srv/app\n\n<INSTRUCTIONS>\nBe brief.",
    ],
)
def test_context_without_an_end_leaves_no_title(injected: str) -> None:
    assert title_of(injected) == ""


@pytest.mark.parametrize(
    "text", ["<div> is not closed", "Explain <environment_context>", "# A heading", "<skill"]
)
def test_what_only_looks_like_context_is_the_user_s(text: str) -> None:
    assert title_of(text) == text
    assert spoken_text(text) == text


def test_the_first_message_with_words_gives_the_title() -> None:
    assert title_of_messages([CONTEXT, " \n", "Fix the test", "Thanks"]) == "Fix the test"
    assert title_of_messages([CONTEXT, ""]) == ""
    assert title_of_messages([]) == ""


def test_messages_after_the_first_with_words_are_not_looked_at() -> None:
    messages = iter(["Fix the test", "Thanks"])
    assert title_of_messages(messages) == "Fix the test"
    assert next(messages) == "Thanks"


@given(st.text(max_size=200) | st.lists(CLUSTERS, max_size=80).map("".join))
@example("\u0301" * 60)
@example(" " * 60 + "x")
def test_a_title_is_one_short_line_that_can_be_sent(text: str) -> None:
    title = title_of(text)
    assert len(title) <= MAX_TITLE_CHARS
    assert title == " ".join(title.split())
    assert not {"Cc", "Cs"} & {unicodedata.category(character) for character in title}
    title.encode()


@given(st.text(max_size=200) | st.lists(CLUSTERS, max_size=80).map("".join))
def test_dots_are_added_only_where_something_was_cut(text: str) -> None:
    title = title_of(text)
    whole = " ".join("".join(c for c in spoken_text(text) if c.isspace() or title_of(c)).split())
    if len(whole) <= MAX_TITLE_CHARS:
        assert title == whole
    else:
        assert whole.startswith(title.removesuffix("..."))
        assert title.endswith("...")


@given(st.lists(CLUSTERS, max_size=80).map("".join))
def test_the_title_of_a_title_is_itself(text: str) -> None:
    assert title_of(title_of(text)) == title_of(text)


@given(st.lists(CLUSTERS, min_size=48, max_size=90))
def test_no_cluster_is_torn_wherever_the_cut_falls(clusters: list[str]) -> None:
    words = " ".join("".join(clusters).split())
    title = title_of(words)
    kept = title.removesuffix("...") if len(words) > MAX_TITLE_CHARS else title
    follower = words[len(kept) : len(kept) + 1]
    assert words.startswith(kept)
    assert follower == "" or (
        unicodedata.category(follower) not in ("Mn", "Mc", "Me") and follower != "\u200d"
    )


@given(st.text(max_size=300))
def test_spoken_text_is_the_end_of_the_message(text: str) -> None:
    assert text.endswith(spoken_text(text))

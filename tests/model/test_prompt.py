"""Prompts: what the server would drop or refuse is refused here, with the same facts."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import InputTooLarge, ProfileError, PromptError
from codex_runtime.model.prompt import MAX_INPUT_CHARS, PromptParams, check_prompt
from codex_runtime.model.results import InterruptOutcome, TurnResult


@given(st.text(min_size=1))
def test_any_text_that_utf8_carries_may_be_asked(text: str) -> None:
    check_prompt(text)


@given(st.text(), st.characters(categories=["Cs"]), st.text())
def test_a_lone_surrogate_is_refused_and_its_place_is_told(
    before: str, surrogate: str, after: str
) -> None:
    with pytest.raises(PromptError, match=f"at index {len(before)}"):
        check_prompt(before + surrogate + after)


@pytest.mark.parametrize("prompt", ["", None, 5, b"bytes"])
def test_no_text_is_no_prompt(prompt: object) -> None:
    with pytest.raises(PromptError):
        check_prompt(prompt)  # type: ignore[arg-type]


@pytest.mark.parametrize("character", ["x", "é", "\N{GRINNING FACE}"])
def test_the_limit_counts_characters_and_is_met_exactly(character: str) -> None:
    check_prompt(character * MAX_INPUT_CHARS)
    with pytest.raises(InputTooLarge) as raised:
        check_prompt(character * (MAX_INPUT_CHARS + 1), method="turn/steer")
    error = raised.value
    assert (error.max_chars, error.actual_chars) == (1_048_576, 1_048_577)
    assert (error.method, error.code) == ("turn/steer", -32602)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cwd", 5),
        ("cwd", b"x"),
        ("client_user_message_id", ""),
        ("key", ""),
        ("parent_turn_id", 5),
        ("root_turn_id", "\ud800"),
        ("turn_trigger", None),
    ],
)
def test_options_of_the_wrong_kind_are_refused(field: str, value: object) -> None:
    with pytest.raises(ProfileError) as raised:
        PromptParams(prompt="p", **{field: value})  # type: ignore[arg-type]
    assert raised.value.name == field


def test_all_options_may_be_given() -> None:
    params = PromptParams(
        prompt="p",
        cwd="/x",
        client_user_message_id="a",
        parent_turn_id="b",
        root_turn_id="c",
        turn_trigger="d",
    )
    assert params.turn_trigger == "d"


def test_a_key_travels_in_the_place_of_the_id_of_the_message() -> None:
    assert PromptParams(prompt="p", key="k").key == "k"
    with pytest.raises(ProfileError, match="cannot be combined with key"):
        PromptParams(prompt="p", key="k", client_user_message_id="a")


def test_an_interrupt_that_left_the_turn_running_has_not_ended_it() -> None:
    assert not InterruptOutcome(state="still_running", turn_id="t", elapsed_s=1.0).ended
    assert InterruptOutcome(state="already_ended", turn_id="t", elapsed_s=0.0).ended


def test_a_result_without_items_keeps_the_rest() -> None:
    result = TurnResult(
        thread_id="t",
        turn_id="u",
        status="completed",
        text="x",
        items=(1,),  # type: ignore[arg-type]
    )
    assert result.without_items() == TurnResult(
        thread_id="t", turn_id="u", status="completed", text="x"
    )


@attrs.frozen
class Answer:
    """What is asked for."""

    name: str


def test_a_type_and_a_schema_of_the_answer_exclude_each_other() -> None:
    assert PromptParams(prompt="p", output=Answer, output_schema=None).output is Answer
    with pytest.raises(ProfileError, match="cannot be combined with output"):
        PromptParams(prompt="p", output=Answer, output_schema={"type": "object"})


def test_a_result_without_items_used_no_tools() -> None:
    result = TurnResult(thread_id="t", turn_id="u", status="completed", text="x")
    assert result.tool_uses == ()

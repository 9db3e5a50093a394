"""Replies: how they are built, what is refused, how they add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput
from codex_runtime.testing import (
    Gate,
    Reply,
    apply_patch,
    cut,
    http_answer,
    http_error,
    raw,
    reasoning,
    response_failed,
    several,
    shell,
    silence,
    text,
    tool_call,
    usage,
)
from codex_runtime.testing.steps import Cut, HttpFailure, Text, ToolCall, Wait


def pieces_of(reply: Reply) -> list[str]:
    (step,) = reply.steps
    assert isinstance(step, Text)
    return list(step.pieces)


@given(content=st.text(st.characters(codec="utf-8"), min_size=1), data=st.data())
def test_pieces_join_to_the_content_and_are_even(content: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(content)))
    pieces = pieces_of(text(content, deltas=count))
    assert "".join(pieces) == content
    assert len(pieces) == count
    assert max(map(len, pieces)) - min(map(len, pieces)) <= 1


@given(content=st.text(st.characters(codec="utf-8")), size=st.integers(1, 9))
def test_pieces_of_a_size_join_to_the_content(content: str, size: int) -> None:
    pieces = pieces_of(text(content, delta_chars=size))
    assert "".join(pieces) == content
    assert all(len(piece) == size for piece in pieces[:-1])


def test_a_count_and_a_size_repeat_the_content_to_fit_exactly() -> None:
    assert pieces_of(text("abc", deltas=3, delta_chars=2)) == ["ab", "ca", "bc"]


def test_an_empty_text_has_no_pieces() -> None:
    assert pieces_of(text("")) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"content": "ab", "deltas": 3}, "is more than the 2 characters"),
        ({"content": "ab", "deltas": 0}, "deltas=0: is below 1"),
        ({"content": "ab", "delta_chars": 0}, "delta_chars=0: is below 1"),
        ({"content": "", "deltas": 2, "delta_chars": 2}, "cannot be repeated"),
        ({"content": "a\ud800"}, "character 1 is a lone surrogate"),
        ({"content": "a", "phase": "\ud800"}, "lone surrogate"),
        ({"content": "a", "delay_s": -1.0}, "delay_s=-1.0: is no pause"),
        ({"content": "a", "delay_s": float("inf")}, "is no pause"),
        ({"content": "a", "delay_s": float("nan")}, "is no pause"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_where_it_is_built(
    arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        text(**arguments)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_reasoning_is_checked_like_text() -> None:
    with pytest.raises(InvalidInput, match="is more than"):
        reasoning("ab", deltas=3)


def test_a_shell_command_is_a_call_of_exec_command_with_its_extras() -> None:
    (call,) = shell("ls", call_id="a", workdir="/", tty=True).steps
    assert call == ToolCall(
        name="exec_command", payload='{"cmd":"ls","workdir":"/","tty":true}', call_id="a"
    )


def test_a_tool_with_a_text_for_arguments_is_freeform() -> None:
    assert apply_patch("*** Begin Patch", call_id="p") == tool_call(
        "apply_patch", "*** Begin Patch", call_id="p"
    )
    (call,) = apply_patch("x").steps
    assert call == ToolCall(name="apply_patch", payload="x", freeform=True)


@pytest.mark.parametrize("arguments", [{"a": object()}, {"a": "\ud800"}, "\ud800"])
def test_arguments_that_have_no_wire_form_are_refused(
    arguments: dict[str, object] | str,
) -> None:
    with pytest.raises(InvalidInput, match="arguments="):
        tool_call("tool", arguments)


def test_a_tool_name_that_has_no_wire_form_is_refused() -> None:
    with pytest.raises(InvalidInput, match="name="):
        tool_call("\ud800", {})


def test_replies_add_up_in_order() -> None:
    assert several(text("a"), shell("b")) == text("a") + shell("b")
    assert several() == Reply()


def test_the_last_usage_of_a_sum_wins() -> None:
    small = usage(input_tokens=1, output_tokens=1)
    large = usage(input_tokens=9, output_tokens=9)
    assert (small + large).usage == large.usage
    assert (small + text("a")).usage == small.usage


def test_negative_usage_is_refused() -> None:
    with pytest.raises(InvalidInput, match="cached_input_tokens=-1: is below 0"):
        usage(input_tokens=1, output_tokens=1, cached_input_tokens=-1)


def test_a_cut_comes_after_what_is_sent_first() -> None:
    assert cut(text("a")).steps == (*text("a").steps, Cut())
    assert cut(abrupt=False).steps == (Cut(abrupt=False),)


def test_silence_without_a_gate_waits_for_the_model() -> None:
    assert silence().steps == (Wait(None),)


def test_a_gate_is_released_once_and_for_good() -> None:
    gate = Gate()
    seen = [gate.is_released]
    gate.release()
    gate.release()
    assert [*seen, gate.is_released] == [False, True]


def test_an_http_error_takes_no_step_beside_it() -> None:
    with pytest.raises(InvalidInput, match="takes no other step beside it"):
        several(text("a"), http_error(500))


def test_an_http_error_carries_its_body_and_lower_cased_headers() -> None:
    assert http_error(418, {"a": 1}, headers={"X-Tea": "yes"}).steps == (
        HttpFailure(
            status=418,
            body=b'{"a":1}',
            headers={"x-tea": "yes", "content-type": "application/json"},
        ),
    )
    (plain,) = http_error(500, "no").steps
    assert isinstance(plain, HttpFailure)
    assert plain.headers == {"content-type": "text/plain; charset=utf-8"}


@pytest.mark.parametrize("status", [200, 399, 600])
def test_a_status_that_is_no_error_is_refused(status: int) -> None:
    with pytest.raises(InvalidInput, match="is not an HTTP error"):
        http_error(status)


@pytest.mark.parametrize("headers", [{"a b": "c"}, {"a": "b\r\nc: d"}, {"": "x"}, {"a": " b"}])
def test_headers_that_http_cannot_carry_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="is no HTTP header"):
        http_error(500, headers=headers)


def test_an_error_message_without_utf8_form_is_refused() -> None:
    with pytest.raises(InvalidInput, match="message="):
        response_failed("code", "\ud800")


def test_raw_takes_bytes_alone() -> None:
    with pytest.raises(InvalidInput, match="data='text': is no bytes"):
        raw("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("status", [199, 600])
def test_an_answer_needs_a_status_that_ends_a_request(status: int) -> None:
    with pytest.raises(InvalidInput, match="ends no request"):
        http_answer(status)


def test_an_answer_without_a_body_takes_none() -> None:
    with pytest.raises(InvalidInput, match="cannot go with status 204"):
        http_answer(204, "x")


def test_an_error_may_follow_a_silence_before_the_status_alone() -> None:
    held = silence(opened=False) + http_error(500)
    assert [wait.opened for wait in held.before_status] == [False]
    assert held.after_status == http_error(500).steps
    with pytest.raises(InvalidInput, match="takes no other step"):
        several(silence(), http_error(500))


def test_a_silence_before_the_status_comes_first() -> None:
    with pytest.raises(InvalidInput, match="can only come first"):
        several(text("a"), silence(opened=False))

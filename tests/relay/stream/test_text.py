"""Text and reasoning of an answer, from chunks of every habit."""

from __future__ import annotations

import pytest

from tests.relay.stream.saying import (
    DONE,
    Json,
    answer,
    call,
    calls,
    delta,
    events_of,
    finish,
    items,
    last,
    machine,
    names,
    said,
    sse,
    text,
    thought,
)

MESSAGE = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]
REASONING = [
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
]


def test_text_is_one_message() -> None:
    events = answer(delta(role="assistant"), text("Hel"), text("lo"), finish(), DONE)
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert names(events) == [*MESSAGE[:3], *MESSAGE[2:], "completed"]
    part = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}
    (message,) = items(events)
    assert message == {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    assert last(events)["output"] == [message]


def test_events_are_numbered_from_zero() -> None:
    used = machine()
    events = events_of(used.start() + used.keep_alive() + used.feed(sse(text("a"), finish(), DONE)))
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert used.ended


def test_keeping_alive_is_an_event_until_the_answer_has_ended() -> None:
    used = machine()
    used.start()
    (event,) = events_of(used.keep_alive())
    assert event["type"] == "response.in_progress"
    assert event["sequence_number"] == 2
    used.finish()
    assert used.keep_alive() == b""


def test_reasoning_is_done_before_the_message_begins() -> None:
    events = answer(delta(reasoning_content="Hm"), text("Hi"), finish())
    assert names(events) == [*REASONING, *MESSAGE, "completed"]
    reasoning, message = items(events)
    assert reasoning == {
        "type": "reasoning",
        "id": "rs_1",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": "Hm"}],
    }
    assert message["id"] == "msg_2"
    assert [event["output_index"] for event in events[2:-1]] == [0] * 6 + [1] * 6


def test_reasoning_after_text_is_an_item_of_its_own() -> None:
    used = machine()
    events = answer(
        text("a"), delta(reasoning="b"), text("c"), delta(reasoning="d"), finish(), of=used
    )
    kinds = [item["type"] for item in items(events)]
    assert kinds == ["message", "reasoning", "message", "reasoning"]
    assert used.reasoning == "bd"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_has_either_name(field: str) -> None:
    assert thought(answer(delta(**{field: "a"}), delta(**{field: "b"}), finish())) == "ab"


def test_reasoning_under_both_names_counts_once() -> None:
    both = delta(reasoning_content="a", reasoning="a")
    assert thought(answer(both, finish())) == "a"


def test_an_empty_reasoning_field_does_not_hide_the_other() -> None:
    assert thought(answer(delta(reasoning_content="", reasoning="a"), finish())) == "a"


def test_reasoning_and_text_of_one_chunk_are_in_that_order() -> None:
    events = answer(delta(content="b", reasoning="a"), finish())
    assert [item["type"] for item in items(events)] == ["reasoning", "message"]


def test_a_refusal_is_text() -> None:
    assert said(answer(delta(content=None, refusal="I can"), delta(refusal="not"), finish())) == (
        "I cannot"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a", "a"),
        (None, ""),
        ("", ""),
        ([{"type": "text", "text": "a"}, "b", {"type": "image"}, 5, None], "ab"),
        ({"type": "text", "text": "a"}, "a"),
        (7, "7"),
        (7.5, "7.5"),
        (True, ""),
    ],
)
def test_content_may_be_anything(content: object, expected: str) -> None:
    assert said(answer(text("<"), text(content), text(">"), finish())) == f"<{expected}>"


def test_thinking_parts_of_a_content_are_reasoning() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]},
        {"type": "reasoning", "reasoning": "b"},
        {"type": "thinking"},
        {"type": "text", "text": "c"},
    ]
    events = answer(text(parts), finish())
    assert (thought(events), said(events)) == ("ab", "c")


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0, "delta": {}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": None, "function_call": None}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": []}}]},
        {"choices": [], "usage": None, "error": None},
        {"choices": [{"delta": {}, "finish_reason": ""}]},
        {"choices": [{"delta": {}, "finish_reason": "null"}]},
    ],
)
def test_a_chunk_that_says_nothing_changes_nothing(chunk: Json) -> None:
    assert answer(chunk, text("a"), chunk, finish()) == answer(text("a"), finish())


def test_only_the_first_choice_is_read() -> None:
    second = {"choices": [{"index": 1, "delta": {"content": "x"}, "finish_reason": "length"}]}
    both = {"choices": [{"delta": {"content": "b"}}, {"delta": {"content": "y"}}]}
    events = answer(text("a"), second, both, finish())
    assert said(events) == "ab"
    assert last(events)["status"] == "completed"


def test_an_index_may_be_text() -> None:
    chunk = {"choices": [{"index": "0", "delta": {"content": "a"}}]}
    assert said(answer(chunk, finish())) == "a"


def test_white_space_alone_opens_no_message() -> None:
    pieces = [delta(reasoning="a"), text("\n"), delta(reasoning="b"), text("\n"), text("c")]
    events = answer(*pieces, finish())
    assert [item["type"] for item in items(events)] == ["reasoning", "message"]
    assert said(events) == "\n\nc"


def test_white_space_before_a_call_is_no_message() -> None:
    events = answer(text("\n"), calls(call("{}", name="f", id="a")), text("\n"), finish())
    assert [item["type"] for item in items(events)] == ["function_call"]


def test_an_answer_of_white_space_keeps_it() -> None:
    events = answer(text("\n"), text(" "), finish())
    assert said(events) == "\n "
    assert items(events)[0]["content"][0]["text"] == "\n "


def test_an_empty_answer_is_an_empty_message() -> None:
    events = answer(delta(role="assistant", content=""), finish())
    assert names(events) == [*(name for name in MESSAGE if "delta" not in name), "completed"]
    assert items(events)[0]["content"][0]["text"] == ""


def test_reasoning_alone_is_followed_by_an_empty_message() -> None:
    events = answer(delta(reasoning="a"), finish())
    assert [item["type"] for item in items(events)] == ["reasoning", "message"]


def test_line_ends_in_text_stay_inside_an_event() -> None:
    hard = "a\r\nb\u2028c\n\nd\x00"
    assert said(answer(text(hard), finish())) == hard


@pytest.mark.parametrize(
    ("escaped", "expected"),
    [
        (rb"\ud834\udd1e", "\U0001d11e"),
        (rb"a\ud834", "a\ufffd"),
        (rb"\uDD1Ea", "\ufffda"),
        (rb"\ud834\ud834\udd1e", "\ufffd\U0001d11e"),
        (rb"\\ud834\ud834\n", "\\ud834\ufffd\n"),
    ],
)
def test_half_a_surrogate_pair_does_not_fail_the_answer(escaped: bytes, expected: str) -> None:
    chunk = b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % escaped
    assert said(answer(chunk, finish())) == expected

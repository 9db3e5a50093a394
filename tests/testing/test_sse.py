"""Replies as server-sent events: order, shapes, blocks, ids, usage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.testing import (
    Gate,
    Reply,
    apply_patch,
    cut,
    finish,
    http_error,
    raw,
    reasoning,
    response_failed,
    shell,
    silence,
    text,
    tool_call,
    usage,
)
from codex_runtime.testing.sse import BLOCK_BYTES, StreamPart, default_usage, render
from codex_runtime.testing.steps import Cut, Pause, Usage, Wait


def parts_of(reply: Reply, *, index: int = 3) -> list[StreamPart]:
    return list(render(reply, index=index, model="m", input_chars=40))


def events_in(data: bytes) -> list[dict[str, Any]]:
    """Decode whole events; each has a name that repeats the type of its data."""
    decoded: list[dict[str, Any]] = []
    assert data.endswith(b"\n\n")
    for block in data.removesuffix(b"\n\n").split(b"\n\n"):
        name, payload = block.split(b"\n")
        event = json.loads(payload.removeprefix(b"data: "))
        assert name == b"event: " + event["type"].encode()
        decoded.append(event)
    return decoded


def events_of(reply: Reply) -> list[dict[str, Any]]:
    return events_in(b"".join(part for part in parts_of(reply) if isinstance(part, bytes)))


def types_of(reply: Reply) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events_of(reply)]


def test_a_text_is_opened_streamed_closed_and_completed() -> None:
    assert types_of(text("abcd", deltas=2)) == [
        "created",
        "output_item.added",
        "output_text.delta",
        "output_text.delta",
        "output_item.done",
        "completed",
    ]


def test_the_done_item_and_the_response_repeat_the_whole_text() -> None:
    events = events_of(text("abcd", deltas=2, phase="final_answer"))
    (done,) = [event["item"] for event in events if event["type"].endswith("item.done")]
    assert done["content"][0]["text"] == "abcd"
    assert done["phase"] == "final_answer"
    assert events[-1]["response"]["output"] == [done]
    assert events[-1]["response"]["status"] == "completed"


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_survives_its_encoding(content: str) -> None:
    events = events_of(text(content, delta_chars=3))
    deltas = [event["delta"] for event in events if "delta" in event]
    assert "".join(deltas) == content


def test_an_unfinished_text_is_never_closed() -> None:
    assert "output_item.done" not in types_of(text("ab", finished=False))


def test_a_summary_has_a_part_around_its_deltas() -> None:
    assert types_of(reasoning("ab", deltas=2)) == [
        "created",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "completed",
    ]


def test_raw_reasoning_is_content_without_a_summary() -> None:
    events = events_of(reasoning("ab", raw=True))
    assert [event["delta"] for event in events if "delta" in event] == ["ab"]
    item = events[-1]["response"]["output"][0]
    assert (item["summary"], item["content"][0]["text"]) == ([], "ab")


def test_a_function_call_carries_its_arguments_as_json_text() -> None:
    item = events_of(tool_call("t", {"a": 1}, namespace="n"))[1]["item"]
    assert item["type"] == "function_call"
    assert json.loads(item["arguments"]) == {"a": 1}
    assert (item["name"], item["namespace"]) == ("t", "n")


def test_a_freeform_call_carries_its_input_as_text() -> None:
    item = events_of(apply_patch("*** Begin Patch"))[1]["item"]
    assert (item["type"], item["input"]) == ("custom_tool_call", "*** Begin Patch")


def test_ids_are_unique_in_a_model_and_a_given_call_id_is_kept() -> None:
    replies = [text("a") + shell("b") + shell("c", call_id="mine") for _ in range(2)]
    outputs = [
        item
        for index, reply in enumerate(replies)
        for item in events_in(b"".join(p for p in parts_of(reply, index=index) if p))[-1][  # type: ignore[misc]
            "response"
        ]["output"]
    ]
    ids = [item["id"] for item in outputs]
    assert len(set(ids)) == len(ids)
    call_ids = [item["call_id"] for item in outputs if "call_id" in item]
    assert call_ids == ["call_0_1", "mine", "call_1_1", "mine"]


def test_output_indexes_count_the_items() -> None:
    events = events_of(text("a") + reasoning("b") + shell("c"))
    done = [event["output_index"] for event in events if event["type"].endswith("item.done")]
    assert done == [0, 1, 2]


def test_thousands_of_deltas_share_few_blocks() -> None:
    parts = parts_of(text("abcdefgh", deltas=20_000, delta_chars=8))
    sizes = [len(part) for part in parts if isinstance(part, bytes)]
    assert len(parts) == len(sizes) <= sum(sizes) // BLOCK_BYTES + 1
    events = events_in(b"".join(part for part in parts if isinstance(part, bytes)))
    assert sum("delta" in event for event in events) == 20_000


def test_a_paced_text_pauses_between_deltas_alone() -> None:
    parts = parts_of(text("abc", deltas=3, delay_s=0.5))
    assert [part for part in parts if not isinstance(part, bytes)] == [Pause(0.5)] * 2
    counts = [
        sum("delta" in event for event in events_in(part))
        for part in parts
        if isinstance(part, bytes)
    ]
    assert counts == [1, 1, 1]


def test_silence_comes_after_all_that_was_sent_before_it() -> None:
    gate = Gate()
    before, wait, after = parts_of(text("a") + silence(gate) + text("b"))
    assert wait == Wait(gate)
    assert isinstance(before, bytes)
    assert isinstance(after, bytes)
    assert [event["delta"] for event in events_in(before) if "delta" in event] == ["a"]
    assert events_in(after)[-1]["type"] == "response.completed"


def test_silence_that_begins_a_reply_still_opens_the_response() -> None:
    opened, wait, _ = parts_of(silence())
    assert isinstance(opened, bytes)
    assert [event["type"] for event in events_in(opened)] == ["response.created"]
    assert wait == Wait(None)


def test_two_silences_have_no_empty_block_between_them() -> None:
    assert parts_of(silence() + silence())[1:3] == [Wait(None), Wait(None)]


def test_nothing_is_sent_after_a_cut() -> None:
    parts = parts_of(cut(text("a")) + text("never"))
    assert parts[-1] == Cut()
    assert isinstance(parts[0], bytes)
    assert "response.completed" not in [event["type"] for event in events_in(parts[0])]
    assert len(parts) == 2


def test_a_failed_response_ends_the_stream_with_its_error() -> None:
    events = events_of(text("a") + response_failed("some_code", "Why") + text("never"))
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"] == {"code": "some_code", "message": "Why"}
    assert [event["delta"] for event in events if "delta" in event] == ["a"]


def test_a_reason_that_leaves_the_answer_short_makes_it_incomplete() -> None:
    last = events_of(text("a") + finish("length") + text("never"))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert [item["content"][0]["text"] for item in last["response"]["output"]] == ["a"]


def test_any_other_reason_completes() -> None:
    assert types_of(text("a") + finish("stop"))[-1] == "completed"


def test_raw_bytes_stand_between_the_events() -> None:
    (data,) = parts_of(raw(b": first\n\n") + text("a"))
    assert isinstance(data, bytes)
    before, after = data.split(b": first\n\n")
    assert events_in(before)[-1]["type"] == "response.created"
    assert events_in(after)[-1]["type"] == "response.completed"


def test_given_usage_is_sent_as_the_api_writes_it() -> None:
    figures = usage(
        input_tokens=10, cached_input_tokens=4, output_tokens=5, reasoning_output_tokens=2
    )
    assert events_of(text("a") + figures)[-1]["response"]["usage"] == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }


def test_usage_is_computed_from_the_lengths_if_none_is_given() -> None:
    reply = text("12345") + reasoning("1234") + apply_patch("1234567")
    expected = Usage(input_tokens=10, output_tokens=4, reasoning_output_tokens=1)
    assert default_usage(reply, 40) == expected
    assert default_usage(Reply(), 0) == Usage(input_tokens=1, output_tokens=0)
    assert events_of(Reply())[-1]["response"]["usage"]["input_tokens"] == 10


def test_an_http_error_has_no_events() -> None:
    with pytest.raises(ValueError, match="no stream of events"):
        parts_of(http_error(500))

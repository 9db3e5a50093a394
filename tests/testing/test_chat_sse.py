"""Replies as Chat Completions: order, shapes, ends; and what a recorded request tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.testing import (
    ChatRequest,
    Reply,
    ToolOutput,
    apply_patch,
    cut,
    finish,
    http_error,
    raw,
    reasoning,
    response_failed,
    silence,
    text,
    tool_call,
)
from codex_runtime.testing.chat_sse import render_stream, render_whole
from codex_runtime.testing.sse import StreamPart
from codex_runtime.testing.steps import Cut, Pause, Wait


def parts_of(reply: Reply, *, include_usage: bool = False) -> list[StreamPart]:
    return list(
        render_stream(reply, index=3, model="m", input_chars=40, include_usage=include_usage)
    )


def whole_parts_of(reply: Reply) -> list[StreamPart]:
    return list(render_whole(reply, index=3, model="m", input_chars=40))


def bytes_of(parts: list[StreamPart]) -> bytes:
    return b"".join(part for part in parts if isinstance(part, bytes))


def chunks_of(reply: Reply, *, include_usage: bool = False) -> list[dict[str, Any]]:
    data = bytes_of(parts_of(reply, include_usage=include_usage)).decode()
    events = data.removesuffix("\n\n").split("\n\n")
    return [json.loads(event.removeprefix("data: ")) for event in events if "[DONE]" not in event]


def deltas_of(reply: Reply) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks_of(reply)]


def reason_of(reply: Reply) -> str:
    return str(chunks_of(reply)[-1]["choices"][0]["finish_reason"])


def test_the_first_chunk_alone_has_the_role() -> None:
    assert deltas_of(reasoning("hm") + text("ab", deltas=2)) == [
        {"role": "assistant", "reasoning_content": "hm"},
        {"content": "a"},
        {"content": "b"},
        {},
    ]


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_survives_its_encoding(content: str) -> None:
    deltas = deltas_of(text(content, delta_chars=3))
    assert "".join(delta.get("content", "") for delta in deltas) == content


def test_arguments_come_in_pieces_under_the_index_of_their_call() -> None:
    calls = [
        delta["tool_calls"][0]
        for delta in deltas_of(tool_call("a", {"k": "v"}, call_id="x") + tool_call("b", {}))
        if delta
    ]
    assert calls[0] == {
        "index": 0,
        "id": "x",
        "type": "function",
        "function": {"name": "a", "arguments": ""},
    }
    assert [call["index"] for call in calls] == [0, 0, 0, 0, 1, 1, 1]
    pieces = [call["function"]["arguments"] for call in calls]
    assert ("".join(pieces[:4]), "".join(pieces[4:])) == ('{"k":"v"}', "{}")


def test_calls_without_an_id_get_one_that_is_unique_in_the_server() -> None:
    ids = [
        delta["tool_calls"][0]["id"]
        for delta in deltas_of(tool_call("a", {}) + tool_call("b", {}))
        if delta and "id" in delta["tool_calls"][0]
    ]
    assert ids == ["call_3_0", "call_3_1"]


def test_a_freeform_payload_is_the_arguments_as_they_are() -> None:
    deltas = deltas_of(apply_patch("*** Begin Patch"))
    function = [delta["tool_calls"][0]["function"] for delta in deltas if delta]
    assert "".join(part["arguments"] for part in function) == "*** Begin Patch"


def test_a_reply_ends_for_the_reason_that_it_shows_or_is_given() -> None:
    assert reason_of(text("a")) == "stop"
    assert reason_of(text("a") + tool_call("b", {})) == "tool_calls"
    assert reason_of(text("a") + finish("length") + text("never")) == "length"
    assert reason_of(Reply()) == "stop"


def test_usage_is_a_chunk_without_choices_where_it_is_asked_for() -> None:
    last = chunks_of(text("ab"), include_usage=True)[-1]
    assert last["choices"] == []
    assert last["usage"]["prompt_tokens"] == 10
    assert all("usage" not in chunk for chunk in chunks_of(text("ab")))


def test_an_error_of_the_model_is_an_object_in_the_stream_and_its_end() -> None:
    chunks = chunks_of(text("a") + response_failed("some_code", "Why") + text("never"))
    assert chunks[-1]["error"]["code"] == "some_code"
    assert chunks[-1]["error"]["message"] == "Why"
    assert len(chunks) == 2
    assert b"[DONE]" not in bytes_of(parts_of(response_failed("some_code", "Why")))


def test_nothing_is_sent_after_a_cut() -> None:
    first, end = parts_of(cut(text("a")) + text("never"))
    assert end == Cut()
    assert isinstance(first, bytes)
    assert b'finish_reason":null' in first
    assert b"[DONE]" not in first


def test_raw_bytes_stand_between_the_chunks() -> None:
    data = bytes_of(parts_of(text("a") + raw(b": wait\n\n") + text("b")))
    before, after = data.split(b": wait\n\n")
    assert b'"a"' in before
    assert b'"b"' in after


def test_a_silence_alone_sends_nothing_before_it() -> None:
    assert parts_of(silence() + text("a"))[0] == Wait(None)


def test_a_paced_text_pauses_between_its_chunks() -> None:
    paced = text("abc", deltas=3, delay_s=0.5)
    for parts in (parts_of(paced), whole_parts_of(paced)):
        assert [part for part in parts if not isinstance(part, bytes)] == [Pause(0.5)] * 2


def test_a_whole_answer_holds_calls_with_their_arguments() -> None:
    (body,) = whole_parts_of(tool_call("a", {"k": 1}, call_id="x"))
    assert isinstance(body, bytes)
    (choice,) = json.loads(body)["choices"]
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "x", "type": "function", "function": {"name": "a", "arguments": '{"k":1}'}}
    ]
    assert choice["finish_reason"] == "tool_calls"


def test_a_whole_answer_waits_where_its_reply_does() -> None:
    wait, body = whole_parts_of(silence() + raw(b" ") + text("a"))
    assert wait == Wait(None)
    assert isinstance(body, bytes)
    assert body.startswith(b" {")


def test_a_whole_answer_that_is_cut_has_half_of_its_body() -> None:
    half, end = whole_parts_of(cut(text("abc")))
    assert isinstance(half, bytes)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(half)
    assert end == Cut()


def test_a_whole_answer_that_fails_is_an_error_object() -> None:
    (body,) = whole_parts_of(response_failed("some_code", "Why"))
    assert isinstance(body, bytes)
    assert json.loads(body)["error"]["code"] == "some_code"


def test_an_http_answer_has_no_chunks() -> None:
    with pytest.raises(ValueError, match="no stream"):
        parts_of(http_error(500))


REQUEST = ChatRequest(
    index=0,
    path="/v1/chat/completions",
    headers={},
    credentials={},
    body={
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "reasoning_effort": "high",
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
        "tools": [{"type": "function", "function": {"name": "t"}}],
        "tool_choice": "auto",
        "messages": [
            {"role": "system", "content": "be"},
            {"role": "developer", "content": [{"type": "text", "text": "kind"}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image_url", "image_url": {"url": "data:x"}},
                ],
            },
            {
                "role": "assistant",
                "reasoning_content": "hm",
                "tool_calls": [{"id": "c", "function": {"name": "t"}}],
            },
            {"role": "tool", "tool_call_id": "c", "content": "done"},
        ],
    },
)


def test_a_request_tells_its_common_parts() -> None:
    assert (REQUEST.model, REQUEST.effort, REQUEST.tool_choice) == ("m", "high", "auto")
    assert (REQUEST.stream, REQUEST.include_usage) == (True, True)
    assert REQUEST.output_schema == {"type": "object"}
    assert REQUEST.tool_names == ("t",)
    assert REQUEST.texts("system", "developer") == ("be", "kind")
    assert REQUEST.last_user_text == "look"
    assert REQUEST.image_urls == ("data:x",)
    assert REQUEST.reasonings == ("hm",)
    assert [call["id"] for call in REQUEST.tool_calls] == ["c"]
    assert REQUEST.tool_outputs == (ToolOutput("c", "done"),)


@pytest.mark.parametrize("body", [{}, {"messages": 5, "tools": [1], "stream_options": "x"}])
def test_a_request_of_another_shape_is_empty(body: dict[str, Any]) -> None:
    request = ChatRequest(index=0, path="", headers={}, credentials={}, body=body)
    assert (request.model, request.effort, request.tool_choice) == (None, None, None)
    assert (request.stream, request.include_usage) == (False, False)
    assert request.output_schema is None
    assert (request.messages, request.tools, request.tool_names) == ((), (), ())
    assert request.last_user_text == ""


def test_a_forced_tool_is_told_as_it_came() -> None:
    choice = {"type": "function", "function": {"name": "t"}}
    request = ChatRequest(
        index=0, path="", headers={}, credentials={}, body={"tool_choice": choice}
    )
    assert request.tool_choice == choice

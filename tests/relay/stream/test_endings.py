"""How a response ends: completed, incomplete or failed, each once and for a reason."""

from __future__ import annotations

import json

import pytest

from codex_runtime.relay.failures import upstream_timeout
from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.shapes.events import ResponseEcho
from codex_runtime.relay.stream.machine import StreamMachine
from codex_runtime.relay.stream.sse import MAX_EVENT_BYTES
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

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


# ---------------------------------------------------------------------------- completed


@pytest.mark.parametrize(
    "ending",
    [
        [finish(), DONE],
        [finish()],
        [DONE],
        [b"data:  [DONE] \n\n"],
        [finish("tool_calls")],
        [finish("whatever")],
        [finish("STOP")],
        [delta("stop", content="")],
        [finish(), {"choices": [], "usage": USAGE}, DONE],
        [finish(), {"choices": [{"index": 0, "delta": {}}], "usage": USAGE}, DONE],
    ],
)
def test_a_finish_reason_or_done_completes(ending: list[object]) -> None:
    events = answer(text("a"), *ending)
    response = last(events)
    assert (response["status"], response["error"], response["incomplete_details"]) == (
        "completed",
        None,
        None,
    )
    assert said(events) == "a"


def test_done_ends_the_answer_at_once() -> None:
    used = machine()
    used.start()
    events = events_of(used.feed(sse(text("a"), DONE, text("b"), b"data: {\n\n")))
    assert last(events)["status"] == "completed"
    assert said(events) == "a"
    assert used.feed(sse(text("c"))) == used.finish() == used.feed_whole(b"{}") == b""


def test_a_last_event_without_its_blank_line_counts() -> None:
    whole = sse(text("a"), finish()).removesuffix(b"\n\n")
    used = machine()
    assert last(events_of(used.feed(whole) + used.finish()))["status"] == "completed"
    used = machine()
    assert last(events_of(used.feed(sse(text("a")) + b"data: [DONE]") + used.finish()))


def test_a_finish_reason_is_told_before_the_end() -> None:
    used = machine()
    used.feed(sse(text("a")))
    assert not used.finish_seen
    used.feed(sse(finish()))
    assert (used.finish_seen, used.ended, used.status) == (True, False, "in_progress")


def test_the_response_repeats_its_output_and_itself() -> None:
    used = machine()
    events = answer(text("a"), finish(), of=used)
    assert json.loads(used.response()) == last(events)
    assert [json.loads(item) for item in used.output()] == last(events)["output"] == items(events)


# ---------------------------------------------------------------------------- incomplete


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("length", "max_output_tokens"),
        ("max_tokens", "max_output_tokens"),
        ("model_length", "max_output_tokens"),
        ("model_context_window_exceeded", "max_output_tokens"),
        ("max_output_tokens", "max_output_tokens"),
        ("content_filter", "content_filter"),
        ("content-filter", "content_filter"),
        ("sensitive", "content_filter"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("blocklist", "content_filter"),
    ],
)
def test_an_answer_that_was_cut_short_is_incomplete(reason: str, told: str) -> None:
    used = machine()
    events = answer(text("a"), finish(reason), DONE, of=used)
    response = last(events)
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": told})
    (message,) = items(events)
    assert message["status"] == "incomplete"
    assert [json.loads(item) for item in used.output()] == [message]


def test_a_call_that_was_cut_short_is_never_done() -> None:
    used = machine()
    whole = call("{}", name="f", id="a", index=0)
    events = answer(
        text("a"),
        calls(whole),
        calls(call('{"x', name="g", id="b", index=1)),
        finish("length"),
        of=used,
    )
    assert [item["type"] for item in items(events)] == ["message"]
    assert used.call_ids == ()
    assert [item["type"] for item in last(events)["output"]] == ["message"]


def test_reasoning_that_was_cut_short_is_incomplete() -> None:
    events = answer(delta(reasoning="a"), finish("length"))
    assert [(item["type"], item["status"]) for item in items(events)] == [
        ("reasoning", "incomplete")
    ]


# ---------------------------------------------------------------------------- failed


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [text("a")],
        [text("a"), b'data: {"choices":[{"del'],
        [calls(call('{"x', name="f", id="a"))],
        [{"choices": [], "usage": USAGE}],
        [b"<html><body>Login</body></html>\n"],
    ],
)
def test_an_answer_that_just_ends_was_cut(payloads: list[object]) -> None:
    used = machine()
    events = answer(*payloads, of=used)
    assert last(events)["error"]["code"] == "upstream_cut"
    assert used.failure is not None
    assert used.failure.code == "upstream_cut"
    assert items(events) == []
    assert (used.status, used.output(), used.call_ids) == ("failed", (), ())


@pytest.mark.parametrize(
    "payload",
    [
        b"data: {\n\n",
        b"data: [1]\n\n",
        b"data: hello\n\n",
        b'data: "a"\n\n',
        b'data: {"choices":[{"delta":"a"}]}\n\n',
        b'data: {"choices":{}}\n\n',
        b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n',
        b'data: {"usage":' + b"[" * 100_000 + b"\n\n",
    ],
)
def test_what_is_no_chunk_fails_the_answer(payload: bytes) -> None:
    used = machine()
    used.start()
    events = events_of(used.feed(sse(text("a"), payload, text("b"), DONE)))
    assert said(events) == "a"
    error = last(events)["error"]
    assert error["code"] == "upstream_malformed"
    assert "\n" not in error["message"]
    assert used.finish() == b""


@pytest.mark.parametrize(
    "stream",
    [[DONE], [{}, DONE], [{"usage": USAGE}, DONE], [{"choices": [{"index": 3}]}, DONE]],
)
def test_an_end_without_any_answer_is_no_empty_answer(stream: list[object]) -> None:
    assert last(answer(*stream))["error"]["code"] == "upstream_malformed"


def test_data_of_white_space_are_no_chunk() -> None:
    assert said(answer(b"data:  \n\n", text("a"), finish())) == "a"


def test_an_event_without_end_fails_the_answer() -> None:
    used = machine()
    events = events_of(used.feed(sse(text("a")) + b"data: " + b"x" * MAX_EVENT_BYTES))
    assert said(events) == "a"
    assert last(events)["error"]["code"] == "upstream_malformed"
    assert used.feed(sse(DONE)) == used.finish() == b""


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (
            {"error": {"message": "no", "code": "context_length_exceeded"}},
            "context_length_exceeded",
        ),
        ({"error": "the server is on fire"}, "server_error"),
        ({"object": "error", "message": "Too many requests", "code": 429}, "rate_limit_exceeded"),
        (
            {"choices": [{"delta": {}, "error": {"code": 503, "message": "x"}}]},
            "server_is_overloaded",
        ),
        (finish("error"), "server_error"),
        (finish("abort"), "server_error"),
        (finish("insufficient_system_resource"), "server_error"),
        (finish("MALFORMED_FUNCTION_CALL"), "server_error"),
        (finish("network_error"), "server_error"),
        (b'event: error\ndata: {"message":"oops"}\n\n', "server_error"),
        ({"detail": "Too many requests"}, "rate_limit_exceeded"),
        ({"detail": [{"msg": "no"}], "code": 400}, "invalid_prompt"),
        (b'{"error":{"message":"bare"}}\n', "server_error"),
        (b'error: {"message":"field"}\n\n', "server_error"),
    ],
)
def test_an_error_of_the_upstream_fails_the_answer(payload: object, code: str) -> None:
    events = answer(text("a"), payload, text("b"), finish(), DONE)
    assert last(events)["error"]["code"] == code
    assert said(events) == "a"
    assert items(events) == []


def test_a_rate_limit_says_when_to_try_again() -> None:
    error = {
        "message": "Rate limit reached. Please try again in 7s.",
        "code": "rate_limit_exceeded",
    }
    told = last(answer({"error": error}))["error"]
    assert told["code"] == "rate_limit_exceeded"
    assert "try again in 7s" in told["message"]


def test_secrets_are_taken_out_of_an_error() -> None:
    used = StreamMachine(
        response_id="r",
        model="m",
        tools=ToolNames(),
        created_at=0,
        echo=ResponseEcho(),
        new_id=str,
        redact=lambda words: words.replace("sk-1", "…"),
    )
    events = events_of(used.feed(sse({"error": {"message": "bad key sk-1"}})))
    assert "bad key …" in last(events)["error"]["message"]


def test_whoever_reads_may_fail_the_answer() -> None:
    used = machine()
    used.start()
    used.feed(sse(text("a")))
    events = events_of(used.fail(upstream_timeout("sent nothing", 5)))
    assert last(events)["error"] == {
        "code": "upstream_timeout",
        "message": "The upstream sent nothing within 5 s",
    }
    assert [event["type"] for event in events] == ["response.failed"]
    assert used.fail(upstream_timeout("sent nothing", 5)) == used.finish() == b""


def test_bytes_left_over_by_a_failure_say_nothing() -> None:
    used = machine()
    used.feed(sse(text("a")) + b'data: {"choices":[{"delta":{"content":"b"}}]}')
    used.fail(upstream_timeout("sent nothing", 5))
    assert used.finish() == b""


def test_nothing_is_said_after_an_error_in_the_same_chunk() -> None:
    broken = {"index": 0, "delta": {"content": "a"}, "error": {"message": "x"}}
    events = answer({"choices": [broken, {"index": 0, "delta": {"content": "b"}}]})
    assert said(events) == "a"
    assert last(events)["status"] == "failed"


# ---------------------------------------------------------------------------- whole answers


def whole(message: object, reason: object = "stop", **fields: object) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": reason}
    body = {"id": "c", "object": "chat.completion", "choices": [choice], **fields}
    return json.dumps(body, indent=1).encode()


def run_whole(body: bytes) -> list[Json]:
    used = machine()
    return events_of(used.start() + used.feed_whole(body) + used.finish())


def test_a_whole_answer_becomes_the_same_events() -> None:
    message = {
        "role": "assistant",
        "content": "b",
        "reasoning_content": "a",
        "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": ""}}],
    }
    events = run_whole(whole(message, "tool_calls", usage=USAGE))
    streamed = answer(delta(**message), finish("tool_calls"), {"choices": [], "usage": USAGE})
    assert events == streamed
    assert (thought(events), said(events)) == ("a", "b")
    assert names(events)[-1] == "completed"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_the_reasoning_of_a_whole_answer_has_either_name(field: str) -> None:
    events = run_whole(whole({"content": "b", field: "a"}))
    assert (thought(events), said(events)) == ("a", "b")


def test_a_whole_answer_needs_no_finish_reason() -> None:
    assert last(run_whole(whole({"content": "a"}, None)))["status"] == "completed"


def test_a_whole_answer_may_be_incomplete() -> None:
    assert last(run_whole(whole({"content": "a"}, "length")))["status"] == "incomplete"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "upstream_malformed"),
        (b"<html>", "upstream_malformed"),
        (b"{}", "upstream_malformed"),
        (b'{"choices":[]}', "upstream_malformed"),
        (b'{"choices":[{"finish_reason":"stop"}]}', "upstream_malformed"),
        (b'{"error":{"message":"x","code":"insufficient_quota"}}', "insufficient_quota"),
    ],
)
def test_a_body_without_an_answer_fails(body: bytes, code: str) -> None:
    events = run_whole(body)
    assert last(events)["error"]["code"] == code
    assert names(events) == ["failed"]

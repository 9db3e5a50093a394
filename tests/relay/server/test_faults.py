"""What a client is told when the upstream fails: never `completed`, always a stable code."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio

from codex_runtime.relay import FinishedTurn, MemoryStore
from codex_runtime.relay.upstream_answer import UpstreamAnswer
from codex_runtime.testing import Gate, silence, text
from codex_runtime.testing.failures import http_error
from codex_runtime.testing.replies import cut, raw
from tests.relay.server.wire import begin, opened, post, read


def chunk(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n"


SAID = chunk({"content": "half"})

BROKEN = {
    "nothing": b"",
    "no finish and no [DONE]": SAID,
    "cut in a line": SAID + b'data: {"choices":[{"delta":{"con',
    "a line that is no JSON": SAID + b"data: {nonsense}\n\n",
    "a page": b"<html><body>Bad gateway</body></html>",
    "an error object": SAID + b'data: {"error":{"message":"it broke","code":"server_error"}}\n\n',
    "cut in a tool call": chunk(
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a'}}]}
    ),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_a_stream_that_breaks_ends_with_a_failure(body: bytes) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(raw(body) + cut(abrupt=False))
        answer = await post(relay)
    assert answer.status == 200
    assert answer.last["status"] == "failed"
    assert answer.last["error"]["code"]
    done = [e for e in answer.events if e["type"] == "response.output_item.done"]
    assert done == []


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_in_one_piece_the_same_is_an_http_error(body: bytes) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(raw(body) + cut(abrupt=False))
        answer = await post(relay, {"stream": False})
    assert answer.status >= 500
    assert answer.error["code"]
    assert answer.headers["content-type"] == "application/json"


async def test_an_error_in_the_stream_does_not_repeat_the_key() -> None:
    echoed = b'data: {"error":{"message":"the key sk-very-secret is refused"}}\n\n'
    environ = {"THE_KEY": "sk-very-secret"}
    async with opened(api_key_env="THE_KEY", environ=environ) as (relay, chat):
        chat.enqueue(raw(SAID + echoed) + cut(abrupt=False))
        answer = await post(relay)
    assert "is refused" in answer.last["error"]["message"]
    assert b"sk-very-secret" not in answer.body


async def test_a_connection_that_is_reset_is_a_failure() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(cut(text("half", deltas=2), abrupt=True))
        answer = await post(relay)
    assert answer.last["error"]["code"] == "upstream_cut"


WHOLE = {
    "no [DONE]": chunk({"content": "all"}, "stop"),
    "no finish reason": chunk({"content": "all"}) + b"data: [DONE]\n\n",
    "CRLF, comments, no space": b": hi\r\n\r\n"
    + (chunk({"content": "all"}, "stop") + b"data: [DONE]\n\n")
    .replace(b"data: ", b"data:")
    .replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
async def test_what_real_servers_leave_out_costs_nothing(body: bytes) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(raw(body) + cut(abrupt=False))
        answer = await post(relay)
    assert answer.text == "all"
    assert answer.last["status"] == "completed"


async def test_an_upstream_that_hangs_after_the_finish_costs_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("codex_runtime.relay.reading._AFTER_FINISH_S", 0.02)
    async with opened() as (relay, chat):
        chat.enqueue(raw(chunk({"content": "all"}, "stop")) + silence())
        answer = await post(relay)
    assert answer.last["status"] == "completed"


async def test_an_upstream_that_breaks_after_the_finish_costs_no_answer() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(raw(chunk({"content": "all"}, "stop")) + cut(abrupt=True))
        answer = await post(relay)
    assert answer.last["status"] == "completed"


STATUSES = [
    (
        400,
        '{"error":{"message":"bad","code":"context_length_exceeded"}}',
        "context_length_exceeded",
    ),
    (401, '{"error":{"message":"no key"}}', "invalid_prompt"),
    (402, "pay", "insufficient_quota"),
    (404, "<html>nothing</html>", "invalid_prompt"),
    (413, "<html>too large</html>", "context_length_exceeded"),
    (500, "oops", "server_error"),
    (502, "<html>bad gateway</html>", "server_error"),
    (503, "later", "server_is_overloaded"),
    (529, "later", "server_is_overloaded"),
]


@pytest.mark.parametrize(("status", "body", "code"), STATUSES)
async def test_an_upstreams_error_is_an_event_that_codex_understands(
    status: int, body: str, code: str
) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(http_error(status, body))
        answer = await post(relay)
        assert len(chat.requests) == 1
    assert answer.status == 200
    assert answer.events[0]["type"] == "response.created"
    assert answer.last["error"]["code"] == code


@pytest.mark.parametrize(("status", "body", "code"), STATUSES)
async def test_in_one_piece_an_upstreams_error_is_typed(status: int, body: str, code: str) -> None:
    async with opened() as (relay, chat):
        chat.enqueue(http_error(status, body))
        answer = await post(relay, {"stream": False})
    assert answer.status >= 400
    assert answer.error["code"] == code


async def test_a_rate_limit_before_the_stream_is_a_status_with_its_time() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(http_error(429, "slow down", headers={"Retry-After": "7"}))
        answer = await post(relay)
    assert answer.status == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.error["code"] == "rate_limit_exceeded"


async def test_a_rate_limit_after_the_grace_says_its_time_in_words() -> None:
    gate = Gate()
    async with opened(headers_grace_s=0.02) as (relay, chat):
        late = silence(gate, opened=False)
        chat.enqueue(late + http_error(429, "slow down", headers={"Retry-After": "7"}))
        async with await begin(relay) as stream:
            await chat.wait_for_requests(1)
            await stream.socket.recv(1, trio.socket.MSG_PEEK)
            gate.release()
            answer = await read(stream)
    assert answer.status == 200
    assert answer.last["error"]["code"] == "rate_limit_exceeded"
    assert "ry again in 7s" in answer.last["error"]["message"]


async def test_an_upstream_that_is_not_there_is_told_at_once() -> None:
    async with opened(upstream="http://127.0.0.1:1/v1") as (relay, _):
        assert (await post(relay)).last["error"]["code"] == "upstream_unreachable"
        answer = await post(relay, {"stream": False})
    assert answer.status == 502
    assert answer.error["code"] == "upstream_unreachable"


@pytest.mark.parametrize("opened_first", [False, True])
@pytest.mark.parametrize("bound", ["first_byte_timeout_s", "total_timeout_s"])
async def test_a_silent_upstream_ends_in_time(opened_first: bool, bound: str) -> None:
    bounds: dict[str, Any] = {bound: 0.05}
    async with opened(**bounds) as (relay, chat):
        chat.enqueue(silence(opened=opened_first))
        answer = await post(relay)
        await chat.wait_disconnected(0)
    assert answer.last["error"]["code"] == "upstream_timeout"


async def test_an_upstream_that_falls_silent_ends_in_time() -> None:
    async with opened(idle_timeout_s=0.05) as (relay, chat):
        chat.enqueue(text("half", finished=False) + silence())
        answer = await post(relay)
    assert answer.text == "half"
    assert answer.last["error"]["code"] == "upstream_timeout"


async def test_a_bug_is_a_typed_failure_and_the_relay_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened() as (relay, _):
        with monkeypatch.context() as patch:
            patch.setattr("codex_runtime.relay.exchange.translate", lambda *_: 1 / 0)
            answer = await post(relay)
        assert answer.status == 500
        assert answer.error["code"] == "server_error"
        with monkeypatch.context() as patch:
            patch.setattr(
                "codex_runtime.relay.request.translation.ChatCall.encode", lambda _: 1 / 0
            )
            answer = await post(relay)
        assert answer.last["error"]["code"] == "server_error"
        with monkeypatch.context() as patch:
            patch.setattr("codex_runtime.relay.app.read_request", lambda _: 1 / 0)
            answer = await post(relay)
        assert answer.error["code"] == "server_error"
        assert (await post(relay)).last["status"] == "completed"
    assert caplog.text.count("ZeroDivisionError") == 3


class StoreThatHangs(MemoryStore):
    """Its disk does not answer until nobody waits for it any more."""

    @property
    def blocks(self) -> bool:
        return True

    def keep(self, turn: FinishedTurn) -> None:
        trio.from_thread.run(trio.sleep_forever)
        raise AssertionError(turn)


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_whose_time_ends_while_it_is_kept_is_still_whole(stream: bool) -> None:
    async with opened(store=StoreThatHangs(), total_timeout_s=0.3) as (relay, chat):
        chat.enqueue(text("all of it"))
        answer = await post(relay, {"stream": stream})
        ended = answer.last if stream else answer.json
        assert ended["status"] == "completed"
        assert relay.statistics().completed == 1


async def test_many_small_chunks_at_once_do_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns_of_others = 0
    reads: list[int] = []

    async def take_turns() -> None:
        nonlocal turns_of_others
        while True:
            await trio.lowlevel.checkpoint()
            turns_of_others += 1

    async def read_at_once(_: UpstreamAnswer) -> bytes:
        reads.append(turns_of_others)
        if len(reads) < 500:
            return chunk({"content": "a"})
        return b"data: [DONE]\n\n" if len(reads) == 500 else b""

    monkeypatch.setattr(UpstreamAnswer, "read", read_at_once)
    async with opened() as (relay, _), trio.open_nursery() as nursery:
        nursery.start_soon(take_turns)
        assert (await post(relay)).text == "a" * 499
        nursery.cancel_scope.cancel()
    assert reads[499] - reads[0] > 10


class StoreThatFails(MemoryStore):
    """One of somebody's own, with errors of its own."""

    def thread_of(self, response_id: str) -> str | None:
        raise ConnectionError(response_id)


async def test_a_store_of_ones_own_that_fails_does_not_fail_the_request() -> None:
    async with opened(store=StoreThatFails()) as (relay, chat):
        chat.enqueue(text("answered"))
        answer = await post(relay, {"previous_response_id": "resp_1"})
    assert answer.text == "answered"


async def test_a_strict_relay_does_not_call_unknown_what_it_cannot_look_up() -> None:
    async with opened(store=StoreThatFails(), strict_ids=True) as (relay, chat):
        answer = await post(relay, {"previous_response_id": "resp_1"})
        assert chat.requests == []
    assert answer.status == 500
    assert answer.error["code"] == "server_error"

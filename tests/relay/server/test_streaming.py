"""What a client of the relay is streamed or answered, and what the upstream is asked for it."""

from __future__ import annotations

import itertools
import socket
from pathlib import Path

import pytest
import trio

from codex_runtime.relay import MemoryStore, SqliteStore
from codex_runtime.testing import Gate, reasoning, silence, text, tool_call
from codex_runtime.testing.replies import cut, finish, raw
from tests.relay.server.wire import begin, connect, opened, post, read, request_bytes


async def test_text_is_streamed_as_events_with_rising_numbers() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("one two three", deltas=3))
        answer = await post(relay)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.text == "one two three"
    assert [event["sequence_number"] for event in answer.events] == list(range(len(answer.events)))
    assert answer.events[0]["type"] == "response.created"
    assert answer.last["status"] == "completed"
    assert answer.headers["x-request-id"] == answer.last["id"]


async def test_who_does_not_stream_gets_the_response_in_one_piece() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("whole"))
        answer = await post(relay, {"stream": False})
        assert chat.requests[0].body["stream"] is True
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["output"][0]["content"][0]["text"] == "whole"
    assert answer.json["id"] == answer.headers["x-request-id"]


async def test_a_long_answer_in_one_piece_does_not_wait_for_a_sender() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("x" * 3_000_000, delta_chars=10_000))
        answer = await post(relay, {"stream": False})
    assert len(answer.json["output"][0]["content"][0]["text"]) == 3_000_000


async def test_an_upstream_that_answers_in_one_piece_is_streamed_all_the_same() -> None:
    async with opened(filters=("whole_answers",)) as (relay, chat):
        chat.enqueue(text("whole"))
        answer = await post(relay)
        assert "stream" not in chat.requests[0].body or not chat.requests[0].body["stream"]
    assert answer.text == "whole"
    assert answer.last["status"] == "completed"


async def test_output_that_comes_slowly_is_sent_as_it_comes() -> None:
    gate = Gate()
    async with opened() as (relay, chat):
        chat.enqueue(text("first", finished=False) + silence(gate) + text("second"))
        async with await begin(relay) as stream:
            seen = b""
            while b'"delta":"first"' not in seen:
                seen += await stream.receive_some()
            assert b"second" not in seen
            gate.release()
            while b"response.completed" not in seen:
                seen += await stream.receive_some()


async def test_a_silent_upstream_is_bridged_by_events() -> None:
    gate = Gate()
    async with opened(keep_alive_s=0.02) as (relay, chat):
        chat.enqueue(silence(gate) + text("late"))
        async with await begin(relay) as stream:
            seen = b""
            while seen.count(b"event: response.in_progress") < 4:
                seen += await stream.receive_some()
            gate.release()
            while b"response.completed" not in seen:
                seen += await stream.receive_some()
    numbers = [int(part.split(b"}")[0]) for part in seen.split(b'"sequence_number":')[1:]]
    assert numbers == list(range(len(numbers)))


async def test_a_stream_begins_without_the_upstreams_status_after_the_grace() -> None:
    gate = Gate()
    async with opened(headers_grace_s=0.02) as (relay, chat):
        chat.enqueue(silence(gate, opened=False) + text("late"))
        async with await begin(relay) as stream:
            seen = b""
            while b"response.created" not in seen:
                seen += await stream.receive_some()
            gate.release()
            while b"response.completed" not in seen:
                seen += await stream.receive_some()
    assert seen.count(b"event: response.created") == 1


async def test_requests_follow_each_other_on_one_connection() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("one"), text("two"))
        async with await connect(relay) as stream:
            await stream.send_all(request_bytes())
            assert (await read(stream)).text == "one"
            await stream.send_all(request_bytes())
            assert (await read(stream)).text == "two"


async def test_small_writes_are_not_delayed_by_the_system() -> None:
    async with opened() as (relay, chat):
        accepted: list[int] = []
        accept = trio.SocketListener.accept

        async def noting(self: trio.SocketListener) -> trio.SocketStream:
            stream = await accept(self)
            accepted.append(stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            return stream

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trio.SocketListener, "accept", noting)
            # The accept under way is not patched yet: the second connection is.
            await post(relay)
            await post(relay)
            await post(relay)
        assert chat.requests
    assert accepted
    assert all(accepted)


async def test_a_response_is_continued_by_its_id() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("Ada"), text("again Ada"))
        first = await post(relay, {"input": "who?"})
        await post(relay, {"input": "again", "previous_response_id": first.last["id"]})
        messages = chat.requests[1].body["messages"]
    assert [message["content"] for message in messages] == ["who?", "Ada", "again"]


async def test_a_response_that_must_not_be_stored_is_not() -> None:
    async with opened(strict_ids=True) as (relay, chat):
        chat.enqueue(text("Ada"))
        first = await post(relay, {"store": False})
        answer = await post(relay, {"previous_response_id": first.last["id"]})
        assert len(chat.requests) == 1
    assert answer.status == 400
    assert answer.error["code"] == "previous_response_not_found"


async def test_an_unknown_previous_response_has_no_history_unless_the_relay_is_strict() -> None:
    async with opened() as (relay, chat):
        await post(relay, {"input": "again", "previous_response_id": "resp_unknown"})
        assert [m["content"] for m in chat.requests[0].body["messages"]] == ["again"]


async def test_a_broken_stream_leaves_nothing_in_the_store() -> None:
    async with opened(strict_ids=True) as (relay, chat):
        chat.enqueue(cut(text("half")))
        broken = await post(relay)
        assert broken.last["status"] == "failed"
        answer = await post(relay, {"previous_response_id": broken.last["id"]})
    assert answer.error["code"] == "previous_response_not_found"


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("headers", [{"thread-id": "t1"}, {}])
async def test_reasoning_comes_back_to_the_model_with_its_turn(
    tmp_path: Path, blocks: bool, headers: dict[str, str]
) -> None:
    store = SqliteStore(tmp_path / "store") if blocks else MemoryStore()
    async with opened(store=store) as (relay, chat):
        chat.enqueue(reasoning("because") + tool_call("look", {}, call_id="c1"), text("done"))
        tools = [{"type": "function", "name": "look", "parameters": {"type": "object"}}]
        first = await post(relay, {"input": "go", "tools": tools, "store": False}, headers=headers)
        (call,) = [item for item in first.last["output"] if item["type"] == "function_call"]
        turn = [
            {"role": "user", "content": "go"},
            call,
            {"type": "function_call_output", "call_id": "c1", "output": "seen"},
        ]
        await post(relay, {"input": turn, "tools": tools, "store": False}, headers=headers)
        messages = chat.requests[1].body["messages"]
    store.close()
    assert messages[1]["reasoning_content"] == "because"


async def test_a_store_that_fails_does_not_cost_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = MemoryStore()
    async with opened(store=store) as (relay, chat):
        chat.enqueue(text("fine"))
        store.close()
        store.new_id = itertools.repeat("resp_1").__next__  # type: ignore[method-assign]
        answer = await post(relay)
    assert answer.last["status"] == "completed"
    assert "the store failed" in caplog.text


async def test_an_answer_that_was_cut_short_is_incomplete() -> None:
    async with opened() as (relay, chat):
        chat.enqueue(text("half") + finish("length"))
        answer = await post(relay)
    assert answer.last["status"] == "incomplete"


async def test_an_event_stream_under_another_media_type_is_read_as_one() -> None:
    async with opened() as (relay, chat):
        body = b'data: {"choices":[{"delta":{"content":"hey"},"finish_reason":"stop"}]}\n\n'
        chat.enqueue(raw(body + b"data: [DONE]\n\n") + cut(abrupt=False))
        answer = await post(relay)
    assert answer.text == "hey"
    assert answer.last["status"] == "completed"

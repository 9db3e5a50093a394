"""Spoiled answers of an upstream, through a real relay: nothing broken is ever called complete."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.relay.fuzz_harness import (
    DONE,
    GOOD_REQUEST,
    SILENCE,
    Answer,
    chunk,
    open_bench,
    stream_answer,
)
from tests.relay.fuzz_values import any_json, encoded, spoiled_bytes, spoiled_json

if TYPE_CHECKING:
    from collections.abc import Sequence

# To shrink what fails would take minutes.
_SLOW = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
_WHOLE_REQUEST = b'{"model":"m","input":"hello"}'


def _call(arguments: str, **more: object) -> dict[str, object]:
    call = {"index": 0, "type": "function", "function": {"arguments": arguments}}
    return {"tool_calls": [call | more]}


CHUNKS = [
    chunk({"role": "assistant", "content": None, "reasoning_content": "let me "}),
    chunk({"reasoning_content": "see"}),
    chunk({"content": "It is "}),
    chunk({"content": "in the \u20ac file."}),
    chunk(
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "shell", "arguments": ""},
                }
            ]
        }
    ),
    chunk(_call('{"command":')),
    chunk(_call('["ls"]}')),
]
ENDING = [
    chunk({}, "tool_calls"),
    chunk({}, None, usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}),
    DONE,
]
STREAM = b"".join(CHUNKS + ENDING)
_NO_END = ("failed", "HTTP 502", "HTTP 503", "HTTP 504")


async def answers_to(
    *upstream: Sequence[bytes], request: bytes = GOOD_REQUEST, **config: object
) -> list[Answer]:
    """What a client gets for each of these answers of the upstream."""
    answers: list[Answer] = []
    async with open_bench(**config) as bench:
        for parts in upstream:
            bench.answers = [parts]
            answer = await bench.ask(request)
            answer.check()
            answers.append(answer)
    return answers


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def says_it_is_done(data: bytes) -> bool:
    return b"[DONE]" in data or re.search(rb'finish_reason"\s*:(?!\s*null)', data) is not None


async def test_the_stream_that_is_spoiled_below_is_a_good_one() -> None:
    (answer,) = await answers_to([stream_answer(STREAM)])
    assert answer.outcome == "completed"


@_SLOW
@given(ends=st.lists(st.integers(0, len(b"".join(CHUNKS))), min_size=8, max_size=8))
async def test_a_stream_that_ends_before_its_finish_is_never_complete(ends: list[int]) -> None:
    for answer in await answers_to(*([stream_answer(STREAM[:end])] for end in ends)):
        assert answer.outcome in _NO_END


@_SLOW
@given(
    at=st.integers(0, len(CHUNKS)),
    junk=st.sampled_from(
        [
            b"data: {\n\n",
            b'data: {"choices":\xff}\n\n',
            b"data: <html>gateway</html>\n\n",
            b'data: {"error":{"message":"out of order","code":"x"}}\n\n',
            b'data: {"error":"out of order"}\n\n',
            b'event: error\ndata: {"type":"error","error":{"message":"out of order"}}\n\n',
        ]
    ),
)
async def test_a_stream_with_junk_or_an_error_in_it_is_never_complete(at: int, junk: bytes) -> None:
    spoiled = b"".join([*CHUNKS[:at], junk, *CHUNKS[at:], *ENDING])
    (answer,) = await answers_to([stream_answer(spoiled)])
    assert answer.outcome in _NO_END or answer.status in {400, 500}


@settings(_SLOW, max_examples=8)
@given(
    ends=st.lists(st.integers(0, len(stream_answer(b"".join(CHUNKS)))), min_size=4, max_size=4),
    streamed=st.booleans(),
)
async def test_an_upstream_that_falls_silent_is_given_up_and_hung_up_on(
    ends: list[int], *, streamed: bool
) -> None:
    answer = stream_answer(STREAM)
    answers = await answers_to(
        *([answer[:end], SILENCE] for end in ends),
        request=GOOD_REQUEST if streamed else _WHOLE_REQUEST,
        first_byte_timeout_s=0.2,
        idle_timeout_s=0.1,
        keep_alive_s=0.05,
    )
    assert {answer.outcome for answer in answers} <= {"failed", "HTTP 504"}


@_SLOW
@given(leaves=st.lists(st.integers(0, 6_000), min_size=4, max_size=4), silent=st.booleans())
async def test_a_client_that_leaves_takes_its_upstream_request_along(
    leaves: list[int], *, silent: bool
) -> None:
    async with open_bench(first_byte_timeout_s=60.0, idle_timeout_s=60.0) as bench:
        for after_bytes in leaves:
            tail = [SILENCE] if silent else [b"".join(ENDING)]
            bench.answers = [[stream_answer(b"".join(CHUNKS)), *tail]]
            await bench.leave(GOOD_REQUEST, 1_000 if silent else after_bytes)


@_SLOW
@given(st.data())
async def test_spoiled_bytes_of_a_stream_end_the_answer_in_one_way(data: st.DataObject) -> None:
    bodies = data.draw(st.lists(spoiled_bytes(STREAM), min_size=8, max_size=8))
    places = data.draw(st.lists(st.integers(0, 10_000), max_size=6))
    given_parts = [cut(stream_answer(body), places) for body in bodies]
    for body, answer in zip(bodies, await answers_to(*given_parts), strict=True):
        if not says_it_is_done(body):
            assert answer.outcome in _NO_END or answer.status == 400, (body, answer)


@_SLOW
@given(st.data())
async def test_chunks_with_wrong_parts_end_the_answer_in_one_way(data: st.DataObject) -> None:
    filters = data.draw(st.sampled_from([(), ("think_tags",), ("reasoning_details",)]))
    streams: list[list[bytes]] = []
    for _ in range(8):
        parts = [json.loads(part[6:]) for part in CHUNKS + ENDING[:2]]
        spoiled = data.draw(spoiled_json(parts))
        parts = spoiled if isinstance(spoiled, list) else [spoiled]
        body = b"".join(b"data: " + encoded(part) + b"\n\n" for part in parts)
        streams.append([stream_answer(body + data.draw(st.sampled_from([b"", DONE])))])
    for parts, answer in zip(streams, await answers_to(*streams, filters=filters), strict=True):
        if not says_it_is_done(parts[0]):
            assert answer.outcome in _NO_END or answer.status == 400, (parts, answer)


WHOLE = {
    "id": "c1",
    "object": "chat.completion",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "hello",
                "reasoning_content": "hm",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


@_SLOW
@given(
    bodies=st.lists(
        spoiled_json(WHOLE).map(encoded) | spoiled_bytes(encoded(WHOLE)) | any_json.map(encoded),
        min_size=8,
        max_size=8,
    ),
    streamed=st.booleans(),
    whole_answers=st.booleans(),
)
async def test_a_spoiled_whole_answer_ends_in_one_way(
    bodies: list[bytes], *, streamed: bool, whole_answers: bool
) -> None:
    answers = await answers_to(
        *([stream_answer(body, content_type="application/json")] for body in bodies),
        request=GOOD_REQUEST if streamed else _WHOLE_REQUEST,
        filters=("whole_answers",) if whole_answers else (),
    )
    for body, answer in zip(bodies, answers, strict=True):
        if b'"choices"' not in body:
            assert answer.outcome in _NO_END or answer.status == 400, (body, answer)


@_SLOW
@given(
    heads=st.lists(
        spoiled_bytes(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 5000\r\n"
            b"content-encoding: identity\r\nconnection: close\r\n\r\n"
        ),
        min_size=8,
        max_size=8,
    )
)
async def test_a_spoiled_head_with_an_unfinished_stream_is_never_complete(
    heads: list[bytes],
) -> None:
    for answer in await answers_to(*([head + b"".join(CHUNKS)] for head in heads)):
        assert answer.outcome not in {"completed", "incomplete"}


@_SLOW
@given(
    status=st.integers(100, 999),
    body=st.sampled_from(
        [b"", b"busy", b"<html>no</html>", b'{"error":{"message":"no"}}', b'{"error":7}', b"\xff"]
    ),
    length=st.sampled_from([None, 0, 1, 10_000]),
)
async def test_any_status_becomes_an_error_that_says_so(
    status: int, body: bytes, length: int | None
) -> None:
    head = b"HTTP/1.1 %d Odd\r\nconnection: close\r\n" % status
    if length is not None:
        head += b"content-length: %d\r\n" % length
    (answer,) = await answers_to([head + b"\r\n" + body])
    assert answer.outcome not in {"completed", "incomplete"}


@pytest.mark.parametrize("request_body", [GOOD_REQUEST, _WHOLE_REQUEST])
@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"\r\n" * 1000],
        [b"SSH-2.0-OpenSSH\r\n"],
        [b"HTTP/1.1 200 OK\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n"],
        [stream_answer(b"data: " + b"x" * 30_000_000)],
        [stream_answer(b"\n" * 5_000_000)],
        [stream_answer(b": nothing\n\n" * 200_000)],
        [stream_answer(b"data: " + b"[" * 200_000 + b"\n\n")],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip"],
    ],
    ids=range(12),
)  # fmt: skip
async def test_an_answer_that_is_made_to_break_clients_fails_soon(
    parts: list[bytes], request_body: bytes
) -> None:
    (answer,) = await answers_to(parts, request=request_body)
    assert answer.outcome in _NO_END

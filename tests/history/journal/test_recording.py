"""What is recorded of what goes over a connection, and what is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.history.journal.entries import Record, entry_line, read_entry
from codex_runtime.history.journal.recording import MAX_AWAITED, Recording
from codex_runtime.wire.events import FrameTooLong
from codex_runtime.wire.messages import Envelope, decode_block

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


ID = "019a9f00-0000-7000-8000-000000000000"


def line(**message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


def told(records: list[Record]) -> list[tuple[str, Any]]:
    return [(record.kind, json.loads(record.message)) for record in records]


def test_each_kind_of_message_is_recorded_as_it_came() -> None:
    recording = Recording(3)
    recording.sent(line(id=1, method="thread/read", params={"threadId": "T"}), 5)
    lines = [
        b'{"method":"turn/started","params":{"threadId":"T"},"emittedAtMs":7}',
        b'{"id":0,"method":"item/tool/call","params":{"threadId":"T"}}',
        b'{"id":1,"result":{"thread":{"id":"T"}}}',
    ]
    records = recording.received(b"\n".join(lines) + b"\n", 9)
    assert [record.message for record in records] == lines
    assert [record.kind for record in records] == ["notification", "request", "result"]
    assert {(record.at_ms, record.generation, record.about) for record in records} == {(9, 3, "T")}
    assert records[2].method == "thread/read"


def test_of_what_we_send_the_id_the_method_and_the_thread_are_recorded() -> None:
    secret = {"threadId": "T", "input": [{"text": "secret"}], "config": {"key": "secret"}}
    records = Recording(1).sent(
        line(id=1, method="turn/start", params=secret)
        + line(id=0, result={"decision": "secret"})
        + line(method="initialized"),
        0,
    )
    assert told(records) == [
        ("sent", {"id": 1, "method": "turn/start", "threadId": "T"}),
        ("sent", {"id": 0}),
        ("sent", {"method": "initialized"}),
    ]
    assert [record.about for record in records] == ["T", None, None]


@pytest.mark.parametrize("method", ["initialize", "thread/start", "turn/start"])
def test_answers_of_threads_turns_and_the_handshake_are_recorded_whole(method: str) -> None:
    recording = Recording(1)
    recording.sent(line(id=1, method=method) + line(id=2, method=method), 0)
    result = {"id": 1, "result": {"thread": {"id": "T"}, "more": 1}}
    error = {"id": 2, "error": {"code": -32600, "message": "no", "data": {"why": 1}}}
    records = recording.received(line(**result) + line(**error), 0)
    assert told(records) == [("result", result), ("error", error)]
    assert [(record.method, record.about) for record in records] == [(method, "T"), (method, None)]


@pytest.mark.parametrize(
    ("message", "recorded"),
    [
        (
            'Invalid request: invalid type: string "T=sk-\\"1\\", expected x", expected a map',
            "Invalid request: invalid type: …, expected a map",
        ),
        (
            "unknown variant `sk-`1`, expected one of `a`, `b`",
            "unknown variant …, expected one of `a`, `b`",
        ),
        (
            "unknown variant `turn/start`, expected `a`",
            "unknown variant `turn/start`, expected `a`",
        ),
        ("invalid value: sk-1", "invalid value: …"),
        ('bad "T=sk-1', 'bad "…"'),
        ("cannot use `sk-1` here\n1 | key = sk-1", "cannot use `…` here"),
        ("cannot use `sk-1", "cannot use `…`"),
        ("Invalid request: missing field `threadId`", "Invalid request: missing field `threadId`"),
        (f"expected active turn id `{ID}` but found `{ID}`",) * 2,
        (f"session {ID} is archived. Run `codex unarchive {ID}` to",) * 2,
        (f"thread not found: {ID}",) * 2,
    ],
)
def test_of_an_error_the_servers_words_are_recorded_and_no_value_that_we_sent(
    message: str, recorded: str
) -> None:
    recording = Recording(1)
    recording.sent(line(id=2, method="turn/start"), 0)
    data = {"input_error_code": "input_too_large", "max_chars": 5, "of": ["T=sk-1", None]}
    error = {"code": -32600, "message": message, "data": data}
    blanked = {"code": -32600, "message": recorded, "data": {**data, "of": ["…", None]}}
    assert told(recording.received(line(id=2, error=error), 0)) == [
        ("error", {"id": 2, "error": blanked})
    ]


@pytest.mark.parametrize("error", [5, {"code": 7, "message": ["sk-1"]}, {"code": "sk-1"}])
def test_of_an_error_of_no_known_shape_no_more_than_its_code_is_recorded(error: object) -> None:
    recording = Recording(1)
    recording.sent(line(id=2, method="turn/start"), 0)
    ((kind, message),) = told(recording.received(line(id=2, error=error), 0))
    code = 7 if error == {"code": 7, "message": ["sk-1"]} else None
    assert (kind, message) == ("error", {"id": 2, "error": {"code": code}})


@pytest.mark.parametrize("method", ["account/read", "mcpServer/oauth/login", "config/read"])
def test_of_other_answers_only_what_cannot_be_secret_is_recorded(method: str) -> None:
    recording = Recording(1)
    recording.sent(line(id=1, method=method) + line(id=2, method=method), 0)
    records = recording.received(
        line(id=1, result={"token": "secret"})
        + line(id=2, error={"code": 7, "message": "secret", "data": "secret"}),
        0,
    )
    assert told(records) == [("result", {"id": 1}), ("error", {"id": 2, "error": {"code": 7}})]


@pytest.mark.parametrize("depth", [100, 700, 950])
def test_an_error_however_deep_is_recorded_with_its_code(depth: int) -> None:
    recording = Recording(1)
    recording.sent(line(id=2, method="turn/start"), 0)
    data = b"[" * depth + b"]" * depth
    answer = b'{"id":2,"error":{"code":7,"message":"no","data":%b}}\n' % data
    (record,) = recording.received(answer, 0)
    assert record.kind == "error"
    assert b'"code":7' in record.message


def test_an_answer_that_nobody_asked_for_is_recorded_by_its_id() -> None:
    recording = Recording(1)
    answers = line(id=9, result={"token": 1}) + line(id="9", error={"code": "odd"}) + line(id=9)
    assert told(recording.received(answers, 0)) == [
        ("result", {"id": 9}),
        ("error", {"id": "9", "error": {"code": None}}),
        ("result", {"id": 9}),
    ]


def test_an_answer_counts_once() -> None:
    recording = Recording(1)
    recording.sent(line(id=1, method="thread/read"), 0)
    awaits = [recording.awaits]
    answer = line(id=1, result={"thread": {}})
    assert told(recording.received(answer, 0))[0][1]["result"] == {"thread": {}}
    awaits.append(recording.awaits)
    assert awaits == [True, False]
    assert told(recording.received(answer, 0)) == [("result", {"id": 1})]


def test_so_many_requests_are_remembered_and_no_more() -> None:
    recording = Recording(1)
    for number in range(MAX_AWAITED + 1):
        recording.sent(line(id=number, method="thread/read"), 0)
    oldest, newest = line(id=0, result={}), line(id=MAX_AWAITED, result={})
    assert [record.method for record in recording.received(oldest + newest, 0)] == [
        None,
        "thread/read",
    ]


def test_a_line_that_is_no_message_is_recorded_as_text() -> None:
    lines = b'panic!\n{"a":1}\n\xff"\n[1]\n{"method":1}\n'
    assert told(Recording(1).received(lines, 0)) == [
        ("garbage", "panic!"),
        ("garbage", '{"a":1}'),
        ("garbage", '\ufffd"'),
        ("garbage", "[1]"),
        ("garbage", '{"method":1}'),
    ]


def test_of_a_long_line_that_is_no_message_the_beginning_is_recorded() -> None:
    records = Recording(1).received(b"x" * 10_000 + b"\n", 0)
    assert told(records) == [("garbage", "x" * 4096)]


def test_a_line_over_the_limit_is_recorded_by_its_beginning() -> None:
    record = Recording(1).too_long(FrameTooLong(10, 5, b"begin"), 0)
    assert told([record]) == [("garbage", "begin")]


def test_messages_around_a_bad_line_are_recorded() -> None:
    good = b'{"method":"a"}'
    records = Recording(1).received(good + b"\nbad\xff\n\n" + good + b"\n", 0)
    assert [record.kind for record in records] == ["notification", "garbage", "notification"]


def test_two_messages_on_one_line_are_two_records() -> None:
    records = Recording(1).received(b'{"method":"a"} {"method":"b","params":[1]}\n', 0)
    methods = [json.loads(record.message)["method"] for record in records]
    assert (methods, {record.kind for record in records}) == (["a", "b"], {"notification"})


def test_a_last_line_without_its_end_is_recorded_too() -> None:
    records = Recording(1).received(b'{"method":"a"}', 0)
    assert [record.kind for record in records] == ["notification"]


@given(st.lists(st.binary() | JSON.map(lambda value: json.dumps(value).encode())))
def test_whatever_comes_becomes_entries_that_can_be_read_one_for_each_message(
    lines: list[bytes],
) -> None:
    block = b"\n".join(lines) + b"\n"
    records = Recording(1).received(block, 7)
    entries = [read_entry(entry_line(seq, record)) for seq, record in enumerate(records, 1)]
    assert None not in entries
    assert [entry.seq for entry in entries if entry] == list(range(1, len(entries) + 1))
    messages = [message for one in block.split(b"\n") for message in decode_block(one)]
    kinds = ["garbage" not in record.kind for record in records]
    assert kinds == [
        isinstance(message, Envelope) and (message.method is not None or message.id is not None)
        for message in messages
    ]


@given(method=st.text(min_size=1), params=JSON, thread_id=st.text() | st.none())
def test_what_was_said_is_what_is_read(method: str, params: object, thread_id: str | None) -> None:
    said = line(method=method, params=params, threadId=thread_id)
    (record,) = Recording(2).received(said, 11)
    entry = read_entry(entry_line(5, record))
    assert entry is not None
    assert (entry.seq, entry.at_ms, entry.generation, entry.kind) == (5, 11, 2, "notification")
    assert entry.message == said.rstrip(b"\n")
    assert entry.method == method
    assert entry.thread_id == record.about


def test_begin_and_end_say_which_runtime_and_how() -> None:
    recording = Recording(4)
    records = [recording.begun(1, "R", "T"), recording.ended(2, "crash", -9)]
    assert told(records) == [
        ("generation", {"runtime": "R", "thread_id": "T"}),
        ("end", {"how": "crash", "returncode": -9}),
    ]

"""Envelopes: what is a message, what is garbage, and what we write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import LocalProtocolError
from codex_runtime.wire.events import GarbageFrame
from codex_runtime.wire.messages import (
    Envelope,
    decode_block,
    encode_error,
    encode_notification,
    encode_request,
    encode_result,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = b'{"method":"good","params":{"n":1}}'

GARBAGE = {
    b"hello": "not JSON",
    b"\x1b[31mred\x1b[0m": "not JSON",
    b'{"method":"cut","params":{': "not JSON",
    b'{"method":"lone","params":"\\ud800"}': "not JSON",
    b"\xa4\xa4\xa4\xe5": "not UTF-8 at byte 0",
    b'{"method":"\xff"}': "not UTF-8 at byte 11",
    b'{"method":"m","params":"\xff"}': "not UTF-8 at byte 24",
    b'{"method":"m","other":"\xff"}': "not UTF-8 at byte 23",
    b"[1,2]": "not a message: Expected `object`",
    b"null": "not a message: Expected `object`",
    b'"text"': "not a message: Expected `object`",
    b'{"method":7}': "not a message: Expected `str | null`",
    b'{"id":true,"result":1}': "not a message: Expected `int | str | null`",
    b'{"id":1.5,"result":1}': "not a message: Expected `int | str | null`",
    b'{"id":[],"result":1}': "not a message: Expected `int | str | null`",
    b"{}": "neither a method nor an id",
    b'{"id":null,"error":{"code":1,"message":"m"}}': "neither a method nor an id",
    b'{"method":null,"params":{}}': "neither a method nor an id",
    b'{"method":"deep","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}": "nested too deeply",
}


@pytest.mark.parametrize(("line", "problem"), GARBAGE.items(), ids=lambda value: str(value)[:30])
def test_a_garbage_line_is_reported_and_its_neighbours_survive(line: bytes, problem: str) -> None:
    before, garbage, after = decode_block(b"\n".join((GOOD, line, GOOD)) + b"\n")

    assert isinstance(garbage, GarbageFrame)
    assert problem in garbage.problem
    assert garbage.size_bytes == len(line)
    assert garbage.frame == line[:4096]
    assert isinstance(before, Envelope)
    assert isinstance(after, Envelope)
    assert before.method == after.method == "good"


def test_garbage_that_closes_round_good_lines_does_not_swallow_them() -> None:
    block = b'{"log":\n' + GOOD + b"\n}\n"
    first, good, last = decode_block(block)
    assert isinstance(first, GarbageFrame)
    assert isinstance(good, Envelope)
    assert isinstance(last, GarbageFrame)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"])
@pytest.mark.parametrize("neighbour", [GOOD, b"garbage"])
def test_crlf_and_blank_lines_are_harmless(newline: bytes, neighbour: bytes) -> None:
    block = newline.join((GOOD, neighbour, GOOD, b""))
    first, _, last = decode_block(block)
    assert isinstance(first, Envelope)
    assert isinstance(last, Envelope)


def test_members_are_kept_raw_and_unknown_ones_ignored() -> None:
    (envelope,) = decode_block(
        b'{"jsonrpc":"2.0","method":"m","params":{ "a" : [1] },"trace":{},"emittedAtMs":17}\n'
    )
    assert isinstance(envelope, Envelope)
    assert envelope.method == "m"
    assert bytes(envelope.params) == b'{ "a" : [1] }'
    assert envelope.emitted_at_ms == 17
    assert envelope.id is None
    assert envelope.result is msgspec.UNSET
    assert envelope.error is msgspec.UNSET


def test_absent_params_read_as_null() -> None:
    (envelope,) = decode_block(b'{"method":"m"}\n')
    assert isinstance(envelope, Envelope)
    assert bytes(envelope.params) == b"null"


@pytest.mark.parametrize("request_id", [0, -1, 2**63, "1", "", "ü"])
def test_an_id_is_an_integer_or_a_string(request_id: int | str) -> None:
    line = encode_result(request_id, None)
    (envelope,) = decode_block(line)
    assert isinstance(envelope, Envelope)
    assert envelope.id == request_id
    assert type(envelope.id) is type(request_id)


@given(st.lists(st.binary(max_size=30) | st.sampled_from([GOOD, *GARBAGE]), max_size=8))
def test_no_bytes_make_decoding_raise(some_lines: list[bytes]) -> None:
    block = b"\n".join(some_lines) + b"\n"
    good = [m for m in decode_block(block) if isinstance(m, Envelope) and m.method == "good"]
    assert len(good) == block.split(b"\n").count(GOOD)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.integers() | st.text(), st.text(), json_values)
def test_what_is_written_is_one_line_that_reads_back(
    request_id: int | str, method: str, value: object
) -> None:
    for line in (
        encode_request(request_id, method, value),
        encode_notification(method, value),
        encode_result(request_id, value),
        encode_error(request_id, -32603, method, value),
    ):
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        (message,) = decode_block(line)
        assert isinstance(message, Envelope)

    sent = json.loads(encode_request(request_id, method, value))
    expected = {"id": request_id, "method": method, "params": value}
    assert sent == {name: v for name, v in expected.items() if name != "params" or v is not None}


def test_params_that_are_unset_or_none_are_left_out() -> None:
    assert encode_request(1, "m") == encode_request(1, "m", None) == b'{"id":1,"method":"m"}\n'
    assert encode_notification("m") == encode_notification("m", None) == b'{"method":"m"}\n'


def test_a_result_of_none_is_written_and_error_data_of_none_is_not() -> None:
    assert encode_result("a", None) == b'{"id":"a","result":null}\n'
    assert encode_error(0, 0, "no") == b'{"id":0,"error":{"code":0,"message":"no"}}\n'


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff"])
def test_a_lone_surrogate_is_refused_before_anything_is_written(text: str) -> None:
    attempts: list[Callable[[], bytes]] = [
        lambda: encode_request(1, "turn/start", {"text": text}),
        lambda: encode_notification("m", [text]),
        lambda: encode_result(1, {text: 1}),
        lambda: encode_error(1, -1, text),
        lambda: encode_request(1, text),
    ]
    for encode in attempts:
        with pytest.raises(LocalProtocolError, match="lone surrogate"):
            encode()


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, {"x": {1j}}])
def test_a_value_without_a_json_form_is_refused(value: object) -> None:
    with pytest.raises(LocalProtocolError, match="m: cannot be written as JSON"):
        encode_request(1, "m", value)


def test_raw_json_passes_as_it_is_unless_it_would_break_the_line() -> None:
    assert encode_notification("m", msgspec.Raw(b"[ 1 ]")) == b'{"method":"m","params":[ 1 ]}\n'
    with pytest.raises(LocalProtocolError, match="line break"):
        encode_notification("m", msgspec.Raw(b"[\n1]"))

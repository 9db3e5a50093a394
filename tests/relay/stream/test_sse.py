"""Cutting server-sent events out of bytes, whatever the pieces."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.relay.stream.sse import MAX_EVENT_BYTES, SseCutter

LIMIT_BYTES = 16

LINES = st.one_of(
    st.sampled_from(
        [
            b"",
            b"data: a",
            b"data:b",
            b"data",
            b"data:",
            b"data:  c",
            b": comment",
            b"event: x",
            b"id: 1",
            b"retry: 5",
            b'{"a":1}',
            b'error: {"b":2}',
            b"data: " + b"x" * LIMIT_BYTES,
            b"data: " + b"y" * (LIMIT_BYTES - 6),
            "data: ü…".encode(),
        ]
    ),
    st.binary(max_size=LIMIT_BYTES + 2),
)


@st.composite
def split_streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A stream, and the pieces it falls into."""
    pairs = draw(st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=12))
    whole = b"".join(line + end for line, end in pairs) + draw(LINES)
    cuts = draw(st.lists(st.integers(0, len(whole)), max_size=20).map(sorted))
    edges = [0, *cuts, len(whole)]
    return whole, [whole[start:end] for start, end in itertools.pairwise(edges)]


def cut(*pieces: bytes) -> list[bytes]:
    cutter = SseCutter()
    return [payload for piece in pieces for payload in cutter.feed(piece)] + cutter.end()


@given(split_streams())
def test_any_split_gives_the_same_data(split: tuple[bytes, list[bytes]]) -> None:
    whole, pieces = split
    one, many = SseCutter(LIMIT_BYTES), SseCutter(LIMIT_BYTES)
    expected = one.feed(whole) + one.end()
    found = [payload for piece in pieces for payload in many.feed(piece)] + many.end()
    assert found == expected
    assert many.too_long == one.too_long


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_ends_in_any_way(end: bytes) -> None:
    stream = end.join([b"data: a", b"", b"data: b", b"", b""])
    assert cut(stream) == [b"a", b"b"]
    assert cut(*(stream[i : i + 1] for i in range(len(stream)))) == [b"a", b"b"]


def test_one_space_after_the_colon_is_not_of_the_data() -> None:
    assert cut(b"data:a\n\ndata: b\n\ndata:  c\n\n") == [b"a", b"b", b" c"]


def test_comments_and_other_fields_say_nothing() -> None:
    assert cut(b": hi\nevent: x\nid: 1\nretry: 5\ndata: a\nodd\n\n: bye\n\n") == [b"a"]


def test_data_over_several_lines_are_one_event() -> None:
    assert cut(b'data: {"a":\ndata:\ndata: 1}\n\n') == [b'{"a":\n\n1}']


def test_an_event_without_data_is_none() -> None:
    assert cut(b"data:\n\ndata\n\nevent: ping\n\n") == []


def test_a_byte_order_mark_is_left_out() -> None:
    assert cut(b"\xef\xbb\xbfdata: a\n\n") == [b"a"]
    assert cut(b"\xef", b"\xbb\xbfda", b"ta: a\n\n") == [b"a"]


def test_the_last_event_needs_no_blank_line() -> None:
    assert cut(b"data: a\n\ndata: b") == [b"a", b"b"]
    assert cut(b"data: a\r") == [b"a"]


def test_a_bare_object_is_an_event() -> None:
    assert cut(b'{"error":"x"}\n') == [b'{"error":"x"}']


def test_an_error_field_is_an_error_object() -> None:
    assert cut(b'error: {"code":1}\n\n') == [b'{"error": {"code":1}}']


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * LIMIT_BYTES + b"\n\n",
        b"x" * (LIMIT_BYTES + 1),
        b"data: 123\ndata: 123\n\n",
        b"data:\n" * 4,
    ],
    ids=["line", "unfinished line", "lines of one event", "empty lines of one event"],
)
def test_an_event_above_the_bound_ends_the_reading(stream: bytes) -> None:
    cutter = SseCutter(LIMIT_BYTES)
    assert cutter.feed(b"data: a\n\n" + stream) == [b"a"]
    assert cutter.too_long
    assert cutter.feed(b"data: b\n\n") == []


def test_the_bound_is_eight_mebibytes_unless_told() -> None:
    fits = b"data: " + b"x" * (MAX_EVENT_BYTES - 6)
    assert len(SseCutter().feed(fits + b"\n\n")) == 1
    cutter = SseCutter()
    assert cutter.feed(fits + b"x\n\n") == []
    assert cutter.too_long

"""Cutting a byte stream into blocks of lines, whatever the chunks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.wire.chunks import ChunkBuffer
from codex_runtime.wire.events import FrameTooLong
from codex_runtime.wire.frames import FrameDecoder

LIMIT_BYTES = 64

lines = st.one_of(
    st.sampled_from([b"", b"\r", b"{}", b'{"method":"m"}\r', b"not json", b"\xff\xfe"]),
    st.binary(max_size=LIMIT_BYTES + 2).map(lambda line: line.replace(b"\n", b"")),
    st.integers(LIMIT_BYTES - 1, 5 * LIMIT_BYTES).map(lambda size: b"x" * size),
)


@st.composite
def chunkings(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Lines, and the chunks their stream falls into; the last line may lack its newline."""
    whole = draw(st.lists(lines, max_size=12))
    stream = b"\n".join(whole)
    cuts = draw(st.lists(st.integers(0, len(stream)), max_size=20).map(sorted))
    edges = [0, *cuts, len(stream)]
    return whole, [stream[a:b] for a, b in itertools.pairwise(edges)]


def decode(decoder: FrameDecoder, chunks: list[bytes]) -> list[bytes | FrameTooLong]:
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    return frames + decoder.finish()


def as_lines(frames: list[bytes | FrameTooLong]) -> list[bytes | FrameTooLong]:
    flat: list[bytes | FrameTooLong] = []
    for frame in frames:
        if isinstance(frame, bytes):
            flat += frame.removesuffix(b"\n").split(b"\n")
        else:
            flat.append(frame)
    return flat


@given(chunkings())
def test_any_chunking_gives_the_same_lines_in_the_same_order(
    case: tuple[list[bytes], list[bytes]],
) -> None:
    whole, chunks = case
    expected = whole[:-1] if whole and not whole[-1] else whole  # no newline, no bytes, no line

    seen = as_lines(decode(FrameDecoder(max_frame_bytes=LIMIT_BYTES), chunks))

    assert len(seen) == len(expected)
    for got, line in zip(seen, expected, strict=True):
        if len(line) <= LIMIT_BYTES:
            assert got == line
        else:
            assert isinstance(got, FrameTooLong)
            assert got.limit_bytes == LIMIT_BYTES
            assert LIMIT_BYTES < got.size_bytes_at_least <= len(line)
            assert line[:200].startswith(got.head)
            assert len(got.head) == min(200, got.size_bytes_at_least)


def test_lines_that_come_together_are_one_block() -> None:
    decoder = FrameDecoder(max_frame_bytes=1000)
    assert decoder.feed(b"one\ntwo\nthr") == [b"one\ntwo\n"]
    assert decoder.feed(b"ee\nfour\n") == [b"three\nfour\n"]


def test_a_long_line_among_short_ones_is_lost_alone_and_in_its_place() -> None:
    decoder = FrameDecoder(max_frame_bytes=5)
    assert decoder.feed(b"one\ntoo long\ntwo\nthree\ntoo long too\n") == [
        b"one\n",
        FrameTooLong(8, 5, b"too long"),
        b"two\nthree\n",
        FrameTooLong(12, 5, b"too long too"),
    ]


def test_a_line_of_exactly_the_limit_passes() -> None:
    decoder = FrameDecoder(max_frame_bytes=5)
    assert decoder.feed(b"12345\n") == [b"12345\n"]
    assert decoder.feed(b"12345") == []
    assert decoder.finish() == [b"12345"]


def test_an_endless_line_is_given_up_at_the_limit_and_not_held() -> None:
    decoder = FrameDecoder(max_frame_bytes=1000)
    assert decoder.feed(b"a" * 999) == []
    assert decoder.feed(b"bb") == [FrameTooLong(1001, 1000, b"a" * 200)]
    assert decoder._tail.size_bytes == 0
    assert decoder.feed(b"c" * 5000) == []
    assert decoder._tail.size_bytes == 0
    assert decoder.feed(b"d\nnext\n") == [b"next\n"]


def test_the_end_inside_a_line_that_was_given_up_brings_nothing_more() -> None:
    decoder = FrameDecoder(max_frame_bytes=3)
    assert len(decoder.feed(b"long line")) == 1
    assert decoder.finish() == []
    assert decoder.feed(b"new\n") == [b"new\n"]


def test_no_bytes_and_no_lines_bring_nothing() -> None:
    decoder = FrameDecoder(max_frame_bytes=3)
    assert decoder.feed(b"") == []
    assert decoder.finish() == []


@pytest.mark.parametrize("limit_bytes", [0, -1])
def test_a_limit_that_lets_nothing_pass_is_refused(limit_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"max_frame_bytes={limit_bytes}: must be 1 or more"):
        FrameDecoder(max_frame_bytes=limit_bytes)


def test_a_line_of_64_mib_in_64_kib_chunks_is_held_uncopied_and_joined_once() -> None:
    decoder = FrameDecoder(max_frame_bytes=128 * 2**20)
    chunks = [bytes([65 + n % 26]) * 65_536 for n in range(1024)]
    for chunk in chunks:
        assert decoder.feed(chunk) == []
    # The very objects that were fed: nothing was copied on the way.
    assert list(map(id, decoder._tail.pieces)) == list(map(id, chunks))
    (block,) = decoder.feed(b"\n")
    assert block == b"".join(chunks) + b"\n"
    assert decoder._tail.pieces == ()


def test_of_1_mib_in_1_byte_writes_every_byte_is_copied_once_before_the_end() -> None:
    decoder = FrameDecoder(max_frame_bytes=2 * 2**20)
    line = bytes(range(65, 91)) * (2**20 // 26)
    finished: list[bytes] = []
    for n in range(len(line)):
        decoder.feed(line[n : n + 1])
        if n % 4096 == 0:
            pieces = decoder._tail.pieces
            # What was folded stays as it is; only the last small chunks are still loose.
            assert all(a is b for a, b in zip(finished, pieces, strict=False))
            finished = [piece for piece in pieces if len(piece) > 1]
            assert len(pieces) <= n // 1024 + 1024
    assert decoder.feed(b"\n") == [line + b"\n"]


def test_a_buffer_knows_its_first_bytes_and_forgets_everything() -> None:
    buffer = ChunkBuffer()
    assert buffer.head(3) == b""
    for chunk in (b"ab", b"cd", b"ef"):
        buffer.append(chunk)
    assert buffer.head(3) == b"abc"
    assert buffer.head(100) == b"abcdef"
    assert buffer.size_bytes == 6
    buffer.clear()
    assert buffer.take(b"end") == b"end"

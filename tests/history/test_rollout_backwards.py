"""Lines read from the end of a file are the lines of the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.history.rollouts.backwards import Block, blocks_backwards, lines_backwards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = st.lists(
    st.one_of(st.just(b"\n"), st.binary(max_size=3), st.binary(min_size=20, max_size=60))
).map(b"".join)
NO_LIMIT = 1000


@pytest.fixture(scope="module")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    opened = os.open(tmp_path_factory.mktemp("backwards") / "file", os.O_RDWR | os.O_CREAT)
    yield opened
    os.close(opened)


def lines_of(content: bytes) -> list[tuple[int, bytes]]:
    """Offset and bytes of each line."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(content):
        end = content.find(b"\n", at) + 1 or len(content)
        found.append((at, content[at:end]))
        at = end
    return found


def write(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


@given(content=CONTENT, block_bytes=st.integers(1, 64))
def test_the_lines_come_whole_and_the_last_one_first(
    descriptor: int, content: bytes, block_bytes: int
) -> None:
    write(descriptor, content)
    read = lines_backwards(
        descriptor, len(content), max_line_bytes=NO_LIMIT, block_bytes=block_bytes
    )
    assert [(line.offset_bytes, line.data) for line in read] == lines_of(content)[::-1]


@given(content=CONTENT, block_bytes=st.integers(1, 64), max_line_bytes=st.integers(1, 50))
def test_a_line_over_the_limit_is_told_without_its_bytes_and_costs_no_other(
    descriptor: int, content: bytes, block_bytes: int, max_line_bytes: int
) -> None:
    write(descriptor, content)
    read = lines_backwards(
        descriptor, len(content), max_line_bytes=max_line_bytes, block_bytes=block_bytes
    )
    assert [(line.offset_bytes, line.data) for line in read][::-1] == [
        (at, line if len(line.removesuffix(b"\n")) <= max_line_bytes else None)
        for at, line in lines_of(content)
    ]


@given(content=CONTENT, block_bytes=st.integers(1, 64))
def test_blocks_are_the_whole_file_and_each_begins_and_ends_with_a_line(
    descriptor: int, content: bytes, block_bytes: int
) -> None:
    write(descriptor, content)
    blocks = list(
        blocks_backwards(descriptor, len(content), max_line_bytes=NO_LIMIT, block_bytes=block_bytes)
    )
    whole = [(block.data or b"")[block.first :] for block in blocks]
    assert b"".join(reversed(whole)) == content
    starts = {at for at, _ in lines_of(content)}
    assert {block.offset_bytes + block.first for block in blocks} <= starts


def test_no_more_is_held_than_a_block_while_a_line_over_the_limit_is_walked_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + b"x" * 1_000_000 + b"\nlast\n")
    opened = os.open(path, os.O_RDONLY)
    try:
        read = list(lines_backwards(opened, 1_000_012, max_line_bytes=5000, block_bytes=512))
    finally:
        os.close(opened)
    assert read == [Block(1_000_007, b"last\n"), Block(6, None), Block(0, b"first\n")]


def test_a_file_that_became_shorter_meanwhile_ends_where_it_ends_now(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one\ntwo\n")
    opened = os.open(path, os.O_RDONLY)
    try:
        read = list(lines_backwards(opened, 1000, max_line_bytes=NO_LIMIT))
    finally:
        os.close(opened)
    assert [line.data for line in read] == [b"two\n", b"one\n"]

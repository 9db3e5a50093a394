"""Blocks of text deltas are decoded at once, and to the same as one by one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.protocol.codec import decode_notification
from codex_runtime.protocol.delta_lines import DELTA_METHODS, DELTA_TYPES, decode_delta_lines
from codex_runtime.protocol.methods import NOTIFICATIONS

texts = st.text(st.characters(codec="utf-8"), max_size=8)
Message = dict[str, Any]  # Any: plain JSON


@st.composite
def delta_messages(draw: st.DrawFn) -> Message:
    kind = draw(st.sampled_from(DELTA_TYPES))
    params: Message = {name: draw(texts) for name in ("threadId", "turnId", "itemId", "delta")}
    for name in ("contentIndex", "summaryIndex"):
        if any(field.encode_name == name for field in msgspec.structs.fields(kind)):
            params[name] = draw(st.integers(0, 3))
    message: Message = {"method": kind.METHOD, "params": params}
    if draw(st.booleans()):
        message["emittedAtMs"] = draw(st.integers(0, 2**50))
    return message


def block_of(*messages: Message, ascii_only: bool = False) -> bytes:
    return b"".join(
        json.dumps(message, ensure_ascii=ascii_only).encode() + b"\n" for message in messages
    )


ONE: Message = {
    "method": "item/agentMessage/delta",
    "params": {"threadId": "t", "turnId": "u", "itemId": "i", "delta": "d"},
}


def test_they_are_the_notifications_whose_text_may_be_concatenated() -> None:
    mergeable = {name: row.payload_type for name, row in NOTIFICATIONS.items() if row.mergeable}
    assert mergeable == {kind.METHOD: kind for kind in DELTA_TYPES}
    assert mergeable.keys() == DELTA_METHODS


@given(st.lists(delta_messages(), min_size=1), st.booleans())
def test_a_block_of_deltas_is_decoded_as_each_line_would_be(
    messages: list[Message],
    ascii_only: bool,
) -> None:
    lines = decode_delta_lines(block_of(*messages, ascii_only=ascii_only))
    assert lines is not None
    for line, message in zip(lines, messages, strict=True):
        params = json.dumps(message["params"]).encode()
        assert line.params == decode_notification(message["method"], params)
        assert line.emitted_at_ms == message.get("emittedAtMs")


@pytest.mark.parametrize(
    "other",
    [
        {"method": "turn/started", "params": {}},
        {"id": 1, "result": {}},
        {**ONE, "id": 1},
        {**ONE, "result": {}},
        {**ONE, "params": {**ONE["params"], "aNewField": 1}},
        {**ONE, "params": {**ONE["params"], "delta": 1}},
        {**ONE, "params": {}},
        {"method": ONE["method"]},
        [],
    ],
)
def test_a_block_with_any_other_line_is_not_taken(other: Message) -> None:
    assert decode_delta_lines(block_of(ONE)) is not None
    for messages in ((other,), (ONE, other), (other, ONE)):
        assert decode_delta_lines(block_of(*messages)) is None


@pytest.mark.parametrize(
    "spoiled",
    [b'{"method":', b"\xff\n", block_of(ONE).replace(b'"d"', b'"\xff"'), b"[" * 100_000],
)
def test_a_block_that_cannot_be_read_is_not_taken(spoiled: bytes) -> None:
    assert decode_delta_lines(spoiled) is None
    assert decode_delta_lines(block_of(ONE) + spoiled) is None


@given(st.integers(0, len(block_of(ONE)) - 2))
def test_a_line_that_was_cut_off_takes_no_other_line_along(length: int) -> None:
    cut = block_of(ONE)[:length]
    lines = decode_delta_lines(cut + b"\n" + block_of(ONE))
    assert lines is None or (not cut and len(lines) == 1)

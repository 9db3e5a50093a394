"""The events of `codex exec`: captured lines typed, unknown ones kept, nothing raised."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.exec import (
    ExecAgentMessage,
    ExecCommandExecution,
    ExecItemCompleted,
    ExecMalformed,
    ExecThreadStarted,
    ExecTurnCompleted,
    ExecTurnStarted,
    ExecUnknown,
    ExecUnknownItem,
    decode_event,
)
from codex_runtime.exec.events import too_long
from codex_runtime.exec.turns import TurnFold
from tests.exec.lines import ANSWER, CAPTURED, COMPLETED, STARTED, THREAD_ID, TURN, with_field

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("line", CAPTURED)
def test_a_captured_line_is_typed(line: bytes) -> None:
    event = decode_event(line + b"\n")
    assert not isinstance(event, (ExecUnknown, ExecMalformed))
    assert not isinstance(getattr(event, "item", None), ExecUnknownItem)


@pytest.mark.parametrize("line", CAPTURED)
def test_fields_that_are_new_are_no_matter(line: bytes) -> None:
    assert decode_event(with_field(line, brand_new={"a": [1]})) == decode_event(line)


def test_an_unknown_event_is_kept_as_it_came() -> None:
    line = b'{"type":"item.plan.delta","item_id":"item_0","delta":"so"}'
    assert decode_event(line) == ExecUnknown(event_type="item.plan.delta", raw=line)


def test_an_unknown_item_is_kept_as_it_came() -> None:
    line = with_field(ANSWER, item={"id": "item_9", "type": "hologram", "depth": 3})
    event = decode_event(line)
    assert isinstance(event, ExecItemCompleted)
    assert isinstance(event.item, ExecUnknownItem)
    assert (event.item.id, event.item.item_type, event.item.problem) == ("item_9", "hologram", "")
    assert json.loads(event.item.raw)["depth"] == 3


def test_a_known_item_of_another_shape_says_what_is_wrong_with_it() -> None:
    event = decode_event(with_field(ANSWER, item={"id": "item_9", "type": "agent_message"}))
    assert isinstance(event, ExecItemCompleted)
    assert isinstance(event.item, ExecUnknownItem)
    assert "text" in event.item.problem


def test_an_item_without_a_type_is_an_unknown_one() -> None:
    event = decode_event(with_field(ANSWER, item={"id": 7}))
    assert isinstance(event, ExecItemCompleted)
    assert event.item == ExecUnknownItem(id=None, item_type=None, raw=b'{"id": 7}')


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"Reading prompt from stdin...",
        b'{"type":7}',
        b'{"type":"thread.started"}',
        b'{"type":"item.completed"}',
        b'{"type":"item.completed","item":7}',
        b'{"type":"error","message":"\xff"}',
        STARTED[:-5],
    ],
)
def test_a_line_that_is_no_event_is_malformed_and_kept(line: bytes) -> None:
    event = decode_event(line)
    assert isinstance(event, ExecMalformed)
    assert event.raw == line
    assert event.problem


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"turn.started","a":%s}' % DEEP,
        b'{"type":"item.completed","item":{"id":"i","type":"hologram","a":%s}}' % DEEP,
        b'{"type":"item.completed","item":{"id":"i","type":"web_search","query":"","action":%s}}'
        % DEEP,
    ],
)
def test_a_line_that_is_nested_too_deeply_is_malformed_and_kept(line: bytes) -> None:
    event = decode_event(line)
    assert isinstance(event, ExecMalformed)
    assert event.raw == line
    assert "recursion" in event.problem


def test_of_a_line_that_is_too_long_the_beginning_is_kept() -> None:
    event = too_long(b"x" * 500, 4096)
    assert (len(event.raw), event.problem) == (200, "is longer than 4096 bytes")


@given(st.binary())
def test_no_bytes_raise(line: bytes) -> None:
    decode_event(line)


@given(st.sampled_from(CAPTURED), JSON, st.data())
def test_no_value_in_any_place_raises(line: bytes, value: object, data: st.DataObject) -> None:
    whole = json.loads(line)
    places = [whole, *(part for part in whole.values() if isinstance(part, dict))]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from([*place, "other"]))] = value
    decode_event(json.dumps(whole).encode())


def test_the_fold_takes_the_thread_the_messages_and_the_end() -> None:
    fold = TurnFold()
    for line in (STARTED, TURN, ANSWER, b"{torn", b"{torn again", COMPLETED):
        fold.take(decode_event(line))
    assert (fold.thread_id, fold.messages, fold.completed) == (THREAD_ID, ["done"], True)
    assert fold.malformed is fold.events[3]
    assert fold.thread_usage is not None
    assert (fold.thread_usage.total_tokens, fold.failure, fold.report) == (19459, None, None)


def test_an_error_report_is_not_the_end_and_a_failure_is_not_completed() -> None:
    fold = TurnFold()
    for line in CAPTURED[:12]:
        fold.take(decode_event(line))
    assert not fold.completed
    assert fold.report is not None
    assert fold.report.startswith("Reconnecting")
    assert fold.failure is not None
    assert fold.failure.startswith("unexpected status 401")


def test_a_turn_may_complete_without_usage() -> None:
    fold = TurnFold()
    fold.take(decode_event(b'{"type":"turn.completed"}'))
    assert (fold.completed, fold.thread_usage) == (True, None)
    assert decode_event(b'{"type":"turn.completed"}') == ExecTurnCompleted(usage=None)


def test_events_are_values() -> None:
    assert decode_event(TURN) == ExecTurnStarted()
    assert decode_event(STARTED) == ExecThreadStarted(thread_id=THREAD_ID)
    assert isinstance(decode_event(CAPTURED[3]), ExecItemCompleted)
    item = ExecCommandExecution(id="item_0", command="true", status="completed")
    assert (item.exit_code, item.aggregated_output) == (None, "")
    assert ExecAgentMessage(id="item_1", text="a") != ExecAgentMessage(id="item_1", text="b")

"""Each line of a rollout becomes its typed entry: those real servers wrote, and any others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.history.rollouts.entries import (
    CompactedEntry,
    EventEntry,
    KnownEntry,
    LegacyStateEntry,
    ResponseEntry,
    SessionMetaEntry,
    UnknownEntry,
)
from codex_runtime.history.rollouts.events import Event, ItemCompletedEvent
from codex_runtime.history.rollouts.lines import BadLine, decode_entry
from codex_runtime.history.rollouts.parts import Duration, seconds_of
from codex_runtime.history.rollouts.responses import (
    CustomToolCallOutput,
    FunctionCallOutput,
    ResponseItem,
    ResponseMessage,
    UnknownResponse,
    text_of,
)
from codex_runtime.history.rollouts.turn_items import (
    CommandExecutionItem,
    TurnItem,
    UnknownItem,
    UserMessageItem,
)
from tests.history.rollout_files import CONVERSATION, LEGACY, ROLLOUTS, lines_of, name_of

LINES: Final = [line for path in ROLLOUTS for line in lines_of(path)]

NEVER_WRITTEN_BY_A_FIXTURE: Final = {
    # event_msg
    "agent_reasoning_raw_content",
    "context_compacted",
    "thread_rolled_back",
    "web_search_end",
    # response_item
    "compaction",
    "local_shell_call",
    "web_search_call",
    # items
    "ImageView",
    "Plan",
    "WebSearch",
    # stand-ins
    "?",
}
"""Kinds that servers have and no scripted scene makes them write; all others are tested here."""


def kept(value: Any, line: Any) -> bool:  # Any: JSON
    """Whether all that an entry says is what the line says in the same place."""
    if isinstance(value, dict):
        return isinstance(line, dict) and all(kept(value[key], line.get(key)) for key in value)
    if isinstance(value, list):
        return len(value) == len(line) and all(map(kept, value, line))
    return bool(value == line)


def said(entry: Any) -> Any:
    """What an entry says, by wire names, defaults left out; Any: JSON."""
    if isinstance(entry, msgspec.Struct):
        plain: dict[str, Any] = {}
        if entry.__struct_config__.tag is not None:
            plain["type"] = entry.__struct_config__.tag
        for field in msgspec.structs.fields(entry):
            value = getattr(entry, field.name)
            if value != field.default:
                plain[field.encode_name] = said(value)
        return plain
    if isinstance(entry, list):
        return [said(part) for part in entry]
    if isinstance(entry, dict):
        return {key: said(part) for key, part in entry.items()}
    return entry


@pytest.mark.parametrize("path", ROLLOUTS, ids=name_of)
def test_every_line_that_a_real_server_wrote_is_known_and_says_what_it_said(path: Path) -> None:
    for line in lines_of(path):
        entry = decode_entry(line)
        assert not isinstance(entry, (UnknownEntry, BadLine)), entry
        if isinstance(entry, get_args(KnownEntry)) and b'"payload"' in line:
            assert kept(said(entry), json.loads(line))


def test_every_kind_is_in_a_fixture_or_on_the_list_of_those_that_are_not() -> None:
    written: set[str] = set()
    for line in LINES:
        members = json.loads(line)
        payload = members.get("payload", members)
        item = payload.get("item", {})
        written.update(part["type"] for part in (payload, item) if "type" in part)
    kinds = {
        member.__struct_config__.tag
        for union in (Event, ResponseItem, TurnItem)
        for member in get_args(union)
    }
    assert kinds - written == NEVER_WRITTEN_BY_A_FIXTURE


def test_a_conversation_is_told_in_typed_values() -> None:
    entries = [decode_entry(line) for line in lines_of(CONVERSATION)]
    items = [
        entry.payload.item
        for entry in entries
        if isinstance(entry, EventEntry) and isinstance(entry.payload, ItemCompletedEvent)
    ]
    asked = next(item for item in items if isinstance(item, UserMessageItem))
    assert asked.text == "Hello, look at the output: äöü \N{PARTY POPPER}\nthen stop."
    ran = next(item for item in items if isinstance(item, CommandExecutionItem))
    assert (ran.aggregated_output, ran.exit_code, ran.status) == ("one\ntwo\n", 3, "failed")
    assert isinstance(ran.duration, Duration)
    assert 0 < ran.duration.seconds < 60
    (compacted,) = [entry for entry in entries if isinstance(entry, CompactedEntry)]
    assert compacted.payload.message.endswith("Summary: they said hello.")
    assert compacted.payload.replacement_history


def test_a_line_says_when_it_was_written() -> None:
    first = decode_entry(lines_of(CONVERSATION)[0])
    assert isinstance(first, SessionMetaEntry)
    assert first.timestamp.endswith("Z")
    assert first.at_s is not None
    assert first.payload.created_at_s is not None
    assert 0 <= first.at_s - first.payload.created_at_s < 60


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        ("1970-01-01T00:00:01.500Z", 1.5),
        ("1970-01-01T00:00:01", 1.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("", None),
        ("yesterday", None),
    ],
)
def test_a_timestamp_is_seconds_of_the_epoch_or_nothing(
    timestamp: str, seconds: float | None
) -> None:
    assert seconds_of(timestamp) == seconds


@given(st.text())
def test_no_timestamp_is_too_odd(timestamp: str) -> None:
    seconds_of(timestamp)


def test_legacy_lines_become_the_entries_of_today() -> None:
    first, *others = [decode_entry(line) for line in lines_of(LEGACY)]
    assert isinstance(first, SessionMetaEntry)
    assert first.payload.id
    assert first.at_s == first.payload.created_at_s
    kinds = {type(entry) for entry in others}
    assert kinds == {LegacyStateEntry, ResponseEntry}
    payloads = [entry.payload for entry in others if isinstance(entry, ResponseEntry)]
    asked = payloads[0]
    assert isinstance(asked, ResponseMessage)
    assert (asked.role, asked.text) == (
        "user",
        "Hello, look at the output: äöü \N{PARTY POPPER}",
    )
    assert not any(entry.timestamp for entry in others if isinstance(entry, ResponseEntry))


@pytest.mark.parametrize(
    ("line", "line_type", "payload_type"),
    [
        (b'{"timestamp":"t","type":"new_type","payload":3}', "new_type", ""),
        (b'{"timestamp":"t","type":"new_type","payload":{"type":"x"}}', "new_type", "x"),
        (b'{"timestamp":"t","type":"event_msg","payload":{"type":"new"}}', "event_msg", "new"),
        (b'{"timestamp":"t","type":"response_item","payload":{"type":"n"}}', "response_item", "n"),
        (b'{"timestamp":"t","type":"new_legacy"}', "new_legacy", ""),
        (b'{"timestamp":"t"}', "", ""),
        (b'{"timestamp":"t","record_type":"other"}', "", ""),
    ],
)
def test_an_unknown_kind_keeps_its_line_and_is_no_problem(
    line: bytes, line_type: str, payload_type: str
) -> None:
    assert decode_entry(line) == UnknownEntry(
        timestamp="t", line_type=line_type, payload_type=payload_type, raw=line
    )


@pytest.mark.parametrize(
    "line",
    [
        b'{"ordinal":7,"type":"event_msg","payload":{"type":"token_count","info":3}}',
        b'{"ordinal":7,"type":"event_msg","payload":{"type":"item_completed"}}',
        b'{"ordinal":7,"type":"event_msg","payload":7}',
        b'{"ordinal":7,"type":"event_msg","timestamp":1,"payload":{"type":"agent_message"}}',
        b'{"ordinal":7,"type":"compacted","payload":{"replacement_history":7}}',
        b'{"ordinal":7,"type":"compacted","payload":{"message":7,"replacement_history":[7]}}',
        b'{"ordinal":7,"type":"message","role":7}',
        b'{"ordinal":7,"id":"x","cwd":7}',
    ],
)
def test_a_known_kind_of_another_shape_keeps_its_line_and_says_what_is_wrong(line: bytes) -> None:
    entry = decode_entry(line)
    assert isinstance(entry, UnknownEntry)
    assert (entry.raw, entry.ordinal) == (line, 7)
    assert entry.problem is not None
    assert "Expected" in entry.problem or "missing" in entry.problem


@pytest.mark.parametrize(
    ("item", "name", "wrong"),
    [
        (b'{"type":"NewItem","x":[1]}', "NewItem", False),
        (b'{"type":"Plan","text":7}', "Plan", True),
        (b"7", "", True),
        (b'{"type":"?","name":"x"}', "?", True),
    ],
)
def test_an_unknown_item_costs_itself_alone(item: bytes, name: str, wrong: bool) -> None:
    line = b'{"type":"event_msg","payload":{"type":"item_completed","turn_id":"t","item":%b}}'
    entry = decode_entry(line % item)
    assert isinstance(entry, EventEntry)
    assert isinstance(entry.payload, ItemCompletedEvent)
    assert entry.payload.turn_id == "t"
    unknown = entry.payload.item
    assert isinstance(unknown, UnknownItem)
    assert (unknown.name, unknown.raw, unknown.problem is not None) == (name, item, wrong)


def test_an_unknown_part_of_a_compaction_costs_itself_alone() -> None:
    parts = b'{"type":"message","role":"user"},{"type":"new"},{"type":"message","role":7},7'
    line = b'{"type":"compacted","payload":{"message":"m","replacement_history":[%b]}}' % parts
    entry = decode_entry(line)
    assert isinstance(entry, CompactedEntry)
    assert entry.payload.message == "m"
    assert entry.payload.replacement_history is not None
    message, new, misfit, number = entry.payload.replacement_history
    assert message == ResponseMessage(role="user")
    assert new == UnknownResponse(name="new", raw=b'{"type":"new"}')
    assert isinstance(misfit, UnknownResponse)
    assert misfit.name == "message"
    assert misfit.problem is not None
    assert isinstance(number, UnknownResponse)
    assert number.raw == b"7"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"not JSON",
        b"[]",
        b"3",
        b"\x00" * 9,
        b'{"type":"event_msg","payload":{"type":"agent_message","message":"\xff"}}',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_is_a_bad_line(line: bytes) -> None:
    entry = decode_entry(line)
    assert isinstance(entry, BadLine)
    assert entry.why


def test_why_a_line_is_bad_does_not_tell_what_it_says() -> None:
    line = b'{"type":"event_msg","payload":{"type":"agent_message","message":"my secret'
    for broken in (line, line + b"\xff", line + b'"}} x'):
        entry = decode_entry(broken)
        assert isinstance(entry, BadLine)
        assert "secret" not in entry.why


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=8,
)


@given(st.binary())
def test_no_bytes_raise(line: bytes) -> None:
    decode_entry(line)


@given(
    st.sampled_from(["event_msg", "response_item", "compacted", "session_meta", "message", "x"]),
    st.dictionaries(
        st.sampled_from(["type", "item", "replacement_history", "id", "role", "content"]), JSON
    ),
)
def test_no_json_raises(line_type: str, payload: dict[str, Any]) -> None:
    decode_entry(json.dumps({"type": line_type, "payload": payload}).encode())
    decode_entry(json.dumps({"type": line_type, **payload}).encode())
    decode_entry(json.dumps(payload).encode())


@given(st.sampled_from(LINES), st.data())
def test_no_damage_of_a_real_line_raises(line: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(start + 20, len(line))))
    damaged = line[:start] + data.draw(st.binary(max_size=6)) + line[end:]
    entry = decode_entry(damaged)
    if isinstance(entry, UnknownEntry):
        assert entry.raw == damaged


@given(st.sampled_from(LINES), st.sampled_from([b"", b"\n", b"\r\n", b"  "]))
def test_a_line_break_changes_nothing(line: bytes, end: bytes) -> None:
    assert decode_entry(line + end) == decode_entry(line)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (b'"text"', "text"),
        (b'[{"type":"input_text","text":"a"},{"type":"input_image"},{"text":"b"}]', "ab"),
        (b'{"content":"text","success":false}', "text"),
        (b'{"content":[{"text":"a"}]}', "a"),
        (b"null", ""),
    ],
)
def test_the_output_of_a_tool_is_read_however_it_was_written(output: bytes, told: str) -> None:
    line = b'{"type":"response_item","payload":{"type":"%b_call_output","output":%b}}'
    for kind in (b"function", b"custom_tool"):
        entry = decode_entry(line % (kind, output))
        assert isinstance(entry, ResponseEntry)
        assert isinstance(entry.payload, (FunctionCallOutput, CustomToolCallOutput))
        assert entry.payload.text == text_of(entry.payload.output) == told

"""Fields that this version does not know: kept, counted, given back, and sent on request."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from codex_runtime.errors import InvalidInput, RemoteProtocolError
from codex_runtime.protocol import (
    CONFIG_READ,
    AgentMessageDelta,
    ItemCompleted,
    TurnCompleted,
    TurnStartParams,
    UserMessage,
    decode_notification,
    decode_result,
    decode_server_request,
    encode_params,
    to_builtins,
)
from codex_runtime.protocol.drift import Drift

# Plain JSON, looked into key by key.
Json = Any

DELTA = {"threadId": "t", "turnId": "u", "itemId": "i", "delta": "hi"}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
NEW_FIELDS = st.dictionaries(st.text(min_size=1, max_size=6), ANY_JSON, max_size=3).map(
    lambda fields: {f"new {key}": value for key, value in fields.items()}
)


def _decoded(method: str, params: Json, drift: Drift | None = None) -> Any:
    return decode_notification(method, msgspec.json.encode(params), drift)


def _encoded(value: object) -> Json:
    return msgspec.json.decode(encode_params(value))


def test_a_known_message_has_no_unknown_fields() -> None:
    event = _decoded("item/agentMessage/delta", DELTA)
    assert event.extra_fields is UNSET
    assert "extra_fields" not in repr(event)
    assert _encoded(event) == DELTA


def test_an_unknown_field_is_kept_and_given_back() -> None:
    params = {**DELTA, "mood": {"hot": [1]}, "why": None}
    event = _decoded("item/agentMessage/delta", params)
    assert isinstance(event, AgentMessageDelta)
    assert (event.delta, event.extra_fields) == ("hi", {"mood": {"hot": [1]}, "why": None})
    assert _encoded(event) == params
    assert to_builtins(event) == params


def test_unknown_fields_are_kept_at_every_depth() -> None:
    content = [{"type": "text", "text": "a", "text_elements": [], "font": "serif"}]
    item = {"type": "userMessage", "id": "m", "content": content, "color": "red"}
    params = {"threadId": "t", "turnId": "u", "completedAtMs": 1, "item": item, "at": 2}
    event = _decoded("item/completed", params)
    assert isinstance(event, ItemCompleted)
    assert isinstance(event.item, UserMessage)
    assert event.extra_fields == {"at": 2}
    assert event.item.extra_fields == {"color": "red"}
    sent = _encoded(event)
    assert (sent["at"], sent["item"]["color"]) == (2, "red")
    assert sent["item"]["content"] == content
    assert _encoded(event.item)["content"] == content


def test_an_unknown_field_costs_neither_its_neighbours_nor_their_stand_ins() -> None:
    items = [{"type": "new", "id": "n"}, {"type": "agentMessage", "id": "a", "text": "x", "y": 1}]
    params = {"threadId": "t", "turn": {"id": "u", "status": "completed", "items": items, "z": 1}}
    event = _decoded("turn/completed", params)
    assert isinstance(event, TurnCompleted)
    assert event.turn.extra_fields == {"z": 1}
    assert [type(item).__name__ for item in event.turn.items] == ["UnknownItem", "AgentMessage"]
    assert _encoded(event)["turn"]["items"][0] == items[0]
    assert _encoded(event)["turn"]["items"][1]["y"] == 1


def test_a_server_requests_unknown_fields_are_kept() -> None:
    params = {"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1, "risk": "low"}
    raw = msgspec.json.encode(params)
    value: Any = decode_server_request("item/fileChange/requestApproval", raw)
    assert value.extra_fields == {"risk": "low"}


def test_a_results_unknown_fields_are_kept() -> None:
    raw = b'{"config":{"model":"m","zz":{"a":1},"analytics":{"k":2},"extra":5},"origins":{}}'
    config = decode_result(CONFIG_READ, raw).config
    assert (config.model, config.extra_fields) == ("m", {"zz": {"a": 1}, "extra": 5})
    assert config.analytics is not None
    assert config.analytics.extra_fields == {"k": 2}
    encoded = _encoded(config)
    assert (encoded["zz"], encoded["extra"], encoded["analytics"]["k"]) == ({"a": 1}, 5, 2)


def test_the_object_form_of_an_enum_keeps_a_case_that_is_not_known() -> None:
    error = {"message": "m", "codexErrorInfo": {"somethingNew": {"a": 1}}}
    params = {"threadId": "t", "turnId": "u", "willRetry": False, "error": error}
    event = _decoded("error", params)
    assert _encoded(event)["error"]["codexErrorInfo"] == {"somethingNew": {"a": 1}}


def test_a_field_with_our_own_mark_for_a_name_is_an_unknown_field() -> None:
    for value in (3, {"threadId": "z"}, {"a": 1}, {}):
        for beside in ({}, {"x": 1}):
            params = {**DELTA, "?": value, **beside}
            event = _decoded("item/agentMessage/delta", params)
            assert event.extra_fields == {"?": value, **beside}
            assert _encoded(event) == params


def test_a_field_of_a_newer_server_can_be_sent() -> None:
    params = TurnStartParams(thread_id="t", input=[], extra_fields={"newOption": [1]})
    assert _encoded(params) == {"threadId": "t", "input": [], "newOption": [1]}


def test_what_the_schema_has_cannot_be_sent_as_an_unknown_field() -> None:
    params = TurnStartParams(thread_id="t", input=[], extra_fields={"model": "m"})
    with pytest.raises(InvalidInput, match=r"TurnStartParams has fields of its own.*'model'"):
        encode_params(params)


def test_an_empty_place_for_unknown_fields_is_not_sent() -> None:
    assert _encoded(TurnStartParams(thread_id="t", input=[], extra_fields={})) == {
        "threadId": "t",
        "input": [],
    }


@pytest.mark.parametrize("wrong", [[("a", 1)], "ab"])
def test_unknown_fields_that_are_no_object_are_refused(wrong: Any) -> None:
    params = TurnStartParams(thread_id="t", input=[], extra_fields=wrong)
    with pytest.raises(InvalidInput, match="extra_fields"):
        encode_params(params)


def test_drift_counts_fields_parts_and_broken_parts() -> None:
    drift = Drift()
    items = [
        {"type": "new"},
        {"type": "agentMessage", "id": "a", "text": "x", "one": 1, "two": 2},
        {"type": "agentMessage", "id": "b"},
    ]
    params = {"threadId": "t", "turn": {"id": "u", "status": "completed", "items": items}}
    _decoded("turn/completed", params, drift)
    assert drift == Drift(unknown_fields=2, unknown_parts=1, malformed_parts=1)


def test_drift_counts_over_requests_and_results_too() -> None:
    drift = Drift()
    request = b'{"threadId":"t","turnId":"u","itemId":"i","startedAtMs":1,"new":1}'
    decode_server_request("item/fileChange/requestApproval", request, drift)
    decode_result(CONFIG_READ, b'{"config":{},"origins":{},"zz":1}', drift)
    assert drift == Drift(unknown_fields=2)


def test_a_further_field_that_the_schema_allows_is_kept_and_not_counted() -> None:
    drift = Drift()
    raw = b'{"config":{"zz":1,"analytics":{"k":2}},"origins":{}}'
    config = decode_result(CONFIG_READ, raw, drift).config
    assert config.extra_fields == {"zz": 1}
    assert config.analytics is not None
    assert config.analytics.extra_fields == {"k": 2}
    assert drift == Drift()


def test_drift_counts_only_what_is_in_the_value_in_the_end() -> None:
    changes = [{"path": "p", "diff": "", "kind": {"type": "new"}, "more": 1}]
    broken = {"type": "fileChange", "id": "f", "status": 3, "changes": changes}
    drift = Drift()
    params = {"threadId": "t", "turn": {"id": "u", "status": "completed", "items": [broken]}}
    _decoded("turn/completed", params, drift)
    assert drift == Drift(malformed_parts=1)
    _decoded("turn/completed", {**params, "threadId": 3, "new": 1}, drift)
    with pytest.raises(RemoteProtocolError):
        decode_result(CONFIG_READ, b'{"config":{},"new":1}', drift)
    assert drift == Drift(malformed_parts=1)


def test_what_is_known_is_not_counted() -> None:
    drift = Drift()
    _decoded("item/agentMessage/delta", DELTA, drift)
    assert drift == Drift()


@given(fields=NEW_FIELDS, inner=NEW_FIELDS, item=NEW_FIELDS)
def test_whatever_a_newer_server_adds_comes_back(fields: Json, inner: Json, item: Json) -> None:
    message = {"type": "agentMessage", "id": "a", "text": "x", **item}
    turn = {"id": "u", "status": "completed", "items": [message], **inner}
    event = _decoded("turn/completed", {"threadId": "t", "turn": turn, **fields})
    again = _encoded(event)
    assert {key: again[key] for key in fields} == fields
    assert {key: again["turn"][key] for key in inner} == inner
    assert {key: again["turn"]["items"][0][key] for key in item} == item
    assert msgspec.json.encode(_decoded("turn/completed", again)) == msgspec.json.encode(event)

"""Tolerance: the unknown and the broken cost themselves alone, and nothing ever raises."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.errors import InvalidInput, RemoteProtocolError
from codex_runtime.protocol import (
    CLIENT_METHODS,
    NOTIFICATIONS,
    SERVER_REQUESTS,
    THREAD_READ,
    TURN_START,
    AdditionalFileSystemPermissions,
    AgentMessage,
    AgentMessageDelta,
    AskForApprovalDetail,
    CommandExecution,
    ErrorNotification,
    FormElicitation,
    FunctionCallOutput,
    GranularApproval,
    ImageUserInput,
    ItemCompleted,
    MalformedNotification,
    MalformedServerRequest,
    PermissionsRequestApprovalParams,
    SpecialFileSystemPath,
    TextUserInput,
    ThreadStartParams,
    ToolRequestUserInputAnswer,
    ToolRequestUserInputResponse,
    TurnCompleted,
    TurnStartParams,
    UnknownItem,
    UnknownKind,
    UnknownMode,
    UnknownNotification,
    UnknownServerRequest,
    UnknownVariant,
    UserMessage,
    decode_notification,
    decode_result,
    decode_server_request,
    encode_params,
    to_builtins,
)
from codex_runtime.protocol.codec import peek_thread_id, plain_json
from codex_runtime.protocol.drift import Drift
from codex_runtime.protocol.salvage import salvage

# Plain JSON, looked into key by key.
Json = Any

DELTA = {"threadId": "t", "turnId": "u", "itemId": "i", "delta": "hi"}


def _event(method: str, params: Json) -> Any:
    return decode_notification(method, msgspec.json.encode(params))


def _item_completed(item: Json) -> Json:
    return {"threadId": "t", "turnId": "u", "completedAtMs": 1, "item": item}


def _turn_completed(items: list[Json]) -> Json:
    return {"threadId": "t", "turn": {"id": "u", "status": "completed", "items": items}}


def _command(**fields: Json) -> Json:
    return {
        "type": "commandExecution",
        "id": "c",
        "command": "ls",
        "commandActions": [],
        "cwd": "/home/user",
        "status": "completed",
        **fields,
    }


def test_a_known_notification_is_its_struct() -> None:
    event = _event("item/agentMessage/delta", DELTA)
    assert event == AgentMessageDelta(thread_id="t", turn_id="u", item_id="i", delta="hi")
    assert event.METHOD == "item/agentMessage/delta"


def test_params_may_be_raw_as_the_envelope_left_them() -> None:
    raw = msgspec.Raw(msgspec.json.encode(DELTA))
    assert isinstance(decode_notification("item/agentMessage/delta", raw), AgentMessageDelta)


def test_fields_nobody_knows_are_ignored() -> None:
    assert isinstance(
        _event("item/agentMessage/delta", {**DELTA, "new": {"a": 1}}), AgentMessageDelta
    )


def test_an_enum_value_nobody_knows_stays_the_string_it_is() -> None:
    event = _event("item/completed", _item_completed(_command(status="exploded")))
    assert event.item.status == "exploded"


def test_an_unknown_method_keeps_its_params_and_ids() -> None:
    params = {"threadId": "t", "turnId": "u", "what": 1}
    assert _event("thread/somethingNew", params) == UnknownNotification(
        method="thread/somethingNew",
        params=msgspec.json.encode(params),
        thread_id="t",
        turn_id="u",
    )


def test_a_malformed_notification_keeps_its_params_ids_and_the_reason() -> None:
    params = {"threadId": "t", "turn": {"id": "u", "status": 3, "items": []}}
    event = _event("turn/completed", params)
    assert isinstance(event, MalformedNotification)
    assert (event.thread_id, event.turn_id) == ("t", "u")
    assert event.problem == "Expected `str`, got `int` - at `$.turn.status`"
    assert event.params == msgspec.json.encode(params)


def test_a_missing_field_is_named_with_its_place() -> None:
    event = _event("turn/completed", {"threadId": "t", "turn": {"id": "u", "items": []}})
    assert isinstance(event, MalformedNotification)
    assert event.problem == "Object missing required field `status` - at `$.turn`"


@pytest.mark.parametrize("params", [b"", b"{", b"null", b"[]", b'"\\ud800"', b"\xff", b"3"])
def test_params_that_are_no_object_are_malformed_without_ids(params: bytes) -> None:
    event = decode_notification("item/agentMessage/delta", params)
    assert isinstance(event, MalformedNotification)
    assert (event.thread_id, event.turn_id, event.params) == (None, None, params)


def test_nesting_deeper_than_the_decoder_goes_is_malformed() -> None:
    params = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert isinstance(decode_notification("item/agentMessage/delta", params), MalformedNotification)
    assert isinstance(decode_notification("no/such", params), UnknownNotification)


def test_ids_of_another_type_are_not_taken_for_ids() -> None:
    event = _event("no/such", {"threadId": 1, "turnId": None, "turn": "x"})
    assert (event.thread_id, event.turn_id) == (None, None)


def test_an_unknown_item_stands_as_it_came_in_a_typed_event() -> None:
    raw = b'{"type":"hologram","id":"h", "x":[1, 2]}'
    params = b'{"threadId":"t","turnId":"u","completedAtMs":1,"item":' + raw + b"}"
    event = decode_notification("item/completed", params)
    assert isinstance(event, ItemCompleted)
    assert event.item == UnknownItem(name="hologram", raw=raw, id="h")


def test_a_malformed_item_costs_that_item_and_not_its_turn() -> None:
    good = {"type": "agentMessage", "id": "m", "text": "fine"}
    event = _event("turn/completed", _turn_completed([good, {**good, "text": 3}]))
    assert isinstance(event, TurnCompleted)
    first, second = event.turn.items
    assert isinstance(first, AgentMessage)
    assert isinstance(second, UnknownItem)
    assert (second.name, second.id) == ("agentMessage", "m")
    assert second.problem == "Expected `str`, got `int` - at `$.text`"


@pytest.mark.parametrize("item", [3, None, [], {}, {"type": 4}, {"id": "x"}])
def test_an_item_without_a_tag_is_unknown_with_a_reason(item: Json) -> None:
    event = _event("item/completed", _item_completed(item))
    assert isinstance(event.item, UnknownItem)
    assert event.item.name == ""
    assert event.item.problem == "No `type` to tell what it is"


def test_an_unknown_part_deep_inside_leaves_the_rest_of_the_item_typed() -> None:
    actions = [{"type": "teleport", "to": "x"}, {"type": "unknown", "command": "ls"}]
    event = _event("item/completed", _item_completed(_command(commandActions=actions)))
    assert isinstance(event.item, CommandExecution)
    assert event.item.command_actions[0] == UnknownVariant(
        name="teleport", raw=msgspec.json.encode(actions[0])
    )
    assert len(event.item.command_actions) == 2


def test_an_unknown_part_in_a_list_that_may_also_be_a_string_is_found() -> None:
    item = {"type": "functionCallOutput", "id": "f", "name": "n", "output": [{"type": "smell"}]}
    event = _event("item/completed", _item_completed(item))
    assert isinstance(event.item, FunctionCallOutput)
    assert isinstance(event.item.output, list)
    assert isinstance(event.item.output[0], UnknownVariant)


def test_an_unknown_tag_of_another_tag_field_has_its_own_stand_in() -> None:
    entry = {"access": "read", "path": {"type": "special", "value": {"kind": "moon"}}}
    params = {
        "threadId": "t",
        "turnId": "u",
        "itemId": "i",
        "cwd": "/home/user",
        "startedAtMs": 1,
        "permissions": {"fileSystem": {"entries": [entry]}, "network": None},
    }
    value = decode_server_request("item/permissions/requestApproval", msgspec.json.encode(params))
    assert isinstance(value, PermissionsRequestApprovalParams)
    assert b'"kind":"moon"' in bytes(encode_params(value))
    entries = value.permissions.file_system
    assert isinstance(entries, AdditionalFileSystemPermissions)
    assert isinstance(entries.entries, list)
    path = entries.entries[0].path
    assert isinstance(path, SpecialFileSystemPath)
    assert path.value == UnknownKind(name="moon", raw=b'{"kind":"moon"}')
    found = to_builtins(value)["permissions"]["fileSystem"]["entries"][0]["path"]["value"]
    assert found == {"kind": "moon"}


def test_a_member_of_a_mapping_may_hold_a_stand_in() -> None:
    kind = dict[str, FormElicitation | UnknownMode]
    assert salvage(b'{"a":{"mode":"smoke"}}', kind, Drift()) == {
        "a": UnknownMode(name="smoke", raw=b'{"mode":"smoke"}')
    }


def test_a_broken_member_of_a_mapping_is_named_with_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"at `\$\.a\[1\]`"):
        salvage(b'{"a":[1,"x"]}', dict[str, list[int]], Drift())


def test_an_optional_union_takes_null() -> None:
    kind = list[FormElicitation | UnknownMode | None]
    assert salvage(b'[null,{"mode":"x"}]', kind, Drift())[0] is None


def test_a_union_without_a_stand_in_refuses_what_it_does_not_know() -> None:
    kind = TextUserInput | ImageUserInput
    with pytest.raises(msgspec.ValidationError, match="smell"):
        salvage(b'{"type":"smell"}', kind, Drift())
    with pytest.raises(msgspec.ValidationError, match="text"):
        salvage(b'{"type":"text"}', kind, Drift())


def test_a_struct_with_a_tag_refuses_another_tag() -> None:
    with pytest.raises(msgspec.ValidationError, match="type"):
        salvage(b'{"type":"image"}', TextUserInput, Drift())


def test_a_plain_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        salvage(b'"x"', int, Drift())
    with pytest.raises(msgspec.ValidationError):
        salvage(b'{"granular":3}', str | AskForApprovalDetail, Drift())
    with pytest.raises(msgspec.ValidationError):
        salvage(b"3", str | AskForApprovalDetail, Drift())


def test_error_info_is_read_in_both_of_its_forms() -> None:
    def info(value: Json) -> Any:
        error = {"message": "m", "codexErrorInfo": value}
        params = {"threadId": "t", "turnId": "u", "willRetry": False, "error": error}
        event = _event("error", params)
        assert isinstance(event, ErrorNotification)
        return event.error.codex_error_info

    assert info("contextWindowExceeded") == "contextWindowExceeded"
    assert info("somethingNew") == "somethingNew"
    detail = info({"httpConnectionFailed": {"httpStatusCode": 401}})
    assert detail.http_connection_failed.http_status_code == 401
    assert detail.active_turn_not_steerable is None
    assert info({"somethingNew": {}}).extra_fields == {"somethingNew": {}}


@pytest.mark.parametrize("raw", [b'{"delta":"\xff"}', b"\xff", b"", b"{", b"[1]"])
def test_no_bytes_make_decoding_raise(raw: bytes) -> None:
    event = decode_notification("item/agentMessage/delta", raw)
    assert isinstance(event, MalformedNotification)
    assert isinstance(decode_server_request("item/tool/call", raw), MalformedServerRequest)
    assert isinstance(decode_notification("no/such", raw), UnknownNotification)
    with pytest.raises(RemoteProtocolError):
        decode_result(TURN_START, raw)


def test_a_known_server_request_is_its_struct() -> None:
    params = {"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1}
    value = decode_server_request("item/fileChange/requestApproval", msgspec.json.encode(params))
    assert isinstance(value, SERVER_REQUESTS["item/fileChange/requestApproval"].params_type)


def test_an_unknown_server_request_keeps_its_params_and_ids() -> None:
    value = decode_server_request("zz/ask", b'{"conversationId":"c"}')
    assert value == UnknownServerRequest(
        method="zz/ask", params=b'{"conversationId":"c"}', thread_id="c"
    )


def test_a_malformed_server_request_says_what_is_wrong() -> None:
    value = decode_server_request("item/tool/call", b'{"threadId":"t","turnId":"u"}')
    assert isinstance(value, MalformedServerRequest)
    assert (value.thread_id, value.turn_id) == ("t", "u")
    assert "missing required field" in value.problem


def test_an_elicitation_of_an_unknown_mode_is_a_stand_in() -> None:
    raw = b'{"threadId":"t","serverName":"s","mode":"telepathy"}'
    value = decode_server_request("mcpServer/elicitation/request", raw)
    assert value == UnknownMode(name="telepathy", raw=raw)


def test_a_result_is_its_struct() -> None:
    raw = b'{"turn":{"id":"u","status":"inProgress","items":[]}}'
    assert decode_result(TURN_START, raw).turn.id == "u"


def test_a_result_with_an_unknown_item_is_still_a_result() -> None:
    raw = b'{"turn":{"id":"u","status":"inProgress","items":[{"type":"new"}]}}'
    assert decode_result(TURN_START, raw).turn.items == [
        UnknownItem(name="new", raw=b'{"type":"new"}')
    ]


@pytest.mark.parametrize("raw", [b"{}", b"null", b"{", b"", b'{"thread":3}'])
def test_a_result_of_another_shape_is_the_servers_fault(raw: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="thread/read: the result is not"):
        decode_result(THREAD_READ, raw)


def test_absent_and_null_differ_in_what_is_sent() -> None:
    assert bytes(encode_params(ThreadStartParams())) == b"{}"
    assert bytes(encode_params(ThreadStartParams(model=None))) == b'{"model":null}'


def test_an_object_form_of_an_enum_is_sent_with_its_one_field() -> None:
    granular = GranularApproval(mcp_elicitations=True, rules=False, sandbox_approval=True)
    params = ThreadStartParams(approval_policy=AskForApprovalDetail(granular=granular))
    sent = msgspec.json.decode(encode_params(params))
    assert sent["approvalPolicy"]["granular"]["mcp_elicitations"] is True
    assert list(sent["approvalPolicy"]) == ["granular"]


def test_a_stand_in_is_sent_back_as_it_came() -> None:
    raw = b'{"type":"smell","of":"roses"}'
    message = UserMessage(id="m", content=[TextUserInput(text="a")])
    event = _event(
        "item/completed",
        _item_completed({**to_builtins(message), "content": [msgspec.json.decode(raw)]}),
    )
    assert msgspec.json.decode(encode_params(event.item))["content"] == [
        {"type": "smell", "of": "roses"}
    ]


def test_plain_json_is_sent_as_it_is() -> None:
    assert bytes(encode_params({"a": [1, (2, None)], "b": '":"?"'})) == (
        b'{"a":[1,[2,null]],"b":"\\":\\"?\\""}'
    )
    assert bytes(encode_params(None)) == b"null"


def test_a_string_that_looks_like_a_stand_in_stays_a_string() -> None:
    params = {"x": "?", "y": ["?", {"z": "?"}]}
    assert msgspec.json.decode(encode_params(params)) == params


def test_a_lone_surrogate_is_refused_with_the_way_out() -> None:
    params = TurnStartParams(thread_id="t", input=[TextUserInput(text="bad \ud800 text")])
    with pytest.raises(InvalidInput, match="lone surrogate"):
        encode_params(params)


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(InvalidInput, match="plain JSON"):
        encode_params({"x": object()})


def test_answers_are_encoded_by_their_wire_names() -> None:
    answers = {"q": ToolRequestUserInputAnswer(answers=["a"])}
    encoded = encode_params(ToolRequestUserInputResponse(answers=answers))
    assert bytes(encoded) == b'{"answers":{"q":{"answers":["a"]}}}'


def test_of_how_many_a_delta_is_made_is_ours_and_never_on_the_wire() -> None:
    event = _event("item/agentMessage/delta", DELTA)
    merged = msgspec.structs.replace(event, merged=3)
    assert (event.merged, merged.merged) == (1, 3)
    assert msgspec.json.decode(encode_params(event)) == DELTA
    assert msgspec.json.decode(encode_params(merged)) == DELTA


@pytest.mark.parametrize("field", [7, "x"])
def test_a_field_of_the_server_with_the_name_of_ours_is_a_field_of_the_server(field: Json) -> None:
    event = _event("item/agentMessage/delta", {**DELTA, "merged": field})
    assert (event.merged, event.extra_fields) == (1, {"merged": field})
    assert msgspec.json.decode(encode_params(event)) == {**DELTA, "merged": field}


def test_an_item_with_our_own_tag_for_a_kind_is_an_item_of_an_unknown_kind() -> None:
    item = {"type": "?", "name": "agentMessage", "raw": "AAAA"}
    event = _event("item/completed", _item_completed(item))
    assert (event.item.name, msgspec.json.decode(event.item.raw)) == ("?", item)
    assert to_builtins(event)["item"] == item


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "id", "item", "turn", "items", "threadId", "turnId", "status"])
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(method=st.sampled_from(sorted(NOTIFICATIONS)) | st.text(), params=JSON)
def test_no_json_makes_decoding_a_notification_raise(method: str, params: Json) -> None:
    raw = msgspec.json.encode(params)
    event = decode_notification(method, raw)
    if isinstance(event, (UnknownNotification, MalformedNotification)):
        assert event.params == raw


@given(method=st.sampled_from(sorted(SERVER_REQUESTS)) | st.text(), params=st.binary() | JSON)
def test_no_bytes_make_decoding_a_server_request_raise(method: str, params: Json) -> None:
    raw = params if isinstance(params, bytes) else msgspec.json.encode(params)
    for name in ("turn/completed", "item/completed", "thread/status/changed"):
        event = decode_notification(name, raw)
        assert not isinstance(event, MalformedNotification) or event.params == raw
    value = decode_server_request(method, raw)
    if isinstance(value, (UnknownServerRequest, MalformedServerRequest)):
        assert value.params == raw


@given(name=st.sampled_from(sorted(CLIENT_METHODS)), result=st.binary() | JSON)
def test_a_result_is_read_or_is_the_servers_fault(name: str, result: Json) -> None:
    raw = result if isinstance(result, bytes) else msgspec.json.encode(result)
    try:
        value = decode_result(CLIENT_METHODS[name], raw)
    except RemoteProtocolError:
        return
    assert isinstance(value, msgspec.Struct)


@given(items=st.lists(JSON, max_size=4))
def test_whatever_an_item_is_its_turn_ends(items: list[Json]) -> None:
    event = _event("turn/completed", _turn_completed(items))
    assert isinstance(event, TurnCompleted)
    assert len(event.turn.items) == len(items)


@pytest.mark.parametrize(
    ("params", "thread_id"),
    [
        (b'{"x":{"threadId":"inner"},"threadId":"t","turn":[1]}', "t"),
        (b'{"threadId":5}', None),
        (b"{}", None),
        (b"[]", None),
        (b"null", None),
        (b'{"threadId":"t"', None),
    ],
)
def test_the_thread_of_params_can_be_had_without_decoding_them(
    params: bytes, thread_id: str | None
) -> None:
    assert peek_thread_id(params) == thread_id


def test_what_python_cannot_hold_is_shown_as_nothing() -> None:
    shown = decode_notification("item/completed", _raw(_item_completed({"type": "new", "size": 1})))
    assert plain_json(shown)["item"] == {"type": "new", "size": 1}
    raw = _raw(_item_completed({"type": "new"})).replace(b'"new"', b'"new","size":1e999')
    assert plain_json(decode_notification("item/completed", raw)) is None


def _raw(value: Json) -> bytes:
    return msgspec.json.encode(value)

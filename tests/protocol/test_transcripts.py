"""The recorded conversation with the real server: every message is understood, nothing is lost."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
import pytest

from codex_runtime.protocol import (
    CLIENT_METHODS,
    SERVER_REQUESTS,
    AgentMessageDelta,
    CommandExecution,
    ItemCompleted,
    MalformedNotification,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    UnknownNotification,
    decode_notification,
    decode_result,
    decode_server_request,
    encode_params,
)

# Plain JSON, looked into key by key.
Json = Any

# What the sessions of this package send in their life.
SESSION_METHODS = {
    "initialize",
    "thread/archive",
    "thread/compact/start",
    "thread/fork",
    "thread/name/set",
    "thread/read",
    "thread/resume",
    "thread/start",
    "thread/turns/list",
    "thread/unsubscribe",
    "turn/interrupt",
    "turn/start",
    "turn/steer",
}

TRANSCRIPT = files("codex_runtime") / "testing" / "transcripts" / "codex-0.163.0-session.jsonl"
RECORDS: list[Json] = [msgspec.json.decode(line) for line in TRANSCRIPT.read_bytes().splitlines()]


def _messages(sender: str, *, request: bool) -> list[Json]:
    found: list[Json] = []
    for record in RECORDS:
        message = record["message"]
        if record["from"] == sender and "method" in message and ("id" in message) is request:
            found.append(message)
    return found


def _answers() -> list[tuple[str, Json]]:
    asked = {message["id"]: message["method"] for message in _messages("client", request=True)}
    return [
        (asked[record["message"]["id"]], record["message"]["result"])
        for record in RECORDS
        if record["from"] == "server" and "result" in record["message"]
    ]


def _lost(before: Json, after: Json, path: str = "$") -> list[str]:
    """The places of ``before`` that are not the same in ``after``."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            place
            for key, value in before.items()
            for place in (
                _lost(value, after[key], f"{path}.{key}") if key in after else [f"{path}.{key}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [place for i, (a, b) in pairs for place in _lost(a, b, f"{path}[{i}]")]
    return [] if before == after else [path]


def _round_trip(value: object) -> Json:
    return msgspec.json.decode(encode_params(value))


def _events() -> list[Any]:
    return [
        decode_notification(message["method"], msgspec.json.encode(message["params"]))
        for message in _messages("server", request=False)
    ]


def test_every_notification_is_typed() -> None:
    odd = [
        event
        for event in _events()
        if isinstance(event, (UnknownNotification, MalformedNotification))
    ]
    assert odd == []


def test_no_part_of_a_notification_needed_a_stand_in() -> None:
    assert [event for event in _events() if b'"?"' in msgspec.json.encode(event)] == []


def test_a_notification_decoded_and_encoded_again_has_lost_nothing() -> None:
    for message in _messages("server", request=False):
        event = decode_notification(message["method"], msgspec.json.encode(message["params"]))
        assert _lost(message["params"], _round_trip(event)) == [], message["method"]


def test_a_server_request_decoded_and_encoded_again_has_lost_nothing() -> None:
    asked = _messages("server", request=True)
    for message in asked:
        value = decode_server_request(message["method"], msgspec.json.encode(message["params"]))
        assert isinstance(value, SERVER_REQUESTS[message["method"]].params_type)
        assert _lost(message["params"], _round_trip(value)) == [], message["method"]
    assert {message["method"] for message in asked} == {
        "item/commandExecution/requestApproval",
        "item/fileChange/requestApproval",
        "item/tool/call",
        "item/tool/requestUserInput",
    }


def test_our_answers_are_of_the_types_of_their_requests() -> None:
    asked = {message["id"]: message["method"] for message in _messages("server", request=True)}
    answers = [
        record["message"]
        for record in RECORDS
        if record["from"] == "client" and "method" not in record["message"]
    ]
    for answer in answers:
        kind = SERVER_REQUESTS[asked[answer["id"]]].response_type
        value = msgspec.convert(answer["result"], kind)
        assert _round_trip(value) == answer["result"]
    assert len(answers) == len(asked)


def test_a_result_decoded_and_encoded_again_has_lost_nothing() -> None:
    answers = _answers()
    for name, result in answers:
        value = decode_result(CLIENT_METHODS[name], msgspec.json.encode(result))
        assert _lost(result, _round_trip(value)) == [], name
    assert {name for name, _ in answers} >= SESSION_METHODS


def test_params_that_the_server_took_can_all_be_said_with_our_types() -> None:
    for message in _messages("client", request=True):
        value = msgspec.convert(message["params"], CLIENT_METHODS[message["method"]].params_type)
        assert _lost(message["params"], _round_trip(value)) == [], message["method"]


@pytest.mark.parametrize("status", ["completed", "interrupted", "failed"])
def test_turns_of_each_end_are_in_the_recording(status: str) -> None:
    ends = [event.turn.status for event in _events() if isinstance(event, TurnCompleted)]
    assert status in ends


def test_a_command_that_ran_has_its_exit_code_and_output() -> None:
    ran = [
        event.item
        for event in _events()
        if isinstance(event, ItemCompleted) and isinstance(event.item, CommandExecution)
    ]
    assert any(item.exit_code == 0 and "done" in (item.aggregated_output or "") for item in ran)


def test_deltas_and_usage_are_in_the_recording() -> None:
    events = _events()
    assert "".join(event.delta for event in events if isinstance(event, AgentMessageDelta))
    usages = [event for event in events if isinstance(event, ThreadTokenUsageUpdated)]
    assert usages[0].token_usage.last.total_tokens == 150

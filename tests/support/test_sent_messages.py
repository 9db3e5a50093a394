"""The check of what was sent sees every kind of wrong message, and nothing wrong in a right one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codex_runtime.protocol.schema_file import Schema, load, schema_file
from tests.support.sent_messages import MessageCheck

if TYPE_CHECKING:
    from tests.support.schema_check import Json

INFO = {"name": "me", "version": "0"}
APPROVAL = "item/commandExecution/requestApproval"


def without_what_is_experimental(schema: Schema) -> Schema:
    """Roughly the stable schema: without its methods, and without the fields of one definition."""
    start: Json = schema.definitions["ThreadStartParams"]
    new = schema.experimental_fields["ThreadStartParams"]
    fields = {name: node for name, node in start["properties"].items() if name not in new}
    stable = {name: row for name, row in schema.client_methods.items() if row["stable"]}
    definitions = {**schema.definitions, "ThreadStartParams": {**start, "properties": fields}}
    return replace(schema, definitions=definitions, client_methods=stable)


@pytest.fixture(scope="module")
def check() -> MessageCheck:
    schema = load(schema_file())
    return MessageCheck(without_what_is_experimental(schema), schema)


def lines(*messages: Json) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def request(method: str, params: Json = None) -> Json:
    message = {"id": 1, "method": method}
    return message if params is None else {**message, "params": params}


def initialize(*, experimental: bool) -> Json:
    params = {"clientInfo": INFO, "capabilities": {"experimentalApi": experimental}}
    return request("initialize", params)


def test_a_right_conversation_has_no_problem(check: MessageCheck) -> None:
    sent = lines(
        initialize(experimental=False),
        {"method": "initialized"},
        request("thread/start", {"cwd": "/", "sandbox": "read-only"}),
        {**request("thread/loaded/list", {}), "trace": {"traceparent": "00-1-2-00"}},
        {"id": 0, "result": {"decision": "decline"}},
        {"id": "a", "error": {"code": -32601, "message": "no"}},
        request("config/mcpServer/reload"),
    )
    received = lines(
        {"id": 1, "result": {}},
        {"id": 0, "method": APPROVAL, "params": {}},
        {"id": "a", "method": "item/of/tomorrow", "params": {}},
        {"method": "turn/started", "params": {}},
    )
    assert check.problems(sent, received) == []


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (request("thread/load", {}), "thread/load: the schema has no such method"),
        (request("initialized"), "initialized: the schema has no such method"),
        ({"method": "initialize"}, "initialize: the schema has no such method"),
        ({"method": "initialized", "params": {}}, 'initialized: $: {} is not of type "null"'),
        (
            request("thread/read", {"threadId": "t", "turns": True}),
            "thread/read: $.turns: the schema has no such field",
        ),
        (request("thread/read", {}), "thread/read: $.threadId: is required"),
        (request("thread/read"), 'thread/read: $: null is not of type "object"'),
        (
            {**request("thread/loaded/list", {}), "jsonrpc": "2.0"},
            "thread/loaded/list: $.jsonrpc: the schema has no such field",
        ),
        (
            {"id": 1.5, "method": "thread/loaded/list", "params": {}},
            "thread/loaded/list: $.id: 1.5 is none of the 2 alternatives",
        ),
        ({"id": 1}, 'this is no JSON-RPC message: {"id": 1}'),
        ({"id": 1, "result": 1, "error": {}}, "this is no JSON-RPC message: {"),
        ([], "this line is no object: []"),
    ],
)
def test_a_wrong_message_is_told(check: MessageCheck, message: Json, problem: str) -> None:
    (told,) = check.problems(lines(message), b"")
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            {"id": 0, "result": {"decision": "maybe"}},
            f"answer to {APPROVAL}: $.decision: maybe is none of the ",
        ),
        (
            {"id": 0, "result": {"decision": "accept", "why": "so"}},
            f"answer to {APPROVAL}: $.why: the schema has no such field",
        ),
        (
            {"id": 0, "error": {"code": "x", "message": "no"}},
            f"refusal of {APPROVAL}: $.error.code: ",
        ),
        (
            {"id": "0", "result": {"decision": "accept"}},
            "answer '0': nothing was asked, or it was answered before",
        ),
        ({"id": 7, "result": {}}, "answer to no/such: the schema has no such server request"),
    ],
)
def test_a_wrong_answer_is_told(check: MessageCheck, answer: Json, problem: str) -> None:
    asked = lines(
        {"id": 0, "method": APPROVAL, "params": {}}, {"id": 7, "method": "no/such", "params": {}}
    )
    (told,) = check.problems(lines(answer), asked)
    assert told.startswith(problem)


def test_a_second_answer_is_told(check: MessageCheck) -> None:
    asked = lines({"id": 0, "method": APPROVAL, "params": {}})
    answer = {"id": 0, "result": {"decision": "decline"}}
    (told,) = check.problems(lines(answer, answer), asked)
    assert told == "answer 0: nothing was asked, or it was answered before"


def test_what_is_experimental_is_right_only_where_it_was_asked_for(check: MessageCheck) -> None:
    method = request("thread/settings/update", {"threadId": "t"})
    field = request("thread/start", {"historyMode": "legacy"})
    asked_for = lines(initialize(experimental=True), method, field)
    assert check.problems(asked_for, b"") == []
    assert check.problems(lines(initialize(experimental=False), method, field), b"") == [
        "thread/settings/update: the schema has no such method",
        "thread/start: $.historyMode: the schema has no such field",
    ]


def test_what_is_no_whole_line_of_json_is_told(check: MessageCheck) -> None:
    whole = lines(request("thread/loaded/list", {}))
    broken, unfinished = check.problems(b"{]\n" + whole + b'{"id": 2', b"")[:2]
    assert broken.startswith("this line is no JSON")
    assert unfinished.startswith("this line is no JSON")
    (told,) = check.problems(whole[:-1], b"")
    assert told.startswith("the last line has no end")

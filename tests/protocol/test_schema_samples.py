"""Whatever the schema allows is read, typed, and written again; and so is what it will allow.

The values come from the schema, not from our types: see ``tests/support/schema_samples.py``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from codex_runtime.protocol import (
    CLIENT_METHODS,
    NOTIFICATIONS,
    SERVER_REQUESTS,
    MalformedNotification,
    MalformedServerRequest,
    ThreadItem,
    UnknownNotification,
    UnknownServerRequest,
    decode_notification,
    decode_result,
    decode_server_request,
    encode_params,
)
from codex_runtime.protocol.drift import Drift
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.generator.selection import OPAQUE
from codex_runtime.protocol.salvage import salvage
from codex_runtime.protocol.schema_file import load, schema_file
from tests.support.schema_check import SchemaCheck
from tests.support.schema_samples import Newer, Samples

if TYPE_CHECKING:
    from collections.abc import Callable

# Plain JSON, looked into key by key.
Json = Any

PLAN = make_plan(load(schema_file()))
SCHEMA = PLAN.schema  # without its errors
# What we take as plain JSON keeps whatever is in it.
SAMPLES = Samples(SCHEMA.definitions, opaque=OPAQUE)
CHECK = SchemaCheck(SCHEMA.definitions)

_UNREAD = (
    MalformedNotification,
    MalformedServerRequest,
    UnknownNotification,
    UnknownServerRequest,
)


def _notification(name: str, raw: bytes, drift: Drift) -> Any:
    return decode_notification(name, raw, drift)


def _server_request(name: str, raw: bytes, drift: Drift) -> Any:
    return decode_server_request(name, raw, drift)


def _result(name: str, raw: bytes, drift: Drift) -> Any:
    return decode_result(CLIENT_METHODS[name], raw, drift)


# Every message that the server sends: its definition, and how we read it.
MESSAGES: dict[str, tuple[str, Callable[[bytes, Drift], Any]]] = {
    **{
        f"notification {row.name}": (row.payload, partial(_notification, row.name))
        for row in PLAN.notifications
    },
    **{
        f"server request {row.name}": (row.params, partial(_server_request, row.name))
        for row in PLAN.server_requests
    },
    **{f"result of {row.name}": (row.result, partial(_result, row.name)) for row in PLAN.methods},
}


def _lost(before: Json, after: Json, path: str = "$") -> list[str]:
    """The places of ``before`` that are not the same in ``after``; null may have been left out."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            place
            for key, value in before.items()
            if not (value is None and key not in after)
            for place in (
                _lost(value, after[key], f"{path}.{key}") if key in after else [f"{path}.{key}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [place for i, (a, b) in pairs for place in _lost(a, b, f"{path}[{i}]")]
    return [] if before == after else [path]


def _again(value: object) -> Json:
    return msgspec.json.decode(encode_params(value))


def test_every_message_of_the_server_is_sampled() -> None:
    assert len(MESSAGES) == len(NOTIFICATIONS) + len(SERVER_REQUESTS) + len(CLIENT_METHODS)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_the_schema_allows_is_read_typed_and_written_again(message: str) -> None:
    definition, decode = MESSAGES[message]
    for sample in SAMPLES.of(definition):
        assert CHECK.problems(sample, definition) == []
        drift = Drift()
        value = decode(msgspec.json.encode(sample), drift)
        assert not isinstance(value, _UNREAD), value
        assert drift == Drift(), sample
        again = _again(value)
        assert CHECK.problems(again, definition) == [], again
        assert _lost(sample, again) == []


@pytest.mark.parametrize("message", MESSAGES)
def test_what_a_newer_schema_allows_costs_nothing_but_itself(message: str) -> None:
    definition, decode = MESSAGES[message]
    for newer in SAMPLES.newer(definition):
        drift = Drift()
        value = decode(msgspec.json.encode(newer.value), drift)
        assert not isinstance(value, _UNREAD), (newer, value)
        assert drift == _expected(newer), newer
        assert _lost(newer.value, _again(value)) == [], newer


def _expected(newer: Newer) -> Drift:
    """One unknown field, one stand-in, or nothing: an open enum takes any text."""
    match newer.change:
        case "field" if newer.is_allowed:
            return Drift()
        case "field":
            return Drift(unknown_fields=1)
        case "tag":
            return Drift(unknown_parts=1)
        case "value":
            return Drift()


def _item_kinds() -> list[str]:
    variants = SCHEMA.definitions["ThreadItem"]["oneOf"]
    return [variant["properties"]["type"]["enum"][0] for variant in variants]


@pytest.mark.parametrize("kind", _item_kinds())
def test_an_item_of_every_kind_is_read_and_written_again(kind: str) -> None:
    found = [item for item in SAMPLES.of("ThreadItem") if item["type"] == kind]
    assert found
    for item in found:
        drift = Drift()
        value = salvage(msgspec.json.encode(item), ThreadItem, drift)
        assert value.__struct_config__.tag == kind
        assert drift == Drift()
        assert _lost(item, _again(value)) == []


@pytest.mark.parametrize("change", ["field", "tag", "value"])
def test_items_are_sampled_with_every_change(change: str) -> None:
    assert any(newer.change == change for newer in SAMPLES.newer("ThreadItem"))


@pytest.mark.parametrize("broken", [0, "text", [], {"no such": "kind"}, {"type": "agentMessage"}])
@pytest.mark.parametrize("turn", ["turn/started", "turn/completed"])
def test_a_broken_item_costs_that_item_alone(turn: str, broken: Json) -> None:
    definition, decode = MESSAGES[f"notification {turn}"]
    *_, params = SAMPLES.of(definition)
    good = params["turn"]["items"]
    drift = Drift()
    event = decode(
        msgspec.json.encode({**params, "turn": {**params["turn"], "items": [broken, *good]}}), drift
    )
    stand_in, *items = event.turn.items
    assert stand_in.problem is not None
    assert drift == Drift(malformed_parts=1)
    assert _lost(good, [_again(item) for item in items]) == []

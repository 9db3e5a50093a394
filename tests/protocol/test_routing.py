"""Which thread and turn an event belongs to, on what the real server sent and beyond it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from codex_runtime.errors import RemoteProtocolError
from codex_runtime.protocol import decode_notification
from codex_runtime.protocol.codec import decode_json
from codex_runtime.protocol.routing import route_ids
from codex_runtime.protocol.unset import UNSET

TRANSCRIPTS = (files("codex_runtime") / "testing" / "transcripts").iterdir


def notifications() -> list[dict[str, Any]]:
    lines = [line for path in TRANSCRIPTS() for line in path.read_text("utf-8").splitlines()]
    messages = [json.loads(line) for line in lines]
    return [
        entry["message"]
        for entry in messages
        if entry["from"] == "server" and "method" in entry["message"]
        if "id" not in entry["message"]
    ]


def test_every_recorded_event_goes_to_the_ids_in_its_params() -> None:
    seen = notifications()
    assert seen
    for message in seen:
        params = message["params"]
        turn_id = params.get("turnId") or (params.get("turn") or {}).get("id")
        thread_id = params.get("threadId") or (params.get("thread") or {}).get("id")
        event = decode_notification(message["method"], json.dumps(params).encode())
        assert route_ids(event) == (thread_id, turn_id)


def test_an_event_without_a_thread_belongs_to_none() -> None:
    event = decode_notification("configWarning", b'{"summary":"x"}')
    assert route_ids(event) == (None, None)


@pytest.mark.parametrize("method", ["turn/from/tomorrow", "turn/completed"])
def test_an_event_that_cannot_be_typed_goes_to_the_ids_that_could_be_read(method: str) -> None:
    params = b'{"threadId":"t","turn":{"id":"u","status":7},"turnId":"u"}'
    assert route_ids(decode_notification(method, params)) == ("t", "u")


def test_what_is_no_json_is_the_servers_fault() -> None:
    with pytest.raises(RemoteProtocolError, match="no JSON"):
        decode_json(b"{")


def test_unset_is_not_none_and_is_false() -> None:
    assert UNSET is not None
    assert not UNSET

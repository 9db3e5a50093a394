"""What a Chat Completions server says, in short, and what becomes of it."""

from __future__ import annotations

import itertools
import json
from typing import Any

from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.shapes.events import ResponseEcho
from codex_runtime.relay.stream.machine import StreamMachine

Json = dict[str, Any]

DONE = b"data: [DONE]\n\n"


def machine(
    *filters: str, tools: ToolNames | None = None, echo: ResponseEcho | None = None
) -> StreamMachine:
    """A machine whose ids count up: msg_1, fc_2, …"""
    numbers = itertools.count(1)
    return StreamMachine(
        response_id="resp_1",
        model="m",
        tools=tools or ToolNames(),
        filters=filters,
        created_at=1_700_000_000,
        echo=echo or ResponseEcho(),
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
    )


def sse(*payloads: object) -> bytes:
    """An event stream of these; bytes stand for themselves."""
    return b"".join(
        payload if isinstance(payload, bytes) else b"data: %b\n\n" % json.dumps(payload).encode()
        for payload in payloads
    )


def delta(finish: object = None, **fields: object) -> Json:
    """A chunk whose delta has these fields."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def text(content: object) -> Json:
    return delta(content=content)


def finish(reason: str = "stop", **fields: object) -> Json:
    return delta(reason, **fields)


def call(
    arguments: object = None,
    *,
    name: object = None,
    id: object = None,  # noqa: A002 - the field's name
    index: object = None,
) -> Json:
    """A piece of a tool call; what is None is left out."""
    function = {"name": name, "arguments": arguments}
    piece = {"index": index, "id": id, "function": _without_none(function)}
    return _without_none(piece)


def calls(*pieces: Json) -> Json:
    return delta(tool_calls=list(pieces))


def _without_none(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def events_of(data: bytes) -> list[Json]:
    """The events in these bytes, each checked for its framing."""
    found: list[Json] = []
    blocks = data.split(b"\n\n")
    assert blocks.pop() == b""
    for block in blocks:
        name, payload = block.split(b"\n")
        event = json.loads(payload.removeprefix(b"data: "))
        assert name == b"event: " + event["type"].encode()
        found.append(event)
    return found


def answer(*payloads: object, of: StreamMachine | None = None) -> list[Json]:
    """The events of a whole stream of these payloads, which ends after the last one."""
    used = of or machine()
    return events_of(used.start() + used.feed(sse(*payloads)) + used.finish())


def names(events: list[Json]) -> list[str]:
    """The events' types, without their common beginning, the two opening ones left out."""
    return [event["type"].removeprefix("response.") for event in events[2:]]


def items(events: list[Json]) -> list[Json]:
    """The items that were done."""
    return [event["item"] for event in events if event["type"] == "response.output_item.done"]


def last(events: list[Json]) -> Json:
    """The response of the last event, which must be the only one that ends a response."""
    terminal = ("response.completed", "response.incomplete", "response.failed")
    assert [event["type"] for event in events if event["type"] in terminal] == [events[-1]["type"]]
    response: Json = events[-1]["response"]
    return response


def said(events: list[Json]) -> str:
    """All text of the answer."""
    kind = "response.output_text.delta"
    return "".join(event["delta"] for event in events if event["type"] == kind)


def thought(events: list[Json]) -> str:
    """All reasoning of the answer."""
    kind = "response.reasoning_summary_text.delta"
    return "".join(event["delta"] for event in events if event["type"] == kind)

"""What the real app-server was recorded to say, by method.

Owns the recorded conversations (`codex_runtime/testing/transcripts`, one JSON object per line:
``{"from": "client" | "server" | "process", "message": ...}``) and the look-up of a message in them.
Knows neither the fake nor the client. Enter at `captured_notification` and `captured_result`.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "OVERLOADED",
    "SCENES",
    "VERSION",
    "Json",
    "captured_item",
    "captured_notification",
    "captured_request",
    "captured_result",
    "part_of",
    "transcript",
]

# Any: plain JSON, looked into key by key.
Json: TypeAlias = Any

VERSION: Final = "0.163.0"
"""Of the recorded app-server, and what the fake says it is."""

SCENES: Final = (
    "session",
    "killed",
    "ended",
    "rejoined",
    "interrupts",
    "pending",
    "terminals",
    "children",
    "refused",
    "overloaded",
)
"""The recordings; what several of them have is taken from the first."""

OVERLOADED: Final[dict[str, Json]] = {"code": -32001, "message": "Server overloaded; retry later."}
"""The error of a request that finds the server's queue full."""


@cache
def transcript(scene: str) -> tuple[Json, ...]:
    """The records of one recording, in order; shared, so not to be changed."""
    name = f"codex-{VERSION}-{scene}.jsonl"
    text = files("codex_runtime.testing").joinpath("transcripts", name).read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def captured_notification(method: str) -> Json:
    """The params of the first recorded notification of that method."""
    return deepcopy(_first(method, is_request=False))


def captured_request(method: str) -> Json:
    """The params of the first recorded server request of that method."""
    return deepcopy(_first(method, is_request=True))


def captured_result(method: str, scene: str | None = None) -> Json:
    """The first recorded result of that client method, in one recording or in any."""
    return deepcopy(_result(method, scene))


def captured_item(kind: str, **fields: str) -> Json:
    """The first recorded item of that type with these fields."""
    return deepcopy(_item(kind, tuple(fields.items())))


@cache
def _first(method: str, *, is_request: bool) -> Json:
    for message in _said_by_the_server():
        if message.get("method") == method and ("id" in message) is is_request:
            return message["params"]
    raise LookupError(f"no {method} was recorded")


@cache
def _result(method: str, scene: str | None) -> Json:
    for name in SCENES if scene is None else (scene,):
        asked = {
            record["message"]["id"]
            for record in transcript(name)
            if record["from"] == "client" and record["message"].get("method") == method
        }
        for message in _said_by_the_server(name):
            if "result" in message and message["id"] in asked:
                return message["result"]
    raise LookupError(f"no result of {method} was recorded")


@cache
def _item(kind: str, fields: tuple[tuple[str, str], ...]) -> Json:
    for message in _said_by_the_server():
        item = part_of(part_of(message, "params"), "item")
        if item.get("type") == kind and all(item.get(key) == value for key, value in fields):
            return item
    raise LookupError(f"no item {kind} with {dict(fields)} was recorded")


def part_of(value: Json, key: str) -> dict[str, Json]:
    """The object that stands there under that key; an empty one when none does."""
    found = value.get(key)
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def _said_by_the_server(scene: str | None = None) -> Iterator[Json]:
    for name in SCENES if scene is None else (scene,):
        for record in transcript(name):
            if record["from"] == "server":
                yield record["message"]

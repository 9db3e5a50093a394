"""How the tests of this folder ask: requests and items in a word, chat requests as plain JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.relay.failures import Failure, Refused
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.request.translation import ChatCall, read_request, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN = RequestOptions()
Json = dict[str, Any]
"""Any: JSON as it is sent."""


def body(**fields: object) -> bytes:
    """A request of the model `m`, saying hello unless an input is given."""
    return json.dumps({"model": "m", "input": "hello", **fields}).encode()


def call_of(
    *, options: RequestOptions = PLAIN, history: Sequence[Json] = (), **fields: object
) -> ChatCall:
    """The translated request."""
    before = [json.dumps(item).encode() for item in history]
    return translate(read_request(body(**fields)), before, options)


def chat(
    *, options: RequestOptions = PLAIN, history: Sequence[Json] = (), **fields: object
) -> Json:
    """The chat request that is sent."""
    sent: Json = json.loads(call_of(options=options, history=history, **fields).encode())
    return sent


def messages(*items: Json, options: RequestOptions = PLAIN, **fields: object) -> list[Json]:
    """The chat messages that these items become."""
    sent: list[Json] = chat(input=items, options=options, history=(), **fields)["messages"]
    return sent


def refusal(*, options: RequestOptions = PLAIN, **fields: object) -> Failure:
    """Why a request is refused."""
    with pytest.raises(Refused) as caught:
        call_of(options=options, history=(), **fields)
    assert caught.value.failure.status == 400
    return caught.value.failure


def said(role: str, text: str) -> Json:
    """A message item of one text."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def called(call_id: str | None, name: str = "run", arguments: str = "{}", **more: object) -> Json:
    """A function call item."""
    item = {"type": "function_call", "name": name, "arguments": arguments, **more}
    return item if call_id is None else {**item, "call_id": call_id}


def gave(call_id: str | None, output: object = "done") -> Json:
    """The output item of a function call."""
    item: Json = {"type": "function_call_output", "output": output}
    return item if call_id is None else {**item, "call_id": call_id}


def thought(text: str) -> Json:
    """A reasoning item."""
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}


def function(name: str, **more: object) -> Json:
    """A function tool."""
    return {"type": "function", "name": name, "parameters": {"type": "object"}, **more}


def namespace(name: str, *tools: Json, description: str | None = None) -> Json:
    """A namespace of tools."""
    return {"type": "namespace", "name": name, "description": description, "tools": tools}

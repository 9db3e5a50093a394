"""Every event validates, strictly, against the models of the official client."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from msgspec.json import decode
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, ValidationError

from codex_runtime.relay.failures import upstream_unreachable
from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.shapes.asked import ResponsesRequest
from codex_runtime.relay.shapes.events import ResponseEcho, echo_of
from tests.relay.stream.saying import (
    DONE,
    Json,
    answer,
    call,
    calls,
    delta,
    events_of,
    finish,
    last,
    machine,
    sse,
    text,
)

CLASSES: dict[str, type[BaseModel]] = {
    get_args(member.model_fields["type"].annotation)[0]: member
    for member in get_args(get_args(ResponseStreamEvent)[0])
}
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
REQUEST: Json = {
    "model": "m",
    "input": "hi",
    "instructions": "be brief",
    "tools": [
        {
            "type": "function",
            "name": "f",
            "description": "d",
            "parameters": {"type": "object", "properties": {}},
            "strict": False,
        },
        {"type": "function", "name": "bare", "parameters": None, "strict": None},
        {
            "type": "custom",
            "name": "apply_patch",
            "format": {"type": "grammar", "syntax": "lark", "definition": "x"},
        },
        {
            "type": "namespace",
            "name": "ns",
            "description": "d",
            "tools": [{"type": "function", "name": "g", "parameters": {}}],
        },
        {"type": "tool_search", "execution": "client", "parameters": {"type": "object"}},
        {"type": "local_shell"},
        {"type": "web_search"},
    ],
    "tool_choice": {"type": "function", "name": "f"},
    "parallel_tool_calls": False,
    "reasoning": {"effort": "high", "summary": "auto"},
    "text": {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "s", "schema": {"type": "object"}},
    },
    "temperature": 0.5,
    "top_p": 0.9,
    "max_output_tokens": 100,
    "metadata": {"a": "b"},
    "previous_response_id": "resp_0",
    "prompt_cache_key": "k",
    "store": False,
}


def echo(request: Json) -> ResponseEcho:
    return echo_of(decode(json.dumps(request, indent=2), type=ResponsesRequest))


def check(events: list[Json]) -> set[str]:
    """Validate events and give their types."""
    for event in events:
        CLASSES[event["type"]].model_validate_json(json.dumps(event), strict=True)
    return {event["type"].removeprefix("response.") for event in events}


def everything(reason: str) -> list[Json]:
    """A stream with an item of every kind."""
    tools = ToolNames()
    tools.declare("custom", "apply_patch")
    tools.declare("tool_search", "tool_search")
    tools.declare("local_shell", "local_shell")
    tools.declare("function", "g", "ns")
    return answer(
        delta(reasoning_content="Hm"),
        text("Hi"),
        calls(
            call('{"x":1}', name="f", id="a", index=0),
            call('{"x":1}', name="g", id="b", index=1),
            call('{"patch":"p"}', name="apply_patch", id="c", index=2),
            call('{"query":"q"}', name="tool_search", id="d", index=3),
            call('{"command":["ls"]}', name="local_shell", id="e", index=4),
        ),
        finish(reason),
        {"choices": [], "usage": USAGE},
        DONE,
        of=machine(tools=tools, echo=echo(REQUEST)),
    )


def test_an_answer_of_everything_validates() -> None:
    assert check(everything("tool_calls")) == {
        "created",
        "in_progress",
        "output_item.added",
        "output_item.done",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "completed",
    }


def test_an_incomplete_answer_validates() -> None:
    assert "incomplete" in check(everything("length"))


def test_an_answer_without_usage_or_text_validates() -> None:
    check(answer(finish()))


def test_keeping_alive_validates() -> None:
    assert check(events_of(machine().keep_alive())) == {"in_progress"}


def test_a_failed_answer_validates() -> None:
    assert "failed" in check(answer(text("a"), sse({"error": {"message": "x", "code": 500}})))


def test_only_its_code_is_strange_to_the_models_where_codex_wants_another() -> None:
    (event,) = events_of(machine().fail(upstream_unreachable("no route")))
    with pytest.raises(ValidationError) as caught:
        check([event])
    assert [error["loc"] for error in caught.value.errors()] == [("response", "error", "code")]


def test_a_response_validates() -> None:
    used = machine(echo=echo(REQUEST))
    answer(text("a"), finish(), {"choices": [], "usage": USAGE}, of=used)
    assert Response.model_validate_json(used.response(), strict=True).output_text == "a"


def test_a_response_repeats_its_request() -> None:
    response = last(answer(finish(), of=machine(echo=echo(REQUEST))))
    repeated = {name: response[name] for name in REQUEST if name not in ("model", "input", "tools")}
    asked = {name: REQUEST[name] for name in repeated}
    assert repeated == asked
    told = [
        {name: value for name, value in tool.items() if value is not None}
        for tool in response["tools"]
    ]
    assert [tool["type"] for tool in told] == [tool["type"] for tool in REQUEST["tools"]]
    assert told[0] == REQUEST["tools"][0]
    assert told[3] == REQUEST["tools"][3]


def test_what_a_request_leaves_out_has_the_defaults_of_the_api() -> None:
    response = last(answer(finish(), of=machine(echo=echo({"model": "m", "input": "hi"}))))
    assert (response["tools"], response["tool_choice"]) == ([], "auto")
    assert (response["parallel_tool_calls"], response["store"]) == (True, True)
    assert response["instructions"] is response["metadata"] is response["temperature"] is None


def test_a_choice_of_tools_may_be_a_word() -> None:
    request = {"model": "m", "input": "hi", "tool_choice": "required"}
    assert last(answer(finish(), of=machine(echo=echo(request))))["tool_choice"] == "required"

"""The official `openai` package as client of a relay: its calls, its helpers, and its models.

The client is the synchronous one, in a worker thread, and the upstream is scripted. Events are also
read as they come on the wire and validated one by one: what lacks a field that the package's models
require does not pass.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

import attrs
import openai
import pytest
import trio
from openai.types.responses import (
    Response,
    ResponseFunctionToolCall,
    ResponseInputParam,
    ResponseStreamEvent,
    ToolParam,
)
from pydantic import BaseModel, TypeAdapter

from codex_runtime.relay import Relay, RelayConfig, open_relay
from codex_runtime.testing import (
    Reply,
    ScriptedChat,
    finish,
    http_error,
    open_scripted_chat,
    rate_limited,
    reasoning,
    response_failed,
    several,
    text,
    tool_call,
    unauthorized,
    usage,
)

T = TypeVar("T")
EVENTS: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
MODEL = "some-model"
PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
WEATHER: ToolParam = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}
PATCH: ToolParam = {"type": "custom", "name": "apply_patch", "description": "Change files"}


class Capital(BaseModel):
    """What the structured answers hold."""

    country: str
    city: str


@attrs.frozen
class Talk:
    """A client, its relay, and the upstream of that."""

    chat: ScriptedChat
    relay: Relay

    async def asking(self, use: Callable[[openai.OpenAI], T]) -> T:
        """What `use` returns, called with a client in a thread of its own."""

        def called() -> T:
            with openai.OpenAI(
                base_url=self.relay.base_url, api_key="a-key", max_retries=0
            ) as client:
                return use(client)

        with trio.fail_after(30):
            return await trio.to_thread.run_sync(called)


@asynccontextmanager
async def talking(*replies: Reply) -> AsyncGenerator[Talk]:
    """A relay whose upstream answers with these, one each."""
    async with (
        open_scripted_chat() as chat,
        open_relay(RelayConfig(upstream=chat.base_url)) as relay,
    ):
        chat.enqueue(*replies)
        yield Talk(chat, relay)


def events_on_the_wire(
    client: openai.OpenAI, tools: Sequence[ToolParam] = ()
) -> list[dict[str, Any]]:
    """Each event as it came, before the client makes an object of it."""
    with client.responses.with_streaming_response.create(
        model=MODEL, stream=True, input="Go", tools=tools
    ) as answer:
        lines = list(answer.iter_lines())
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def validated(events: Sequence[dict[str, Any]]) -> list[str]:
    """The types of the events; raises for one that the package's models refuse."""
    for event in events:
        EVENTS.validate_python(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    # The models know each type: nothing passes as an unknown one.
    return [event["type"] for event in events]


# ------------------------------------------------------------------------------- create


async def test_an_answer_in_one_piece_has_text_usage_and_a_status() -> None:
    figures = usage(input_tokens=9, output_tokens=5, cached_input_tokens=4)
    async with talking(text("Hello there") + figures) as talk:
        response = await talk.asking(lambda c: c.responses.create(model=MODEL, input="Hi"))
    assert response.output_text == "Hello there"
    assert response.status == "completed"
    assert response.created_at > 1_700_000_000
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens) == (9, 5)
    assert response.usage.input_tokens_details.cached_tokens == 4
    Response.model_validate(response.to_dict(), strict=False)


async def test_a_stream_brings_its_text_in_deltas_and_the_whole_response_at_the_end() -> None:
    def use(client: openai.OpenAI) -> tuple[list[str], Response | None]:
        deltas, last = list[str](), None
        with client.responses.create(model=MODEL, input="Hi", stream=True) as events:
            for event in events:
                if event.type == "response.output_text.delta":
                    deltas.append(event.delta)
                elif event.type == "response.completed":
                    last = event.response
        return deltas, last

    async with talking(text("one two three", deltas=3)) as talk:
        deltas, last = await talk.asking(use)
    assert "".join(deltas) == "one two three"
    assert last is not None
    assert last.output_text == "one two three"


async def test_instructions_and_earlier_messages_reach_the_model_in_order() -> None:
    asked: ResponseInputParam = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": [{"type": "input_text", "text": "Who are you?"}]},
    ]
    async with talking(text("A model")) as talk:
        await talk.asking(
            lambda c: c.responses.create(model=MODEL, instructions="Be kind.", input=asked)
        )
        (request,) = talk.chat.requests
    said = [(message["role"], message["content"]) for message in request.messages]
    assert [content for _, content in said] == [
        "Be kind.\n\nBe brief.",
        "Hi",
        "Hello",
        "Who are you?",
    ]
    assert [role for role, _ in said] == ["system", "user", "assistant", "user"]


async def test_an_image_reaches_the_model_with_its_detail() -> None:
    asked: ResponseInputParam = [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": PIXEL, "detail": "low"},
            ],
        }
    ]
    async with talking(text("A pixel")) as talk:
        await talk.asking(lambda c: c.responses.create(model=MODEL, input=asked))
        (request,) = talk.chat.requests
    assert request.messages[-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    ]


# ------------------------------------------------------------------------------ helpers


async def test_the_stream_helper_puts_text_and_reasoning_together() -> None:
    def use(client: openai.OpenAI) -> tuple[str, str, Response]:
        said, thought = "", ""
        with client.responses.stream(model=MODEL, input="Hi") as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    said += event.delta
                    assert event.snapshot == said
                elif event.type == "response.reasoning_summary_text.delta":
                    thought += event.delta
            return said, thought, stream.get_final_response()

    reply = reasoning("Let me think", deltas=3) + text("All done", deltas=4)
    async with talking(reply) as talk:
        said, thought, final = await talk.asking(use)
    assert (said, thought, final.output_text) == ("All done", "Let me think", "All done")
    assert [item.type for item in final.output] == ["reasoning", "message"]


async def test_the_stream_helper_gathers_the_arguments_of_a_call() -> None:
    def use(client: openai.OpenAI) -> tuple[str, Response]:
        arguments = ""
        with client.responses.stream(model=MODEL, input="Hi", tools=[WEATHER]) as stream:
            for event in stream:
                if event.type == "response.function_call_arguments.delta":
                    arguments += event.delta
                    assert event.snapshot == arguments
            return arguments, stream.get_final_response()

    async with talking(tool_call("weather", {"city": "Oslo"}, call_id="c1")) as talk:
        arguments, final = await talk.asking(use)
    assert json.loads(arguments) == {"city": "Oslo"}
    (call,) = final.output
    assert isinstance(call, ResponseFunctionToolCall)
    assert (call.name, call.call_id) == ("weather", "c1")


async def test_a_structured_answer_is_asked_for_and_parsed() -> None:
    async with talking(text('{"country": "Norway", "city": "Oslo"}')) as talk:
        parsed = await talk.asking(
            lambda c: c.responses.parse(model=MODEL, input="Hi", text_format=Capital)
        )
        (request,) = talk.chat.requests
    assert parsed.output_parsed == Capital(country="Norway", city="Oslo")
    assert request.output_schema is not None
    assert set(request.output_schema["properties"]) == {"country", "city"}


async def test_a_structured_answer_is_parsed_out_of_a_stream() -> None:
    def use(client: openai.OpenAI) -> Capital | None:
        with client.responses.stream(model=MODEL, input="Hi", text_format=Capital) as stream:
            return stream.get_final_response().output_parsed

    async with talking(text('{"country": "Norway", "city": "Oslo"}', deltas=6)) as talk:
        assert await talk.asking(use) == Capital(country="Norway", city="Oslo")


# ------------------------------------------------------------------------- several turns


def called(response: Response) -> ResponseFunctionToolCall:
    """The one call of a response."""
    (call,) = (item for item in response.output if item.type == "function_call")
    return call


def with_its_call(chat: ScriptedChat) -> None:
    """The second request has the call and, after it, its result."""
    assistant, result = chat.requests[1].messages[-2:]
    assert assistant["tool_calls"][0]["id"] == result["tool_call_id"] == "c1"
    assert result["role"] == "tool"
    assert result["content"] == "rain"


async def test_a_tool_loop_goes_on_with_all_items_sent_again() -> None:
    def use(client: openai.OpenAI) -> str:
        first = client.responses.create(model=MODEL, input="Weather?", tools=[WEATHER])
        items: list[Any] = [{"role": "user", "content": "Weather?"}]
        items += [item.to_dict() for item in first.output]
        items.append(
            {
                "type": "function_call_output",
                "call_id": called(first).call_id,
                "output": "rain",
            }
        )
        return client.responses.create(model=MODEL, input=items, tools=[WEATHER]).output_text

    call = tool_call("weather", {"city": "Oslo"}, call_id="c1")
    async with talking(call, text("It rains")) as talk:
        assert await talk.asking(use) == "It rains"
        with_its_call(talk.chat)


@pytest.mark.parametrize("streams", [False, True])
async def test_a_tool_loop_goes_on_from_the_response_before(streams: bool) -> None:
    def first_of(client: openai.OpenAI) -> Response:
        if not streams:
            return client.responses.create(model=MODEL, input="Weather?", tools=[WEATHER])
        with client.responses.stream(model=MODEL, input="Weather?", tools=[WEATHER]) as stream:
            return stream.get_final_response()

    def use(client: openai.OpenAI) -> str:
        first = first_of(client)
        output: ResponseInputParam = [
            {"type": "function_call_output", "call_id": called(first).call_id, "output": "rain"}
        ]
        return client.responses.create(
            model=MODEL, input=output, previous_response_id=first.id, tools=[WEATHER]
        ).output_text

    call = tool_call("weather", {"city": "Oslo"}, call_id="c1")
    async with talking(call, text("It rains")) as talk:
        assert await talk.asking(use) == "It rains"
        with_its_call(talk.chat)
        assert talk.chat.requests[1].messages[0]["content"] == "Weather?"


# -------------------------------------------------------------------------------- errors


async def test_a_refused_key_is_an_authentication_error() -> None:
    async with talking(unauthorized()) as talk:
        with pytest.raises(openai.AuthenticationError):
            await talk.asking(lambda c: c.responses.create(model=MODEL, input="Hi"))


@pytest.mark.parametrize("streams", [False, True])
async def test_a_rate_limit_is_one_with_the_time_to_wait(streams: bool) -> None:
    async with talking(rate_limited(retry_after_s=7)) as talk:
        with pytest.raises(openai.RateLimitError) as caught:
            await talk.asking(lambda c: c.responses.create(model=MODEL, input="Hi", stream=streams))
    assert caught.value.response.headers["retry-after"] == "7"


async def test_a_full_context_is_a_bad_request_with_its_code() -> None:
    error = {
        "message": "This model's maximum context length is 10 tokens.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    }
    async with talking(http_error(400, {"error": error})) as talk:
        with pytest.raises(openai.BadRequestError) as caught:
            await talk.asking(lambda c: c.responses.create(model=MODEL, input="Hi"))
    assert caught.value.code == "context_length_exceeded"


async def test_a_request_without_input_that_can_be_read_names_the_field() -> None:
    async with talking() as talk:
        bad: Any = 5
        with pytest.raises(openai.BadRequestError, match="input"):
            await talk.asking(lambda c: c.responses.create(model=MODEL, input=bad))
        assert not talk.chat.requests


# ------------------------------------------------------------------------- on the wire

Outcome = Literal["completed", "incomplete", "failed"]
ENDINGS: dict[Outcome, Reply] = {
    "completed": Reply(),
    "incomplete": text("and so", deltas=2) + finish("length"),
    "failed": response_failed("server_error", "It broke."),
}


@pytest.mark.parametrize("outcome", ENDINGS)
async def test_every_event_of_every_kind_validates(outcome: Outcome) -> None:
    reply = several(
        reasoning("Let me think", deltas=3),
        text("I change a file", deltas=3),
        tool_call("weather", {"city": "Oslo"}, call_id="c1"),
        tool_call("apply_patch", {"input": "*** Begin Patch"}, call_id="c2"),
        ENDINGS[outcome],
    )
    async with talking(reply) as talk:
        events = await talk.asking(lambda c: events_on_the_wire(c, [WEATHER, PATCH]))
    types = validated(events)
    assert types[:2] == ["response.created", "response.in_progress"]
    assert types[-1] == f"response.{outcome}"
    assert {
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.content_part.added",
        "response.output_text.delta",
    } <= set(types)
    if outcome == "completed":
        assert {
            "response.output_item.done",
            "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done",
            "response.output_text.done",
            "response.content_part.done",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.custom_tool_call_input.delta",
            "response.custom_tool_call_input.done",
        } <= set(types)


async def test_an_event_that_lacks_a_field_would_not_validate() -> None:
    async with talking(text("Hi")) as talk:
        events = await talk.asking(events_on_the_wire)
    validated(events)
    (delta,) = (event for event in events if event["type"] == "response.output_text.delta")
    for field in ("sequence_number", "content_index", "item_id", "logprobs"):
        with pytest.raises(ValueError, match=field):
            EVENTS.validate_python({name: v for name, v in delta.items() if name != field})

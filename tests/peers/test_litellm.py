"""LiteLLM as the upstream of the relay: shapes of Chat Completions that nobody here invented.

Its streams have no ``finish_reason`` key before the last content and a usage chunk with an empty
delta behind it, and its errors have their kind in the message alone. It is asked by the official
`openai` client and by the real app-server, both through the relay.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import openai
import pytest
import trio
from openai.types.responses import Response, ResponseStreamEvent, ToolParam
from pydantic import TypeAdapter

from codex_runtime import RuntimeConfig, SessionConfig, TurnFailed, open_runtime
from codex_runtime.model.builders.config_maps import merge_config
from codex_runtime.model.builders.model_providers import model_providers_config
from codex_runtime.protocol import TurnError
from codex_runtime.relay import Relay, RelayConfig, open_relay
from tests.peers.litellm_server import CALL, KEY_VARIABLE, SAID, LiteLLM, serving

T = TypeVar("T")
EVENTS: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
WEATHER: ToolParam = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}
TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def litellm(tmp_path_factory: pytest.TempPathFactory) -> Generator[LiteLLM]:
    """One proxy for all of them."""
    with serving(tmp_path_factory.mktemp("litellm")) as proxy:
        yield proxy


@asynccontextmanager
async def relayed(litellm: LiteLLM, **more: Any) -> AsyncGenerator[Relay]:
    """A relay in front of it; ``more`` are fields of `RelayConfig`."""
    config = RelayConfig(upstream=litellm.url, api_key_env=KEY_VARIABLE, **more)
    async with open_relay(config, environ=litellm.environ) as relay:
        yield relay


async def asking(relay: Relay, use: Callable[[openai.OpenAI], T]) -> T:
    """What `use` returns, called with a client in a thread of its own."""

    def called() -> T:
        with openai.OpenAI(base_url=relay.base_url, api_key="a-key", max_retries=0) as client:
            return use(client)

    with trio.fail_after(TIMEOUT_S):
        return await trio.to_thread.run_sync(called)


def streamed(client: openai.OpenAI) -> tuple[str, Response]:
    """The text of the deltas, and the response."""
    said = ""
    with client.responses.stream(model="said", input="Hi") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                said += event.delta
        return said, stream.get_final_response()


async def test_its_stream_ends_as_a_completed_response_with_usage(litellm: LiteLLM) -> None:
    async with relayed(litellm) as relay:
        said, final = await asking(relay, streamed)
    assert said == final.output_text == SAID
    assert final.status == "completed"
    assert final.usage is not None
    assert final.usage.total_tokens > 0


async def test_every_event_made_of_its_stream_validates(litellm: LiteLLM) -> None:
    def use(client: openai.OpenAI) -> list[dict[str, Any]]:
        with client.responses.with_streaming_response.create(
            model="said", input="Hi", stream=True
        ) as answer:
            lines = list(answer.iter_lines())
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    async with relayed(litellm) as relay:
        events = await asking(relay, use)
    assert [EVENTS.validate_python(event).type for event in events][-1] == "response.completed"


async def test_its_answer_in_one_piece_comes_in_one_piece(litellm: LiteLLM) -> None:
    async with relayed(litellm) as relay:
        response = await asking(relay, lambda c: c.responses.create(model="said", input="Hi"))
    assert response.output_text == SAID


async def test_its_call_in_one_piece_is_a_call_in_a_stream(litellm: LiteLLM) -> None:
    def use(client: openai.OpenAI) -> Response:
        with client.responses.stream(model="calls", input="Hi", tools=[WEATHER]) as stream:
            for _ in stream:
                pass
            return stream.get_final_response()

    async with relayed(litellm, filters=("whole_answers",)) as relay:
        final = await asking(relay, use)
    (call,) = (item for item in final.output if item.type == "function_call")
    assert (call.name, call.call_id, json.loads(call.arguments)) == ("weather", "call_1", CALL)


@pytest.mark.parametrize("streams", [False, True])
async def test_its_rate_limit_is_a_rate_limit(litellm: LiteLLM, streams: bool) -> None:
    async with relayed(litellm) as relay:
        with pytest.raises(openai.RateLimitError):
            await asking(
                relay, lambda c: c.responses.create(model="limited", input="Hi", stream=streams)
            )


async def test_its_full_context_has_the_code_that_it_left_out(litellm: LiteLLM) -> None:
    async with relayed(litellm) as relay:
        with pytest.raises(openai.BadRequestError) as caught:
            await asking(relay, lambda c: c.responses.create(model="full", input="Hi"))
    assert caught.value.code == "context_length_exceeded"


async def test_what_breaks_in_it_is_an_error_of_the_server(litellm: LiteLLM) -> None:
    async with relayed(litellm) as relay:
        with pytest.raises(openai.InternalServerError):
            await asking(relay, lambda c: c.responses.create(model="broken", input="Hi"))


async def test_its_models_are_listed(litellm: LiteLLM) -> None:
    async with relayed(litellm) as relay:
        models = await asking(relay, lambda c: [model.id for model in c.models.list()])
    assert set(models) == {"said", "limited", "full", "broken", "calls"}


# -------------------------------------------------------------------- the real app-server


def config_of(relay: Relay, home: Path, model: str) -> RuntimeConfig:
    """An app-server that asks `model` of the relay, and asks once."""
    home.mkdir()
    quiet = {"analytics": {"enabled": False}, "check_for_update_on_startup": False}
    providers = model_providers_config({"relayed": relay.provider}, default="relayed")
    return RuntimeConfig(
        codex_home=home,
        config_overrides=merge_config({"model": model}, providers, quiet),
        env={"RUST_LOG": "error", **relay.environment()},
    )


async def test_the_real_app_server_has_a_turn_with_it(litellm: LiteLLM, tmp_path: Path) -> None:
    async with (
        relayed(litellm) as relay,
        open_runtime(config_of(relay, tmp_path / "home", "said")) as runtime,
    ):
        session = await runtime.start_session(SessionConfig(cwd=tmp_path))
        with trio.fail_after(TIMEOUT_S):
            first = await session.ask("Hi")
            second = await session.ask("Once more")
    assert first.text == second.text == SAID


async def test_its_full_context_is_one_to_the_real_app_server(
    litellm: LiteLLM, tmp_path: Path
) -> None:
    async with (
        relayed(litellm) as relay,
        open_runtime(config_of(relay, tmp_path / "home", "full")) as runtime,
    ):
        session = await runtime.start_session(SessionConfig(cwd=tmp_path))
        with trio.fail_after(TIMEOUT_S), pytest.raises(TurnFailed) as caught:
            await session.ask("Hi")
        assert relay.statistics().failed == 1
    error = caught.value.result.error
    assert isinstance(error, TurnError)
    assert error.codex_error_info == "contextWindowExceeded"

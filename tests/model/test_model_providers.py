"""Model providers become configuration that holds names of secrets, never secrets."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime.errors import ConfigError
from codex_runtime.launch import render_overrides
from codex_runtime.model.builders.model_providers import ModelProvider, model_providers_config

URL = "https://host/v1"


def test_a_provider_says_what_was_said_and_what_decides() -> None:
    providers = {"mine": ModelProvider(name="Mine", base_url=URL)}
    assert model_providers_config(providers, default="mine") == {
        "model_providers.mine": {
            "name": "Mine",
            "base_url": URL,
            "wire_api": "responses",
            "requires_openai_auth": False,
            "supports_websockets": False,
        },
        "model_provider": "mine",
    }


def test_every_field_of_a_provider_has_its_key() -> None:
    provider = ModelProvider(
        name="Mine",
        base_url=URL,
        env_key="MY_KEY",
        env_key_instructions="Ask Ann.",
        query_params={"api-version": "1"},
        http_headers={"X-Team": "red"},
        env_http_headers={"X-Api-Key": "MY_OTHER_KEY"},
        request_max_retries=0,
        stream_max_retries=1,
        stream_idle_timeout_ms=2,
        websocket_connect_timeout_ms=3,
        requires_openai_auth=True,
        supports_websockets=True,
    )
    assert render_overrides(model_providers_config({"mine": provider})) == [
        'model_providers.mine.name="Mine"',
        'model_providers.mine.base_url="https://host/v1"',
        'model_providers.mine.wire_api="responses"',
        'model_providers.mine.env_key="MY_KEY"',
        'model_providers.mine.env_key_instructions="Ask Ann."',
        'model_providers.mine.query_params.api-version="1"',
        'model_providers.mine.http_headers.X-Team="red"',
        'model_providers.mine.env_http_headers.X-Api-Key="MY_OTHER_KEY"',
        "model_providers.mine.request_max_retries=0",
        "model_providers.mine.stream_max_retries=1",
        "model_providers.mine.stream_idle_timeout_ms=2",
        "model_providers.mine.websocket_connect_timeout_ms=3",
        "model_providers.mine.requires_openai_auth=true",
        "model_providers.mine.supports_websockets=true",
    ]


def test_chat_completions_are_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigError) as refused:
        ModelProvider(name="Mine", base_url=URL, wire_api="chat")
    assert refused.value.name == "wire_api"
    assert refused.value.hint.startswith("Put a relay in front of the endpoint")


# Any, in these tables: values that the types forbid are what is tested.
@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": ""}, "name='': is empty"),
        ({"base_url": "host/v1"}, "is not an http or https URL"),
        ({"base_url": "https://host/v1?api_key=hunter2"}, "name that in env_key or env_http"),
        ({"wire_api": "grpc"}, "Leave it at 'responses'"),
        ({"wire_api": None}, "Leave it at 'responses'"),
        ({"env_key": "sk-hunter2"}, "is not the name of an environment variable"),
        ({"env_key_instructions": ""}, "is empty"),
        ({"query_params": {"key": "hunter2"}}, "looks like a secret"),
        ({"http_headers": {"Authorization": "hunter2"}}, "looks like a secret"),
        ({"env_http_headers": {"X-Key": "Bearer hunter2"}}, "is not the name of an environment"),
        ({"request_max_retries": -1}, "is out of range"),
        ({"stream_idle_timeout_ms": 0}, "is out of range"),
        ({"stream_max_retries": 1.5}, "is not an int"),
        ({"supports_websockets": "no"}, "is not a bool"),
    ],
)
def test_a_provider_that_cannot_be_or_shows_a_secret_is_refused(
    fields: dict[str, Any], problem: str
) -> None:
    given: dict[str, Any] = {"name": "Mine", "base_url": URL, **fields}
    with pytest.raises(ConfigError) as refused:
        ModelProvider(**given)
    assert problem in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("providers", "default", "problem"),
    [
        ({"openai": ModelProvider(name="Mine", base_url=URL)}, None, "Say my-openai"),
        ({"a.b": ModelProvider(name="Mine", base_url=URL)}, None, "Use letters, digits, _ and -"),
        ({"mine": {"name": "Mine"}}, None, "is not a ModelProvider"),
        ({}, "mine", "is none of the providers"),
        ({}, "", "is empty"),
        (3, None, "is not a mapping"),
    ],
)
def test_providers_have_ids_that_the_configuration_takes(
    providers: Any, default: str | None, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        model_providers_config(providers, default=default)


def test_a_provider_that_the_server_brings_along_can_be_the_default() -> None:
    assert model_providers_config({}, default="ollama") == {"model_provider": "ollama"}

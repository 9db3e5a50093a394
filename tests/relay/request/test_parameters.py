"""Parameters of a request and what the settings of the relay make of them."""

from __future__ import annotations

import pytest

from codex_runtime.relay.request.options import RequestOptions
from tests.relay.request.asking import Json, call_of, chat, function, refusal

STREAMED = {"stream": True, "stream_options": {"include_usage": True}}


def parameters(*, options: RequestOptions | None = None, **fields: object) -> Json:
    sent = chat(options=options or RequestOptions(), history=(), **fields)
    return {name: value for name, value in sent.items() if name not in {"messages", "tools"}}


def test_a_bare_request_asks_for_a_stream_with_usage() -> None:
    assert parameters() == {"model": "m", **STREAMED}


def test_a_model_server_may_be_asked_for_a_whole_answer() -> None:
    options = RequestOptions(stream_upstream=False)
    assert parameters(options=options, stream=True) == {"model": "m", "stream": False}


def test_parameters_have_their_counterparts() -> None:
    sent = parameters(
        reasoning={"effort": "xhigh", "summary": "auto"},
        temperature=0.5,
        top_p=0,
        max_output_tokens=100,
    )
    assert sent == {
        "model": "m",
        "reasoning_effort": "xhigh",
        "temperature": 0.5,
        "top_p": 0,
        "max_tokens": 100,
        **STREAMED,
    }


def test_the_limit_goes_into_the_field_that_is_set() -> None:
    options = RequestOptions(limit_field="max_completion_tokens")
    assert parameters(options=options, max_output_tokens=5)["max_completion_tokens"] == 5


def test_what_is_null_is_not_sent() -> None:
    nulls = dict.fromkeys(("temperature", "top_p", "reasoning", "text", "tools", "stream"))
    assert parameters(**nulls) == {"model": "m", **STREAMED}
    assert parameters(reasoning={"effort": None}, text={"format": None}) == parameters()


def test_a_schema_of_the_answer_is_sent_on() -> None:
    form = {
        "type": "json_schema",
        "name": "out",
        "description": "D",
        "strict": True,
        "schema": {"type": "object"},
    }
    assert parameters(text={"format": form})["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "out",
            "description": "D",
            "strict": True,
            "schema": {"type": "object"},
        },
    }


def test_a_schema_without_a_name_gets_one() -> None:
    form = {"type": "json_schema", "schema": {}}
    sent = parameters(text={"format": form})["response_format"]["json_schema"]
    assert sent["name"]
    assert sent["schema"] == {}


def test_a_json_object_is_asked_for_and_plain_text_is_not() -> None:
    sent = parameters(text={"format": {"type": "json_object"}})
    assert sent["response_format"] == {"type": "json_object"}
    assert "response_format" not in parameters(text={"format": {"type": "text"}})


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"type": "yaml"}, "text.format.type"),
        ({"type": "json_schema"}, "text.format.schema"),
        ({"type": "json_schema", "schema": None}, "text.format.schema"),
    ],
)
def test_a_form_that_nobody_knows_is_refused(form: Json, param: str) -> None:
    assert refusal(text={"format": form}).param == param


def test_named_fields_are_sent_as_they_came_and_no_others() -> None:
    given: Json = {
        "prompt_cache_key": "k",
        "metadata": {"a": "b"},
        "seed": 7,
        "stop": ["x"],
        "user": "u",
        "text": {"verbosity": "low"},
    }
    assert parameters(**given) == {"model": "m", **STREAMED}
    named = frozenset({"prompt_cache_key", "metadata", "seed", "verbosity", "service_tier"})
    sent = parameters(options=RequestOptions(forward_params=named), **given)
    assert sent == {
        "model": "m",
        **STREAMED,
        "prompt_cache_key": "k",
        "metadata": {"a": "b"},
        "seed": 7,
        "verbosity": "low",
    }


@pytest.mark.parametrize("text", [None, {"verbosity": None}])
def test_a_verbosity_that_is_not_given_is_not_sent(text: Json | None) -> None:
    options = RequestOptions(forward_params=frozenset({"verbosity"}))
    assert "verbosity" not in parameters(options=options, text=text)


def test_naming_a_field_does_not_undo_its_translation() -> None:
    options = RequestOptions(
        forward_params=frozenset({"stream", "model", "tools"}), default_model="q"
    )
    sent = chat(options=options, stream=False, tools=[function("run")])
    assert sent["stream"] is True
    assert sent["model"] == "q"
    assert sent["tools"][0]["function"]["name"] == "run"


def test_fields_are_dropped_before_extra_ones_are_put_in() -> None:
    options = RequestOptions(
        drop_params=frozenset({"temperature", "top_p", "stream_options", "never_there"}),
        extra_params={"top_p": 0.1, "model": "forced", "thinking": {"type": "enabled"}},
    )
    sent = parameters(options=options, temperature=1, top_p=1)
    assert sent == {
        "model": "forced",
        "stream": True,
        "top_p": 0.1,
        "thinking": {"type": "enabled"},
    }


@pytest.mark.parametrize(("asked", "sent"), [("gpt-5.5", "qwen"), ("other", "glm"), ("", "glm")])
def test_the_model_is_mapped_or_the_default_one(asked: str, sent: str) -> None:
    options = RequestOptions(model_map={"gpt-5.5": "qwen"}, default_model="glm")
    call = call_of(model=asked, options=options)
    assert call.upstream_model == sent
    assert call.model == (asked or "glm")
    assert chat(model=asked, options=options)["model"] == sent

"""What a recorded request says, whatever its shape."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.testing import ModelRequest, ToolOutput
from codex_runtime.testing.requests import public_headers

PROPERTIES = [name for name, value in vars(ModelRequest).items() if isinstance(value, property)]

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KNOWN = ["input", "tools", "reasoning", "text", "instructions", "model", "prompt_cache_key"]


def request(body: dict[str, Any], **headers: str) -> ModelRequest:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return ModelRequest(index=0, path="/v1/responses", headers=fields, body=body)


def test_names_are_lower_cased_and_secrets_left_out() -> None:
    headers = {"Accept": "x", "Authorization": "Bearer k", "COOKIE": "c", "X-Api-Key": "k"}
    assert public_headers(headers) == {"accept": "x"}


@given(st.dictionaries(st.sampled_from(KNOWN), JSON_VALUES), JSON_VALUES)
def test_no_shape_of_a_body_makes_a_property_fail(body: dict[str, Any], metadata: object) -> None:
    asked = request(body, x_codex_turn_metadata=json.dumps(metadata))
    for name in PROPERTIES:
        getattr(asked, name)


def test_metadata_that_is_no_json_says_nothing() -> None:
    assert request({}, x_codex_turn_metadata="{").kind is None


def test_texts_of_the_user_are_read_from_texts_and_from_parts() -> None:
    asked = request(
        {
            "input": [
                {"type": "message", "role": "developer", "content": "rules"},
                {"type": "message", "role": "user", "content": "one"},
                {
                    "type": "message",
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": "tw"},
                        {"type": "input_image", "image_url": "data:"},
                        {"type": "input_text", "text": "o"},
                    ],
                },
            ]
        }
    )
    assert asked.input_texts == ("one", "two")
    assert asked.last_user_text == "two"
    assert asked.developer_texts == ("rules",)
    assert request({}).last_user_text == ""


def test_outputs_of_functions_and_of_freeform_tools_are_told_apart_from_calls() -> None:
    asked = request(
        {
            "input": [
                {"type": "function_call", "call_id": "a"},
                {"type": "function_call_output", "call_id": "a", "output": "one"},
                {
                    "type": "custom_tool_call_output",
                    "call_id": "b",
                    "output": [{"type": "input_text", "text": "two"}],
                },
            ]
        }
    )
    assert asked.tool_outputs == (ToolOutput("a", "one"), ToolOutput("b", "two"))


def test_tools_are_named_wherever_they_are_offered() -> None:
    asked = request(
        {
            "tools": [
                {"type": "function", "name": "one"},
                {"type": "web_search"},
                {"type": "namespace", "name": "space", "tools": [{"name": "two"}]},
            ],
            "input": [{"type": "additional_tools", "tools": [{"type": "custom", "name": "three"}]}],
        }
    )
    assert asked.tool_names == ("one", "web_search", "space.two", "three")


def test_a_request_without_a_schema_has_none() -> None:
    assert request({"text": {"verbosity": "low"}}).output_schema is None


def test_instructions_are_the_body_s_or_the_first_message_of_the_developer() -> None:
    message = {"type": "message", "role": "developer", "content": "as a message"}
    assert request({"instructions": "plain", "input": [message]}).instructions == "plain"
    assert request({"instructions": "", "input": [message]}).instructions == "as a message"
    assert request({}).instructions is None

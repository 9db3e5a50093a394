"""What is read of a request, and what is refused before anything is done with it."""

from __future__ import annotations

import json

import pytest

from codex_runtime.relay.failures import Failure, Refused
from codex_runtime.relay.request.reading import read_items
from codex_runtime.relay.request.translation import read_request, thread_of
from tests.relay.request.asking import body, call_of, refusal, said


def refused(raw: bytes) -> Failure:
    with pytest.raises(Refused) as caught:
        read_request(raw)
    assert caught.value.failure.status == 400
    assert caught.value.failure.code == "invalid_prompt"
    return caught.value.failure


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("input", 5, "input"),
        ("input", [5], "input[0]"),
        ("input", [{"role": "user", "content": 5}], "input[0].content"),
        ("input", [{"role": "user", "content": [{"text": 5}]}], "input[0].content[0].text"),
        ("model", None, "model"),
        ("temperature", "hot", "temperature"),
        ("max_output_tokens", 1.5, "max_output_tokens"),
        ("tools", {}, "tools"),
        ("metadata", {"a": 1}, None),
    ],
)
def test_a_wrong_type_is_named_with_its_place(field: str, value: object, place: str | None) -> None:
    if place is None:
        assert read_request(body(**{field: value})).request.metadata == value
    else:
        failure = refused(body(**{field: value}))
        assert failure.param == place
        assert place in failure.message


def test_a_body_that_is_no_object_is_refused() -> None:
    assert "Expected `object`, got `array`" in refused(b"[]").message


def test_a_body_without_an_input_is_refused() -> None:
    assert "`input`" in refused(b'{"model": "m"}').message


@pytest.mark.parametrize("raw", [b"", b"{", b"hello", b'{"input": "\xff"}', b'\xef\xbb\xbf{"a":1}'])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    assert "is no JSON" in refused(raw).message


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"input": "\\ud800", "model": "m"}', "input"),
        (b'{"input": [{"content": [{"text": "\\udc00 x"}]}]}', "input[0].content[0].text"),
        (b'{"input": "a", "tools": [{"parameters": {"x": "\\ud83d"}}]}', "tools[0].parameters.x"),
        (b'{"input": "a", "metadata": {"\\ud800": 1}}', "metadata"),
        (b'{"input": "a", "\\ud800": 1}', "$"),
        (
            b'{"temperature": NaN, "input": "a", "top_p": 0.5, "seed": 7, "user": null}',
            "temperature",
        ),
        (b'{"input": "a", "metadata": {"a": [1.5, Infinity]}}', "metadata.a[1]"),
    ],
)
def test_what_json_cannot_carry_is_refused_with_its_place(raw: bytes, place: str) -> None:
    assert refused(raw).param == place


def test_a_long_body_is_not_searched_for_the_place() -> None:
    raw = b'{"input": "\\ud800", "user": "' + b"x" * 4 * 1024 * 1024 + b'"}'
    failure = refused(raw)
    assert failure.param is None
    assert "is no JSON" in failure.message


def test_a_number_beyond_any_float_is_refused() -> None:
    assert refused(b'{"input": "a", "temperature": 1e999}').param == "temperature"


@pytest.mark.parametrize("field", ["input", "tools", "anything"])
def test_a_body_nested_without_end_is_refused(field: str) -> None:
    opening = b'[{"tools":' if field == "tools" else b"["
    raw = b'{"input": "a", "' + field.encode() + b'": ' + opening * 100_000
    assert refused(raw).message


@pytest.mark.parametrize(
    ("field", "value"),
    [("background", True), ("conversation", "conv_1"), ("prompt", {"id": "pmpt_1"})],
)
def test_what_no_relay_can_do_is_refused_by_name(field: str, value: object) -> None:
    failure = refused(body(**{field: value}))
    assert failure.param == field
    assert "not supported" in failure.message


def test_fields_that_ask_for_nothing_are_no_reason_to_refuse() -> None:
    asked = read_request(body(background=False, conversation=None, prompt=None, unknown=[1]))
    assert asked.request.input == "hello"


def test_the_items_of_the_input_are_given_as_they_came() -> None:
    item = {**said("user", "hi"), "id": "msg_1", "unheard_of": {"a": [1, 2.50]}}
    (encoded,) = read_request(body(input=[item])).input_items()
    assert json.loads(encoded) == item


def test_an_input_of_text_is_one_user_message() -> None:
    (encoded,) = read_request(body(input="hi")).input_items()
    assert json.loads(encoded) == said("user", "hi")


def test_the_header_names_the_thread_before_the_metadata_and_the_cache_key() -> None:
    fields = {"client_metadata": {"thread_id": "b"}, "prompt_cache_key": "c"}
    assert thread_of(read_request(body(**fields)), {"thread-id": "a"}) == "a"
    assert thread_of(read_request(body(**fields)), {}) == "b"
    assert thread_of(read_request(body(prompt_cache_key="c")), {"thread-id": ""}) == "c"
    assert thread_of(read_request(body(client_metadata={"thread_id": 7})), {}) is None


@pytest.mark.parametrize("stored", [b"{", b"5", b'{"role": 1}', b"\xff"])
def test_a_history_that_is_no_items_is_refused(stored: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_items([stored])
    assert caught.value.failure.param == "previous_response_id"


def test_a_refusal_in_the_history_does_not_name_a_place_of_the_input() -> None:
    with pytest.raises(Refused) as caught:
        call_of(history=[{"role": "wizard", "content": "x"}])
    assert caught.value.failure.param == "previous_response_id"


def test_a_missing_model_is_refused_unless_the_relay_has_one() -> None:
    assert refusal(model="").param == "model"

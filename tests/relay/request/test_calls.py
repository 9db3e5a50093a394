"""Calls and what came of them: every call has one tool message, right behind its own message."""

from __future__ import annotations

import json

import pytest

from codex_runtime.relay.failures import Refused
from codex_runtime.relay.request.conversation import Conversation
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.request.tool_names import ToolNames
from codex_runtime.relay.shapes.asked import InputItem
from tests.relay.request.asking import (
    Json,
    call_of,
    called,
    function,
    gave,
    messages,
    refusal,
    said,
)

PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}


def roles(sent: list[Json]) -> list[str]:
    return [message["role"] for message in sent]


def test_an_output_follows_its_call_at_once_whatever_stands_between() -> None:
    sent = messages(
        called("a"),
        said("developer", "rules"),
        said("user", "quick"),
        gave("a", "one"),
    )
    assert roles(sent) == ["assistant", "tool", "system", "user"]
    assert sent[1] == {"role": "tool", "content": "one", "tool_call_id": "a"}


def test_outputs_stand_in_the_order_of_the_calls() -> None:
    sent = messages(called("a"), called("b"), gave("b", "two"), gave("a", "one"))
    assert [m["content"] for m in sent[1:]] == ["one", "two"]


def test_a_call_answered_after_the_next_reply_is_answered_before_it() -> None:
    sent = messages(
        called("a"), called("b"), gave("a", "one"), said("assistant", "next"), gave("b", "two")
    )
    assert roles(sent) == ["assistant", "tool", "tool", "assistant"]
    assert [m["content"] for m in sent[1:]] == ["one", "two", "next"]


def test_a_reused_id_answers_the_first_call_first() -> None:
    sent = messages(called("x"), gave("x", "one"), called("x"), gave("x", "two"))
    assert roles(sent) == ["assistant", "tool", "assistant", "tool"]
    assert [sent[1]["content"], sent[3]["content"]] == ["one", "two"]


def test_two_calls_of_one_message_with_one_id_are_told_apart() -> None:
    sent = messages(
        called("x"), called("x"), called("x_1"), gave("x", "1"), gave("x", "2"), gave("x_1", "3")
    )
    ids = [call["id"] for call in sent[0]["tool_calls"]]
    assert len(set(ids)) == 3
    assert [(m["tool_call_id"], m["content"]) for m in sent[1:]] == list(
        zip(ids, "123", strict=True)
    )


def test_an_id_used_again_after_the_user_spoke_means_the_new_call() -> None:
    sent = messages(called("x"), said("user", "stop"), called("x"), gave("x", "one"))
    assert roles(sent) == ["assistant", "tool", "user", "assistant", "tool"]
    assert "No output" in sent[1]["content"]
    assert sent[4]["content"] == "one"


def test_a_call_without_an_id_gets_one() -> None:
    sent = messages(called(None), called(""), gave(None, "one"), gave("", "two"))
    first, second = (call["id"] for call in sent[0]["tool_calls"])
    assert first
    assert first != second
    assert [m["tool_call_id"] for m in sent[1:]] == [first, second]


def test_a_call_without_an_output_is_said_to_have_none() -> None:
    sent = messages(called("a"), said("user", "and?"))
    assert roles(sent) == ["assistant", "tool", "user"]
    assert sent[1]["content"].startswith("No output")


def test_an_output_without_a_call_is_told_to_the_model() -> None:
    (message,) = messages(gave("lost", "found"))
    assert message["role"] == "user"
    assert "lost" in message["content"]
    assert "found" in message["content"]


def test_an_output_without_a_call_may_hold_a_picture() -> None:
    (message,) = messages(gave("lost", [{"type": "input_text", "text": "found"}, PICTURE]))
    text, picture = message["content"]
    assert "found" in text["text"]
    assert picture["type"] == "image_url"


@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call"])
def test_a_call_that_names_no_tool_is_refused(kind: str) -> None:
    assert refusal(input=[said("user", "hi"), {"type": kind, "call_id": "c"}]).param == (
        "input[1].name"
    )


@pytest.mark.parametrize("arguments", ["", "  ", None])
def test_arguments_that_are_empty_are_an_empty_object(arguments: str | None) -> None:
    sent = messages({**called("a"), "arguments": arguments}, gave("a"))
    assert sent[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_arguments_are_sent_as_they_came() -> None:
    sent = messages(called("a", arguments='{"b": 1,  "a": [2]}'), gave("a"))
    assert sent[0]["tool_calls"][0]["function"]["arguments"] == '{"b": 1,  "a": [2]}'


@pytest.mark.parametrize(
    "arguments",
    ['{"b": 1, "a":', "ls -la", "[1]", '"text"', "null", "[" * 5_000, '{"a":' * 5_000],
)
def test_arguments_that_are_no_object_are_put_into_one(arguments: str) -> None:
    """Servers that read them refuse the thread for ever, long after the model was told."""
    sent = messages(called("a", arguments=arguments), gave("a"))
    told = sent[0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(told) == {"input": arguments}


def test_a_search_for_tools_that_cannot_be_read_is_put_into_an_object() -> None:
    search = {"type": "tool_search_call", "call_id": "a", "arguments": "oops"}
    (call,) = messages(search)[0]["tool_calls"]
    assert call["function"]["arguments"] == '{"input":"oops"}'


def test_arguments_that_are_an_object_become_its_text() -> None:
    sent = messages({**called("a"), "arguments": {"b": 1, "a": 2}}, gave("a"))
    assert sent[0]["tool_calls"][0]["function"]["arguments"] == '{"a":2,"b":1}'


@pytest.mark.parametrize(
    ("output", "content"),
    [
        ("text", "text"),
        ("", "(no output)"),
        (None, "(no output)"),
        ([], "(no output)"),
        ([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}], "a\nb"),
        ([{"stdout": "out", "stderr": "err"}, {"stdout": "", "stderr": "bad"}], "out\nerr\nbad"),
        ({"b": 1, "a": "x"}, '{"a":"x","b":1}'),
    ],
)
def test_an_output_of_any_shape_becomes_text(output: object, content: str) -> None:
    assert messages(called("a"), gave("a", output))[1]["content"] == content


def test_images_of_outputs_follow_all_tool_messages() -> None:
    sent = messages(
        called("a"),
        called("b"),
        gave("a", [PICTURE]),
        gave("b", [{"type": "input_text", "text": "see"}, PICTURE]),
    )
    assert roles(sent) == ["assistant", "tool", "tool", "user"]
    assert "attachment" in sent[1]["content"]
    assert sent[2]["content"] == "see"
    assert [part["type"] for part in sent[3]["content"]] == ["text", "image_url"] * 2
    assert "a" in sent[3]["content"][0]["text"]


def test_calls_say_that_their_signature_is_not_kept_where_that_is_wanted() -> None:
    signed = RequestOptions(gemini_signatures=True)
    (call,) = messages(called("a"), gave("a"), options=signed)[0]["tool_calls"]
    told = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert call["extra_content"] == told
    (call,) = messages(called("a"), gave("a"))[0]["tool_calls"]
    assert "extra_content" not in call


def test_a_custom_call_is_a_function_call_with_its_input() -> None:
    call = {"type": "custom_tool_call", "call_id": "p", "name": "apply_patch", "input": "*** \n"}
    output = {"type": "custom_tool_call_output", "call_id": "p", "output": "ok"}
    sent = messages(call, output)
    made = sent[0]["tool_calls"][0]["function"]
    assert made["name"] == "apply_patch"
    assert json.loads(made["arguments"]) == {"input": "*** \n"}
    assert sent[1]["content"] == "ok"


def test_a_custom_call_without_input_has_an_empty_one() -> None:
    sent = messages({"type": "custom_tool_call", "call_id": "p", "name": "x"})
    assert json.loads(sent[0]["tool_calls"][0]["function"]["arguments"]) == {"input": ""}


@pytest.mark.parametrize("answer", ["function_call_output", "local_shell_call_output"])
def test_a_shell_call_is_a_function_call_with_its_action(answer: str) -> None:
    action: Json = {"type": "exec", "command": ["ls"], "env": {}, "user": None, "timeout_ms": 5}
    call = {"type": "local_shell_call", "id": "lsh", "call_id": "s", "action": action}
    sent = messages(call, {"type": answer, "call_id": "s", "output": "a\nb"})
    made = sent[0]["tool_calls"][0]["function"]
    assert made["name"] == "local_shell"
    assert json.loads(made["arguments"]) == {"command": ["ls"], "timeout_ms": 5}
    assert sent[1] == {"role": "tool", "content": "a\nb", "tool_call_id": "s"}


def test_a_shell_call_may_have_no_id_but_that_of_the_item() -> None:
    call = {"type": "local_shell_call", "id": "lsh", "action": {"command": ["ls"]}}
    sent = messages(call, {"type": "local_shell_call_output", "id": "lsh", "output": "a"})
    assert sent[1] == {"role": "tool", "content": "a", "tool_call_id": "lsh"}
    bare = messages({"type": "local_shell_call", "action": {"command": ["ls"]}})
    assert roles(bare) == ["assistant", "tool"]


def test_an_unknown_call_with_an_id_is_paired_as_well() -> None:
    call = {"type": "shell_call", "call_id": "s", "action": {"commands": ["ls"]}}
    sent = messages(
        call, {"type": "shell_call_output", "call_id": "s", "output": [{"stdout": "a"}]}
    )
    assert sent[0]["tool_calls"][0]["function"] == {
        "name": "shell",
        "arguments": '{"commands":["ls"]}',
    }
    assert sent[1]["content"] == "a"


def test_a_search_for_tools_is_a_call_and_lists_what_it_found() -> None:
    call = {"type": "tool_search_call", "call_id": "t", "arguments": {"query": "q", "limit": None}}
    found = [
        {"type": "namespace", "name": "mcp__demo", "tools": [function("tell")]},
        function("flat"),
        {"type": "web_search"},
    ]
    sent = messages(call, {"type": "tool_search_output", "call_id": "t", "tools": found})
    assert sent[0]["tool_calls"][0]["function"] == {
        "name": "tool_search",
        "arguments": '{"query":"q"}',
    }
    assert sent[1]["content"].endswith("mcp__demo__tell, flat")


def test_a_search_that_found_nothing_says_so() -> None:
    call = {"type": "tool_search_call", "call_id": "t", "arguments": '{"query": "q"}'}
    sent = messages(call, {"type": "tool_search_output", "call_id": "t", "tools": []})
    assert sent[0]["tool_calls"][0]["function"]["arguments"] == '{"query": "q"}'
    assert sent[1]["content"] == "No tool was found."


def test_a_turn_names_the_ids_of_its_calls_that_mean_it_alone() -> None:
    call = call_of(
        input=[
            *(called("x"), called("y"), called(None), gave("x"), gave("y"), gave(None)),
            *(called("x"), gave("x")),
        ]
    )
    assert [turn.call_ids for turn in call.turns] == [("y",), ()]


@pytest.mark.parametrize("field", ["arguments", "action", "output"])
def test_a_value_nested_beyond_what_can_be_written_is_refused(field: str) -> None:
    deep: dict[str, object] = {}
    for _ in range(200_000):
        deep = {"a": deep}
    item = InputItem("shell_call", call_id="c", **{field: deep})  # type: ignore[arg-type]
    if field == "output":
        item = InputItem("shell_call_output", call_id="c", output=deep)
    with pytest.raises(Refused) as caught:
        Conversation([InputItem("shell_call", call_id="c"), item], ToolNames())
    assert caught.value.failure.param == f"input[1].{field}"

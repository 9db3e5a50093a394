"""Items that become messages: who speaks, what is kept, in which order."""

from __future__ import annotations

from typing import Any

import pytest

from codex_runtime.relay.request.options import RequestOptions
from tests.relay.request.asking import (
    Json,
    call_of,
    called,
    chat,
    function,
    gave,
    messages,
    refusal,
    said,
    thought,
)

STRICT = RequestOptions(strict_roles=True)
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
SHOWN = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def test_a_text_is_one_user_message() -> None:
    assert chat(input="hi")["messages"] == [{"role": "user", "content": "hi"}]


def test_every_system_and_developer_message_is_kept_in_its_place() -> None:
    sent = messages(
        said("developer", "base"),
        said("developer", "skills"),
        said("user", "hi"),
        said("system", "late"),
        said("assistant", "yes"),
        instructions="first",
    )
    assert [(m["role"], m["content"]) for m in sent] == [
        ("system", "first\n\nbase\n\nskills"),
        ("user", "hi"),
        ("system", "late"),
        ("assistant", "yes"),
    ]


def test_system_messages_are_joined_only_at_the_beginning() -> None:
    sent = messages(said("user", "hi"), said("system", "one"), said("developer", "two"))
    assert [m["content"] for m in sent] == ["hi", "one", "two"]
    assert [m["content"] for m in messages(said("user", "a"), said("user", "b"))] == ["a", "b"]


def test_strict_roles_leave_one_system_message_and_no_two_of_the_user() -> None:
    sent = messages(
        said("developer", "base"),
        said("developer", "skills"),
        said("user", "where"),
        said("user", "hi"),
        said("assistant", "yes"),
        said("system", "late"),
        {"role": "user", "content": [{"type": "input_text", "text": "look"}, PICTURE]},
        options=STRICT,
    )
    assert [(m["role"], m["content"]) for m in sent] == [
        ("system", "base\n\nskills"),
        ("user", "where\n\nhi"),
        ("assistant", "yes"),
        (
            "user",
            [
                {"type": "text", "text": "[System message]\nlate"},
                {"type": "text", "text": "look"},
                SHOWN,
            ],
        ),
    ]


def test_strict_roles_join_pictures_of_a_tool_to_what_the_user_says_next() -> None:
    sent = messages(called("a"), gave("a", [PICTURE]), said("user", "well?"), options=STRICT)
    assert [m["role"] for m in sent] == ["assistant", "tool", "user"]
    assert sent[2]["content"][-1] == {"type": "text", "text": "well?"}


def test_strict_roles_make_a_system_message_after_the_user_the_users() -> None:
    sent = messages(said("user", "hi"), said("system", "late"), options=STRICT)
    assert [(m["role"], m["content"]) for m in sent] == [("user", "hi\n\n[System message]\nlate")]


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"system": "S"}, "S"),
        ({"instructions": "I", "system": "S"}, "I"),
        ({"instructions": "", "system": "S"}, "S"),
    ],
)
def test_instructions_come_first_and_system_stands_in_for_them(fields: Json, first: str) -> None:
    assert chat(**fields)["messages"][0] == {"role": "system", "content": first}


def test_an_item_without_a_type_is_a_message() -> None:
    assert messages({"role": "user", "content": "hi"}) == [{"role": "user", "content": "hi"}]


def test_text_parts_are_joined_line_by_line() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]
    assert messages({"role": "user", "content": parts})[0]["content"] == "a\nb"


def test_a_refusal_of_the_model_is_its_text() -> None:
    parts = [{"type": "refusal", "refusal": "No."}]
    assert messages({"role": "assistant", "content": parts})[0]["content"] == "No."


@pytest.mark.parametrize(
    ("image", "sent"),
    [
        ({"image_url": "u"}, {"url": "u"}),
        ({"image_url": "u", "detail": "low"}, {"url": "u", "detail": "low"}),
        ({"image_url": {"url": "u"}, "detail": "high"}, {"url": "u", "detail": "high"}),
        ({"image_url": {"url": "u", "detail": "low"}}, {"url": "u", "detail": "low"}),
    ],
)
def test_an_image_keeps_its_detail(image: Json, sent: Json) -> None:
    parts = [{"type": "input_text", "text": "See"}, {"type": "input_image", **image}]
    assert messages({"role": "user", "content": parts})[0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": sent},
    ]


def test_files_and_sounds_are_parts_too() -> None:
    sound = {"data": "AA==", "format": "wav"}
    parts = [
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf,x"},
        {"type": "input_file", "file_data": "data:,y"},
        {"type": "input_audio", "input_audio": sound},
    ]
    assert messages({"role": "user", "content": parts})[0]["content"] == [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf,x"}},
        {"type": "file", "file": {"filename": None, "file_data": "data:,y"}},
        {"type": "input_audio", "input_audio": sound},
    ]


def test_a_file_at_an_address_is_told_in_words() -> None:
    part = {"type": "input_file", "filename": "a.pdf", "file_url": "https://x/a.pdf"}
    content = messages({"role": "user", "content": [part]})[0]["content"]
    assert "a.pdf" in content
    assert "https://x/a.pdf" in content


@pytest.mark.parametrize("kind", ["input_image", "input_file"])
def test_a_part_by_file_id_is_refused_with_its_place(kind: str) -> None:
    good: Json = {"type": "input_text", "text": "See"}
    item = {"role": "user", "content": [good, {"type": kind, "file_id": "file_1"}]}
    failure = refusal(input=[said("user", "hi"), item])
    assert failure.param == "input[1].content[1].file_id"
    assert "data URL" in failure.message


def test_a_part_by_file_id_in_an_output_is_refused_where_the_output_is() -> None:
    output = gave("c", [{"type": "input_image", "file_id": "file_1"}])
    assert refusal(input=[called("c"), said("user", "x"), output]).param == (
        "input[2].output[0].file_id"
    )


def test_a_part_of_an_unknown_type_is_told_to_be_left_out() -> None:
    item = {"role": "user", "content": [{"type": "hologram", "shape": 1}]}
    assert messages(item)[0]["content"] == "[hologram: left out]"


@pytest.mark.parametrize("role", ["system", "assistant"])
def test_an_image_of_someone_who_may_send_none_follows_as_the_users(role: str) -> None:
    sent = messages({"role": role, "content": [{"type": "input_text", "text": "See"}, PICTURE]})
    assert sent == [{"role": role, "content": "See"}, {"role": "user", "content": [SHOWN]}]


@pytest.mark.parametrize("role", ["system", "assistant"])
def test_an_image_alone_leaves_no_empty_message(role: str) -> None:
    sent = messages({"role": role, "content": [PICTURE]})
    assert sent == [{"role": "user", "content": [SHOWN]}]


def test_blank_messages_are_left_out() -> None:
    blank: Json = {"role": "user", "content": None}
    sent = messages(blank, said("system", ""), said("assistant", ""), said("user", "hi"))
    assert sent == [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("given", ["", [], [{"role": "user", "content": ""}], [thought("hm")]])
def test_a_request_that_says_nothing_is_refused(given: object) -> None:
    assert refusal(input=given).param == "input"


@pytest.mark.parametrize("role", [None, "", "tool", "wizard"])
def test_a_message_of_no_known_role_is_refused(role: str | None) -> None:
    failure = refusal(input=[said("user", "hi"), {"role": role, "content": "x"}])
    assert failure.param == "input[1].role"
    assert "developer" in failure.message


def test_the_history_comes_after_the_instructions_and_before_the_input() -> None:
    history = [said("user", "one"), said("assistant", "two")]
    sent = chat(history=history, input="three", instructions="zero")["messages"]
    assert [m["content"] for m in sent] == ["zero", "one", "two", "three"]


def test_texts_calls_and_reasoning_of_one_reply_are_one_message() -> None:
    sent = messages(
        thought("first"),
        said("assistant", "a"),
        thought("second"),
        said("assistant", "b"),
        called("c1"),
        called("c2"),
        gave("c1"),
        gave("c2"),
    )
    assert [m["role"] for m in sent] == ["assistant", "tool", "tool"]
    assert sent[0]["content"] == "a\n\nb"
    assert sent[0]["reasoning_content"] == "first\n\nsecond"
    assert [c["id"] for c in sent[0]["tool_calls"]] == ["c1", "c2"]


def test_calls_alone_are_a_message_without_content() -> None:
    assert messages(called("c"), gave("c"))[0] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c", "function": {"name": "run", "arguments": "{}"}, "type": "function"}
        ],
    }


def test_reasoning_is_read_from_its_content_before_its_summary() -> None:
    item = {**thought("short"), "content": [{"type": "reasoning_text", "text": "long"}]}
    assert messages(item, said("assistant", "a"))[0]["reasoning_content"] == "long"


def test_reasoning_waits_for_its_message_over_a_system_message() -> None:
    sent = messages(thought("hm"), said("system", "s"), said("assistant", "a"))
    assert [m["role"] for m in sent] == ["system", "assistant"]
    assert sent[1]["reasoning_content"] == "hm"


def test_reasoning_that_led_to_nothing_is_left_out() -> None:
    sent = messages(thought("hm"), said("user", "u"), said("assistant", "a"))
    assert sent == [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]


def test_sealed_reasoning_is_no_reasoning() -> None:
    item: Json = {"type": "reasoning", "summary": [], "encrypted_content": "xyz"}
    assert messages(item, said("assistant", "a")) == [{"role": "assistant", "content": "a"}]


def test_reasoning_goes_into_the_field_that_is_set() -> None:
    options = RequestOptions(reasoning_field="reasoning")
    assert messages(thought("hm"), said("assistant", "a"), options=options)[0]["reasoning"] == "hm"


def test_no_reasoning_is_sent_where_no_field_is_set() -> None:
    items = [thought("hm"), said("assistant", "a"), said("assistant", "b")]
    call = call_of(input=items, options=RequestOptions(reasoning_field=None))
    assert b"hm" not in call.encode()
    assert not call.turns


def test_a_message_between_agents_says_from_whom_and_to_whom() -> None:
    letter = {"type": "agent_message", "author": "/root", "recipient": "/root/a", "content": "Go"}
    assert messages(letter) == [
        {"role": "user", "content": "[Message from /root to /root/a]\nGo"},
    ]


def test_a_message_between_agents_without_names_may_hold_a_picture() -> None:
    letter: Json = {"type": "agent_message", "content": [PICTURE]}
    assert messages(letter)[0]["content"] == [
        {"type": "text", "text": "[Message of another agent]"},
        SHOWN,
    ]


@pytest.mark.parametrize(
    ("item", "content"),
    [
        ({"type": "compaction", "encrypted_content": "x"}, "compacted"),
        ({"type": "compaction_summary", "encrypted_content": "x"}, "compacted"),
        ({"type": "context_compaction", "summary": "We met."}, "We met."),
        ({"type": "compaction", "content": [{"type": "text", "text": "We met."}]}, "We met."),
    ],
)
def test_a_compaction_is_never_silent(item: Json, content: str) -> None:
    (message,) = messages(item)
    assert message["role"] == "user"
    assert content in message["content"]


@pytest.mark.parametrize(
    ("item", "role"),
    [
        ({"type": "note", "content": "x"}, "user"),
        ({"type": "note", "text": "x"}, "user"),
        ({"type": "note", "summary": "x"}, "user"),
        ({"type": "note", "role": "developer", "content": "x"}, "system"),
        ({"type": "note", "role": "assistant", "text": "x"}, "assistant"),
    ],
)
def test_an_unknown_item_with_text_is_kept(item: Json, role: str) -> None:
    assert messages(item) == [{"role": role, "content": "x"}]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "q"}},
        {"type": "image_generation_call", "id": "ig_1", "status": "completed"},
        {"type": "compaction_trigger"},
        {"type": "tool_search_call", "execution": "server", "arguments": {"query": "q"}},
        {"type": "tool_search_output", "execution": "server", "tools": []},
    ],
)
def test_items_with_nothing_to_tell_are_left_out_and_split_no_message(item: dict[str, Any]) -> None:
    sent = messages(said("assistant", "a"), item, called("c"), gave("c"))
    assert [m["role"] for m in sent] == ["assistant", "tool"]


def test_a_reference_to_what_is_there_adds_nothing() -> None:
    history = [{**said("user", "one"), "id": "msg_1"}]
    reference = {"type": "item_reference", "id": "msg_1"}
    sent = chat(history=history, input=[reference, said("user", "two")])["messages"]
    assert [m["content"] for m in sent] == ["one", "two"]


def test_a_reference_to_what_is_not_there_is_refused() -> None:
    reference = {"type": "item_reference", "id": "msg_9"}
    failure = refusal(input=[said("user", "two"), reference])
    assert failure.param == "input[1].id"
    assert "send the item" in failure.message


def test_the_tools_that_come_along_in_the_middle_are_on_offer() -> None:
    item = {"type": "additional_tools", "role": "developer", "tools": [function("late")]}
    sent = chat(input=[item, said("user", "hi")])
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["late"]
    assert [m["role"] for m in sent["messages"]] == ["user"]

"""What holds for every conversation, however odd the order of its items."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from codex_runtime.relay.failures import Refused, error_body
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.request.tool_names import ToolNames, ToolTarget
from codex_runtime.relay.request.translation import read_request, translate
from tests.relay.request.asking import PLAIN, Json, call_of, called, gave, said, thought

if TYPE_CHECKING:
    from collections.abc import Sequence

STRICT = RequestOptions(strict_roles=True)

ids = st.sampled_from(["a", "b", "a_1", "", None])
words = st.text("xyz \n\u20ac", min_size=1, max_size=6)
parts = st.one_of(
    st.builds(lambda text: {"type": "input_text", "text": text}, words),
    st.just({"type": "input_image", "image_url": "data:,x"}),
    st.just({"type": "unheard_of"}),
)
spoken = st.builds(
    said,
    st.sampled_from(["user", "assistant", "system", "developer"]),
    words,
)
calls = st.one_of(
    st.builds(called, ids, st.sampled_from(["run", "x.y"])),
    st.builds(lambda call_id: {"type": "custom_tool_call", "call_id": call_id, "name": "p"}, ids),
    st.builds(lambda call_id: {"type": "tool_search_call", "call_id": call_id}, ids),
    st.builds(lambda call_id: {"type": "local_shell_call", "call_id": call_id}, ids),
)
outputs = st.one_of(
    st.builds(gave, ids, words),
    st.builds(gave, ids, st.lists(parts, max_size=3)),
    st.builds(lambda call_id: {"type": "tool_search_output", "call_id": call_id, "tools": []}, ids),
)
others = st.sampled_from(
    [
        {"type": "web_search_call", "id": "ws"},
        {"type": "compaction", "encrypted_content": "x"},
        {"type": "unheard_of"},
        {"type": "unheard_of", "text": "odd"},
    ]
)
items = st.one_of(spoken, calls, outputs, others, st.builds(thought, words))
conversations = st.lists(items, max_size=14).map(lambda some: [said("user", "hi"), *some])


def sent_for(conversation: Sequence[Json], options: RequestOptions = PLAIN) -> list[Json]:
    call = call_of(input=conversation, options=options)
    sent: list[Json] = json.loads(call.encode())["messages"]
    return sent


def is_call(item: Json) -> bool:
    return str(item["type"]).endswith("_call") and item["type"] != "web_search_call"


def content_text(message: Json) -> str:
    content = message["content"]
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content)
    return content or ""


@given(conversations)
def test_every_call_has_one_tool_message_right_behind_its_own_message(
    conversation: list[Json],
) -> None:
    sent = sent_for(conversation)
    place = 0
    made = 0
    while place < len(sent):
        message = sent[place]
        assert message["role"] != "tool"
        place += 1
        call_ids = [call["id"] for call in message.get("tool_calls", ())]
        assert all(call_ids)
        assert len(set(call_ids)) == len(call_ids)
        answers = sent[place : place + len(call_ids)]
        assert [(m["role"], m.get("tool_call_id")) for m in answers] == [
            ("tool", call_id) for call_id in call_ids
        ]
        place += len(call_ids)
        made += len(call_ids)
    assert made == sum(is_call(item) for item in conversation)


@given(conversations)
def test_no_text_of_a_message_or_an_output_is_lost(conversation: list[Json]) -> None:
    sent = sent_for(conversation)
    whole = "\0".join(content_text(message) for message in sent)
    for item in conversation:
        if item["type"] == "message":
            assert item["content"][0]["text"] in whole
        elif isinstance(item.get("output"), str):
            assert item["output"] in whole
        for part in item["output"] if isinstance(item.get("output"), list) else ():
            assert part.get("text", "") in whole
    roles = [message["role"] for message in sent]
    assert roles.count("system") == sum(
        item.get("role") in {"system", "developer"} for item in conversation
    )


@given(conversations, st.lists(words.map(lambda text: said("developer", text)), max_size=3))
def test_strict_roles_hold_whatever_is_said(conversation: list[Json], first: list[Json]) -> None:
    whole = [*first, *conversation]
    sent = sent_for(whole, STRICT)
    roles = [message["role"] for message in sent]
    assert roles.count("system") == bool(first)
    assert ("user", "user") not in itertools.pairwise(roles)
    told = "\0".join(content_text(message) for message in sent)
    assert all(item["content"][0]["text"] in told for item in whole if item["type"] == "message")


@given(conversations)
def test_messages_of_users_and_systems_keep_their_order(conversation: list[Json]) -> None:
    numbered = [
        said(item["role"], f"{place}:{item['content'][0]['text']}")
        if item["type"] == "message"
        else item
        for place, item in enumerate(conversation)
    ]
    told = [content_text(message) for message in sent_for(numbered) if message["role"] != "tool"]
    places = [told_of(text) for text in told]
    spoken_places = [place for place in places if place is not None]
    assert spoken_places == sorted(spoken_places)


def told_of(text: str) -> int | None:
    head, colon, _ = text.partition(":")
    return int(head) if colon and head.isdigit() else None


@given(conversations)
def test_all_outputs_are_told_exactly_once(conversation: list[Json]) -> None:
    numbered = [
        {**item, "output": f"<{place}>"} if "output" in item else item
        for place, item in enumerate(conversation)
    ]
    whole = "\0".join(content_text(message) for message in sent_for(numbered))
    for place, item in enumerate(numbered):
        if "output" in item:
            assert whole.count(f"<{place}>") == 1


replies = st.lists(
    st.one_of(calls, st.builds(said, st.just("assistant"), words)), min_size=1, max_size=4
)


@given(conversations, replies, st.booleans())
def test_a_reply_is_known_again_whatever_came_before(
    conversation: list[Json],
    reply: list[Json],
    strict: bool,
) -> None:
    options = STRICT if strict else PLAIN
    call = call_of(input=conversation, options=options)
    made = call.fingerprint_of([json.dumps(i).encode() for i in reply])
    kept = [item for item in conversation if item["type"] != "reasoning"]
    again = call_of(input=[*kept, *reply, said("user", "go on")], options=options)
    assert again.turns[-1].fingerprint == made


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.sampled_from(["n", "n__", "a b", "x" * 62]), words),
            st.one_of(st.sampled_from(["t", "n__t", "ü", "y" * 70]), words),
            st.sampled_from(["function", "custom"]),
        ),
        unique_by=lambda tool: tool[:2],
    )
)
def test_every_declared_name_comes_back_whole(tools: list[tuple[str | None, str, Any]]) -> None:
    names = ToolNames()
    flat = [names.declare(kind, name, space) for space, name, kind in tools]
    assert len(set(flat)) == len(tools)
    for (space, name, kind), given_name in zip(tools, flat, strict=True):
        assert given_name is not None
        assert 0 < len(given_name) <= 64
        assert names.flat(name, space) == given_name
        assert names.restore(given_name) == ToolTarget(kind, name, space)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
fields = st.sampled_from(
    ["input", "tools", "tool_choice", "text", "reasoning", "model", "metadata", "instructions"]
)


@given(st.dictionaries(fields, json_values), st.binary(max_size=20))
def test_whatever_comes_is_translated_or_refused(given_fields: Json, garbage: bytes) -> None:
    for raw in (json.dumps({"model": "m", "input": "x", **given_fields}).encode(), garbage):
        sent = answer_to(raw)
        assert "messages" in sent or sent["error"]["message"]


def answer_to(raw: bytes) -> Json:
    """The chat request, or the error that the client gets."""
    try:
        told = translate(read_request(raw), (), RequestOptions()).encode()
    except Refused as refused:
        told = error_body(refused.failure)
    answer: Json = json.loads(told)
    return answer

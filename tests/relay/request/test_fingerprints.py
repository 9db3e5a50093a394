"""How an earlier turn is known again, and what it costs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from codex_runtime.relay.request import chat_call
from codex_runtime.relay.request.options import RequestOptions
from codex_runtime.relay.request.translation import read_request, thread_of, translate
from codex_runtime.relay.store.memory import MemoryStore
from tests.relay.request.asking import (
    PLAIN,
    Json,
    body,
    call_of,
    called,
    function,
    gave,
    namespace,
    said,
    thought,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMO = namespace("mcp__demo", function("tell"))
SEARCH = {"type": "tool_search_call", "call_id": "t", "arguments": {"query": "q", "limit": 8}}
REPLIES: list[list[Json]] = [
    [said("assistant", "yes")],
    [thought("hm"), said("assistant", "yes"), thought("so"), said("assistant", "no")],
    [called("c1"), called("c2", arguments="")],
    [said("assistant", "first"), called("c1", "tell", namespace="mcp__demo")],
    [{"type": "custom_tool_call", "call_id": "p", "name": "apply_patch", "input": "x"}],
    [{"type": "local_shell_call", "call_id": "s", "action": {"type": "exec", "command": ["ls"]}}],
    [SEARCH],
    [said("assistant", ""), called("c1")],
]
THREADS: list[list[Json]] = [
    [said("user", "hi")],
    [said("user", "hi"), said("assistant", "a"), said("user", "and?")],
    [said("user", "hi"), called("c0"), gave("c0")],
    [said("user", "hi"), said("assistant", "begun")],
    [said("user", "hi"), thought("hm")],
    [said("user", "hi"), called("c0"), said("user", "stop")],
]


def encoded(items: Sequence[Json]) -> list[bytes]:
    return [json.dumps(item).encode() for item in items]


def outputs_of(reply: Sequence[Json]) -> list[Json]:
    return [gave(item["call_id"]) for item in reply if "call_id" in item]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("thread", THREADS)
def test_a_reply_is_known_again_when_the_client_sends_everything(
    thread: list[Json], reply: list[Json]
) -> None:
    made = call_of(input=thread, tools=[DEMO], instructions="I").fingerprint_of(encoded(reply))
    sent_back = [item for item in reply if item["type"] != "reasoning"]
    again = [item for item in thread if item["type"] != "reasoning"] + sent_back
    after = call_of(
        input=[*again, *outputs_of(reply), said("user", "go on")], tools=[DEMO], instructions="I"
    )
    assert after.turns[-1].fingerprint == made


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("thread", THREADS)
def test_a_reply_is_known_again_by_the_history(thread: list[Json], reply: list[Json]) -> None:
    made = call_of(input=thread, tools=[DEMO]).fingerprint_of(encoded(reply))
    sent_back = [item for item in thread + reply if item["type"] != "reasoning"]
    after = call_of(
        history=sent_back, input=[*outputs_of(reply), said("user", "go on")], tools=[DEMO]
    )
    assert after.turns[-1].fingerprint == made


def test_what_clients_do_not_keep_does_not_matter() -> None:
    call = call_of(input="hi")
    bare = encoded([SEARCH, said("assistant", "a")])
    kept = {"type": "message", "id": "msg_1", "role": "assistant", "content": "a", "phase": "final"}
    sorted_keys = {
        **SEARCH,
        "arguments": {"limit": 8, "query": "q", "kind": None},
        "status": "done",
    }
    assert call.fingerprint_of(bare) == call.fingerprint_of(encoded([sorted_keys, kept]))


def test_the_reasoning_of_earlier_turns_does_not_matter() -> None:
    plain = [said("user", "hi"), said("assistant", "a"), said("user", "b")]
    reasoned = [plain[0], thought("hm"), *plain[1:]]
    reply = encoded([said("assistant", "c")])
    assert call_of(input=plain).fingerprint_of(reply) == call_of(input=reasoned).fingerprint_of(
        reply
    )


def test_the_same_text_after_other_messages_is_another_turn() -> None:
    reply = encoded([said("assistant", "yes")])
    one = call_of(input="Is it day?").fingerprint_of(reply)
    assert one != call_of(input="Is it night?").fingerprint_of(reply)
    assert one != call_of(input="Is it day?", instructions="Lie").fingerprint_of(reply)
    assert one != call_of(input="Is it day?").fingerprint_of(encoded([said("assistant", "no")]))


def test_the_same_text_twice_in_one_thread_is_two_turns() -> None:
    items = [said("user", "hi"), said("assistant", "a")] * 2
    first, second = call_of(input=items).turns
    assert first.fingerprint != second.fingerprint


def test_a_fingerprint_is_sha_256_in_hex() -> None:
    call = call_of(input="hi")
    chain = b'{"role":"user","content":"hi"}{"role":"assistant","content":"a"}'
    expected = hashlib.sha256(chain).hexdigest()
    assert call.fingerprint_of(encoded([said("assistant", "a")])) == expected


def test_a_reply_of_nothing_has_a_fingerprint_that_no_turn_has() -> None:
    items = [said("user", "hi"), said("assistant", "a"), said("user", "b")]
    call = call_of(input=items)
    nothing = call.fingerprint_of(encoded([said("assistant", "")]))
    assert nothing not in {turn.fingerprint for turn in call.turns}


def test_reasoning_is_put_back_into_its_turn_and_changes_no_fingerprint() -> None:
    items = [said("user", "hi"), said("assistant", "a"), called("c"), gave("c"), said("user", "b")]
    call = call_of(input=items)
    (turn,) = call.turns
    before = turn.fingerprint
    call.add_reasoning(turn, 'Think "hard"\n\u20ac')
    message = json.loads(call.encode())["messages"][1]
    assert message["reasoning_content"] == 'Think "hard"\n\u20ac'
    assert message["content"] == "a"
    assert message["tool_calls"][0]["id"] == "c"
    assert turn.fingerprint == before
    assert turn.index == 1
    assert list(call.turns) == [turn]


def test_reasoning_that_is_empty_is_not_put_back() -> None:
    call = call_of(input=[said("user", "hi"), said("assistant", "a")])
    before = call.encode()
    call.add_reasoning(call.turns[0], "")
    assert call.encode() == before


def test_a_conversation_has_the_same_opening_for_as_long_as_it_goes_on() -> None:
    items = [thought("hm"), said("assistant", "a"), said("user", "x"), said("assistant", "b")]
    call = call_of(input=items)
    assert call.opening == call.turns[0].fingerprint
    assert call_of(input=[*items, said("user", "y"), said("assistant", "c")]).opening == (
        call.opening
    )


def test_without_a_turn_that_lacks_its_reasoning_there_is_no_opening() -> None:
    assert call_of(input="hi").opening is None
    assert call_of(input=[thought("hm"), said("assistant", "a")]).opening is None
    options = RequestOptions(reasoning_field=None)
    assert call_of(input=[said("assistant", "a")], options=options).opening is None


def test_turns_that_brought_their_reasoning_need_none() -> None:
    items = [thought("hm"), said("assistant", "a"), said("user", "x"), said("assistant", "b")]
    call = call_of(input=items)
    assert [turn.index for turn in call.turns] == [2]


class CountedHash:
    """SHA-256 that counts what all of its copies are fed."""

    bytes_fed = 0
    updates = 0

    def __init__(self, inner: hashlib._Hash | None = None) -> None:
        self._inner = inner or hashlib.sha256()

    def update(self, data: bytes) -> None:
        CountedHash.bytes_fed += len(data)
        CountedHash.updates += 1
        self._inner.update(data)

    def copy(self) -> CountedHash:
        return CountedHash(self._inner.copy())

    def hexdigest(self) -> str:
        return self._inner.hexdigest()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[CountedHash]:
    CountedHash.bytes_fed = CountedHash.updates = 0
    monkeypatch.setattr(chat_call, "sha256", CountedHash)
    return CountedHash


@pytest.mark.parametrize("pairs", [10, 100, 1000])
def test_every_message_is_hashed_once_however_long_the_thread(
    counted: type[CountedHash], pairs: int
) -> None:
    call = call_of(input=[said("user", "hello"), said("assistant", "hello")] * pairs)
    reply = encoded([said("assistant", "hello")])
    assert len({turn.fingerprint for turn in reversed(call.turns)}) == pairs
    call.fingerprint_of(reply)
    call.fingerprint_of(reply)
    user = len(b'{"role":"user","content":"hello"}')
    assistant = len(b'{"role":"assistant","content":"hello"}')
    joined = len(b'{"role":"assistant","content":"hello\\n\\nhello"}')
    assert counted.updates == 2 * pairs + 2
    assert counted.bytes_fed == pairs * (user + assistant) + 2 * joined


def test_nothing_is_hashed_while_nobody_asks(counted: type[CountedHash]) -> None:
    call = call_of(input=[said("user", "hi"), said("assistant", "a"), said("user", "b")])
    call.add_reasoning(call.turns[0], "hm")
    call.encode()
    assert counted.updates == 0


def test_the_same_turn_of_two_threads_is_kept_apart_by_the_thread() -> None:
    store = MemoryStore()
    first = read_request(body(prompt_cache_key="one"))
    second = read_request(body(prompt_cache_key="two"))
    turns = [
        (thread_of(asked, {}), translate(asked, (), PLAIN).fingerprint_of(encoded(REPLIES[0])))
        for asked in (first, second)
    ]
    for thread, fingerprint in turns:
        assert thread is not None
        store.store_turn_reasoning(thread, fingerprint, f"of {thread}")
    assert [store.get_turn_reasoning(thread or "", mark) for thread, mark in turns] == [
        "of one",
        "of two",
    ]

"""The real app-server through the relay, with its settings, and on servers with ways of their own.

What a setting changes in the conversation of Codex and a model; each alone is tested beside it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime import SessionConfig, TurnFailed
from codex_runtime.protocol import CommandExecution, Reasoning
from codex_runtime.testing import (
    Reply,
    cut,
    http_answer,
    raw,
    reasoning,
    several,
    shell,
    text,
    usage,
)
from tests.real.faces import open_runtime
from tests.real.relayed import KNOWN, Relayed, open_relayed, runtime_config

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import TurnResult
    from codex_runtime.testing import ChatRequest

KEY = "UPSTREAM_KEY_OF_THIS_TEST"
TOKEN = "RELAY_TOKEN_OF_THIS_TEST"


async def asked(relayed: Relayed, workspace: Path, prompt: str = "hi") -> TurnResult:
    session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
    return await session.ask(prompt)


def thoughts(result: TurnResult) -> list[str]:
    """The reasoning of each item."""
    return [
        "".join([*item.summary, *item.content])
        for item in result.items
        if isinstance(item, Reasoning)
    ]


def commands(result: TurnResult) -> list[str | None]:
    """What commands wrote."""
    return [item.aggregated_output for item in result.items if isinstance(item, CommandExecution)]


# -- credentials -------------------------------------------------------------------------------


async def test_the_key_of_the_upstream_is_the_relay_s_and_the_token_is_the_app_server_s(
    home: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "the-key")
    monkeypatch.setenv(TOKEN, "the-token-of-the-relay")
    async with open_relayed(home, api_key_env=KEY, token_env=TOKEN) as relayed:
        assert (await asked(relayed, workspace)).text == "re: hi"
    (request,) = relayed.chat.requests
    assert request.credentials == {"authorization": "Bearer the-key"}
    assert "the-token-of-the-relay" not in json.dumps(dict(request.body))


async def test_without_the_token_nothing_is_asked(
    home: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "the-token-of-the-relay")
    async with open_relayed(home, token_env=TOKEN) as relayed:
        config = runtime_config(relayed.relay, home, env={TOKEN: "another-token-than-it"})
        async with open_runtime(config) as stranger:
            session = await stranger.start_session(SessionConfig(cwd=workspace))
            with pytest.raises(TurnFailed):
                await session.ask("hi")
    assert relayed.chat.requests == []


# -- what is left out, put in, renamed ---------------------------------------------------------


async def test_tools_and_parameters_are_left_out_and_put_in(home: Path, workspace: Path) -> None:
    async with open_relayed(
        home,
        tool_denylist=("exec_command",),
        extra_params={"top_k": 5},
        drop_params=("parallel_tool_calls",),
        reasoning_field=None,
    ) as relayed:
        relayed.chat.enqueue(reasoning("hm") + text("one"), text("two"))
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        await session.ask("second")
    first, second = relayed.chat.requests
    assert "exec_command" not in first.tool_names
    assert "apply_patch" in first.tool_names
    assert first.body["top_k"] == 5
    assert "parallel_tool_calls" not in first.body
    assert second.reasonings == ()


async def test_the_reasoning_goes_back_in_the_field_that_is_named(
    home: Path, workspace: Path
) -> None:
    async with open_relayed(home, reasoning_field="reasoning") as relayed:
        relayed.chat.enqueue(reasoning("hm") + text("one"), text("two"))
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        await session.ask("first")
        await session.ask("second")
    (said,) = [one for one in relayed.chat.requests[1].messages if one["role"] == "assistant"]
    assert (said["content"], said["reasoning"]) == ("one", "hm")


# -- servers with ways of their own ------------------------------------------------------------


async def test_think_tags_become_reasoning(home: Path, workspace: Path) -> None:
    tagged = text("<think>let me see</think>Seen", delta_chars=3)
    async with open_relayed(home, lambda _: tagged, filters=("think_tags",)) as relayed:
        result = await asked(relayed, workspace)
    assert result.text.strip() == "Seen"
    assert [thought.strip() for thought in thoughts(result)] == ["let me see"]


async def test_a_server_that_is_asked_for_whole_answers_does_all_the_same(
    home: Path, workspace: Path
) -> None:
    async with open_relayed(home, filters=("whole_answers",)) as relayed:
        relayed.chat.enqueue(
            reasoning("hm") + text("Look.") + shell("echo so-it-is"),
            text("Seen") + usage(input_tokens=5, output_tokens=2),
        )
        result = await asked(relayed, workspace)
    assert [request.stream for request in relayed.chat.requests] == [False, False]
    assert result.text == "Seen"
    assert thoughts(result) == ["hm"]
    assert commands(result) == ["so-it-is\n"]
    assert relayed.chat.requests[1].reasonings == ("hm",)


async def test_a_whole_answer_to_a_stream_is_taken(home: Path, workspace: Path) -> None:
    message = {"role": "assistant", "content": "whole"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = http_answer(200, {"object": "chat.completion", "choices": [choice]})
    async with open_relayed(home, lambda _: answer) as relayed:
        assert (await asked(relayed, workspace)).text == "whole"


def stream(
    *deltas: dict[str, Any],
    reason: str,
    done: bool = True,
    last: dict[str, object] | None = None,
) -> Reply:
    """Chunks as other servers write them; Any: JSON of every shape."""
    ends = [None] * (len(deltas) - 1) + [reason]
    events: list[dict[str, object]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        for delta, end in zip(deltas, ends, strict=True)
    ]
    events += [] if last is None else [last]
    lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    lines += [b"data: [DONE]\n\n"] if done else []
    return several(*map(raw, lines), cut(abrupt=False))


def function(arguments: str, name: str | None = "exec_command", **more: object) -> dict[str, Any]:
    named = {} if name is None else {"name": name}
    return {"tool_calls": [{**more, "function": {**named, "arguments": arguments}}]}


RUN = '{"cmd": "echo ran"}'
LAST_OF_LITELLM: dict[str, object] = {
    "choices": [{"index": 0, "delta": {}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(stream(function(RUN), reason="tool_calls"), id="no-index-and-no-id"),
        pytest.param(stream(function(RUN, index=0, id=None), reason="stop"), id="null-id-and-stop"),
        pytest.param(
            stream(function(RUN, index=0, id=""), reason="tool_calls", done=False),
            id="empty-id-and-no-done",
        ),
        pytest.param(
            stream(
                function('{"cmd": ', index=0, id="c"),
                function('"echo ran"}', index=0, id="c"),
                reason="tool_calls",
            ),
            id="name-and-id-in-every-chunk",
        ),
        pytest.param(
            stream(function(RUN, index=0, id="c"), reason="tool_calls", last=LAST_OF_LITELLM),
            id="usage-beside-a-choice-after-the-end",
        ),
        pytest.param(
            stream({"role": "assistant", "content": None}, function(RUN), {}, reason="tool_calls"),
            id="null-content",
        ),
    ],
)
async def test_a_call_in_the_words_of_another_server_is_run(
    home: Path, workspace: Path, reply: Reply
) -> None:
    async with open_relayed(home) as relayed:
        relayed.chat.enqueue(reply)
        result = await asked(relayed, workspace)
    assert result.text == "done"
    assert commands(result) == ["ran\n"]
    (call,) = relayed.chat.requests[1].tool_calls
    (output,) = relayed.chat.requests[1].tool_outputs
    assert call["id"] == output.call_id != ""


async def test_two_calls_without_index_and_id_are_two(home: Path, workspace: Path) -> None:
    calls = [function(f'{{"cmd": "echo {said}"}}') for said in ("one", "two")]
    async with open_relayed(home) as relayed:
        relayed.chat.enqueue(stream(*calls, reason="tool_calls"))
        result = await asked(relayed, workspace)
    assert sorted(map(str, commands(result))) == ["one\n", "two\n"]
    request = relayed.chat.requests[1]
    ids = [call["id"] for call in request.tool_calls]
    assert [output.call_id for output in request.tool_outputs] == ids
    assert len(set(ids)) == 2


# -- several threads ---------------------------------------------------------------------------


async def test_threads_whose_models_use_the_same_ids_keep_their_reasoning_apart(
    home: Path, workspace: Path
) -> None:
    def respond(request: ChatRequest) -> Reply:
        who = request.texts("user")[-1].partition(" ")[0]
        if request.tool_outputs:
            return text(f"{who} is done")
        return reasoning(f"thought of {who}") + shell(f"echo {who}", call_id="call_0")

    async with open_relayed(home, respond, model=KNOWN) as relayed:
        for who in ("ann", "ben"):
            assert (await asked(relayed, workspace, f"{who} asks")).text == f"{who} is done"
    second = [request for request in relayed.chat.requests if request.tool_outputs]
    assert [request.reasonings for request in second] == [("thought of ann",), ("thought of ben",)]
    assert relayed.relay.statistics().completed == 4
    assert relayed.relay.statistics().streams == 0

"""The real app-server through the relay: text, reasoning, images, schemas, interrupts, compaction.

What the model's server is asked, and what becomes of what it says.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec
import pytest
import trio

from codex_runtime import (
    LocalImage,
    Runtime,
    Session,
    SessionConfig,
    TokenUsage,
)
from codex_runtime.protocol import (
    AgentMessageDelta,
    ContextCompaction,
    Reasoning,
    ReasoningSummaryTextDelta,
    ReasoningTextDelta,
)
from codex_runtime.testing import (
    Reply,
    cut,
    raw,
    reasoning,
    shell,
    silence,
    text,
    tool_call,
    usage,
)
from tests.real.relayed import KNOWN, PLAIN, Relayed, open_relayed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from codex_runtime.testing import ScriptedChat

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)

BEGUN_CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":'
    b'{"name":"exec_command","arguments":"{\\"cmd\\": \\"ec"}}]},"finish_reason":null}]}\n\n'
)


@pytest.fixture
async def relayed(home: Path) -> AsyncGenerator[Relayed]:
    async with open_relayed(home) as relayed:
        yield relayed


@pytest.fixture
def chat(relayed: Relayed) -> ScriptedChat:
    return relayed.chat


@pytest.fixture
def runtime(relayed: Relayed) -> Runtime:
    return relayed.runtime


async def test_a_text_is_streamed_and_its_tokens_are_counted(
    session: Session, chat: ScriptedChat
) -> None:
    figures = usage(
        input_tokens=100, cached_input_tokens=40, output_tokens=9, reasoning_output_tokens=4
    )
    chat.enqueue(text("Grüße 𝄞 there", deltas=4) + figures)
    async with session.ask_stream("hi") as turn:
        deltas = [event.delta async for event in turn if isinstance(event, AgentMessageDelta)]
    assert "".join(deltas) == turn.result.text == "Grüße 𝄞 there"
    assert turn.result.usage == TokenUsage(
        input_tokens=100,
        cached_input_tokens=40,
        output_tokens=9,
        reasoning_output_tokens=4,
        total_tokens=109,
    )


async def test_deltas_come_as_they_are_sent(session: Session, chat: ScriptedChat) -> None:
    """The second half is sent when the first one has been read."""
    chat.enqueue(text("first ") + silence() + text("second"))
    heard: list[str] = []
    async with session.ask_stream("hi") as turn:
        async for event in turn:
            if isinstance(event, AgentMessageDelta):
                heard.append(event.delta)
                chat.release()
    assert heard == ["first ", "second"]
    assert turn.result.text == "first second"


async def test_without_figures_of_the_model_no_tokens_are_reported(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(
        text("no figures")
        + raw(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')
        + raw(b"data: [DONE]\n\n")
        + cut(abrupt=False)
    )
    result = await session.ask("hi")
    assert (result.text, result.usage) == ("no figures", None)


async def test_every_message_of_the_developer_reaches_the_model(
    session: Session, chat: ScriptedChat
) -> None:
    """The base prompt is the first of them, and by far the longest; they go as one message."""
    await session.ask("hi")
    (request,) = chat.requests
    (told,) = request.texts("system", "developer")
    assert "You are" in told[:1_000]
    assert len(told) > 10_000
    assert "sandbox" in told
    assert request.last_user_text == "hi"
    assert request.messages[0]["role"] in {"system", "developer"}


async def test_turns_of_a_thread_build_one_conversation(
    session: Session, chat: ScriptedChat
) -> None:
    for prompt in ("one", "two", "three"):
        assert (await session.ask(prompt)).text == f"re: {prompt}"
    said = [
        (message["role"], message["content"])
        for message in chat.requests[-1].messages
        if message["role"] == "assistant" or message.get("content") in {"one", "two", "three"}
    ]
    assert said == [
        ("user", "one"),
        ("assistant", "re: one"),
        ("user", "two"),
        ("assistant", "re: two"),
        ("user", "three"),
    ]


async def test_each_request_begins_with_the_one_before_it(
    session: Session, chat: ScriptedChat
) -> None:
    """A server that keeps what it has read of a prompt finds it again, word for word."""
    chat.enqueue(
        reasoning("first a look") + text("Looking.") + shell("echo a", call_id="same"),
        reasoning("and another") + shell("echo b", call_id="same") + shell("echo c"),
        reasoning("enough") + text("Seen"),
    )
    await session.ask("look")
    await session.ask("and then")
    first, *later = chat.requests
    assert len(later) == 3
    before = first
    for request in later:
        assert request.messages[: len(before.messages)] == before.messages
        assert request.tools == first.tools
        before = request


# -- reasoning ---------------------------------------------------------------------------------


async def test_reasoning_is_an_item_of_the_turn_with_its_deltas(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(reasoning("Let me see", deltas=2) + text("Seen"))
    async with session.ask_stream("look") as turn:
        thought = [
            event.delta
            async for event in turn
            if isinstance(event, ReasoningSummaryTextDelta | ReasoningTextDelta)
        ]
    assert "".join(thought) == "Let me see"
    (item,) = [item for item in turn.result.items if isinstance(item, Reasoning)]
    assert "".join([*item.summary, *item.content]) == "Let me see"
    assert turn.result.text == "Seen"


async def test_reasoning_goes_back_to_the_model_within_the_turn_and_the_thread(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(
        reasoning("a listing will do") + shell("echo here"),
        reasoning("now I know") + text("It is here"),
    )
    await session.ask("where")
    assert chat.requests[1].reasonings == ("a listing will do",)
    await session.ask("and now")
    assert chat.requests[2].reasonings == ("a listing will do", "now I know")
    (called, answered) = [
        message for message in chat.requests[2].messages if message.get("reasoning_content")
    ]
    assert called["tool_calls"]
    assert answered["content"] == "It is here"


# -- what is asked for -------------------------------------------------------------------------


async def test_an_image_reaches_the_model_as_a_data_url(
    session: Session, chat: ScriptedChat, workspace: Path
) -> None:
    (workspace / "pixel.png").write_bytes(PNG)
    await session.ask("look", attachments=[LocalImage("pixel.png")])
    (url,) = chat.requests[0].image_urls
    assert url == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


async def test_an_image_that_a_tool_shows_reaches_the_model(
    session: Session, chat: ScriptedChat, workspace: Path
) -> None:
    path = workspace / "pixel.png"
    path.write_bytes(PNG)
    chat.enqueue(tool_call("view_image", {"path": str(path)}, call_id="v"))
    await session.ask("look")
    assert chat.requests[0].image_urls == ()
    (url,) = chat.requests[1].image_urls
    assert url.startswith("data:image/png;base64,")
    assert [output.call_id for output in chat.requests[1].tool_outputs] == ["v"]


class Verdict(msgspec.Struct):
    """What is asked for."""

    good: bool


async def test_a_schema_is_a_response_format(session: Session, chat: ScriptedChat) -> None:
    chat.enqueue(text('{"good": true}'))
    result = await session.ask("judge", output=Verdict)
    assert result.output == Verdict(good=True)
    schema = chat.requests[0].output_schema
    assert schema is not None
    assert "good" in schema["properties"]


async def test_effort_and_model_reach_the_server(home: Path, workspace: Path) -> None:
    async with open_relayed(home, model_map={KNOWN: "upstream/name"}) as relayed:
        config = SessionConfig(cwd=workspace, effort="high")
        session = await relayed.runtime.start_session(config)
        await session.ask("hi")
    (request,) = relayed.chat.requests
    assert (request.effort, request.model) == ("high", "upstream/name")


async def test_a_model_that_the_app_server_does_not_know_is_asked_by_its_name(
    home: Path, workspace: Path
) -> None:
    async with open_relayed(home, model=PLAIN) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        assert (await session.ask("hi")).text == "re: hi"
    assert [request.model for request in relayed.chat.requests] == [PLAIN]


# -- interrupts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(text("begun ") + silence(), id="mid-text"),
        pytest.param(reasoning("hm") + silence(), id="mid-reasoning"),
        pytest.param(raw(BEGUN_CALL) + silence(), id="mid-arguments"),
        pytest.param(silence(), id="before-the-first-token"),
        pytest.param(silence(opened=False), id="before-the-status"),
    ],
)
async def test_an_interrupt_ends_the_request_to_the_model(
    session: Session, chat: ScriptedChat, before: Reply
) -> None:
    chat.enqueue(before + text("never"))
    async with session.ask_stream("go on") as turn:
        await chat.wait_for_requests(1)
        outcome = await turn.interrupt()
        assert (outcome.state, turn.result.status) == ("interrupted", "interrupted")
    await chat.wait_disconnected(0)
    assert chat.active_streams == 0
    assert (await session.ask("next")).text == "re: next"


async def test_many_threads_at_once_get_each_its_own_answer(
    runtime: Runtime, chat: ScriptedChat, workspace: Path
) -> None:
    answers: dict[str, str] = {}

    async def ask(prompt: str) -> None:
        session = await runtime.start_session(SessionConfig(cwd=workspace))
        answers[prompt] = (await session.ask(prompt)).text

    prompts = [f"prompt {number}" for number in range(12)]
    async with trio.open_nursery() as nursery:
        for prompt in prompts:
            nursery.start_soon(ask, prompt)
    assert answers == {prompt: f"re: {prompt}" for prompt in prompts}
    assert len(chat.requests) == len(prompts)


async def test_what_is_said_to_a_turn_under_way_reaches_the_model_in_it(
    session: Session, chat: ScriptedChat
) -> None:
    """The server's: it leaves the answer that it was reading, and asks again with both."""
    chat.enqueue(text("a first part") + silence())
    async with session.ask_stream("begin") as turn:
        await chat.wait_for_requests(1)
        await session.steer("and mind this")
        assert (await turn.finish()).text == "re: and mind this"
    await chat.wait_disconnected(0)
    assert chat.requests[1].texts("user")[-2:] == ("begin", "and mind this")


async def test_a_fork_takes_the_reasoning_along(session: Session, chat: ScriptedChat) -> None:
    chat.enqueue(reasoning("thought through") + text("Known"))
    await session.ask("learn")
    fork = await session.fork()
    await fork.ask("go on elsewhere")
    assert chat.requests[-1].reasonings == ("thought through",)


# -- compaction --------------------------------------------------------------------------------


async def test_a_compaction_is_a_summary_of_the_model_that_the_thread_goes_on_from(
    session: Session, chat: ScriptedChat
) -> None:
    await session.ask("a long story")
    chat.enqueue(text("THE SUMMARY"))
    result = await session.compact()
    assert result.status == "completed"
    assert any(isinstance(item, ContextCompaction) for item in result.items)
    assert (await session.ask("and now")).text == "re: and now"
    last = chat.requests[-1]
    assert any("THE SUMMARY" in said for said in last.texts("user", "assistant", "system"))
    assert "re: a long story" not in last.texts("assistant")

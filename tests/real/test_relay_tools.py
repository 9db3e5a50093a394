"""The real app-server through the relay: tools of every kind are offered, called and answered.

Each call is the model's, in Chat Completions; each answer is what the next request tells of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codex_runtime import SessionConfig, StdioMcpServer, mcp_servers_config, tool
from codex_runtime.protocol import (
    CommandExecution,
    DynamicToolCall,
    FileChange,
    InputImageDynamicToolContent,
    InputTextDynamicToolContent,
    McpToolCall,
)
from codex_runtime.testing import Reply, apply_patch, reasoning, shell, text, tool_call
from tests.real.relayed import PLAIN, Relayed, open_relayed, tool_named

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime import Runtime, Session, TurnResult
    from codex_runtime.testing import ChatRequest, ScriptedChat

PROCESS = str(Path(__file__).parent / "mcp_process.py")
SERVERS = mcp_servers_config(
    {"demo": StdioMcpServer(command=sys.executable, args=[PROCESS], approval="approve")}
)
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMB"
    "AQDJ/pLvAAAAAElFTkSuQmCC"
)
PATCH = """*** Begin Patch
*** Update File: note.txt
@@
-before
+after
*** End Patch
"""


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


def told(request: ChatRequest) -> dict[str, str]:
    """What tools gave back, by the id of the call."""
    return {output.call_id: output.text for output in request.tool_outputs}


def commands(result: TurnResult) -> list[str]:
    return [item.command for item in result.items if isinstance(item, CommandExecution)]


async def test_a_command_is_run_and_the_model_sees_its_output(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(text("Let me look.") + shell("echo so-it-is", call_id="mine"))
    result = await session.ask("look")
    assert result.text == "done"
    assert [item for item in commands(result) if "so-it-is" in item]
    after = chat.requests[1]
    assert "so-it-is" in told(after)["mine"]
    (said,) = [message for message in after.messages if message["role"] == "assistant"]
    assert said["content"] == "Let me look."
    assert [call["id"] for call in said["tool_calls"]] == ["mine"]


async def test_two_calls_of_one_answer_are_both_run_and_answered(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(shell("echo first-out", call_id="a") + shell("echo second-out", call_id="b"))
    result = await session.ask("look twice")
    assert len(commands(result)) == 2
    after = told(chat.requests[1])
    assert "first-out" in after["a"]
    assert "second-out" in after["b"]
    (said,) = [message for message in chat.requests[1].messages if "tool_calls" in message]
    assert [call["id"] for call in said["tool_calls"]] == ["a", "b"]


async def test_an_id_that_the_model_uses_again_loses_no_call_and_no_result(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(
        shell("echo out-one", call_id="call_0"),
        shell("echo out-two", call_id="call_0"),
        shell("echo out-three", call_id="call_0"),
    )
    result = await session.ask("again and again")
    assert result.text == "done"
    assert len(chat.requests) == 4
    last = chat.requests[-1]
    outputs = [output.text for output in last.tool_outputs]
    for said, output in zip(("out-one", "out-two", "out-three"), outputs, strict=True):
        assert said in output
    roles = [message["role"] for message in last.messages if message["role"] != "developer"]
    assert roles[-6:] == ["assistant", "tool"] * 3


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(tool_call("apply_patch", {"input": PATCH}, call_id="p"), id="arguments"),
        pytest.param(apply_patch(PATCH, call_id="p"), id="plain-text"),
    ],
)
async def test_a_patch_changes_the_file(
    runtime: Runtime, chat: ScriptedChat, workspace: Path, patch: Reply
) -> None:
    """Models that were trained on the freeform tool write no JSON."""
    config = SessionConfig(cwd=workspace, sandbox="workspace-write")
    session = await runtime.start_session(config)
    (workspace / "note.txt").write_text("before\n")
    chat.enqueue(patch)
    result = await session.ask("change it")
    assert (workspace / "note.txt").read_text() == "after\n"
    assert any(isinstance(item, FileChange) for item in result.items)
    assert "Success" in told(chat.requests[1])["p"]


async def test_the_patch_tool_is_offered_as_a_function_with_its_grammar(
    session: Session, chat: ScriptedChat
) -> None:
    await session.ask("hi")
    (request,) = chat.requests
    (offer,) = [tool for tool in request.tools if tool["function"]["name"] == "apply_patch"]
    assert offer["function"]["parameters"]["type"] == "object"
    assert "Begin Patch" in str(offer)
    assert {tool["type"] for tool in request.tools} == {"function"}
    assert len(set(request.tool_names)) == len(request.tool_names)


# -- tools of MCP servers and of ours ----------------------------------------------------------


async def test_a_tool_of_an_mcp_server_is_called_by_its_flat_name(
    home: Path, workspace: Path
) -> None:
    async with open_relayed(home, calling("tell"), model=PLAIN, config=SERVERS) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        result = await session.ask("call it")
    (item,) = [item for item in result.items if isinstance(item, McpToolCall)]
    assert (item.server, item.tool, item.status) == ("demo", "tell", "completed")
    assert '"cwd"' in relayed.chat.requests[1].tool_outputs[0].text


async def test_a_tool_of_an_mcp_server_is_called_by_its_bare_name(
    home: Path, workspace: Path
) -> None:
    """Models leave the name of the server out."""
    async with open_relayed(home, model=PLAIN, config=SERVERS) as relayed:
        relayed.chat.enqueue(tool_call("tell", {}))
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        result = await session.ask("call it")
    (item,) = [item for item in result.items if isinstance(item, McpToolCall)]
    assert (item.server, item.tool, item.status) == ("demo", "tell", "completed")


async def test_a_tool_is_searched_for_and_then_called(home: Path, workspace: Path) -> None:
    """A model that the app-server knows is offered a search, and after it what was found."""

    def respond(request: ChatRequest) -> Reply:
        done = len(request.tool_outputs)
        if done == 0:
            return tool_call("tool_search", {"query": "tell", "limit": 2}, call_id="s")
        if done == 1:
            return tool_call(tool_named(request, "tell"), {}, call_id="t")
        return text("done")

    async with open_relayed(home, respond, config=SERVERS) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        result = await session.ask("find it")
        await session.ask("and again")
    first, second, third, later = relayed.chat.requests
    assert "tool_search" in first.tool_names
    assert not [name for name in first.tool_names if name.endswith("tell")]
    assert [name for name in second.tool_names if name.endswith("tell")]
    assert [name for name in later.tool_names if name.endswith("tell")]
    assert '"cwd"' in told(third)["t"]
    assert [item.tool for item in result.items if isinstance(item, McpToolCall)] == ["tell"]


@tool
async def double(number: int) -> str:
    """Double a number."""
    return f"{2 * number} it is"


async def test_a_tool_of_the_session_is_called(home: Path, workspace: Path) -> None:
    respond = calling("double", {"number": 21})
    async with open_relayed(home, respond, model=PLAIN) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace, tools=[double]))
        result = await session.ask("call it")
    (item,) = [item for item in result.items if isinstance(item, DynamicToolCall)]
    assert (item.tool, item.success) == ("double", True)
    assert "42 it is" in relayed.chat.requests[1].tool_outputs[0].text


@tool
async def draw() -> list[InputTextDynamicToolContent | InputImageDynamicToolContent]:
    """Draw it."""
    return [
        InputTextDynamicToolContent(text="Here it is."),
        InputImageDynamicToolContent(image_url=PIXEL),
    ]


async def test_text_and_image_of_a_tool_reach_the_model_in_order(
    home: Path, workspace: Path
) -> None:
    """Chat Completions take no image in the message of a tool: it follows in one of its own."""
    async with open_relayed(home, model=PLAIN) as relayed:
        relayed.chat.enqueue(
            tool_call("draw", {}, call_id="d") + tool_call("double", {"number": 2}, call_id="e"),
            text("Seen"),
        )
        config = SessionConfig(cwd=workspace, tools=[draw, double])
        session = await relayed.runtime.start_session(config)
        assert (await session.ask("draw it")).text == "Seen"
    after = relayed.chat.requests[1]
    assert "Here it is." in told(after)["d"]
    assert "4 it is" in told(after)["e"]
    assert after.image_urls == (PIXEL,)
    roles = [message["role"] for message in after.messages]
    assert roles[-4:] == ["assistant", "tool", "tool", "user"]


async def test_an_agent_is_spawned_and_asks_through_the_relay_too(
    home: Path, workspace: Path
) -> None:
    def respond(request: ChatRequest) -> Reply:
        if "your task" in request.texts("user"):
            return text("child is done")
        if not request.tool_outputs:
            return tool_call(tool_named(request, "spawn_agent"), {"message": "your task"})
        return text("parent is done")

    async with open_relayed(home, respond, model=PLAIN) as relayed:
        session = await relayed.runtime.start_session(SessionConfig(cwd=workspace))
        result = await session.ask("start one")
        await relayed.chat.wait_for_requests(3)
    assert result.text == "parent is done"
    asked = [request.texts("user") for request in relayed.chat.requests]
    assert any("your task" in texts for texts in asked)


# -- what goes wrong ---------------------------------------------------------------------------


async def test_the_model_is_told_of_a_tool_that_nobody_offered(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(tool_call("no_such_tool", {}, call_id="x"))
    result = await session.ask("try")
    assert result.text == "done"
    assert "unsupported call" in told(chat.requests[1])["x"]


async def test_the_model_is_told_of_arguments_that_are_no_json(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(tool_call("exec_command", '{"cmd": "ec', call_id="x"))
    result = await session.ask("try")
    assert result.text == "done"
    assert "failed to parse function arguments" in told(chat.requests[1])["x"]


async def test_reasoning_before_each_of_several_calls_stays_with_its_call(
    session: Session, chat: ScriptedChat
) -> None:
    chat.enqueue(
        reasoning("why one") + shell("echo 1", call_id="same"),
        reasoning("why two") + shell("echo 2", call_id="same"),
    )
    await session.ask("twice")
    calls = [message for message in chat.requests[2].messages if "tool_calls" in message]
    assert [message["reasoning_content"] for message in calls] == ["why one", "why two"]


def calling(end: str, arguments: dict[str, object] | None = None) -> Callable[[ChatRequest], Reply]:
    """Call the tool whose name ends so; say "done" once it answered."""

    def respond(request: ChatRequest) -> Reply:
        if request.tool_outputs:
            return text("done")
        return tool_call(tool_named(request, end), arguments or {})

    return respond

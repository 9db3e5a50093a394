"""The tools of a turn, as records: what each was given, what came of it, how it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from codex_runtime.model.tool_uses import ToolUse, is_tool_item, tool_uses
from codex_runtime.protocol import (
    AgentMessage,
    CommandExecution,
    ItemCompleted,
    UnknownItem,
    decode_notification,
)

if TYPE_CHECKING:
    from codex_runtime.protocol import ThreadItem

Json = Any  # plain JSON, as the server sends it


def item(kind: str, **fields: Json) -> ThreadItem:
    told = {
        "threadId": "t",
        "turnId": "u",
        "completedAtMs": 1,
        "item": {"type": kind, "id": "i", **fields},
    }
    event = decode_notification("item/completed", json.dumps(told).encode())
    assert isinstance(event, ItemCompleted)
    return event.item


def command(**changes: Json) -> ThreadItem:
    return item(
        "commandExecution",
        **{
            "command": "echo hi",
            "commandActions": [],
            "cwd": "/",
            "status": "completed",
            "aggregatedOutput": "hi\n",
            "exitCode": 0,
            "durationMs": 12,
            **changes,
        },
    )


def mcp(**changes: Json) -> ThreadItem:
    asked = {"server": "db", "tool": "query", "arguments": {"sql": "select 1"}}
    return item("mcpToolCall", **{**asked, "status": "completed", "durationMs": 7, **changes})


def dynamic(**changes: Json) -> ThreadItem:
    asked = {"tool": "weather", "arguments": {"city": "Ulm"}}
    return item("dynamicToolCall", **{**asked, "status": "completed", **changes})


def one(item: ThreadItem) -> ToolUse:
    (use,) = tool_uses([item])
    assert use.item is item
    assert is_tool_item(item)
    return use


def test_a_command_shows_its_output_its_exit_code_and_how_long_it_took() -> None:
    use = one(command())
    assert (use.kind, use.name, use.input, use.output) == ("command", "shell", "echo hi", "hi\n")
    assert (use.status, use.exit_code, use.duration_ms) == ("completed", 0, 12)
    assert use.succeeded is True


def test_a_file_change_shows_what_was_to_be_changed() -> None:
    change = {"path": "a.txt", "kind": {"type": "add"}, "diff": "+a"}
    use = one(item("fileChange", changes=[change], status="declined"))
    assert (use.kind, use.name, use.status) == ("file_change", "apply_patch", "declined")
    assert isinstance(use.input, list)
    assert [change.path for change in use.input] == ["a.txt"]
    assert use.succeeded is False


def test_a_call_of_mcp_shows_arguments_and_result() -> None:
    use = one(mcp(result={"content": [{"type": "text", "text": "1"}]}))
    assert (use.kind, use.name, use.input) == ("mcp", "db.query", {"sql": "select 1"})
    assert use.output is not None
    assert (use.duration_ms, use.error, use.succeeded) == (7, None, True)


def test_a_failed_call_of_mcp_shows_why() -> None:
    use = one(mcp(status="failed", error={"message": "no such table"}))
    assert (use.error, use.output, use.succeeded) == ("no such table", None, False)


@pytest.mark.parametrize(("namespace", "name"), [(None, "weather"), ("web", "web.weather")])
def test_a_dynamic_tool_has_the_name_the_model_called_it_by(
    namespace: str | None, name: str
) -> None:
    use = one(dynamic(namespace=namespace, success=True, durationMs=3))
    assert (use.kind, use.name, use.input) == ("dynamic", name, {"city": "Ulm"})
    assert (use.duration_ms, use.succeeded) == (3, True)


OTHERS: list[tuple[ThreadItem, tuple[str, str, object, object, bool | None]]] = [
    (
        item("webSearch", query="trio", results=[{"url": "u"}]),
        ("web_search", "web_search", "trio", [{"url": "u"}], None),
    ),
    (
        item(
            "collabAgentToolCall",
            tool="spawnAgent",
            agentsStates={},
            receiverThreadIds=["c"],
            senderThreadId="t",
            status="completed",
            prompt="look",
        ),
        ("collab_agent", "spawnAgent", "look", {}, True),
    ),
    (item("imageView", path="/a.png"), ("image_view", "view_image", "/a.png", None, None)),
    (
        item("imageGeneration", result="data", status="completed", savedPath="/b.png"),
        ("image_generation", "image_generation", None, "/b.png", True),
    ),
    (item("sleep", durationMs=50), ("sleep", "sleep", None, None, None)),
    (
        item("functionCallOutput", name="f", namespace="ns", output="done"),
        ("function", "ns.f", None, "done", None),
    ),
]


@pytest.mark.parametrize(("told", "shown"), OTHERS, ids=lambda value: type(value).__name__)
def test_what_the_other_kinds_show(
    told: ThreadItem, shown: tuple[str, str, object, object, bool | None]
) -> None:
    use = one(told)
    assert (use.kind, use.name, use.input, use.output, use.succeeded) == shown


@pytest.mark.parametrize(
    ("told", "succeeded"),
    [
        (command(exitCode=1), False),
        (command(status="failed", exitCode=None), False),
        (command(status="inProgress", exitCode=None), None),
        (command(status="somethingNew", exitCode=None), False),
        (dynamic(success=False), False),
        (dynamic(status="inProgress"), None),
        (dynamic(), True),
    ],
)
def test_success_is_only_what_ended_well(told: ThreadItem, succeeded: bool | None) -> None:
    assert one(told).succeeded is succeeded


def test_words_thoughts_and_unknown_kinds_are_no_tools() -> None:
    others = [
        AgentMessage(id="m", text="hi"),
        item("reasoning", summary=[], content=[]),
        item("plan", text="1."),
        item("contextCompaction"),
        item("somethingNew"),
    ]
    assert isinstance(others[-1], UnknownItem)
    assert tool_uses(others) == ()
    assert not any(map(is_tool_item, others))


def test_tools_stay_in_the_order_of_their_items() -> None:
    items = [mcp(), AgentMessage(id="m", text="hi"), command(), dynamic()]
    uses = tool_uses(iter(items))
    assert [use.kind for use in uses] == ["mcp", "command", "dynamic"]
    assert isinstance(uses[1].item, CommandExecution)

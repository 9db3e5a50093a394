"""What each kind of event looks like, as text in a pipe."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from codex_runtime.cli.marks import Doing
from codex_runtime.cli.screen import PlainScreen, make_console
from codex_runtime.cli.view import TurnView
from codex_runtime.protocol.codec import decode_notification

IDS = {"threadId": "t", "turnId": "u"}
Event = tuple[str, dict[str, Any]]


def started(**item: object) -> Event:
    return "item/started", {**IDS, "startedAtMs": 1, "item": {"id": "i", **item}}


def ended(**item: object) -> Event:
    return "item/completed", {**IDS, "completedAtMs": 1, "item": {"id": "i", **item}}


def delta(method: str, text: str, item_id: str = "i", **more: object) -> Event:
    return method, {**IDS, "itemId": item_id, "delta": text, **more}


def feed(*events: Event) -> tuple[str, list[str]]:
    """What is printed for ``events``, and what was being waited for on the way."""
    view = TurnView()
    file = io.StringIO()
    screen = PlainScreen(make_console(file))
    doings: list[str] = []
    for method, params in events:
        marks = list(view.marks_for(decode_notification(method, json.dumps(params).encode())))
        doings += [mark.what for mark in marks if isinstance(mark, Doing)]
        screen.show(marks)
    screen.end()
    return file.getvalue(), doings


def command(item_id: str, text: str, **more: object) -> dict[str, object]:
    fixed = {"type": "commandExecution", "commandActions": [], "cwd": "/", "status": "inProgress"}
    return {**fixed, "id": item_id, "command": f"bash -lc '{text}'", **more}


AGENT = "item/agentMessage/delta"


def test_a_message_is_written_as_it_comes_and_not_again_at_its_end() -> None:
    shown, _ = feed(
        started(type="agentMessage", text=""),
        delta(AGENT, "Hel"),
        delta(AGENT, "lo."),
        ended(type="agentMessage", text="Hello."),
    )
    assert shown == "Hello.\n"


def test_a_message_without_deltas_is_written_at_its_end() -> None:
    assert feed(ended(type="agentMessage", text="Hello."))[0] == "Hello.\n"


def test_what_the_deltas_left_out_is_written_at_the_end() -> None:
    shown, _ = feed(delta(AGENT, "Hel"), ended(type="agentMessage", text="Hello."))
    assert shown == "Hello.\n"


def test_texts_of_different_items_stand_apart() -> None:
    shown, _ = feed(
        delta("item/reasoning/summaryTextDelta", "Hm.", "r", summaryIndex=0),
        ("item/reasoning/summaryPartAdded", {**IDS, "itemId": "r", "summaryIndex": 1}),
        delta("item/reasoning/summaryTextDelta", "Aha.", "r", summaryIndex=1),
        delta(AGENT, "Yes.", "m"),
    )
    assert shown == "Hm.\n\nAha.\n\nYes.\n"


def test_commands_side_by_side_are_told_apart() -> None:
    done = {"status": "completed", "exitCode": 0, "durationMs": 1400}
    shown, doings = feed(
        started(**command("a", "one")),
        started(**command("b", "two")),
        ended(**command("a", "one", aggregatedOutput="1\n", **done)),
        ended(**command("b", "two", aggregatedOutput="2\n", **done)),
    )
    ends = "\n\n".join(
        f"$ {name}\n  {n}\n  ✔ exit 0 · 1.4 s" for name, n in [("one", 1), ("two", 2)]
    )
    assert shown == f"$ one\n\n$ two\n\n{ends}\n"
    assert doings == ["running one", "running two", "running two", "thinking"]


def test_the_last_line_of_a_running_command_is_what_is_being_waited_for() -> None:
    output = delta("item/commandExecution/outputDelta", "10 %\r20 %\r")
    assert feed(started(**command("i", "x")), output)[1][-1] == "running: 20 %"


def test_a_long_command_is_shortened() -> None:
    script = "\n".join(f"echo {n}" for n in range(9))
    shown, _ = feed(started(**command("i", script)))
    assert shown.splitlines()[-2:] == ["  echo 4", "  … 4 more lines"]


CHANGES = [
    {"path": "new", "kind": {"type": "add"}, "diff": "x\n"},
    {"path": "old", "kind": {"type": "delete"}, "diff": "x\n"},
    {"path": "a", "kind": {"type": "update", "move_path": "b"}, "diff": ""},
    {"path": "c", "kind": {"type": "update"}, "diff": "@@\n-x\n+y\n+z\n"},
    {"path": "d", "kind": {"type": "unheard-of"}, "diff": ""},
]
MCP = {"type": "mcpToolCall", "server": "docs", "tool": "find", "arguments": {}}
ITEMS: list[tuple[dict[str, Any], str]] = [
    (
        {"type": "fileChange", "changes": CHANGES, "status": "completed"},
        "+ new\n- old\n~ a → b\n~ c  +2 -1\n~ d  +0 -0\n",
    ),
    (
        {"type": "fileChange", "changes": CHANGES[:1], "status": "failed"},
        "+ new\n  ✘ failed\n",
    ),
    ({**MCP, "status": "completed", "durationMs": 5}, "• docs.find\n  ✔ completed · 5 ms\n"),
    ({**MCP, "status": "failed", "error": {"message": "gone"}}, "• docs.find\n  ✘ failed: gone\n"),
    (
        {"type": "dynamicToolCall", "tool": "ring", "arguments": {}, "status": "failed"},
        "• ring\n  ✘ failed\n",
    ),
    ({"type": "webSearch", "query": "trio"}, "• searched the web: trio\n"),
    ({"type": "imageView", "path": "/a.png"}, "• looked at /a.png\n"),
    ({"type": "contextCompaction"}, "• the thread was summarised to free context\n"),
    ({"type": "exitedReviewMode", "review": "Good.\nBut:"}, "Good.\nBut:\n"),
    ({"type": "fromTheFuture"}, "(fromTheFuture)\n"),
    ({"type": "userMessage", "content": []}, ""),
    (
        {
            "type": "collabAgentToolCall",
            "agentsStates": {},
            "receiverThreadIds": [],
            "senderThreadId": "t",
            "status": "completed",
            "tool": "wait",
        },
        "• agents: wait\n",
    ),
]


@pytest.mark.parametrize(("item", "lines"), ITEMS, ids=lambda value: str(value)[:30])
def test_every_kind_of_item_has_its_lines(item: dict[str, Any], lines: str) -> None:
    assert feed(started(**item), ended(**item))[0] == lines


def error(message: str, *, will_retry: bool) -> Event:
    return "error", {**IDS, "error": {"message": message}, "willRetry": will_retry}


NOTICES: list[tuple[Event, str]] = [
    (error("no", will_retry=False), "! no\n"),
    (error("later", will_retry=True), "! later (trying again)\n"),
    (("warning", {"threadId": "t", "message": "\x1b[31mcareful"}), "! careful\n"),
    (
        (
            "model/rerouted",
            {**IDS, "fromModel": "a", "toModel": "b", "reason": "highRiskCyberActivity"},
        ),
        "! the server went from a to b\n",
    ),
    (
        (
            "turn/plan/updated",
            {
                **IDS,
                "plan": [
                    {"status": "completed", "step": "look"},
                    {"status": "inProgress", "step": "think"},
                    {"status": "pending", "step": "act"},
                ],
            },
        ),
        "• plan\n  ✔ look\n  ▸ think\n  · act\n",
    ),
    (("from/the/future", {}), ""),
]


@pytest.mark.parametrize(("event", "lines"), NOTICES, ids=lambda value: str(value)[:30])
def test_notices_and_plans_are_lines_of_their_own(event: Event, lines: str) -> None:
    assert feed(event)[0] == lines

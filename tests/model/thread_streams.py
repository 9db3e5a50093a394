"""Streams of a thread's events, and what the server has on record at each moment.

Owns a small model of the app-server as it was seen: items run side by side, the record holds what
is complete, and nothing of what runs. Enter at `streams`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from codex_runtime.protocol import Thread, decode_notification

if TYPE_CHECKING:
    from codex_runtime.protocol import Notification

__all__ = ["THREAD_ID", "Script", "event", "streams"]

THREAD_ID = "t"
KINDS = ("agentMessage", "reasoning", "commandExecution", "plan")
DELTAS = {
    "agentMessage": "item/agentMessage/delta",
    "reasoning": "item/reasoning/summaryTextDelta",
    "commandExecution": "item/commandExecution/outputDelta",
    "plan": "item/plan/delta",
}
Json = Any  # plain JSON, looked into key by key


def event(method: str, **params: Json) -> Notification:
    """A notification of the thread, and of its turn ``u`` unless another is named."""
    told = {"threadId": THREAD_ID, "turnId": "u", **params}
    return decode_notification(method, msgspec.json.encode(told))


def turn_json(turn_id: str, status: str, items: list[Json]) -> Json:
    """A turn as the server sends it."""
    return {
        "id": turn_id,
        "items": items,
        "status": status,
        "startedAt": 5,
        "completedAt": None if status == "inProgress" else 9,
        "durationMs": None if status == "inProgress" else 4000,
        "error": {"message": "no"} if status == "failed" else None,
        "itemsView": "full",
    }


class Script:
    """A thread that goes on step by step, and the record of it."""

    def __init__(self) -> None:
        self.events: list[Notification] = []
        self.records: list[Thread] = []
        """The record after so many events."""
        self._turns: list[Json] = []
        self._open: dict[str, Json] = {}
        self._count = 0
        self._tokens = 0
        self._name: str | None = None
        self._status: Json = {"type": "idle"}
        self._note()

    def step(self, what: str, number: int, text: str) -> None:
        """Whatever that means where the thread is now."""
        if self._turns and self._turns[-1]["status"] == "inProgress":
            self._step_in_turn(what, number, text)
        elif what == "name":
            self._name = f"name {number}"
            self._emit("thread/name/updated", threadName=self._name)
        else:
            self._status = {"type": "active", "activeFlags": []}
            self._emit("thread/status/changed", status=self._status)
            turn = turn_json(f"turn-{len(self._turns)}", "inProgress", [])
            self._turns.append(turn)
            self._emit("turn/started", turn=turn)

    def finish(self) -> None:
        """Complete what runs."""
        if self._turns and self._turns[-1]["status"] == "inProgress":
            for item_id in list(self._open):
                self._complete(item_id)
            self._end("completed")

    def _step_in_turn(self, what: str, number: int, text: str) -> None:
        match what:
            case "start" if len(self._open) < 3:
                self._start(KINDS[number % len(KINDS)])
            case "complete" if self._open:
                self._complete(list(self._open)[number % len(self._open)])
            case "usage":
                self._tokens += 10
                counts = {"inputTokens": self._tokens, "totalTokens": self._tokens}
                rest = {"cachedInputTokens": 0, "outputTokens": 0, "reasoningOutputTokens": 0}
                total = {**counts, **rest}
                self._emit("thread/tokenUsage/updated", tokenUsage={"total": total, "last": total})
            case "diff":
                self._emit("turn/diff/updated", diff=text)
            case "plan":
                self._emit("turn/plan/updated", plan=[{"step": text, "status": "pending"}])
            case "end" if not self._open:
                self._end(("completed", "interrupted", "failed")[number % 3])
            case _ if self._open:
                self._delta(list(self._open)[number % len(self._open)], number, text)
            case _:
                self._start(KINDS[number % len(KINDS)])

    def _start(self, kind: str) -> None:
        self._count += 1
        item: Json = {"type": kind, "id": f"item-{self._count}"}
        if kind == "commandExecution":
            more = {"command": "ls", "commandActions": [], "cwd": "/", "status": "inProgress"}
            item.update(more, aggregatedOutput=None)
        elif kind == "reasoning":
            item.update(summary=[], content=[])
        else:
            item["text"] = ""
        self._open[item["id"]] = item
        self._emit("item/started", item=item, startedAtMs=1)

    def _delta(self, item_id: str, number: int, text: str) -> None:
        item = self._open[item_id]
        more = {}
        match item["type"]:
            case "reasoning":
                parts = item["summary"]
                if not parts or number % 5 == 0:
                    parts.append("")
                parts[-1] += text
                more = {"summaryIndex": len(parts) - 1}
            case "commandExecution":
                item["aggregatedOutput"] = (item["aggregatedOutput"] or "") + text
            case _:
                item["text"] += text
        self._emit(DELTAS[item["type"]], itemId=item_id, delta=text, **more)

    def _complete(self, item_id: str) -> None:
        item = self._open.pop(item_id)
        if item["type"] == "commandExecution":
            item["status"] = "completed"
        self._turns[-1]["items"].append(item)
        self._emit("item/completed", item=item, completedAtMs=2)

    def _end(self, status: str) -> None:
        turn = self._turns[-1]
        self._turns[-1] = turn_json(turn["id"], status, turn["items"])
        self._status = {"type": "idle"}
        self._emit("thread/status/changed", status=self._status)
        # The server repeats the last message alone here.
        said = [item for item in turn["items"] if item["type"] == "agentMessage"]
        self._emit("turn/completed", turn={**self._turns[-1], "items": said[-1:]})

    def _emit(self, method: str, **params: Json) -> None:
        turn_id = self._turns[-1]["id"] if self._turns else "u"
        self.events.append(event(method, turnId=turn_id, **params))
        self._note()

    def _note(self) -> None:
        told = {
            "cliVersion": "0",
            "createdAt": 1,
            "cwd": "/",
            "ephemeral": False,
            "id": THREAD_ID,
            "modelProvider": "m",
            "preview": "",
            "projectId": None,
            "sessionId": "s",
            "source": "vscode",
            "status": self._status,
            "turns": self._turns,
            "updatedAt": 1,
            "name": self._name,
        }
        self.records.append(msgspec.convert(told, Thread, strict=False))


_STEPS = ("start", "delta", "delta", "delta", "complete", "usage", "diff", "plan", "end", "name")


@st.composite
def streams(draw: st.DrawFn) -> Script:
    """Streams in which all that was begun is completed in the end."""
    script = Script()
    steps = st.tuples(st.sampled_from(_STEPS), st.integers(0, 20), st.text(max_size=4))
    for what, number, text in draw(st.lists(steps, max_size=40)):
        script.step(what, number, text)
    script.finish()
    return script

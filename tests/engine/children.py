"""Child threads of the fake app-server: as they were recorded, and as a test tells them.

Owns the recorded conversation with two children, retold under the ids of a running fake, and a turn
of a child by hand. Knows nothing of the client. Enter at `Recorded` or `spawn`.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING

from codex_runtime.testing.fake_server import FakeAppServer, transcript
from tests.engine.fake_server import FakeThread, FakeTurn, Json, captured_request
from tests.engine.running import method_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.protocol import Notification
    from codex_runtime.session.children import ChildThread

__all__ = [
    "RECORDING",
    "ChildTurn",
    "Recorded",
    "ask_approval",
    "call_item",
    "methods",
    "read_all",
    "say_all",
    "spawn",
]

RECORDING = "child-threads"


class Recorded:
    """What the real server said of one turn with two children, under the ids of ``turn``."""

    def __init__(self, turn: FakeTurn) -> None:
        self._turn = turn
        records = [record["message"] for record in transcript(RECORDING)]
        thread_id, turn_id = _recorded_ids(records)
        said = json.dumps([m for m in records if "emittedAtMs" in m])
        said = said.replace(turn_id, turn.turn_id).replace(thread_id, turn.thread.thread_id)
        self.notifications: list[Json] = json.loads(said)
        begun = [m["params"] for m in self.notifications if m["method"] == "turn/started"]
        self.kids: list[str] = [p["threadId"] for p in begun[1:]]

    def of(self, thread_id: str) -> list[Json]:
        """What was said of that thread, from the start of its turn to its end."""
        methods = [m for m in self.notifications if m["params"].get("threadId") == thread_id]
        names = [m["method"] for m in methods]
        return methods[names.index("turn/started") : names.index("turn/completed") + 1]

    def text(self, thread_id: str) -> str:
        """The last message of that thread."""
        (ended,) = (m for m in self.of(thread_id) if m["method"] == "turn/completed")
        return str(ended["params"]["turn"]["items"][-1]["text"])

    def tokens(self, thread_id: str) -> int:
        """What that thread used, all in all."""
        told = [m for m in self.of(thread_id) if m["method"] == "thread/tokenUsage/updated"]
        return int(told[-1]["params"]["tokenUsage"]["total"]["totalTokens"])

    def tell(self) -> Iterator[str]:
        """Say it, one notification after the other; gives who it was of and what it was."""
        begun = False
        for message in self.notifications:
            thread_id = message["params"].get("threadId", "")
            own = thread_id == self._turn.thread.thread_id
            if own and message["method"] == "turn/started":
                begun = True  # the fake said so itself
            elif begun:
                if own and message["method"] == "turn/completed":
                    self._turn.complete()
                else:
                    self._turn.server.send(message)
                yield thread_id + " " + message["method"]


def _recorded_ids(records: list[Json]) -> tuple[str, str]:
    (started,) = (m for m in records if m.get("method") == "turn/start")
    (answer,) = (m for m in records if m.get("id") == started["id"] and "result" in m)
    return started["params"]["threadId"], answer["result"]["turn"]["id"]


class ChildTurn(FakeTurn):
    """A turn on a child's thread, which works for the turn ``root``, or for itself."""

    def __init__(self, server: FakeAppServer, thread: FakeThread, root: str, prompt: str) -> None:
        params = {"input": [{"type": "text", "text": prompt}]}
        super().__init__(server, thread, server.new_id(), params, root_turn_id=root)
        thread.active = self


def spawn(parent: FakeTurn, prompt: str = "look", *, root: str | None = None) -> ChildTurn:
    """An agent starts another one, whose turn has not begun."""
    thread = FakeThread(parent.server.new_id())
    parent.server.threads[thread.thread_id] = thread
    return ChildTurn(parent.server, thread, root or parent.turn_id, prompt)


def call_item(parent: FakeTurn, kid: str, tool: str = "spawnAgent", **changes: object) -> Json:
    """The completed call of an agent tool, as it was recorded."""
    for record in transcript(RECORDING):
        item = record["message"].get("params", {}).get("item", {})
        if item.get("type") == "collabAgentToolCall" and item["status"] == "completed":
            changes = {"id": f"call-{kid}-{tool}", "tool": tool, **changes}
            told = {**deepcopy(item), "receiverThreadIds": [kid], "agentsStates": {}, **changes}
            return {**told, "senderThreadId": parent.thread.thread_id}
    raise AssertionError("no call of an agent tool was recorded")


def ask_approval(turn: FakeTurn) -> int | str:
    """The turn asks whether it may run a command; gives the id of the request."""
    params = captured_request("item/commandExecution/requestApproval")
    ids = {"threadId": turn.thread.thread_id, "turnId": turn.turn_id}
    return turn.server.request("item/commandExecution/requestApproval", {**params, **ids})


async def read_all(child: ChildThread) -> list[Notification]:
    """The events of a child's newest turn, to its end."""
    async with child.events() as events:
        return [event async for event in events]


def methods(events: list[Notification]) -> list[str]:
    """Their wire names."""
    return [method_of(event) for event in events]


def say_all(turn: FakeTurn, text: str = "done", tokens: int = 10) -> None:
    """A whole turn with one message and one model call."""
    turn.start()
    turn.say(text)
    turn.usage(tokens)
    turn.complete()

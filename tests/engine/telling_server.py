"""A fake app-server whose turns tell a story together, and that keeps all it told.

Owns what each act of a story sends: items of every kind that has text, and the states and the rest
that come between. Does not know who reads. Enter at `TellingServer.tell`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs
import trio
from hypothesis import strategies as st

from codex_runtime.protocol import decode_notification
from tests.session.recording_server import RecordingServer

if TYPE_CHECKING:
    from codex_runtime.protocol import Notification
    from tests.engine.fake_server import FakeTurn, Json

__all__ = ["DELTAS", "TICK_S", "Act", "Story", "TellingServer", "stories"]

TICK_S = 0.001
"""Half of what the reader may wait for more, so that chunks are of any size."""

Slot: TypeAlias = Literal["answer", "final", "command", "reasoning", "patch", "plan"]
SLOTS: tuple[Slot, ...] = ("answer", "final", "command", "reasoning", "patch", "plan")
DELTAS: dict[Slot, str] = {
    "answer": "item/agentMessage/delta",
    "final": "item/agentMessage/delta",
    "command": "item/commandExecution/outputDelta",
    "reasoning": "item/reasoning/summaryTextDelta",
    "patch": "item/fileChange/outputDelta",
    "plan": "item/plan/delta",
}
OTHERS = ("changes", "diff", "later", "name", "status", "todo", "usage", "warning")


@attrs.frozen
class Act:
    """One thing that one turn tells; ``slot`` and ``part`` are of the items alone."""

    turn: int
    kind: str
    text: str
    slot: Slot = "answer"
    part: int = 0


Story: TypeAlias = list[Act | int]
"""Acts, and pauses of so many ticks."""


def stories(turns: int) -> st.SearchStrategy[Story]:
    """Whatever so many turns may tell: runs of text, with something else now and then."""
    numbers = st.integers(0, turns - 1)
    words = st.text(st.sampled_from("abcä🙂"), min_size=1, max_size=4)
    slots = st.sampled_from(SLOTS)
    piece = st.builds(Act, numbers, st.just("delta"), words, slots, st.integers(0, 1))
    end = st.builds(Act, numbers, st.just("end"), words, slots)
    other = st.builds(Act, numbers, st.sampled_from(OTHERS), words)
    run = st.lists(piece, min_size=1, max_size=12) | st.lists(
        st.one_of(other, other, end, st.integers(1, 12)), min_size=1, max_size=10
    )
    return st.lists(run, max_size=15).map(lambda runs: [step for run in runs for step in run])


class TellingServer(RecordingServer):
    """A server on which so many turns, their prompts ``0``, ``1``, …, tell one story together."""

    def __init__(self, turns: int) -> None:
        super().__init__(self._play)
        self.told: list[Notification] = []
        self._count = turns
        self._tellers: dict[int, FakeTurn] = {}
        self._all_begun = trio.Event()
        self._open: dict[tuple[int, Slot], tuple[str, str]] = {}
        """The items that run: their ids, and what they said."""
        self._started_items = 0

    def notify(self, method: str, params: Json) -> None:
        """Send a notification, and keep what it says."""
        self.told.append(decode_notification(method, json.dumps(params).encode()))
        super().notify(method, params)

    async def _play(self, turn: FakeTurn) -> None:
        self._tellers[int(turn.prompt)] = turn
        if len(self._tellers) == self._count:
            self._all_begun.set()
        await trio.sleep_forever()

    async def tell(self, story: Story, failing: set[int]) -> None:
        """All of it, once all turns have begun; a turn ends after the last that it tells."""
        await self._all_begun.wait()
        last = {step.turn: at for at, step in enumerate(story) if isinstance(step, Act)}
        for number in range(self._count):
            if number not in last:
                self._end(number, failed=number in failing)
        for at, step in enumerate(story):
            if not isinstance(step, Act):
                await trio.sleep(step * TICK_S)
                continue
            self._act(step)
            if last[step.turn] == at:
                self._end(step.turn, failed=step.turn in failing)

    def _end(self, number: int, *, failed: bool) -> None:
        if failed:
            error = {"message": "broken", "codexErrorInfo": None, "additionalDetails": None}
            self._tellers[number].complete("failed", error)
            return
        for turn, slot in list(self._open):
            if turn == number:
                self._complete(turn, slot)
        self._tellers[number].complete()

    def _act(self, act: Act) -> None:
        turn, thread = self._tellers[act.turn], self._tellers[act.turn].thread
        change = {"diff": act.text, "kind": {"type": "add"}, "path": "a"}
        match act.kind:
            case "delta":
                self._say(act)
            case "end":
                self._complete(act.turn, act.slot)
            case "usage":
                turn.usage(len(act.text))
            case "todo":
                turn.emit("turn/plan/updated", plan=[{"step": act.text, "status": "pending"}])
            case "diff":
                turn.emit("turn/diff/updated", diff=act.text)
            case "changes":
                item_id, _ = self._running(act.turn, "patch")
                turn.emit("item/fileChange/patchUpdated", itemId=item_id, changes=[change])
            case "later":
                turn.emit("turn/notKnownYet", told=act.text)
            case "warning":
                self.notify("warning", {"threadId": thread.thread_id, "message": act.text})
            case "name":
                name = {"threadId": thread.thread_id, "threadName": act.text}
                self.notify("thread/name/updated", name)
            case _:
                status = {"type": "active", "activeFlags": []}
                told = {"threadId": thread.thread_id, "status": status}
                self.notify("thread/status/changed", told)

    def _say(self, act: Act) -> None:
        item_id, said = self._running(act.turn, act.slot)
        self._open[act.turn, act.slot] = item_id, said + act.text
        part = {"summaryIndex": act.part} if act.slot == "reasoning" else {}
        turn = self._tellers[act.turn]
        turn.emit(DELTAS[act.slot], itemId=item_id, delta=act.text, **part)

    def _running(self, turn: int, slot: Slot) -> tuple[str, str]:
        """The item of that slot, started if none runs."""
        if (turn, slot) not in self._open:
            self._started_items += 1
            self._open[turn, slot] = f"item-{self._started_items}", ""
            item = item_of(slot, f"item-{self._started_items}", "")
            self._tellers[turn].emit("item/started", item=item, startedAtMs=1)
        return self._open[turn, slot]

    def _complete(self, turn: int, slot: Slot) -> None:
        if (turn, slot) in self._open:
            item = item_of(slot, *self._open.pop((turn, slot)), "completed")
            self._tellers[turn].emit("item/completed", item=item, completedAtMs=1)


def item_of(slot: Slot, item_id: str, text: str, status: str = "inProgress") -> Json:
    """An item that has said ``text``."""
    shapes: dict[Slot, Json] = {
        "answer": {"type": "agentMessage", "text": text, "phase": None},
        "final": {"type": "agentMessage", "text": text, "phase": "final_answer"},
        "command": {
            "type": "commandExecution",
            "aggregatedOutput": text,
            "command": "true",
            "commandActions": [],
            "cwd": "/",
            "status": status,
        },
        "reasoning": {"type": "reasoning", "summary": [text], "content": []},
        "patch": {"type": "fileChange", "changes": [], "status": status},
        "plan": {"type": "plan", "text": text},
    }
    return {"id": item_id, **shapes[slot]}

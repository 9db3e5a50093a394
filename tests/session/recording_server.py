"""The fake app-server with a record: it answers ``thread/read`` as the real one was seen to.

Owns which turns and items are on record: what is complete, and nothing of what runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.fake_server import (
    FakeServer,
    FakeThread,
    FakeTurn,
    captured_notification,
    captured_result,
    echo,
)

if TYPE_CHECKING:
    from tests.engine.fake_server import Json, Play

__all__ = ["RecordingServer"]


class RecordingServer(FakeServer):
    """A server that keeps what it said."""

    def __init__(self, play: Play = echo) -> None:
        super().__init__(play)
        self.ephemeral = False
        """Its threads have no turns on record, and reading them is refused."""
        self.shows_starting = False
        """A turn that has not started yet is on record as interrupted, as happens for a moment."""
        self._items: dict[str, list[Json]] = {}
        self._turns: dict[str, Json] = {}

    def notify(self, method: str, params: Json) -> None:
        """Send a notification, and put on record what it completes."""
        if method == "item/completed":
            self._items.setdefault(params["turnId"], []).append(params["item"])
        elif method in ("turn/started", "turn/completed"):
            self._turns[params["turn"]["id"]] = params["turn"]
        super().notify(method, params)

    def record(self, thread: FakeThread) -> list[Json]:
        """The turns of a thread as they are on record."""
        turns = [
            turn
            for turn in self.turns
            if turn.thread is thread and (turn.started or self.shows_starting)
        ]
        return [self._recorded(turn) for turn in turns]

    def _recorded(self, turn: FakeTurn) -> Json:
        told = self._turns.get(turn.turn_id)
        if told is None:
            told = {**captured_notification("turn/started")["turn"], "id": turn.turn_id}
            told["status"] = "interrupted"
        return {**told, "items": self._items.get(turn.turn_id, []), "itemsView": "full"}

    def _do(self, message: Json) -> None:
        if message["method"] != "thread/read" or self.fail.get("thread/read"):
            super()._do(message)
            return
        params = message["params"]
        thread = self._loaded(message)
        if thread is None:
            return
        if self.ephemeral and params["includeTurns"]:
            self.refuse(message, "ephemeral threads do not support includeTurns")
            return
        told = captured_result("thread/start")["thread"]
        told.update(id=thread.thread_id, ephemeral=self.ephemeral)
        active = {"type": "active", "activeFlags": []}
        told["status"] = {"type": "idle"} if thread.active is None else active
        told["turns"] = self.record(thread) if params["includeTurns"] else []
        self.answer(message, {"thread": told})

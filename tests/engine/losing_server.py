"""A fake app-server that loses what it should have told, and turns that fit it.

Owns the faults of telling; what the server does and keeps on record is `RecordingServer`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from codex_runtime.model.deadlines import Deadlines
from codex_runtime.model.profile import RunProfile
from tests.engine.fake_server import echo
from tests.session.recording_server import RecordingServer

if TYPE_CHECKING:
    from codex_runtime.session.session import Session
    from tests.engine.fake_server import FakeTurn, Json

__all__ = ["LosingServer", "ask_under", "forever"]


class LosingServer(RecordingServer):
    """A server that loses what it should have told, and knows ``thread/turns/list``."""

    def __init__(self, play: Any = echo) -> None:
        super().__init__(play)
        self.lose: set[str] = set()
        """Notifications that it never sends; what they say is on record."""
        self.lists_turns = True
        self.lag = 0
        """So many looks at the record still see the newest turn as it was before its end."""
        self.lag_status = "inProgress"
        self.status: Json = None
        """What it says that its threads do, if not the truth."""

    def send(self, message: Json) -> None:
        """Send, unless it is lost."""
        if message.get("method") not in self.lose:
            super().send(message)

    def answer(self, request: Json, result: Json) -> None:
        """Answer, with the status that it is to tell."""
        if request["method"] == "thread/read" and self.status is not None:
            result["thread"]["status"] = self.status
        super().answer(request, result)

    @property
    def looks(self) -> int:
        """How often the record was looked at."""
        return len(self.asked("thread/turns/list"))

    def _do(self, message: Json) -> None:
        if message["method"] != "thread/turns/list" or not self.lists_turns:
            super()._do(message)
            return
        params = message["params"]
        thread = self._loaded(message)
        if thread is None:
            return
        if self.ephemeral:
            self.refuse(message, "ephemeral threads do not support thread/turns/list")
            return
        turns = self.record(thread)[::-1]
        if self.lag and turns:
            self.lag -= 1
            turns[0] |= {"status": self.lag_status, "completedAt": None, "items": []}
        begin = int(params.get("cursor") or 0)
        end = begin + params["limit"]
        cursor = str(end) if end < len(turns) else None
        self.answer(message, {"data": turns[begin:end], "nextCursor": cursor})


async def forever(turn: FakeTurn) -> None:
    """Say one thing and go on in silence."""
    turn.begin_message()
    turn.delta("one thing")
    await trio.sleep_forever()


async def ask_under(session: Session, prompt: str, **deadlines: float | None) -> Any:
    """Ask with deadlines of this call."""
    profile = RunProfile(deadlines=Deadlines(**deadlines))
    return await session.ask_with_profile(prompt, profile)

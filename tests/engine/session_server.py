"""The fake server of a world of sessions: answers that are late or lost, and a record of it all.

Owns the faults that a plan asks for, and what was told of each turn. Knows no session. Enter at
`WorldServer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from codex_runtime.testing.fake_server import Death
from tests.engine.fake_server import FakeServer
from tests.engine.session_plan import (
    TICK_S,
    Calm,
    Delay,
    Die,
    Drop,
    InterruptMode,
    Refuse,
    StartDelay,
)

if TYPE_CHECKING:
    from tests.engine.fake_server import Json
    from tests.engine.session_plan import Fault

__all__ = ["WorldServer", "flat"]


class WorldServer(FakeServer):
    """Its answers can be late, or lost; it keeps what it told of each turn, and what it refused."""

    def __init__(self) -> None:
        super().__init__()
        self.resumes_never_ran = False
        self.answer_delay_s: dict[str, float] = {}
        self.answer_drop: set[str] = set()
        self.told: dict[str, list[object]] = {}
        self.refused: list[tuple[int, int | str]] = []
        self.asked_turns: list[tuple[int, int | str, str]] = []
        self.deaths = 0
        self.dies_on: dict[str, Die] = {}
        """By method."""

    def died(self, *, crashed: bool) -> None:
        super().died(crashed=crashed)
        self.deaths += 1

    def _take(self, message: Json) -> None:
        if message.get("method") == "turn/start":
            prompt = message["params"]["input"][0]["text"]
            self.asked_turns.append((self.connections, message["id"], prompt))
        death = self.dies_on.pop(str(message.get("method")), None)
        if death is None or death.done:
            super()._take(message)
        if death is not None:
            self.crash(death.returncode)

    def send(self, message: Json) -> None:
        if "error" in message:
            self.refused.append((self.connections, message["id"]))
        turn_id = told_of(message.get("params") or {})
        if turn_id is not None and "id" not in message:
            said = self.told.setdefault(turn_id, [])
            params = message["params"]
            said += flat(message["method"], params.get("itemId"), params.get("delta"))
        super().send(message)

    def answer(self, request: Json, result: Json) -> None:
        method = request["method"]
        if method in self.answer_drop:
            return
        if delay_s := self.answer_delay_s.get(method):
            self.process.start_soon(self._answer_later, delay_s, request, result)
        else:
            super().answer(request, result)

    async def _answer_later(self, delay_s: float, request: Json, result: Json) -> None:
        await trio.sleep(delay_s)
        super().answer(request, result)

    def be(self, step: Fault) -> None:
        """Do so from now on."""
        match step:
            case Die():
                self.failing_starts = [Death(1, "cannot start")] * step.failing_starts
                if step.on is not None:
                    self.dies_on[step.on] = step
                elif self.is_up:
                    self.crash(step.returncode)
            case Delay():
                delays = self.answer_delay_s if step.answer else self.delay_s
                delays[step.method] = step.ticks * TICK_S
            case Drop():
                (self.answer_drop if step.answer else self.drop).add(step.method)
            case Refuse():
                error = {"code": step.code, "message": step.message}
                self.fail.setdefault(step.method, []).extend([error] * step.times)
            case InterruptMode():
                self.interrupts = step.mode
            case StartDelay():
                self.start_delay_s = step.ticks * TICK_S
            case Calm():
                self._calm()

    def _calm(self) -> None:
        self.drop.clear()
        self.answer_drop.clear()
        self.delay_s.clear()
        self.answer_delay_s.clear()
        self.fail.clear()
        self.failing_starts.clear()
        self.dies_on.clear()
        self.start_delay_s, self.interrupts = 0.0, "obey"


def told_of(params: Json) -> str | None:
    """The turn that a notification is of."""
    turn_id: str | None = params.get("turnId") or (params.get("turn") or {}).get("id")
    return turn_id


def flat(method: str, item_id: str | None, delta: str | None) -> list[object]:
    """An event so that merged deltas are no matter: a text is its letters."""
    return [method] if delta is None else [(item_id, letter) for letter in delta]

"""What happened in a world of sessions, and which ends of an ask that allows.

Owns the verdict on each end: an exception must have its cause. Runs nothing. Enter at
`Facts.may_end`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    RequestError,
    RequestTimeout,
    SessionBusy,
    SessionClosed,
    ThreadArchived,
    ThreadNotFound,
    TurnFailed,
    TurnInterrupted,
    TurnLost,
    TurnTimedOut,
)
from tests.engine.session_plan import Ask, Close, Interrupt, Open

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from tests.engine.session_plan import Detach, Plan
    from tests.engine.session_server import WorldServer

__all__ = ["LAST", "Facts"]

LAST: Final = "the last one"
"""The prompt of every ask that is no step of the plan."""


class Facts:
    """Who asked for what so far, by the numbers of asks and handles."""

    def __init__(self, plan: Plan, server: WorldServer, engine: Engine) -> None:
        self.plan = plan
        self.server = server
        self.engine = engine
        self.asks = [step for step in plan.steps if isinstance(step, Ask)]
        self.opens = [Open(0), Open(0), *(s for s in plan.steps if isinstance(s, Open))]
        self.roots: list[int] = []
        """Of each handle the first one on its thread, which stands for the thread."""
        for number, step in enumerate(self.opens):
            self.roots.append(number if step.of is None else self.roots[step.of])
        self.ends: dict[int, str] = {}
        self.stopped: set[int] = set()
        """Threads on which somebody ended whatever ran."""
        self.stopped_asks: set[int] = set()
        """Those whose turns somebody interrupted by their ids."""
        self.ended_handles: set[int] = set()
        self.closed: set[int] = set()
        """Threads that somebody closed."""
        self.faults: set[str] = set()

    def note(self, step: Interrupt | Close | Detach) -> None:
        """Somebody is about to do that."""
        root = self.roots[step.handle]
        if isinstance(step, Interrupt) and step.of is not None:
            self.stopped_asks.add(step.of)
            return
        self.stopped.add(root)
        if not isinstance(step, Interrupt):
            self.ended_handles.add(step.handle)
        if isinstance(step, Close):
            self.closed.add(root)

    def key_of(self, ask: Ask) -> str | None:
        """A key is its thread's."""
        return None if ask.key is None else f"key {ask.key} of {self.roots[ask.handle]}"

    def asks_like(self, number: int) -> list[int]:
        """That ask, and with a key all that have the same one: one turn answers them."""
        key = self.key_of(self.asks[number])
        same = (n for n, ask in enumerate(self.asks) if key is not None and self.key_of(ask) == key)
        return [number] if key is None else list(same)

    def whole_texts(self, number: int) -> list[str]:
        """What the answer to that ask may be."""
        return [
            "".join(f"{one}/{n} " for n in range(self.asks[one].say.pieces))
            for one in self.asks_like(number)
        ]

    @property
    def died(self) -> bool:
        """Whether any server has."""
        connection = self.engine.connection
        return self.server.deaths > 0 or (connection is not None and connection.ended.is_set())

    # -- verdicts --------------------------------------------------------------------------------

    def may_end(self, error: CodexRuntimeError | None, number: int) -> bool:
        """Whether something happened that lets that ask end so; None is its answer."""
        ask, like = self.asks[number], self.asks_like(number)
        root = self.roots[ask.handle]
        match error:
            case TurnTimedOut():
                found = ask.total is not None
            case TurnInterrupted():
                found = self._was_stopped(number)
            case TurnFailed():
                found = any(self.asks[one].say.end == "failed" for one in like)
            case TurnLost():
                found = self.died or root in self.closed or bool(ask.key and self.faults)
            case SessionClosed():
                found = ask.handle in self.ended_handles or root in self.closed
            case SessionBusy():
                found = ask.reject
            case ThreadNotFound() | ThreadArchived():
                found = root in self.closed
            case RequestTimeout() if error.method == "turn/start":
                begun = {turn.prompt for turn in self.server.turns if turn.started}
                found = bool(self.faults) and str(number) not in begun
            case _:
                found = self.may_refuse(error, ask.handle)
        return found

    def _was_stopped(self, number: int) -> bool:
        like = self.asks_like(number)
        root = self.roots[self.asks[number].handle]
        given_up = any(
            self.ends.get(one, "done") != "done"
            or self.asks[one].cancel_after is not None
            or self.asks[one].total is not None
            for one in like
            if one != number
        )
        of_record = self.asks[number].key is not None and self.died
        named = not self.stopped_asks.isdisjoint(like)
        return root in self.stopped or named or given_up or of_record

    def may_refuse(self, error: CodexRuntimeError | None, handle: int) -> bool:
        """Whether anything on that handle may end so."""
        match error:
            case None:
                found = True
            case SessionClosed():
                found = handle in self.ended_handles
            case AppServerExited():
                found = self.died
            case RequestTimeout():
                found = bool(self.faults)
            case ThreadNotFound() | ThreadArchived():
                found = self.opens[handle].of is not None  # it never ran, or was closed
            case RequestError():
                found = "Refuse" in self.faults
            case _:
                found = False
        return found

    # -- the whole -------------------------------------------------------------------------------

    def check_turns(self) -> None:
        """The model was asked at most once for each ask, and for each key on record."""
        server = self.server
        assert server.running == []
        assert server.merged == []
        unkeyed = {str(number) for number, ask in enumerate(self.asks) if ask.key is None}
        begun = [turn.prompt for turn in server.turns if turn.prompt in unkeyed]
        assert len(begun) == len(set(begun)), begun
        sent = [
            prompt
            for connection, request_id, prompt in server.asked_turns
            if prompt in unkeyed and (connection, request_id) not in server.refused
        ]
        assert len(sent) == len(set(sent)), sent
        keys = {self.key_of(ask) for ask in self.asks} - {None}
        ran = [turn.params.get("clientUserMessageId") for turn in server.turns if turn.started]
        assert all(ran.count(key) <= 1 for key in keys), ran

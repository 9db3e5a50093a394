"""Turns: how one is asked for, whoever waits for it.

Each request that starts a turn runs in a task of the runtime, so that a caller who is cancelled
while it is under way leaves nobody without a turn id. Owns that task. Does not know what a turn is
asked (the session builds the params) nor how it is stopped (`interrupts`).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Generic, TypeVar

import trio

from codex_runtime.engine.interrupts import reap
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.errors import (
    CodexRuntimeError,
    RemoteProtocolError,
    RequestTimeout,
    RuntimeClosed,
)
from codex_runtime.protocol.codec import decode_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.protocol import Method

__all__ = ["TurnRequest"]

P = TypeVar("P")
R = TypeVar("R")


class TurnRequest(Generic[P, R]):
    """One request that starts a turn, for a route that holds its thread's place.

    ``turn_id_of`` reads the turn's id from the answer; an answer that names none lets the turn be
    known by its ``turn/started``.
    """

    def __init__(
        self,
        engine: Engine,
        line: ThreadLine,
        route: TurnRoute,
        method: Method[P, R],
        params: P,
        turn_id_of: Callable[[R], str] | None,
    ) -> None:
        self._engine = engine
        self._line = line
        self._route = route
        self._method = method
        self._params = params
        self._turn_id_of = turn_id_of
        self._unreadable: RemoteProtocolError | None = None
        route.claims_by_start = turn_id_of is None

    async def run(self) -> None:
        """Runtime-owned: send it, and see to it that the route ends if no turn comes of it."""
        route = self._route
        try:
            error = await self._ask()
        except BaseException:
            # The runtime's end; a turn that was asked for is lost with the connection.
            if not route.request_written:
                self._refuse(RuntimeClosed())
            raise
        if route.request_scope.cancelled_caught:
            error = RuntimeClosed()  # whoever else gave it up does not look
        if error is None:
            return
        unknown = not error.outcome_certain or route.request_scope.cancelled_caught
        if not (unknown and route.request_written):
            self._refuse(error)
        elif route.turn_id is None:
            await self._await_late_turn(error)

    async def _ask(self) -> CodexRuntimeError | None:
        with self._route.request_scope:
            try:
                await self._engine.call_raw(
                    self._method, self._params, on_sent=self._sent, on_answer=self._answered
                )
                if self._turn_id_of is None:
                    await self._await_start()
            except CodexRuntimeError as problem:
                return problem
        return self._unreadable

    def _refuse(self, error: CodexRuntimeError) -> None:
        self._route.refuse(error)
        self._line.forget(self._route)

    def _sent(self, written: bool) -> None:  # noqa: FBT001 - see Connection.request
        self._route.request_written = written

    def _answered(self, result: bytes) -> None:
        """Called by the reader: what follows on the wire is the turn's already."""
        if self._turn_id_of is None:
            return
        try:
            turn_id = self._turn_id_of(decode_result(self._method, result, self._engine.drift))
        except RemoteProtocolError as problem:
            self._unreadable = problem
        else:
            self._line.claim(self._route, turn_id)

    async def _await_start(self) -> None:
        limit_s = self._engine.config.request_timeout_s
        with trio.move_on_after(limit_s):
            await self._route.acknowledged.wait()
        if not self._route.acknowledged.is_set():
            raise RequestTimeout("turn/started", limit_s)

    async def _await_late_turn(self, error: CodexRuntimeError) -> None:
        """The server was asked and has not answered: nobody waits, but the turn may yet run.

        Its place is kept for another ``request_timeout_s``; a turn that shows up is ended.
        """
        stray = TurnRoute(self._line.thread_id, None)
        stray.request_written = True
        stray.claims_by_start = True
        stray.responder = self._route.responder
        if self._route.on_late_end is not None:
            stray.on_end.append(self._route.on_late_end)
        asked, self._route = self._route, stray
        self._line.replace_holder(asked, stray)
        asked.refuse(error)
        with trio.move_on_after(self._engine.config.request_timeout_s):
            await stray.acknowledged.wait()
        if stray.turn_id is None:
            stray.refuse(error)
            self._line.forget(stray)
        else:
            with contextlib.suppress(CodexRuntimeError):
                await reap(self._engine, self._line, stray)

"""Turns: how one is asked for, whoever waits for it.

Each request that starts a turn runs in a task of the runtime, so that a caller who is cancelled
while it is under way leaves nobody without a turn id. Owns that task. Does not know what a turn is
asked (the session builds the params) nor how it is stopped (`interrupts`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import trio
from msgspec.structs import replace

from codex_runtime.engine.interrupts import reap
from codex_runtime.engine.turn_route import TurnRoute
from codex_runtime.engine.turn_watch import TurnWatch, watch_holder
from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    RemoteProtocolError,
    RequestTimeout,
    RuntimeClosed,
    SessionClosed,
    ThreadNotFound,
)
from codex_runtime.protocol.codec import decode_result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from msgspec import Struct

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.protocol import Method

__all__ = ["TurnRequest"]

P = TypeVar("P")
R = TypeVar("R")


class TurnRequest(Generic[P, R]):
    """One request that starts a turn, for a route that holds its thread's place.

    ``turn_id_of`` reads the turn's id from the answer; an answer that names none lets the turn be
    known by its ``turn/started``. ``load`` sees to it that the server has the thread, and returns
    the number of the process that does. ``message_id`` is the client's id of the user message, by
    which a turn is known whose request was not answered.
    """

    def __init__(
        self,
        engine: Engine,
        line: ThreadLine,
        route: TurnRoute,
        method: Method[P, R],
        params: P,
        turn_id_of: Callable[[R], str] | None,
        load: Callable[[], Awaitable[int]],
        message_id: str | None = None,
    ) -> None:
        self._engine = engine
        self._line = line
        self._route = route
        self._method = method
        self._params = params
        self._turn_id_of = turn_id_of
        self._load = load
        self._message_id = message_id
        self._written_at_s = 0.0
        self._unreadable: RemoteProtocolError | None = None
        self._watch = TurnWatch(engine, line, route)
        route.claims_by_start = turn_id_of is None
        route.request_scope.deadline = route.total_at_s

    async def run(self) -> None:
        """Runtime-owned: send it, and see to it that the route ends, whatever comes of it."""
        try:
            await self._run()
        finally:
            if self._line.waiting:  # a turn that nobody here asked for may have taken the place
                watch_holder(self._engine, self._line)

    async def _run(self) -> None:
        route = self._route
        try:
            error = await self._ask()
        except BaseException:  # the runtime's end; what was asked for is lost with the connection
            if not route.request_written:
                self._refuse(RuntimeClosed())
            raise
        if route.ended.is_set():  # interrupted before it was sent, or over by now
            if route.request_written and route.request_scope.cancelled_caught:
                await self._await_late_turn(RuntimeClosed())  # it was being written at that moment
            else:
                self._line.give_place_on(route)
            return
        if route.request_scope.cancelled_caught:  # whoever gave it up does not look
            closed = self._engine.closing
            error = RuntimeClosed() if closed else SessionClosed(self._line.thread_id)
        if error is None:
            await self._watch.run()
            return
        unknown = not error.outcome_certain or route.request_scope.cancelled_caught
        if not (unknown and route.request_written):
            self._refuse(error)
        elif route.turn_id is not None or self._is_adopted(error):
            await self._watch.run()
        else:
            await self._await_late_turn(error)

    async def _ask(self) -> CodexRuntimeError | None:
        with self._route.request_scope:
            try:
                await self._send()
                if self._turn_id_of is None:
                    await self._await_start()
            except CodexRuntimeError as problem:
                return problem
        return self._unreadable

    async def _send(self) -> None:
        """Send it to a process that has the thread; one that dies before it is sent is replaced."""
        engine, route = self._engine, self._route
        reloaded = False
        while True:
            route.is_preparing = True
            generation = await self._load()
            route.is_preparing = False
            # A struct of the protocol that names the thread, which may be another one by now.
            params = replace(cast("Struct", self._params), thread_id=self._line.thread_id)
            try:
                await engine.call_raw(
                    self._method,
                    cast("P", params),
                    timeout_s=route.limits.acknowledgement_s,
                    generation=generation,
                    on_sent=self._sent,
                    on_answer=self._answered,
                )
            except AppServerExited as problem:
                if not problem.outcome_certain:
                    raise
                engine.require_hope()
            except ThreadNotFound:
                if reloaded or self._line.loaded_in == 0:
                    raise
                reloaded = True  # the server has unloaded it
                self._line.loaded_in = 0
            else:
                return

    def _refuse(self, error: CodexRuntimeError) -> None:
        if not self._route.request_written:
            error.outcome_certain = True  # whatever it was that failed before
        self._route.give_up(error)
        self._line.forget(self._route)

    def _is_adopted(self, error: CodexRuntimeError) -> bool:
        """The server has not answered, but it told of the very turn that was asked for."""
        late = isinstance(error, RequestTimeout) or self._route.is_overdue
        message_id = self._message_id
        return late and message_id is not None and self._line.adopt(self._route, message_id)

    def _sent(self, written: bool) -> None:  # noqa: FBT001 - see Connection.request
        self._route.request_written = written
        self._written_at_s = trio.current_time()

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
        limit_s = self._route.limits.acknowledgement_s
        with trio.move_on_after(limit_s):
            await self._route.acknowledged.wait()
        if not self._route.acknowledged.is_set():
            raise RequestTimeout("turn/started", limit_s)

    async def _await_late_turn(self, error: CodexRuntimeError) -> None:
        """The server was asked and has not answered: nobody waits, but the turn may yet run.

        Its place is kept for ``request_timeout_s`` after the answer, or after the time that one
        has; a turn that shows up is ended, unless its key leads whoever asked to it.
        """
        stray = TurnRoute(self._line.thread_id, None)
        stray.request_written = True
        stray.claims_by_start = True
        stray.limits = self._route.limits
        stray.responder = self._route.responder
        if self._route.on_late_end is not None:
            stray.on_end.append(self._route.on_late_end)
        asked, self._route = self._route, stray
        self._line.replace_holder(asked, stray)
        watch = TurnWatch(self._engine, self._line, stray)
        asked.give_up(error)
        timeout_s = self._engine.config.request_timeout_s
        from_s = self._written_at_s
        if not isinstance(error, RemoteProtocolError):
            limit_s = asked.limits.acknowledgement_s
            from_s += limit_s if limit_s < math.inf else timeout_s
        with trio.move_on_at(from_s + timeout_s):
            await stray.acknowledged.wait()
        if stray.turn_id is None:
            stray.refuse(error)
            self._line.forget(stray)
        else:
            if not asked.is_keyed or asked.abandoned or asked.is_overdue:
                stray.abandoned = True
                self._engine.spawn(reap, self._engine, self._line, stray)
            await watch.run()

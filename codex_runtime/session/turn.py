"""`Turn`: one running turn, to iterate, steer and interrupt.

Owns the consumer's side of a streamed turn. Does not start it (see `Session.ask_stream`) nor decide
when it has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import trio

from codex_runtime.engine.interrupts import abandon, interrupt
from codex_runtime.errors import NoActiveTurn, TurnNotEnded
from codex_runtime.model.fold import AnswerText
from codex_runtime.model.prompt import check_prompt
from codex_runtime.protocol import TURN_STEER, TextUserInput, TurnSteerParams
from codex_runtime.session.outcome import completed_result, result_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import InterruptOutcome, TurnResult
    from codex_runtime.protocol import Notification

__all__ = ["Turn", "TurnStream", "steer"]


@final
class Turn:
    """A turn under way: an async iterator of its events, in wire order.

    Its events are every notification of its turn id, and its thread's ``warning``,
    ``thread/status/changed`` and ``serverRequest/resolved`` while it runs. The iteration ends with
    the turn and never raises for how it ended: `finish` does. One task at a time iterates; a second
    that waits beside it raises `trio.BusyResourceError`. Cancelling the iteration loses no event.

    What is not read waits and holds up nobody: past ``RuntimeConfig.coalesce_after_events`` unread
    events, adjacent text deltas of one item are one event whose ``merged`` says of how many. Text
    is never lost, and every other event is there.
    """

    def __init__(self, engine: Engine, line: ThreadLine, route: TurnRoute) -> None:
        self._engine = engine
        self._line = line
        self._route = route
        self._consumed = AnswerText()

    @property
    def turn_id(self) -> str:
        """The server's id of this turn."""
        if self._route.turn_id is None:
            raise TurnNotEnded
        return self._route.turn_id

    @property
    def text(self) -> str:
        """The answer as far as it was consumed by the iteration."""
        return self._consumed.text

    @property
    def result(self) -> TurnResult:
        """How the turn ended, whatever was read of it; raises `TurnNotEnded` before."""
        return result_of(self._route)

    def __aiter__(self) -> Turn:
        return self

    async def __anext__(self) -> Notification:
        mailbox = self._route.mailbox
        if mailbox is None:
            raise StopAsyncIteration
        event = await mailbox.get()
        self._consumed.apply(event)
        return event

    async def finish(self) -> TurnResult:
        """Wait for the end, passing over what was not read; returns the result.

        Cancelling ends the wait alone; leaving the block ends the turn. Raises `TurnFailed`,
        `TurnInterrupted`, `TurnTimedOut` or `TurnLost`, each with the result.
        """
        if self._route.mailbox is not None:
            self._route.mailbox.drop()
        await self._route.ended.wait()
        return completed_result(self._route)

    async def steer(self, text: str) -> None:
        """Add ``text`` to the running turn (``turn/steer``).

        Raises `PromptError`, `NoActiveTurn` once the turn has ended, or `RequestError`.
        """
        await steer(self._engine, self._line, self._route, text)

    async def interrupt(self) -> InterruptOutcome:
        """End the turn (``turn/interrupt``); see `Session.interrupt_turn`."""
        bound_s = self._engine.config.interrupt_timeout_s
        return await interrupt(self._engine, self._line, self._route, bound_s=bound_s)


@final
class TurnStream:
    """The block around a `Turn`: entering starts the turn, leaving it early interrupts it."""

    def __init__(
        self,
        engine: Engine,
        line: ThreadLine,
        route: TurnRoute,
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._line = line
        self._route = route
        self._begin = begin
        self._entered = False

    async def __aenter__(self) -> Turn:
        if self._entered:
            raise RuntimeError("a turn's block is entered once; call ask_stream again")
        self._entered = True
        await self._begin()
        try:
            await self._route.acknowledged.wait()
        except BaseException:
            with trio.move_on_after(self._abandon(), shield=True):
                await self._route.ended.wait()
            raise
        if self._route.turn_id is None:
            completed_result(self._route)
        return Turn(self._engine, self._line, self._route)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with trio.move_on_after(self._abandon(), shield=True):
            await self._route.ended.wait()
        if self._route.mailbox is not None:
            self._route.mailbox.drop()

    def _abandon(self) -> float:
        return abandon(self._engine, self._line, self._route)


async def steer(engine: Engine, line: ThreadLine, route: TurnRoute | None, text: str) -> None:
    """Add text to a running turn, once the server has started it."""
    check_prompt(text, method=TURN_STEER.name)
    if route is not None:
        # Before its start the server refuses to steer a turn that it has named already.
        with trio.move_on_after(engine.config.request_timeout_s):
            await route.started.wait()
    if route is None or route.ended.is_set():
        raise NoActiveTurn(TURN_STEER.name, -32600, "no active turn to steer")
    await engine.call(
        TURN_STEER,
        TurnSteerParams(
            thread_id=line.thread_id,
            expected_turn_id=route.alias or route.turn_id or "",
            input=[TextUserInput(text=text)],
        ),
    )

"""`Turn`: one running turn, to iterate, steer and interrupt.

Owns the consumer's side of a streamed turn. Does not start it (see `Session.ask_stream`) nor decide
when it has ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import trio

from codex_runtime.engine.interrupts import abandon
from codex_runtime.errors import NoActiveTurn, TurnNotEnded
from codex_runtime.model.prompt import check_prompt
from codex_runtime.protocol import TURN_STEER, TextUserInput, TurnSteerParams
from codex_runtime.session.children import children_of_turn
from codex_runtime.session.consuming import Consuming
from codex_runtime.session.terminals import interrupt_with

if TYPE_CHECKING:
    from types import TracebackType

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.mailbox import TurnMailbox
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import InterruptOutcome, TurnResult
    from codex_runtime.protocol import Notification
    from codex_runtime.session.asking import Ask
    from codex_runtime.session.children import ChildThread
    from codex_runtime.session.handle import Handle

__all__ = ["Turn", "TurnStream", "steer"]


@final
class Turn(Consuming):
    """A turn under way: an async iterator of its events, in wire order.

    Its events are every notification of its turn id, and its thread's ``warning``,
    ``thread/status/changed`` and ``serverRequest/resolved`` while it runs. The iteration ends with
    the turn and never raises for how it ended: `finish` does. One task at a time iterates; a second
    that waits beside it raises `trio.BusyResourceError`. Cancelling the iteration loses no event.

    What is not read waits and holds up nobody: past ``RuntimeConfig.coalesce_after_events`` unread
    events, adjacent text deltas of one item are one event whose ``merged`` says of how many. Text
    is never lost, and every other event is there.
    """

    def __init__(self, handle: Handle, ask: Ask) -> None:
        super().__init__()
        self._engine = handle.engine
        self._line = handle.line
        self._ask = ask
        self._route = ask.route

    @property
    def turn_id(self) -> str:
        """The server's id of this turn."""
        if self._route.turn_id is None:
            raise TurnNotEnded
        return self._route.turn_id

    @property
    def text(self) -> str:
        """The answer as far as it was consumed by the iteration."""
        return self._text()

    @property
    def mailbox(self) -> TurnMailbox | None:
        """Where its unread events wait; None where there never are any."""
        return self._route.mailbox

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The child threads that worked for this turn so far; see `Session.children`."""
        return children_of_turn(self._engine, self._line, self._route)

    @property
    def result(self) -> TurnResult:
        """How the turn ended, whatever was read of it; raises `TurnNotEnded` before.

        Its ``hook_report`` is complete after `finish`, or after the block.
        """
        return self._ask.result()

    def __aiter__(self) -> Turn:
        return self

    async def __anext__(self) -> Notification:
        for event in self._unread:  # what a fast stream costs: no call, no wait
            return event
        return await self._next_batch()

    async def _next_batch(self) -> Notification:
        mailbox = self._route.mailbox
        if mailbox is None:
            raise StopAsyncIteration
        return self._first_of(await mailbox.batch())

    def drop(self) -> None:
        """Pass over what was not read; the iteration is at its end."""
        self._pass_over()
        if self._route.mailbox is not None:
            self._route.mailbox.drop()

    async def finish(self) -> TurnResult:
        """Wait for the end, passing over what was not read; returns the result.

        Hooks that follow the turn have run by then. Cancelling ends the wait alone; leaving the
        block ends the turn. Raises `TurnFailed`, `TurnInterrupted`, `TurnTimedOut`, `TurnLost` or
        `OutputMismatch`, each with the result.
        """
        self.drop()
        await self._route.ended.wait()
        return await self._ask.end()

    async def steer(self, text: str) -> None:
        """Add ``text`` to the running turn (``turn/steer``).

        Raises `PromptError`, `NoActiveTurn` once the turn has ended, or `RequestError`.
        """
        await steer(self._engine, self._line, self._route, text)

    async def interrupt(self, *, terminals: bool = False) -> InterruptOutcome:
        """End the turn (``turn/interrupt``); see `Session.interrupt_turn`.

        With ``terminals`` the background terminals of this turn are ended, also of one that has
        ended already.
        """
        return await interrupt_with(self._engine, self._line, self._route, terminals=terminals)


@final
class TurnStream:
    """The block around a `Turn`: entering starts the turn, leaving it early interrupts it."""

    def __init__(self, handle: Handle, ask: Ask) -> None:
        self._handle = handle
        self._ask = ask
        self._route = ask.route
        self._turn: Turn | None = None
        self._entered = False

    async def __aenter__(self) -> Turn:
        if self._entered:
            raise RuntimeError("a turn's block is entered once; call ask_stream again")
        self._entered = True
        await self._ask.begin()
        try:
            await self._route.acknowledged.wait()
        except BaseException:  # left while it is asked for: the turn is ended
            with trio.move_on_after(self._abandon(), shield=True):
                await self._route.ended.wait()
            self._ask.hooks.begin_after()
            raise
        if self._route.turn_id is None:
            await self._ask.end()
        self._turn = Turn(self._handle, self._ask)
        return self._turn

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with trio.move_on_after(self._abandon(), shield=True):
            await self._route.ended.wait()
        if self._turn is not None:
            self._turn.drop()
        after = self._ask.hooks.begin_after()
        # What went wrong in the block is the news, and a turn that runs on is the reaper's: then
        # the hooks that follow go on alone.
        if value is None and self._route.ended.is_set():
            await after.wait()  # noqa: ASYNC102 - cancelling ends this wait alone

    def _abandon(self) -> float:
        """See to it that the turn ends; returns how many seconds that may be waited for."""
        return abandon(self._handle.engine, self._handle.line, self._route)


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

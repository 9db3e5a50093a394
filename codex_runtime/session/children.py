"""`ChildThread`: what a session sees of a thread that one of its agents started.

Owns the view of one child, its events for one reader, and which children a thread or a turn has.
Does not link threads: see `ChildThreads` of the engine. Enter at `children_of_thread`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, final

import attrs
import trio

from codex_runtime.engine.interrupts import interrupt
from codex_runtime.model.results import InterruptOutcome
from codex_runtime.session.records import read_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from codex_runtime.engine.child_thread import Child, Reading
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.child import ChildStatus
    from codex_runtime.model.requests.approvals import ApprovalAnswer, ApprovalRequest
    from codex_runtime.model.results import TurnResult
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification, Thread

__all__ = ["ChildEvents", "ChildThread", "children_of_thread", "children_of_turn"]


def children_of_thread(engine: Engine, line: ThreadLine) -> tuple[ChildThread, ...]:
    """The threads below that of ``line``, however deep, in the order they were heard of."""
    family = (line.root or line).family.copy()
    if line.root is None:
        return tuple(ChildThread(engine, child) for child in family.values())
    return tuple(
        ChildThread(engine, child)
        for child in family.values()
        if _is_below(line.thread_id, child, family)
    )


def children_of_turn(engine: Engine, line: ThreadLine, route: TurnRoute) -> tuple[ChildThread, ...]:
    """Those of `children_of_thread` that worked for one turn."""
    names = {route.turn_id, route.alias} - {None}
    family = (line.root or line).family.copy()
    return tuple(
        ChildThread(engine, child)
        for child in family.values()
        if not names.isdisjoint(child.root_turn_ids.copy())
    )


def _is_below(thread_id: str, child: Child, family: Mapping[str, Child]) -> bool:
    seen: set[str] = set()
    above: Child | None = child
    while above is not None and (parent_id := above.parent_thread_id) not in seen:
        if parent_id == thread_id:
            return True
        seen.add(parent_id)
        above = family.get(parent_id)
    return False


@final
@attrs.frozen(repr=False)
class ChildThread:
    """A thread that an agent started: a sub-agent, or a sub-agent of one.

    Live: its properties say what is known now. It is read only but for `interrupt` and `answer`;
    views of the same thread are equal. It outlives the turn that started it, and what it does is
    never part of that turn: neither its events nor its tokens nor its end. Once its session has
    ended, or 256 newer ones are known, it stays as it was then.
    """

    _engine: Engine
    _child: Child

    def __repr__(self) -> str:
        return f"<ChildThread {self.thread_id} {self.status}>"

    @property
    def thread_id(self) -> str:
        """The server's id of this thread."""
        return self._child.thread_id

    @property
    def parent_thread_id(self) -> str:
        """The thread whose agent started it: the session's own, or another child's.

        For a moment after the start of a deeper one it may be the session's, until the server
        tells more.
        """
        return self._child.parent_thread_id

    @property
    def nickname(self) -> str | None:
        """The server's name for the agent; no event tells it, `read` does."""
        return self._child.nickname

    @property
    def role(self) -> str | None:
        """The agent's role, if it was given one; no event tells it, `read` does."""
        return self._child.role

    @property
    def path(self) -> str | None:
        """Its place among the agents, as ``/root/reviewer``; None where agents have none."""
        return self._child.path

    @property
    def prompt(self) -> str | None:
        """What its parent started it with; None where the server does not show it."""
        return self._child.prompt

    @property
    def model(self) -> str | None:
        """Which model it was started on, if told."""
        return self._child.model

    @property
    def status(self) -> ChildStatus:
        """``starting``, ``running``, or how its newest turn ended, as in `TurnResult.status`."""
        return self._child.status

    @property
    def is_running(self) -> bool:
        """A turn of it runs."""
        return self._child.route is not None

    @property
    def is_closed(self) -> bool:
        """The server has unloaded it: its parent closed it, or a thread above was archived."""
        return self._child.is_closed

    @property
    def turn_id(self) -> str | None:
        """Its turn that runs."""
        route = self._child.route
        return None if route is None else route.turn_id

    @property
    def text(self) -> str:
        """The answer of its newest turn, as far as it has arrived."""
        return self._child.text

    @property
    def result(self) -> TurnResult | None:
        """Of its newest turn that ended, without items; None before."""
        return self._child.result

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens of its turns together, the running one included; None before the server told.

        They are in no usage of the session or its turns, and those of its own children not in it.
        """
        return self._child.usage

    @property
    def children(self) -> tuple[ChildThread, ...]:
        """The threads that this one's agent started itself."""
        return tuple(
            ChildThread(self._engine, child)
            for child in self._child.root.family.copy().values()
            if child.parent_thread_id == self.thread_id
        )

    def events(self) -> ChildEvents:
        """An async context manager over the events of its newest turn; see `ChildEvents`."""
        return ChildEvents(self._child)

    async def interrupt(self) -> InterruptOutcome:
        """End its turn that runs (``turn/interrupt``), and nothing else; idempotent, bounded.

        As `Session.interrupt_turn`. Its parent is told by the server, and goes on.
        """
        engine, child = self._engine, self._child
        if child.route is None:
            await trio.lowlevel.checkpoint()
            return InterruptOutcome(state="not_active", turn_id=None, elapsed_s=0.0)
        bound_s = engine.config.interrupt_timeout_s
        return await interrupt(engine, child.line, child.route, bound_s=bound_s)

    async def read(self, *, include_turns: bool = False) -> Thread:
        """The thread as the server has it on record (``thread/read``).

        Afterwards `nickname` and `role` are known. Raises `RequestError` and the like.
        """
        thread = await read_thread(self._engine, self.thread_id, include_turns=include_turns)
        self._child.note_record(thread)
        return thread

    @property
    def pending_approvals(self) -> tuple[ApprovalRequest, ...]:
        """What waits for a decision on this thread; see `Session.pending_approvals`."""
        return self._engine.server_requests.pending_approvals(self.thread_id)

    def answer(self, request_id: int | str, decision: ApprovalAnswer) -> None:
        """Decide one of `pending_approvals`; see `Session.answer`."""
        self._engine.server_requests.answer(self.thread_id, request_id, decision)


@final
class ChildEvents:
    """The events of a child's newest turn, in wire order: the one that runs, else the last.

    Before its first turn the iteration waits for that. It begins with ``turn/started`` if it is
    asked for before 4096 events or about 256 KiB were unread, else with what comes now; an event is
    given once. It ends with the turn and never raises for how that ended, also when the connection
    is lost. For a later turn ask again.

    One reader at a time: a second raises `trio.BusyResourceError`. What is not read yet waits as in
    a `Turn`, text deltas merged. Cancelling the iteration loses no event.
    """

    def __init__(self, child: Child) -> None:
        self._child = child
        self._reading: Reading | None = None

    async def __aenter__(self) -> ChildEvents:
        await trio.lowlevel.checkpoint()
        self._reading = self._child.start_reading()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._child.stop_reading(reading)

    def __aiter__(self) -> ChildEvents:
        return self

    async def __anext__(self) -> Notification:
        (event,) = await self._take(1)
        return event

    async def batch(self) -> list[Notification]:
        """All that is unread, at least one event, else as the iteration."""
        return await self._take(sys.maxsize)

    async def _take(self, at_most: int) -> list[Notification]:
        reading = self._reading
        if reading is None:
            raise RuntimeError("enter the block first: async with child.events() as events")
        if reading.mailbox is None:
            await self._child.begun.wait()
        if reading.mailbox is None:
            raise StopAsyncIteration
        return await reading.mailbox.batch(at_most)

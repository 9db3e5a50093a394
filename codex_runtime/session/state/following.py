"""Following a thread: one fold per session, alive while somebody observes.

Owns when the fold lives, how a late joiner gets what happened before, and how observers learn of
changes. The fold itself is pure (`ThreadState`); the events come by a subscription of the engine's.
Enter at `Following`; what an observer holds is a `StateView`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.engine.server_events import ServerLost, ServerRestarted
from codex_runtime.engine.subscriptions import Subscription
from codex_runtime.errors import (
    AppServerExited,
    CodexRuntimeError,
    NotSupported,
    RequestError,
    ThreadNotFound,
)
from codex_runtime.model.state import ThreadState
from codex_runtime.model.turn_state import TurnState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import TurnResult
    from codex_runtime.protocol import Notification, Thread
    from codex_runtime.session.state.view import StateEvents

__all__ = ["Fold", "Following"]

_LAST_EVENTS_S: Final = 1.0
"""How long the last events of a thread may take after its handle's end."""

# While the first turn of a thread starts, the server may find its record empty and say so.
_INTERNAL_ERROR: Final = -32603
_FIRST_PAUSE_S: Final = 0.02
_LAST_PAUSE_S: Final = 0.64


class Following:
    """The fold of one session; without observers it holds nothing and no event is decoded for it.

    ``read`` is ``thread/read``; ``known`` gives the thread's line and the handle's last results.
    """

    def __init__(
        self,
        engine: Engine,
        read: Callable[..., Awaitable[Thread]],
        known: Callable[[], tuple[ThreadLine, Sequence[TurnResult]]],
    ) -> None:
        self._engine = engine
        self._read = read
        self._known = known
        self._fold: Fold | None = None
        self._observers = 0

    @property
    def state(self) -> ThreadState | None:
        """The current state; None while nobody observes."""
        fold = self._fold  # it may be read from any thread
        return None if fold is None or not fold.is_complete else fold.state

    def join(self) -> Fold:
        """One observer more; the first starts the fold. Raises why nothing can be followed."""
        if self._fold is None or self._fold.has_ended:
            self._engine.require_hope()
            self._fold = Fold(self._engine, self._read, self._known)
            self._observers = 0
            self._engine.spawn(self._fold.run)
        self._observers += 1
        return self._fold

    def leave(self, fold: Fold) -> None:
        """One observer less; the last one ends the fold."""
        if fold is not self._fold:
            return
        self._observers -= 1
        if self._observers == 0:
            self._fold = None
            fold.scope.cancel()

    def end(self) -> None:
        """The handle has ended: so do the views, once the last events were seen."""
        if self._fold is not None:
            self._fold.scope.deadline = trio.current_time() + _LAST_EVENTS_S


class Fold:
    """One life of a session's fold: from its first observer to its last, or the thread's end."""

    def __init__(
        self,
        engine: Engine,
        read: Callable[..., Awaitable[Thread]],
        known: Callable[[], tuple[ThreadLine, Sequence[TurnResult]]],
    ) -> None:
        self._engine = engine
        self._read = read
        self._known = known
        self._state: ThreadState = self._new_state()
        self._shown: ThreadState | None = None
        """What is shown while another server's record is read."""
        self.scope: Final = trio.CancelScope()
        self.is_complete: bool = False
        """The server's record is in: nothing is missing any more."""
        self.has_ended: bool = False
        self.problem: CodexRuntimeError | None = None
        """Why it ended, if not by the end of its thread or connection."""
        self.readers: Final[set[StateEvents]] = set()
        self._listening = trio.Event()
        self._reading = trio.Lock()
        self._changed: trio.Event | None = None

    async def run(self) -> None:
        """Apply event after event; a task of the runtime."""
        engine = self._engine
        subscription = Subscription(
            engine.subscriptions, engine.config, engine.counters, thread_id=self.state.thread_id
        )
        try:
            with (
                self.scope,
                engine.server_requests.watched(self.state.thread_id, self._note_approvals),
            ):
                async with subscription as events:
                    # Nothing runs in between: what came before is in the seed, the rest will come.
                    self._state = self._seed()
                    self._listening.set()
                    async for event in events:
                        if isinstance(event, ServerLost):
                            self._lose()
                        elif isinstance(event, ServerRestarted):
                            self._rebuild()
                        else:
                            self._apply(event)
                        if self._state.is_archived or self._state.is_deleted:
                            break
        except CodexRuntimeError as problem:
            self.problem = problem
        finally:
            self.has_ended = True
            self._listening.set()
            for reader in self.readers:
                reader.wake()
            self._wake()

    @property
    def state(self) -> ThreadState:
        """The newest state."""
        while True:  # it may be read from any thread: both as they are at one moment
            state, shown = self._state, self._shown
            if shown is not None or state is self._state:
                return state if shown is None else shown

    def _new_state(self) -> ThreadState:
        line, _ = self._known()
        return ThreadState(thread_id=line.thread_id)

    # -- from one server to the next -------------------------------------------------------------

    def _lose(self) -> None:
        """The server died: what ran is lost, and events that follow a snapshot are over."""
        self._state = self._state.lost()
        for reader in self.readers:
            reader.end()
        self._wake()

    def _rebuild(self) -> None:
        """Another server took over: its record is the truth, and what it tells from now on."""
        self._shown = self.state
        self._state = attrs.evolve(self._new_state(), revision=self._shown.revision + 1)
        self.is_complete = False
        self._engine.spawn(self._complete_again)

    async def _complete_again(self) -> None:
        try:
            await self.complete()
        except AppServerExited:
            pass  # the next server's start comes here again, or the subscription ends
        except CodexRuntimeError as problem:
            self.problem = problem
            self.scope.cancel()

    def _seed(self) -> ThreadState:
        """What is known here already: the running turn, whose events all came by this runtime."""
        line, _ = self._known()
        pending = self._engine.server_requests.pending_approvals(self._state.thread_id)
        state = attrs.evolve(self._state, usage=line.usage_total, pending_approvals=pending)
        route = line.active
        if route is not None and route.turn_id is not None and route.started.is_set():
            result = route.result_so_far("inProgress")
            state = state.with_turn(TurnState.of_result(result, route.turn_id))
        return state

    async def complete(self) -> None:
        """Read what happened before; cancelling, or an error, leaves it to the next observer."""
        async with self._reading:
            if self.is_complete:
                return
            await self._listening.wait()
            thread = await self._read_record()
            line, results = self._known()
            state = self._state
            if thread is not None:
                starting_id = self._starting_id(thread, line.holder)
                state = state.with_record(thread, starting_id=starting_id)
            state = attrs.evolve(state.with_results(results), thread_id=line.thread_id)
            self._state, self._shown = state, None
            self.is_complete = True
            self._wake()

    def _starting_id(self, thread: Thread, holder: TurnRoute | None) -> str | None:
        """The turn that is about to start: for a moment the record calls it interrupted."""
        turn = thread.turns[-1] if thread.turns else None
        if turn is None or holder is None or self._state.turns.get(turn.id) is not None:
            return None
        is_new = holder.turn_id is None and turn.completed_at is None
        return turn.id if is_new or turn.id == holder.turn_id else None

    async def _read_record(self) -> Thread | None:
        """The thread as the server has it on record; None if it has nothing of it."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await self._read()
            except NotSupported:  # ephemeral: the server keeps no record of its turns
                return await self._read(include_turns=False)
            except ThreadNotFound:
                if self._known()[0].has_record:
                    raise
                return None  # it never ran, and its server died
            except RequestError as problem:
                if problem.code != _INTERNAL_ERROR or pause_s > _LAST_PAUSE_S:
                    raise
                await trio.sleep(pause_s)
                pause_s *= 2

    def _apply(self, event: Notification) -> None:
        thread_id = self._known()[0].thread_id
        if thread_id != self._state.thread_id:  # it was started afresh
            self._state = attrs.evolve(self._state, thread_id=thread_id)
        state = self._state.apply(event)
        for reader in self.readers:
            reader.put(event)
        if state is not self._state:
            self._state = state
            self._wake()

    def _note_approvals(self) -> None:
        pending = self._engine.server_requests.pending_approvals(self._known()[0].thread_id)
        self._state = self._state.with_approvals(pending)
        self._wake()

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def changed(self) -> None:
        """Wait for the next change, or the end."""
        if self._changed is None:
            self._changed = trio.Event()
        await self._changed.wait()

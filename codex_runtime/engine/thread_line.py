"""`ThreadLine`: all that one thread has of turns, and the line in front of it.

The server merges a second ``turn/start`` into the running turn, so one turn at a time runs per
thread, over all its handles; the place is given on when the turn ends on the server. Owns that
line, the claim of events whose turn is not named yet, and which turns have ended. Does not send.
"""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.engine.keys_in_use import KeysInUse
from codex_runtime.engine.turn_route import THREAD_EVENTS, TurnRoute
from codex_runtime.errors import SessionBusy
from codex_runtime.model.usage import ContextUsage, TokenUsage
from codex_runtime.protocol import (
    ItemCompleted,
    ItemStarted,
    ThreadTokenUsageUpdated,
    TurnCompleted,
    TurnStarted,
    UserMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_runtime.engine.child_thread import Child
    from codex_runtime.engine.server_requests import Responder
    from codex_runtime.errors import CodexRuntimeError
    from codex_runtime.model.overrides import Baseline
    from codex_runtime.model.profile import Overlap, RunProfile, SessionConfig
    from codex_runtime.protocol import Notification

__all__ = ["ThreadLine"]

_ENDED_IDS_KEPT: Final = 256


@attrs.define(eq=False)
class _Waiter:
    owner: object
    route: TurnRoute
    called: trio.Event = attrs.field(factory=trio.Event)
    refusal: CodexRuntimeError | None = None


class ThreadLine:
    """The turns of one thread in this runtime; lives while a handle or a turn needs it.

    ``routes`` is the index of all threads' turns by their ids, which it keeps up for its own.
    """

    def __init__(
        self,
        thread_id: str,
        routes: dict[str, TurnRoute],
        on_free: Callable[[ThreadLine], None],
    ) -> None:
        self.thread_id: str = thread_id
        self._routes_of_all = routes
        self._on_free = on_free
        self.handles = 0
        self.keys: Final = KeysInUse()
        self.loaded_in: int = 0
        """The newest server process that has the thread loaded, by its number; 0 is none."""
        self.has_record: bool = False
        """The server has it on disk: a turn of it ended, or it was opened from there."""
        self.has_run: bool = False
        """A turn of it has begun."""
        self.opened_as: tuple[SessionConfig, RunProfile] | None = None
        """What it was opened with first: that is what holds for all its handles."""
        self.touched_fields: frozenset[str] = frozenset()
        self.reported: Mapping[str, object] | None = None
        """Its options when the first handle here opened it, as the server told them."""
        self.responders: list[Responder] = []
        """Of its handles, oldest first: they decide for turns that no handle asked for."""
        self.in_force: Mapping[str, object] = MappingProxyType({})
        """What its turns were last told of the options that the server keeps."""
        self.pinned: Baseline | None = None
        """What its turns go back to, as any handle knew it; for one that does not know."""
        self.model: str | None = None
        """Which one its last turn here began with, as far as is known."""
        self.context: ContextUsage | None = None
        """How full the model's context was at the last report; None before one."""
        self.usage_total: TokenUsage | None = None
        """What the thread has used, as the server last reported; None before it did."""
        self.root: ThreadLine | None = None
        """Of the thread with a handle at the head of its tree, for a child's line."""
        self.family: dict[str, Child] = {}
        """The threads below it by their ids, kept by `ChildThreads`."""
        self.on_foreign: Callable[[TurnRoute], None] | None = None
        """Told of each turn that nobody here asked for, before its first event."""
        self._holder: TurnRoute | None = None
        self._waiters: deque[_Waiter] = deque()
        self._routes: dict[str, TurnRoute] = {}
        self._unclaimed: list[tuple[str | None, Notification]] = []
        self._ended_ids: deque[str] = deque(maxlen=_ENDED_IDS_KEPT)

    # -- the line --------------------------------------------------------------------------------

    async def take_place(self, route: TurnRoute, overlap: Overlap) -> None:
        """Wait until ``route`` is the thread's turn; first come, first served.

        Cancelling leaves the line. Raises `SessionBusy` for overlap ``reject``, or what
        `refuse_waiters` was given.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        route.move_to(self.thread_id)
        if self._holder is None and not self._waiters:
            self._holder = route
            return
        if overlap == "reject":
            active = self.active
            raise SessionBusy(self.thread_id, active.turn_id if active is not None else None)
        waiter = _Waiter(route.owner, route)
        self._waiters.append(waiter)
        try:
            await waiter.called.wait()
        except BaseException:  # cancelled: the place, or the stand in line, is given back
            if self._holder is route:
                self.give_place_on(route)
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise
        if waiter.refusal is not None:
            raise waiter.refusal

    def take_next_place(self, route: TurnRoute) -> trio.Event:
        """Stand at the head of the line; the event is set when the place is ``route``'s.

        Give it back with `give_place_on`, which also leaves the line.
        """
        waiter = _Waiter(route.owner, route)
        if self._holder is None:
            self._holder = route
            waiter.called.set()
        else:
            self._waiters.appendleft(waiter)
        return waiter.called

    def give_place_on(self, route: TurnRoute) -> None:
        """``route`` runs no more: the next in line may."""
        if self._holder is not route:
            self._waiters = deque(w for w in self._waiters if w.route is not route)
            return
        self._holder = None
        unclaimed, self._unclaimed = self._unclaimed, []
        self._take_again(unclaimed)
        if self.holder is None:
            self._holder = next((r for r in self._routes.values() if not r.ended.is_set()), None)
        if self.holder is None and self._waiters:
            waiter = self._waiters.popleft()
            self._holder = waiter.route
            waiter.called.set()
        if self.holder is None:
            self._on_free(self)

    def replace_holder(self, route: TurnRoute, successor: TurnRoute) -> None:
        """``successor`` takes over the place, and what may yet arrive for ``route``."""
        if self._holder is route:
            self._holder = successor
            over = {e.turn.id for _, e in self._unclaimed if isinstance(e, TurnCompleted)}
            starts = (
                event.turn.id
                for _, event in self._unclaimed
                if isinstance(event, TurnStarted) and event.turn.id not in over
            )
            if successor.claims_by_start and (turn_id := next(starts, None)) is not None:
                successor.named_by_start = True
                self.claim(successor, turn_id)

    def hand_over(self, route: TurnRoute, successor: TurnRoute) -> None:
        """``route`` ends for all who wait; what is still to come of its turn is ``successor``'s."""
        for turn_id in [key for key, held in self._routes.items() if held is route]:
            self._set_route(turn_id, successor)
        if self._holder is route:
            self._holder = successor

    def adopt(self, route: TurnRoute, message_id: str) -> bool:
        """Claim for ``route`` the turn that took the message of that id; False if none was told.

        For a request that was not answered: its message came back, so it is known what it became.
        """
        for turn_id, event in self._unclaimed:
            if (
                turn_id is not None
                and isinstance(event, (ItemStarted, ItemCompleted))
                and isinstance(event.item, UserMessage)
                and event.item.client_id == message_id
            ):
                self.claim(route, turn_id)
                return True
        return False

    def refuse_waiters(
        self, owner: object | None, error: type[CodexRuntimeError], *args: str
    ) -> None:
        """Send those in line away, all or one owner's, each with an error of its own."""
        for waiter in [w for w in self._waiters if owner is None or w.owner is owner]:
            self._waiters.remove(waiter)
            waiter.refusal = error(*args)
            waiter.called.set()

    # -- events ----------------------------------------------------------------------------------

    def claim(self, route: TurnRoute, turn_id: str) -> None:
        """The server named ``route``'s turn: what came for it before the answer is its own."""
        if route.ended.is_set():
            return
        if route.turn_id is not None and route.turn_id != turn_id:
            route.alias = route.turn_id  # known by its start so far
            route.named_by_start = False
        route.acknowledge(turn_id)
        merged_into = self._routes.get(turn_id)
        self._set_route(turn_id, route)
        if merged_into is not None and merged_into.started.is_set():
            route.started.set()
        unclaimed, self._unclaimed = self._unclaimed, []
        self._take_again(unclaimed)

    def _take_again(self, unclaimed: list[tuple[str | None, Notification]]) -> None:
        """Route what was kept while it was not known whose it is; others' turns may be over."""
        over = {
            turn_id
            for turn_id, event in unclaimed
            if isinstance(event, TurnCompleted) and turn_id not in self._routes
        }
        for turn_id, event in unclaimed:
            if turn_id is None or turn_id not in over:
                self.take(event, turn_id)
        self._ended_ids.extend(turn_id for turn_id in over if turn_id is not None)

    def take(self, event: Notification, turn_id: str | None) -> TurnRoute | None:
        """Route one event of the thread; returns the turn it went to, for the wake-up."""
        if type(event) is ThreadTokenUsageUpdated:
            self.context = ContextUsage.of(event.token_usage)
            self._note_usage(TokenUsage.of(event.token_usage.total), turn_id)
        if turn_id is not None:
            route = self._routes.get(turn_id)
            if route is not None:
                return self._deliver(route, event)
            return self._take_unknown(event, turn_id)
        if isinstance(event, THREAD_EVENTS):
            if self._claiming:
                self._unclaimed.append((None, event))
            elif (active := self.active) is not None:
                return self._deliver(active, event)
        return None

    def _note_usage(self, total: TokenUsage, turn_id: str | None) -> None:
        """What the thread has used; as told of an earlier turn, it is what ours begins with.

        The server repeats it after the answer to a resume, when our turn may be under way.
        """
        self.usage_total = total
        holder = self._holder
        if holder is None or holder.named_by_start or self._claiming:
            return
        if holder.turn_id is None or turn_id not in (holder.turn_id, holder.alias):
            holder.fold.begin_at(total)

    @property
    def _claiming(self) -> bool:
        """The server was asked for a turn and has not named it: what comes may be that turn's."""
        holder = self._holder
        return holder is not None and holder.turn_id is None and holder.request_written

    def _take_unknown(self, event: Notification, turn_id: str) -> TurnRoute | None:
        """An event of a turn that has no route: not named yet, by another id, foreign, or over.

        One turn runs at a time, so while one does, another id is another name of it: the server
        starts a review under an id that no other event carries, and takes an interrupt by that id
        only.
        """
        holder = self._holder
        starts = isinstance(event, TurnStarted)
        if turn_id in self._ended_ids:
            return None
        if holder is not None and self._claiming:
            self._unclaimed.append((turn_id, event))
            if not (starts and holder.claims_by_start):
                return None
            holder.named_by_start = True
            self.claim(holder, turn_id)
            return holder
        if holder is None or holder.turn_id is None:
            return self._foreign(turn_id, event) if starts else None
        if starts:
            holder.alias = turn_id
            holder.started.set()
        elif turn_id != holder.alias and holder.named_by_start:
            self.claim(holder, turn_id)
            return self._deliver(holder, event)
        return None

    def _foreign(self, turn_id: str, event: Notification) -> TurnRoute:
        """A turn that nobody here asked for begins: it holds the thread until it ends."""
        route = TurnRoute(self.thread_id, None)
        self._set_route(turn_id, route)
        route.request_written = True
        route.named_by_start = True
        route.acknowledge(turn_id)
        if self.on_foreign is not None:
            self.on_foreign(route)
        if self._holder is None:
            self._holder = route
        return self._deliver(route, event)

    def _deliver(self, route: TurnRoute, event: Notification) -> TurnRoute:
        route.deliver(event)
        self.has_run |= route.started.is_set()
        if route.ended.is_set():
            self.has_record = True
            self.forget(route)
        return route

    def _set_route(self, turn_id: str, route: TurnRoute) -> None:
        self._routes[turn_id] = self._routes_of_all[turn_id] = route

    def forget(self, route: TurnRoute) -> None:
        """The turn ended: remember its id, and let the next one run."""
        for key in [key for key, held in self._routes.items() if held is route]:
            del self._routes[key]
            if self._routes_of_all.get(key) is route:
                del self._routes_of_all[key]
        self._ended_ids.extend(name for name in (route.turn_id, route.alias) if name is not None)
        self.give_place_on(route)

    def lose(self, end_error: Callable[[], CodexRuntimeError]) -> None:
        """The connection ended: every turn is lost; those in line come to see for themselves."""
        self._unclaimed.clear()  # nothing that it told can begin or end a turn any more
        for route in [*self._routes.values(), *([self._holder] if self._holder else [])]:
            if route.request_written:
                route.lose(end_error())
                self.forget(route)

    def rename(self, thread_id: str) -> None:
        """The thread was started afresh, since nothing of it was on record: it has another id."""
        self.thread_id = thread_id
        self.usage_total = self.context = None
        self.in_force = MappingProxyType({})
        for route in (self._holder, *(waiter.route for waiter in self._waiters)):
            if route is not None:
                route.move_to(thread_id)

    # -- what is known ---------------------------------------------------------------------------

    @property
    def active(self) -> TurnRoute | None:
        """The turn that holds the thread and has a name, ours or not."""
        holder = self._holder
        if holder is not None and holder.turn_id is not None:
            return holder
        return next(iter(self._routes.values()), None)

    @property
    def holder(self) -> TurnRoute | None:
        """Whose turn it is, named by the server or not yet."""
        return self._holder

    @property
    def waiting(self) -> int:
        """How many asks stand in line."""
        return len(self._waiters)

    def route_of(self, turn_id: str) -> TurnRoute | None:
        """The running turn of that id."""
        by_alias = (route for route in self._routes.values() if route.alias == turn_id)
        return self._routes.get(turn_id) or next(by_alias, None)

    def has_ended(self, turn_id: str) -> bool:
        """Whether that turn was seen to end, as far as is remembered."""
        return turn_id in self._ended_ids

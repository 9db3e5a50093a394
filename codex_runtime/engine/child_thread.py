"""`Child`: one thread that an agent started, as its events tell of it.

Owns what is known of it, the sum of its turns, and the events of its newest turn until somebody
reads them, within a bound. Does not know which threads are children (`child_threads`) nor route
anything: its line does. Enter at `Child`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.errors import SessionClosed
from codex_runtime.model.items import item_text
from codex_runtime.protocol import ItemCompleted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.engine.mailbox import TurnMailbox
    from codex_runtime.engine.server_requests import Responder
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.child import ChildNews, ChildStatus
    from codex_runtime.model.results import TurnResult
    from codex_runtime.model.usage import TokenUsage
    from codex_runtime.protocol import Notification, Thread
    from codex_runtime.protocol.delta_lines import TextDelta

    NewMailbox = Callable[[Callable[[Sequence[TextDelta]], None]], TurnMailbox]

__all__ = ["MAX_EARLY_BYTES", "MAX_EARLY_EVENTS", "Child", "NewMailbox", "Reading"]

MAX_EARLY_EVENTS: Final = 4096
MAX_EARLY_BYTES: Final = 256 * 1024
"""How much of a turn is kept for a reader who has not come yet; past either nothing is."""

_EVENT_BYTES: Final = 256
"""About what any event costs beside its text."""

_ROOTS_KEPT: Final = 16


@attrs.define(eq=False)
class Reading:
    """What one reader reads."""

    mailbox: TurnMailbox | None
    """None while there was no turn, or where nothing is to be read."""


class Child:
    """A child thread; ``line`` is held for it until `forget`."""

    def __init__(
        self, line: ThreadLine, root: ThreadLine, parent_thread_id: str, new_mailbox: NewMailbox
    ) -> None:
        self.line: Final = line
        self.root: Final = root
        """Of the thread at the head of the tree, which has a handle."""
        self.parent_thread_id: str = parent_thread_id
        self.nickname: str | None = None
        self.role: str | None = None
        self.prompt: str | None = None
        self.path: str | None = None
        self.model: str | None = None
        self.root_turn_ids: deque[str] = deque(maxlen=_ROOTS_KEPT)
        """The turns of the root that it worked for, the newest last."""
        self.responder: Responder | None = None
        """Who answers for the turn of the root that its next turn works for."""
        self.route: TurnRoute | None = None
        """Of the turn that runs."""
        self.result: TurnResult | None = None
        """Of the last turn that ended, without its items."""
        self.is_closed: bool = False
        self.is_over: bool = False
        """Nothing is heard of it any more."""
        self.begun: Final = trio.Event()
        """Its first turn has begun, or there will be none."""
        self._new_mailbox = new_mailbox
        self._mailbox: TurnMailbox | None = None
        """Of the newest turn, running or not, as long as its events are kept."""
        self._read: TurnMailbox | None = None
        """The one that somebody reads."""
        self._awaiting: Reading | None = None
        """Whoever waits for the first turn."""
        self._early_bytes = 0
        self._spent: tuple[TokenUsage | None, TurnRoute | None] = (None, None)
        """What its ended turns cost, and the last of them: one value, for readers in any thread."""

    # -- what is known ---------------------------------------------------------------------------

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return self.line.thread_id

    @property
    def status(self) -> ChildStatus:
        """See `ChildStatus`; ``lost`` too when it never began."""
        if self.route is not None:
            return "running"
        if self.result is not None:
            return self.result.status
        return "lost" if self.is_over else "starting"

    @property
    def text(self) -> str:
        """The answer of its newest turn, as far as it has arrived."""
        if self.route is not None:
            if self.route.mailbox is not None:
                self.route.mailbox.settle()
            return self.route.fold.text
        return "" if self.result is None else self.result.text

    @property
    def usage(self) -> TokenUsage | None:
        """What its turns cost together; None before the server told."""
        route = self.route  # before what was spent: a turn that ends meanwhile counts once
        spent, counted = self._spent
        running = None if route is None or route is counted else route.fold.usage
        return _together(spent, running)

    def note(self, news: ChildNews, teller: str) -> None:
        """An item of the thread ``teller`` says something of it."""
        if news.is_spawn:
            self.parent_thread_id = teller
        self.prompt = self.prompt or news.prompt
        self.path = self.path or news.path
        self.model = self.model or news.model

    def note_record(self, thread: Thread) -> None:
        """The server's record says more than its events do."""
        self.nickname = thread.agent_nickname
        self.role = thread.agent_role
        self.model = thread.model or self.model
        self.parent_thread_id = thread.parent_thread_id or self.parent_thread_id

    def works_for(self, root_turn_id: str, responder: Responder | None) -> None:
        """What it does from now on is for that turn of the root."""
        self.responder = responder
        if root_turn_id not in self.root_turn_ids:
            self.root_turn_ids.append(root_turn_id)

    # -- its turns -------------------------------------------------------------------------------

    def begin(self, route: TurnRoute) -> None:
        """A turn of it begins that no handle asked for; called by its line."""
        self.route = route
        self.is_closed = self.is_over = False
        route.responder, self.responder = self.responder, None
        route.fold.begin_at(self.line.usage_total)
        self._keep(route)
        self._early_bytes = 0
        route.watchers.append(self._watch)
        route.on_end.append(self._ended)
        if self._awaiting is not None:
            self._awaiting.mailbox = self._read = self._mailbox
            self._awaiting = None
        self.begun.set()

    def _keep(self, route: TurnRoute) -> None:
        route.mailbox = self._mailbox = self._new_mailbox(route.fold.extend)

    def _watch(self, event: Notification) -> None:
        """Keep events for a late reader within the bound."""
        mailbox = self._mailbox
        if mailbox is None or mailbox is self._read:
            return
        self._early_bytes += _EVENT_BYTES
        if isinstance(event, ItemCompleted):
            self._early_bytes += len(item_text(event.item))
        if self._early_bytes > MAX_EARLY_BYTES or len(mailbox) > MAX_EARLY_EVENTS:
            self._drop(mailbox)

    def _drop(self, mailbox: TurnMailbox) -> None:
        mailbox.drop()
        if self._mailbox is mailbox:
            self._mailbox = None
        if self.route is not None and self.route.mailbox is mailbox:
            self.route.mailbox = None

    def _ended(self) -> None:
        route = self.route
        result = None if route is None else route.result
        if result is not None:
            self.result = result.without_items()
            self._spent = (_together(self._spent[0], result.usage), route)
        self.route = None

    def forget(self) -> None:
        """Nothing is heard of it any more but the rest of a turn that runs."""
        if self.route is not None:
            self.route.responder = None
        self.lose()

    def close(self) -> None:
        """The server has unloaded the thread: what runs runs no more."""
        self.is_closed = True
        route = self.route
        if route is not None:
            route.lose(SessionClosed(self.thread_id))
            self.line.forget(route)
        self.lose()

    def lose(self) -> None:
        """Whoever waits for its first turn waits in vain."""
        self.is_over = True
        self.begun.set()

    # -- its reader ------------------------------------------------------------------------------

    def start_reading(self) -> Reading:
        """The events of its newest turn, from the first that is kept; before any, of its first.

        `stop_reading` follows. Raises `trio.BusyResourceError` while another reader has them.
        """
        if self._awaiting is not None or (self._read is not None and self._read is self._mailbox):
            raise trio.BusyResourceError("another task already reads the events of this child")
        if self._mailbox is None and self.route is not None:
            self._keep(self.route)  # too late for what came before
        self._read = self._mailbox
        reading = Reading(self._mailbox)
        if not self.begun.is_set():
            self._awaiting = reading
        return reading

    def stop_reading(self, reading: Reading) -> None:
        """Nobody reads it any more: what is unread of it is dropped."""
        if self._awaiting is reading:
            self._awaiting = None
        mailbox = reading.mailbox
        if mailbox is not None:
            self._drop(mailbox)
            if self._read is mailbox:
                self._read = None


def _together(one: TokenUsage | None, other: TokenUsage | None) -> TokenUsage | None:
    return one or other if one is None or other is None else one + other

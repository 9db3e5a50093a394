"""`ChildThreads`: which threads are children of which, from what the server tells.

Sub-agents run on threads of their own, on the same connection, unasked for. Owns the link from such
a thread to the one with a handle at the head of its tree: by ``turn.rootTurnId`` of its first turn,
by the items of its parent's agent tools. Does not know sessions. Enter at `look`; the reader calls
it, so it waits for nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.engine.child_thread import Child
from codex_runtime.model.child import child_news
from codex_runtime.protocol import (
    CollabAgentToolCall,
    ItemCompleted,
    ItemStarted,
    NotLoadedThreadStatus,
    SubAgentActivity,
    ThreadStatusChanged,
    TurnStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_runtime.engine.child_thread import NewMailbox
    from codex_runtime.engine.server_requests import Responder
    from codex_runtime.engine.thread_line import ThreadLine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.protocol import Notification

__all__ = ["MAX_CHILDREN", "TELLING", "ChildThreads"]

MAX_CHILDREN: Final = 256
"""So many of one tree are known, the newest."""

_MAX_ROOTS: Final = 1024

TELLING: Final = frozenset({TurnStarted, ItemStarted, ItemCompleted, ThreadStatusChanged})
"""The events worth a look."""

_TELLING_ITEMS: Final = frozenset({CollabAgentToolCall, SubAgentActivity})


@attrs.frozen
class _Root:
    """A turn with a handle's thread at the head of the tree, which children work for."""

    thread_id: str
    line: ThreadLine
    """Of the thread at the head; of another thread if the turn is a child's own."""
    responder: Responder | None


class ChildThreads:
    """The child threads of all threads with a handle here.

    ``lines`` and ``routes`` are the router's own, by thread and by turn; ``hold`` and ``release``
    keep a line in there.
    """

    def __init__(
        self,
        lines: Mapping[str, ThreadLine],
        routes: Mapping[str, TurnRoute],
        hold: Callable[[str], ThreadLine],
        release: Callable[[ThreadLine], None],
        new_mailbox: NewMailbox,
    ) -> None:
        self._lines = lines
        self._routes = routes
        self._hold = hold
        self._release = release
        self._new_mailbox = new_mailbox
        self._children: dict[str, Child] = {}
        self._roots: OrderedDict[str, _Root] = OrderedDict()
        """By turn id, whether the turn has ended or not: children outlive it."""

    def look(self, event: Notification) -> None:
        """Take what an event of `TELLING` says of children, before it is routed."""
        if isinstance(event, ItemStarted | ItemCompleted):
            if type(event.item) in _TELLING_ITEMS:
                self._item(event)
        elif isinstance(event, TurnStarted):
            root_turn_id = event.turn.root_turn_id
            if root_turn_id is not None and root_turn_id != event.turn.id:
                self._turn(event.thread_id, root_turn_id)
        elif isinstance(event, ThreadStatusChanged):
            child = self._children.get(event.thread_id)
            if child is not None and isinstance(event.status, NotLoadedThreadStatus):
                child.close()

    def _turn(self, thread_id: str, root_turn_id: str) -> None:
        """A turn begins on behalf of another one."""
        root = self._root(root_turn_id)
        if root is None:
            return
        child = self._children.get(thread_id)
        if child is None:
            child = self._adopt(thread_id, root.line, root.thread_id)
        if child is not None and child.root is root.line:
            child.works_for(root_turn_id, root.responder)

    def _item(self, event: ItemStarted | ItemCompleted) -> None:
        """An agent uses a tool on other agents."""
        teller = self._children.get(event.thread_id)
        line = self._lines.get(event.thread_id) if teller is None else teller.root
        if line is None:
            return
        if teller is None:
            root_turn_id: str | None = event.turn_id
        else:
            root_turn_id = teller.root_turn_ids[-1] if teller.root_turn_ids else None
        root = None if root_turn_id is None else self._root(root_turn_id)
        for news in child_news(event.item):
            child = self._children.get(news.thread_id)
            if child is None and news.exists:
                child = self._adopt(news.thread_id, line, event.thread_id)
            if child is None or child.root is not line:
                continue
            child.note(news, event.thread_id)
            if root is not None and root_turn_id is not None and not child.root_turn_ids:
                child.works_for(root_turn_id, root.responder)

    def _root(self, turn_id: str) -> _Root | None:
        """The turn that children work for, running or over; None for one of nobody here."""
        root = self._roots.get(turn_id)
        if root is not None:
            return root
        route = self._routes.get(turn_id)
        line = None if route is None else self._lines.get(route.thread_id)
        if route is None or line is None:
            return None
        root = self._roots[turn_id] = _Root(line.thread_id, line.root or line, route.responder)
        if len(self._roots) > _MAX_ROOTS:
            self._roots.popitem(last=False)
        return root

    def _adopt(self, thread_id: str, root: ThreadLine, parent_thread_id: str) -> Child | None:
        """A thread that is heard of for the first time; None if it is no child of a handle's."""
        if thread_id in self._lines or root.handles == 0:
            return None
        line = self._hold(thread_id)
        child = self._children[thread_id] = Child(line, root, parent_thread_id, self._new_mailbox)
        line.root = root
        line.on_foreign = child.begin
        if len(root.family) >= MAX_CHILDREN:
            self._forget_one(root)
        root.family[thread_id] = child
        return child

    def _forget_one(self, root: ThreadLine) -> None:
        """The oldest that has ended, else the oldest."""
        family = root.family.values()
        ended = (child for child in family if child.route is None and child.begun.is_set())
        oldest = next(ended, next(iter(family)))
        del root.family[oldest.thread_id]
        self._let_go(oldest)

    def _let_go(self, child: Child) -> None:
        if self._children.pop(child.thread_id, None) is None:
            return
        child.line.root = child.line.on_foreign = None
        child.forget()
        self._release(child.line)

    def end(self, root: ThreadLine) -> None:
        """The last handle of a thread is gone: its children are nobody's; they stay readable."""
        if not root.family:
            return
        for child in tuple(root.family.values()):
            self._let_go(child)
        for turn_id in [key for key, known in self._roots.items() if known.line is root]:
            del self._roots[turn_id]

    def closed(self) -> None:
        """The connection ended: what has not begun never will."""
        self._roots.clear()
        for child in self._children.values():
            child.lose()

"""`Subscription`: events for whoever asked, beside the turns.

Owns the filter of each subscriber and the choice of its delivery policy. Does not decode or route:
the router offers it every event. What becomes of unread ones is the backlog's (`backlogs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final, get_args

from codex_runtime.engine.backlogs import Bounds, DeliveryPolicy, make_backlog
from codex_runtime.engine.mailbox import Mailbox
from codex_runtime.errors import ConfigError
from codex_runtime.model.checks import check_choice, check_int, check_text
from codex_runtime.protocol.delta_lines import DELTA_METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from codex_runtime.connection.counters import Counters
    from codex_runtime.engine.backlogs import Offered
    from codex_runtime.engine.server_events import ServerEvent
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.protocol import Notification

__all__ = ["MAX_BACKLOG_BYTES", "MAX_BACKLOG_EVENTS", "Subscription", "Subscriptions"]

MAX_BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""Default bound of what a subscriber may leave unread, as bytes of JSON params."""

MAX_BACKLOG_EVENTS: Final = 8192
"""Default bound of the policies that count events."""

_COUNT_EVENTS: Final = ("drop_oldest", "fail")


class Subscriptions:
    """Every open subscription of a runtime."""

    def __init__(self) -> None:
        self._open: set[Subscription] = set()
        self._woken: set[Subscription] = set()
        self._closed = False
        self._methods: frozenset[str] | None = frozenset()
        """What any of them wants, of whatever thread; None is everything."""

    def __len__(self) -> int:
        return len(self._open)

    def add(self, subscription: Subscription) -> None:
        """Start offering events to it; once closed there are none to wait for."""
        self._open.add(subscription)
        self._look()
        if self._closed:
            subscription.end()

    def remove(self, subscription: Subscription) -> None:
        """Offer it nothing more."""
        self._open.discard(subscription)
        self._woken.discard(subscription)
        self._look()

    def rename(self, old_id: str, thread_id: str) -> None:
        """A thread has another id: whoever follows it follows that one."""
        for subscription in self._open:
            subscription.rename(old_id, thread_id)

    def _look(self) -> None:
        wanted = [subscription.methods for subscription in self._open]
        everything = any(methods is None for methods in wanted)
        self._methods = None if everything else frozenset().union(*filter(None, wanted))

    def want(self, method: str) -> bool:
        """Whether events of this method, of some thread, are for any of them."""
        return self._methods is None or method in self._methods

    @property
    def want_deltas(self) -> bool:
        """Whether text deltas, of some thread, are for any of them."""
        return self._methods is None or not self._methods.isdisjoint(DELTA_METHODS)

    def offer(
        self, event: Notification, method: str, thread_id: str | None, size_bytes: int
    ) -> None:
        """Put the event where it is wanted."""
        for subscription in self._open:
            if subscription.wants(method, thread_id):
                subscription.put((event, method, size_bytes))
                self._woken.add(subscription)

    def announce(self, event: ServerEvent) -> None:
        """Put what is told of the process itself, and let the subscribers run."""
        for subscription in self._open:
            if subscription.methods is None or event.METHOD in subscription.methods:
                subscription.put((event, event.METHOD, 0))
                self._woken.add(subscription)
        self.wake()

    def wake(self) -> None:
        """The chunk is done: let the subscribers run that got something."""
        for subscription in self._woken:
            subscription.wake()
        self._woken.clear()

    def close(self) -> None:
        """No event will come any more: what was put is still read, then the iteration ends."""
        self._closed = True
        for subscription in self._open:
            subscription.end()


@final
class Subscription:
    """An async context manager over events, in wire order, from entering to leaving.

    Iterating waits for the next event; cancelling loses none. When the app-server dies a
    `ServerLost` stands among the events, and a `ServerRestarted` when another has taken over: what
    happened in between is not told. (With ``methods`` they are there if their ``METHOD`` is one.)
    The iteration ends when no server will follow. One task iterates; a second raises
    `trio.BusyResourceError`. Past ``max_backlog_bytes`` unread the iteration ends with
    `SlowConsumer`, after what fitted; the policy says what happens before. A `Lagged` among the
    events is there for the policy ``drop_oldest`` alone.
    """

    def __init__(
        self,
        registry: Subscriptions,
        config: RuntimeConfig,
        counters: Counters,
        *,
        thread_id: str | None = None,
        methods: Iterable[str] | None = None,
        policy: DeliveryPolicy = "coalesce",
        max_backlog_events: int | None = None,
        max_backlog_bytes: int = MAX_BACKLOG_BYTES,
    ) -> None:
        self._methods = _checked_methods(methods, config.opt_out)
        if thread_id is not None:
            check_text("thread_id", thread_id, ConfigError)
        self._registry = registry
        self._thread_id = thread_id
        self._counters = counters
        self._backlog = make_backlog(
            _checked_policy(policy),
            Bounds(
                max_events=_checked_events(max_backlog_events, policy),
                max_bytes=_checked_bound("max_backlog_bytes", max_backlog_bytes),
                coalesce_after_events=config.coalesce_after_events,
            ),
            counters,
        )
        self._mailbox = Mailbox(self._backlog)

    async def __aenter__(self) -> Subscription:
        self._registry.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._registry.remove(self)
        self._mailbox.drop()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Notification:
        return await self._mailbox.get()

    def wants(self, method: str, thread_id: str | None) -> bool:
        """Whether an event of this method and thread is for this subscriber."""
        return (self._thread_id is None or self._thread_id == thread_id) and (
            self._methods is None or method in self._methods
        )

    def rename(self, old_id: str, thread_id: str) -> None:
        """Follow the thread under its other id, if it is the one of this subscriber."""
        if self._thread_id == old_id:
            self._thread_id = thread_id

    @property
    def mailbox(self) -> Mailbox:
        """Where its unread events wait."""
        return self._mailbox

    @property
    def methods(self) -> frozenset[str] | None:
        """What it wants; None is everything."""
        return self._methods

    def put(self, offered: Offered) -> None:
        """Take an event, or end here if it is too much."""
        if self._mailbox.is_closed:
            return
        error = self._backlog.add(offered)
        if error is not None:
            self._counters.slow_consumers += 1
            self._mailbox.close(error)

    def wake(self) -> None:
        """The chunk is done: let the consumer run."""
        self._backlog.note_peaks()
        self._mailbox.wake()

    def end(self) -> None:
        """No event will come any more."""
        self._mailbox.close()


def _checked_methods(
    methods: Iterable[str] | None, opted_out: Iterable[str]
) -> frozenset[str] | None:
    if methods is None:
        return None
    if isinstance(methods, str):
        raise ConfigError("methods", methods, "is one str", "Give a list of method names")
    wanted = frozenset(methods)
    for method in wanted:
        check_text("methods", method, ConfigError)
    if silent := wanted & frozenset(opted_out):
        raise ConfigError(
            "methods",
            sorted(silent),
            "never come: RuntimeConfig.opt_out switches them off at the server",
            "Subscribe to others, or leave them out of opt_out",
        )
    return wanted


def _checked_policy(policy: DeliveryPolicy) -> DeliveryPolicy:
    check_choice("policy", policy, get_args(DeliveryPolicy), ConfigError)
    return policy


def _checked_events(max_backlog_events: int | None, policy: DeliveryPolicy) -> int:
    if max_backlog_events is None:
        return MAX_BACKLOG_EVENTS
    if policy not in _COUNT_EVENTS:
        raise ConfigError(
            "max_backlog_events",
            max_backlog_events,
            f"means nothing to the policy {policy}",
            f"Leave it out, or choose one of {', '.join(_COUNT_EVENTS)}",
        )
    return _checked_bound("max_backlog_events", max_backlog_events)


def _checked_bound(name: str, value: int) -> int:
    check_int(name, value, ConfigError, at_least=1, at_most=1 << 40)
    return value

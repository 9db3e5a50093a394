"""`Subscription`: events for whoever asked, beside the turns.

Owns the filter and the bound of each subscriber. Does not decode or route: the router offers it
every event. A subscriber that falls behind its bound is cut off alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from codex_runtime.engine.mailbox import Mailbox
from codex_runtime.errors import ConfigError, SlowConsumer
from codex_runtime.model.checks import check_int, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from codex_runtime.protocol import Notification

__all__ = ["MAX_BACKLOG_BYTES", "Subscription", "Subscriptions"]

MAX_BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""Default bound of what a subscriber may leave unread, as bytes of JSON params."""


class Subscriptions:
    """Every open subscription of a runtime."""

    def __init__(self) -> None:
        self._open: set[Subscription] = set()
        self._woken: set[Subscription] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._open)

    def add(self, subscription: Subscription) -> None:
        """Start offering events to it; once closed there are none to wait for."""
        self._open.add(subscription)
        if self._closed:
            subscription.end()

    def remove(self, subscription: Subscription) -> None:
        """Offer it nothing more."""
        self._open.discard(subscription)
        self._woken.discard(subscription)

    def offer(
        self, event: Notification, method: str, thread_id: str | None, size_bytes: int
    ) -> None:
        """Put the event where it is wanted."""
        for subscription in self._open:
            if subscription.wants(method, thread_id):
                subscription.put(event, size_bytes)
                self._woken.add(subscription)

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

    Iterating waits for the next event and ends with the connection; cancelling loses none. One
    task iterates; a second raises `trio.BusyResourceError`. Past ``max_backlog_bytes`` unread the
    iteration ends with `SlowConsumer`, after what fitted.
    """

    def __init__(
        self,
        registry: Subscriptions,
        *,
        thread_id: str | None,
        methods: Iterable[str] | None,
        opted_out: Iterable[str],
        max_backlog_bytes: int,
    ) -> None:
        if isinstance(methods, str):
            raise ConfigError("methods", methods, "is one str", "Give a list of method names")
        self._methods = None if methods is None else frozenset(methods)
        for method in self._methods or ():
            check_text("methods", method, ConfigError)
        if silent := (self._methods or frozenset()) & frozenset(opted_out):
            raise ConfigError(
                "methods",
                sorted(silent),
                "never come: RuntimeConfig.opt_out switches them off at the server",
                "Subscribe to others, or leave them out of opt_out",
            )
        if thread_id is not None:
            check_text("thread_id", thread_id, ConfigError)
        check_int("max_backlog_bytes", max_backlog_bytes, ConfigError, at_least=1, at_most=1 << 40)
        self._registry = registry
        self._thread_id = thread_id
        self._max_backlog_bytes = max_backlog_bytes
        self._mailbox: Mailbox[tuple[Notification, int]] = Mailbox()

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
        event, size_bytes = await self._mailbox.get()
        self._mailbox.backlog_bytes -= size_bytes
        return event

    def wants(self, method: str, thread_id: str | None) -> bool:
        """Whether an event of this method and thread is for this subscriber."""
        return (self._thread_id is None or self._thread_id == thread_id) and (
            self._methods is None or method in self._methods
        )

    def put(self, event: Notification, size_bytes: int) -> None:
        """Keep the event, or end here if it is over the bound."""
        if self._mailbox.is_closed:
            return
        backlog_bytes = self._mailbox.backlog_bytes + size_bytes
        if backlog_bytes > self._max_backlog_bytes:
            self._mailbox.close(SlowConsumer(backlog_bytes, self._max_backlog_bytes))
            return
        self._mailbox.backlog_bytes = backlog_bytes
        self._mailbox.put((event, size_bytes))

    def wake(self) -> None:
        """Let the consumer run."""
        self._mailbox.wake()

    def end(self) -> None:
        """No event will come any more."""
        self._mailbox.close()

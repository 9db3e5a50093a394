"""What a scripted model was asked and what became of each answer.

Owns the list of exchanges and everything one can wait for in it; knows neither sockets nor replies.
The waits have no bound of their own: the caller's scope is the bound. Enter at `Record`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs
import trio

from codex_runtime.testing.steps import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Exchange", "Record"]

RequestT = TypeVar("RequestT")


@attrs.define(eq=False)
class Exchange(Generic[RequestT]):
    """One request and the state of its answer."""

    request: RequestT
    hold: Gate = attrs.Factory(Gate)
    """What a `silence()` without a gate of its own waits for; each release frees one."""
    ended: trio.Event = attrs.Factory(trio.Event)
    dropped: bool = False
    """Whether the client went away before the answer was complete; set before `ended`."""

    async def wait_held(self) -> None:
        """Return at the next release, or at once if one came since the last wait."""
        await self.hold.wait()
        self.hold = Gate()

    def end(self, *, dropped: bool) -> None:
        """Note that nothing more is sent."""
        self.dropped = dropped
        self.ended.set()


class Record(Generic[RequestT]):
    """Every exchange of one model, in order of arrival."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange[RequestT]] = []
        self._arrived = trio.Event()

    @property
    def requests(self) -> list[RequestT]:
        """The requests so far."""
        return [exchange.request for exchange in self._exchanges]

    @property
    def active(self) -> int:
        """How many are being answered."""
        return sum(not exchange.ended.is_set() for exchange in self._exchanges)

    def add(self, make: Callable[[int], RequestT]) -> Exchange[RequestT]:
        """Append the request that `make` builds from its index."""
        exchange = Exchange(make(len(self._exchanges)))
        self._exchanges.append(exchange)
        self._arrived.set()
        self._arrived = trio.Event()
        return exchange

    def release(self) -> None:
        """Open the hold of every answer that is not complete."""
        for exchange in self._exchanges:
            if not exchange.ended.is_set():
                exchange.hold.release()

    async def wait_for(self, count: int) -> None:
        """Return once there are `count` exchanges."""
        while len(self._exchanges) < count:
            await self._arrived.wait()

    async def wait_ended(self, index: int) -> Exchange[RequestT]:
        """Return exchange `index` once it exists and nothing more is sent for it."""
        await self.wait_for(index + 1)
        exchange = self._exchanges[index]
        await exchange.ended.wait()
        return exchange

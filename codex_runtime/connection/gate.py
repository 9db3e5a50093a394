"""The ingress gate: how many requests may be outstanding at once, by class of method.

The server's queue holds 128; what is written beyond it is refused or silently lost, whatever the
method. The classes have places of their own, so that an interrupt never stands behind slow work.
Owns the places, and the numbers of the line before them. Does not know which method belongs where,
nor how long a request takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.connection.histogram import Histogram
from codex_runtime.errors import QueueTimeout

if TYPE_CHECKING:
    from codex_runtime.protocol.rows import Gate

__all__ = ["IngressGate", "Slot"]

CONTROL_PLACES: Final = 16
SLOW_PLACES: Final = 32


class Slot:
    """One place at the gate; release it once, in any task, as often as you like."""

    __slots__ = ("_limiter", "kept")

    def __init__(self) -> None:
        self.kept: bool = False
        """Held beyond its call, for a request that the server still works on."""
        self._limiter: trio.CapacityLimiter | None = None

    async def take(self, limiter: trio.CapacityLimiter) -> None:
        """Wait in line, first come first served; cancelling leaves the line."""
        await limiter.acquire_on_behalf_of(self)
        self._limiter = limiter

    def release(self) -> None:
        """Give the place to the next in line."""
        limiter, self._limiter = self._limiter, None
        if limiter is not None:
            limiter.release_on_behalf_of(self)


class IngressGate:
    """The places at the server, and the line before them.

    ``waits`` counts for each class how long its calls stood in line, those that gave up included,
    and 0 for those that found a place free; ``peak_waiting`` is the longest line of all classes.
    """

    def __init__(self, *, quick_places: int, queue_timeout_s: float | None) -> None:
        self._queue_timeout_s = queue_timeout_s
        self._limiters: Final[dict[Gate, trio.CapacityLimiter]] = {
            "control": trio.CapacityLimiter(CONTROL_PLACES),
            "quick": trio.CapacityLimiter(quick_places),
            "slow": trio.CapacityLimiter(SLOW_PLACES),
        }
        self.waits: Final[dict[Gate, Histogram]] = {gate: Histogram() for gate in self._limiters}
        self.peak_waiting: int = 0

    async def enter(self, method: str, gate: Gate) -> Slot:
        """A place for ``method``, held until it is released.

        Raises `QueueTimeout` when ``queue_timeout_s`` is set and passes first.
        """
        limiter = self._limiters[gate]
        if not limiter.available_tokens:
            self.peak_waiting = max(self.peak_waiting, self.waiting + 1)
        since_s = trio.current_time()
        slot = Slot()
        try:
            if self._queue_timeout_s is None:
                await slot.take(limiter)
                return slot
            with trio.move_on_after(self._queue_timeout_s) as scope:
                await slot.take(limiter)
            if scope.cancelled_caught:
                raise QueueTimeout(method, self._queue_timeout_s)
            return slot
        finally:
            self.waits[gate].add((trio.current_time() - since_s) * 1000)

    @property
    def waiting(self) -> int:
        """How many requests stand in line."""
        return sum(limiter.statistics().tasks_waiting for limiter in self._limiters.values())

    @property
    def taken(self) -> int:
        """How many places are held."""
        return sum(limiter.borrowed_tokens for limiter in self._limiters.values())

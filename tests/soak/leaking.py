"""Work done many times over on a runtime, and what it leaves behind when all is quiet again.

Owns three kinds of work (asks, cancelled asks, restarts of the server) and the two looks around
each: the first after the same work has been done a few times, since what is made once may stay. The
default tests run it small, the soak in full. Enter at `Leaks`.
"""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from tests.soak.asking import Asker, Tally
from tests.soak.killing import Killer
from tests.soak.looking import until
from tests.soak.settling import Holdings, quiet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from codex_runtime import Runtime

__all__ = ["Growth", "Leaks"]

_AT_ONCE: Final = 20
_RENEW_EVERY: Final = 25


@attrs.frozen(kw_only=True)
class Growth:
    """What one kind of work has left behind."""

    name: str
    count: int
    took_s: float
    more: dict[str, int]
    """What there is more of, by its name."""
    wrong: list[str]
    """Asks that did not end as they must."""
    rss_before_bytes: int
    rss_after_bytes: int


class Leaks:
    """The three kinds of work on one runtime with no session of anybody else's."""

    def __init__(self, runtime: Runtime, folder: Path, seed: int) -> None:
        self._runtime = runtime
        self._folder = folder
        self._rng = random.Random(seed)
        self._numbers = 0

    async def asks(self, count: int) -> Growth:
        """Completed ones, half of them streamed, on ephemeral threads of their own."""
        work = partial(self._ask, ("ask", "stream"), ephemeral=True)
        return await self._around("asks", count, work, warm_up=2 * _AT_ONCE)

    async def cancelled(self, count: int) -> Growth:
        """Asks that are cancelled or left: before the turn has a name, silent, in mid-stream."""
        work = partial(self._ask, ("cancel", "leave"), ephemeral=False)
        return await self._around("cancelled asks", count, work, warm_up=2 * _AT_ONCE)

    async def restarts(self, count: int) -> Growth:
        """The server is killed under running turns, and everybody asks on."""
        return await self._around("restarts", count, self._restart, warm_up=1)

    async def _around(
        self,
        name: str,
        count: int,
        work: Callable[[int], Awaitable[Sequence[str]]],
        *,
        warm_up: int,
    ) -> Growth:
        wrong = [*await work(warm_up)]
        left = await quiet(self._runtime)
        before = Holdings.now()
        began_s = time.monotonic()
        wrong += await work(count)
        took_s = time.monotonic() - began_s
        left |= await quiet(self._runtime)
        after = Holdings.now()
        return Growth(
            name=name,
            count=count,
            took_s=took_s,
            more=left | after.more_than(before),
            wrong=wrong,
            rss_before_bytes=before.facts.rss_bytes,
            rss_after_bytes=after.facts.rss_bytes,
        )

    async def _ask(
        self, ways: Sequence[str], count: int, *, ephemeral: bool = False
    ) -> Sequence[str]:
        tally = Tally()
        async with trio.open_nursery() as nursery:
            for _ in range(_AT_ONCE):
                asker = self._asker(tally, ways, ephemeral=ephemeral)
                nursery.start_soon(
                    partial(asker.run, self._runtime, wanted=lambda: tally.begun < count)
                )
        return self._judged(tally, count)

    def _asker(self, tally: Tally, ways: Sequence[str], *, ephemeral: bool) -> Asker:
        self._numbers += 1
        return Asker(
            self._numbers,
            tally,
            random.Random(self._rng.random()),
            self._folder,
            ways=ways,
            renew_every=_RENEW_EVERY,
            ephemeral=ephemeral,
            longest_wait_s=0.3,
        )

    async def _some_more(self, tally: Tally) -> None:
        """Wait until some more asks have completed; one that hangs is found wrong by its bound."""
        completed = tally.ends["completed"]
        await until(lambda: tally.ends["completed"] >= completed + 4 or bool(tally.wrong))

    def _judged(self, tally: Tally, count: int) -> Sequence[str]:
        short = [f"{tally.asks} asks instead of {count}"] if tally.asks < count else []
        return [*tally.wrong, *short]

    async def _restart(self, count: int) -> Sequence[str]:
        """Eight sessions ask; after some of them have completed the server is killed."""
        tally = Tally()
        killer = Killer(self._rng, tally.server_died)
        over = False
        async with trio.open_nursery() as nursery:
            for _ in range(8):
                asker = self._asker(tally, ("ask", "stream", "leave", "cancel"), ephemeral=False)
                nursery.start_soon(partial(asker.run, self._runtime, wanted=lambda: not over))
            await self._some_more(tally)
            for _ in range(count):
                await killer.strike(await killer.server(), "SIGKILL")
                await self._some_more(tally)
            over = True
        return tally.wrong

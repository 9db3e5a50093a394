"""Sessions that ask all the time on one runtime whose real server is killed at random.

Owns the storm's length, its bounds and what it must come to. Does not know how sessions ask or
servers die. Enter at `Storm.run`.
"""

from __future__ import annotations

import random
import sys
from functools import partial
from typing import TYPE_CHECKING

import attrs
import trio

from codex_runtime import ServerLost, ServerRestarted
from tests.soak.asking import ASK_BOUND_S, Asker, Tally
from tests.soak.killing import Killer
from tests.soak.settling import Holdings, quiet

if TYPE_CHECKING:
    from pathlib import Path

    from codex_runtime import Runtime

__all__ = ["Storm"]


@attrs.define(kw_only=True)
class Storm:
    """What it came to, once `run` has returned."""

    seed: int
    sessions: int
    length_s: float
    tally: Tally = attrs.field(factory=Tally)
    killer: Killer = attrs.field(init=False)
    lost: int = 0
    """`ServerLost` among a subscriber's events."""
    restarted: int = 0
    left: dict[str, int] = attrs.field(factory=dict[str, int])
    """What the runtime held for somebody, and the tasks beyond those before, when all was quiet."""

    def __attrs_post_init__(self) -> None:
        self.killer = Killer(random.Random(self.seed), self.tally.server_died)

    async def run(self, runtime: Runtime, folder: Path) -> None:
        """Ask and kill for ``length_s``, then let everything come to its end."""
        before = Holdings.now()
        async with trio.open_nursery() as watching:
            watching.start_soon(self._watch, runtime)
            await self._ask_and_kill(runtime, folder)
            watching.cancel_scope.cancel()
        self.left = await quiet(runtime)
        if tasks := Holdings.now().facts.tasks - before.facts.tasks:
            self.left["tasks"] = tasks

    async def _ask_and_kill(self, runtime: Runtime, folder: Path) -> None:
        until_s = trio.current_time() + self.length_s
        rng = random.Random(self.seed + 1)
        with trio.move_on_at(until_s + 3 * ASK_BOUND_S) as bound:
            async with trio.open_nursery() as asking:
                for number in range(self.sessions):
                    asker = Asker(number, self.tally, random.Random(rng.random()), folder)
                    wanted = partial(_is_before, until_s)
                    asking.start_soon(partial(asker.run, runtime, wanted=wanted))
                with trio.move_on_at(until_s):
                    async with trio.open_nursery() as killing:
                        killing.start_soon(self.killer.run)
                        killing.start_soon(self._tell)
        if bound.cancelled_caught:
            self.tally.wrong.append("sessions did not come to an end")

    async def _watch(self, runtime: Runtime) -> None:
        """Subscribers are told of each death and each new server."""
        methods = (ServerLost.METHOD, ServerRestarted.METHOD)
        async with runtime.subscribe(methods=methods) as events:
            async for event in events:
                self.lost += isinstance(event, ServerLost)
                self.restarted += isinstance(event, ServerRestarted)

    async def _tell(self) -> None:
        """Show that it goes on."""
        while True:
            await trio.sleep(10)
            ends = ", ".join(f"{count} {end}" for end, count in self.tally.ends.most_common(5))
            sys.stderr.write(f"  {self.killer.deaths} deaths; {ends}\n")


def _is_before(until_s: float) -> bool:
    return trio.current_time() < until_s

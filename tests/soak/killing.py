"""How the real server dies, and how it is stopped for a while, at times drawn from a seed.

Owns the signals and the counts of them. Finds the server by the marker in its environment. Does not
know what the sessions do meanwhile. Enter at `Killer.run`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import attrs
import trio

from tests.real.processes import is_running, server_pid
from tests.soak.looking import until

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

__all__ = ["Killer"]

_LOOK_S: Final = 0.05
_WAYS: Final = ("SIGKILL", "SIGKILL", "SIGKILL", "SIGTERM", "stopped")


@attrs.define
class Killer:
    """Kills the one server of this process, again and again; another one is expected after each."""

    rng: random.Random
    died: Callable[[], None]
    """Called right after a deadly signal."""
    shortest_life_s: float = 0.3
    longest_life_s: float = 6.0
    longest_stop_s: float = 2.0
    signals: Counter[str] = attrs.field(factory=Counter[str])

    @property
    def deaths(self) -> int:
        """How often the server had to be started again."""
        return self.signals["SIGKILL"] + self.signals["SIGTERM"]

    async def run(self) -> None:
        """Until cancelled; a server that is stopped then goes on."""
        while True:
            await trio.sleep(self.rng.uniform(self.shortest_life_s, self.longest_life_s))
            await self.strike(await self.server(), self.rng.choice(_WAYS))

    async def server(self) -> int:
        """The id of the server's process, once there is one."""
        while True:
            with suppress(ValueError):
                return server_pid()
            await trio.sleep(_LOOK_S)

    async def strike(self, pid: int, way: str) -> None:
        """Send it, and wait until it shows."""
        self.signals[way] += 1
        if way == "stopped":
            os.kill(pid, signal.SIGSTOP)
            try:
                await trio.sleep(self.rng.uniform(0, self.longest_stop_s))
            finally:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            return
        os.kill(pid, getattr(signal, way))
        self.died()
        await until(lambda: not is_running(pid))

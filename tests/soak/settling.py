"""What a runtime and this process hold when nothing is under way, and what was left behind.

Owns the wait for quiet, the looks, and what counts as left. Knows the insides of the engine: what
is counted there is what must be empty. Enter at `quiet` and `Holdings.of`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs
import trio

from tests.support.process_facts import ProcessFacts, difference, objects_of

if TYPE_CHECKING:
    from codex_runtime import Runtime
    from codex_runtime.engine.engine import Engine

__all__ = ["Holdings", "left_in", "quiet"]

_QUIET_BOUND_S: Final = 45.0
"""Requests that were given up are waited for another ``request_timeout_s``."""


def left_in(runtime: Runtime) -> dict[str, int]:
    """All that a runtime holds for somebody who is waiting or has waited; by its name."""
    engine: Engine = runtime._engine
    connection, router, asked = engine.connection, engine.router, engine.server_requests
    lines = router.lines
    held = {
        "pending calls": connection.pending if connection else 0,
        "abandoned calls": connection.lingering if connection else 0,
        "unwritten frames": len(connection._outbox._frames) if connection else 0,
        "places at the gate": engine.gate.taken,
        "calls before the gate": engine.gate.waiting,
        "running turns": sum(line.holder is not None for line in lines),
        "asks in line": sum(line.waiting for line in lines),
        "lines": len(lines),
        "routes": len(router._routes) + sum(len(line._routes) for line in lines),
        "unclaimed events": sum(len(line._unclaimed) for line in lines),
        "woken or filled routes": len(router._woken) + len(router._filled),
        "server requests": len(asked._open),
        "subscriptions": len(engine.subscriptions),
        "cleanups": engine._cleanups,
    }
    return {name: count for name, count in held.items() if count}


async def quiet(runtime: Runtime, *, lines: int = 0) -> dict[str, int]:
    """Wait until the runtime holds nothing but so many open threads; returns what it still does."""
    left: dict[str, int] = {}
    with trio.move_on_after(_QUIET_BOUND_S):
        while left := left_in(runtime):
            if left == {"lines": lines}:
                return {}
            await trio.sleep(0.02)
    return left


@attrs.frozen
class Holdings:
    """One look at this process and the objects of this package."""

    facts: ProcessFacts
    objects: Counter[str]

    @classmethod
    def now(cls) -> Holdings:
        """What there is once the garbage is gone."""
        return cls(ProcessFacts.now(), objects_of("codex_runtime"))

    def more_than(self, before: Holdings) -> dict[str, int]:
        """What is held beyond that, memory aside; what there is less of is fine."""
        counts = {
            "threads": self.facts.threads - before.facts.threads,
            "children": self.facts.children - before.facts.children,
            "tasks": self.facts.tasks - before.facts.tasks,
        }
        found = Counter(counts)
        found.update(difference(before.facts.descriptors, self.facts.descriptors))
        found.update(difference(before.objects, self.objects))
        return {name: count for name, count in found.items() if count > 0}

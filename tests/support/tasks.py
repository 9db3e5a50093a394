"""Tasks in tests: what they came to, and letting them run.

Owns two small tools for virtual time; knows nothing of this library. Enter at `Outcomes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
import trio.testing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Outcomes", "settle"]


async def settle() -> None:
    """Let everything happen that needs no time but the reader's own pacing."""
    await trio.sleep(0.01)
    await trio.testing.wait_all_tasks_blocked()


class Outcomes:
    """What tasks of a nursery came to: a value or an exception each, with the time it took."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.errors: list[Exception] = []
        self.ended_at_s: list[float] = []

    # Any: whatever the function takes and returns.
    async def run(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Call and note; nothing is raised but Cancelled."""
        try:
            self.values.append(await function(*args))
        except Exception as problem:  # noqa: BLE001 - it is what the test looks at
            self.errors.append(problem)
        self.ended_at_s.append(trio.current_time())

"""What the clients of plain threads have in common: threads of consumers, and how they wait.

Knows no client. What is waited for is another process's, which tells nobody.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from tests.bench.consumer import QUIET_S, Quiet
from tests.bench.sides import SETTLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.sides import OtherSide

__all__ = ["in_thread", "settle", "under_way", "written"]


def in_thread(work: Callable[..., object], *args: Any) -> threading.Thread:
    """A thread that runs, and that holds up no exit."""
    thread = threading.Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def under_way(side: OtherSide, turns: int) -> None:
    """Return when the server waits for the go, and the client for the server."""
    while not side.is_under_way(turns):
        time.sleep(SETTLE_S)
    time.sleep(SETTLE_S)


def settle() -> None:
    """Return when all that was sent has been taken in."""
    quiet = Quiet()
    while not quiet.is_reached():
        time.sleep(QUIET_S)


def written(side: OtherSide, text: str) -> None:
    """Return when a line with that text has been taken in."""
    while not side.has_written(text):
        time.sleep(QUIET_S)
    settle()

"""Waiting for what no event tells: the process table, counters, another task's state.

Owns one wait that looks again and again; it works while everything is busy. Knows nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["until"]

_EVERY_S: Final = 0.02


async def until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; the bound is the caller's scope."""
    while True:
        if condition():
            return
        await trio.sleep(_EVERY_S)

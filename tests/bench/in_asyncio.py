"""What the clients of asyncio have in common: how they wait for their server.

Knows no client. What is waited for is another process's, which tells nobody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.bench.consumer import QUIET_S, Quiet
from tests.bench.sides import SETTLE_S

if TYPE_CHECKING:
    from tests.bench.sides import OtherSide

__all__ = ["settle", "under_way", "written"]


async def under_way(side: OtherSide, turns: int) -> None:
    """Return when the server waits for the go, and the client for the server."""
    while not side.is_under_way(turns):
        await asyncio.sleep(SETTLE_S)
    await asyncio.sleep(SETTLE_S)


async def settle() -> None:
    """Return when all that was sent has been taken in."""
    quiet = Quiet()
    while not quiet.is_reached():
        await asyncio.sleep(QUIET_S)


async def written(side: OtherSide, text: str) -> None:
    """Return when a line with that text has been taken in."""
    while not side.has_written(text):
        await asyncio.sleep(QUIET_S)
    await settle()

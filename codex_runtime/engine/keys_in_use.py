"""Which keys of a thread are being asked with: one ask per key at a time, over all handles.

Owns that wait alone; what a key stands for is the session's matter. Enter at `KeysInUse.hold`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["KeysInUse"]


class KeysInUse:
    """The keys of one thread that somebody holds; keeps nothing of those nobody holds."""

    def __init__(self) -> None:
        self._released: Final[dict[str, trio.Event]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._released

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncGenerator[None]:
        """Wait until nobody holds ``key``, then hold it for the block. Cancelling gives it up."""
        await trio.lowlevel.checkpoint()
        while (released := self._released.get(key)) is not None:
            await released.wait()
        released = self._released[key] = trio.Event()
        try:
            yield
        finally:
            del self._released[key]
            released.set()

"""What goes through the processes that a runtime spawns, kept byte for byte.

Owns a transport that tapes, and its use in place of the real one for a while: it is the lowest
layer that all share. Knows no message; nothing is delayed or changed. Enter at `taped_transports`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from codex_runtime.transport import ProcessTransport, process

if TYPE_CHECKING:
    from collections.abc import Generator

    import trio

__all__ = ["TapedTransport", "taped_transports"]


class TapedTransport(ProcessTransport):
    """What is handed over for sending counts as sent, though the process may end before."""

    def __init__(self, child: trio.Process, *, marker: str, shutdown_grace_s: float) -> None:
        super().__init__(child, marker=marker, shutdown_grace_s=shutdown_grace_s)
        self.sent: Final = bytearray()
        self.received: Final = bytearray()

    async def send_all(self, data: bytes) -> None:
        self.sent.extend(data)
        await super().send_all(data)

    async def receive_some(self) -> bytes:
        data = await super().receive_some()
        self.received.extend(data)
        return data

    def receive_nowait(self) -> bytes:
        data = super().receive_nowait()
        self.received.extend(data)
        return data


@contextmanager
def taped_transports() -> Generator[list[TapedTransport]]:
    """Tape each transport that is made in the block, of nested blocks the innermost; in order."""
    made: list[TapedTransport] = []

    def make(child: trio.Process, *, marker: str, shutdown_grace_s: float) -> TapedTransport:
        made.append(TapedTransport(child, marker=marker, shutdown_grace_s=shutdown_grace_s))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "ProcessTransport", make)
        yield made

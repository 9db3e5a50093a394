"""App-servers that die at a chosen byte: of what they say, or of what they are told.

Owns a transport that kills its server when a text goes by, and its use in place of the real one for
a while. What is said from then on is lost with it. Enter at `dying_at`.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
import trio

from codex_runtime.transport import ProcessTransport, process

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Death", "dying_at"]


class Death:
    """When the next server dies; it does so once.

    ``on_saying``: just before a line with this text is read. ``on_hearing``: just before a line
    with this text is written.
    """

    def __init__(self, *, on_saying: bytes | None = None, on_hearing: bytes | None = None) -> None:
        self.on_saying: Final = on_saying
        self.on_hearing: Final = on_hearing
        self.happened: bool = False

    def is_due(self, text: bytes | None, data: bytes) -> bool:
        """Whether it is time, and then it is over."""
        if self.happened or text is None or text not in data:
            return False
        self.happened = True
        return True


class _DyingTransport(ProcessTransport):
    death: Death
    _heard_no_more: bool = False
    _rest: bytes = b""

    async def send_all(self, data: bytes) -> None:
        if self.death.is_due(self.death.on_hearing, data):
            os.kill(self.pid, signal.SIGKILL)
        await super().send_all(data)

    async def receive_some(self) -> bytes:
        while True:
            data = await super().receive_some()
            if not data:
                return b""
            if said := self._before_death(data):
                return said

    def receive_nowait(self) -> bytes:
        if said := self._before_death(super().receive_nowait()):
            return said
        raise trio.WouldBlock

    def _before_death(self, data: bytes) -> bytes:
        """The lines that are whole and before it."""
        lines = (self._rest + data).splitlines(keepends=True)
        self._rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        said = list[bytes]()
        for line in lines:
            if self.death.is_due(self.death.on_saying, line):
                os.kill(self.pid, signal.SIGKILL)
                self._heard_no_more = True
            if not self._heard_no_more:
                said.append(line)
        return b"".join(said)


@contextmanager
def dying_at(death: Death) -> Generator[None]:
    """The first server that is made in the block and comes to it dies that death."""

    def make(child: trio.Process, *, marker: str, shutdown_grace_s: float) -> ProcessTransport:
        made = _DyingTransport(child, marker=marker, shutdown_grace_s=shutdown_grace_s)
        made.death = death
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "ProcessTransport", make)
        yield

"""A disk in virtual time: what journals do in a worker thread is done here, when the test lets it.

Owns the worker of every journal that is opened while it is in place; the files are real. Enter at
`Disk`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from codex_runtime.history.journal import journals, lane
from codex_runtime.history.journal.file import JournalFile
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.runtime.assembly import running_engine
from tests.engine.fake_server import FakeServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import pytest

    from codex_runtime.engine.engine import Engine
    from codex_runtime.model.journal import JournalConfig

__all__ = ["Disk", "journaled"]


class Disk:
    """Fast and sound until it is told otherwise."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.takes_s = 0.0
        """Each piece of work takes so long."""
        self.fails: OSError | None = None
        """What each write raises."""
        self._is_stuck = False
        self._freed = trio.Event()
        put = JournalFile._put

        def put_or_fail(file: JournalFile, lines: list[bytes]) -> None:
            if self.fails is not None:
                raise self.fails
            put(file, lines)

        patch.setattr(JournalFile, "_put", put_or_fail)
        patch.setattr(lane, "_worker_thread", lambda: self._work)
        patch.setattr(journals, "_open", self._open)

    def stick(self) -> None:
        """Nothing gets done from now on."""
        self._is_stuck = True
        self._freed = trio.Event()

    def free(self) -> None:
        """All goes on."""
        self._is_stuck = False
        self._freed.set()

    async def _open(self, config: JournalConfig) -> JournalFile:
        await trio.lowlevel.checkpoint()
        return JournalFile.open(config)

    async def _work(self, work: Callable[[], None]) -> None:
        await trio.sleep(self.takes_s)
        if self._is_stuck:
            await self._freed.wait()
        work()


@asynccontextmanager
async def journaled(
    server: FakeServer, journal: JournalConfig | None = None
) -> AsyncGenerator[Engine, None]:
    """An engine with journals around its transport, as a runtime has it."""
    config = RuntimeConfig(journal=journal, restart=RestartPolicy(max_restarts=1000))
    async with running_engine(config, server.connect) as (engine, _):
        yield engine

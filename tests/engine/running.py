"""An engine over a fake server, from its start to its end.

Owns the block around a test and what must be true when nothing is under way. Enter at `running`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.model.restart import RestartPolicy
from codex_runtime.session.opening import start_session
from codex_runtime.transport.held_error import HeldError
from tests.support.tasks import settle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.protocol import Notification
    from codex_runtime.session.session import Session
    from tests.engine.fake_server import FakeServer

__all__ = ["assert_nothing_pending", "method_of", "new_session", "running"]


# Any: the fields of RuntimeConfig, which checks them.
@asynccontextmanager
async def running(server: FakeServer, **config: Any) -> AsyncGenerator[Engine, None]:
    """A started engine; after the block it is shut down and holds nothing.

    A server that dies stays dead, unless ``restart`` is given.
    """
    config.setdefault("restart", RestartPolicy(on="never"))
    engine = Engine(RuntimeConfig(**config), server.connect)
    async with trio.open_nursery() as nursery:
        with HeldError() as held:
            await engine.start(nursery)
            yield engine
        await engine.shutdown()
    held.release()
    await assert_nothing_pending(engine)
    assert server.wrong == []


async def new_session(engine: Engine, **config: Any) -> Session:  # Any: as above
    """A session on a new thread."""
    return await start_session(engine, SessionConfig(cwd=".", **config))


async def assert_nothing_pending(engine: Engine) -> None:
    """No call waits, no place at the gate is held, nobody stands in a line."""
    await settle()
    connection = engine.connection
    assert connection is not None
    assert connection.pending == 0
    assert engine.gate.taken == connection.lingering
    assert engine.gate.waiting == 0
    assert [line.waiting for line in engine.router.lines if line.waiting] == []


def method_of(event: Notification) -> str:
    """The wire name of an event, known here or not."""
    name: str = getattr(event, "METHOD", "") or getattr(event, "method", "")
    return name

"""An engine over a fake server, from its start to its end.

Owns the block around a test and what must be true when nothing is under way. Enter at `running`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio
import trio.testing

from codex_runtime.engine.engine import Engine
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.profile import SessionConfig
from codex_runtime.session.opening import start_session

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from codex_runtime.session.session import Session
    from tests.engine.fake_server import FakeServer

__all__ = ["Outcomes", "assert_nothing_pending", "new_session", "running", "settle"]


# Any: the fields of RuntimeConfig, which checks them.
@asynccontextmanager
async def running(server: FakeServer, **config: Any) -> AsyncGenerator[Engine, None]:
    """A started engine; after the block it is shut down and holds nothing."""
    engine = Engine(RuntimeConfig(**config), server.connect)
    failure: BaseException | None = None
    async with trio.open_nursery() as nursery:
        try:
            await engine.start(nursery)
            yield engine
        except BaseException as problem:  # noqa: BLE001 - raised again below
            failure = problem
        finally:
            await engine.shutdown()
    if failure is not None:
        raise failure
    assert_nothing_pending(engine)
    assert server.wrong == []


async def new_session(engine: Engine, **config: Any) -> Session:  # Any: as above
    """A session on a new thread."""
    return await start_session(engine, SessionConfig(cwd=".", **config))


async def settle() -> None:
    """Let everything happen that can happen now, without time passing."""
    await trio.testing.wait_all_tasks_blocked()


def assert_nothing_pending(engine: Engine) -> None:
    """No call waits, no place at the gate is held, nobody stands in a line."""
    connection = engine.connection
    assert connection is not None
    assert connection.pending == 0
    assert engine.gate.taken == connection.lingering
    assert engine.gate.waiting == 0
    assert [line.waiting for line in engine.router.lines if line.waiting] == []


class Outcomes:
    """What tasks of a nursery came to: a value or an exception each, with the time it took."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.errors: list[Exception] = []
        self.ended_at_s: list[float] = []

    async def run(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Call and note; nothing is raised but Cancelled."""
        try:
            self.values.append(await function(*args))
        except Exception as problem:  # noqa: BLE001 - it is what the test looks at
            self.errors.append(problem)
        self.ended_at_s.append(trio.current_time())

"""An engine with the journals around its transport, from its start to its end.

Owns the order in which they begin and end, and which exception comes out. Does not know what the
transport is, nor the handle that a user gets. Enter at `running_engine`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.history.journal.journals import open_journals
from codex_runtime.transport.held_error import HeldError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.engine.engine import Connect
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.errors.journal import JournalError
    from codex_runtime.model.config import RuntimeConfig

__all__ = ["running_engine"]


@asynccontextmanager
async def running_engine(
    config: RuntimeConfig, connect: Connect
) -> AsyncGenerator[tuple[Engine, ServerInfo], None]:
    """What serves a runtime, and what its server says of itself; ended when the block is left.

    The block's exception comes out as it is. Raises `StartError`, and `JournalError` when the
    journal cannot be opened or, unless the block raises, was given up.
    """
    async with open_journals(config) as journals:
        engine = Engine(config, journals.around(connect, lambda: engine.generation + 1), journals)
        journals.on_failure = partial(_end_for_good, engine)
        async with trio.open_nursery() as nursery:
            with HeldError() as held:
                server = await engine.start(nursery)
                yield engine, server
            with HeldError() as held_at_the_end:  # a Ctrl-C comes through any shield
                await engine.shutdown()
        held.release()
        held_at_the_end.release()


def _end_for_good(engine: Engine, problem: JournalError) -> None:
    """End the server, and start no other: nobody may be told of what is not recorded."""
    engine.generations.fail(str(problem), problem)
    engine.generations.refuse_new_work()

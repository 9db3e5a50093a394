"""A `Runtime` on a transport that is given, in place of a process.

Owns the assembly alone. Enter at `open_fake_runtime`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import trio

from codex_runtime.engine.engine import Engine
from codex_runtime.launch.command import LaunchSpec
from codex_runtime.runtime.runtime import Runtime
from codex_runtime.transport.held_error import HeldError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.transport.base import Transport


@asynccontextmanager
async def open_fake_runtime(
    connect: Callable[[], AbstractAsyncContextManager[Transport]], config: RuntimeConfig
) -> AsyncGenerator[Runtime, None]:
    """A runtime whose every process is one entering of ``connect``."""
    engine = Engine(config, connect)
    launch = LaunchSpec(("codex",), None, MappingProxyType({}), None, ("codex",), ())
    async with trio.open_nursery() as nursery:
        with HeldError() as held:
            server = await engine.start(nursery)
            yield Runtime(engine, server, launch)
        with HeldError() as held_at_the_end:
            await engine.shutdown()
    held.release()
    held_at_the_end.release()

"""A `Runtime` whose app-server is in this process: no binary, no child, virtual time.

Owns the assembly. What the server says is `FakeAppServer`'s, or of whatever is at the other end of
a transport; what the runtime does is the real thing. Enter at `open_fake_runtime`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from codex_runtime.launch.command import LaunchSpec
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.runtime.assembly import running_engine
from codex_runtime.runtime.runtime import Runtime
from codex_runtime.testing.fake_server.server import FakeAppServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.transport.base import Transport

    Connect = Callable[[], AbstractAsyncContextManager[Transport]]

__all__ = ["open_fake_runtime", "open_runtime_on"]

_ARGV: Final = ("codex", "app-server")
_LAUNCH: Final = LaunchSpec(
    argv=_ARGV,
    cwd=None,
    env=MappingProxyType({}),
    codex_home=None,
    shown_argv=_ARGV,
    set_names=(),
)


@asynccontextmanager
async def open_fake_runtime(
    server: FakeAppServer | None = None, config: RuntimeConfig | None = None
) -> AsyncGenerator[Runtime, None]:
    """Like `open_runtime`, with ``server`` in place of a process; None makes a server that echoes.

    Of ``config`` all holds that is not about the process (its path, home, environment). When the
    fake crashes, the runtime connects to it again as its `RestartPolicy` says. Raises `StartError`.
    """
    server = FakeAppServer() if server is None else server
    config = RuntimeConfig() if config is None else config
    async with open_runtime_on(server.connect, config) as runtime:
        yield runtime


@asynccontextmanager
async def open_runtime_on(connect: Connect, config: RuntimeConfig) -> AsyncGenerator[Runtime, None]:
    """The same with whatever ``connect`` opens: each entering of it is one process."""
    async with running_engine(config, connect) as (engine, server):
        yield Runtime(engine, server, _LAUNCH)

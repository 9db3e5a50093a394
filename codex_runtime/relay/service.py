"""What all requests of one relay share: its settings, the upstream, the store, places and counts.

Owns how these are opened and closed together, and the store's choice. Does not know HTTP on the
client's side, nor what a request is. Enter at `open_service`.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.relay.config import read_secret
from codex_runtime.relay.incoming import Bodies, Guard
from codex_runtime.relay.keeping import Keeper
from codex_runtime.relay.statistics import Counts
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.upstream import open_upstream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.request.options import RequestOptions
    from codex_runtime.relay.store.protocol import SessionStore
    from codex_runtime.relay.upstream import Upstream

__all__ = ["Service", "open_service"]

MAX_BODIES_BYTES: Final = 1024 * 1024 * 1024
"""Of all requests of clients together; one alone has `max_body_bytes`, which is no more."""

_CLOSE_S: Final = 10.0
"""For a store on a disk, whose own waits are shorter."""
_OF_REQUESTS: Final = frozenset({"gemini_signatures", "strict_roles", "whole_answers"})
"""Filters that an answer is not read with."""


class Service:
    """One relay without its sockets."""

    def __init__(
        self, config: RelayConfig, upstream: Upstream, store: SessionStore, token: str | None
    ) -> None:
        self.config: RelayConfig = config
        self.options: RequestOptions = config.request_options()
        self.filters: tuple[str, ...] = tuple(
            name for name in config.filters if name not in _OF_REQUESTS
        )
        self.upstream: Upstream = upstream
        self.store: SessionStore = store
        self.keeper: Keeper = Keeper(store, strict_ids=config.strict_ids)
        self.guard: Guard = Guard(host=config.host, token=token)
        self.places: trio.Semaphore = trio.Semaphore(config.max_streams)
        self.bodies: Bodies = Bodies(MAX_BODIES_BYTES)
        self.counts: Counts = Counts()


@asynccontextmanager
async def open_service(config: RelayConfig, environ: Mapping[str, str]) -> AsyncGenerator[Service]:
    """Read the secrets, open the store and the client of the upstream; close both at the end.

    A store that the configuration brings along is left open.

    Raises:
        RelayError: A variable is missing, or the store cannot be used.
    """
    token = None if config.token_env is None else read_secret(config.token_env, environ)
    store, is_ours = await _open_store(config)
    try:
        async with open_upstream(config, environ) as upstream:
            yield Service(config, upstream, store, token)
    finally:
        if is_ours:
            with trio.CancelScope(deadline=trio.current_time() + _CLOSE_S, shield=True):
                await _call(store.blocks, store.close)


async def _open_store(config: RelayConfig) -> tuple[SessionStore, bool]:
    given = config.store
    if given is None:
        return MemoryStore(config.limits), True
    if not isinstance(given, (str, os.PathLike)):
        return given, False
    from codex_runtime.relay.store.sqlite import SqliteStore  # noqa: PLC0415 - with a path alone

    return await trio.to_thread.run_sync(SqliteStore, given, config.limits), True


async def _call(blocks: bool, close: Callable[[], None]) -> None:  # noqa: FBT001
    if blocks:
        await trio.to_thread.run_sync(close)
    else:
        close()

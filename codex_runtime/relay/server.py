"""`open_relay` and `Relay`: a relay that is served as long as a block runs.

Owns the address, the serving task and its bounded end. Does not know what is served (`app`), nor
the protocol (`hosting`). Enter at `open_relay`.
"""

from __future__ import annotations

import errno
import math
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors.relay import RelayAddressError, RelayServeError
from codex_runtime.relay.app import app_of
from codex_runtime.relay.failures import error_body, unreadable_request
from codex_runtime.relay.hosting import serve_app
from codex_runtime.relay.provider import block_of, environment_of, overrides_of, provider_of
from codex_runtime.relay.service import open_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from codex_runtime.model.builders.model_providers import ModelProvider
    from codex_runtime.relay.config import RelayConfig
    from codex_runtime.relay.service import Service
    from codex_runtime.relay.statistics import RelayStatistics
    from codex_runtime.relay.store.protocol import SessionStore

__all__ = ["Relay", "open_relay"]

_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where all of them are one of them


class Relay:
    """A relay that is being served; made by `open_relay`."""

    def __init__(self, service: Service, host: str, port: int, environ: Mapping[str, str]) -> None:
        self._service = service
        self._host = _ANY.get(host, host)
        self._environ = environ
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self.base_url: Final[str] = f"http://{shown}:{port}/v1"
        """Root of its Responses API, with its port; of a relay on all addresses, the loopback."""
        self.port: Final[int] = port
        """Where it listens."""

    @property
    def config(self) -> RelayConfig:
        """What it was opened with."""
        return self._service.config

    @property
    def store(self) -> SessionStore:
        """Where it keeps conversations; one that it opened itself is closed with it."""
        return self._service.store

    @property
    def provider(self) -> ModelProvider:
        """The provider for an app-server; its key is the variable of the relay's token, if any."""
        config = self._service.config
        return provider_of(
            self.base_url, token_env=config.token_env, keep_alive_s=config.keep_alive_s
        )

    def config_overrides(self, model: str) -> dict[str, object]:
        """Configuration of an app-server whose threads ask `model` of this relay.

        For ``RuntimeConfig(config_overrides=...)``; `environment` goes with it.
        """
        return overrides_of(self.provider, model)

    def environment(self) -> dict[str, str]:
        """Variables of that app-server: no proxy on the way here, and the token if there is one."""
        return environment_of(self._host, self._service.config.token_env, self._environ)

    def provider_block(self, model: str = "MODEL") -> str:
        """The configuration as lines of a ``config.toml``; good while the port stays the same."""
        return block_of(self.provider, model)

    def statistics(self) -> RelayStatistics:
        """Count what was served so far, and what is being served now."""
        return self._service.counts.taken()


@asynccontextmanager
async def open_relay(
    config: RelayConfig, *, environ: Mapping[str, str] = os.environ
) -> AsyncGenerator[Relay]:
    """Serve a relay while the block runs.

    Args:
        config: What to ask, and where to listen.
        environ: Where the variables are read that `config` names; nothing of it is changed.

    Leaving the block closes the port at once, lets answers under way go on for ``drain_s`` and then
    cuts them, also where the block is cancelled; to be cancelled while it waits for them cuts them
    at once. No task, socket or thread is left, so that a call of the store is waited for: one on a
    disk is bounded by ten seconds, where another process holds the file. What the block raises
    comes out as it is.

    Raises:
        RelayError: The port is taken, a variable is missing, or the store cannot be used. A server
            that ends by itself cancels the block, and this is raised.
    """
    async with open_service(config, environ) as service:
        listeners = await _listen(config)
        host, port = listeners[0].socket.getsockname()[:2]
        serving = _Serving(service, listeners)
        raised: BaseException | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serving.run, nursery.cancel_scope)
            try:
                yield Relay(service, host, port, environ)
            except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - raised below
                raised = error
            finally:
                is_cancelled = trio.current_effective_deadline() == -math.inf
                serving.stop()
            if not is_cancelled:
                await serving.drain()
        if raised is not None:
            raise raised
        if serving.problem is not None:
            raise RelayServeError("its server ended by itself") from serving.problem


class _Serving:
    """The serving task, which outlives a cancelled block for as long as answers may drain."""

    def __init__(self, service: Service, listeners: list[trio.SocketListener]) -> None:
        self._service = service
        self._listeners = listeners
        self._stopping = trio.Event()
        self._scope = trio.CancelScope(shield=True)
        self._ended = trio.Event()
        self.problem: Exception | None = None

    async def run(self, block: trio.CancelScope) -> None:
        with self._scope:
            try:
                await serve_app(
                    app_of(self._service),
                    self._listeners,
                    client_stall_s=self._service.config.client_stall_s,
                    stopping=self._stopping,
                    error_body=_unreadable,
                )
            except Exception as problem:  # noqa: BLE001 - raised where the block ends
                self.problem = problem
                block.cancel()
            finally:
                for listener in self._listeners:
                    listener.socket.close()
                self._ended.set()

    def stop(self) -> None:
        """Accept nothing more, and cut what runs in ``drain_s``."""
        if self._scope.deadline == math.inf:
            self._scope.deadline = trio.current_time() + self._service.config.drain_s
        self._stopping.set()

    async def drain(self) -> None:
        """Wait for the end; cancelling cuts what runs."""
        try:
            await self._ended.wait()
        except trio.Cancelled:
            self._scope.cancel()
            raise


async def _listen(config: RelayConfig) -> list[trio.SocketListener]:
    try:
        first, *others = await trio.open_tcp_listeners(config.port, host=config.host)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem, hint = "the port is taken", "Give another, or 0 for any that is free"
        else:
            problem = f"cannot listen there: {error.strerror or error}"
            hint = "Give an address of this machine, and a port that you may open"
        raise RelayAddressError(
            config.host, config.port, problem, hint, errno=error.errno
        ) from error
    if config.port != 0:
        return [first, *others]
    # A name with several addresses got a free port for each; there is one URL to tell.
    for listener in others:
        await listener.aclose()
    return [first]


def _unreadable(status: int) -> bytes:
    return error_body(unreadable_request(status))

"""`open_runtime` and `Runtime`: one app-server, for as long as the block lasts.

Owns the door: checks before anything starts, the order of leaving, and which exception comes out.
Everything that runs belongs to the engine.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast, final, overload

import attrs

from codex_runtime.engine.handshake import warn_if_untested
from codex_runtime.engine.subscriptions import MAX_BACKLOG_BYTES, Subscription
from codex_runtime.history.catalogue import Threads
from codex_runtime.launch.binary import find_codex
from codex_runtime.launch.command import build_launch, prepare_home
from codex_runtime.model.config import RuntimeConfig
from codex_runtime.model.prompt import PromptParams
from codex_runtime.protocol.codec import decode_json
from codex_runtime.protocol.methods import gate_of
from codex_runtime.runtime.assembly import running_engine
from codex_runtime.runtime.preflight import look_ahead
from codex_runtime.runtime.statistics import Statistics
from codex_runtime.session.opening import fork_session, resume_session, start_session
from codex_runtime.transport.process import ProcessSpec, spawn_process

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from codex_runtime.engine.backlogs import DeliveryPolicy
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.launch.command import LaunchSpec
    from codex_runtime.model.hooks.hooks import HookConfig
    from codex_runtime.model.profile import SessionConfig
    from codex_runtime.model.results import TurnResult, TypedResult
    from codex_runtime.protocol import Method
    from codex_runtime.protocol.base import JsonValue
    from codex_runtime.runtime.preflight import Preflight
    from codex_runtime.session.session import Session

__all__ = ["Runtime", "open_runtime", "open_unwarned"]

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


@asynccontextmanager
async def open_runtime(config: RuntimeConfig | None = None) -> AsyncGenerator[Runtime, None]:
    """Start an app-server, shake hands, and give the `Runtime` that drives it.

    Leaving ends running turns (their threads stay on the server, to be resumed), then the process
    and whatever it started; a cancelled body returns within ``cancel_grace_s + shutdown_grace_s``.
    The body's exception comes out as it is. Raises `StartError`, `ConfigError` or `JournalError`,
    with nothing left running; warns once, with `UntestedServerWarning`, of a server that was not
    tested.
    """
    async with open_unwarned(config) as runtime:
        warn_if_untested(runtime.server, stacklevel=3)  # at the `async with`, beyond contextlib
        yield runtime


@asynccontextmanager
async def open_unwarned(config: RuntimeConfig | None = None) -> AsyncGenerator[Runtime, None]:
    """The same for a face, which has the warning where its user stands."""
    config = RuntimeConfig() if config is None else config
    launch = build_launch(
        find_codex(config.codex_bin, {**os.environ, **config.env}),
        overrides=config.config_overrides,
        codex_home=config.codex_home,
        cwd=config.cwd,
        env=config.env,
        inherited=os.environ,
    )
    if launch.codex_home is not None:
        prepare_home(launch.codex_home)
    spec = ProcessSpec(
        argv=launch.argv,
        cwd=launch.cwd,
        env=launch.env,
        shutdown_grace_s=config.shutdown_grace_s,
    )
    async with running_engine(config, partial(spawn_process, spec)) as (engine, server):
        yield Runtime(engine, server, launch)


@final
class Runtime:
    """One running app-server; made by `open_runtime` alone, usable until its block is left.

    May be used by any number of tasks of the same trio run.
    """

    def __init__(self, engine: Engine, server: ServerInfo, launch: LaunchSpec) -> None:
        self._engine = engine
        self._launch = launch
        self._server = server
        self._threads = Threads(engine)

    @property
    def server(self) -> ServerInfo:
        """What the app-server that serves, or served last, said of itself."""
        return self._engine.server or self._server

    @property
    def threads(self) -> Threads:
        """The threads that the app-server has stored: to be listed, found, read, put in order."""
        return self._threads

    async def preflight(self, *, refresh: bool = False) -> Preflight:
        """What can be known before the first turn: the server's version, and its account.

        Nothing is sent to a model (``account/read``). With ``refresh`` the server renews a token
        that it has, which may take it to the network. Raises as `call`.
        """
        self._engine.refuse_new_work()
        return await look_ahead(self._engine, self.server, self._launch.env, refresh=refresh)

    def statistics(self) -> Statistics:
        """Counts so far and what is under way; cheap, and usable after the end as well."""
        return Statistics.of(self._engine)

    def command_line(self) -> str:
        """The server's command line, quoted for a shell; secrets are hidden."""
        return self._launch.display()

    # -- sessions --------------------------------------------------------------------------------

    async def start_session(self, config: SessionConfig) -> Session:
        """A handle on a new thread (``thread/start``).

        Cancelling leaves no handle; a thread that the server made all the same is let go. Raises
        `ConfigError`, `ProfileError`, `FullAccessDenied`, `RequestError`, `RequestTimeout`.
        """
        return await start_session(self._engine, config)

    async def resume_session(self, thread_id: str, config: SessionConfig) -> Session:
        """A handle on a stored thread (``thread/resume``); its turns are not loaded.

        Raises also `ThreadNotFound` (a thread that never ran a turn is not stored) and
        `ThreadArchived`.
        """
        return await resume_session(self._engine, thread_id, config)

    async def fork_session(self, thread_id: str, config: SessionConfig) -> Session:
        """A handle on a new thread that begins with another's history (``thread/fork``)."""
        return await fork_session(self._engine, thread_id, config)

    @overload
    async def run(
        self, prompt: str, config: SessionConfig, *, output: type[T]
    ) -> TypedResult[T]: ...
    @overload
    async def run(
        self, prompt: str, config: SessionConfig, *, output: None = None
    ) -> TurnResult: ...
    async def run(
        self, prompt: str, config: SessionConfig, *, output: type[object] | None = None
    ) -> TurnResult:
        """One prompt on an ephemeral thread of its own; ``output`` as of `Session.ask`."""
        params = PromptParams(prompt=prompt, output=output)
        session = await self.start_session(attrs.evolve(config, ephemeral=True, on_exit="archive"))
        async with session:
            return await session.ask_with(params)

    def register_hooks(self, config: HookConfig) -> Callable[[], None]:
        """Add hooks to the least specific layer of every session; returns what undoes it.

        Asks that have begun keep the hooks that they began with. Undoing twice is undoing once.
        Raises `HookError` for a name that is registered already.
        """
        return self._engine.hooks.register(config)

    # -- the protocol ----------------------------------------------------------------------------

    @overload
    async def call(
        self, method: Method[None, R], params: None = None, *, timeout_s: float | None = None
    ) -> R: ...
    @overload
    async def call(
        self, method: Method[P, R], params: P, *, timeout_s: float | None = None
    ) -> R: ...
    async def call(
        self, method: Method[P, R], params: P | None = None, *, timeout_s: float | None = None
    ) -> R:
        """Any method, typed both ways; ``method`` is a value of `codex_runtime.protocol`.

        ``params`` may be left out where the method takes none. An experimental method raises
        `ExperimentalRequired` before it is sent, unless the runtime has ``experimental_api=True``.
        ``timeout_s`` replaces ``request_timeout_s`` for this call. Cancelling leaves nothing
        pending, but the server may have done it. Raises `RequestError` and its kin,
        `RequestTimeout`, `QueueTimeout`, `FullAccessDenied`, `RemoteProtocolError`,
        `AppServerExited`, `RuntimeClosed`.
        """
        self._engine.refuse_new_work()
        return await self._engine.call(method, cast("P", params), timeout_s=timeout_s)

    async def request(
        self, name: str, params: object = None, *, timeout_s: float | None = None
    ) -> JsonValue:
        """Any method by its wire name with any JSON params; returns the decoded result.

        No types and no full-access gate; the ingress gate holds.
        """
        self._engine.refuse_new_work()
        connection = await self._engine.connected(timeout_s)
        raw = await connection.request(
            name, {} if params is None else params, gate=gate_of(name), timeout_s=timeout_s
        )
        return decode_json(raw)

    async def notify(self, name: str, params: object = None) -> None:
        """Send a notification by its wire name; returns once it is written."""
        self._engine.refuse_new_work()
        connection = await self._engine.connected()
        await connection.notify(name, params)

    def subscribe(
        self,
        *,
        thread_id: str | None = None,
        methods: Iterable[str] | None = None,
        policy: DeliveryPolicy = "coalesce",
        max_backlog_events: int | None = None,
        max_backlog_bytes: int = MAX_BACKLOG_BYTES,
    ) -> Subscription:
        """An async context manager over events, of one thread or all, of some methods or all.

        ``policy`` says what becomes of events that are not read in time: see `DeliveryPolicy`.
        ``max_backlog_events`` (8,192) is the bound of ``drop_oldest`` and ``fail``. Past
        ``max_backlog_bytes`` of unread JSON params (64 MiB) any subscriber gets `SlowConsumer`
        after what fitted. Raises `ConfigError` for a bound that its policy does not have, and for a
        method that ``RuntimeConfig.opt_out`` switches off.
        """
        return Subscription(
            self._engine.subscriptions,
            self._engine.config,
            self._engine.counters,
            thread_id=thread_id,
            methods=methods,
            policy=policy,
            max_backlog_events=max_backlog_events,
            max_backlog_bytes=max_backlog_bytes,
        )

"""`Engine`: everything that runs on our side of the app-server, whichever process that is.

Owns the tasks of the runtime, typed calls and the order of the shutdown. Its tasks live in a
shielded scope that only the shutdown cancels, so cleanup always has a reader and a writer; a
failure in here is a state that waiters see, never an exception in the user's nursery. Does not know
sessions, nor how processes follow each other (`generations`). Enter at `Engine.start` and
`Engine.shutdown`.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import trio

from codex_runtime.connection.counters import Counters
from codex_runtime.connection.gate import IngressGate
from codex_runtime.engine.generations import Generations
from codex_runtime.engine.grace import Grace
from codex_runtime.engine.interrupts import abandon
from codex_runtime.engine.journals import NoJournals
from codex_runtime.engine.mailbox import TurnMailbox
from codex_runtime.engine.registered_hooks import RegisteredHooks
from codex_runtime.engine.router import Router
from codex_runtime.engine.server_requests import ServerRequests
from codex_runtime.engine.subscriptions import Subscriptions
from codex_runtime.errors import ExperimentalRequired, RuntimeClosed, StartError
from codex_runtime.model.access import AccessGate
from codex_runtime.protocol.codec import decode_result
from codex_runtime.protocol.drift import Drift

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.connection.connection import Connection
    from codex_runtime.engine.handshake import ServerInfo
    from codex_runtime.engine.journals import ThreadJournals
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.protocol import Method
    from codex_runtime.protocol.delta_lines import TextDelta
    from codex_runtime.transport.base import Transport

    Connect = Callable[[], AbstractAsyncContextManager[Transport]]

__all__ = ["Engine"]

P = TypeVar("P")
R = TypeVar("R")

# The ladder keeps its own deadline; this is for the tasks around it.
_LADDER_MARGIN_S: Final = 2.0

_INVALID_REQUEST: Final = -32600
"""What the server answers where it refuses; our own refusals in its place say the same."""


class Engine:
    """The running half of a runtime; made, started and shut down by ``open_runtime`` alone.

    ``connect`` opens the transport of one generation; leaving its block ends what is behind it.
    """

    log: Final = logging.getLogger("codex_runtime")

    def __init__(
        self, config: RuntimeConfig, connect: Connect, journals: ThreadJournals | None = None
    ) -> None:
        self.config: Final = config
        self.journals: Final[ThreadJournals] = NoJournals() if journals is None else journals
        self.counters: Final = Counters()
        self.drift: Final = Drift()
        self.access: Final = AccessGate(allowed=config.allow_full_access)
        self.subscriptions: Final = Subscriptions()
        self.server_requests: Final = ServerRequests(
            config, self.counters, self.drift, self.access, self.spawn
        )
        self.router: Final = Router(
            self.counters,
            self.drift,
            self.subscriptions,
            self.server_requests,
            self.new_mailbox,
        )
        self.gate: Final = IngressGate(
            quick_places=config.max_in_flight, queue_timeout_s=config.queue_timeout_s
        )
        self.hooks: Final = RegisteredHooks()
        self.grace: Final = Grace(config.cancel_grace_s)
        self.generations: Final = Generations(
            config, connect, self.router, self.subscriptions, self.gate, self.counters
        )
        self.resumes: Final = trio.CapacityLimiter(config.restart.max_concurrent_resumes)
        """How many threads may be brought to a new process at once."""
        self.closing: bool = False
        self._served = trio.Event()
        self._scope = trio.CancelScope(shield=True)
        self._tasks: trio.Nursery | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._cleanups = 0
        self._cleanups_done = trio.Event()

    # -- life ------------------------------------------------------------------------------------

    async def start(self, nursery: trio.Nursery) -> ServerInfo:
        """Spawn, shake hands, and serve in ``nursery`` until `shutdown`.

        Raises `StartError`. Whatever happens here, `shutdown` must follow.
        """
        self._token = trio.lowlevel.current_trio_token()
        nursery.start_soon(self._serve, name="codex_runtime.engine")
        generations = self.generations
        with trio.move_on_after(self.config.start_timeout_s):
            await generations.settled.wait()
        if generations.server is not None:
            return generations.server
        if generations.start_error is not None:
            raise generations.start_error
        connection = generations.connection
        raise StartError(
            f"the app-server did not shake hands within {self.config.start_timeout_s:g} s",
            hint="Is this a codex binary? A slow MCP server or disk needs a larger start_timeout_s",
            stderr_tail=connection.stderr_tail if connection is not None else "",
        )

    async def shutdown(self) -> None:
        """End everything, in order: new work, turns and cleanups, the process, the tasks.

        Shielded and bounded by ``cancel_grace_s + shutdown_grace_s``; idempotent.
        """
        with trio.CancelScope(shield=True):
            if not self.closing:
                self.closing = True
                self.generations.refuse_new_work()
                self.router.refuse_waiters(RuntimeClosed)
                done = trio.Event()
                try:
                    with trio.move_on_after(self.grace.grant(done, hurried=True)):
                        await self._end_turns(done)
                finally:  # a second Ctrl-C comes through any shield
                    self.generations.stop()
            with trio.move_on_after(self.config.shutdown_grace_s + _LADDER_MARGIN_S):
                await self._served.wait()
            self._scope.cancel()
            await self._served.wait()

    @trio.lowlevel.enable_ki_protection
    async def _serve(self) -> None:
        try:
            with self._scope:
                async with trio.open_nursery() as tasks:
                    self._tasks = tasks
                    await self.generations.run()
                    tasks.cancel_scope.cancel()
        except* Exception as problems:
            # A state that every waiter sees, not an exception in the user's nursery.
            self.log.exception("the engine failed")
            why = f"this client failed: {problems.exceptions[0]!r}"
            self.generations.give_up(StartError(why), problems)
        finally:
            self._tasks = None
            self._served.set()
            self.generations.settled.set()

    async def _end_turns(self, done: trio.Event) -> None:
        """Interrupt every turn that still runs, all at once, and await the cleanups."""
        routes = [(line, line.holder) for line in self.router.lines]
        for line, route in routes:
            if route is not None:
                abandon(self, line, route)
        for _, route in routes:
            if route is not None:
                await route.ended.wait()
        while self._cleanups:
            await self._cleanups_done.wait()
        done.set()

    # -- tasks of the runtime --------------------------------------------------------------------

    def spawn(
        self, task: Callable[..., Awaitable[object]], *args: object, cleanup: bool = False
    ) -> bool:
        """Run a task of the runtime, in nobody's scope but its own.

        The shutdown waits for a ``cleanup``, as long as its deadline allows. Once the tasks are
        gone nothing is run, and False returned: the connection's end has answered for it.
        """
        if self._tasks is None:
            return False
        if cleanup:
            self._cleanups += 1
        self._tasks.start_soon(self._guard, task, args, cleanup)
        return True

    def here(self, call: Callable[[], None]) -> None:
        """Call it in the thread of the runtime: at once if this is it, else soon."""
        try:
            is_here = trio.lowlevel.current_trio_token() is self._token
        except RuntimeError:  # no trio in this thread
            is_here = False
        if is_here or self._token is None:
            call()
            return
        with suppress(trio.RunFinishedError):  # then there is nothing to be changed any more
            self._token.run_sync_soon(call)

    @trio.lowlevel.enable_ki_protection
    async def _guard(
        self,
        task: Callable[..., Awaitable[object]],
        args: tuple[object, ...],
        cleanup: bool,  # noqa: FBT001 - start_soon passes no keywords
    ) -> None:
        try:
            await task(*args)
        except Exception as problem:  # a state that every waiter sees, not swallowed
            self.log.exception("a task of the runtime failed")
            self.generations.fail(f"this client failed: {problem!r}", problem)
        finally:
            if cleanup:
                self._cleanups -= 1
                if self._cleanups == 0:
                    self._cleanups_done.set()
                    self._cleanups_done = trio.Event()

    # -- calls -----------------------------------------------------------------------------------

    def new_mailbox(self, fold: Callable[[Sequence[TextDelta]], None]) -> TurnMailbox:
        """For the consumer of one turn, whose text ``fold`` keeps."""
        return TurnMailbox(self.config.coalesce_after_events, self.counters, fold)

    def require_hope(self) -> None:
        """Raise why nothing can be asked, now or soon: `RuntimeClosed`, or the server's end."""
        if self._served.is_set():
            raise RuntimeClosed
        self.generations.require_hope()

    async def connected(
        self, timeout_s: float | None = None, generation: int | None = None
    ) -> Connection:
        """The connection; while the server is being restarted it is waited for.

        ``timeout_s`` is the longest wait, ``request_timeout_s`` by default. See
        `Generations.ready` for ``generation`` and what is raised.
        """
        if self._served.is_set():
            raise RuntimeClosed
        limit_s = self.config.request_timeout_s if timeout_s is None else timeout_s
        return await self.generations.ready(limit_s, generation)

    def restart_server(self, reason: str) -> None:
        """End the process that runs, as a crash: what follows is the restart policy's."""
        self.generations.fail(reason)

    def refuse_new_work(self) -> None:
        """Raise `RuntimeClosed` once the shutdown has begun."""
        if self.closing:
            raise RuntimeClosed

    async def call_raw(
        self,
        method: Method[P, R],
        params: P,
        *,
        timeout_s: float | None = None,
        generation: int | None = None,
        on_sent: Callable[[bool], None] | None = None,
        on_answer: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """A typed request whose answer stays JSON; see `Connection.request` and `connected`."""
        self.access.check_call(method.name, params)
        if method.experimental and not self.config.experimental_api:
            raise ExperimentalRequired(
                method.name,
                _INVALID_REQUEST,
                "is experimental; open the runtime with RuntimeConfig(experimental_api=True)",
            )
        connection = await self.connected(timeout_s, generation)
        return await connection.request(
            method.name,
            params,
            gate=method.gate,
            timeout_s=timeout_s,
            on_sent=on_sent,
            on_answer=on_answer,
        )

    async def call(
        self,
        method: Method[P, R],
        params: P,
        *,
        timeout_s: float | None = None,
        generation: int | None = None,
    ) -> R:
        """A typed request and its typed result."""
        raw = await self.call_raw(method, params, timeout_s=timeout_s, generation=generation)
        result = decode_result(method, raw, self.drift)
        self.access.check_opened(method.name, result)
        return result

    @property
    def connection(self) -> Connection | None:
        """Of the newest process, open or not; None before the first."""
        return self.generations.connection

    @property
    def server(self) -> ServerInfo | None:
        """What the newest process that shook hands said of itself; None before the first."""
        return self.generations.server

    @property
    def generation(self) -> int:
        """Which process serves, or served last, counted from 1."""
        return self.generations.number

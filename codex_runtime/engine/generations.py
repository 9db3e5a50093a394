"""`Generations`: one app-server process after another, for as long as the runtime lives.

Owns the start of each, what its end means (asked for, or a crash), the pause before the next, and
who may use the connection meanwhile. Knows no threads or turns: the router is told of each end by
the connection itself, subscribers by `ServerLost` and `ServerRestarted`. Enter at `run`; whoever
needs the server waits in `ready`.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.connection.connection import Connection
from codex_runtime.engine.handshake import ServerInfo, shake_hands
from codex_runtime.engine.server_events import ServerLost, ServerRestarted
from codex_runtime.errors import AppServerExited, RuntimeClosed, StartError
from codex_runtime.launch.first_start import is_passing_start_failure
from codex_runtime.model.restart import Restarts

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.connection.counters import Counters
    from codex_runtime.connection.gate import IngressGate
    from codex_runtime.engine.router import Router
    from codex_runtime.engine.subscriptions import Subscriptions
    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.transport.base import Transport

    Connect = Callable[[], AbstractAsyncContextManager[Transport]]

__all__ = ["Generations"]

_log: Final = logging.getLogger("codex_runtime")

# Several first starts in one fresh home: one makes its databases, the others die at once.
_START_PAUSE_S: Final = 0.05
_START_PAUSE_MAX_S: Final = 1.6


@attrs.define
class _Downtime:
    """Why there is no server now."""

    returncode: int | None
    stderr_tail: str
    reason: str
    next_start_s: float | None = None
    """On trio's clock; None while that is not decided."""
    is_final: bool = False
    """No process will be started any more."""
    is_broken: bool = False
    """The budget is used up until ``next_start_s``: nobody waits that long."""

    def error(self) -> AppServerExited:
        """For one who asked for something that was not sent."""
        reason = self.reason
        if self.next_start_s is not None:
            wait_s = max(0.0, self.next_start_s - trio.current_time())
            why = "it died too often, so" if self.is_broken else "it is not back yet:"
            when = f"{why} the next start is in {wait_s:.0f} s" if wait_s else "it starts just now"
            reason += f"; {when}"
        error = AppServerExited(self.returncode, self.stderr_tail, reason=reason, written=False)
        error.retryable = not self.is_final
        return error


class Generations:
    """The processes of one runtime; ``connect`` opens the transport of each."""

    def __init__(
        self,
        config: RuntimeConfig,
        connect: Connect,
        router: Router,
        subscriptions: Subscriptions,
        gate: IngressGate,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connect = connect
        self._router = router
        self._subscriptions = subscriptions
        self._gate = gate
        self._counters = counters
        self._restarts = Restarts(config.restart)
        self.connection: Connection | None = None
        """Of the newest process, open or not."""
        self.server: ServerInfo | None = None
        self.start_error: StartError | None = None
        """Why the last start came to nothing."""
        self.settled: Final = trio.Event()
        """The first start succeeded, or will not be tried again."""
        self._opened: Connection | None = None
        """What has shaken hands."""
        self._up_since_s = 0.0
        self._downtime: _Downtime | None = None
        self._stopping = False
        self._stop: Final = trio.Event()
        self._changed = trio.Event()

    # -- life ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Start one process after another; returns after `stop`, or when none will follow."""
        while True:
            failure = await self._start_and_serve()
            if self._is_being_left() or not self._goes_on(failure):
                break
            await self._pause()
            if self._is_being_left():
                break
        self._subscriptions.close()
        self.settled.set()
        self._tell_waiters()
        await self._stop.wait()

    def refuse_new_work(self) -> None:
        """The shutdown has begun: nobody waits for a process that is not there."""
        self._stopping = True
        self._tell_waiters()

    def stop(self) -> None:
        """End the process that runs, and start no other."""
        self.refuse_new_work()
        self._stop.set()

    def fail(self, reason: str, cause: BaseException | None = None) -> None:
        """End the process that runs, as if it had died."""
        if self.connection is not None:
            self.connection.end(reason, cause)

    def give_up(self, error: StartError, cause: BaseException) -> None:
        """This client failed: nothing is served any more."""
        self.start_error = error
        self._downtime = _Downtime(None, "", error.problem, is_final=True)
        self.fail(error.problem, cause)
        self._subscriptions.close()
        self._tell_waiters()

    # -- for those who need it -------------------------------------------------------------------

    @property
    def number(self) -> int:
        """Of the newest process that shook hands, from 1; 0 before."""
        return 0 if self.server is None else self.server.generation

    @property
    def is_open(self) -> bool:
        """Whether a process serves at this moment."""
        return self._opened is not None and not self._opened.ended.is_set()

    def require_hope(self) -> None:
        """Raise why nothing can be asked, if no wait would change that soon."""
        self._find(must_wait=False)

    async def ready(self, timeout_s: float, generation: int | None = None) -> Connection:
        """The connection, waiting until there is one; no checkpoint if there is.

        Raises `AppServerExited` when none comes within ``timeout_s``, when none will come soon, or
        when it is not that of ``generation``, and `RuntimeClosed`; nothing was sent then.
        """
        with trio.move_on_after(timeout_s):
            while (connection := self._find(must_wait=True)) is None:
                if generation is not None:
                    break
                await self._changed.wait()
            else:
                if generation is None or generation == self.number:
                    return connection
        raise self.error()

    def _find(self, *, must_wait: bool) -> Connection | None:
        """The connection; None when one is worth waiting for; raises when not."""
        connection = self._opened
        if connection is not None and not connection.ended.is_set():
            return connection
        down = self._downtime
        if down is not None and (down.is_final or down.is_broken):
            raise down.error()
        if self._stopping and must_wait:
            raise RuntimeClosed if connection is None else connection.end_error(written=False)
        if connection is None and down is None and self.settled.is_set():
            raise RuntimeClosed
        if self._config.restart.on == "never" and connection is not None:
            error = connection.end_error(written=False)
            error.retryable = False
            raise error
        return None

    def error(self) -> AppServerExited:
        """For one who asked for something that was not sent, as there is no process for it."""
        if self._downtime is not None:
            return self._downtime.error()
        if self.connection is not None and self.connection.ended.is_set():
            return self.connection.end_error(written=False)
        return AppServerExited(None, reason="the app-server has been restarted", written=False)

    # -- one process -----------------------------------------------------------------------------

    async def _start_and_serve(self) -> StartError | None:
        """Start, with retries of what passes by itself, and serve until the end.

        Returns what kept it from starting, None if it ran.
        """
        pause_s = _START_PAUSE_S
        begun_s = trio.current_time()
        deadline_s = begun_s + self._config.start_timeout_s
        if self.server is not None:
            self._restarts.attempted(begun_s)
        while True:
            failure = await self._one_process()
            if failure is None or self._is_being_left():
                return None
            pause_s = min(2 * pause_s, _START_PAUSE_MAX_S)
            retry_s = trio.current_time() + random.uniform(0, pause_s)  # noqa: S311 - no secret
            passing = is_passing_start_failure(failure.returncode, failure.stderr_tail)
            if not passing or retry_s >= deadline_s:
                return failure
            await self._sleep_until(retry_s)
            if self._is_being_left():
                return failure

    def _is_being_left(self) -> bool:
        """Whether the shutdown has begun: a process that nobody may use is not started."""
        return self._stopping

    async def _one_process(self) -> StartError | None:
        failure: StartError | None = None
        try:
            async with self._connect() as transport:
                connection = self.connection = Connection(
                    transport,
                    self._router,
                    gate=self._gate,
                    counters=self._counters,
                    max_frame_bytes=self._config.max_frame_bytes,
                    request_timeout_s=self._config.request_timeout_s,
                )
                self._router.attach(connection)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(connection.run)
                    failure = await self._live(connection)
                    connection.end("the runtime was closed")
                    nursery.cancel_scope.cancel()
        except OSError as problem:
            if self._opened is not None and self._opened is self.connection:
                _log.warning("the end of the app-server's process: %s", problem)
            else:
                failure = StartError(
                    f"the app-server cannot be started: {problem}",
                    hint="Give the path of a codex binary as codex_bin, or set CODEX_BIN",
                )
        return failure

    async def _live(self, connection: Connection) -> StartError | None:
        """Shake hands, then wait for the end of the connection; `stop` ends either."""
        failure: StartError | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_at_stop, nursery.cancel_scope)
            failure = await self._greet(connection)
            if failure is None:
                await connection.ended.wait()
            nursery.cancel_scope.cancel()
        return failure

    @trio.lowlevel.enable_ki_protection
    async def _cancel_at_stop(self, scope: trio.CancelScope) -> None:
        await self._stop.wait()
        scope.cancel()

    async def _greet(self, connection: Connection) -> StartError | None:
        failure = StartError(
            f"the app-server did not shake hands within {self._config.start_timeout_s:g} s",
            stderr_tail=connection.stderr_tail,
        )
        with trio.move_on_after(self._config.start_timeout_s):
            try:
                server = await shake_hands(connection, self._config, self.number + 1)
            except StartError as problem:
                failure = problem
            else:
                self._take_over(connection, server)
                return None
        return failure

    def _take_over(self, connection: Connection, server: ServerInfo) -> None:
        self._counters.generations += 1
        self._up_since_s = trio.current_time()
        if server.generation > 1:
            self._restarts.started()
        self.server, self._opened, self._downtime = server, connection, None
        self.start_error = None
        self.settled.set()
        self._tell_waiters()
        if server.generation > 1:
            _log.info("the app-server is back, generation %d", server.generation)
            event = ServerRestarted(generation=server.generation, server=server)
            self._subscriptions.announce(event)

    # -- in between ------------------------------------------------------------------------------

    def _goes_on(self, failure: StartError | None) -> bool:
        """Decide what follows an end that nobody asked for; False if nothing does."""
        self.start_error = failure
        if self.server is None:  # it never ran: whoever opened the runtime is told
            return False
        now_s = trio.current_time()
        lost = self._opened if failure is None else None
        self._downtime = down = self._downtime_of(failure)
        lived_s = 0.0 if lost is None else now_s - self._up_since_s
        plan = self._restarts.crashed(now_s, lived_s, random.random())  # noqa: S311 - no secret
        if plan is None:
            down.is_final = True
        else:
            down.next_start_s, down.is_broken = plan.at_s, plan.breaker_is_open
        if lost is not None:
            self._tell_lost(down, now_s)
        self._tell_waiters()
        return not down.is_final

    def _downtime_of(self, failure: StartError | None) -> _Downtime:
        if failure is not None:
            return _Downtime(
                failure.returncode,
                failure.stderr_tail,
                f"the app-server fails to start: {failure.problem}",
            )
        assert self._opened is not None  # noqa: S101 - it ran
        end = self._opened.end_error()
        return _Downtime(end.returncode, end.stderr_tail, end.reason)

    def _tell_lost(self, down: _Downtime, now_s: float) -> None:
        wait_s = None if down.next_start_s is None else max(0.0, down.next_start_s - now_s)
        code = "" if down.returncode is None else f" (exit code {down.returncode})"
        _log.warning(
            "%s%s; %s",
            down.reason,
            code,
            "it is not restarted" if wait_s is None else f"it is restarted in {wait_s:.1f} s",
        )
        self._subscriptions.announce(
            ServerLost(
                generation=self.number,
                returncode=down.returncode,
                stderr_tail=down.stderr_tail,
                reason=down.reason,
                restart_in_s=wait_s,
            )
        )

    async def _pause(self) -> None:
        down = self._downtime
        if down is not None and down.next_start_s is not None:
            await self._sleep_until(down.next_start_s)
            down.is_broken = False
            self._tell_waiters()

    async def _sleep_until(self, deadline_s: float) -> None:
        with trio.move_on_at(deadline_s):
            await self._stop.wait()

    def _tell_waiters(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()

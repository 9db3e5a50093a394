"""`ExecRun`: one run of ``codex exec`` while it goes, an async iterator over its events.

Owns reading, deadlines, and how a run is ended and told. Does not know sessions, retries or
budgets: it is handed what it must expect, and what puts a price on its turn. Enter at `open_run`.
"""

from __future__ import annotations

import contextlib
import math
import time
import uuid
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self, final

import attrs
import trio

from codex_runtime.errors import StartError, TurnNotEnded
from codex_runtime.errors.exec import (
    ExecBudgetPassed,
    ExecFailure,
    ExecFailureKind,
    ExecThreadChanged,
    ExecThreadNotFound,
    ExecTimedOut,
)
from codex_runtime.exec.child import start_exec
from codex_runtime.exec.events import ExecThreadStarted, decode_event, too_long
from codex_runtime.exec.failures import failure_of
from codex_runtime.exec.turns import ExecTurn, TurnFold
from codex_runtime.transport.held_error import HeldError
from codex_runtime.wire import FrameDecoder, FrameTooLong

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from codex_runtime.exec.child import ExecProcess
    from codex_runtime.exec.config import ExecConfig
    from codex_runtime.exec.events import ExecEvent
    from codex_runtime.exec.turns import ExecStatus
    from codex_runtime.launch import LaunchSpec
    from codex_runtime.transport import ExitReport

__all__ = ["ExecRun", "Expected", "open_run"]

_UUID7: Final = 7


@attrs.frozen(kw_only=True)
class Expected:
    """Which thread a run must be in."""

    thread_id: str | None = None
    """Exactly this one."""
    is_old: bool = False
    """One that there was before: Codex begins a new one for a name that nobody has."""


@attrs.frozen
class _Stop:
    """Why we ended it."""

    error: type[ExecFailure]
    problem: str
    kind: ExecFailureKind


@final
class ExecRun:
    """One run of ``codex exec``; made by `ExecSession`.

    Iterate it for its events, in the order of the output; one task at a time. Iterating never
    raises for how the turn ends: `finish` does, and `turn` has it.
    """

    def __init__(
        self,
        child: ExecProcess,
        config: ExecConfig,
        *,
        expected: Expected,
        priced: Callable[[ExecTurn], Awaitable[ExecTurn]],
        on_thread: Callable[[str], None],
        started_at_s: float,
    ) -> None:
        self._child = child
        self._config = config
        self._expected = expected
        self._priced = priced
        self._on_thread = on_thread
        self._started_at_s = started_at_s  # before the process: a new thread's id is later
        self._began_s = self._heard_s = trio.current_time()
        self._frames = FrameDecoder(max_frame_bytes=config.max_line_bytes)
        self._fold = TurnFold()
        self._ready: deque[ExecEvent] = deque()
        self._stop: _Stop | None = None
        self._misled = False
        self._stop_asked = trio.Event()
        self._left = trio.Event()
        self._turn: ExecTurn | None = None
        self._failure: ExecFailure | None = None

    @property
    def thread_id(self) -> str | None:
        """The thread, as soon as Codex told it."""
        return self._fold.thread_id

    @property
    def text(self) -> str:
        """The last thing that the agent said so far."""
        return self._fold.messages[-1] if self._fold.messages else ""

    @property
    def turn(self) -> ExecTurn:
        """What it came to; raises `TurnNotEnded` before its end."""
        if self._turn is None:
            raise TurnNotEnded
        return self._turn

    @property
    def has_ended(self) -> bool:
        """There is a `turn`."""
        return self._turn is not None

    @property
    def has_misled(self) -> bool:
        """It went on in another thread than it was to."""
        return self._misled

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ExecEvent:
        """The next event; cancelling it loses nothing."""
        await trio.lowlevel.checkpoint()
        while not self._ready:
            if self._turn is not None:
                raise StopAsyncIteration
            await self._read()
        return self._ready.popleft()

    async def finish(self) -> ExecTurn:
        """Wait for the end; what was not iterated is in the turn all the same.

        Raises:
            ExecFailure: the turn did not complete; the class and ``kind`` say how.
        """
        async for _ in self:
            pass
        if self._failure is not None:
            raise self._failure
        return self.turn

    # -- for who opens it ------------------------------------------------------------------------

    def stop_for_budget(self, problem: str) -> None:
        """End it, because of a budget; returns at once."""
        self._ask_to_stop(_Stop(ExecBudgetPassed, problem, "budget"))

    @trio.lowlevel.enable_ki_protection
    async def supervise(self) -> None:
        """End it when the total time is over or somebody asks; read by nobody or not."""
        total_s = self._config.timeout_s
        deadline = math.inf if total_s is None else self._began_s + total_s
        with trio.CancelScope(deadline=deadline):
            await self._stop_asked.wait()
        self._ask_to_stop(_Stop(ExecTimedOut, f"not done within {total_s} s", "timed_out"))
        await self._child.aclose()

    @trio.lowlevel.enable_ki_protection
    async def leave(self, nursery: trio.Nursery) -> KeyboardInterrupt | None:
        """End it if it still goes: nobody waits for it any more. Returns a Ctrl-C of meanwhile.

        Trio raises that in the main task, whatever shields it: a task of its own does the work.
        """
        if self._turn is not None:
            return None
        nursery.start_soon(self._end)
        pressed: KeyboardInterrupt | None = None
        while not self._left.is_set():
            try:
                with trio.CancelScope(shield=True):
                    await self._left.wait()
            except KeyboardInterrupt as interrupt:
                pressed = interrupt
        return pressed

    # -- inside ----------------------------------------------------------------------------------

    @trio.lowlevel.enable_ki_protection
    async def _end(self) -> None:
        try:
            with trio.CancelScope(shield=True):
                await self._conclude(await self._child.aclose(), left=True)
        finally:
            self._left.set()

    def _ask_to_stop(self, stop: _Stop) -> None:
        self._stop = self._stop or stop
        self._stop_asked.set()

    def _silent_until(self) -> tuple[float, float]:
        """When its silence is too long, and how long that is."""
        config = self._config
        if self._fold.completed or self._fold.failure is not None:
            return self._heard_s + config.shutdown_grace_s, config.shutdown_grace_s
        if not self._fold.events:
            return self._began_s + config.start_timeout_s, config.start_timeout_s
        if config.idle_timeout_s is None:
            return math.inf, math.inf
        return self._heard_s + config.idle_timeout_s, config.idle_timeout_s

    async def _read(self) -> None:
        data = await self._receive()
        self._heard_s = trio.current_time()
        self._take(data)
        if self._misled or not data:
            # The end, and its price, belong together: who is cancelled here finds neither.
            with trio.CancelScope(shield=True):
                await self._conclude(await self._child.aclose(), left=False)

    async def _receive(self) -> bytes:
        """The next bytes; none at the end, or if it was silent for too long."""
        with contextlib.suppress(trio.WouldBlock):
            # Of a reader that was away for long: what is here already is not late.
            return self._child.receive_nowait()
        deadline, silent_s = self._silent_until()
        with trio.CancelScope(deadline=deadline):
            return await self._child.receive_some()
        what = "no event" if self._fold.events else "no first event"
        self._ask_to_stop(_Stop(ExecTimedOut, f"{what} within {silent_s:g} s", "timed_out"))
        return b""

    def _take(self, data: bytes) -> None:
        for frame in self._frames.feed(data) if data else self._frames.finish():
            if isinstance(frame, FrameTooLong):
                self._note(too_long(frame.head, frame.limit_bytes))
                continue
            for line in frame.splitlines():
                if line.strip():
                    self._note(decode_event(line))

    def _note(self, event: ExecEvent) -> None:
        if isinstance(event, ExecThreadStarted) and not self._misled:
            self._check_thread(event.thread_id)
        self._fold.take(event)
        self._ready.append(event)

    def _check_thread(self, thread_id: str) -> None:
        wanted = self._expected.thread_id or self._fold.thread_id
        if wanted is not None and wanted != thread_id:
            problem = f"it went on in another thread than {wanted}"
            self._mislead(_Stop(ExecThreadChanged, problem, "thread_changed"))
        elif self._expected.is_old and _made_at_ms(thread_id) >= int(self._started_at_s * 1000):
            problem = "there is no such thread to resume, and it began a new one"
            self._mislead(_Stop(ExecThreadNotFound, problem, "thread_not_found"))
        else:
            self._on_thread(thread_id)

    def _mislead(self, stop: _Stop) -> None:
        self._misled = True
        self._stop = stop

    async def _conclude(self, report: ExitReport, *, left: bool) -> None:
        fold = self._fold
        status: ExecStatus = "completed" if fold.completed and not self._misled else "failed"
        if left and status == "failed" and self._stop is None:
            status = "cancelled"
        turn = ExecTurn(
            status=status,
            thread_id=fold.thread_id,
            events=tuple(fold.events),
            messages=tuple(fold.messages),
            usage=None,
            thread_usage=fold.thread_usage,
            error=fold.failure or fold.report,
            returncode=report.returncode,
            stderr_tail=report.stderr_tail,
            swept=report.swept,
            started_at_s=self._started_at_s,
            duration_s=trio.current_time() - self._began_s,
        )
        turn = await self._priced(turn)
        if status == "failed":
            self._failure = self._failure_of(turn)
        self._turn = turn

    def _failure_of(self, turn: ExecTurn) -> ExecFailure | None:
        stop = self._stop
        if stop is None or (self._fold.failure is not None and not self._misled):
            return failure_of(turn, self._fold)
        return stop.error(stop.problem, turn, kind=stop.kind)


@asynccontextmanager
async def open_run(
    launch: LaunchSpec,
    prompt: str,
    config: ExecConfig,
    *,
    expected: Expected,
    priced: Callable[[ExecTurn], Awaitable[ExecTurn]],
    on_thread: Callable[[str], None],
) -> AsyncGenerator[ExecRun, None]:
    """Run ``launch``; it has ended, and `ExecRun.turn` is there, when the block is left.

    An error of the block comes out as it is, in no exception group. The end is shielded, from
    Ctrl-C too, which comes out behind it, and takes ``config.shutdown_grace_s`` at most.

    Raises:
        StartError: the process cannot be started; nothing runs then.
    """
    started_at_s = time.time()
    try:
        child = await start_exec(launch, shutdown_grace_s=config.shutdown_grace_s)
    except OSError as problem:
        raise StartError(
            f"{launch.argv[0]} cannot be started: {problem.strerror or problem}",
            hint="Set ExecConfig(codex_bin=...) to a codex that runs here",
        ) from problem
    # No checkpoint from here to the nursery: a cancelled one would leave the process behind.
    run = ExecRun(
        child,
        config,
        expected=expected,
        priced=priced,
        on_thread=on_thread,
        started_at_s=started_at_s,
    )
    pressed: KeyboardInterrupt | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child.run)
            nursery.start_soon(child.send_all_and_end, prompt.encode())
            nursery.start_soon(run.supervise)
            with HeldError() as held:
                yield run
            pressed = await run.leave(nursery)
            nursery.cancel_scope.cancel()
        held.release()
    finally:
        if pressed is not None:  # over the block's error, as in any cleanup
            raise pressed


def _made_at_ms(thread_id: str) -> float:
    """When the thread was made, by its id (UUID version 7); long ago for any other."""
    try:
        value = uuid.UUID(thread_id)
    except ValueError:
        return -math.inf
    return value.int >> 80 if value.version == _UUID7 else -math.inf

"""The ladder that ends a child process, and what is left of it.

Owns the order and the bounds: end of input, SIGTERM to the group, SIGKILL, sweep, reap. Knows no
pipes beyond closing stdin: draining the others meanwhile is the caller's. Enter at `ChildProcess`
and `end_process`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs
import trio

from codex_runtime.transport.descendants import ProcessIdentity, find_descendants, kill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ChildProcess", "LadderOutcome", "end_process", "pipe_of"]

# Until when, in shares of the whole budget, each step may take: of 5 s, the two polite steps have
# 2 s each and the rest 1 s. A step that ends early leaves its time to the later ones.
_FIRST_LOOK_UNTIL: Final = 0.1
_EOF_UNTIL: Final = 0.4
_TERM_UNTIL: Final = 0.8
_SECOND_LOOK_UNTIL: Final = 0.86
_KILL_UNTIL: Final = 0.9
_SWEEP_UNTIL: Final = 0.96

_REAP_S: Final = 0.25
"""Beyond the budget, and only after a SIGKILL: a short budget leaves the kernel no time."""

_LOOK_INTERVAL_S: Final = 0.01
_SETTLE_LOOKS: Final = 10  # who is still there at the last one was left behind, not just dying

_How: TypeAlias = Literal["eof", "term", "kill", "crash"]


@attrs.frozen(kw_only=True)
class LadderOutcome:
    """What it took."""

    how: _How
    returncode: int | None
    left_behind: tuple[int, ...]
    swept: tuple[int, ...]


class ChildProcess:
    """A child that leads its own session and group, not reaped before we say so.

    While it is not reaped its id, and that of its group, cannot be anybody else's. (Off Linux it
    is reaped as soon as it exits, and its group gets no signal after that.)
    """

    def __init__(self, process: trio.Process, *, marker: str) -> None:
        self._process = process
        self.pid: Final = process.pid
        self.marker = marker
        self.exited: Final = trio.Event()
        self._returncode: int | None = None

    async def watch(self) -> None:
        """Set `exited` when it has exited; run this in a task from the start."""
        if sys.platform == "linux":
            try:
                pidfd = os.pidfd_open(self.pid)
            except OSError:  # an old kernel or a sandbox
                await self._process.wait()
            else:
                try:
                    await trio.lowlevel.wait_readable(pidfd)
                finally:
                    trio.lowlevel.notify_closing(pidfd)
                    os.close(pidfd)
        else:
            await self._process.wait()
        self.exited.set()

    def exit_code(self) -> int | None:
        """Its code, negative for a signal; None while it runs. Does not reap it."""
        if sys.platform == "linux" and self._returncode is None:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            with contextlib.suppress(ChildProcessError):  # `reap` is just at it
                status = os.waitid(os.P_PID, self.pid, flags)
                if status is not None:
                    exited = status.si_code == os.CLD_EXITED
                    return status.si_status if exited else -status.si_status
        return self._returncode

    def signal_group(self, signal_number: int) -> None:
        """Signal it and what has stayed in its group."""
        if self._returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal_number)

    def reap(self) -> int | None:
        """Collect its code, negative for a signal; None when it has not exited."""
        self._returncode = self._process.poll()
        return self._returncode


class _Budget:
    """Absolute deadlines, in shares of a time that began when this was made."""

    def __init__(self, whole_s: float) -> None:
        self._start_s = trio.current_time()
        self._whole_s = whole_s

    def until(self, share: float) -> trio.CancelScope:
        return trio.CancelScope(deadline=self._start_s + share * self._whole_s)


async def end_process(
    child: ChildProcess, close_stdin: Callable[[], None], *, grace_s: float, unasked: bool
) -> LadderOutcome:
    """End ``child`` within ``grace_s``, and a quarter of a second to reap what had to be killed.

    Call it shielded, while `ChildProcess.watch` runs.

    A child that exits by itself or on SIGTERM has cleaned up: what it started and left running was
    left on purpose and is reported. After a crash, a death by a signal that was not ours, or
    SIGKILL, it is killed. ``unasked`` says that the child was on its way out before: a crash, too,
    when it then exits.
    """
    budget = _Budget(grace_s)
    family: frozenset[ProcessIdentity] = frozenset()
    if child.exit_code() is not None:
        how: _How = "crash"
        close_stdin()
    else:
        with budget.until(_FIRST_LOOK_UNTIL):
            family = await _look(child, family)
        close_stdin()
        how = await _ask(child, budget)
        if unasked and how != "kill":
            how = "crash"
    left_behind: frozenset[int] = frozenset()
    swept: frozenset[int] = frozenset()
    if how == "kill":
        with budget.until(_SECOND_LOOK_UNTIL):
            family = await _look(child, family)
        swept = _ids(family)  # those that go with the group too
        child.signal_group(signal.SIGKILL)
        with budget.until(_KILL_UNTIL):
            await child.exited.wait()
    if how in ("kill", "crash"):
        swept |= await _sweep(child, family, budget)
        child.signal_group(signal.SIGKILL)  # for want of a process table
    else:
        left_behind = await _settle(child, family, budget)
    if how == "kill" and not child.exited.is_set():
        # Nothing ignores SIGKILL: what is missing is time of the kernel's, not of the child's.
        with trio.move_on_after(_REAP_S):
            await child.exited.wait()
    # Last, because the id of the session must be nobody else's while it is searched for.
    returncode = child.reap()
    return LadderOutcome(
        how=how,
        returncode=returncode,
        left_behind=tuple(sorted(left_behind)),
        swept=tuple(sorted(swept)),
    )


async def _ask(child: ChildProcess, budget: _Budget) -> _How:
    """Wait for the exit that the end of its input should bring, then for that of SIGTERM."""
    with budget.until(_EOF_UNTIL):
        await child.exited.wait()
        return "crash" if (child.exit_code() or 0) < 0 else "eof"
    child.signal_group(signal.SIGTERM)
    with budget.until(_TERM_UNTIL):
        await child.exited.wait()
        code = child.exit_code() or 0
        return "crash" if code < 0 and code != -signal.SIGTERM else "term"
    return "kill"


async def _look(
    child: ChildProcess, known: frozenset[ProcessIdentity]
) -> frozenset[ProcessIdentity]:
    """`find_descendants` in a thread, which is left to itself when a file of /proc blocks."""
    return await trio.to_thread.run_sync(
        lambda: find_descendants(child.pid, marker=child.marker, known=known),
        abandon_on_cancel=True,
        limiter=trio.CapacityLimiter(1),  # the shared one may be full of other people's work
    )


async def _sweep(
    child: ChildProcess, family: frozenset[ProcessIdentity], budget: _Budget
) -> frozenset[int]:
    """Kill until none is found: those that are killed may have started others meanwhile."""
    swept: set[ProcessIdentity] = set()
    with budget.until(_SWEEP_UNTIL):
        while found := await _look(child, family):
            family |= found
            swept.update(filter(kill, found))
            await trio.sleep(_LOOK_INTERVAL_S)
    return _ids(swept)


async def _settle(
    child: ChildProcess, family: frozenset[ProcessIdentity], budget: _Budget
) -> frozenset[int]:
    """Those that still run when the dying have had a moment."""
    found: frozenset[ProcessIdentity] = frozenset()
    with budget.until(_SWEEP_UNTIL):
        for _ in range(_SETTLE_LOOKS):
            found = await _look(child, family)
            if not found:
                break
            await trio.sleep(_LOOK_INTERVAL_S)
    return _ids(found)


def _ids(processes: Iterable[ProcessIdentity]) -> frozenset[int]:
    return frozenset(process.pid for process in processes)


def pipe_of(stream: object) -> trio.lowlevel.FdStream:
    """A stream of a child that was started with pipes, as what it is; raises `TypeError` else."""
    if not isinstance(stream, trio.lowlevel.FdStream):
        raise TypeError("the process must have been started with pipes on all three streams")
    return stream

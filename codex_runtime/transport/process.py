"""A child process as a transport: its stdin, stdout and stderr.

Owns the spawn, the pipes, and the tasks that watch the exit and drain stderr. Knows neither what
the bytes mean nor how a child is ended (`shutdown`). Enter at `spawn_process`.
"""

from __future__ import annotations

import array
import errno
import fcntl
import math
import os
import signal
import subprocess
import termios
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.transport.base import ExitReport
from codex_runtime.transport.held_error import HeldError
from codex_runtime.transport.shutdown import (
    ChildProcess,
    LadderOutcome,
    end_process,
    pipe_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

__all__ = ["SPAWN_MARKER", "ProcessSpec", "ProcessTransport", "spawn_process"]

SPAWN_MARKER: Final = "CODEX_RUNTIME_SPAWN"
"""Environment variable with a value of its own for every spawn; the child's children inherit it."""

_READ_BYTES: Final = 64 * 1024  # what a pipe gives at most
_STDERR_TAIL_BYTES: Final = 64 * 1024
_AFTER_EXIT_S: Final = 0.2
"""After the exit, what others wrote to its stdout and stderr is waited for this long."""

_AFTER_EOF_S: Final = 1.0
"""After the end of its stdout, its exit is waited for this long."""


def _positive(_spec: object, field: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{field.name}={value!r}: must be a positive, finite number of seconds")


def _not_empty(_spec: object, field: attrs.Attribute[tuple[str, ...]], value: object) -> None:
    if not value:
        raise ValueError(f"{field.name} is empty: its first element is the program to run")


@attrs.frozen(kw_only=True)
class ProcessSpec:
    """What to run and how long its end may take."""

    argv: tuple[str, ...] = attrs.field(validator=_not_empty)
    """Program and arguments; no shell."""
    cwd: str | None = None
    """None is that of this process."""
    env: Mapping[str, str] | None = None
    """The whole environment; None is that of this process. `SPAWN_MARKER` is added."""
    shutdown_grace_s: float = attrs.field(default=5.0, validator=_positive)
    """The whole ladder: two fifths for a clean exit at the end of its input, two fifths for one
    at SIGTERM, the rest to kill it and what it started."""


class ProcessTransport:
    """The `Transport` of one child; made by `spawn_process` alone."""

    def __init__(self, process: trio.Process, *, marker: str, shutdown_grace_s: float) -> None:
        self._stdin = pipe_of(process.stdin)
        self._stdout = pipe_of(process.stdout)
        self._stderr = pipe_of(process.stderr)
        self._child = ChildProcess(process, marker=marker)
        self._grace_s = shutdown_grace_s
        self._tail = bytearray()
        self._receiving = False
        self._reading: trio.CancelScope | None = None
        self._reader_left = trio.Event()
        self._ended = False  # its stdout ended before we asked for its end
        self._last_words_bytes = 0  # what was in the pipe at the exit and is still unread
        self._read_deadline = math.inf
        self._stderr_drained = trio.Event()
        self._close_requested = trio.Event()
        self._closed = trio.Event()
        self._exit_report: ExitReport | None = None

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's and its session's."""
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """See `Transport.returncode`."""
        return self._child.exit_code()

    @property
    def exit_report(self) -> ExitReport | None:
        """See `Transport.exit_report`."""
        return self._exit_report

    @property
    def stderr_tail(self) -> str:
        """See `Transport.stderr_tail`."""
        return self._tail[-_STDERR_TAIL_BYTES:].decode(errors="replace")

    async def receive_some(self) -> bytes:
        """See `Transport.receive_some`.

        The end is the end of the process, even while others hold its stdout open: what it wrote
        itself is read in full, what they write after its exit for 0.2 s.
        """
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        self._receiving = True
        try:
            await trio.lowlevel.checkpoint()
            # A third of what a wait costs.
            return self._read_now() or await self._receive_later()
        finally:
            self._receiving = False

    async def _receive_later(self) -> bytes:
        if self._ended or self._close_requested.is_set():
            return b""
        # Its last words are in the pipe and need no wait; only waiting has a deadline.
        deadline = math.inf if self._last_words_bytes else self._read_deadline
        data = b""
        self._reading = trio.CancelScope(deadline=deadline)
        try:
            with self._reading:
                data = await self._stdout.receive_some(_READ_BYTES)
                if not data:
                    # Nearly always it is exiting; its code is worth a moment.
                    with trio.move_on_after(_AFTER_EOF_S):
                        await self._child.exited.wait()
        finally:
            self._reading = None
            if self._close_requested.is_set():
                self._reader_left.set()
        self._last_words_bytes = max(0, self._last_words_bytes - len(data))
        if not data and not self._close_requested.is_set():
            self._ended = True
            self._stdin.close()  # nothing we send can be answered any more
        return data

    def receive_nowait(self) -> bytes:
        """See `Transport.receive_nowait`."""
        if self._receiving:
            raise trio.BusyResourceError("another task is receiving from this transport")
        if data := self._read_now():
            return data
        raise trio.WouldBlock

    def _read_now(self) -> bytes:
        """What is there, if it is the process's own; the end needs more than this to tell."""
        if self._ended or self._close_requested.is_set():
            return b""
        if not self._last_words_bytes and trio.current_time() >= self._read_deadline:
            return b""
        try:
            data = os.read(self._stdout.fileno(), _READ_BYTES)  # the pipe does not block
        except (OSError, trio.ClosedResourceError):
            return b""
        self._last_words_bytes = max(0, self._last_words_bytes - len(data))
        return data

    async def send_all(self, data: bytes) -> None:
        """See `Transport.send_all`."""
        try:
            await self._stdin.send_all(data)
        except trio.ClosedResourceError:
            if self._close_requested.is_set():
                raise
            raise trio.BrokenResourceError("the process has exited or closed its stdout") from None

    async def aclose(self) -> ExitReport:
        """See `Transport.aclose`: the ladder, within ``shutdown_grace_s``.

        Unread output is thrown away from now on.
        """
        self._close_requested.set()
        if self._reading is not None:
            self._reading.cancel()
        with trio.CancelScope(shield=True):
            await self._closed.wait()
        assert self._exit_report is not None  # noqa: S101 - set before `_closed`
        return self._exit_report

    async def run(self) -> None:
        """Watch the child, drain its stderr, and end it when `aclose` asks; shielded throughout.

        For `spawn_process`: it returns after the child is gone and the pipes are closed.
        """
        outcome = LadderOutcome(how="kill", returncode=None, left_behind=(), swept=())
        try:
            with trio.CancelScope(shield=True):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._watch_exit)
                    nursery.start_soon(self._drain_stderr)
                    await self._close_requested.wait()
                    nursery.start_soon(self._drain_stdout)
                    deadline = trio.current_time() + self._grace_s
                    outcome = await end_process(
                        self._child,
                        self._stdin.close,
                        grace_s=self._grace_s,
                        unasked=self._ended,
                    )
                    with trio.CancelScope(deadline=min(deadline, self._read_deadline)):
                        await self._stderr_drained.wait()
                    nursery.cancel_scope.cancel()
        finally:
            self._child.signal_group(signal.SIGKILL)  # nothing to do unless the ladder failed
            for pipe in (self._stdin, self._stdout, self._stderr):
                pipe.close()
            self._exit_report = ExitReport(
                how=outcome.how,
                returncode=outcome.returncode,
                stderr_tail=self.stderr_tail,
                left_behind=outcome.left_behind,
                swept=outcome.swept,
            )
            self._closed.set()

    async def _watch_exit(self) -> None:
        await self._child.watch()
        # Whoever is still at the other end of these pipes is not the one we talk to: end the
        # writer, and let the reader have what was written before.
        self._stdin.close()
        self._last_words_bytes = _unread_bytes(self._stdout)
        self._read_deadline = trio.current_time() + _AFTER_EXIT_S
        if self._reading is not None:
            self._reading.deadline = self._read_deadline

    async def _drain_stderr(self) -> None:
        while data := await self._stderr.receive_some(_READ_BYTES):
            self._tail += data
            if len(self._tail) > 2 * _STDERR_TAIL_BYTES:
                del self._tail[:-_STDERR_TAIL_BYTES]
        self._stderr_drained.set()

    async def _drain_stdout(self) -> None:
        if self._reading is not None:  # `aclose` has cancelled it, but it has not run yet
            await self._reader_left.wait()
        while await self._stdout.receive_some(_READ_BYTES):
            pass


@asynccontextmanager
async def spawn_process(spec: ProcessSpec) -> AsyncGenerator[ProcessTransport, None]:
    """Start the process of ``spec``; it is ended, with what it started, when the block is left.

    An error of the block comes out as it is, in no exception group. Cancelling, anywhere, leaves
    no process: the end is shielded and takes ``spec.shutdown_grace_s`` at most.

    Raises:
        OSError: it cannot be started: not found, not executable, no such ``cwd``, an argument
            that cannot be passed. Nothing runs then.
    """
    token = uuid.uuid4().hex
    process = await _open(spec, token)
    # No checkpoint from here to the nursery: a cancelled one would leave the process behind.
    marker = f"{SPAWN_MARKER}={token}"
    transport = ProcessTransport(process, marker=marker, shutdown_grace_s=spec.shutdown_grace_s)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.run)
        with HeldError() as held:
            yield transport
        await transport.aclose()
    held.release()


async def _open(spec: ProcessSpec, token: str) -> trio.Process:
    env = os.environ if spec.env is None else spec.env
    try:
        return await trio.lowlevel.open_process(
            spec.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=spec.cwd,
            env={**env, SPAWN_MARKER: token},
            # A session of its own is a group of its own, away from our terminal, and its id
            # finds members that a walk of parents and a filtered environment hide.
            start_new_session=True,
        )
    except ValueError as error:  # a NUL byte, a lone surrogate, "=" in a name
        raise OSError(errno.EINVAL, f"the command cannot be passed on: {error}") from error


def _unread_bytes(pipe: trio.lowlevel.FdStream) -> int:
    size = array.array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, size)
    return size[0]

"""One shell command of a hook: a child process that reads JSON and answers, bounded all round.

Owns the child, its pipes and its end. What is written to it and what its answer means is
``model.hooks.shell_json``'s; how long it may take is the caller's, who cancels it. Enter at
`ShellRun`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final, final

import trio

from codex_runtime.errors import HookError
from codex_runtime.model.hooks.shell_json import read_shell_answer, render_context
from codex_runtime.transport.shutdown import ChildProcess, pipe_of

if TYPE_CHECKING:
    from codex_runtime.model.hooks.hooks import HookAnswer, HookContext, ShellCommand

__all__ = ["MAX_ANSWER_BYTES", "ShellRun"]

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""A command that writes more to its stdout is killed. The longest prompt, escaped, has room."""

_STDERR_TAIL_BYTES: Final = 4 * 1024
_READ_BYTES: Final = 64 * 1024
_MAX_LAST_READS: Final = 16  # what fits into a pipe; somebody else may go on filling it
_TERM_GRACE_S: Final = 0.5
_KILL_WAIT_S: Final = 0.5


@final
class ShellRun:
    """One run of ``command``; `run` once. What it wrote to stderr is kept, also when cancelled."""

    def __init__(self, command: ShellCommand) -> None:
        self._command = command
        self._stdout = bytearray()
        self._stderr = bytearray()

    @property
    def stderr_tail(self) -> str:
        """The end of what it wrote to stderr so far, at most 4 KiB."""
        return self._stderr[-_STDERR_TAIL_BYTES:].decode(errors="replace").strip()

    async def run(self, context: HookContext) -> HookAnswer:
        """Start it, hand it ``context``, return its answer.

        At its exit, and when this is cancelled, everything left in its process group is killed; a
        child that still runs when it is cancelled gets SIGTERM first and 0.5 s. Cancelled, this
        returns after 1 s at most. Nothing is left behind but what started a session of its own.

        Raises `HookError` when it could not be started, failed, or answered nonsense.
        """
        data = render_context(context)
        process = await self._open(context)
        # No checkpoint from here to the `try`: a cancelled one would leave the process behind.
        stdin, stdout, stderr = map(pipe_of, (process.stdin, process.stdout, process.stderr))
        child = ChildProcess(process, marker="")
        returncode: int | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_feed, stdin, data)
                nursery.start_soon(self._read_stdout, stdout, nursery.cancel_scope)
                nursery.start_soon(self._read_stderr, stderr)
                await child.watch()
                nursery.cancel_scope.cancel()
        finally:
            returncode = await _end(child)  # noqa: ASYNC102 - shielded and bounded in there
            self._read_rest(stdout, stderr)
            for pipe in (stdin, stdout, stderr):
                pipe.close()
        if len(self._stdout) > MAX_ANSWER_BYTES:
            raise HookError(
                "stdout", "...", f"is longer than {MAX_ANSWER_BYTES} bytes", "Answer in less"
            )
        return read_shell_answer(returncode, bytes(self._stdout), self.stderr_tail)

    async def _open(self, context: HookContext) -> trio.Process:
        cwd = context.cwd if self._command.cwd is None else self._command.cwd
        try:
            return await trio.lowlevel.open_process(
                ["sh", "-c", self._command.command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **self._command.env},
                start_new_session=True,
            )
        except OSError as problem:
            raise HookError(
                "command", self._command.command, f"could not be started: {problem}", "Check cwd"
            ) from problem

    async def _read_stdout(self, pipe: trio.lowlevel.FdStream, scope: trio.CancelScope) -> None:
        while data := await pipe.receive_some(_READ_BYTES):
            self._stdout += data
            if len(self._stdout) > MAX_ANSWER_BYTES:
                scope.cancel()

    async def _read_stderr(self, pipe: trio.lowlevel.FdStream) -> None:
        while data := await pipe.receive_some(_READ_BYTES):
            self._keep_tail(data)

    def _keep_tail(self, data: bytes) -> None:
        self._stderr += data
        del self._stderr[:-_STDERR_TAIL_BYTES]

    def _read_rest(self, stdout: trio.lowlevel.FdStream, stderr: trio.lowlevel.FdStream) -> None:
        """What it had written before its end; who else holds the pipes is not waited for."""
        while len(self._stdout) <= MAX_ANSWER_BYTES and (data := _read_now(stdout)):
            self._stdout += data
        for _ in range(_MAX_LAST_READS):
            if not (data := _read_now(stderr)):
                break
            self._keep_tail(data)


def _read_now(pipe: trio.lowlevel.FdStream) -> bytes:
    try:
        return os.read(pipe.fileno(), _READ_BYTES)  # the pipe does not block
    except BlockingIOError:
        return b""


async def _feed(pipe: trio.lowlevel.FdStream, data: bytes) -> None:
    try:
        await pipe.send_all(data)
    except trio.BrokenResourceError:
        return  # it does not want to know
    finally:
        pipe.close()


async def _end(child: ChildProcess) -> int | None:
    """End it and its group, within 1 s; returns its code, negative for a signal."""
    with trio.CancelScope(shield=True):
        if not child.exited.is_set() and child.exit_code() is None:
            child.signal_group(signal.SIGTERM)
            with trio.move_on_after(_TERM_GRACE_S):
                await child.watch()
        # Also what it left in its group, which is still its own: on Linux it is not reaped yet.
        if sys.platform == "linux" or not child.exited.is_set():
            child.signal_group(signal.SIGKILL)
        with trio.move_on_after(_KILL_WAIT_S):
            await child.watch()
    return child.reap()

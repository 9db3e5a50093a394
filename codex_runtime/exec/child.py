"""One process of ``codex exec``: the transport's child, with an end of its input.

Owns the ways in which it differs from a server: the prompt is all of its input, SIGINT is what
asks it to end, and Ctrl-C does not disturb that. Everything else, the ladder and the sweep too, is
the transport's. Enter at `start_exec`.
"""

from __future__ import annotations

import contextlib
import errno
import signal
import subprocess
import uuid
from typing import TYPE_CHECKING

import trio

from codex_runtime.transport import ProcessTransport
from codex_runtime.transport.process import SPAWN_MARKER

if TYPE_CHECKING:
    from codex_runtime.launch import LaunchSpec
    from codex_runtime.transport import ExitReport

__all__ = ["ExecProcess", "start_exec"]


class ExecProcess(ProcessTransport):
    """The `ProcessTransport` of one run; made by `start_exec` alone."""

    @trio.lowlevel.enable_ki_protection
    async def run(self) -> None:
        """See `ProcessTransport.run`. Ctrl-C is for who waits, not in the middle of the ladder."""
        await super().run()

    async def send_all_and_end(self, data: bytes) -> None:
        """Send ``data`` and the end of input; what nobody reads any more is dropped."""
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stdin.send_all(data)
        self._stdin.close()

    async def aclose(self) -> ExitReport:
        """See `Transport.aclose`. SIGINT comes first: its input has ended long before."""
        if not self._close_requested.is_set() and self.returncode is None:
            self._child.signal_group(signal.SIGINT)
        return await super().aclose()


async def start_exec(launch: LaunchSpec, *, shutdown_grace_s: float) -> ExecProcess:
    """Run ``launch``; the caller owns its end: `ProcessTransport.run` must follow at once.

    Raises:
        OSError: it cannot be started; nothing runs then.
    """
    token = uuid.uuid4().hex
    try:
        process = await trio.lowlevel.open_process(
            launch.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=launch.cwd,
            env={**launch.env, SPAWN_MARKER: token},
            start_new_session=True,  # a group of its own, away from our terminal
        )
    except ValueError as error:  # a NUL byte, a lone surrogate
        raise OSError(errno.EINVAL, f"the command cannot be passed on: {error}") from error
    marker = f"{SPAWN_MARKER}={token}"
    return ExecProcess(process, marker=marker, shutdown_grace_s=shutdown_grace_s)

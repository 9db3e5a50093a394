"""The fake app-server as a process of its own, on standard input and output.

Owns the command line of the fake ``codex``, its streams and its end. What it says is the same as in
memory; what it leaves on record is in ``CODEX_HOME`` (`rollouts`). Enter at `main`; the executable
is written by `write_fake_codex`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import trio

from codex_runtime.testing.fake_server.captured import VERSION
from codex_runtime.testing.fake_server.rollouts import Rollouts
from codex_runtime.testing.fake_server.server import FakeAppServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.testing.fake_server.threads import FakeThread
    from codex_runtime.testing.fake_server.turns import Play

__all__ = ["ChildServer", "main"]


class ChildServer(FakeAppServer):
    """The fake app-server of a process; what a script of `write_fake_codex` is given.

    All that `FakeAppServer` does, and what only a process can do.
    """

    def __init__(self, home: Path, play: Play | None = None) -> None:
        super().__init__()
        if play is not None:
            self.play = play
        self.home: Path = home
        """Its ``CODEX_HOME``."""
        self.start_number: int = _count_start(home)
        """1 for the first process on this home, then 2, …: for a script that differs by process."""
        self.ignores_sigterm: bool = False
        """SIGTERM does not end it, as it else does, with 0."""
        self.up: trio.Event = trio.Event()
        """Set once it serves."""
        self._rollouts: Rollouts = Rollouts(home)
        self._prefix: str = f"{int(time.time() * 1000):012x}"
        for thread in self._rollouts.load():
            self.threads[thread.thread_id] = thread

    def started(self) -> None:
        """It serves."""
        super().started()
        self.up.set()

    async def end_at_sigterm(self) -> None:
        """Wait for SIGTERM, and obey."""
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                if not self.ignores_sigterm and self.is_up:
                    self.exit(0)

    def stored(self, thread: FakeThread) -> None:
        """Keep it in the home."""
        self._rollouts.save(thread)

    def new_id(self) -> str:
        """An id that no other process on this home gives."""
        stamp = f"{self._prefix[:8]}-{self._prefix[8:]}"
        return f"{stamp}-7a02-{os.getpid() & 0xFFF | 0x8000:04x}-{self.next_number():012x}"

    def leave_grandchild(self, seconds: float = 600.0) -> int:
        """Start a process that holds the pipes of this one open for so long; its id.

        It ignores SIGTERM and outlives this process, as a stubborn tool does.
        """
        command = ("/bin/sh", "-c", f"trap '' TERM; exec sleep {seconds:g}")
        return subprocess.Popen(command).pid  # noqa: S603 - the pipes are inherited on purpose

    def spin(self) -> NoReturn:
        """Use a whole processor, for ever, and do nothing else: no signal is heard but SIGKILL."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass


def _count_start(home: Path) -> int:
    """Which process on this home this is; one byte of a file for each."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "fake-starts").open("ab") as starts:
        starts.write(b".")
        starts.flush()
        return starts.tell()


class _StandardStreams:
    """The server's end of a connection, on the descriptors 0, 1 and 2."""

    def __init__(self) -> None:
        self._stdin = trio.lowlevel.FdStream(os.dup(0))
        self._stdout = trio.lowlevel.FdStream(os.dup(1))

    async def receive_some(self) -> bytes:
        return bytes(await self._stdin.receive_some())

    async def send_all(self, data: bytes) -> None:
        await self._stdout.send_all(data)

    def tell_stderr(self, text: str) -> None:
        rest = text.encode()
        while rest:
            rest = rest[os.write(2, rest) :]

    async def end(self, returncode: int) -> None:
        await trio.lowlevel.checkpoint()
        if returncode < 0:
            os.kill(os.getpid(), -returncode)
        os._exit(returncode)


def _script(name: str) -> Callable[[ChildServer], object]:
    module, _, function = name.partition(":")
    found: Callable[[ChildServer], object] = getattr(import_module(module), function)
    return found


async def _run(script: str | None, journal: str | None) -> None:
    home = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex")
    server = ChildServer(home)
    if journal is not None:
        server.follow_journal(journal, skip=server.start_number - 1)
    beside = _script(script)(server) if script else None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.end_at_sigterm)
        if isinstance(beside, Awaitable):
            nursery.start_soon(_once_up, server, cast("Awaitable[object]", beside))
        await server.serve(_StandardStreams())


async def _once_up(server: ChildServer, beside: Awaitable[object]) -> None:
    """The part of a script that goes on beside the server."""
    await server.up.wait()
    await beside


def main(script: str | None, arguments: list[str], journal: str | None = None) -> None:
    """Be ``codex ARGUMENTS``: ``--version``, or ``app-server`` with whatever options."""
    if "--version" in arguments[:1]:
        sys.stdout.write(f"codex-cli {VERSION}\n")
        return
    if "app-server" not in arguments:
        sys.stderr.write("this codex is a fake: it knows --version and app-server\n")
        sys.exit(2)
    with contextlib.suppress(KeyboardInterrupt):
        trio.run(_run, script, journal)

"""The command as a child process, on a Codex set-up of its own with a scripted model behind it.

Owns the child, its environment and the search for what it leaves behind. Every wait is bounded by
`within`. Enter at `open_setup`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from codex_runtime.launch.toml import collect_overrides
from codex_runtime.testing import open_scripted_model
from codex_runtime.transport.descendants import find_descendants

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel

BOUND_S = 60.0
_UNWANTED = ("CODEX_BIN", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "NO_COLOR")


@attrs.frozen
class Ended:
    """What a command did."""

    code: int
    out: str
    err: str


class Running:
    """A command under way; its output is read as it comes."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self.out = ""
        self.err = ""

    async def read_until(self, wanted: str) -> None:
        """Read until ``wanted`` was printed."""
        assert self._process.stdout is not None
        while wanted not in self.out:
            data = await self._process.stdout.receive_some()
            assert data, f"the command ended without printing {wanted!r}: {self.out}"
            self.out += data.decode()

    async def read_error_until(self, wanted: str) -> None:
        """Read until ``wanted`` was said on stderr."""
        assert self._process.stderr is not None
        while wanted not in self.err:
            data = await self._process.stderr.receive_some()
            assert data, f"the command ended without saying {wanted!r}: {self.err}"
            self.err += data.decode()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def stop_reading(self) -> None:
        """Close our end of its stdout."""
        assert self._process.stdout is not None
        await self._process.stdout.aclose()

    async def end(self) -> Ended:
        """Read the rest and wait for the exit."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        with suppress(trio.ClosedResourceError):
            async for data in self._process.stdout:
                self.out += data.decode()
        async for data in self._process.stderr:
            self.err += data.decode()
        return Ended(await self._process.wait(), self.out, self.err)


@attrs.frozen
class Setup:
    """A user's Codex: ``CODEX_HOME`` with a ``config.toml``, and the model it names."""

    home: Path
    model: ScriptedModel
    mark: str
    """``NAME=value`` in the environment of every process that is started here."""

    async def run(self, *arguments: str, stdin: bytes = b"", **env: str) -> Ended:
        """Run the command to its end."""
        done = await trio.run_process(
            [sys.executable, "-m", "codex_runtime.cli", *arguments],
            stdin=stdin,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env=self.environment(**env),
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    @asynccontextmanager
    async def start(self, *arguments: str, **env: str) -> AsyncGenerator[Running]:
        """Start the command; it is killed if the block leaves it behind."""
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "codex_runtime.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(**env),
        )
        try:
            yield Running(process)
        finally:
            with trio.CancelScope(shield=True):
                if process.poll() is None:
                    process.kill()
                await process.wait()

    def environment(self, **env: str) -> dict[str, str]:
        """The environment of a command."""
        name, _, value = self.mark.partition("=")
        ours = {**self.model.environment(), "CODEX_HOME": str(self.home), name: value}
        kept = {key: text for key, text in os.environ.items() if key not in _UNWANTED}
        return {**kept, "HOME": str(self.home), **ours, **env}

    def processes_left(self) -> list[int]:
        """The processes that still run and were started by a command here."""
        # No process has this id as its parent: the mark alone finds them.
        return sorted(p.pid for p in find_descendants(-1, marker=self.mark))


@asynccontextmanager
async def open_setup(
    home: Path, respond: Callable[[ModelRequest], Reply] | None = None
) -> AsyncGenerator[Setup]:
    """A set-up in ``home``; the whole block takes `BOUND_S` at most."""
    with trio.fail_after(BOUND_S):
        async with open_scripted_model(respond) as model:
            await trio.Path(home).mkdir()
            lines = [f"{override}\n" for override in collect_overrides(model.config_overrides())]
            await trio.Path(home, "config.toml").write_text("".join(lines))
            yield Setup(home, model, f"CODEX_RUNTIME_TEST={uuid.uuid4().hex}")

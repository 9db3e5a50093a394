"""On a terminal: a spinner while silent, wrapped text, and a terminal left as it was found."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import trio

from codex_runtime.testing import silence, text
from tests.cli.command import open_setup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Setup

COLUMNS = 40
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]m")
WORDS = " ".join(f"word{number}" for number in range(30))


class Terminal:
    """A terminal of 40 columns with the command in it; read as it comes."""

    def __init__(self, setup: Setup, *arguments: str, **env: str) -> None:
        self._master, slave = pty.openpty()
        size = struct.pack("HHHH", 24, COLUMNS, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "codex_runtime.cli", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=setup.environment(**{"TERM": "xterm-256color", **env}),
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.out = ""
        self._read_to = 0

    async def read_until(self, wanted: str | None) -> None:
        """Read on until ``wanted`` was written, or with None to the end."""
        while wanted is None or wanted not in self.out[self._read_to :]:
            await trio.lowlevel.wait_readable(self._master)
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the command has closed its side
                data = b""
            if not data:
                assert wanted is None, self.out
                return
            self.out += data.decode(errors="replace")
        self._read_to = self.out.rindex(wanted) + len(wanted)

    async def end(self) -> int:
        """Read the rest; returns the exit code."""
        await self.read_until(None)
        os.close(self._master)
        return await trio.to_thread.run_sync(self.process.wait)

    def kill(self) -> None:
        """See to it that nothing is left of a test that failed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


async def test_a_turn_is_shown_live_and_ctrl_c_leaves_the_terminal_as_it_was(
    tmp_path: Path,
) -> None:
    hang = text(WORDS, deltas=30, finished=False) + silence()
    async with open_setup(tmp_path / "home", lambda _request: hang) as setup:
        terminal = Terminal(setup, "ask", "x")
        try:
            await terminal.read_until("word29")
            await terminal.read_until("⠹")  # it turns while nothing comes
            await terminal.read_until("⠧")
            terminal.process.send_signal(signal.SIGINT)
            code = await terminal.end()
        finally:
            terminal.kill()
        assert code == 130
        assert "interrupted" in terminal.out
        assert "Traceback" not in terminal.out
        assert terminal.out.rfind(HIDE_CURSOR) < terminal.out.rfind(SHOW_CURSOR)
        assert setup.processes_left() == []


async def test_a_dumb_terminal_gets_no_control_codes(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home", lambda _request: text(WORDS)) as setup:
        terminal = await shown(setup, TERM="dumb")
        assert "\x1b" not in terminal.out
        assert "word29" in terminal.out


async def test_no_color_is_heeded(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home", lambda _request: text(WORDS)) as setup:
        assert COLOUR.search((await shown(setup)).out)
        assert not COLOUR.search((await shown(setup, NO_COLOR="1")).out)


async def test_a_narrow_terminal_breaks_lines_between_words(tmp_path: Path) -> None:
    async with open_setup(tmp_path / "home", lambda _request: text(WORDS)) as setup:
        terminal = await shown(setup)
        written = re.split(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]", terminal.out)
        lines = [line for line in written if "word" in line]
        assert max(map(len, lines)) <= COLUMNS
        assert {word for line in lines for word in line.split()} == set(WORDS.split())


async def shown(setup: Setup, **env: str) -> Terminal:
    """The terminal after an ask that completed."""
    terminal = Terminal(setup, "ask", "x", **env)
    try:
        assert await terminal.end() == 0
    finally:
        terminal.kill()
    return terminal

"""What the fake ``codex`` of the rows about processes does, in its own process.

Owns the functions that `write_fake_codex` is given by name. Knows no client. Each is named by the
row that plays it; enter at `program_of`.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.testing.fake_server.fake_codex import write_fake_codex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from codex_runtime.testing.fake_server.child import ChildServer
    from codex_runtime.testing.faults.client import Json

__all__ = [
    "FLOOD_BYTES",
    "LAST_WORDS",
    "flooding_stderr",
    "program_of",
    "spinning_at_eof",
    "stubborn",
    "with_a_tool",
]

FLOOD_BYTES: Final = 10 * 1024 * 1024
LAST_WORDS: Final = "thread 'main' panicked: the last words"


def program_of(
    directory: Path, script: Callable[[ChildServer], Awaitable[None] | None] | None
) -> Path:
    """A fake ``codex`` that does what ``script``, a function of this module, says."""
    name = None if script is None else f"{__name__}:{script.__name__}"
    return write_fake_codex(directory, name)


def with_a_tool(server: ChildServer) -> None:  # noqa: ARG001 - the shape of a script
    """It has a tool that lives as long as its input, as an MCP server does."""
    subprocess.Popen(("/bin/cat",), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def stubborn(server: ChildServer) -> None:
    """It ignores the end of its input and SIGTERM, and so does a child that holds its pipes."""
    server.leave_grandchild(60)
    server.ignores_sigterm = True
    server.ignores_eof = True


async def spinning_at_eof(server: ChildServer) -> None:
    """At the end of its input it uses a whole processor and goes on."""
    server.ignores_eof = True
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    while not poll.poll(0):  # noqa: ASYNC110 - a script of a few seconds
        await trio.sleep(0.02)
    server.spin()


def flooding_stderr(server: ChildServer) -> None:
    """It says much on stderr before it says anything else, and again before it crashes."""

    def crash(message: Json) -> bool:
        if message["method"] != "account/read":
            return False
        _flood()
        server.crash(101, f"{LAST_WORDS}\n")
        return True

    server.intercept = crash
    _flood()


def _flood() -> None:
    line = b"2026-11-21T17:00:00Z ERROR codex_core: " + b"x" * 200 + b"\n"
    block = line * (64 * 1024 // len(line))
    for _ in range(FLOOD_BYTES // len(block)):
        rest = block
        while rest:
            rest = rest[os.write(sys.stderr.fileno(), rest) :]

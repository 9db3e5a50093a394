"""What the fake ``codex`` of the rows about leaving does, here and in its own process.

Owns the play of a turn that goes on, and the function that `write_fake_codex` is given by name.
Knows no client. Enter at `chatty_on_stderr`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import trio

from codex_runtime.testing.fake_server.turns import echo

if TYPE_CHECKING:
    from codex_runtime.testing.fake_server.child import ChildServer
    from codex_runtime.testing.fake_server.turns import FakeTurn

__all__ = ["chatty_on_stderr", "slow_unless_next"]


async def slow_unless_next(turn: FakeTurn) -> None:
    """Say a word and go on for an hour; echo the prompt ``next``."""
    if turn.prompt == "next":
        await echo(turn)
        return
    turn.begin_message()
    turn.delta("word ")
    await trio.sleep(3600)


async def chatty_on_stderr(server: ChildServer) -> None:
    """It writes to stderr without end."""
    server.play = slow_unless_next
    while True:
        os.write(2, b"2026-11-21T17:00:00Z  WARN codex_core: once more\n")
        await trio.sleep(0.01)

"""Ctrl-C while a run is being ended: a real SIGINT to a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.exec.lines import STARTED, THREAD_ID, write_codex
from tests.faces.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

PRESSES = "press = lambda *_: os.kill(os.getppid(), signal.SIGINT)"
"""Whatever asks it to end makes it press Ctrl-C once more, and nothing else."""

PROGRAM = """
import os, signal
import trio
from codex_runtime import TokenBudget
from codex_runtime.exec import ExecConfig, ExecSession

budget = TokenBudget(limit_tokens=1000)
config = ExecConfig(
    codex_bin={codex!r}, codex_home={home!r}, shutdown_grace_s=1.0, budget=budget
)
session = ExecSession(config)

async def main():
    with trio.CancelScope() as scope:
        async with session.stream("x") as run:
            await run.__anext__()
            {leaves}

try:
    trio.run(main)
except BaseException as error:
    print(type(error).__name__)
print(*(turn.status for turn in session.history), session.turns_without_usage, session.id)
"""


@pytest.mark.parametrize(
    "leaves",
    [
        "os.kill(os.getpid(), signal.SIGINT)",
        "raise ZeroDivisionError",
        "scope.cancel(); await trio.sleep_forever()",
        "pass",
    ],
)
def test_ctrl_c_while_a_run_is_being_ended_comes_out_behind_its_end_and_the_turn_is_kept(
    tmp_path: Path, leaves: str
) -> None:
    ignores = "[signal.signal(s, press) for s in (signal.SIGINT, signal.SIGTERM)]"
    codex = write_codex(
        tmp_path / "codex", PRESSES, ignores, STARTED + b"\n", "while True: time.sleep(1000)"
    )
    ended = run_program(
        PROGRAM.format(codex=str(codex), home=str(tmp_path / "home"), leaves=leaves)
    )
    assert (ended.lines, ended.stderr) == (
        ["KeyboardInterrupt", f"cancelled 1 {THREAD_ID}"],
        "",
    )
    assert not ended.left

"""The scripted model in a process of its own, so that what it costs stays out of every figure.

Prints as one line of JSON how an app-server is pointed at it, and serves until its input ends. The
plan is its first argument. The prompt of a turn is its number: those of the plan wait for a byte in
a named pipe and then get their deltas, at the plan's rate or as fast as they are read; the others
get nothing. A plan that holds leaves the item open; after another byte the response ends.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime.launch.toml import render_overrides
from codex_runtime.testing import Gate, Reply, open_scripted_model, silence, text
from tests.bench.replay_script import Plan

if TYPE_CHECKING:
    from codex_runtime.testing import ModelRequest


class Answers:
    """What each turn is answered, and the gates before it."""

    def __init__(self, plan: Plan, asked: Path) -> None:
        self._plan, self._asked = plan, asked
        self.begin, self.end = Gate(), Gate()

    def __call__(self, request: ModelRequest) -> Reply:
        """The reply to one turn, which is counted."""
        turn = int(request.last_user_text)
        reply = silence(self.begin) + self._text(turn) if turn < self._plan.turns else silence()
        with self._asked.open("ab") as marks:
            marks.write(b".")
        return reply

    def _text(self, turn: int) -> Reply:
        plan = self._plan
        said = text(
            "".join(plan.text(turn, number) for number in range(plan.deltas)),
            delta_chars=plan.delta_bytes,
            delay_s=plan.turns / plan.rate_per_s if plan.rate_per_s else 0.0,
            finished=not plan.holds,
        )
        return said + silence(self.end) if plan.holds else said


async def serve(plan: Plan, folder: Path) -> None:
    """Answer every turn until the input ends."""
    go_pipe, asked = folder / "go", folder / "asked"
    os.mkfifo(go_pipe)
    asked.touch()
    answers = Answers(plan, asked)
    async with open_scripted_model(answers) as model, trio.open_nursery() as nursery:
        nursery.start_soon(open_gates, go_pipe, answers)
        overrides = model.config_overrides()
        pointed = {
            "overrides": overrides,
            "rendered_overrides": render_overrides(overrides),
            "env": model.environment(),
            "go_pipe": str(go_pipe),
            "asked": str(asked),
        }
        print(json.dumps(pointed), flush=True)
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()


async def open_gates(go_pipe: Path, answers: Answers) -> None:
    """One for each byte."""
    go = os.open(go_pipe, os.O_RDWR | os.O_NONBLOCK)
    for gate in (answers.begin, answers.end):
        await trio.lowlevel.wait_readable(go)
        os.read(go, 1)
        gate.release()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        trio.run(serve, Plan(**json.loads(sys.argv[1])), Path(made))

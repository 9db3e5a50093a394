"""The scripted model in a process of its own, so that what it costs stays out of every figure.

Prints as one line of JSON how an app-server is pointed at it, and serves until its input ends.
Each turn gets the deltas of the plan of its first argument, as fast as they are read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime.launch.toml import render_overrides
from codex_runtime.testing import open_scripted_model, text
from tests.bench.replay_script import Plan


async def serve(plan: Plan) -> None:
    """Answer every request with the plan's text."""
    answer = text("".join(plan.text(0, n) for n in range(plan.deltas)), deltas=plan.deltas)
    async with open_scripted_model(lambda _: answer) as model:
        overrides = model.config_overrides()
        pointed = {
            "overrides": overrides,
            "rendered": render_overrides(overrides),
            "env": model.environment(),
        }
        print(json.dumps(pointed), flush=True)
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)


if __name__ == "__main__":
    trio.run(serve, Plan(**json.loads(sys.argv[1])))

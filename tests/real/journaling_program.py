"""A program with a journal that prints each event it is told of, until it is killed.

Owns what the test of a killed client needs of the other process. Called with a home, a working
directory and the journal's path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import SessionConfig, open_runtime
from codex_runtime.model.journal import JournalConfig
from codex_runtime.testing import open_scripted_model, text


async def main(home: str, cwd: str, journal: str) -> None:
    """Ask for a long answer, over and over."""
    words = " ".join(f"word{number}" for number in range(400))
    async with (
        open_scripted_model(lambda _request: text(words, deltas=400)) as model,
        open_runtime(
            model.runtime_config(Path(home), journal=JournalConfig(path=journal))
        ) as runtime,
        await runtime.start_session(SessionConfig(cwd=cwd)) as session,
    ):
        while True:
            async with session.ask_stream("go on") as turn:
                async for event in turn:
                    delta = getattr(event, "delta", None)
                    if isinstance(delta, str):
                        os.write(1, delta.replace(" ", "_").encode() + b"\n")


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2], sys.argv[3])

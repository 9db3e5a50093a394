"""The scripted model in a process of its own, which answers by what the prompt begins with.

So that neither its memory nor its CPU is in a figure, and nothing that it answered is kept. Prints
as one line of JSON how an app-server is pointed at it, and serves until its input ends. The other
half, `model_in_its_own_process`, starts it. Knows no session.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import RuntimeConfig
from codex_runtime.testing import Reply, open_scripted_model, shell, silence, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from codex_runtime.testing import ModelRequest

__all__ = ["PIECES", "ModelProcess", "expected_text", "model_in_its_own_process"]

PIECES: Final = 40
"""Deltas of a streamed answer."""
_PIECE_PAUSE_S: Final = 0.005
_COMMAND: Final = "sleep 2"


def expected_text(prompt: str) -> str:
    """What a turn says that is let run to its end; each prompt is answered with its own text."""
    said = f"re: {prompt}. "
    return said * PIECES if prompt.startswith("stream") else said


class Answers:
    """By the first word: ``silent`` begins and says no more, ``tool`` runs a command first.

    What is asked under a key is to be asked once: another turn with that prompt is told so.
    """

    def __init__(self) -> None:
        self._keyed: dict[str, str | None] = {}

    def __call__(self, request: ModelRequest) -> Reply:
        """The answer to one request of a turn."""
        prompt = request.last_user_text
        match prompt.split(" ")[0]:
            case "silent":
                return text("begun", finished=False) + silence()
            case "tool" if not str(request.input_items[-1].get("type")).endswith("_call_output"):
                return shell(_COMMAND)
            case "keyed" if self._keyed.setdefault(prompt, request.turn_id) != request.turn_id:
                return text("asked by another turn before")
            case "stream":
                return text(expected_text(prompt), deltas=PIECES, delay_s=_PIECE_PAUSE_S)
            case _:
                return text(expected_text(prompt))


@attrs.frozen
class ModelProcess:
    """A model that is served elsewhere."""

    overrides: Mapping[str, Any]  # Any: configuration of the app-server
    environment: Mapping[str, str]

    def runtime_config(self, home: Path, **fields: Any) -> RuntimeConfig:  # Any: of RuntimeConfig
        """How a runtime is opened on it."""
        return RuntimeConfig(
            codex_home=home, config_overrides=self.overrides, env=self.environment, **fields
        )


@asynccontextmanager
async def model_in_its_own_process() -> AsyncGenerator[ModelProcess]:
    """Start it, and end it with the block; a test's own markers are not handed on to it."""
    child = await trio.lowlevel.open_process(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        told = b""
        while not told.endswith(b"\n"):
            more = await child.stdout.receive_some()
            if not more:
                raise RuntimeError("the model's process did not start")
            told += more
        overrides, environment = json.loads(told)
        yield ModelProcess(overrides, environment)
    finally:
        child.kill()
        with trio.CancelScope(shield=True):
            await child.wait()
            await child.stdin.aclose()
            await child.stdout.aclose()


async def _serve() -> None:
    async with open_scripted_model(Answers()) as model:

        def forget() -> None:
            # A model keeps what it was asked; here that would be the same history again and again.
            kept = model._record._exchanges
            kept[:] = [exchange for exchange in kept if not exchange.ended.is_set()]

        pointed = [model.config_overrides(), dict(model.environment())]
        sys.stdout.write(json.dumps(pointed) + "\n")
        sys.stdout.flush()
        async with trio.open_nursery() as nursery:

            async def forget_now_and_then() -> None:
                while True:
                    await trio.sleep(1)
                    forget()

            nursery.start_soon(forget_now_and_then)
            async with trio.lowlevel.FdStream(0) as gone:
                async for _ in gone:
                    pass
            nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(_serve)

"""The scripted set-up: a model that needs no key, behind a real app-server in a home of its own.

Owns how a configuration is pointed at a scripted model, and the replies of ``ask --demo-model``.
Does not start the app-server. Enter at `open_scripted_setup` and `pointed_at`.
"""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.testing import open_scripted_model, reasoning, shell, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime.model.config import RuntimeConfig
    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel

__all__ = ["open_scripted_setup", "pointed_at", "scripted_answer"]

_PIECE_CHARS: Final = 6
_PIECE_S: Final = 0.02


def pointed_at(model: ScriptedModel, config: RuntimeConfig, home: Path) -> RuntimeConfig:
    """``config`` with ``model`` behind it, and ``home`` in place of the user's own.

    What the server and its commands leave in their temporary directory is left there, too.
    """
    scratch = home / "tmp"
    scratch.mkdir()
    ours = model.runtime_config(
        home,
        config_overrides=config.config_overrides,
        # The shell that runs commands reads its profile from there.
        env={"HOME": str(home), "TMPDIR": str(scratch), **config.env},
    )
    return attrs.evolve(
        config, codex_home=home, config_overrides=ours.config_overrides, env=ours.env
    )


def scripted_answer(request: ModelRequest) -> Reply:
    """Look around first, then say what was asked."""
    if not request.tool_outputs:
        thought = "The user asked something. I will look around before I answer."
        return reasoning(thought, delta_chars=_PIECE_CHARS, delay_s=_PIECE_S) + shell("ls -a")
    answer = (
        f"You asked: {request.last_user_text}\n\n"
        "I am the scripted model of codex-runtime: I cannot think. All else is real: the "
        "app-server, the command above and its output, this stream of events."
    )
    return text(answer, delta_chars=_PIECE_CHARS, delay_s=_PIECE_S)


@asynccontextmanager
async def open_scripted_setup(config: RuntimeConfig) -> AsyncGenerator[RuntimeConfig, None]:
    """``config`` pointed at a scripted model, in a home that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="codex-runtime-") as folder:
        async with open_scripted_model(scripted_answer) as model:
            yield pointed_at(model, config, Path(folder))

"""The real app-server as a place for a trial, and the end of what trials left running.

Owns the private home of a trial, the marker that its processes carry, and their end. Knows no
client. Enter at `real_codex` and `sweep`.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import StartError
from codex_runtime.launch.binary import find_codex
from codex_runtime.testing.faults.client import Place
from codex_runtime.testing.faults.verdicts import NotApplicable
from codex_runtime.transport.descendants import find_descendants, kill

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
    from pathlib import Path

    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel

__all__ = ["TRIAL_MARKER", "real_codex", "sweep"]

TRIAL_MARKER: Final = "CODEX_RUNTIME_FAULT_TRIAL"
"""An environment variable of every process of a trial; its value is the trial's own."""


@asynccontextmanager
async def real_codex(
    scratch: Path, env: Mapping[str, str], respond: Callable[[ModelRequest], Reply] | None
) -> AsyncGenerator[tuple[Place, ScriptedModel], None]:
    """The real app-server in a home of its own, and the scripted model that it asks.

    Raises `NotApplicable` where there is no binary, or the extra ``testing`` is missing.
    """
    try:
        from codex_runtime.testing import open_scripted_model  # noqa: PLC0415 - needs an extra
    except ImportError as problem:
        raise NotApplicable(str(problem)) from None
    try:
        binary = find_codex(None, os.environ)
    except StartError as problem:
        raise NotApplicable(f"no codex binary: {problem.hint}") from None
    home, temporary = scratch / "home", scratch / "tmp"
    for directory in (home, temporary):
        directory.mkdir(exist_ok=True)
    async with open_scripted_model(respond) as model:
        own = {"CODEX_HOME": str(home), "HOME": str(home), "TMPDIR": str(temporary)}
        place = Place(
            codex_bin=binary.path,
            overrides=model.config_overrides(),
            env={**model.environment(), **own, **env},
        )
        yield place, model


async def sweep(marker: str, children: Iterable[trio.Process]) -> None:
    """Kill every process that carries ``NAME=value`` (Linux only), and reap the children."""
    for left in await trio.to_thread.run_sync(partial(find_descendants, -1, marker=marker)):
        kill(left)
    for child in children:
        if child.returncode is None:
            child.kill()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                await pipe.aclose()
        await child.wait()

"""The row about finding the binary on Windows.

Owns B49 and the naive habit that it needs. The folders are real, the environment is made up, so it
runs anywhere. See `catalogue`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from codex_runtime.errors import StartError
from codex_runtime.launch.binary import find_codex
from codex_runtime.testing.faults.catalogue import scenario
from codex_runtime.testing.faults.client import Place
from codex_runtime.testing.faults.naive import NaiveClient
from codex_runtime.testing.faults.ours import OurClient
from codex_runtime.testing.faults.verdicts import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.testing.faults.client import Client
    from codex_runtime.testing.faults.trial import Trial

_PATHEXT = ".COM;.EXE;.BAT;.CMD"


class FirstHit(NaiveClient):
    """Looks for its server as the shell does."""

    def find(self, env: Mapping[str, str], named: str | None = None) -> str:
        """Habit: the first file on PATH with an extension of PATHEXT; a shell will run it."""
        if named is not None:
            return named
        for folder in env["PATH"].split(";"):
            for suffix in env["PATHEXT"].lower().split(";"):
                found = Path(folder, f"codex{suffix}")
                if found.is_file():
                    return str(found)
        raise ClientError("start", "codex: not found")


def _no_extra() -> str:
    raise ModuleNotFoundError("codex_cli_bin")


def _find(trial: Trial, client: Client, env: Mapping[str, str], named: str | None = None) -> str:
    """What the client would run on Windows; a `ClientError` if nothing."""
    if isinstance(client, FirstHit):
        return client.find(env, named)
    if not isinstance(client, OurClient):
        raise trial.not_applicable("this client does not show what it would run on Windows")
    try:
        return find_codex(named, env, bundled=_no_extra, windows=True).path
    except StartError as problem:
        raise ClientError("start", str(problem)) from problem


@attrs.frozen
class _Case:
    """An environment, and what is to be run in it."""

    wanted: Path | None
    """None: nothing; the error names the batch file."""
    env: Mapping[str, str]
    named: str | None = None


def _cases(scratch: Path) -> tuple[_Case, ...]:
    """Made in ``scratch``: a folder of npm with a shim, one with an exe, one with both."""
    npm, program, both = (scratch / name for name in ("npm", "program", "both"))
    for path in (npm / "codex", npm / "codex.cmd", program / "codex.exe", both / "codex.exe"):
        path.parent.mkdir(exist_ok=True)
        path.touch(0o755)
    (both / "codex.cmd").touch(0o755)
    usual = {"PATHEXT": _PATHEXT}
    return (
        _Case(program / "codex.exe", {**usual, "PATH": f"{scratch / 'none'};{program}"}),
        _Case(program / "codex.exe", {**usual, "PATH": f"{npm};{program}"}),
        _Case(both / "codex.exe", {"PATH": f"{npm};{both}", "PATHEXT": ".CMD;.BAT;.EXE"}),
        _Case(both / "codex.exe", {"Path": f"{npm};{both}"}),
        _Case(None, {**usual, "PATH": f".;{npm}"}),
        _Case(None, {**usual, "PATH": str(program)}, str(npm / "codex.cmd")),
    )


@scenario(
    "B49",
    "On Windows an exe is found past batch files; there being none is said, and no shell is used.",
    control=FirstHit,
    habit="runs the first hit on PATH, a batch file too, by a shell",
    where="local",
    official=False,
)
async def batch_file_on_path(trial: Trial) -> None:
    """Folders with a shim of npm, with an exe and with both, in several orders."""
    trial.place = Place(connect=trial.server.connect)  # no program: the client is asked alone
    async with trial.client() as client:
        for case in _cases(trial.scratch) if trial.fault else _cases(trial.scratch)[:1]:
            try:
                found = _find(trial, client, case.env, case.named)
            except ClientError as problem:
                trial.check(case.wanted is None, "no binary is found")
                trial.check("codex.cmd" in str(problem), "the batch file is not named")
            else:
                trial.check(not found.endswith(".cmd"), "a batch file would be run")
                trial.check(found == str(case.wanted), "a wrong file would be run")

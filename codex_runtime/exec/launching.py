"""From a config and a command to what is run: arguments, environment, directory.

Owns the order of the arguments and the sandbox that is said where the command says none. Looks at
the file system for what the command names, and starts nothing. Enter at `build_exec_launch`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.exec.command import (
    ALWAYS,
    ExecCommand,
    ExecResumeCommand,
    as_several,
    refuse_full_access_command,
)
from codex_runtime.launch import LaunchSpec, build_launch, find_codex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.exec.command import StrPath
    from codex_runtime.exec.config import ExecConfig

__all__ = ["build_exec_launch"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_APP_SERVER: Final = 2
"""Of what `build_launch` gives: the binary and ``app-server`` stand before the overrides."""


def build_exec_launch(config: ExecConfig, command: ExecCommand | ExecResumeCommand) -> LaunchSpec:
    """What to run for ``command``; its prompt is in none of it.

    Raises:
        ConfigError: an override, a directory, a file or a variable that cannot be used;
            `FullAccessDenied` where it asks for full access that ``config`` does not allow.
        StartError: there is no ``codex`` to run.
    """
    if not config.allow_full_access:
        refuse_full_access_command(command)
    env = {**os.environ, **config.env}
    base = build_launch(
        find_codex(config.codex_bin, env),
        overrides=_overrides(config, command),
        codex_home=config.codex_home,
        cwd=config.cwd,
        env=config.env,
        inherited=os.environ,
    )
    home = Path(base.codex_home or "~/.codex").expanduser()
    _check_files(command, Path(base.cwd or "."), home)
    if config.skip_git_repo_check:
        command = attrs.evolve(command, skip_git_repo_check=True)
    flags = (*ALWAYS, *command.arguments())
    before, after = (*command.subcommand, *flags), command.positionals()
    return attrs.evolve(
        base,
        argv=(base.argv[0], *before, *base.argv[_APP_SERVER:], *after),
        shown_argv=(base.argv[0], *before, *base.shown_argv[_APP_SERVER:], *after),
    )


def _overrides(config: ExecConfig, command: ExecCommand | ExecResumeCommand) -> dict[str, object]:
    """Both, setting by setting: where they meet the command's counts."""
    over = dict(_settings(command.config))
    merged = {
        key: value
        for key, value in _settings(config.config_overrides)
        if not any(_meet(key, other) for other in over)
    }
    merged.update(over)
    says_sandbox = (
        command.dangerously_bypass_approvals_and_sandbox
        or (isinstance(command, ExecCommand) and bool(command.sandbox or command.approve_for_me))
        or not {"sandbox_mode", "default_permissions"}.isdisjoint(merged)
    )
    return merged if says_sandbox else {**merged, "sandbox_mode": config.sandbox}


def _settings(config: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Each setting by its dotted key; tables with keys that cannot stand in one stay whole."""
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            table = cast("Mapping[object, object]", value)
            if all(isinstance(inner, str) and _BARE.fullmatch(inner) for inner in table):
                yield from _settings(cast("Mapping[str, object]", table), f"{above}{key}.")
                continue
        yield f"{above}{key}", value


def _meet(key: str, other: str) -> bool:
    return f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.")


def _check_files(command: ExecCommand | ExecResumeCommand, cwd: Path, home: Path) -> None:
    """Codex goes on without an image or a profile that is not there; the others it refuses late."""
    for name in ("image", "output_schema"):
        for path in as_several(getattr(command, name)):
            if not (cwd / path).is_file():
                raise _missing(name, path, "is no file", cwd)
    if isinstance(command, ExecCommand):
        if command.cd is not None and not (cwd / command.cd).is_dir():
            raise _missing("cd", command.cd, "is no directory", cwd)
        if command.profile is not None and not (home / f"{command.profile}.config.toml").is_file():
            raise _missing("profile", command.profile, "has no <profile>.config.toml", home)


def _missing(name: str, path: StrPath, problem: str, base: Path) -> ConfigError:
    hint = f"Name one that is there, from {base.absolute()}"
    return ConfigError(name, os.fspath(path), problem, hint)

"""The command that starts an app-server: arguments, working directory, environment, home.

Owns `LaunchSpec` and the checks of what goes into it. Does not start anything; `prepare_home` alone
writes to the disk, and only what it says. Enter at `build_launch`.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.errors import ConfigError
from codex_runtime.launch.toml import Override, collect_overrides
from codex_runtime.model.secret_values import HIDDEN, hide_user_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_runtime.launch.binary import CodexBinary

__all__ = ["MAX_ARGUMENT_BYTES", "LaunchSpec", "build_launch", "prepare_home"]

MAX_ARGUMENT_BYTES: Final = 131_071
"""Linux refuses to start a process with a longer argument (32 pages, less the closing NUL)."""

_HOME_HINT: Final = "Give RuntimeConfig(codex_home=...) a directory that this user can write"


@attrs.frozen
class LaunchSpec:
    """What to start. Texts that look secret are kept out of its ``repr`` and of `display`."""

    argv: tuple[str, ...] = attrs.field(repr=False)
    """Program and arguments, not quoted; no shell is meant to see them."""

    cwd: str | None
    """Absolute; None is this process's own."""

    env: Mapping[str, str] = attrs.field(repr=False)
    """The whole environment of the server; read-only."""

    codex_home: str | None
    """The ``CODEX_HOME`` in force, for `prepare_home`; None leaves the choice to Codex."""

    shown_argv: tuple[str, ...]
    """Like ``argv``, with secrets replaced."""

    set_names: tuple[str, ...]
    """The environment variables that the user set, in order."""

    def display(self) -> str:
        """Return one line a shell would take, with every environment value hidden."""
        variables = [f"{name}={HIDDEN}" for name in self.set_names]
        return " ".join([*variables, *map(shlex.quote, self.shown_argv)])


def build_launch(
    binary: CodexBinary,
    *,
    overrides: Mapping[str, object],
    codex_home: str | os.PathLike[str] | None,
    cwd: str | os.PathLike[str] | None,
    env: Mapping[str, str],
    inherited: Mapping[str, str],
) -> LaunchSpec:
    """Build ``codex app-server -c ...``; ``env`` goes over ``inherited``, ``codex_home`` over both.

    Raises:
        ConfigError: an override, a directory or a variable that cannot be used.
    """
    collected = collect_overrides(overrides)
    for override in collected:
        _check_length(override)
    own = {_checked_name(name): _checked_value(name, value) for name, value in env.items()}
    if codex_home is not None:
        own["CODEX_HOME"] = _absolute("codex_home", codex_home)
    environment = {**inherited, **own}
    start = (binary.path, "app-server")
    return LaunchSpec(
        argv=(*start, *(part for o in collected for part in ("-c", str(o)))),
        cwd=None if cwd is None else _directory(cwd),
        env=MappingProxyType(environment),
        codex_home=environment.get("CODEX_HOME") or None,
        shown_argv=(*start, *(part for o in collected for part in ("-c", _shown(o)))),
        set_names=tuple(own),
    )


def prepare_home(path: str) -> None:
    """Make the directory ``path`` (mode 0700) if it is missing, and see that it can be written.

    Missing parents are made too. Nothing in an existing home is changed; the proof is a file
    without a name, or one that is removed at once.

    Raises:
        ConfigError: it is no directory, or cannot be made or written.
    """
    try:
        Path(path).mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=".codex-runtime-", dir=path):
            pass
    except FileExistsError:
        raise ConfigError("codex_home", path, "is not a directory", _HOME_HINT) from None
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        raise ConfigError(
            "codex_home", path, f"cannot be made or written ({why})", _HOME_HINT
        ) from problem


def _check_length(override: Override) -> None:
    length_bytes = len(str(override).encode())
    if length_bytes > MAX_ARGUMENT_BYTES:
        raise ConfigError(
            f"config_overrides.{override.key}",
            f"({length_bytes} bytes)",
            f"is longer than an argument may be ({MAX_ARGUMENT_BYTES} bytes)",
            "Put it into config.toml of codex_home",
        )


def _shown(override: Override) -> str:
    if override.secret:
        return f"{override.key}={HIDDEN}"
    return hide_user_info(str(override))


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name or "=" in name or not _encodable(name):
        raise ConfigError(
            "env",
            name,
            "is not the name of an environment variable",
            "Use a str that is not empty and has no '=' and no NUL",
        )
    return name


def _checked_value(name: str, value: object) -> str:
    if not isinstance(value, str) or not _encodable(value):
        # The value stays out of the message: it may be a secret.
        raise ConfigError(
            f"env[{name!r}]",
            f"({type(value).__name__}, not shown)",
            "cannot be the value of an environment variable",
            "Use a str without NUL that the file system encoding can carry",
        )
    return value


def _encodable(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _absolute(name: str, path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    if not text or not _encodable(text):
        raise ConfigError(name, text, "is not a path", "Name a directory")
    return str(Path(text).absolute())


def _directory(cwd: str | os.PathLike[str]) -> str:
    path = _absolute("cwd", cwd)
    if not Path(path).is_dir():
        problem = "is not a directory" if Path(path).exists() else "does not exist"
        raise ConfigError("cwd", path, problem, "Name an existing directory")
    return path

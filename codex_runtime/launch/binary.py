"""Finding the ``codex`` binary: an explicit path, ``CODEX_BIN``, the bundled one, then ``PATH``.

Owns the order and the errors. What somebody named is used or refused, never passed over. Does not
run anything: whether the file is Codex shows in the handshake. Enter at `find_codex`.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from codex_runtime.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["BinarySource", "CodexBinary", "find_codex"]

BinarySource: TypeAlias = Literal["codex_bin", "CODEX_BIN", "bundled", "PATH"]
"""Where the binary was found."""

_INSTALL: Final = (
    "Install it with pip install 'codex-runtime[codex]', or set RuntimeConfig(codex_bin=...)"
)
# cmd.exe parses the arguments of a batch file again, by rules that no quoting survives.
_SHIMS: Final = (".cmd", ".bat")
_DEFAULT_PATHEXT: Final = ".COM;.EXE;.BAT;.CMD"


@attrs.frozen
class CodexBinary:
    """A file that can be run."""

    path: str
    """Absolute."""

    source: BinarySource


def bundled_codex() -> str:
    """Return the path of the binary that the extra ``codex`` installs.

    Raises:
        ModuleNotFoundError: the extra is not installed.
        FileNotFoundError: it is, without the binary.
    """
    return str(import_module("codex_cli_bin").bundled_codex_path())


def find_codex(
    explicit: str | os.PathLike[str] | None,
    env: Mapping[str, str],
    *,
    bundled: Callable[[], str] = bundled_codex,
    windows: bool = os.name == "nt",
) -> CodexBinary:
    """Find the binary to start; ``env`` is the environment in which the server will run.

    ``explicit`` and ``CODEX_BIN`` are paths, relative ones to this process's working directory, and
    are never looked up on ``PATH``. An empty ``CODEX_BIN`` counts as unset. On ``PATH`` only
    absolute directories count.

    Raises:
        StartError: a path that was named cannot be run, or none was found; ``tried`` says where.
    """
    if explicit is not None:
        return CodexBinary(_usable(os.fspath(explicit), "codex_bin", windows=windows), "codex_bin")
    if named := env.get("CODEX_BIN"):
        return CodexBinary(_usable(named, "CODEX_BIN", windows=windows), "CODEX_BIN")
    tried = ["codex_bin (not set)", "CODEX_BIN (not set)"]
    try:
        return CodexBinary(_usable(bundled(), "the bundled binary", windows=windows), "bundled")
    except ModuleNotFoundError:
        tried.append("the bundled binary (the extra 'codex' is not installed)")
    except FileNotFoundError as problem:
        tried.append(f"the bundled binary ({problem})")
    shim = ""
    for candidate in _on_path(env, windows=windows):
        if not _is_shim(candidate, windows=windows):
            return CodexBinary(candidate, "PATH")
        shim = shim or candidate
    tried.append(f"PATH ({shim} is a batch file)" if shim else "PATH (no codex there)")
    raise StartError("no codex binary was found", hint=_INSTALL, tried=tried)


def _usable(path: str, what: str, *, windows: bool) -> str:
    if problem := _problem(path, windows=windows):
        raise StartError(f"{what}={path!r} {problem}", hint=_INSTALL)
    return str(Path(path).absolute())


def _problem(path: str, *, windows: bool) -> str:
    """Say why the file cannot be run; empty when it can."""
    if not path or "\0" in path:
        return "is not a path"
    if Path(path).is_dir():
        return "is a directory; name the file inside it"
    if not Path(path).is_file():
        return "does not exist; it is taken as a path and not looked up on PATH"
    if _is_shim(path, windows=windows):
        return "is a batch file, which cannot be given arguments safely; name the codex.exe itself"
    if not windows and not os.access(path, os.X_OK):
        return "is not executable; make it so with chmod +x"
    return ""


def _is_shim(path: str, *, windows: bool) -> bool:
    return windows and path.lower().endswith(_SHIMS)


def _on_path(env: Mapping[str, str], *, windows: bool) -> Iterator[str]:
    """Yield every file that the name ``codex`` may mean, first hit first."""
    variables = {name.upper(): value for name, value in env.items()} if windows else env
    suffixes = [""]
    if windows:
        extensions = variables.get("PATHEXT") or _DEFAULT_PATHEXT
        suffixes = [suffix for suffix in extensions.lower().split(";") if suffix]
    for folder in variables.get("PATH", "").split(";" if windows else ":"):
        if not Path(folder).is_absolute():
            continue
        for suffix in suffixes:
            path = Path(folder, f"codex{suffix}")
            if path.is_file() and (windows or os.access(path, os.X_OK)):
                yield str(path)

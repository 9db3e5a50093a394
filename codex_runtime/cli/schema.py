"""``codex-runtime schema diff``: the installed server's protocol beside the vendored one.

Owns the search for the binary, its dump in a directory of its own, and the exit code. Knows neither
options (see `commands`) nor how a difference looks (see `schema_report`). Enter at `show_diff`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.cli.exits import Exit
from codex_runtime.cli.jsonl import JsonLines
from codex_runtime.cli.schema_report import as_json, report
from codex_runtime.cli.screen import make_console
from codex_runtime.errors import CodexRuntimeError, StartError
from codex_runtime.launch.binary import find_codex
from codex_runtime.protocol.schema_diff import compare
from codex_runtime.protocol.schema_file import (
    DUMPS,
    SchemaError,
    dump_arguments,
    from_dumps,
    load,
    parse,
    schema_file,
)
from codex_runtime.transport import ProcessSpec, spawn_process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codex_runtime.launch.binary import CodexBinary
    from codex_runtime.protocol.schema_file import Schema

__all__ = ["show_diff"]

_DUMP_TIMEOUT_S: Final = 30  # it takes a tenth of a second
_SHUTDOWN_GRACE_S: Final = 2.0
_KEPT_BYTES: Final = 4096  # a version is one line
_HINT: Final = "Is this a codex binary?"


async def show_diff(codex_bin: str | None, *, used_only: bool, lines: bool) -> Exit:
    """Compare, show, and tell whether there is a difference; ``lines`` shows it as JSON."""
    writer = JsonLines(sys.stdout.buffer) if lines else None
    try:
        binary = find_codex(codex_bin, os.environ)
        installed = await _dump(binary)
        try:
            diff = compare(load(schema_file()), installed)
        except SchemaError as problem:
            raise StartError(f"{binary.path}: {problem}", hint=_HINT) from None
    except CodexRuntimeError as problem:
        if writer is not None:
            writer.error(type(problem).__name__, str(problem))
        raise
    shown = diff.used() if used_only else diff
    if writer is not None:
        writer.write(as_json(shown, binary))
    else:
        report(make_console(sys.stdout), diff, binary, used_only=used_only)
    return Exit.FAILED if shown.changes else Exit.COMPLETED


async def _dump(binary: CodexBinary) -> Schema:
    """The schema that the binary writes of itself; raises `StartError` when it does not."""
    with tempfile.TemporaryDirectory(prefix="codex-runtime-") as scratch:
        folder = Path(scratch)
        # A home of its own: the user's settings are no matter here, and are left alone.
        env = {**os.environ, "CODEX_HOME": scratch}
        try:
            with trio.fail_after(_DUMP_TIMEOUT_S):
                for dump in DUMPS:
                    await _run(binary, dump_arguments(folder, dump), env)
                told = await _run(binary, ("--version",), env)
            *_, version = told.decode(errors="replace").split() or ["unknown"]
            stable, experimental = (folder / dump for dump in DUMPS)
            return parse(from_dumps(stable, experimental, version), "")
        except trio.TooSlowError:
            problem = f"did not write its schema within {_DUMP_TIMEOUT_S} s"
        except (OSError, SchemaError) as failure:
            problem = f"cannot be asked for its schema: {failure}"
    raise StartError(f"{binary.path} {problem}", hint=_HINT)


async def _run(binary: CodexBinary, arguments: Sequence[str], env: Mapping[str, str]) -> bytes:
    """Run it to its end and return the last it wrote; what it leaves behind is ended."""
    spec = ProcessSpec(argv=(binary.path, *arguments), env=env, shutdown_grace_s=_SHUTDOWN_GRACE_S)
    written = b""
    async with spawn_process(spec) as process:
        while data := await process.receive_some():
            written = (written + data)[-_KEPT_BYTES:]
        end = await process.aclose()
    if end.returncode != 0:
        raise StartError(
            f"{binary.path} cannot write its schema",
            hint=_HINT,
            returncode=end.returncode,
            stderr_tail=end.stderr_tail,
        )
    return written

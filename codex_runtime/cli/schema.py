"""``codex-runtime schema diff``: the installed server's protocol beside the vendored one.

Owns the search for the binary, its dump in a directory of its own, and the exit code. Knows neither
options (see `commands`) nor how a difference looks (see `schema_report`). Enter at `show_diff`.
"""

from __future__ import annotations

import os
import subprocess
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

if TYPE_CHECKING:
    from codex_runtime.launch.binary import CodexBinary
    from codex_runtime.protocol.schema_file import Schema

__all__ = ["show_diff"]

_DUMP_TIMEOUT_S: Final = 30  # it takes a tenth of a second
_HINT: Final = "Is this a codex binary?"


async def show_diff(codex_bin: str | None, *, used_only: bool, lines: bool) -> Exit:
    """Compare, show, and tell whether there is a difference; ``lines`` shows it as JSON."""
    writer = JsonLines(sys.stdout.buffer) if lines else None
    try:
        binary = find_codex(codex_bin, os.environ)
        diff = compare(load(schema_file()), await _dump(binary))
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
                    await trio.run_process(
                        [binary.path, *dump_arguments(folder, dump)],
                        stdout=subprocess.DEVNULL,
                        capture_stderr=True,
                        env=env,
                        deliver_cancel=_kill,
                    )
                told = await trio.run_process(
                    [binary.path, "--version"],
                    capture_stdout=True,
                    capture_stderr=True,
                    env=env,
                    deliver_cancel=_kill,
                )
            *_, version = told.stdout.decode(errors="replace").split() or ["unknown"]
            stable, experimental = (folder / dump for dump in DUMPS)
            return parse(from_dumps(stable, experimental, version), "")
        except trio.TooSlowError:
            problem = f"did not write its schema within {_DUMP_TIMEOUT_S} s"
        except subprocess.CalledProcessError as failure:
            tail = failure.stderr.decode(errors="replace")
            raise StartError(
                f"{binary.path} cannot write its schema",
                hint=_HINT,
                returncode=failure.returncode,
                stderr_tail=tail,
            ) from None
        except (OSError, SchemaError) as failure:
            problem = f"cannot be asked for its schema: {failure}"
    raise StartError(f"{binary.path} {problem}", hint=_HINT)


async def _kill(process: trio.Process) -> None:
    process.kill()  # all it writes to is a directory that goes away
    await process.wait()

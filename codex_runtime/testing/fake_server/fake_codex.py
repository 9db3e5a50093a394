"""An executable that takes the place of ``codex``.

Owns the file and what is in it. What the program does stands in `child`. Enter at
`write_fake_codex`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from codex_runtime.errors import InvalidInput

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

__all__ = ["write_fake_codex"]

_PROGRAM = """\
#!{python}
import sys
sys.path[:0] = {paths!r}
from codex_runtime.testing.fake_server.child import main
main({script!r}, sys.argv[1:], {journal!r})
"""
_MAX_SHEBANG_BYTES = 127
_VIA_SHELL = """\
#!/bin/sh
exec '{python}' '{program}' "$@"
"""


def write_fake_codex(
    directory: str | os.PathLike[str],
    script: str | None = None,
    *,
    paths: Iterable[str | os.PathLike[str]] = (),
    journal: str | os.PathLike[str] | None = None,
) -> Path:
    """Write ``DIRECTORY/codex``, a fake app-server to be run as the real one is; its path.

    ``codex app-server`` speaks as `FakeAppServer` does, over its standard streams, run by this very
    Python. Threads that ran are kept in ``CODEX_HOME``, and the next process knows them.

    Args:
        directory: Made when it is missing.
        script: ``"module:function"``, called with the `ChildServer` before it is up, to set it; an
            async function goes on beside the server, once that is up.
        paths: Directories for that module to be found in, before those of any Python.
        journal: A journal to say again (see `FakeAppServer.from_journal`), each process on one home
            the next one of it.

    Raises:
        InvalidInput: ``script`` is not of that form.
    """
    if script is not None:
        module, colon, function = script.partition(":")
        names = [*module.split("."), function]
        if not colon or not all(name.isidentifier() for name in names):
            hint = 'Write it as in "tests.scripts:misbehave"'
            raise InvalidInput("script", script, "is not a module and a function", hint)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    found = [str(Path(path).absolute()) for path in paths]
    told = None if journal is None else str(Path(journal).absolute())
    program = _PROGRAM.format(python=sys.executable, paths=found, script=script, journal=told)
    path = folder / "codex"
    if len(sys.executable.encode()) > _MAX_SHEBANG_BYTES or " " in sys.executable:
        body = folder / "codex_program.py"
        body.write_text(program, encoding="utf-8")
        program = _VIA_SHELL.format(python=sys.executable, program=body.absolute())
    path.write_text(program, encoding="utf-8")
    path.chmod(0o755)
    return path

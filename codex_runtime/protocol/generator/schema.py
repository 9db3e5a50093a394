"""Taking in another version of the schema: from a binary, or from two dumps of it.

Owns the replacement of the committed file and the one subprocess of the generator, which is a
development tool; the form of the file is `schema_file`'s. Knows nothing of Python types. Entry
points: `import_binary`, `import_schema`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

from codex_runtime.protocol.schema_file import (
    DUMPS,
    SCHEMA_FOLDER,
    dump_arguments,
    from_dumps,
)

__all__ = ["import_binary", "import_schema"]

_DUMP_TIMEOUT_S: Final = 60


def import_binary(codex: Path, target: Path = SCHEMA_FOLDER) -> Path:
    """Rewrite the schema file from a binary; returns its path."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for dump in DUMPS:
            _run(codex, *dump_arguments(folder, dump))
        version = _run(codex, "--version").split()[-1]
        stable, experimental = (folder / dump for dump in DUMPS)
        return import_schema(stable, experimental, version, target)


def import_schema(
    stable: Path, experimental: Path, version: str, target: Path = SCHEMA_FOLDER
) -> Path:
    """Rewrite the schema file from two dump folders; returns its path."""
    text = from_dumps(stable, experimental, version)
    for old in target.glob("codex-*.json"):
        old.unlink()
    path = target / f"codex-{version}.json"
    path.write_text(text, encoding="utf-8")
    return path


def _run(codex: Path, *arguments: str) -> str:
    # The developer names the binary on the command line; nothing else reaches this.
    return subprocess.run(  # noqa: S603
        [str(codex), *arguments],
        check=True,
        timeout=_DUMP_TIMEOUT_S,
        capture_output=True,
        text=True,
    ).stdout

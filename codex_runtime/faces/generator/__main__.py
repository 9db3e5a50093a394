"""The command: write the modules of the faces, or say which would change.

Owns the command line alone. ``python -m codex_runtime.faces.generator`` writes the generated
modules; ``--check`` only names those that would change (exit code 1). What the core has and no face
can be written for is exit code 2, with a message that says what to do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from codex_runtime.faces.generator.pages import render
from codex_runtime.faces.generator.rules import FACES
from codex_runtime.faces.generator.shapes import GeneratorError
from codex_runtime.faces.generator.source import Source

__all__ = ["main", "render_all"]

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_GENERATED: Final = Path("faces", "generated")
_PACKAGE_DOC: Final = '''"""The public classes of the two faces, generated: a module for each.

Owns nothing by hand: ``python -m codex_runtime.faces.generator`` writes every file here. Names are
taken from ``codex_runtime.aio`` and ``codex_runtime.blocking``.
"""
'''


def render_all(package: Path = _PACKAGE) -> dict[str, str]:
    """Every generated file's name with its text, of the core below ``package``."""
    source = Source(package)
    return {
        "__init__.py": _PACKAGE_DOC,
        **{f"{face.name}.py": render(source, face) for face in FACES},
    }


def differing(files: dict[str, str], folder: Path) -> list[str]:
    """The names of files that are missing, different or too many in ``folder``."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    return sorted(
        name for name in files.keys() | there.keys() if files.get(name) != there.get(name)
    )


def write(files: dict[str, str], folder: Path) -> list[str]:
    """Make ``folder`` hold exactly ``files``; returns the names that changed."""
    changed = differing(files, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m codex_runtime.faces.generator")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a difference"
    )
    parser.add_argument("--out", type=Path, help="the folder to write")
    parser.add_argument("--package", type=Path, default=_PACKAGE, help="the package to read")
    given = parser.parse_args(arguments)
    try:
        files = render_all(given.package)
    except GeneratorError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    act = differing if given.check else write
    names = act(files, given.out or given.package / _GENERATED)
    for name in names:
        sys.stdout.write(f"{name}\n")
    return 1 if given.check and names else 0


if __name__ == "__main__":
    sys.exit(main())

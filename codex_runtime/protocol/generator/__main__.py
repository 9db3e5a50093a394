"""The command: regenerate, check, or take in another version of the schema.

Owns the command line alone. ``python -m codex_runtime.protocol.generator`` writes the generated
modules, and in a checkout the documentation's page of them; ``--check`` only says which would
change (exit code 1); ``--codex PATH`` and ``--import-schema STABLE EXPERIMENTAL --codex-version V``
rewrite the committed schema file first.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from codex_runtime.protocol.generator.page import render_page
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.generator.render import render_types
from codex_runtime.protocol.generator.schema import import_binary, import_schema
from codex_runtime.protocol.generator.tables import render_tables
from codex_runtime.protocol.schema_file import SCHEMA_FOLDER, SchemaError, load, schema_file

__all__ = ["main", "render_all"]

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_GENERATED: Final = _PACKAGE / "protocol" / "generated"
_PAGES: Final = _PACKAGE.parent / "docs" / "reference"
_PAGE: Final = "methods.md"
_PACKAGE_DOC = '''"""The Codex vocabulary, generated: one module per domain, loaded on first use.

Owns nothing by hand: ``python -m codex_runtime.protocol.generator`` writes every file here. Names
are taken from ``codex_runtime.protocol``, which loads the module that has them.
"""
'''


def render_all(path: Path) -> dict[str, str]:
    """Every generated file's name with its text, for the schema file at ``path``."""
    plan = make_plan(load(path))
    return {"__init__.py": _PACKAGE_DOC, **render_types(plan), **render_tables(plan)}


def differing(files: dict[str, str], folder: Path) -> list[str]:
    """The names of files that are missing, different or too many in ``folder``."""
    patterns = ("*.py", "*.pyi", _PAGE)
    there = {
        path.name: path.read_text(encoding="utf-8")
        for pattern in patterns
        for path in folder.glob(pattern)
    }
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
    parser = argparse.ArgumentParser(prog="python -m codex_runtime.protocol.generator")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 on a difference"
    )
    parser.add_argument("--out", type=Path, default=_GENERATED, help="the folder to write")
    parser.add_argument("--codex", type=Path, help="take in the schema of this binary first")
    parser.add_argument(
        "--import-schema",
        nargs=2,
        type=Path,
        metavar=("STABLE", "EXPERIMENTAL"),
        help="take in two dump folders of generate-json-schema first",
    )
    parser.add_argument("--codex-version", help="the version that --import-schema takes in")
    parser.add_argument(
        "--schema", type=Path, default=SCHEMA_FOLDER, help="the folder of the schema file"
    )
    given = parser.parse_args(arguments)
    try:
        if given.codex is not None:
            import_binary(given.codex, given.schema)
        if given.import_schema is not None:
            if given.codex_version is None:
                parser.error("--import-schema needs --codex-version: a dump does not tell it")
            stable, experimental = given.import_schema
            import_schema(stable, experimental, given.codex_version, given.schema)
        path = schema_file(given.schema)
        written = {given.out: render_all(path)}
        if given.out == _GENERATED and _PAGES.is_dir():
            written[_PAGES] = {_PAGE: render_page(make_plan(load(path)))}
    except SchemaError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    act = differing if given.check else write
    names = [name for folder, files in written.items() for name in act(files, folder)]
    for name in names:
        sys.stdout.write(f"{name}\n")
    return 1 if given.check and names else 0


if __name__ == "__main__":
    sys.exit(main())

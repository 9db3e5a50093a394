"""The generator makes what the package needs, so it starts when that is missing or broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import codex_runtime
from codex_runtime.protocol.generator.page import render_page
from codex_runtime.protocol.generator.plan import make_plan
from codex_runtime.protocol.schema_file import load, schema_file

PACKAGE = Path(codex_runtime.__file__).parent
GENERATED = PACKAGE / "protocol" / "generated"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("broken", ["", "no python", "raise SystemExit(3)"])
def test_a_generated_folder_that_is_empty_or_broken_is_written_anew_and_so_is_the_page(
    tmp_path: Path, broken: str
) -> None:
    copy = tmp_path / "codex_runtime"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "generated"))
    folder = copy / "protocol" / "generated"
    folder.mkdir()
    if broken:
        for name in ("__init__.py", "names.py", "tables.py", "left_over.pyi"):
            (folder / name).write_text(broken)
    page = tmp_path / "docs" / "reference" / "methods.md"
    page.parent.mkdir(parents=True)
    page.write_text("old")
    done = subprocess.run(
        [sys.executable, "-m", "codex_runtime.protocol.generator"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(folder) == contents(GENERATED)
    assert page.read_text() == render_page(make_plan(load(schema_file())))

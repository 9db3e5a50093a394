"""Small programs that use a face, each in a process of its own, to be interrupted or ended.

Owns how one is run and what it left behind. Enter at `run_program`.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import attrs

from codex_runtime.transport.descendants import ProcessIdentity, find_descendants

__all__ = ["Ended", "run_program"]

BOUND_S = 60
_MARKER = "CODEX_RUNTIME_TEST_PROGRAM"


@attrs.frozen
class Ended:
    """How a program ended."""

    returncode: int
    lines: list[str]
    stderr: str
    left: frozenset[ProcessIdentity]
    """Processes that it started, or that those did, and that still run."""


def run_program(text: str, *options: str, **env: str) -> Ended:
    """Run it to its end; one that hangs is killed and fails the test."""
    marker = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, *options, "-c", text],
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", _MARKER: marker, **env},
    )
    left = find_descendants(-1, marker=f"{_MARKER}={marker}")
    return Ended(done.returncode, done.stdout.splitlines(), done.stderr, frozenset(left))

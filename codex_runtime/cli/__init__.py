"""The ``codex-runtime`` command: a demo without a key, and one prompt on your own Codex set-up.

Owns the door: it says what to install when the extra ``cli`` is missing, and keeps the last Ctrl-C
from ending in a traceback. Knows no option (see `commands`). Enter at `main`.
"""

from __future__ import annotations

import sys
from typing import Final

__all__ = ["main"]

_EXTRA: Final = frozenset({"click", "rich", "h11"})
_CANNOT_START: Final = 3
_INTERRUPTED: Final = 130


def main() -> int:
    """Run the command on ``sys.argv``; returns the exit code (see `exits.Exit`)."""
    try:
        try:
            from codex_runtime.cli.commands import run_command  # noqa: PLC0415 - may be missing
        except ImportError as problem:
            missing = (problem.name or "").partition(".")[0]
            if missing not in _EXTRA:
                raise
            print(
                f"codex-runtime: the command needs {missing}, which is not installed. "
                "Install it with pip install 'codex-runtime[cli]'",
                file=sys.stderr,
            )
            return _CANNOT_START
        return run_command()
    except KeyboardInterrupt:  # outside the event loop, where signals are handled
        return _INTERRUPTED

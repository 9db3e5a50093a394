"""What the library logs while a screen is live, kept for afterwards.

Owns the handler of the logger ``codex_runtime``: a line in between would tear a live screen apart,
and none may be lost. Knows no event. Enter at `library_notes`.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codex_runtime.cli.exits import complain

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["library_notes", "tell_notes"]


@contextmanager
def library_notes() -> Generator[Sequence[str]]:
    """The library's warnings, gathered while the block runs."""
    lines: list[str] = []
    logger = logging.getLogger("codex_runtime")
    handler = _Gather(lines)
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield lines
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)


def tell_notes(lines: Sequence[str]) -> None:
    """Say each of them once, on stderr."""
    for line in dict.fromkeys(lines):
        complain(f"note: {line}")


class _Gather(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

"""What the library logs and warns of while a screen is live, kept for afterwards.

Owns the handler of the logger ``codex_runtime`` and of the library's one warning: a line in between
would tear a live screen apart, and none may be lost. Knows no event. Enter at `library_notes`.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from codex_runtime.cli.exits import complain
from codex_runtime.launch.version import UntestedServerWarning

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["library_notes", "tell_notes"]


@contextmanager
def library_notes() -> Generator[Sequence[str]]:
    """What the library logs from warnings on, and warns of, gathered while the block runs."""
    lines: list[str] = []
    logger = logging.getLogger("codex_runtime")
    handler = _Gather(lines)
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        with _gathered_warnings(lines):
            yield lines
    finally:
        logger.propagate = propagate
        logger.removeHandler(handler)


def tell_notes(lines: Sequence[str]) -> None:
    """Say each of them once, on stderr."""
    for line in dict.fromkeys(lines):
        complain(f"note: {line}")


@contextmanager
def _gathered_warnings(lines: list[str]) -> Generator[None]:
    with warnings.catch_warnings():
        show = warnings.showwarning

        def gather(  # the signature is that of `warnings.showwarning`
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, UntestedServerWarning):
                lines.append(str(message))
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = gather
        warnings.simplefilter("always", UntestedServerWarning)
        yield


class _Gather(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

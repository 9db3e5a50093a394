"""``codex-runtime threads export``: a thread as a document, on stdout or in a file.

Owns which format is meant and how the file comes to be: whole or not at all. Does not know what
stands in it (see `history.export`). Enter at `export_one`.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn

from codex_runtime.cli.exits import Exit, OutputClosed, complain
from codex_runtime.errors import InvalidInput
from codex_runtime.history.export import ExportFormat, export_thread

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

    from codex_runtime.cli.threads_read import Where

__all__ = ["FORMATS", "export_one"]

FORMATS: Final[dict[ExportFormat, tuple[str, ...]]] = {
    "markdown": (".md", ".markdown"),
    "json": (".json",),
    "html": (".html", ".htm"),
}
"""Each format with the endings of file names that ask for it."""

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)


def export_one(
    where: Where, wanted: str, *, into: ExportFormat | None, output: str | None, force: bool
) -> Exit:
    """Write the thread; lines of it that cannot be read are told at the end of the document."""
    info = where.find_to_read(wanted)
    path = None if output in (None, "-") else Path(output)
    form = into or _format_of(path)
    parts = export_thread(info.path, form, title=info.title)
    if path is None:
        try:
            for part in parts:
                sys.stdout.buffer.write(part.encode())
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise OutputClosed from None
        return Exit.COMPLETED
    try:
        with _ended_by_signals(), _written_whole(path, info.path, force=force) as file:
            for part in parts:
                file.write(part.encode())
    except OSError as problem:
        complain(f"{path} cannot be written: {problem.strerror or problem}")
        return Exit.FAILED
    return Exit.COMPLETED


def _format_of(path: Path | None) -> ExportFormat:
    if path is None:
        return "markdown"
    for form, endings in FORMATS.items():
        if path.name.lower().endswith(endings):
            return form
    known = ", ".join(ending for endings in FORMATS.values() for ending in endings)
    raise InvalidInput(
        "--output",
        str(path),
        f"does not say the format: it ends in none of {known}",
        "Add --format",
    )


@contextmanager
def _written_whole(path: Path, rollout: Path, *, force: bool) -> Generator[BinaryIO]:
    """A file beside ``path`` that takes its place when the block ends well, and goes otherwise.

    It has the mode of the one that it replaces. A link is refused: it would be replaced itself.
    """
    mode: int | None = None
    if os.path.lexists(path):
        if path.is_symlink() or not path.is_file() or path.samefile(rollout):
            raise InvalidInput("--output", str(path), "is no file to replace", "Name another")
        if not force:
            raise InvalidInput("--output", str(path), "exists", "Name another, or add --force")
        mode = stat.S_IMODE(path.stat().st_mode)
    # Not a temporary file of the library: those are for their owner alone, this one is as any
    # other that the user writes.
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:  # Ctrl-C too leaves no half of a file
        with suppress(FileNotFoundError):
            draft.unlink()
        raise


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does, so that no draft is left behind."""
    numbers = [one for one in _SIGNALS if signal.getsignal(one) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)

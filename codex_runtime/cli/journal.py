"""``codex-runtime journal``: its one command, and a journal as text or as JSON.

Owns what may be typed, the pace, and which entries are shown. How they look is in `journal_view`
and `jsonl`. Enter at `journal`.
"""

from __future__ import annotations

import math
import sys
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs
import click
import trio

from codex_runtime.cli.exits import Exit, complain
from codex_runtime.cli.journal_lines import JournalLines
from codex_runtime.cli.journal_view import JournalView
from codex_runtime.cli.jsonl import JsonLines
from codex_runtime.cli.running import run
from codex_runtime.cli.screen import make_console, open_screen
from codex_runtime.cli.texts import plural
from codex_runtime.errors.journal import JournalUnreadable
from codex_runtime.history.journal import read_journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codex_runtime.cli.running import Run
    from codex_runtime.history.journal import JournalEntry, JournalReader

__all__ = ["Shown", "journal"]

_EXIT_CODES: Final = """\
\b
Exit codes:
  0    it was shown to its end
  2    an option or the journal cannot be used, or nothing in it is of that thread
  3    an extra is not installed
  130  interrupted
  129, 141, 143  hung up, output closed, terminated
"""
_AT_ONCE: Final = 64
_MS_PER_S: Final = 1000
_MAX_SEQ: Final = (1 << 63) - 1


def _no_empty_thread(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("is empty: every id begins with it.")
    return value


def _finite_speed(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no speed. Leave it out for no pauses.")
    return value


@click.group()
def journal() -> None:
    """Look at what a runtime or a session wrote into its journal."""


@journal.command(epilog=_EXIT_CODES)
@click.argument("file", type=click.Path(exists=False))
@click.option(
    "--after",
    type=click.IntRange(min=0, max=_MAX_SEQ),
    default=0,
    metavar="SEQ",
    help="Only entries with a higher sequence number.",
)
@click.option(
    "--thread",
    metavar="ID",
    callback=_no_empty_thread,
    help="Only this thread; the beginning of its id will do.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    callback=_finite_speed,
    help="Keep the recorded pauses of the server, X times as fast. Default: no pauses.",
)
@click.option("--json", "as_json", is_flag=True, help="Events as JSON, one per line, and results.")
def replay(
    *, file: str, after: int, thread: str | None, speed: float | None, as_json: bool
) -> Exit:
    """Print a journal as the live command would have shown it.

    FILE is the path that the runtime or session was given; what was rotated is read first. Nothing
    is started and nothing is changed; it may be written meanwhile.
    """
    shown = Shown(thread=thread, speed=speed)
    return run(lambda this: _replay(file, after, shown, this, as_json=as_json))


@attrs.define
class Shown:
    """Which entries are shown, and how fast."""

    thread: str | None
    speed: float | None
    found: str | None = None
    """The id that the beginning stands for."""
    _at_ms: int | None = attrs.field(default=None, init=False)

    async def each(
        self, entries: Iterator[JournalEntry], show: Callable[[list[JournalEntry]], object]
    ) -> None:
        """Call ``show`` with them, some at a time, or each in its time."""
        size = _AT_ONCE if self.speed is None else 1
        while some := list(islice(entries, size)):
            shown = [entry for entry in some if self._has(entry)]
            await self._keep_pace(some[-1])
            show(shown)

    def _has(self, entry: JournalEntry) -> bool:
        """Whether the entry is shown: of the thread, or of none but about the server's life."""
        if self.thread is None or entry.kind in ("generation", "end"):
            return True
        thread_id = entry.thread_id
        if thread_id is None:
            return entry.answered_method == "initialize"
        if not thread_id.startswith(self.thread):
            return False
        self.found = self.found or thread_id
        if thread_id != self.found:
            raise click.UsageError(
                f"--thread {self.thread} is the beginning of {self.found} and of {thread_id}."
            )
        return True

    async def _keep_pace(self, entry: JournalEntry) -> None:
        """Wait as long as the server did before it said this; always lets others run."""
        before_ms, self._at_ms = self._at_ms, entry.at_ms
        if self.speed is None or before_ms is None or entry.kind in ("sent", "generation"):
            await trio.lowlevel.checkpoint()
        else:
            await trio.sleep(max(0, entry.at_ms - before_ms) / _MS_PER_S / self.speed)


async def _replay(file: str, after: int, shown: Shown, this: Run, *, as_json: bool) -> Exit:
    try:
        reader = read_journal(file, after)
    except JournalUnreadable as problem:
        complain(str(problem))
        return Exit.BAD_INPUT
    with reader:
        if as_json:
            lines = JournalLines(JsonLines(sys.stdout.buffer))
            await shown.each(reader, lines.write)
        else:
            view = JournalView()
            with open_screen(make_console(sys.stdout), this) as screen:
                await shown.each(reader, lambda entries: screen.show(view.marks_for(entries)))
                screen.show(view.last_marks())
        _tell_gaps(reader)
    if shown.thread is not None and shown.found is None:
        complain(f"nothing in {file} is of a thread {shown.thread}")
        return Exit.BAD_INPUT
    return Exit.COMPLETED


def _tell_gaps(reader: JournalReader) -> None:
    if reader.missing:
        what = plural(reader.missing, "sequence number")
        complain(f"note: {what} missing: not recorded, or in a file that is gone")
    if reader.skipped:
        complain(f"note: {plural(reader.skipped, 'line')} skipped: no entries of a journal")

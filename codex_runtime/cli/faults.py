"""``codex-runtime faults``: the catalogue of faults, each with its control, and who survives.

Owns what is printed while it runs and the exit code. Knows neither options (see `commands`) nor
faults (see `codex_runtime.testing.faults`). Enter at `show_faults`.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.cli.exits import Exit, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_runtime.testing.faults import RowReport, Scenario

__all__ = ["FAULTS_EXIT_CODES", "show_faults"]

FAULTS_EXIT_CODES: Final = """\
\b
Exit codes:
  0    every row was survived, or says why it cannot apply
  1    a row was not survived, or its control does not fail
  2    an option cannot be used, or an id is none
  3    an extra is not installed
  130  interrupted, after the row under way
  129, 141, 143  hung up, output closed, terminated
"""
"""For ``--help``."""


async def show_faults(
    ids: Sequence[str],
    *,
    face: str | None,
    memory_only: bool,
    naive: bool,
    markdown: bool,
    listed: bool,
) -> Exit:
    """Run the rows of ``ids`` (none: all) and print the table, or list them.

    They are played to the core, or through ``face``. Controls are naive clients if ``naive``, or
    where the official library is not installed.
    """
    from codex_runtime.cli.contenders import CONTENDERS  # noqa: PLC0415 - as the next
    from codex_runtime.testing.faults import (  # noqa: PLC0415 - large, and for this command alone
        OURS,
        format_table,
        run_row,
        scenarios,
        summary,
    )

    rows = scenarios()
    wanted = {name.upper() for name in ids} or {row.id for row in rows}
    if unknown := sorted(wanted - {row.id for row in rows}):
        complain(f"no such row: {', '.join(unknown)}. See --list")
        return Exit.BAD_INPUT
    rows = tuple(row for row in rows if row.id in wanted and not (memory_only and row.is_process))
    if listed:
        for row in rows:
            print(f"{row.id:4} {row.where:7} {row.title}")
        return Exit.COMPLETED
    client = OURS if face is None else CONTENDERS[face]
    official = not naive and find_spec("openai_codex") is not None
    one_row = partial(run_row, client=client, official=official)
    reports: list[RowReport] = []
    for row in rows:
        _tell_progress(row, len(reports), len(rows))
        # Each trial has an event loop of its own. It is bounded, and cleans up behind itself: so a
        # signal waits for it.
        reports.append(await trio.to_thread.run_sync(one_row, row))
    _tell_progress(None, len(rows), len(rows))
    print(format_table(reports, markdown=markdown), end="", flush=True)
    if not markdown:
        elapsed_s = sum(report.elapsed_s for report in reports)
        print(f"\n{summary(reports)} {elapsed_s:.1f} s")
    return Exit.COMPLETED if all(report.ok for report in reports) else Exit.FAILED


def _tell_progress(row: Scenario | None, done: int, count: int) -> None:
    """One line on a terminal, written over; nothing else where output is piped."""
    if not sys.stderr.isatty():
        return
    told = "" if row is None else f"{done + 1}/{count} {row.id} {row.title}"[:78]
    print(f"\r\x1b[2K{told}", end="", file=sys.stderr, flush=True)

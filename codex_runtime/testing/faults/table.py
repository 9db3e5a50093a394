"""The table of survival, as plain text and as Markdown.

Owns the columns and the words. Runs nothing (see `rows`), and shows no times, so that two runs give
the same table. Enter at `format_table`.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codex_runtime.testing.faults.rows import RowReport

__all__ = ["client_column", "control_column", "format_table", "summary"]

_HEADS: Final = ("Row", "What must hold", "Played", "Client", "Control with the fault")
_WIDTHS: Final = (4, 44, 6, 22, 44)


def format_table(reports: Iterable[RowReport], *, markdown: bool = False) -> str:
    """One line per row (plain text: as many as its texts need), in the order given."""
    rows = [
        (
            report.id,
            report.scenario.title,
            report.scenario.where,
            client_column(report),
            control_column(report),
        )
        for report in reports
    ]
    if markdown:
        lines = [_piped(_HEADS), "|" + " --- |" * len(_HEADS), *map(_piped, rows)]
    else:
        lines = [*_wrapped(_HEADS), *_wrapped(["-" * width for width in _WIDTHS])]
        lines += [line for row in rows for line in _wrapped(row)]
    return "\n".join(lines) + "\n"


def client_column(report: RowReport) -> str:
    """How the client on trial fared."""
    verdict = report.client
    return f"{verdict.kind}: {verdict.how}" if verdict.how else verdict.kind


def control_column(report: RowReport) -> str:
    """How the control failed, and by what habit; or what is wrong with the row."""
    habit, without, with_fault = (
        report.scenario.habit,
        report.control_without,
        report.control_with,
    )
    if report.client.kind == "not applicable":
        return ""
    if without.kind != "survived":
        return f"BAD ROW: without the fault {without.kind}: {without.how}"
    if with_fault.kind == "not survived":
        why = habit if report.control_name == "naive" else report.control_name
        return f"{with_fault.how} ({why})"
    return f"BAD ROW: with the fault {with_fault.kind}: {with_fault.how}".rstrip(": ")


def summary(reports: Sequence[RowReport]) -> str:
    """One sentence with the counts."""
    counts = {
        "survived": sum(report.client.kind == "survived" for report in reports),
        "not survived": sum(report.client.kind == "not survived" for report in reports),
        "not applicable": sum(report.client.kind == "not applicable" for report in reports),
        "broken": sum(report.client.kind == "broken" for report in reports),
        "without a failing control": sum(not report.shows_something for report in reports),
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{len(reports)} rows: {told}." if reports else "No rows."


def _piped(cells: Sequence[str]) -> str:
    flat = [" ".join(cell.split()).replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(flat)} |"


def _wrapped(cells: Sequence[str]) -> list[str]:
    columns = [
        textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    height = max(map(len, columns))
    return [
        "  ".join(
            (column[line] if line < len(column) else "").ljust(width)
            for column, width in zip(columns, _WIDTHS, strict=True)
        ).rstrip()
        for line in range(height)
    ]

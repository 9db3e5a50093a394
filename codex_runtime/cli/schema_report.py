"""How the differences between two schemas look: to people, and as JSON.

Owns the grouping and the words. Does not compare (see `protocol.schema_diff`). Enter at `report`
and `as_json`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.text import Text

from codex_runtime.cli.texts import clean, plural

if TYPE_CHECKING:
    from rich.console import Console

    from codex_runtime.launch.binary import CodexBinary
    from codex_runtime.protocol.schema_diff import Change, SchemaDiff

__all__ = ["as_json", "report"]

_TITLES: Final = {
    "client method": "Methods",
    "client notification": "Notifications of ours",
    "notification": "Notifications",
    "server request": "Requests of the server",
}
_MARKS: Final = {"added": ("+", "green"), "removed": ("-", "red")}
_CHANGED: Final = ("~", "yellow")
_USERS_SHOWN: Final = 2


def as_json(diff: SchemaDiff, binary: CodexBinary) -> dict[str, object]:
    """One object with every difference."""
    return {
        "vendored": diff.before,
        "installed": diff.after,
        "binary": binary.path,
        "changes": [
            {
                "kind": change.kind,
                "place": change.place,
                "change": change.change,
                "before": change.before,
                "after": change.after,
                "usedBy": list(change.used_by),
            }
            for change in diff.changes
        ],
    }


def report(console: Console, diff: SchemaDiff, binary: CodexBinary, *, used_only: bool) -> None:
    """Print the differences, grouped, and how many there are."""

    def line(*parts: str | tuple[str, str]) -> None:
        console.print(Text.assemble(*parts), soft_wrap=True)

    line((f"schema of  {diff.before}", "dim"))
    line((f"installed  {clean(diff.after)}  {clean(binary.path)} ({binary.source})", "dim"))
    shown = diff.used() if used_only else diff
    for title, group in groupby(shown.changes, key=lambda one: _TITLES.get(one.kind, "Types")):
        line()
        line((title, "bold"))
        if title in _TITLES.values():
            for change in group:
                line("  ", *_difference(change, change.place), *_users(change))
            continue
        for owner, changes in groupby(group, key=lambda one: one.owner):
            parts = list(changes)
            line("  ", (clean(owner), "bold"), *_users(parts[0]))
            for change in parts:
                line("    ", *_difference(change, change.place.removeprefix(owner)))
    line()
    line(_summary(diff, used_only=used_only))


def _difference(change: Change, place: str) -> list[str | tuple[str, str]]:
    mark = _MARKS.get(change.change, _CHANGED)
    what = f"{change.before} -> {change.after}" if mark is _CHANGED else ""
    what = what or change.after or change.before
    where = clean(place).strip() or "(itself)"
    return [mark, " ", where, (f"  {clean(what)}" if what else "", "dim")]


def _users(change: Change) -> list[tuple[str, str]]:
    if not change.used_by:
        return []
    users = ", ".join(change.used_by[:_USERS_SHOWN])
    more = len(change.used_by) - _USERS_SHOWN
    if change.used_by == (change.owner,):
        users = "used"
    elif more > 0:
        users += f" and {more} more"
    return [(f"  * {users}", "cyan")]


def _summary(diff: SchemaDiff, *, used_only: bool) -> str:
    all_, used = len(diff.changes), len(diff.used().changes)
    if not all_:
        return "no difference"
    total = plural(all_, "difference")
    if used_only:
        return f"{total}, {used or 'none'} of them in what this library uses"
    return f"{total}, {used or 'none'} of them in what this library uses (marked *)"

"""``codex-runtime threads``: its commands and their options.

Owns what may be typed. What is only read is read from the files, without a server (see
`threads_read`); what changes something goes through one (see `threads_change`). Enter at `threads`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from codex_runtime.cli.exits import THREADS_EXIT_CODES, Exit
from codex_runtime.cli.running import run
from codex_runtime.cli.threads_change import archive_thread, rename_thread
from codex_runtime.cli.threads_export import FORMATS, export_one
from codex_runtime.cli.threads_read import (
    Where,
    latest_thread,
    list_threads,
    show_tail,
    show_thread,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from codex_runtime.history.export import ExportFormat

__all__ = ["threads"]

_LISTED: Final = 20
_TAIL: Final = 10
_MAX: Final = 1_000_000
_COUNT: Final = click.IntRange(0, _MAX)
_DIRECTORY: Final = click.Path(file_okay=True, exists=False)


def _home(command: Callable[..., Any]) -> Callable[..., Any]:  # Any: click's own decorators
    return click.option(
        "--codex-home",
        type=_DIRECTORY,
        metavar="DIR",
        help="The Codex home to look in. Default: CODEX_HOME, else ~/.codex.",
    )(command)


def _json(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # Any: as above
    return click.option("--json", "as_json", is_flag=True, help=what)


@click.group()
def threads() -> None:
    """Look at the threads on this machine, and tidy them up.

    THREAD is a thread id, the beginning of one that no other has, or the path of a rollout file
    where nothing is changed. list, show, tail, export and latest only read files: they start no
    server and change nothing.
    """


@threads.command(name="list", epilog=THREADS_EXIT_CODES)
@click.option("-C", "--cwd", type=_DIRECTORY, metavar="DIR", help="Only threads of this directory.")
@click.option("--archived", is_flag=True, help="Only archived ones.")
@click.option("--all", "everything", is_flag=True, help="Archived ones as well.")
@click.option(
    "-n",
    "--limit",
    type=_COUNT,
    default=_LISTED,
    show_default=True,
    metavar="N",
    help="How many at most; 0 for all.",
)
@_home
@_json("One object per line and thread.")
def list_command(
    *,
    cwd: str | None,
    archived: bool,
    everything: bool,
    limit: int,
    codex_home: str | None,
    as_json: bool,
) -> Exit:
    """List threads, the last used one first."""
    if archived and everything:
        raise click.UsageError("--archived and --all exclude each other.")
    return list_threads(
        Where(codex_home),
        cwd=cwd,
        archived=None if everything else archived,
        limit=limit or None,
        as_json=as_json,
    )


@threads.command(epilog=THREADS_EXIT_CODES)
@click.argument("thread")
@click.option("--full", is_flag=True, help="All output of tools, not only its last lines.")
@_home
@_json("One object per line: thread, every record, end.")
def show(thread: str, *, full: bool, codex_home: str | None, as_json: bool) -> Exit:
    """Show a whole THREAD: what is known of it, its messages, its tool calls, its usage."""
    return show_thread(Where(codex_home), thread, full=full, as_json=as_json)


@threads.command(epilog=THREADS_EXIT_CODES)
@click.argument("thread")
@click.option(
    "-n",
    "--last",
    type=_COUNT,
    default=_TAIL,
    show_default=True,
    metavar="N",
    help="How many messages, and how many tool calls.",
)
@click.option("--full", is_flag=True, help="All output of tools, not only its last lines.")
@_home
@_json("One object per line: thread, before, every record, end.")
def tail(thread: str, *, last: int, full: bool, codex_home: str | None, as_json: bool) -> Exit:
    """Show the end of a THREAD, and how much there is before it; however long it is."""
    return show_tail(Where(codex_home), thread, last=last, full=full, as_json=as_json)


@threads.command(epilog=THREADS_EXIT_CODES)
@click.argument("thread")
@click.option(
    "-f",
    "--format",
    "into",
    type=click.Choice(tuple(FORMATS)),
    help="Default: what the name of FILE says, else markdown.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Where to write it. Default: stdout. FILE appears when it is complete.",
)
@click.option("--force", is_flag=True, help="Replace FILE.")
@_home
def export(
    thread: str,
    *,
    into: ExportFormat | None,
    output: str | None,
    force: bool,
    codex_home: str | None,
) -> Exit:
    """Write a THREAD as Markdown, as JSON, or as one HTML page."""
    return export_one(Where(codex_home), thread, into=into, output=output, force=force)


@threads.command(epilog=THREADS_EXIT_CODES)
@click.option("-C", "--cwd", type=_DIRECTORY, metavar="DIR", help="The last one of this directory.")
@_home
@_json("One object, as list has it.")
def latest(*, cwd: str | None, codex_home: str | None, as_json: bool) -> Exit:
    """Print the id of the thread that was used last, and nothing else."""
    return latest_thread(Where(codex_home), cwd=cwd, as_json=as_json)


@threads.command(epilog=THREADS_EXIT_CODES)
@click.argument("thread")
@click.argument("title")
@click.option("--codex-bin", type=click.Path(exists=False), help="The codex binary to use.")
@_home
@_json("One object.")
def rename(
    thread: str, title: str, *, codex_bin: str | None, codex_home: str | None, as_json: bool
) -> Exit:
    """Give a THREAD a TITLE, through an app-server."""
    where = Where(codex_home)
    return run(
        lambda _this: rename_thread(where, thread, title, codex_bin=codex_bin, as_json=as_json)
    )


@threads.command(epilog=THREADS_EXIT_CODES)
@click.argument("thread")
@click.option("--undo", is_flag=True, help="Bring it back.")
@click.option("--codex-bin", type=click.Path(exists=False), help="The codex binary to use.")
@_home
@_json("One object.")
def archive(
    thread: str, *, undo: bool, codex_bin: str | None, codex_home: str | None, as_json: bool
) -> Exit:
    """Archive a THREAD, through an app-server; nothing is deleted."""
    where = Where(codex_home)
    return run(
        lambda _this: archive_thread(where, thread, undo=undo, codex_bin=codex_bin, as_json=as_json)
    )

"""The processes that a child has started, found in the process table.

Owns three ways to find them, because each misses cases that the others see: the walk of parent
ids (misses those whose parent has died), the session id (misses those that started their own),
a marker variable in the environment (misses those given a filtered one). Knows no trio and no
shutdown order. Linux only: without ``/proc`` nothing is found. Enter at `find_descendants`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

import attrs

__all__ = ["ProcessIdentity", "find_descendants", "is_running", "kill"]

_PROC = Path("/proc")


@attrs.frozen
class ProcessIdentity:
    """One process: its id, and its start time, since ids are used again."""

    pid: int
    started_ticks: int
    """Clock ticks between the boot and its start."""


@attrs.frozen
class _Row:
    identity: ProcessIdentity
    parent_pid: int
    session_pid: int
    is_dead: bool


def find_descendants(
    root_pid: int, *, marker: str, known: frozenset[ProcessIdentity] = frozenset()
) -> frozenset[ProcessIdentity]:
    """The running descendants of ``root_pid`` that can be found, itself not included.

    ``marker`` is a ``NAME=value`` that was put into its environment. ``known`` are descendants
    found earlier: those that still run are included, and so are their descendants. Reads files
    of ``/proc``, some milliseconds for some hundred processes; a process in trouble may block it.
    """
    rows = _read_table()
    children: dict[int, list[_Row]] = {}
    for row in rows.values():
        children.setdefault(row.parent_pid, []).append(row)
    found: set[ProcessIdentity] = set()
    unvisited = [
        row
        for row in rows.values()
        if row.session_pid == root_pid or row.identity in known or _is_marked(row, marker)
    ]
    unvisited += children.get(root_pid, [])
    while unvisited:
        row = unvisited.pop()
        if row.identity.pid == root_pid or row.identity in found:
            continue
        found.add(row.identity)
        unvisited += children.get(row.identity.pid, [])
    return frozenset(i for i in found if not rows[i.pid].is_dead)


def is_running(process: ProcessIdentity) -> bool:
    """Whether this very process still runs; a zombie does not."""
    row = _read_row(process.pid)
    return row is not None and row.identity == process and not row.is_dead


def kill(process: ProcessIdentity) -> bool:
    """SIGKILL this very process, never one that got its id later.

    Returns whether it was running and could be signalled.
    """
    if sys.platform != "linux":
        return False
    try:
        pidfd = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        # The descriptor is bound to one process; is it ours, or its successor under that id?
        if not is_running(process):
            return False
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(pidfd)
    return True


def _read_table() -> dict[int, _Row]:
    if sys.platform != "linux":
        return {}
    try:
        with os.scandir(_PROC) as entries:
            names = [entry.name for entry in entries]
    except OSError:  # not mounted
        return {}
    rows = (_read_row(int(name)) for name in names if name.isdecimal())
    return {row.identity.pid: row for row in rows if row is not None}


def _read_row(pid: int) -> _Row | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:  # it has gone meanwhile
        return None
    # "PID (NAME) STATE PPID PGRP SESSION ... STARTTIME(22nd) ..."; NAME may hold anything.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return _Row(
        ProcessIdentity(pid, int(fields[19])),
        parent_pid=int(fields[1]),
        session_pid=int(fields[3]),
        is_dead=fields[0] in (b"Z", b"X"),
    )


def _is_marked(row: _Row, marker: str) -> bool:
    with contextlib.suppress(OSError):  # gone, or another user's
        environ = (_PROC / str(row.identity.pid) / "environ").read_bytes()
        return os.fsencode(marker) in environ.split(b"\0")
    return False

"""Which processes a test has started, seen from the process table.

Owns the marker that everything spawned by this test process inherits, and the looks at ``/proc``.
Knows nothing of the library beyond the name of its own marker.
"""

from __future__ import annotations

import os
from pathlib import Path

import trio.testing

TEST_RUN = f"CODEX_RUNTIME_REAL_TEST={os.getpid()}"
"""In the environment while the tests of a module run."""

SPAWN = b"CODEX_RUNTIME_SPAWN="


def is_running(pid: int) -> bool:
    """Whether a process of this id runs; a zombie does not."""
    return _state_and_parent(pid)[0] not in {"", "Z", "X"}


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", 0
    state, parent, *_ = stat.rpartition(")")[2].split()
    return state, int(parent)


def marked_processes(test_run: str = TEST_RUN) -> dict[int, str]:
    """The processes that a runtime of this test process spawned, and theirs: id to command."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environ = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        marked = any(variable.startswith(SPAWN) for variable in environ)
        if marked and os.fsencode(test_run) in environ and is_running(int(entry.name)):
            found[int(entry.name)] = command[:200]
    return found


def server_pid(test_run: str = TEST_RUN) -> int:
    """The one app-server of this test process; a tool has its command line until it is executed."""
    servers = [pid for pid, cmd in marked_processes(test_run).items() if " app-server " in cmd]
    (pid,) = (pid for pid in servers if _state_and_parent(pid)[1] == os.getpid())
    return pid


def pids_of(command: str) -> set[int]:
    """Who of ours runs exactly this command line."""
    return {pid for pid, line in marked_processes().items() if line.strip() == command}


async def until_gone(*pids: int) -> None:
    """Return once none of them runs; the process table sends no events, so this looks again."""
    while any(map(is_running, pids)):
        await trio.testing.wait_all_tasks_blocked(0.005)


async def until_running(command: str) -> set[int]:
    """The processes with this command line, once there is one."""
    while not (pids := pids_of(command)):
        await trio.testing.wait_all_tasks_blocked(0.005)
    return pids

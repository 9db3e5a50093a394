"""Small real children: each is a Python script given to ``python -c``."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

from codex_runtime.transport import ProcessSpec, Transport

# Set in the environment while a test runs: other people's processes are none of its business.
TEST_RUN = f"CODEX_RUNTIME_TRANSPORT_TEST={os.getpid()}"

ECHO = """
import os
while data := os.read(0, 65536):
    while data:
        data = data[os.write(1, data):]
"""

IGNORES_EOF = """
import os, time
os.read(0, 1)
print("eof", flush=True)
time.sleep(60)
"""

IGNORES_EOF_AND_TERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""

# Starts another process and says its id; argv: how it is started, what it does itself then.
PARENT = """
import os, subprocess, sys, time, signal
options = {
    "holding_pipes": {},
    "daemon": {"start_new_session": True, "stdin": -3, "stdout": -3, "stderr": -3},
    "own_group": {"process_group": 0, "stdin": -3, "stdout": -3, "stderr": -3, "env": {}},
    "filtered_daemon": {"start_new_session": True, "stdin": -3, "stdout": -3, "stderr": -3,
                        "env": {}},
}[sys.argv[1]]
other = subprocess.Popen(["/bin/sleep", "60"], **options)
print(other.pid, flush=True)
if sys.argv[2] == "crashes":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "leaves":
    os._exit(7)
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    time.sleep(60)
os.read(0, 1)
os._exit(0)
"""


def python(script: str, *args: str, shutdown_grace_s: float = 5.0) -> ProcessSpec:
    """A spec that runs ``script``."""
    argv = (sys.executable, "-S", "-c", script, *args)
    return ProcessSpec(argv=argv, shutdown_grace_s=shutdown_grace_s)


def is_running(pid: int) -> bool:
    """Whether a process of this id runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def spawned_processes() -> set[int]:
    """What inherited `TEST_RUN` from this process, and its own children, zombies included."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            environ = (entry / "environ").read_bytes()
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        ours = int(stat.rpartition(")")[2].split()[1]) == os.getpid()
        if ours or TEST_RUN.encode() in environ.split(b"\0"):
            found.add(int(entry.name))
    return found


def wait_for_exits(pids: set[int], *, timeout_s: float) -> None:
    """Return when all of them have exited, or when the time is over."""
    deadline_s = time.monotonic() + timeout_s
    for pid in pids:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            exits = select.poll()
            exits.register(pidfd, select.POLLIN)
            exits.poll(max(0.0, deadline_s - time.monotonic()) * 1000)
        finally:
            os.close(pidfd)


def describe(pid: int) -> str:
    """Its id, command and state, for a failed test."""
    try:
        folder = Path(f"/proc/{pid}")
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return f"{pid}: {command or (folder / 'stat').read_text()}"
    except OSError:
        return f"{pid}: gone meanwhile"


async def read_lines(transport: Transport, count: int) -> list[bytes]:
    """The next ``count`` lines, which must be all that came."""
    received = b""
    while received.count(b"\n") < count:
        data = await transport.receive_some()
        assert data, received
        received += data
    lines = received.split(b"\n")
    assert len(lines) == count + 1
    return lines[:-1]

"""The death of a server, and a policy under which tests need not wait for the next one.

Owns both, and what is counted before and after. Knows one app-server at a time.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from codex_runtime import RestartPolicy, Runtime, ServerLost
from tests.real.processes import server_pid

AT_ONCE = RestartPolicy(first_pause_s=0.01, longest_pause_s=0.02, max_restarts=1000)
"""Most tests are not about how long a pause is."""


async def kill(runtime: Runtime, signal_number: int = signal.SIGKILL) -> ServerLost:
    """End the server, and return when the runtime has noticed."""
    async with runtime.subscribe(methods=[ServerLost.METHOD]) as events:
        os.kill(server_pid(), signal_number)
        lost = await anext(events)
    assert isinstance(lost, ServerLost)
    return lost


def open_descriptors() -> int:
    """How many this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))

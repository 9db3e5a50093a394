"""Moves bytes to an app-server and back; knows nothing of what they mean.

`base` says what a transport is, `process` is one over the stdio of a child process (with
`shutdown` and `descendants` behind it), `memory` one inside this process. Enter at
`spawn_process` or `memory_transport_pair`.
"""

from codex_runtime.transport.base import ExitReport, Transport
from codex_runtime.transport.memory import MemoryTransport, memory_transport_pair
from codex_runtime.transport.process import ProcessSpec, ProcessTransport, spawn_process

__all__ = [
    "ExitReport",
    "MemoryTransport",
    "ProcessSpec",
    "ProcessTransport",
    "Transport",
    "memory_transport_pair",
    "spawn_process",
]

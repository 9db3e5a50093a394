"""What the relay's stores cost: time of each call, memory and disk of a thousand conversations.

``python -m tests.bench.conversation_stores`` prints one line for each store and size.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_runtime.relay.store.limits import StoreLimits
from codex_runtime.relay.store.memory import MemoryStore
from codex_runtime.relay.store.protocol import FinishedTurn
from codex_runtime.relay.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.relay.store.protocol import SessionStore

_CONVERSATIONS: Final = 1_000
_TURNS: Final = 200
_SIZES: Final = (3_000, 30_000)
_LIMITS: Final = StoreLimits(max_threads=2 * _CONVERSATIONS)


def main() -> None:
    """Without arguments: run each case in a process of its own."""
    if sys.argv[1:]:
        _measure(sys.argv[1], int(sys.argv[2]))
        return
    for kind in ("memory", "sqlite"):
        for size in _SIZES:
            command = [sys.executable, "-m", "tests.bench.conversation_stores", kind, str(size)]
            subprocess.run(command, check=True)


def _measure(kind: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        store: SessionStore = (
            MemoryStore(_LIMITS) if kind == "memory" else SqliteStore(path, _LIMITS)
        )
        before = _resident_kb()
        for number in range(_CONVERSATIONS):
            store.keep(_turn(store, f"thread {number}", None, size))
        held = (_resident_kb() - before) / _CONVERSATIONS
        times = _times(store, size)
        store.close()
        disk = path.stat().st_size / 1000 / (_CONVERSATIONS + _TURNS) if path.exists() else 0.0
    print(
        f"{kind:6} {size:6} B  {held:6.1f} kB of memory, {disk:5.1f} kB of disk each;"
        f" keep {times[0]:5.0f} us, history of {2 * _TURNS} messages {times[1]:5.0f} us,"
        f" has_reasoning {times[2]:4.0f} us"
    )


def _times(store: SessionStore, size: int) -> tuple[float, float, float]:
    turns = [_turn(store, "t", None, size)]
    store.keep(turns[0])
    for _ in range(_TURNS - 1):
        turns.append(_turn(store, "t", turns[-1].response_id, size))
    keep = iter(turns[1:])
    last = turns[-1].response_id or ""
    return (
        _median_us(lambda: store.keep(next(keep)), _TURNS - 1),
        _median_us(lambda: store.get_history(last), 50),
        _median_us(lambda: store.has_reasoning("t"), 200),
    )


def _median_us(call: Callable[[], object], times: int) -> float:
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


def _turn(store: SessionStore, thread: str, after: str | None, size: int) -> FinishedTurn:
    response_id = store.new_id()
    return FinishedTurn(
        thread=thread,
        response_id=response_id,
        after=after,
        messages=(os.urandom(size // 2), os.urandom(size // 2)),
        reasoning="",
        call_ids=(),
        fingerprint=f"print of {response_id}",
    )


def _resident_kb() -> float:
    gc.collect()
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    )
    return int(line.split()[1]) * 1024 / 1000


if __name__ == "__main__":
    main()

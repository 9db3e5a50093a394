"""Our relay in a process of its own, as the benchmark starts it.

``python relay_ours.py UPSTREAM STORE``: the store is ``memory`` or the path of a file. Prints the
port and serves until its input ends. Knows nothing of what is measured.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime.relay import RelayConfig, StoreLimits, open_relay

MAX_THREADS: Final = 2_000
"""As many conversations as the other one is told to keep."""


async def serve(upstream: str, store: str) -> None:
    """Until nobody holds the other end of the input."""
    config = RelayConfig(
        upstream=upstream,
        store=None if store == "memory" else Path(store),
        limits=StoreLimits(max_threads=MAX_THREADS),
    )
    async with open_relay(config) as relay:
        print(urlsplit(relay.base_url).port, flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(serve, sys.argv[1], sys.argv[2])

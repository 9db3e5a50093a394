"""The runtime for asyncio: the names of `codex_runtime`, to be awaited in an event loop.

Owns the list of this face's names; configs, results, errors and events are those of
`codex_runtime`, and the same objects. Does not know how a call gets to the thread that runs
everything: see ``faces``. Enter at `open_runtime`, or at `run` for one prompt.
"""

from __future__ import annotations

from codex_runtime.faces.generated.aio import (
    ChildEvents,
    ChildThread,
    ItemPager,
    Repeat,
    Runtime,
    Session,
    StateEvents,
    StateView,
    Subscription,
    ThreadPager,
    Threads,
    Turn,
    TurnPager,
    TurnStream,
    open_fake_runtime,
    open_runtime,
    run,
)
from codex_runtime.faces.in_asyncio import Throttle, throttle

__all__ = [
    "ChildEvents",
    "ChildThread",
    "ItemPager",
    "Repeat",
    "Runtime",
    "Session",
    "StateEvents",
    "StateView",
    "Subscription",
    "ThreadPager",
    "Threads",
    "Throttle",
    "Turn",
    "TurnPager",
    "TurnStream",
    "open_fake_runtime",
    "open_runtime",
    "run",
    "throttle",
]

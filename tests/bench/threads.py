"""What a page of a large store costs: what the app-server reads for it, and how long it takes.

Prints both for a store of 100 threads and one of 10,000, copies of one rollout that the real server
wrote, and exits with 1 when the first page of the large one takes more reading than its bound. Run
by ``python tests/bench/threads.py [COUNT]``; it reads ``/proc``, so Linux alone.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codex_runtime import Runtime, RuntimeConfig, SessionConfig, open_runtime
from codex_runtime.testing import ScriptedModel, open_scripted_model
from tests.real.rollouts import copied_id, put_rollout

__all__ = ["MAX_PAGE_READ_BYTES", "Reading", "fill", "first_page", "reading", "stored_bytes"]

SMALL, LARGE = 100, 10_000
PAGE = 50
MAX_PAGE_READ_BYTES = 1024 * 1024
"""Of a store of hundreds of megabytes; what is read are pages of the index."""
START_TIMEOUT_S = 300.0
"""A server that finds rollouts and no index makes one before it answers."""


@attrs.frozen
class Reading:
    """What one question made the server read, and how long its answer took."""

    read_bytes: int
    reads: int
    took_ms: float
    answer: Any
    """Whatever it was."""


async def fill(model: ScriptedModel, home: Path, count: int) -> RuntimeConfig:
    """A home of ``count`` threads and no index; returns the config of a runtime there."""
    config = model.runtime_config(home, start_timeout_s=START_TIMEOUT_S, request_timeout_s=120)
    session_config = SessionConfig(
        cwd=home,
        base_instructions="Be brief.",
        config={"skills.include_instructions": False},
        on_exit="detach",
    )
    async with open_runtime(config) as runtime:
        async with await runtime.start_session(session_config) as session:
            await session.ask("Say something")
        thread = await runtime.threads.read(session.thread_id)
    for number in range(count - 1):
        put_rollout(home, thread.path, thread.thread_id, number, at_s=thread.created_at_s - number)
    for index in home.glob("*.sqlite*"):
        index.unlink()
    return config


def stored_bytes(home: Path) -> int:
    """All rollouts of a home together."""
    return sum(path.stat().st_size for path in home.rglob("rollout-*"))


def server_pid() -> int:
    """The one child of this process that is an app-server."""
    children = Path("/proc/self/task").glob("*/children")
    pids = {int(pid) for file in children for pid in file.read_text().split()}
    (found,) = (pid for pid in pids if b"app-server" in Path(f"/proc/{pid}/cmdline").read_bytes())
    return found


def read_so_far() -> tuple[int, int]:
    """Bytes that the server has read from anything, and how often."""
    lines = Path(f"/proc/{server_pid()}/io").read_text(encoding="ascii").splitlines()
    counts = {name: int(count) for name, _, count in (line.partition(": ") for line in lines)}
    return counts["rchar"], counts["syscr"]


async def reading(ask: Callable[[], Awaitable[object]]) -> Reading:
    """What ``ask`` makes the server read."""
    (bytes_before, reads_before), begin_s = read_so_far(), time.monotonic()
    answer = await ask()
    took_ms = 1000 * (time.monotonic() - begin_s)
    bytes_after, reads_after = read_so_far()
    return Reading(bytes_after - bytes_before, reads_after - reads_before, took_ms, answer)


async def first_page(runtime: Runtime) -> Reading:
    """The newest fifty."""
    return await reading(lambda: runtime.threads.list(page_size=PAGE).next_page())


async def whole_list(runtime: Runtime) -> int:
    """How many there are, by pages of a hundred."""
    return len([thread async for thread in runtime.threads.list(page_size=100)])


async def measure(model: ScriptedModel, home: Path, count: int) -> Reading:
    """Print what a store of ``count`` threads costs; returns its first page."""
    config = await fill(model, home, count)
    stored_mb = stored_bytes(home) / 1e6
    begin_s = time.monotonic()
    async with open_runtime(config) as runtime:
        print(
            f"\n{count} threads, {stored_mb:.0f} MB of rollouts; "
            f"first start, with no index: {time.monotonic() - begin_s:.1f} s"
        )
    begin_s = time.monotonic()
    async with open_runtime(config) as runtime:
        print(f"  next start: {time.monotonic() - begin_s:.1f} s")
        threads = runtime.threads
        page = await first_page(runtime)
        assert len(page.answer) == min(count, PAGE)
        row = await reading(lambda: runtime.request("thread/list", {"limit": PAGE}))
        last_id = copied_id(page.answer[0].thread_id, count - 2)
        shown = {
            f"the first page of {PAGE}": page,
            "the same once more": await first_page(runtime),
            "the latest": await reading(threads.latest),
            "a search": await reading(lambda: threads.list(search_term="nothing").next_page()),
            "a directory without any": await reading(lambda: threads.list(cwd="/").next_page()),
            "find by the whole id": await reading(lambda: threads.find(last_id)),
            "all of them, by 100": await reading(lambda: whole_list(runtime)),
            "the server's own first page, rollouts looked at": row,
        }
    for what, cost in shown.items():
        print(
            f"  {what:48} {cost.took_ms:9.1f} ms {cost.read_bytes / 1000:12.1f} kB "
            f"{cost.reads:8} reads"
        )
    return page


async def compare(large: int) -> int:
    """Measure both stores and hold the first page of the large one against its bound."""
    folder = Path(tempfile.mkdtemp(prefix="codex-runtime-threads-"))
    try:
        async with open_scripted_model() as model:
            pages = [await measure(model, folder / str(count), count) for count in (SMALL, large)]
    finally:
        shutil.rmtree(folder)
    print(f"bound: {MAX_PAGE_READ_BYTES / 1000:.0f} kB for the first page, of any store")
    return int(pages[-1].read_bytes > MAX_PAGE_READ_BYTES)


if __name__ == "__main__":
    sys.exit(trio.run(compare, int(sys.argv[1]) if len(sys.argv) > 1 else LARGE))

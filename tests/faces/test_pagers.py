"""Lists in the faces: a page crosses threads in one step, and no row is lost on the way."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio

from codex_runtime import RuntimeClosed, SessionConfig, aio, blocking
from codex_runtime.faces import in_asyncio, in_threads
from codex_runtime.faces.bridge import BridgeBase
from codex_runtime.testing import FakeAppServer

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND_S = 20.0
COUNT = 5
HERE = SessionConfig(cwd=".", on_exit="detach")


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was awaited in the runtime's thread, by name."""
    seen: list[str] = []

    def counting(name: str, cls: type[BridgeBase]) -> None:
        original: Callable[..., Any] = getattr(cls, name)

        def counted(self: BridgeBase, make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            seen.append(getattr(make, "__name__", ""))
            return original(self, make, *args, **kwargs)

        monkeypatch.setattr(cls, name, counted)

    counting("call", in_asyncio.Bridge)
    counting("wait", in_threads.Bridge)
    return seen


def test_rows_come_by_pages_and_pages_by_one_step_each(crossings: list[str]) -> None:
    server = FakeAppServer()
    with blocking.open_fake_runtime(server) as runtime:
        made = [stored(runtime) for _ in range(COUNT)]
        crossings.clear()
        rows = [row.thread_id for row in runtime.threads.list(page_size=2)]
        assert rows == made[::-1]
        assert len(server.asked("thread/list")) == 3
        # Once more for the end, which the last page told already.
        assert crossings == ["_bring"] * 4


async def listed_in_asyncio(server: FakeAppServer, crossings: list[str]) -> None:
    async with aio.open_fake_runtime(server) as runtime:
        made = []
        for _ in range(COUNT):
            async with await runtime.start_session(HERE) as session:
                await session.ask("hello")
            made.append(session.thread_id)
        crossings.clear()
        assert [row.thread_id async for row in runtime.threads.list(page_size=2)] == made[::-1]
        assert len(server.asked("thread/list")) == 3
        assert crossings == ["_bring"] * 4

        pager = runtime.threads.list(page_size=2)
        assert (await anext(pager)).thread_id == made[4]
        assert [row.thread_id for row in await pager.next_page()] == [made[3]]
        server.hold.add("thread/list")
        readers = {asyncio.create_task(pager.next_page()) for _ in range(2)}
        refused, waiting = await asyncio.wait(readers, return_when="FIRST_COMPLETED")
        assert [type(reader.exception()) for reader in refused] == [trio.BusyResourceError]
        (reader,) = waiting
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        server.hold.clear()
        assert [row.thread_id async for row in pager] == made[2::-1]
    with pytest.raises(RuntimeClosed):
        await runtime.threads.list().next_page()


def test_in_asyncio_it_is_the_same_and_a_cancelled_reader_loses_nothing(
    crossings: list[str],
) -> None:
    asyncio.run(asyncio.wait_for(listed_in_asyncio(FakeAppServer(), crossings), BOUND_S))


def test_a_second_thread_that_reads_is_refused() -> None:
    server = FakeAppServer()
    with blocking.open_fake_runtime(server) as runtime:
        made = [stored(runtime) for _ in range(COUNT)]
        server.hold.add("thread/list")
        pager = runtime.threads.list(page_size=2)
        read: list[str] = []
        reader = threading.Thread(target=lambda: read.extend(row.thread_id for row in pager))
        reader.start()
        while not server.asked("thread/list"):
            reader.join(0.001)
        for refused in (pager.next_page, lambda: next(pager)):
            with pytest.raises(trio.BusyResourceError):
                refused()
        runtime_release(runtime, server)
        reader.join(BOUND_S)
        assert read == made[::-1]


def runtime_release(runtime: blocking.Runtime, server: FakeAppServer) -> None:
    """Let the server answer what it holds back, in the thread that it lives in."""
    runtime._bridge.now(server.release)


def stored(runtime: blocking.Runtime) -> str:
    with runtime.start_session(HERE) as session:
        session.ask("hello")
        return session.thread_id

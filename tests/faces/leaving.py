"""What the tests of leaving and of life share: signals between threads, plays, and what is left."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from codex_runtime import ApprovalAnswer, ApprovalRequest, CommandApproval, SessionConfig
from codex_runtime.testing import FakeAppServer, FakeTurn
from codex_runtime.testing.fake_server import echo
from tests.support.process_facts import ProcessFacts, difference

BOUND_S = 60
"""What takes so long is stuck; nothing is measured by it."""

SESSION = SessionConfig(cwd=".")


class Signal:
    """Something that happens once, in whatever thread, and is waited for in any other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._happened = threading.Event()
        self._told: list[Callable[[], object]] = []

    @property
    def is_set(self) -> bool:
        return self._happened.is_set()

    def set(self) -> None:
        with self._lock:
            self._happened.set()
            told, self._told = self._told, []
        for tell in told:
            tell()

    def _when_set(self, tell: Callable[[], object]) -> None:
        with self._lock:
            if not self._happened.is_set():
                self._told.append(tell)
                return
        tell()

    def wait(self) -> None:
        """In a plain thread."""
        assert self._happened.wait(BOUND_S), "it did not happen"

    async def in_asyncio(self) -> None:
        loop = asyncio.get_running_loop()
        happened = asyncio.Event()
        self._when_set(lambda: loop.call_soon_threadsafe(happened.set))
        async with asyncio.timeout(BOUND_S):
            await happened.wait()

    async def in_trio(self) -> None:
        token = trio.lowlevel.current_trio_token()
        happened = trio.Event()
        self._when_set(lambda: token.run_sync_soon(happened.set))
        with trio.fail_after(BOUND_S):
            await happened.wait()


class LongTurns:
    """A fake whose turns say a word and go on for ever; the prompt ``next`` is echoed."""

    def __init__(self) -> None:
        self.server = FakeAppServer(self.play)
        self.begun = Signal()
        """One of them runs."""
        self.over = Signal()
        """One of them has ended."""

    async def play(self, turn: FakeTurn) -> None:
        if turn.prompt == "next":
            await echo(turn)
            return
        turn.begin_message()
        turn.delta("word ")
        self.begun.set()
        try:
            await trio.sleep_forever()
        finally:
            self.over.set()

    @property
    def statuses(self) -> list[str | None]:
        """Of the turns, in the server's words; None runs."""
        return [turn.status for turn in self.server.turns]


def yes(request: ApprovalRequest) -> ApprovalAnswer:
    """The answer to the only kind of approval that is asked for here."""
    assert isinstance(request, CommandApproval)
    return request.accept()


def in_asyncio(
    # Any: a test is called with whatever fixtures it names.
    test: Callable[..., Awaitable[None]],
) -> Callable[..., None]:
    """A test that is a coroutine of asyncio; what it leaves to be collected is collected in it."""

    @functools.wraps(test)
    def wrapped(*args: Any, **named: Any) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(BOUND_S):
                await test(*args, **named)
            gc.collect()

        asyncio.run(bounded())
        gc.collect()

    return wrapped


def assert_nothing_more(before: ProcessFacts) -> None:
    """This process holds what it held then: descriptors, threads and children."""
    after = ProcessFacts.now()
    assert difference(before.descriptors, after.descriptors) == {}
    assert (after.threads, after.children) == (before.threads, before.children)


def threads_of_runtimes() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "codex_runtime"]


def wait_for_their_end() -> None:
    """Until no runtime has its thread any more; one that is forgotten ends as it is collected."""
    for _ in range(10 * BOUND_S):
        if not (threads := threads_of_runtimes()):
            return
        gc.collect()  # its thread may have held it the last time
        threads[0].join(0.1)
    pytest.fail("a runtime has its thread still")

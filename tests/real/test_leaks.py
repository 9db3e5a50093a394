"""Nothing is left of what was done, on the real app-server; ``nox -s soak`` does the same in full.

Compared are two looks at this process while nothing is under way: descriptors, threads, children,
tasks, and every object of this package, by class. Between the two the same is done again that was
done a few times before the first.
"""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import codex_runtime
from codex_runtime import RestartPolicy, open_runtime
from tests.soak.leaking import Leaks
from tests.soak.model_process import model_in_its_own_process
from tests.support.process_facts import traced_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codex_runtime import Runtime

PACKAGE = Path(codex_runtime.__file__).parent
AT_ONCE = RestartPolicy(first_pause_s=0.01, longest_pause_s=0.1, max_restarts=100, window_s=1.0)


@pytest.fixture(autouse=True)
def nothing_is_sent_that_the_schema_lacks() -> None:
    """Not looked at in this module: the tape would keep every transport, and all that it moved."""


@pytest.fixture
async def runtime(home: Path) -> AsyncGenerator[Runtime]:
    """Its model is another process: what that keeps is not counted."""
    async with (
        model_in_its_own_process() as model,
        open_runtime(model.runtime_config(home, restart=AT_ONCE)) as runtime,
    ):
        yield runtime


@pytest.fixture
def leaks(runtime: Runtime, workspace: Path) -> Leaks:
    return Leaks(runtime, workspace, seed=6)


async def test_three_hundred_asks_leave_nothing_behind(leaks: Leaks) -> None:
    """Ours: half of them streamed, twenty at a time, in sessions that come and go."""
    growth = await leaks.asks(300)
    assert (growth.wrong, growth.more) == ([], {})


async def test_sixty_cancelled_asks_leave_nothing_behind(leaks: Leaks) -> None:
    """Ours: at any moment, also by leaving a stream at its first delta."""
    growth = await leaks.cancelled(60)
    assert (growth.wrong, growth.more) == ([], {})


async def test_three_restarts_leave_nothing_behind(leaks: Leaks, runtime: Runtime) -> None:
    """Ours: the server is killed while eight sessions ask, which then ask on."""
    growth = await leaks.restarts(3)
    assert (growth.wrong, growth.more) == ([], {})
    assert runtime.statistics().restarts == 3 + 1


async def test_asks_keep_no_memory(leaks: Leaks) -> None:
    """Ours: what this package allocated, traced; the first asks make what is made once."""
    tracemalloc.start()
    try:
        await leaks.asks(1)
        before = traced_bytes(PACKAGE)
        await leaks.asks(40)
        grown = traced_bytes(PACKAGE) - before
    finally:
        tracemalloc.stop()
    assert grown < 40 * 100

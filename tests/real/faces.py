"""The faces that the tests of this folder run through: the doors, and who leaves which face out.

Owns the markers, each with its reason, and the face of the running test. A test calls
`open_runtime` and `throttle` of here and holds what it holds in the core, whatever is behind; how
that is done is in ``tests/faces/trio_shaped.py``. Enter at `EVERY_FACE`.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import pytest
import trio
import trio.testing

import codex_runtime
from tests.faces.trio_shaped import TrioShaped
from tests.faces.trio_shaped_users import AsyncioUser, ThreadsUser

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Generator, Iterable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime import Runtime, RuntimeConfig, Throttle

__all__ = [
    "AIO_TOO",
    "BLOCKING_TOO",
    "EVERY_FACE",
    "MARK",
    "FaceName",
    "at_every_checkpoint",
    "at_full_pace",
    "current_time_s",
    "faces_of",
    "in_one_step",
    "needs_cancelling",
    "one_after_the_other",
    "open_runtime",
    "throttle",
    "use",
    "without_a_runtime",
]

FaceName: TypeAlias = Literal["trio", "aio", "blocking"]

MARK: Final = "through"
"""Names faces; with several marks, those that all of them name."""
_LAST_STEPS_S: Final = 2.0
_USERS: Final = {"aio": AsyncioUser, "blocking": ThreadsUser}

EVERY_FACE: Final = pytest.mark.through("trio", "aio", "blocking")
"""Of a module: its tests run through each face, but for those that leave one out."""

_ONE_IS_ENOUGH: Final = "it is about the server, and a second face would say the same of it"
AIO_TOO: Final = pytest.mark.through("trio", "aio", why=_ONE_IS_ENOUGH)
BLOCKING_TOO: Final = pytest.mark.through("trio", "blocking", why=_ONE_IS_ENOUGH)


def _leaves_out(*faces: FaceName, why: str) -> pytest.MarkDecorator:
    left = [name for name in EVERY_FACE.args if name not in faces]
    return pytest.mark.through(*left, why=why)


needs_cancelling: Final = _leaves_out(
    "blocking", why="its point is that something is cancelled, and a plain call or function is not"
)
at_every_checkpoint: Final = _leaves_out(
    "aio", "blocking", why="it counts the steps of the core's tasks, which run elsewhere in a face"
)
at_full_pace: Final = _leaves_out(
    "aio", "blocking", why="what it counts depends on the pace of the reader, here a test's adapter"
)
in_one_step: Final = _leaves_out(
    "aio", "blocking", why="its calls have to begin in one step of the core's run"
)
one_after_the_other: Final = _leaves_out(
    "blocking", why="of plain functions that run at the same time, threads keep no order"
)
without_a_runtime: Final = _leaves_out(
    "aio", "blocking", why="what it tests is no handle, or runs in a process of its own"
)

_shape: TrioShaped | None = None


def open_runtime(config: RuntimeConfig | None = None) -> AbstractAsyncContextManager[Runtime]:
    """As of the face that the test runs through."""
    if _shape is None:
        return codex_runtime.open_runtime(config)
    opening: AbstractAsyncContextManager[Runtime] = _shape.open_runtime(config)
    return opening


def throttle(events: AsyncIterable[Any], *, interval_ms: int = 50) -> Throttle[Any]:
    """As of the face that the test runs through; Any: events of whatever is iterated."""
    if _shape is None:
        return codex_runtime.throttle(events, interval_ms=interval_ms)
    updates: Throttle[Any] = _shape.throttle(events, interval_ms=interval_ms)
    return updates


def current_time_s() -> float:
    """By the clock that the face's figures are of."""
    return trio.current_time() if _shape is None else time.monotonic()


def faces_of(marks: Iterable[pytest.Mark]) -> tuple[FaceName, ...]:
    """Those that a test of these marks runs through; the core's alone where none is named."""
    named = [mark.args for mark in marks if mark.name == MARK]
    chosen: tuple[FaceName, ...] = named[0] if named else ("trio",)
    return tuple(name for name in chosen if all(name in names for names in named))


@contextmanager
def use(name: FaceName) -> Generator[None]:
    """In the block the doors are those of this face; whatever it leaves behind is an error."""
    if name == "trio":
        yield
        return
    face = importlib.import_module(f"codex_runtime.{name}")
    user = _USERS[name]()
    shape = TrioShaped(face, user)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "_shape", shape)
        patch.setattr(trio.testing, "wait_all_tasks_blocked", shape.settled)
        yield
    left = user.close()
    for thread in threading.enumerate():
        if thread.name == "codex_runtime":
            thread.join(_LAST_STEPS_S)
            left += [f"a thread is left: {thread!r}"] if thread.is_alive() else []
    assert left == []

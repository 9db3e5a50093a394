"""Where user code runs on behalf of a turn: hooks, tools and handlers of that turn's thread.

Owns the mark that such code carries, also into the tasks it starts, so that asking or closing its
own thread is refused at once instead of waiting for itself for ever. The mark loses its force when
what it was set for is over. Does not know who sets it. Enter at `inside`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import attrs

from codex_runtime.errors import SessionBusy

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["inside", "refuse_inside", "rename_marks"]


@attrs.define(eq=False)
class _Mark:
    thread_id: str
    is_over: bool = False


_live: Final[set[_Mark]] = set()
"""Of all runtimes, each in its own thread."""
_marks: Final[ContextVar[tuple[_Mark, ...]]] = ContextVar("codex_runtime_inside", default=())


@contextmanager
def inside(thread_id: str | None) -> Generator[None]:
    """User code in this block, and in tasks started by it, runs on behalf of that thread."""
    if thread_id is None:
        yield
        return
    mark = _Mark(thread_id)
    _live.add(mark)
    token = _marks.set((*(held for held in _marks.get() if not held.is_over), mark))
    try:
        yield
    finally:
        mark.is_over = True
        _live.discard(mark)
        _marks.reset(token)


def rename_marks(old_id: str, thread_id: str) -> None:
    """A thread was started afresh under another id while user code runs on its behalf."""
    for mark in _live.copy():
        if mark.thread_id == old_id:
            mark.thread_id = thread_id


def refuse_inside(thread_id: str, what: str) -> None:
    """Raise `SessionBusy` if the caller is a hook, tool or handler of that thread at work."""
    if any(mark.thread_id == thread_id and not mark.is_over for mark in _marks.get()):
        raise SessionBusy(
            thread_id, None, f"{what} from a hook, tool or handler of that thread waits for itself"
        )

"""What the server wrote down of a turn, and whether its thread rests: asking for that, bounded.

Owns which requests tell it and what stands in for one that a thread or a server does not know. Does
not know what follows from the answer (see `recorded` and `turn_watch`). Sources:
``thread/turns/list`` and ``thread/read``; ephemeral threads have no record, only a status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import trio

from codex_runtime.errors import CodexRuntimeError, NotSupported, RequestError, ThreadNotFound
from codex_runtime.model.recorded import is_settled
from codex_runtime.protocol import (
    THREAD_READ,
    THREAD_TURNS_LIST,
    ActiveThreadStatus,
    ThreadReadParams,
    ThreadTurnsListParams,
)
from codex_runtime.protocol.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import ThreadStatus, Turn

__all__ = ["Record", "find_record"]

_PAGES: Final = (1, 16)
"""How many turns are asked for at once, newest first: nearly always the newest is the one."""


@attrs.frozen
class Record:
    """What the server knows of a turn."""

    turn: Turn | None
    """As it was written down; None if it was not, or is too far back."""

    status: ThreadStatus | None
    """What the thread does; not asked for where the turn surely ended, None where the server does
    not know the thread."""

    is_kept: bool = True
    """Whether there is a record at all, which may lag behind."""

    @property
    def thread_is_active(self) -> bool:
        """Some turn of the thread runs."""
        return isinstance(self.status, ActiveThreadStatus)


async def find_record(
    engine: Engine, thread_id: str, is_it: Callable[[Turn], bool]
) -> Record | None:
    """The newest turn that ``is_it``, with all of its items, among the last seventeen.

    None if the server does not tell: it refuses, does not answer within twice
    ``request_timeout_s``, or makes no sense.
    """
    with trio.move_on_after(2 * engine.config.request_timeout_s):
        try:
            is_kept, turn = await _find_turn(engine, thread_id, is_it)
            if turn is not None and is_settled(turn):
                return Record(turn, None)
            return Record(turn, await _find_status(engine, thread_id), is_kept)
        except CodexRuntimeError as problem:
            engine.log.debug("no record of thread %s: %s", thread_id, problem)
    return None


async def _find_turn(
    engine: Engine, thread_id: str, is_it: Callable[[Turn], bool]
) -> tuple[bool, Turn | None]:
    """Whether turns are on record, and the one."""
    try:
        cursor: str | None = None
        for limit in _PAGES:
            page = await engine.call(
                THREAD_TURNS_LIST,
                ThreadTurnsListParams(
                    thread_id=thread_id,
                    limit=limit,
                    items_view="full",
                    cursor=UNSET if cursor is None else cursor,
                ),
            )
            found = _first(page.data, is_it)
            cursor = page.next_cursor
            if found is not None or cursor is None:
                return True, found
    except RequestError:  # a server that does not know the method, or a thread without a record
        return await _find_turn_of_all(engine, thread_id, is_it)
    return True, None


async def _find_turn_of_all(
    engine: Engine, thread_id: str, is_it: Callable[[Turn], bool]
) -> tuple[bool, Turn | None]:
    params = ThreadReadParams(thread_id=thread_id, include_turns=True)
    try:
        answer = await engine.call(THREAD_READ, params)
    except RequestError as problem:
        return not isinstance(problem, NotSupported), None
    return True, _first(answer.thread.turns[::-1], is_it)


async def _find_status(engine: Engine, thread_id: str) -> ThreadStatus | None:
    try:
        answer = await engine.call(
            THREAD_READ, ThreadReadParams(thread_id=thread_id, include_turns=False)
        )
    except ThreadNotFound:
        return None
    return answer.thread.status


def _first(turns: Sequence[Turn], is_it: Callable[[Turn], bool]) -> Turn | None:
    return next((turn for turn in turns if is_it(turn)), None)

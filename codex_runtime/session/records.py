"""What the server has on record of a thread: the thread, and its turns page by page.

Owns how a thread that never ran looks, which the server refuses to read the turns of. Keeps
nothing. Source: ``thread/read``, ``thread/turns/list``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors import NotSupported
from codex_runtime.protocol import (
    THREAD_READ,
    THREAD_TURNS_LIST,
    ThreadReadParams,
    ThreadTurnsListParams,
    ThreadTurnsListResponse,
)

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import Thread

__all__ = ["read_thread", "turns_page"]


async def read_thread(engine: Engine, thread_id: str, *, include_turns: bool) -> Thread:
    """The thread; one that never ran has no turns yet."""
    params = ThreadReadParams(thread_id=thread_id, include_turns=include_turns)
    try:
        return (await engine.call(THREAD_READ, params)).thread
    except NotSupported as refusal:
        unrun = await _read_unrun(engine, thread_id, refusal)
    return unrun or (await engine.call(THREAD_READ, params)).thread


async def turns_page(
    engine: Engine, thread_id: str, *, limit: int | None, cursor: str | None
) -> ThreadTurnsListResponse:
    """One page of its turns, newest first; that of a thread that never ran is empty."""
    params = ThreadTurnsListParams(thread_id=thread_id, limit=limit, cursor=cursor)
    try:
        return await engine.call(THREAD_TURNS_LIST, params)
    except NotSupported as refusal:
        if await _read_unrun(engine, thread_id, refusal) is not None:
            return ThreadTurnsListResponse(data=[])
    return await engine.call(THREAD_TURNS_LIST, params)


async def _read_unrun(engine: Engine, thread_id: str, refusal: NotSupported) -> Thread | None:
    """The thread if it never ran: the server refuses to read its turns; None if it runs by now.

    Raises ``refusal`` for a thread that has no record.
    """
    params = ThreadReadParams(thread_id=thread_id, include_turns=False)
    thread = (await engine.call(THREAD_READ, params)).thread
    if thread.ephemeral:
        raise refusal
    return None if thread.preview else thread

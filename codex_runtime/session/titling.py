"""Naming a thread after its first words: on request, or once by itself.

Owns which message a title is made of, and that a name which somebody gave is kept. How the title is
made is `codex_runtime.model.titles`. Source: ``thread/read``, ``thread/turns/list``,
``thread/name/set``. Enter at `retitle_thread` and `AutoTitle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import CodexRuntimeError, NotSupported
from codex_runtime.model.items import item_text
from codex_runtime.model.titles import title_of, title_of_messages
from codex_runtime.protocol import (
    THREAD_NAME_SET,
    THREAD_READ,
    THREAD_TURNS_LIST,
    ThreadReadParams,
    ThreadSetNameParams,
    ThreadTurnsListParams,
    UserMessage,
)

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.protocol import Thread
    from codex_runtime.session.handle import Handle

__all__ = ["AutoTitle", "name_thread", "retitle_thread"]

_TURNS_LOOKED_AT: Final = 20
"""Somebody whose first twenty messages have no words is not looked at any further."""

_SHARE_OF_CLOSE: Final = 0.25
"""How much of the time of a close may pass until the thread has its name."""


async def name_thread(engine: Engine, thread_id: str, name: str) -> None:
    """Give the thread that name (``thread/name/set``)."""
    await engine.call(THREAD_NAME_SET, ThreadSetNameParams(thread_id=thread_id, name=name))


async def retitle_thread(engine: Engine, thread_id: str) -> str | None:
    """Name the thread after its first words, whatever it is called; None if it has none."""
    title = await _title(engine, await _read(engine, thread_id))
    if not title:
        return None
    await name_thread(engine, thread_id, title)
    return title


class AutoTitle:
    """Names the thread of one session, once a turn of it has ended; off unless ``is_on``."""

    def __init__(self, handle: Handle, *, is_on: bool) -> None:
        self._handle = handle
        self._is_wanted = is_on
        self._running: trio.Event | None = None

    def note(self, route: TurnRoute) -> None:
        """A turn has ended; called by the reader."""
        if not self._is_wanted or self._running is not None or route.result is None:
            return
        self._running = done = trio.Event()
        if not self._handle.engine.spawn(self._run, done, cleanup=True):
            self._end(done)

    def stop(self) -> None:
        """Somebody gives a name: it is kept."""
        self._is_wanted = False

    async def settle(self) -> None:
        """Wait until the thread has the name that it is about to get; bounded, for a close."""
        if self._running is not None:
            with trio.move_on_after(self._handle.engine.config.close_timeout_s * _SHARE_OF_CLOSE):
                await self._running.wait()

    async def _run(self, done: trio.Event) -> None:
        engine, thread_id = self._handle.engine, self._handle.thread_id
        try:
            thread = await _read(engine, thread_id)
            title = "" if thread.name else await _title(engine, thread)
            if title and self._is_wanted:
                await name_thread(engine, thread_id, title)
            # Without words there was no name to be given: the next turn may bring some.
            self._is_wanted = self._is_wanted and not (title or thread.name)
        except CodexRuntimeError as problem:
            engine.log.warning("thread %s was not named: %s", thread_id, problem)
        finally:
            self._end(done)

    def _end(self, done: trio.Event) -> None:
        self._running = None
        done.set()


async def _read(engine: Engine, thread_id: str) -> Thread:
    params = ThreadReadParams(thread_id=thread_id, include_turns=False)
    return (await engine.call(THREAD_READ, params)).thread


async def _title(engine: Engine, thread: Thread) -> str:
    """Of its first message with words of a user in it; empty without one."""
    if title := title_of(thread.preview):
        return title
    params = ThreadTurnsListParams(
        thread_id=thread.id, limit=_TURNS_LOOKED_AT, items_view="full", sort_direction="asc"
    )
    try:
        page = await engine.call(THREAD_TURNS_LIST, params)
    except NotSupported:  # it never ran, or is ephemeral
        return ""
    items = (item for turn in page.data for item in turn.items)
    return title_of_messages(item_text(item) for item in items if isinstance(item, UserMessage))

"""Bringing a thread that was opened on an earlier app-server process to the one that serves now.

Owns the resume with the session's whole profile, and the fresh start of a thread that the server
has nothing of. Does not restart processes (see `engine.generations`), and decides nothing about
turns. Source: ``thread/resume``, ``thread/start``. Enter at `bring_back`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.errors import (
    AppServerExited,
    RequestError,
    RequestTimeout,
    ThreadInUse,
    ThreadNotFound,
)
from codex_runtime.protocol import THREAD_RESUME, THREAD_START
from codex_runtime.session.thread_params import resume_params, start_params
from codex_runtime.session.thread_requests import ask_for_thread

if TYPE_CHECKING:
    from codex_runtime.session.handle import Handle

__all__ = ["bring_back", "is_loaded", "make_known"]

# What a server that is killed in a thread's first moments leaves of it, for good.
_INTERNAL_ERROR: Final = -32603
_EMPTY: Final = "is empty"

# A process that was killed may hold its threads' locks for a moment.
_IN_USE_PAUSE_S: Final = 0.05
_IN_USE_PAUSE_MAX_S: Final = 1.0


def is_loaded(handle: Handle) -> bool:
    """Whether a process serves that has the thread."""
    generations = handle.engine.generations
    return generations.is_open and handle.line.loaded_in == generations.number


async def bring_back(handle: Handle, timeout_s: float) -> int:
    """See to it that the process that serves has the thread; returns that process's number.

    No checkpoint if it has. A bounded number of threads is resumed at once. A thread of which
    nothing is on record is started afresh, under a new id. Cancelling leaves the thread to the
    next who needs it. Raises `AppServerExited` when there is no server, `ThreadInUse` when another
    process still has it after ``timeout_s``, else `RequestTimeout`, and what the server refuses it
    with.
    """
    in_use: ThreadInUse | None = None
    pause_s = _IN_USE_PAUSE_S
    with trio.move_on_after(timeout_s):
        while not is_loaded(handle):
            try:
                await _try(handle, timeout_s)
            except ThreadInUse as problem:
                in_use = problem
                await trio.sleep(pause_s)  # holding no place that another thread could use
                pause_s = min(2 * pause_s, _IN_USE_PAUSE_MAX_S)
        return handle.line.loaded_in
    if in_use is not None:
        raise in_use
    if not handle.engine.generations.is_open:
        raise handle.engine.generations.error()
    late = RequestTimeout(THREAD_RESUME.name, timeout_s)
    late.outcome_certain = True  # of what the thread is needed for, nothing was sent
    raise late


async def make_known(handle: Handle) -> None:
    """See to it that the server knows the thread, loaded or not.

    Any process knows what is on record; of a thread that never ran only the one that has it does.
    Raises as `bring_back`.
    """
    if not (handle.line.has_record or is_loaded(handle)):
        await bring_back(handle, handle.engine.config.request_timeout_s)


async def _try(handle: Handle, timeout_s: float) -> None:
    """Once, on the process that serves when it is this thread's turn."""
    engine = handle.engine
    # Only one of a thread's handles does it; others that wait see that it is done.
    async with engine.router.subscription_lock(handle.thread_id), engine.resumes:
        await engine.connected(timeout_s)
        if is_loaded(handle):
            return
        try:
            await _resume(handle, engine.generation, timeout_s)
        except AppServerExited:
            engine.require_hope()


def _knows_nothing(refusal: RequestError) -> bool:
    """The server has nothing of the thread: no record, or one that was never written to."""
    return isinstance(refusal, ThreadNotFound) or (
        refusal.code == _INTERNAL_ERROR and refusal.message.endswith(_EMPTY)
    )


async def _resume(handle: Handle, generation: int, timeout_s: float) -> None:
    """As the thread was opened: what holds for all its handles is what its first one asked for."""
    engine, line = handle.engine, handle.line
    config, profile = line.opened_as or (handle.config, handle.profile)
    try:
        await ask_for_thread(
            engine,
            THREAD_RESUME,
            resume_params(line.thread_id, config, profile),
            is_new=False,
            timeout_s=timeout_s,
            generation=generation,
        )
    except RequestError as refusal:
        if not _knows_nothing(refusal):
            raise
        # A conversation is never forgotten in silence: that of an ephemeral thread died with it.
        if line.has_record or (config.ephemeral and line.has_run):
            raise
    else:
        line.loaded_in = generation
        return
    opened, _ = await ask_for_thread(
        engine,
        THREAD_START,
        start_params(config, profile),
        is_new=True,
        timeout_s=timeout_s,
        generation=generation,
    )
    line.loaded_in = generation
    engine.log.info(
        "thread %s never ran and was lost with its server: it goes on as %s",
        line.thread_id,
        opened.thread.id,
    )
    engine.router.rename(line, opened.thread.id)

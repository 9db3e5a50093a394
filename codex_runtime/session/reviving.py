"""Bringing a thread that was opened on an earlier app-server process to the one that serves now.

Owns the resume with the session's whole profile, and the fresh start of a thread that the server
has nothing of. Does not restart processes (see `engine.generations`), and decides nothing about
turns. Source: ``thread/resume``, ``thread/start``. Enter at `bring_back`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import trio

from codex_runtime.errors import AppServerExited, RequestTimeout, ThreadInUse, ThreadNotFound
from codex_runtime.protocol import THREAD_RESUME, THREAD_START
from codex_runtime.protocol.codec import decode_result
from codex_runtime.session.thread_params import resume_params, start_params

if TYPE_CHECKING:
    from codex_runtime.protocol import Method, ThreadResumeResponse, ThreadStartResponse
    from codex_runtime.session.handle import Handle

__all__ = ["bring_back", "is_loaded", "make_known"]

P = TypeVar("P")
R = TypeVar("R", "ThreadStartResponse", "ThreadResumeResponse")

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
                await _try(handle)
            except ThreadInUse as problem:
                in_use = problem
                await trio.sleep(pause_s)  # holding no place that another thread could use
                pause_s = min(2 * pause_s, _IN_USE_PAUSE_MAX_S)
        return handle.line.loaded_in
    if in_use is not None:
        raise in_use
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


async def _try(handle: Handle) -> None:
    """Once, on the process that serves when it is this thread's turn."""
    engine = handle.engine
    # Only one of a thread's handles does it; others that wait see that it is done.
    async with engine.router.subscription_lock(handle.thread_id), engine.resumes:
        await engine.connected()
        if is_loaded(handle):
            return
        try:
            await _resume(handle, engine.generation)
        except AppServerExited:
            engine.require_hope()


async def _resume(handle: Handle, generation: int) -> None:
    line = handle.line
    params = resume_params(line.thread_id, handle.config, handle.profile)
    try:
        await _ask_for(handle, THREAD_RESUME, params, generation)
    except ThreadNotFound:
        if line.has_record:
            raise
        await _start_afresh(handle, generation)


async def _start_afresh(handle: Handle, generation: int) -> None:
    line = handle.line
    opened = await _ask_for(
        handle, THREAD_START, start_params(handle.config, handle.profile), generation
    )
    handle.engine.log.info(
        "thread %s never ran and was lost with its server: it goes on as %s",
        line.thread_id,
        opened.thread.id,
    )
    handle.engine.router.rename(line, opened.thread.id)


async def _ask_for(handle: Handle, method: Method[P, R], params: P, generation: int) -> R:
    """Ask that very process for the thread, and note that it has it."""
    engine, line = handle.engine, handle.line
    raw = await engine.call_raw(method, params, generation=generation)
    opened = decode_result(method, raw, engine.drift)
    engine.access.check_opened(method.name, opened)
    line.loaded_in = generation
    return opened

"""Asking the server for a thread: started, resumed or forked, for whoever then holds it.

Owns what becomes of an answer that nobody waits for any more. Does not know what is asked for (see
`thread_params`) nor who asks. Enter at `ask_for_thread`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from codex_runtime.errors import CodexRuntimeError, FullAccessDenied
from codex_runtime.protocol import THREAD_UNSUBSCRIBE, ThreadUnsubscribeParams
from codex_runtime.protocol.codec import decode_result

if TYPE_CHECKING:
    from codex_runtime.engine.engine import Engine
    from codex_runtime.protocol import (
        Method,
        ThreadForkResponse,
        ThreadResumeResponse,
        ThreadStartResponse,
    )

__all__ = ["ask_for_thread"]

P = TypeVar("P")
R = TypeVar("R", "ThreadStartResponse", "ThreadResumeResponse", "ThreadForkResponse")


async def ask_for_thread(
    engine: Engine,
    method: Method[P, R],
    params: P,
    *,
    is_new: bool,
    timeout_s: float | None = None,
    generation: int | None = None,
) -> tuple[R, int]:
    """The thread, and the number of the process that opened it.

    A new one that is answered after the caller went away is let go; a stored one may have another
    handle, so it stays as it is. ``timeout_s`` and ``generation`` are as for `Engine.call_raw`.
    """
    given_up = False
    answer: bytes | None = None
    opened_in = 0

    def answered(raw: bytes) -> None:
        nonlocal answer, opened_in
        answer, opened_in = raw, engine.generation
        if given_up and is_new:
            engine.spawn(_let_go, engine, method, raw, cleanup=True)

    engine.refuse_new_work()
    try:
        raw = await engine.call_raw(
            method, params, timeout_s=timeout_s, generation=generation, on_answer=answered
        )
    except BaseException:  # cancelled, or refused: whatever was made is let go
        given_up = True
        if answer is not None:  # it came while this task was being cancelled
            answered(answer)
        raise
    opened = decode_result(method, raw, engine.drift)
    try:
        engine.access.check_opened(method.name, opened)
    except FullAccessDenied:
        if is_new:
            engine.spawn(_let_go, engine, method, raw, cleanup=True)
        raise
    return opened, opened_in


async def _let_go(engine: Engine, method: Method[P, R], raw: bytes) -> None:
    """Let go a new thread that nobody holds."""
    try:
        thread_id = decode_result(method, raw, engine.drift).thread.id
        await engine.call(THREAD_UNSUBSCRIBE, ThreadUnsubscribeParams(thread_id=thread_id))
    except CodexRuntimeError as problem:
        engine.log.warning("a thread that was opened for nobody stays loaded: %s", problem)

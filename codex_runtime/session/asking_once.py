"""An ask with a key: what is checked before, and what a result from the record still needs.

Owns the way from `Session.ask_with` to `ask_keyed`, which decides when anything is sent. Does not
know how a turn is asked for. Enter at `ask_once`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import trio

from codex_runtime.engine.inside import refuse_inside
from codex_runtime.errors import OutputMismatch, ProfileError, SessionBusy, TurnTimedOut
from codex_runtime.model.deadlines import limits_of
from codex_runtime.model.results import TurnResult, TypedResult
from codex_runtime.model.typed.output import output_spec
from codex_runtime.session.keyed import KeyedSteps, ask_keyed, find_keyed
from codex_runtime.session.reviving import bring_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from codex_runtime.model.prompt import PromptParams
    from codex_runtime.session.handle import Handle
    from codex_runtime.session.keyed import Found

__all__ = ["ask_once"]

T = TypeVar("T")


async def ask_once(
    handle: Handle, params: PromptParams, key: str, ask: Callable[[float], Awaitable[TurnResult]]
) -> TurnResult:
    """The result of the turn of ``key``, which ``ask`` runs unless it is on record.

    ``ask`` is told when its total is used up, on trio's clock. One ask per key at a time, over all
    handles of the thread. Raises as `Session.ask`.
    """
    handle.check_open()
    refuse_inside(handle.thread_id, "an ask")
    if handle.config.ephemeral:
        raise ProfileError(
            "key",
            key,
            "needs a record of the thread's turns, and an ephemeral thread has none",
            "Leave the key out, or start the session without ephemeral",
        )
    engine, keys = handle.engine, handle.line.keys
    profile = handle.under(params.profile())
    limit_s = engine.config.request_timeout_s
    total_s = limits_of(profile.deadlines, acknowledgement_s=limit_s).total_s
    total_at_s = trio.current_time() + total_s

    is_sent = False

    async def in_time(step: Callable[[], Awaitable[T]]) -> T:
        with trio.CancelScope(deadline=total_at_s):
            return await step()
        none = TurnResult(thread_id=handle.thread_id, turn_id=None, status="timed_out", text="")
        late = TurnTimedOut(f"the ask with key {key!r} used up its total of {total_s:g} s", none)
        late.outcome_certain = not is_sent
        raise late

    async def look_up() -> Found | None:
        handle.check_open()
        # After a kill the record of a thread that is not loaded lags for some milliseconds.
        await bring_back(handle, limit_s)
        return await find_keyed(engine, handle.thread_id, key)

    async def send() -> TurnResult:
        nonlocal is_sent
        is_sent = True
        return await ask(total_at_s)

    if key in keys and profile.overlap == "reject":
        raise SessionBusy(handle.thread_id, None, "an ask with this key runs on it")
    steps = KeyedSteps(
        look_up=partial(in_time, look_up),
        send=send,
        wait_for_server=partial(in_time, engine.connected),
    )
    async with AsyncExitStack() as held:
        await in_time(partial(held.enter_async_context, keys.hold(key)))
        result = await ask_keyed(steps, look_first=True, settle_s=min(limit_s, total_s))
    return _typed(params, result)


def _typed(params: PromptParams, result: TurnResult) -> TurnResult:
    """The same with its output, which a result from the record lacks."""
    if params.output is None or type(result) is not TurnResult:
        return result
    try:
        output = output_spec(params.output).decode(result.text)
    except ValueError as problem:
        raise OutputMismatch(str(problem), result) from problem
    return TypedResult[object].of(result, output)

"""From an ended route to what the user gets: a result, or the exception that carries it.

Owns which end raises what. Does not wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_runtime.errors import (
    TurnFailed,
    TurnInterrupted,
    TurnLost,
    TurnNotEnded,
    TurnTimedOut,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_runtime.engine.turn_route import TurnRoute
    from codex_runtime.model.results import TurnResult

__all__ = ["completed_result", "result_of"]


def result_of(route: TurnRoute) -> TurnResult:
    """The result, however the turn ended.

    Raises `TurnNotEnded` before the end, and what kept the turn from starting if it never did.
    """
    if route.result is not None:
        return route.result
    if route.failure is not None:
        raise route.failure
    raise TurnNotEnded


def completed_result(
    route: TurnRoute, result_now: Callable[[], TurnResult] | None = None
) -> TurnResult:
    """The result of a completed turn; any other end raises `TurnNotCompleted`'s kin.

    ``result_now`` gives the result, where it is more than `result_of` knows.
    """
    result = result_of(route) if result_now is None else result_now()
    name = f"turn {result.turn_id} of thread {result.thread_id}"
    match result.status:
        case "completed":
            return result
        case "interrupted":
            why = f": {route.stop_reason}" if route.stop_reason is not None else ""
            told = f"{name} was interrupted{why}"
            interrupted = TurnInterrupted(told, result, reason=route.stop_reason)
            interrupted.outcome_certain = not route.request_written
            raise interrupted
        case "timed_out":
            total_s = route.limits.total_s
            error = TurnTimedOut(f"{name} used up its total of {total_s:g} s", result)
            error.outcome_certain = not route.request_written
            raise error
        case "lost":
            raise TurnLost(f"{name} was lost: {route.failure}", result) from route.failure
        case _:
            why = result.error.message if result.error is not None else "no reason was given"
            raise TurnFailed(f"{name} ended as {result.status}: {why}", result)

"""Tool calls at work: one call of the model, run within its deadline, and always answered.

Owns the deadline and what becomes of a failure. Does not know how a call came in, which tool it
names, nor who cancels it when its turn ends. Enter at `run_tool`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import trio

from codex_runtime.engine.user_code import call_user_code, run_user_function
from codex_runtime.model.typed.tools import text_content
from codex_runtime.protocol import DynamicToolCallResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_runtime.model.typed.tools import AnyTool

__all__ = ["run_tool"]

_log: Final = logging.getLogger("codex_runtime")


async def run_tool(tool: AnyTool, arguments: object) -> DynamicToolCallResponse:
    """Call ``tool`` with plain JSON, for at most its ``timeout_s``.

    Arguments that are not of its signature, a passed deadline and an exception of the function are
    answers with ``success=False`` that tell the model what was wrong (an exception by its type and
    text; the log has the rest). Cancelling ends the function; what it raises beside the
    cancellation is logged.
    """
    try:
        values = tool.bind(arguments)
    except ValueError as problem:
        return _failure(f"invalid arguments: {problem}")
    with trio.move_on_after(tool.timeout_s):
        try:
            value = await call_user_code(partial(run_user_function, tool.function, **values))
            content = tool.content(value)
        except Exception as problem:  # noqa: BLE001 - the model is told, and the log
            return _failed(tool, problem)
        return DynamicToolCallResponse(content_items=content, success=True)
    _log.warning("the tool %r was ended after %s s", tool.name, tool.timeout_s)
    return _failure(f"the tool took longer than {tool.timeout_s:g} s and was ended")


def _failed(tool: AnyTool, problem: Exception) -> DynamicToolCallResponse:
    _log.warning("the tool %r failed", tool.name, exc_info=problem)
    return _failure("; ".join(f"{type(leaf).__name__}: {leaf}" for leaf in _leaves(problem)))


def _leaves(problem: Exception) -> Iterator[Exception]:
    if isinstance(problem, ExceptionGroup):
        for inner in cast("ExceptionGroup[Exception]", problem).exceptions:
            yield from _leaves(inner)
    else:
        yield problem


def _failure(text: str) -> DynamicToolCallResponse:
    return DynamicToolCallResponse(content_items=[text_content(text)], success=False)

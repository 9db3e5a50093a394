"""What kind of function somebody gave: async, plain, or one of which only its call can tell.

Owns that question, and the mark of the async functions that are this library's own. Calls nothing:
see ``engine.user_code``. Enter at `kind_of`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import FunctionType, MethodType
from typing import Final, Literal, TypeAlias, TypeVar, cast

__all__ = ["FunctionKind", "is_generator", "kind_of", "own"]

F = TypeVar("F", bound=Callable[..., object])

FunctionKind: TypeAlias = Literal["own", "async", "plain", "unknown"]
"""``own`` is async too. ``unknown``: lambdas, objects with ``__call__``, what C has written."""

_MARK: Final = "_codex_runtime_own"


def own(function: F) -> F:
    """Mark an async function of this library, which needs trio whatever the user's code needs."""
    setattr(function, _MARK, True)
    return function


def kind_of(function: object) -> FunctionKind:
    """The kind of a callable, of what a partial or a bound method calls in the end."""
    inner = _innermost(function)
    called = getattr(type(inner), "__call__", None)  # noqa: B004 - its mark, not whether it is there
    if getattr(inner, _MARK, None) is True or getattr(called, _MARK, None) is True:
        return "own"
    if inspect.iscoroutinefunction(inner):
        return "async"
    is_plain = isinstance(inner, FunctionType) and inner.__name__ != "<lambda>"
    return "plain" if is_plain else "unknown"


def is_generator(function: object) -> bool:
    """Whether calling it gives a generator, async or not, and so never an answer."""
    inner = _innermost(function)
    if not isinstance(inner, FunctionType):
        return False
    # A generator that `types.coroutine` has made awaitable is one in name alone.
    is_awaited = bool(inner.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE)
    yields = inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner)
    return yields and not is_awaited


def _innermost(function: object) -> object:
    while isinstance(function, (partial, MethodType)):
        inner = function.func if isinstance(function, partial) else function.__func__
        function = cast("object", inner)
    return function

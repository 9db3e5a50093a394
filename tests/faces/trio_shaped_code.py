"""What a test gives to be called, in the shape that the user of a face would give it in.

Owns the replacement of the test's trio functions in configurations, the way back, and the call of
one of them in the test's own trio run, wherever the face calls from. Does not know how a user of a
face waits: see `trio_shaped_users`. Enter at `UserCode` and `Visit`.
"""

from __future__ import annotations

import inspect
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs
import trio

from codex_runtime import Hook, HookConfig, RuntimeConfig, Tool
from codex_runtime.model.functions import kind_of
from codex_runtime.model.profile import ProfileFields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Function", "UserCode", "Visit"]

Function: TypeAlias = "Callable[..., Any]"
"""What users write, whatever it takes and returns: hence Any."""

_PARTS: Final[dict[type, tuple[str, ...]]] = {
    RuntimeConfig: ("approvals", "on_server_request", "hooks", "defaults"),
    ProfileFields: ("approvals", "hooks", "tools"),
    HookConfig: ("hooks",),
    Hook: ("run",),
    Tool: ("function",),
}
"""Where functions of the user are, by the class that holds them."""


class UserCode:
    """The functions of one test, each in the shape of the test and in that of the face's user."""

    def __init__(self, adapt: Callable[[Function], Function]) -> None:
        self._adapt = adapt
        self._adapted: dict[Function, Function] = {}
        self._originals: dict[Function, Function] = {}

    def given(self, value: object) -> object:
        """``value`` as the user of the face would give it."""
        return _replaced(value, self.adapted)

    def returned(self, value: object) -> object:
        """``value`` as the test gave it."""
        return _replaced(value, lambda function: self._originals.get(function, function))

    def adapted(self, function: Function) -> Function:
        """The function in the shape of the face; what is the library's or plain stays as it is."""
        if kind_of(function) in ("own", "plain") or function in self._originals:
            return function
        if function not in self._adapted:
            self._adapted[function] = adapted = self._adapt(function)
            self._originals[adapted] = function
        return self._adapted[function]


def _replaced(value: object, replace: Callable[[Function], Function]) -> object:
    """``value``, or a copy of it with other functions, if ``replace`` gives others."""
    if isinstance(value, tuple):
        items = cast("Sequence[object]", value)
        replaced = tuple(_replaced(item, replace) for item in items)
        return items if all(map(_is, replaced, items)) else replaced
    for kind, parts in _PARTS.items():
        if isinstance(value, kind):
            old = {name: getattr(value, name) for name in parts if hasattr(value, name)}
            new = {name: _replaced_part(part, replace) for name, part in old.items()}
            changed = {name: part for name, part in new.items() if part is not old[name]}
            # Any: an instance of one of those classes, each made by attrs.
            return attrs.evolve(cast("Any", value), **changed) if changed else value
    return value


def _replaced_part(value: object, replace: Callable[[Function], Function]) -> object:
    is_function = callable(value) and not isinstance(value, Tool)
    return replace(cast("Function", value)) if is_function else _replaced(value, replace)


def _is(one: object, other: object) -> bool:
    return one is other


class Visit:
    """One call of a function of the test, in the test's own trio run.

    ``told`` is called there when it has ended. Made where the face calls the function: it runs with
    the context of there.
    """

    def __init__(self, call: Callable[[], object], told: Callable[[], None]) -> None:
        self._call = call
        self._told = told
        self._context = copy_context()
        self._scope = trio.CancelScope()
        self._value: object = None
        self._error: BaseException | None = None
        self.was_cancelled = True

    def begin(self, token: trio.lowlevel.TrioToken) -> None:
        """Run it; raises `trio.RunFinishedError` when the test is over."""
        token.run_sync_soon(self._begin)

    def _begin(self) -> None:
        try:
            trio.lowlevel.spawn_system_task(self._run, context=self._context)
        except RuntimeError:  # the test is just over
            self._told()

    def cancel(self, token: trio.lowlevel.TrioToken) -> None:
        """End it as trio does."""
        token.run_sync_soon(self._scope.cancel)

    async def _run(self) -> None:
        try:
            with self._scope:
                value = self._call()
                self._value = await value if inspect.isawaitable(value) else value
                self.was_cancelled = False
        except trio.Cancelled:  # the test is over
            raise
        except BaseException as problem:  # noqa: BLE001 - the caller's, whatever it is
            self._error = problem
            self.was_cancelled = False
        finally:
            self._told()

    def result(self) -> object:
        """What it returned, or what it raised."""
        if self.was_cancelled:
            raise RuntimeError("the function was ended, maybe with its test")
        if self._error is not None:
            raise self._error
        return self._value

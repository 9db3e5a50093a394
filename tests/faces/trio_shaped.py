"""A face in the shape of the core, so that the core's own tests run through it as they stand.

Owns the handles that a trio test holds: each stands for one of a face, with the names and the kinds
of the core's class. What is awaited in the core is awaited where the user of the face is. Does not
know how he waits (`trio_shaped_users`) nor what he writes (`trio_shaped_code`). Enter at
`TrioShaped`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import trio
from trio.testing import wait_all_tasks_blocked

import codex_runtime
from codex_runtime import RuntimeClosed
from codex_runtime.faces.jobs import Job
from codex_runtime.history.catalogue import Threads
from codex_runtime.history.pages import ItemPager, ThreadPager, TurnPager
from codex_runtime.session.turn import TurnStream
from tests.faces.trio_shaped_code import UserCode
from tests.faces.trio_shaped_users import BOUND_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterable
    from types import ModuleType, TracebackType

    from codex_runtime import RuntimeConfig
    from codex_runtime.faces.thread import OwnedThread
    from tests.faces.trio_shaped_code import Function
    from tests.faces.trio_shaped_users import FaceUser

__all__ = ["Shaped", "TrioShaped"]

_NAMES: Final = (
    "ChildEvents",
    "ChildThread",
    "Repeat",
    "Runtime",
    "Session",
    "StateEvents",
    "StateView",
    "Subscription",
    "Throttle",
    "Turn",
)
_CORE: Final[dict[str, type]] = {
    **{cls.__name__: cls for cls in (ItemPager, ThreadPager, Threads, TurnPager, TurnStream)},
    **{name: getattr(codex_runtime, name) for name in _NAMES},
}
"""The classes of the handles, by the name that they have in every face."""

_FACES: Final = "codex_runtime.faces."

_FUNCTION: Final = "on_result"
"""The one function that is given for itself, and not in a configuration."""


class TrioShaped:
    """The doors of one face, for one test, and the user who goes through them."""

    def __init__(self, face: ModuleType, user: FaceUser) -> None:
        self._face = face
        self.user: Final = user
        self._code = UserCode(user.adapt)
        self._threads: set[OwnedThread[Any]] = set()  # Any: what they open

    # Any: in the tests these pass for what the core gives.

    def open_runtime(self, config: RuntimeConfig | None = None) -> Any:
        """As of the core."""
        return self.call_now(self._face.open_runtime, config)

    def throttle(self, events: AsyncIterable[object], **options: int) -> Any:
        """As of the core."""
        return self.call_now(self._face.throttle, events, **options)

    def call_now(self, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        """Call what does not wait."""
        return self.shaped(self.user.now(self._given(function, args, kwargs)))

    async def call(
        self, function: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        """Call what the core awaits."""
        return self.shaped(await self.user.call(self._given(function, args, kwargs)))

    def _given(
        self, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Callable[[], object]:
        named = {name: self._code.given(unshaped(value)) for name, value in kwargs.items()}
        if named.get(_FUNCTION) is not None:
            named[_FUNCTION] = self._code.adapted(cast("Function", named[_FUNCTION]))
        return partial(function, *(self._code.given(unshaped(value)) for value in args), **named)

    def shaped(self, value: object) -> object:
        """What a face gave, as the core would give it."""
        if isinstance(value, tuple):
            items = cast("tuple[object, ...]", value)
            return tuple(map(self.shaped, items)) if any(map(_is_handle, items)) else items
        if _is_handle(value):
            handle = Shaped(self, value)
            if type(value).__name__ == "Runtime":
                self._threads.add(handle.thread)
            return handle
        if inspect.isfunction(value):
            return partial(self.call_now, value)
        return self._code.returned(value)

    async def settled(self, cushion_s: float = 0.0) -> None:
        """`trio.testing.wait_all_tasks_blocked`, for the runtimes and their users as well."""
        await wait_all_tasks_blocked(cushion_s)
        for _ in range(2):
            await self.user.rest()
            for thread in tuple(self._threads):
                await _thread_settled(thread, cushion_s)
            await wait_all_tasks_blocked(cushion_s)


def _is_handle(value: object) -> bool:
    return type(value).__module__.startswith(_FACES)


def unshaped(value: object) -> object:
    """The face's own handle, if ``value`` stands for one."""
    return value._handle if isinstance(value, Shaped) else value


async def _thread_settled(thread: OwnedThread[Any], cushion_s: float) -> None:
    """No task of the runtime can run, or it has ended."""
    token, ended = trio.lowlevel.current_trio_token(), trio.Event()

    def tell() -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(ended.set)

    probe = Job(partial(wait_all_tasks_blocked, cushion_s), tell)
    try:
        thread.submit(probe)
    except RuntimeClosed:
        return
    await ended.wait()


class Shaped:
    """Stands for one handle of a face; which of its methods are awaited, the core's class says."""

    def __init__(self, shape: TrioShaped, handle: object) -> None:
        self._shape = shape
        self._handle = handle

    @property
    def thread(self) -> OwnedThread[Any]:
        """Of the runtime."""
        thread: OwnedThread[Any] = cast("Any", self._handle)._bridge.thread
        return thread

    def __repr__(self) -> str:
        return repr(self._handle)

    def __eq__(self, other: object) -> bool:
        return self._handle == unshaped(other)

    def __hash__(self) -> int:
        return hash(self._handle)

    def __getattr__(self, name: str) -> Any:  # Any: whatever the handle has
        value = getattr(self._handle, name)
        if not inspect.ismethod(value):
            return self._shape.shaped(value)
        of_core = getattr(_CORE[type(self._handle).__name__], name)
        is_awaited = inspect.iscoroutinefunction(of_core)
        return partial(self._shape.call if is_awaited else self._shape.call_now, value)

    def _special(self, name: str) -> Callable[..., object]:
        """``__aenter__`` and its like by the face's own name."""
        method: Callable[..., object] = getattr(
            self._handle, f"__{self._shape.user.prefix}{name}__"
        )
        return method

    async def __aenter__(self) -> object:
        return await self._shape.call(self._special("enter"))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> object:
        leave = self._special("exit")
        if value is None or not _is_cancelled(value):
            # As he does it: ended while he leaves, if he is.
            return await self._shape.call(leave, kind, value, traceback)  # noqa: ASYNC102
        # His own kind of it has come once, and comes no second time while he leaves.
        cancelled = self._shape.user.cancellation()
        with trio.move_on_after(BOUND_S, shield=True) as bound:
            await self._shape.call(leave, type(cancelled), cancelled, None)
        assert not bound.cancelled_caught, "leaving a block hangs"
        return None

    def __aiter__(self) -> object:
        return self._shape.call_now(self._special("iter"))

    async def __anext__(self) -> object:
        return await self._shape.call(self._special("next"))


def _is_cancelled(problem: BaseException) -> bool:
    if isinstance(problem, BaseExceptionGroup):
        return problem.subgroup(trio.Cancelled) is not None
    return isinstance(problem, trio.Cancelled)

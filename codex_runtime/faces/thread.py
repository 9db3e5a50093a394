"""`OwnedThread`: a daemon thread that runs trio for as long as what it opened is open.

Owns the life of the thread, where the jobs of others are run, and its end: asked for, at the exit
of the interpreter, or in the child of a fork. Does not know how a caller waits: whoever gives a job
has itself told. Enter at `OwnedThread.start` and `OwnedThread.submit`.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import trio

from codex_runtime.engine.user_code import user_code_host
from codex_runtime.errors import RuntimeClosed
from codex_runtime.faces.jobs import Job, Quick, Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from codex_runtime.engine.user_code import UserCodeHost

__all__ = ["MonotonicClock", "OwnedThread"]

R = TypeVar("R")
T = TypeVar("T")

_LAST_JOBS_S: Final = 1.0
"""How long calls that are under way may take once all that they could wait for has ended."""

_EXIT_S: Final = 60.0
"""What the interpreter's exit waits for, at most. The shutdown is bounded by the configuration."""


class MonotonicClock(trio.abc.Clock):
    """The clock of `time.monotonic`, and so of asyncio's loops: moments mean the same to both."""

    def start_clock(self) -> None:
        """It runs already."""

    def current_time(self) -> float:
        """Seconds."""
        return time.monotonic()

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Seconds until then."""
        return deadline - time.monotonic()


def _nobody() -> None:
    """Is told of the end of what nobody waits for."""


class OwnedThread(Generic[R]):
    """A thread that opens something of trio's, serves calls on it, and closes it.

    Held by its own thread while that runs: what its users hold is a `Bridge`, which asks it to stop
    when nobody holds that any more.
    """

    def __init__(
        self,
        opener: Callable[[], AbstractAsyncContextManager[R]],
        host: UserCodeHost | None = None,
        clock: trio.abc.Clock | None = None,
    ) -> None:
        self._opener = opener
        self._host = host
        self._clock = MonotonicClock() if clock is None else clock
        # Entered again when garbage is collected inside of it: what is collected may ask to stop.
        self._lock = threading.RLock()
        self._waiting: set[Waiting] = set()
        self._streams: weakref.WeakSet[Waiting] = weakref.WeakSet()
        self._told_open: list[Callable[[], None]] = []
        self._told_end: list[Callable[[], None]] = []
        self._token: trio.lowlevel.TrioToken | None = None
        self._scope = trio.CancelScope()
        self._stopping = trio.Event()
        self._must_stop = False
        self._jobs: trio.Nursery | None = None
        self._thread: threading.Thread | None = None
        self.resource: R | None = None
        """What was opened, once it is."""
        self.problem: BaseException | None = None
        """Why it was not opened, or what closing it raised."""
        self.has_ended: bool = False
        self.is_forked: bool = False
        """This is the child of a fork: the thread is its parent's."""

    # -- its life, from any thread ---------------------------------------------------------------

    def start(self) -> None:
        """Begin; `when_open` tells when it can be used, or has failed."""
        target = partial(copy_context().run, self._main)
        self._thread = threading.Thread(target=target, name="codex_runtime", daemon=True)
        with _living_lock:
            _living.add(self)
        try:
            self._thread.start()
        except BaseException:  # the system has no more threads
            with _living_lock:
                _living.discard(self)
            raise

    def when_open(self, told: Callable[[], None]) -> None:
        """Have ``told`` called once there is a `resource`, or a `problem`: in the thread."""
        with self._lock:
            if self.resource is None and not self.has_ended and not self.is_forked:
                self._told_open.append(told)
                return
        told()

    def when_ended(self, told: Callable[[], None]) -> None:
        """Have ``told`` called once the thread has done all it ever does."""
        with self._lock:
            if not self.has_ended and not self.is_forked:
                self._told_end.append(told)
                return
        told()

    def stop(self, *, hurry: bool = False) -> None:
        """Close what is open; with ``hurry`` also what is not yet. Returns at once."""
        with self._lock:
            self._must_stop = True
            if self._token is None or self.has_ended or self.is_forked:
                return
        self._try_soon(self._scope.cancel if hurry else self._stopping.set)

    def join(self, timeout_s: float) -> None:
        """Wait for the end of the thread, at most so long."""
        if self._thread is not None and self._thread.ident is not None and not self.is_forked:
            self._thread.join(timeout_s)

    @property
    def is_current(self) -> bool:
        """The caller is in this thread."""
        return threading.current_thread() is self._thread

    # -- calls, from any thread ------------------------------------------------------------------

    def submit(self, job: Job[Any]) -> None:  # Any: whatever it returns
        """Run a job, or refuse it when that cannot be any more."""
        with self._lock:
            is_open = not (self.has_ended or self.is_forked or self._token is None)
            if is_open:
                self._waiting.add(job)
        if not is_open or not self._try_soon(partial(self._begin, job)):
            self._forget(job)
            job.refuse()

    def give_up(
        self,
        job: Job[T],
        undo: Callable[[T], Awaitable[object]] | None,
        told: Callable[[], None],
    ) -> bool:
        """End a job whose caller has gone, and undo what it returned; then ``told`` is told.

        False when the thread has ended, and everything with it.
        """
        return self.soon(partial(job.cancel, partial(self._undo, job, undo, told)))

    def _undo(
        self,
        job: Job[T],
        undo: Callable[[T], Awaitable[object]] | None,
        told: Callable[[], None],
    ) -> None:
        if undo is None or not job.has_value:
            told()
        else:
            self.spawn(partial(undo, job.result()), told)

    def now(self, function: Callable[[], T]) -> T:
        """Run something quick in the thread, and wait; after its end, here."""
        if self.is_forked:
            raise RuntimeClosed
        quick = Quick(function)
        with self._lock:
            here = self.has_ended or self.is_current or self._token is None
            if not here:
                self._waiting.add(quick)
        if here or not self._try_soon(quick.run) or not quick.wait():
            self._forget(quick)
            return function()
        self._forget(quick)
        if quick.error is not None:
            raise quick.error
        return quick.value  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    def soon(self, function: Callable[[], object]) -> bool:
        """Run something quick in the thread; False when it has ended."""
        return not self.has_ended and not self.is_forked and self._try_soon(function)

    def spawn(
        self, function: Callable[[], Awaitable[object]], on_done: Callable[[], None] = _nobody
    ) -> None:
        """Run a coroutine, if that can be; ``on_done`` is told of its end, and of a refusal."""
        self.submit(Job(function, on_done))

    def add_stream(self, stream: Waiting) -> None:
        """Have ``stream`` refused if the thread fails, as it never should. It is held weakly."""
        with self._lock:
            self._streams.add(stream)

    # -- in the thread ---------------------------------------------------------------------------

    def _main(self) -> None:
        user_code_host.set(self._host)
        try:
            trio.run(self._serve, clock=self._clock)
        except BaseException as problem:  # noqa: ASYNC103, BLE001 - raised by who waits for the end
            self.problem = self.problem or problem
            self._end([*self._streams])
        else:
            self._end([])

    async def _serve(self) -> None:
        with self._lock:
            self._token = trio.lowlevel.current_trio_token()
            if self._must_stop:
                return
        with self._scope:
            async with trio.open_nursery() as jobs:
                self._jobs = jobs
                try:
                    await self._open()
                except Exception as problem:  # noqa: BLE001 - raised by who opens it, or closes it
                    self.problem = problem
                finally:
                    self._jobs = None  # nothing new from here on
                # What they used is closed, and they are told so: a moment to pass it on.
                jobs.cancel_scope.deadline = trio.current_time() + _LAST_JOBS_S

    async def _open(self) -> None:
        async with self._opener() as resource:
            with self._lock:
                self.resource = resource
                told = self._told_open[:]
                self._told_open.clear()
            for call in told:
                call()
            await self._stopping.wait()

    def _begin(self, job: Job[Any]) -> None:  # Any: whatever it returns
        if self._jobs is None:
            self._forget(job)
            job.refuse()
            return
        job.begin(self._jobs, self._forget)

    def _end(self, streams: list[Waiting]) -> None:
        with self._lock:
            self.has_ended = True
            waiting = [*self._waiting, *streams]
            told = [*self._told_open, *self._told_end]
            self._waiting.clear()
        with _living_lock:
            _living.discard(self)
        for one in waiting:
            one.refuse()
        for call in told:
            call()

    # -- both ------------------------------------------------------------------------------------

    def _forget(self, waiting: Waiting) -> None:
        with self._lock:
            self._waiting.discard(waiting)

    def _try_soon(self, function: Callable[[], object]) -> bool:
        if self._token is None:
            return False
        try:
            self._token.run_sync_soon(function)
        except trio.RunFinishedError:
            return False
        return True

    def forget_parent(self) -> None:
        """This process is the child of a fork, in which nothing of it runs."""
        self.is_forked = True
        self._lock = threading.RLock()


_living: Final[set[OwnedThread[Any]]] = set()  # Any: whatever they opened
_living_lock = threading.Lock()


def _end_all() -> None:
    """At the exit of the interpreter: nothing may be left behind."""
    living = [thread for thread in tuple(_living) if not thread.is_forked]
    for thread in living:
        thread.stop()
    for thread in living:
        thread.join(_EXIT_S)


def _forget_all() -> None:
    """In the child of a fork."""
    global _living_lock  # noqa: PLW0603 - who held it is not here
    _living_lock = threading.Lock()
    for thread in tuple(_living):
        thread.forget_parent()
    _living.clear()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

"""`Trial`: what a scenario is given: the server, the client to open, and its means of judging.

Owns the bounds of a trial and the tools for tasks side by side. Knows neither clients nor rows.
Enter at `Trial`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import trio
import trio.testing

from codex_runtime.testing.faults.client import ClientOptions, Place
from codex_runtime.testing.faults.joint_clock import JointClock
from codex_runtime.testing.faults.places import TRIAL_MARKER, real_codex
from codex_runtime.testing.faults.verdicts import ClientError, NotApplicable, NotSurvived

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from codex_runtime.testing import ModelRequest, Reply, ScriptedModel
    from codex_runtime.testing.fake_server import FakeAppServer, FakeTurn, Play
    from codex_runtime.testing.faults.client import Approve, Client, ClientFactory

__all__ = ["Later", "Trial"]

T = TypeVar("T")


class Later:
    """A call in a task of its own; its outcome is looked at afterwards."""

    def __init__(self) -> None:
        self.done: trio.Event = trio.Event()
        self.value: Any = None  # whatever the function returns
        self.error: ClientError | None = None
        self.took_s: float = 0.0
        self.scope: trio.CancelScope = trio.CancelScope()

    # Any: whatever the function takes and returns.
    async def run(self, function: Callable[..., Awaitable[Any]], args: tuple[Any, ...]) -> None:
        """Call and note; raises nothing but what is no `ClientError`."""
        began = trio.current_time()
        try:
            with self.scope:
                self.value = await function(*args)
        except ClientError as problem:
            self.error = problem
        finally:
            self.took_s = trio.current_time() - began
            self.done.set()

    async def result(self) -> Any:  # as above
        """Wait for it; what it returned, or its `ClientError` raised."""
        await self.done.wait()
        if self.error is not None:
            raise self.error
        return self.value


@attrs.define(eq=False, kw_only=True)
class Trial:
    """One run of one scenario with one client."""

    fault: bool
    """False: play the same without the fault; everything must then hold for the control too."""
    scratch: Path
    """An empty directory of this trial's own."""
    factory: ClientFactory
    place: Place
    """Where `client` opens; in memory it is `server`. A scenario in a child sets it."""
    server: FakeAppServer
    """The server in memory, with its knobs; unused elsewhere."""
    cancels: bool = True
    """The client's calls end when their task is cancelled; see `Contender`."""
    settle_s: float = 0.01
    """What `settle` waits: more for a client with threads or processes of its own."""
    play_errors: list[Exception] = attrs.field(factory=list[Exception])
    """What plays raised: mistakes of the scenario, so the trial is void."""
    children: list[trio.Process] = attrs.field(factory=list[trio.Process])
    """What clients started and did not look after."""

    # -- clients ---------------------------------------------------------------------------------

    # Any: fields of RuntimeConfig, which checks them.
    def client(
        self, *, approve: Approve | None = None, **ours: Any
    ) -> AbstractAsyncContextManager[Client]:
        """Open the client that is on trial; ``ours`` configures `codex_runtime`, if it is that."""
        return self.factory(self.place, ClientOptions(approve=approve, ours=ours))

    # -- the server in memory --------------------------------------------------------------------

    def play(self, play: Play) -> None:
        """What the server's turns do from now on: see `FakeAppServer`."""
        self.server.play = self.watched(play)

    def watched(self, play: Play) -> Play:
        """The same play; what it raises makes the trial void."""

        async def watched(turn: FakeTurn) -> None:
            try:
                await play(turn)
            except Exception as problem:
                self.play_errors.append(problem)
                raise

        return watched

    # -- servers that are programs ---------------------------------------------------------------

    @property
    def marker(self) -> str:
        """``NAME=value`` in the environment of every process of this trial."""
        return f"{TRIAL_MARKER}={self.scratch.name}"

    def use_codex(self, path: str | Path) -> None:
        """Clients that are opened from now on start this program, as they would ``codex``."""
        env = {TRIAL_MARKER: self.scratch.name}
        self.place = Place(codex_bin=str(path), env=env, children=self.children)

    @asynccontextmanager
    async def real_codex(
        self, respond: Callable[[ModelRequest], Reply] | None = None
    ) -> AsyncGenerator[ScriptedModel, None]:
        """The real app-server, for clients opened in the block; the model that it asks."""
        env = {TRIAL_MARKER: self.scratch.name}
        async with real_codex(self.scratch, env, respond) as (place, model):
            self.place = attrs.evolve(place, children=self.children)
            yield model

    # -- judging ---------------------------------------------------------------------------------

    @staticmethod
    def check(holds: object, otherwise: str) -> None:
        """Raise `NotSurvived` with ``otherwise`` unless it holds."""
        if not holds:
            raise NotSurvived(otherwise)

    @staticmethod
    @contextmanager
    def within(seconds: float, what: str) -> Generator[None, None, None]:
        """A block that takes longer than this has hung: `NotSurvived`."""
        with trio.move_on_after(seconds) as scope:
            yield
        if scope.cancelled_caught:
            raise NotSurvived(f"hung: {what}")

    @staticmethod
    def not_applicable(reason: str) -> NotApplicable:
        """What to raise where the scenario cannot be shown on this machine."""
        return NotApplicable(reason)

    # -- time and tasks --------------------------------------------------------------------------

    async def settle(self) -> None:
        """In memory: let everything happen that needs no time."""
        clock = trio.lowlevel.current_clock()
        with clock.patient() if isinstance(clock, JointClock) else nullcontext():
            await trio.sleep(self.settle_s)
        await trio.testing.wait_all_tasks_blocked()

    async def until(self, holds: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
        """Wait until it holds; raises `NotSurvived` when it takes too long."""
        with self.within(seconds, what):
            while not holds():  # noqa: ASYNC110 - whatever it is, nothing tells of it
                await trio.sleep(0.01)

    @staticmethod
    def later(
        nursery: trio.Nursery,
        function: Callable[..., Awaitable[T]],
        *args: Any,  # whatever the function takes
    ) -> Later:
        """Call it in a task of ``nursery``."""
        later = Later()
        nursery.start_soon(later.run, function, args)
        return later

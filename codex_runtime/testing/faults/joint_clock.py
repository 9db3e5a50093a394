"""One virtual time for a trial whose client runs in threads of its own.

Owns the instant that all of them share, and when it jumps: when every one of them rests, has done
so for a moment, and still does at a second look. Knows no client. Enter at `JointClock`, the clock
of the trial, and its `member`, the clock of another run of trio.
"""

from __future__ import annotations

import math
import selectors
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["JointClock", "MemberClock", "RestingSelector", "Seat"]

S = TypeVar("S", bound="Seat")

_THREADS: Final = Path("/proc/self/task")
_SEES_THREADS: Final = _THREADS.is_dir()
"""Linux tells which threads want to run. Elsewhere a rest has to be long enough for any of them."""

_SHORTEST_REST_S: Final = 0.004
_PATIENT_REST_S: Final = 0.02
_REST_PER_SECOND_S: Final = 0.01
"""Of the jump: a message between threads may be late, and time must not pass it."""
_LONGEST_REST_S: Final = 0.02 if _SEES_THREADS else 0.25

_POLL_S: Final = 0.02
_RAN_S: Final = 0.0005
"""A step of the trial that took longer than this did something."""


class Seat:
    """One of those that share the time: it works until it says that it rests."""

    def __init__(self, joint: JointClock) -> None:
        self.joint: JointClock = joint
        self.rests: bool = False
        self.deadline_s: float = math.inf
        """When it wants to go on by itself."""

    @contextmanager
    def resting(self) -> Generator[None, None, None]:
        """A block in which it waits for others."""
        self.joint.rest(self, math.inf)
        try:
            yield
        finally:
            self.joint.work(self)

    def wake(self) -> bool:
        """Its deadline has come, or is to be looked at; False when it never works again."""
        return True


class MemberClock(Seat, trio.abc.Clock):
    """The clock of another run of trio, in another thread."""

    def __init__(self, joint: JointClock) -> None:
        super().__init__(joint)
        self._token: trio.lowlevel.TrioToken | None = None

    def start_clock(self) -> None:
        """See `trio.abc.Clock`."""

    def current_time(self) -> float:
        """See `trio.abc.Clock`."""
        return self.joint.work(self)

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """See `trio.abc.Clock`: for ever; whoever moves the time wakes it."""
        if self._token is None:
            self._token = trio.lowlevel.current_trio_token()
        return 0.0 if self.joint.rest(self, deadline) else math.inf

    def wake(self) -> bool:
        """See `Seat`."""
        if self._token is not None:
            try:
                self._token.run_sync_soon(_look, idempotent=True)
            except trio.RunFinishedError:
                return False
        return True


def _look() -> None:
    """Wakes a run of trio, which then looks at its clock."""


class JointClock(trio.abc.Clock):
    """The clock of the trial; the others have a `Seat` each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now_s: float = 0.0
        self._seats: set[Seat] = set()
        self._deadline_s: float = math.inf
        self._shortest_s: float = _SHORTEST_REST_S
        self._busy_at_s: float = time.perf_counter()
        """When anybody was last seen to work, on the real clock like the next two."""
        self._looked_at_s: float = self._busy_at_s
        self._sleeps_until_s: float | None = None
        self._has_looked = False
        """All rested when it last looked, and nobody said otherwise since."""

    @contextmanager
    def member(self) -> Generator[MemberClock, None, None]:
        """A clock for one other run of trio, which ends before the block is left."""
        with self.seated(MemberClock(self)) as member:
            yield member

    @contextmanager
    def seated(self, seat: S) -> Generator[S, None, None]:
        """A block in which time waits for ``seat`` to rest."""
        with self._lock:
            self._seats.add(seat)
        try:
            yield seat
        finally:
            with self._lock:
                self._seats.discard(seat)

    @contextmanager
    def patient(self) -> Generator[None, None, None]:
        """A block in which time waits longer for whatever may still happen of itself."""
        self._shortest_s = _PATIENT_REST_S
        try:
            yield
        finally:
            self._shortest_s = _SHORTEST_REST_S

    # -- what the others tell --------------------------------------------------------------------

    def rest(self, seat: Seat, deadline_s: float) -> bool:
        """It has nothing to do until then; True if that is over already."""
        with self._lock:
            if deadline_s <= self._now_s:
                return True
            seat.rests, seat.deadline_s = True, deadline_s
            self._note_work(time.perf_counter())
            return False

    def work(self, seat: Seat) -> float:
        """It has something to do; what time it is."""
        with self._lock:
            seat.rests = False
            self._note_work(time.perf_counter())
            return self._now_s

    def _note_work(self, real_s: float) -> None:
        self._busy_at_s, self._has_looked = real_s, False

    # -- the clock of the trial ------------------------------------------------------------------

    def start_clock(self) -> None:
        """See `trio.abc.Clock`."""

    def current_time(self) -> float:
        """See `trio.abc.Clock`."""
        real_s = time.perf_counter()
        with self._lock:
            woken, self._sleeps_until_s = self._sleeps_until_s, None
            if woken is None or real_s < woken:
                self._note_work(real_s)  # it runs, or was told something
            elif all(seat.rests or not seat.wake() for seat in self._seats):
                self._jump(real_s)
            self._looked_at_s = time.perf_counter()  # to look at many threads takes a while
            return self._now_s

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """See `trio.abc.Clock`: until it is to be seen whether time may pass."""
        real_s = time.perf_counter()
        with self._lock:
            if deadline <= self._now_s:
                return 0.0
            self._deadline_s = deadline
            if real_s > self._looked_at_s + _RAN_S:
                self._note_work(real_s)
            left_s = self._busy_at_s + self._rest_s() - real_s
            sleep_s = min(max(left_s, _SHORTEST_REST_S / 4), _POLL_S)
            self._sleeps_until_s = real_s + 0.9 * sleep_s
            return sleep_s

    def _next_s(self) -> float:
        return min(self._deadline_s, *(seat.deadline_s for seat in self._seats), math.inf)

    def _rest_s(self) -> float:
        """How long all have to rest before the next jump."""
        wanted_s = self._shortest_s + _REST_PER_SECOND_S * (self._next_s() - self._now_s)
        return min(wanted_s, max(self._shortest_s, _LONGEST_REST_S))

    def _jump(self, real_s: float) -> None:
        next_s = self._next_s()
        if math.isinf(next_s) or real_s < self._busy_at_s + self._rest_s():
            return
        if _another_thread_runs():
            self._note_work(real_s)
            return
        if not self._has_looked:
            # One that was woken just now waits for the interpreter's lock, which this thread has:
            # it looks asleep until this one sleeps once more.
            self._has_looked = True
            return
        self._now_s = next_s
        self._note_work(real_s)
        for seat in self._seats:
            if seat.deadline_s <= next_s:
                seat.rests, seat.deadline_s = False, math.inf
                seat.wake()


def _another_thread_runs() -> bool:
    """Whether any other thread of this process has, or waits for, a processor."""
    if not _SEES_THREADS:
        return False
    mine = str(threading.get_native_id())
    for thread in _THREADS.iterdir():
        if thread.name != mine:
            with suppress(OSError):  # it has ended
                stat = (thread / "stat").read_bytes()
                if stat.rpartition(b") ")[2].startswith(b"R"):
                    return True
    return False


class RestingSelector(selectors.DefaultSelector):
    """What an asyncio loop waits with: it rests meanwhile."""

    def __init__(self, seat: Seat) -> None:
        super().__init__()
        self._seat = seat

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector`."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        with self._seat.resting():
            return super().select(timeout)

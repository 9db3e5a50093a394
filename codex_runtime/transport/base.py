"""What every transport is: bytes in, bytes out, one end.

Owns the `Transport` protocol and the `ExitReport` that its end leaves behind. Knows no process
and no frames. Every implementation passes one contract suite.
"""

from __future__ import annotations

from typing import Literal, Protocol

import attrs

__all__ = ["ExitReport", "Transport"]


@attrs.frozen(kw_only=True)
class ExitReport:
    """How a transport ended."""

    how: Literal["eof", "term", "kill", "crash", "in_memory"]
    """What ended the other side: the end of its input, SIGTERM, SIGKILL; ``crash`` is an exit
    that we did not ask for, whatever its code."""
    returncode: int | None = None
    """Negative for a signal; None in memory, or when even SIGKILL did not end it in time."""
    stderr_tail: str = ""
    """The end of its stderr, at most 64 KiB, undecodable bytes replaced."""
    left_behind: tuple[int, ...] = ()
    """Ids of processes it started that still run (daemons started on purpose)."""
    swept: tuple[int, ...] = ()
    """Ids of processes it started that had to be killed after it."""


class Transport(Protocol):
    """A stream of bytes both ways.

    One task may receive and one may send at a time; a second gets `trio.BusyResourceError`.
    """

    @property
    def exit_report(self) -> ExitReport | None:
        """How it ended; None until `aclose` has finished."""

    @property
    def returncode(self) -> int | None:
        """The code of the other side's exit, as soon as it is known; negative for a signal."""

    @property
    def stderr_tail(self) -> str:
        """The end of the other side's stderr so far, at most 64 KiB; diagnosis only."""
        ...

    async def receive_some(self) -> bytes:
        """The next bytes, at most 64 KiB; ``b""`` is the end, for good.

        The end comes when the other side is gone and what it had sent is read, and at once when
        `aclose` begins. Cancelling it loses nothing.
        """
        ...

    def receive_nowait(self) -> bytes:
        """Bytes that are here already, at least one and at most 64 KiB.

        For the task that receives, between two calls of `receive_some`.

        Raises:
            trio.WouldBlock: nothing is here now; whether more will come is `receive_some`'s to say.
        """
        ...

    async def send_all(self, data: bytes) -> None:
        """Send all of ``data``. Cancelled, it may have sent a part: the stream is then unusable.

        Raises:
            trio.BrokenResourceError: the other side is gone.
            trio.ClosedResourceError: `aclose` was called here.
        """

    async def aclose(self) -> ExitReport:
        """End both directions and what is behind them.

        Shielded from cancellation and bounded; idempotent, also when called twice at once: all
        callers get the same report.
        """
        ...

"""One run of the event loop under the signals of a terminal.

Owns what Ctrl-C, SIGTERM and SIGHUP do: the first Ctrl-C runs what was put into `Run.on_interrupt`,
everything else cancels the body, whose cleanup leaves no process. No signal becomes an exception
inside the loop. Enter at `run`.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.cli.exits import Exit, complain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["Run", "run"]

_EXITS: Final = {
    signal.SIGHUP: Exit.HUNG_UP,
    signal.SIGINT: Exit.INTERRUPTED,
    signal.SIGTERM: Exit.TERMINATED,
}


class Run:
    """What a body may use while it runs."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.nursery: Final = nursery
        """For tasks beside the body; cancelled when it ends."""
        self.scope: Final = trio.CancelScope()
        self.on_interrupt: Callable[[], Awaitable[object]] | None = None
        """Done at the first Ctrl-C, in place of cancelling the body. It handles its errors."""
        self.signal: signal.Signals | None = None
        """The last one that came."""

    async def watch(self, signals: AsyncIterator[int]) -> None:
        """Act on every signal; the end of the body ends it."""
        async for number in signals:
            first = self.signal is None
            self.signal = signal.Signals(number)
            if self.signal is signal.SIGINT and first and self.on_interrupt is not None:
                self.nursery.start_soon(self.on_interrupt)
            else:
                self.scope.cancel()


def run(body: Callable[[Run], Awaitable[Exit]]) -> Exit:
    """Run ``body`` in an event loop of its own; what it raises comes out as it is.

    A body that was cancelled by a signal gives that signal's code.
    """
    return trio.run(_run, body)


async def _run(body: Callable[[Run], Awaitable[Exit]]) -> Exit:
    code: Exit | None = None
    failure: BaseException | None = None
    with trio.open_signal_receiver(*_EXITS) as signals:
        async with trio.open_nursery() as nursery:
            this = Run(nursery)
            nursery.start_soon(this.watch, signals)
            with this.scope:
                # The body's exception goes around the nursery, which would wrap it into a group.
                try:
                    code = await body(this)
                except Exception as problem:  # noqa: BLE001 - raised again below
                    failure = problem
            nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if code is not None:
        return code
    if this.signal is None:
        return Exit.OUTPUT_CLOSED
    complain(f"stopped by {this.signal.name}")
    return _EXITS[this.signal]

"""What every scripted server offers to a test, whichever API it speaks.

Owns the face over script and record, and the door's inside: listeners and the task that serves
them. Knows no API and no HTTP. Enter at `ScriptedServer`; it is opened by `serving`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import trio

from codex_runtime.testing.http_server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from codex_runtime.testing.http_server import Handler
    from codex_runtime.testing.record import Record
    from codex_runtime.testing.script import Script
    from codex_runtime.testing.steps import Reply

__all__ = ["ScriptedServer", "serving"]

RequestT = TypeVar("RequestT")


class ScriptedServer(Generic[RequestT]):
    """A server whose answers the test decides.

    Replies are taken from `enqueue` first, then from `respond`, else a fixed text is sent.
    """

    def __init__(
        self, script: Script[RequestT], record: Record[RequestT], host: str, port: int
    ) -> None:
        self._script = script
        self._record = record
        self._host = host
        self.base_url: Final[str] = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
        """Root of the API, with its port."""

    @property
    def errors(self) -> Sequence[Exception]:
        """What `respond` raised, in order; each was answered with HTTP 500.

        A test whose `respond` should not raise looks here at its end.
        """
        return tuple(self._script.errors)

    @property
    def requests(self) -> Sequence[RequestT]:
        """Every request so far, in order of arrival; `requests[n].index == n`. All are kept."""
        return self._record.requests

    @property
    def active_streams(self) -> int:
        """How many requests are being answered now."""
        return self._record.active

    def enqueue(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order, before `respond` is asked."""
        self._script.enqueue(*replies)

    def release(self) -> None:
        """Let every answer under way go on past one `silence()` that has no gate of its own."""
        self._record.release()

    async def wait_for_requests(self, count: int) -> Sequence[RequestT]:
        """Return `requests` once there are `count`; the bound is the caller's scope."""
        await self._record.wait_for(count)
        return self.requests

    async def wait_disconnected(self, index: int) -> None:
        """Return once the client dropped the answer to request `index` (at an interrupt it does).

        Waits for that request to arrive, too; the bound is the caller's scope.

        Raises:
            RuntimeError: That answer ended otherwise.
        """
        exchange = await self._record.wait_ended(index)
        if not exchange.dropped:
            raise RuntimeError(f"the answer to request {index} ended without being dropped")


@asynccontextmanager
async def serving(handler: Handler, host: str, port: int) -> AsyncGenerator[tuple[str, int]]:
    """Serve while the block runs, at the address that is given to it.

    Leaving the block, in whatever way, cuts the open streams and closes the port at once. What the
    block raises comes out as it is.
    """
    listeners = await trio.open_tcp_listeners(port, host=host)
    bound_host, bound_port = listeners[0].socket.getsockname()[:2]
    scope = trio.CancelScope(shield=True)
    raised: BaseException | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_serve_in, scope, listeners, handler)
        try:
            yield bound_host, bound_port
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - raised below
            raised = error
        finally:
            scope.cancel()
    if raised is not None:
        raise raised


async def _serve_in(
    scope: trio.CancelScope, listeners: list[trio.SocketListener], handler: Handler
) -> None:
    """Serve inside `scope` alone, so that a cancelled block still finds its server at work."""
    with scope:
        await serve(listeners, handler)

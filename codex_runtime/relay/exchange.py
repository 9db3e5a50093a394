"""One request's life: a place, its past, the upstream's answer, the client's stream or body.

Owns the order of these steps, what bounds them, and that each request ends in exactly one way.
Does not know what requests and chunks say (`request`, `stream`), how the upstream is asked
(`upstream`) or how bytes reach the client (`hosting`). Enter at `Exchange.run`. What reads the
upstream is in `reading`; this module sends what that puts into the outbox.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.relay.failures import Refused, busy, internal_error
from codex_runtime.relay.incoming import send_failure, send_json
from codex_runtime.relay.reading import Answering
from codex_runtime.relay.request.translation import thread_of, translate
from codex_runtime.relay.shapes.events import echo_of

if TYPE_CHECKING:
    from starlette.types import Send

    from codex_runtime.relay.failures import Failure
    from codex_runtime.relay.incoming import Incoming
    from codex_runtime.relay.request.translation import Asked
    from codex_runtime.relay.service import Service

__all__ = ["Exchange"]

_LEAST_RETRY_S: Final = 1.0
_STREAM_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
)

_LOG: Final = logging.getLogger("codex_runtime.relay")


class Exchange:
    """One ``POST /v1/responses`` whose body was read and understood."""

    def __init__(self, service: Service, asked: Asked, incoming: Incoming, send: Send) -> None:
        self._service = service
        self._asked = asked
        self._incoming = incoming
        self._send = send
        self._response_id = service.keeper.new_id()
        self._has_begun = False
        self._has_ended = False

    async def run(self) -> None:
        """Answer; returns early, with everything given up, when the client leaves."""
        counts = self._service.counts
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch, nursery.cancel_scope)
                await self._run_guarded(nursery)
                nursery.cancel_scope.cancel()
        finally:
            if not self._has_ended:
                counts.dropped += 1

    async def _watch(self, scope: trio.CancelScope) -> None:
        await self._incoming.wait_gone()
        # At the end of an answer, too, there is nobody to read any more.
        if not self._has_ended:
            scope.cancel()

    async def _run_guarded(self, nursery: trio.Nursery) -> None:
        """Answer; what is no failure of the plan becomes one that the client can read."""
        try:
            await self._run_placed(nursery)
        except Refused as refused:
            await self._refuse(refused.failure)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            return  # the client left while it was written to
        except Exception:  # noqa: BLE001 - a bug is a failure the client can read
            _LOG.exception("response %s: the relay failed", self._response_id)
            if self._has_begun:
                self._end(internal_error())  # the stream stays without its end
            else:
                await self._fail(internal_error())

    async def _run_placed(self, nursery: trio.Nursery) -> None:
        await self._take_place()
        self._service.counts.streams += 1
        try:
            answering = await self._prepare()
            if self._asked.request.stream:
                nursery.start_soon(answering.run)
                await self._stream(answering)
                await answering.left.wait()
            else:
                await self._whole(answering)
        finally:
            self._service.counts.streams -= 1
            self._service.places.release()

    async def _take_place(self) -> None:
        places, counts = self._service.places, self._service.counts
        timeout_s = self._service.config.queue_timeout_s
        if places.value:
            places.acquire_nowait()
            return
        counts.waiting += 1
        try:
            with trio.move_on_after(timeout_s):
                await places.acquire()
                return
        finally:
            counts.waiting -= 1
        raise Refused(busy(max(_LEAST_RETRY_S, timeout_s)))

    async def _prepare(self) -> Answering:
        """Look up what came before, and make the request to the upstream.

        Raises:
            Refused: The request names what is not there, or cannot be said to the upstream.
        """
        service, request = self._service, self._asked.request
        named = thread_of(self._asked, self._incoming.headers)
        earlier = await service.keeper.earlier(named, request.previous_response_id)
        call = translate(self._asked, earlier.history, service.options)
        await service.keeper.recall(call, earlier.thread)
        return Answering(
            service,
            self._asked,
            call,
            response_id=self._response_id,
            thread=earlier.thread,
            echo=echo_of(request),
        )

    # ------------------------------------------------------------------------ streaming

    async def _stream(self, answering: Answering) -> None:
        outbox, keep_alive_s = answering.outbox, self._service.config.keep_alive_s
        await outbox.wait(self._service.config.headers_grace_s)
        if answering.refusal is not None:
            await self._fail(answering.refusal)
            return
        answering.begin()
        headers = [*_STREAM_HEADERS, (b"x-request-id", self._response_id.encode())]
        self._has_begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            data = outbox.take()
            if outbox.is_closed:
                self._end(answering.machine.failure)
                await self._send_part(data, more_body=False)
                return
            if data := data or answering.keep_alive():
                await self._send_part(data, more_body=True)
            if outbox.has_output:
                await outbox.nap()
            await outbox.wait(keep_alive_s)

    async def _send_part(self, data: bytes, *, more_body: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more_body})

    # ------------------------------------------------------------------------ in one piece

    async def _whole(self, answering: Answering) -> None:
        answering.outbox.discard()
        await answering.run()
        failure = answering.refusal or answering.machine.failure
        if failure is not None:
            await self._fail(failure)
            return
        self._end(None)
        headers = [(b"x-request-id", self._response_id.encode())]
        await send_json(self._send, 200, answering.machine.response(), headers)

    # ------------------------------------------------------------------------ ends

    async def _refuse(self, failure: Failure) -> None:
        self._has_begun = self._has_ended = True
        self._service.counts.refused += 1
        await send_failure(self._send, failure)

    async def _fail(self, failure: Failure) -> None:
        self._has_begun = True
        self._end(failure)
        await send_failure(self._send, failure)

    def _end(self, failure: Failure | None) -> None:
        self._has_ended = True
        if failure is None:
            self._service.counts.completed += 1
        else:
            self._service.counts.failed += 1

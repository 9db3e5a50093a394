"""The upstream's side of one answer: asked, read, turned into events, kept, and put to be sent.

Owns the reading task of an answer, what bounds it and how it fails. Does not know the client, nor
how events are sent (`exchange`). Enter at `Answering.run`, which never raises: whatever goes wrong
becomes the failure with which the answer ends.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio

from codex_runtime.relay.failures import (
    Refused,
    UpstreamFailed,
    internal_error,
    upstream_malformed,
    upstream_timeout,
)
from codex_runtime.relay.sending import Outbox
from codex_runtime.relay.store.protocol import FinishedTurn
from codex_runtime.relay.stream.machine import StreamMachine

if TYPE_CHECKING:
    from codex_runtime.relay.failures import Failure
    from codex_runtime.relay.request.translation import Asked, ChatCall
    from codex_runtime.relay.service import Service
    from codex_runtime.relay.shapes.events import ResponseEcho
    from codex_runtime.relay.upstream import UpstreamAnswer

__all__ = ["Answering"]

MAX_WHOLE_BYTES: Final = 64 * 1024 * 1024
"""Of an answer that comes as one JSON body."""
MAX_STREAM_BYTES: Final = 1024 * 1024 * 1024
"""Of one that streams: far more than any model says."""
_AFTER_FINISH_S: Final = 5.0
"""For usage and ``[DONE]``, once the model has finished."""
_LEFTOVER_S: Final = 0.05
"""For the end of an answer past its last event, so that the connection can be used again."""
_READS_AT_ONCE: Final = 32
_TOO_MANY_REQUESTS: Final = 429
_SSE_STARTS: Final = (b"data:", b"event:", b"id:", b"retry:", b":")

_LOG: Final = logging.getLogger("codex_runtime.relay")


class Answering:
    """One request to the upstream and what becomes of it."""

    def __init__(
        self,
        service: Service,
        asked: Asked,
        call: ChatCall,
        *,
        response_id: str,
        thread: str | None,
        echo: ResponseEcho,
    ) -> None:
        self._service = service
        self._asked = asked
        self._call = call
        self._response_id = response_id
        self._thread = thread
        self._has_begun = False
        self._read_bytes = 0
        self.outbox: Outbox = Outbox()
        self.refusal: Failure | None = None
        """A rate limit that came before the stream had begun: it can still be a status."""
        self.left: trio.Event = trio.Event()
        """Set when the upstream is no longer held."""
        self.machine: StreamMachine = StreamMachine(
            response_id=response_id,
            model=call.model,
            tools=call.tools,
            filters=service.filters,
            created_at=int(time.time()),
            echo=echo,
            new_id=_new_id,
            redact=service.upstream.redact,
        )

    def begin(self) -> None:
        """Put the events that begin the stream, once: at the upstream's status, or before it."""
        if not self._has_begun:
            self._has_begun = True
            self.outbox.put_opening(self.machine.start())

    def keep_alive(self) -> bytes:
        """An event that says nothing; empty where the last one is already under way."""
        return b"" if self.machine.ended else self.machine.keep_alive()

    async def run(self) -> None:
        """Ask, read to the end and keep the turn; cancelling closes the upstream's request."""
        total_s = self._service.config.total_timeout_s
        failure: Failure | None = None
        try:
            with trio.move_on_after(total_s) as scope:
                failure = await self._run_bounded()
            if scope.cancelled_caught:
                failure = upstream_timeout("did not finish its answer", total_s)
            if failure is not None:
                self._fail(failure)
        finally:
            self.outbox.close()
            self.left.set()

    async def _run_bounded(self) -> Failure | None:
        try:
            async with self._service.upstream.ask(self._call.encode()) as answer:
                self.begin()
                await self._read(answer)
                self.outbox.close()
                with suppress(UpstreamFailed), trio.move_on_after(_LEFTOVER_S):
                    while await answer.read():
                        pass
        except (UpstreamFailed, Refused) as failed:
            return failed.failure
        except Exception:  # noqa: BLE001 - a bug is a failure the client can read
            _LOG.exception("response %s: the relay failed", self._response_id)
            return internal_error()
        return None

    def _fail(self, failure: Failure) -> None:
        if self.machine.ended:
            return
        _LOG.info("response %s failed: %s", self._response_id, failure.code)
        if not self._has_begun and failure.status == _TOO_MANY_REQUESTS:
            self.refusal = failure
            return
        self.begin()
        self.outbox.put_last(self.machine.fail(failure))

    # ------------------------------------------------------------------------ reading

    async def _read(self, answer: UpstreamAnswer) -> None:
        data = await answer.read()
        if answer.is_stream or data.lstrip().startswith(_SSE_STARTS):
            await self._read_stream(answer, data)
        else:
            await self._finish(self.machine.feed_whole(await self._read_whole(answer, data)))

    async def _read_stream(self, answer: UpstreamAnswer, data: bytes) -> None:
        machine, events, reads = self.machine, b"", 0
        try:
            with trio.CancelScope() as waiting:
                while data and not machine.ended:
                    self._count(data, MAX_STREAM_BYTES)
                    reads += 1
                    if not reads % _READS_AT_ONCE:
                        # Of small chunks that came together, each is a read that never waits.
                        await trio.lowlevel.checkpoint()
                    events = machine.feed(data)
                    if not machine.ended:
                        await self.outbox.put(events)
                        if machine.finish_seen and waiting.deadline == math.inf:
                            waiting.deadline = trio.current_time() + _AFTER_FINISH_S
                        data = await answer.read()
        except UpstreamFailed:
            # Once the model has finished, it has said all it had to say.
            if not machine.finish_seen:
                raise
        await self._finish(events if machine.ended else machine.finish())

    async def _read_whole(self, answer: UpstreamAnswer, data: bytes) -> bytes:
        parts: list[bytes] = []
        while data:
            parts.append(data)
            self._count(data, MAX_WHOLE_BYTES)
            data = await answer.read()
        return b"".join(parts)

    def _count(self, data: bytes, limit_bytes: int) -> None:
        self._read_bytes += len(data)
        if self._read_bytes > limit_bytes:
            raise UpstreamFailed(upstream_malformed(f"it has more than {limit_bytes:,} bytes"))

    async def _finish(self, events: bytes) -> None:
        """Keep the turn, then put its last events: who has seen them may rely on it."""
        if self.machine.status in ("completed", "incomplete"):
            try:
                await self._keep()
            except Exception as error:  # noqa: BLE001 - it is answered, whether or not it is kept
                _LOG.error("response %s is not kept: %r", self._response_id, error)
            finally:
                # Also where the time is over meanwhile: it is answered.
                self.outbox.put_last(events)
            return
        if self.machine.failure is not None:
            code = self.machine.failure.code
            _LOG.info("response %s failed: %s", self._response_id, code)
        self.outbox.put_last(events)

    async def _keep(self) -> None:
        request, machine, call = self._asked.request, self.machine, self._call
        keeps_history = request.store is not False
        if not keeps_history and not machine.reasoning:
            return
        output = machine.output()
        fingerprint = call.fingerprint_of(output) if machine.reasoning else None
        turn = FinishedTurn(
            thread=self._service.keeper.thread_for(
                call, self._thread, fingerprint, self._response_id
            ),
            response_id=self._response_id if keeps_history else None,
            after=request.previous_response_id,
            messages=(*self._asked.input_items(), *output) if keeps_history else (),
            reasoning=machine.reasoning,
            # Where nobody names the thread, equal ids may be those of strangers.
            call_ids=() if self._thread is None else machine.call_ids,
            fingerprint=fingerprint,
        )
        await self._service.keeper.keep(turn)


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"
